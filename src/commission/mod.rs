//! The commission: its official papers, as the session has them.
mod evaluation;
#[cfg(test)]
mod exemple;
pub mod modele;
#[cfg(test)]
mod modele_essais;
pub mod papier;
#[cfg(test)]
mod papier_essais;
