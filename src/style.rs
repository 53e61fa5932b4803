//! `/style`: each component of the visual language in each of its states.
use askama::Template;
use askama_web::WebTemplate;
use axum::{Router, routing::get};

use crate::{
    app::App,
    compte::Visiteur,
    page::{Cadre, filters},
};

pub fn routes() -> Router<App> {
    Router::new().route("/style", get(index))
}

#[derive(Template, WebTemplate)]
#[template(path = "style/index.html")]
struct Index {
    cadre: Cadre,
    niveaux: [(&'static str, &'static str); 8],
}

async fn index(visiteur: Visiteur) -> Index {
    let niveaux = [
        ("TI", "Très Insuffisant"),
        ("I", "Insuffisant"),
        ("S", "Satisfaisant"),
        ("TS", "Très satisfaisant"),
        ("absent", "Absent"),
        ("dispense", "Dispensé"),
        ("non_evalue", "Non évalué"),
        ("non_rendu", "Non rendu"),
    ];
    Index { cadre: visiteur.cadre("/style"), niveaux }
}
