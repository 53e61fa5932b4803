//! The two years, month by month: what was lived, in which context, and the levels that it gave.
use serde::{Deserialize, Deserializer};
use time::Date;

use super::{Echelle, Mois};
use crate::date;

/// A level of one sous-compétence, given there.
#[derive(Debug, Clone, Deserialize)]
pub struct Donne {
    pub code: String,
    pub niveau: String,
}

/// A situation that she lived.
#[derive(Debug, Clone, Deserialize)]
pub struct Passage {
    pub titre: String,
    pub contexte: String,
    pub organisation: Option<String>,
    #[serde(deserialize_with = "jour")]
    pub vecue_le: Date,
    /// What she recorded of it.
    pub preuve_id: Option<i64>,
    pub niveaux: Vec<Donne>,
}

/// Reads the dates of a row that came as JSON.
pub fn jour<'de, D: Deserializer<'de>>(lecteur: D) -> Result<Date, D::Error> {
    let texte = String::deserialize(lecteur)?;
    date::lire(&texte).ok_or_else(|| serde::de::Error::custom("a date"))
}

/// A month in which something was lived.
#[derive(Debug, Clone)]
pub struct Periode {
    pub mois: Mois,
    pub passages: Vec<Passage>,
    /// How many levels were given at each place of the scale.
    pub comptes: Vec<usize>,
    /// What was said that is no level.
    pub autres: usize,
}

/// A row of the drawing.
#[derive(Debug, Clone)]
pub enum Rang {
    Mois(Periode),
    /// So many months without anything.
    Vide(usize),
}

/// The months, in order. Nothing is drawn before the first situation, nor after the last.
pub fn rangs(mut passages: Vec<Passage>, echelle: &Echelle) -> Vec<Rang> {
    passages.sort_by_key(|p| p.vecue_le);
    let mut rangs: Vec<Rang> = vec![];
    let mut dernier: Option<Mois> = None;
    for passage in passages {
        let mois = Mois::de(passage.vecue_le);
        if dernier != Some(mois) {
            let vides = dernier.map_or(0, |d| mois.depuis(d) - 1);
            if vides > 0 {
                rangs.push(Rang::Vide(vides));
            }
            let comptes = vec![0; echelle.len()];
            rangs.push(Rang::Mois(Periode { mois, passages: vec![], comptes, autres: 0 }));
            dernier = Some(mois);
        }
        if let Some(Rang::Mois(periode)) = rangs.last_mut() {
            periode.ajouter(passage, echelle);
        }
    }
    rangs
}

impl Periode {
    fn ajouter(&mut self, passage: Passage, echelle: &Echelle) {
        for donne in &passage.niveaux {
            match echelle.place(&donne.niveau) {
                Some(place) => self.comptes[place] += 1,
                None => self.autres += 1,
            }
        }
        self.passages.push(passage);
    }

    /// « 2 en stage, 1 en cours »: the contexts, the most frequent first.
    pub fn contextes(&self) -> Vec<(&str, usize)> {
        let mut vus: Vec<(&str, usize)> = vec![];
        for p in &self.passages {
            match vus.iter_mut().find(|v| v.0 == p.contexte) {
                Some(vu) => vu.1 += 1,
                None => vus.push((&p.contexte, 1)),
            }
        }
        vus.sort_by_key(|v| std::cmp::Reverse(v.1));
        vus
    }

    /// « cours, stage » under the name of the month.
    pub fn en_bref(&self) -> String {
        let contextes = self.contextes();
        let mut dits: Vec<String> = contextes
            .iter()
            .take(3) // what a phone has room for: the table says them all
            .map(|(c, n)| if *n > 1 { format!("{c}\u{a0}×\u{a0}{n}") } else { (*c).to_owned() })
            .collect();
        if contextes.len() > 3 {
            dits.push("…".to_owned());
        }
        dits.join(", ")
    }

    /// « Novembre 2026 : 2 stage, 1 cours ; 3 S, 1 TS. »
    pub fn en_mots(&self, echelle: &Echelle) -> String {
        let lieux: Vec<String> =
            self.contextes().iter().map(|(c, n)| format!("{n}\u{a0}{c}")).collect();
        let niveaux: Vec<String> = (self.comptes.iter().enumerate())
            .filter(|(_, n)| **n > 0)
            .map(|(p, n)| format!("{n}\u{a0}{}", echelle.code(p)))
            .collect();
        let niveaux =
            if niveaux.is_empty() { "aucun niveau".to_owned() } else { niveaux.join(", ") };
        format!("{}\u{a0}: {}\u{202f}; {niveaux}.", self.mois.long(), lieux.join(", "))
    }
}

