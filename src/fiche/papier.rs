//! A sheet as it goes on paper: the official model, its candidate, and what she wrote. Printed, or written as a document.
use std::collections::BTreeMap;

use serde::Serialize;

use super::{Fiche, Modele, Texte};
use crate::{compte::Compte, etudiant::Etudiant, examen::Examen};

/// One sheet.
#[derive(Debug, Clone, Serialize)]
pub struct Papier {
    pub modele: &'static Modele,
    /// Year of the exam.
    pub session: i32,
    pub numero: i32,
    pub nom: String,
    pub prenom: String,
    /// Her candidate number, where it is known.
    pub candidat: Option<String>,
    pub titre: String,
    /// Code of the nature, of the model.
    pub nature: Option<String>,
    pub vecue: Option<bool>,
    /// Of each rubric by its code, row after row.
    pub rubriques: BTreeMap<String, Vec<String>>,
}

impl Papier {
    pub fn new(
        (examen, modele): (&Examen, &'static Modele),
        etudiant: &Etudiant,
        (fiche, texte): (&Fiche, Texte),
    ) -> Self {
        Self {
            modele,
            session: examen.session,
            numero: fiche.numero,
            nom: etudiant.nom.clone(),
            prenom: etudiant.prenom.clone(),
            candidat: examen.candidature(etudiant.id()).numero,
            titre: texte.titre,
            nature: texte.nature,
            vecue: texte.vecue,
            rubriques: texte.rubriques,
        }
    }

    /// « Fiche E4 n° 1 ».
    pub fn appel(&self) -> String {
        format!("Fiche {} n°\u{a0}{}", self.modele.epreuve, self.numero)
    }

    /// « Fiche E4 n° 1 ÉTIENNE Zoé », as a file is called.
    pub fn nom_de_fichier(&self) -> String {
        format!("Fiche {} n° {} {} {}", self.modele.epreuve, self.numero, self.nom, self.prenom)
    }
}

/// What is printed: sheets, one after the other, each on pages of its own.
#[derive(Debug, Clone, Serialize)]
pub struct Document {
    pub titre: String,
    pub etablissement: String,
    /// Year, month, day.
    pub jour: (i32, u8, u8),
    pub fictif: bool,
    pub fiches: Vec<Papier>,
}

impl Document {
    pub fn new(compte: &Compte, titre: String, fiches: Vec<Papier>) -> Self {
        let jour = compte.aujourd_hui();
        Self {
            titre,
            etablissement: compte.etablissement().to_owned(),
            jour: (jour.year(), jour.month().into(), jour.day()),
            fictif: compte.cadre("").fictif,
            fiches,
        }
    }
}
