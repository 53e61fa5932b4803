//! How much presence a period makes: pure arithmetic on dates and minutes.
//!
//! Source: annexe III-2 of the national circular, after art. L. 124-18 of the code de l'éducation. Seven hours of presence,
//! consecutive or not, are a day: hours add up over the whole period, and what is left of the last day does not count.
use time::Date;

/// Minutes of presence for each day of the week, Monday first.
pub type Rythme = [u32; 7];

/// Days when she was not there, both counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absence {
    pub du: Date,
    pub au: Date,
    pub motif: String,
}

/// When she is there.
#[derive(Debug, Clone)]
pub struct Presence<'a> {
    pub du: Date,
    pub au: Date,
    /// Last day of presence, when it was cut short.
    pub interrompue_le: Option<Date>,
    pub rythme: Rythme,
    pub absences: &'a [Absence],
}

/// Minutes of presence up to a day, and of the whole period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Minutes {
    pub faites: u64,
    pub toutes: u64,
}

impl Presence<'_> {
    pub fn fin(&self) -> Date {
        self.interrompue_le.map_or(self.au, |le| le.min(self.au))
    }

    fn absente(&self, jour: Date) -> bool {
        self.absences.iter().any(|a| a.du <= jour && jour <= a.au)
    }

    /// What was done by the end of `jour`, and all of it.
    pub fn minutes(&self, jour: Date) -> Minutes {
        let mut m = Minutes::default();
        let mut suivant = Some(self.du);
        while let Some(le) = suivant.filter(|le| *le <= self.fin()) {
            if !self.absente(le) {
                let rang = usize::from(le.weekday().number_days_from_monday());
                let la = u64::from(self.rythme[rang]);
                m.toutes += la;
                if le <= jour {
                    m.faites += la;
                }
            }
            suivant = le.next_day(); // none after the last day of the calendar
        }
        m
    }
}

/// Whole days in so many minutes of presence.
pub fn jours(minutes: u64, heures_par_jour: u32) -> u32 {
    let par_jour = u64::from(heures_par_jour.max(1)) * 60;
    u32::try_from(minutes / par_jour).unwrap_or(u32::MAX)
}

/// The first of these periods that has a day in common with `du`–`au`.
pub fn recouvre(deja: &[(i64, Date, Date)], du: Date, au: Date) -> Option<i64> {
    deja.iter().find(|(_, d, a)| *d <= au && du <= *a).map(|(id, ..)| *id)
}

/// « 15 semaines et 4 jours ».
pub fn en_semaines(jours: u32, par_semaine: u32) -> String {
    let nombre = |n: u32, un, plusieurs| crate::date::nombre(i64::from(n), un, plusieurs);
    let (semaines, reste) = (jours / par_semaine.max(1), jours % par_semaine.max(1));
    match (semaines, reste) {
        (0, j) => nombre(j, "jour", "jours"),
        (s, 0) => nombre(s, "semaine", "semaines"),
        (s, j) => format!("{} et {}", nombre(s, "semaine", "semaines"), nombre(j, "jour", "jours")),
    }
}

#[cfg(test)]
mod tests {
    use time::{Duration, macros::date};

    use super::*;
    use crate::date;

    const PLEIN: Rythme = [420, 420, 420, 420, 420, 0, 0];

