//! Publishing an edition, once and for ever, and finding it again.
use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, PoisonError, RwLock},
};

use sqlx::{Acquire, PgConnection, PgExecutor, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{edition::Edition, refus::RefusEdition};
use crate::error::{Error, Result};

/// An edition on the shelf, not yet opened.
#[derive(Debug, Clone)]
pub struct Publication {
    pub edition_id: Uuid,
    pub code: String,
    pub intitule: String,
    pub publiee_le: OffsetDateTime,
}

impl Publication {
    /// The day, jj/mm/aaaa.
    pub fn jour(&self) -> String {
        let le = self.publiee_le;
        format!("{:02}/{:02}/{}", le.day(), u8::from(le.month()), le.year())
    }
}

/// The text is read whole before a row is written, and the same text twice changes nothing.
pub async fn publier(
    db: &mut PgConnection,
    texte: &str,
    publiee_le: OffsetDateTime,
) -> Result<Arc<Edition>, RefusEdition> {
    let edition = Edition::lire(texte)?;
    let mut db = db.begin().await?;
    let nouvelle = sqlx::query!(
        "insert into livret.edition (edition_id, code, intitule, empreinte, texte, publiee_le)
              values ($1, $2, $3, $4, $5, $6)
         on conflict do nothing",
        edition.edition_id,
        edition.code,
        edition.intitule,
        edition.empreinte,
        texte,
        publiee_le
    )
    .execute(&mut *db)
    .await?
    .rows_affected()
        == 1;
    if nouvelle {
        insert_elements(&mut db, &edition).await?;
        insert_sous_competences(&mut db, &edition).await?;
        insert_niveaux(&mut db, &edition).await?;
    }
    db.commit().await?;
    Ok(Arc::new(edition))
}

async fn insert_elements(db: &mut PgConnection, edition: &Edition) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into livret.element
                     (edition_id, code, genre, parent, rang, intitule, contenu, source, certitude)
              select $1, code, genre, parent, rang, intitule, contenu, source, certitude
                from jsonb_to_recordset($2)
                  as e (code text, genre text, parent text, rang int, intitule text, contenu jsonb,
                        source text, certitude text)",
        edition.edition_id,
        Json(&edition.elements) as _
    )
    .execute(db)
    .await?;
    Ok(())
}

async fn insert_sous_competences(db: &mut PgConnection, edition: &Edition) -> sqlx::Result<()> {
    let (mut codes, mut blocs, mut intitules) = (Vec::new(), Vec::new(), Vec::new());
    for bloc in &edition.blocs {
        for sous_competence in bloc.sous_competences() {
            codes.push(sous_competence.code.clone());
            blocs.push(bloc.code.clone());
            intitules.push(sous_competence.intitule.clone());
        }
    }
    sqlx::query!(
        "insert into livret.sous_competence (edition_id, code, bloc, intitule, rang)
              select $1, code, bloc, intitule, rang
                from unnest($2::text[], $3::text[], $4::text[])
                     with ordinality as s (code, bloc, intitule, rang)",
        edition.edition_id,
        &codes,
        &blocs,
        &intitules
    )
    .execute(db)
    .await?;
    Ok(())
}

async fn insert_niveaux(db: &mut PgConnection, edition: &Edition) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into livret.niveau (edition_id, code, intitule, rang)
              select $1, code, intitule, rang
                from jsonb_to_recordset($2) as n (code text, intitule text, rang int)",
        edition.edition_id,
        Json(&edition.niveaux) as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The most recent first.
pub async fn list(db: impl PgExecutor<'_>) -> Result<Vec<Publication>> {
    let publications = sqlx::query_as!(
        Publication,
        "select edition_id, code, intitule, publiee_le
           from livret.edition
          order by publiee_le desc, edition_id"
    )
    .fetch_all(db)
    .await?;
    Ok(publications)
}

/// Editions already read by this process. They never change, and their key is their content: nothing to invalidate.
static LUES: LazyLock<RwLock<HashMap<Uuid, Arc<Edition>>>> = LazyLock::new(RwLock::default);

pub async fn find(db: impl PgExecutor<'_>, edition_id: Uuid) -> Result<Arc<Edition>> {
    let lue = LUES.read().unwrap_or_else(PoisonError::into_inner).get(&edition_id).cloned();
    if let Some(edition) = lue {
        return Ok(edition);
    }
    let texte =
        sqlx::query_scalar!("select texte from livret.edition where edition_id = $1", edition_id)
            .fetch_optional(db)
            .await?
            .ok_or(Error::NotFound)?;
    let edition = Edition::lire(&texte).map_err(|e| sqlx::Error::Decode(e.into()))?;
    let mut lues = LUES.write().unwrap_or_else(PoisonError::into_inner);
    Ok(lues.entry(edition_id).or_insert_with(|| Arc::new(edition)).clone())
}
