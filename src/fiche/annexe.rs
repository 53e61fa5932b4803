//! What is joined to a sheet where its model asks for it: a file of the student's, each deposit kept, the last one counting.
use serde_json::json;
use uuid::Uuid;

use super::{Fiche, copie};
use crate::{
    app::Db,
    compte::Moi,
    error::Result,
    etudiant::Etudiant,
    journal::{self, Acte, Plume},
    preuve::fichier::{self, Fichier},
};

impl Moi {
    /// Joins a file that I deposited to a sheet of mine.
    ///
    /// # Errors
    /// The team keeps it; the file is not mine.
    pub async fn joindre_annexe(
        &self,
        db: &mut Db,
        (etudiant, fiche): (&Etudiant, &Fiche),
        fichier_id: i64,
        cle: Uuid,
    ) -> Result<()> {
        let mut plume = Plume::prendre(db, self).await?;
        let lu = fichier::par_numeros(db, &[fichier_id]).await?;
        let empreintes: Vec<String> = lu.iter().map(Fichier::empreinte).collect();
        let contenu = json!({ "fiche": fiche.fiche_id.to_string(), "fichiers": empreintes });
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est("joindre_annexe", &contenu);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        fichier::siens(db, &[fichier_id]).await?;
        let actuelle = etudiant.fiche(db, fiche.fiche_id).await?;
        if !actuelle.ouverte() {
            return Err(copie::fermee(&actuelle));
        }
        let etudiant_id = Some(etudiant.id());
        let acte = Acte { genre: "joindre_annexe", cle, etudiant_id, contenu, ..Acte::default() };
        let version = plume.ecrire(db, acte).await?;
        let le = db.le;
        sqlx::query!(
            "insert into livret.fiche_annexe (etablissement_id, fiche_id, etudiant_id, fichier_id, jointe_le, version)
             values (livret.ici(), $1, $2, $3, $4, $5)",
            fiche.fiche_id,
            etudiant.id(),
            fichier_id,
            le,
            version
        )
        .execute(&mut **db)
        .await?;
        Ok(())
    }
}

/// What is joined to a sheet now.
pub async fn annexe(db: &mut Db, fiche: &Fiche) -> Result<Option<Fichier>> {
    let id = sqlx::query_scalar!(
        "select fichier_id from livret.fiche_annexe
          where etablissement_id = livret.ici() and fiche_id = $1 order by annexe_id desc limit 1",
        fiche.fiche_id
    )
    .fetch_optional(&mut **db)
    .await?;
    let Some(id) = id else { return Ok(None) };
    Ok(fichier::par_numeros(db, &[id]).await?.pop())
}
