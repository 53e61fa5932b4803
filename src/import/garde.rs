//! What is kept of an import while it is looked at, for who sent it and for nobody else.
use sqlx::{PgConnection, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Bilan, Etat, Import, Lu, Quoi, choix::Choix, depasse};
use crate::{
    app::InTheNameOf,
    compte::Gestionnaire,
    error::{Error, Result},
};

/// A list just received, to be kept while it is looked at.
pub struct Commence<'a> {
    pub quoi: Quoi,
    pub nom: &'a str,
    pub empreinte: &'a [u8],
    pub lu: &'a Lu,
    pub choix: &'a Choix,
    pub cle: Uuid,
}

impl Gestionnaire {
    /// Mine, latest first.
    pub async fn imports(&self, db: &mut PgConnection, seul: Option<i64>) -> Result<Vec<Import>> {
        let lignes = sqlx::query!(
            r#"select import_id, quoi, i.nom, etat, version, fini_le, bilan as "bilan: Json<Bilan>",
                      choix as "choix: Json<Choix>", commence_le at time zone e.fuseau as "commence_le!",
                      (fini_le + interval '7 days') at time zone e.fuseau as annulable
                 from livret.import i join livret.etablissement e using (etablissement_id)
                where etablissement_id = livret.ici() and par_id = $1 and ($2::bigint is null or import_id = $2)
                order by i.commence_le desc, import_id desc limit 50"#,
            self.personne_id(), seul
        )
        .fetch_all(db)
        .await?;
        let tous = lignes.into_iter().map(|l| {
            // What the database's own constraints allow.
            let quoi =
                Quoi::lire(&l.quoi).ok_or_else(|| anyhow::anyhow!("an import of {}", l.quoi))?;
            Ok(Import {
                import_id: l.import_id,
                quoi,
                nom: l.nom,
                etat: Etat::lire(&l.etat),
                commence_le: l.commence_le,
                fini_le: l.fini_le,
                annulable_jusqu_au: l.annulable,
                version: l.version,
                bilan: l.bilan.0,
                choix: l.choix.0,
            })
        });
        tous.collect()
    }

    /// One of mine; another's does not exist.
    pub async fn import(&self, db: &mut PgConnection, id: i64) -> Result<Import> {
        self.imports(db, Some(id)).await?.pop().ok_or(Error::NotFound)
    }

    /// Its rows, while it goes on.
    pub async fn lu(&self, db: &mut PgConnection, id: i64) -> Result<Lu> {
        let lu = sqlx::query_scalar!(
            r#"select lu as "lu: Json<Lu>" from livret.import
                where etablissement_id = livret.ici() and par_id = $1 and import_id = $2"#,
            self.personne_id(),
            id
        )
        .fetch_optional(db)
        .await?;
        lu.flatten().map(|l| l.0).ok_or(Error::NotFound)
    }

    /// Keeps what was read, so that one may leave and come back. The same form twice is one import.
    pub async fn commencer_import(
        &self,
        db: &mut PgConnection,
        le: OffsetDateTime,
        c: &Commence<'_>,
    ) -> Result<i64> {
        Ok(sqlx::query_scalar!(
            r#"insert into livret.import (etablissement_id, par_id, cle, quoi, source, nom, empreinte, commence_le, lu, choix)
               values (livret.ici(), $1, $2, $3, $4, $5, $6, $7, $8, $9)
               on conflict (etablissement_id, par_id, cle) do update set cle = excluded.cle
               returning import_id"#,
            self.personne_id(), c.cle, c.quoi.code(), c.lu.source.code(), c.nom, c.empreinte, le, Json(c.lu) as _, Json(c.choix) as _
        )
        .fetch_one(db)
        .await?)
    }

    /// Keeps what she chose, if what she read still stands.
    pub async fn choisir(
        &self,
        db: &mut PgConnection,
        import: &Import,
        choix: &Choix,
    ) -> Result<()> {
        let fait = sqlx::query!(
            "update livret.import set choix = $3, version = version + 1
              where etablissement_id = livret.ici() and par_id = livret.moi() and import_id = $1 and version = $2 and etat = 'en_cours'",
            import.import_id, import.version, Json(choix) as _
        )
        .execute(db)
        .await?;
        if fait.rows_affected() == 0 { Err(depasse()) } else { Ok(()) }
    }

    /// Gives up: the rows are forgotten, nothing was written.
    pub async fn abandonner_import(&self, db: &mut PgConnection, import: &Import) -> Result<()> {
        sqlx::query!(
            "update livret.import set etat = 'abandonne', lu = null, choix = '{}', version = version + 1
              where etablissement_id = livret.ici() and par_id = livret.moi() and import_id = $1 and etat = 'en_cours'",
            import.import_id
        )
        .execute(db)
        .await?;
        Ok(())
    }

    /// What the school says of itself: its UAI.
    pub async fn uai(&self, db: &mut PgConnection) -> Result<String> {
        Ok(sqlx::query_scalar!(
            "select uai from livret.etablissement where etablissement_id = livret.ici()"
        )
        .fetch_one(db)
        .await?)
    }
}
