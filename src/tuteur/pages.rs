//! The pages of a tutor, on her phone.
use std::collections::BTreeMap;

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use axum_extra::extract::cookie::CookieJar;
use serde::Deserialize;
use uuid::Uuid;

use super::{Invite, Tuteur, equipe, papier, question::Feuille, tableau, visite};
use crate::{
    app::App,
    date,
    error::{Error, Result},
    form::{Form, FormErrors, Path},
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/tuteur", get(show).post(update))
        .route("/tuteur/reponses", post(tap))
        .route("/tuteur/fermeture", post(close))
        .route("/tuteur/{jeton}", get(ask).post(open))
        .route("/tuteur/{jeton}/pas-moi", post(deny))
        .merge(equipe::routes())
        .merge(tableau::routes())
}

/// What these pages add to the headers of the house: their address is a secret, and nobody lists them.
const DISCRETS: [(HeaderName, &str); 3] = [
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
    (header::CACHE_CONTROL, "no-store"),
];

fn discrete(page: impl IntoResponse) -> Response {
    let mut response = page.into_response();
    for (nom, valeur) in DISCRETS {
        response.headers_mut().insert(nom, HeaderValue::from_static(valeur));
    }
    response
}

#[derive(Template, WebTemplate)]
#[template(path = "tuteur/ask.html")]
struct Ask {
    invite: Invite,
    jeton: String,
}

/// A page of few words, where there is nothing to do here.
#[derive(Template, WebTemplate)]
#[template(path = "tuteur/message.html")]
struct Message {
    titre: &'static str,
    textes: Vec<String>,
    fictif: bool,
}

/// Unknown, revoked or too old: the same page, which says what to do.
fn perdu() -> Response {
    let textes = vec![
        "Il a peut-être été remplacé, retiré par l’équipe, ou le délai pour répondre est passé.".to_owned(),
        "Demandez un nouveau lien à l’enseignant qui suit votre stagiaire\u{a0}: son nom est dans le message ou sur la feuille que vous avez reçus. Vos réponses déjà données sont gardées.".to_owned(),
    ];
    let page = Message { titre: "Ce lien n’ouvre plus rien", textes, fictif: false };
    discrete((StatusCode::GONE, page))
}

/// No visit is open here, or it rested too long.
pub fn fermee() -> Response {
    let textes = vec![
        "Rouvrez le lien reçu par courriel, ou lisez de nouveau le code QR de la feuille."
            .to_owned(),
        "Vos réponses déjà données sont gardées.".to_owned(),
    ];
    let page = Message { titre: "Votre page s’est refermée", textes, fictif: false };
    discrete((StatusCode::UNAUTHORIZED, page))
}

async fn ask(State(app): State<App>, Path(jeton): Path<String>) -> Result<Response> {
    Ok(match visite::invite(&app, &jeton).await? {
        Some(invite) => discrete(Ask { invite, jeton }),
        None => perdu(),
    })
}

async fn open(
    State(app): State<App>,
    jar: CookieJar,
    Path(jeton): Path<String>,
) -> Result<Response> {
    let Some(invite) = visite::invite(&app, &jeton).await? else { return Ok(perdu()) };
    let valeur = visite::ouvrir(&app, &invite).await?;
    Ok(discrete((jar.add(visite::cookie(&app, valeur)), Redirect::to("/tuteur"))))
}

async fn deny(State(app): State<App>, Path(jeton): Path<String>) -> Result<Response> {
    let Some(invite) = visite::invite(&app, &jeton).await? else { return Ok(perdu()) };
    visite::pas_moi(&app, &invite).await?;
    let textes = vec![
        "L’équipe saura que ce lien n’est pas arrivé à la bonne personne.".to_owned(),
        "Vous pouvez fermer cette page et effacer le message.".to_owned(),
    ];
    let titre = "Merci de nous l’avoir dit";
    Ok(discrete(Message { titre, textes, fictif: invite.fictif }))
}

