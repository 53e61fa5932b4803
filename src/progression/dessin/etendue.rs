//! What can be said of several levels of an ordinal scale: the lowest, the highest, the median. Never a mean.
use super::Echelle;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Etendue {
    pub nombre: usize,
    pub bas: usize,
    pub haut: usize,
    /// The two middle places: the same one, except between two levels of an even number.
    pub mediane: (usize, usize),
}

impl Etendue {
    /// Of these places of the scale; none when there is none.
    pub fn de(places: impl IntoIterator<Item = usize>) -> Option<Self> {
        let mut places: Vec<usize> = places.into_iter().collect();
        places.sort_unstable();
        let (&bas, &haut) = (places.first()?, places.last()?);
        let n = places.len();
        Some(Self { nombre: n, bas, haut, mediane: (places[(n - 1) / 2], places[n / 2]) })
    }

    /// Where the median is drawn: one mark, or one on each side of it.
    pub fn marques(&self) -> Vec<usize> {
        let (a, b) = self.mediane;
        if a == b { vec![a] } else { vec![a, b] }
    }

    /// « de I à TS, médiane S ».
    pub fn en_mots(&self, echelle: &Echelle) -> String {
        let (bas, haut) = (echelle.code(self.bas), echelle.code(self.haut));
        if self.bas == self.haut {
            return format!("en\u{a0}{bas}");
        }
        format!("de\u{a0}{bas} à\u{a0}{haut}, médiane {}", self.milieu(echelle))
    }

    /// « S », « entre I et S ».
    pub fn milieu(&self, echelle: &Echelle) -> String {
        let (a, b) = (echelle.code(self.mediane.0), echelle.code(self.mediane.1));
        if a == b { a.to_owned() } else { format!("entre {a} et\u{a0}{b}") }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::alea::Des, *};

    #[test]
    fn the_median_of_an_even_number_may_stand_between_two_levels() {
        let de = |places: &[usize]| Etendue::de(places.iter().copied());
        assert_eq!(de(&[]), None);
        assert_eq!(de(&[2]), Some(Etendue { nombre: 1, bas: 2, haut: 2, mediane: (2, 2) }));
        assert_eq!(de(&[3, 0]), Some(Etendue { nombre: 2, bas: 0, haut: 3, mediane: (0, 3) }));
        assert_eq!(de(&[0, 3, 1]).unwrap().mediane, (1, 1));
        assert_eq!(de(&[3, 1, 2, 2]).unwrap().mediane, (2, 2));
        let echelle = super::super::echelle::inventee(&["TI", "I", "S", "TS"]);
        assert_eq!(
            de(&[1, 2]).unwrap().en_mots(&echelle),
            "de\u{a0}I à\u{a0}S, médiane entre I et\u{a0}S"
        );
        assert_eq!(de(&[3, 3]).unwrap().en_mots(&echelle), "en\u{a0}TS");
    }

    /// Whatever the order, the same; raising one level lowers nothing; every word is a level that somebody gave.
    #[test]
    fn order_changes_nothing_and_raising_a_level_lowers_nothing() {
        let mut des = Des(1);
        for _ in 0..20_000 {
            let niveaux = 2 + des.jet(6);
            let places: Vec<usize> = (0..=des.jet(12)).map(|_| des.jet(niveaux)).collect();
            let dite = Etendue::de(places.iter().copied()).unwrap();
            let mut melees = places.clone();
            des.battre(&mut melees);
            assert_eq!(Etendue::de(melees.iter().copied()), Some(dite), "{places:?}");
            for p in [dite.bas, dite.haut, dite.mediane.0, dite.mediane.1] {
                assert!(places.contains(&p), "{p} was never given: {places:?}");
            }
            assert!(
                dite.bas <= dite.mediane.0
                    && dite.mediane.0 <= dite.mediane.1
                    && dite.mediane.1 <= dite.haut
            );
            let mut montees = places.clone();
            let qui = des.jet(places.len());
            montees[qui] = (montees[qui] + 1).min(niveaux - 1);
            let apres = Etendue::de(montees).unwrap();
            assert!(
                apres.bas >= dite.bas
                    && apres.haut >= dite.haut
                    && apres.mediane.0 >= dite.mediane.0
                    && apres.mediane.1 >= dite.mediane.1,
                "{places:?}"
            );
        }
    }
}
