//! Where a candidate stands in each compétence, beside her section: places in an ordered scale, never an average.
use super::dossier::{Candidat, Competence, Dossier, Niveau};

/// A compétence of the profile.
pub(super) struct Colonne {
    pub code: String,
    pub intitule: String,
    /// How many of her lines are judged, and how many there are.
    pub jugees: usize,
    pub lignes: usize,
    candidat: Option<usize>,
    section: Option<usize>,
}

/// A level of the profile: in each compétence, whether she stands there, and whether her section does.
pub(super) struct Rang {
    pub code: String,
    pub intitule: String,
    pub cases: Vec<(bool, bool)>,
}

/// The profile of a candidate: levels, highest first, by compétences.
pub(super) struct Profil {
    pub rangs: Vec<Rang>,
    pub colonnes: Vec<Colonne>,
}

impl Profil {
    pub fn de(dossier: &Dossier, candidat: &Candidat) -> Self {
        let places = |c: &Candidat, code: &str| -> Vec<usize> {
            let siennes = c.lignes().filter(|(_, k, _)| k.code == code);
            let place = |n: &str| dossier.legende.iter().position(|l| l.code == n);
            siennes.filter_map(|(_, _, l)| place(l.niveau.as_deref()?)).collect()
        };
        let colonne = |k: &Competence| {
            let siennes = places(candidat, &k.code);
            let toutes = dossier.candidats.iter().flat_map(|c| places(c, &k.code)).collect();
            Colonne {
                code: k.code.clone(),
                intitule: k.intitule.clone(),
                jugees: siennes.len(),
                lignes: k.sous_competences.len(),
                candidat: mediane(siennes),
                section: mediane(toutes),
            }
        };
        let competences = candidat.blocs.iter().flat_map(|b| &b.competences);
        let colonnes: Vec<Colonne> = competences.map(colonne).collect();
        let rang = |(place, niveau): (usize, &Niveau)| {
            let case = |c: &Colonne| (c.candidat == Some(place), c.section == Some(place));
            Rang {
                code: niveau.code.clone(),
                intitule: niveau.intitule.clone(),
                cases: colonnes.iter().map(case).collect(),
            }
        };
        let rangs = dossier.legende.iter().enumerate().rev().map(rang).collect();
        Self { rangs, colonnes }
    }
}

/// The place that half of them reach: of two in the middle, the lower, since there is nothing between two levels.
fn mediane(mut places: Vec<usize>) -> Option<usize> {
    places.sort_unstable();
    places.get(places.len().checked_sub(1)? / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::mediane;

    #[test]
    fn a_median_is_a_place_of_the_scale() {
        assert_eq!(mediane(vec![]), None);
        assert_eq!(mediane(vec![3]), Some(3));
        assert_eq!(mediane(vec![3, 0]), Some(0), "nothing stands between two levels");
        assert_eq!(mediane(vec![3, 0, 2]), Some(2));
        assert_eq!(mediane(vec![0, 3, 3, 1]), Some(1));
    }
}
