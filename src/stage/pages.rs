//! The form of a period, and every route of the room.
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

use super::{
    Periode, amenagement_pages, attestation, candidat,
    carnet::{Organisation, Tuteur},
    carnet_pages,
    listes::{Listes, listes},
    miens, mission_pages, page_periode,
    periode::Issue,
    piece_pages,
    saisie::{JOURS, Saisie},
    semaine_pages, tableau, visite_pages,
};
use crate::{
    app::{App, Db},
    compte::Enseignant,
    error::{Error, Result},
    etudiant::Etudiant,
    examen::{self, Examen},
    form::{Form, FormErrors, Path, Query},
    page::Cadre,
    promotion::Promotion,
    referentiel,
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/promotions/{id}/stages/nouvelle", get(new).post(create))
        .route("/etudiants/{id}/stages/{periode}/modifier", get(edit).post(update))
        .route("/etudiants/{id}/stages/{periode}/annulation", post(cancel))
        .merge(tableau::routes())
        .merge(page_periode::routes())
        .merge(miens::routes())
        .merge(candidat::routes())
        .merge(mission_pages::routes())
        .merge(attestation::routes())
        .merge(piece_pages::routes())
        .merge(visite_pages::routes())
        .merge(semaine_pages::routes())
        .merge(carnet_pages::routes())
        .merge(amenagement_pages::routes())
}

/// The exam that a promotion prepares.
pub(super) async fn examen(db: &mut Db, promotion: &Promotion) -> Result<Option<Examen>> {
    let edition = referentiel::find(&mut **db, promotion.edition_id).await?;
    examen::lire(db, promotion.promotion_id, &edition).await
}

#[derive(Template, WebTemplate)]
#[template(path = "stage/form.html")]
struct Edit {
    cadre: Cadre,
    promotion: Promotion,
    /// Whose period it is, once it is one.
    periode: Option<(Etudiant, Periode)>,
    etudiants: Vec<Etudiant>,
    organisations: Vec<Organisation>,
    tuteurs: Vec<Tuteur>,
    /// With how many trainees each has at once.
    referents: Vec<(i64, String)>,
    saisie: Saisie,
    erreurs: FormErrors,
}

