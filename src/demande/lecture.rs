//! Demandes as they are read: a student's own, and the queue of her teachers.
use serde::Deserialize;
use sqlx::types::Json;
use time::{Date, PrimitiveDateTime};

use crate::{
    app::{Db, InTheNameOf},
    compte::Enseignant,
    error::{Error, Result},
    etudiant::Etudiant,
    promotion::Promotion,
};

/// One line of a demande.
#[derive(Debug, Clone, Deserialize)]
pub struct Ligne {
    pub code: String,
    pub niveau: Option<String>,
    pub pourquoi: String,
    /// What the team gave for this preuve, once it answered.
    pub donne: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Demande {
    pub demande_id: i64,
    pub promotion_id: i64,
    pub etudiant_id: i64,
    pub nom: String,
    pub prenom: String,
    pub preuve_id: i64,
    pub titre: String,
    pub situation_id: i64,
    pub contexte: String,
    pub organisation: Option<String>,
    pub vecue_le: Date,
    pub etat: String,
    pub demandee_le: PrimitiveDateTime,
    pub par: Option<String>,
    pub repondue_le: Option<PrimitiveDateTime>,
    pub motif: String,
    pub version: i64,
    pub lignes: Json<Vec<Ligne>>,
}

impl Demande {
    pub fn attend(&self) -> bool {
        self.etat == "attente"
    }

    /// « ÉTIENNE Zoé ».
    pub fn liste(&self) -> String {
        format!("{} {}", self.nom, self.prenom)
    }

    /// Asked for something of this bloc.
    pub fn touche(&self, bloc: &str) -> bool {
        let prefixe = format!("{bloc}.");
        bloc.is_empty() || self.lignes.iter().any(|l| l.code.starts_with(&prefixe))
    }
}

/// Which demandes are asked for.
#[derive(Debug, Default)]
struct Choix {
    promotion_id: Option<i64>,
    etudiant_id: Option<i64>,
    preuve_id: Option<i64>,
    demande_id: Option<i64>,
    attente: bool,
}

async fn lire(db: &mut Db, c: &Choix) -> Result<Vec<Demande>> {
    Ok(sqlx::query_file_as!(
        Demande,
        "src/demande/lecture.sql",
        c.promotion_id,
        c.etudiant_id,
        c.preuve_id,
        c.demande_id,
        c.attente
    )
    .fetch_all(&mut **db)
    .await?)
}

impl Etudiant {
    /// Her demandes, latest first; those of one preuve when it is named.
    pub async fn demandes(&self, db: &mut Db, preuve_id: Option<i64>) -> Result<Vec<Demande>> {
        let mut siennes =
            lire(db, &Choix { etudiant_id: Some(self.etudiant_id), preuve_id, ..Choix::default() })
                .await?;
        siennes.reverse();
        Ok(siennes)
    }
}

impl Promotion {
    /// What waits for an answer, oldest first.
    pub async fn demandes(&self, db: &mut Db) -> Result<Vec<Demande>> {
        let choix =
            Choix { promotion_id: Some(self.promotion_id), attente: true, ..Choix::default() };
        lire(db, &choix).await
    }

    /// One of them, answered or not; that of another promotion does not exist here.
    pub async fn demande(&self, db: &mut Db, id: i64) -> Result<Demande> {
        let choix = Choix {
            promotion_id: Some(self.promotion_id),
            demande_id: Some(id),
            ..Choix::default()
        };
        lire(db, &choix).await?.pop().ok_or(Error::NotFound)
    }
}

impl Enseignant {
    /// How many demandes wait in each of my promotions.
    pub async fn demandes_en_attente(&self, db: &mut Db) -> Result<Vec<(i64, i64)>> {
        let lignes = sqlx::query!(
            r#"select d.promotion_id, count(*) as "n!" from livret.demande d
                where d.etablissement_id = livret.ici() and d.etat = 'attente'
                  and exists (select from livret.suivi s
                               where s.etablissement_id = d.etablissement_id and s.promotion_id = d.promotion_id
                                 and s.enseignant_id = $1 and s.du <= $2 and (s.au is null or $2 <= s.au))
                group by d.promotion_id"#,
            self.personne_id(), self.aujourd_hui()
        )
        .fetch_all(&mut **db)
        .await?;
        Ok(lignes.into_iter().map(|l| (l.promotion_id, l.n)).collect())
    }
}
