//! The public page: anybody presents a document, and is told whether it is authentic. Nothing is kept.
use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Extension, Json, Router,
    extract::{DefaultBodyLimit, FromRequest, Request, State},
    http::{HeaderName, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::{
    declaration::{self, NOM},
    emission::instant,
    exterieur::{OCTETS_MAX, est_pdf},
    registre,
    verdict::Vu,
};
use crate::{
    app::App,
    compte::Visiteur,
    error::{Error, Result},
    form::{FormErrors, Path},
    page::Cadre,
    preuve::depot::{Parties, Reste, illisible},
    sas,
};

pub fn routes() -> Router<App> {
    let sans_limite = DefaultBodyLimit::disable(); // counted while it is read
    Router::new()
        .route("/verification", get(show).post(check).layer(sans_limite))
        .route("/verification/{id}", get(situation))
        .route("/.well-known/livret-cles.json", get(cles))
        .layer(Extension(Arc::<Debit>::default()))
}

/// How often one address may ask what became of a document, a minute. Numbers cannot be guessed: this is for the machine.
const QUESTIONS_MAX: u32 = 120;
/// Documents that are being received at once: they are kept in memory, and come from anybody.
const ENVOIS_MAX: usize = 8;

/// What anybody may ask of the machine. Its own places: who presents a document does not make a student's file wait.
struct Debit {
    /// The questions of this minute, by address.
    questions: Mutex<(i64, HashMap<Option<IpAddr>, u32>)>,
    envois: Semaphore,
    /// One PDF is looked at, at a time.
    sas: Semaphore,
}

impl Default for Debit {
    fn default() -> Self {
        let envois = Semaphore::new(ENVOIS_MAX);
        Self { questions: Mutex::default(), envois, sas: Semaphore::new(1) }
    }
}

impl Debit {
    fn accepte(&self, minute: i64, qui: Option<IpAddr>) -> bool {
        let mut compte = self.questions.lock().unwrap_or_else(PoisonError::into_inner);
        if compte.0 != minute {
            *compte = (minute, HashMap::new());
        }
        let n = compte.1.entry(qui).or_default();
        *n += 1;
        *n <= QUESTIONS_MAX
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "scelle/verification.html")]
struct Show {
    cadre: Cadre,
    vu: Option<Vu>,
    erreurs: FormErrors,
}

/// No search engine lists it.
fn discrete(page: impl IntoResponse) -> Response {
    let mut response = page.into_response();
    let nom = HeaderName::from_static("x-robots-tag");
    response.headers_mut().insert(nom, HeaderValue::from_static("noindex, nofollow"));
    response
}

async fn show(visiteur: Visiteur) -> Response {
    let cadre = visiteur.cadre("/verification");
    discrete(Show { cadre, vu: None, erreurs: FormErrors::default() })
}

async fn check(
    visiteur: Visiteur,
    State(app): State<App>,
    Extension(debit): Extension<Arc<Debit>>,
    request: Request,
) -> Result<Response> {
    let _place = debit.envois.try_acquire().map_err(|_| Error::Busy)?;
    let cadre = visiteur.cadre("/verification");
    let mut erreurs = FormErrors::default();
    let Some(octets) = fichier(&app, request).await? else {
        erreurs.add("fichier", "Choisissez le document à vérifier, un PDF ou un fichier JSON.");
        let page = Show { cadre, vu: None, erreurs };
        return Ok(discrete((StatusCode::UNPROCESSABLE_ENTITY, page)));
    };
    let vu = Some(examiner(&app, &debit, octets).await?);
    Ok(discrete(Show { cadre, vu, erreurs }))
}

/// The file of the form, in memory: it is looked at, then forgotten.
async fn fichier(app: &App, request: Request) -> Result<Option<Vec<u8>>> {
    let Parties(mut parties) = Parties::from_request(request, app).await?;
    let (mut octets, mut reste) = (vec![], Reste(OCTETS_MAX));
    while let Some(mut partie) = parties.next_field().await.map_err(|e| illisible(&e))? {
        let voulue = partie.name() == Some("fichier") && octets.is_empty();
        while let Some(morceau) = reste.lire(&mut partie).await? {
            if voulue {
                octets.extend_from_slice(&morceau);
            }
        }
    }
    Ok((!octets.is_empty()).then_some(octets))
}

async fn examiner(app: &App, debit: &Debit, octets: Vec<u8>) -> Result<Vu> {
    let fichier = if est_pdf(&octets) { joint(app, debit, octets).await? } else { Some(octets) };
    let Some(fichier) = fichier else {
        return Ok(Vu::faux(
            "Ce PDF ne porte pas de données signées\u{a0}: il ne vient pas d’un export scellé, ou elles en ont été retirées. \
             Demandez un nouvel exemplaire à l’établissement."
                .to_owned(),
        ));
    };
    Ok(match declaration::verifier(&fichier, &registre::cles(app).await?) {
        Ok((declaration, empreinte)) => {
            let situation = registre::situation(app, &declaration.id).await?;
            Vu::de(&declaration, &empreinte, &situation)
        }
        Err(faute) => Vu::fautif(faute),
    })
}

/// Taken out in a process of its own: anybody may have made this PDF.
async fn joint(app: &App, debit: &Debit, pdf: Vec<u8>) -> Result<Option<Vec<u8>>> {
    let _place = debit.sas.acquire().await.map_err(anyhow::Error::from)?;
    let programme = app.config.programme.clone();
    let sorti = tokio::task::spawn_blocking(move || sas::joint(&programme, &pdf, NOM));
    Ok(sorti.await.map_err(anyhow::Error::from)?.map_err(anyhow::Error::from)?)
}

/// What became of a document, to whoever has its number; the same for all that are unknown.
async fn situation(
    State(app): State<App>,
    Extension(debit): Extension<Arc<Debit>>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response> {
    let qui = request.extensions().get::<SocketAddr>().map(SocketAddr::ip);
    if !debit.accepte(app.clock.now().unix_timestamp() / 60, qui) {
        let dit = Json(json!({ "etat": "attente", "le": null }));
        return Ok(discrete((StatusCode::TOO_MANY_REQUESTS, [("retry-after", "60")], dit)));
    }
    let situation = registre::situation(&app, &id).await?;
    let le = situation.le.map(instant);
    Ok(discrete(Json(json!({ "etat": situation.etat.code(), "le": le }))))
}

async fn cles(State(app): State<App>) -> Result<Json<Value>> {
    let cles = serde_json::to_value(registre::cles(&app).await?)
        .map_err(|e| Error::from(anyhow::Error::from(e)))?;
    Ok(Json(cles))
}
