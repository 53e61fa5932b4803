//! The pages where a teacher judges: the grid, the cell with its history.
use std::sync::Arc;

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;
use uuid::Uuid;

use super::{Avis, Cellule, Courant, Issue, grille::Rang, saisie};
use crate::{
    app::{App, Db},
    compte::Enseignant,
    error::{Error, Result},
    etudiant::Etudiant,
    form::{Form, FormErrors, Path, Query},
    page::{Cadre, filters},
    promotion::Promotion,
    referentiel::{self, Bloc, Edition, SousCompetence},
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/promotions/{id}/grille", get(index))
        .route(
            "/promotions/{id}/sous-competences/{code}/saisie",
            get(saisie::edit).post(saisie::update),
        )
        .route("/etudiants/{id}/sous-competences/{code}", get(show))
        .route("/etudiants/{id}/sous-competences/{code}/positionnements", post(create))
}

#[derive(Template, WebTemplate)]
#[template(path = "positionnement/index.html")]
struct Index {
    cadre: Cadre,
    promotion: Promotion,
    edition: Arc<Edition>,
    bloc: Bloc,
    colonnes: Vec<SousCompetence>,
    rangs: Vec<Rang>,
    /// From which keys are derived, one per gesture.
    cle: Uuid,
}

#[derive(Default, Deserialize)]
struct Choix {
    bloc: Option<String>,
}

async fn index(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Query(choix): Query<Choix>,
) -> Result<Index> {
    let mut db = app.begin(&enseignant).await?;
    let promotion = enseignant.promotion(&mut db, id).await?;
    let edition = referentiel::find(&mut *db, promotion.edition_id).await?;
    let bloc = match choix.bloc.as_deref() {
        Some(code) => edition.bloc(code),
        None => edition.blocs.first(),
    };
    let bloc = bloc.ok_or(Error::NotFound)?.clone();
    let colonnes: Vec<SousCompetence> =
        bloc.competences.iter().flat_map(|c| c.sous_competences.clone()).collect();
    let codes: Vec<String> = colonnes.iter().map(|c| c.code.clone()).collect();
    let rangs = promotion.grille(&mut db, &codes, enseignant.aujourd_hui()).await?;
    let cadre = enseignant.cadre("/promotions");
    Ok(Index { cadre, promotion, edition, bloc, colonnes, rangs, cle: app.random.uuid() })
}

#[derive(Template, WebTemplate)]
#[template(path = "positionnement/show.html")]
struct Show {
    cadre: Cadre,
    etudiant: Etudiant,
    edition: Arc<Edition>,
    sous_competence: SousCompetence,
    courant: Courant,
    cellule: Cellule,
    saisie: Saisie,
    erreurs: FormErrors,
    /// Somebody wrote in between: what I wanted.
    conflit: bool,
}

/// The form of a cell, as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Saisie {
    pub niveau: String,
    pub situation: String,
    pub preuve: String,
    pub remarque: String,
    pub version: i64,
    pub cle: Uuid,
    /// Sent again after an expired session: shown, not written.
    pub reprise: Option<String>,
}

/// A cell, found through the eyes of its teacher.
struct Lieu {
    etudiant: Etudiant,
    edition: Arc<Edition>,
    sous_competence: SousCompetence,
}

async fn lieu(enseignant: &Enseignant, db: &mut Db, id: i64, code: &str) -> Result<Lieu> {
    let etudiant = enseignant.etudiant(db, id).await?;
    let edition = referentiel::find(&mut **db, etudiant.edition_id).await?;
    let sous_competence = edition.sous_competence(code).ok_or(Error::NotFound)?.clone();
    Ok(Lieu { etudiant, edition, sous_competence })
}

async fn page(
    app: &App,
    enseignant: &Enseignant,
    db: &mut Db,
    lieu: Lieu,
    etat: (Saisie, FormErrors, bool),
) -> Result<Show> {
    let (mut saisie, erreurs, conflit) = etat;
    let courant = lieu.etudiant.courant(db, &lieu.sous_competence.code).await?;
    let cellule = lieu.etudiant.cellule(db, &lieu.sous_competence.code).await?;
    saisie.version = courant.version;
    saisie.cle = app.random.uuid();
    let Lieu { etudiant, edition, sous_competence } = lieu;
    let cadre = enseignant.cadre("/promotions");
    Ok(Show {
        cadre,
        etudiant,
        edition,
        sous_competence,
        courant,
        cellule,
        saisie,
        erreurs,
        conflit,
    })
}

