//! A whole promotion at a glance: who needs attention and why, what was covered, who needs the same help, how teachers
//! judge. Computed from rows, never stored; every order and every reason is said in words.
pub mod attention;
pub mod besoin;
pub mod couverture;
pub mod harmonisation;
pub mod pages;

use crate::{
    referentiel::{Edition, Niveau},
    regle::{Fait, Proposition, Reglage, Releve, suite},
};

use std::collections::BTreeMap;

/// One line of one student: what is proposed, and the facts behind it, oldest first.
pub struct Ligne<'a> {
    pub proposition: Proposition,
    pub faits: Vec<&'a Fait>,
}

/// Lines that have a level, by student and sous-compétence.
pub fn lignes<'a>(
    releve: &'a Releve,
    reglage: &Reglage,
    edition: &Edition,
) -> BTreeMap<(i64, &'a str), Ligne<'a>> {
    let mut cases: BTreeMap<(i64, &str), Vec<&Fait>> = BTreeMap::new();
    for fait in &releve.faits {
        cases.entry((fait.etudiant_id, &fait.code)).or_default().push(fait);
    }
    let ligne = |(cle, faits): ((i64, &'a str), Vec<&'a Fait>)| {
        let proposition = reglage.proposer(&edition.niveaux, &faits)?;
        Some((cle, Ligne { proposition, faits: suite(&edition.niveaux, &faits) }))
    };
    cases.into_iter().filter_map(ligne).collect()
}

/// The real levels, lowest first.
fn reels(edition: &Edition) -> Vec<&Niveau> {
    let mut reels: Vec<&Niveau> = edition.echelle().collect();
    reels.sort_by_key(|n| n.rang);
    reels
}

/// « 1.1.1, 1.1.2, 1.1.3 et 4 autres ».
fn liste(codes: &[String], combien: usize) -> String {
    if codes.len() <= combien + 1 {
        return codes.join(", ");
    }
    format!("{} et {} autres", codes[..combien].join(", "), codes.len() - combien)
}

fn nombre(n: usize, un: &str, plusieurs: &str) -> String {
    crate::date::nombre(i64::try_from(n).unwrap_or(i64::MAX), un, plusieurs)
}
