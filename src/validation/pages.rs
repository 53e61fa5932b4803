//! The pages of a stopped livret: one student's, with its history, and the class's.
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
use uuid::Uuid;

use super::{Arret, Reouverture, case, classe, lot, reouverture::Suite};
use crate::{
    app::{App, Db},
    compte::{Enseignant, Moi},
    error::{Error, Result},
    etudiant::Etudiant,
    form::{Form, FormErrors, Path},
    page::Cadre,
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/promotions/{id}/arret", get(classe::index).post(classe::create))
        .route("/promotions/{id}/validations", get(lot::index).post(lot::create))
        .route(
            "/etudiants/{id}/sous-competences/{code}/validation",
            get(case::show).post(case::create),
        )
        .route("/etudiants/{id}/arret", get(show).post(create))
        .route("/etudiants/{id}/arret/reouverture", post(ask))
        .route("/etudiants/{id}/arret/cloture", post(close))
        .route("/livret/arret", get(mine))
}

#[derive(Template, WebTemplate)]
#[template(path = "validation/arret.html")]
struct Show {
    cadre: Cadre,
    etudiant: Etudiant,
    /// Latest first.
    arrets: Vec<Arret>,
    reouvertures: Vec<Reouverture>,
    coordonne: bool,
    /// Why this teacher may not confirm what waits.
    refus: Option<String>,
    saisie: Saisie,
    erreurs: FormErrors,
}

/// The forms of this page, as they were typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Saisie {
    motif: String,
    confirme: Option<String>,
    demande: i64,
    suite: String,
    cle: Uuid,
    /// Sent again after an expired session: shown, not written.
    reprise: Option<String>,
}

impl Show {
    fn ouvert(&self) -> Option<&Arret> {
        self.arrets.iter().find(|a| a.leve_le.is_none())
    }

    fn attend(&self) -> Option<&Reouverture> {
        self.reouvertures.iter().find(|r| r.attend())
    }

    fn demandes<'a>(&'a self, arret: &'a Arret) -> impl Iterator<Item = &'a Reouverture> {
        self.reouvertures.iter().filter(|r| r.arret == arret.version)
    }
}

async fn page(
    app: &App,
    enseignant: &Enseignant,
    db: &mut Db,
    etudiant: Etudiant,
    (saisie, erreurs): (Saisie, FormErrors),
) -> Result<Show> {
    let arrets = etudiant.arrets(db).await?;
    let reouvertures = etudiant.reouvertures(db).await?;
    let coordonne = enseignant.promotion(db, etudiant.promotion_id).await?.coordonnee;
    let refus = match reouvertures.iter().find(|r| r.attend()) {
        Some(r) => enseignant.refus_de_confirmer(db, &etudiant, r).await?,
        None => None,
    };
    let saisie = Saisie { cle: app.random.uuid(), ..saisie };
    let cadre = enseignant.cadre("/promotions");
    Ok(Show { cadre, etudiant, arrets, reouvertures, coordonne, refus, saisie, erreurs })
}

async fn show(enseignant: Enseignant, State(app): State<App>, Path(id): Path<i64>) -> Result<Show> {
    let mut db = app.begin(&enseignant).await?;
    let etudiant = enseignant.etudiant(&mut db, id).await?;
    page(&app, &enseignant, &mut db, etudiant, (Saisie::default(), FormErrors::default())).await
}

/// The same history, for whose livret it is.
#[derive(Template, WebTemplate)]
#[template(path = "validation/mine.html")]
struct Mine {
    cadre: Cadre,
    arrets: Vec<Arret>,
    reouvertures: Vec<Reouverture>,
}

impl Mine {
    fn demandes<'a>(&'a self, arret: &'a Arret) -> impl Iterator<Item = &'a Reouverture> {
        self.reouvertures.iter().filter(|r| r.arret == arret.version)
    }
}

async fn mine(moi: Moi, State(app): State<App>) -> Result<Mine> {
    let mut db = app.begin(&moi).await?;
    let etudiant = moi.etudiant(&mut db).await?;
    let arrets = etudiant.arrets(&mut db).await?;
    let reouvertures = etudiant.reouvertures(&mut db).await?;
    Ok(Mine { cadre: moi.cadre("/livret"), arrets, reouvertures })
}

/// What each form does, and where a refusal is said.
#[derive(Clone, Copy)]
enum Acte {
    Arreter,
    Demander,
    Clore,
}

async fn create(
    enseignant: Enseignant,
    state: State<App>,
    path: Path<i64>,
    form: Form<Saisie>,
) -> Result<Response> {
    agir(enseignant, state, path, form, Acte::Arreter).await
}

async fn ask(
    enseignant: Enseignant,
    state: State<App>,
    path: Path<i64>,
    form: Form<Saisie>,
) -> Result<Response> {
    agir(enseignant, state, path, form, Acte::Demander).await
}

async fn close(
    enseignant: Enseignant,
    state: State<App>,
    path: Path<i64>,
    form: Form<Saisie>,
) -> Result<Response> {
    agir(enseignant, state, path, form, Acte::Clore).await
}

async fn agir(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(saisie): Form<Saisie>,
    acte: Acte,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let etudiant = enseignant.etudiant(&mut db, id).await?;
    let champ = match acte {
        Acte::Arreter => "confirme",
        Acte::Demander => "motif",
        Acte::Clore => "suite",
    };
    let mut erreurs = FormErrors::default();
    erreurs.cle(champ, saisie.cle);
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if saisie.reprise.is_some() {
        status = StatusCode::OK;
    } else if erreurs.is_empty() {
        match faire(&enseignant, &mut db, &etudiant, &saisie, acte).await {
            Ok(()) => {
                db.commit().await?;
                return Ok(Redirect::to(&format!("/etudiants/{id}/arret")).into_response());
            }
            Err(Error::Refused(message)) => erreurs.add(champ, message),
            Err(Error::Conflict(message)) => {
                erreurs.add(champ, message);
                status = StatusCode::CONFLICT;
            }
            Err(autre) => return Err(autre),
        }
        drop(db); // what was tried is undone
        db = app.begin(&enseignant).await?;
    }
    let page = page(&app, &enseignant, &mut db, etudiant, (saisie, erreurs)).await?;
    Ok((status, page).into_response())
}

async fn faire(
    enseignant: &Enseignant,
    db: &mut Db,
    etudiant: &Etudiant,
    saisie: &Saisie,
    acte: Acte,
) -> Result<()> {
    match (acte, saisie.suite.as_str()) {
        (Acte::Arreter, _) => {
            let coordonnateur =
                classe::coordonnateur(enseignant, db, etudiant.promotion_id).await?;
            classe::confirme(saisie.confirme.as_ref())?;
            coordonnateur.arreter_livrets(db, &[etudiant.id()], saisie.cle).await?;
        }
        (Acte::Demander, _) => {
            enseignant.demander_reouverture(db, etudiant, &saisie.motif, saisie.cle).await?;
        }
        (Acte::Clore, suite @ ("confirmer" | "ecarter")) => {
            let suite = if suite == "confirmer" { Suite::Confirmer } else { Suite::Ecarter };
            let quoi = (suite, saisie.cle);
            enseignant.clore_reouverture(db, etudiant, saisie.demande, quoi).await?;
        }
        (Acte::Clore, _) => {
            return Err(Error::Refused("Choisissez de confirmer ou d’écarter la demande.".into()));
        }
    }
    Ok(())
}
