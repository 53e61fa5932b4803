//! Every way a request can fail, and the page that says so in French.
use std::sync::OnceLock;

use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};

use crate::page::Cadre;

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("connexion requise")]
    Anonymous,
    #[error("introuvable")]
    NotFound,
    /// Refused, with what to do next: the message is shown as it is.
    #[error("{0}")]
    Refused(String),
    /// Somebody else got there first: the message is shown as it is.
    #[error("{0}")]
    Conflict(String),
    #[error("envoi trop volumineux")]
    TooLarge,
    #[error("formulaire illisible")]
    Unreadable,
    #[error("trop de demandes à la fois")]
    Busy,
    #[error(transparent)]
    Sql(#[from] sqlx::Error),
    #[error(transparent)]
    Internal(#[from] anyhow::Error),
}

tokio::task_local! {
    /// The request under way.
    pub static REQUEST: Demande;
}

/// What a page of error knows of its request: its number, found in the log, and who asks.
pub struct Demande {
    numero: String,
    cadre: OnceLock<Cadre>,
}

impl Demande {
    pub fn new(numero: String) -> Self {
        Self { numero, cadre: OnceLock::new() }
    }
}

/// Says who asks, so that a page of error keeps its menu.
pub fn de_la_part_de(cadre: Cadre) {
    let _ = REQUEST.try_with(|d| _ = d.cadre.set(cadre));
}

#[derive(Template)]
#[template(path = "error.html")]
struct Page<'a> {
    cadre: Cadre,
    titre: &'static str,
    message: &'a str,
    suite: Option<(&'static str, &'static str)>,
    numero: Option<String>,
}

const ACCUEIL: Option<(&str, &str)> = Some(("/", "Revenir à l’accueil"));

/// The page of an error, complete with its status. It shows nothing of the inside.
pub fn page(status: StatusCode, titre: &'static str, message: &str) -> Response {
    let (numero, cadre) = REQUEST
        .try_with(|d| (Some(d.numero.clone()), d.cadre.get().cloned().unwrap_or_default()))
        .unwrap_or_default();
    let numero = numero.filter(|_| status.is_server_error());
    let page = Page { cadre, titre, message, suite: ACCUEIL, numero };
    let html = page.render().unwrap_or_else(|_| message.to_owned());
    let mut response = (status, axum::response::Html(html)).into_response();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
    response
}

/// The database is away or overloaded: the same request may succeed in a moment.
fn is_temporary(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::Tls(_)
        | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(e) => e.code().is_some_and(|c| {
            c.starts_with("08")
                || c.starts_with("57P")
                || c.starts_with("53")
                || c == "55P03"
                || c == "57014"
        }),
        _ => false,
    }
}

/// What the database refuses whoever asks, whatever the page, in words.
fn refus_de_la_base(error: &sqlx::Error) -> Option<&'static str> {
    let sqlx::Error::Database(e) = error else { return None };
    match e.constraint()? {
        "une_promotion_ouverte" => Some(
            "Cette promotion est close\u{a0}: elle se lit, plus rien ne s’y écrit. Revenez en arrière pour garder votre texte.",
        ),
        "un_bloc_confie" => Some(
            "Cette sous-compétence est d’un bloc confié à d’autres enseignants\u{a0}: vous la lisez sans la juger.",
        ),
        _ => None,
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        match &self {
            Self::Anonymous => Redirect::to("/connexion").into_response(),
            Self::NotFound | Self::Sql(sqlx::Error::RowNotFound) => page(
                StatusCode::NOT_FOUND,
                "Page introuvable",
                "Cette page est introuvable, ou n’est pas dans vos promotions.",
            ),
            Self::Refused(m) => page(StatusCode::UNPROCESSABLE_ENTITY, "Saisie refusée", m),
            Self::Conflict(m) => page(StatusCode::CONFLICT, "Déjà modifié", m),
            Self::TooLarge => page(
                StatusCode::PAYLOAD_TOO_LARGE,
                "Envoi trop volumineux",
                "Cet envoi dépasse la taille acceptée. Revenez en arrière\u{a0}: votre texte est toujours là.",
            ),
            Self::Unreadable => page(
                StatusCode::UNPROCESSABLE_ENTITY,
                "Formulaire illisible",
                "Le formulaire est arrivé incomplet. Revenez en arrière et envoyez-le de nouveau.",
            ),
            Self::Busy => page(StatusCode::SERVICE_UNAVAILABLE, "Un instant", INDISPONIBLE),
            Self::Sql(e) if refus_de_la_base(e).is_some() => {
                let message = refus_de_la_base(e).unwrap_or_default();
                page(StatusCode::UNPROCESSABLE_ENTITY, "Saisie refusée", message)
            }
            Self::Sql(e) if is_temporary(e) => {
                tracing::warn!(error = %e, "database away");
                page(StatusCode::SERVICE_UNAVAILABLE, "Momentanément indisponible", INDISPONIBLE)
            }
            Self::Sql(_) | Self::Internal(_) => {
                tracing::error!(error = ?self, "request failed");
                page(StatusCode::INTERNAL_SERVER_ERROR, "Erreur inattendue", INATTENDUE)
            }
        }
    }
}

const INDISPONIBLE: &str = "Le service ne répond pas pour le moment. Rien n’est perdu\u{a0}: \
    attendez quelques secondes, puis rechargez la page.";
pub const INATTENDUE: &str = "Une erreur s’est produite et a été enregistrée. Revenez en arrière et \
    réessayez\u{a0}; si elle revient, donnez le numéro ci-dessous à votre administrateur.";

/// Turns a violated constraint, by its business name, into what we tell people.
pub trait OnConstraint<T> {
    fn on_constraint(self, name: &str, error: Error) -> Result<T>;
}

impl<T> OnConstraint<T> for std::result::Result<T, sqlx::Error> {
    fn on_constraint(self, name: &str, error: Error) -> Result<T> {
        self.map_err(|e| match &e {
            sqlx::Error::Database(db) if db.constraint() == Some(name) => error,
            _ => e.into(),
        })
    }
}
