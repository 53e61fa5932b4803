//! Leaving for a portal, coming back from it, and saying who one is the first time.
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use axum_extra::extract::CookieJar;
use serde::Deserialize;

use super::{
    Genre, Identite, Panne, Portail,
    aller::{self, Aller, Prouvee, Venue},
    cas, oidc, rattachement_pages, reglage_pages,
};
use crate::{
    app::App,
    compte::{self, Arrivee},
    connexion::{self, Reprise, Suite},
    date,
    error::{self, Error, Result},
    form::{Form, FormErrors, Path, Query},
    page::Cadre,
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/connexion/avec", post(leave))
        .route("/connexion/retour/{portail}", get(back))
        .route("/connexion/rattachement", get(who).post(say))
        .merge(reglage_pages::routes())
        .merge(rattachement_pages::routes())
}

#[derive(Deserialize)]
struct Choix {
    #[serde(default)]
    portail: String,
    #[serde(default)]
    vers: String,
    #[serde(flatten)]
    reprise: Reprise,
}

/// A page that goes on by itself: a form may only be sent to us, and is not followed elsewhere.
#[derive(Template, WebTemplate)]
#[template(path = "sso/depart.html")]
struct Depart {
    cadre: Cadre,
    portail: String,
    adresse: String,
}

async fn leave(
    State(app): State<App>,
    jar: CookieJar,
    headers: HeaderMap,
    Form(choix): Form<Choix>,
) -> Result<Response> {
    let f = Portail::ouvert(&app, choix.portail.parse().unwrap_or_default()).await?;
    let etat = hex::encode(app.random.bytes::<32>());
    let retour = f.retour(&app.origine(&headers));
    let depart = match f.genre {
        Genre::Oidc => match f.emetteur(&app, &retour).await {
            Ok(emetteur) => Ok(emetteur.depart(&etat, &f.portees)),
            Err(panne) => Err(panne),
        },
        Genre::Cas2 | Genre::Cas3 => {
            cas::depart(&f.adresse, &avec_etat(&retour, &etat)).map(|adresse| oidc::Depart {
                adresse,
                nonce: String::new(),
                verificateur: String::new(),
            })
        }
    };
    let depart = match depart {
        Ok(depart) => depart,
        Err(panne) => return Ok(en_panne(&f, panne)),
    };
    let reprise = choix.reprise.utile();
    let vers = if connexion::est_ici(&choix.vers) { choix.vers.as_str() } else { "/" };
    let aller = Aller {
        etat: &etat,
        nonce: &depart.nonce,
        verificateur: &depart.verificateur,
        vers,
        reprise: reprise.as_ref(),
    };
    let navigateur = aller::partir(&app, &f, &aller).await?;
    let jar = jar.add(aller::cookie(&app, navigateur));
    let page = Depart { cadre: Cadre::default(), portail: f.nom, adresse: depart.adresse };
    Ok((jar, page).into_response())
}

/// CAS has no state of its own: it is part of where one comes back.
fn avec_etat(retour: &str, etat: &str) -> String {
    format!("{retour}?etat={etat}")
}

/// What comes back: of OpenID Connect, or of CAS.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Retour {
    state: String,
    code: String,
    error: String,
    iss: String,
    etat: String,
    ticket: String,
}

async fn back(
    State(app): State<App>,
    arrivee: Arrivee,
    jar: CookieJar,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(retour): Query<Retour>,
) -> Result<Response> {
    let f = Portail::ouvert(&app, id.parse().unwrap_or_default()).await?;
    let etat = if f.genre == Genre::Oidc { &retour.state } else { &retour.etat };
    let Some(venue) = aller::revenir(&app, &jar, etat, f.portail_id).await? else {
        return Err(Error::Refused(
            "Cette connexion a expiré, ou elle a déjà servi. Revenez à la page de connexion, puis recommencez.".into(),
        ));
    };
    if !retour.error.is_empty() {
        tracing::info!(portail = f.portail_id, "portal: given up");
        return Err(Error::Refused(format!(
            "La connexion avec «\u{a0}{}\u{a0}» a été abandonnée. Revenez à la page de connexion pour recommencer.",
            f.nom
        )));
    }
    match reconnaitre(&app, &f, (&retour, &venue), &app.origine(&headers)).await {
        Ok(qui) => arriver(&app, (&arrivee, jar), &f, venue, &qui).await,
        Err(panne) => Ok(en_panne(&f, panne)),
    }
}

