//! The second step of a sign-in: a code, a key, or a recovery code.
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::CookieJar;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Suite, enrolement};
use crate::{
    app::App,
    compte::{
        self, Arrivee, Entrant,
        cle::{self, Defi},
        facteur::{self, Lu},
    },
    error::{Error, Result},
    form::{Form, FormErrors, Query},
    page::Cadre,
};

/// What a second factor answers: a code, or what a key signed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Reponse {
    pub(super) code: String,
    pub(super) defi: Uuid,
    pub(super) cle: String,
}

impl Reponse {
    pub(super) fn vide(&self) -> bool {
        self.code.trim().is_empty() && self.cle.is_empty()
    }

    /// What it turns out to be.
    pub(super) async fn lire(
        &self,
        app: &App,
        headers: &HeaderMap,
        (arrivee, compte): (&Arrivee, i64),
    ) -> Result<Lu> {
        if self.cle.is_empty() {
            return facteur::lire(app, arrivee, compte, &self.code).await;
        }
        let Some(relais) = cle::relais(app, headers) else { return Ok(Lu::Faux) };
        cle::prouver(app, &relais, (arrivee, compte), (self.defi, &self.cle)).await
    }
}

/// No browser gives a key to an address in numbers.
pub(super) fn sans_cle() -> Error {
    Error::Refused(
        "Les clés d’accès ne sont pas possibles à cette adresse. Prenez une application de codes."
            .to_owned(),
    )
}

/// What a key is asked to sign.
pub(super) async fn defi_de(
    app: &App,
    headers: &HeaderMap,
    compte: i64,
) -> Result<Json<Defi<impl Serialize + use<>>>> {
    let relais = cle::relais(app, headers).ok_or_else(sans_cle)?;
    cle::defier(app, &relais, compte).await?.map(Json).ok_or_else(|| {
        Error::Refused("Aucune clé d’accès n’est enregistrée pour ce compte.".to_owned())
    })
}

/// Which factors there are to ask for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moyens {
    pub(super) codes: bool,
    pub(super) cles: bool,
}

impl Moyens {
    pub(super) async fn de(app: &App, headers: &HeaderMap, compte: i64) -> Result<Self> {
        let tous = facteur::tous(app, compte).await?;
        let cles = cle::relais(app, headers).is_some();
        Ok(Self {
            codes: tous.iter().any(|f| f.genre == "totp"),
            cles: cles && tous.iter().any(|f| f.genre == "cle"),
        })
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "connexion/facteur.html")]
struct Page {
    cadre: Cadre,
    moyens: Moyens,
    erreurs: FormErrors,
    suite: Suite,
}

/// Between two steps, when a form waits: an address does not hold it.
#[derive(Template, WebTemplate)]
#[template(path = "connexion/attente.html")]
pub(super) struct Attente {
    pub(super) cadre: Cadre,
    pub(super) suite: Suite,
}

pub(super) async fn new(
    State(app): State<App>,
    entrant: Entrant,
    headers: HeaderMap,
    Query(suite): Query<Suite>,
) -> Result<Response> {
    let suite = suite.d_ici();
    if !entrant.a_un_facteur {
        return Ok(Redirect::to(&suite.apres(&entrant)).into_response());
    }
    let moyens = Moyens::de(&app, &headers, entrant.compte_id).await?;
    Ok(Page { cadre: Cadre::default(), moyens, erreurs: FormErrors::default(), suite }
        .into_response())
}

#[derive(Deserialize)]
pub(super) struct Saisie {
    #[serde(flatten)]
    reponse: Reponse,
    #[serde(flatten)]
    suite: Suite,
}

pub(super) async fn create(
    State(app): State<App>,
    entrant: Entrant,
    arrivee: Arrivee,
    headers: HeaderMap,
    jar: CookieJar,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    let suite = saisie.suite.d_ici();
    if !entrant.a_un_facteur {
        return enrolement::page(&app, &headers, &entrant.into(), suite);
    }
    let mut erreurs = FormErrors::default();
    if !saisie.reponse.vide() {
        let qui = (&arrivee, entrant.compte_id);
        if let Some(phrase) = saisie.reponse.lire(&app, &headers, qui).await?.phrase() {
            erreurs.add("code", phrase);
        } else {
            compte::fermer_session(&app, &jar).await?;
            let ouverte = compte::ouvrir(&app, &arrivee, &entrant.identifiant, true).await?;
            return Ok(suite.reponse(ouverte.ok_or(Error::Anonymous)?.cookies));
        }
    } else if !suite.attend() {
        erreurs.add("code", "Saisissez le code, ou un code de secours.");
    }
    let moyens = Moyens::de(&app, &headers, entrant.compte_id).await?;
    let statut = if erreurs.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok((statut, Page { cadre: Cadre::default(), moyens, erreurs, suite }).into_response())
}

pub(super) async fn defi(
    State(app): State<App>,
    entrant: Entrant,
    headers: HeaderMap,
) -> Result<Response> {
    Ok(defi_de(&app, &headers, entrant.compte_id).await?.into_response())
}
