//! The référentiel, open to anyone: the whole, a search, and one page per element.
use std::sync::Arc;

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;
use sqlx::PgPool;

use super::{
    Certitude, Edition, Element, Genre, Publication,
    contenu::{Passage, Rubrique, rubriques},
    find, list,
    vue::{self, Groupe, Lien, Rayon},
};
use crate::{
    app::App,
    compte::Visiteur,
    error::{Error, Result},
    form::{Path, Query},
    page::{Cadre, filters},
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/referentiel", get(handle_index))
        .route("/referentiel/{code}", get(handle_show))
}

#[derive(Debug, Default, Deserialize)]
pub struct Demande {
    #[serde(default)]
    pub q: String,
    pub edition: Option<String>,
}

async fn handle_index(
    visiteur: Visiteur,
    State(app): State<App>,
    Query(demande): Query<Demande>,
) -> Result<Index> {
    let lecture = Lecture::open(&app.db, demande.edition.as_deref()).await?;
    let q: String = demande.q.trim().chars().take(LONGUEUR).collect();
    Ok(index(visiteur.cadre("/referentiel"), lecture, &q))
}

/// What a search may say: as much as the field of the page lets one type.
const LONGUEUR: usize = 100;

async fn handle_show(
    visiteur: Visiteur,
    State(app): State<App>,
    Path(code): Path<String>,
    Query(demande): Query<Demande>,
) -> Result<Response> {
    let lecture = Lecture::open(&app.db, demande.edition.as_deref()).await?;
    Ok(element(visiteur.cadre("/referentiel"), lecture, code))
}

/// The page of the element of this code, or the one that says that there is none.
pub fn element(cadre: Cadre, lecture: Lecture, code: String) -> Response {
    let edition = lecture.edition.clone();
    match edition.element(&code) {
        Some(element) => show(cadre, lecture, element).into_response(),
        None => (StatusCode::NOT_FOUND, Introuvable { cadre, lecture, q: code }).into_response(),
    }
}

/// An open edition, and those beside it on the shelf.
#[derive(Debug, Clone)]
pub struct Lecture {
    pub edition: Arc<Edition>,
    pub publications: Vec<Publication>,
    /// What links carry to stay in an edition that is not the latest.
    pub suite: String,
}

impl Lecture {
    /// The latest, or the one asked for.
    pub async fn open(db: &PgPool, demandee: Option<&str>) -> Result<Self> {
        let publications = list(db).await?;
        let demandee = demandee.filter(|d| !d.is_empty());
        let voulue = |p: &&Publication| demandee.is_none_or(|d| d == p.edition_id.to_string());
        let publication = publications.iter().find(voulue).ok_or(Error::NotFound)?;
        let edition = find(db, publication.edition_id).await?;
        Ok(Self::new(edition, publications))
    }

    /// `publications` from the most recent.
    pub fn new(edition: Arc<Edition>, publications: Vec<Publication>) -> Self {
        let derniere = publications.first().is_none_or(|p| p.edition_id == edition.edition_id);
        let suite =
            if derniere { String::new() } else { format!("?edition={}", edition.edition_id) };
        Self { edition, publications, suite }
    }

    fn is_open(&self, publication: &Publication) -> bool {
        publication.edition_id == self.edition.edition_id
    }
}

/// How many answers one page shows.
const REPONSES: usize = 100;

#[derive(Debug)]
pub struct Reponse {
    pub lien: Lien,
    pub genre: &'static str,
    pub chemin: Vec<String>,
    pub extrait: Option<String>,
}

#[derive(Debug, Template, WebTemplate)]
#[template(path = "referentiel/index.html")]
pub struct Index {
    cadre: Cadre,
    lecture: Lecture,
    q: String,
    total: usize,
    reponses: Vec<Reponse>,
    comptes: Vec<(usize, &'static str)>,
    rayons: Vec<Rayon>,
}

pub fn index(cadre: Cadre, lecture: Lecture, q: &str) -> Index {
    let (total, reponses) = reponses(&lecture, q);
    let comptes = COMPTES.map(|genre| {
        let nombre = lecture.edition.compte(genre);
        (nombre, genre.accord(nombre))
    });
    let rayons = vue::rayons(&lecture.edition, &lecture.suite);
    Index { cadre, q: q.to_owned(), total, reponses, comptes: comptes.to_vec(), rayons, lecture }
}

const COMPTES: [Genre; 6] = [
    Genre::Bloc,
    Genre::Competence,
    Genre::SousCompetence,
    Genre::Critere,
    Genre::Categorie,
    Genre::Savoir,
];

fn reponses(lecture: &Lecture, q: &str) -> (usize, Vec<Reponse>) {
    let edition = &lecture.edition;
    let trouvailles = edition.chercher(q);
    let reponse = |t: &super::Trouvaille| Reponse {
        lien: Lien::new(t.element, &lecture.suite),
        genre: t.element.genre.mot(),
        chemin: edition.parents(&t.element.code).iter().map(|e| e.intitule.clone()).collect(),
        extrait: t.extrait.map(str::to_owned),
    };
    (trouvailles.len(), trouvailles.iter().take(REPONSES).map(reponse).collect())
}

#[derive(Debug, Template, WebTemplate)]
#[template(path = "referentiel/show.html")]
pub struct Show {
    cadre: Cadre,
    lecture: Lecture,
    q: String,
    lien: Lien,
    genre: &'static str,
    source: String,
    certitude: Certitude,
    fil: Vec<Lien>,
    rubriques: Vec<Rubrique>,
    breves: Vec<Rubrique>,
    renvois: Vec<(&'static str, Vec<Lien>)>,
    enfants: Vec<Groupe>,
    voisins: Option<Groupe>,
    savoirs: Vec<Groupe>,
    citations: Vec<Groupe>,
}

/// The page of an element of the open edition.
pub fn show(cadre: Cadre, lecture: Lecture, element: &Element) -> Show {
    let (edition, suite) = (lecture.edition.clone(), lecture.suite.clone());
    let (breves, rubriques) = rubriques(element).into_iter().partition(Rubrique::is_breve);
    Show {
        cadre,
        lecture,
        q: String::new(),
        lien: Lien::new(element, &suite),
        genre: element.genre.mot(),
        source: element.source.clone(),
        certitude: element.certitude,
        fil: edition.parents(&element.code).into_iter().map(|e| Lien::new(e, &suite)).collect(),
        rubriques,
        breves,
        renvois: vue::renvois(&edition, element, &suite),
        enfants: vue::enfants(&edition, element, &suite),
        voisins: vue::voisins(&edition, element, &suite),
        savoirs: vue::savoirs(&edition, element, &suite),
        citations: vue::citations(&edition, element, &suite),
    }
}

#[derive(Debug, Template, WebTemplate)]
#[template(path = "referentiel/introuvable.html")]
pub struct Introuvable {
    cadre: Cadre,
    lecture: Lecture,
    q: String,
}
