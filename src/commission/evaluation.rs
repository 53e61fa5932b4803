//! The fiches d'évaluation, that may be communicated after the deliberation; and the épreuves, each with its papers.
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::modele::{Forme, GRILLES, Grille, Mention};
use crate::examen::Examen;

pub(super) static EVALUATIONS: LazyLock<Vec<Evaluation>> = LazyLock::new(|| {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Fichier {
        evaluations: Vec<Evaluation>,
    }
    let lues = toml::from_str::<Fichier>(include_str!("evaluations.toml"))
        .expect("the papers that came with the program can be read: a test says so")
        .evaluations;
    let sous = |e: &Evaluation, forme| Evaluation { forme, ..e.clone() };
    let mut toutes: Vec<Evaluation> = Vec::new();
    for e in lues {
        toutes.extend(e.autres_formes.iter().map(|f| sous(&e, *f)));
        toutes.push(e);
    }
    toutes.sort_by_key(|e| e.depuis);
    toutes
});

/// The official fiche d'évaluation of an épreuve, from a session on. Its words are those of the annexe that it names.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evaluation {
    /// Code of the edition of the référentiel that it goes with.
    pub edition: String,
    /// First session, as a year.
    pub depuis: i32,
    pub epreuve: String,
    pub forme: Forme,
    /// The same paper serves those too.
    #[serde(default)]
    pub autres_formes: Vec<Forme>,
    /// Number of the annexe of the circular.
    pub annexe: String,
    pub diplome: String,
    pub intitule: String,
    #[serde(default)]
    pub modalites: Option<String>,
    pub titre: String,
    /// The head, line by line.
    pub lignes: Vec<String>,
    pub tete: Vec<Vec<Mention>>,
    pub note_sur: u8,
    /// The name of its box for the mark.
    pub note: String,
    /// What the box says after the mark.
    #[serde(default)]
    pub sur: Option<String>,
    /// What is said once above the appréciations of all its parts, when it is not said of each.
    #[serde(default)]
    pub appreciation: Option<String>,
    pub visa: String,
    /// Lines to sign at its end.
    pub membres: u8,
    #[serde(default)]
    pub mention: Option<String>,
    /// What is written at its head; its date is that of the candidate's turn.
    #[serde(default)]
    pub champs: Vec<Champ>,
    pub temps: Vec<Temps>,
}

/// A part of it: a situation, a phase.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Temps {
    pub code: String,
    pub intitule: String,
    /// Its line on the paper, when it is not its name alone; empty, nothing is said.
    #[serde(default)]
    pub titre: Option<String>,
    #[serde(default)]
    pub precision: Option<String>,
    /// Minutes.
    #[serde(default)]
    pub duree: Option<u16>,
    /// It has a date of its own.
    #[serde(default)]
    pub date: bool,
    /// What is known of it, row by row; the fields that are not named there follow, as paragraphs.
    #[serde(default)]
    pub rangees: Vec<Vec<Mention>>,
    #[serde(default)]
    pub natures: Vec<Nature>,
    /// Several natures may be ticked.
    #[serde(default)]
    pub plusieurs: bool,
    #[serde(default)]
    pub champs: Vec<Champ>,
    /// The name of its appréciation.
    pub appreciation: String,
    /// Lines to sign.
    #[serde(default)]
    pub visas: u8,
}

/// As in the descriptive sheets, in the words of this paper.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nature {
    pub code: String,
    pub intitule: String,
}

/// Something that the commission writes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Champ {
    pub code: String,
    pub intitule: String,
    /// Lines that it has room for.
    pub lignes: u8,
}

impl Evaluation {
    pub fn de(examen: &Examen, epreuve: &str, forme: Forme) -> Option<&'static Self> {
        Self::parue(&examen.reglement.edition, examen.session, epreuve, forme)
    }

    /// The one of a session; nothing where no official text is known for it.
    fn parue(edition: &str, session: i32, epreuve: &str, forme: Forme) -> Option<&'static Self> {
        let la = |e: &&Self| e.edition == edition && e.depuis <= session;
        EVALUATIONS.iter().rev().filter(la).find(|e| e.epreuve == epreuve && e.forme == forme)
    }

    /// The last one of an edition.
    #[cfg(test)]
    pub fn par_code(edition: &str, epreuve: &str, forme: Forme) -> Option<&'static Self> {
        Self::parue(edition, i32::MAX, epreuve, forme)
    }

    pub fn temps(&self, code: &str) -> Option<&Temps> {
        self.temps.iter().find(|t| t.code == code)
    }
}

/// An épreuve that a commission judges, in one of its forms.
#[derive(Debug, Clone, Copy)]
pub struct Unite {
    pub code: &'static str,
    pub intitule: &'static str,
    pub forme: Forme,
    pub grille: Option<&'static Grille>,
    pub evaluation: Option<&'static Evaluation>,
}

impl Unite {
    /// Those of an exam that have an official paper, in the order of the data.
    pub fn toutes(examen: &Examen) -> Vec<Self> {
        Self::parues(&examen.reglement.edition, examen.session)
    }

    pub fn de(examen: &Examen, code: &str, forme: Forme) -> Option<Self> {
        Self::toutes(examen).into_iter().find(|e| e.code == code && e.forme == forme)
    }

    pub(super) fn parues(edition: &str, session: i32) -> Vec<Self> {
        let noms = GRILLES.0.iter().filter(|n| n.edition == edition);
        noms.flat_map(|n| Forme::TOUTES.map(|forme| (n, forme)))
            .map(|(n, forme)| Self {
                code: &n.code,
                intitule: &n.intitule,
                forme,
                grille: Grille::parue(edition, session, &n.code, forme),
                evaluation: Evaluation::parue(edition, session, &n.code, forme),
            })
            .filter(|e| e.grille.is_some() || e.evaluation.is_some())
            .collect()
    }

    /// The situations that a candidate goes through: code, name, minutes. One without a name where no paper names any.
    pub fn temps(&self) -> Vec<(String, String, Option<u16>)> {
        let Some(evaluation) = self.evaluation else {
            return vec![("1".into(), String::new(), self.grille.and_then(|g| g.duree))];
        };
        let un = |t: &Temps| (t.code.clone(), t.intitule.clone(), t.duree);
        evaluation.temps.iter().map(un).collect()
    }
}
