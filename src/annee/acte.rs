//! The four acts of a year change, each one line of the journal: prepare, apply, confirm, go back.
use sqlx::types::Json;
use time::{Date, PrimitiveDateTime};
use uuid::Uuid;

use super::plan::Plan;
use crate::{
    app::{Db, InTheNameOf},
    compte::Administrateur,
    date,
    error::{Error, OnConstraint, Result},
    journal::{self, Acte, Plume},
};

/// Where a year change stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Etat {
    Preparee,
    Appliquee,
    Confirmee,
    /// Applied, then undone.
    Revenue,
    /// Prepared, never applied.
    Abandonnee,
}

impl Etat {
    const TOUS: [Self; 5] =
        [Self::Preparee, Self::Appliquee, Self::Confirmee, Self::Revenue, Self::Abandonnee];

    pub fn code(self) -> &'static str {
        match self {
            Self::Preparee => "preparee",
            Self::Appliquee => "appliquee",
            Self::Confirmee => "confirmee",
            Self::Revenue => "revenue",
            Self::Abandonnee => "abandonnee",
        }
    }

    /// « préparé », « appliqué ».
    pub fn en_mots(self) -> &'static str {
        match self {
            Self::Preparee => "préparé",
            Self::Appliquee => "appliqué",
            Self::Confirmee => "confirmé",
            Self::Revenue => "défait",
            Self::Abandonnee => "remis en préparation",
        }
    }

    fn genre(self) -> &'static str {
        match self {
            Self::Preparee => "preparer_annee",
            Self::Appliquee => "appliquer_annee",
            Self::Confirmee => "confirmer_annee",
            Self::Revenue => "defaire_annee",
            Self::Abandonnee => "abandonner_annee",
        }
    }

    /// What it may become.
    fn mene_a(self, vers: Self) -> bool {
        matches!(
            (self, vers),
            (Self::Preparee, Self::Appliquee | Self::Abandonnee)
                | (Self::Appliquee, Self::Confirmee | Self::Revenue)
        )
    }

    pub fn lire(code: &str) -> Option<Self> {
        Self::TOUS.into_iter().find(|e| e.code() == code)
    }
}

/// A year change.
#[derive(Debug, Clone)]
pub struct Bascule {
    pub bascule_id: i64,
    /// First day of the new year.
    pub jour: Date,
    /// Last day of the accounts of those who leave.
    pub fermeture: Date,
    pub etat: Etat,
    pub plan: Plan,
    /// Who brought it there, and when.
    pub par: String,
    pub le: PrimitiveDateTime,
    /// Line of the journal that said it last.
    pub version: i64,
}

impl Bascule {
    /// « appliqué par Mme VIDAL-ROUX le 1er septembre 2027 à 08:00 ».
    pub fn en_mots(&self) -> String {
        format!("{} par {} le {}", self.etat.en_mots(), self.par, date::instant(&self.le))
    }

    pub fn en_cours(&self) -> bool {
        matches!(self.etat, Etat::Preparee | Etat::Appliquee)
    }
}

/// The last one, whatever became of it.
pub async fn derniere(db: &mut Db) -> Result<Option<Bascule>> {
    let ligne = sqlx::query!(
        r#"select b.bascule_id, b.jour, b.fermeture, b.etat, b.plan as "plan: Json<Plan>", b.version,
                  concat_ws(' ', p.civilite, p.nom) as "par!", b.le at time zone e.fuseau as "le!"
             from livret.bascule b
             join livret.etablissement e using (etablissement_id)
             join livret.personne p on p.etablissement_id = b.etablissement_id and p.personne_id = b.par
            where b.etablissement_id = livret.ici() order by b.bascule_id desc limit 1"#
    )
    .fetch_optional(&mut **db)
    .await?;
    let Some(l) = ligne else { return Ok(None) };
    Ok(Some(Bascule {
        bascule_id: l.bascule_id,
        jour: l.jour,
        fermeture: l.fermeture,
        etat: Etat::lire(&l.etat).ok_or(Error::NotFound)?,
        plan: l.plan.0,
        par: l.par,
        le: l.le,
        version: l.version,
    }))
}

