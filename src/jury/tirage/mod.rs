//! Dossiers that somebody asked for: made apart from any page, one at a time for each person, kept some hours.
pub mod balayage;
pub mod pages;
mod travail;

use time::{Duration, OffsetDateTime, PrimitiveDateTime};
use uuid::Uuid;

use crate::{
    app::{Db, InTheNameOf},
    compte::Examinateur,
    date,
    error::{Error, Result},
};

pub use travail::{lancer, tirer};

/// Without a sign of life for so long, it was interrupted: the program stopped.
const SILENCE: Duration = Duration::minutes(3);
/// How long what was made is kept.
pub const GARDE: Duration = Duration::hours(12);

/// Dossiers being made, or made.
#[derive(Debug, Clone)]
pub struct Tirage {
    pub tirage_id: i64,
    /// Of one candidate.
    pub etudiant_id: Option<i64>,
    /// To be kept sealed.
    pub scelle: bool,
    pub demande_le: PrimitiveDateTime,
    pub etat: String,
    pub fait: i32,
    pub total: i32,
    pub lieu: Option<String>,
    pub taille: Option<i64>,
    pub empreinte: Option<Vec<u8>>,
}

impl Tirage {
    pub fn en_cours(&self) -> bool {
        self.etat == "en_cours"
    }

    pub fn en_mots(&self) -> String {
        let faits = date::nombre(i64::from(self.fait), "candidat", "candidats");
        match self.etat.as_str() {
            "en_cours" => format!("en cours\u{a0}: {faits} sur {}", self.total),
            "fait" if self.scelle => format!("archivé, {faits}"),
            "fait" => format!("prêt, {faits}"),
            "annule" => "annulé".to_owned(),
            "interrompu" => {
                format!("interrompu par un arrêt du programme après {faits}\u{a0}: recommencez")
            }
            "efface" => "effacé, son temps de garde est passé".to_owned(),
            _ => "échoué\u{a0}: recommencez, ou prévenez l’administration".to_owned(),
        }
    }

    pub fn poids(&self) -> String {
        let octets = self.taille.and_then(|t| u64::try_from(t).ok()).unwrap_or_default();
        crate::preuve::fichier::poids(octets)
    }
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Demande {
    pub promotion_id: i64,
    pub etudiant_id: Option<i64>,
    pub scelle: bool,
    pub cle: Uuid,
}

/// Those of mine that gave no sign of life for long were interrupted.
async fn interrompre(db: &mut Db) -> Result<()> {
    let avant = db.le - SILENCE;
    sqlx::query!(
        "update certification.tirage set etat = 'interrompu'
          where etablissement_id = livret.ici() and etat = 'en_cours' and battu_le < $1",
        avant
    )
    .execute(&mut **db)
    .await?;
    Ok(())
}

impl Examinateur {
    /// Those that I asked for in a promotion, the last first.
    pub async fn tirages(&self, db: &mut Db, promotion_id: i64) -> Result<Vec<Tirage>> {
        interrompre(db).await?;
        Ok(sqlx::query_as!(
            Tirage,
            r#"select t.tirage_id, t.etudiant_id, t.scelle, t.demande_le at time zone e.fuseau as "demande_le!", t.etat, t.fait,
                      t.total, t.lieu, t.taille, t.empreinte
                 from certification.tirage t
                 join livret.etablissement e using (etablissement_id)
                where t.etablissement_id = livret.ici() and t.promotion_id = $1 and t.par = $2
                order by t.tirage_id desc limit 10"#,
            promotion_id,
            self.personne_id()
        )
        .fetch_all(&mut **db)
        .await?)
    }

    /// Asks for some: the answer is its number, or nothing when the same form asked already.
    ///
    /// # Errors
    /// Others of mine are being made.
    pub async fn demander(&self, db: &mut Db, demande: Demande) -> Result<Option<i64>> {
        sqlx::query!(
            "select pg_advisory_xact_lock(hashtextextended('tirage', $1))",
            self.personne_id()
        )
        .execute(&mut **db)
        .await?;
        interrompre(db).await?;
        let autres = sqlx::query_scalar!(
            r#"select cle from certification.tirage
                where etablissement_id = livret.ici() and par = $2 and (cle = $1 or etat = 'en_cours')"#,
            demande.cle,
            self.personne_id()
        )
        .fetch_all(&mut **db)
        .await?;
        if autres.contains(&demande.cle) {
            return Ok(None);
        }
        if !autres.is_empty() {
            return Err(Error::Refused(
                "D’autres dossiers sont en cours pour vous. Attendez qu’ils soient prêts, ou annulez-les.".into(),
            ));
        }
        let le: OffsetDateTime = db.le;
        let numero = sqlx::query_scalar!(
            "insert into certification.tirage (etablissement_id, promotion_id, etudiant_id, scelle, par, cle, demande_le, battu_le)
             values (livret.ici(), $1, $2, $3, $4, $5, $6, $6) returning tirage_id",
            demande.promotion_id,
            demande.etudiant_id,
            demande.scelle,
            self.personne_id(),
            demande.cle,
            le
        )
        .fetch_one(&mut **db)
        .await?;
        Ok(Some(numero))
    }

    /// Gives up what is being made; what is done stays done.
    pub async fn annuler(&self, db: &mut Db, (promotion_id, tirage_id): (i64, i64)) -> Result<()> {
        let le = db.le;
        let fait = sqlx::query!(
            "update certification.tirage
                set etat = case when etat = 'en_cours' then 'annule' else etat end, fini_le = coalesce(fini_le, $3)
              where etablissement_id = livret.ici() and promotion_id = $1 and tirage_id = $2",
            promotion_id,
            tirage_id,
            le
        )
        .execute(&mut **db)
        .await?;
        if fait.rows_affected() == 1 { Ok(()) } else { Err(Error::NotFound) }
    }
}