async fn show(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, code)): Path<(i64, String)>,
) -> Result<Show> {
    let mut db = app.begin(&enseignant).await?;
    let lieu = lieu(&enseignant, &mut db, id, &code).await?;
    page(&app, &enseignant, &mut db, lieu, (Saisie::default(), FormErrors::default(), false)).await
}

impl Saisie {
    /// What the form says, checked against the edition.
    fn avis(&self, lieu: &Lieu, preuves: &Cellule, erreurs: &mut FormErrors) -> Avis {
        let niveau = (self.niveau != "effacer").then(|| self.niveau.clone());
        if niveau.as_deref().is_some_and(|n| lieu.edition.niveau(n).is_none()) {
            erreurs.add(
                "niveau",
                "Ce niveau n’existe pas dans l’échelle. Choisissez-en un dans la liste.",
            );
        }
        let nombre = |texte: &str| texte.parse::<i64>().ok();
        let preuve_id = nombre(&self.preuve);
        if !self.preuve.is_empty() && !preuves.preuves.iter().any(|p| Some(p.id) == preuve_id) {
            erreurs.add(
                "preuve",
                "Cette preuve n’est pas de cette personne. Choisissez-en une dans la liste.",
            );
        }
        if self.remarque.chars().count() > 2000 {
            erreurs.add("remarque", "La remarque compte 2\u{202f}000 caractères au plus.");
        }
        if self.cle.is_nil() {
            erreurs.add("niveau", "Ce formulaire est incomplet. Enregistrez de nouveau.");
        }
        Avis {
            code: lieu.sous_competence.code.clone(),
            niveau,
            situation_id: nombre(&self.situation),
            preuve_id,
            remarque: self.remarque.trim().to_owned(),
            version: self.version,
            cle: self.cle,
        }
    }
}

async fn create(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, code)): Path<(i64, String)>,
    headers: HeaderMap,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    let json =
        headers.get(header::ACCEPT).is_some_and(|a| a.as_bytes().starts_with(b"application/json"));
    let mut db = app.begin(&enseignant).await?;
    let lieu = lieu(&enseignant, &mut db, id, &code).await?;
    let mut erreurs = FormErrors::default();
    let cellule = lieu.etudiant.cellule(&mut db, &code).await?;
    let avis = saisie.avis(&lieu, &cellule, &mut erreurs);
    if erreurs.is_empty() && saisie.reprise.is_none() {
        match enseignant.positionner(&mut db, &lieu.etudiant, &avis).await {
            Ok(Issue::Depasse(courant)) if json => {
                return Ok((StatusCode::CONFLICT, Json(fait(&courant))).into_response());
            }
            Ok(Issue::Depasse(_)) => {
                let page = page(&app, &enseignant, &mut db, lieu, (saisie, erreurs, true)).await?;
                return Ok((StatusCode::CONFLICT, page).into_response());
            }
            Ok(_) if json => {
                let courant = lieu.etudiant.courant(&mut db, &code).await?;
                db.commit().await?;
                return Ok(Json(fait(&courant)).into_response());
            }
            Ok(_) => {
                db.commit().await?;
                return Ok(Redirect::to(&format!("/etudiants/{id}/sous-competences/{code}"))
                    .into_response());
            }
            Err(Error::Refused(message)) => erreurs.add("remarque", message),
            Err(autre) => return Err(autre),
        }
    }
    if json {
        let message = erreurs.iter().map(|(_, m)| m).collect::<Vec<_>>().join(" ");
        return Ok((
            StatusCode::UNPROCESSABLE_ENTITY,
            Json(serde_json::json!({ "message": message })),
        )
            .into_response());
    }
    let status =
        if saisie.reprise.is_some() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok((status, page(&app, &enseignant, &mut db, lieu, (saisie, erreurs, false)).await?)
        .into_response())
}

/// What the grid needs to know of a cell that was written, or that somebody else wrote.
fn fait(courant: &Courant) -> serde_json::Value {
    serde_json::json!({ "niveau": courant.niveau, "version": courant.version, "par": courant.par })
}
