//! Who reads what leaves: a member of the jury, or a teacher of the promotion.
use std::sync::Arc;

use axum::{extract::FromRequestParts, http::request::Parts};
use time::Date;

use crate::{
    app::{App, Db, InTheNameOf},
    compte::{Compte, Enseignant, Jury},
    error::{Error, Result},
    etudiant::Etudiant,
    page::Cadre,
    promotion::Promotion,
};

/// Somebody, as what she reads a promotion.
#[derive(Debug, Clone)]
pub enum Lecteur {
    Jury(Jury),
    Enseignant(Enseignant),
}

impl Lecteur {
    /// The functions, as the access table has them.
    pub const FONCTIONS: &'static [&'static str] = &["enseignant", "jury"];

    pub fn compte(&self) -> &Compte {
        match self {
            Self::Jury(jury) => jury,
            Self::Enseignant(enseignant) => enseignant,
        }
    }

    /// She teaches it: its own pages are hers too.
    pub fn enseigne(&self) -> bool {
        matches!(self, Self::Enseignant(_))
    }

    fn qui(&self) -> &dyn InTheNameOf {
        match self {
            Self::Jury(jury) => jury,
            Self::Enseignant(enseignant) => enseignant,
        }
    }

    async fn promotion(&self, db: &mut Db, id: i64) -> Result<Promotion> {
        match self {
            Self::Jury(jury) => jury.promotion(db, id).await,
            Self::Enseignant(enseignant) => enseignant.promotion(db, id).await,
        }
    }

    async fn etudiant(&self, db: &mut Db, id: i64) -> Result<Etudiant> {
        match self {
            Self::Jury(jury) => jury.etudiant(db, id).await,
            Self::Enseignant(enseignant) => enseignant.etudiant(db, id).await,
        }
    }
}

impl InTheNameOf for Lecteur {
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

/// Somebody, whichever she is: one may teach a promotion and examine another. Who does both reads as its teacher.
#[derive(Debug, Clone)]
pub struct Lecteurs(Arc<Compte>);

/// A promotion open to be read, at one moment.
pub struct Ouverte {
    pub lecteur: Lecteur,
    pub db: Db,
    pub promotion: Promotion,
}

impl Lecteurs {
    pub fn of(compte: Arc<Compte>) -> Self {
        Self(compte)
    }

    pub fn cadre(&self) -> Cadre {
        self.0.cadre("/jury")
    }

    fn preuves(&self) -> impl Iterator<Item = Lecteur> {
        let enseignant = Enseignant::of(self.0.clone()).map(Lecteur::Enseignant);
        enseignant.into_iter().chain(Jury::of(self.0.clone()).map(Lecteur::Jury))
    }

    /// A promotion that I examine or teach, at one moment; any other does not exist.
    pub async fn promotion(&self, app: &App, id: i64) -> Result<Ouverte> {
        for lecteur in self.preuves() {
            let mut db = app.snapshot(&lecteur).await?;
            match lecteur.promotion(&mut db, id).await {
                Ok(promotion) => return Ok(Ouverte { lecteur, db, promotion }),
                Err(Error::NotFound) => {}
                Err(e) => return Err(e),
            }
        }
        Err(Error::NotFound)
    }

    /// A candidate of one of them, in her promotion.
    pub async fn etudiant(&self, app: &App, id: i64) -> Result<(Ouverte, Etudiant)> {
        for lecteur in self.preuves() {
            let mut db = app.snapshot(&lecteur).await?;
            match lecteur.etudiant(&mut db, id).await {
                Ok(etudiant) => {
                    let promotion = lecteur.promotion(&mut db, etudiant.promotion_id()).await?;
                    return Ok((Ouverte { lecteur, db, promotion }, etudiant));
                }
                Err(Error::NotFound) => {}
                Err(e) => return Err(e),
            }
        }
        Err(Error::NotFound)
    }
}

impl FromRequestParts<App> for Lecteurs {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Error> {
        parts.extensions.get::<Arc<Compte>>().cloned().map(Self).ok_or(Error::Anonymous)
    }
}
