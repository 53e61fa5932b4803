//! Choosing a period, then its printed bilan.
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use time::Date;

use super::periode::{self, Choix, Raccourci};
use crate::{
    app::{App, Db},
    compte::Enseignant,
    consultation, date,
    error::Result,
    etudiant::Etudiant,
    form::{FormErrors, Path, Query},
    impression::{Modele, download, imprimer as composer, make},
    page::Cadre,
    promotion::Promotion,
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/promotions/{id}/bilan", get(index))
        .route("/promotions/{id}/bilan.pdf", get(whole))
        .route("/etudiants/{id}/bilan", get(index_of_one))
        .route("/etudiants/{id}/bilan.pdf", get(one))
}

#[derive(Template, WebTemplate)]
#[template(path = "bilan/index.html")]
struct Index {
    cadre: Cadre,
    promotion: Promotion,
    /// Whose bilan it is; the whole promotion's without her.
    etudiant: Option<Etudiant>,
    choix: Choix,
    raccourcis: Vec<Raccourci>,
    erreurs: FormErrors,
}

impl Index {
    fn new(
        enseignant: &Enseignant,
        (promotion, etudiant): (Promotion, Option<Etudiant>),
        choix: Option<Choix>,
        erreurs: FormErrors,
    ) -> Self {
        let jour = enseignant.aujourd_hui();
        let choix = choix.unwrap_or_else(|| Choix::par_defaut(promotion.debut, jour));
        let raccourcis = periode::raccourcis(promotion.debut, jour);
        let cadre = enseignant.cadre("/promotions");
        Self { cadre, promotion, etudiant, choix, raccourcis, erreurs }
    }

    /// Where the document is, without its question.
    fn document(&self) -> String {
        match &self.etudiant {
            Some(e) => format!("/etudiants/{}/bilan.pdf", e.id()),
            None => format!("/promotions/{}/bilan.pdf", self.promotion.promotion_id),
        }
    }
}

async fn index(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
) -> Result<Index> {
    let mut db = app.begin(&enseignant).await?;
    let promotion = enseignant.promotion(&mut db, id).await?;
    Ok(Index::new(&enseignant, (promotion, None), None, FormErrors::default()))
}

async fn index_of_one(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
) -> Result<Index> {
    let mut db = app.begin(&enseignant).await?;
    let etudiant = enseignant.etudiant(&mut db, id).await?;
    let promotion = enseignant.promotion(&mut db, etudiant.promotion_id()).await?;
    Ok(Index::new(&enseignant, (promotion, Some(etudiant)), None, FormErrors::default()))
}

async fn whole(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Query(choix): Query<Choix>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let promotion = enseignant.promotion(&mut db, id).await?;
    imprimer(&app, db, &enseignant, (promotion, None), choix).await
}

async fn one(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Query(choix): Query<Choix>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let etudiant = enseignant.etudiant(&mut db, id).await?;
    let promotion = enseignant.promotion(&mut db, etudiant.promotion_id()).await?;
    imprimer(&app, db, &enseignant, (promotion, Some(etudiant)), choix).await
}

/// The document, or the page where the period is chosen with what is wrong in it.
async fn imprimer(
    app: &App,
    mut db: Db,
    enseignant: &Enseignant,
    (promotion, etudiant): (Promotion, Option<Etudiant>),
    choix: Choix,
) -> Result<Response> {
    let mut erreurs = FormErrors::default();
    let bilan = match choix.periode(promotion.debut, enseignant.aujourd_hui(), &mut erreurs) {
        Some(periode) => {
            let seule = etudiant.as_ref().map(Etudiant::id);
            let bilan = enseignant.bilan(&mut db, &promotion, seule, periode).await?;
            if bilan.ids.is_empty() {
                erreurs.add("au", personne(promotion.effectif, periode.au));
            }
            Some(bilan).filter(|b| !b.ids.is_empty())
        }
        None => None,
    };
    let Some(bilan) = bilan else {
        let page = Index::new(enseignant, (promotion, etudiant), Some(choix), erreurs);
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    consultation::noter(db, enseignant, &bilan.ids);
    let nom = etudiant.map_or_else(|| promotion.nom.clone(), |e| e.liste());
    let octets = make(app, bilan, |b| composer(Modele::Bilan, &serde_json::to_value(b)?));
    download(octets.await?, "application/pdf", &format!("Bilan {nom}.pdf"))
}

/// Why there is nothing to print, and what to do.
fn personne(effectif: i64, au: Date) -> String {
    if effectif == 0 {
        return "Cette promotion n’a pas d’étudiant\u{a0}: il n’y a rien à imprimer.".to_owned();
    }
    format!(
        "Personne n’était inscrit dans cette promotion le {}\u{a0}: choisissez un autre dernier jour.",
        date::longue(&au)
    )
}
