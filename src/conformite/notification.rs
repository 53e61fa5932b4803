//! The official notification of a file that is refused, printed for the commission to sign.
use serde::Serialize;

use super::{
    calcul::Verdict,
    lecture::{Candidat, Dossier},
};
use crate::{
    compte::Compte,
    date,
    error::{Error, Result},
    impression::{Modele, imprimer},
};

/// What is printed, in the words of the official model and in its order.
#[derive(Debug, Serialize)]
pub struct Document {
    pub titre: String,
    etablissement: String,
    /// Year, month, day.
    jour: (i32, u8, u8),
    /// Day of the control, in words.
    le: String,
    fictif: bool,
    annexe: &'static str,
    intitule: &'static str,
    /// What is asked of the candidate, and what is known of it.
    nom: (&'static str, String),
    prenom: (&'static str, String),
    numero: (&'static str, Option<String>),
    preambule: &'static str,
    /// Each official box, ticked or not.
    motifs: Vec<(bool, String)>,
    consequence: &'static str,
    controle: &'static str,
    visa: &'static str,
}

impl Document {
    /// The notification of a file.
    ///
    /// # Errors
    /// No official reason was found to refuse it.
    pub fn new(compte: &Compte, elle: &Candidat, dossier: &Dossier) -> Result<Self> {
        let r = dossier.regle;
        if dossier.verdict != Verdict::RisqueNv {
            return Err(Error::Refused(format!(
                "Le dossier {} de {} n’est pas en risque NV\u{a0}: il est {}. La notification ne \
                 s’imprime que pour un motif officiel constaté. Revenez au tableau de conformité.",
                r.epreuve,
                elle.etudiant.liste(),
                dossier.verdict.intitule()
            )));
        }
        let jour = compte.aujourd_hui();
        Ok(Self {
            titre: format!("Notification {} {}", r.notification, elle.etudiant.liste()),
            etablissement: compte.etablissement().to_owned(),
            jour: (jour.year(), jour.month().into(), jour.day()),
            le: date::longue(&jour),
            fictif: compte.cadre("").fictif,
            annexe: &r.notification,
            intitule: &r.titre,
            nom: (&r.nom, elle.etudiant.nom.clone()),
            prenom: (&r.prenom, elle.etudiant.prenom.clone()),
            numero: (&r.numero, elle.numero.clone()),
            preambule: &r.preambule,
            motifs: dossier.cases().into_iter().map(|(vu, m)| (vu, m.to_owned())).collect(),
            consequence: &r.consequence,
            controle: &r.controle,
            visa: &r.visa,
        })
    }

    pub fn imprimer(&self) -> anyhow::Result<Vec<u8>> {
        imprimer(Modele::Notification, &serde_json::to_value(self)?)
    }
}
