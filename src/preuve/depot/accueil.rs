//! What a deposit is in the database: who may begin one, how much she already has, what it becomes.
use uuid::Uuid;

use super::{Annonce, Suite, genre, magasin::Objet, poids};
use crate::{
    app::{App, Db, InTheNameOf},
    compte::Deposant,
    error::Result,
    preuve::fichier::Fichier,
    sas::{Constat, genre::Annonce as Debut},
};

/// What a deposit of mine has become, once finished.
pub async fn fini(db: &mut Db, cle: Uuid) -> Result<Option<Fichier>> {
    Ok(sqlx::query_as!(
        Fichier,
        "select fichier_id, rang, nom, genre, taille, pages, empreinte, vignette from livret.fichier
          where etablissement_id = livret.ici() and par = livret.moi() and cle = $1",
        cle
    )
    .fetch_optional(&mut **db)
    .await?)
}

/// The size that a deposit of mine announced, while it is under way.
pub async fn ouvert(db: &mut Db, cle: Uuid) -> Result<Option<i64>> {
    Ok(sqlx::query_scalar!(
        "select taille from livret.depot
          where etablissement_id = livret.ici() and par = livret.moi() and cle = $1",
        cle
    )
    .fetch_optional(&mut **db)
    .await?)
}

/// Begins a deposit, or goes on with it: `None` when its piece may be taken.
pub async fn annoncer(
    app: &App,
    db: &mut Db,
    qui: &Deposant,
    annonce: &Annonce,
    debut: u64,
) -> Result<Option<Suite>> {
    if let Some(fichier) = fini(db, annonce.cle).await? {
        return Ok(Some(Suite::Fini(fichier)));
    }
    if let Some(taille) = ouvert(db, annonce.cle).await? {
        let meme = u64::try_from(taille).is_ok_and(|t| t == annonce.taille);
        return Ok((!meme).then(|| {
            Suite::refus("Ce fichier a changé pendant l’envoi. Choisissez-le de nouveau.")
        }));
    }
    if debut != 0 {
        return Ok(Some(Suite::Decale(0)));
    }
    if annonce.taille == 0 {
        return Ok(Some(Suite::refus("Ce fichier est vide. Choisissez-en un autre.")));
    }
    if annonce.taille > app.config.enregistrement_max {
        return Ok(Some(Suite::refus(trop_gros(app.config.enregistrement_max))));
    }
    if let Some(refus) = quota(app, db, qui, annonce.taille).await? {
        return Ok(Some(Suite::refus(refus)));
    }
    let nom: String = annonce.nom.chars().filter(|c| *c != '\0').take(1000).collect();
    let commence = sqlx::query!(
        "insert into livret.depot (etablissement_id, par, cle, nom, taille, commence_le)
         select livret.ici(), livret.moi(), $1, $2, $3, $4
          where (select count(*) from livret.depot where etablissement_id = livret.ici()
                                                     and par = livret.moi() and commence_le >= $5) < $6",
        annonce.cle,
        nom,
        i64::try_from(annonce.taille).unwrap_or(i64::MAX),
        db.le,
        db.le - app.config.depot_duree,
        app.config.depots_max
    )
    .execute(&mut **db)
    .await?;
    Ok((commence.rows_affected() == 0).then(|| {
        Suite::refus(format!(
            "{} fichiers sont déjà en cours d’envoi. Terminez-les ou retirez-les, puis recommencez.",
            app.config.depots_max
        ))
    }))
}

pub fn trop_gros(max: u64) -> String {
    format!(
        "Ce fichier dépasse {}. Réduisez-le (une photo moins grande, une vidéo plus courte) ou donnez un lien.",
        poids(max)
    )
}

/// What a first piece already tells, so that nobody sends fifty megabytes for nothing.
pub fn des_le_debut(app: &App, tete: &[u8], taille: u64) -> Option<String> {
    if tete.len() < 4096 && (tete.len() as u64) < taille {
        return None;
    }
    match genre::annonce(tete) {
        Err(message) => Some(message.to_owned()),
        Ok(Debut::Boites | Debut::Son) => None,
        Ok(_) => (taille > app.config.fichier_max).then(|| trop_gros(app.config.fichier_max)),
    }
}

/// A student's files have a limit together. Her transactions pass here one at a time.
pub async fn quota(app: &App, db: &mut Db, qui: &Deposant, taille: u64) -> Result<Option<String>> {
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended('depot', $1))", qui.personne_id())
        .execute(&mut **db)
        .await?;
    if let Deposant::Enseignant(_) = qui {
        return Ok(None);
    }
    let pris = sqlx::query_scalar!(
        r#"select coalesce(sum(taille), 0)::bigint as "pris!" from livret.fichier
            where etablissement_id = livret.ici() and par = livret.moi()"#
    )
    .fetch_one(&mut **db)
    .await?;
    let pris = u64::try_from(pris).unwrap_or_default();
    Ok((pris + taille > app.config.quota).then(|| {
        format!(
            "Vos fichiers occupent déjà {} sur {}\u{a0}: celui-ci ({}) ne tient plus. \
             Réduisez-le, ou donnez un lien.",
            poids(pris),
            poids(app.config.quota),
            poids(taille)
        )
    }))
}

/// The deposit becomes a file.
pub async fn inscrire(
    db: &mut Db,
    cle: Uuid,
    nom: &str,
    constat: &Constat,
    objets: &[&Objet],
) -> Result<Fichier> {
    let fichier = sqlx::query_as!(
        Fichier,
        "insert into livret.fichier (etablissement_id, par, cle, depose_le, nom, genre, taille, empreinte, vignette, pages)
         values (livret.ici(), livret.moi(), $1, $2, $3, $4, $5, $6, $7, $8)
         returning fichier_id, rang, nom, genre, taille, pages, empreinte, vignette",
        cle,
        db.le,
        nom,
        constat.genre.code(),
        i64::try_from(objets[0].taille).unwrap_or(i64::MAX),
        objets[0].empreinte,
        objets.get(1).map(|o| o.empreinte.clone()),
        constat.pages.and_then(|p| i32::try_from(p).ok())
    )
    .fetch_one(&mut **db)
    .await?;
    oublier_en_cours(db, cle).await?;
    Ok(fichier)
}

async fn oublier_en_cours(db: &mut Db, cle: Uuid) -> Result<()> {
    sqlx::query!(
        "delete from livret.depot where etablissement_id = livret.ici() and par = livret.moi() and cle = $1",
        cle
    )
    .execute(&mut **db)
    .await?;
    Ok(())
}

/// Nothing of it is left, unless a preuve has it.
pub async fn oublier(db: &mut Db, cle: Uuid) -> Result<()> {
    oublier_en_cours(db, cle).await?;
    sqlx::query!(
        "delete from livret.fichier
          where etablissement_id = livret.ici() and par = livret.moi() and cle = $1 and preuve_id is null",
        cle
    )
    .execute(&mut **db)
    .await?;
    Ok(())
}
