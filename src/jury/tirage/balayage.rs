//! What is kept no longer leaves the store: dossiers made some hours ago, archives that an act destroyed.
use std::time::Duration;

use object_store::{ObjectStoreExt, path::Path};

use super::GARDE;
use crate::{app::App, error::Result};

/// At the start, then every hour.
pub async fn chaque_heure(app: App) {
    let mut heure = tokio::time::interval(Duration::from_hours(1));
    loop {
        heure.tick().await;
        match balayer(&app).await {
            Ok(effaces) => tracing::info!(effaces, "packages swept"),
            Err(e) => tracing::warn!(error = %e, "packages not swept"),
        }
    }
}

/// The answer is how many went; one that is gone already is as good as taken away.
pub async fn balayer(app: &App) -> Result<usize> {
    let avant = app.clock.now() - GARDE;
    let perimes =
        sqlx::query_scalar!(r#"select l as "l!" from acces.paquets_perimes($1) l"#, avant)
            .fetch_all(&app.db)
            .await?;
    let mut effaces = vec![];
    for lieu in perimes {
        match app.fichiers.delete(&Path::from(lieu.as_str())).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => effaces.push(lieu),
            Err(e) => tracing::warn!(error = %e, "a package stays"),
        }
    }
    sqlx::query!("select acces.paquets_effaces($1)", &effaces).execute(&app.db).await?;
    Ok(effaces.len())
}
