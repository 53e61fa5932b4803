//! Who reads what leaves: a member of the jury, or a teacher of the promotion.
use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, request::Parts},
};
use serde_json::Value;

use crate::{
    app::{App, Db},
    compte::{Compte, Enseignant, Examinateur, Jury},
    consultation,
    error::{Error, Result},
    etudiant::Etudiant,
    impression::Joint,
    journal::Plume,
    page::Cadre,
    promotion::Promotion,
    scelle::{Genre, Voulu},
};

/// Somebody, whichever she is: one may teach a promotion and examine another. Who does both reads as its teacher.
#[derive(Debug, Clone)]
pub struct Lecteurs(Arc<Compte>);

/// A promotion open to be read, at one moment.
pub struct Ouverte {
    pub lecteur: Examinateur,
    pub db: Db,
    pub promotion: Promotion,
}

impl Ouverte {
    /// Seals what was read under the pen, of one candidate or of all, and closes it: no document leaves that the register
    /// does not know. The answer is what goes with the paper.
    pub async fn sceller(
        self,
        app: &App,
        quoi: (Genre, &str),
        (etudiant, contenu): (Option<&Etudiant>, Value),
        headers: &HeaderMap,
    ) -> Result<Joint> {
        let Self { lecteur, mut db, promotion } = self;
        let lus = if let Some(e) = etudiant {
            vec![e.id()]
        } else {
            let tous = promotion.etudiants(&mut db, lecteur.compte().aujourd_hui()).await?;
            tous.iter().map(Etudiant::id).collect()
        };
        let voulu = Voulu::de(&mut db, quoi, (&promotion, etudiant), contenu).await?;
        let scelle = lecteur.sceller(&mut db, voulu).await?;
        db.commit().await?;
        consultation::noter(app.begin(&lecteur).await?, &lecteur, &lus);
        Ok(scelle.joint(&app.sceau, &app.origine(headers))?)
    }
}

impl Lecteurs {
    pub fn of(compte: Arc<Compte>) -> Self {
        Self(compte)
    }

    pub fn cadre(&self) -> Cadre {
        self.0.cadre("/jury")
    }

    fn preuves(&self) -> impl Iterator<Item = Examinateur> {
        let enseignant = Enseignant::of(self.0.clone()).map(Examinateur::Enseignant);
        enseignant.into_iter().chain(Jury::of(self.0.clone()).map(Examinateur::Jury))
    }

    /// A promotion that I examine or teach, at one moment; any other does not exist.
    pub async fn promotion(&self, app: &App, id: i64) -> Result<Ouverte> {
        self.ouvrir(app, id, false).await
    }

    /// The same, nobody writing until it is closed: for what is sealed with what was read.
    pub async fn promotion_sous_plume(&self, app: &App, id: i64) -> Result<Ouverte> {
        self.ouvrir(app, id, true).await
    }

    async fn ouvrir(&self, app: &App, id: i64, plume: bool) -> Result<Ouverte> {
        for lecteur in self.preuves() {
            let mut db =
                if plume { app.begin(&lecteur).await? } else { app.snapshot(&lecteur).await? };
            match lecteur.promotion(&mut db, id).await {
                Ok(promotion) => {
                    if plume {
                        Plume::prendre(&mut db, &lecteur).await?;
                    }
                    return Ok(Ouverte { lecteur, db, promotion });
                }
                Err(Error::NotFound) => {}
                Err(e) => return Err(e),
            }
        }
        Err(Error::NotFound)
    }

    /// A candidate of one of them, in her promotion, at one moment.
    pub async fn etudiant(&self, app: &App, id: i64) -> Result<(Ouverte, Etudiant)> {
        self.trouver(app, id, false).await
    }

    /// The same, nobody writing until it is closed: for what is sealed with what was read.
    pub async fn etudiant_sous_plume(&self, app: &App, id: i64) -> Result<(Ouverte, Etudiant)> {
        self.trouver(app, id, true).await
    }

    async fn trouver(&self, app: &App, id: i64, plume: bool) -> Result<(Ouverte, Etudiant)> {
        for lecteur in self.preuves() {
            let mut db =
                if plume { app.begin(&lecteur).await? } else { app.snapshot(&lecteur).await? };
            match lecteur.etudiant(&mut db, id).await {
                Ok(etudiant) => {
                    if plume {
                        Plume::prendre(&mut db, &lecteur).await?;
                    }
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
