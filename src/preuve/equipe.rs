//! A preuve of several: each says his own part, and enters only by saying so himself.
use uuid::Uuid;

use super::Preuve;
use crate::{
    app::Db,
    compte::Moi,
    error::{Error, Result},
    etudiant::Etudiant,
    journal::{self, Acte, Plume},
};

/// Somebody of a team.
#[derive(Debug, Clone)]
pub struct Equipier {
    pub etudiant_id: i64,
    pub nom: String,
    pub prenom: String,
}

/// What one of a team did.
#[derive(Debug, Clone)]
pub struct Part {
    pub etudiant_id: i64,
    pub nom: String,
    pub prenom: String,
    pub part: String,
    pub acceptee: bool,
    pub declinee: bool,
}

impl Etudiant {
    /// Those who share a team of her promotion with her, as a teacher made it.
    pub async fn equipiers(&self, db: &mut Db) -> Result<Vec<Equipier>> {
        Ok(sqlx::query_as!(
            Equipier,
            r#"select etudiant_id as "etudiant_id!", nom as "nom!", prenom as "prenom!"
                 from livret.equipiers($1) order by nom collate "fr-x-icu", prenom collate "fr-x-icu""#,
            self.etudiant_id
        )
        .fetch_all(&mut **db)
        .await?)
    }
}

/// Who was in it; empty for whoever may not see it.
pub async fn parts(db: &mut Db, preuve: &Preuve) -> Result<Vec<Part>> {
    Ok(sqlx::query_as!(
        Part,
        r#"select etudiant_id as "etudiant_id!", nom as "nom!", prenom as "prenom!", part as "part!",
                  acceptee as "acceptee!", declinee as "declinee!"
             from livret.parts($1)"#,
        preuve.preuve_id
    )
    .fetch_all(&mut **db)
    .await?)
}

impl Moi {
    /// Says my part in a preuve of my team: from then on it is mine too.
    pub async fn prendre_part(
        &self,
        db: &mut Db,
        etudiant: &Etudiant,
        preuve: &Preuve,
        part: &str,
        cle: Uuid,
    ) -> Result<()> {
        if part.trim().is_empty() {
            return Err(Error::Refused(
                "Écrivez votre part\u{a0}: ce que vous y avez fait.".into(),
            ));
        }
        if part.chars().count() > 5000 {
            return Err(Error::Refused(
                "Votre part compte 5\u{202f}000 caractères au plus.".into(),
            ));
        }
        self.repondre_equipe(db, etudiant, preuve, ("prendre_part", part.trim()), cle).await
    }

    /// I was not in it, or do not want it in my livret.
    ///
    /// # Errors
    /// I said before that I was.
    pub async fn decliner(
        &self,
        db: &mut Db,
        etudiant: &Etudiant,
        preuve: &Preuve,
        cle: Uuid,
    ) -> Result<()> {
        self.repondre_equipe(db, etudiant, preuve, ("decliner_part", ""), cle).await
    }

    async fn repondre_equipe(
        &self,
        db: &mut Db,
        etudiant: &Etudiant,
        preuve: &Preuve,
        (genre, part): (&'static str, &str),
        cle: Uuid,
    ) -> Result<()> {
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.genre == genre && deja.preuve_id == Some(preuve.preuve_id);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let acte = Acte {
            genre,
            cle,
            etudiant_id: Some(etudiant.etudiant_id),
            preuve_id: Some(preuve.preuve_id),
            contenu: serde_json::json!({ "part": part }),
            ..Acte::default()
        };
        plume.ecrire(db, acte).await?;
        let (le, prend) = (db.le, genre == "prendre_part");
        let fait = sqlx::query!(
            "update livret.preuve_etudiant
                set part = $3, acceptee_le = case when $4 then coalesce(acceptee_le, $5) end,
                    declinee_le = case when not $4 then $5 end
              where etablissement_id = livret.ici() and preuve_id = $1 and etudiant_id = $2
                and ($4 or acceptee_le is null)",
            preuve.preuve_id,
            etudiant.etudiant_id,
            part,
            prend,
            le
        )
        .execute(&mut **db)
        .await?;
        if fait.rows_affected() == 1 {
            return Ok(());
        }
        Err(Error::Conflict("Cette preuve est déjà dans votre livret\u{a0}: elle y reste.".into()))
    }
}
