//! The clock, and dates, hours and plurals as French writes them.
use std::sync::{Arc, Mutex};

use time::{Date, Duration, Month, OffsetDateTime, PrimitiveDateTime};

/// The only place where the time comes from: tests hold their own.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> OffsetDateTime + Send + Sync>);

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn system() -> Self {
        Self(Arc::new(OffsetDateTime::now_utc))
    }

    /// A clock that stands still until told otherwise, and the hand that moves it.
    pub fn manual(start: OffsetDateTime) -> (Self, Hand) {
        let instant = Arc::new(Mutex::new(start));
        let hand = Hand(instant.clone());
        (
            Self(Arc::new(move || {
                *instant.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
            })),
            hand,
        )
    }

    /// Now, to the microsecond: what PostgreSQL keeps and the journal signs.
    pub fn now(&self) -> OffsetDateTime {
        let now = (self.0)();
        now - Duration::nanoseconds(i64::from(now.nanosecond() % 1000))
    }
}

/// Moves a manual clock.
#[derive(Clone)]
pub struct Hand(Arc<Mutex<OffsetDateTime>>);

impl Hand {
    pub fn advance(&self, by: Duration) {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) += by;
    }
}

const fn mois(month: Month) -> &'static str {
    match month {
        Month::January => "janvier",
        Month::February => "février",
        Month::March => "mars",
        Month::April => "avril",
        Month::May => "mai",
        Month::June => "juin",
        Month::July => "juillet",
        Month::August => "août",
        Month::September => "septembre",
        Month::October => "octobre",
        Month::November => "novembre",
        Month::December => "décembre",
    }
}

/// « 3 novembre 2026 », « 1er décembre 2026 ».
pub fn longue(date: &Date) -> String {
    let rang = if date.day() == 1 { "er" } else { "" };
    format!("{}{rang}\u{a0}{}\u{a0}{}", date.day(), mois(date.month()), date.year())
}

/// « 03/11/2026 ».
pub fn courte(date: &Date) -> String {
    format!("{:02}/{:02}/{}", date.day(), u8::from(date.month()), date.year())
}

/// « 2026-11-03 »: for `<input type=date>` and `<time datetime>`.
pub fn iso(date: &Date) -> String {
    format!("{}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day())
}

/// « 3 novembre 2026 à 14:05 ».
pub fn instant(le: &PrimitiveDateTime) -> String {
    format!("{} à {:02}:{:02}", longue(&le.date()), le.hour(), le.minute())
}

/// « 03/11/2026 à 14:05 ».
pub fn instant_court(le: &PrimitiveDateTime) -> String {
    format!("{} à {:02}:{:02}", courte(&le.date()), le.hour(), le.minute())
}

/// « 0 preuve », « 1 preuve », « 2 preuves »: in French, one and zero are singular.
pub fn nombre(n: impl std::borrow::Borrow<i64>, un: &str, plusieurs: &str) -> String {
    let n = *n.borrow();
    format!("{n}\u{a0}{}", if n.abs() < 2 { un } else { plusieurs })
}

/// Reads « 2026-11-03 » (what a browser sends) or « 03/11/2026 » (what a person types).
pub fn lire(texte: &str) -> Option<Date> {
    let texte = texte.trim();
    let (an, mois, jour) = if let Some((j, reste)) = texte.split_once('/') {
        let (m, a) = reste.split_once('/')?;
        (a, m, j)
    } else {
        let (a, reste) = texte.split_once('-')?;
        let (m, j) = reste.split_once('-')?;
        (a, m, j)
    };
    if an.len() != 4 {
        return None;
    }
    let mois = Month::try_from(mois.parse::<u8>().ok()?).ok()?;
    Date::from_calendar_date(an.parse().ok()?, mois, jour.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn the_first_of_a_month_is_an_ordinal_and_no_other() {
        assert_eq!(longue(&date!(2026 - 12 - 01)), "1er\u{a0}décembre\u{a0}2026");
        assert_eq!(longue(&date!(2026 - 11 - 03)), "3\u{a0}novembre\u{a0}2026");
    }

    #[test]
    fn zero_and_one_are_singular() {
        assert_eq!(nombre(0_i64, "preuve", "preuves"), "0\u{a0}preuve");
        assert_eq!(nombre(1_i64, "preuve", "preuves"), "1\u{a0}preuve");
        assert_eq!(nombre(2_i64, "preuve", "preuves"), "2\u{a0}preuves");
    }

    #[test]
    fn a_date_is_read_as_browsers_and_people_write_it_and_impossible_ones_are_refused() {
        assert_eq!(lire("2026-11-03"), Some(date!(2026 - 11 - 03)));
        assert_eq!(lire(" 03/11/2026 "), Some(date!(2026 - 11 - 03)));
        for impossible in ["31/02/2026", "11/31/2026", "03/11/26", "demain", ""] {
            assert_eq!(lire(impossible), None, "{impossible}");
        }
    }
}
