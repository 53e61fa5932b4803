//! Exports that carry the data that they state, signed: sealed, recorded, verified by anybody.
pub mod cles;
pub mod code;
pub mod declaration;
pub mod emission;
pub mod exterieur;
pub mod json;
pub mod pages;
pub mod registre;
pub mod registre_pages;
pub mod verdict;

pub use cles::Cles;
pub use declaration::{Candidat, Declaration, Edition, Genre};
pub use emission::{Scelle, Voulu};
