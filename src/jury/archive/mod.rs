//! Dossiers d'évaluation kept sealed at the jury's disposal: by an act, until a day; then destroyed, by another act.
mod acte;
pub mod pages;

use time::{Date, PrimitiveDateTime};

use crate::{
    app::Db,
    date,
    error::{Error, Result},
    promotion::Coordonnateur,
};

/// A ZIP that is sealed.
#[derive(Debug, Clone)]
pub struct Mise {
    pub etudiant_id: i64,
    pub appel: String,
    /// In the store.
    pub lieu: String,
    pub taille: i64,
    pub empreinte: Vec<u8>,
}

/// A sealed dossier.
#[derive(Debug, Clone)]
pub struct Archive {
    pub archive_id: i64,
    pub etudiant_id: i64,
    pub appel: String,
    pub archivee_le: PrimitiveDateTime,
    pub par: String,
    /// Destroyed from that day on, never before.
    pub purge_le: Date,
    pub lieu: String,
    pub taille: i64,
    pub empreinte: Vec<u8>,
    pub detruite_le: Option<PrimitiveDateTime>,
    pub detruite_par: Option<String>,
    /// Line of the journal that destroyed it.
    pub destruction: Option<i64>,
}

impl Archive {
    pub fn gardee(&self) -> bool {
        self.detruite_le.is_none()
    }

    /// Its day has come.
    pub fn echue(&self, jour: Date) -> bool {
        self.gardee() && self.purge_le <= jour
    }

    pub fn poids(&self) -> String {
        crate::preuve::fichier::poids(u64::try_from(self.taille).unwrap_or_default())
    }

    /// All of it, as papers show it.
    pub fn empreinte(&self) -> String {
        hex::encode(&self.empreinte)
    }
}

/// The sealed dossiers of a promotion, the last first, then by name.
pub async fn archives(db: &mut Db, promotion_id: i64) -> Result<Vec<Archive>> {
    Ok(sqlx::query_as!(
        Archive,
        r#"select a.archive_id, a.etudiant_id, a.appel, a.archivee_le at time zone e.fuseau as "archivee_le!",
                  concat_ws(' ', p.civilite, p.nom) as "par!", a.purge_le, a.lieu, a.taille, a.empreinte,
                  a.detruite_le at time zone e.fuseau as detruite_le,
                  case when d.personne_id is not null then concat_ws(' ', d.civilite, d.nom) end as detruite_par, a.destruction
             from certification.archive a
             join livret.etablissement e using (etablissement_id)
             join livret.personne p on p.etablissement_id = a.etablissement_id and p.personne_id = a.par
             left join livret.personne d on d.etablissement_id = a.etablissement_id and d.personne_id = a.detruite_par
            where a.etablissement_id = livret.ici() and a.promotion_id = $1
            order by a.version desc, a.appel collate "fr-x-icu", a.archive_id"#,
        promotion_id
    )
    .fetch_all(&mut **db)
    .await?)
}

impl Coordonnateur {
    /// The first day on which what is sealed today may be destroyed, by the rules of the session.
    pub(super) async fn purge_le(&self, db: &mut Db) -> Result<Date> {
        let edition = crate::referentiel::find(&mut **db, self.promotion.edition_id).await?;
        let examen = crate::examen::lire(db, self.promotion.promotion_id, &edition).await?;
        let mois = examen.map(|e| e.reglement.mois_d_archive).ok_or_else(|| {
            Error::Refused(
                "Aucune règle d’examen n’est connue pour la session de cette promotion\u{a0}: la durée de garde des dossiers \
                 n’est pas établie. Gardez-les hors du livret."
                    .into(),
            )
        })?;
        Ok(plus_mois(self.aujourd_hui(), mois))
    }
}

/// The same day so many months later; the last of a shorter month.
fn plus_mois(jour: Date, mois: u32) -> Date {
    let total = jour.year() * 12 + i32::from(u8::from(jour.month())) - 1
        + i32::try_from(mois).unwrap_or_default();
    let le =
        u8::try_from(total.rem_euclid(12) + 1).ok().and_then(|m| time::Month::try_from(m).ok());
    let (an, le) = (total.div_euclid(12), le.unwrap_or(time::Month::January));
    Date::from_calendar_date(an, le, jour.day().min(le.length(an))).unwrap_or(Date::MAX)
}

/// « du 12 mai 2027 au 12 mai 2028 ».
pub(super) fn garde(archive: &Archive) -> String {
    format!(
        "du {} au {}",
        date::longue(&archive.archivee_le.date()),
        date::longue(&archive.purge_le)
    )
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::plus_mois;

    #[test]
    fn a_year_later_is_the_same_day_or_the_last_of_its_month() {
        assert_eq!(plus_mois(date!(2027 - 05 - 12), 12), date!(2028 - 05 - 12));
        assert_eq!(plus_mois(date!(2028 - 02 - 29), 12), date!(2029 - 02 - 28));
        assert_eq!(plus_mois(date!(2027 - 12 - 31), 2), date!(2028 - 02 - 29));
    }
}
