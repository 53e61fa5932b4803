//! How long a school keeps what it keeps: durations as data, chosen within bounds; what is due, when, and what is late.
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::json;
use time::{Date, Duration, Month};
use uuid::Uuid;

use crate::{
    app::Db,
    compte::Administrateur,
    date,
    error::{Error, Result},
    journal::{self, Acte, Plume},
};

/// A duration that a school may choose.
#[derive(Debug, Clone, Deserialize)]
pub struct Duree {
    pub code: String,
    pub intitule: String,
    pub effet: String,
    pub unite: String,
    pub defaut: i32,
    pub min: i32,
    pub max: i32,
    pub source: String,
}

/// Something whose duration is decided elsewhere.
#[derive(Debug, Clone, Deserialize)]
pub struct Ailleurs {
    pub intitule: String,
    pub duree: String,
}

#[derive(Debug, Deserialize)]
struct Texte {
    resultats_par_defaut: String,
    rectification_mois: i32,
    statistique_min: i32,
    durees: Vec<Duree>,
    ailleurs: Vec<Ailleurs>,
}

static TEXTE: LazyLock<Option<Texte>> =
    LazyLock::new(|| toml::from_str(include_str!("conservation.toml")).ok());

/// The durations that a school may choose.
pub fn durees() -> &'static [Duree] {
    TEXTE.as_ref().map_or(&[], |t| &t.durees)
}

pub fn ailleurs() -> &'static [Ailleurs] {
    TEXTE.as_ref().map_or(&[], |t| &t.ailleurs)
}

/// Fewer people than this are not shown as a number.
pub fn statistique_min() -> i32 {
    TEXTE.as_ref().map_or(i32::MAX, |t| t.statistique_min)
}

/// Until when a request for rectification is to be answered.
pub fn limite_de_reponse(jour: Date) -> Date {
    plus_mois(jour, TEXTE.as_ref().map_or(1, |t| t.rectification_mois))
}

/// The day of the results where nobody said it.
fn resultats_par_defaut(annee: i32) -> Option<Date> {
    date::lire(&format!("{annee}-{}", TEXTE.as_ref()?.resultats_par_defaut))
}

/// So many months later; from a long month, the last day of a short one.
pub fn plus_mois(jour: Date, mois: i32) -> Date {
    let total = jour.year() * 12 + i32::from(u8::from(jour.month())) - 1 + mois;
    let mois = u8::try_from(total.rem_euclid(12) + 1).ok().and_then(|m| Month::try_from(m).ok());
    let (an, mois) = (total.div_euclid(12), mois.unwrap_or(Month::January));
    Date::from_calendar_date(an, mois, jour.day().min(mois.length(an))).unwrap_or(Date::MAX)
}

/// A duration as this school has it.
#[derive(Debug, Clone)]
pub struct Choisie {
    pub duree: &'static Duree,
    pub valeur: i32,
    /// Line of the journal that chose it: 0 when nobody did.
    pub version: i64,
}

impl Choisie {
    /// « 12 mois ».
    pub fn dite(&self) -> String {
        let (n, unite) = (self.valeur, self.duree.unite.as_str());
        let unite =
            if n.abs() < 2 && unite != "mois" { unite.trim_end_matches('s') } else { unite };
        format!("{n}\u{a0}{unite}")
    }
}

/// What a school keeps, and how long.
#[derive(Debug, Clone)]
pub struct Conservation(pub Vec<Choisie>);

impl Conservation {
    pub fn valeur(&self, code: &str) -> i32 {
        self.0.iter().find(|c| c.duree.code == code).map_or(0, |c| c.valeur)
    }
}

/// The durations of this school, chosen or proposed.
pub async fn lire(db: &mut Db) -> Result<Conservation> {
    let dites = sqlx::query!(
        "select duree, valeur, version from livret.conservation where etablissement_id = livret.ici()"
    )
    .fetch_all(&mut **db)
    .await?;
    let choisie = |duree: &'static Duree| {
        let dite = dites.iter().find(|d| d.duree == duree.code);
        Choisie {
            duree,
            valeur: dite.map_or(duree.defaut, |d| d.valeur),
            version: dite.map_or(0, |d| d.version),
        }
    };
    Ok(Conservation(durees().iter().map(choisie).collect()))
}

/// What is due in a promotion.
#[derive(Debug, Clone)]
pub struct Echeance {
    pub promotion_id: i64,
    pub nom: String,
    pub resultats: Date,
    /// The day of the jury is known; else the end of the year of the exam stands for it.
    pub connue: bool,
    pub comptes: i64,
    pub comptes_le: Date,
    pub livrets: i64,
    pub livrets_le: Date,
    /// Held back by a dispute.
    pub retenus: i64,
    /// First day of notice.
    pub annonce_le: Date,
}

impl Echeance {
    pub fn comptes_en_retard(&self, jour: Date) -> bool {
        self.comptes > 0 && self.comptes_le <= jour
    }

    /// Livrets whose day has come and that nothing holds back.
    pub fn dus(&self, jour: Date) -> i64 {
        if self.livrets_le <= jour { self.livrets - self.retenus } else { 0 }
    }

    pub fn annoncee(&self, jour: Date) -> bool {
        self.livrets > 0 && self.annonce_le <= jour && jour < self.livrets_le
    }

