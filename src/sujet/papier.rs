//! The subjects as they are printed: the official models of the session, filled with what was prepared.
use std::collections::BTreeMap;

use serde::Serialize;

use super::{Modele, Sujet, modele::Papier};
use crate::{compte::Compte, date, etudiant::Etudiant, examen::Examen, fiche::Fiche};

/// One paper of one candidate.
#[derive(Debug, Clone, Serialize)]
pub struct Page {
    pub modele: &'static Modele,
    pub papier: &'static Papier,
    /// Year of the exam.
    pub session: i32,
    pub nom: String,
    pub prenom: String,
    pub candidat: Option<String>,
    pub commission: String,
    /// « 14 avril 2027 »; empty while it is not known.
    pub le: String,
    /// Of the sheet that it varies.
    pub numero: i32,
    pub titre: String,
    /// The natures of the sheet's model, each with whether it is this one.
    pub natures: Vec<(String, bool)>,
    /// What each rubric says, by its code.
    pub rubriques: BTreeMap<String, String>,
}

impl Page {
    pub fn new(
        (examen, modele, papier): (&Examen, &'static Modele, &'static Papier),
        (etudiant, fiche): (&Etudiant, &Fiche),
        sujet: &Sujet,
    ) -> Self {
        let natures = crate::fiche::Modele::de(examen, &modele.epreuve).map(|m| &m.natures);
        let natures = natures.into_iter().flatten();
        Self {
            modele,
            papier,
            session: examen.session,
            nom: etudiant.nom.clone(),
            prenom: etudiant.prenom.clone(),
            candidat: examen.candidature(etudiant.id()).numero,
            commission: sujet.commission.clone(),
            le: sujet.le.as_ref().map(date::longue).unwrap_or_default(),
            numero: fiche.numero,
            titre: fiche.titre.clone(),
            natures: natures
                .map(|n| (n.intitule.clone(), fiche.nature.as_deref() == Some(n.code.as_str())))
                .collect(),
            rubriques: sujet.contenu.get(&papier.code).cloned().unwrap_or_default(),
        }
    }
}

/// What is printed: a page each.
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
