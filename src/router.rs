//! The front door: the access table, and every room's routes behind it.
mod acces;
mod table;

use std::sync::Arc;

use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request, State},
    http::{Extensions, HeaderMap, Method, StatusCode, Version, header},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{CompressionLayer, DefaultPredicate, Predicate},
    timeout::TimeoutLayer,
};

use crate::{
    abonnement, administration, annee,
    app::App,
    assets, bilan, commission,
    compte::{self, Compte},
    conformite, connexion, consultation, demande, donnees, ecole,
    error::Error,
    examen, fiche, groupe, import, installation, jury, panorama, papillon, passe, positionnement,
    preuve, progression, promotion, recherche, recueil, referentiel, regle, scelle, scolaire,
    security, situation, sso, stage, sujet, tuteur, validation,
};

pub use acces::{Qui, RECENTES};
pub use table::ACCES;

/// The rooms, without their walls: what the test of the access table lists.
pub fn rooms() -> Router<App> {
    Router::new()
        .merge(promotion::pages::routes())
        .merge(assets::routes())
        .merge(connexion::routes())
        .merge(abonnement::pages::routes())
        .merge(referentiel::pages::routes())
        .merge(administration::pages::routes())
        .merge(installation::pages::routes())
        .merge(papillon::pages::routes())
        .merge(ecole::pages::routes())
        .merge(annee::pages::routes())
        .merge(sso::pages::routes())
        .merge(recherche::pages::routes())
        .merge(groupe::pages::routes())
        .merge(situation::pages::routes())
        .merge(positionnement::pages::routes())
        .merge(examen::pages::routes())
        .merge(stage::pages::routes())
        .merge(fiche::pages::routes())
        .merge(sujet::pages::routes())
        .merge(regle::pages::routes())
        .merge(demande::pages::routes())
        .merge(validation::pages::routes())
        .merge(progression::pages::routes())
        .merge(passe::pages::routes())
        .merge(consultation::pages::routes())
        .merge(panorama::pages::routes())
        .merge(preuve::pages::routes())
        .merge(recueil::pages::routes())
        .merge(commission::pages::routes())
        .merge(scelle::pages::routes())
        .merge(scelle::registre_pages::routes())
        .merge(jury::pages::routes())
        .merge(bilan::pages::routes())
        .merge(donnees::pages::routes())
        .merge(tuteur::pages::routes())
        .merge(conformite::pages::routes())
        .merge(scolaire::pages::routes())
        .merge(import::pages::routes())
        .merge(crate::style::routes())
        .route("/healthz", axum::routing::get(|| async { "ok" }))
        .route("/readyz", axum::routing::get(ready))
}

pub fn router(app: App) -> Router {
    rooms()
        .fallback(|| async { Error::NotFound })
        .layer(from_fn_with_state(app.clone(), gate))
        .layer(from_fn_with_state(app.clone(), tuteur::visite::identify))
        .layer(from_fn_with_state(app.clone(), compte::identify))
        .layer(from_fn_with_state(app.clone(), security::same_origin))
        .layer(DefaultBodyLimit::max(256 << 10))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            std::time::Duration::from_mins(1),
        ))
        .layer(CompressionLayer::new().compress_when(DefaultPredicate::new().and(is_page)))
        .layer(CatchPanicLayer::new())
        .layer(from_fn(security::dressed))
        .layer(from_fn_with_state(app.clone(), security::log))
        .layer(from_fn_with_state(app.clone(), security::headers))
        .with_state(app)
}

/// A route that the table does not know does not exist; one that is not hers neither.
async fn gate(State(app): State<App>, request: Request, next: Next) -> Response {
    let Some(path) = request.extensions().get::<MatchedPath>().map(|p| p.as_str().to_owned())
    else {
        return next.run(request).await; // no such page: the fallback says so
    };
    let method =
        if request.method() == Method::HEAD { Method::GET } else { request.method().clone() };
    let Some(rule) = ACCES.iter().find(|a| a.1 == path && a.0 == method.as_str()) else {
        let known = ACCES.iter().any(|a| a.1 == path);
        return if known { next.run(request).await } else { Error::NotFound.into_response() };
    };
    let compte = request.extensions().get::<Arc<Compte>>().cloned();
    // What touches accesses is done by who proved herself a short while ago.
    if let Some(compte) = &compte
        && !compte.recente()
        && rule.2.permet(compte)
        && RECENTES.contains(&(rule.0, rule.1))
    {
        return connexion::demander(&app, compte, request).await;
    }
    match (rule.2, &compte) {
        (Qui::Tous, _) => next.run(request).await,
        (Qui::Tuteur, _) if request.extensions().get::<tuteur::Tuteur>().is_some() => {
            next.run(request).await
        }
        (Qui::Tuteur, None) => tuteur::pages::fermee(),
        (Qui::Fonction(genre), Some(compte)) if compte.est(genre) => next.run(request).await,
        (Qui::UneDe(genres), Some(compte)) if genres.iter().any(|g| compte.est(g)) => {
            next.run(request).await
        }
        (_, Some(_)) => Error::NotFound.into_response(),
        (_, None) if method == Method::GET => Error::Anonymous.into_response(),
        (_, None) => connexion::interrompue(&app, request).await,
    }
}

/// Files go out as they are kept: most are compressed already, and their length is known.
fn is_page(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    !headers.contains_key(header::CONTENT_DISPOSITION)
}

/// Ready to serve: the database answers.
async fn ready(State(app): State<App>) -> crate::error::Result<&'static str> {
    sqlx::query("select 1").execute(&app.db).await?;
    Ok("ok")
}
