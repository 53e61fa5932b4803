//! The pages of a class's situations: the list, the form that opens one, the form that corrects one.
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
use time::Date;
use uuid::Uuid;

use super::{CONTEXTES, NATURES, Ouverture, Situation};
use crate::{
    app::App,
    compte::Enseignant,
    date,
    error::{Error, Result},
    form::{Form, FormErrors, Path},
    page::Cadre,
    promotion::Promotion,
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/promotions/{id}/situations", get(index))
        .route("/promotions/{id}/situations/nouvelle", get(new).post(create))
        .route("/promotions/{id}/situations/{situation}", get(edit).post(update))
}

#[derive(Template, WebTemplate)]
#[template(path = "situation/index.html")]
struct Index {
    cadre: Cadre,
    promotion: Promotion,
    situations: Vec<Situation>,
    aujourd_hui: Date,
}

async fn index(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
) -> Result<Index> {
    let mut db = app.begin(&enseignant).await?;
    let promotion = enseignant.promotion(&mut db, id).await?;
    let situations = promotion.situations(&mut db, None).await?;
    let (cadre, aujourd_hui) = (enseignant.cadre("/promotions"), enseignant.aujourd_hui());
    Ok(Index { cadre, promotion, situations, aujourd_hui })
}

/// The form, as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Saisie {
    titre: String,
    contexte: String,
    organisation: String,
    vecue_le: String,
    nature: String,
    visible_le: String,
    version: i64,
    cle: Uuid,
    /// Sent again after an expired session: shown, not written.
    reprise: Option<String>,
}

#[derive(Template, WebTemplate)]
#[template(path = "situation/form.html")]
struct Edit {
    cadre: Cadre,
    promotion: Promotion,
    /// `None` for a situation to open.
    situation_id: Option<i64>,
    saisie: Saisie,
    erreurs: FormErrors,
}

impl Saisie {
    fn of(s: &Situation) -> Self {
        Self {
            titre: s.titre.clone(),
            contexte: s.contexte.clone(),
            organisation: s.organisation.clone().unwrap_or_default(),
            vecue_le: date::iso(&s.vecue_le),
            nature: s.nature.clone(),
            visible_le: date::iso(&s.visible_le),
            version: s.version,
            ..Self::default()
        }
    }

    /// What the form says; each fault beside its field.
    fn check(
        &self,
        promotion: &Promotion,
        aujourd_hui: Date,
        erreurs: &mut FormErrors,
    ) -> Ouverture {
        let titre = erreurs.ligne("titre", &self.titre, 200);
        if super::contexte(&self.contexte).is_empty() {
            erreurs.add("contexte", "Dites où la situation est vécue.");
        }
        if super::nature(&self.nature).is_empty() {
            erreurs.add("nature", "Choisissez à quoi sert la situation.");
        }
        let absente = "Cette date n’existe pas. Écrivez-la jj/mm/aaaa.";
        let vecue_le = date::lire(&self.vecue_le);
        match vecue_le {
            None => erreurs.add("vecue_le", absente),
            Some(le) if le > aujourd_hui => erreurs.add(
                "vecue_le",
                "Cette date est à venir\u{a0}: une situation se juge une fois vécue. Choisissez aujourd’hui ou avant.",
            ),
            Some(le) if le < promotion.debut => erreurs.add(
                "vecue_le",
                format!(
                    "La formation de cette promotion commence le {}. Choisissez une date à partir de ce jour.",
                    date::longue(&promotion.debut)
                ),
            ),
            Some(_) => {}
        }
        let visible_le = date::lire(&self.visible_le);
        if visible_le.is_none() {
            erreurs.add("visible_le", absente);
        }
        let organisation = self.organisation.split_whitespace().collect::<Vec<_>>().join(" ");
        if organisation.chars().count() > 200 {
            erreurs.add("organisation", "Ce nom compte 200 caractères au plus.");
        }
        erreurs.cle("titre", self.cle);
        Ouverture {
            titre,
            contexte: self.contexte.clone(),
            organisation: (!organisation.is_empty()).then_some(organisation),
            vecue_le: vecue_le.unwrap_or(aujourd_hui),
            nature: self.nature.clone(),
            visible_le: visible_le.unwrap_or(aujourd_hui),
            cle: self.cle,
        }
    }
}

fn page(
    app: &App,
    enseignant: &Enseignant,
    promotion: Promotion,
    situation_id: Option<i64>,
    (saisie, erreurs): (Saisie, FormErrors),
) -> Edit {
    let saisie = Saisie { cle: app.random.uuid(), ..saisie };
    Edit { cadre: enseignant.cadre("/promotions"), promotion, situation_id, saisie, erreurs }
}

async fn new(enseignant: Enseignant, State(app): State<App>, Path(id): Path<i64>) -> Result<Edit> {
    let mut db = app.begin(&enseignant).await?;
    let promotion = enseignant.promotion(&mut db, id).await?;
    let jour = date::iso(&enseignant.aujourd_hui());
    let saisie = Saisie {
        vecue_le: jour.clone(),
        visible_le: jour,
        nature: NATURES[0].0.to_owned(),
        ..Saisie::default()
    };
    Ok(page(&app, &enseignant, promotion, None, (saisie, FormErrors::default())))
}

async fn create(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let promotion = enseignant.promotion(&mut db, id).await?;
    let mut erreurs = FormErrors::default();
    let ouverture = saisie.check(&promotion, enseignant.aujourd_hui(), &mut erreurs);
    if erreurs.is_empty() && saisie.reprise.is_none() {
        let situation = enseignant.ouvrir_situation(&mut db, &promotion, &ouverture).await?;
        db.commit().await?;
        let vers = format!("/promotions/{id}/grille?situation={situation}");
        return Ok(Redirect::to(&vers).into_response());
    }
    let status = statut(&saisie);
    Ok((status, page(&app, &enseignant, promotion, None, (saisie, erreurs))).into_response())
}

fn statut(saisie: &Saisie) -> StatusCode {
    if saisie.reprise.is_some() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
}

async fn edit(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, situation)): Path<(i64, i64)>,
) -> Result<Edit> {
    let mut db = app.begin(&enseignant).await?;
    let promotion = enseignant.promotion(&mut db, id).await?;
    let saisie = Saisie::of(&promotion.situation(&mut db, situation).await?);
    Ok(page(&app, &enseignant, promotion, Some(situation), (saisie, FormErrors::default())))
}

async fn update(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, situation)): Path<(i64, i64)>,
    Form(mut saisie): Form<Saisie>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let promotion = enseignant.promotion(&mut db, id).await?;
    promotion.situation(&mut db, situation).await?;
    let mut erreurs = FormErrors::default();
    let ouverture = saisie.check(&promotion, enseignant.aujourd_hui(), &mut erreurs);
    let mut status = statut(&saisie);
    if erreurs.is_empty() && saisie.reprise.is_none() {
        let lue = (situation, saisie.version);
        match enseignant.corriger_situation(&mut db, &promotion, lue, &ouverture).await {
            Ok(()) => {
                db.commit().await?;
                let vers = format!("/promotions/{id}/grille?situation={situation}");
                return Ok(Redirect::to(&vers).into_response());
            }
            Err(Error::Conflict(message)) => {
                erreurs.add("titre", message);
                status = StatusCode::CONFLICT;
                saisie.version = promotion.situation(&mut db, situation).await?.version;
            }
            Err(Error::Refused(message)) => erreurs.add("vecue_le", message),
            Err(autre) => return Err(autre),
        }
    }
    Ok((status, page(&app, &enseignant, promotion, Some(situation), (saisie, erreurs)))
        .into_response())
}
