//! What a document states, and its seal: made here, verified here. `docs/scelle.md` says the format to everybody.
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    cles::{Cles, est_un_instant, hex_exact},
    json::{canonique, lire},
};
use crate::sceau::{self, Sceau};

/// The name of the file, beside a document or inside it.
pub const NOM: &str = "livret-scelle.json";
const CONTEXTE: &[u8] = b"livret/scelle/1\n";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Genre {
    Synthese,
    Dossier,
    LivretScolaire,
    FicheEvaluation,
    Archive,
}

impl Genre {
    const TOUS: [(Self, &str, &str); 5] = [
        (Self::Synthese, "synthese", "Synthèse de compétences"),
        (Self::Dossier, "dossier", "Dossier d’un candidat"),
        (Self::LivretScolaire, "livret_scolaire", "Livret scolaire"),
        (Self::FicheEvaluation, "fiche_evaluation", "Fiche d’évaluation"),
        (Self::Archive, "archive", "Archive d’un dossier d’évaluation"),
    ];

    pub fn code(self) -> &'static str {
        Self::TOUS.iter().find(|g| g.0 == self).map_or("", |g| g.1)
    }

    pub fn intitule(self) -> &'static str {
        Self::TOUS.iter().find(|g| g.0 == self).map_or("", |g| g.2)
    }

    pub fn de(code: &str) -> Option<Self> {
        Self::TOUS.iter().find(|g| g.1 == code).map(|g| g.0)
    }
}

/// What a document states. Numbers are integers: a mark is written as a text, « 12,5 ».
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declaration {
    pub v: u8,
    /// 128 random bits: who does not have the document cannot guess it.
    pub id: String,
    pub genre: Genre,
    pub titre: String,
    pub etablissement: Ecole,
    /// Year of the exam.
    pub session: i32,
    /// `None`: the document is of a promotion.
    pub candidat: Option<Candidat>,
    pub edition: Edition,
    pub contenu: Value,
    pub journal: Journal,
    /// UTC, to the second.
    pub emise_le: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ecole {
    pub uai: String,
    pub nom: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidat {
    pub nom: String,
    pub prenom: String,
    pub numero: Option<String>,
}

/// The official text that the content speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edition {
    pub code: String,
    pub empreinte: String,
}

/// Where the journal stood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journal {
    pub seq: i64,
    pub empreinte: String,
    pub cle: String,
}

impl Declaration {
    /// SHA-256 of what is signed, in hexadecimal digits.
    ///
    /// # Errors
    /// A content that JSON does not have.
    pub fn empreinte(&self) -> anyhow::Result<String> {
        Ok(hex::encode(Sha256::digest(canonique(self)?)))
    }

    /// The file: the declaration, its signature and the key that made it.
    ///
    /// # Errors
    /// A content that a verifier would not read: a number that is no integer, values too deep.
    pub fn sceller(&self, sceau: &Sceau) -> anyhow::Result<Vec<u8>> {
        let jcs = canonique(self)?;
        let signature = sceau.sign(&[CONTEXTE, &jcs].concat());
        let fichier = canonique(&json!({
            "declaration": self, "cle": hex::encode(sceau.publique()), "cle_id": sceau.cle_id,
            "signature": hex::encode(signature),
        }))?;
        anyhow::ensure!(verifier(&fichier, &Cles::de(sceau)).is_ok(), "it would not be read back");
        Ok(fichier)
    }

    /// Code and level, of each that the content has under « niveaux ».
    pub fn niveaux<'a>(&'a self) -> Vec<(&'a str, &'a str)> {
        let tous = self.contenu.get("niveaux").and_then(Value::as_array);
        let niveau = |n: &'a Value| {
            let code = n.get("code")?.as_str()?;
            Some((code, n.get("niveau").and_then(Value::as_str).unwrap_or_default()))
        };
        tous.into_iter().flatten().filter_map(niveau).collect()
    }
}

/// Why a file is not authentic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Faute {
    /// No file of this format, or one that could be read in two ways.
    Illisible,
    /// Signed by a key that this list does not have.
    Cle,
    /// Signed by a key that was not in use then.
    Dates,
    Signature,
}

impl Faute {
    pub fn en_mots(self) -> &'static str {
        match self {
            Self::Illisible => "ce n’est pas un fichier scellé, ou il a été abîmé",
            Self::Cle => "il est signé par une clé que cet établissement ne reconnaît pas",
            Self::Dates => "sa clé n’était pas en service à la date qu’il porte",
            Self::Signature => "ses données ont été modifiées depuis leur signature",
        }
    }
}

/// What a file states, if it is authentic, and the SHA-256 of it.
///
/// # Errors
/// It is not.
pub fn verifier(fichier: &[u8], cles: &Cles) -> Result<(Declaration, String), Faute> {
    let Some(Value::Object(enveloppe)) = lire(fichier) else { return Err(Faute::Illisible) };
    let texte = |nom: &str| enveloppe.get(nom).and_then(Value::as_str);
    let (Some(declaration), Some(cle), Some(cle_id), Some(signature), 4) = (
        enveloppe.get("declaration").filter(|d| d.is_object()),
        texte("cle").and_then(hex_exact::<32>),
        texte("cle_id").filter(|c| hex_exact::<8>(c).is_some()),
        texte("signature").and_then(hex_exact::<64>),
        enveloppe.len(),
    ) else {
        return Err(Faute::Illisible);
    };
    let emise_le = declaration.get("emise_le").and_then(Value::as_str);
    let Some(emise_le) = emise_le.filter(|i| est_un_instant(i)) else {
        return Err(Faute::Illisible);
    };
    if declaration.get("v") != Some(&json!(1)) {
        return Err(Faute::Illisible);
    }
    let (connue, octets) = cles.find(cle_id).filter(|c| c.1 == cle).ok_or(Faute::Cle)?;
    if !connue.sert_a(emise_le) {
        return Err(Faute::Dates);
    }
    let jcs = canonique(declaration).map_err(|_| Faute::Illisible)?;
    if !sceau::verifier(&octets, &[CONTEXTE, &jcs].concat(), &signature) {
        return Err(Faute::Signature);
    }
    let empreinte = hex::encode(Sha256::digest(&jcs));
    let dite = serde_json::from_value(declaration.clone()).map_err(|_| Faute::Illisible)?;
    Ok((dite, empreinte))
}
