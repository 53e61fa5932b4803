//! The school itself: who is what in it and from when to when, the teams of its promotions, what it says of itself, and
//! what its direction plans.
mod direction;
mod equipe;
mod equipe_pages;
mod fonction;
mod image;
mod lecture;
mod membre;
pub mod pages;
mod personne_pages;
mod reglage;
mod reglage_pages;

pub use equipe::Confie;
pub use fonction::{Fonction, Personne};
pub use image::{Image, derniere};
pub use membre::{Jure, Membre};
