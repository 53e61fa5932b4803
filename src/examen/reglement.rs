//! What an exam asks of a candidate, session by session: read from data, never from code.
use std::sync::LazyLock;

use serde::Deserialize;

/// The rules that came with the program.
static TOUS: LazyLock<Vec<Reglement>> = LazyLock::new(|| {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Fichier {
        reglements: Vec<Reglement>,
    }
    let mut lus = toml::from_str::<Fichier>(include_str!("reglement.toml"))
        .expect("the rules that came with the program can be read: a test says so")
        .reglements;
    lus.sort_by_key(|r| r.depuis);
    lus
});

/// The rules of an exam from a session on. Source of each: the official text named in the data.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reglement {
    /// Code of the edition of the référentiel that it goes with.
    pub edition: String,
    /// First session, as a year.
    pub depuis: i32,
    pub intitule: String,
    /// Hours of presence that make a day of stage.
    pub heures_par_jour: u32,
    /// Days of presence that make a month.
    pub jours_par_mois: u32,
    /// Days of presence that make a week.
    pub jours_par_semaine: u32,
    /// Days before the last day of deposit from which what is missing is a risk; our choice, no text says it.
    pub jours_d_alerte: i64,
    /// Most trainees that one enseignant référent may follow at once.
    pub stagiaires_par_referent: usize,
    /// Months during which the file of a candidate is kept at the jury's disposal.
    pub mois_d_archive: u32,
    pub voies: Vec<Voie>,
    pub dossiers: Vec<Dossier>,
}

/// How a candidate comes to the exam, and what proves her experience.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Voie {
    pub code: String,
    pub intitule: String,
    /// Weeks of stage that are asked; 0 when the paper alone counts.
    pub semaines: u32,
    /// Fewest weeks that a decision may leave.
    pub minimum: u32,
    /// The paper that proves it, in the words of the text.
    pub piece: String,
    /// Its official model, when there is one.
    pub piece_annexe: Option<String>,
    pub par: Par,
    pub source: String,
}

/// What there is one paper for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Par {
    /// Each place and period.
    Periode,
    Candidat,
}

/// The file of an épreuve, and the notification that says why it was refused.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dossier {
    /// Official code of the épreuve.
    pub epreuve: String,
    pub intitule: String,
    /// Number of the annexe that is the notification.
    pub notification: String,
    pub titre: String,
    pub nom: String,
    pub prenom: String,
    pub numero: String,
    pub preambule: String,
    pub consequence: String,
    pub controle: String,
    pub visa: String,
    /// The official boxes, in their order.
    pub motifs: Vec<Motif>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Motif {
    pub code: String,
    pub intitule: String,
}

impl Reglement {
    /// The rules of a session; nothing where no official text is known for it.
    pub fn de(edition: &str, session: i32) -> Option<&'static Self> {
        TOUS.iter().rev().find(|r| r.edition == edition && r.depuis <= session)
    }

    pub fn voie(&self, code: &str) -> Option<&Voie> {
        self.voies.iter().find(|v| v.code == code)
    }

    /// How one comes to the exam when nobody said: the first of the data.
    pub fn voie_usuelle(&self) -> &Voie {
        &self.voies[0]
    }

    pub fn dossier(&self, epreuve: &str) -> Option<&Dossier> {
        self.dossiers.iter().find(|d| d.epreuve == epreuve)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_that_came_with_the_program_hold_together() {
        let r = Reglement::de("NDRC-2018", 2027).expect("the rules of 2025 are those of 2027");
        assert!(Reglement::de("NDRC-2018", 2024).is_none(), "no text was read for that session");
        assert!(Reglement::de("MCO-2018", 2027).is_none());
        for reglement in TOUS.iter() {
            assert!(!reglement.voies.is_empty() && !reglement.dossiers.is_empty());
            for voie in &reglement.voies {
                assert!(voie.minimum <= voie.semaines, "{}", voie.code);
            }
            for dossier in &reglement.dossiers {
                assert_eq!(dossier.motifs.len(), 5, "five boxes, {}", dossier.notification);
            }
        }
        let scolaire = r.voie_usuelle();
        assert_eq!(
            (scolaire.code.as_str(), scolaire.semaines, scolaire.minimum),
            ("scolaire", 16, 8)
        );
        assert!(r.voie("experience").is_some_and(|v| v.par == Par::Candidat));
        assert!(r.dossier("E4").is_some_and(|d| d.notification == "V-8"));
    }

    /// Official labels are carried over exactly, from the text that we keep beside the design.
    #[test]
    fn every_box_is_worded_as_the_official_one() {
        let r = Reglement::de("NDRC-2018", 2025).unwrap();
        let e4 = &r.dossier("E4").unwrap().motifs;
        let e6 = &r.dossier("E6").unwrap().motifs;
        assert!(e4[0].intitule.ends_with("fixée par l’autorité académique"));
        assert!(e6[0].intitule.ends_with("fixée par les autorités académiques"));
        assert_eq!(e4[2].intitule, e6[2].intitule);
    }
}
