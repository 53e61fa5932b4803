//! Files go out as downloads and thumbnails as pictures, both in a sandbox.
use axum::{
    Router,
    body::Body,
    extract::State,
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use object_store::ObjectStoreExt;

use super::{Fichier, lieu};
use crate::{
    app::App,
    compte::{Enseignant, Moi},
    consultation,
    error::{Error, Result},
    form::Path,
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/preuves/{id}/fichiers/{rang}", get(file_mine))
        .route("/preuves/{id}/fichiers/{rang}/apercu", get(preview_mine))
        .route("/etudiants/{id}/preuves/{preuve}/fichiers/{rang}", get(file))
        .route("/etudiants/{id}/preuves/{preuve}/fichiers/{rang}/apercu", get(preview))
}

async fn file_mine(
    moi: Moi,
    State(app): State<App>,
    Path((id, rang)): Path<(i64, i32)>,
) -> Result<Response> {
    mine(&moi, &app, id, rang).await?.telecharger(&app).await
}

async fn preview_mine(
    moi: Moi,
    State(app): State<App>,
    Path((id, rang)): Path<(i64, i32)>,
) -> Result<Response> {
    mine(&moi, &app, id, rang).await?.apercu(&app).await
}

async fn mine(moi: &Moi, app: &App, preuve: i64, rang: i32) -> Result<Fichier> {
    let mut db = app.begin(moi).await?;
    moi.etudiant(&mut db).await?.fichier(&mut db, preuve, rang).await
}

async fn file(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, preuve, rang)): Path<(i64, i64, i32)>,
) -> Result<Response> {
    theirs(&enseignant, &app, id, (preuve, rang)).await?.telecharger(&app).await
}

async fn preview(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, preuve, rang)): Path<(i64, i64, i32)>,
) -> Result<Response> {
    theirs(&enseignant, &app, id, (preuve, rang)).await?.apercu(&app).await
}

async fn theirs(
    enseignant: &Enseignant,
    app: &App,
    id: i64,
    (preuve, rang): (i64, i32),
) -> Result<Fichier> {
    let mut db = app.begin(enseignant).await?;
    let fichier = enseignant.etudiant(&mut db, id).await?.fichier(&mut db, preuve, rang).await?;
    consultation::noter(db, enseignant, &[id]);
    Ok(fichier)
}

impl Fichier {
    /// The bytes, to be kept: a browser never shows them as a page of ours.
    pub async fn telecharger(&self, app: &App) -> Result<Response> {
        let nom =
            percent_encoding::utf8_percent_encode(&self.nom, percent_encoding::NON_ALPHANUMERIC);
        let disposition = format!("attachment; filename*=UTF-8''{nom}");
        servir(app, &self.empreinte, self.genre().type_mime(), &disposition).await
    }

    /// The thumbnail, which we drew.
    pub async fn apercu(&self, app: &App) -> Result<Response> {
        let vignette = self.vignette.as_deref().ok_or(Error::NotFound)?;
        servir(app, vignette, "image/jpeg", "inline").await
    }
}

async fn servir(app: &App, empreinte: &[u8], genre: &str, disposition: &str) -> Result<Response> {
    let objet = app.fichiers.get(&lieu(empreinte)).await.map_err(anyhow::Error::from)?;
    let taille = objet.meta.size;
    let mut response = Body::from_stream(objet.into_stream()).into_response();
    for (cle, valeur) in [
        (header::CONTENT_TYPE, genre),
        (header::CONTENT_LENGTH, &taille.to_string()),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("content-security-policy"), "sandbox; default-src 'none'"),
    ] {
        let valeur = HeaderValue::from_str(valeur).map_err(anyhow::Error::from)?;
        response.headers_mut().insert(cle, valeur);
    }
    Ok(response)
}
