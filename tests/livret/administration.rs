//! Bringing people in.
use axum::http::StatusCode;
use sqlx::PgPool;

use crate::lycee::Lycee;

#[sqlx::test]
async fn an_administrator_opens_a_promotion_adds_students_and_one_of_them_comes_in(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let admin = lycee.visiteur("admin").await;
    let page = admin.get("/administration").await;
    let edition =
        page.html.split_once("<option value=\"").unwrap().1.split_once('"').unwrap().0.to_owned();
    let cle = page.champ("cle");
    let saisie = [
        ("nom", "NDRC 2027-2029"),
        ("annee_examen", "2029"),
        ("debut", "2027-09-01"),
        ("edition", &edition),
        ("cle", &cle),
    ];
    let adresse = admin.post("/administration/promotions", &saisie).await.location;
    assert!(adresse.starts_with("/administration/promotions/"), "{adresse}");
    assert_eq!(
        admin.post("/administration/promotions", &saisie).await.location,
        adresse,
        "sent twice, opened once"
    );

    let cle = admin.get(&adresse).await.champ("cle");
    let liste = "ÉTIENNE\u{a0}Zoé\r\n\r\nDE LA FONTAINE Eva\r\nN’GUESSAN\tAwa\r\n";
    let page = admin
        .post(
            &format!("{adresse}/personnes"),
            &[("quoi", "etudiant"), ("liste", liste), ("cle", &cle)],
        )
        .await;
    assert_eq!(page.status, StatusCode::OK);
    page.contient("3\u{a0}comptes ouverts");
    page.contient("zoe.etienne");
    let code = page
        .html
        .split_once("<td>zoe.etienne</td><td class=\"code\">")
        .unwrap()
        .1
        .split_once('<')
        .unwrap()
        .0
        .to_owned();

    let passant = lycee.passant();
    let mauvais = [
        ("identifiant", "zoe.etienne"),
        ("code", "AAAA-AAAA-AAAA"),
        ("mot_de_passe", "trois paniers vendus"),
    ];
    assert_eq!(
        passant.post("/premiere-connexion", &mauvais).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let court =
        [("identifiant", "zoe.etienne"), ("code", code.as_str()), ("mot_de_passe", "court")];
    passant.post("/premiere-connexion", &court).await.contient("au moins 12 caractères");
    let bon = [
        ("identifiant", "zoe.etienne"),
        ("code", code.as_str()),
        ("mot_de_passe", "trois paniers vendus"),
    ];
    assert_eq!(passant.post("/premiere-connexion", &bon).await.location, "/");
    assert_eq!(
        passant.post("/premiere-connexion", &bon).await.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "a code serves once"
    );
    lycee.visiteur("zoe.etienne").await.get("/livret").await.contient("Bonjour Zoé");
}

#[sqlx::test]
async fn a_faulty_list_is_refused_whole_with_its_lines(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let admin = lycee.visiteur("admin").await;
    let adresse = format!("/administration/promotions/{}", lycee.promotion("zoe").await);
    let avant = lycee.compter("livret.personne").await;
    let cle = admin.get(&adresse).await.champ("cle");
    let liste =
        format!("PETIT Jean\n\nDIALLO Amina\nMARTIN JEAN\n{} Léa\nPETIT Jean", "B".repeat(200));
    let page = admin
        .post(
            &format!("{adresse}/personnes"),
            &[("quoi", "etudiant"), ("liste", &liste), ("cle", &cle)],
        )
        .await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    for ligne in [3, 4, 5, 6] {
        page.contient(&format!("Ligne {ligne}"));
    }
    page.contient("PETIT Jean");
    assert_eq!(lycee.compter("livret.personne").await, avant);
}
