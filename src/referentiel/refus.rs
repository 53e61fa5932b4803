//! Why a file is refused, in French, with the line.
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

#[derive(Debug, thiserror::Error)]
pub enum RefusEdition {
    #[error("ligne {ligne}\u{a0}: {motif}")]
    Texte { ligne: usize, motif: String },
    #[error(transparent)]
    Base(#[from] sqlx::Error),
}

impl RefusEdition {
    pub fn ligne(&self) -> Option<usize> {
        match self {
            Self::Texte { ligne, .. } => Some(*ligne),
            Self::Base(_) => None,
        }
    }

    /// What the reader of TOML did not understand.
    pub(super) fn forme(texte: &str, erreur: &toml::de::Error) -> Self {
        let debut = erreur.span().map_or(0, |s| s.start);
        Self::a_l_octet(texte, debut, en_francais(erreur.message()))
    }

    pub(super) fn a_l_octet(texte: &str, octet: usize, motif: String) -> Self {
        Self::Texte { ligne: ligne(texte, octet), motif }
    }

    /// What is well written but wrong, at `lieu` (a JSON pointer).
    pub(super) fn fond(texte: &str, lieu: &str, motif: String) -> Self {
        Self::a_l_octet(texte, octet(texte, lieu).unwrap_or_default(), motif)
    }
}

fn ligne(texte: &str, octet: usize) -> usize {
    texte.bytes().take(octet).filter(|&b| b == b'\n').count() + 1
}

/// Where `lieu` begins in the text, or the nearest table that holds it.
fn octet(texte: &str, lieu: &str) -> Option<usize> {
    let racine = DeTable::parse(texte).ok()?;
    let mut debut = None;
    let mut ici: Option<&DeValue<'_>> = None;
    for pas in lieu.split('/').skip(1) {
        let suivant: Option<&Spanned<DeValue<'_>>> = match ici {
            None => racine.get_ref().get(pas),
            Some(DeValue::Table(table)) => table.get(pas),
            Some(DeValue::Array(liste)) => pas.parse().ok().and_then(|i: usize| liste.get(i)),
            Some(_) => None,
        };
        let Some(suivant) = suivant else { break };
        debut = Some(suivant.span().start);
        ici = Some(suivant.get_ref());
    }
    debut
}

/// The reader speaks English: its messages are told again, with the words of the file kept as they are.
fn en_francais(message: &str) -> String {
    let mots: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    match (message, mots.as_slice()) {
        (m, [cle, ..]) if m.starts_with("missing field") => {
            format!("il manque «\u{a0}{cle}\u{a0}»")
        }
        (m, [cle, ..]) if m.starts_with("unknown field") => {
            format!("clé inconnue\u{a0}: «\u{a0}{cle}\u{a0}»")
        }
        (m, [mot, admis @ ..]) if m.starts_with("unknown variant") => {
            format!("«\u{a0}{mot}\u{a0}» n’est pas admis ici (admis\u{a0}: {})", admis.join(", "))
        }
        (m, _) if m.starts_with("duplicate key") => "cette clé est écrite deux fois".to_owned(),
        (m, _) if m.starts_with("invalid type") || m.starts_with("invalid value") => {
            "cette valeur n’est pas du type attendu (texte, nombre, oui ou non, liste)".to_owned()
        }
        _ => "ce n’est pas du TOML bien écrit (guillemet, crochet ou signe égal manquant, \
              caractère interdit…)"
            .to_owned(),
    }
}
