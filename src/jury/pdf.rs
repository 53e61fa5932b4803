//! The synthesis, printed.
use anyhow::{Result, anyhow};

use super::dossier::Dossier;
use crate::impression::{Joint, Modele, imprimer, imprimer_scelle};

/// One candidate, 1 or 2 pages, with its signed data. PDF/A-3a and PDF/UA-1: the library refuses to write what does not
/// conform.
pub fn candidat(dossier: &Dossier, rang: usize, joint: &Joint) -> Result<Vec<u8>> {
    let candidat = dossier.candidats.get(rang).ok_or_else(|| anyhow!("no such candidate"))?;
    let seul = Dossier { candidats: vec![candidat.clone()], ..dossier.clone() };
    imprimer_scelle(Modele::Synthese, &data(&seul, false), joint)
}

/// The whole promotion: a cover with its list, then each candidate, bookmarked.
pub fn promotion(dossier: &Dossier) -> Result<Vec<u8>> {
    imprimer(Modele::Synthese, &data(dossier, true))
}

fn data(dossier: &Dossier, recueil: bool) -> serde_json::Value {
    serde_json::json!({ "recueil": recueil, "dossier": dossier })
}
