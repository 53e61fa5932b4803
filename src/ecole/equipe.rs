//! The team of a promotion, made: who teaches it, from when to when, which blocs, in whose stead; and who examines it.
use time::{Date, Duration};
use uuid::Uuid;

use super::membre::{Membre, enseignants, jures, membres};
use crate::{
    app::{Db, InTheNameOf},
    compte::Gestionnaire,
    date,
    error::{Error, Result},
    journal::{self, Acte, Plume},
};

/// What a teacher is given.
#[derive(Debug, Clone)]
pub struct Confie {
    pub enseignant_id: i64,
    pub du: Date,
    pub au: Option<Date>,
    pub blocs: Option<Vec<String>>,
    pub coordonne: bool,
    /// Whose blocs she takes.
    pub remplace: Option<i64>,
}

const SOI: &str = "On ne change pas ses propres droits\u{a0}: demandez à une personne qui administre ou à un autre coordonnateur.";

fn se_chevauchent(m: &Membre, c: &Confie) -> bool {
    m.enseignant_id == c.enseignant_id
        && !m.vide()
        && m.au.is_none_or(|au| c.du <= au)
        && c.au.is_none_or(|au| m.du <= au)
}

impl Gestionnaire {
    /// Gives a promotion to a teacher, from a day to another, whole or by blocs, or in somebody's stead.
    ///
    /// # Errors
    /// It is oneself, she teaches it then already, or who is replaced does not teach it then.
    pub async fn confier_suivi(
        &self,
        db: &mut Db,
        promotion: i64,
        confie: &Confie,
        cle: Uuid,
    ) -> Result<()> {
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.genre == "confier_suivi"
                && deja.contenu["enseignant"].as_str() == Some(&confie.enseignant_id.to_string());
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        if confie.enseignant_id == self.personne_id() {
            return Err(Error::Refused(SOI.into()));
        }
        if !enseignants(db).await?.iter().any(|e| e.0 == confie.enseignant_id) {
            return Err(Error::Refused(
                "Cette personne n’est pas enseignante dans l’établissement. Choisissez dans la liste.".into(),
            ));
        }
        let membres = membres(db, promotion, self.jour()).await?;
        if let Some(m) = membres.iter().find(|m| se_chevauchent(m, confie)) {
            return Err(Error::Conflict(format!(
                "{} suit déjà cette promotion {}, {}. Changez cette ligne, ou choisissez d’autres dates.",
                m.nom,
                m.temps(),
                m.blocs_en_mots()
            )));
        }
        let blocs = match confie.remplace {
            Some(absente) => herites(&membres, absente, confie)?,
            None => confie.blocs.clone(),
        };
        let contenu = serde_json::json!({
            "promotion": promotion.to_string(), "enseignant": confie.enseignant_id.to_string(),
            "du": date::iso(&confie.du), "au": confie.au.as_ref().map(date::iso), "blocs": blocs,
            "remplace": confie.remplace.map(|r| r.to_string()), "coordonne": confie.coordonne,
        });
        plume.ecrire(db, Acte { genre: "confier_suivi", cle, contenu, ..Acte::default() }).await?;
        sqlx::query!(
            "select livret.confier_suivi($1, $2, $3, $4, $5, $6, $7)",
            promotion,
            confie.enseignant_id,
            confie.du,
            confie.au,
            blocs.as_deref() as _,
            confie.remplace,
            confie.coordonne
        )
        .fetch_one(&mut **db)
        .await?;
        Ok(())
    }

