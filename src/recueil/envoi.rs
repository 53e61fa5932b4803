//! Sending: the draft becomes a preuve, or a new version of one; what she situates herself on is asked of her teachers.
use uuid::Uuid;

use super::{Memoire, Saisie, oublier};
use crate::{
    app::Db, compte::Deposant, error::Result, etudiant::Etudiant, form::FormErrors,
    referentiel::Edition,
};

impl Deposant {
    /// The student whose preuve it is: myself, or one of mine.
    pub async fn de(&self, db: &mut Db, id: Option<i64>) -> Result<Etudiant> {
        match (self, id) {
            (Self::Etudiant(moi), _) => moi.etudiant(db).await,
            (Self::Enseignant(qui), Some(id)) => qui.etudiant(db, id).await,
            (Self::Enseignant(_), None) => Err(crate::error::Error::NotFound),
        }
    }
}

/// All or nothing, in one transaction that the caller ends. `None` when something is wrong, in a file too:
/// `erreurs` says what.
pub async fn envoyer(
    db: &mut Db,
    qui: &Deposant,
    (etudiant, edition): (&Etudiant, &Edition),
    saisie: &Saisie,
    erreurs: &mut FormErrors,
) -> Result<Option<i64>> {
    let aujourd_hui = qui.compte().aujourd_hui();
    let debut = Memoire::de(db, etudiant).await?.debut.unwrap_or(aujourd_hui);
    let depot = saisie.depot(edition, (debut, aujourd_hui), erreurs);
    let voeux = saisie.voeux(edition, erreurs);
    let (Some(depot), true) = (depot, erreurs.is_empty()) else { return Ok(None) };
    let id = match saisie.preuve {
        None => qui.deposer(db, etudiant, &depot).await?,
        Some(id) => {
            let preuve = etudiant.preuve(db, id).await?;
            qui.completer(db, (&preuve, saisie.lue), etudiant, &depot).await?
        }
    };
    if let (Deposant::Etudiant(moi), false) = (qui, voeux.is_empty()) {
        let preuve = etudiant.preuve(db, id).await?;
        let attend = preuve.demande.as_deref() == Some("attente");
        if !attend {
            let cle = Uuid::new_v5(&saisie.cle, b"demande");
            moi.demander(db, etudiant, &preuve, &voeux, cle).await?;
        }
    }
    oublier(db, saisie.cle, false).await?;
    Ok(Some(id))
}
