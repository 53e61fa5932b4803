//! The official papers of a commission, épreuve by épreuve: the grids and the fiches d'évaluation of the session, read from data.
use std::{collections::BTreeMap, sync::LazyLock};

use serde::{Deserialize, Serialize};

use crate::examen::Examen;

pub use super::evaluation::{Champ, Evaluation, Nature, Temps, Unite};

/// The name of an épreuve that has a commission.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nom {
    pub edition: String,
    pub code: String,
    pub intitule: String,
}

/// The épreuves, in their order, and the grids.
pub(super) static GRILLES: LazyLock<(Vec<Nom>, Vec<Grille>)> = LazyLock::new(|| {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Fichier {
        epreuves: Vec<Nom>,
        grilles: Vec<Grille>,
    }
    let lu = toml::from_str::<Fichier>(include_str!("grilles.toml"))
        .expect("the grids that came with the program can be read: a test says so");
    let sous = |g: &Grille, forme| Grille { forme, ..g.clone() };
    let mut toutes: Vec<Grille> = Vec::new();
    for g in lu.grilles {
        toutes.extend(g.autres_formes.iter().map(|f| sous(&g, *f)));
        toutes.push(g);
    }
    toutes.sort_by_key(|g| g.depuis);
    (lu.epreuves, toutes)
});

/// How an épreuve is sat: judged by the school, or once by others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forme {
    Ccf,
    Ponctuelle,
}

impl Forme {
    pub const TOUTES: [Self; 2] = [Self::Ccf, Self::Ponctuelle];

    pub fn code(self) -> &'static str {
        match self {
            Self::Ccf => "ccf",
            Self::Ponctuelle => "ponctuelle",
        }
    }

    pub fn intitule(self) -> &'static str {
        match self {
            Self::Ccf => "CCF",
            Self::Ponctuelle => "Forme ponctuelle",
        }
    }

    pub fn de(code: &str) -> Option<Self> {
        Self::TOUTES.into_iter().find(|f| f.code() == code)
    }
}

/// Something known at the head of a paper, or of a part of it: its official words, and what fills it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mention {
    /// Nothing when it is only words.
    pub de: String,
    pub intitule: String,
}

/// How a grid is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tableau {
    /// A table for each part, those of which one is chosen side by side.
    Parties,
    /// One table, the parts between its lines.
    Unique,
    /// One table, its descriptors in the cells, with the points of each.
    Degres,
    /// One table, its descriptors at the back.
    Verso,
}

/// The official grid of an épreuve, from a session on. Its words are those of the annexe that it names.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grille {
    /// Code of the edition of the référentiel that it goes with.
    pub edition: String,
    /// First session, as a year.
    pub depuis: i32,
    pub epreuve: String,
    pub forme: Forme,
    /// The same paper serves those too.
    #[serde(default)]
    pub autres_formes: Vec<Forme>,
    /// Number of the annexe of the circular.
    pub annexe: String,
    pub diplome: String,
    pub intitule: String,
    #[serde(default)]
    pub modalites: Option<String>,
    pub titre: String,
    /// The head, line by line.
    pub lignes: Vec<String>,
    pub tete: Vec<Vec<Mention>>,
    #[serde(default)]
    pub preambule: Vec<String>,
    /// Minutes with the candidate, where the paper says them.
    #[serde(default)]
    pub duree: Option<u16>,
    pub tableau: Tableau,
    /// Its lines have a number, from 1 in each part.
    pub numerotees: bool,
    /// What heads the lines.
    #[serde(default)]
    pub criteres: Option<String>,
    #[serde(default)]
    pub verso: Option<Verso>,
    pub degres: Vec<Degre>,
    pub parties: Vec<Partie>,
    #[serde(default)]
    pub bonus: Option<Bonus>,
    pub note_sur: u8,
    /// The name of its box for the mark, where it has one.
    #[serde(default)]
    pub note: Option<String>,
    /// What the box says after the mark.
    #[serde(default)]
    pub sur: Option<String>,
    /// The name of its box for an appréciation, where it has one.
    #[serde(default)]
    pub appreciation: Option<String>,
    #[serde(default)]
    pub visa: Option<String>,
    /// Lines to sign.
    #[serde(default)]
    pub visas: u8,
    /// It must not be communicated to the candidate.
    pub confidentielle: bool,
    #[serde(default)]
    pub mention: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verso {
    pub titre: String,
    pub degres: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Degre {
    pub code: String,
    pub intitule: String,
    /// Its other official name.
    #[serde(default)]
    pub second: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Partie {
    pub code: String,
    pub intitule: String,
    /// Exactly one of those that say so is judged.
    #[serde(default)]
    pub au_choix: bool,
    /// The nature of the descriptive sheet that goes with it.
    #[serde(default)]
    pub nature: Option<String>,
    pub lignes: Vec<Ligne>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ligne {
    /// That of the sous-compétence, where it is one.
    pub code: String,
    pub intitule: String,
    /// The words in brackets.
    #[serde(default)]
    pub precision: Option<String>,
    /// One for each degré, or none.
    #[serde(default)]
    pub descripteurs: Vec<String>,
    /// One for each degré, or none.
    #[serde(default)]
    pub points: Vec<u8>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bonus {
    pub points: u8,
    pub texte: String,
}

impl Grille {
    pub fn de(examen: &Examen, epreuve: &str, forme: Forme) -> Option<&'static Self> {
        Self::parue(&examen.reglement.edition, examen.session, epreuve, forme)
    }

    /// The one of a session; nothing where no official text is known for it.
    pub(super) fn parue(
        edition: &str,
        session: i32,
        epreuve: &str,
        forme: Forme,
    ) -> Option<&'static Self> {
        let la = |g: &&Self| g.edition == edition && g.depuis <= session;
        GRILLES.1.iter().rev().filter(la).find(|g| g.epreuve == epreuve && g.forme == forme)
    }

    /// The last one of an edition.
    #[cfg(test)]
    pub fn par_code(edition: &str, epreuve: &str, forme: Forme) -> Option<&'static Self> {
        Self::parue(edition, i32::MAX, epreuve, forme)
    }

    pub fn lignes(&self) -> impl Iterator<Item = &Ligne> {
        self.parties.iter().flat_map(|p| &p.lignes)
    }

    pub fn ligne(&self, code: &str) -> Option<&Ligne> {
        self.lignes().find(|l| l.code == code)
    }

    /// Those that are judged when this one is chosen.
    pub fn parties_jugees(&self, choix: Option<&str>) -> impl Iterator<Item = &Partie> {
        self.parties.iter().filter(move |p| !p.au_choix || choix == Some(p.code.as_str()))
    }

    pub fn lignes_jugees(&self, choix: Option<&str>) -> Vec<&Ligne> {
        self.parties_jugees(choix).flat_map(|p| &p.lignes).collect()
    }

    /// The official total of the degrés that are ticked, never above the mark's own; nothing while a line lacks, or where no
    /// text says points.
    pub fn points(&self, coches: &BTreeMap<String, String>, bonus: u8) -> Option<u8> {
        let de = |l: &Ligne| {
            let rang = self.degres.iter().position(|d| Some(&d.code) == coches.get(&l.code))?;
            l.points.get(rang).copied()
        };
        let mut total = bonus.min(self.bonus.as_ref().map_or(0, |b| b.points));
        for ligne in self.lignes() {
            total = total.saturating_add(de(ligne)?);
        }
        Some(total.min(self.note_sur))
    }
}
