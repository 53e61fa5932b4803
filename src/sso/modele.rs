//! How known portals say who somebody is, as data.
use std::sync::LazyLock;

use serde::Deserialize;

use super::Genre;

/// A known shape of portal: what its form is filled with.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Modele {
    pub(super) code: String,
    pub(super) nom: String,
    pub(super) bouton: String,
    pub(super) genre: Genre,
    pub(super) adresse: String,
    pub(super) aide: String,
    #[serde(default)]
    pub(super) portees: String,
    pub(super) cle: String,
    pub(super) nom_lu: String,
    pub(super) prenom_lu: String,
    pub(super) naissance_lue: String,
}

#[derive(Deserialize)]
struct Tous {
    modele: Vec<Modele>,
}

static MODELES: LazyLock<Vec<Modele>> = LazyLock::new(|| {
    toml::from_str::<Tous>(include_str!("modeles.toml")).map(|t| t.modele).unwrap_or_default()
});

pub(super) fn tous() -> &'static [Modele] {
    &MODELES
}

pub(super) fn find(code: &str) -> Option<&'static Modele> {
    MODELES.iter().find(|m| m.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_model_is_read_goes_in_https_and_names_an_identity() {
        toml::from_str::<Tous>(include_str!("modeles.toml")).unwrap();
        assert!(tous().len() >= 9);
        for m in tous() {
            assert!(super::super::client::sur(&m.adresse).is_some(), "{}", m.code);
            assert!(!m.cle.is_empty() && !m.bouton.is_empty(), "{}", m.code);
            assert_eq!(
                find(&m.code).map(|t| t.nom.as_str()),
                Some(m.nom.as_str()),
                "one {}",
                m.code
            );
        }
    }
}
