//! The first start: the console shows a code, the browser opens the first school.
use axum::http::StatusCode;
use livret::installation;
use sqlx::PgPool;

use crate::lycee::{Lycee, Page, Visiteur};

const SECRET: &str = "une longue phrase choisie";

async fn code(lycee: &Lycee) -> Option<String> {
    let mut db = lycee.db.acquire().await.unwrap();
    installation::code_de_la_console(&mut db, &lycee.app).await.unwrap()
}

async fn envoyer(qui: &Visiteur, change: &[(&str, &str)]) -> Page {
    let page = qui.get("/installation").await;
    let edition = page.html.split("<select id=\"edition\"").nth(1).unwrap();
    let edition = edition.split("value=\"").nth(1).unwrap().split('"').next().unwrap();
    let mut champs = vec![
        ("code", ""),
        ("nom", "Lycée Olympe-de-Gouges"),
        ("uai", "0000000g"),
        ("fuseau", "Pacific/Noumea"),
        ("administrateur", "Mme KANEHO Wala"),
        ("identifiant", "Wala.Kaneho"),
        ("mot_de_passe", SECRET),
        ("section", "BTS 2028"),
        ("annee_examen", "2028"),
        ("debut", "2026-09-01"),
        ("edition", edition),
        ("entree", "ensuite"),
    ];
    champs.retain(|(nom, _)| !change.iter().any(|(autre, _)| autre == nom));
    champs.extend(change);
    qui.post("/installation", &champs).await
}

#[sqlx::test]
async fn who_reads_the_console_opens_the_first_school_and_teaches_there(db: PgPool) {
    let lycee = Lycee::sans_ecole(db, [7; 32]).await;
    let code = code(&lycee).await.expect("no school yet");
    let mut elle = lycee.passant();
    assert_eq!(elle.get("/").await.location, "/installation");
    let minuscules = code.to_lowercase().replace('-', " ");
    let page = envoyer(&elle, &[("code", &minuscules), ("enseigne", "oui")]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    let cookie = page.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap();
    elle.cookie = Some(cookie.to_owned());
    assert!(page.location.starts_with("/administration/promotions/"), "{}", page.location);
    let section = elle.get(&page.location).await;
    assert!(section.html.contains("BTS 2028"));
    assert!(section.html.contains("<strong>coordonne</strong>"), "{}", section.html);
    let grille = page.location.replace("/administration", "") + "/grille";
    assert_eq!(elle.get(&grille).await.status, StatusCode::OK);
    // Where she is it is the evening already; the school is open once.
    assert_eq!(elle.get("/installation").await.status, StatusCode::NOT_FOUND);
    assert_eq!(lycee.passant().get("/").await.location, "/connexion");
    assert_eq!(self::code(&lycee).await, None);
    let constat =
        livret::journal::verifier(&mut lycee.db.acquire().await.unwrap(), &lycee.app.sceau, &[])
            .await
            .unwrap();
    assert_eq!((constat.fautes, constat.evenements), (vec![], 2));
}

#[sqlx::test]
async fn what_is_refused_comes_back_filled_and_the_code_still_serves(db: PgPool) {
    let lycee = Lycee::sans_ecole(db, [7; 32]).await;
    let code = code(&lycee).await.unwrap();
    let elle = lycee.passant();
    let page = envoyer(
        &elle,
        &[
            ("code", &code),
            ("uai", "75A"),
            ("administrateur", "Wala Kaneho"),
            ("debut", "31/02/2026"),
            ("mot_de_passe", "Zorglub9"),
        ],
    )
    .await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    for dit in ["sept chiffres", "en capitales", "Cette date n’existe pas", "12 caractères"] {
        assert!(page.html.contains(dit), "{dit}: {}", page.html);
    }
    assert!(page.html.contains("Lycée Olympe-de-Gouges"));
    assert!(!page.html.contains("Zorglub9"), "a password never comes back");
    assert_eq!(envoyer(&elle, &[("code", &code)]).await.status, StatusCode::SEE_OTHER);
}

#[sqlx::test]
async fn ten_wrong_codes_close_the_page_until_the_next_start(db: PgPool) {
    let lycee = Lycee::sans_ecole(db, [7; 32]).await;
    let juste = code(&lycee).await.unwrap();
    let passant = lycee.passant();
    for _ in 0..10 {
        let page = envoyer(&passant, &[("code", "AAAA-AAAA-AAAA")]).await;
        assert!(page.html.contains("Ce code n’est pas celui"), "{}", page.html);
    }
    let page = envoyer(&passant, &[("code", &juste)]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "the right one, too late");
    let nouveau = code(&lycee).await.unwrap();
    let perime = envoyer(&passant, &[("code", &juste)]).await;
    assert_eq!(perime.status, StatusCode::UNPROCESSABLE_ENTITY, "the one of the start before");
    lycee.hand.advance(time::Duration::days(8));
    assert_eq!(
        envoyer(&passant, &[("code", &nouveau)]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "a week old"
    );
}

/// A real school's door is closed: nothing of the first start is left.
#[sqlx::test]
async fn where_there_is_a_school_there_is_no_installation(db: PgPool) {
    let lycee = Lycee::open(db).await;
    assert_eq!(code(&lycee).await, None);
    let passant = lycee.passant();
    assert_eq!(passant.get("/installation").await.status, StatusCode::NOT_FOUND);
    let page = passant.post("/installation", &[("code", "AAAA-AAAA-AAAA")]).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
}
