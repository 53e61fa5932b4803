//! How a line is hashed, chained and signed. Format 1, fixed for ever: a change is a format 2.
//!
//! feuille = SHA-256(0x00 ‖ sel ‖ JCS(acte)) · empreinte = SHA-256(0x01 ‖ etablissement ‖ seq ‖ precedent ‖ feuille)
//! · signature = Ed25519("livret/ev/1\n" ‖ empreinte). JCS is RFC 8785; integers are 8 bytes, big-endian.
use serde::Serialize;
use sha2::{Digest, Sha256};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{Acte, microsecondes};
use crate::{
    app::Db,
    error::Result,
    sceau::{self, Sceau},
};

/// What comes before the first line of a school.
pub const VIDE: [u8; 32] = [0; 32];
const CONTEXTE: &[u8] = b"livret/ev/1\n";

/// A line as it is kept.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Ligne {
    pub etablissement_id: i64,
    pub seq: i64,
    pub le: OffsetDateTime,
    pub acteur_id: i64,
    pub genre: String,
    pub cle: Uuid,
    pub etudiant_id: Option<i64>,
    pub edition_id: Option<Uuid>,
    pub code: Option<String>,
    pub situation_id: Option<i64>,
    pub preuve_id: Option<i64>,
    pub de: Option<String>,
    pub vers: Option<String>,
    pub vecu_le: Option<Date>,
    pub contenu: serde_json::Value,
    pub sel: Option<Vec<u8>>,
    pub feuille: Vec<u8>,
    pub precedent: Vec<u8>,
    pub empreinte: Vec<u8>,
    pub cle_id: String,
    pub signature: Vec<u8>,
}

/// A key that signed a school's lines on another server, up to one of them.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct CleDAilleurs {
    cle_id: String,
    cle: Vec<u8>,
    jusqu_a_seq: i64,
}

/// What is signed of a line: every column that says something.
#[derive(Serialize)]
struct Signe<'a> {
    v: u8,
    etablissement: String,
    seq: String,
    le: String,
    acteur: String,
    genre: &'a str,
    cle: Uuid,
    etudiant: Option<String>,
    edition: Option<Uuid>,
    code: Option<&'a str>,
    situation: Option<String>,
    preuve: Option<String>,
    de: Option<&'a str>,
    vers: Option<&'a str>,
    vecu_le: Option<String>,
    contenu: &'a serde_json::Value,
}

impl Ligne {
    pub(super) fn sign(
        etablissement_id: i64,
        seq: i64,
        acteur_id: i64,
        precedent: &[u8],
        acte: Acte,
        db: &Db,
    ) -> Result<Self> {
        let mut ligne = Self {
            etablissement_id,
            seq,
            le: db.le,
            acteur_id,
            genre: acte.genre.to_owned(),
            cle: acte.cle,
            etudiant_id: acte.etudiant_id,
            edition_id: acte.edition_id,
            code: acte.code,
            situation_id: acte.situation_id,
            preuve_id: acte.preuve_id,
            de: acte.de,
            vers: acte.vers,
            vecu_le: acte.vecu_le,
            contenu: if acte.contenu.is_null() { serde_json::json!({}) } else { acte.contenu },
            sel: Some(db.random.bytes::<32>().to_vec()),
            feuille: vec![],
            precedent: precedent.to_vec(),
            empreinte: vec![],
            cle_id: db.sceau.cle_id.clone(),
            signature: vec![],
        };
        ligne.feuille = ligne.feuille_attendue()?.unwrap_or_default();
        ligne.empreinte = ligne.empreinte_attendue();
        ligne.signature = db.sceau.sign(&ligne.message()).to_vec();
        Ok(ligne)
    }

    /// `None` when the line was erased: its leaf then says nothing any more.
    pub(super) fn feuille_attendue(&self) -> Result<Option<Vec<u8>>> {
        let Some(sel) = &self.sel else { return Ok(None) };
        let texte = |n: &i64| n.to_string(); // JCS numbers are doubles: identifiers are signed as text
        let signe = Signe {
            v: 1,
            etablissement: texte(&self.etablissement_id),
            seq: texte(&self.seq),
            le: texte(&microsecondes(self.le)),
            acteur: texte(&self.acteur_id),
            genre: &self.genre,
            cle: self.cle,
            etudiant: self.etudiant_id.as_ref().map(texte),
            edition: self.edition_id,
            code: self.code.as_deref(),
            situation: self.situation_id.as_ref().map(texte),
            preuve: self.preuve_id.as_ref().map(texte),
            de: self.de.as_deref(),
            vers: self.vers.as_deref(),
            vecu_le: self.vecu_le.as_ref().map(crate::date::iso),
            contenu: &self.contenu,
        };
        let jcs = serde_json_canonicalizer::to_vec(&signe).map_err(anyhow::Error::from)?;
        Ok(Some(
            Sha256::new().chain_update([0]).chain_update(sel).chain_update(jcs).finalize().to_vec(),
        ))
    }

    pub(super) fn empreinte_attendue(&self) -> Vec<u8> {
        Sha256::new()
            .chain_update([1])
            .chain_update(self.etablissement_id.to_be_bytes())
            .chain_update(self.seq.to_be_bytes())
            .chain_update(&self.precedent)
            .chain_update(&self.feuille)
            .finalize()
            .to_vec()
    }

    fn message(&self) -> Vec<u8> {
        [CONTEXTE, &self.empreinte].concat()
    }

    /// By this installation, or by the one that the school came from, up to the line where it left.
    pub(super) fn est_signee(&self, sceau: &Sceau, ailleurs: &[CleDAilleurs]) -> bool {
        if self.cle_id == sceau.cle_id {
            return sceau.verify(&self.message(), &self.signature);
        }
        let cle = ailleurs.iter().find(|c| c.cle_id == self.cle_id && self.seq <= c.jusqu_a_seq);
        cle.and_then(|c| c.cle.as_slice().try_into().ok())
            .is_some_and(|cle| sceau::verifier(&cle, &self.message(), &self.signature))
    }
}
