//! The dossier for spreadsheets: tables as values, then each format writes them. What was typed is text, never a formula.
pub mod csv;
mod feuilles;
pub mod ods;
pub mod xlsx;

use time::Date;

pub use feuilles::{a_propos, detail, synthese};

/// The longest text of a cell: no spreadsheet keeps more.
const TEXTE_MAX: usize = 32_000;

/// What a cell holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Case {
    Texte(String),
    Nombre(f64),
    Jour(Date),
    Vide,
}

impl Case {
    /// A text as every format keeps it: lines end one way, a tab is a space (spreadsheets drop it), and
    /// what no file of theirs may hold is left out.
    pub fn texte(dit: impl AsRef<str>) -> Self {
        let dit = dit.as_ref().replace("\r\n", "\n").replace('\r', "\n").replace('\t', " ");
        let garde = |c: &char| !c.is_control() || *c == '\n';
        let dit: String = dit
            .chars()
            .filter(garde)
            .filter(|c| !('\u{fffe}'..='\u{ffff}').contains(c))
            .take(TEXTE_MAX)
            .collect();
        if dit.is_empty() { Self::Vide } else { Self::Texte(dit) }
    }

    /// The same, of several.
    pub fn textes<T: AsRef<str>>(dits: &[T]) -> Self {
        Self::texte(dits.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", "))
    }

    pub fn nombre(n: usize) -> Self {
        Self::Nombre(f64::from(u32::try_from(n).unwrap_or(u32::MAX)))
    }
}

impl<T: AsRef<str>> From<Option<T>> for Case {
    fn from(dit: Option<T>) -> Self {
        dit.map_or(Self::Vide, Self::texte)
    }
}

/// A column: its name, and its width in characters.
#[derive(Debug, Clone)]
pub struct Colonne {
    pub nom: String,
    pub largeur: u16,
}

/// A table.
#[derive(Debug, Clone)]
pub struct Feuille {
    pub nom: &'static str,
    pub colonnes: Vec<Colonne>,
    pub lignes: Vec<Vec<Case>>,
    /// How many columns stay in sight.
    pub figees: u16,
}

impl Feuille {
    fn new(nom: &'static str, figees: u16, colonnes: &[(&str, u16)]) -> Self {
        let colonne =
            |(nom, largeur): &(&str, u16)| Colonne { nom: (*nom).to_owned(), largeur: *largeur };
        Self { nom, colonnes: colonnes.iter().map(colonne).collect(), lignes: vec![], figees }
    }
}

/// Every table of a dossier.
pub fn classeur(dossier: &crate::jury::dossier::Dossier) -> [Feuille; 3] {
    [synthese(dossier), detail(dossier), a_propos(dossier)]
}
