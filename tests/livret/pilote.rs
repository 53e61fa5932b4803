//! A real browser, driven: starting it, coming in, asking axe.
use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use axum::http::Method;
use fantoccini::{Client, ClientBuilder, Locator, wd::WebDriverCompatibleCommand};
use serde_json::{Value, json};
use url::Url;

const AXE: &str = "target/npm/node_modules/axe-core/axe.min.js";
const SECRET: &str = "demonstration-livret";

/// What is missing to drive a browser, if anything. In CI nothing may be.
pub(crate) fn manque() -> Option<String> {
    let absent = ["/usr/bin/chromium", "/usr/bin/chromedriver", AXE]
        .into_iter()
        .find(|p| !Path::new(p).exists());
    absent.map(|p| {
        assert!(std::env::var("CI").is_err(), "{p} is missing");
        p.to_owned()
    })
}

/// The driver ends with the test that started it.
pub(crate) struct Pilote(Child);

impl Drop for Pilote {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) async fn navigateur() -> (Pilote, Client) {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let pilote = Pilote(
        Command::new("/usr/bin/chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    let options = json!({ "goog:chromeOptions": { "binary": "/usr/bin/chromium", "args": [
        "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--blink-settings=primaryPointerType=4,availablePointerTypes=4", "--window-size=1280,900" ] } });
    let fin = Instant::now() + Duration::from_secs(30);
    loop {
        let client = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
            .capabilities(options.as_object().unwrap().clone())
            .connect(&format!("http://127.0.0.1:{port}"))
            .await;
        match client {
            Ok(client) => return (pilote, client),
            Err(e) if Instant::now() > fin => panic!("no browser: {e}"),
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await, // the driver opens its port
        }
    }
}

pub(crate) async fn entrer(c: &Client, base: &str, qui: &str) {
    c.delete_all_cookies().await.unwrap();
    c.goto(&format!("{base}/connexion")).await.unwrap();
    c.find(Locator::Id("identifiant")).await.unwrap().send_keys(qui).await.unwrap();
    c.find(Locator::Id("mot_de_passe")).await.unwrap().send_keys(SECRET).await.unwrap();
    c.find(Locator::Css("form.carte button")).await.unwrap().click().await.unwrap();
    c.wait().for_element(Locator::Css("form[action='/deconnexion']")).await.unwrap();
}

/// What axe finds wrong in the page that is open, by its rules of these tags; by all its usual ones without tags.
pub(crate) async fn fautes(c: &Client, tags: &[&str]) -> Vec<String> {
    let present = c.execute("return typeof axe === 'object'", vec![]).await.unwrap();
    if present != json!(true) {
        c.execute(&std::fs::read_to_string(AXE).unwrap(), vec![]).await.unwrap();
    }
    let js = "const [tags, fin] = arguments; const options = { resultTypes: ['violations'] }; \
              if (tags.length) options.runOnly = { type: 'tag', values: tags }; \
              axe.run(options).then(r => fin(r.violations.map(v => \
              v.id + ': ' + v.nodes.map(n => n.html).join(' | '))), e => fin([String(e)]))";
    let fautes = c.execute_async(js, vec![json!(tags)]).await.unwrap();
    serde_json::from_value(fautes).unwrap()
}

pub(crate) async fn axe(c: &Client) {
    let fautes = fautes(c, &[]).await;
    assert!(fautes.is_empty(), "{}: {}", c.current_url().await.unwrap(), fautes.join("\n"));
}

/// A command of the browser's own protocol, beside those of WebDriver.
#[derive(Debug)]
struct Commande(&'static str, Value);

impl WebDriverCompatibleCommand for Commande {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(json!({ "cmd": self.0, "params": self.1 }).to_string()))
    }
}

pub(crate) async fn cdp(c: &Client, commande: &'static str, parametres: Value) -> Value {
    c.issue_cmd(Commande(commande, parametres)).await.unwrap()
}

/// How a page is looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mode {
    pub(crate) largeur: u32,
    pub(crate) sombre: bool,
    pub(crate) contraste: bool,
}

/// The open page, and those opened next, are looked at so.
pub(crate) async fn regarder(c: &Client, mode: Mode) {
    let trait_ = |nom: &str, valeur: &str| json!({ "name": nom, "value": valeur });
    let media = json!({ "features": [
        trait_("prefers-color-scheme", if mode.sombre { "dark" } else { "light" }),
        trait_("forced-colors", if mode.contraste { "active" } else { "none" }),
        trait_("prefers-reduced-motion", "reduce"),
    ] });
    let ecran =
        json!({ "width": mode.largeur, "height": 900, "deviceScaleFactor": 1, "mobile": false });
    cdp(c, "Emulation.setEmulatedMedia", media).await;
    cdp(c, "Emulation.setDeviceMetricsOverride", ecran).await;
}
