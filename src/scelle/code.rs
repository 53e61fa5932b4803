//! The little that a printed code holds, signed by itself: a phone verifies it without the file.
use std::io::{Read, Write};

use anyhow::Result;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};
use serde_json::{Value, json};

use super::{
    cles::{Cles, est_un_instant},
    declaration::{Declaration, Faute},
    json::lire,
};
use crate::sceau::{self, Sceau};

const CONTEXTE: &[u8] = b"livret/code/1\n";
const VERSION: u8 = 1;
/// A name longer than that is cut: the code must remain one that a phone reads.
const NOM_MAX: usize = 40;
const CLAIR_MAX: u64 = 16 << 10;
/// Before the values: the version, the name of the key, the signature.
const TETE: usize = 1 + 8 + 64;

fn court(texte: &str) -> String {
    if texte.chars().count() <= NOM_MAX {
        return texte.to_owned();
    }
    texte.chars().take(NOM_MAX - 1).chain(['…']).collect()
}

/// What the address holds after `#`.
///
/// # Errors
/// A key whose name is not eight bytes.
pub fn ecrire(declaration: &Declaration, sceau: &Sceau) -> Result<String> {
    let candidat = declaration.candidat.as_ref();
    let niveaux: Vec<[&str; 2]> =
        declaration.niveaux().into_iter().map(|(code, niveau)| [code, niveau]).collect();
    let clair = json!([
        declaration.id,
        declaration.genre,
        declaration.etablissement.uai,
        declaration.session,
        candidat.map_or_else(String::new, |c| court(&c.nom)),
        candidat.map_or_else(String::new, |c| court(&c.prenom)),
        candidat.and_then(|c| c.numero.as_deref()).unwrap_or_default(),
        niveaux,
        declaration.journal.seq,
        declaration.emise_le,
        URL_SAFE_NO_PAD.encode(hex::decode(declaration.empreinte()?)?),
    ]);
    let mut serre = DeflateEncoder::new(vec![], Compression::best());
    serre.write_all(&serde_json::to_vec(&clair)?)?;
    let serre = serre.finish()?;
    let signature = sceau.sign(&[CONTEXTE, &serre].concat());
    let octets =
        [&[VERSION], hex::decode(&sceau.cle_id)?.as_slice(), signature.as_slice(), &serre].concat();
    Ok(URL_SAFE_NO_PAD.encode(octets))
}

/// The values of a code, if it is authentic, in the order of `docs/scelle.md`.
///
/// # Errors
/// It is not.
pub fn verifier(texte: &str, cles: &Cles) -> Result<Vec<Value>, Faute> {
    // This decoder refuses what it would not have written.
    let octets = URL_SAFE_NO_PAD.decode(texte).map_err(|_| Faute::Illisible)?;
    if octets.len() <= TETE || octets[0] != VERSION {
        return Err(Faute::Illisible);
    }
    let (debut, serre) = octets.split_at(TETE);
    let (cle, publique) = cles.find(&hex::encode(&debut[1..9])).ok_or(Faute::Cle)?;
    if !sceau::verifier(&publique, &[CONTEXTE, serre].concat(), &debut[9..]) {
        return Err(Faute::Signature);
    }
    let mut clair = vec![];
    DeflateDecoder::new(serre)
        .take(CLAIR_MAX + 1)
        .read_to_end(&mut clair)
        .map_err(|_| Faute::Illisible)?;
    let Some(Value::Array(valeurs)) = lire(&clair).filter(|_| clair.len() as u64 <= CLAIR_MAX)
    else {
        return Err(Faute::Illisible);
    };
    let emise_le = valeurs.get(9).and_then(Value::as_str);
    match emise_le.filter(|i| valeurs.len() == 11 && est_un_instant(i)) {
        Some(instant) if cle.sert_a(instant) => Ok(valeurs),
        Some(_) => Err(Faute::Dates),
        None => Err(Faute::Illisible),
    }
}
