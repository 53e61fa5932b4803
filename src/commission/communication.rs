//! After the jury: the day of its deliberation, the indicative mark that a school may switch on, and what is communicated
//! to a candidate who asks (CRPA, art. L. 311-6: the fiche, never the grid).
use std::collections::BTreeMap;

use serde_json::json;
use sqlx::types::Json;
use time::Date;
use uuid::Uuid;

use super::{Coches, Note, modele};
use crate::{
    app::{Db, InTheNameOf},
    date,
    error::{Error, Result},
    journal::{self, Acte, Plume},
    promotion::Coordonnateur,
};

/// What the school decided for a promotion.
#[derive(Debug, Clone, Default)]
pub struct Deliberation {
    /// Day of the jury; nothing while it is not known.
    pub le: Option<Date>,
    /// Degree -> mark in hundredths, the school's own conversion; nothing: no indicative mark is shown.
    pub indicatif: Option<BTreeMap<String, i32>>,
    pub version: i64,
}

impl Deliberation {
    /// The jury has deliberated: its day is today, or past.
    pub fn passee(&self, qui: &impl InTheNameOf) -> bool {
        self.le.is_some_and(|le| le <= qui.jour())
    }

    /// What the school's own conversion makes of these ticks, in hundredths: the mean of the lines. Nothing when it is off,
    /// or a line has no tick. It never goes into the official box: no text turns ticks into a mark.
    pub fn indicative(
        &self,
        grille: &modele::Grille,
        choix: Option<&str>,
        coches: &Coches,
    ) -> Option<Note> {
        let bareme = self.indicatif.as_ref()?;
        let lignes = grille.lignes_jugees(choix);
        let mut somme = 0;
        for ligne in &lignes {
            somme += bareme.get(coches.get(&ligne.code)?)?;
        }
        let combien = i32::try_from(lignes.len()).ok().filter(|n| *n > 0)?;
        Some(Note((somme + combien / 2) / combien))
    }
}

/// What was decided for a promotion.
pub async fn deliberation(db: &mut Db, promotion_id: i64) -> Result<Deliberation> {
    let dite = sqlx::query!(
        r#"select le, indicatif as "indicatif: Json<BTreeMap<String, i32>>", version from certification.deliberation
            where etablissement_id = livret.ici() and promotion_id = $1"#,
        promotion_id
    )
    .fetch_optional(&mut **db)
    .await?;
    Ok(dite.map_or_else(Deliberation::default, |d| Deliberation {
        le: d.le,
        indicatif: d.indicatif.map(|i| i.0),
        version: d.version,
    }))
}

/// A fiche that was given to its candidate.
#[derive(Debug, Clone)]
pub struct Communication {
    pub etudiant_id: i64,
    pub epreuve: String,
    pub demandee_le: Date,
    pub remise_le: Date,
    pub moyen: String,
    pub par: String,
}

impl Coordonnateur {
    /// Says when the jury deliberates, and whether an indicative mark is shown.
    ///
    /// # Errors
    /// Somebody said otherwise since it was read.
    pub async fn fixer_deliberation(
        &self,
        db: &mut Db,
        voulue: &Deliberation,
        cle: Uuid,
    ) -> Result<()> {
        let promotion_id = self.promotion.promotion_id;
        let acte = Acte {
            genre: "fixer_deliberation",
            cle,
            contenu: json!({
                "promotion": promotion_id.to_string(), "le": voulue.le.as_ref().map(date::iso),
                "indicatif": voulue.indicatif,
            }),
            ..Acte::default()
        };
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est(acte.genre, &acte.contenu);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        if deliberation(db, promotion_id).await?.version != voulue.version {
            return Err(Error::Conflict(
                "Quelqu’un vient de changer ce réglage. Relisez-le ci-dessous, puis enregistrez de nouveau.".into(),
            ));
        }
        let version = plume.ecrire(db, acte).await?;
        sqlx::query!(
            "insert into certification.deliberation (etablissement_id, promotion_id, le, indicatif, version)
             values (livret.ici(), $1, $2, $3, $4)
             on conflict (etablissement_id, promotion_id) do update
                set le = excluded.le, indicatif = excluded.indicatif, version = excluded.version",
            promotion_id,
            voulue.le,
            voulue.indicatif.as_ref().map(Json) as _,
            version
        )
        .execute(&mut **db)
        .await?;
        Ok(())
    }

    /// What was communicated in this promotion, the latest first.
    pub async fn communications(&self, db: &mut Db) -> Result<Vec<Communication>> {
        Ok(sqlx::query_as!(
            Communication,
            r#"select c.etudiant_id, c.epreuve, c.demandee_le, c.remise_le, c.moyen,
                      concat_ws(' ', q.civilite, q.nom) as "par!"
                 from certification.communication c
                 join livret.personne q on (q.etablissement_id, q.personne_id) = (c.etablissement_id, c.par)
                where c.etablissement_id = livret.ici() and c.promotion_id = $1
                order by c.version desc"#,
            self.promotion.promotion_id
        )
        .fetch_all(&mut **db)
        .await?)
    }

    /// Records that a fiche d'évaluation was given to the candidate who asked for it. The grid never is.
    ///
    /// # Errors
    /// The jury has not deliberated; the fiche is not locked.
    pub async fn communiquer(
        &self,
        db: &mut Db,
        (etudiant_id, epreuve): (i64, &str),
        (demandee_le, moyen): (Date, &str),
        cle: Uuid,
    ) -> Result<()> {
        let promotion_id = self.promotion.promotion_id;
        let mut plume = Plume::prendre(db, self).await?;
        if plume.deja(db, cle).await?.is_some() {
            return Ok(());
        }
        if !deliberation(db, promotion_id).await?.passee(self) {
            return Err(Error::Refused(
                "Le jury n’a pas encore délibéré\u{a0}: rien ne peut être communiqué au candidat. Fixez d’abord le jour de la \
                 délibération, ou attendez-le."
                    .into(),
            ));
        }
        let dites = super::evaluations(db, (promotion_id, epreuve), &[etudiant_id]).await?;
        if dites.get(&etudiant_id).is_none_or(|e| e.verrou.is_none()) {
            return Err(Error::Refused(
                "Cette fiche d’évaluation n’est pas verrouillée\u{a0}: la commission doit d’abord la terminer.".into(),
            ));
        }
        let acte = Acte {
            genre: "communiquer_evaluation",
            cle,
            contenu: json!({
                "promotion": promotion_id.to_string(), "etudiant": etudiant_id.to_string(), "epreuve": epreuve,
                "demandee_le": date::iso(&demandee_le), "moyen": moyen,
            }),
            ..Acte::default()
        };
        let version = plume.ecrire(db, acte).await?;
        sqlx::query!(
            "insert into certification.communication (etablissement_id, version, promotion_id, etudiant_id, epreuve,
                                                      demandee_le, remise_le, moyen, par)
             values (livret.ici(), $1, $2, $3, $4, $5, livret.jour(), $6, livret.moi())",
            version,
            promotion_id,
            etudiant_id,
            epreuve,
            demandee_le,
            moyen
        )
        .execute(&mut **db)
        .await?;
        Ok(())
    }
}
