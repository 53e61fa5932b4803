//! What names a person in what others wrote, as one regular expression of PostgreSQL: accents or not, capitals or not.
use std::fmt::Write;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Letters that are written in several ways.
const VARIANTES: [(char, &str); 8] = [
    ('a', "aàâäáãå"),
    ('c', "cç"),
    ('e', "eéèêë"),
    ('i', "iîïíì"),
    ('n', "nñ"),
    ('o', "oôöóòõø"),
    ('u', "uùûüú"),
    ('y', "yÿý"),
];
/// A name alone is looked for from this length on.
const SEUL_MIN: usize = 3;

/// Who is to be forgotten.
#[derive(Debug, Clone, Default)]
pub struct Nommee {
    pub nom: String,
    pub prenom: String,
    /// Identifiants and addresses.
    pub traces: Vec<String>,
}

/// The expression, and whether her nom or her prénom alone are part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Motif {
    pub expression: String,
    /// Words that are looked for alone.
    pub seuls: Vec<String>,
    /// Words that somebody else bears too: where they stand alone, nothing says that it is she.
    pub partages: Vec<String>,
}

/// « Éloïse » and « ELOISE » are the same.
pub fn plat(texte: &str) -> String {
    let lettres = texte.nfkd().filter(|c| !is_combining_mark(*c));
    let plat: String = lettres.flat_map(char::to_lowercase).collect();
    plat.replace('œ', "oe").replace('æ', "ae").replace('ß', "ss")
}

impl Motif {
    /// `autres`: noms and prénoms of everybody else in the school; `seuls`: her nom and her prénom alone are looked for too.
    pub fn de(elle: &Nommee, autres: &[String], seuls: bool) -> Self {
        let (nom, prenom) = (mots(&elle.nom), mots(&elle.prenom));
        let mut formes = vec![format!("{nom}{ENTRE}{prenom}"), format!("{prenom}{ENTRE}{nom}")];
        for trace in &elle.traces {
            if trace.contains(|c: char| !c.is_alphabetic()) {
                formes.push(mots(trace));
            }
        }
        let portes: Vec<String> = autres
            .iter()
            .flat_map(|a| {
                [plat(a)]
                    .into_iter()
                    .chain(plat(a).split([' ', '-']).map(str::to_owned).collect::<Vec<_>>())
            })
            .collect();
        let (mut cherches, mut partages) = (vec![], vec![]);
        for mot in [&elle.nom, &elle.prenom] {
            if mot.chars().count() < SEUL_MIN {
                continue;
            }
            if portes.contains(&plat(mot)) {
                partages.push(mot.clone());
            } else if seuls {
                formes.push(capitale(mot));
                cherches.push(mot.clone());
            }
        }
        Self { expression: format!(r"\m(?:{})\M", formes.join("|")), seuls: cherches, partages }
    }
}

/// Between a prénom and a nom.
const ENTRE: &str = "[[:space:]\u{a0}\u{202f},._-]+";

/// One letter, in every way that it is written; `haute`: as a capital only.
fn lettre(dit: &mut String, c: char, haute: bool) {
    let base = VARIANTES.iter().find(|(b, _)| *b == c);
    let formes = base.map_or_else(|| c.to_string(), |(_, v)| (*v).to_owned());
    let hautes: String =
        formes.chars().flat_map(char::to_uppercase).filter(|h| !formes.contains(*h)).collect();
    let formes = if haute && !hautes.is_empty() { hautes } else { formes + &hautes };
    let _ = write!(dit, "[{formes}]");
    if base.is_some() {
        dit.push_str(r"[\u0300-\u036f]*");
    }
}

fn ecrire(texte: &str, capitale: bool) -> String {
    let mut dit = String::new();
    let plat = plat(texte.trim());
    let lettres: Vec<char> = plat.chars().collect();
    for (n, &c) in lettres.iter().enumerate() {
        match c {
            // « œ » and « oe » are the same.
            'o' if lettres.get(n + 1) == Some(&'e') => {
                dit.push_str("(?:[œŒ]|");
                lettre(&mut dit, 'o', capitale && n == 0);
            }
            'e' if n > 0 && lettres[n - 1] == 'o' => {
                lettre(&mut dit, 'e', false);
                dit.push(')');
            }
            c if c.is_alphabetic() => lettre(&mut dit, c, capitale && n == 0),
            c if c.is_ascii_digit() || c == '_' => dit.push(c),
            '\'' | '’' => dit.push_str("['’]"),
            ' ' | '-' => dit.push_str("[[:space:]\u{a0}-]+"),
            c if c.is_ascii_punctuation() => {
                dit.push('\\');
                dit.push(c);
            }
            c => dit.push(c),
        }
    }
    dit
}

fn mots(texte: &str) -> String {
    ecrire(texte, false)
}

/// A word alone is hers when it begins with a capital: « Petit » is a name, « petit » is none.
fn capitale(texte: &str) -> String {
    ecrire(texte, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elle(nom: &str, prenom: &str) -> Nommee {
        Nommee {
            nom: nom.into(),
            prenom: prenom.into(),
            traces: vec!["zoe.etienne".into(), "zoe".into()],
        }
    }

    #[test]
    fn a_name_that_somebody_else_bears_is_not_looked_for_alone() {
        let motif = Motif::de(&elle("ÉTIENNE", "Zoé"), &["Martin".into(), "Zoe-Lou".into()], true);
        assert_eq!(
            (motif.seuls, motif.partages),
            (vec!["ÉTIENNE".to_owned()], vec!["Zoé".to_owned()])
        );
        let motif = Motif::de(&elle("LI", "Zoé"), &[], true);
        assert_eq!(motif.seuls, ["Zoé"], "two letters are too few");
        let motif = Motif::de(&elle("ÉTIENNE", "Zoé"), &[], false);
        assert!(motif.seuls.is_empty());
    }

    #[test]
    fn an_identifiant_that_is_a_word_is_not_looked_for() {
        let sans_le_mot = Nommee { traces: vec!["zoe.etienne".into()], ..elle("ÉTIENNE", "Zoé") };
        assert_eq!(
            Motif::de(&elle("ÉTIENNE", "Zoé"), &[], false),
            Motif::de(&sans_le_mot, &[], false)
        );
    }
}
