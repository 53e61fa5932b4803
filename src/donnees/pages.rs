//! « Mes données »: what is known of me, in one click; what I asked to be corrected.
use askama::Template;
use askama_web::WebTemplate;
use axum::{Router, extract::State, response::Response, routing::get};

use super::{
    conservation::{self, Conservation},
    conservation_pages, effacement_pages, emballage,
    export::Export,
    personne::Personne,
    rectification::Rectification,
    rectification_pages, registre_pages,
};
use crate::{
    app::App,
    error::Result,
    page::{Cadre, filters},
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/mes-donnees", get(show))
        .route("/mes-donnees/export.zip", get(fetch))
        .merge(rectification_pages::routes())
        .merge(conservation_pages::routes())
        .merge(effacement_pages::routes())
        .merge(registre_pages::routes())
}

#[derive(Template, WebTemplate)]
#[template(path = "donnees/index.html")]
struct Show {
    cadre: Cadre,
    export: Export,
    rectifications: Vec<Rectification>,
    conservation: Conservation,
    etudiant: bool,
}

impl Show {
    fn fichiers(&self) -> i64 {
        i64::try_from(self.export.lignes("livret.fichier").len()).unwrap_or_default()
    }

    fn lignes(&self) -> i64 {
        let n: usize = self.export.tables.iter().map(|t| t.lignes.len()).sum();
        i64::try_from(n).unwrap_or_default()
    }
}

async fn show(qui: Personne, State(app): State<App>) -> Result<Show> {
    let mut db = app.snapshot(&qui).await?;
    let export = qui.mes_donnees(&mut db).await?;
    let rectifications = qui.mes_rectifications(&mut db).await?;
    let conservation = conservation::lire(&mut db).await?;
    let cadre = qui.compte().cadre("/mes-donnees");
    let etudiant = qui.est_etudiant();
    Ok(Show { cadre, export, rectifications, conservation, etudiant })
}

async fn fetch(qui: Personne, State(app): State<App>) -> Result<Response> {
    let mut db = app.snapshot(&qui).await?;
    let export = qui.mes_donnees(&mut db).await?;
    db.commit().await?;
    emballage::envoyer(&app, &export).await
}
