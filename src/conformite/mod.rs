//! Whether the file of a candidate would be received: said to her, to her teachers, and printed when it is not.
pub mod calcul;
#[cfg(test)]
mod cas;
mod etape;
pub mod lecture;
mod notification;
pub mod pages;
mod tableur;
mod verdict;
