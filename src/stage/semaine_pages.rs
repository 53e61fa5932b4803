//! The form of a week of her diary.
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::post,
};
use serde::Deserialize;
use time::Date;

use super::{
    page_periode::{Dit, Lieu, Show},
    semaine::{Semaine, champ, est_de, semaines},
};
use crate::{
    app::App,
    compte::Moi,
    date,
    error::{Error, Result},
    form::{Form, FormErrors, Path},
};

pub fn routes() -> Router<App> {
    Router::new().route("/stages/{periode}/semaines/{lundi}", post(create))
}

/// What is written of a week, as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Saisie {
    /// From the address.
    #[serde(skip)]
    pub lundi: Option<Date>,
    /// Another text was recorded meanwhile: both are shown.
    #[serde(skip)]
    pub conflit: bool,
    pub texte: String,
    pub version: i32,
    pub reprise: Option<String>,
}

impl Saisie {
    pub fn of(semaine: &Semaine) -> Self {
        let note = semaine.note.as_ref();
        Self {
            lundi: Some(semaine.lundi),
            texte: note.map(|n| n.texte.clone()).unwrap_or_default(),
            version: note.map_or(0, |n| n.version),
            ..Self::default()
        }
    }
}

async fn create(
    moi: Moi,
    State(app): State<App>,
    Path((periode, code)): Path<(i64, String)>,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    let mut db = app.begin(&moi).await?;
    let lieu = Lieu::trouver(&mut db, (&moi).into(), None, periode).await?;
    let lundi = date::lire(&code).filter(|l| date::iso(l) == code && est_de(&lieu.periode, *l));
    let lundi = lundi.ok_or(Error::NotFound)?;
    let mut saisie = Saisie { lundi: Some(lundi), ..saisie };
    let (champ, mut erreurs) = (champ(lundi), FormErrors::default());
    let texte = erreurs.texte(&champ, &saisie.texte, 5000);
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if saisie.reprise.is_some() {
        (status, erreurs) = (StatusCode::OK, FormErrors::default());
    } else if erreurs.is_empty() {
        match moi.noter_semaine(&mut db, (&lieu.periode, lundi), &texte, saisie.version).await {
            Ok(()) => {
                db.commit().await?;
                return Ok(Redirect::to(&format!("{}#semaines", lieu.base)).into_response());
            }
            Err(Error::Conflict(message)) => {
                status = StatusCode::CONFLICT;
                erreurs.add(&champ, message);
                let toutes = semaines(&mut db, &lieu.periode, lundi).await?;
                let note = toutes.into_iter().find(|s| s.lundi == lundi).and_then(|s| s.note);
                saisie.version = note.map_or(0, |n| n.version);
                saisie.conflit = true;
            }
            Err(autre) => return Err(autre),
        }
    }
    let dit = Dit { semaine: Some(saisie), erreurs, ..Dit::default() };
    let page = Show::ouvrir(&app, &mut db, lieu, dit).await?;
    Ok((status, page).into_response())
}
