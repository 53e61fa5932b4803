//! Searching without accents: each edition is folded once, then only read.
use serde_json::Value;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::{edition::Edition, element::Element};

/// An element as it is searched: lower case, no accent, plain quotes and spaces.
#[derive(Debug)]
pub struct Repli {
    code: String,
    titre: String,
    contenu: Vec<(String, String)>,
}

#[derive(Debug)]
pub struct Trouvaille<'a> {
    pub element: &'a Element,
    /// The passage that answers, where the title does not.
    pub extrait: Option<&'a str>,
}

/// « Évènement » → « evenement », « œuvre » → « oeuvre ».
pub fn replier(texte: &str) -> String {
    let mut repli = String::with_capacity(texte.len());
    for c in texte.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        match c {
            'œ' => repli.push_str("oe"),
            'æ' => repli.push_str("ae"),
            '’' | 'ʼ' => repli.push('\''),
            '–' | '—' | '‑' => repli.push('-'),
            c if c.is_whitespace() => repli.push(' '), // the no-break ones too
            c => repli.push(c),
        }
    }
    repli
}

/// The words to find. A lone letter (« l’ ») counts only when there is nothing else.
fn mots(q: &str) -> Vec<String> {
    let repli = replier(q);
    let mots = repli
        .split(|c: char| !c.is_alphanumeric() && c != '.' && c != '-')
        .map(|m| m.trim_matches(['.', '-']))
        .filter(|m| !m.is_empty());
    let (longs, seuls): (Vec<_>, Vec<_>) = mots.map(str::to_owned).partition(|m| m.len() > 1);
    if longs.is_empty() { seuls } else { longs }
}

/// A word answers where one begins with it: « art » is not in « partenaire ».
fn contient(texte: &str, mot: &str) -> bool {
    let debut = |i: usize| !texte[..i].ends_with(char::is_alphanumeric);
    texte.match_indices(mot).any(|(i, _)| debut(i))
}

fn phrases(valeur: &Value) -> Vec<&str> {
    match valeur {
        Value::String(s) => vec![s],
        Value::Array(a) => a.iter().flat_map(phrases).collect(),
        _ => Vec::new(),
    }
}

impl Repli {
    pub fn new(element: &Element) -> Self {
        let contenu = element.contenu.values().flat_map(phrases);
        Self {
            code: replier(&element.code),
            titre: replier(&element.intitule),
            contenu: contenu.map(|p| (replier(p), p.to_owned())).collect(),
        }
    }

    /// The code itself, a code below it, the title, the content: 0 is best, nothing is no answer.
    fn rang(&self, q: &str, mots: &[String]) -> Option<u8> {
        if self.code == q {
            return Some(0);
        }
        let au_code = |m: &String| self.code.starts_with(m.as_str());
        let au_titre = |m: &String| contient(&self.titre, m);
        let au_contenu = |m: &String| self.contenu.iter().any(|(p, _)| contient(p, m));
        if mots.iter().all(au_code) {
            Some(1)
        } else if mots.iter().all(|m| au_titre(m) || au_code(m)) {
            Some(if contient(&self.titre, q) { 2 } else { 3 })
        } else {
            mots.iter().all(|m| au_titre(m) || au_code(m) || au_contenu(m)).then_some(4)
        }
    }

    fn extrait(&self, mots: &[String]) -> Option<&str> {
        let poids = |p: &str| mots.iter().filter(|m| contient(p, m)).count();
        let meilleur = self.contenu.iter().rev().max_by_key(|(p, _)| poids(p))?;
        (poids(&meilleur.0) > 0).then_some(meilleur.1.as_str())
    }
}

impl Edition {
    /// All the words, the best answers first, then in the order of the text.
    pub fn chercher(&self, q: &str) -> Vec<Trouvaille<'_>> {
        let mots = mots(q);
        if mots.is_empty() {
            return Vec::new();
        }
        let q = replier(q.trim());
        let mut trouves: Vec<_> = self
            .elements
            .iter()
            .zip(&self.replis)
            .filter_map(|(element, repli)| Some((repli.rang(&q, &mots)?, element, repli)))
            .collect();
        trouves.sort_by_key(|&(rang, element, _)| (rang, element.rang));
        trouves
            .into_iter()
            .map(|(rang, element, repli)| Trouvaille {
                element,
                extrait: if rang == 4 { repli.extrait(&mots) } else { None },
            })
            .collect()
    }
}
