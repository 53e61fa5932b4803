//! Where a student asks: one page a preuve, with what was asked before and what came of it.
use std::{collections::HashMap, sync::Arc};

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use uuid::Uuid;

use super::{Demande, Voeu, phrase, queue};
use crate::{
    app::{App, Db},
    compte::Moi,
    error::{Error, Result},
    form::{Form, FormErrors, Path},
    page::{Cadre, filters},
    preuve::Preuve,
    referentiel::{self, Edition},
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/preuves/{id}/demande", get(edit).post(create))
        .route("/preuves/{id}/demande/retrait", post(delete))
        .route("/promotions/{id}/demandes", get(queue::index).post(queue::batch))
        .route("/promotions/{id}/demandes/{demande}", post(queue::update))
        .route("/phrases", get(phrase_pages::index).post(phrase_pages::update))
}

pub use phrase_pages::Index as Phrases;

type Champs = HashMap<String, String>;

#[derive(Template, WebTemplate)]
#[template(path = "demande/edit.html")]
struct Edit {
    cadre: Cadre,
    preuve: Preuve,
    edition: Arc<Edition>,
    demandes: Vec<Demande>,
    voeux: Vec<Voeu>,
    erreurs: FormErrors,
    cle: Uuid,
    reprise: bool,
}

impl Edit {
    /// The one that waits, if any.
    fn ouverte(&self) -> Option<&Demande> {
        self.demandes.iter().find(|d| d.attend())
    }

    fn voeu(&self, code: &str) -> Option<&Voeu> {
        self.voeux.iter().find(|v| v.code == code)
    }
}

async fn page(
    app: &App,
    moi: &Moi,
    db: &mut Db,
    id: i64,
    (voeux, erreurs, reprise): (Vec<Voeu>, FormErrors, bool),
) -> Result<Edit> {
    let etudiant = moi.etudiant(db).await?;
    let preuve = etudiant.preuve(db, id).await?;
    let edition = referentiel::find(&mut **db, etudiant.edition_id).await?;
    let demandes = etudiant.demandes(db, Some(id)).await?;
    let cadre = moi.cadre("/preuves");
    Ok(Edit { cadre, preuve, edition, demandes, voeux, erreurs, cle: app.random.uuid(), reprise })
}

async fn edit(moi: Moi, State(app): State<App>, Path(id): Path<i64>) -> Result<Edit> {
    let mut db = app.begin(&moi).await?;
    page(&app, &moi, &mut db, id, (vec![], FormErrors::default(), false)).await
}

/// What the form says of each sous-compétence of the preuve that is ticked.
fn voeux(
    preuve: &Preuve,
    edition: &Edition,
    champs: &Champs,
    erreurs: &mut FormErrors,
) -> Vec<Voeu> {
    let dit = |quoi: &str, code: &str| champs.get(&format!("{quoi}-{code}")).map(|v| v.trim());
    let mut voeux = vec![];
    for code in &preuve.codes {
        if dit("demande", code).is_none() {
            continue;
        }
        let niveau = dit("niveau", code).filter(|n| !n.is_empty());
        match niveau {
            None => erreurs.add(
                &format!("niveau-{code}"),
                "Situez-vous d’abord\u{a0}: choisissez le niveau que vous vous donnez.",
            ),
            Some(n) if edition.niveau_reel(n).is_none() => {
                erreurs.add(&format!("niveau-{code}"), "Ce niveau n’existe pas dans l’échelle.");
            }
            Some(_) => {}
        }
        let pourquoi = dit("pourquoi", code).unwrap_or_default();
        if pourquoi.chars().count() > 500 {
            erreurs.add(&format!("pourquoi-{code}"), "Cette raison compte 500 caractères au plus.");
        }
        voeux.push(Voeu {
            code: code.clone(),
            niveau: niveau.map(str::to_owned),
            pourquoi: pourquoi.to_owned(),
        });
    }
    if voeux.is_empty() {
        erreurs.add("codes", "Cochez au moins une sous-compétence à faire positionner.");
    }
    voeux
}

