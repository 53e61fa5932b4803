//! The year that turns: what goes on, who repeats, who leaves, what closes. Prepared, looked at, applied, and gone back on
//! as long as nobody confirmed it.
mod acquis;
mod acte;
mod lecture;
pub mod pages;
mod plan;
mod saisie;

pub use acte::{Bascule, Etat};
pub use plan::{Mouvement, Plan, Sort};