async fn reconnaitre(
    app: &App,
    f: &Portail,
    (retour, venue): (&Retour, &Venue),
    origine: &str,
) -> Result<Identite, Panne> {
    let adresse = f.retour(origine);
    if f.genre == Genre::Oidc {
        let sans = |a: &str| a.trim_end_matches('/').to_owned();
        if !retour.iss.is_empty() && sans(&retour.iss) != sans(&f.adresse) {
            return Err(Panne::AutreEmetteur);
        }
        let jetons = (retour.code.clone(), venue.verificateur.clone(), venue.nonce.clone());
        return f
            .emetteur(app, &adresse)
            .await?
            .retour(jetons, &f.attributs, app.clock.now())
            .await;
    }
    let service = avec_etat(&adresse, &retour.etat);
    cas::valider((&f.adresse, f.genre), (&service, &retour.ticket), &f.attributs).await
}

/// Known, she enters; unknown, she says who she is.
async fn arriver(
    app: &App,
    (arrivee, jar): (&Arrivee, CookieJar),
    f: &Portail,
    venue: Venue,
    qui: &Identite,
) -> Result<Response> {
    let entree = match aller::compte(app, f.portail_id, &qui.valeur).await? {
        Some(identifiant) => aller::entrer(app, arrivee, f.portail_id, &identifiant).await?,
        None => None,
    };
    let Some(ouverte) = entree else {
        aller::garder(app, &jar, qui).await?;
        return Ok(Redirect::to("/connexion/rattachement").into_response());
    };
    aller::finir(app, &jar).await?;
    compte::fermer_session(app, &jar).await?; // a new sign-in, a new session: the old one is dead
    let suite = Suite { vers: venue.vers, reprise: venue.reprise.unwrap_or_default() };
    let jar = jar.add(aller::cookie(app, String::new()));
    Ok((jar, connexion::entree(ouverte, suite)).into_response())
}

/// The portal is down, or lies: said in French to who waits, in one word to the log, and nobody enters.
fn en_panne(f: &Portail, panne: Panne) -> Response {
    tracing::warn!(portail = f.portail_id, panne = panne.code(), "portal: nobody enters");
    error::page(
        StatusCode::BAD_GATEWAY,
        "Connexion impossible",
        &format!(
            "La connexion avec «\u{a0}{}\u{a0}» n’a pas abouti\u{a0}: {panne}. Réessayez dans un instant\u{202f}; si cela \
             dure, prévenez l’administration de votre établissement. Avec un mot de passe du livret, la page de connexion \
             reste ouverte.",
            f.nom
        ),
    )
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Saisie {
    nom: String,
    prenom: String,
    naissance: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "sso/rattachement.html")]
struct Page {
    cadre: Cadre,
    elle: Prouvee,
    saisie: Saisie,
    erreurs: FormErrors,
}

async fn who(State(app): State<App>, jar: CookieJar) -> Result<Response> {
    let Some(elle) = aller::prouvee(&app, &jar).await? else {
        return Ok(Redirect::to("/connexion").into_response());
    };
    // What the portal said is there to be read again, by her first.
    let saisie = Saisie {
        nom: elle.dit.nom.clone(),
        prenom: elle.dit.prenom.clone(),
        naissance: elle.dit.jour().map(|j| date::iso(&j)).unwrap_or_default(),
    };
    let erreurs = FormErrors::default();
    Ok(Page { cadre: Cadre::default(), elle, saisie, erreurs }.into_response())
}

async fn say(
    State(app): State<App>,
    jar: CookieJar,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    let Some(elle) = aller::prouvee(&app, &jar).await? else {
        return Err(Error::Refused(
            "Trop de temps a passé. Revenez à la page de connexion, puis recommencez.".into(),
        ));
    };
    let mut erreurs = FormErrors::default();
    let (nom, prenom) =
        (erreurs.ligne("nom", &saisie.nom, 100), erreurs.ligne("prenom", &saisie.prenom, 100));
    let aujourd_hui = app.clock.now().date();
    let naissance = date::lire(&saisie.naissance).filter(|j| *j < aujourd_hui && j.year() > 1900);
    if naissance.is_none() {
        erreurs.add("naissance", "Cette date n’existe pas. Écrivez-la jj/mm/aaaa.");
    }
    if let (Some(naissance), true) = (naissance, erreurs.is_empty()) {
        elle.dire(&app, (&nom, &prenom, naissance)).await?;
        return Ok(Redirect::to("/connexion/rattachement").into_response());
    }
    let page = Page { cadre: Cadre::default(), elle, saisie, erreurs };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}
