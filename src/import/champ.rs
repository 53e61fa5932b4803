//! What a column may be of, and how headings are recognised: by an alias table that is data.
use std::{collections::BTreeMap, sync::LazyLock};

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use super::Quoi;

/// What is kept of a list: nothing else of it is ever stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Champ {
    Nom,
    Prenom,
    NomComplet,
    NomUsage,
    Civilite,
    Naissance,
    Ine,
    IdExterne,
    Login,
    Classe,
    Groupe,
}

impl Champ {
    const TOUS: [(Self, &'static str, &'static str); 11] = [
        (Self::Nom, "nom", "Nom"),
        (Self::Prenom, "prenom", "Prénom"),
        (Self::NomComplet, "nom_complet", "NOM et prénom ensemble"),
        (Self::NomUsage, "nom_usage", "Nom d’usage"),
        (Self::Civilite, "civilite", "Civilité"),
        (Self::Naissance, "naissance", "Date de naissance"),
        (Self::Ine, "ine", "INE"),
        (Self::IdExterne, "id_externe", "Numéro dans l’autre logiciel"),
        (Self::Login, "login", "Identifiant ENT"),
        (Self::Classe, "classe", "Classe"),
        (Self::Groupe, "groupe", "Groupe"),
    ];

    /// Those that a list of these people may have.
    pub fn possibles(quoi: Quoi) -> impl Iterator<Item = (&'static str, &'static str)> {
        let sien = move |c: Self| match quoi {
            Quoi::Etudiant => c != Self::Civilite,
            Quoi::Enseignant => {
                !matches!(c, Self::NomUsage | Self::Naissance | Self::Ine | Self::Groupe)
            }
        };
        Self::TOUS.into_iter().filter(move |c| sien(c.0)).map(|c| (c.1, c.2))
    }

    pub fn lire(code: &str) -> Option<Self> {
        Self::TOUS.into_iter().find(|c| c.1 == code).map(|c| c.0)
    }

    pub fn code(self) -> &'static str {
        Self::TOUS.into_iter().find(|c| c.0 == self).map_or("", |c| c.1)
    }

    pub fn intitule(self) -> &'static str {
        Self::TOUS.into_iter().find(|c| c.0 == self).map_or("", |c| c.2)
    }
}

#[derive(Deserialize)]
struct Table {
    alias: BTreeMap<String, Vec<String>>,
    tus: Vec<String>,
    d_enseignant: Vec<String>,
    d_etudiant: Vec<String>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    toml::from_str(include_str!("entete.toml"))
        .expect("the alias table is ours, and a test reads it")
});

/// A heading as the table has it: lower case, no accent, nothing that is not a letter, a digit or « / ».
pub fn normaliser(entete: &str) -> String {
    let plat: String = entete.to_lowercase().replace('œ', "oe").replace('æ', "ae").nfd().collect();
    plat.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '/').collect()
}

/// What a heading says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dit {
    Champ(Champ),
    /// Known, and none of our business: an address, a telephone, health.
    Tu,
    Inconnu,
}

pub fn reconnaitre(entete: &str) -> Dit {
    let cle = normaliser(entete);
    if cle.is_empty() {
        return Dit::Inconnu;
    }
    let trouve = TABLE.alias.iter().find(|(_, alias)| alias.contains(&cle));
    match trouve.and_then(|(code, _)| Champ::lire(code)) {
        Some(champ) => Dit::Champ(champ),
        None if TABLE.tus.iter().any(|t| match t.strip_suffix('*') {
            Some(debut) => cle.starts_with(debut),
            None => cle == *t,
        }) =>
        {
            Dit::Tu
        }
        None => Dit::Inconnu,
    }
}

/// Whose list these headings are of, when they say it.
pub fn de_qui(entetes: &[String]) -> Option<Quoi> {
    let cles: Vec<String> = entetes.iter().map(|e| normaliser(e)).collect();
    let un = |table: &[String]| cles.iter().any(|c| table.contains(c));
    match (un(&TABLE.d_etudiant), un(&TABLE.d_enseignant)) {
        (true, false) => Some(Quoi::Etudiant),
        (false, true) => Some(Quoi::Enseignant),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alias_table_is_normalised_and_says_one_thing_of_each() {
        let mut vus: BTreeMap<&str, &str> = BTreeMap::new();
        for (code, alias) in &TABLE.alias {
            assert!(Champ::lire(code).is_some(), "{code}");
            for a in alias {
                assert_eq!(&normaliser(a), a, "{code}");
                assert_eq!(vus.insert(a, code), None, "{a} is said twice");
            }
        }
        for (champ, code, _) in Champ::TOUS {
            assert_eq!((champ.code(), Champ::lire(code)), (code, Some(champ)));
            assert!(TABLE.alias.contains_key(code), "{code} is never recognised");
        }
    }

    #[test]
    fn headings_of_every_house_are_recognised() {
        for (entete, champ) in [
            ("\u{feff}NOM ", Champ::Nom),
            ("Nom de famille*", Champ::Nom),
            ("Premier prénom*", Champ::Prenom),
            ("Né(e) le", Champ::Naissance),
            ("Date de naissance (jj/mm/aaaa)*", Champ::Naissance),
            ("N° INE", Champ::Ine),
            ("Nom d’usage", Champ::NomUsage),
            ("Classe(s)", Champ::Classe),
            ("Division*", Champ::Classe),
            ("ELENOET", Champ::IdExterne),
            ("Élève", Champ::NomComplet),
        ] {
            assert_eq!(reconnaitre(entete), Dit::Champ(champ), "{entete}");
        }
        for tu in ["Adresse 1", "Téléphone portable", "Projet d’accompagnement", "Régime", "E-mail"]
        {
            assert_eq!(reconnaitre(tu), Dit::Tu, "{tu}");
        }
        assert_eq!(reconnaitre("Couleur"), Dit::Inconnu);
    }
}
