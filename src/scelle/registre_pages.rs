//! The register of a promotion, for its teachers: what was issued, and the act that takes a document back.
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;
use uuid::Uuid;

use super::registre::Inscrit;
use crate::{
    app::App,
    compte::Enseignant,
    error::{Error, Result},
    form::{Form, FormErrors, Path},
    page::Cadre,
    promotion::Promotion,
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/promotions/{id}/scelles", get(index))
        .route("/promotions/{id}/scelles/{scelle}/revocation", post(revoke))
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Saisie {
    motif: String,
    cle: Uuid,
    reprise: Option<String>,
}

#[derive(Template, WebTemplate)]
#[template(path = "scelle/index.html")]
struct Index {
    cadre: Cadre,
    promotion: Promotion,
    scelles: Vec<Inscrit>,
    erreurs: FormErrors,
    /// What was typed, and for which document.
    saisie: Saisie,
    lequel: String,
    reprise: bool,
    cle: Uuid,
}

async fn page(
    app: &App,
    enseignant: &Enseignant,
    id: i64,
    (lequel, saisie, erreurs): (String, Saisie, FormErrors),
) -> Result<Index> {
    let mut db = app.begin(enseignant).await?;
    let promotion = enseignant.promotion(&mut db, id).await?;
    let scelles = enseignant.scelles(&mut db, &promotion).await?;
    let (cadre, cle) = (enseignant.cadre("/promotions"), app.random.uuid());
    let reprise = saisie.reprise.is_some();
    Ok(Index { cadre, promotion, scelles, erreurs, saisie, lequel, reprise, cle })
}

async fn index(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
) -> Result<Index> {
    page(&app, &enseignant, id, <_>::default()).await
}

async fn revoke(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, scelle)): Path<(i64, String)>,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    let mut erreurs = FormErrors::default();
    let champ = format!("motif-{scelle}");
    let motif = erreurs.texte(&champ, &saisie.motif, 1000);
    erreurs.cle(&champ, saisie.cle);
    let mut db = app.begin(&enseignant).await?;
    let promotion = enseignant.promotion(&mut db, id).await?;
    let connu = enseignant.scelles(&mut db, &promotion).await?.iter().any(|s| s.id == scelle);
    if !connu {
        return Err(Error::NotFound);
    }
    if saisie.reprise.is_none() && erreurs.is_empty() {
        enseignant.revoquer_scelle(&mut db, &promotion, &scelle, (&motif, saisie.cle)).await?;
        db.commit().await?;
        return Ok(Redirect::to(&format!("/promotions/{id}/scelles")).into_response());
    }
    drop(db);
    let statut = if erreurs.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok((statut, page(&app, &enseignant, id, (scelle, saisie, erreurs)).await?).into_response())
}
