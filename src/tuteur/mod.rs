//! The tutor of a trainee: a link opens one period to her, without account; she says how the trainee does, in company
//! words, and signs. It is an avis: no level is ever written from it.
pub mod avis;
pub mod enonce;
mod equipe;
mod feuille;
pub mod lien;
pub mod pages;
mod papier;
pub mod question;
mod tableau;
pub mod visite;

use std::sync::Arc;

use axum::{extract::FromRequestParts, http::request::Parts};
use time::{Date, PrimitiveDateTime};

use crate::{
    app::{App, Db, InTheNameOf},
    error::{Error, Result},
};

/// For whom a good link is: what is said before anything is opened.
#[derive(Debug, Clone)]
pub struct Invite {
    etablissement_id: i64,
    lien_id: i64,
    periode_id: i64,
    etudiant_id: i64,
    tuteur_id: i64,
    /// « M. PETIT ».
    pub tuteur: String,
    /// « Zoé É. ».
    pub stagiaire: String,
    pub organisation: String,
    pub etablissement: String,
    pub fictif: bool,
    /// Code of the edition of the référentiel.
    pub edition: String,
    ici_le: PrimitiveDateTime,
    /// Last day of the link.
    pub dernier_jour: Date,
}

/// A tutor whose visit is open: of one period, until it ends.
#[derive(Debug, Clone)]
pub struct Tuteur(Arc<Invite>);

impl std::ops::Deref for Tuteur {
    type Target = Invite;
    fn deref(&self) -> &Invite {
        &self.0
    }
}

impl InTheNameOf for Tuteur {
    fn etablissement_id(&self) -> i64 {
        self.0.etablissement_id
    }
    fn personne_id(&self) -> i64 {
        self.0.tuteur_id
    }
    fn jour(&self) -> Date {
        self.0.ici_le.date()
    }
    fn role(&self) -> &'static str {
        "livret_tuteur"
    }
}

impl Tuteur {
    /// A transaction in her name, that sees this period and no other.
    pub async fn begin(&self, app: &App) -> Result<Db> {
        let mut db = app.begin(self).await?;
        sqlx::query_scalar!(
            "select set_config('livret.periode', $1, true)",
            self.periode_id.to_string()
        )
        .fetch_one(&mut *db)
        .await?;
        Ok(db)
    }
}

impl FromRequestParts<App> for Tuteur {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Error> {
        parts.extensions.get::<Self>().cloned().ok_or(Error::NotFound)
    }
}
