//! Lines whose content was erased with somebody's name: which ones, said by a signed act, so that a line erased otherwise is seen.
use std::{collections::BTreeSet, fmt::Write};

use super::Ligne;
use crate::error::Result;

/// The genre of the act that says it.
pub const GENRE: &str = "anonymiser";

/// « 3-7 12 »: numbers in their order, those that follow one another together.
pub fn dire(rangs: &[i64]) -> String {
    let mut dit = String::new();
    let mut reste = rangs.iter().copied().peekable();
    while let Some(premier) = reste.next() {
        let mut dernier = premier;
        while let Some(suivant) = reste.next_if_eq(&(dernier + 1)) {
            dernier = suivant;
        }
        let espace = if dit.is_empty() { "" } else { " " };
        let _ = match dernier {
            d if d == premier => write!(dit, "{espace}{premier}"),
            d => write!(dit, "{espace}{premier}-{d}"),
        };
    }
    dit
}

/// The same, read again; what is no number is no line.
pub fn lire(dit: &str) -> impl Iterator<Item = i64> + '_ {
    dit.split_whitespace().flat_map(|m| {
        let (de, a) = m.split_once('-').unwrap_or((m, m));
        let (de, a) = (de.parse().unwrap_or(1_i64), a.parse().unwrap_or(0_i64));
        de..=a
    })
}

/// Every line that an act of this journal says to be erased. An act whose own content does not hold says nothing.
pub fn annoncees(lignes: &[Ligne]) -> Result<BTreeSet<i64>> {
    let mut toutes = BTreeSet::new();
    for l in lignes.iter().filter(|l| l.genre == GENRE) {
        if l.feuille_attendue()?.is_some_and(|f| f == l.feuille) {
            for champ in ["effacees", "mentions"] {
                toutes.extend(lire(l.contenu[champ].as_str().unwrap_or_default()));
            }
        }
    }
    Ok(toutes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_said_and_read_again() {
        for (rangs, dit) in
            [(vec![], ""), (vec![4], "4"), (vec![3, 4, 5, 9, 11, 12], "3-5 9 11-12")]
        {
            assert_eq!(dire(&rangs), dit);
            assert_eq!(lire(dit).collect::<Vec<_>>(), rangs);
        }
        assert_eq!(lire("x 2-y").count(), 0);
    }
}
