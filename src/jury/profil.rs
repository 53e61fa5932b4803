//! Where a candidate stands in each compétence, beside her section: places in an ordered scale, never an average.
use super::dossier::{Candidat, Dossier};

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

/// The profile of a candidate: the scale, highest first, by compétences.
pub(super) struct Profil {
    /// Code and name, highest first.
    pub echelle: Vec<(String, String)>,
    pub colonnes: Vec<Colonne>,
}

impl Colonne {
    /// She stands there.
    pub fn elle(&self, rang: &usize) -> bool {
        self.candidat == Some(*rang)
    }

    /// Her section stands there.
    pub fn section(&self, rang: &usize) -> bool {
        self.section == Some(*rang)
    }
}

impl Profil {
    pub fn de(dossier: &Dossier, candidat: &Candidat) -> Self {
        let haut = dossier.legende.len().saturating_sub(1);
        let places = |c: &Candidat, code: &str| -> Vec<usize> {
            let siennes = c.lignes().filter(|(_, k, _)| k.code == code);
            let place = |n: &str| dossier.legende.iter().position(|l| l.code == n);
            siennes.filter_map(|(_, _, l)| place(l.niveau.as_deref()?)).collect()
        };
        let colonne = |k: &super::dossier::Competence| {
            let siennes = places(candidat, &k.code);
            let toutes = dossier.candidats.iter().flat_map(|c| places(c, &k.code)).collect();
            Colonne {
                code: k.code.clone(),
                intitule: k.intitule.clone(),
                jugees: siennes.len(),
                lignes: k.sous_competences.len(),
                candidat: mediane(siennes).map(|m| haut - m),
                section: mediane(toutes).map(|m| haut - m),
            }
        };
        let competences = candidat.blocs.iter().flat_map(|b| &b.competences);
        Self {
            echelle: dossier
                .legende
                .iter()
                .rev()
                .map(|n| (n.code.clone(), n.intitule.clone()))
                .collect(),
            colonnes: competences.map(colonne).collect(),
        }
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
