//! The profile: one axis for each compétence, what the team says of it and, beside, what she says herself.
use std::collections::HashMap;

use super::{Echelle, Etendue};
use crate::{progression::Volet, referentiel::Edition};

/// A compétence on the scale.
#[derive(Debug, Clone)]
pub struct Axe {
    pub code: String,
    pub intitule: String,
    /// How many sous-compétences it has.
    pub total: usize,
    pub equipe: Option<Etendue>,
    pub soi: Option<Etendue>,
}

/// Her own latest level, by sous-compétence.
pub type Soi = HashMap<String, String>;

/// In the order of the text: it never depends on who is looked at.
pub fn axes(edition: &Edition, echelle: &Echelle, volets: &[Volet], soi: &Soi) -> Vec<Axe> {
    let niveaux: HashMap<&str, &str> = volets
        .iter()
        .flat_map(|v| &v.lignes)
        .filter_map(|l| Some((l.sous_competence.code.as_str(), super::niveau(l)?)))
        .collect();
    let competences = edition.blocs.iter().flat_map(|b| &b.competences);
    competences
        .map(|c| {
            let codes = || c.sous_competences.iter().map(|s| s.code.as_str());
            let de_soi = |code| soi.get(code).and_then(|n| echelle.place(n));
            Axe {
                code: c.code.clone(),
                intitule: c.intitule.clone(),
                total: c.sous_competences.len(),
                equipe: Etendue::de(codes().filter_map(|c| echelle.place(niveaux.get(c)?))),
                soi: Etendue::de(codes().filter_map(de_soi)),
            }
        })
        .collect()
}

impl Axe {
    /// How many sous-compétences the team judged.
    pub fn equipe_nombre(&self) -> usize {
        self.equipe.map_or(0, |e| e.nombre)
    }

    /// The team's, then her own.
    pub fn dits(&self) -> [Option<Etendue>; 2] {
        [self.equipe, self.soi]
    }

    /// « 3 jugées sur 4 ».
    pub fn jugees(&self) -> String {
        let n = self.equipe_nombre();
        let mot = if n < 2 { "jugée" } else { "jugées" };
        format!("{n}\u{a0}{mot} sur\u{a0}{}", self.total)
    }

    /// « Équipe : 3 jugées sur 4, de I à TS, médiane S. Vous : en S. »
    pub fn en_mots(&self, echelle: &Echelle, qui: &str) -> String {
        let dit = |e: Option<Etendue>| e.map(|e| e.en_mots(echelle));
        let equipe = match dit(self.equipe) {
            Some(mots) => format!("Équipe\u{a0}: {}, {mots}.", self.jugees()),
            None => format!("Équipe\u{a0}: aucune jugée sur\u{a0}{}.", self.total),
        };
        let soi = dit(self.soi).unwrap_or_else(|| "pas encore de niveau".to_owned());
        format!("{equipe} {qui}\u{a0}: {soi}.")
    }
}
