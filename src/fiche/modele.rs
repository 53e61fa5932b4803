//! The official sheets of a session, rubric by rubric: read from data, never from code.
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::examen::Examen;

/// The models that came with the program.
static TOUS: LazyLock<Vec<Modele>> = LazyLock::new(|| {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Fichier {
        modeles: Vec<Modele>,
    }
    let mut lus = toml::from_str::<Fichier>(include_str!("modeles.toml"))
        .expect("the models that came with the program can be read: a test says so")
        .modeles;
    lus.sort_by_key(|m| m.depuis);
    lus
});

/// Those that came with the program.
#[cfg(test)]
pub(super) fn tous() -> &'static [Modele] {
    &TOUS
}

/// An official sheet, from a session on. Its words are those of the annexe that it names.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Modele {
    /// Code of the edition of the référentiel that it goes with.
    pub edition: String,
    /// First session, as a year.
    pub depuis: i32,
    pub epreuve: String,
    /// Number of the annexe of the circular.
    pub annexe: String,
    pub diplome: String,
    pub session: String,
    pub titre: String,
    pub sous_titre: String,
    pub numero: String,
    pub intitule: String,
    pub nom: String,
    pub prenom: String,
    pub candidat: String,
    /// Where the candidate says whether she lived it.
    pub vecue: Option<Vecue>,
    /// What must be joined to it.
    pub annexe_jointe: Option<AnnexeJointe>,
    pub natures: Vec<Nature>,
    pub attendus: Vec<Attendu>,
    pub parties: Vec<Partie>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vecue {
    pub intitule: String,
    pub oui: String,
    pub non: String,
}

/// A paper that goes with the sheet.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnnexeJointe {
    /// The note of the model.
    pub note: String,
    /// Code of the rubric that calls the note.
    pub rubrique: String,
    /// Most pages.
    pub pages: usize,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nature {
    pub code: String,
    pub intitule: String,
}

/// How many sheets a file wants, by voie.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attendu {
    pub voies: Vec<String>,
    pub nombre: usize,
    /// No two of the same nature.
    pub distinctes: bool,
    /// At least so many that were really lived.
    pub vecues: usize,
    /// What may be given in their stead.
    #[serde(default)]
    pub autrement: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Partie {
    pub titre: String,
    /// It begins a page of the model.
    #[serde(default)]
    pub page: bool,
    pub lignes: Vec<Ligne>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ligne {
    #[serde(default)]
    pub titre: Option<String>,
    pub forme: Forme,
    pub rubriques: Vec<Rubrique>,
}

/// How a line of the model is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forme {
    /// Its name at the left, what is said at the right.
    Texte,
    /// Side by side, on one line.
    Cote,
    /// A table of one row, a column each.
    Colonnes,
    /// The same, of as many rows as are wanted.
    Rangees,
}

impl Forme {
    pub fn rangees(self) -> bool {
        self == Self::Rangees
    }

    /// A word or two, not a paragraph.
    pub fn courte(self) -> bool {
        self == Self::Cote
    }

    pub fn tableau(self) -> bool {
        matches!(self, Self::Colonnes | Self::Rangees)
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rubrique {
    pub code: String,
    pub intitule: String,
    /// What is known of a preuve, and written there beforehand.
    #[serde(default)]
    pub de: Option<Source>,
}

/// What a rubric may begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    Organisation,
    Adresse,
    Secteur,
    Dates,
    Lieu,
    Acteurs,
    Recit,
    Titres,
    Liens,
}

impl Modele {
    /// The models of an exam, one for each épreuve that wants sheets, in the order of its files.
    pub fn tous(examen: &Examen) -> Vec<&'static Self> {
        let dossiers = examen.reglement.dossiers.iter();
        dossiers.filter_map(|d| Self::de(examen, &d.epreuve)).collect()
    }

