//! After somebody is forgotten: her bytes leave the store, the dossiers that held hers too, and the list outside is kept.
use super::restauration;
use crate::{app::App, error::Result, jury::tirage, preuve::depot::balayage};

/// Takes bytes out of the store, unless some line still names them.
pub async fn enlever(app: &App, empreintes: &[Vec<u8>]) -> Result<()> {
    balayage::enlever(app, empreintes).await?;
    tirage::balayage::balayer(app).await?;
    Ok(())
}

/// All of it, once the act is committed: what fails is done again by the sweeps and at the next start.
pub async fn apres(app: &App, empreintes: &[Vec<u8>]) {
    if let Err(e) = enlever(app, empreintes).await {
        tracing::warn!(error = %e, "bytes of somebody who was forgotten stay until the sweep");
    }
    if let Err(e) = restauration::tenir_la_liste(app).await {
        tracing::warn!(error = %e, "the list of who was forgotten is late");
    }
}
