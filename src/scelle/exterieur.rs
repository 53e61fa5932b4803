//! From the command line, off line: is this document authentic?
use std::path::Path;

use super::{
    cles::Cles,
    declaration::{NOM, verifier as authentique},
    verdict::en_mots,
};
use crate::sas;

/// Nothing larger is a document of ours.
pub const OCTETS_MAX: u64 = 20 << 20;

/// The worst of two answers is the larger: 0 authentic, 1 not, 2 that could not be read; and the sentence that says so.
pub fn verifier(chemin: &Path, cles: &Cles) -> (u8, String) {
    let nom = chemin.display();
    let taille = std::fs::metadata(chemin).map(|m| m.len());
    if taille.as_ref().is_ok_and(|t| *t > OCTETS_MAX) {
        return (2, format!("✗ {nom}\u{a0}: illisible, plus de {}\u{a0}Mo", OCTETS_MAX >> 20));
    }
    let octets = match std::fs::read(chemin) {
        Ok(octets) => octets,
        Err(e) => return (2, format!("✗ {nom}\u{a0}: illisible ({})", en_francais(&e))),
    };
    let fichier = if est_pdf(&octets) { sas::lire_joint(octets, NOM) } else { Some(octets) };
    let Some(fichier) = fichier else {
        return (
            1,
            format!("✗ {nom}\u{a0}: non authentique, ce PDF ne porte pas de données signées"),
        );
    };
    match authentique(&fichier, cles) {
        Err(faute) => (1, format!("✗ {nom}\u{a0}: non authentique, {}", faute.en_mots())),
        Ok((d, empreinte)) => {
            let qui = d.candidat.as_ref().map_or_else(
                || "toute la promotion".to_owned(),
                |c| format!("{} {}", c.nom, c.prenom),
            );
            let phrase = format!(
                "✓ {nom}\u{a0}: authentique. {}, {qui}, session {}, {} ({}), émis le {}, n°\u{a0}{}, SHA-256 {empreinte}",
                d.titre,
                d.session,
                d.etablissement.nom,
                d.etablissement.uai,
                en_mots(&d.emise_le),
                d.id
            );
            (0, phrase)
        }
    }
}

pub fn est_pdf(octets: &[u8]) -> bool {
    octets.starts_with(b"%PDF-")
}

fn en_francais(e: &std::io::Error) -> &'static str {
    match e.kind() {
        std::io::ErrorKind::NotFound => "ce fichier n’existe pas",
        std::io::ErrorKind::PermissionDenied => "vous n’avez pas le droit de le lire",
        std::io::ErrorKind::IsADirectory => "c’est un dossier",
        _ => "la lecture a échoué",
    }
}
