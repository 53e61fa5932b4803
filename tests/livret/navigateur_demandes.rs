//! The queue in a real browser: fifty preuves answered by keyboard alone, without losing the place.
use std::time::{Duration, Instant};

use fantoccini::Locator;
use sqlx::PgPool;

use crate::{
    lycee::Lycee,
    pilote::{entrer, manque, navigateur},
};

#[sqlx::test]
async fn fifty_preuves_are_answered_by_keyboard_alone(db: PgPool) {
    if let Some(absent) = manque() {
        eprintln!("PASSÉ : {absent} n’est pas sur cette machine");
        return;
    }
    let lycee = Lycee::open(db).await;
    let promotion = lycee.promotion("zoe").await;
    for _ in 0..2 {
        for n in 5..30 {
            lycee.demande(&format!("etudiant{promotion}-{n}")).await;
        }
    }
    let attendues = lycee.compter("livret.demande").await;
    let ecoute = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", ecoute.local_addr().unwrap());
    let router = livret::router::router(lycee.app.clone());
    tokio::spawn(livret::security::serve(ecoute, router, std::future::pending()));
    let (_pilote, c) = navigateur().await;
    entrer(&c, &base, "martin").await;
    c.goto(&format!("{base}/promotions/{promotion}/demandes")).await.unwrap();
    let titre = c.title().await.unwrap();
    assert!(titre.starts_with(&format!("({attendues})")), "{titre}");
    let js = "const pied = document.querySelector('body > footer').getBoundingClientRect().bottom + scrollY; \
              return document.documentElement.scrollHeight - Math.max(pied, innerHeight)";
    let vide = c.execute(js, vec![]).await.unwrap().as_f64().unwrap();
    assert!(vide < 2.0, "{vide} px of nothing below the page");
    let derniere = c.find_all(Locator::Css(".queue-liste li a")).await.unwrap().pop().unwrap();
    derniere.click().await.unwrap();
    let courante = ".queue-liste a[aria-current]";
    let js = format!(
        "const [l, a] = ['.queue-liste .liste', '{courante}'].map(s => document.querySelector(s).getBoundingClientRect()); \
         return document.querySelectorAll('main a[rel=next]').length === 0 && a.top >= l.top && a.bottom <= l.bottom + 1"
    );
    let fin = Instant::now() + Duration::from_secs(10);
    while c.execute(&js, vec![]).await.unwrap() != true {
        assert!(Instant::now() < fin, "the one that is open stays in sight in its list");
        tokio::time::sleep(Duration::from_millis(10)).await; // polled
    }
    c.goto(&format!("{base}/promotions/{promotion}/demandes")).await.unwrap();
    let mut touches = 0;
    for restent in (0..attendues).rev() {
        // A level for the only line, then « valider »; every tenth is asked to be completed.
        if restent % 10 == 0 {
            for touche in ["c", "Précisez votre rôle."] {
                c.active_element().await.unwrap().send_keys(touche).await.unwrap();
            }
            c.find(Locator::Css("button[value=completer]"))
                .await
                .unwrap()
                .send_keys("\u{e007}")
                .await
                .unwrap();
            touches += 2;
        } else {
            for touche in ["3", "v"] {
                c.active_element().await.unwrap().send_keys(touche).await.unwrap();
                touches += 1;
            }
        }
        let attendu = if restent == 0 { "Preuves".to_owned() } else { format!("({restent})") };
        let fin = Instant::now() + Duration::from_secs(10);
        while !c.title().await.unwrap().starts_with(&attendu) {
            assert!(Instant::now() < fin, "{restent}: {}", c.title().await.unwrap());
            tokio::time::sleep(Duration::from_millis(10)).await; // polled
        }
    }
    println!("{attendues} preuves, {touches} keys besides what was typed");
    c.close().await.unwrap();
    lycee.app.db.close().await; // the server still holds it
    let validees: i64 =
        sqlx::query_scalar("select count(*) from livret.demande where etat = 'validee'")
            .fetch_one(&lycee.db)
            .await
            .unwrap();
    assert_eq!((validees, attendues), (45, 50));
    assert_eq!(lycee.compter("livret.positionnement").await, 45);
}