/// How large the mark of a number is, in ems: its surface follows the number.
pub fn rayon(nombre: usize, plus_grand: usize) -> String {
    let part = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    let r = (part(nombre) / part(plus_grand.max(1))).sqrt();
    format!("{:.2}em", 0.75 + 0.4 * r)
}

/// How high a drawing of these rows is, in ems, and where each begins, under the letters of the scale.
pub fn hauteurs(rangs: &[Rang]) -> (Vec<String>, String) {
    let mut y = 15; // tenths
    let debuts = rangs
        .iter()
        .map(|r| {
            let ici = format!("{}.{}em", y / 10, y % 10);
            y += if matches!(r, Rang::Mois(_)) { 38 } else { 16 };
            ici
        })
        .collect();
    (debuts, format!("{}.{}em", y / 10, y % 10))
}

/// The largest number of a drawing.
pub fn plus_grand(rangs: &[Rang]) -> usize {
    let comptes = |r: &Rang| match r {
        Rang::Mois(p) => p.comptes.iter().copied().max().unwrap_or(0),
        Rang::Vide(_) => 0,
    };
    rangs.iter().map(comptes).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::{
        super::{alea::Des, echelle::inventee},
        *,
    };

    fn passage(vecue_le: Date, contexte: &str, niveaux: &[&str]) -> Passage {
        let donne = |n: &&str| Donne { code: "1".into(), niveau: (*n).to_owned() };
        Passage {
            titre: "Vente".into(),
            contexte: contexte.into(),
            organisation: None,
            vecue_le,
            preuve_id: None,
            niveaux: niveaux.iter().map(donne).collect(),
        }
    }

    #[test]
    fn months_are_in_order_and_empty_ones_are_told_in_one_row() {
        let echelle = inventee(&["A", "B"]);
        let vecus = vec![
            passage(date!(2026 - 02 - 03), "stage", &["B"]),
            passage(date!(2025 - 10 - 30), "cours", &["A", "A", "absent"]),
            passage(date!(2025 - 10 - 02), "stage", &["B"]),
            passage(date!(2025 - 10 - 05), "stage", &[]),
        ];
        let rangs = rangs(vecus, &echelle);
        let [Rang::Mois(octobre), Rang::Vide(3), Rang::Mois(_)] = rangs.as_slice() else {
            panic!("{rangs:?}")
        };
        assert_eq!((octobre.comptes.as_slice(), octobre.autres), ([2, 1].as_slice(), 1));
        assert_eq!(octobre.contextes(), [("stage", 2), ("cours", 1)]);
        assert_eq!(octobre.en_bref(), "stage\u{a0}×\u{a0}2, cours");
        assert!(octobre.passages.is_sorted_by_key(|p| p.vecue_le));
        assert_eq!(plus_grand(&rangs), 2);
        assert_eq!((rayon(2, 2), rayon(0, 0)), ("1.15em".into(), "0.75em".into()));
        assert_eq!(
            hauteurs(&rangs),
            (vec!["1.5em".into(), "5.3em".into(), "6.9em".into()], "10.7em".into())
        );
        assert!(super::rangs(vec![], &echelle).is_empty());
    }

    #[test]
    fn every_level_is_counted_once_whatever_the_order() {
        let echelle = inventee(&["A", "B", "C"]);
        let mut des = Des(9);
        for _ in 0..2_000 {
            let mut vecus: Vec<Passage> = (0..des.jet(30))
                .map(|_| {
                    let jour = time::Duration::days(i64::try_from(des.jet(700)).unwrap());
                    let niveaux: Vec<&str> =
                        (0..des.jet(4)).map(|_| ["A", "B", "C", "absent"][des.jet(4)]).collect();
                    passage(date!(2025 - 09 - 01) + jour, "cours", &niveaux)
                })
                .collect();
            let donnes: usize = vecus.iter().map(|p| p.niveaux.len()).sum();
            let resume = |rangs: &[Rang]| -> Vec<(usize, Vec<usize>, usize)> {
                rangs
                    .iter()
                    .map(|r| match r {
                        Rang::Mois(p) => (p.passages.len(), p.comptes.clone(), p.autres),
                        Rang::Vide(n) => (*n, vec![], 0),
                    })
                    .collect()
            };
            let dite = resume(&rangs(vecus.clone(), &echelle));
            assert_eq!(dite.iter().map(|r| r.1.iter().sum::<usize>() + r.2).sum::<usize>(), donnes);
            des.battre(&mut vecus);
            assert_eq!(resume(&rangs(vecus, &echelle)), dite);
        }
    }
}
