//! A signed paper, of a period or of the candidate: deposited, read back, checked.
use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    papier::{Laquelle, Ou},
    piece::{Etat, la, pieces, refus},
};
use crate::{
    app::App,
    compte::{Deposant, Enseignant, Moi},
    consultation,
    error::{Error, Result},
    form::{Form, FormErrors, Path},
    preuve::{depot::seul, fichier::Fichier},
};

pub fn routes() -> Router<App> {
    let sans_limite = DefaultBodyLimit::disable(); // counted while it is read, by what is set
    Router::new()
        .route("/stages/{periode}/pieces", post(create_mine).layer(sans_limite))
        .route("/stages/{periode}/pieces/{rang}", get(file_mine))
        .route("/stages/{periode}/pieces/{rang}/apercu", get(preview_mine))
        .route("/etudiants/{id}/stages/{periode}/pieces", post(create).layer(sans_limite))
        .route("/etudiants/{id}/stages/{periode}/pieces/{rang}", get(file))
        .route("/etudiants/{id}/stages/{periode}/pieces/{rang}/apercu", get(preview))
        .route("/etudiants/{id}/stages/{periode}/controle", post(check))
        .route("/piece", post(create_my_own).layer(sans_limite))
        .route("/piece/{rang}", get(file_my_own))
        .route("/piece/{rang}/apercu", get(preview_my_own))
        .route("/etudiants/{id}/piece", post(create_own).layer(sans_limite))
        .route("/etudiants/{id}/piece/{rang}", get(file_own))
        .route("/etudiants/{id}/piece/{rang}/apercu", get(preview_own))
        .route("/etudiants/{id}/piece/controle", post(check_own))
}

async fn deposer(
    app: &App,
    qui: Deposant,
    laquelle: Laquelle,
    request: Request,
) -> Result<Response> {
    // Found first: nothing is received for what is not hers to see, or not wanted.
    let mut db = app.begin(&qui).await?;
    Ou::trouver(&mut db, &qui, laquelle).await?.demandee()?;
    drop(db);
    let mut erreurs = FormErrors::default();
    let envoi = seul(app, &qui, request, &mut erreurs).await?;
    let mut db = app.begin(&qui).await?;
    let ou = Ou::trouver(&mut db, &qui, laquelle).await?;
    let periode = ou.quoi().1;
    match &envoi.fichier {
        None => erreurs.add("fichier", format!("Choisissez le fichier de {} signée.", la(periode))),
        Some(fichier) => {
            if let Some(message) = refus(fichier, periode) {
                erreurs.add("fichier", message);
            }
        }
    }
    if let (Some(fichier), true) = (&envoi.fichier, erreurs.is_empty()) {
        qui.deposer_piece(&mut db, ou.quoi(), fichier.fichier_id, envoi.cle).await?;
        db.commit().await?;
        return Ok(ou.retour());
    }
    let page = ou.page(app, &mut db, (None, erreurs)).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn create_mine(
    moi: Moi,
    State(app): State<App>,
    Path(periode): Path<i64>,
    request: Request,
) -> Result<Response> {
    deposer(&app, (&moi).into(), (None, Some(periode)), request).await
}

async fn create(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, periode)): Path<(i64, i64)>,
    request: Request,
) -> Result<Response> {
    deposer(&app, (&enseignant).into(), (Some(id), Some(periode)), request).await
}

async fn create_my_own(moi: Moi, State(app): State<App>, request: Request) -> Result<Response> {
    deposer(&app, (&moi).into(), (None, None), request).await
}

async fn create_own(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    request: Request,
) -> Result<Response> {
    deposer(&app, (&enseignant).into(), (Some(id), None), request).await
}

/// One deposit, to who reads it.
async fn une(app: &App, qui: &Deposant, laquelle: Laquelle, rang: i32) -> Result<Fichier> {
    let mut db = app.begin(qui).await?;
    let ou = Ou::trouver(&mut db, qui, laquelle).await?;
    let (etudiant, periode) = ou.quoi();
    let pieces = pieces(&mut db, etudiant, periode).await?;
    let piece = pieces.into_iter().find(|p| p.rang == rang).ok_or(Error::NotFound)?;
    if let (Deposant::Enseignant(enseignant), Some(id)) = (qui, laquelle.0) {
        consultation::noter(db, enseignant, &[id]);
    }
    Ok(piece.fichier)
}

async fn file_mine(
    moi: Moi,
    State(app): State<App>,
    Path((periode, rang)): Path<(i64, i32)>,
) -> Result<Response> {
    une(&app, &(&moi).into(), (None, Some(periode)), rang).await?.telecharger(&app).await
}

