//! Who coordinates a promotion: named, and relieved of it, by an act.
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    app::{App, Db, InTheNameOf},
    compte::Administrateur,
    error::{Error, Result},
    form::{Form, Path},
    journal::{self, Acte, Plume},
};

/// A teacher of a promotion today, and whether she coordinates it.
#[derive(Debug, Clone)]
pub struct Equipier {
    pub enseignant_id: i64,
    pub nom: String,
    pub coordonne: bool,
}

impl Administrateur {
    /// The teachers of a promotion today.
    pub async fn equipe(&self, db: &mut PgConnection, promotion: i64) -> Result<Vec<Equipier>> {
        Ok(sqlx::query_as!(
            Equipier,
            r#"select s.enseignant_id, concat_ws(' ', q.civilite, q.nom, q.prenom) as "nom!",
                      bool_or(s.coordonne) as "coordonne!"
                 from livret.suivi s
                 join livret.personne q on (q.etablissement_id, q.personne_id) = (s.etablissement_id, s.enseignant_id)
                where s.etablissement_id = livret.ici() and s.promotion_id = $1
                  and s.du <= $2 and (s.au is null or $2 <= s.au)
                group by s.enseignant_id, q.civilite, q.nom, q.prenom
                order by q.nom collate "fr-x-icu", q.prenom collate "fr-x-icu", s.enseignant_id"#,
            promotion,
            self.aujourd_hui()
        )
        .fetch_all(db)
        .await?)
    }

    /// Names a teacher of the promotion its coordonnateur, or relieves her of it. There may be several, or none. What is
    /// so already is written no second time.
    ///
    /// # Errors
    /// She teaches it no more.
    pub async fn coordonner(
        &self,
        db: &mut Db,
        promotion: i64,
        (enseignant, coordonne): (i64, bool),
        cle: Uuid,
    ) -> Result<()> {
        let genre = if coordonne { "nommer_coordonnateur" } else { "retirer_coordonnateur" };
        let contenu = serde_json::json!({
            "promotion": promotion.to_string(), "enseignant": enseignant.to_string(),
        });
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            return if deja.est(genre, &contenu) { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let equipe = self.equipe(db, promotion).await?;
        let Some(elle) = equipe.iter().find(|e| e.enseignant_id == enseignant) else {
            return Err(Error::Refused(
                "Cette personne n’enseigne pas dans cette promotion aujourd’hui. Rouvrez la page de la promotion, puis choisissez dans la liste.".into(),
            ));
        };
        if enseignant == self.personne_id() {
            return Err(Error::Refused(
                "On ne change pas ses propres droits\u{a0}: demandez à une autre personne qui administre."
                    .into(),
            ));
        }
        if elle.coordonne == coordonne {
            return Ok(());
        }
        plume.ecrire(db, Acte { genre, cle, contenu, ..Acte::default() }).await?;
        sqlx::query!(
            "update livret.suivi set coordonne = $3
              where etablissement_id = livret.ici() and promotion_id = $1 and enseignant_id = $2
                and du <= $4 and (au is null or $4 <= au)",
            promotion,
            enseignant,
            coordonne,
            self.aujourd_hui()
        )
        .execute(&mut **db)
        .await?;
        Ok(())
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Saisie {
    enseignant: i64,
    /// « oui » to name her.
    coordonne: String,
    cle: Uuid,
    reprise: Option<String>,
}

pub(super) async fn create(
    qui: Administrateur,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    let mut db = app.begin(&qui).await?;
    qui.promotions(&mut db, Some(id)).await?.pop().ok_or(Error::NotFound)?;
    if saisie.cle.is_nil() || !["oui", "non"].contains(&saisie.coordonne.as_str()) {
        return Err(Error::Unreadable);
    }
    // After a session that ended, the page shows who coordinates, with the button beside each name.
    if saisie.reprise.is_none() {
        let voulu = (saisie.enseignant, saisie.coordonne == "oui");
        qui.coordonner(&mut db, id, voulu, saisie.cle).await?;
        db.commit().await?;
    }
    Ok(Redirect::to(&format!("/administration/promotions/{id}#coordination")).into_response())
}
