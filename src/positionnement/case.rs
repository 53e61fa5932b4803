//! The page of one cell: its level, its history, what may be cited; and the part of it that the grid shows beside itself.
use std::sync::Arc;

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use uuid::Uuid;

use super::{AvisTuteur, Cellule, Evenement, Issue, Jugement, Lieu, cellule::Courant};
use crate::{
    app::{App, Db},
    compte::Enseignant,
    consultation,
    error::{Error, Result},
    etudiant::Etudiant,
    form::{Form, FormErrors, Path},
    page::{Cadre, filters},
    promotion::Promotion,
    referentiel::{self, Edition, SousCompetence},
};

#[derive(Template, WebTemplate)]
#[template(path = "positionnement/show.html")]
pub struct Show {
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
    /// Where she is; and whether I judge this bloc in it.
    promotion: Promotion,
    juge: bool,
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
struct Ici {
    etudiant: Etudiant,
    edition: Arc<Edition>,
    sous_competence: SousCompetence,
}

async fn ici(enseignant: &Enseignant, db: &mut Db, id: i64, code: &str) -> Result<Ici> {
    let etudiant = enseignant.etudiant(db, id).await?;
    let edition = referentiel::find(&mut **db, etudiant.edition_id).await?;
    let sous_competence = edition.sous_competence(code).ok_or(Error::NotFound)?.clone();
    Ok(Ici { etudiant, edition, sous_competence })
}

async fn page(
    app: &App,
    enseignant: &Enseignant,
    db: &mut Db,
    ici: Ici,
    etat: (Option<Saisie>, FormErrors, bool),
) -> Result<Show> {
    let (saisie, erreurs, conflit) = etat;
    let courant = ici.etudiant.courant(db, &ici.sous_competence.code).await?;
    let cellule = ici.etudiant.cellule(db, &ici.sous_competence.code).await?;
    let vierge = || Saisie { version: courant.version, ..Saisie::default() };
    let mut saisie = saisie.unwrap_or_else(vierge);
    if conflit {
        saisie.version = courant.version; // she was told: the next sending is a choice
    }
    saisie.cle = app.random.uuid();
    let Ici { etudiant, edition, sous_competence } = ici;
    let promotion = enseignant.promotion(db, etudiant.promotion_id).await?;
    let juge = edition.bloc_de(&sous_competence.code).is_some_and(|b| promotion.juge(&b.code));
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
        promotion,
        juge,
    })
}

pub async fn show(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, code)): Path<(i64, String)>,
) -> Result<Show> {
    let mut db = app.begin(&enseignant).await?;
    let ici = ici(&enseignant, &mut db, id, &code).await?;
    let vierge = (None, FormErrors::default(), false);
    let page = page(&app, &enseignant, &mut db, ici, vierge).await?;
    consultation::noter(db, &enseignant, &[id]);
    Ok(page)
}

/// What the grid shows beside itself of a cell.
#[derive(Template, WebTemplate)]
#[template(path = "positionnement/_volet.html")]
pub struct Panel {
    etudiant: Etudiant,
    edition: Arc<Edition>,
    sous_competence: SousCompetence,
    histoire: Vec<Evenement>,
    avis: Vec<AvisTuteur>,
    cellule: Cellule,
}

pub async fn panel(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, code)): Path<(i64, String)>,
) -> Result<Panel> {
    let mut db = app.begin(&enseignant).await?;
    let Ici { etudiant, edition, sous_competence } = ici(&enseignant, &mut db, id, &code).await?;
    let mut cellule = etudiant.cellule(&mut db, &code).await?;
    let histoire = std::mem::take(&mut cellule.histoire);
    let avis = std::mem::take(&mut cellule.avis);
    consultation::noter(db, &enseignant, &[id]);
    Ok(Panel { etudiant, edition, sous_competence, histoire, avis, cellule })
}

impl Saisie {
    fn jugement(&self, ici: &Ici, erreurs: &mut FormErrors) -> Jugement {
        let nombre = |champ: &str, texte: &str, erreurs: &mut FormErrors| match texte.trim() {
            "" => None,
            t => t.parse::<i64>().map_or_else(
                |_| {
                    erreurs.add(champ, "Choisissez dans la liste.");
                    None
                },
                Some,
            ),
        };
        let preuve_id = nombre("preuve", &self.preuve, erreurs);
        nombre("situation", &self.situation, erreurs);
        erreurs.cle("niveau", self.cle);
        if self.niveau.is_empty() {
            erreurs.add("niveau", "Choisissez un niveau.");
        }
        Jugement {
            etudiant_id: ici.etudiant.id(),
            code: ici.sous_competence.code.clone(),
            niveau: (self.niveau != "effacer").then(|| self.niveau.clone()),
            preuve_id,
            remarque: Some(self.remarque.trim().to_owned()).filter(|r| !r.is_empty()),
            version: self.version,
            cle: self.cle,
            geste: None,
            retablir: false,
        }
    }
}

pub async fn create(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, code)): Path<(i64, String)>,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let ici = ici(&enseignant, &mut db, id, &code).await?;
    let mut erreurs = FormErrors::default();
    let jugement = saisie.jugement(&ici, &mut erreurs);
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    let mut conflit = false;
    if saisie.reprise.is_some() {
        status = StatusCode::OK;
    } else if erreurs.is_empty() {
        let lieu = Lieu::de(&ici.etudiant, saisie.situation.parse().ok());
        match enseignant.positionner(&mut db, &lieu, &ici.edition, &[jugement]).await?.pop() {
            Some(Issue::Depasse) => {
                conflit = true;
                status = StatusCode::CONFLICT;
            }
            Some(Issue::Refuse(message)) => erreurs.add("niveau", message),
            _ => {
                db.commit().await?;
                let vers = format!("/etudiants/{id}/sous-competences/{code}");
                return Ok(Redirect::to(&vers).into_response());
            }
        }
    }
    let page = page(&app, &enseignant, &mut db, ici, (Some(saisie), erreurs, conflit)).await?;
    Ok((status, page).into_response())
}
