//! The arithmetic of the sheet, as the official workbook does it, in hundredths so that it can be done again by hand.
//!
//! - The average of a year is that of its periods that are filled, rounded to the hundredth, half away from zero.
//! - The average of the class, for a period or a year, is that of the averages that are printed, rounded in the same way.
//! - The gap of a candidate, for an enseignement, is her average of the second year (of the first year while the second has
//!   none) less the class's, which is the average of those same averages.
use super::{Bulletin, Scolaire};

/// The average of what is known, rounded to the hundredth, half away from zero: averages are never negative.
pub fn moyenne(connues: impl IntoIterator<Item = Option<i32>>) -> Option<i32> {
    let connues: Vec<i32> = connues.into_iter().flatten().collect();
    let n = i32::try_from(connues.len()).ok().filter(|n| *n > 0)?;
    Some((2 * connues.iter().sum::<i32>() + n) / (2 * n))
}

impl Bulletin {
    /// The periods of a year, from 0.
    pub fn periodes(&self, an: usize) -> &[Option<i32>] {
        &self.moyennes[an * 3..an * 3 + 3]
    }

    /// The average of a year, from 0.
    pub fn annee(&self, an: usize) -> Option<i32> {
        moyenne(self.periodes(an).iter().copied())
    }

    /// What is compared with the class: the second year, else the first.
    pub fn comparee(&self) -> Option<i32> {
        self.annee(1).or_else(|| self.annee(0))
    }
}

/// The averages of the class for an enseignement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Classe {
    pub periodes: [Option<i32>; 6],
    pub annees: [Option<i32>; 2],
    /// Of what is compared.
    pub comparee: Option<i32>,
}

pub fn classe(bulletins: &[Bulletin]) -> Classe {
    Classe {
        periodes: std::array::from_fn(|n| moyenne(bulletins.iter().map(|b| b.moyennes[n]))),
        annees: std::array::from_fn(|an| moyenne(bulletins.iter().map(|b| b.annee(an)))),
        comparee: moyenne(bulletins.iter().map(Bulletin::comparee)),
    }
}

/// How far she is from her class.
pub fn ecart(elle: &Bulletin, classe: &Classe) -> Option<i32> {
    Some(elle.comparee()? - classe.comparee?)
}

/// Each count as so many of a hundred, rounded: equal counts have equal parts, even where the sum is then 99 or 101. Nothing
/// when nothing is counted.
pub fn pourcentages(comptes: &[u32]) -> Vec<Option<u32>> {
    let total: u32 = comptes.iter().sum();
    comptes.iter().map(|c| (200 * c + total).checked_div(2 * total)).collect()
}

/// How the avis of a class are spread.
#[derive(Debug, Clone)]
pub struct Repartition {
    /// What the avis is called, how many, of a hundred.
    pub avis: Vec<(String, u32, Option<u32>)>,
    /// How many have an avis.
    pub rendus: u32,
    pub effectif: usize,
}

impl Scolaire {
    pub fn classe(&self, enseignement: &str) -> Classe {
        let siens = self.etudiants.iter().map(|e| self.bulletin(enseignement, e.id()));
        classe(&siens.collect::<Vec<_>>())
    }

    /// The part of each avis among those that the council has given.
    pub fn repartition(&self) -> Repartition {
        let combien = |code: &str| {
            let eus = self
                .etudiants
                .iter()
                .filter(|e| self.conseil(e.id()).avis.as_deref() == Some(code));
            u32::try_from(eus.count()).unwrap_or(u32::MAX)
        };
        let comptes: Vec<u32> = self.modele.avis.iter().map(|a| combien(&a.code)).collect();
        let parts = pourcentages(&comptes);
        let noms = self.modele.avis.iter().map(|a| a.intitule.clone());
        Repartition {
            rendus: comptes.iter().sum(),
            avis: noms.zip(comptes).zip(parts).map(|((n, c), p)| (n, c, p)).collect(),
            effectif: self.etudiants.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bulletin(moyennes: [i32; 6]) -> Bulletin {
        let moyennes = moyennes.map(|m| Some(m).filter(|m| *m >= 0));
        Bulletin { moyennes, appreciation: String::new() }
    }

    #[test]
    fn averages_are_those_of_the_official_figure() {
        // Figure 3 of the annexe: 4, 10 and 6 make 6,67; 13, 17 and 5 make 11,67.
        assert_eq!(bulletin([-1, -1, -1, 400, 1000, 600]).annee(1), Some(667));
        assert_eq!(bulletin([-1, -1, -1, 1300, 1700, 500]).annee(1), Some(1167));
        assert_eq!(bulletin([1001, 1002, -1, -1, -1, -1]).annee(0), Some(1002), "half goes up");
        assert_eq!(bulletin([-1; 6]).annee(0), None);
        assert_eq!(moyenne([Some(0), Some(1)]), Some(1));
    }

    #[test]
    fn the_gap_is_of_the_second_year_else_of_the_first() {
        let elle = bulletin([800, 900, -1, 1200, 1300, -1]);
        let autre = bulletin([1000, 1000, -1, -1, -1, -1]);
        let classe = classe(&[elle.clone(), autre.clone(), bulletin([-1; 6])]);
        assert_eq!((elle.comparee(), autre.comparee()), (Some(1250), Some(1000)));
        assert_eq!(classe.comparee, Some(1125));
        assert_eq!((ecart(&elle, &classe), ecart(&autre, &classe)), (Some(125), Some(-125)));
        assert_eq!(ecart(&bulletin([-1; 6]), &classe), None);
        assert_eq!(classe.periodes[0], Some(900));
        assert_eq!(classe.annees, [Some(925), Some(1250)]);
    }

    #[test]
    fn equal_counts_have_equal_parts() {
        assert_eq!(pourcentages(&[7, 16, 7]), [Some(23), Some(53), Some(23)]);
        assert_eq!(pourcentages(&[17, 14, 1]), [Some(53), Some(44), Some(3)]);
        assert_eq!(pourcentages(&[1, 0, 0]), [Some(100), Some(0), Some(0)]);
        assert_eq!(pourcentages(&[1, 199, 0]), [Some(1), Some(100), Some(0)], "half goes up");
        assert_eq!(pourcentages(&[0, 0, 0]), [None; 3]);
    }
}
