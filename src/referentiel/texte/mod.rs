//! The official text as its file writes it: one struct per table, nothing unknown, nothing missing.
mod annexes;
mod blocs;
mod diplome;

use serde::{Deserialize, Serialize};

pub use annexes::*;
pub use blocs::*;
pub use diplome::*;

/// The whole file. An optional key is one that some tables of its kind do not have.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Texte {
    pub meta: Meta,
    pub diplome: Diplome,
    pub textes_reglementaires: Vec<TexteReglementaire>,
    pub versions_referentiel: Vec<Version>,
    pub echelle_officielle: Echelle,
    pub epreuves: Vec<Unite>,
    pub voies: Voies,
    pub poles: Vec<Pole>,
    pub blocs: Vec<Bloc>,
    pub blocs_generaux: Vec<BlocGeneral>,
    pub grilles_evaluation: Vec<Grille>,
    pub modeles_fiches: Vec<ModeleFiche>,
    pub fonctionnalites_cms: Vec<Cms>,
    pub stage: Stage,
    pub grille_horaire: Vec<Horaire>,
    pub savoirs_transversaux: Vec<SavoirTransversal>,
    pub contexte_professionnel: Contexte,
    pub ecarts: Vec<Ecart>,
    pub compteurs: Compteurs,
}

/// How sure the transcription is, in the words of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Certitude {
    Officiel,
    Secondaire,
    Incertain,
}

impl Certitude {
    pub const TOUTES: [Self; 3] = [Self::Officiel, Self::Secondaire, Self::Incertain];

    pub fn mot(self) -> &'static str {
        match self {
            Self::Officiel => "officiel",
            Self::Secondaire => "secondaire",
            Self::Incertain => "incertain",
        }
    }

    pub fn phrase(self) -> &'static str {
        match self {
            Self::Officiel => "transcrit et vérifié mot à mot sur le texte officiel",
            Self::Secondaire => "source non officielle ou copie partielle",
            Self::Incertain => "à confirmer",
        }
    }

    /// Beside the word, never instead of it.
    pub fn signe(self) -> &'static str {
        match self {
            Self::Officiel => "✓",
            Self::Secondaire => "◐",
            Self::Incertain => "?",
        }
    }
}

/// Something that has a code and a label, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Libelle {
    pub code: String,
    pub intitule: String,
}
