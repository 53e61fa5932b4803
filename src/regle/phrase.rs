//! The rules and what they propose, in words.
use time::{Duration, macros::date};

use super::{Fait, Proposition, Regle, Revision, calcul::PONDEREES, proposer};
use crate::{date, referentiel::Niveau, situation::contexte};

impl Regle {
    /// « Majorité des 4 dernières ».
    pub fn intitule(self) -> String {
        match self {
            Self::Derniere => "Dernière situation".to_owned(),
            Self::Ponderees => "Dernières pondérées".to_owned(),
            Self::Majorite(1) => "Majorité de la dernière".to_owned(),
            Self::Majorite(n) => format!("Majorité des {n}\u{a0}dernières"),
            Self::Meilleure(1) => "Meilleure de la dernière".to_owned(),
            Self::Meilleure(n) => format!("Meilleure des {n}\u{a0}dernières"),
        }
    }

    /// What it does, for who has never heard of it.
    pub fn explication(self) -> String {
        match self {
            Self::Derniere => {
                "Le niveau proposé est celui de la dernière situation, par sa date.".to_owned()
            }
            Self::Ponderees => format!(
                "Le niveau proposé est le plus haut que les deux tiers du poids atteignent, sur les {PONDEREES}\u{a0}dernières \
                 situations\u{a0}: chacune pèse le double de la précédente. Une seule réussite récente, après \
                 plusieurs échecs, ne suffit pas encore."
            ),
            Self::Majorite(n) => format!(
                "Le niveau proposé est le plus haut que plus de la moitié des {n}\u{a0}dernières situations atteignent. À \
                 égalité, c’est le plus prudent."
            ),
            Self::Meilleure(n) => format!(
                "Le niveau proposé est le plus haut des {n}\u{a0}dernières situations, par leur date."
            ),
        }
    }

    /// « Exemple : S, TS, I, I, puis S : I. » The rule itself does the sum, so that the example cannot lie.
    pub fn exemple(self, echelle: &[Niveau]) -> String {
        let reels: Vec<&Niveau> = echelle.iter().filter(|n| n.rang.is_some()).collect();
        let fait = |(situation_id, place): (i64, usize)| Fait {
            etudiant_id: 0,
            code: String::new(),
            situation_id,
            niveau: reels
                .get(place.min(reels.len().saturating_sub(1)))
                .map_or(String::new(), |n| n.code.clone()),
            vecu_le: date!(2000 - 01 - 01) + Duration::days(situation_id),
            contexte: String::new(),
            version: situation_id,
        };
        let faits: Vec<Fait> = (1..).zip([2, 3, 1, 1, 2]).map(fait).collect();
        let Some(propose) = proposer(self, echelle, &faits.iter().collect::<Vec<_>>()) else {
            return String::new();
        };
        let suite: Vec<&str> = faits.iter().map(|f| f.niveau.as_str()).collect();
        format!(
            "Exemple\u{a0}: {}, dans cet ordre, proposent {}.",
            suite.join(", "),
            propose.niveau
        )
    }
}

impl Proposition {
    /// « 3 situations sur 4 à ce niveau, dernière le 4 février 2026 en stage ».
    pub fn phrase(&self) -> String {
        let quand = quand(self.derniere, &self.contexte);
        if self.situations == 1 {
            return format!("une seule situation, le {quand}");
        }
        let toutes = if self.retenues < self.situations {
            format!(" ({} en tout)", self.situations)
        } else {
            String::new()
        };
        match self.regle {
            Regle::Derniere => format!(
                "dernière de {}\u{a0}situations, le {quand}, {} sur {} {}",
                self.situations,
                self.egales,
                self.situations,
                if self.egales < 2 { "à ce niveau" } else { "concordantes" }
            ),
            Regle::Meilleure(_) => format!(
                "meilleur niveau des {}\u{a0}dernières situations{toutes}, dernière le {quand}",
                self.retenues
            ),
            Regle::Majorite(_) => format!("{}{toutes}, dernière le {quand}", self.accord()),
            Regle::Ponderees => format!(
                "{}{toutes}, qui pèsent {} sur {}, dernière le {quand}",
                self.accord(),
                self.poids.0,
                self.poids.1
            ),
        }
    }

    /// « 3 situations sur 4 concordantes », or « à ce niveau ou au-dessus » when some are higher.
    fn accord(&self) -> String {
        let situations = date::nombre(i64_of(self.appui), "situation", "situations");
        let comment = if self.appui > self.concordantes {
            "à ce niveau ou au-dessus"
        } else if self.appui < 2 {
            "concordante"
        } else {
            "concordantes"
        };
        format!("{situations} sur {} {comment}", self.retenues)
    }

    /// The code, then the sentence: « TS : 3 situations sur 4 concordantes, dernière le … ».
    pub fn en_mots(&self) -> String {
        format!("{}\u{a0}: {}", self.niveau, self.phrase())
    }
}

impl Revision {
    /// « 2 situations vécues depuis disent autre chose, la dernière TI le 10 mars 2026 en stage ».
    pub fn phrase(&self) -> String {
        let quand = quand(self.vecu_le, &self.contexte);
        if self.situations < 2 {
            return format!("la situation du {quand} dit {}", self.niveau);
        }
        format!(
            "{}\u{a0}situations vécues depuis disent autre chose, la dernière {} le {quand}",
            self.situations, self.niveau
        )
    }
}

fn quand(le: time::Date, ou: &str) -> String {
    format!("{} {}", date::longue(&le), contexte(ou).to_lowercase())
}

fn i64_of(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
