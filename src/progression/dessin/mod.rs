//! The drawings of a livret: pure arithmetic over rows; the templates only lay it out.
#[cfg(test)]
pub(crate) mod alea;
mod barre;
mod echelle;
mod etendue;
mod evolution;
pub mod frise;
mod mois;
mod profil;
mod radar;

pub use barre::Barre;
pub use echelle::Echelle;
pub use etendue::Etendue;
pub use evolution::Courbe;
pub use mois::{Mois, jour_court};
pub use profil::{Axe, Soi, axes};
pub use radar::{LARGEUR, Radar};

use super::Ligne;

/// Where a line stands, as the rule proposes: what every drawing shows of it.
pub fn niveau(ligne: &Ligne) -> Option<&str> {
    ligne.niveau()
}
