//! A preuve becomes a sheet in a browser: kept while it is typed, also without network; remarked, corrected, kept, printed.
use std::time::{Duration, Instant};

use fantoccini::{Client, Locator};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    demande::preuve,
    lycee::Lycee,
    pilote::{cdp, entrer, manque, navigateur},
};

/// Until the line below the form says so.
async fn dit(c: &Client, attendu: &str) {
    let fin = Instant::now() + Duration::from_secs(20);
    loop {
        let etat = c.find(Locator::Id("etat")).await.unwrap().text().await.unwrap();
        if etat.replace(['\u{a0}', '\u{202f}'], " ").contains(attendu) {
            return;
        }
        assert!(Instant::now() < fin, "« {attendu} », not « {etat} »");
        tokio::time::sleep(Duration::from_millis(20)).await; // polled
    }
}

/// As a hand does: to the middle of the screen first, away from the line that stays below.
async fn appuyer(c: &Client, ou: &str) {
    let la = c.find(Locator::XPath(ou)).await.unwrap_or_else(|e| panic!("{ou}: {e}"));
    let js = "arguments[0].scrollIntoView({ block: 'center' })";
    c.execute(js, vec![serde_json::to_value(&la).unwrap()]).await.unwrap();
    la.click().await.unwrap();
}

async fn ecrire(c: &Client, champ: &str, mots: &str) {
    let ou = format!("[name=\"{champ}\"]");
    let case = c.find(Locator::Css(&ou)).await.unwrap_or_else(|e| panic!("{champ}: {e}"));
    case.clear().await.unwrap();
    case.send_keys(mots).await.unwrap();
}

