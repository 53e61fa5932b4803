//! A passkey, with the browser's own virtual authenticator; a papillon opened as a phone opens it.
use std::time::{Duration, Instant};

use axum::http::Method;
use fantoccini::{Client, Locator, wd::WebDriverCompatibleCommand};
use serde_json::json;
use sqlx::PgPool;
use url::Url;

use crate::{
    accessibilite::examiner,
    lycee::Lycee,
    pilote::{entrer, manque, navigateur},
};

/// A key of the computer, whose owner is always recognized.
#[derive(Debug)]
struct Cle;

impl WebDriverCompatibleCommand for Cle {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/webauthn/authenticator", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        let cle = json!({ "protocol": "ctap2", "transport": "internal", "hasResidentKey": true,
                          "hasUserVerification": true, "isUserVerified": true });
        (Method::POST, Some(cle.to_string()))
    }
}

async fn ouvrir(lycee: &Lycee) -> String {
    let ecoute = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://localhost:{}", ecoute.local_addr().unwrap().port());
    let router = livret::router::router(lycee.app.clone());
    tokio::spawn(livret::security::serve(ecoute, router, std::future::pending()));
    base
}

async fn presser(c: &Client, quoi: &str) {
    c.wait().for_element(Locator::Css(quoi)).await.unwrap().click().await.unwrap();
}

async fn attendre(c: &Client, chemin: &str) {
    let fin = Instant::now() + Duration::from_secs(15);
    while c.current_url().await.unwrap().path() != chemin {
        assert!(Instant::now() < fin, "{chemin}, not {}", c.current_url().await.unwrap());
        tokio::time::sleep(Duration::from_millis(20)).await; // polled
    }
}

#[sqlx::test]
async fn a_key_is_made_opens_the_account_and_confirms(db: PgPool) {
    if let Some(absent) = manque() {
        eprintln!("PASSÉ : {absent} n’est pas sur cette machine");
        return;
    }
    let lycee = Lycee::open(db).await;
    let base = ouvrir(&lycee).await;
    let (_pilote, c) = navigateur().await;
    let mut trouvees = vec![];
    entrer(&c, &base, "martin").await;
    c.issue_cmd(Cle).await.unwrap();
    c.goto(&format!("{base}/connexion/enrolement")).await.unwrap();
    c.wait().for_element(Locator::Css("[data-si-cle]:not([hidden])")).await.unwrap();
    examiner(&c, "enrolment", &mut trouvees).await;
    presser(&c, "form[data-cle=ajout] button").await;
    c.wait().for_element(Locator::Css("ul.codes")).await.unwrap();
    examiner(&c, "recovery codes", &mut trouvees).await;
    presser(&c, "main form button.principal").await;
    c.goto(&format!("{base}/mon-compte")).await.unwrap();
    examiner(&c, "own account", &mut trouvees).await;
    assert!(c.source().await.unwrap().contains("clé d’accès"));
    // Out, and in again: the password, then the key.
    presser(&c, "form[action='/deconnexion'] button").await;
    attendre(&c, "/connexion").await;
    c.find(Locator::Id("identifiant")).await.unwrap().send_keys("martin").await.unwrap();
    c.find(Locator::Id("mot_de_passe"))
        .await
        .unwrap()
        .send_keys("demonstration-livret")
        .await
        .unwrap();
    presser(&c, "form.carte button").await;
    attendre(&c, "/connexion/facteur").await;
    c.wait().for_element(Locator::Css("form[data-cle]:not([hidden])")).await.unwrap();
    examiner(&c, "second factor", &mut trouvees).await;
    presser(&c, "form[data-cle=preuve] button").await;
    attendre(&c, "/").await;
    assert_eq!(lycee.compter("acces.defi").await, 0, "what was asked is answered once");
    // Ten minutes later, what touches accesses asks for the key again.
    lycee.hand.advance(time::Duration::minutes(11));
    c.goto(&format!("{base}/connexion/enrolement")).await.unwrap();
    attendre(&c, "/mon-compte/confirmation").await;
    c.wait().for_element(Locator::Css("form[data-cle]:not([hidden])")).await.unwrap();
    examiner(&c, "confirmation", &mut trouvees).await;
    presser(&c, "form[data-cle=preuve] button").await;
    attendre(&c, "/connexion/enrolement").await;
    c.close().await.unwrap();
    lycee.app.db.close().await;
    assert!(trouvees.is_empty(), "{} faults:\n{}", trouvees.len(), trouvees.join("\n"));
}

#[sqlx::test]
async fn a_papillon_fills_the_form_and_leaves_the_address(db: PgPool) {
    if let Some(absent) = manque() {
        eprintln!("PASSÉ : {absent} n’est pas sur cette machine");
        return;
    }
    let lycee = Lycee::open(db).await;
    let (code, empreinte) = livret::compte::code_neuf(&lycee.app);
    sqlx::query("update acces.compte set secret = null, code = $1, code_jusqu_au = '2027-01-01' where identifiant = 'zoe'")
        .bind(empreinte.as_slice())
        .execute(&lycee.db)
        .await
        .unwrap();
    let base = ouvrir(&lycee).await;
    let (_pilote, c) = navigateur().await;
    let mut trouvees = vec![];
    c.goto(&format!("{base}/premiere-connexion#identifiant=zoe&code={code}")).await.unwrap();
    let fin = Instant::now() + Duration::from_secs(10);
    while c.current_url().await.unwrap().fragment().is_some() {
        assert!(Instant::now() < fin, "the code stays in the address");
        tokio::time::sleep(Duration::from_millis(20)).await; // polled
    }
    let valeurs = c
        .execute(
            "return ['identifiant', 'code'].map(n => document.getElementById(n).value)",
            vec![],
        )
        .await
        .unwrap();
    assert_eq!(valeurs, json!(["zoe", code]));
    examiner(&c, "first sign-in", &mut trouvees).await;
    c.find(Locator::Id("mot_de_passe"))
        .await
        .unwrap()
        .send_keys("trois paniers vendus")
        .await
        .unwrap();
    presser(&c, "main form button").await;
    attendre(&c, "/livret").await;
    c.close().await.unwrap();
    lycee.app.db.close().await;
    assert!(trouvees.is_empty(), "{} faults:\n{}", trouvees.len(), trouvees.join("\n"));
}
