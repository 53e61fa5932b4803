//! Adding a second factor, from one's account or because the school wants one before anything else.
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use uuid::Uuid;

use super::{Suite, facteur::sans_cle};
use crate::{
    app::App,
    compte::{
        self, Arrivee, Titulaire, cle,
        facteur::{self, Graine, Lu},
        secours,
    },
    error::{Error, Result},
    form::{Form, FormErrors, Query},
    impression,
    page::Cadre,
};

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Champs {
    /// The seed, sealed for this account: it is nobody's until its first code is read.
    graine: String,
    code: String,
    nom: String,
    defi: Uuid,
    cle: String,
    reprise: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Saisie {
    #[serde(flatten)]
    champs: Champs,
    #[serde(flatten)]
    suite: Suite,
}

#[derive(Template, WebTemplate)]
#[template(path = "connexion/enrolement.html")]
struct Page {
    cadre: Cadre,
    /// She cannot come in without one.
    exige: bool,
    /// This address can have keys.
    cles: bool,
    identifiant: String,
    code: impression::Code,
    groupes: String,
    champs: Champs,
    erreurs: FormErrors,
    suite: Suite,
}

/// The recovery codes, shown once.
#[derive(Template, WebTemplate)]
#[template(path = "connexion/secours.html")]
pub(super) struct Secours {
    pub(super) cadre: Cadre,
    pub(super) codes: Vec<String>,
    pub(super) jour: String,
    pub(super) suite: Suite,
}

fn cadre(qui: &Titulaire) -> Cadre {
    qui.compte.as_ref().map_or_else(Cadre::default, |c| c.cadre("/mon-compte"))
}

fn remplie(
    app: &App,
    headers: &HeaderMap,
    qui: &Titulaire,
    (champs, erreurs, suite): (Champs, FormErrors, Suite),
) -> Result<Page> {
    let scellee = hex::decode(&champs.graine).unwrap_or_default();
    let (graine, scellee) = if let Some(graine) = Graine::ouvrir(app, qui.compte_id, &scellee) {
        (graine, scellee)
    } else {
        let graine = Graine::neuve(app);
        let scellee = graine.sceller(app, qui.compte_id)?;
        (graine, scellee)
    };
    Ok(Page {
        cadre: cadre(qui),
        exige: qui.compte.is_none(),
        cles: cle::relais(app, headers).is_some(),
        identifiant: qui.identifiant.clone(),
        code: impression::code(&graine.adresse(&qui.identifiant)?)?,
        groupes: graine.groupes(),
        champs: Champs { graine: hex::encode(scellee), code: String::new(), ..champs },
        erreurs,
        suite,
    })
}

/// The page where one is chosen.
pub(super) fn page(
    app: &App,
    headers: &HeaderMap,
    qui: &Titulaire,
    suite: Suite,
) -> Result<Response> {
    let neuve = (Champs::default(), FormErrors::default(), suite);
    Ok(remplie(app, headers, qui, neuve)?.into_response())
}

pub(super) async fn new(
    State(app): State<App>,
    qui: Titulaire,
    headers: HeaderMap,
    Query(suite): Query<Suite>,
) -> Result<Response> {
    page(&app, &headers, &qui, suite.d_ici())
}

/// Adds it, or says in the errors why not.
async fn ajouter(
    app: &App,
    headers: &HeaderMap,
    compte: i64,
    champs: &Champs,
    erreurs: &mut FormErrors,
) -> Result<()> {
    if !champs.cle.is_empty() {
        let nom = nommer(champs, "Clé d’accès", erreurs);
        let relais = cle::relais(app, headers).ok_or_else(sans_cle)?;
        if erreurs.is_empty()
            && !cle::ajouter(app, &relais, compte, (champs.defi, &champs.cle, &nom)).await?
        {
            erreurs.add("cle", "La clé n’a pas répondu à temps. Recommencez.");
        }
        return Ok(());
    }
    let nom = nommer(champs, "Application de codes", erreurs);
    let scellee = hex::decode(&champs.graine).unwrap_or_default();
    let Some(graine) = Graine::ouvrir(app, compte, &scellee) else {
        erreurs.add("code", "Ce formulaire est incomplet. Lisez de nouveau le code QR ci-dessous, puis saisissez le code.");
        return Ok(());
    };
    match graine.essayer(&champs.code, app.clock.now()) {
        (Lu::Bon, Some(pas)) if erreurs.is_empty() => {
            facteur::ajouter(app, compte, (&graine, pas), &nom).await?;
        }
        (lu, _) => {
            if let Some(phrase) = lu.phrase() {
                erreurs.add("code", phrase);
            }
        }
    }
    Ok(())
}

fn nommer(champs: &Champs, sinon: &str, erreurs: &mut FormErrors) -> String {
    if champs.nom.trim().is_empty() {
        sinon.to_owned()
    } else {
        erreurs.ligne("nom", &champs.nom, 60)
    }
}

pub(super) async fn create(
    State(app): State<App>,
    qui: Titulaire,
    arrivee: Arrivee,
    headers: HeaderMap,
    jar: CookieJar,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    let (champs, suite) = (saisie.champs, saisie.suite.d_ici());
    let mut erreurs = FormErrors::default();
    if champs.reprise.is_none() {
        ajouter(&app, &headers, qui.compte_id, &champs, &mut erreurs).await?;
    }
    if champs.reprise.is_some() || !erreurs.is_empty() {
        let statut =
            if erreurs.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        let page = remplie(&app, &headers, &qui, (champs, erreurs, suite))?;
        return Ok((statut, page).into_response());
    }
    // What opens the account has changed: a session of another number, and no other.
    let ouverte = if let Some(compte) = &qui.compte {
        compte.recommencer(&app, &arrivee).await?
    } else {
        compte::fermer_session(&app, &jar).await?;
        compte::ouvrir(&app, &arrivee, &qui.identifiant, true).await?
    };
    let cookies = ouverte.ok_or(Error::Anonymous)?.cookies;
    if secours::restants(&app, qui.compte_id).await? > 0 {
        return Ok((cookies, Redirect::to("/mon-compte#facteurs")).into_response());
    }
    let codes = secours::neufs(&app, qui.compte_id).await?;
    let jour = crate::date::longue(&app.clock.now().date());
    Ok((cookies, Secours { cadre: cadre(&qui), codes, jour, suite }).into_response())
}

/// What a browser is asked so that it makes a key.
pub(super) async fn defi(
    State(app): State<App>,
    qui: Titulaire,
    headers: HeaderMap,
) -> Result<Response> {
    let relais = cle::relais(&app, &headers).ok_or_else(sans_cle)?;
    let elle = (qui.compte_id, qui.identifiant.as_str());
    Ok(Json(cle::proposer(&app, &relais, elle).await?).into_response())
}