    fn presence(du: Date, au: Date, rythme: Rythme) -> Presence<'static> {
        Presence { du, au, interrompue_le: None, rythme, absences: &[] }
    }

    fn jours_de(p: &Presence) -> u32 {
        jours(p.minutes(Date::MAX).toutes, 7)
    }

    #[test]
    fn days_are_hours_added_up() {
        let moitie = [210, 210, 210, 210, 210, 0, 0];
        let trente_neuf = [468, 468, 468, 468, 468, 0, 0];
        let samedis = [0, 0, 0, 0, 0, 420, 0];
        for (nom, du, au, rythme, attendu) in [
            ("a week", "2027-01-04", "2027-01-08", PLEIN, 5),
            ("a day", "2027-01-04", "2027-01-04", PLEIN, 1),
            ("a Sunday", "2027-01-03", "2027-01-03", PLEIN, 0),
            ("a week-end is in it", "2027-01-04", "2027-01-15", PLEIN, 10),
            ("half time", "2027-01-04", "2027-01-08", moitie, 2),
            ("39 hours make five days and a half", "2027-01-04", "2027-01-08", trente_neuf, 5),
            ("two such weeks make eleven days", "2027-01-04", "2027-01-17", trente_neuf, 11),
            ("Saturdays only", "2027-01-01", "2027-01-31", samedis, 5),
            ("29 February of a leap year", "2028-02-28", "2028-03-01", PLEIN, 3),
            ("no 29 February", "2027-02-26", "2027-03-01", PLEIN, 2),
            ("over the change of hour", "2027-03-22", "2027-04-02", PLEIN, 10),
            ("over the new year", "2026-12-28", "2027-01-08", PLEIN, 10),
            ("the last days that can be typed", "9999-12-27", "9999-12-31", PLEIN, 5),
            ("sixteen weeks", "2027-01-04", "2027-04-25", PLEIN, 80),
            ("fifteen weeks and four days", "2027-01-04", "2027-04-22", PLEIN, 79),
        ] {
            let p = presence(date::lire(du).unwrap(), date::lire(au).unwrap(), rythme);
            assert_eq!(jours_de(&p), attendu, "{nom}");
        }
        assert_eq!(en_semaines(79, 5), "15\u{a0}semaines et 4\u{a0}jours");
        assert_eq!(en_semaines(80, 5), "16\u{a0}semaines");
        assert_eq!(en_semaines(1, 5), "1\u{a0}jour");
        assert_eq!(en_semaines(6, 5), "1\u{a0}semaine et 1\u{a0}jour");
    }

    #[test]
    fn what_she_missed_and_what_was_cut_short_do_not_count() {
        let absence = |du, au| Absence { du, au, motif: String::new() };
        let absences = [
            absence(date!(2027 - 01 - 06), date!(2027 - 01 - 07)),
            absence(date!(2027 - 01 - 07), date!(2027 - 01 - 10)), // one day twice, and a week-end
            absence(date!(2026 - 01 - 01), date!(2026 - 12 - 31)), // before
        ];
        let mut p = presence(date!(2027 - 01 - 04), date!(2027 - 01 - 15), PLEIN);
        p.absences = &absences;
        assert_eq!(jours_de(&p), 7, "three working days of ten");
        p.interrompue_le = Some(date!(2027 - 01 - 12));
        assert_eq!(jours_de(&p), 4);
        p.interrompue_le = Some(date!(2027 - 01 - 03));
        assert_eq!(jours_de(&p), 0, "she never came");
    }

    /// What is done never decreases with time, and ends as the whole, whatever the period.
    #[test]
    fn time_only_adds() {
        for (duree, minutes) in [(0, 60), (6, 420), (13, 433), (40, 7), (400, 1440)] {
            let du = date!(2028 - 02 - 20);
            let p =
                presence(du, du + Duration::days(duree), [minutes, 0, minutes, minutes, 5, 0, 1]);
            let mut avant = 0;
            for n in -3..=duree + 3 {
                let m = p.minutes(du + Duration::days(n));
                assert!(m.faites >= avant && m.faites <= m.toutes);
                avant = m.faites;
            }
            assert_eq!(avant, p.minutes(du).toutes, "all of it once it is over");
            assert_eq!(p.minutes(du - Duration::days(1)).faites, 0, "nothing before it begins");
        }
    }

    #[test]
    fn a_common_day_is_an_overlap_and_the_day_after_is_none() {
        let deja = [
            (1, date!(2027 - 01 - 04), date!(2027 - 01 - 15)),
            (2, date!(2027 - 02 - 01), date!(2027 - 02 - 01)),
        ];
        for (du, au, attendu) in [
            (date!(2027 - 01 - 15), date!(2027 - 01 - 20), Some(1)),
            (date!(2027 - 01 - 16), date!(2027 - 01 - 31), None),
            (date!(2026 - 12 - 01), date!(2027 - 01 - 04), Some(1)),
            (date!(2026 - 12 - 01), date!(2027 - 12 - 04), Some(1)),
            (date!(2027 - 01 - 20), date!(2027 - 02 - 01), Some(2)),
            (date!(2027 - 02 - 01), date!(2027 - 02 - 01), Some(2)),
        ] {
            assert_eq!(recouvre(&deja, du, au), attendu, "{du} {au}");
        }
    }
}
