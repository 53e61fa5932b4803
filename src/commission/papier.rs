//! The papers of a commission as they are printed: the official models of the session, blank or filled.
use std::collections::BTreeMap;

use serde::Serialize;

use super::modele::{Evaluation, Grille};
use crate::{
    compte::Compte,
    impression::{self, Joint, Modele},
};

/// Whose paper it is, and when and by whom she is heard. What is not known is printed to be filled by hand.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Entete {
    pub nom: String,
    pub prenom: String,
    /// Number of the candidate.
    pub numero: Option<String>,
    /// Year of the exam.
    pub session: i32,
    pub commission: String,
    /// « 14 avril 2027 »; empty while it is not known.
    pub date: String,
    /// The same of each situation, by its code.
    pub dates: BTreeMap<String, String>,
    /// « Mme Martin, enseignante ».
    pub membres: Vec<String>,
    pub langue: String,
    pub document: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct GrilleRemplie {
    pub modele: &'static Grille,
    pub entete: Entete,
    /// The degré of each line that is ticked.
    pub coches: BTreeMap<String, String>,
    /// Code of the part that is judged among those of a choice.
    pub choix: Option<String>,
    /// Number and title of the descriptive sheet.
    pub fiche: Option<(i32, String)>,
    pub bonus: Option<u8>,
    /// « 12,5 », as a hand wrote it.
    pub note: Option<String>,
    pub appreciation: String,
    /// « verrouillée le 14 avril 2027 par Mme Martin »; empty while it is open.
    pub arretee: String,
}

/// A part of a fiche d'évaluation.
#[derive(Debug, Clone, Default, Serialize)]
pub struct TempsRempli {
    /// That of the head for this situation when it is empty.
    pub date: String,
    /// Codes of those that are ticked.
    pub natures: Vec<String>,
    pub champs: BTreeMap<String, String>,
    pub appreciation: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct EvaluationRemplie {
    pub modele: &'static Evaluation,
    pub entete: Entete,
    pub champs: BTreeMap<String, String>,
    /// By their codes.
    pub temps: BTreeMap<String, TempsRempli>,
    /// « 12,5 », as a hand wrote it.
    pub note: Option<String>,
    pub arretee: String,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Page {
    Grille(GrilleRemplie),
    Evaluation(EvaluationRemplie),
}

/// What is printed: each paper on sheets of its own, those of a candidate one after another.
#[derive(Debug, Clone, Serialize)]
pub struct Document {
    pub titre: String,
    pub etablissement: String,
    /// Year, month, day.
    pub jour: (i32, u8, u8),
    pub fictif: bool,
    pub pages: Vec<Page>,
}

impl Document {
    pub fn new(compte: &Compte, titre: String, pages: Vec<Page>) -> Self {
        let jour = compte.aujourd_hui();
        Self {
            titre,
            etablissement: compte.etablissement().to_owned(),
            jour: (jour.year(), jour.month().into(), jour.day()),
            fictif: compte.cadre("").fictif,
            pages,
        }
    }
}

/// PDF/A-2a and PDF/UA-1: the library refuses to write what does not conform.
pub fn imprimer(document: &Document) -> anyhow::Result<Vec<u8>> {
    impression::imprimer(Modele::Commission, &serde_json::to_value(document)?)
}

/// The same with its signed data, PDF/A-3a, and a sheet that says how to verify them.
pub fn imprimer_scelle(document: &Document, joint: &Joint) -> anyhow::Result<Vec<u8>> {
    impression::imprimer_scelle(Modele::Commission, &serde_json::to_value(document)?, joint)
}
