//! Pages by their name, as data: those that everybody has, and those that each promotion has.
use std::sync::LazyLock;

use serde::Deserialize;

use super::{PAR_GENRE, Trouvaille};
use crate::referentiel::replier;

/// A page that one may go to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lieu {
    /// Whose it is; empty for everybody's.
    pub fonction: String,
    pub href: String,
    titre: String,
    mots: String,
}

#[derive(Deserialize)]
struct Tous {
    lieu: Vec<Lieu>,
}

static LIEUX: LazyLock<Vec<Lieu>> = LazyLock::new(|| {
    toml::from_str::<Tous>(include_str!("lieux.toml")).map(|t| t.lieu).unwrap_or_default()
});

/// All of them: a test compares them with the access table.
pub fn tous() -> &'static [Lieu] {
    &LIEUX
}

/// Every word begins one of those: « art » is not in « carte ».
fn repond(texte: &str, mots: &[String]) -> bool {
    let texte = replier(texte);
    let debuts: Vec<&str> = texte.split(|c: char| !c.is_alphanumeric()).collect();
    mots.iter().all(|m| debuts.iter().any(|d| d.starts_with(m.as_str())))
}

/// Pages of that function that answer; `promotions`: hers. Those whose title answers come first.
pub(super) fn chercher(fonction: &str, promotions: &[(i64, String)], q: &str) -> Vec<Trouvaille> {
    let q = replier(q);
    let mots: Vec<String> = q
        .split(|c: char| !c.is_alphanumeric())
        .filter(|m| !m.is_empty())
        .map(str::to_owned)
        .collect();
    if mots.is_empty() {
        return vec![];
    }
    let mut trouves: Vec<(bool, Trouvaille)> = vec![];
    for lieu in tous().iter().filter(|l| l.fonction == fonction) {
        let mut ajouter = |href: String, nom: &str| {
            if repond(&format!("{} {} {nom}", lieu.titre, lieu.mots), &mots) {
                let au_titre = repond(&format!("{} {nom}", lieu.titre), &mots);
                let titre = lieu.titre.clone();
                trouves.push((!au_titre, Trouvaille { href, titre, detail: nom.to_owned() }));
            }
        };
        if lieu.href.contains("{promotion}") {
            for (id, nom) in promotions {
                ajouter(lieu.href.replace("{promotion}", &id.to_string()), nom);
            }
        } else {
            ajouter(lieu.href.clone(), "");
        }
    }
    trouves.sort_by_key(|t| t.0);
    trouves
        .into_iter()
        .map(|t| t.1)
        .take(usize::try_from(PAR_GENRE).unwrap_or(usize::MAX))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_answers_to_the_beginnings_of_its_words_whatever_the_accents() {
        toml::from_str::<Tous>(include_str!("lieux.toml")).unwrap();
        let siennes = [(7, "NDRC 1".to_owned()), (8, "NDRC 2".to_owned())];
        let adresses = |q: &str| -> Vec<String> {
            chercher("enseignant", &siennes, q).into_iter().map(|t| t.href).collect()
        };
        assert_eq!(adresses("GRILLE ndrc 2"), ["/promotions/8/grille"]);
        assert_eq!(adresses("echeances ndrc 1"), ["/promotions/7/examen"]);
        assert_eq!(adresses("riile"), Vec::<String>::new());
        assert_eq!(adresses("« »"), Vec::<String>::new());
        assert_eq!(adresses("ndrc").len(), 8, "a few of a kind");
        assert!(chercher("etudiant", &[], "commissions").is_empty());
        assert_eq!(chercher("etudiant", &[], "conformité")[0].href, "/conformite");
    }
}
