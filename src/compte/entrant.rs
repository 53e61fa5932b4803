//! Half in: the password was right, the second factor is still to be given, or to be chosen. Nothing else opens meanwhile.
use std::sync::Arc;

use axum::{extract::FromRequestParts, http::request::Parts};
use time::Duration;

use super::{Compte, entree::empreinte};
use crate::{
    app::App,
    error::{Error, Result},
};

/// How long one may take.
const ATTENTE: Duration = Duration::minutes(10);

#[derive(Debug, Clone)]
pub struct Entrant {
    pub compte_id: i64,
    pub identifiant: String,
    /// She has one: it is asked. Otherwise her school wants one: she chooses it.
    pub a_un_facteur: bool,
}

impl Entrant {
    pub(super) async fn seen(app: &App, valeur: &str) -> Result<Option<Self>> {
        let (cookie, depuis) = (empreinte(valeur), app.clock.now() - ATTENTE);
        Ok(sqlx::query_as!(
            Entrant,
            r#"select n.compte_id, c.identifiant,
                      exists (select from acces.facteur f
                               where f.compte_id = n.compte_id and f.retire_le is null) as "a_un_facteur!"
                 from acces.session n join acces.compte c using (compte_id)
                where n.empreinte = $1 and n.partielle and n.fermee_le is null and c.ferme_le is null
                  and $2 < n.ouverte_le"#,
            cookie.as_slice(),
            depuis
        )
        .fetch_optional(&app.db)
        .await?)
    }
}

impl FromRequestParts<App> for Entrant {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Error> {
        let entrant = parts.extensions.get::<Arc<Self>>().ok_or(Error::Anonymous)?;
        Ok(entrant.as_ref().clone())
    }
}

/// Who may add a second factor: somebody who is in, or who cannot come in without one. Whoever has one must give it first.
#[derive(Debug, Clone)]
pub struct Titulaire {
    pub compte_id: i64,
    pub identifiant: String,
    /// Who is in; `None` for who waits for it.
    pub compte: Option<Arc<Compte>>,
}

impl FromRequestParts<App> for Titulaire {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        if let Some(compte) = parts.extensions.get::<Arc<Compte>>() {
            let identifiant = sqlx::query_scalar!(
                "select identifiant from acces.compte where compte_id = $1",
                compte.compte_id
            )
            .fetch_one(&app.db)
            .await?;
            return Ok(Self {
                compte_id: compte.compte_id,
                identifiant,
                compte: Some(compte.clone()),
            });
        }
        match parts.extensions.get::<Arc<Entrant>>() {
            Some(e) if !e.a_un_facteur => Ok(Self {
                compte_id: e.compte_id,
                identifiant: e.identifiant.clone(),
                compte: None,
            }),
            _ => Err(Error::Anonymous),
        }
    }
}

impl From<Entrant> for Titulaire {
    fn from(e: Entrant) -> Self {
        Self { compte_id: e.compte_id, identifiant: e.identifiant, compte: None }
    }
}
