//! What the team does around a tutor: told of a link that went astray, types a paper, sees who is silent.
use axum::http::StatusCode;
use sqlx::PgPool;

use crate::{
    lycee::Lycee,
    tuteur::{lien, ouvrir, periode, signer},
};

#[sqlx::test]
async fn a_forwarded_link_tells_the_team_and_closes_nothing(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let ou = periode(&lycee, &martin, "zoe").await;
    let jeton = lien(&lycee, &martin, ou).await;
    let page = lycee.passant().post(&format!("/tuteur/{jeton}/pas-moi"), &[]).await;
    page.contient("Merci de nous l’avoir dit");
    martin
        .get(&format!("/etudiants/{}/stages/{}/tuteur", ou.0, ou.1))
        .await
        .contient("Ce n’est pas moi");
    let promotion = lycee.promotion("zoe").await;
    martin.get(&format!("/promotions/{promotion}/tuteurs")).await.contient("Ce n’est pas moi");
    ouvrir(&lycee, &jeton).await;
}

#[sqlx::test]
async fn the_paper_is_typed_by_a_teacher_and_marked_so(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let ou = periode(&lycee, &martin, "zoe").await;
    let page = format!("/etudiants/{}/stages/{}/tuteur", ou.0, ou.1);
    let cle = martin.get(&format!("{page}/papier")).await.champ("cle");
    let mut champs = vec![
        ("cle", cle.as_str()),
        ("e-prospection", "avec_aide"),
        ("remarque", "Ponctuelle."),
        ("nom", "Paul Petit"),
        ("papier_du", "31/12/2026"),
    ];
    let refus = martin.post(&format!("{page}/papier"), &champs).await;
    assert_eq!(refus.status, StatusCode::UNPROCESSABLE_ENTITY);
    refus.contient("Cette date n’est pas encore venue");
    refus.contient("Ponctuelle.");
    refus.contient("name=\"e-prospection\" value=\"avec_aide\" checked");
    champs[4] = ("papier_du", "20/11/2026");
    for _ in 0..2 {
        let fait = martin.post(&format!("{page}/papier"), &champs).await;
        assert_eq!(fait.status, StatusCode::SEE_OTHER, "{}", fait.html);
    }
    assert_eq!(lycee.compter("livret.avis").await, 1, "the same form twice is one avis");
    let lu = martin.get(&page).await;
    lu.contient("saisi par Mme MARTIN d’après la feuille papier du 20\u{a0}novembre\u{a0}2026");
    lu.contient("Tuteur\u{a0}: <strong>Avec aide</strong>");
}

#[sqlx::test]
async fn the_board_of_a_promotion_says_who_is_silent_and_prints_their_sheets(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let zoe = periode(&lycee, &martin, "zoe").await;
    let promotion = lycee.promotion("zoe").await;
    let tableau = format!("/promotions/{promotion}/tuteurs");
    let page = martin.get(&tableau).await;
    page.contient("Pas demandé");
    let pdf = martin.post(&format!("{tableau}/feuilles.pdf"), &[("cle", &page.champ("cle"))]).await;
    assert!(pdf.octets.starts_with(b"%PDF"), "{}", pdf.html);
    martin.get(&tableau).await.contient("Demandé, sans réponse");
    let petit = ouvrir(&lycee, &lien(&lycee, &martin, zoe).await).await;
    martin.get(&tableau).await.contient("Ouvert, pas signé");
    signer(&petit, &[("e-vente", "seul")]).await;
    let page = martin.get(&tableau).await;
    page.contient("Signé");
    let rien =
        martin.post(&format!("{tableau}/feuilles.pdf"), &[("cle", &page.champ("cle"))]).await;
    assert_eq!(rien.status, StatusCode::UNPROCESSABLE_ENTITY);
    rien.contient("Aucun tuteur n’attend");
    // No mail here: the button is not shown, and the act says what to do.
    page.sans("Demander à tous");
    let sans = martin
        .post(
            &format!("/etudiants/{}/stages/{}/tuteur/demande", zoe.0, zoe.1),
            &[("cle", &lycee.app.random.uuid().to_string())],
        )
        .await;
    sans.contient("n’envoie pas de courriel");
}

#[test]
fn the_questions_speak_of_every_sous_competence_of_the_edition_and_of_no_other() {
    let edition = livret::referentiel::Edition::lire(livret::referentiel::OFFICIEL).unwrap();
    let questions = livret::tuteur::enonce::Questionnaire::de(&edition.code).unwrap();
    assert!((10..=14).contains(&questions.enonces.len()));
    let dits: std::collections::BTreeSet<&str> =
        questions.enonces.iter().flat_map(|e| &e.codes).map(String::as_str).collect();
    let toutes: std::collections::BTreeSet<&str> =
        edition.sous_competences().map(|s| s.code.as_str()).collect();
    assert_eq!(dits, toutes);
    assert_eq!(questions.reponses.len(), 5);
}
