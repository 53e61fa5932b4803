//! Who needs the same help: those who do not reach a level on a line yet.
use std::collections::BTreeMap;

use super::Ligne;
use crate::{
    etudiant::Etudiant,
    referentiel::Niveau,
    regle::{Proposition, Releve},
};

/// A student below the threshold.
pub struct Besoin {
    pub etudiant: Etudiant,
    /// Where she stands; nothing when she was never judged.
    pub niveau: Option<String>,
    pub pourquoi: String,
}

/// Those whose proposed level is below this one, or who have none, in the order of lists.
pub fn sous_le_seuil(
    releve: &Releve,
    lignes: &BTreeMap<(i64, &str), Ligne>,
    code: &str,
    seuil: &Niveau,
) -> Vec<Besoin> {
    let besoin = |etudiant: &Etudiant| {
        let proposition = lignes.get(&(etudiant.id(), code)).map(|l| &l.proposition);
        if proposition.is_some_and(|p| Some(p.rang) >= seuil.rang) {
            return None;
        }
        Some(Besoin {
            etudiant: etudiant.clone(),
            niveau: proposition.map(|p| p.niveau.clone()),
            pourquoi: proposition.map_or("jamais positionné".to_owned(), Proposition::phrase),
        })
    };
    releve.etudiants.iter().filter_map(besoin).collect()
}
