//! Anybody who is signed in, in front of what is known of her.
use std::sync::Arc;

use axum::{extract::FromRequestParts, http::request::Parts};
use time::Date;

use crate::{
    app::{App, InTheNameOf},
    compte::{Administrateur, Compte, Direction, Enseignant, Jury, Moi},
    error::Error,
};

/// Whoever is signed in, as what she is first of all.
#[derive(Debug, Clone)]
pub enum Personne {
    Etudiant(Moi),
    Enseignant(Enseignant),
    Administrateur(Administrateur),
    Jury(Jury),
    Direction(Direction),
}

impl Personne {
    fn de(compte: &Arc<Compte>) -> Option<Self> {
        let compte = || compte.clone();
        Moi::of(compte())
            .map(Self::Etudiant)
            .or_else(|| Enseignant::of(compte()).map(Self::Enseignant))
            .or_else(|| Administrateur::of(compte()).map(Self::Administrateur))
            .or_else(|| Jury::of(compte()).map(Self::Jury))
            .or_else(|| Direction::of(compte()).map(Self::Direction))
    }

    pub fn compte(&self) -> &Compte {
        match self {
            Self::Etudiant(qui) => qui,
            Self::Enseignant(qui) => qui,
            Self::Administrateur(qui) => qui,
            Self::Jury(qui) => qui,
            Self::Direction(qui) => qui,
        }
    }

    fn qui(&self) -> &dyn InTheNameOf {
        match self {
            Self::Etudiant(qui) => qui,
            Self::Enseignant(qui) => qui,
            Self::Administrateur(qui) => qui,
            Self::Jury(qui) => qui,
            Self::Direction(qui) => qui,
        }
    }

    pub fn est_etudiant(&self) -> bool {
        matches!(self, Self::Etudiant(_))
    }
}

impl InTheNameOf for Personne {
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

impl FromRequestParts<App> for Personne {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Error> {
        let compte = parts.extensions.get::<Arc<Compte>>().ok_or(Error::Anonymous)?;
        Self::de(compte).ok_or(Error::NotFound)
    }
}
