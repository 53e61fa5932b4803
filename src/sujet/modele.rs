//! The subjects of the simulation as the session has them, and what is varied from one candidate to another: data.
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::examen::Examen;

static TOUS: LazyLock<Vec<Modele>> = LazyLock::new(|| {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Fichier {
        modeles: Vec<Modele>,
    }
    let mut lus = toml::from_str::<Fichier>(include_str!("modeles.toml"))
        .expect("the models that came with the program can be read: a test says so")
        .modeles;
    lus.sort_by_key(|m| m.depuis);
    lus
});

/// Phrases of ours that a bank begins with.
pub static BANQUE: LazyLock<Vec<Variantes>> = LazyLock::new(|| {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Fichier {
        variantes: Vec<Variantes>,
    }
    toml::from_str::<Fichier>(include_str!("banque.toml"))
        .expect("the bank that came with the program can be read: a test says so")
        .variantes
});

/// What may be said of a rubric; of any nature when none is named.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variantes {
    pub rubrique: String,
    #[serde(default)]
    pub nature: Option<String>,
    pub textes: Vec<String>,
}

/// The official papers of a simulation, from a session on. Their words are those of the annexes that they name.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Modele {
    pub edition: String,
    /// First session, as a year.
    pub depuis: i32,
    pub epreuve: String,
    pub diplome: String,
    pub session: String,
    pub sous_titre: String,
    pub nom: String,
    pub prenom: String,
    pub fiche: String,
    pub titre: String,
    pub candidat: String,
    pub commission: String,
    pub date: String,
    pub papiers: Vec<Papier>,
}

/// One of them: who reads it, and its rubrics.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Papier {
    pub code: String,
    pub annexe: String,
    pub intitule: String,
    pub parametres: String,
    pub rubriques: Vec<Rubrique>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rubrique {
    pub code: String,
    pub intitule: String,
    #[serde(default)]
    pub precision: Option<String>,
    /// One of several cells under the same name.
    #[serde(default)]
    pub case: Option<String>,
    /// The rubric of the sheet that fills it beforehand; `titre` is its title.
    #[serde(default)]
    pub de: Option<String>,
    /// It is what is varied.
    #[serde(default)]
    pub banque: bool,
}

impl Modele {
    /// The épreuves of an exam that have a simulation.
    pub fn tous(examen: &Examen) -> Vec<&'static Self> {
        let dossiers = examen.reglement.dossiers.iter();
        dossiers.filter_map(|d| Self::de(examen, &d.epreuve)).collect()
    }

    pub fn de(examen: &Examen, epreuve: &str) -> Option<&'static Self> {
        let edition = &examen.reglement.edition;
        let le =
            |m: &&Self| m.edition == *edition && m.epreuve == epreuve && m.depuis <= examen.session;
        TOUS.iter().rev().find(le)
    }

    /// The last model of an épreuve in an edition.
    #[cfg(test)]
    pub fn par_code(edition: &str, epreuve: &str) -> Option<&'static Self> {
        TOUS.iter().rev().find(|m| m.edition == edition && m.epreuve == epreuve)
    }

    pub fn papier(&self, code: &str) -> Option<&Papier> {
        self.papiers.iter().find(|p| p.code == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{examen::Reglement, fiche};

    #[test]
    fn the_models_and_the_bank_hold_together() {
        for m in TOUS.iter() {
            assert!(Reglement::de(&m.edition, m.depuis).is_some());
            let fiche =
                fiche::Modele::par_code(&m.edition, &m.epreuve).expect("its sheet is known");
            for r in m.papiers.iter().flat_map(|p| &p.rubriques) {
                if let Some(de) = &r.de {
                    assert!(de == "titre" || fiche.rubrique(de).is_some(), "{}", r.code);
                }
            }
            for v in BANQUE.iter() {
                let variee = m
                    .papiers
                    .iter()
                    .flat_map(|p| &p.rubriques)
                    .any(|r| r.banque && r.code == v.rubrique);
                assert!(variee && !v.textes.is_empty(), "{}", v.rubrique);
                assert!(v.nature.as_deref().is_none_or(|n| fiche.nature(n).is_some()));
            }
        }
    }

    /// The official rubrics, in their order: annexes V-2 and V-3, session 2025.
    #[test]
    fn every_rubric_is_worded_and_placed_as_the_official_one() {
        let m = TOUS.iter().find(|m| m.epreuve == "E4").unwrap();
        let dits = |code: &str| -> Vec<String> {
            let un = |r: &Rubrique| match &r.case {
                Some(c) => c.clone(),
                None => r.intitule.clone(),
            };
            m.papier(code).unwrap().rubriques.iter().map(un).collect()
        };
        let candidat = "Objet de l’activité|Date(s) et durée|Lieu|Délimitation de Séquence(s)|\
                        Historique de la relation / Relation à l’entreprise / Objectif|Objectifs de la communication|\
                        Informations à exploiter|Contrainte(s)|VOUS :|JURY :";
        assert_eq!(dits("candidat").join("|"), candidat);
        let jury = "Objet de l’activité|Identité / Objectif|Relation à l’entreprise|Date de la rencontre|Lieu|\
                    Historique de la relation / Objectif|Objectifs de la communication|Délimitation de Séquence(s)|\
                    Motivations / Objectif|Freins / Objectif|Contrainte(s)|Objections";
        assert_eq!(dits("jury").join("|"), jury);
    }
}
