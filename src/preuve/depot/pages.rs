//! What a page's script says while it sends a file, and what it is answered: always JSON.
use axum::{
    Json, Router,
    body::{Body, to_bytes},
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{Annonce, Suite, etat, recevoir, retirer};
use crate::{
    app::App,
    compte::Deposant,
    error::Result,
    form::{Path, Query},
    preuve::fichier::Fichier,
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/depots/{cle}", get(show).post(create))
        .route("/depots/{cle}/retrait", post(delete))
}

/// The part of the address after `?`.
#[derive(Debug, Default, Deserialize)]
struct Demande {
    debut: Option<u64>,
    taille: Option<u64>,
    nom: Option<String>,
    /// Whose page sends it: another person may have signed in on the same computer since.
    compte: Option<String>,
}

impl IntoResponse for Suite {
    fn into_response(self) -> Response {
        match self {
            Self::Recu(recu) => Json(json!({ "recu": recu })).into_response(),
            Self::Decale(recu) => {
                (StatusCode::CONFLICT, Json(json!({ "recu": recu }))).into_response()
            }
            Self::Fini(f) => Json(dire(&f)).into_response(),
            Self::Refus(status, message) => {
                (status, Json(json!({ "refus": message }))).into_response()
            }
        }
    }
}

fn dire(f: &Fichier) -> serde_json::Value {
    json!({
        "recu": f.taille, "fichier": f.fichier_id, "nom": f.nom, "genre": f.genre().code(),
        "taille": f.taille, "description": f.description(),
    })
}

async fn show(qui: Deposant, State(app): State<App>, Path(cle): Path<Uuid>) -> Result<Suite> {
    etat(&app, &qui, cle).await
}

async fn create(
    qui: Deposant,
    State(app): State<App>,
    Path(cle): Path<Uuid>,
    Query(demande): Query<Demande>,
    corps: Body,
) -> Result<Suite> {
    if demande.compte.is_some_and(|c| c != qui.compte().numero()) {
        return Ok(Suite::Refus(
            StatusCode::UNAUTHORIZED,
            "Cette page est celle d’une autre personne\u{a0}: fermez-la.".into(),
        ));
    }
    let (Some(debut), Some(taille)) = (demande.debut, demande.taille) else {
        return Ok(Suite::refus("L’envoi est incomplet. Rechargez la page, puis recommencez."));
    };
    // Read before a connection is taken: a slow sender must not keep one.
    let Ok(octets) = to_bytes(corps, app.config.morceau_max).await else {
        return Ok(Suite::Refus(
            StatusCode::PAYLOAD_TOO_LARGE,
            "Ce morceau est trop gros, ou l’envoi a été coupé. Recommencez\u{a0}: ce qui est arrivé est gardé.".into(),
        ));
    };
    let annonce = Annonce { cle, nom: demande.nom.unwrap_or_default(), taille };
    recevoir(&app, &qui, annonce, debut, octets).await
}

async fn delete(qui: Deposant, State(app): State<App>, Path(cle): Path<Uuid>) -> Result<Suite> {
    retirer(&app, &qui, cle).await?;
    Ok(Suite::Recu(0))
}
