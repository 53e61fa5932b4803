//! The livret scolaire: the averages and appréciations of two years, the avis of the council, as the official sheet has them.
//! It is not the livret de compétences; the jury of deliberation reads it, and students have no access to it here.
mod acte;
mod calcul;
pub mod cellules;
mod classeur;
mod collage;
mod forme;
mod import;
mod import_pages;
mod lecture;
pub mod modele;
mod nombre;
mod page_copie;
mod page_saisie;
pub mod pages;
mod papier;
#[cfg(test)]
mod papier_essais;
mod reglage;
mod repetition;
mod rubrique;
mod saisie;

pub use acte::{Ecrit, Voulue};
pub use lecture::{Ligne, Scolaire, lire};
pub use modele::Modele;
pub use papier::{LivretScolaire, Recueil, livrets, recueil};
pub use reglage::Reglages;
pub use rubrique::{Bulletin, Candidat, Conseil, Decoupage, Rubrique, Session, Valeur};
