//! The official text: immutable editions, read whole, browsed and searched by anyone.
mod arbre;
mod contenu;
mod controle;
mod edition;
mod element;
mod genre;
pub mod pages;
mod publication;
mod recherche;
mod refus;
pub mod texte;
mod vue;

pub use edition::{Edition, Niveau};
pub use element::Element;
pub use genre::Genre;
pub use publication::{Publication, find, list, publier};
pub use recherche::{Trouvaille, replier};
pub use refus::RefusEdition;
pub use texte::{Bloc, Categorie, Certitude, Competence, Libelle, SousCompetence};

/// The text that this program comes with.
pub const OFFICIEL: &str = include_str!("ndrc.toml");
