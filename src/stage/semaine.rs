//! Her diary of a period, a week each: written by her, read by her team. It is no act: the journal does not keep it.
use std::{cmp::Reverse, collections::BTreeMap};

use time::{Date, Duration, PrimitiveDateTime};

use super::Periode;
use crate::{
    app::Db,
    compte::Moi,
    date,
    error::{Error, Result},
};

/// What she wrote of a week.
#[derive(Debug, Clone)]
pub struct Note {
    pub texte: String,
    pub ecrite_le: PrimitiveDateTime,
    pub version: i32,
}

/// A week of a period, by its Monday, which may be before the first day.
#[derive(Debug, Clone)]
pub struct Semaine {
    pub lundi: Date,
    pub note: Option<Note>,
    /// It is of the period still: what was written of another stays to be read.
    pub dedans: bool,
}

impl Semaine {
    /// As an address and a field have it: « 2026-11-02 ».
    pub fn code(&self) -> String {
        date::iso(&self.lundi)
    }

    /// Her text in the page, among those of the other weeks.
    pub fn champ(&self) -> String {
        champ(self.lundi)
    }

    /// « Semaine du 2 novembre 2026 ».
    pub fn intitule(&self) -> String {
        format!("Semaine du {}", date::longue(&self.lundi))
    }
}

pub fn champ(lundi: Date) -> String {
    format!("texte-{}", date::iso(&lundi))
}

/// The Monday of the week of a day.
fn lundi(jour: Date) -> Date {
    let depuis = Duration::days(i64::from(jour.weekday().number_days_from_monday()));
    jour.checked_sub(depuis).unwrap_or(jour)
}

/// The Mondays of a period, the last first.
fn lundis(du: Date, fin: Date) -> impl Iterator<Item = Date> {
    let premier = lundi(du);
    let tous = std::iter::successors(Some(lundi(fin)), |l| l.checked_sub(Duration::days(7)));
    tous.take_while(move |l| *l >= premier && fin >= du)
}

/// It is the Monday of a week of this period.
pub fn est_de(periode: &Periode, jour: Date) -> bool {
    lundis(periode.du, periode.fin()).any(|l| l == jour)
}

/// The weeks that have begun, and those that she wrote of, the last first.
pub async fn semaines(db: &mut Db, periode: &Periode, jour: Date) -> Result<Vec<Semaine>> {
    let lignes = sqlx::query!(
        r#"select n.semaine, n.texte, n.ecrite_le at time zone e.fuseau as "ecrite_le!", n.version
             from livret.note_hebdo n
             join livret.etablissement e using (etablissement_id)
            where n.etablissement_id = livret.ici() and n.periode_id = $1"#,
        periode.periode_id
    )
    .fetch_all(&mut **db)
    .await?;
    let mut toutes: BTreeMap<Reverse<Date>, Semaine> = lundis(periode.du, periode.fin())
        .filter(|l| *l <= jour)
        .map(|lundi| (Reverse(lundi), Semaine { lundi, note: None, dedans: true }))
        .collect();
    for l in lignes {
        let note = Note { texte: l.texte, ecrite_le: l.ecrite_le, version: l.version };
        let autre = || Semaine { lundi: l.semaine, note: None, dedans: false };
        toutes.entry(Reverse(l.semaine)).or_insert_with(autre).note = Some(note);
    }
    Ok(toutes.into_values().collect())
}

impl Moi {
    /// Writes of a week of mine; what I wrote before gives way to it.
    ///
    /// # Errors
    /// The week is to come, or was written in another tab since `version` was read (0: nothing was).
    pub async fn noter_semaine(
        &self,
        db: &mut Db,
        (periode, lundi): (&Periode, Date),
        texte: &str,
        version: i32,
    ) -> Result<()> {
        if lundi > self.aujourd_hui() {
            return Err(Error::Refused(format!(
                "Cette semaine commence le {}\u{a0}: écrivez à partir de ce jour.",
                date::longue(&lundi)
            )));
        }
        let le = db.le;
        let faite = if version == 0 {
            sqlx::query!(
                "insert into livret.note_hebdo (etablissement_id, periode_id, etudiant_id, semaine, texte, ecrite_le)
                 values (livret.ici(), $1, livret.moi(), $2, $3, $4)
                 on conflict do nothing",
                periode.periode_id,
                lundi,
                texte,
                le
            )
            .execute(&mut **db)
            .await?
        } else {
            sqlx::query!(
                "update livret.note_hebdo set texte = $3, ecrite_le = $4, version = version + 1
                  where etablissement_id = livret.ici() and periode_id = $1 and semaine = $2 and version = $5",
                periode.periode_id,
                lundi,
                texte,
                le,
                version
            )
            .execute(&mut **db)
            .await?
        };
        if faite.rows_affected() == 1 {
            return Ok(());
        }
        let toutes = semaines(db, periode, lundi).await?;
        let la = toutes.into_iter().find(|s| s.lundi == lundi).and_then(|s| s.note);
        if la.is_some_and(|n| n.texte == texte) {
            return Ok(()); // the same sending, twice
        }
        Err(Error::Conflict(
            "Cette semaine vient d’être écrite dans un autre onglet. Les deux textes sont ci-dessous\u{a0}: \
             reprenez dans le vôtre ce qu’il faut garder, puis enregistrez de nouveau."
                .into(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_has_the_mondays_of_its_days() {
        for (nom, du, fin, attendus) in [
            ("a week", "2026-11-02", "2026-11-06", &["2026-11-02"][..]),
            ("from a Thursday", "2026-11-05", "2026-11-09", &["2026-11-09", "2026-11-02"]),
            ("a Sunday", "2026-11-08", "2026-11-08", &["2026-11-02"]),
            ("29 February", "2028-02-29", "2028-03-06", &["2028-03-06", "2028-02-28"]),
            ("the change of hour", "2027-03-26", "2027-03-29", &["2027-03-29", "2027-03-22"]),
            ("the other one", "2026-10-24", "2026-10-26", &["2026-10-26", "2026-10-19"]),
            ("over the new year", "2026-12-31", "2027-01-01", &["2026-12-28"]),
            ("a week 53", "2026-12-28", "2027-01-04", &["2027-01-04", "2026-12-28"]),
            ("she never came", "2026-11-05", "2026-11-04", &[]),
            ("nor that Monday", "2026-11-02", "2026-11-01", &[]),
        ] {
            let lire = |jour| date::lire(jour).unwrap();
            let trouves: Vec<String> = lundis(lire(du), lire(fin)).map(|l| date::iso(&l)).collect();
            assert_eq!(trouves, attendus, "{nom}");
        }
        let an = lundis(date::lire("2028-01-03").unwrap(), date::lire("2028-12-31").unwrap());
        assert_eq!(an.count(), 52);
        assert_eq!(lundis(Date::MIN, Date::MIN).count(), 1, "the end of the calendar is no panic");
    }
}
