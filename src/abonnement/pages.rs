//! Where a person says whether and where she is written to. A link shows; a button acts.
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

use super::{Abonnement, SANS_COURRIEL, lire};
use crate::{
    app::App,
    compte::Moi,
    error::{Error, Result},
    form::{Form, FormErrors, Query},
    page::Cadre,
};

const ICI: &str = "/mon-compte/courriel";

pub fn routes() -> Router<App> {
    Router::new()
        .route(ICI, get(edit).post(update))
        .route("/mon-compte/courriel/confirmation", post(confirm))
        .route("/mon-compte/courriel/choix", post(choose))
        .route("/mon-compte/courriel/retrait", post(delete))
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Saisie {
    adresse: String,
    code: String,
    prevenir: Option<String>,
    cle: Uuid,
    reprise: Option<String>,
    /// What was just done.
    fait: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "abonnement/edit.html")]
struct Edit {
    cadre: Cadre,
    /// Whether this installation sends mail.
    ouvert: bool,
    abonnement: Abonnement,
    saisie: Saisie,
    erreurs: FormErrors,
}

async fn page(moi: &Moi, app: &App, saisie: Saisie, erreurs: FormErrors) -> Result<Edit> {
    let mut db = app.begin(moi).await?;
    let abonnement = moi.abonnement(&mut db).await?;
    let mut cadre = moi.cadre(ICI);
    cadre.annonce = match saisie.fait.as_str() {
        "envoye" => Some("Un message part vers cette adresse. Il contient le code à recopier ici."),
        "confirme" => Some("Adresse confirmée."),
        "choisi" => Some("Choix enregistré."),
        "retire" => Some("Adresse retirée\u{a0}: plus rien n’y sera envoyé."),
        _ => None,
    }
    .map(str::to_owned);
    let saisie = Saisie { cle: app.random.uuid(), ..saisie };
    Ok(Edit { cadre, ouvert: app.config.courriel.is_some(), abonnement, saisie, erreurs })
}

async fn edit(moi: Moi, State(app): State<App>, Query(vu): Query<Saisie>) -> Result<Edit> {
    page(&moi, &app, vu, FormErrors::default()).await
}

fn fait(quoi: &str) -> Response {
    Redirect::to(&format!("{ICI}?fait={quoi}")).into_response()
}

async fn refus(moi: &Moi, app: &App, saisie: Saisie, erreurs: FormErrors) -> Result<Response> {
    let repris = saisie.reprise.is_some();
    let status = if repris { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok((status, page(moi, app, saisie, erreurs).await?).into_response())
}

async fn update(moi: Moi, State(app): State<App>, Form(saisie): Form<Saisie>) -> Result<Response> {
    let mut erreurs = FormErrors::default();
    erreurs.cle("adresse", saisie.cle);
    match lire(&saisie.adresse) {
        Err(message) => erreurs.add("adresse", message),
        Ok(adresse) if erreurs.is_empty() && saisie.reprise.is_none() => {
            let mut db = app.begin(&moi).await?;
            match moi.vouloir(&app, &mut db, &adresse, saisie.cle).await {
                Ok(()) => {
                    db.commit().await?;
                    return Ok(fait("envoye"));
                }
                Err(Error::Refused(message)) => erreurs.add("adresse", message),
                Err(autre) => return Err(autre),
            }
        }
        Ok(_) => {}
    }
    refus(&moi, &app, saisie, erreurs).await
}

async fn confirm(moi: Moi, State(app): State<App>, Form(saisie): Form<Saisie>) -> Result<Response> {
    let mut erreurs = FormErrors::default();
    if saisie.reprise.is_none() {
        let mut db = app.begin(&moi).await?;
        if moi.confirmer(&mut db, &saisie.code).await? {
            db.commit().await?;
            return Ok(fait("confirme"));
        }
        erreurs.add("code", "Ce code n’est pas celui de votre dernier message, ou a plus de 48\u{a0}heures. Redonnez votre adresse pour en recevoir un autre.");
    }
    refus(&moi, &app, saisie, erreurs).await
}

async fn choose(moi: Moi, State(app): State<App>, Form(saisie): Form<Saisie>) -> Result<Response> {
    if saisie.reprise.is_some() {
        return refus(&moi, &app, saisie, FormErrors::default()).await;
    }
    let mut db = app.begin(&moi).await?;
    moi.choisir(&mut db, saisie.prevenir.is_some()).await?;
    db.commit().await?;
    Ok(fait("choisi"))
}

async fn delete(moi: Moi, State(app): State<App>, Form(saisie): Form<Saisie>) -> Result<Response> {
    if saisie.reprise.is_some() {
        return refus(&moi, &app, saisie, FormErrors::default()).await;
    }
    let mut db = app.begin(&moi).await?;
    moi.retirer_adresse(&mut db).await?;
    db.commit().await?;
    Ok(fait("retire"))
}
