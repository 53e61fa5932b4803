//! A plan of the year to come: what becomes of each promotion, and of those who do not follow theirs.
use serde::{Deserialize, Serialize};

/// What becomes of a promotion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sort {
    pub id: i64,
    /// Its name from now on.
    pub nom: String,
    pub close: bool,
}

/// Somebody who leaves her promotion: for another one, or for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mouvement {
    pub id: i64,
    pub promotion: i64,
    pub vers: Option<i64>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    pub promotions: Vec<Sort>,
    pub etudiants: Vec<Mouvement>,
}

impl Plan {
    pub fn sort(&self, promotion: i64) -> Option<&Sort> {
        self.promotions.iter().find(|s| s.id == promotion)
    }

    pub fn mouvement(&self, etudiant: i64, promotion: i64) -> Option<&Mouvement> {
        self.etudiants.iter().find(|m| m.id == etudiant && m.promotion == promotion)
    }
}
