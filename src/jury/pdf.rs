//! The synthesis, printed.
use anyhow::{Result, anyhow};

use super::dossier::Dossier;
use crate::impression::{Modele, imprimer};

/// One candidate, 1 or 2 pages. PDF/A-2a and PDF/UA-1: the library refuses to write what does not conform.
pub fn candidat(dossier: &Dossier, rang: usize) -> Result<Vec<u8>> {
    let candidat = dossier.candidats.get(rang).ok_or_else(|| anyhow!("no such candidate"))?;
    let seul = Dossier { candidats: vec![candidat.clone()], ..dossier.clone() };
    imprimer(Modele::Synthese, &donnees(&seul, false))
}

/// The whole promotion: a cover with its list, then each candidate, bookmarked.
pub fn promotion(dossier: &Dossier) -> Result<Vec<u8>> {
    imprimer(Modele::Synthese, &donnees(dossier, true))
}

/// What its template reads; `recueil`: with a cover.
pub(super) fn donnees(dossier: &Dossier, recueil: bool) -> serde_json::Value {
    serde_json::json!({ "recueil": recueil, "dossier": dossier })
}