    /// Changes what a teacher holds in one span: its last day, its blocs, the coordination.
    ///
    /// # Errors
    /// It is oneself, or somebody changed it since `version` was read.
    pub async fn changer_suivi(
        &self,
        db: &mut Db,
        promotion: i64,
        confie: &Confie,
        (version, cle): (i64, Uuid),
    ) -> Result<()> {
        let contenu = serde_json::json!({
            "promotion": promotion.to_string(), "enseignant": confie.enseignant_id.to_string(),
            "du": date::iso(&confie.du), "au": confie.au.as_ref().map(date::iso), "blocs": confie.blocs,
            "coordonne": confie.coordonne,
        });
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est("changer_suivi", &contenu);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        if confie.enseignant_id == self.personne_id() {
            return Err(Error::Refused(SOI.into()));
        }
        let membres = membres(db, promotion, self.jour()).await?;
        let le = |m: &&Membre| m.enseignant_id == confie.enseignant_id && m.du == confie.du;
        let membre = membres.iter().find(le).ok_or(Error::NotFound)?;
        if membre.version != version {
            return Err(Error::Conflict(format!(
                "Quelqu’un a changé cette ligne entre-temps\u{a0}: {}, {}, {}{}. Enregistrez de nouveau pour mettre votre choix.",
                membre.nom,
                membre.temps(),
                membre.blocs_en_mots(),
                if membre.coordonne { ", coordonne" } else { "" }
            )));
        }
        let autres = membres.iter().filter(|m| m.du != confie.du);
        if autres.into_iter().any(|m| se_chevauchent(m, confie)) {
            return Err(Error::Refused(
                "Ces dates en recouvrent d’autres de la même personne. Raccourcissez l’une des deux.".into(),
            ));
        }
        plume.ecrire(db, Acte { genre: "changer_suivi", cle, contenu, ..Acte::default() }).await?;
        sqlx::query!(
            "select livret.changer_suivi($1, $2, $3, $4, $5, $6)",
            promotion,
            confie.enseignant_id,
            confie.du,
            confie.au,
            confie.blocs.as_deref() as _,
            confie.coordonne
        )
        .fetch_one(&mut **db)
        .await?;
        Ok(())
    }

    /// Says from when to when a member of the jury examines this promotion.
    ///
    /// # Errors
    /// It is oneself, or somebody dated it since `version` was read.
    pub async fn dater_mandat(
        &self,
        db: &mut Db,
        (promotion, jury): (i64, i64),
        (du, au): (Option<Date>, Option<Date>),
        (version, cle): (i64, Uuid),
    ) -> Result<()> {
        let contenu = serde_json::json!({
            "promotion": promotion.to_string(), "jury": jury.to_string(), "du": du.as_ref().map(date::iso),
            "au": au.as_ref().map(date::iso),
        });
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est("dater_mandat", &contenu);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        if jury == self.personne_id() {
            return Err(Error::Refused(SOI.into()));
        }
        let jures = jures(db, promotion).await?;
        let elle = jures.iter().find(|j| j.jury_id == jury).ok_or(Error::NotFound)?;
        if elle.version != version {
            return Err(Error::Conflict(format!(
                "Quelqu’un a changé ce mandat entre-temps\u{a0}: {}, {}. Enregistrez de nouveau pour mettre votre choix.",
                elle.nom,
                elle.temps()
            )));
        }
        plume.ecrire(db, Acte { genre: "dater_mandat", cle, contenu, ..Acte::default() }).await?;
        sqlx::query!("select livret.dater_mandat($1, $2, $3, $4)", promotion, jury, du, au)
            .fetch_one(&mut **db)
            .await?;
        Ok(())
    }
}

/// The blocs of who is replaced, in the time of the replacement.
fn herites(membres: &[Membre], absente: i64, confie: &Confie) -> Result<Option<Vec<String>>> {
    let meme_temps = Confie { enseignant_id: absente, ..confie.clone() };
    let siens: Vec<&Membre> = membres.iter().filter(|m| se_chevauchent(m, &meme_temps)).collect();
    if siens.is_empty() {
        return Err(Error::Refused(
            "La personne remplacée ne suit pas cette promotion à ces dates. Choisissez-en une autre, ou d’autres dates.".into(),
        ));
    }
    let mut blocs: Option<Vec<String>> = Some(vec![]);
    for m in siens {
        blocs = blocs.zip(m.blocs.clone()).map(|(mut a, b)| {
            a.extend(b);
            a
        });
    }
    Ok(blocs.map(|mut b| {
        b.sort();
        b.dedup();
        b
    }))
}

/// The day before: the last one of what is taken back now.
pub fn veille(jour: Date) -> Date {
    jour - Duration::days(1)
}
