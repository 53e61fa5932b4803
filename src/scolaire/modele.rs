//! The official livret scolaire of a session: its enseignements, its avis, the order of its columns. Data, never code.
use std::sync::LazyLock;

use serde::Deserialize;

use super::nombre::plier;

/// The models that came with the program.
static TOUS: LazyLock<Vec<Modele>> = LazyLock::new(|| {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Fichier {
        modeles: Vec<Modele>,
    }
    let mut lus = toml::from_str::<Fichier>(include_str!("modele.toml"))
        .expect("the models that came with the program can be read: a test says so")
        .modeles;
    lus.sort_by_key(|m| m.depuis);
    lus
});

/// The livret scolaire of an exam, from a session on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Modele {
    /// Code of the edition of the référentiel that it goes with.
    pub edition: String,
    /// First session, as a year.
    pub depuis: i32,
    pub examen: String,
    pub specialite: String,
    /// Longest appréciation: what its cell holds, legible.
    pub appreciation_max: usize,
    pub observations_max: usize,
    /// As many candidates as the official workbook has sheets for.
    pub candidats_du_classeur: usize,
    /// Rows of the printed table.
    pub lignes: usize,
    /// Past sessions that are printed.
    pub sessions_imprimees: usize,
    /// Year and period of each column of an enseignement, in the workbook's order.
    pub colonnes: Vec<String>,
    pub enseignements: Vec<Nomme>,
    pub avis: Vec<Nomme>,
}

/// An enseignement or an avis.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nomme {
    pub code: String,
    pub intitule: String,
    /// How else it is called in a workbook.
    noms: Vec<String>,
}

impl Nomme {
    /// « E1 - Culture générale et expression », as the official sheet has it.
    pub fn officiel(&self) -> String {
        format!("{} - {}", self.code, self.intitule)
    }

    /// This text names it: its code, its title, another name, or its code before its title.
    pub fn dit(&self, texte: &str) -> bool {
        let texte = plier(texte);
        let premier = texte.split(' ').next().unwrap_or_default();
        let codes = std::iter::once(&self.code).chain(&self.noms).map(|n| plier(n));
        texte == plier(&self.intitule) || codes.into_iter().any(|c| c == premier || c == texte)
    }

    /// This text is exactly one of its names.
    pub fn exactement(&self, texte: &str) -> bool {
        let texte = plier(texte);
        let noms = [&self.code, &self.intitule].into_iter().chain(&self.noms);
        noms.into_iter().any(|n| plier(n) == texte)
    }
}

impl Modele {
    /// The model of a session; nothing where no official text is known for it.
    pub fn de(edition: &str, session: i32) -> Option<&'static Self> {
        TOUS.iter().rev().find(|m| m.edition == edition && m.depuis <= session)
    }

    pub fn enseignement(&self, code: &str) -> Option<&Nomme> {
        self.enseignements.iter().find(|e| e.code == code)
    }

    pub fn avis(&self, code: &str) -> Option<&Nomme> {
        self.avis.iter().find(|a| a.code == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_models_that_came_with_the_program_hold_together() {
        let m = Modele::de("NDRC-2018", 2027).expect("the model of 2025 is that of 2027");
        assert!(Modele::de("NDRC-2018", 2024).is_none() && Modele::de("MCO-2018", 2027).is_none());
        assert!(m.enseignements.len() <= m.lignes && m.appreciation_max <= 400);
        assert_eq!(m.colonnes, ["11", "12", "13", "21", "22", "23"]);
        assert!(m.enseignement("E3").is_some_and(|e| e.dit("CEJM") && e.dit("E3 - Culture éco.")));
        assert!(m.enseignement("E1").is_some_and(|e| e.dit("culture generale ET expression")));
        assert!(m.avis("tres_favorable").is_some_and(|a| a.exactement("TRÈS FAVORABLE")));
        for (texte, attendu) in [("TF", 1), ("Favorable", 1), ("Avis réservé", 0)] {
            let trouves = m.avis.iter().filter(|a| a.exactement(texte)).count();
            assert_eq!(trouves, attendu, "{texte}");
        }
    }
}
