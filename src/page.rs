//! What every page shows around itself.

/// A link of the menu.
#[derive(Debug, Clone)]
pub struct Lien {
    pub href: String,
    pub intitule: &'static str,
    pub icone: &'static str,
    pub actif: bool,
}

/// The frame of a page: who is here, where one can go. Empty when nobody is known.
#[derive(Debug, Clone, Default)]
pub struct Cadre {
    pub etablissement: Option<String>,
    pub personne: Option<String>,
    pub fonction: Option<String>,
    pub menu: Vec<Lien>,
    /// A demonstration: said on every page.
    pub fictif: bool,
    /// What was just done, said once.
    pub annonce: Option<String>,
}
