//! The pages of evidence: a student's own, and those of a teacher for one of her students.
use std::sync::Arc;

use askama::Template;
use askama_web::WebTemplate;
use axum::{Router, extract::State, routing::get};

use super::{Fichier, Preuve, depot, fichier, formulaire};
use crate::{
    app::App,
    compte::{Enseignant, Moi},
    consultation,
    error::Result,
    etudiant::Etudiant,
    form::Path,
    page::Cadre,
    referentiel::{self, Edition},
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/preuves", get(mine))
        .route("/preuves/{id}", get(show_mine))
        .route("/etudiants/{id}/preuves", get(index))
        .route("/etudiants/{id}/preuves/{preuve}", get(show))
        .merge(formulaire::routes())
        .merge(fichier::routes())
        .merge(depot::routes())
}

#[derive(Template, WebTemplate)]
#[template(path = "preuve/index.html")]
struct Index {
    cadre: Cadre,
    base: String,
    etudiant: Etudiant,
    preuves: Vec<Preuve>,
    moi: bool,
}

#[derive(Template, WebTemplate)]
#[template(path = "preuve/show.html")]
struct Show {
    cadre: Cadre,
    base: String,
    etudiant: Etudiant,
    edition: Arc<Edition>,
    preuve: Preuve,
    fichiers: Vec<Fichier>,
    moi: bool,
}

async fn mine(moi: Moi, State(app): State<App>) -> Result<Index> {
    let mut db = app.begin(&moi).await?;
    let etudiant = moi.etudiant(&mut db).await?;
    let preuves = etudiant.preuves(&mut db, None).await?;
    Ok(Index {
        cadre: moi.cadre("/preuves"),
        base: "/preuves".to_owned(),
        etudiant,
        preuves,
        moi: true,
    })
}

async fn show_mine(moi: Moi, State(app): State<App>, Path(id): Path<i64>) -> Result<Show> {
    let mut db = app.begin(&moi).await?;
    let etudiant = moi.etudiant(&mut db).await?;
    let preuve = etudiant.preuve(&mut db, id).await?;
    let fichiers = fichier::fichiers_de(&mut db, &preuve).await?;
    let edition = referentiel::find(&mut *db, etudiant.edition_id).await?;
    Ok(Show {
        cadre: moi.cadre("/preuves"),
        base: "/preuves".to_owned(),
        etudiant,
        edition,
        preuve,
        fichiers,
        moi: true,
    })
}

async fn index(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
) -> Result<Index> {
    let mut db = app.begin(&enseignant).await?;
    let etudiant = enseignant.etudiant(&mut db, id).await?;
    let preuves = etudiant.preuves(&mut db, None).await?;
    consultation::noter(db, &enseignant, &[id]);
    Ok(Index {
        cadre: enseignant.cadre("/promotions"),
        base: chez(&etudiant),
        etudiant,
        preuves,
        moi: false,
    })
}

async fn show(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, preuve)): Path<(i64, i64)>,
) -> Result<Show> {
    let mut db = app.begin(&enseignant).await?;
    let etudiant = enseignant.etudiant(&mut db, id).await?;
    let preuve = etudiant.preuve(&mut db, preuve).await?;
    let fichiers = fichier::fichiers_de(&mut db, &preuve).await?;
    let edition = referentiel::find(&mut *db, etudiant.edition_id).await?;
    consultation::noter(db, &enseignant, &[id]);
    Ok(Show {
        cadre: enseignant.cadre("/promotions"),
        base: chez(&etudiant),
        etudiant,
        edition,
        preuve,
        fichiers,
        moi: false,
    })
}

pub(super) fn chez(etudiant: &Etudiant) -> String {
    format!("/etudiants/{}/preuves", etudiant.id())
}
