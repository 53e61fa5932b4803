//! The form of a preuve, in three steps: one page, which shows one of them; a script moves between them without it.
use std::{collections::HashSet, sync::Arc};

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Router,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, header},
    response::{Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;
use uuid::Uuid;

use super::{Saisie, oublier, suggestion::Suggestion, suite::Vue};
use crate::{
    app::App,
    compte::{Deposant, Enseignant, Moi},
    error::Result,
    etudiant::Etudiant,
    form::{Form, FormErrors, Path, Query},
    page::Cadre,
    preuve::{Fichier, IA, depot::Parties, equipe::Equipier},
    referentiel::{Bloc, Edition, SousCompetence},
    situation::CONTEXTES,
};

pub fn routes() -> Router<App> {
    let sans_limite = DefaultBodyLimit::disable(); // counted while it is read, by what is set
    Router::new()
        .route("/preuves/nouvelle", get(new_mine).post(create_mine).layer(sans_limite))
        .route("/etudiants/{id}/preuves/nouvelle", get(new).post(create).layer(sans_limite))
        .route("/preuves/{id}/completer", get(edit_mine))
        .route("/etudiants/{id}/preuves/{preuve}/completer", get(edit))
        .route("/brouillons/{cle}/retrait", post(delete))
}

/// The part of the address after `?`: a draft to take up again, and where.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Reprise {
    pub brouillon: Option<Uuid>,
    pub etape: Option<i32>,
}

#[derive(Template, WebTemplate)]
#[template(path = "recueil/edit.html")]
pub(super) struct Edit {
    pub cadre: Cadre,
    pub base: String,
    pub etudiant: Etudiant,
    pub edition: Arc<Edition>,
    pub saisie: Saisie,
    /// Files of the draft, then those that the preuve has already.
    pub recus: Vec<Fichier>,
    pub deja: Vec<Fichier>,
    pub equipe: Vec<Equipier>,
    pub suggestions: Vec<Suggestion>,
    pub erreurs: FormErrors,
    /// Her own page: she situates herself, and asks.
    pub moi: bool,
    /// Key of what waits on the device, and whose it is.
    pub coffre: String,
    pub compte: String,
    pub morceau: usize,
    /// The key of a draft that was taken up again, for the addresses of its steps.
    pub repris: bool,
}

/// The steps, as they are named.
const ETAPES: [(i32, &str); 3] = [(1, "Quoi"), (2, "Où et quand"), (3, "Compétences")];

impl Edit {
    /// Lines offered first: what is ticked already, then what is suggested.
    fn offertes(&self) -> Vec<(&SousCompetence, &'static str)> {
        let coches = self.saisie.codes.iter().map(|c| (c.as_str(), "cochée"));
        let mut vues = HashSet::new();
        coches
            .chain(self.suggestions.iter().map(|s| (s.code.as_str(), s.raison)))
            .filter(|(code, _)| vues.insert(*code))
            .filter_map(|(code, raison)| Some((self.edition.sous_competence(code)?, raison)))
            .collect()
    }

    /// The other lines of a bloc.
    fn autres<'a>(&'a self, bloc: &'a Bloc) -> Vec<&'a SousCompetence> {
        let offertes = self.offertes();
        bloc.sous_competences().filter(|s| offertes.iter().all(|o| o.0.code != s.code)).collect()
    }

    fn niveau(&self, code: &str) -> &str {
        self.saisie.niveaux.get(code).map_or("", String::as_str)
    }

    fn pourquoi(&self, code: &str) -> &str {
        self.saisie.pourquois.get(code).map_or("", String::as_str)
    }

    fn coche(&self, code: &str) -> bool {
        self.saisie.codes.iter().any(|c| c == code)
    }

    fn est_a(&self, etape: i32) -> bool {
        self.saisie.etape == etape
    }
}

/// A script asks, and reads JSON.
fn script(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).is_some_and(|a| a.as_bytes().starts_with(b"application/json"))
}

async fn new_mine(moi: Moi, State(app): State<App>, Query(r): Query<Reprise>) -> Result<Edit> {
    Vue::ouvrir(app, Deposant::Etudiant(moi), None).await?.commencer(r).await
}

async fn new(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Query(r): Query<Reprise>,
) -> Result<Edit> {
    Vue::ouvrir(app, Deposant::Enseignant(enseignant), Some(id)).await?.commencer(r).await
}

async fn edit_mine(moi: Moi, State(app): State<App>, Path(id): Path<i64>) -> Result<Edit> {
    Vue::ouvrir(app, Deposant::Etudiant(moi), None).await?.completer(id).await
}

async fn edit(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, preuve)): Path<(i64, i64)>,
) -> Result<Edit> {
    Vue::ouvrir(app, Deposant::Enseignant(enseignant), Some(id)).await?.completer(preuve).await
}

async fn create_mine(
    moi: Moi,
    State(app): State<App>,
    headers: HeaderMap,
    Parties(parties): Parties,
) -> Result<Response> {
    let (mut erreurs, qui) = (FormErrors::default(), Deposant::Etudiant(moi));
    // The body is read before a connection is kept: a slow upload must not hold one.
    let saisie = Saisie::lire(parties, &app, &qui, &mut erreurs).await?;
    Vue::ouvrir(app, qui, None).await?.recevoir(saisie, erreurs, script(&headers)).await
}

async fn create(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    headers: HeaderMap,
    Parties(parties): Parties,
) -> Result<Response> {
    let (mut erreurs, qui) = (FormErrors::default(), Deposant::Enseignant(enseignant));
    let saisie = Saisie::lire(parties, &app, &qui, &mut erreurs).await?;
    Vue::ouvrir(app, qui, Some(id)).await?.recevoir(saisie, erreurs, script(&headers)).await
}

/// Where to come back to.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Retour {
    etudiant: Option<i64>,
}

async fn delete(
    qui: Deposant,
    State(app): State<App>,
    Path(cle): Path<Uuid>,
    Form(retour): Form<Retour>,
) -> Result<Redirect> {
    let mut db = app.begin(&qui).await?;
    oublier(&mut db, cle, true).await?;
    db.commit().await?;
    Ok(match (&qui, retour.etudiant) {
        (Deposant::Enseignant(_), Some(id)) => Redirect::to(&format!("/etudiants/{id}/preuves")),
        (Deposant::Enseignant(_), None) => Redirect::to("/"),
        (Deposant::Etudiant(_), _) => Redirect::to("/preuves"),
    })
}
