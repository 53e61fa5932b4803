//! The blocs, professional and general, and the activities that they answer to.
use serde::{Deserialize, Serialize};

use super::{Certitude, Libelle};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pole {
    pub code: String,
    pub intitule: String,
    pub bloc: String,
    pub description: String,
    pub le_titulaire: Option<Vec<String>>,
    pub liaisons_fonctionnelles: String,
    pub source: String,
    pub confiance: Certitude,
    pub activites: Vec<Activite>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Activite {
    pub code: String,
    pub intitule: String,
    pub competence_en_regard: String,
    pub taches: Vec<Libelle>,
    pub resultats_attendus: Vec<Libelle>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bloc {
    pub code: String,
    pub intitule: String,
    pub unite: String,
    pub epreuve: String,
    pub coefficient: i32,
    pub pole: String,
    pub obligatoire: bool,
    pub professionnel: bool,
    pub conditions_intitule: String,
    pub contextes: Vec<String>,
    pub ressources_informationnelles: String,
    pub environnement_technologique: Option<String>,
    pub source: String,
    pub confiance: Certitude,
    pub competences: Vec<Competence>,
    pub savoirs: Vec<Categorie>,
}

impl Bloc {
    pub fn sous_competences(&self) -> impl Iterator<Item = &SousCompetence> {
        self.competences.iter().flat_map(|c| &c.sous_competences)
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Competence {
    pub code: String,
    pub intitule: String,
    pub variante_officielle: Option<String>,
    pub sous_competences: Vec<SousCompetence>,
}

/// What is judged.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SousCompetence {
    pub code: String,
    pub intitule: String,
    pub variante_officielle: Option<String>,
    pub evaluee_en_pratique_e5b: Option<bool>,
    pub criteres: Vec<Libelle>,
}

/// The text gives its savoirs to the bloc, by category, never to one compétence.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Categorie {
    pub code: String,
    pub categorie: String,
    pub items: Vec<Libelle>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlocGeneral {
    pub code: String,
    pub intitule: String,
    pub unite: String,
    pub epreuve: String,
    pub coefficient: i32,
    pub obligatoire: bool,
    pub niveau_cecrl: Option<String>,
    pub libelle_niveau: Option<String>,
    pub objectifs: Option<Vec<String>>,
    pub criteres_epreuve: Option<Vec<String>>,
    pub note: Option<String>,
    pub source: String,
    pub confiance: Certitude,
    pub competences: Option<Vec<CompetenceGenerale>>,
    pub capacites_session_2025: Option<Capacites>,
    pub themes: Option<Vec<Theme>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompetenceGenerale {
    pub code: String,
    pub intitule: String,
    pub sous_competences: Vec<Libelle>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Capacites {
    pub objectif: String,
    pub capacites: Vec<Libelle>,
    pub forme: String,
    pub source: String,
    pub confiance: Certitude,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Theme {
    pub code: String,
    pub intitule: String,
    pub ressources: Vec<String>,
    pub questions: Vec<Question>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    pub code: String,
    pub intitule: String,
    pub champ: String,
    pub competences: Vec<Libelle>,
    pub savoirs: Vec<Libelle>,
}
