//! The classes of a list, and the promotion that each seems to be.
use std::collections::BTreeMap;

use super::{
    Lu,
    champ::{Champ, normaliser},
    lecture,
};
use crate::promotion::Geree;

/// A class of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classe {
    pub code: String,
    pub effectif: usize,
    /// The promotion that it seems to be.
    pub proposee: Option<i64>,
}

/// The classes, those that seem ours first, then the most like a name.
pub fn lister(lu: &Lu, colonnes: &[Option<Champ>], gerees: &[Geree], rentree: i32) -> Vec<Classe> {
    let mut effectifs: BTreeMap<String, usize> = BTreeMap::new();
    for ligne in &lu.lignes {
        for code in lecture::classes(ligne, colonnes) {
            *effectifs.entry(code).or_default() += 1;
        }
    }
    let une = |(code, effectif): (String, usize)| {
        let proposee = proposer(&code, gerees, rentree);
        Classe { code, effectif, proposee }
    };
    let mut classes: Vec<Classe> = effectifs.into_iter().map(une).collect();
    classes.sort_by_key(|c| (c.proposee.is_none(), c.code.is_empty()));
    classes
}

/// The words of a name that tell a section from another.
fn mots(nom: &str) -> Vec<String> {
    const PARTOUT: [&str; 7] =
        ["bts", "promotion", "session", "classe", "section", "annee", "groupe"];
    let morceaux = nom.split(|c: char| !c.is_alphabetic()).map(normaliser);
    morceaux.filter(|m| m.len() >= 3 && !PARTOUT.contains(&m.as_str())).collect()
}

/// The only promotion that a class may be: the same name, or the same section in the same year of training.
fn proposer(code: &str, gerees: &[Geree], rentree: i32) -> Option<i64> {
    let plat = normaliser(code);
    if plat.is_empty() {
        return None;
    }
    if let Some(meme) = gerees.iter().find(|p| normaliser(&p.nom) == plat) {
        return Some(meme.promotion_id);
    }
    let section: Vec<&Geree> =
        gerees.iter().filter(|p| mots(&p.nom).iter().any(|m| plat.contains(m.as_str()))).collect();
    let annee = plat.chars().find_map(|c| c.to_digit(10)).and_then(|d| i32::try_from(d).ok());
    let meme_annee = |p: &&&Geree| annee.is_some_and(|a| p.annee_examen == rentree + 3 - a);
    let mut de_l_annee = section.iter().filter(meme_annee);
    match (de_l_annee.next(), de_l_annee.next(), section.as_slice(), annee) {
        (Some(seule), None, ..) | (None, None, [seule], None) => Some(seule.promotion_id),
        _ => None,
    }
}

/// The year in which the school year of a day began.
pub fn rentree(jour: time::Date) -> i32 {
    jour.year() - i32::from(u8::from(jour.month()) < 8)
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn a_class_is_told_by_its_name_or_by_its_section_and_its_year() {
        let une = |id: i64, nom: &str, annee: i32| Geree {
            promotion_id: id,
            nom: nom.into(),
            annee_examen: annee,
            debut: date!(2026 - 09 - 01),
        };
        let gerees = [
            une(1, "BTS NDRC 2027", 2027),
            une(2, "BTS NDRC 2028", 2028),
            une(3, "MCO du soir", 2028),
        ];
        for (code, proposee) in [
            ("1NDRC", Some(2)),
            ("BTS NDRC 2", Some(1)),
            ("NDRC", None),
            ("1MCO", Some(3)),
            ("MCO du soir", Some(3)),
            ("TSTMG2", None),
            ("", None),
        ] {
            assert_eq!(proposer(code, &gerees, 2026), proposee, "{code}");
        }
        assert_eq!((rentree(date!(2026 - 11 - 24)), rentree(date!(2027 - 03 - 01))), (2026, 2026));
    }
}