async fn reseau(c: &Client, coupe: bool) {
    let conditions =
        json!({ "offline": coupe, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
    cdp(c, "Network.enable", json!({})).await;
    cdp(c, "Network.emulateNetworkConditions", conditions).await;
}

async fn valeur(c: &Client, champ: &str) -> Value {
    c.execute(&format!("return document.querySelector('[name=\"{champ}\"]').value"), vec![])
        .await
        .unwrap()
}

#[sqlx::test]
async fn from_a_preuve_to_a_printed_sheet(db: PgPool) {
    if let Some(absent) = manque() {
        eprintln!("PASSÉ : {absent} n’est pas sur cette machine");
        return;
    }
    let lycee = Lycee::open(db).await;
    let preuve = preuve(&lycee.visiteur("zoe").await, "Vente au marché").await;
    let promotion = lycee.promotion("zoe").await;
    let ecoute = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", ecoute.local_addr().unwrap());
    let router = livret::router::router(lycee.app.clone());
    tokio::spawn(livret::security::serve(ecoute, router, std::future::pending()));
    let (_pilote, c) = navigateur().await;

    // She makes it from what she did.
    entrer(&c, &base, "zoe").await;
    c.goto(&format!("{base}{preuve}")).await.unwrap();
    appuyer(&c, "//a[contains(., 'En faire une fiche')]").await;
    c.wait().for_element(Locator::Id("epreuve")).await.unwrap();
    appuyer(&c, "//input[@name='epreuve'][@value='E4']").await;
    appuyer(&c, "//main//button[contains(., 'Commencer la fiche')]").await;
    c.wait().for_element(Locator::Id("fiche")).await.unwrap();
    let fiche = c.current_url().await.unwrap().path().to_owned();
    assert_eq!(valeur(&c, "titre").await, "Vente au marché");
    // What she types is kept by itself; a row more needs no page.
    appuyer(&c, "//input[@name='nature'][@value='negociation']").await;
    ecrire(&c, "r.offre", "Pains du matin").await;
    dit(&c, "Brouillon gardé").await;
    appuyer(&c, "//button[@value='rangee:phases']").await;
    c.active_element().await.unwrap().send_keys("Conclusion").await.unwrap();
    // Without network it waits on the device, and leaves when it comes back.
    reseau(&c, true).await;
    ecrire(&c, "r.clients", "Habitants du quartier").await;
    dit(&c, "gardé sur cet appareil").await;
    reseau(&c, false).await;
    dit(&c, "Brouillon gardé").await;
    c.goto(&format!("{base}{fiche}")).await.unwrap();
    assert_eq!(valeur(&c, "r.clients").await, "Habitants du quartier");
    let phases =
        "return [...document.querySelectorAll('[name=\"r.phases\"]')].map(t => t.value).join('|')";
    assert_eq!(c.execute(phases, vec![]).await.unwrap(), "Vente au marché|Conclusion|");
    // Even when she presses a button before the network is back.
    reseau(&c, true).await;
    ecrire(&c, "r.methodes", "Vente conseil").await;
    dit(&c, "gardé sur cet appareil").await;
    appuyer(&c, "//button[@value='garder'][not(@aria-hidden)]").await;
    reseau(&c, false).await;
    c.goto(&format!("{base}{fiche}")).await.unwrap();
    let reprendre = "//button[text()='Le reprendre']";
    c.wait().for_element(Locator::XPath(reprendre)).await.unwrap();
    appuyer(&c, reprendre).await;
    dit(&c, "Brouillon gardé").await;
    assert_eq!(valeur(&c, "r.methodes").await, "Vente conseil");
    assert_eq!(lycee.compter("livret.fiche_version").await, 0, "nobody else reads it yet");
    appuyer(&c, "//button[@value='enregistrer']").await;
    c.wait()
        .for_element(Locator::XPath("//p[contains(., 'votre équipe peut la lire')]"))
        .await
        .unwrap();

    // Her teacher says what to take up again, where it is.
    entrer(&c, &base, "martin").await;
    c.goto(&format!("{base}/promotions/{promotion}/fiches")).await.unwrap();
    appuyer(&c, "//main//a[contains(., 'Fiche E4')]").await;
    c.wait().for_element(Locator::Id("suite")).await.unwrap();
    appuyer(&c, "//*[@id='r-offre']//summary").await;
    c.find(Locator::Id("texte-offre")).await.unwrap().send_keys("Chiffrez l’offre.").await.unwrap();
    appuyer(&c, "//*[@id='r-offre']//button[contains(., 'Enregistrer la remarque')]").await;
    c.wait()
        .for_element(Locator::XPath("//*[@id='r-offre']//div[contains(., 'Chiffrez')]"))
        .await
        .unwrap();
    let la = c.current_url().await.unwrap().path().to_owned();

    // She corrects it, and says so by recording it again.
    entrer(&c, &base, "zoe").await;
    c.goto(&format!("{base}{fiche}")).await.unwrap();
    c.find(Locator::XPath("//div[@class='remarque'][contains(., 'Chiffrez')]")).await.unwrap();
    ecrire(&c, "r.offre", "Quarante pains chaque matin").await;
    appuyer(&c, "//button[@value='enregistrer']").await;
    c.wait()
        .for_element(Locator::XPath("//p[contains(., 'votre équipe peut la lire')]"))
        .await
        .unwrap();

    // Her teacher sees that it changed, and keeps the sheet.
    entrer(&c, &base, "martin").await;
    c.goto(&format!("{base}{la}")).await.unwrap();
    c.find(Locator::XPath("//*[@id='r-offre']//span[contains(., 'modifiée depuis')]"))
        .await
        .unwrap();
    appuyer(&c, "//*[@id='r-offre']//button[contains(., 'Traitée')]").await;
    c.wait().for_element(Locator::XPath("//span[text()='traitée']")).await.unwrap();
    appuyer(&c, "//button[@value='retenir']").await;
    c.wait().for_element(Locator::XPath("//span[contains(., 'retenue, à viser')]")).await.unwrap();

    // She prints it as it is kept.
    entrer(&c, &base, "zoe").await;
    c.goto(&format!("{base}{fiche}")).await.unwrap();
    assert!(c.find(Locator::Css("textarea")).await.is_err(), "it is written no more");
    let lien = c.find(Locator::XPath("//main//a[contains(@href, 'fiche.pdf')]")).await.unwrap();
    let vers = lien.attr("href").await.unwrap().unwrap();
    let js = "const [vers, fini] = arguments; fetch(vers).then(async (r) => fini(`${r.status} ${r.headers.get('content-type')} ${(await r.text()).slice(0, 5)}`))";
    let recu = c.execute_async(js, vec![vers.into()]).await.unwrap();
    assert_eq!(recu, "200 application/pdf %PDF-");
    c.close().await.unwrap();
    lycee.app.db.close().await;
}
