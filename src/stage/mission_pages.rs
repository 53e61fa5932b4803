//! The forms of a period's missions.
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::post,
};
use serde::Deserialize;
use uuid::Uuid;

use super::page_periode::{Dit, Lieu, Show};
use crate::{
    app::App,
    compte::{Deposant, Enseignant, Moi},
    error::{Error, Result},
    form::{Form, FormErrors, Path},
    referentiel,
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/stages/{periode}/missions", post(define_mine))
        .route("/stages/{periode}/missions/retrait", post(retire_mine))
        .route("/etudiants/{id}/stages/{periode}/missions", post(define))
        .route("/etudiants/{id}/stages/{periode}/missions/retrait", post(retire))
}

/// What is being added to the missions.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Saisie {
    pub intitule: String,
    pub codes: Vec<String>,
    pub cle: Uuid,
    /// The mission to be retired.
    pub mission: i64,
    pub reprise: Option<String>,
}

/// The longest name of a mission.
const INTITULE_MAX: usize = 300;

async fn definir(
    app: &App,
    qui: Deposant,
    (id, periode): (Option<i64>, i64),
    saisie: Saisie,
) -> Result<Response> {
    let mut db = app.begin(&qui).await?;
    let lieu = Lieu::trouver(&mut db, qui, id, periode).await?;
    let edition = referentiel::find(&mut *db, lieu.etudiant.edition_id).await?;
    let mut erreurs = FormErrors::default();
    erreurs.cle("intitule", saisie.cle);
    let intitule = erreurs.ligne("intitule", &saisie.intitule, INTITULE_MAX);
    let codes: Vec<String> = edition
        .sous_competences()
        .map(|s| s.code.clone())
        .filter(|c| saisie.codes.contains(c))
        .collect();
    if codes.len() != saisie.codes.len() {
        erreurs.add("codes", "Une sous-compétence cochée n’existe pas ici. Cochez-les de nouveau.");
    }
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if saisie.reprise.is_some() {
        (status, erreurs) = (StatusCode::OK, FormErrors::default());
    } else if erreurs.is_empty() {
        let elle = (&lieu.etudiant, &lieu.periode);
        lieu.qui.definir_mission(&mut db, elle, (&intitule, &codes), saisie.cle).await?;
        db.commit().await?;
        return Ok(Redirect::to(&format!("{}#missions", lieu.base)).into_response());
    }
    let dit = Dit { saisie, erreurs, ..Dit::default() };
    let page = Show::ouvrir(app, &mut db, lieu, dit).await?;
    Ok((status, page).into_response())
}

async fn define_mine(
    moi: Moi,
    State(app): State<App>,
    Path(periode): Path<i64>,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    definir(&app, Deposant::Etudiant(moi), (None, periode), saisie).await
}

async fn define(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, periode)): Path<(i64, i64)>,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    definir(&app, Deposant::Enseignant(enseignant), (Some(id), periode), saisie).await
}

async fn retirer(
    app: &App,
    qui: Deposant,
    (id, periode): (Option<i64>, i64),
    saisie: Saisie,
) -> Result<Redirect> {
    let mut db = app.begin(&qui).await?;
    let lieu = Lieu::trouver(&mut db, qui, id, periode).await?;
    // After a sign-in on the way: the page is shown again, the button is there.
    if saisie.reprise.is_none() {
        if saisie.cle.is_nil() {
            return Err(Error::Unreadable);
        }
        let elle = (&lieu.etudiant, &lieu.periode);
        lieu.qui.retirer_mission(&mut db, elle, saisie.mission, saisie.cle).await?;
        db.commit().await?;
    }
    Ok(Redirect::to(&format!("{}#missions", lieu.base)))
}

async fn retire_mine(
    moi: Moi,
    State(app): State<App>,
    Path(periode): Path<i64>,
    Form(saisie): Form<Saisie>,
) -> Result<Redirect> {
    retirer(&app, Deposant::Etudiant(moi), (None, periode), saisie).await
}

async fn retire(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, periode)): Path<(i64, i64)>,
    Form(saisie): Form<Saisie>,
) -> Result<Redirect> {
    retirer(&app, Deposant::Enseignant(enseignant), (Some(id), periode), saisie).await
}
