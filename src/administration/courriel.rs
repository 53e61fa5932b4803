//! How the mail of a school goes: counts and reasons, never to whom nor what.
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};

use crate::{
    app::{App, Db},
    compte::Administrateur,
    error::Result,
};

/// Mail as its administrator sees it.
#[derive(Debug, Clone, Default)]
pub struct Courriels {
    /// By which server and from whom; `None`: no mail is sent.
    pub poste: Option<(String, String)>,
    pub attente: i64,
    /// Of those, tried in vain at least once; and why, last.
    pub retardes: i64,
    pub retard: Option<String>,
    pub envoyes: i64,
    /// Why, and how many.
    pub abandonnes: Vec<(String, i64)>,
    /// Given up, with their words still there.
    pub reprenables: i64,
}

impl Courriels {
    pub fn perdus(&self) -> i64 {
        self.abandonnes.iter().map(|a| a.1).sum()
    }
}

impl Administrateur {
    pub async fn courriels(&self, db: &mut Db) -> Result<Courriels> {
        let le = db.le;
        let comptes = sqlx::query!(
            r#"select count(*) filter (where etat = 'attente') as "attente!",
                      count(*) filter (where etat = 'attente' and raison is not null) as "retardes!",
                      count(*) filter (where etat = 'envoye') as "envoyes!",
                      count(*) filter (where etat = 'abandonne' and efface_le is null
                                         and (jusqu_au is null or $1 < jusqu_au)) as "reprenables!",
                      (array_agg(raison order by courriel_id desc)
                          filter (where etat = 'attente' and raison is not null))[1] as retard
                 from livret.courriel where etablissement_id = livret.ici()"#,
            le
        )
        .fetch_one(&mut **db)
        .await?;
        let abandonnes = sqlx::query!(
            r#"select raison as "raison!", count(*) as "n!" from livret.courriel
                where etablissement_id = livret.ici() and etat = 'abandonne'
                group by raison order by 2 desc, 1"#
        )
        .fetch_all(&mut **db)
        .await?;
        let poste = db.config.courriel.as_ref();
        Ok(Courriels {
            poste: poste.map(|p| (format!("{}:{}", p.hote, p.port), p.expediteur.to_string())),
            attente: comptes.attente,
            retardes: comptes.retardes,
            retard: comptes.retard,
            envoyes: comptes.envoyes,
            abandonnes: abandonnes.into_iter().map(|a| (a.raison, a.n)).collect(),
            reprenables: comptes.reprenables,
        })
    }

    /// Those that were given up are tried again, from the first try.
    pub async fn reprendre_courriels(&self, db: &mut Db) -> Result<()> {
        let le = db.le;
        sqlx::query_scalar!("select livret.reprendre_courriels($1)", le)
            .fetch_one(&mut **db)
            .await?;
        Ok(())
    }
}

pub(super) async fn retry(qui: Administrateur, State(app): State<App>) -> Result<Response> {
    let mut db = app.begin(&qui).await?;
    qui.reprendre_courriels(&mut db).await?;
    db.commit().await?;
    Ok(Redirect::to("/administration#courriel").into_response())
}
