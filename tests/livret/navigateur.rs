//! The main job in a real browser: a teacher judges by keyboard, a student reads, the jury downloads; axe on the way.
use std::time::{Duration, Instant};

use fantoccini::{Locator, key::Key};
use sqlx::PgPool;

use crate::{
    lycee::Lycee,
    pilote::{axe, entrer, manque, navigateur},
};

#[sqlx::test]
async fn a_teacher_judges_by_keyboard_a_student_reads_and_the_jury_downloads(db: PgPool) {
    if let Some(absent) = manque() {
        eprintln!("PASSÉ : {absent} n’est pas sur cette machine");
        return;
    }
    let lycee = Lycee::open(db).await;
    let ecoute = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", ecoute.local_addr().unwrap());
    let (promotion, zoe) = (lycee.promotion("zoe").await, lycee.numero("zoe").await);
    let router = livret::router::router(lycee.app.clone());
    tokio::spawn(livret::security::serve(ecoute, router, std::future::pending()));
    let (_pilote, c) = navigateur().await;

    c.goto(&format!("{base}/connexion")).await.unwrap();
    axe(&c).await;
    entrer(&c, &base, "martin").await;
    axe(&c).await;
    c.goto(&format!("{base}/promotions/{promotion}/grille?bloc=1")).await.unwrap();
    axe(&c).await;
    let case = format!("a[href='/etudiants/{zoe}/sous-competences/1.1.1']");
    let case = c.find(Locator::Css(&case)).await.unwrap();
    // The first key goes to the cell, the next ones to where the focus went: three students, three keys.
    case.send_keys("3").await.unwrap();
    for touche in ["4", "2"] {
        c.active_element().await.unwrap().send_keys(touche).await.unwrap();
    }
    c.active_element().await.unwrap().send_keys(&Key::Up.to_string()).await.unwrap();
    let ecrits = "td:not(.attente) a:is([data-n=I], [data-n=S], [data-n=TS])";
    let fin = Instant::now() + Duration::from_secs(10);
    while lycee.compter("livret.positionnement").await < 3
        || c.find_all(Locator::Css(&format!("#grille {ecrits}"))).await.unwrap().len() < 3
    {
        assert!(Instant::now() < fin, "three levels were not written");
        tokio::time::sleep(Duration::from_millis(20)).await; // polled: the grid saves on its own
    }
    c.goto(&format!("{base}/etudiants/{zoe}/sous-competences/1.1.1")).await.unwrap();
    axe(&c).await;

    entrer(&c, &base, "zoe").await;
    let texte = c.find(Locator::Css("main")).await.unwrap().text().await.unwrap();
    assert!(texte.contains("Satisfaisant par Mme MARTIN"), "{texte}");
    axe(&c).await;
    c.goto(&format!("{base}/preuves/nouvelle")).await.unwrap();
    axe(&c).await;

    entrer(&c, &base, "jury").await;
    let lien =
        c.find(Locator::Css("a.principal")).await.unwrap().attr("href").await.unwrap().unwrap();
    let js = "const fin = arguments[arguments.length - 1]; fetch(arguments[0]).then(r => r.text()).then(t => fin(t.slice(0, 5)))";
    assert_eq!(c.execute_async(js, vec![lien.into()]).await.unwrap(), "%PDF-");
    c.find(Locator::Css("h3 a")).await.unwrap().click().await.unwrap();
    c.wait().for_element(Locator::Css("caption")).await.unwrap();
    axe(&c).await;
    for page in ["/referentiel", "/referentiel/1.1.1", "/style"] {
        c.goto(&format!("{base}{page}")).await.unwrap();
        axe(&c).await;
    }
    c.close().await.unwrap();
}
