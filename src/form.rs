//! What was typed, what is wrong with it, and extractors whose refusals are pages.
use std::collections::BTreeMap;

use axum::extract::{FromRequest, FromRequestParts};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::error::Error;

/// A form sent by a browser; repeated fields become lists.
pub struct Form<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Form<T> {
    type Rejection = Error;

    async fn from_request(request: axum::extract::Request, state: &S) -> Result<Self, Error> {
        match axum_extra::extract::Form::<T>::from_request(request, state).await {
            Ok(axum_extra::extract::Form(valeur)) => Ok(Self(valeur)),
            Err(refus) => Err(match axum::response::IntoResponse::into_response(refus).status() {
                axum::http::StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge,
                _ => Error::Unreadable,
            }),
        }
    }
}

/// Parts of the address; one that cannot be read leads nowhere.
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Error;

    #[expect(clippy::disallowed_types, reason = "the one that we wrap")]
    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        state: &S,
    ) -> Result<Self, Error> {
        let path = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        path.map(|axum::extract::Path(v)| Self(v)).map_err(|_| Error::NotFound)
    }
}

/// The part of the address after `?`; one that cannot be read is as if absent.
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Default> FromRequestParts<S> for Query<T> {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        state: &S,
    ) -> Result<Self, Self::Rejection> {
        let query = axum_extra::extract::Query::<T>::from_request_parts(parts, state).await;
        Ok(Self(query.map(|axum_extra::extract::Query(v)| v).unwrap_or_default()))
    }
}

/// What is wrong, per field. Empty when all is well.
#[derive(Debug, Clone, Default)]
pub struct FormErrors(BTreeMap<String, String>);

impl FormErrors {
    pub fn add(&mut self, champ: &str, message: impl Into<String>) {
        self.0.entry(champ.to_owned()).or_insert_with(|| message.into());
    }

    /// The message of a field, as templates ask for it.
    pub fn get(&self, champ: &str) -> Option<&str> {
        self.0.get(champ).map(String::as_str)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(c, m)| (c.as_str(), m.as_str()))
    }

    /// A text of one line that must be there: trimmed, white space folded.
    pub fn ligne(&mut self, champ: &str, texte: &str, max: usize) -> String {
        let texte = texte.replace('\0', ""); // no database keeps it
        let texte = texte.split_whitespace().collect::<Vec<_>>().join(" ");
        let longueur = texte.chars().count();
        if texte.is_empty() {
            self.add(champ, "Ce champ est à remplir.");
        } else if longueur > max {
            self.add(champ, format!("Ce texte compte {longueur} caractères\u{a0}: {max} au plus."));
        }
        texte
    }

    /// A text of some lines that must be there: trimmed, its lines as the database has them.
    pub fn texte(&mut self, champ: &str, texte: &str, max: usize) -> String {
        let texte = texte.replace('\0', "").replace("\r\n", "\n").trim().to_owned();
        let longueur = texte.chars().count();
        if texte.is_empty() {
            self.add(champ, "Écrivez au moins un mot.");
        } else if longueur > max {
            self.add(champ, format!("Ce texte compte {longueur} caractères\u{a0}: {max} au plus."));
        }
        texte
    }

    /// The key under which a form is written once: one that came without it cannot be.
    pub fn cle(&mut self, champ: &str, cle: Uuid) {
        if cle.is_nil() {
            self.add(champ, "Ce formulaire est incomplet. Enregistrez de nouveau.");
        }
    }
}
