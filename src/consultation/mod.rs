//! Who looked at a livret: noted once a day, read by the student and nobody else, forgotten after some months.
pub mod pages;

use time::{Date, Month};

use crate::{
    app::{App, Db, InTheNameOf},
    error::Result,
    etudiant::Etudiant,
};

/// Somebody who looked, one day.
#[derive(Debug, Clone)]
pub struct Consultation {
    pub par: String,
    pub fonction: String,
    pub jour: Date,
}

impl Consultation {
    /// What that person is, in the words of the school.
    pub fn fonction(&self) -> &'static str {
        match self.fonction.as_str() {
            "enseignant" => "équipe pédagogique",
            "jury" => "jury",
            "administrateur" => "administration",
            _ => "",
        }
    }
}

/// Ends the transaction that read these livrets by noting who read them, behind the page: it waits for nothing, and what
/// cannot be noted breaks nothing.
pub fn noter(mut db: Db, qui: &impl InTheNameOf, etudiants: &[i64]) {
    let etudiants = etudiants.to_vec();
    let fonction = qui.role().trim_start_matches("livret_");
    tokio::spawn(async move {
        let note = sqlx::query!(
            "insert into livret.consultation (etablissement_id, etudiant_id, jour, personne_id, fonction)
             select livret.ici(), e, livret.jour(), livret.moi(), $2 from unnest($1::bigint[]) e
             on conflict do nothing",
            &etudiants,
            fonction
        )
        .execute(&mut *db)
        .await;
        let fait = match note {
            Ok(_) => db.commit().await,
            Err(e) => Err(e.into()),
        };
        if let Err(e) = fait {
            tracing::warn!(error = %e, "a consultation was not noted");
        }
    });
}

impl Etudiant {
    /// Who looked at this livret since a day, latest first.
    async fn consultations(&self, db: &mut Db, depuis: Date) -> Result<Vec<Consultation>> {
        Ok(sqlx::query_as!(
            Consultation,
            r#"select concat_ws(' ', p.civilite, case when p.civilite is null then p.prenom end, p.nom) as "par!",
                      c.fonction, c.jour
                 from livret.consultation c
                 join livret.personne p on p.etablissement_id = c.etablissement_id and p.personne_id = c.personne_id
                where c.etablissement_id = livret.ici() and c.etudiant_id = $1 and c.jour >= $2
                order by c.jour desc, p.nom collate "fr-x-icu", c.fonction"#,
            self.id(), depuis
        )
        .fetch_all(&mut **db)
        .await?)
    }
}

/// The first day that is still kept, so many months before this one.
pub fn gardees_depuis(jour: Date, mois: u16) -> Date {
    let total = jour.year() * 12 + i32::from(u8::from(jour.month())) - 1 - i32::from(mois);
    let mois = u8::try_from(total.rem_euclid(12) + 1).ok().and_then(|m| Month::try_from(m).ok());
    let (an, mois) = (total.div_euclid(12), mois.unwrap_or(Month::January));
    let dernier = mois.length(an);
    Date::from_calendar_date(an, mois, jour.day().min(dernier)).unwrap_or(Date::MIN)
}

/// At the start, then every day: what is too old is forgotten.
pub async fn oublier_chaque_jour(app: App) {
    let mut jour = tokio::time::interval(std::time::Duration::from_hours(24));
    loop {
        jour.tick().await;
        match oublier(&app).await {
            Ok(oubliees) => tracing::info!(oubliees, "consultations forgotten"),
            Err(e) => tracing::warn!(error = %e, "consultations not forgotten"),
        }
    }
}

/// Forgets what is too old, in every school; the answer is how many.
pub async fn oublier(app: &App) -> Result<i64> {
    let avant = gardees_depuis(app.clock.now().date(), app.config.consultations_mois);
    let oubliees = sqlx::query_scalar!(r#"select acces.oublier_consultations($1) as "n!""#, avant);
    Ok(oubliees.fetch_one(&app.db).await?)
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn months_back_from_a_long_one_end_on_its_last_day() {
        for (jour, mois, depuis) in [
            (date!(2026 - 11 - 24), 12, date!(2025 - 11 - 24)),
            (date!(2028 - 02 - 29), 12, date!(2027 - 02 - 28)),
            (date!(2026 - 03 - 31), 1, date!(2026 - 02 - 28)),
            (date!(2026 - 01 - 15), 1, date!(2025 - 12 - 15)),
            (date!(2026 - 01 - 15), 25, date!(2023 - 12 - 15)),
        ] {
            assert_eq!(gardees_depuis(jour, mois), depuis, "{jour} {mois}");
        }
    }
}
