//! The level that a named rule proposes from what was judged: by the date of the situation, explained in one sentence,
//! never an average. What is not a level (absent, dispensé…) counts in nothing.
mod calcul;
mod essai;
pub mod pages;
mod phrase;
mod reglage;
mod releve;

#[cfg(test)]
mod proprietes;

use std::collections::BTreeMap;

use time::Date;
use uuid::Uuid;

use crate::{app::Db, error::Result};

pub use calcul::{Proposition, Propositions, Revision, a_revoir, proposer, propositions, suite};
pub use essai::{Changement, Essai};
pub use reglage::{Choix, Reglage, reglage};
pub use releve::Releve;

/// Most situations that a rule may be asked to look at.
pub const N_MAX: i32 = 20;

/// How a level is proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Regle {
    /// What the latest situation says.
    Derniere,
    /// The latest five, each weighing twice the one before: the highest level that two thirds of the weight reach.
    Ponderees,
    /// The highest level that more than half of the latest n reach.
    Majorite(usize),
    /// The highest level of the latest n.
    Meilleure(usize),
}

impl Regle {
    /// As forms and the database name it.
    pub const CODES: [&'static str; 4] = ["derniere", "ponderees", "majorite", "meilleure"];

    pub fn code(self) -> &'static str {
        match self {
            Self::Derniere => Self::CODES[0],
            Self::Ponderees => Self::CODES[1],
            Self::Majorite(_) => Self::CODES[2],
            Self::Meilleure(_) => Self::CODES[3],
        }
    }

    /// The number that goes with the name, when one does.
    pub fn n(self) -> Option<i32> {
        match self {
            Self::Majorite(n) | Self::Meilleure(n) => i32::try_from(n).ok(),
            _ => None,
        }
    }

    /// A rule by its name; `None` when there is no such rule, or when its number is missing or makes no sense.
    pub fn nommee(code: &str, n: Option<i32>) -> Option<Self> {
        let n = n.filter(|n| (1..=N_MAX).contains(n)).and_then(|n| usize::try_from(n).ok());
        match code {
            "derniere" => Some(Self::Derniere),
            "ponderees" => Some(Self::Ponderees),
            "majorite" => n.map(Self::Majorite),
            "meilleure" => n.map(Self::Meilleure),
            _ => None,
        }
    }

    /// Whether a number goes with this name.
    pub fn veut_un_nombre(code: &str) -> bool {
        matches!(code, "majorite" | "meilleure")
    }
}

/// What one situation says of one sous-compétence of one student.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fait {
    pub etudiant_id: i64,
    pub code: String,
    pub situation_id: i64,
    pub niveau: String,
    pub vecu_le: Date,
    pub contexte: String,
    /// Line of the journal: of two facts of one situation, the later corrects the other.
    pub version: i64,
}

/// All that was said of these students on an edition, wherever they were when it was said.
pub async fn faits(db: &mut Db, edition_id: Uuid, etudiants: &[i64]) -> Result<Vec<Fait>> {
    Ok(sqlx::query_as!(
        Fait,
        r#"select n.etudiant_id, n.code, n.situation_id, n.niveau as "niveau!", n.vecu_le, s.contexte, n.version
             from livret.positionnement n
             join livret.situation s using (etablissement_id, situation_id)
            where n.etablissement_id = livret.ici() and n.edition_id = $1 and n.etudiant_id = any ($2)
              and n.niveau is not null"#,
        edition_id,
        etudiants
    )
    .fetch_all(&mut **db)
    .await?)
}

/// Facts by student and sous-compétence.
pub(crate) fn par_case(faits: &[Fait]) -> BTreeMap<(i64, &str), Vec<&Fait>> {
    let mut cases: BTreeMap<(i64, &str), Vec<&Fait>> = BTreeMap::new();
    for fait in faits {
        cases.entry((fait.etudiant_id, &fait.code)).or_default().push(fait);
    }
    cases
}

/// Facts by student.
pub(crate) fn par_etudiant(faits: &[Fait]) -> BTreeMap<i64, Vec<&Fait>> {
    let mut siens: BTreeMap<i64, Vec<&Fait>> = BTreeMap::new();
    for fait in faits {
        siens.entry(fait.etudiant_id).or_default().push(fait);
    }
    siens
}
