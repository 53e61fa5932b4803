//! One's own sessions: seen, and ended.
use time::OffsetDateTime;

use super::Compte;
use crate::{app::App, error::Result};

/// A session that is open.
#[derive(Debug, Clone)]
pub struct Session {
    pub session_id: i64,
    pub navigateur: String,
    pub ouverte_le: OffsetDateTime,
    pub vue_le: OffsetDateTime,
    /// From an appareil that was not known then.
    pub nouvelle: bool,
}

impl Compte {
    /// Mine, this one first.
    pub async fn sessions(&self, app: &App) -> Result<Vec<Session>> {
        Ok(sqlx::query_as!(
            Session,
            r#"select n.session_id, n.navigateur, n.ouverte_le, n.vue_le, n.nouvelle
                 from acces.session n
                where n.compte_id = $1 and n.fermee_le is null and not n.partielle
                  and exists (select from acces.compte c join acces.fonction f using (etablissement_id, personne_id)
                                join acces.genre g using (genre)
                               where c.compte_id = n.compte_id and f.du <= $3 and (f.au is null or $3 < f.au)
                              having $3 - n.vue_le < min(g.repos) and $3 - n.ouverte_le < min(g.duree))
                order by n.session_id = $2 desc, n.vue_le desc"#,
            self.compte_id,
            self.session_id,
            app.clock.now()
        )
        .fetch_all(&app.db)
        .await?)
    }

    /// Ends one of mine, or all but this one. Those of somebody else are not touched.
    pub async fn fermer(&self, app: &App, laquelle: Option<i64>) -> Result<()> {
        sqlx::query!(
            "update acces.session set fermee_le = $4
              where compte_id = $1 and session_id <> $2 and fermee_le is null
                and ($3::bigint is null or session_id = $3)",
            self.compte_id,
            self.session_id,
            laquelle,
            app.clock.now()
        )
        .execute(&app.db)
        .await?;
        Ok(())
    }

    /// From this appareil, I have seen those that came after it.
    pub async fn lire_appareils(&self, app: &App) -> Result<()> {
        sqlx::query!(
            "update acces.appareil a set lu_jusqu_au = $2 from acces.session n
              where n.session_id = $1 and a.appareil_id = n.appareil_id",
            self.session_id,
            app.clock.now()
        )
        .execute(&app.db)
        .await?;
        Ok(())
    }

    /// I have just proved who I am once more.
    pub async fn confirmer(&self, app: &App) -> Result<()> {
        sqlx::query!(
            "update acces.session set confirmee_le = $2 where session_id = $1",
            self.session_id,
            app.clock.now()
        )
        .execute(&app.db)
        .await?;
        Ok(())
    }
}