async fn preview_mine(
    moi: Moi,
    State(app): State<App>,
    Path((periode, rang)): Path<(i64, i32)>,
) -> Result<Response> {
    une(&app, &(&moi).into(), (None, Some(periode)), rang).await?.apercu(&app).await
}

async fn file_my_own(moi: Moi, State(app): State<App>, Path(rang): Path<i32>) -> Result<Response> {
    une(&app, &(&moi).into(), (None, None), rang).await?.telecharger(&app).await
}

async fn preview_my_own(
    moi: Moi,
    State(app): State<App>,
    Path(rang): Path<i32>,
) -> Result<Response> {
    une(&app, &(&moi).into(), (None, None), rang).await?.apercu(&app).await
}

async fn file(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, periode, rang)): Path<(i64, i64, i32)>,
) -> Result<Response> {
    let laquelle = (Some(id), Some(periode));
    une(&app, &(&enseignant).into(), laquelle, rang).await?.telecharger(&app).await
}

async fn preview(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, periode, rang)): Path<(i64, i64, i32)>,
) -> Result<Response> {
    let laquelle = (Some(id), Some(periode));
    une(&app, &(&enseignant).into(), laquelle, rang).await?.apercu(&app).await
}

async fn file_own(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, rang)): Path<(i64, i32)>,
) -> Result<Response> {
    une(&app, &(&enseignant).into(), (Some(id), None), rang).await?.telecharger(&app).await
}

async fn preview_own(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, rang)): Path<(i64, i32)>,
) -> Result<Response> {
    une(&app, &(&enseignant).into(), (Some(id), None), rang).await?.apercu(&app).await
}

/// What a teacher says that she saw.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Controle {
    pub piece: i64,
    pub version: i64,
    pub cle: Uuid,
    /// `oui` or `non`.
    pub signee: String,
    pub dates: Option<String>,
    pub cachet: Option<String>,
    pub remarque: String,
    pub reprise: Option<String>,
}

impl Controle {
    fn check(&self, la: &str, erreurs: &mut FormErrors) -> Option<(Etat, String)> {
        erreurs.cle("signee", self.cle);
        let complete = self.dates.is_some() && self.cachet.is_some();
        let etat = match self.signee.as_str() {
            "oui" if complete => Etat::Controlee,
            "oui" => Etat::ARefaire,
            "non" => Etat::NonSignee,
            _ => {
                erreurs.add("signee", format!("Dites si {la} est signée."));
                return None;
            }
        };
        let remarque = self.remarque.replace('\0', "").trim().to_owned();
        let longueur = remarque.chars().count();
        if longueur > 1000 {
            erreurs.add(
                "remarque",
                format!("Ce texte compte {longueur} caractères\u{a0}: 1000 au plus."),
            );
        } else if remarque.is_empty() && etat != Etat::Controlee {
            erreurs.add(
                "remarque",
                "Dites ce qui manque\u{a0}: c’est ce que l’étudiant lit pour la refaire.",
            );
        }
        erreurs.is_empty().then_some((etat, remarque))
    }
}

async fn controler(
    app: &App,
    enseignant: Enseignant,
    laquelle: Laquelle,
    controle: Controle,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let ou = Ou::trouver(&mut db, &(&enseignant).into(), laquelle).await?;
    let mut erreurs = FormErrors::default();
    let vu = controle.check(la(ou.quoi().1), &mut erreurs);
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if controle.reprise.is_some() {
        (status, erreurs) = (StatusCode::OK, FormErrors::default());
    } else if let Some((etat, remarque)) = vu {
        let dit = (controle.piece, etat, remarque.as_str());
        let lue = (controle.version, controle.cle);
        match enseignant.controler_piece(&mut db, ou.quoi(), dit, lue).await {
            Ok(()) => {
                db.commit().await?;
                return Ok(ou.retour());
            }
            Err(Error::Conflict(message)) => {
                status = StatusCode::CONFLICT;
                erreurs.add("signee", message);
            }
            Err(autre) => return Err(autre),
        }
    }
    let page = ou.page(app, &mut db, (Some(controle), erreurs)).await?;
    Ok((status, page).into_response())
}

async fn check(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, periode)): Path<(i64, i64)>,
    Form(controle): Form<Controle>,
) -> Result<Response> {
    controler(&app, enseignant, (Some(id), Some(periode)), controle).await
}

async fn check_own(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(controle): Form<Controle>,
) -> Result<Response> {
    controler(&app, enseignant, (Some(id), None), controle).await
}
