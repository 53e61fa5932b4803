//! Months in a row: what the drawings of time are laid upon.
use time::{Date, Month};

use crate::date;

/// A month of a year, counted from the year 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mois(i32);

const COURTS: [&str; 12] = [
    "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.",
    "déc.",
];

impl Mois {
    pub fn de(jour: Date) -> Self {
        Self(jour.year() * 12 + i32::from(u8::from(jour.month())) - 1)
    }

    /// Those of these days and between, the last ones when there are more; none when the last day comes before.
    pub fn suite(debut: Date, fin: Date, au_plus: usize) -> Vec<Self> {
        let (debut, fin) = (Self::de(debut), Self::de(fin));
        let premier = fin.0 + 1 - i32::try_from(au_plus).unwrap_or(i32::MAX);
        (debut.0.max(premier)..=fin.0).map(Self).collect()
    }

    /// How many months after that one.
    pub fn depuis(self, autre: Self) -> usize {
        usize::try_from(self.0 - autre.0).unwrap_or(0)
    }

    fn rang(self) -> usize {
        usize::try_from(self.0.rem_euclid(12)).unwrap_or(0)
    }

    /// « nov. 2026 ».
    pub fn court(self) -> String {
        format!("{}\u{a0}{}", COURTS[self.rang()], self.0.div_euclid(12))
    }

    /// « novembre 2026 ».
    pub fn long(self) -> String {
        let premier = u8::try_from(self.rang() + 1).ok().and_then(|m| Month::try_from(m).ok());
        let premier =
            premier.and_then(|m| Date::from_calendar_date(self.0.div_euclid(12), m, 1).ok());
        let longue = premier.as_ref().map(date::longue).unwrap_or_default();
        longue.split_once('\u{a0}').map_or(String::new(), |(_, mois)| mois.to_owned())
    }
}

/// « 12 nov. 2026 », « 1er déc. 2026 ».
pub fn jour_court(jour: Date) -> String {
    let rang = if jour.day() == 1 { "er" } else { "" };
    format!("{}{rang}\u{a0}{}", jour.day(), Mois::de(jour).court())
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn months_follow_each_other_over_the_year_and_have_their_names() {
        let (debut, fin) = (date!(2025 - 11 - 30), date!(2026 - 02 - 01));
        let noms: Vec<_> = Mois::suite(debut, fin, 9).into_iter().map(Mois::court).collect();
        assert_eq!(
            noms,
            ["nov.\u{a0}2025", "déc.\u{a0}2025", "janv.\u{a0}2026", "févr.\u{a0}2026"]
        );
        assert_eq!(Mois::suite(fin, debut, 9), []);
        assert_eq!(
            Mois::suite(date!(0001 - 01 - 01), fin, 2),
            Mois::suite(date!(2026 - 01 - 31), fin, 9)
        );
        let (debut, fin) = (Mois::de(debut), Mois::de(fin));
        assert_eq!((fin.depuis(debut), debut.depuis(fin)), (3, 0));
        assert_eq!(fin.long(), "février\u{a0}2026");
        assert_eq!(jour_court(date!(2026 - 08 - 01)), "1er\u{a0}août\u{a0}2026");
    }
}
