//! A student asks that a preuve be judged; a teacher answers: levels, a complement asked for, or a refusal with a motif.
mod acte;
mod lecture;
pub mod pages;
pub mod phrase;
mod queue;

use time::PrimitiveDateTime;
use uuid::Uuid;

pub use lecture::{Demande, Ligne};

pub use crate::preuve::etat;

/// What is asked of one sous-compétence, with where she thinks she stands.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct Voeu {
    pub code: String,
    /// Her own level on the scale: shown beside the team's, never merged.
    pub niveau: Option<String>,
    pub pourquoi: String,
}

/// A teacher's answer.
#[derive(Debug, Clone)]
pub struct Reponse {
    pub acte: Verdict,
    /// A remark with the levels; the motif of what is not validated.
    pub motif: String,
    /// The version of the demande that was read.
    pub version: i64,
    pub cle: Uuid,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Code and level.
    Valider(Vec<(String, String)>),
    Completer,
    Refuser,
}

impl Verdict {
    fn etat(&self) -> &'static str {
        match self {
            Self::Valider(_) => "validee",
            Self::Completer => "complement",
            Self::Refuser => "refusee",
        }
    }
}

/// « il y a 3 jours »: the age of a demande, in words and without alarm.
pub fn age(le: &PrimitiveDateTime, maintenant: &PrimitiveDateTime) -> String {
    match (maintenant.date() - le.date()).whole_days() {
        i64::MIN..=0 => "aujourd’hui".to_owned(),
        1 => "hier".to_owned(),
        n => format!("il y a {n}\u{a0}jours"),
    }
}
