//! Whoever may deposit a file: a student, or a teacher.
use axum::{extract::FromRequestParts, http::request::Parts};
use time::Date;

use super::{Compte, Enseignant, Moi};
use crate::{
    app::{App, InTheNameOf},
    error::Error,
};

#[derive(Debug, Clone)]
pub enum Deposant {
    Etudiant(Moi),
    Enseignant(Enseignant),
}

impl From<&Moi> for Deposant {
    fn from(moi: &Moi) -> Self {
        Self::Etudiant(moi.clone())
    }
}

impl From<&Enseignant> for Deposant {
    fn from(enseignant: &Enseignant) -> Self {
        Self::Enseignant(enseignant.clone())
    }
}

impl Deposant {
    /// The function, as the access table has it.
    pub const FONCTIONS: &'static [&'static str] = &["etudiant", "enseignant"];

    /// Who it is.
    pub fn compte(&self) -> &Compte {
        match self {
            Self::Etudiant(moi) => moi,
            Self::Enseignant(enseignant) => enseignant,
        }
    }

    fn qui(&self) -> &dyn InTheNameOf {
        match self {
            Self::Etudiant(moi) => moi,
            Self::Enseignant(enseignant) => enseignant,
        }
    }
}

impl InTheNameOf for Deposant {
    fn etablissement_id(&self) -> i64 {
        self.qui().etablissement_id()
    }
    fn personne_id(&self) -> i64 {
        self.qui().personne_id()
    }
    fn jour(&self) -> Date {
        self.qui().jour()
    }
    fn role(&self) -> &'static str {
        self.qui().role()
    }
}

impl FromRequestParts<App> for Deposant {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        match Moi::from_request_parts(parts, app).await {
            Ok(moi) => Ok(Self::Etudiant(moi)),
            Err(_) => Enseignant::from_request_parts(parts, app).await.map(Self::Enseignant),
        }
    }
}