async fn page(
    app: &App,
    enseignant: &Enseignant,
    db: &mut Db,
    (promotion, periode): (Promotion, Option<(Etudiant, Periode)>),
    (saisie, erreurs): (Saisie, FormErrors),
) -> Result<Edit> {
    let jour = enseignant.aujourd_hui();
    let etudiants = promotion.etudiants(db, jour).await?;
    let Listes { organisations, tuteurs, referents } = listes(db, &promotion, jour).await?;
    let saisie = Saisie { cle: app.random.uuid(), ..saisie };
    let cadre = enseignant.cadre("/promotions");
    Ok(Edit {
        cadre,
        promotion,
        periode,
        etudiants,
        organisations,
        tuteurs,
        referents,
        saisie,
        erreurs,
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Pour {
    etudiant: String,
}

async fn new(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Query(pour): Query<Pour>,
) -> Result<Edit> {
    let mut db = app.begin(&enseignant).await?;
    let promotion = enseignant.promotion(&mut db, id).await?;
    let examen = examen(&mut db, &promotion).await?;
    let saisie = Saisie::vierge(examen.map(|e| e.reglement), &pour.etudiant);
    page(&app, &enseignant, &mut db, (promotion, None), (saisie, FormErrors::default())).await
}

/// Field by field.
fn dire(erreurs: &mut FormErrors, refus: Vec<(&'static str, String)>) {
    for (champ, message) in refus {
        erreurs.add(champ, message);
    }
}

async fn create(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let promotion = enseignant.promotion(&mut db, id).await?;
    // Sent again after a lost answer: what it made stands in the book by now.
    if let Some((qui, periode)) = enseignant.periode_de_la_cle(&mut db, saisie.cle).await? {
        return Ok(Redirect::to(&format!("/etudiants/{qui}/stages/{periode}")).into_response());
    }
    let mut erreurs = FormErrors::default();
    let la = promotion.etudiants(&mut db, enseignant.aujourd_hui()).await?;
    let etudiant = la.into_iter().find(|e| e.id().to_string() == saisie.etudiant);
    if etudiant.is_none() {
        erreurs.add("etudiant", "Choisissez qui part en stage.");
    }
    let l = listes(&mut db, &promotion, enseignant.aujourd_hui()).await?;
    let voulue = saisie.check((&l.organisations, &l.tuteurs, &l.referents), &mut erreurs);
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if saisie.reprise.is_some() {
        (status, erreurs) = (StatusCode::OK, FormErrors::default());
    } else if let (Some(etudiant), Some(voulue)) = (&etudiant, voulue) {
        match enseignant.prevoir(&mut db, (&promotion, etudiant), &voulue, saisie.cle).await? {
            Issue::Ecrite(periode) => {
                db.commit().await?;
                let vers = format!("/etudiants/{}/stages/{periode}", etudiant.id());
                return Ok(Redirect::to(&vers).into_response());
            }
            Issue::Refusee(refus) => dire(&mut erreurs, refus),
        }
    }
    let page = page(&app, &enseignant, &mut db, (promotion, None), (saisie, erreurs)).await?;
    Ok((status, page).into_response())
}

/// One of my students, one of her periods, and the promotion of both.
pub(super) async fn lieu(
    enseignant: &Enseignant,
    db: &mut Db,
    (id, periode): (i64, i64),
) -> Result<(Promotion, Etudiant, Periode)> {
    let etudiant = enseignant.etudiant(db, id).await?;
    let periode = etudiant.periode(db, periode).await?;
    let promotion = enseignant.promotion(db, etudiant.promotion_id()).await?;
    Ok((promotion, etudiant, periode))
}

async fn edit(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(ou): Path<(i64, i64)>,
) -> Result<Edit> {
    let mut db = app.begin(&enseignant).await?;
    let (promotion, etudiant, periode) = lieu(&enseignant, &mut db, ou).await?;
    let saisie = Saisie::of(&periode);
    let quoi = (promotion, Some((etudiant, periode)));
    page(&app, &enseignant, &mut db, quoi, (saisie, FormErrors::default())).await
}

async fn update(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(ou): Path<(i64, i64)>,
    Form(mut saisie): Form<Saisie>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let (promotion, etudiant, periode) = lieu(&enseignant, &mut db, ou).await?;
    let mut erreurs = FormErrors::default();
    let l = listes(&mut db, &promotion, enseignant.aujourd_hui()).await?;
    let voulue = saisie.check((&l.organisations, &l.tuteurs, &l.referents), &mut erreurs);
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if saisie.reprise.is_some() {
        (status, erreurs) = (StatusCode::OK, FormErrors::default());
    } else if let Some(voulue) = voulue {
        let quoi = (&promotion, &etudiant, &periode);
        let lue = (saisie.version, saisie.cle);
        match enseignant.corriger_periode(&mut db, quoi, &voulue, lue).await {
            Ok(Issue::Ecrite(_)) => {
                db.commit().await?;
                let vers = format!("/etudiants/{}/stages/{}", ou.0, ou.1);
                return Ok(Redirect::to(&vers).into_response());
            }
            Ok(Issue::Refusee(refus)) => dire(&mut erreurs, refus),
            Err(Error::Conflict(message)) => {
                status = StatusCode::CONFLICT;
                erreurs.add("du", message);
                saisie.version = etudiant.periode(&mut db, ou.1).await?.version;
            }
            Err(autre) => return Err(autre),
        }
    }
    let quoi = (promotion, Some((etudiant, periode)));
    let page = page(&app, &enseignant, &mut db, quoi, (saisie, erreurs)).await?;
    Ok((status, page).into_response())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Annulation {
    motif: String,
    version: i64,
    cle: uuid::Uuid,
    reprise: Option<String>,
}

async fn cancel(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(ou): Path<(i64, i64)>,
    Form(dite): Form<Annulation>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let (promotion, etudiant, periode) = lieu(&enseignant, &mut db, ou).await?;
    let mut erreurs = FormErrors::default();
    erreurs.cle("motif", dite.cle);
    let motif = erreurs.ligne("motif", &dite.motif, 500);
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if dite.reprise.is_some() {
        (status, erreurs) = (StatusCode::OK, FormErrors::default());
    } else if erreurs.is_empty() {
        let lue = (dite.version, dite.cle);
        match enseignant.annuler_periode(&mut db, (&etudiant, &periode), &motif, lue).await {
            Ok(()) => {
                db.commit().await?;
                let vers = format!("/promotions/{}/stages", promotion.promotion_id);
                return Ok(Redirect::to(&vers).into_response());
            }
            Err(Error::Conflict(message)) => {
                status = StatusCode::CONFLICT;
                erreurs.add("motif", message);
            }
            Err(autre) => return Err(autre),
        }
    }
    let saisie = Saisie::of(&periode);
    let quoi = (promotion, Some((etudiant, periode)));
    let page = page(&app, &enseignant, &mut db, quoi, (saisie, erreurs)).await?;
    Ok((status, page).into_response())
}
