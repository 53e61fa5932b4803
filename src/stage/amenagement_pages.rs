//! The page where who coordinates leaves a student fewer weeks of internship.
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Deserialize;
use uuid::Uuid;

use super::{Amenagement, Compte};
use crate::{
    app::{App, Db},
    compte::Enseignant,
    error::{Error, Result},
    etudiant::Etudiant,
    examen::Examen,
    form::{Form, FormErrors, Path},
    page::Cadre,
    promotion::Promotion,
};

pub fn routes() -> Router<App> {
    Router::new().route("/etudiants/{id}/amenagement", get(show).post(decide))
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Saisie {
    semaines: String,
    motif: String,
    /// What the rules ask is given back.
    lever: Option<String>,
    version: i64,
    cle: Uuid,
    reprise: Option<String>,
}

#[derive(Template, WebTemplate)]
#[template(path = "stage/amenagement.html")]
struct Show {
    cadre: Cadre,
    promotion: Promotion,
    etudiant: Etudiant,
    examen: Option<Examen>,
    compte: Compte,
    decide: Option<Amenagement>,
    saisie: Saisie,
    erreurs: FormErrors,
}

impl Show {
    #[expect(clippy::unused_self, reason = "templates ask the page")]
    fn decide_le(&self, a: &Amenagement) -> String {
        crate::date::longue(&a.le.date())
    }
}

async fn page(
    app: &App,
    enseignant: &Enseignant,
    db: &mut Db,
    etudiant: Etudiant,
    (saisie, erreurs): (Saisie, FormErrors),
) -> Result<Show> {
    let promotion = enseignant.promotion(db, etudiant.promotion_id()).await?;
    let examen = super::pages::examen(db, &promotion).await?;
    let mut stages = etudiant.stages(db).await?;
    let jour = enseignant.aujourd_hui();
    let compte = examen.as_ref().map(|e| stages.compte(e, etudiant.id(), jour)).unwrap_or_default();
    let decide = stages.amenagements.remove(&etudiant.id());
    let version = decide.as_ref().map_or(0, |a| a.version);
    let saisie = Saisie { cle: app.random.uuid(), version, ..saisie };
    let cadre = enseignant.cadre("/promotions");
    Ok(Show { cadre, promotion, etudiant, examen, compte, decide, saisie, erreurs })
}

async fn show(enseignant: Enseignant, State(app): State<App>, Path(id): Path<i64>) -> Result<Show> {
    let mut db = app.begin(&enseignant).await?;
    let etudiant = enseignant.etudiant(&mut db, id).await?;
    let vierge = (Saisie::default(), FormErrors::default());
    page(&app, &enseignant, &mut db, etudiant, vierge).await
}

async fn decide(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let etudiant = enseignant.etudiant(&mut db, id).await?;
    let coordonnateur = enseignant.coordonnateur(&mut db, etudiant.promotion_id()).await?;
    let examen = super::pages::examen(&mut db, &coordonnateur.promotion).await?;
    let examen = examen.ok_or(Error::NotFound)?;
    let mut erreurs = FormErrors::default();
    erreurs.cle("semaines", saisie.cle);
    let motif = erreurs.ligne("motif", &saisie.motif, 1000);
    let semaines = saisie.semaines.trim().parse().ok();
    if semaines.is_none() && saisie.lever.is_none() {
        erreurs.add("semaines", "Donnez un nombre de semaines.");
    }
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if saisie.reprise.is_some() {
        (status, erreurs) = (StatusCode::OK, FormErrors::default());
    } else if erreurs.is_empty() {
        let semaines = semaines.filter(|_| saisie.lever.is_none());
        let (quoi, lue) = ((semaines, motif.as_str()), (saisie.version, saisie.cle));
        match coordonnateur.amenager(&mut db, (&examen, &etudiant), quoi, lue).await {
            Ok(()) => {
                db.commit().await?;
                return Ok(Redirect::to(&format!("/etudiants/{id}/amenagement")).into_response());
            }
            Err(Error::Refused(message)) => erreurs.add("semaines", message),
            Err(Error::Conflict(message)) => {
                status = StatusCode::CONFLICT;
                erreurs.add("semaines", message);
            }
            Err(autre) => return Err(autre),
        }
    }
    let page = page(&app, &enseignant, &mut db, etudiant, (saisie, erreurs)).await?;
    Ok((status, page).into_response())
}
