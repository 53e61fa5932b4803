//! Which sous-compétences a preuve may show: those that its words name, then what she showed last, then what nothing shows.
use crate::referentiel::{Edition, SousCompetence, replier};

use super::Memoire;

/// A sous-compétence to offer first, and why.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Suggestion {
    pub code: String,
    pub raison: &'static str,
}

const OFFERTES: usize = 5;
/// Words shorter than that say little, and endings less.
const RACINE: usize = 5;

/// The beginnings of the words of a text, folded.
fn racines(texte: &str) -> Vec<String> {
    let repli = replier(texte);
    let mots = repli.split(|c: char| !c.is_alphanumeric()).filter(|m| m.chars().count() >= RACINE);
    let mut racines: Vec<String> = mots.map(|m| m.chars().take(RACINE).collect()).collect();
    racines.sort_unstable();
    racines.dedup();
    racines
}

fn proximite(sc: &SousCompetence, dits: &[String]) -> usize {
    let criteres = sc.criteres.iter().map(|c| c.intitule.as_str());
    let label = racines(&sc.intitule);
    let autour = racines(&criteres.collect::<Vec<_>>().join(" "));
    dits.iter().map(|d| if label.contains(d) { 2 } else { usize::from(autour.contains(d)) }).sum()
}

/// The best first; never one that is `deja` there.
pub fn suggerer(
    edition: &Edition,
    texte: &str,
    memoire: &Memoire,
    deja: &[String],
) -> Vec<Suggestion> {
    let dits = racines(texte);
    let mut proches: Vec<(usize, &str)> = edition
        .sous_competences()
        .map(|sc| (proximite(sc, &dits), sc.code.as_str()))
        .filter(|p| p.0 > 0)
        .collect();
    proches.sort_by_key(|p| std::cmp::Reverse(p.0)); // stable: the order of the text between equals
    let proches = proches.into_iter().take(3).map(|p| (p.1, "d’après vos mots"));
    let recentes = memoire.recentes.iter().map(|c| (c.as_str(), "comme récemment"));
    let jamais = edition.sous_competences().map(|s| s.code.as_str());
    let jamais = jamais
        .filter(|c| !memoire.montrees.iter().any(|m| m == c))
        .map(|c| (c, "aucune preuve encore"));
    let mut offertes: Vec<Suggestion> = vec![];
    for (code, raison) in proches.chain(recentes.take(2)).chain(jamais) {
        let connue = edition.sous_competence(code).is_some();
        if connue && !deja.iter().any(|d| d == code) && offertes.iter().all(|o| o.code != code) {
            offertes.push(Suggestion { code: code.to_owned(), raison });
        }
    }
    offertes.truncate(OFFERTES);
    offertes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::referentiel::OFFICIEL;

    fn codes(texte: &str, memoire: &Memoire, deja: &[String]) -> Vec<(String, &'static str)> {
        let edition = Edition::lire(OFFICIEL).expect("the official text");
        suggerer(&edition, texte, memoire, deja).into_iter().map(|s| (s.code, s.raison)).collect()
    }

    #[test]
    fn the_words_of_a_preuve_come_first_then_habits_then_gaps() {
        let memoire = Memoire {
            recentes: vec!["2.1.1".into(), "9.9.9".into()],
            montrees: vec!["1.1.1".into(), "2.1.1".into()],
            ..Memoire::default()
        };
        let offertes = codes("J’ai organisé un ÉVÉNEMENT commercial", &memoire, &[]);
        assert_eq!(offertes[0].0, "1.3.1", "« Organiser un évènement commercial »: {offertes:?}");
        assert!(offertes.iter().any(|o| *o == ("2.1.1".into(), "comme récemment")), "{offertes:?}");
        assert!(offertes.iter().all(|o| o.0 != "9.9.9"), "of another edition");
        assert_eq!(offertes.len(), OFFERTES);
        let sans = codes("J’ai organisé un événement", &memoire, &["1.3.1".into()]);
        assert!(sans.iter().all(|o| o.0 != "1.3.1"), "already there");
    }

    #[test]
    fn without_a_word_nor_a_past_the_first_gaps_are_offered() {
        let offertes = codes("", &Memoire::default(), &[]);
        assert_eq!(offertes[0], ("1.1.1".into(), "aucune preuve encore"));
    }
}
