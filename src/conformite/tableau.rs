//! A promotion's files, the one that worries most first.
use serde::Serialize;

use super::calcul::{Constat, Verdict, verdict};

/// The file of one épreuve.
#[derive(Debug, Clone)]
pub struct Vu {
    pub epreuve: String,
    pub intitule: String,
    pub constats: Vec<Constat>,
    /// Sheets that the team keeps, over those that are asked for.
    pub retenues: usize,
    pub attendues: usize,
    /// Of them, really lived; nothing where the model does not ask.
    pub vecues: Option<usize>,
    pub signees: usize,
    pub depose_le: Option<time::Date>,
}

impl Vu {
    pub fn verdict(&self) -> Verdict {
        verdict(&self.constats)
    }
}

/// Days of stage, as the rules count them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Duree {
    pub requis: u32,
    pub faits: u32,
    pub prevus: u32,
    pub par_semaine: u32,
}

impl Duree {
    /// « 15 semaines et 4 jours ».
    pub fn en_semaines(jours: u32, par_semaine: u32) -> String {
        let nombre = |n: u32, un, plusieurs| crate::date::nombre(i64::from(n), un, plusieurs);
        let (semaines, reste) = (jours / par_semaine.max(1), jours % par_semaine.max(1));
        match (semaines, reste) {
            (0, j) => nombre(j, "jour", "jours"),
            (s, 0) => nombre(s, "semaine", "semaines"),
            (s, j) => format!("{} et {}", nombre(s, "semaine", "semaines"), nombre(j, "jour", "jours")),
        }
    }

    pub fn faite(&self) -> String {
        Self::en_semaines(self.faits, self.par_semaine)
    }

    pub fn prevue(&self) -> String {
        Self::en_semaines(self.prevus, self.par_semaine)
    }

    pub fn requise(&self) -> String {
        Self::en_semaines(self.requis, self.par_semaine)
    }
}

/// A candidate of the board.
#[derive(Debug, Clone)]
pub struct Candidat {
    pub etudiant_id: i64,
    pub nom: String,
    pub prenom: String,
    pub voie: String,
    pub numero: Option<String>,
    pub duree: Duree,
    /// Papers that a teacher has checked, over those that can be asked for.
    pub controlees: usize,
    pub exigibles: usize,
    pub dossiers: Vec<Vu>,
}

impl Candidat {
    pub fn verdict(&self) -> Verdict {
        self.dossiers.iter().map(Vu::verdict).max().unwrap_or(Verdict::Conforme)
    }

    pub fn liste(&self) -> String {
        format!("{} {}", self.nom, self.prenom)
    }

    /// What is to be said once: a reason that both files share, with the épreuves it concerns.
    pub fn raisons(&self) -> Vec<(String, &Constat)> {
        let mut dites: Vec<(Vec<&str>, &Constat)> = vec![];
        for vu in &self.dossiers {
            for constat in &vu.constats {
                match dites.iter_mut().find(|(_, c)| *c == constat) {
                    Some((epreuves, _)) => epreuves.push(&vu.epreuve),
                    None => dites.push((vec![&vu.epreuve], constat)),
                }
            }
        }
        dites.sort_by_key(|(_, c)| (std::cmp::Reverse(c.verdict), c.motif.is_none(), c.motif));
        dites.into_iter().map(|(e, c)| (e.join(", "), c)).collect()
    }

    /// How many official reasons would refuse a file of hers.
    fn risques(&self) -> usize {
        let risque = |c: &&Constat| c.verdict == Verdict::RisqueNv;
        self.dossiers.iter().flat_map(|d| &d.constats).filter(risque).count()
    }
}

/// The one that worries most first; among equals, who has most to do; then the order of lists that they came in.
pub fn trier(candidats: &mut [Candidat]) {
    candidats.sort_by_key(|c| {
        let reste: usize = c.dossiers.iter().map(|d| d.constats.len()).sum();
        std::cmp::Reverse((c.verdict(), c.risques(), reste))
    });
}
