//! Portals of this machine: two real servers, one that says what it is told to, one that says nothing; and a browser that
//! goes there.
use std::{
    collections::BTreeMap,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use time::OffsetDateTime;
use url::Url;

use crate::courriel::port;

/// Ends with the play that started it.
pub(crate) struct Portail {
    pub(crate) adresse: String,
    programme: Child,
    _dossier: tempfile::TempDir,
}

impl Drop for Portail {
    fn drop(&mut self) {
        let _ = self.programme.kill();
        let _ = self.programme.wait();
    }
}

/// What it dates is dated by this machine.
pub(crate) fn maintenant() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

/// Is that on this machine? In CI it must be.
fn la(fichier: &Path) -> bool {
    if !fichier.exists() {
        assert!(std::env::var("CI").is_err(), "{} is missing", fichier.display());
        eprintln!("PASSÉ : {} n’est pas sur cette machine", fichier.display());
    }
    fichier.exists()
}

impl Portail {
    /// npm oidc-provider; `None` where it is not installed.
    pub(crate) async fn oidc(retours: &[&str]) -> Option<Self> {
        let ici = Path::new(env!("CARGO_MANIFEST_DIR"));
        let module = ici.join("target/npm/node_modules/oidc-provider/lib/index.js");
        if !la(&module) {
            return None;
        }
        let port = port();
        let mut programme = Command::new("node");
        programme
            .arg(ici.join("tests/livret/portail_oidc.mjs"))
            .arg(module)
            .arg(port.to_string())
            .args(retours);
        Some(
            Self::lancer(
                programme,
                port,
                "/.well-known/openid-configuration",
                tempfile::tempdir().unwrap(),
            )
            .await,
        )
    }

    /// PyPI django-mama-cas; `None` where it is not installed.
    pub(crate) async fn cas(services: &str) -> Option<Self> {
        let ici = Path::new(env!("CARGO_MANIFEST_DIR"));
        let python = ici.join("target/cas/bin/python");
        if !la(&python) {
            return None;
        }
        let (port, dossier) = (port(), tempfile::tempdir().unwrap());
        let mut programme = Command::new(python);
        programme
            .arg(ici.join("tests/livret/portail_cas.py"))
            .arg(dossier.path())
            .arg(port.to_string())
            .arg(services);
        Some(Self::lancer(programme, port, "/cas/login", dossier).await)
    }

    async fn lancer(
        mut programme: Command,
        port: u16,
        page: &str,
        dossier: tempfile::TempDir,
    ) -> Self {
        let programme = programme.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let adresse = format!("http://127.0.0.1:{port}");
        let portail = Self { adresse, programme, _dossier: dossier };
        let (dehors, fin) = (Dehors::neuf(), Instant::now() + Duration::from_mins(1));
        while dehors.http.get(format!("{}{page}", portail.adresse)).send().await.is_err() {
            assert!(Instant::now() < fin, "the portal does not answer");
            tokio::time::sleep(Duration::from_millis(50)).await; // it opens its port
        }
        portail
    }
}

/// The rest of the world, as a browser sees it: cookies by hand, forms filled.
pub(crate) struct Dehors {
    http: reqwest::Client,
    pots: BTreeMap<String, String>,
}

impl Dehors {
    pub(crate) fn neuf() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        Self { http, pots: BTreeMap::new() }
    }

    /// Goes there, signs in where it is asked to, until one is sent back to `chez`: where.
    pub(crate) async fn suivre(&mut self, adresse: &str, chez: &str, qui: (&str, &str)) -> String {
        let (mut la, mut forme): (Url, Option<String>) = (adresse.parse().unwrap(), None);
        for _ in 0..15 {
            if la.as_str().starts_with(chez) {
                return la.into();
            }
            let pots: Vec<String> = self.pots.iter().map(|(n, v)| format!("{n}={v}")).collect();
            let demande = match forme.take() {
                Some(corps) => self
                    .http
                    .post(la.clone())
                    .header("content-type", "application/x-www-form-urlencoded")
                    .body(corps),
                None => self.http.get(la.clone()),
            };
            let reponse = demande
                .header("cookie", pots.join("; "))
                .header("referer", la.as_str())
                .send()
                .await
                .unwrap();
            for pot in reponse.headers().get_all("set-cookie") {
                let (nom, valeur) =
                    pot.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
                self.pots.insert(nom.to_owned(), valeur.to_owned());
            }
            if let Some(suite) = reponse.headers().get("location") {
                la = la.join(suite.to_str().unwrap()).unwrap();
                continue;
            }
            let page = reponse.text().await.unwrap();
            let entre = |debut: &str| {
                Some(page.split_once(debut)?.1.split_once('"')?.0.replace("&amp;", "&"))
            };
            assert!(page.contains("<form"), "no form: {page}");
            let champs = [
                ("prompt", entre("name=\"prompt\" value=\"").unwrap_or_default()),
                (
                    "csrfmiddlewaretoken",
                    entre("name=\"csrfmiddlewaretoken\" value=\"").unwrap_or_default(),
                ),
                ("login", qui.0.to_owned()),
                ("username", qui.0.to_owned()),
                ("password", qui.1.to_owned()),
                (
                    "service",
                    entre("name=\"service\" value=\"")
                        .unwrap_or_else(|| parametre(la.as_str(), "service")),
                ),
            ];
            if let Some(suite) = entre("action=\"").filter(|a| !a.is_empty()) {
                la = la.join(&suite).unwrap();
            }
            forme = Some(serde_html_form::to_string(champs.as_slice()).unwrap());
        }
        panic!("lost at {la}");
    }
}

