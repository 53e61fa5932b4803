//! Choosing a period: what is typed, and the periods that a promotion's own calendar suggests.
use serde::Deserialize;
use time::{Date, Month};

use super::Periode;
use crate::{date, form::FormErrors};

/// The part of the address after `?`, as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Choix {
    pub du: String,
    pub au: String,
}

/// A period that somebody may want, and its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Raccourci {
    pub nom: &'static str,
    pub periode: Periode,
}

impl Raccourci {
    /// The question that asks for it.
    pub fn question(&self) -> String {
        format!("du={}&au={}", date::iso(&self.periode.du), date::iso(&self.periode.au))
    }

    /// « du 1er septembre 2026 au 24 novembre 2026 ».
    pub fn en_mots(&self) -> String {
        let (du, au) = (date::longue(&self.periode.du), date::longue(&self.periode.au));
        format!("du {du} au {au}")
    }
}

impl Choix {
    /// From the last rentrée until today.
    pub fn par_defaut(debut: Date, jour: Date) -> Self {
        let Periode { du, au } = depuis_la_rentree(debut, jour);
        Self { du: date::iso(&du), au: date::iso(&au) }
    }

    /// What was left empty is as by default.
    pub fn periode(&self, debut: Date, jour: Date, erreurs: &mut FormErrors) -> Option<Periode> {
        let propose = Self::par_defaut(debut, jour);
        let dit = |typed: &str, sinon: &str| {
            date::lire(if typed.trim().is_empty() { sinon } else { typed })
                .filter(|le| (1000..=9999).contains(&le.year()))
        };
        let (du, au) = (dit(&self.du, &propose.du), dit(&self.au, &propose.au));
        for (champ, lue) in [("du", du), ("au", au)] {
            if lue.is_none() {
                erreurs.add(champ, "Cette date n’existe pas. Écrivez-la jj/mm/aaaa.");
            }
        }
        let periode = Periode { du: du?, au: au? };
        if periode.au < periode.du {
            erreurs.add(
                "au",
                "La période finit avant de commencer\u{a0}: corrigez l’une des deux dates.",
            );
            return None;
        }
        Some(periode)
    }

    /// A field for dates shows nothing of one that does not exist: that one is shown as the text that it is.
    pub fn genre(typed: &str) -> &'static str {
        if typed.is_empty() || date::lire(typed).is_some() { "date" } else { "text" }
    }

    /// What the field holds: a date as fields for dates want it, anything else as it was typed.
    pub fn valeur(typed: &str) -> String {
        date::lire(typed).map_or_else(|| typed.to_owned(), |le| date::iso(&le))
    }
}

/// So many months later, on the same day of the month, or on its last when it has no such day.
fn mois_apres(le: Date, combien: i32) -> Date {
    let rang = le.year() * 12 + i32::from(u8::from(le.month())) - 1 + combien;
    let mois = u8::try_from(rang.rem_euclid(12) + 1).ok().and_then(|m| Month::try_from(m).ok());
    let (an, mois) = (rang.div_euclid(12), mois.unwrap_or(Month::January));
    Date::from_calendar_date(an, mois, le.day().min(mois.length(an))).unwrap_or(le)
}

/// The first day of the year of training under way: the promotion's own first day, so many whole years later.
fn rentree(debut: Date, jour: Date) -> Date {
    let ans = (jour.year() - debut.year()).max(0);
    let le = mois_apres(debut, ans * 12);
    if le <= jour { le } else { mois_apres(debut, (ans - 1).max(0) * 12) }
}

fn depuis_la_rentree(debut: Date, jour: Date) -> Periode {
    Periode { du: rentree(debut, jour).min(jour), au: jour }
}

/// The periods that this promotion may want on that day, the most usual first; none twice, none before its first day.
pub(super) fn raccourcis(debut: Date, jour: Date) -> Vec<Raccourci> {
    let rentree = rentree(debut, jour);
    let milieu = mois_apres(rentree, 6);
    let veille = |le: Date| le.previous_day().unwrap_or(le);
    let semestre = if jour < milieu { rentree } else { milieu };
    let du_mois = jour.replace_day(1).unwrap_or(jour);
    let possibles = [
        ("Depuis la rentrée", rentree, jour),
        ("Le semestre en cours", semestre, jour),
        ("Le semestre précédent", mois_apres(semestre, -6), veille(semestre)),
        ("Le mois dernier", mois_apres(du_mois, -1).max(debut), veille(du_mois)),
        ("Depuis le début de la formation", debut, jour),
    ];
    let mut choisis: Vec<Raccourci> = vec![];
    for (nom, du, au) in possibles {
        let periode = Periode { du, au };
        if debut <= du && du <= au && choisis.iter().all(|c| c.periode != periode) {
            choisis.push(Raccourci { nom, periode });
        }
    }
    choisis
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    fn noms(debut: Date, jour: Date) -> Vec<(&'static str, Date, Date)> {
        raccourcis(debut, jour).iter().map(|r| (r.nom, r.periode.du, r.periode.au)).collect()
    }

    #[test]
    fn periods_come_from_the_calendar_of_the_promotion() {
        let debut = date!(2025 - 09 - 01);
        let jour = date!(2026 - 11 - 24);
        assert_eq!(
            noms(debut, jour),
            [
                ("Depuis la rentrée", date!(2026 - 09 - 01), jour),
                ("Le semestre précédent", date!(2026 - 03 - 01), date!(2026 - 08 - 31)),
                ("Le mois dernier", date!(2026 - 10 - 01), date!(2026 - 10 - 31)),
                ("Depuis le début de la formation", debut, jour),
            ]
        );
        let jour = date!(2026 - 04 - 10);
        assert_eq!(
            noms(debut, jour),
            [
                ("Depuis la rentrée", debut, jour),
                ("Le semestre en cours", date!(2026 - 03 - 01), jour),
                ("Le semestre précédent", debut, date!(2026 - 02 - 28)),
                ("Le mois dernier", date!(2026 - 03 - 01), date!(2026 - 03 - 31)),
            ]
        );
    }

    #[test]
    fn nothing_is_suggested_before_the_first_day_and_a_month_may_be_short() {
        let debut = date!(2026 - 08 - 31);
        assert_eq!(noms(debut, debut), [("Depuis la rentrée", debut, debut)]);
        assert_eq!(noms(debut, date!(2026 - 06 - 01)), [], "not begun yet");
        let vus = noms(debut, date!(2027 - 03 - 01));
        assert!(vus.contains(&(
            "Le semestre en cours",
            date!(2027 - 02 - 28),
            date!(2027 - 03 - 01)
        )));
        let defaut = Choix::par_defaut(debut, date!(2026 - 06 - 01));
        assert_eq!((defaut.du.as_str(), defaut.au.as_str()), ("2026-06-01", "2026-06-01"));
        assert_eq!(mois_apres(date!(2026 - 01 - 15), -1), date!(2025 - 12 - 15));
        assert_eq!(rentree(date!(2024 - 02 - 29), date!(2026 - 05 - 01)), date!(2026 - 02 - 28));
    }

    #[test]
    fn what_a_field_for_dates_would_hide_is_shown_as_text() {
        for (typed, genre, valeur) in [
            ("2026-11-03", "date", "2026-11-03"),
            ("03/11/2026", "date", "2026-11-03"),
            ("", "date", ""),
            ("2026-02-31", "text", "2026-02-31"),
            ("hier", "text", "hier"),
        ] {
            assert_eq!((Choix::genre(typed), Choix::valeur(typed).as_str()), (genre, valeur));
        }
    }
}
