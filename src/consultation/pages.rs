//! « Qui a consulté mon livret »: the student's page.
use askama::Template;
use askama_web::WebTemplate;
use axum::{Router, extract::State, routing::get};
use time::Date;

use super::{Consultation, gardees_depuis};
use crate::{app::App, compte::Moi, error::Result, page::Cadre};

pub fn routes() -> Router<App> {
    Router::new().route("/livret/consultations", get(index))
}

#[derive(Template, WebTemplate)]
#[template(path = "consultation/index.html")]
struct Index {
    cadre: Cadre,
    consultations: Vec<Consultation>,
    /// What came before is not kept.
    depuis: Date,
}

async fn index(moi: Moi, State(app): State<App>) -> Result<Index> {
    let mut db = app.begin(&moi).await?;
    let etudiant = moi.etudiant(&mut db).await?;
    let depuis = gardees_depuis(moi.aujourd_hui(), app.config.consultations_mois);
    let consultations = etudiant.consultations(&mut db, depuis).await?;
    Ok(Index { cadre: moi.cadre("/livret"), consultations, depuis })
}
