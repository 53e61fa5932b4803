//! What a student does with her sheets: she begins one, records versions of it, takes it away.
use serde_json::json;
use sqlx::types::Json;
use uuid::Uuid;

use super::{Fiche, Modele, Texte, copie};
use crate::{
    app::Db,
    compte::Moi,
    error::{Error, Result},
    etudiant::Etudiant,
    journal::{self, Acte, Plume},
};

/// Most sheets that a student may have under way for one épreuve.
const FICHES_MAX: i32 = 20;

impl Moi {
    /// Begins a sheet, with what is known already in my working copy.
    ///
    /// # Errors
    /// There are too many of mine.
    pub async fn commencer_fiche(
        &self,
        db: &mut Db,
        (etudiant, modele): (&Etudiant, &Modele),
        (texte, preuves): (&Texte, &[i64]),
        cle: Uuid,
    ) -> Result<i64> {
        let dites: Vec<String> = preuves.iter().map(i64::to_string).collect();
        let contenu = json!({ "epreuve": modele.epreuve, "preuves": dites });
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            return commencee(db, etudiant, (deja, &contenu)).await;
        }
        let numeros: Vec<i32> = etudiant
            .fiches(db)
            .await?
            .iter()
            .filter(|f| f.epreuve == modele.epreuve)
            .map(|f| f.numero)
            .collect();
        let libre = (1..=FICHES_MAX).find(|n| !numeros.contains(n)).ok_or_else(|| {
            Error::Refused(format!(
                "Vous avez déjà {FICHES_MAX} fiches pour l’épreuve {}. Retirez-en une.",
                modele.epreuve
            ))
        })?;
        let etudiant_id = Some(etudiant.id());
        let acte = Acte { genre: "commencer_fiche", cle, etudiant_id, contenu, ..Acte::default() };
        let version = plume.ecrire(db, acte).await?;
        let le = db.le;
        Ok(sqlx::query_scalar!(
            "with f as (
                insert into livret.fiche (etablissement_id, promotion_id, etudiant_id, epreuve, numero, commencee_le, version)
                values (livret.ici(), $1, $2, $3, $4, $5, $6) returning fiche_id),
               p as (
                insert into livret.fiche_preuve (etablissement_id, fiche_id, etudiant_id, preuve_id)
                select livret.ici(), f.fiche_id, $2, p from f, unnest($7::bigint[]) p)
             insert into livret.fiche_copie (etablissement_id, fiche_id, etudiant_id, champs, repris_le)
             select livret.ici(), fiche_id, $2, $8, $5 from f returning fiche_id",
            etudiant.promotion_id(),
            etudiant.id(),
            modele.epreuve,
            libre,
            le,
            version,
            preuves,
            Json(texte) as _
        )
        .fetch_one(&mut **db)
        .await?)
    }

    /// Records a version: what my team reads from now on.
    ///
    /// # Errors
    /// The team keeps it; another page of mine recorded something else since `lue` was read.
    pub async fn ecrire_fiche(
        &self,
        db: &mut Db,
        (etudiant, fiche): (&Etudiant, &Fiche),
        texte: &Texte,
        (lue, cle): (i64, Uuid),
    ) -> Result<()> {
        let contenu = json!({
            "fiche": fiche.fiche_id.to_string(), "titre": texte.titre, "nature": texte.nature,
            "vecue": texte.vecue, "rubriques": texte.rubriques,
        });
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est("ecrire_fiche", &contenu);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let actuelle = etudiant.fiche(db, fiche.fiche_id).await?; // again, under the pen
        if !actuelle.ouverte() {
            return Err(copie::fermee(&actuelle));
        }
        if actuelle.version != lue {
            return Err(depassee(&actuelle));
        }
        let rang = actuelle.rang.unwrap_or(0) + 1;
        let etudiant_id = Some(etudiant.id());
        let acte = Acte { genre: "ecrire_fiche", cle, etudiant_id, contenu, ..Acte::default() };
        let version = plume.ecrire(db, acte).await?;
        let le = db.le;
        sqlx::query!(
            "with v as (
                insert into livret.fiche_version (etablissement_id, fiche_id, etudiant_id, rang, titre, nature, vecue, contenu,
                                                  ecrite_le, version)
                values (livret.ici(), $1, $2, $3, $4, $5, $6, $7, $8, $9))
             update livret.fiche set rang = $3, titre = $4, nature = $5, vecue = $6, etat = 'brouillon', version = $9
              where etablissement_id = livret.ici() and fiche_id = $1",
            fiche.fiche_id,
            etudiant.id(),
            rang,
            texte.titre,
            texte.nature,
            texte.vecue,
            Json(&texte.rubriques) as _,
            le,
            version
        )
        .execute(&mut **db)
        .await?;
        Ok(())
    }

    /// Takes a sheet of mine away. The journal keeps what it said.
    ///
    /// # Errors
    /// The team keeps it; it changed since `lue` was read.
    pub async fn retirer_fiche(
        &self,
        db: &mut Db,
        (etudiant, fiche): (&Etudiant, &Fiche),
        (lue, cle): (i64, Uuid),
    ) -> Result<()> {
        let contenu = json!({ "fiche": fiche.fiche_id.to_string() });
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est("retirer_fiche", &contenu);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let actuelle = etudiant.fiche(db, fiche.fiche_id).await?;
        if !actuelle.ouverte() {
            return Err(copie::fermee(&actuelle));
        }
        if actuelle.version != lue {
            return Err(depassee(&actuelle));
        }
        let etudiant_id = Some(etudiant.id());
        let acte = Acte { genre: "retirer_fiche", cle, etudiant_id, contenu, ..Acte::default() };
        let version = plume.ecrire(db, acte).await?;
        sqlx::query!(
            "with c as (delete from livret.fiche_copie where etablissement_id = livret.ici() and fiche_id = $1)
             update livret.fiche set retiree = true, etat = 'brouillon', version = $2
              where etablissement_id = livret.ici() and fiche_id = $1",
            fiche.fiche_id,
            version
        )
        .execute(&mut **db)
        .await?;
        Ok(())
    }
}

/// The sheet that the first sending of the same form began.
async fn commencee(
    db: &mut Db,
    etudiant: &Etudiant,
    (deja, contenu): (journal::Deja, &serde_json::Value),
) -> Result<i64> {
    let sienne = deja.est("commencer_fiche", contenu) && deja.etudiant_id == Some(etudiant.id());
    if !sienne {
        return Err(journal::cle_reprise());
    }
    let id = sqlx::query_scalar!(
        "select f.fiche_id from livret.fiche f
           join livret.evenement e on e.etablissement_id = f.etablissement_id and e.le = f.commencee_le
          where f.etablissement_id = livret.ici() and f.etudiant_id = $1 and e.seq = $2",
        etudiant.id(),
        deja.seq
    )
    .fetch_optional(&mut **db)
    .await?;
    id.ok_or_else(journal::cle_reprise)
}

/// Somebody said something else of it since it was read.
pub fn depassee(fiche: &Fiche) -> Error {
    Error::Conflict(format!(
        "{} a changé depuis que vous l’avez ouverte\u{a0}: elle est maintenant {}. Relisez, puis \
         enregistrez de nouveau.",
        fiche.nom(),
        fiche.en_mots()
    ))
}
