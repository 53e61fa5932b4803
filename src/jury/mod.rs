//! What leaves for the jury: one value read at one moment, and the documents made of it.
pub mod anonymat;
pub mod archive;
mod composition;
pub mod dossier;
pub mod lecteur;
mod lecture;
pub mod liasse;
pub mod pages;
pub mod paquet;
pub mod pdf;
mod sceau;
mod profil;
mod projection;
mod recopie;
pub mod tableur;
pub mod tirage;

pub use lecteur::Lecteurs;

/// Printed on everything that leaves.
pub const MENTION: &str = "Document interne de formation, non certificatif\u{a0}: il ne remplace aucune grille ni \
    fiche d’évaluation officielle.";
