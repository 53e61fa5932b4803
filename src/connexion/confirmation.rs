//! Proving once more who one is, before what weighs most: at most ten minutes ago. What was being sent waits, filled.
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    Suite,
    facteur::{Moyens, Reponse, defi_de},
    reprise::Reprise,
    trop_d_essais,
};
use crate::{
    app::App,
    compte::{Arrivee, Compte, Connecte},
    error::Result,
    form::{Form, FormErrors, Query},
    page::Cadre,
};

#[derive(Template, WebTemplate)]
#[template(path = "connexion/confirmation.html")]
struct Page {
    cadre: Cadre,
    moyens: Moyens,
    /// She has a password here.
    secret: bool,
    erreurs: FormErrors,
    suite: Suite,
}

impl Page {
    async fn de(
        app: &App,
        headers: &HeaderMap,
        compte: &Compte,
        (erreurs, suite): (FormErrors, Suite),
    ) -> Result<Self> {
        let moyens = Moyens::de(app, headers, compte.compte_id()).await?;
        let secret = compte.a_un_secret(app).await?;
        Ok(Self { cadre: compte.cadre("/mon-compte"), moyens, secret, erreurs, suite })
    }
}

/// What the front door answers to whoever proved herself too long ago.
pub async fn demander(app: &App, compte: &Compte, request: Request) -> Response {
    if request.method() == Method::GET {
        let vers = percent_encoding::utf8_percent_encode(
            request.uri().path(),
            percent_encoding::NON_ALPHANUMERIC,
        );
        return Redirect::to(&format!("/mon-compte/confirmation?vers={vers}")).into_response();
    }
    let headers = request.headers().clone();
    let page = async {
        let suite = Suite { vers: String::new(), reprise: Reprise::de(request).await? };
        Page::de(app, &headers, compte, (FormErrors::default(), suite)).await
    };
    match page.await {
        Ok(page) => (StatusCode::UNAUTHORIZED, page).into_response(),
        Err(erreur) => erreur.into_response(),
    }
}

pub(super) async fn new(
    State(app): State<App>,
    qui: Connecte,
    headers: HeaderMap,
    Query(suite): Query<Suite>,
) -> Result<Response> {
    let vide = (FormErrors::default(), suite.d_ici());
    Ok(Page::de(&app, &headers, &qui, vide).await?.into_response())
}

#[derive(Deserialize)]
pub(super) struct Saisie {
    #[serde(default)]
    mot_de_passe: String,
    #[serde(flatten)]
    reponse: Reponse,
    #[serde(flatten)]
    suite: Suite,
}

pub(super) async fn create(
    State(app): State<App>,
    qui: Connecte,
    arrivee: Arrivee,
    headers: HeaderMap,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    let (suite, mut erreurs) = (saisie.suite.d_ici(), FormErrors::default());
    let moyens = Moyens::de(&app, &headers, qui.compte_id()).await?;
    // Whoever has a second factor gives it: a password alone would be less than what opened the session.
    if moyens.codes || moyens.cles {
        let elle = (&arrivee, qui.compte_id());
        if let Some(phrase) = saisie.reponse.lire(&app, &headers, elle).await?.phrase() {
            erreurs.add("code", phrase);
        }
    } else {
        match qui.redire_secret(&app, &arrivee, saisie.mot_de_passe).await? {
            Ok(true) => {}
            Ok(false) => erreurs.add(
                "mot_de_passe",
                "Ce n’est pas votre mot de passe. Vérifiez-le, puis réessayez.",
            ),
            Err(secondes) => erreurs.add("mot_de_passe", trop_d_essais(secondes)),
        }
    }
    if erreurs.is_empty() {
        qui.confirmer(&app).await?;
        return Ok(suite.reponse(()));
    }
    let page = Page::de(&app, &headers, &qui, (erreurs, suite)).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

pub(super) async fn defi(
    State(app): State<App>,
    qui: Connecte,
    headers: HeaderMap,
) -> Result<Response> {
    Ok(defi_de(&app, &headers, qui.compte_id()).await?.into_response())
}
