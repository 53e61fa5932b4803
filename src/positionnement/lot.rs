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
    Case, Issue, Jugement, LOT_MAX, Lieu,
    grille::{Rang, Vue},
};
use crate::{
    app::{App, Db},
    compte::Enseignant,
    date,
    error::Result,
    form::{Path, Query},
    journal,
    promotion::Promotion,
    referentiel,
};

#[derive(Deserialize)]
struct Envoi {
    /// Who typed this: on a shared device, somebody else may be signed in when it leaves.
    compte: String,
    situation: Option<i64>,
    /// When it was typed, outside any situation.
    jour: Option<String>,
    jugements: Vec<Dit>,
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
    #[serde(rename = "u", default)]
    retablir: bool,
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
    /// The line that this very change wrote: what was typed after it was read from it, whoever wrote since.
    w: Option<i64>,
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
    if envoi.compte != enseignant.numero() {
        let message =
            "Cette saisie est d’une autre personne\u{a0}: elle attend qu’elle se reconnecte.";
        return Ok(refus(StatusCode::UNAUTHORIZED, message));
    }
    if envoi.jugements.len() > LOT_MAX || envoi.jugements.iter().any(|j| j.cle.is_nil()) {
        let message = format!("Un envoi compte {LOT_MAX} cases au plus. Rechargez la page.");
        return Ok(refus(StatusCode::UNPROCESSABLE_ENTITY, &message));
    }
    let edition = referentiel::find(&mut *db, promotion.edition_id).await?;
    let jour = envoi.jour.as_deref().and_then(date::lire);
    let lieu = Lieu::de_la_classe(&promotion, envoi.situation);
    let lieu = lieu.du(jour, &promotion, enseignant.aujourd_hui());
    let jugements: Vec<Jugement> = envoi.jugements.into_iter().map(Jugement::from).collect();
    let issues = enseignant.positionner(&mut db, &lieu, &edition, &jugements).await?;
    db.commit().await?; // the pen is free again: what follows only reads
    let mut db = app.begin(&enseignant).await?;
    let (h, m, _) = enseignant.ici_le().as_hms();
    let vue = (&promotion, envoi.situation);
    let cases = constater(&enseignant, &mut db, vue, &jugements, issues).await?;
    Ok(Json(Accuse { heure: format!("{h:02}:{m:02}"), cases }).into_response())
}

impl From<Dit> for Jugement {
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
            retablir: d.retablir,
        }
    }
}

/// The answer to each cell, in the order of the sending.
async fn constater(
    enseignant: &Enseignant,
    db: &mut Db,
    (promotion, situation_id): (&Promotion, Option<i64>),
    jugements: &[Jugement],
    issues: Vec<Issue>,
) -> Result<Vec<Reponse>> {
    let etudiants = Some(jugements.iter().map(|j| j.etudiant_id).collect());
    let vue = Vue { situation_id, depuis: 0, etudiants };
    let rangs = enseignant.grille(db, promotion, &vue).await?;
    let ici = |j: &Jugement| {
        let rang = rangs.iter().find(|r| r.etudiant_id == j.etudiant_id);
        rang.map(|r| r.case(&j.code)).unwrap_or_default()
    };
    let reponse = |(j, issue): (&Jugement, Issue)| {
        let (etat, message, w) = match issue {
            Issue::Ecrit(w) => ("ok", None, Some(w)),
            Issue::Deja(w) => ("ok", None, Some(w).filter(|w| *w > 0)),
            Issue::Depasse => ("conflit", None, None),
            Issue::Refuse(message) => ("refus", Some(message), None),
        };
        let ici = Etat { e: j.etudiant_id, c: j.code.clone(), case: ici(j) };
        Reponse { k: j.cle, etat, message, w, ici }
    };
    Ok(jugements.iter().zip(issues).map(reponse).collect())
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
