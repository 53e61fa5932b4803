//! What an arret freezes, as a canonical statement: its SHA-256 is the fingerprint that pages and papers show. Format 1,
//! fixed for ever: SHA-256(JCS(releve)), JCS being RFC 8785; integers are texts, levels in the order of their keys.
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::rejeu::{Case, Cle, CleDecision, Decision};
use crate::{date, error::Result};

/// Whose livret, and the line of the journal at which it was read.
#[derive(Debug, Clone, Copy)]
pub struct Lieu<'a> {
    pub etablissement_id: i64,
    pub etudiant_id: i64,
    pub seq: i64,
    pub empreinte: &'a [u8],
}

#[derive(Serialize)]
struct Releve<'a> {
    genre: &'static str,
    etablissement: String,
    etudiant: String,
    journal: Journal,
    niveaux: Vec<Niveau<'a>>,
    decisions: Vec<Dite<'a>>,
}

#[derive(Serialize)]
struct Journal {
    rang: String,
    empreinte: String,
}

#[derive(Serialize)]
struct Niveau<'a> {
    edition: Uuid,
    code: &'a str,
    situation: String,
    vecu_le: Option<String>,
    niveau: &'a str,
    remarque: &'a str,
    preuve: Option<String>,
    par: String,
    rang: String,
}

#[derive(Serialize)]
struct Dite<'a> {
    edition: Uuid,
    code: &'a str,
    niveau: &'a str,
    propose: Option<&'a str>,
    motif: &'a str,
    par: String,
    rang: String,
}

/// The fingerprint of a livret: what is cancelled or withdrawn is not in it.
pub fn empreinte<'a>(
    lieu: &Lieu<'_>,
    cases: impl Iterator<Item = (&'a Cle, &'a Case)>,
    decisions: impl Iterator<Item = (&'a CleDecision, &'a Decision)>,
) -> Result<Vec<u8>> {
    let niveau = |(cle, case): (&'a Cle, &'a Case)| {
        Some(Niveau {
            edition: cle.1,
            code: &cle.2,
            situation: cle.3.to_string(),
            vecu_le: case.vecu_le.as_ref().map(date::iso),
            niveau: case.niveau.as_deref()?,
            remarque: &case.remarque,
            preuve: case.preuve_id.map(|p| p.to_string()),
            par: case.par.to_string(),
            rang: case.version.to_string(),
        })
    };
    let dite = |(cle, d): (&'a CleDecision, &'a Decision)| {
        Some(Dite {
            edition: cle.1,
            code: &cle.2,
            niveau: d.niveau.as_deref()?,
            propose: d.propose.as_deref(),
            motif: &d.motif,
            par: d.par.to_string(),
            rang: d.version.to_string(),
        })
    };
    let releve = Releve {
        genre: "livret/releve/1",
        etablissement: lieu.etablissement_id.to_string(),
        etudiant: lieu.etudiant_id.to_string(),
        journal: Journal { rang: lieu.seq.to_string(), empreinte: hex::encode(lieu.empreinte) },
        niveaux: cases.filter_map(niveau).collect(),
        decisions: decisions.filter_map(dite).collect(),
    };
    let jcs = serde_json_canonicalizer::to_vec(&releve).map_err(anyhow::Error::from)?;
    Ok(Sha256::digest(jcs).to_vec())
}
