//! One element of the text, whatever it is.
use serde::Serialize;
use serde_json::{Map, Value};

use super::{genre::Genre, texte::Certitude};

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Element {
    pub code: String,
    pub genre: Genre,
    pub parent: Option<String>,
    pub rang: i32,
    pub intitule: String,
    pub contenu: Map<String, Value>,
    pub source: String,
    pub certitude: Certitude,
    /// Where it is in the file, as a JSON pointer: what finds its line again.
    #[serde(skip)]
    pub lieu: String,
}

/// The keys that hold the code of another element, and what that element may be.
pub const RENVOIS: [(&str, &[Genre]); 8] = [
    ("competence_en_regard", &[Genre::Competence]),
    ("bloc", &[Genre::Bloc, Genre::BlocGeneral, Genre::BlocFacultatif]),
    ("bloc_officiel", &[Genre::Bloc]),
    ("epreuve", &[Genre::Unite]),
    ("pole", &[Genre::Pole]),
    ("base", &[Genre::TexteReglementaire]),
    ("modifie_par", &[Genre::TexteReglementaire]),
    ("code_officiel", &[Genre::Categorie, Genre::Savoir]),
];

/// A reference from one element to another: by which key, to which code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Renvoi<'a> {
    pub cle: &'static str,
    pub rang: Option<usize>,
    pub code: &'a str,
    pub genres: &'static [Genre],
}

impl Element {
    pub fn renvois(&self) -> Vec<Renvoi<'_>> {
        let mut renvois = Vec::new();
        for (cle, genres) in RENVOIS {
            match self.contenu.get(cle) {
                Some(Value::String(code)) => renvois.push(Renvoi { cle, rang: None, code, genres }),
                Some(Value::Array(codes)) => {
                    let codes = codes.iter().filter_map(Value::as_str).enumerate();
                    renvois.extend(codes.map(|(i, code)| Renvoi {
                        cle,
                        rang: Some(i),
                        code,
                        genres,
                    }));
                }
                _ => {}
            }
        }
        renvois
    }
}
