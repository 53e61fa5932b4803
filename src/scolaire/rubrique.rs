//! What is said in a livret scolaire, and of what: an enseignement, the council, the candidate herself.
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::Date;

use super::{Modele, nombre};
use crate::date;

/// How the school cuts its years.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decoupage {
    Semestre,
    Trimestre,
}

impl Decoupage {
    pub fn code(self) -> &'static str {
        match self {
            Self::Semestre => "semestre",
            Self::Trimestre => "trimestre",
        }
    }

    pub fn nomme(code: &str) -> Option<Self> {
        [Self::Semestre, Self::Trimestre].into_iter().find(|d| d.code() == code)
    }

    /// Periods of a year.
    pub fn periodes(self) -> usize {
        match self {
            Self::Semestre => 2,
            Self::Trimestre => 3,
        }
    }

    /// « 1er semestre », from 1.
    pub fn periode(self, n: usize) -> String {
        format!("{n}{} {}", if n == 1 { "er" } else { "e" }, self.code())
    }
}

/// What a past session gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    pub annee: i32,
    pub presentes: u32,
    pub recus: u32,
}

impl Session {
    /// « 88 » of a hundred; nothing when nobody sat it.
    pub fn taux(&self) -> Option<u32> {
        (self.presentes > 0).then(|| (self.recus * 200 + self.presentes) / (2 * self.presentes))
    }
}

/// A part of the livret scolaire, filled for everybody at once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Rubrique {
    /// By its code.
    Enseignement(String),
    Conseil,
    Candidat,
}

impl Rubrique {
    /// What it is called in addresses: that of an enseignement is its code.
    pub fn code(&self) -> &str {
        match self {
            Self::Enseignement(code) => code,
            Self::Conseil => "avis",
            Self::Candidat => "candidats",
        }
    }

    pub fn nommee(modele: &Modele, code: &str) -> Option<Self> {
        match code {
            "avis" => Some(Self::Conseil),
            "candidats" => Some(Self::Candidat),
            code => modele.enseignement(code).map(|e| Self::Enseignement(e.code.clone())),
        }
    }

    /// What it is called on a page.
    pub fn intitule(&self, modele: &Modele) -> String {
        match self {
            Self::Enseignement(code) => modele
                .enseignement(code)
                .map_or_else(|| code.clone(), super::modele::Nomme::officiel),
            Self::Conseil => "Avis, observations et PIX".into(),
            Self::Candidat => "Naissance, INE et langue vivante".into(),
        }
    }

    /// What nobody has said yet.
    pub fn vide(&self) -> Valeur {
        match self {
            Self::Enseignement(_) => Valeur::Bulletin(Bulletin::default()),
            Self::Conseil => Valeur::Conseil(Conseil::default()),
            Self::Candidat => Valeur::Candidat(Candidat::default()),
        }
    }

    /// What the journal calls saying it.
    pub fn acte(&self) -> &'static str {
        match self {
            Self::Enseignement(_) => "remplir_livret_scolaire",
            Self::Conseil => "rendre_avis_du_conseil",
            Self::Candidat => "renseigner_candidat",
        }
    }
}

/// What an enseignement says of a student: averages in hundredths, three a year.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bulletin {
    pub moyennes: [Option<i32>; 6],
    pub appreciation: String,
}

/// What the last council said of her.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conseil {
    /// Its code in the model.
    pub avis: Option<String>,
    pub observations: String,
    /// She has her digital certificate; nothing when it was not said.
    pub pix: Option<bool>,
}

/// What the head of the sheet asks of her. The INSEE number is not among it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Candidat {
    pub naissance: Option<Date>,
    pub lieu: String,
    pub ine: Option<String>,
    pub langue: String,
}

/// What a rubrique says of a student.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Valeur {
    Bulletin(Bulletin),
    Conseil(Conseil),
    Candidat(Candidat),
}

impl Valeur {
    /// As the journal keeps it.
    pub fn contenu(&self) -> Value {
        match self {
            Self::Bulletin(b) => json!({
                "moyennes": b.moyennes.map(|m| m.map(nombre::dire)), "appreciation": b.appreciation,
            }),
            Self::Conseil(c) => {
                json!({ "avis": c.avis, "observations": c.observations, "pix": c.pix })
            }
            Self::Candidat(c) => json!({
                "naissance": c.naissance.as_ref().map(date::iso), "lieu": c.lieu, "ine": c.ine, "langue": c.langue,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_rounded_and_nobody_makes_none() {
        let taux = |presentes, recus| Session { annee: 2026, presentes, recus }.taux();
        assert_eq!([taux(32, 28), taux(3, 2), taux(3, 3)], [Some(88), Some(67), Some(100)]);
        assert_eq!(taux(0, 0), None);
    }
}
