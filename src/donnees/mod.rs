//! Personal data: everything that is known of a person, given to her; corrected when she asks; forgotten when its day has come.
//! What each table knows of people is said once (`colonnes.toml`), and everything here follows from it.
pub mod annotation;
mod conservation;
mod conservation_pages;
mod effacement;
mod effacement_pages;
mod emballage;
mod export;
mod feuille;
mod nettoyage;
mod noms;
pub mod pages;
mod personne;
mod recours;
mod rectification;
mod rectification_pages;
mod registre;
mod registre_pages;
pub mod restauration;
mod statistique;

pub use annotation::annoncer;
pub use personne::Personne;
