//! The synthesis, printed.
use anyhow::{Result, anyhow};

use super::dossier::Dossier;
use crate::impression::{Joint, Modele, imprimer, imprimer_scelle};

/// One candidate, 1 or 2 pages, with its signed data when it names her. PDF/A-3a (PDF/A-2a without) and PDF/UA-1: the library
/// refuses to write what does not conform.
pub fn candidat(dossier: &Dossier, rang: usize, joint: Option<&Joint>) -> Result<Vec<u8>> {
    let candidat = dossier.candidats.get(rang).ok_or_else(|| anyhow!("no such candidate"))?;
    let seul = Dossier { candidats: vec![candidat.clone()], ..dossier.clone() };
    ecrire(&donnees(&seul, false), joint)
}

/// The whole promotion: a cover with its list, then each candidate, bookmarked.
pub fn promotion(dossier: &Dossier, joint: Option<&Joint>) -> Result<Vec<u8>> {
    ecrire(&donnees(dossier, true), joint)
}

fn ecrire(donnees: &serde_json::Value, joint: Option<&Joint>) -> Result<Vec<u8>> {
    match joint {
        Some(joint) => imprimer_scelle(Modele::Synthese, donnees, joint),
        None => imprimer(Modele::Synthese, donnees),
    }
}

/// What its template reads; `recueil`: with a cover.
pub(super) fn donnees(dossier: &Dossier, recueil: bool) -> serde_json::Value {
    serde_json::json!({ "recueil": recueil, "dossier": dossier })
}
