//! Bringing people in from what the school already has: a paste, a table, SIECLE, STS-web. What would be written is shown
//! first, nobody is ever deleted, and what was done can be undone for a week.
mod acte;
mod annulation;
mod balise;
pub mod champ;
mod choix;
mod classe;
mod colonne;
#[cfg(test)]
mod essais;
mod garde;
mod gens;
mod lecture;
mod octets;
pub mod oubli;
mod page_colonnes;
mod page_modele;
mod page_verifier;
pub mod pages;
mod rapprochement;
mod reception;
mod refus;
mod siecle;
mod tableau;

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime, PrimitiveDateTime};

use crate::error::Error;
use champ::Champ;
use choix::Choix;

/// How long what was done can be undone.
pub const REMORDS: Duration = Duration::days(7);

/// Who is brought in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Quoi {
    Etudiant,
    Enseignant,
}

impl Quoi {
    pub fn code(self) -> &'static str {
        match self {
            Self::Etudiant => "etudiant",
            Self::Enseignant => "enseignant",
        }
    }

    pub fn lire(code: &str) -> Option<Self> {
        [Self::Etudiant, Self::Enseignant].into_iter().find(|q| q.code() == code)
    }
}

/// Where a list comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    #[default]
    Collage,
    Csv,
    Classeur,
    Siecle,
    Sts,
}

impl Source {
    pub fn code(self) -> &'static str {
        match self {
            Self::Collage => "collage",
            Self::Csv => "csv",
            Self::Classeur => "classeur",
            Self::Siecle => "siecle",
            Self::Sts => "sts",
        }
    }

    /// Under which name its numbers are kept.
    pub fn externe(self) -> &'static str {
        match self {
            Self::Siecle => "siecle",
            Self::Sts => "sts",
            _ => "tableau",
        }
    }

    /// What a row of it is called.
    pub fn ligne(self) -> &'static str {
        match self {
            Self::Siecle => "Élève",
            Self::Sts => "Individu",
            _ => "Ligne",
        }
    }

    /// Where another row is: « à la ligne 12 ».
    pub fn a(self, rang: u32) -> String {
        if self.officielle() {
            format!("au n°\u{a0}{rang}")
        } else {
            format!("à la ligne {rang}")
        }
    }

    /// Its columns are known: nobody is asked.
    pub fn officielle(self) -> bool {
        matches!(self, Self::Siecle | Self::Sts)
    }
}

/// A row, with its number in the file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ligne {
    pub rang: u32,
    pub cases: Vec<String>,
}

/// A list as it was read: only the columns that may be of use.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Lu {
    pub source: Source,
    /// As they were written; none when the list has none.
    pub entetes: Vec<String>,
    pub lignes: Vec<Ligne>,
    /// What is to be known before going on.
    pub avis: Vec<String>,
    /// What each column is proposed to be.
    pub colonnes: Vec<Option<Champ>>,
}

impl Lu {
    fn new(source: Source, champs: &[Champ]) -> Self {
        let entetes = champs.iter().map(|c| c.intitule().to_owned()).collect();
        let colonnes = champs.iter().copied().map(Some).collect();
        Self { source, entetes, colonnes, ..Self::default() }
    }

    /// Takes out the columns that are none of our business, and those that say nothing.
    fn ne_garder(&mut self, gardees: &[bool]) {
        let dite =
            |n: usize| self.lignes.iter().any(|l| l.cases.get(n).is_some_and(|c| !c.is_empty()));
        let gardees: Vec<usize> = (0..gardees.len())
            .filter(|n| gardees[*n] && (self.colonnes[*n].is_some() || dite(*n)))
            .collect();
        let entetes = std::mem::take(&mut self.entetes);
        if !entetes.is_empty() {
            self.entetes =
                gardees.iter().map(|n| entetes.get(*n).cloned().unwrap_or_default()).collect();
        }
        self.colonnes = gardees.iter().map(|n| self.colonnes[*n]).collect();
        for l in &mut self.lignes {
            l.cases =
                gardees.iter().map(|n| l.cases.get(*n).cloned().unwrap_or_default()).collect();
        }
        self.lignes.retain(|l| l.cases.iter().any(|c| !c.is_empty()));
    }
}

/// Where an import stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Etat {
    EnCours,
    Fini,
    Annule,
    Abandonne,
}

impl Etat {
    fn lire(code: &str) -> Self {
        match code {
            "fini" => Self::Fini,
            "annule" => Self::Annule,
            "abandonne" => Self::Abandonne,
            _ => Self::EnCours,
        }
    }

    pub fn mots(self) -> &'static str {
        match self {
            Self::EnCours => "en cours",
            Self::Fini => "terminé",
            Self::Annule => "annulé",
            Self::Abandonne => "abandonné",
        }
    }
}

/// How many of each, once it is done: no name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Bilan {
    pub nouveaux: usize,
    pub modifies: usize,
    pub inchanges: usize,
    pub desactives: usize,
    pub laisses: usize,
    /// What an annulation took back, closed, and kept.
    pub retires: usize,
    pub fermes: usize,
    pub gardes: usize,
    /// Where people came in.
    pub promotions: Vec<i64>,
}

/// An import of mine, without its rows.
#[derive(Debug, Clone)]
pub struct Import {
    pub import_id: i64,
    pub quoi: Quoi,
    pub nom: String,
    pub etat: Etat,
    pub commence_le: PrimitiveDateTime,
    pub fini_le: Option<OffsetDateTime>,
    /// The last moment when it can be undone, where the school is.
    pub annulable_jusqu_au: Option<PrimitiveDateTime>,
    pub version: i64,
    pub bilan: Bilan,
    pub choix: Choix,
}

fn depasse() -> Error {
    Error::Conflict(
        "Cet import a changé dans un autre onglet. Voici où il en est\u{a0}: relisez, puis recommencez.".into(),
    )
}
