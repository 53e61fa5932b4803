//! Preparing subjects: for all who have none, then one by one.
use serde_json::{Value, json};
use sqlx::types::Json;
use time::Date;
use uuid::Uuid;

use super::{Contenu, Sujet};
use crate::{
    app::Db,
    compte::Enseignant,
    date,
    error::{Error, Result},
    etudiant::Etudiant,
    journal::{self, Acte, Plume},
    promotion::Promotion,
};

/// A subject as it is wanted.
#[derive(Debug, Clone)]
pub struct Voulu {
    pub fiche_id: i64,
    pub commission: String,
    pub le: Option<Date>,
    pub contenu: Contenu,
}

impl Voulu {
    /// What the journal says of it. No student is named as such: she reads the lines that name her.
    fn acte(&self, etudiant_id: i64, epreuve: &str, cle: Uuid) -> Acte {
        Acte {
            genre: "preparer_sujet",
            cle,
            contenu: self.dit(etudiant_id, epreuve),
            ..Acte::default()
        }
    }

    fn dit(&self, etudiant_id: i64, epreuve: &str) -> Value {
        json!({
            "etudiant": etudiant_id.to_string(), "epreuve": epreuve, "fiche": self.fiche_id.to_string(),
            "commission": self.commission, "le": self.le.as_ref().map(date::iso), "contenu": self.contenu,
        })
    }
}

impl Enseignant {
    /// Prepares a subject for each of these candidates; who has one already keeps it. The answer is how many were prepared.
    pub async fn preparer_sujets(
        &self,
        db: &mut Db,
        (promotion, epreuve): (&Promotion, &str),
        voulus: &[(i64, Voulu)],
        cle: Uuid,
    ) -> Result<usize> {
        let mut plume = Plume::prendre(db, self).await?;
        let deja = self.sujets(db, promotion, epreuve).await?; // under the pen: nobody writes meanwhile
        let nouveaux: Vec<&(i64, Voulu)> =
            voulus.iter().filter(|(id, _)| deja.iter().all(|s| s.etudiant_id != *id)).collect();
        let acte =
            |(id, v): &&(i64, Voulu)| v.acte(*id, epreuve, Uuid::new_v5(&cle, &id.to_be_bytes()));
        let versions = plume.ecrire_lot(db, nouveaux.iter().map(acte).collect()).await?;
        for ((id, voulu), version) in nouveaux.iter().zip(versions) {
            inscrire(db, (promotion.promotion_id, *id, epreuve), voulu, version).await?;
        }
        Ok(nouveaux.len())
    }

    /// Says what the subject of a candidate is.
    ///
    /// # Errors
    /// A colleague said something else since `lue` was read (0: when there was none).
    pub async fn ecrire_sujet(
        &self,
        db: &mut Db,
        (promotion, etudiant, epreuve): (&Promotion, &Etudiant, &str),
        voulu: &Voulu,
        (lue, cle): (i64, Uuid),
    ) -> Result<()> {
        let acte = voulu.acte(etudiant.id(), epreuve, cle);
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est(acte.genre, &acte.contenu);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let tous = self.sujets(db, promotion, epreuve).await?;
        let actuel = tous.into_iter().find(|s: &Sujet| s.etudiant_id == etudiant.id());
        if actuel.map_or(0, |s| s.version) != lue {
            return Err(Error::Conflict(
                "Un collègue vient de changer ce sujet. Votre saisie est ci-dessous\u{a0}: rouvrez la page dans un autre \
                 onglet pour lire la sienne, puis enregistrez de nouveau pour mettre la vôtre."
                    .into(),
            ));
        }
        let version = plume.ecrire(db, acte).await?;
        inscrire(db, (promotion.promotion_id, etudiant.id(), epreuve), voulu, version).await
    }
}

async fn inscrire(
    db: &mut Db,
    (promotion_id, etudiant_id, epreuve): (i64, i64, &str),
    voulu: &Voulu,
    version: i64,
) -> Result<()> {
    sqlx::query!(
        "insert into certification.sujet (etablissement_id, promotion_id, etudiant_id, epreuve, fiche_id, commission, le,
                                          contenu, version)
         values (livret.ici(), $1, $2, $3, $4, $5, $6, $7, $8)
         on conflict on constraint un_sujet_par_candidat do update
            set fiche_id = excluded.fiche_id, commission = excluded.commission, le = excluded.le,
                contenu = excluded.contenu, version = excluded.version",
        promotion_id,
        etudiant_id,
        epreuve,
        voulu.fiche_id,
        voulu.commission,
        voulu.le,
        Json(&voulu.contenu) as _,
        version
    )
    .execute(&mut **db)
    .await?;
    Ok(())
}
