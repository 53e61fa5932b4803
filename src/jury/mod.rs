//! What leaves for the jury: one value read at one moment, and the documents made of it.
pub mod anonymat;
mod composition;
pub mod dossier;
pub mod lecteur;
mod lecture;
pub mod pages;
pub mod pdf;
mod profil;
mod projection;
mod recopie;
pub mod tableur;

pub use lecteur::{Lecteur, Lecteurs};

/// Printed on everything that leaves.
pub const MENTION: &str = "Document interne de formation, non certificatif\u{a0}: il ne remplace aucune grille ni \
    fiche d’évaluation officielle.";
