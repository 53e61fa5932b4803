//! A sheet as it was typed: every rubric of the model, row after row, and what its buttons ask for.
use std::{borrow::Borrow, collections::BTreeMap};

use uuid::Uuid;

use super::{Fiche, Modele, Texte, copie::Copie};
use crate::form::FormErrors;

/// Longest cell, in characters.
const CASE_MAX: usize = 6000;
/// Longest title.
const TITRE_MAX: usize = 200;
/// Most rows of a table.
pub const RANGEES_MAX: usize = 15;

/// What was typed, before anything is said of it.
#[derive(Debug, Clone, Default)]
pub struct Saisie {
    pub texte: Texte,
    /// Of the working copy that was read.
    pub copie: i32,
    /// Of the sheet that was read.
    pub version: i64,
    pub cle: Uuid,
    /// What the button asks for: `garder`, `enregistrer`, or a row more of the table that it names.
    pub aller: String,
    /// It comes back from a sign-in on the way.
    pub reprise: bool,
    /// Rows to be shown beyond those that are filled, by the code of their first rubric.
    pub rangees: BTreeMap<String, usize>,
}

impl Saisie {
    /// The working copy, to be gone on with.
    pub fn of(fiche: &Fiche, copie: Copie, cle: Uuid) -> Self {
        Self {
            texte: copie.texte,
            copie: copie.version,
            version: fiche.version,
            cle,
            ..Self::default()
        }
    }

    /// Reads the fields of the form; those that the model does not have are nobody's.
    pub fn lire(modele: &Modele, champs: Vec<(String, String)>) -> Self {
        let mut lue = Self::default();
        let mut cases: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (nom, valeur) in champs {
            let valeur = valeur.replace('\0', "").replace("\r\n", "\n");
            match nom.as_str() {
                "titre" => {
                    lue.texte.titre = valeur.split_whitespace().collect::<Vec<_>>().join(" ");
                }
                "nature" => lue.texte.nature = modele.nature(&valeur).map(|n| n.code.clone()),
                "vecue" if modele.vecue.is_some() => {
                    lue.texte.vecue = match valeur.as_str() {
                        "oui" => Some(true),
                        "non" => Some(false),
                        _ => None,
                    };
                }
                "copie" => lue.copie = valeur.parse().unwrap_or_default(),
                "version" => lue.version = valeur.parse().unwrap_or_default(),
                "cle" => lue.cle = valeur.parse().unwrap_or_default(),
                "aller" => lue.aller = valeur,
                "reprise" => lue.reprise = true,
                _ => {
                    if let Some(code) = nom.strip_prefix("r.") {
                        cases.entry(code.to_owned()).or_default().push(valeur);
                    }
                }
            }
        }
        for ligne in modele.lignes() {
            let codes: Vec<&str> = ligne.rubriques.iter().map(|r| r.code.as_str()).collect();
            lue.ranger(&codes, &mut cases, ligne.forme.rangees());
        }
        lue
    }

    /// The rows of a line of the model: those where nothing is said are not kept.
    fn ranger(&mut self, codes: &[&str], cases: &mut BTreeMap<String, Vec<String>>, rangees: bool) {
        let colonnes: Vec<Vec<String>> =
            codes.iter().map(|c| cases.remove(*c).unwrap_or_default()).collect();
        let combien = colonnes.iter().map(Vec::len).max().unwrap_or_default();
        let combien = if rangees { combien } else { combien.min(1) };
        let dite = |r: usize, c: usize| colonnes[c].get(r).map_or("", |t| t.trim());
        let gardees: Vec<usize> =
            (0..combien).filter(|r| (0..codes.len()).any(|c| !dite(*r, c).is_empty())).collect();
        if rangees && self.aller == format!("rangee:{}", codes[0]) {
            self.rangees.insert(codes[0].to_owned(), combien + 1);
        }
        for (c, code) in codes.iter().enumerate() {
            let textes: Vec<String> = gardees.iter().map(|r| dite(*r, c).to_owned()).collect();
            if textes.iter().any(|t| !t.is_empty()) {
                self.texte.rubriques.insert((*code).to_owned(), textes);
            }
        }
    }

