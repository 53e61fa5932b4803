//! Certification: the commissions of the exam, their official grids and their fiches d'évaluation. No student's proof has
//! a method here, and a student's transaction cannot name the tables that are read.
mod accord;
mod appui;
mod coche;
mod communication;
mod evaluation;
#[cfg(test)]
mod exemple;
mod verrou;
mod formation;
mod impression;
mod lecture;
pub mod modele;
#[cfg(test)]
mod modele_essais;
mod note;
mod page_candidat;
mod page_communication;
mod page_commission;
mod page_evaluation;
mod page_passage;
pub mod pages;
pub mod papier;
#[cfg(test)]
mod papier_essais;
mod passage;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::PrimitiveDateTime;
use uuid::Uuid;

use crate::{
    app::InTheNameOf,
    compte::Examinateur,
    date,
    error::{Error, Result},
};

pub use coche::Cochee;
pub use communication::Deliberation;
pub use formation::{Refus, Voulue};
pub use lecture::{evaluations, grilles};
pub use modele::{Forme, Unite};
pub use note::Note;
pub use page_passage::situations;
pub use passage::{Etat, Passage, passages};
pub use verrou::Ecrite;

/// Ticks: line of the grid -> degree.
pub type Coches = BTreeMap<String, String>;

/// Who examines whom for an épreuve.
#[derive(Debug, Clone)]
pub struct Commission {
    pub commission_id: i64,
    pub promotion_id: i64,
    pub promotion: String,
    pub edition_id: Uuid,
    /// Year of the exam.
    pub annee_examen: i32,
    pub epreuve: String,
    pub forme: Forme,
    pub numero: String,
    pub membres: Vec<Membre>,
    pub candidats: Vec<Candidat>,
    /// Line of the journal that said it last.
    pub version: i64,
}

impl Commission {
    /// « commission 2 · E4 ».
    pub fn intitule(&self) -> String {
        format!("commission {} · {}", self.numero, self.epreuve)
    }

    pub fn examinateurs(&self) -> impl Iterator<Item = &Membre> {
        self.membres.iter().filter(|m| m.examine)
    }

    pub fn ids(&self) -> Vec<i64> {
        self.candidats.iter().map(|c| c.etudiant_id).collect()
    }

    /// Names as papers have them: « Mme MARTIN, enseignante ».
    pub fn noms(&self) -> Vec<String> {
        self.membres.iter().map(Membre::en_mots).collect()
    }
}

/// A member: without an account she is a name on the papers, and examines nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Membre {
    pub personne_id: Option<i64>,
    pub nom: String,
    pub qualite: String,
    pub examine: bool,
}

impl Membre {
    pub fn en_mots(&self) -> String {
        if self.qualite.is_empty() {
            return self.nom.clone();
        }
        format!("{}, {}", self.nom, self.qualite)
    }
}

#[derive(Debug, Clone)]
pub struct Candidat {
    pub etudiant_id: i64,
    pub nom: String,
    pub prenom: String,
}

impl Candidat {
    /// « ÉTIENNE Zoé ».
    pub fn liste(&self) -> String {
        format!("{} {}", self.nom, self.prenom)
    }
}

/// A seat in a commission: the right to examine its candidates.
#[derive(Debug, Clone)]
pub struct Siege {
    qui: Examinateur,
    pub commission: Commission,
}

impl Siege {
    pub fn qui(&self) -> &Examinateur {
        &self.qui
    }

    /// A candidate of the commission; any other does not exist.
    pub fn candidat(&self, etudiant_id: i64) -> Result<&Candidat> {
        let le_sien = self.commission.candidats.iter().find(|c| c.etudiant_id == etudiant_id);
        le_sien.ok_or(Error::NotFound)
    }

    /// I tick a grid; the other members advise.
    pub fn examine(&self) -> bool {
        self.commission.examinateurs().any(|m| m.personne_id == Some(self.qui.personne_id()))
    }

    fn quoi(&self) -> (i64, &str) {
        (self.commission.promotion_id, &self.commission.epreuve)
    }
}

/// The grid of one examiner.
#[derive(Debug, Clone)]
pub struct Grille {
    pub par: i64,
    pub nom: String,
    pub coches: Coches,
    /// Of the parts at choice, the one that was judged.
    pub choix: Option<String>,
    pub bonus: u8,
    pub rendue_le: Option<PrimitiveDateTime>,
    pub version: i64,
}

/// What the commission agreed on for a candidate, and its fiche d'évaluation.
#[derive(Debug, Clone, Default)]
pub struct Evaluation {
    /// Nothing until they agreed.
    pub coches: Option<Coches>,
    pub choix: Option<String>,
    pub bonus: u8,
    pub contenu: Contenu,
    /// Hundredths of a point, typed by hand.
    pub note: Option<i32>,
    /// When it was locked, and by whom.
    pub verrou: Option<(PrimitiveDateTime, String)>,
    /// The members as they were when it was locked.
    pub noms: Vec<String>,
    pub version: i64,
}

impl Evaluation {
    /// « verrouillée le 3 mai 2027 à 10:12 par Mme MARTIN ».
    pub fn verrou_en_mots(&self) -> Option<String> {
        let (le, par) = self.verrou.as_ref()?;
        Some(format!("verrouillée le {} par {par}", date::instant(le)))
    }

    /// What a sealed fiche states: not the grid.
    fn dite(&self) -> serde_json::Value {
        serde_json::json!({
            "note": self.note_en_mots(), "verrou": self.verrou_en_mots(), "membres": self.noms, "contenu": self.contenu,
        })
    }

    /// « 12,5 »; nothing while no mark was typed.
    pub fn note_en_mots(&self) -> Option<String> {
        self.note.map(|n| Note(n).to_string())
    }
}

/// What the fiche d'évaluation says: its heading, then each situation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Contenu {
    pub champs: BTreeMap<String, String>,
    pub temps: BTreeMap<String, Moment>,
}

/// A situation (A, B) or a phase (1, 2, 3) of the épreuve.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Moment {
    /// ISO; empty while it is not known.
    pub date: String,
    pub natures: Vec<String>,
    pub champs: BTreeMap<String, String>,
    pub appreciation: String,
}
