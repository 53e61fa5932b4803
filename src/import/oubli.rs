//! What an import keeps for a time is personal data: when the time is over it goes.
use std::time::Duration;

use super::REMORDS;
use crate::{app::App, error::Result};

/// At the start, then every hour: an undoing is promised for seven days, not for eight.
pub async fn chaque_heure(app: App) {
    let mut heure = tokio::time::interval(Duration::from_hours(1));
    loop {
        heure.tick().await;
        match oublier(&app).await {
            Ok(oublies) => tracing::info!(oublies, "imports forgotten"),
            Err(e) => tracing::warn!(error = %e, "imports not forgotten"),
        }
    }
}

/// Forgets rows that nobody came back to, and what can no longer be undone; the answer is how many.
pub async fn oublier(app: &App) -> Result<i64> {
    let avant = app.clock.now() - REMORDS;
    let oublies = sqlx::query_scalar!(r#"select acces.oublier_imports($1) as "n!""#, avant);
    Ok(oublies.fetch_one(&app.db).await?)
}
