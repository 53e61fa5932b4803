//! What surrounds the blocs: grids, sheets, tools, the frame document, the professional context.
use serde::{Deserialize, Serialize};

use super::{Certitude, Libelle};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grille {
    pub code: String,
    pub epreuve: String,
    pub intitule: String,
    pub total: i32,
    pub bonus: Option<i32>,
    pub duree_minutes: Option<i32>,
    pub source: String,
    pub confiance: Certitude,
    pub criteres: Vec<CritereGrille>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CritereGrille {
    pub code: String,
    pub intitule: String,
    pub descripteurs: Vec<String>,
    pub points: Option<Vec<i32>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModeleFiche {
    pub code: String,
    pub epreuve: String,
    pub intitule: String,
    pub types: Vec<String>,
    pub rubriques: Vec<String>,
    pub note: String,
    pub source: String,
    pub confiance: Certitude,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cms {
    pub code: String,
    pub cms: String,
    pub epreuve: String,
    pub partie: String,
    pub session: i32,
    pub note: String,
    pub source: String,
    pub confiance: Certitude,
    pub categories: Vec<CategorieCms>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CategorieCms {
    pub code: String,
    pub intitule: String,
    pub items: Vec<Libelle>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavoirTransversal {
    pub code: String,
    pub intitule: String,
    pub bloc_officiel: String,
    pub categorie_officielle: String,
    pub code_officiel: String,
    pub texte_cadrage: String,
    pub source: String,
    pub confiance: Certitude,
    pub items: Vec<SavoirCadrage>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavoirCadrage {
    pub code: String,
    pub intitule: String,
    pub code_officiel: String,
    pub intitule_officiel: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contexte {
    pub intitule: String,
    pub source: String,
    pub confiance: Certitude,
    pub note: String,
    pub sections: Vec<Section>,
    pub emplois: Emplois,
    pub champ_activite_officiel: ChampActivite,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    pub code: String,
    pub cle: String,
    pub intitule: String,
    pub section_officielle: Option<String>,
    pub texte: String,
    pub elements: Option<Vec<Libelle>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Emplois {
    pub primo_insertion: Vec<String>,
    pub evolution: Vec<String>,
    pub source: String,
    pub confiance: Certitude,
    pub note: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChampActivite {
    pub i_1_definition: String,
    pub i_3_delimitation: String,
    pub note: String,
    pub source: String,
    pub confiance: Certitude,
}
