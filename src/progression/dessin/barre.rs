//! A bloc in one bar: a place for each line, the letters of its level in it.
use super::{Echelle, echelle::pour_cent};
use crate::progression::Effectif;

/// What a row of a bar holds: more lines make more rows, never smaller letters.
const PAR_RANG: usize = 12;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Its row, from 0.
    pub rang: usize,
    pub x: String,
    pub milieu: String,
    pub largeur: String,
    /// « 3 TS », « jamais ».
    pub texte: String,
    /// One of the four tints; 0 for what was never judged.
    pub teinte: usize,
}

#[derive(Debug, Clone)]
pub struct Barre {
    pub segments: Vec<Segment>,
    pub rangs: usize,
    /// « 3 TS · 4 S · 1 I · 2 jamais ».
    pub comptes: String,
}

impl Barre {
    /// The lines of this bloc that stand at each level, best first, then those that were never judged.
    pub fn de(effectif: &Effectif, echelle: &Echelle) -> Self {
        let places = effectif.niveaux.iter().enumerate().rev();
        let mut comptes: Vec<(usize, String, usize)> =
            places.map(|(p, n)| (*n, echelle.code(p).to_owned(), echelle.teinte(p))).collect();
        comptes.push((effectif.jamais, "jamais".to_owned(), 0));
        let dits: Vec<String> = comptes
            .iter()
            .filter(|c| c.0 > 0)
            .map(|(n, quoi, _)| format!("{n}\u{a0}{quoi}"))
            .collect();
        let segments = segments(&comptes);
        let rangs = segments.last().map_or(0, |s| s.rang + 1);
        Self { segments, rangs, comptes: dits.join(" · ") }
    }
}

/// Cuts a bar in rows: how many, what, tint.
fn segments(comptes: &[(usize, String, usize)]) -> Vec<Segment> {
    let total: usize = comptes.iter().map(|c| c.0).sum();
    let large = total.clamp(1, PAR_RANG);
    let (mut segments, mut place) = (vec![], 0);
    for (n, quoi, teinte) in comptes {
        let mut reste = *n;
        while reste > 0 {
            let debut = place % PAR_RANG;
            let pris = reste.min(PAR_RANG - debut);
            // A word needs a quarter of the narrowest bar; the counts under it say what a dot is.
            let texte = if *teinte == 0 && pris * 4 < large {
                "·".to_owned()
            } else if pris == 1 {
                quoi.clone()
            } else {
                format!("{pris}\u{a0}{quoi}")
            };
            segments.push(Segment {
                rang: place / PAR_RANG,
                x: pour_cent(debut, large),
                milieu: pour_cent(2 * debut + pris, 2 * large),
                largeur: pour_cent(pris, large),
                texte,
                teinte: *teinte,
            });
            (place, reste) = (place + pris, reste - pris);
        }
    }
    segments
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(comptes: &[(usize, &str, usize)]) -> Vec<Segment> {
        segments(&comptes.iter().map(|(n, q, t)| (*n, (*q).to_owned(), *t)).collect::<Vec<_>>())
    }

    #[test]
    fn a_bar_holds_each_line_once_and_wraps_when_it_is_long() {
        let vus = bar(&[(3, "TS", 4), (0, "S", 3), (1, "I", 2), (4, "jamais", 0)]);
        let textes: Vec<_> =
            vus.iter().map(|s| (s.texte.as_str(), s.x.as_str(), s.largeur.as_str())).collect();
        assert_eq!(
            textes,
            [
                ("3\u{a0}TS", "0%", "37.5%"),
                ("I", "37.5%", "12.5%"),
                ("4\u{a0}jamais", "50%", "50%")
            ]
        );
        assert!(
            bar(&[(0, "TS", 4), (0, "jamais", 0)]).is_empty(),
            "a bloc without a line draws nothing"
        );
        let longue = bar(&[(10, "TS", 4), (5, "S", 3), (15, "jamais", 0)]);
        let rangs: Vec<_> = longue.iter().map(|s| (s.rang, s.texte.as_str())).collect();
        assert_eq!(
            rangs,
            [
                (0, "10\u{a0}TS"),
                (0, "2\u{a0}S"),
                (1, "3\u{a0}S"),
                (1, "9\u{a0}jamais"),
                (2, "6\u{a0}jamais")
            ]
        );
    }
}
