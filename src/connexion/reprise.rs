//! A session that ended in the middle of a form: the form comes back filled after the sign-in.
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::{FromRequest, Multipart, Request},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};

use super::{Portails, Suite};
use crate::{
    app::App,
    error::{Error, Result},
    page::Cadre,
};

/// Largest text that is kept through a sign-in, in bytes.
const TEXTE_MAX: usize = 256 << 10;

/// What was being sent: where, and the fields (never a file, never a password).
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Reprise {
    pub(super) reprise_vers: String,
    /// The fields, as `application/x-www-form-urlencoded`.
    pub(super) reprise_champs: String,
    pub(super) reprise_genre: String,
}

/// An address of ours starts with one slash. Browsers read « \ » as « / » and skip tabs and ends of lines, so that
/// `/\evil.test` is another site too.
pub fn est_ici(adresse: &str) -> bool {
    adresse.starts_with('/')
        && !adresse.starts_with("//")
        && !adresse.contains(|c: char| c == '\\' || c.is_control())
}

#[derive(Template, WebTemplate)]
#[template(path = "connexion/reprise.html")]
struct Page {
    cadre: Cadre,
    vers: String,
    multipart: bool,
    champs: Vec<(String, String)>,
}

impl Reprise {
    /// Only towards our own pages.
    pub fn utile(&self) -> Option<Self> {
        est_ici(&self.reprise_vers).then(|| self.clone())
    }

    /// What was being sent.
    pub(super) async fn de(request: Request) -> Result<Self> {
        let reprise_vers = request.uri().path().to_owned();
        let multipart = request
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|t| t.as_bytes().starts_with(b"multipart/form-data"));
        let lue = if multipart { lire_parties(request).await } else { lire_champs(request).await };
        let reprise_genre = if multipart { "multipart" } else { "" }.to_owned();
        Ok(Self { reprise_vers, reprise_champs: lue?, reprise_genre })
    }

    pub fn page(self) -> Response {
        let champs = serde_html_form::from_str(&self.reprise_champs).unwrap_or_default();
        let multipart = self.reprise_genre == "multipart";
        Page { cadre: Cadre::default(), vers: self.reprise_vers, multipart, champs }.into_response()
    }
}

/// The answer to a form whose session has ended: sign in, and the fields wait.
pub async fn interrompue(app: &App, request: Request) -> Response {
    if request
        .headers()
        .get(header::ACCEPT)
        .is_some_and(|a| a.as_bytes().starts_with(b"application/json"))
    {
        let message = "Votre session a expiré. Reconnectez-vous dans un autre onglet\u{a0}: rien n’est perdu ici.";
        return (StatusCode::UNAUTHORIZED, axum::Json(serde_json::json!({ "message": message })))
            .into_response();
    }
    let reprise = match Reprise::de(request).await {
        Ok(reprise) => reprise,
        Err(erreur) => return erreur.into_response(),
    };
    let message = "Votre session a expiré. Reconnectez-vous\u{a0}: votre saisie est conservée.";
    let page = super::New {
        cadre: Cadre::default(),
        identifiant: String::new(),
        message: Some(message.to_owned()),
        suite: Suite { vers: String::new(), reprise },
        portails: Portails::lire(app, "").await.unwrap_or_default(),
    };
    (StatusCode::UNAUTHORIZED, page).into_response()
}

async fn lire_champs(request: Request) -> Result<String> {
    let corps =
        axum::body::to_bytes(request.into_body(), TEXTE_MAX).await.map_err(|_| Error::TooLarge)?;
    String::from_utf8(corps.to_vec()).map_err(|_| Error::Unreadable)
}

async fn lire_parties(request: Request) -> Result<String> {
    let mut parties = Multipart::from_request(request, &()).await.map_err(|_| Error::Unreadable)?;
    let mut champs: Vec<(String, String)> = vec![];
    let mut reste = TEXTE_MAX;
    while let Some(partie) = parties.next_field().await.map_err(|_| Error::Unreadable)? {
        if partie.file_name().is_some() {
            continue; // a file is chosen again; its text is kept
        }
        let nom = partie.name().unwrap_or_default().to_owned();
        let texte = partie.text().await.map_err(|_| Error::Unreadable)?;
        reste = reste.checked_sub(texte.len() + nom.len()).ok_or(Error::TooLarge)?;
        champs.push((nom, texte));
    }
    serde_html_form::to_string(&champs).map_err(|_| Error::Unreadable)
}
