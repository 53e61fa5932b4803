//! Coming in and going out; what was typed when a session ended is kept.
mod portail;
mod reprise;

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Router,
    extract::State,
    http::{HeaderValue, StatusCode},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use axum_extra::extract::CookieJar;
use serde::Deserialize;

use crate::{
    app::App,
    compte::{self, Entree, Visiteur},
    error::Result,
    form::{Form, FormErrors, Query},
    page::Cadre,
};

pub use portail::Portails;
pub use reprise::{Reprise, est_ici, interrompue};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/connexion", get(new).post(create))
        .route("/deconnexion", post(delete))
        .route("/premiere-connexion", get(first).post(open))
}

#[derive(Template, WebTemplate)]
#[template(path = "connexion/new.html")]
struct New {
    cadre: Cadre,
    identifiant: String,
    message: Option<String>,
    reprise: Option<Reprise>,
    /// The page of ours to come back to; empty for the home.
    vers: String,
    portails: Portails,
}

#[derive(Default, Deserialize)]
struct Retour {
    #[serde(default)]
    vers: String,
    /// A school of this server, by its UAI: its portals alone are offered.
    #[serde(default)]
    ecole: String,
    /// The portal that she came through, once she has left.
    #[serde(default)]
    quitte: String,
}

impl Retour {
    /// Only one of our own pages.
    fn page(&self) -> &str {
        if est_ici(&self.vers) { &self.vers } else { "/" }
    }
}

async fn new(
    visiteur: Visiteur,
    State(app): State<App>,
    Query(retour): Query<Retour>,
) -> Result<Response> {
    if visiteur.0.is_some() {
        return Ok(Redirect::to(retour.page()).into_response());
    }
    let (cadre, vers) = (visiteur.cadre("/connexion"), retour.page().to_owned());
    let portails = Portails::lire(&app, &retour.ecole).await?.quittant(&retour.quitte);
    let identifiant = String::new();
    Ok(New { cadre, identifiant, message: None, reprise: None, vers, portails }.into_response())
}

#[derive(Deserialize)]
struct Saisie {
    identifiant: String,
    mot_de_passe: String,
    #[serde(default)]
    vers: String,
    #[serde(flatten)]
    reprise: Reprise,
}

async fn create(
    State(app): State<App>,
    jar: CookieJar,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    let reprise = saisie.reprise.utile();
    let retour = Retour { vers: saisie.vers.clone(), ..Retour::default() };
    let portails = Portails::lire(&app, "").await?;
    let refus = |message: String| {
        let page = New {
            cadre: Cadre::default(),
            identifiant: saisie.identifiant.clone(),
            message: Some(message),
            reprise: reprise.clone(),
            vers: saisie.vers.clone(),
            portails: portails.clone(),
        };
        (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
    };
    match compte::sign_in(&app, &saisie.identifiant, saisie.mot_de_passe.clone()).await? {
        Entree::Refusee => Ok(refus(
            "Identifiant ou mot de passe inconnu. Vérifiez les deux, puis réessayez.".into(),
        )),
        Entree::Attendre(secondes) => Ok(refus(format!(
            "Trop d’essais pour cet identifiant. Attendez {secondes}\u{a0}s, puis réessayez."
        ))),
        Entree::Ouverte(valeur) => {
            compte::fermer_session(&app, &jar).await?; // a new sign-in, a new session: the old one is dead
            let jar = jar.add(compte::cookie(&app, valeur));
            Ok(match reprise {
                Some(reprise) => (jar, reprise.page()).into_response(),
                None => (jar, Redirect::to(retour.page())).into_response(),
            })
        }
    }
}

/// Leaving: `garder` says that levels wait on the device, locked; they are not wiped.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Depart {
    garder: String,
}

async fn delete(
    State(app): State<App>,
    jar: CookieJar,
    depart: Result<Form<Depart>>,
) -> Result<Response> {
    let portail = portail::venue_par(&app, &jar).await?;
    compte::fermer_session(&app, &jar).await?;
    let garder = depart.map_or(true, |Form(d)| !d.garder.is_empty());
    let effacer = if garder { "\"cache\"" } else { "\"cache\", \"storage\"" };
    let suite = portail.map_or("/connexion".to_owned(), |id| format!("/connexion?quitte={id}"));
    let mut response =
        (jar.add(compte::cookie(&app, String::new())), Redirect::to(&suite)).into_response();
    response.headers_mut().insert("clear-site-data", HeaderValue::from_static(effacer));
    Ok(response)
}

#[derive(Template, WebTemplate)]
#[template(path = "connexion/first.html")]
struct First {
    cadre: Cadre,
    saisie: Premiere,
    erreurs: FormErrors,
}

#[derive(Clone, Default, Deserialize)]
struct Premiere {
    identifiant: String,
    code: String,
    #[serde(default)]
    mot_de_passe: String,
}

async fn first(visiteur: Visiteur) -> First {
    First {
        cadre: visiteur.cadre("/connexion"),
        saisie: Premiere::default(),
        erreurs: FormErrors::default(),
    }
}

async fn open(
    State(app): State<App>,
    jar: CookieJar,
    Form(saisie): Form<Premiere>,
) -> Result<Response> {
    let mut erreurs = FormErrors::default();
    let identifiant = saisie.identifiant.trim().to_lowercase();
    if let Some(refus) = compte::refus_du_secret(&saisie.mot_de_passe, &identifiant) {
        erreurs.add("mot_de_passe", refus);
    } else if !compte::premiere_connexion(
        &app,
        &identifiant,
        &saisie.code,
        saisie.mot_de_passe.clone(),
    )
    .await?
    {
        erreurs.add("code", "Ce code ne va pas avec cet identifiant, a déjà servi ou n’est plus valable. Demandez-en un nouveau.");
    } else if let Entree::Ouverte(valeur) =
        compte::sign_in(&app, &identifiant, saisie.mot_de_passe.clone()).await?
    {
        return Ok((jar.add(compte::cookie(&app, valeur)), Redirect::to("/")).into_response());
    }
    let saisie = Premiere { mot_de_passe: String::new(), ..saisie };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, First { cadre: Cadre::default(), saisie, erreurs })
        .into_response())
}
