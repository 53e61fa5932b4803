//! The signed paper of a period: deposited, read back, checked.
use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRequest, Request, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    page_periode::{Dit, Lieu, Show},
    piece::{Etat, Piece, pieces, refus},
};
use crate::{
    app::App,
    compte::{Deposant, Enseignant, Moi},
    consultation,
    error::{Error, Result},
    form::{Form, FormErrors, Path},
    preuve::{
        depot::{Parties, Reste, du_formulaire, illisible},
        fichier::Fichier,
    },
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
}

/// The parts of the form of a deposit.
#[derive(Default)]
struct Envoi {
    cle: Uuid,
    fichier: Option<Fichier>,
}

async fn lire(
    app: &App,
    qui: &Deposant,
    request: Request,
    erreurs: &mut FormErrors,
) -> Result<Envoi> {
    let Parties(mut parties) = Parties::from_request(request, app).await?;
    let (mut envoi, mut reste) = (Envoi::default(), Reste(app.config.formulaire_max));
    while let Some(mut partie) = parties.next_field().await.map_err(|e| illisible(&e))? {
        match partie.name().unwrap_or_default() {
            "cle" => {
                envoi.cle = reste.texte(&mut partie).await?.trim().parse().unwrap_or_default();
            }
            "fichier" if envoi.fichier.is_none() => {
                match du_formulaire(app, qui, &mut partie, &mut reste).await? {
                    Some(Ok(fichier)) => envoi.fichier = Some(fichier),
                    Some(Err(message)) => erreurs.add("fichier", message),
                    None => {}
                }
            }
            _ => while reste.lire(&mut partie).await?.is_some() {},
        }
    }
    Ok(envoi)
}

async fn deposer(
    app: &App,
    qui: Deposant,
    (id, periode): (Option<i64>, i64),
    request: Request,
) -> Result<Response> {
    // Found first: nothing is received for a period that is not hers to see.
    let mut db = app.begin(&qui).await?;
    Lieu::trouver(&mut db, qui.clone(), id, periode).await?;
    drop(db);
    let mut erreurs = FormErrors::default();
    let envoi = lire(app, &qui, request, &mut erreurs).await?;
    erreurs.cle("fichier", envoi.cle);
    match &envoi.fichier {
        None => erreurs.add("fichier", "Choisissez le fichier de l’attestation signée."),
        Some(fichier) => {
            if let Some(message) = refus(fichier) {
                erreurs.add("fichier", message);
            }
        }
    }
    let mut db = app.begin(&qui).await?;
    let lieu = Lieu::trouver(&mut db, qui, id, periode).await?;
    if let (Some(fichier), true) = (&envoi.fichier, erreurs.is_empty()) {
        let elle = (&lieu.etudiant, &lieu.periode);
        lieu.qui.deposer_piece(&mut db, elle, fichier.fichier_id, envoi.cle).await?;
        db.commit().await?;
        return Ok(Redirect::to(&format!("{}#attestation", lieu.base)).into_response());
    }
    let dit = Dit { erreurs, ..Dit::default() };
    let page = Show::ouvrir(app, &mut db, lieu, dit).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn create_mine(
    moi: Moi,
    State(app): State<App>,
    Path(periode): Path<i64>,
    request: Request,
) -> Result<Response> {
    deposer(&app, Deposant::Etudiant(moi), (None, periode), request).await
}

async fn create(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, periode)): Path<(i64, i64)>,
    request: Request,
) -> Result<Response> {
    deposer(&app, Deposant::Enseignant(enseignant), (Some(id), periode), request).await
}

/// One deposit, to who reads the period.
async fn une(
    app: &App,
    qui: &Deposant,
    (id, periode): (Option<i64>, i64),
    rang: i32,
) -> Result<Piece> {
    let mut db = app.begin(qui).await?;
    let lieu = Lieu::trouver(&mut db, qui.clone(), id, periode).await?;
    let pieces = pieces(&mut db, &lieu.periode).await?;
    let piece = pieces.into_iter().find(|p| p.rang == rang).ok_or(Error::NotFound)?;
    if let (Deposant::Enseignant(enseignant), Some(id)) = (qui, id) {
        consultation::noter(db, enseignant, &[id]);
    }
    Ok(piece)
}

async fn file_mine(
    moi: Moi,
    State(app): State<App>,
    Path((periode, rang)): Path<(i64, i32)>,
) -> Result<Response> {
    une(&app, &(&moi).into(), (None, periode), rang).await?.fichier.telecharger(&app).await
}

async fn preview_mine(
    moi: Moi,
    State(app): State<App>,
    Path((periode, rang)): Path<(i64, i32)>,
) -> Result<Response> {
    une(&app, &(&moi).into(), (None, periode), rang).await?.fichier.apercu(&app).await
}

async fn file(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, periode, rang)): Path<(i64, i64, i32)>,
) -> Result<Response> {
    une(&app, &(&enseignant).into(), (Some(id), periode), rang)
        .await?
        .fichier
        .telecharger(&app)
        .await
}

async fn preview(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, periode, rang)): Path<(i64, i64, i32)>,
) -> Result<Response> {
    une(&app, &(&enseignant).into(), (Some(id), periode), rang).await?.fichier.apercu(&app).await
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
    fn check(&self, erreurs: &mut FormErrors) -> Option<(Etat, String)> {
        erreurs.cle("signee", self.cle);
        let complete = self.dates.is_some() && self.cachet.is_some();
        let etat = match self.signee.as_str() {
            "oui" if complete => Etat::Controlee,
            "oui" => Etat::ARefaire,
            "non" => Etat::NonSignee,
            _ => {
                erreurs.add("signee", "Dites si l’attestation est signée.");
                return None;
            }
        };
        let remarque = self.remarque.trim();
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
        erreurs.is_empty().then(|| (etat, remarque.to_owned()))
    }
}

async fn check(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, periode)): Path<(i64, i64)>,
    Form(controle): Form<Controle>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let lieu = Lieu::trouver(&mut db, (&enseignant).into(), Some(id), periode).await?;
    let mut erreurs = FormErrors::default();
    let vu = controle.check(&mut erreurs);
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if controle.reprise.is_some() {
        (status, erreurs) = (StatusCode::OK, FormErrors::default());
    } else if let Some((etat, remarque)) = vu {
        let quoi = (&lieu.etudiant, &lieu.periode);
        let dit = (controle.piece, etat, remarque.as_str());
        let lue = (controle.version, controle.cle);
        match enseignant.controler_piece(&mut db, quoi, dit, lue).await {
            Ok(()) => {
                db.commit().await?;
                return Ok(Redirect::to(&format!("{}#attestation", lieu.base)).into_response());
            }
            Err(Error::Conflict(message)) => {
                status = StatusCode::CONFLICT;
                erreurs.add("signee", message);
            }
            Err(autre) => return Err(autre),
        }
    }
    let dit = Dit { controle: Some(controle), erreurs, ..Dit::default() };
    let page = Show::ouvrir(&app, &mut db, lieu, dit).await?;
    Ok((status, page).into_response())
}
