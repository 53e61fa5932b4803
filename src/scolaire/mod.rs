//! The livret scolaire: the averages and appréciations of two years, the avis of the council, as the official sheet has them.
//! It is not the livret de compétences; the jury of deliberation reads it, and students have no access to it here.
mod acte;
mod calcul;
mod collage;
mod forme;
mod lecture;
pub mod modele;
mod nombre;
mod page_saisie;
pub mod pages;
mod reglage;
mod rubrique;

pub use acte::{Ecrit, Voulue};
pub use reglage::Reglages;
pub use lecture::{Ligne, Scolaire, lire};
pub use modele::Modele;
pub use rubrique::{Bulletin, Candidat, Conseil, Decoupage, Rubrique, Session, Valeur};
