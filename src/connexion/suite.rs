//! Where one was going when something was asked first: a page of ours, or a form that waits, filled.
use axum::response::{IntoResponse, IntoResponseParts, Redirect, Response};
use serde::Deserialize;

use super::reprise::{self, Reprise};
use crate::{compte::Entrant, form::Form};

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Suite {
    pub vers: String,
    #[serde(flatten)]
    pub reprise: Reprise,
}

impl Suite {
    /// Nothing of it leads to another site.
    pub(super) fn d_ici(self) -> Self {
        let vers = if reprise::est_ici(&self.vers) { self.vers } else { String::new() };
        Self { vers, reprise: self.reprise.utile().unwrap_or_default() }
    }

    pub(super) fn page(&self) -> &str {
        if self.vers.is_empty() { "/" } else { &self.vers }
    }

    /// A form waits.
    pub(super) fn attend(&self) -> bool {
        !self.reprise.reprise_vers.is_empty()
    }

    /// There at last.
    pub(super) fn reponse(self, cookies: impl IntoResponseParts) -> Response {
        if self.attend() {
            (cookies, self.reprise.page()).into_response()
        } else {
            (cookies, Redirect::to(self.page())).into_response()
        }
    }

    fn vers(&self, chemin: &str) -> String {
        let vers =
            percent_encoding::utf8_percent_encode(self.page(), percent_encoding::NON_ALPHANUMERIC);
        if self.vers.is_empty() { chemin.to_owned() } else { format!("{chemin}?vers={vers}") }
    }

    /// The page where whoever is half in goes on.
    pub(super) fn apres(&self, entrant: &Entrant) -> String {
        let chemin =
            if entrant.a_un_facteur { "/connexion/facteur" } else { "/connexion/enrolement" };
        self.vers(chemin)
    }

    /// Half in. A form that waits goes on in the page itself: an address does not hold it.
    pub(super) fn en_deux_temps(self, cookies: impl IntoResponseParts) -> Response {
        if self.attend() {
            (cookies, super::facteur::Attente { cadre: crate::page::Cadre::default(), suite: self })
                .into_response()
        } else {
            (cookies, Redirect::to(&self.vers("/connexion/facteur"))).into_response()
        }
    }
}

/// On to what waited, once the recovery codes are kept.
pub(super) async fn create(Form(suite): Form<Suite>) -> Response {
    suite.d_ici().reponse(())
}
