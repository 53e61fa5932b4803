//! What the grid sends and asks behind the page: levels by the batch, and what changed meanwhile. JSON, with one-letter
//! names where there is one per cell.
use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Avis, Case, Issue, LOT_MAX, Lieu,
    grille::{Rang, Vue},
};
use crate::{
    app::{App, Db},
    compte::Enseignant,
    error::Result,
    form::{Path, Query},
    journal,
    promotion::Promotion,
    referentiel,
};

#[derive(Deserialize)]
struct Envoi {
    situation: Option<i64>,
    avis: Vec<Dit>,
}

/// One cell of a sending.
#[derive(Deserialize)]
struct Dit {
    #[serde(rename = "e")]
    etudiant: i64,
    #[serde(rename = "c")]
    code: String,
    #[serde(rename = "n")]
    niveau: Option<String>,
    #[serde(rename = "v")]
    version: i64,
    #[serde(rename = "k")]
    cle: Uuid,
    #[serde(rename = "r")]
    remarque: Option<String>,
    #[serde(rename = "p")]
    preuve: Option<i64>,
    #[serde(rename = "g")]
    geste: Option<Uuid>,
}

/// A cell as it stands now.
#[derive(Serialize)]
struct Etat {
    e: i64,
    c: String,
    #[serde(flatten)]
    case: Case,
}

/// What came of one cell of a sending, and how it stands now.
#[derive(Serialize)]
struct Reponse {
    k: Uuid,
    /// `ok`, `conflit` or `refus`.
    etat: &'static str,
    message: Option<String>,
    #[serde(flatten)]
    ici: Etat,
}

#[derive(Serialize)]
struct Accuse {
    /// Where the school is: « 14:05 ».
    heure: String,
    cases: Vec<Reponse>,
}

/// A refusal that a program reads: same words, no page around.
pub fn refus(status: StatusCode, message: &str) -> Response {
    (status, Json(serde_json::json!({ "message": message }))).into_response()
}

/// One transaction for the whole sending; each cell has its own answer.
pub async fn create(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    corps: Bytes,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let promotion = enseignant.promotion(&mut db, id).await?;
    let Ok(envoi) = serde_json::from_slice::<Envoi>(&corps) else {
        return Ok(refus(StatusCode::UNPROCESSABLE_ENTITY, "Envoi illisible. Rechargez la page."));
    };
    if envoi.avis.len() > LOT_MAX || envoi.avis.iter().any(|a| a.cle.is_nil()) {
        let message = format!("Un envoi compte {LOT_MAX} cases au plus. Rechargez la page.");
        return Ok(refus(StatusCode::UNPROCESSABLE_ENTITY, &message));
    }
    let edition = referentiel::find(&mut *db, promotion.edition_id).await?;
    let lieu = Lieu::de_la_classe(&promotion, envoi.situation);
    let avis: Vec<Avis> = envoi.avis.into_iter().map(Avis::from).collect();
    let issues = enseignant.positionner(&mut db, &lieu, &edition, &avis).await?;
    let cases = constater(&enseignant, &mut db, &promotion, envoi.situation, &avis, issues).await?;
    db.commit().await?;
    let (h, m, _) = enseignant.ici_le().as_hms();
    Ok(Json(Accuse { heure: format!("{h:02}:{m:02}"), cases }).into_response())
}

impl From<Dit> for Avis {
    fn from(d: Dit) -> Self {
        Self {
            etudiant_id: d.etudiant,
            code: d.code,
            niveau: d.niveau,
            preuve_id: d.preuve,
            remarque: d.remarque.map(|r| r.trim().to_owned()),
            version: d.version,
            cle: d.cle,
            geste: d.geste,
        }
    }
}

/// The answer to each cell, in the order of the sending.
async fn constater(
    enseignant: &Enseignant,
    db: &mut Db,
    promotion: &Promotion,
    situation_id: Option<i64>,
    avis: &[Avis],
    issues: Vec<Issue>,
) -> Result<Vec<Reponse>> {
    let etudiants = Some(avis.iter().map(|a| a.etudiant_id).collect());
    let vue = Vue { situation_id, depuis: 0, etudiants };
    let rangs = enseignant.grille(db, promotion, &vue).await?;
    let ici = |a: &Avis| {
        let rang = rangs.iter().find(|r| r.etudiant_id == a.etudiant_id);
        rang.map(|r| r.case(&a.code)).unwrap_or_default()
    };
    let reponse = |(a, issue): (&Avis, Issue)| {
        let (etat, message) = match issue {
            Issue::Ecrit | Issue::Deja => ("ok", None),
            Issue::Depasse => ("conflit", None),
            Issue::Refuse(message) => ("refus", Some(message)),
        };
        let ici = Etat { e: a.etudiant_id, c: a.code.clone(), case: ici(a) };
        Reponse { k: a.cle, etat, message, ici }
    };
    Ok(avis.iter().zip(issues).map(reponse).collect())
}

#[derive(Default, Deserialize)]
pub struct Demande {
    depuis: i64,
    situation: Option<i64>,
}

#[derive(Serialize)]
pub struct Changements {
    /// Line of the journal up to which this is true: what the next question sends.
    seq: i64,
    cases: Vec<Etat>,
}

/// The cells that somebody touched since a line of the journal.
pub async fn index(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Query(demande): Query<Demande>,
) -> Result<Json<Changements>> {
    let mut db = app.begin(&enseignant).await?;
    let promotion = enseignant.promotion(&mut db, id).await?;
    let seq = journal::temoin(&mut db).await?.seq; // read before the cells: one may be told twice, none is missed
    let vue = Vue { situation_id: demande.situation, depuis: demande.depuis, etudiants: None };
    let rangs = enseignant.grille(&mut db, &promotion, &vue).await?;
    Ok(Json(Changements { seq, cases: rangs.into_iter().flat_map(cases).collect() }))
}

fn cases(rang: Rang) -> impl Iterator<Item = Etat> {
    let e = rang.etudiant_id;
    rang.cases.into_iter().map(move |(c, case)| Etat { e, c, case })
}

/// One of the levels of a situation, to copy into another.
#[derive(Default, Deserialize)]
pub struct Source {
    situation: i64,
    code: String,
}

/// The real levels of a sous-compétence in a situation, to be copied by the teacher into the one she judges.
pub async fn source(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Query(source): Query<Source>,
) -> Result<Json<Vec<(i64, String)>>> {
    let mut db = app.begin(&enseignant).await?;
    let promotion = enseignant.promotion(&mut db, id).await?;
    let situation = promotion.situation(&mut db, source.situation).await?;
    let vue = Vue { situation_id: Some(situation.situation_id), ..Vue::default() };
    let rangs = enseignant.grille(&mut db, &promotion, &vue).await?;
    let niveau = |r: Rang| {
        let case = r.case(&source.code);
        (case.situations > 0).then_some((r.etudiant_id, case.niveau?))
    };
    Ok(Json(rangs.into_iter().filter_map(niveau).collect()))
}
