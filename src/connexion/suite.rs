//! Where one was going when something was asked first: a page of ours, or a form that waits, filled.
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
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
    pub(super) fn reponse(self, jar: CookieJar) -> Response {
        if self.attend() {
            (jar, self.reprise.page()).into_response()
        } else {
            (jar, Redirect::to(self.page())).into_response()
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
    pub(super) fn en_deux_temps(self, jar: CookieJar) -> Response {
        if self.attend() {
            (jar, super::facteur::Attente { cadre: crate::page::Cadre::default(), suite: self })
                .into_response()
        } else {
            (jar, Redirect::to(&self.vers("/connexion/facteur"))).into_response()
        }
    }
}

/// On to what waited, once the recovery codes are kept.
pub(super) async fn create(jar: CookieJar, Form(suite): Form<Suite>) -> Response {
    suite.d_ici().reponse(jar)
}
