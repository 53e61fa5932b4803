//! Where dossiers are asked for, how far they are, and where they are taken away.
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Router,
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use object_store::{ObjectStoreExt, path::Path as Lieu};
use serde::Deserialize;
use uuid::Uuid;

use super::{Demande, Tirage, lancer};
use crate::{
    app::App,
    compte::Examinateur,
    error::{Error, Result},
    etudiant::Etudiant,
    form::{Form, Path},
    impression::download,
    jury::{Lecteurs, sceau},
    page::Cadre,
    promotion::Promotion,
    scelle::Genre,
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/jury/etudiants/{id}/dossier.pdf", get(one))
        .route("/jury/promotions/{id}/dossiers", get(index).post(create))
        .route("/jury/promotions/{id}/tirages/{tirage}/annulation", post(cancel))
        .route("/jury/promotions/{id}/tirages/{tirage}/dossiers.zip", get(fetch))
}

#[derive(Template, WebTemplate)]
#[template(path = "jury/dossiers.html")]
struct Index {
    cadre: Cadre,
    promotion: Promotion,
    etudiants: Vec<Etudiant>,
    tirages: Vec<Tirage>,
    cle: Uuid,
    /// Who coordinates it may have them sealed.
    coordonnee: bool,
}

impl Index {
    fn en_cours(&self) -> Option<&Tirage> {
        self.tirages.iter().find(|t| t.en_cours())
    }

    /// « toute la promotion », « ÉTIENNE Zoé ».
    fn de_qui(&self, tirage: &Tirage) -> String {
        let qui = self.etudiants.iter().find(|e| Some(e.id()) == tirage.etudiant_id);
        qui.map_or_else(|| "toute la promotion".to_owned(), Etudiant::liste)
    }
}

async fn index(lecteurs: Lecteurs, State(app): State<App>, Path(id): Path<i64>) -> Result<Index> {
    let mut ouverte = lecteurs.promotion(&app, id).await?;
    let etudiants = ouverte.candidats().await?;
    let (lecteur, promotion) = (ouverte.lecteur, ouverte.promotion);
    drop(ouverte.db);
    let mut db = app.begin(&lecteur).await?;
    let tirages = lecteur.tirages(&mut db, id).await?;
    db.commit().await?;
    let coordonnee = lecteur.enseigne() && promotion.coordonnee;
    let cle = app.random.uuid();
    Ok(Index { cadre: lecteurs.cadre(), promotion, etudiants, tirages, cle, coordonnee })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Saisie {
    /// Empty: all.
    etudiant: String,
    /// The button, pressed.
    preparer: Option<String>,
    cle: Uuid,
    reprise: Option<String>,
}

fn vers(id: i64) -> Response {
    Redirect::to(&format!("/jury/promotions/{id}/dossiers")).into_response()
}

async fn create(
    lecteurs: Lecteurs,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    let mut ouverte = lecteurs.promotion(&app, id).await?;
    // After a sign-in on the way: the page is shown again, the button is there.
    if saisie.reprise.is_some() {
        return Ok(vers(id));
    }
    if saisie.cle.is_nil() || saisie.preparer.is_none() {
        return Err(Error::Unreadable);
    }
    let etudiants = ouverte.candidats().await?;
    let voulu = Some(saisie.etudiant).filter(|e| !e.is_empty());
    let etudiant_id = voulu.map(|e| e.parse::<i64>().map_err(|_| Error::NotFound)).transpose()?;
    if etudiant_id.is_some_and(|e| etudiants.iter().all(|k| k.id() != e)) {
        return Err(Error::NotFound);
    }
    let lecteur = ouverte.lecteur;
    drop(ouverte.db);
    let demande = Demande { promotion_id: id, etudiant_id, scelle: false, cle: saisie.cle };
    demander(&app, lecteurs, &lecteur, demande).await?;
    Ok(vers(id))
}

/// Asks, and begins.
pub(in crate::jury) async fn demander(
    app: &App,
    lecteurs: Lecteurs,
    lecteur: &Examinateur,
    demande: Demande,
) -> Result<()> {
    let mut db = app.begin(lecteur).await?;
    let numero = lecteur.demander(&mut db, demande).await?;
    db.commit().await?;
    if let Some(tirage_id) = numero {
        lancer(app.clone(), lecteurs, demande, tirage_id);
    }
    Ok(())
}

async fn cancel(
    lecteurs: Lecteurs,
    State(app): State<App>,
    Path((id, tirage)): Path<(i64, i64)>,
) -> Result<Response> {
    let lecteur = lecteurs.promotion(&app, id).await?.lecteur;
    let mut db = app.begin(&lecteur).await?;
    lecteur.annuler(&mut db, (id, tirage)).await?;
    db.commit().await?;
    Ok(vers(id))
}

async fn fetch(
    lecteurs: Lecteurs,
    State(app): State<App>,
    Path((id, tirage)): Path<(i64, i64)>,
) -> Result<Response> {
    let ouverte = lecteurs.promotion(&app, id).await?;
    let (lecteur, promotion) = (ouverte.lecteur, ouverte.promotion);
    drop(ouverte.db);
    let mut db = app.begin(&lecteur).await?;
    let tirages = lecteur.tirages(&mut db, id).await?;
    db.commit().await?;
    let tirage = tirages.into_iter().find(|t| t.tirage_id == tirage).ok_or(Error::NotFound)?;
    let lieu = tirage.lieu.ok_or(Error::NotFound)?;
    servir(&app, &lieu, &format!("Dossiers {}.zip", promotion.nom)).await
}

/// A ZIP of the store, piece by piece.
pub(in crate::jury) async fn servir(app: &App, lieu: &str, nom: &str) -> Result<Response> {
    let objet = match app.fichiers.get(&Lieu::from(lieu)).await {
        Ok(objet) => objet,
        Err(object_store::Error::NotFound { .. }) => return Err(Error::NotFound),
        Err(e) => return Err(anyhow::Error::from(e).into()),
    };
    let taille = HeaderValue::from(objet.meta.size);
    let mut response = download(vec![], "application/zip", nom)?;
    *response.body_mut() = Body::from_stream(objet.into_stream());
    response.headers_mut().insert(header::CONTENT_LENGTH, taille);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

async fn one(
    lecteurs: Lecteurs,
    State(app): State<App>,
    headers: HeaderMap,
    Path(id): Path<i64>,
) -> Result<Response> {
    let (mut ouverte, etudiant) = lecteurs.etudiant_sous_plume(&app, id).await?;
    let (_, mut liasses) = ouverte.liasses(std::slice::from_ref(&etudiant)).await?;
    let liasse = liasses.pop().ok_or(Error::NotFound)?;
    let quoi = (Genre::Dossier, "Dossier du candidat");
    let dit = (Some(&etudiant), sceau::dossier(&liasse));
    let joint = ouverte.sceller(&app, quoi, dit, &headers).await?;
    let octets = liasse.pdf(&app, Some(joint)).await?;
    download(octets, "application/pdf", &format!("Dossier {}.pdf", etudiant.liste()))
}