impl Administrateur {
    /// Keeps a plan to be looked at: nothing moves yet.
    ///
    /// # Errors
    /// Another one is under way.
    pub async fn preparer_annee(
        &self,
        db: &mut Db,
        (jour, fermeture): (Date, Date),
        plan: &Plan,
        cle: Uuid,
    ) -> Result<()> {
        let contenu = serde_json::json!({
            "jour": date::iso(&jour), "fermeture": date::iso(&fermeture), "plan": plan,
        });
        let genre = Etat::Preparee.genre();
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            return if deja.est(genre, &contenu) { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        if let Some(b) = derniere(db).await?.filter(Bascule::en_cours) {
            return Err(Error::Conflict(format!(
                "Un changement d’année est déjà en cours\u{a0}: {}. Ouvrez-le, puis terminez-le.",
                b.en_mots()
            )));
        }
        let version = plume.ecrire(db, Acte { genre, cle, contenu, ..Acte::default() }).await?;
        let le = db.le;
        sqlx::query!(
            "insert into livret.bascule (etablissement_id, jour, fermeture, etat, plan, par, le, version)
             values (livret.ici(), $1, $2, 'preparee', $3, $4, $5, $6)",
            jour,
            fermeture,
            Json(plan) as _,
            self.personne_id(),
            le,
            version
        )
        .execute(&mut **db)
        .await?;
        Ok(())
    }

    /// Brings the year change that was read further: applied, confirmed, undone or given up.
    ///
    /// # Errors
    /// Somebody brought it elsewhere in between, or what it made has been changed since.
    pub async fn mener_annee(
        &self,
        db: &mut Db,
        (id, version): (i64, i64),
        vers: Etat,
        cle: Uuid,
    ) -> Result<()> {
        let contenu = serde_json::json!({ "bascule": id.to_string() });
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est(vers.genre(), &contenu);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let derniere = derniere(db).await?.filter(|b| b.bascule_id == id);
        let bascule = derniere.ok_or(Error::NotFound)?;
        if bascule.version != version || !bascule.etat.mene_a(vers) {
            return Err(Error::Conflict(format!(
                "Ce changement d’année a été {}. Relisez la page.",
                bascule.en_mots()
            )));
        }
        let genre = vers.genre();
        let version = plume.ecrire(db, Acte { genre, cle, contenu, ..Acte::default() }).await?;
        match vers {
            Etat::Appliquee => appliquer(db, id).await?,
            Etat::Revenue => defaire(db, id).await?,
            Etat::Preparee | Etat::Confirmee | Etat::Abandonnee => {}
        }
        let le = db.le;
        sqlx::query!(
            "update livret.bascule set etat = $2, par = $3, le = $4, version = $5
              where etablissement_id = livret.ici() and bascule_id = $1",
            id,
            vers.code(),
            self.personne_id(),
            le,
            version
        )
        .execute(&mut **db)
        .await?;
        Ok(())
    }
}

async fn appliquer(db: &mut Db, id: i64) -> Result<()> {
    let perime = || {
        Error::Conflict(
            "Les promotions ont changé depuis que ce changement a été préparé. Modifiez-le, relisez-le, puis appliquez-le.".into(),
        )
    };
    sqlx::query!("select livret.basculer($1)", id)
        .fetch_one(&mut **db)
        .await
        .map(drop)
        .on_constraint("inscription_pkey", perime())
        .or_else(|e| sur(e, "une_promotion_par_nom", perime()))
        .or_else(|e| sur(e, "une_promotion_ouverte", perime()))
        .or_else(|e| sur(e, "une_inscription_finit_apres_son_debut", perime()))
}

async fn defaire(db: &mut Db, id: i64) -> Result<()> {
    let touche = |quoi: &str| {
        Error::Conflict(format!(
            "{quoi} depuis ce changement d’année\u{a0}: il ne peut plus être défait d’un coup. Confirmez-le, puis corrigez \
             ce qui doit l’être promotion par promotion."
        ))
    };
    let fait = sqlx::query!("select livret.rebasculer($1)", id).fetch_one(&mut **db).await;
    match fait {
        Ok(_) => Ok(()),
        Err(sqlx::Error::Database(e)) if e.is_foreign_key_violation() => {
            Err(touche("Quelqu’un a déjà travaillé dans sa nouvelle promotion"))
        }
        Err(sqlx::Error::Database(e)) if e.constraint() == Some("une_bascule_intacte") => {
            Err(touche("Une promotion, une inscription ou un compte a été changé"))
        }
        Err(autre) => Err(autre.into()),
    }
}

/// The same as on a constraint, for an error that was turned already.
fn sur(e: Error, contrainte: &str, autre: Error) -> Result<()> {
    match e {
        Error::Sql(e) => Err::<(), _>(e).on_constraint(contrainte, autre),
        autre => Err(autre),
    }
}
