//! Sealing and destroying: acts of who coordinates the promotion. The lines name no student as such: she reads those that do.
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Archive, Mise, archives};
use crate::{
    app::{Db, InTheNameOf},
    date,
    error::{Error, Result},
    journal::{self, Acte, Plume},
    promotion::Coordonnateur,
};

impl Coordonnateur {
    /// Keeps these at the jury's disposal, until the day that the rules of the session say.
    pub async fn archiver(&self, db: &mut Db, mises: &[Mise], cle: Uuid) -> Result<()> {
        let purge_le = self.purge_le(db).await?;
        let dite = |m: &Mise| {
            json!({ "etudiant": m.etudiant_id.to_string(), "lieu": m.lieu, "taille": m.taille.to_string(),
                    "empreinte": hex::encode(&m.empreinte) })
        };
        let contenu = json!({
            "promotion": self.promotion.promotion_id.to_string(), "purge_le": date::iso(&purge_le),
            "dossiers": mises.iter().map(dite).collect::<Vec<Value>>(),
        });
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est("archiver_dossiers", &contenu);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let acte = Acte { genre: "archiver_dossiers", cle, contenu, ..Acte::default() };
        let version = plume.ecrire(db, acte).await?;
        let le = db.le;
        let etudiants: Vec<i64> = mises.iter().map(|m| m.etudiant_id).collect();
        let appels: Vec<String> = mises.iter().map(|m| m.appel.clone()).collect();
        let lieux: Vec<String> = mises.iter().map(|m| m.lieu.clone()).collect();
        let tailles: Vec<i64> = mises.iter().map(|m| m.taille).collect();
        let empreintes: Vec<Vec<u8>> = mises.iter().map(|m| m.empreinte.clone()).collect();
        sqlx::query!(
            "insert into certification.archive (etablissement_id, promotion_id, archivee_le, par, purge_le, version,
                                                etudiant_id, appel, lieu, taille, empreinte)
             select livret.ici(), $1, $2, $3, $4, $5, m.*
               from unnest($6::bigint[], $7::text[], $8::text[], $9::bigint[], $10::bytea[]) m",
            self.promotion.promotion_id,
            le,
            self.personne_id(),
            purge_le,
            version,
            &etudiants,
            &appels,
            &lieux,
            &tailles,
            &empreintes
        )
        .execute(&mut **db)
        .await?;
        Ok(())
    }

    /// Destroys those whose day has come: exactly the ones that were read. The answer is the line that says so; their bytes go
    /// with the next sweep.
    ///
    /// # Errors
    /// They are not those any more, or the day of one has not come.
    pub async fn detruire_archives(&self, db: &mut Db, lues: &[i64], cle: Uuid) -> Result<i64> {
        let mut plume = Plume::prendre(db, self).await?;
        let toutes = archives(db, self.promotion.promotion_id).await?;
        let visees: Vec<&Archive> =
            toutes.iter().filter(|a| lues.contains(&a.archive_id)).collect();
        let dite = |a: &&Archive| {
            json!({ "archive": a.archive_id.to_string(), "etudiant": a.etudiant_id.to_string(), "empreinte": a.empreinte(),
                    "purge_le": date::iso(&a.purge_le) })
        };
        let contenu = json!({
            "promotion": self.promotion.promotion_id.to_string(),
            "dossiers": visees.iter().map(dite).collect::<Vec<Value>>(),
        });
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est("detruire_archives", &contenu);
            return if meme { Ok(deja.seq) } else { Err(journal::cle_reprise()) };
        }
        if let Some(a) = visees.iter().find(|a| !a.gardee()) {
            return Err(Error::Conflict(format!(
                "Le dossier de {} a déjà été détruit par {}. Relisez la liste, puis recommencez.",
                a.appel,
                a.detruite_par.as_deref().unwrap_or("un collègue")
            )));
        }
        if let Some(a) = visees.iter().find(|a| !a.echue(self.jour())) {
            return Err(Error::Refused(format!(
                "Le dossier de {} est à la disposition du jury jusqu’au {}\u{a0}: il ne se détruit pas avant.",
                a.appel,
                date::longue(&a.purge_le)
            )));
        }
        if visees.is_empty() || visees.len() != lues.len() {
            return Err(Error::Refused(
                "Aucun dossier à détruire n’a été choisi. Rouvrez la liste, puis recommencez."
                    .into(),
            ));
        }
        let acte = Acte { genre: "detruire_archives", cle, contenu, ..Acte::default() };
        let version = plume.ecrire(db, acte).await?;
        let le = db.le;
        sqlx::query!(
            "update certification.archive set detruite_le = $2, detruite_par = $3, destruction = $4
              where etablissement_id = livret.ici() and archive_id = any ($1)",
            lues,
            le,
            self.personne_id(),
            version
        )
        .execute(&mut **db)
        .await?;
        Ok(version)
    }
}
