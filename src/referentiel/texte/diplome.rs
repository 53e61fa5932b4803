//! The diploma, its legal texts, its scale, its exam, its hours.
use serde::{Deserialize, Serialize};

use super::Certitude;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meta {
    pub schema: String,
    pub langue: String,
    pub codes: String,
    pub regle_codes: String,
    pub savoirs_rattachement: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Diplome {
    pub code: String,
    pub intitule: String,
    pub intitule_court: String,
    pub sigle: String,
    pub arrete_date: String,
    pub arrete_nor: String,
    pub arrete_intitule: String,
    pub publication: String,
    pub ministere: String,
    pub premiere_session: i32,
    pub remplace: String,
    pub niveau_cec: i32,
    pub ects: i32,
    pub duree_stage_semaines: i32,
    pub source: String,
    pub confiance: Certitude,
    pub confiance_niveau_ects: String,
    pub rncp: Rncp,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rncp {
    pub code: String,
    pub code_anterieur: String,
    pub code_diplome: String,
    pub note: String,
    pub source: String,
    pub confiance: Certitude,
    pub confiance_code_anterieur: Certitude,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TexteReglementaire {
    pub code: String,
    pub titre: String,
    pub nor: String,
    pub publication: String,
    pub objet: String,
    pub effet: String,
    pub url: String,
    pub note: Option<String>,
    pub confiance: Certitude,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Version {
    pub code: String,
    pub base: String,
    pub modifie_par: Vec<String>,
    pub session_debut: i32,
    pub statut: String,
    pub blocs_inchanges: String,
    pub renovation: String,
    pub source: String,
    pub confiance: Certitude,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Echelle {
    pub intitule: String,
    pub usage: String,
    pub confidentialite: String,
    pub communicable: String,
    pub source: String,
    pub confiance: Certitude,
    pub niveaux: Vec<NiveauOfficiel>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NiveauOfficiel {
    pub code: String,
    pub intitule: String,
    pub rang: i32,
    pub degre_maitrise_ef2: String,
}

/// What the file calls an « épreuve », and the house an unité: the other word is one letter away from « preuve ».
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unite {
    pub code: String,
    pub unite: String,
    pub intitule: String,
    pub coef: i32,
    pub bloc: String,
    pub facultative: bool,
    pub voie_a: String,
    pub voie_b: String,
    pub voie_c: String,
    pub modalites_2025: String,
    pub dossier: Option<String>,
    pub note: Option<String>,
    pub source: String,
    pub confiance: Certitude,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Voies {
    pub voie_a: String,
    pub voie_b: String,
    pub voie_c: String,
    pub source: String,
    pub confiance: Certitude,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    pub obligatoire: bool,
    pub voie_scolaire_semaines: i32,
    pub formation_continue_semaines: i32,
    pub duree_minimale_amenagee_semaines: i32,
    pub apprentissage: String,
    pub partenaires: Vec<String>,
    pub attestation: String,
    pub dossier_ccf: String,
    pub source: String,
    pub confiance: Certitude,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Horaire {
    pub code: String,
    pub intitule: String,
    pub annee_1_heures: i32,
    pub annee_2_heures: i32,
    pub source: String,
    pub confiance: Certitude,
}

/// Where two texts differ, and which one is followed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ecart {
    pub code: String,
    pub entre: String,
    pub description: String,
}

/// What the file says that it contains: a truncated copy does not agree with itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compteurs {
    pub blocs_professionnels: usize,
    pub blocs_generaux_obligatoires: usize,
    pub blocs_facultatifs: usize,
    pub poles: usize,
    pub activites: usize,
    pub competences: usize,
    pub sous_competences: usize,
    pub criteres: usize,
    pub categories_savoirs: usize,
    pub savoirs_blocs: usize,
    pub savoirs_cadrage: usize,
    pub cejm_themes: usize,
    pub cejm_questions: usize,
    pub cejm_competences: usize,
    pub cejm_savoirs: usize,
    pub fonctionnalites_cms: usize,
}
