//! From where somebody comes: which browser, in two words; which appareil, by its cookie; which address, never kept.
use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use sha2::{Digest, Sha256};
use time::Duration;

use super::entree::empreinte;
use crate::app::App;

/// A browser is known for so long after its last visit.
const MEMOIRE: Duration = Duration::days(400);

#[derive(Debug, Clone, Default)]
pub struct Arrivee {
    /// « Firefox, Windows ».
    pub navigateur: String,
    /// The value of its cookie, when it has one of ours.
    machine: Option<String>,
    /// Hash of the address, with a key of this installation: what counts failures must not tell who was where.
    pub(super) ou: Option<[u8; 32]>,
}

impl Arrivee {
    /// The value that this browser keeps, its own or a new one.
    pub(super) fn machine(&self, app: &App) -> String {
        self.machine.clone().unwrap_or_else(|| hex::encode(app.random.bytes::<32>()))
    }

    pub(super) fn empreinte(&self) -> Option<[u8; 32]> {
        self.machine.as_deref().map(empreinte)
    }
}

impl FromRequestParts<App> for Arrivee {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let jar = CookieJar::from_headers(&parts.headers);
        let machine = jar.get(nom(app)).map(|c| c.value().to_owned());
        let agent = parts.headers.get(header::USER_AGENT).and_then(|a| a.to_str().ok());
        let pair = parts.extensions.get::<SocketAddr>().map(SocketAddr::ip);
        let ou = pair.map(|pair| {
            let adresse = adresse(app, pair, &parts.headers);
            Sha256::new()
                .chain_update(app.sceau.derive("adresses des essais"))
                .chain_update(reseau(adresse))
                .finalize()
                .into()
        });
        Ok(Self {
            navigateur: navigateur(agent.unwrap_or_default()),
            machine: machine.filter(|m| m.len() == 64),
            ou,
        })
    }
}

/// The address of who asks. Our own proxies say for whom they ask; what anybody else says of it is not heard.
fn adresse(app: &App, pair: IpAddr, headers: &HeaderMap) -> IpAddr {
    let est_proxy = |a: IpAddr| app.config.proxys.iter().any(|p| p.contient(a));
    if !est_proxy(pair) {
        return pair;
    }
    let suite = headers.get_all("x-forwarded-for").iter().filter_map(|v| v.to_str().ok());
    let suite: Vec<&str> = suite.flat_map(|v| v.split(',')).collect();
    let mut derniere = pair;
    for dite in suite.iter().rev() {
        let Ok(dite) = dite.trim().parse::<IpAddr>() else { break };
        derniere = dite;
        if !est_proxy(dite) {
            break;
        }
    }
    derniere
}

/// One house has a whole /64 of IPv6.
fn reseau(adresse: IpAddr) -> [u8; 8] {
    match adresse.to_canonical() {
        IpAddr::V4(a) => {
            let [a, b, c, d] = a.octets();
            [0, 0, 0, 0, a, b, c, d]
        }
        IpAddr::V6(a) => {
            let octets = a.octets();
            std::array::from_fn(|i| octets[i])
        }
    }
}

fn nom(app: &App) -> &'static str {
    if app.config.https { "__Host-appareil" } else { "appareil" }
}

/// The cookie of a browser that came in once.
pub(super) fn cookie(app: &App, valeur: String) -> Cookie<'static> {
    Cookie::build((nom(app), valeur))
        .path("/")
        .http_only(true)
        .secure(app.config.https)
        .same_site(SameSite::Lax)
        .max_age(MEMOIRE)
        .build()
}

/// What a person recognizes of her browser: its name and its system, nothing that would tell two of them apart.
fn navigateur(agent: &str) -> String {
    let premier = |noms: &[(&'static str, &'static str)]| {
        noms.iter().find(|(signe, _)| agent.contains(signe)).map(|(_, nom)| *nom)
    };
    // Those that imitate another come first.
    let lequel = premier(&[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser", "Samsung Internet"),
        ("Firefox", "Firefox"),
        ("FxiOS", "Firefox"),
        ("CriOS", "Chrome"),
        ("Chrome", "Chrome"),
        ("Safari", "Safari"),
    ]);
    let ou = premier(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("CrOS", "ChromeOS"),
        ("Mac OS X", "Mac"),
        ("Linux", "Linux"),
    ]);
    match (lequel, ou) {
        (Some(lequel), Some(ou)) => format!("{lequel}, {ou}"),
        (Some(seul), None) | (None, Some(seul)) => seul.to_owned(),
        (None, None) => "Navigateur inconnu".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_said_in_two_words() {
        for (agent, dit) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0",
                "Edge, Windows",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
                "Firefox, Linux",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
                "Safari, iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
                "Chrome, Android",
            ),
            ("<script>alert(1)</script>", "Navigateur inconnu"),
            ("", "Navigateur inconnu"),
        ] {
            assert_eq!(navigateur(agent), dit);
        }
    }
}