/// A value of an address; empty when it is not there.
pub(crate) fn parametre(adresse: &str, nom: &str) -> String {
    let url: Url = adresse.parse().unwrap();
    url.query_pairs().find(|p| p.0 == nom).map(|p| p.1.into_owned()).unwrap_or_default()
}

/// A CAS server that answers whatever it was told to.
pub(crate) struct Menteur {
    pub(crate) adresse: String,
    dit: Arc<Mutex<String>>,
}

impl Menteur {
    pub(crate) async fn ouvrir() -> Self {
        let dit = Arc::new(Mutex::new(String::new()));
        let ecoute = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let adresse = format!("http://{}/cas", ecoute.local_addr().unwrap());
        let router = Router::new().fallback(repondre).with_state(dit.clone());
        tokio::spawn(livret::security::serve(ecoute, router, std::future::pending()));
        Self { adresse, dit }
    }

    pub(crate) fn dire(&self, quoi: &str) {
        quoi.clone_into(&mut self.dit.lock().unwrap());
    }
}

async fn repondre(State(dit): State<Arc<Mutex<String>>>, adresse: axum::http::Uri) -> Response {
    if adresse.path().ends_with("/login") {
        let retour = parametre(&format!("http://x{adresse}"), "service"); // whoever comes is let in
        return (StatusCode::FOUND, [(header::LOCATION, format!("{retour}&ticket=ST-1"))])
            .into_response();
    }
    let dit = dit.lock().unwrap().clone();
    match dit.as_str() {
        "500" => (StatusCode::INTERNAL_SERVER_ERROR, "k-zoe").into_response(),
        "302" => (StatusCode::FOUND, [(header::LOCATION, "http://127.0.0.1:1/")]).into_response(),
        _ => ([(header::CONTENT_TYPE, "text/xml")], dit).into_response(),
    }
}

/// What CAS says of somebody whom it knows.
pub(crate) fn reussite(dedans: &str) -> String {
    format!(
        "<cas:serviceResponse xmlns:cas='http://www.yale.edu/tp/cas'><cas:authenticationSuccess>{dedans}</cas:authenticationSuccess></cas:serviceResponse>"
    )
}

/// An address where nobody answers: `muet`, somebody listens and says nothing.
pub(crate) fn personne(muet: bool) -> (String, Option<std::net::TcpListener>) {
    let ecoute = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let adresse = format!("http://{}/cas", ecoute.local_addr().unwrap());
    (adresse, muet.then_some(ecoute))
}
