//! What she chose along the way: the columns, the classes, her answers.
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::champ::Champ;

/// What to do with a row whose person is not sure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reponse {
    /// It is that person.
    Elle(i64),
    /// It is somebody new.
    Nouvelle,
    /// The row is left aside.
    Laisser,
}

impl Reponse {
    /// As forms say it: `12`, `nouvelle`, `laisser`.
    pub fn lire(code: &str) -> Option<Self> {
        match code {
            "nouvelle" => Some(Self::Nouvelle),
            "laisser" => Some(Self::Laisser),
            autre => autre.parse().ok().map(Self::Elle),
        }
    }

    pub fn code(self) -> String {
        match self {
            Self::Elle(id) => id.to_string(),
            Self::Nouvelle => "nouvelle".into(),
            Self::Laisser => "laisser".into(),
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Choix {
    pub colonnes: Vec<Option<Champ>>,
    /// Each class of the list that is brought in, and the promotion where it goes; « » is who has no class.
    pub classes: BTreeMap<String, i64>,
    /// Where everybody goes, when the list has no class.
    pub promotion: Option<i64>,
    /// By row.
    pub reponses: BTreeMap<u32, Reponse>,
    /// Absent from the list, and not there any more.
    pub desactives: BTreeSet<i64>,
    /// The good rows go on without the bad ones.
    pub sans_les_fautes: bool,
    /// The columns and the classes have been said.
    pub pret: bool,
}

impl Choix {
    pub fn a(&self, champ: Champ) -> bool {
        self.colonnes.contains(&Some(champ))
    }

    /// Where these classes go; none when none of them is brought in.
    pub fn promotions(&self, classes: &[String]) -> BTreeSet<i64> {
        if self.a(Champ::Classe) {
            classes.iter().filter_map(|c| self.classes.get(c).copied()).collect()
        } else {
            self.promotion.into_iter().collect()
        }
    }

    /// All of those where somebody goes.
    pub fn toutes(&self) -> BTreeSet<i64> {
        if self.a(Champ::Classe) {
            self.classes.values().copied().collect()
        } else {
            self.promotion.into_iter().collect()
        }
    }
}
