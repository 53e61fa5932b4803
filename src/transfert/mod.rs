//! A whole school leaves for another server in one file, and comes in there: its rows, its files, its journal as it was
//! signed. What belongs to a server and not to a school stays.
mod export;
mod import;
mod manifeste;
mod tables;

use anyhow::Result;
use sqlx::{AssertSqlSafe, PgConnection};

use crate::sceau::Random;

pub use export::exporter;
pub use import::importer;
pub use manifeste::Bilan;

/// Numbers of a server that holds nothing yet start in a block of its own, so that a school may later move beside others:
/// its numbers are in the journal, signed, and never change. One block is a million; there are a million blocks.
///
/// # Errors
/// The owner of the database may not change its sequences.
pub async fn numeroter(db: &mut PgConnection, random: &Random) -> Result<()> {
    let vide: bool = sqlx::query_scalar("select not exists (select from livret.etablissement)")
        .fetch_one(&mut *db)
        .await?;
    let deja: bool = sqlx::query_scalar(
        "select is_called or last_value > 1 from livret.etablissement_etablissement_id_seq",
    )
    .fetch_one(&mut *db)
    .await?;
    if !vide || deja {
        return Ok(());
    }
    let bloc = (u64::from_be_bytes(random.bytes::<8>()) % 999_999 + 1) * 1_000_000 + 1;
    let suites: Vec<String> = sqlx::query_scalar(
        "select format('%I.%I', relnamespace::regnamespace, relname) from pg_class
          where relkind = 'S' and relnamespace::regnamespace::text in ('livret', 'acces', 'certification')",
    )
    .fetch_all(&mut *db)
    .await?;
    for suite in suites {
        sqlx::query(AssertSqlSafe(format!("alter sequence {suite} restart with {bloc}")))
            .execute(&mut *db)
            .await?;
    }
    Ok(())
}
