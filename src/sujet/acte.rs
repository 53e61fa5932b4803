//! Preparing subjects: for all who have none, then one by one.
use serde_json::{Value, json};
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
        let siens: Vec<(i64, &Voulu)> = nouveaux.iter().map(|(id, v)| (*id, v)).collect();
        inscrire(db, (promotion.promotion_id, epreuve), &siens, &versions).await?;
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
        let sien = [(etudiant.id(), voulu)];
        inscrire(db, (promotion.promotion_id, epreuve), &sien, &[version]).await
    }
}

/// All at once, whatever their number.
async fn inscrire(
    db: &mut Db,
    (promotion_id, epreuve): (i64, &str),
    siens: &[(i64, &Voulu)],
    versions: &[i64],
) -> Result<()> {
    let etudiants: Vec<i64> = siens.iter().map(|(id, _)| *id).collect();
    let fiches: Vec<i64> = siens.iter().map(|(_, v)| v.fiche_id).collect();
    let commissions: Vec<String> = siens.iter().map(|(_, v)| v.commission.clone()).collect();
    let dates: Vec<Option<Date>> = siens.iter().map(|(_, v)| v.le).collect();
    let contenus: Vec<Value> = siens.iter().map(|(_, v)| json!(v.contenu)).collect();
    sqlx::query!(
        "insert into certification.sujet (etablissement_id, promotion_id, epreuve, etudiant_id, fiche_id, commission, le,
                                          contenu, version)
         select livret.ici(), $1, $2, s.* from unnest($3::bigint[], $4::bigint[], $5::text[], $6::date[], $7::jsonb[],
                                                     $8::bigint[]) s
         on conflict on constraint un_sujet_par_candidat do update
            set fiche_id = excluded.fiche_id, commission = excluded.commission, le = excluded.le,
                contenu = excluded.contenu, version = excluded.version",
        promotion_id,
        epreuve,
        &etudiants,
        &fiches,
        &commissions,
        &dates as _,
        &contenus,
        versions
    )
    .execute(&mut **db)
    .await?;
    Ok(())
}