    /// Something should have been done already.
    pub fn en_retard(&self, jour: Date) -> bool {
        self.dus(jour) > 0 || self.comptes_en_retard(jour)
    }
}

impl Administrateur {
    /// What is due in each promotion of the school, the oldest first.
    pub async fn echeancier(&self, db: &mut Db) -> Result<Vec<Echeance>> {
        let choisies = lire(db).await?;
        let promotions = sqlx::query!(
            r#"select promotion_id as "promotion_id!", nom as "nom!", annee_examen as "annee_examen!", resultats,
                      livrets as "livrets!", retenus as "retenus!", comptes as "comptes!"
                 from livret.echeancier()"#
        )
        .fetch_all(&mut **db)
        .await?;
        let mut echeances = vec![];
        for p in promotions {
            let defaut = || resultats_par_defaut(p.annee_examen);
            let Some(resultats) = p.resultats.or_else(defaut) else { continue };
            let livrets_le = plus_mois(resultats, choisies.valeur("livret"));
            echeances.push(Echeance {
                promotion_id: p.promotion_id,
                nom: p.nom,
                resultats,
                connue: p.resultats.is_some(),
                comptes: p.comptes,
                comptes_le: plus_mois(resultats, choisies.valeur("compte")),
                livrets: p.livrets,
                livrets_le,
                retenus: p.retenus,
                annonce_le: livrets_le - Duration::days(choisies.valeur("preavis").into()),
            });
        }
        Ok(echeances)
    }

    /// Chooses durations, each with the version that was read; what is so already is written no second time. All or none.
    ///
    /// # Errors
    /// Somebody chose meanwhile.
    pub async fn choisir_durees(
        &self,
        db: &mut Db,
        voulues: &[(&'static Duree, i32, i64)],
        cle: Uuid,
    ) -> Result<()> {
        let mut plume = Plume::prendre(db, self).await?;
        let actuelles = lire(db).await?.0;
        for (duree, valeur, lue) in voulues {
            let Some(actuelle) = actuelles.iter().find(|c| c.duree.code == duree.code) else {
                return Err(Error::NotFound);
            };
            if actuelle.valeur == *valeur {
                continue;
            }
            if actuelle.version != *lue {
                return Err(Error::Conflict(format!(
                    "Quelqu’un vient de choisir {} pour «\u{a0}{}\u{a0}», vous vouliez {valeur}. Relisez, puis enregistrez de nouveau.",
                    actuelle.dite(),
                    duree.intitule
                )));
            }
            let acte = Acte {
                genre: "choisir_duree",
                cle: Uuid::new_v5(&cle, duree.code.as_bytes()),
                contenu: json!({ "duree": duree.code, "de": actuelle.valeur, "vers": valeur }),
                ..Acte::default()
            };
            let version = plume.ecrire(db, acte).await?;
            sqlx::query!(
                "insert into livret.conservation (etablissement_id, duree, valeur, version)
                 values (livret.ici(), $1, $2, $3)
                 on conflict (etablissement_id, duree) do update set valeur = excluded.valeur, version = excluded.version",
                duree.code,
                valeur,
                version
            )
            .execute(&mut **db)
            .await?;
        }
        Ok(())
    }

    /// Closes the accounts of a promotion whose day has come; the answer is how many.
    ///
    /// # Errors
    /// Their day has not come.
    pub async fn fermer_comptes(&self, db: &mut Db, promotion: i64, cle: Uuid) -> Result<i64> {
        let contenu = json!({ "promotion": promotion.to_string() });
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est("fermer_comptes", &contenu);
            return if meme { Ok(0) } else { Err(journal::cle_reprise()) };
        }
        let echeancier = self.echeancier(db).await?;
        let elle = echeancier.iter().find(|e| e.promotion_id == promotion);
        let elle = elle.ok_or(Error::NotFound)?;
        if !elle.comptes_en_retard(self.aujourd_hui()) {
            return Err(Error::Refused(format!(
                "Les comptes de cette promotion se ferment à partir du {}. Rouvrez le calendrier.",
                date::longue(&elle.comptes_le)
            )));
        }
        plume.ecrire(db, Acte { genre: "fermer_comptes", cle, contenu, ..Acte::default() }).await?;
        let le = db.le;
        let fermes =
            sqlx::query_scalar!(r#"select livret.fermer_comptes($1, $2) as "n!""#, promotion, le);
        Ok(fermes.fetch_one(&mut **db).await?)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn the_text_is_read_and_its_defaults_are_within_their_bounds() {
        assert_eq!(durees().len(), 3);
        assert!(durees().iter().all(|d| (d.min..=d.max).contains(&d.defaut)));
        assert_eq!(resultats_par_defaut(2027), Some(date!(2027 - 08 - 31)));
        assert_eq!(limite_de_reponse(date!(2027 - 01 - 31)), date!(2027 - 02 - 28));
    }

    #[test]
    fn months_later_from_a_long_one_end_on_its_last_day() {
        for (jour, mois, attendu) in [
            (date!(2026 - 08 - 31), 6, date!(2027 - 02 - 28)),
            (date!(2027 - 08 - 31), 6, date!(2028 - 02 - 29)),
            (date!(2026 - 12 - 15), 1, date!(2027 - 01 - 15)),
            (date!(2026 - 12 - 15), 0, date!(2026 - 12 - 15)),
        ] {
            assert_eq!(plus_mois(jour, mois), attendu);
        }
    }
}
