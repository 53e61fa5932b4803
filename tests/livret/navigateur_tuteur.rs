//! A tutor on a phone, from the mail that came to the signature: taps saved one by one, kept when the page is read again.
use std::time::{Duration, Instant};

use fantoccini::{Client, Locator};
use livret::courriel::facteur::tournee;
use sqlx::PgPool;

use crate::{
    courriel::{port, serveur},
    pilote::{Mode, manque, navigateur, regarder},
    tuteur::periode,
    tuteur_courriel::{jeton, lycee},
};

/// Until the page says so.
async fn dit(c: &Client, attendu: &str) {
    let fin = Instant::now() + Duration::from_secs(10);
    loop {
        let etat = c.find(Locator::Css("[data-etat]")).await.unwrap().text().await.unwrap();
        if etat.replace('\u{a0}', " ").contains(attendu) {
            return;
        }
        assert!(Instant::now() < fin, "« {attendu} », not « {etat} »");
        tokio::time::sleep(Duration::from_millis(20)).await; // polled
    }
}

#[sqlx::test]
async fn from_the_mail_to_the_signature_on_a_phone(db: PgPool) {
    if let Some(absent) = manque() {
        eprintln!("PASSÉ : {absent} n’est pas sur cette machine");
        return;
    }
    if crate::courriel::manque() {
        return;
    }
    let serveur = serveur(port(), "", 0).await;
    let ecoute = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", ecoute.local_addr().unwrap());
    let (lycee, transport) = lycee(db, &base, serveur.port).await;
    let martin = lycee.visiteur("martin").await;
    let ou = periode(&lycee, &martin, "zoe").await;
    let page = format!("/etudiants/{}/stages/{}/tuteur", ou.0, ou.1);
    let cle = martin.get(&page).await.champ("cle");
    martin.post(&format!("{page}/demande"), &[("cle", &cle)]).await;
    tournee(&lycee.app, &transport).await.unwrap();
    let router = livret::router::router(lycee.app.clone());
    tokio::spawn(livret::security::serve(ecoute, router, std::future::pending()));

    let (_pilote, c) = navigateur().await;
    regarder(&c, Mode { largeur: 360, sombre: false, contraste: false }).await;
    c.goto(&format!("{base}/tuteur/{}", jeton(&serveur))).await.unwrap();
    c.find(Locator::Css("button.principal")).await.unwrap().click().await.unwrap();
    c.wait().for_element(Locator::Css("[data-tuteur]")).await.unwrap();
    assert_eq!(c.current_url().await.unwrap().path(), "/tuteur", "no token in the address");
    for (enonce, attendus) in [("vente", 1), ("suivi", 2), ("prospection", 3)] {
        let case = format!("[name=e-{enonce}][value=seul]");
        // As a thumb does: to the middle of the screen first, away from the line that says what is saved.
        let js = format!("document.querySelector('{case}').scrollIntoView({{ block: 'center' }})");
        c.execute(&js, vec![]).await.unwrap();
        c.find(Locator::Css(&case)).await.unwrap().click().await.unwrap();
        dit(&c, "sur 13. Enregistré").await;
        let fin = Instant::now() + Duration::from_secs(10);
        while lycee.compter("livret.reponse").await < attendus {
            assert!(Instant::now() < fin, "{enonce} is kept by its own tap");
            tokio::time::sleep(Duration::from_millis(20)).await; // polled
        }
    }
    c.refresh().await.unwrap();
    let cochees = c.find_all(Locator::Css("[type=radio]:checked")).await.unwrap();
    assert_eq!(cochees.len(), 3, "the taps are there again");
    let js = "return [...document.querySelectorAll('.question .choix label, button')]\
              .filter(e => e.offsetHeight && e.getBoundingClientRect().height < 44).length";
    assert_eq!(c.execute(js, vec![]).await.unwrap(), 0, "a thumb finds every answer");
    c.find(Locator::Id("nom")).await.unwrap().send_keys("Paul Petit").await.unwrap();
    c.find(Locator::Id("certifie")).await.unwrap().click().await.unwrap();
    c.find(Locator::Css("button[name=signer]")).await.unwrap().click().await.unwrap();
    c.wait().for_element(Locator::Id("signature")).await.unwrap();
    assert_eq!(lycee.compter("livret.avis").await, 1);
    assert_eq!(
        lycee.compter("livret.reponse").await,
        3,
        "the three taps, and the signature says nothing twice"
    );
    c.close().await.unwrap();
    lycee.app.db.close().await;
}
