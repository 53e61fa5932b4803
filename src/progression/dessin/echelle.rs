//! The scale of an edition as a drawing needs it: an order and places. No code of a level is known here.
use crate::referentiel::{Edition, Niveau};

/// The levels that count, lowest first.
#[derive(Debug, Clone)]
pub struct Echelle(Vec<Niveau>);

impl Echelle {
    pub fn de(edition: &Edition) -> Self {
        Self::new(&edition.niveaux)
    }

    pub fn new(niveaux: &[Niveau]) -> Self {
        let mut rangs: Vec<Niveau> = niveaux.iter().filter(|n| n.rang.is_some()).cloned().collect();
        rangs.sort_by_key(|n| n.rang);
        Self(rangs)
    }

    pub fn niveaux(&self) -> &[Niveau] {
        &self.0
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Where a level stands, from 0; none for what is no level.
    pub fn place(&self, code: &str) -> Option<usize> {
        self.0.iter().position(|n| n.code == code)
    }

    pub fn code(&self, place: impl std::borrow::Borrow<usize>) -> &str {
        self.0.get(*place.borrow()).map_or("", |n| n.code.as_str())
    }

    /// The first place of the upper half.
    pub fn seuil(&self) -> usize {
        self.0.len() / 2
    }

    /// The middle of a place, in the width of a drawing.
    pub fn x(&self, place: impl std::borrow::Borrow<usize>) -> String {
        pour_cent(2 * place.borrow() + 1, 2 * self.0.len())
    }

    /// The same, in what a drawing leaves right of its first `marge` hundredths.
    pub fn colonne(&self, place: impl std::borrow::Borrow<usize>, marge: usize) -> String {
        let n = 2 * self.0.len();
        pour_cent(marge * n + (100 - marge) * (2 * place.borrow() + 1), 100 * n)
    }

    /// Which of the four tints of the house a place takes, whatever the length of the scale.
    pub fn teinte(&self, place: impl std::borrow::Borrow<usize>) -> usize {
        1 + (place.borrow() * 3) / self.0.len().saturating_sub(1).max(1)
    }
}

/// « 37.5% »: a length in a drawing whose width is that of the page.
pub fn pour_cent(part: usize, tout: usize) -> String {
    let tout = tout.max(1);
    let centiemes = (part * 10_000 + tout / 2) / tout;
    let texte = format!("{}.{:02}", centiemes / 100, centiemes % 100);
    format!("{}%", texte.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
pub(super) fn inventee(codes: &[&str]) -> Echelle {
    let niveau = |(rang, code): (usize, &&str)| Niveau {
        code: (*code).to_owned(),
        intitule: (*code).to_owned(),
        rang: i32::try_from(rang).ok(),
    };
    Echelle::new(&codes.iter().enumerate().map(niveau).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_of_any_length_has_its_places_and_four_tints() {
        for n in 1..9 {
            let codes: Vec<String> = (0..n).map(|i| format!("N{i}")).collect();
            let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
            let echelle = inventee(&codes);
            let teintes: Vec<_> = (0..n).map(|p| echelle.teinte(p)).collect();
            assert!(
                teintes.is_sorted() && teintes.iter().all(|t| (1..=4).contains(t)),
                "{teintes:?}"
            );
            assert!(n == 1 || teintes[n - 1] == 4, "the top is the top: {teintes:?}");
            assert!((0..n).all(|p| echelle.place(echelle.code(p)) == Some(p)));
        }
        let echelle = inventee(&["A", "B", "C", "D"]);
        assert_eq!((echelle.x(0), echelle.x(3)), ("12.5%".to_owned(), "87.5%".to_owned()));
        assert_eq!((echelle.seuil(), echelle.place("absent")), (2, None));
    }
}