#[derive(Template, WebTemplate)]
#[template(path = "tuteur/show.html")]
struct Show {
    tuteur: Tuteur,
    feuille: Feuille,
    signe_le: Option<String>,
    nom: String,
    erreurs: FormErrors,
    cle: Uuid,
    enregistre: bool,
}

impl Show {
    fn jusqu_au(&self) -> String {
        date::longue(&self.tuteur.dernier_jour)
    }

    fn aujourd_hui(&self) -> String {
        date::longue(&self.tuteur.ici_le.date())
    }

    fn compte(&self) -> String {
        let toutes = self.feuille.questions().count();
        format!(
            "{} sur {toutes}",
            date::nombre(
                i64::try_from(self.feuille.repondues()).unwrap_or(i64::MAX),
                "réponse",
                "réponses"
            )
        )
    }
}

async fn page(app: &App, tuteur: Tuteur, nom: String, erreurs: FormErrors) -> Result<Show> {
    let mut db = tuteur.begin(app).await?;
    let feuille = tuteur.feuille(&mut db).await?;
    let signe_le = tuteur.signe_le(&mut db).await?.map(|le| date::instant(&le));
    let cle = app.random.uuid();
    Ok(Show { tuteur, feuille, signe_le, nom, erreurs, cle, enregistre: false })
}

async fn show(tuteur: Tuteur, State(app): State<App>) -> Result<Response> {
    Ok(discrete(page(&app, tuteur, String::new(), FormErrors::default()).await?))
}

/// The whole form: every answer is kept, and signed when she says so.
async fn update(
    tuteur: Tuteur,
    State(app): State<App>,
    Form(champs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let champs: BTreeMap<String, String> = champs.into_iter().collect();
    let cle = champs.get("cle").and_then(|c| c.parse().ok()).ok_or(Error::Unreadable)?;
    let mut db = tuteur.begin(&app).await?;
    let feuille = tuteur.tout_repondre(&mut db, &champs, cle).await?;
    let mut erreurs = FormErrors::default();
    let nom = champs.get("nom").cloned().unwrap_or_default();
    if champs.contains_key("signer") {
        let signe = papier::signature(&champs, &mut erreurs);
        if !champs.contains_key("certifie") {
            erreurs.add("certifie", "Cochez «\u{a0}Je certifie\u{a0}» pour signer.");
        }
        if erreurs.is_empty()
            && let Err(refus) = tuteur.signer(&mut db, &feuille, &signe, cle).await
        {
            match refus {
                Error::Refused(message) => erreurs.add("questions", message),
                autre => return Err(autre),
            }
        }
    }
    db.commit().await?;
    if champs.contains_key("signer") && erreurs.is_empty() {
        return Ok(discrete(Redirect::to("/tuteur#signature")));
    }
    let status = if erreurs.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let mut page = page(&app, tuteur, nom, erreurs).await?;
    page.enregistre = true;
    Ok(discrete((status, page)))
}

/// One tap.
#[derive(Debug, Deserialize)]
struct Tap {
    genre: String,
    #[serde(default)]
    sujet: String,
    #[serde(default)]
    dit: String,
    cle: Uuid,
}

async fn tap(tuteur: Tuteur, State(app): State<App>, Json(tap): Json<Tap>) -> Result<Response> {
    let mut db = tuteur.begin(&app).await?;
    tuteur.repondre(&mut db, (&tap.genre, &tap.sujet, &tap.dit), tap.cle).await?;
    db.commit().await?;
    Ok(discrete(StatusCode::NO_CONTENT))
}

async fn close(State(app): State<App>, jar: CookieJar) -> Result<Response> {
    visite::fermer(&app, &jar).await?;
    let textes = vec![
        "Vos réponses sont gardées. Pour les compléter ou les modifier, rouvrez le lien reçu."
            .to_owned(),
    ];
    let page = Message { titre: "Votre page est fermée", textes, fictif: false };
    Ok(discrete((jar.add(visite::cookie(&app, String::new())), page)))
}
