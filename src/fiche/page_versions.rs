//! What changed from one version of a sheet to another.
use askama::Template;
use askama_web::WebTemplate;
use axum::{Router, extract::State, routing::get};
use serde::Deserialize;

use super::{
    Fiche, Version,
    difference::{Ecart, Genre, ecarts},
    page_ecriture::Lieu,
    versions,
};
use crate::{
    app::App,
    compte::{Deposant, Enseignant, Moi},
    consultation,
    error::{Error, Result},
    etudiant::Etudiant,
    form::{Path, Query},
    page::Cadre,
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/fiches/{fiche}/versions", get(mine))
        .route("/etudiants/{id}/fiches/{fiche}/versions", get(show))
}

/// Which two: the last and the one before when it is not said.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Lesquelles {
    de: Option<i32>,
    a: Option<i32>,
}

#[derive(Template, WebTemplate)]
#[template(path = "fiche/versions.html")]
struct Index {
    cadre: Cadre,
    moi: bool,
    base: String,
    etudiant: Etudiant,
    fiche: Fiche,
    versions: Vec<Version>,
    de: i32,
    a: i32,
    ecarts: Vec<Ecart>,
}

async fn page(
    app: &App,
    qui: &Deposant,
    (id, fiche): (Option<i64>, i64),
    lesquelles: Lesquelles,
) -> Result<(crate::app::Db, Index)> {
    let mut db = app.begin(qui).await?;
    let Lieu { etudiant, fiche, modele } = Lieu::trouver(&mut db, qui, id, fiche).await?;
    let versions = versions(&mut db, fiche.fiche_id).await?;
    let derniere = versions.last().map_or(0, |v| v.rang);
    let a = lesquelles.a.unwrap_or(derniere);
    let de = lesquelles.de.unwrap_or(a.saturating_sub(1).max(1));
    let texte = |rang: i32| versions.iter().find(|v| v.rang == rang).map(|v| &v.texte);
    let ecarts = match (versions.is_empty(), texte(de), texte(a)) {
        (true, ..) => vec![],
        (_, Some(avant), Some(apres)) => ecarts(modele, avant, apres),
        _ => return Err(Error::NotFound),
    };
    let moi = matches!(qui, Deposant::Etudiant(_));
    let cadre = qui.compte().cadre(if moi { "/fiches" } else { "/promotions" });
    let base = match id {
        Some(id) => format!("/etudiants/{id}/fiches/{}", fiche.fiche_id),
        None => format!("/fiches/{}", fiche.fiche_id),
    };
    Ok((db, Index { cadre, moi, base, etudiant, fiche, versions, de, a, ecarts }))
}

async fn mine(
    moi: Moi,
    State(app): State<App>,
    Path(fiche): Path<i64>,
    Query(lesquelles): Query<Lesquelles>,
) -> Result<Index> {
    Ok(page(&app, &Deposant::Etudiant(moi), (None, fiche), lesquelles).await?.1)
}

async fn show(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, fiche)): Path<(i64, i64)>,
    Query(lesquelles): Query<Lesquelles>,
) -> Result<Index> {
    let (db, page) = page(&app, &(&enseignant).into(), (Some(id), fiche), lesquelles).await?;
    consultation::noter(db, &enseignant, &[id]);
    Ok(page)
}
