//! The address book: listed, and corrected.
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

use super::{
    carnet::{self, Organisation, Tuteur},
    saisie::lire_coordonnees,
};
use crate::{
    app::App,
    compte::Enseignant,
    error::{Error, Result},
    form::{Form, FormErrors, Path},
    page::Cadre,
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/organisations", get(index))
        .route("/organisations/{id}", get(edit).post(update))
}

#[derive(Template, WebTemplate)]
#[template(path = "stage/organisations.html")]
struct Index {
    cadre: Cadre,
    organisations: Vec<Organisation>,
    tuteurs: Vec<Tuteur>,
}

impl Index {
    fn chez(&self, organisation: impl std::borrow::Borrow<i64>) -> Vec<&Tuteur> {
        self.tuteurs.iter().filter(|t| t.organisation_id == *organisation.borrow()).collect()
    }
}

async fn index(enseignant: Enseignant, State(app): State<App>) -> Result<Index> {
    let mut db = app.begin(&enseignant).await?;
    let organisations = carnet::organisations(&mut db).await?;
    let tuteurs = carnet::tuteurs(&mut db).await?;
    Ok(Index { cadre: enseignant.cadre("/promotions"), organisations, tuteurs })
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Saisie {
    nom: String,
    siret: String,
    secteur: String,
    adresse: String,
    code_postal: String,
    ville: String,
    telephone: String,
    mel: String,
    version: i64,
    cle: Uuid,
    reprise: Option<String>,
}

impl Saisie {
    fn of(o: &Organisation) -> Self {
        let f = o.fiche.clone();
        Self {
            nom: f.nom,
            siret: f.siret.unwrap_or_default(),
            secteur: f.secteur,
            adresse: f.adresse,
            code_postal: f.code_postal,
            ville: f.ville,
            telephone: f.telephone,
            mel: f.mel,
            version: o.version,
            ..Self::default()
        }
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "stage/organisation.html")]
struct Edit {
    cadre: Cadre,
    organisation: Organisation,
    saisie: Saisie,
    erreurs: FormErrors,
}

async fn edit(enseignant: Enseignant, State(app): State<App>, Path(id): Path<i64>) -> Result<Edit> {
    let mut db = app.begin(&enseignant).await?;
    let organisation = carnet::organisation(&mut db, id).await?;
    let saisie = Saisie { cle: app.random.uuid(), ..Saisie::of(&organisation) };
    let (cadre, erreurs) = (enseignant.cadre("/promotions"), FormErrors::default());
    Ok(Edit { cadre, organisation, saisie, erreurs })
}

async fn update(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let organisation = carnet::organisation(&mut db, id).await?;
    let mut erreurs = FormErrors::default();
    let dits = [
        &saisie.nom,
        &saisie.siret,
        &saisie.secteur,
        &saisie.adresse,
        &saisie.code_postal,
        &saisie.ville,
        &saisie.telephone,
        &saisie.mel,
    ];
    let coordonnees = lire_coordonnees(dits.map(String::as_str), &mut erreurs);
    erreurs.cle("nom", saisie.cle);
    let toutes = carnet::organisations(&mut db).await?;
    let prise = |o: &&Organisation| {
        o.organisation_id != id && coordonnees.siret.is_some() && o.fiche.siret == coordonnees.siret
    };
    if let Some(o) = toutes.iter().find(prise) {
        erreurs.add(
            "siret",
            format!("Ce SIRET est celui de «\u{a0}{}\u{a0}». Vérifiez-le.", o.en_mots()),
        );
    }
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    let mut version = saisie.version;
    if saisie.reprise.is_some() {
        (status, erreurs) = (StatusCode::OK, FormErrors::default());
    } else if erreurs.is_empty() {
        let lue = (saisie.version, saisie.cle);
        match enseignant.corriger_organisation(&mut db, &organisation, &coordonnees, lue).await {
            Ok(()) => {
                db.commit().await?;
                return Ok(Redirect::to("/organisations").into_response());
            }
            Err(Error::Conflict(message)) => {
                status = StatusCode::CONFLICT;
                erreurs.add("nom", message);
                version = carnet::organisation(&mut db, id).await?.version;
            }
            Err(autre) => return Err(autre),
        }
    }
    let saisie = Saisie { cle: app.random.uuid(), version, ..saisie };
    let cadre = enseignant.cadre("/promotions");
    Ok((status, Edit { cadre, organisation, saisie, erreurs }).into_response())
}
