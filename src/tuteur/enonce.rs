//! What a tutor is asked, in company words: read from data, edition by edition.
use std::sync::LazyLock;

use serde::Deserialize;

static TOUS: LazyLock<Vec<Questionnaire>> = LazyLock::new(|| {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Fichier {
        editions: Vec<Questionnaire>,
    }
    toml::from_str::<Fichier>(include_str!("enonces.toml"))
        .expect("the questions that came with the program can be read: a test says so")
        .editions
});

/// The questions of an edition of the référentiel, and the answers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Questionnaire {
    /// Code of the edition that it goes with.
    pub edition: String,
    /// At most so many questions at first sight.
    pub quelques: usize,
    pub reponses: Vec<Reponse>,
    pub enonces: Vec<Enonce>,
}

/// What may be answered.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reponse {
    pub code: String,
    pub intitule: String,
    /// She saw it: « Non observé » says nothing of the trainee.
    pub observe: bool,
}

/// One question, and the sous-compétences that it sheds light on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enonce {
    pub code: String,
    pub texte: String,
    pub codes: Vec<String>,
}

impl Questionnaire {
    /// Of this edition; none where nobody wrote the questions.
    pub fn de(edition: &str) -> Option<&'static Self> {
        TOUS.iter().find(|q| q.edition == edition)
    }

    pub fn enonce(&self, code: &str) -> Option<&Enonce> {
        self.enonces.iter().find(|e| e.code == code)
    }

    pub fn reponse(&self, code: &str) -> Option<&Reponse> {
        self.reponses.iter().find(|r| r.code == code)
    }

    /// Those that the missions of a period serve, the most served first to be kept; the others. All at first sight when
    /// no mission says what it serves.
    pub fn partage(&self, missions: &[String]) -> (Vec<&Enonce>, Vec<&Enonce>) {
        let sert = |e: &Enonce| missions.iter().filter(|m| e.codes.contains(m)).count();
        let mut par_service: Vec<&Enonce> = self.enonces.iter().filter(|e| sert(e) > 0).collect();
        if par_service.is_empty() {
            return (self.enonces.iter().collect(), vec![]);
        }
        par_service.sort_by_key(|e| std::cmp::Reverse(sert(e)));
        par_service.truncate(self.quelques);
        self.enonces.iter().partition(|e| par_service.iter().any(|p| p.code == e.code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn q() -> &'static Questionnaire {
        Questionnaire::de("NDRC-2018").unwrap()
    }

    #[test]
    fn the_missions_choose_what_is_asked_first_and_nothing_is_lost() {
        let (toutes, reste) = q().partage(&[]);
        assert_eq!((toutes.len(), reste.len()), (q().enonces.len(), 0));
        let (la, reste) = q().partage(&["1.2.1".into(), "3.1.2".into()]);
        assert_eq!(la.iter().map(|e| e.code.as_str()).collect::<Vec<_>>(), ["vente", "magasin"]);
        assert_eq!(la.len() + reste.len(), q().enonces.len());
        let tout: Vec<String> = q().enonces.iter().flat_map(|e| e.codes.clone()).collect();
        assert_eq!(q().partage(&tout).0.len(), q().quelques);
    }
}