    /// The model of an épreuve; nothing where no official text is known for the session.
    pub fn de(examen: &Examen, epreuve: &str) -> Option<&'static Self> {
        let edition = &examen.reglement.edition;
        let le =
            |m: &&Self| m.edition == *edition && m.epreuve == epreuve && m.depuis <= examen.session;
        TOUS.iter().rev().find(le)
    }

    /// The last model of an épreuve in an edition.
    #[cfg(test)]
    pub fn par_code(edition: &str, epreuve: &str) -> Option<&'static Self> {
        TOUS.iter().rev().find(|m| m.edition == edition && m.epreuve == epreuve)
    }

    /// What a file wants of who comes by this voie: the first of the data where it says nothing.
    pub fn attendu(&self, voie: &str) -> &Attendu {
        let dit = self.attendus.iter().find(|a| a.voies.iter().any(|v| v == voie));
        dit.unwrap_or(&self.attendus[0])
    }

    pub fn nature(&self, code: &str) -> Option<&Nature> {
        self.natures.iter().find(|n| n.code == code)
    }

    pub fn lignes(&self) -> impl Iterator<Item = &Ligne> {
        self.parties.iter().flat_map(|p| &p.lignes)
    }

    /// Every rubric, in the order of the model.
    pub fn rubriques(&self) -> impl Iterator<Item = &Rubrique> {
        self.lignes().flat_map(|l| &l.rubriques)
    }

    pub fn rubrique(&self, code: &str) -> Option<&Rubrique> {
        self.rubriques().find(|r| r.code == code)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::examen::Reglement;

    #[test]
    fn the_models_that_came_with_the_program_hold_together() {
        for m in TOUS.iter() {
            let regle = Reglement::de(&m.edition, m.depuis).expect("its rules are known");
            assert!(regle.dossier(&m.epreuve).is_some(), "{}", m.epreuve);
            let codes: BTreeSet<&str> = m.rubriques().map(|r| r.code.as_str()).collect();
            assert_eq!(codes.len(), m.rubriques().count(), "each code once in {}", m.annexe);
            for voie in &regle.voies {
                let dits = m.attendus.iter().filter(|a| a.voies.contains(&voie.code)).count();
                assert_eq!(dits, 1, "{} in {}", voie.code, m.annexe);
            }
            for a in &m.attendus {
                assert!(a.nombre <= m.natures.len() && a.vecues <= a.nombre);
                assert!(a.vecues == 0 || m.vecue.is_some(), "the sheet says what was lived");
            }
            for l in m.lignes() {
                assert_eq!(l.forme == Forme::Texte, l.rubriques.len() == 1, "{l:?}");
            }
            if let Some(a) = &m.annexe_jointe {
                assert!(codes.contains(a.rubrique.as_str()));
            }
        }
    }

    /// The official rubrics, in their order: annexes V-1 and VII-1, session 2025.
    #[test]
    fn every_rubric_is_worded_and_placed_as_the_official_one() {
        let dits = |epreuve: &str| -> Vec<&str> {
            let m = TOUS.iter().find(|m| m.epreuve == epreuve).unwrap();
            m.rubriques().map(|r| r.intitule.as_str()).collect()
        };
        let e4 = "Nom de l’organisation|Adresse/Code postal/Ville|Type de Structure|Offre commerciale|Type(s) de client(s)|\
                  Méthodes de Vente|Date(s) :|Lieu de l’activité :|Historique/Problématique de l’activité|\
                  Acteurs concernés (Statuts/Rôles/Motivations)|Objectifs opérationnels|Phases|Outils mobilisés|Résultats|\
                  Difficultés rencontrées|Démarche|Objectifs fixés|Activités réalisées|Outils mobilisés|Résultats obtenus|\
                  Atouts et points d’appui|Solutions mises en œuvre|Propositions d’amélioration|\
                  Informations sur le marché, les clients, le secteur, etc.|Objectifs fixés|Sources utilisées|\
                  Outils mobilisés|Contribution à l’expertise commerciale de l’organisation";
        assert_eq!(dits("E4").join("|"), e4);
        let e6 = "Nom de l’organisation|Adresse/Code postal/Ville|Type de Structure|Offre commerciale|\
                  Acteurs du réseau (y compris les clients)|Périodes|Présentation générale du réseau|Contexte|\
                  Diagnostic du réseau|Animation(s) du réseau|Méthodologie(s) d’animation (Démarche)|Résultats|\
                  Préconisations|Liste de ressources et supports";
        assert_eq!(dits("E6").join("|"), e6);
    }
}
