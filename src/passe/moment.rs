//! A moment of the past, as people name it: a date and an hour on the clock of the school.
use time::{Date, PrimitiveDateTime, Time};
use uuid::Uuid;

use crate::{
    app::Db,
    date,
    error::Result,
    etudiant::Etudiant,
    regle::{self, Reglage},
};

/// Up to the end of a minute: an act that pages date « 14:05 » was known at 14:05.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    pub le: PrimitiveDateTime,
}

/// « 14:05 », « 14h05 », « 14 h ».
fn heure(texte: &str) -> Option<Time> {
    let (h, m) = texte.split_once([':', 'h', 'H']).unwrap_or((texte, ""));
    let m = m.split_once(':').map_or(m, |(m, _)| m).trim(); // a browser may add seconds
    let m = if m.is_empty() { 0 } else { m.parse().ok()? };
    Time::from_hms(h.trim().parse().ok()?, m, 0).ok()
}

impl Moment {
    /// What an address names: `None` when it names nothing yet. Without an hour, the end of the day, or now.
    ///
    /// # Errors
    /// In French: a date or an hour that does not exist, a moment to come.
    pub fn lire(
        jour: &str,
        a: &str,
        maintenant: PrimitiveDateTime,
    ) -> Result<Option<Self>, &'static str> {
        let (jour, a) = match jour.trim().split_once('T') {
            Some((jour, heure)) if a.trim().is_empty() => (jour, heure),
            _ => (jour.trim(), a.trim()),
        };
        if jour.is_empty() {
            return Ok(None);
        }
        let jour = date::lire(jour)
            .filter(|j| (1000..=9999).contains(&j.year()))
            .ok_or("Cette date n’existe pas. Écrivez-la jj/mm/aaaa.")?;
        let maintenant = minute(maintenant);
        let le = if a.is_empty() {
            fin_du_jour(jour).min(maintenant.max(PrimitiveDateTime::new(jour, Time::MIDNIGHT)))
        } else {
            let heure =
                heure(a).ok_or("Cette heure n’existe pas. Écrivez-la hh:mm, par exemple 14:05.")?;
            PrimitiveDateTime::new(jour, heure)
        };
        if le > maintenant {
            return Err(
                "Ce moment est à venir\u{a0}: rien n’est encore écrit. Choisissez un moment passé.",
            );
        }
        Ok(Some(Self { le }))
    }

    /// The rule that was in force then: what it proposed, it proposed with what was known.
    pub async fn reglage(&self, db: &mut Db, promotion_id: i64) -> Result<Reglage> {
        regle::reglage(db, promotion_id, Some(self.le)).await
    }

    /// Where she was then, which may be another promotion, on another edition; where she is today when she was nowhere.
    pub async fn promotion(&self, db: &mut Db, etudiant: &Etudiant) -> Result<(i64, Uuid)> {
        let alors = sqlx::query!(
            "select promotion_id, p.edition_id from livret.inscription i join livret.promotion p using (etablissement_id, promotion_id)
              where i.etablissement_id = livret.ici() and i.etudiant_id = $1
                and i.du <= $2 and (i.au is null or $2 <= i.au)
              order by i.du desc limit 1",
            etudiant.id(),
            self.jour()
        )
        .fetch_optional(&mut **db)
        .await?;
        Ok(alors.map_or((etudiant.promotion_id(), etudiant.edition_id), |a| {
            (a.promotion_id, a.edition_id)
        }))
    }

    pub fn jour(&self) -> Date {
        self.le.date()
    }

    /// « 12 mars 2026 à 14:05 ».
    pub fn en_mots(&self) -> String {
        date::instant(&self.le)
    }

    /// For `<input type=time>`.
    pub fn heure(&self) -> String {
        format!("{:02}:{:02}", self.le.hour(), self.le.minute())
    }
}

fn minute(le: PrimitiveDateTime) -> PrimitiveDateTime {
    let heure = Time::from_hms(le.hour(), le.minute(), 0).unwrap_or(Time::MIDNIGHT);
    PrimitiveDateTime::new(le.date(), heure)
}

fn fin_du_jour(jour: Date) -> PrimitiveDateTime {
    PrimitiveDateTime::new(jour, Time::from_hms(23, 59, 0).unwrap_or(Time::MIDNIGHT))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const MAINTENANT: PrimitiveDateTime = datetime!(2026-11-24 09:00:30);

    fn lu(jour: &str, a: &str) -> Result<Option<PrimitiveDateTime>, &'static str> {
        Moment::lire(jour, a, MAINTENANT).map(|m| m.map(|m| m.le))
    }

    #[test]
    fn a_moment_is_read_as_browsers_and_people_write_it() {
        assert_eq!(lu("", "14:05"), Ok(None));
        for (jour, a) in [
            ("2026-03-12", "14:05"),
            ("12/03/2026", "14h05"),
            ("12/03/2026", " 14 h 05 "),
            ("2026-03-12T14:05", ""),
        ] {
            assert_eq!(lu(jour, a), Ok(Some(datetime!(2026-03-12 14:05))), "{jour} {a}");
        }
        assert_eq!(lu("2026-03-12", "14:05:59"), Ok(Some(datetime!(2026-03-12 14:05))));
        assert_eq!(lu("2026-03-12", "14 h"), Ok(Some(datetime!(2026-03-12 14:00))));
    }

    #[test]
    fn without_an_hour_it_is_the_end_of_the_day_or_now() {
        assert_eq!(lu("2026-03-12", ""), Ok(Some(datetime!(2026-03-12 23:59))));
        assert_eq!(lu("2026-11-24", ""), Ok(Some(datetime!(2026-11-24 09:00))));
        assert_eq!(lu("2026-11-24", "09:00"), Ok(Some(datetime!(2026-11-24 09:00))));
    }

    #[test]
    fn what_does_not_exist_and_what_is_to_come_are_refused_in_french() {
        for (jour, a, dit) in [
            ("31/02/2026", "", "Cette date"),
            ("demain", "14:05", "Cette date"),
            ("0000-01-01", "", "Cette date"),
            ("2026-03-12", "25:00", "Cette heure"),
            ("2026-03-12", "midi", "Cette heure"),
            ("2026-11-24", "09:01", "Ce moment est à venir"),
            ("2026-11-25", "", "Ce moment est à venir"),
            ("9999-12-31", "", "Ce moment est à venir"),
        ] {
            assert!(lu(jour, a).unwrap_err().starts_with(dit), "{jour} {a}");
        }
    }
}
