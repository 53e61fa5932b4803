//! Coming in and going out, in one step or in two; one's own account; what was typed when a session ended is kept.
mod confirmation;
mod enrolement;
mod facteur;
mod mon_compte;
mod portail;
mod reprise;
mod suite;

use std::sync::Arc;

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Extension, Router,
    extract::State,
    http::{HeaderValue, StatusCode},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use axum_extra::extract::CookieJar;
use serde::Deserialize;

use crate::{
    app::App,
    compte::{self, Arrivee, Entrant, Entree, Ouverte, Visiteur},
    error::Result,
    form::{Form, FormErrors, Query},
    page::Cadre,
};

pub use confirmation::demander;
pub use portail::Portails;
pub use reprise::{Reprise, est_ici, interrompue};
pub use suite::Suite;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/connexion", get(new).post(create))
        .route("/connexion/facteur", get(facteur::new).post(facteur::create))
        .route("/connexion/facteur/defi", post(facteur::defi))
        .route("/connexion/enrolement", get(enrolement::new).post(enrolement::create))
        .route("/connexion/enrolement/defi", post(enrolement::defi))
        .route("/connexion/suite", post(suite::create))
        .route("/deconnexion", post(delete))
        .route("/premiere-connexion", get(first).post(open))
        .route("/mon-compte", get(mon_compte::show))
        .route("/mon-compte/mot-de-passe", post(mon_compte::secret))
        .route("/mon-compte/sessions", post(mon_compte::sessions))
        .route("/mon-compte/appareils", post(mon_compte::appareils))
        .route("/mon-compte/facteurs/retrait", post(mon_compte::retirer))
        .route("/mon-compte/secours", post(mon_compte::secours))
        .route("/mon-compte/confirmation", get(confirmation::new).post(confirmation::create))
        .route("/mon-compte/confirmation/defi", post(confirmation::defi))
}

#[derive(Template, WebTemplate)]
#[template(path = "connexion/new.html")]
struct New {
    cadre: Cadre,
    identifiant: String,
    message: Option<String>,
    suite: Suite,
    portails: Portails,
}

/// Which doors are shown beside the password.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Porte {
    /// A school of this server, by its UAI: its portals alone are offered.
    ecole: String,
    /// The portal that she came through, once she has left.
    quitte: String,
}

async fn new(
    visiteur: Visiteur,
    entrant: Option<Extension<Arc<Entrant>>>,
    State(app): State<App>,
    Query(suite): Query<Suite>,
    Query(porte): Query<Porte>,
) -> Result<Response> {
    let suite = suite.d_ici();
    if visiteur.0.is_some() {
        return Ok(Redirect::to(suite.page()).into_response());
    }
    if let Some(Extension(entrant)) = entrant {
        return Ok(Redirect::to(&suite.apres(&entrant)).into_response());
    }
    let portails = Portails::lire(&app, &porte.ecole).await?.quittant(&porte.quitte);
    let (cadre, identifiant) = (Cadre::default(), String::new());
    Ok(New { cadre, identifiant, message: None, suite, portails }.into_response())
}

#[derive(Deserialize)]
struct Saisie {
    identifiant: String,
    mot_de_passe: String,
    #[serde(flatten)]
    suite: Suite,
}

async fn create(
    State(app): State<App>,
    arrivee: Arrivee,
    jar: CookieJar,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    let suite = saisie.suite.d_ici();
    let message =
        match compte::sign_in(&app, &arrivee, &saisie.identifiant, saisie.mot_de_passe).await? {
            Entree::Ouverte(ouverte) => {
                compte::fermer_session(&app, &jar).await?; // a new sign-in, a new session: the old one is dead
                return Ok(entree(ouverte, suite));
            }
            Entree::Refusee => {
                "Identifiant ou mot de passe inconnu. Vérifiez les deux, puis réessayez.".to_owned()
            }
            Entree::Attendre(secondes) => trop_d_essais(secondes),
        };
    let page = New {
        cadre: Cadre::default(),
        identifiant: saisie.identifiant,
        message: Some(message),
        suite,
        portails: Portails::lire(&app, "").await?,
    };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

fn trop_d_essais(secondes: i64) -> String {
    format!("Trop d’essais. Attendez {secondes}\u{a0}s, puis réessayez.")
}

/// In, and where she was going; or half in, and what is still asked of her.
pub fn entree(ouverte: Ouverte, suite: Suite) -> Response {
    if ouverte.partielle {
        suite.en_deux_temps(ouverte.cookies)
    } else {
        suite.reponse(ouverte.cookies)
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
    arrivee: Arrivee,
    jar: CookieJar,
    Form(saisie): Form<Premiere>,
) -> Result<Response> {
    let mut erreurs = FormErrors::default();
    let identifiant = saisie.identifiant.trim().to_lowercase();
    if let Some(refus) = compte::refus_du_secret(&saisie.mot_de_passe, &identifiant) {
        erreurs.add("mot_de_passe", refus);
    } else {
        let secret = saisie.mot_de_passe.clone();
        match compte::premiere_connexion(&app, &arrivee, &identifiant, &saisie.code, secret).await? {
            compte::Premiere::Ouverte(ouverte) => {
                compte::fermer_session(&app, &jar).await?;
                return Ok(entree(ouverte, Suite::default()));
            }
            compte::Premiere::Refusee => erreurs.add("code", "Ce code ne va pas avec cet identifiant, a déjà servi ou n’est plus valable. Demandez-en un nouveau."),
            compte::Premiere::Devinable(refus) => erreurs.add("mot_de_passe", refus),
            compte::Premiere::Attendre(secondes) => erreurs.add("code", trop_d_essais(secondes)),
        }
    }
    let saisie = Premiere { mot_de_passe: String::new(), ..saisie };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, First { cadre: Cadre::default(), saisie, erreurs })
        .into_response())
}