    /// What cannot be kept: what is too long. What is empty is no fault.
    pub fn check(&self, modele: &Modele, erreurs: &mut FormErrors) {
        erreurs.cle("titre", self.cle);
        let longueur = self.texte.titre.chars().count();
        if longueur > TITRE_MAX {
            erreurs.add(
                "titre",
                format!("Ce titre compte {longueur} caractères\u{a0}: {TITRE_MAX} au plus."),
            );
        }
        for r in modele.rubriques() {
            let champ = format!("r.{}", r.code);
            let cases = self.texte.de(&r.code);
            let longueur = cases.iter().map(|t| t.chars().count()).max().unwrap_or_default();
            if longueur > CASE_MAX {
                erreurs.add(
                    &champ,
                    format!("Ce texte compte {longueur} caractères\u{a0}: {CASE_MAX} au plus. Raccourcissez-le."),
                );
            }
            if cases.len() > RANGEES_MAX {
                erreurs.add(
                    &champ,
                    format!(
                        "Ce tableau compte {} rangées\u{a0}: {RANGEES_MAX} au plus. Regroupez-en.",
                        cases.len()
                    ),
                );
            }
        }
    }

    /// How many rows of a table the page shows.
    pub fn combien(&self, ligne: &super::modele::Ligne) -> usize {
        if !ligne.forme.rangees() {
            return 1;
        }
        let code = &ligne.rubriques[0].code;
        let remplies =
            ligne.rubriques.iter().map(|r| self.texte.de(&r.code).len()).max().unwrap_or_default();
        let voulues = self.rangees.get(code).copied().unwrap_or_default();
        (remplies + 1).max(voulues).max(2)
    }

    /// What a cell says.
    pub fn case(&self, code: &str, rang: impl Borrow<usize>) -> &str {
        self.texte.de(code).get(*rang.borrow()).map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fiche::modele::{Forme, Ligne};

    fn modele() -> Modele {
        let texte = include_str!("modeles.toml");
        let mut lus: toml::Table = texte.parse().unwrap();
        let premier = lus["modeles"].as_array_mut().unwrap().remove(0);
        premier.try_into().unwrap()
    }

    fn lue(champs: &[(&str, &str)]) -> Saisie {
        let champs = champs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        Saisie::lire(&modele(), champs)
    }

    #[test]
    fn empty_rows_go_and_the_others_stay_side_by_side() {
        let s = lue(&[
            ("r.phases", "Accueil"),
            ("r.outils", ""),
            ("r.phases", "  "),
            ("r.outils", " "),
            ("r.phases", ""),
            ("r.outils", "Bon de commande"),
        ]);
        assert_eq!(s.texte.de("phases"), ["Accueil", ""]);
        assert_eq!(s.texte.de("outils"), ["", "Bon de commande"]);
        let m = modele();
        let ligne = |f: Forme| m.lignes().find(|l| l.forme == f).unwrap();
        assert_eq!(s.combien(ligne(Forme::Rangees)), 3, "one more than those that are filled");
        assert_eq!(s.combien(ligne(Forme::Texte)), 1);
    }

    #[test]
    fn a_row_more_is_shown_when_it_is_asked_for() {
        let trois = [("r.phases", "a"), ("r.phases", ""), ("r.phases", "")];
        let mut champs = vec![("aller", "rangee:phases")];
        champs.extend(trois);
        let s = lue(&champs);
        let m = modele();
        let table: &Ligne = m.lignes().find(|l| l.forme.rangees()).unwrap();
        assert_eq!(s.combien(table), 4);
        assert_eq!(s.texte.de("phases"), ["a"]);
    }

    #[test]
    fn what_the_model_does_not_have_is_not_kept() {
        let s = lue(&[
            ("r.inconnue", "x"),
            ("nature", "autre"),
            ("vecue", "oui"),
            ("titre", " Deux \n mots "),
        ]);
        assert!(s.texte.rubriques.is_empty() && s.texte.nature.is_none());
        assert_eq!(s.texte.vecue, None, "this model does not ask");
        assert_eq!(s.texte.titre, "Deux mots");
    }

    #[test]
    fn what_is_too_long_is_said_where_it_is() {
        let longue = "é".repeat(CASE_MAX + 1);
        let s = lue(&[("cle", "a7b3f8f0-0000-4000-8000-000000000001"), ("r.offre", &longue)]);
        let mut erreurs = FormErrors::default();
        s.check(&modele(), &mut erreurs);
        assert!(erreurs.get("r.offre").unwrap().contains("6001"));
        assert_eq!(s.texte.de("offre")[0].chars().count(), CASE_MAX + 1, "and nothing is lost");
    }
}
