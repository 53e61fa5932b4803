//! The commission: its official papers, as the session has them.
mod evaluation;
pub mod modele;
#[cfg(test)]
mod modele_essais;