async fn create(
    moi: Moi,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(champs): Form<Champs>,
) -> Result<Response> {
    let mut db = app.begin(&moi).await?;
    let etudiant = moi.etudiant(&mut db).await?;
    let preuve = etudiant.preuve(&mut db, id).await?;
    let edition = referentiel::find(&mut *db, etudiant.edition_id).await?;
    let mut erreurs = FormErrors::default();
    let voeux = voeux(&preuve, &edition, &champs, &mut erreurs);
    let cle: Uuid = champs.get("cle").and_then(|c| c.parse().ok()).unwrap_or_default();
    if cle.is_nil() {
        erreurs.add("codes", "Ce formulaire est incomplet. Envoyez-le de nouveau.");
    }
    if !preuve.acceptee {
        erreurs.add("codes", "Dites d’abord votre part dans cette preuve d’équipe, sur sa page.");
    }
    let reprise = champs.contains_key("reprise");
    let mut status = if reprise { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    if erreurs.is_empty() && !reprise {
        match moi.demander(&mut db, &etudiant, &preuve, &voeux, cle).await {
            Ok(_) => {
                db.commit().await?;
                return Ok(Redirect::to(&format!("/preuves/{id}/demande")).into_response());
            }
            Err(Error::Conflict(message)) => {
                erreurs.add("codes", message);
                status = StatusCode::CONFLICT;
                drop(db); // what was tried is undone
                db = app.begin(&moi).await?;
            }
            Err(autre) => return Err(autre),
        }
    }
    Ok((status, page(&app, &moi, &mut db, id, (voeux, erreurs, reprise)).await?).into_response())
}

async fn delete(
    moi: Moi,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(champs): Form<Champs>,
) -> Result<Redirect> {
    let mut db = app.begin(&moi).await?;
    let etudiant = moi.etudiant(&mut db).await?;
    etudiant.preuve(&mut db, id).await?;
    let cle: Uuid = champs.get("cle").and_then(|c| c.parse().ok()).ok_or(Error::Unreadable)?;
    let demandes = etudiant.demandes(&mut db, Some(id)).await?;
    if let Some(ouverte) = demandes.iter().find(|d| d.attend()) {
        moi.retirer(&mut db, ouverte, cle).await?;
        db.commit().await?;
    }
    Ok(Redirect::to(&format!("/preuves/{id}/demande")))
}

/// The phrases of a teacher: few, short, her own.
mod phrase_pages {
    use askama::Template;
    use askama_web::WebTemplate;
    use axum::{
        extract::State,
        http::StatusCode,
        response::{IntoResponse, Redirect, Response},
    };
    use serde::Deserialize;

    use super::phrase::Phrase;
    use crate::{
        app::App,
        compte::Enseignant,
        error::Result,
        form::{Form, FormErrors},
        page::Cadre,
    };

    #[derive(Template, WebTemplate)]
    #[template(path = "demande/phrases.html")]
    pub struct Index {
        cadre: Cadre,
        phrases: Vec<Phrase>,
        texte: String,
        erreurs: FormErrors,
    }

    #[derive(Default, Deserialize)]
    #[serde(default)]
    pub struct Saisie {
        texte: String,
        oublier: Option<i64>,
        reprise: Option<String>,
    }

    async fn page(
        qui: &Enseignant,
        app: &App,
        texte: String,
        erreurs: FormErrors,
    ) -> Result<Index> {
        let mut db = app.begin(qui).await?;
        let phrases = qui.phrases(&mut db).await?;
        Ok(Index { cadre: qui.cadre("/promotions"), phrases, texte, erreurs })
    }

    pub async fn index(qui: Enseignant, State(app): State<App>) -> Result<Index> {
        page(&qui, &app, String::new(), FormErrors::default()).await
    }

    pub async fn update(
        qui: Enseignant,
        State(app): State<App>,
        Form(saisie): Form<Saisie>,
    ) -> Result<Response> {
        let mut erreurs = FormErrors::default();
        let mut db = app.begin(&qui).await?;
        if saisie.reprise.is_none() {
            if let Some(id) = saisie.oublier {
                qui.oublier_phrase(&mut db, id).await?;
            } else {
                let texte = erreurs.ligne("texte", &saisie.texte, 300);
                if erreurs.is_empty() {
                    qui.garder_phrase(&mut db, &texte).await?;
                }
            }
            if erreurs.is_empty() {
                db.commit().await?;
                return Ok(Redirect::to("/phrases").into_response());
            }
        }
        drop(db);
        let status =
            if erreurs.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        Ok((status, page(&qui, &app, saisie.texte, erreurs).await?).into_response())
    }
}
