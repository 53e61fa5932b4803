//! Asking for a correction, and answering.
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
use time::Date;
use uuid::Uuid;

use super::{conservation, personne::Personne, rectification::Rectification};
use crate::{
    app::{App, InTheNameOf},
    compte::Gestionnaire,
    error::{Error, Result},
    form::{Form, FormErrors, Path},
    page::Cadre,
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/mes-donnees/rectification", get(new).post(create))
        .route("/rectifications", get(index))
        .route("/rectifications/{rectification}", post(answer))
}

const QUOI_MAX: usize = 200;
const TEXTE_MAX: usize = 2000;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Saisie {
    quoi: String,
    demande: String,
    cle: Uuid,
    reprise: Option<String>,
}

#[derive(Template, WebTemplate)]
#[template(path = "donnees/rectifier.html")]
struct New {
    cadre: Cadre,
    saisie: Saisie,
    erreurs: FormErrors,
    /// Until when an answer comes.
    limite: Date,
}

fn page(qui: &Personne, app: &App, mut saisie: Saisie, erreurs: FormErrors) -> New {
    if saisie.cle.is_nil() {
        saisie.cle = app.random.uuid();
    }
    let limite = conservation::limite_de_reponse(qui.jour());
    New { cadre: qui.compte().cadre("/mes-donnees"), saisie, erreurs, limite }
}

async fn new(qui: Personne, State(app): State<App>) -> New {
    page(&qui, &app, Saisie::default(), FormErrors::default())
}

async fn create(
    elle: Personne,
    State(app): State<App>,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    if saisie.reprise.is_some() {
        return Ok(page(&elle, &app, saisie, FormErrors::default()).into_response());
    }
    let mut erreurs = FormErrors::default();
    erreurs.cle("quoi", saisie.cle);
    let quoi = erreurs.ligne("quoi", &saisie.quoi, QUOI_MAX);
    let demande = erreurs.texte("demande", &saisie.demande, TEXTE_MAX);
    if !erreurs.is_empty() {
        let page = page(&elle, &app, saisie, erreurs);
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let mut db = app.begin(&elle).await?;
    elle.demander_rectification(&mut db, (&quoi, &demande), saisie.cle).await?;
    db.commit().await?;
    Ok(Redirect::to("/mes-donnees#rectifications").into_response())
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Reponse {
    etat: String,
    reponse: String,
    cle: Uuid,
    reprise: Option<String>,
}

#[derive(Template, WebTemplate)]
#[template(path = "donnees/rectifications.html")]
struct Index {
    cadre: Cadre,
    demandes: Vec<Rectification>,
    jour: Date,
    /// What is being answered, and to which.
    a: i64,
    saisie: Reponse,
    erreurs: FormErrors,
    cle: Uuid,
}

impl Index {
    /// Each form of the page has its own key, or two of them would be one act.
    fn cle_de(&self, r: &Rectification) -> Uuid {
        Uuid::new_v5(&self.cle, r.rectification_id.to_string().as_bytes())
    }

    /// It is the one that is being answered: what is wrong is said there.
    fn ici(&self, r: &Rectification) -> bool {
        self.a == r.rectification_id
    }

    /// What was typed in the form of this one.
    fn texte(&self, r: &Rectification) -> &str {
        if self.ici(r) { &self.saisie.reponse } else { "" }
    }

    fn choisie(&self, r: &Rectification, etat: &str) -> bool {
        self.ici(r) && self.saisie.etat == etat
    }
}

/// The answers, and how they are called.
const ETATS: [(&str, &str); 2] = [("acceptee", "Accepter"), ("refusee", "Refuser")];

async fn liste(
    qui: &Gestionnaire,
    app: &App,
    (a, saisie): (i64, Reponse),
    erreurs: FormErrors,
) -> Result<Index> {
    let mut db = app.begin(qui).await?;
    let demandes = qui.rectifications(&mut db).await?;
    let cadre = qui.compte().cadre("/administration");
    Ok(Index { cadre, demandes, jour: qui.jour(), a, saisie, erreurs, cle: app.random.uuid() })
}

async fn index(qui: Gestionnaire, State(app): State<App>) -> Result<Index> {
    liste(&qui, &app, (0, Reponse::default()), FormErrors::default()).await
}

async fn answer(
    qui: Gestionnaire,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(saisie): Form<Reponse>,
) -> Result<Response> {
    let mut db = app.begin(&qui).await?;
    if !qui.rectifications(&mut db).await?.iter().any(|r| r.rectification_id == id) {
        return Err(Error::NotFound);
    }
    let mut erreurs = FormErrors::default();
    erreurs.cle("reponse", saisie.cle);
    let reponse = erreurs.texte("reponse", &saisie.reponse, TEXTE_MAX);
    if !ETATS.iter().any(|(e, _)| *e == saisie.etat) {
        erreurs.add("etat", "Dites si la demande est acceptée ou refusée.");
    }
    if saisie.reprise.is_some() || !erreurs.is_empty() {
        drop(db);
        let reprise = saisie.reprise.is_some();
        let erreurs = if reprise { FormErrors::default() } else { erreurs };
        let page = liste(&qui, &app, (id, saisie), erreurs).await?;
        let status = if reprise { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        return Ok((status, page).into_response());
    }
    qui.repondre_rectification(&mut db, id, (&saisie.etat, &reponse), saisie.cle).await?;
    db.commit().await?;
    Ok(Redirect::to("/rectifications").into_response())
}
