//! The mail of a tutor, through a real server of this machine: the link, the reminders, and what stops them.
use std::sync::Arc;

use axum::http::StatusCode;
use livret::courriel::{Transport, facteur::tournee};
use sqlx::PgPool;
use time::Duration;

use crate::{
    courriel::{Serveur, lancer, manque, port, poste, serveur},
    lycee::{Lycee, Visiteur},
    tuteur::{ouvrir, periode},
};

/// A school at this address whose mail goes to that port.
pub(crate) async fn lycee(db: PgPool, origine: &str, port: u16) -> (Lycee, Transport) {
    let poste = poste(port);
    let transport = Transport::new(&poste).unwrap();
    let lycee = Lycee::avec(db, Arc::new(object_store::memory::InMemory::new()), |c| {
        c.origine = Some(origine.to_owned());
        c.courriel = Some(poste);
    })
    .await;
    (lycee, transport)
}

async fn demander(martin: &Visiteur, ou: (i64, i64)) -> StatusCode {
    let page = format!("/etudiants/{}/stages/{}/tuteur", ou.0, ou.1);
    let cle = martin.get(&page).await.champ("cle");
    let demande = format!("{page}/demande");
    martin.post(&demande, &[("cle", &cle)]).await;
    martin.post(&demande, &[("cle", &cle)]).await.status
}

/// The token of the last mail that came.
pub(crate) fn jeton(serveur: &Serveur) -> String {
    let recu = serveur.recus().pop().expect("a mail");
    let texte = recu["texte"].as_str().unwrap().to_owned();
    texte.split_once("/tuteur/").expect("a link").1.chars().take(64).collect()
}

async fn etats(lycee: &Lycee) -> Vec<String> {
    sqlx::query_scalar("select etat from livret.courriel order by courriel_id")
        .fetch_all(&lycee.db)
        .await
        .unwrap()
}

const ECOLE: &str = "https://livret.example.org";

#[sqlx::test]
async fn she_is_asked_once_and_reminded_twice_while_she_is_silent(db: PgPool) {
    if manque() {
        return;
    }
    let serveur = serveur(port(), "", 0).await;
    let (lycee, transport) = lycee(db, ECOLE, serveur.port).await;
    let martin = lycee.visiteur("martin").await;
    let ou = periode(&lycee, &martin, "zoe").await;
    assert_eq!(demander(&martin, ou).await, StatusCode::SEE_OTHER);
    for (jours, attendus) in [(0, 1), (2, 1), (1, 2), (6, 2), (1, 3), (4, 3)] {
        lycee.hand.advance(Duration::days(jours));
        tournee(&lycee.app, &transport).await.unwrap();
        assert_eq!(serveur.recus().len(), attendus, "{jours} days later");
    }
    let recus = serveur.recus();
    let sujet = recus[0]["sujet"].as_str().unwrap();
    assert!(sujet.contains("vous demande 5") && sujet.contains("MARTIN"), "{sujet}");
    assert!(recus[1]["sujet"].as_str().unwrap().starts_with("Rappel"));
    let ecrits: i64 =
        sqlx::query_scalar("select count(*) from livret.courriel where texte is not null")
            .fetch_one(&lycee.db)
            .await
            .unwrap();
    assert_eq!(ecrits, 0, "a link is forgotten as soon as it is gone");
}

#[sqlx::test]
async fn a_signature_and_a_revoked_link_stop_the_reminders(db: PgPool) {
    if manque() {
        return;
    }
    let serveur = serveur(port(), "", 0).await;
    let (lycee, transport) = lycee(db, ECOLE, serveur.port).await;
    let martin = lycee.visiteur("martin").await;
    let ou = periode(&lycee, &martin, "zoe").await;
    demander(&martin, ou).await;
    tournee(&lycee.app, &transport).await.unwrap();
    let petit = ouvrir(&lycee, &jeton(&serveur)).await;
    let cle = petit.get("/tuteur").await.champ("cle");
    let champs = [
        ("cle", cle.as_str()),
        ("signer", "1"),
        ("certifie", "1"),
        ("nom", "Paul Petit"),
        ("e-vente", "seul"),
    ];
    assert_eq!(petit.post("/tuteur", &champs).await.status, StatusCode::SEE_OTHER);
    assert_eq!(etats(&lycee).await, ["envoye", "annule", "annule"]);

    let ou = periode(&lycee, &martin, "amina").await;
    demander(&martin, ou).await;
    let page = format!("/etudiants/{}/stages/{}/tuteur", ou.0, ou.1);
    let formulaire = martin.get(&page).await;
    let (cle, lien) = (formulaire.champ("cle"), formulaire.champ("lien"));
    martin.post(&format!("{page}/revocation"), &[("cle", &cle), ("lien", &lien)]).await;
    lycee.hand.advance(Duration::days(11));
    tournee(&lycee.app, &transport).await.unwrap();
    assert_eq!(serveur.recus().len(), 1, "nothing more left");
}

#[sqlx::test]
async fn a_server_that_refuses_loses_nothing_and_the_sheet_still_prints(db: PgPool) {
    if manque() {
        return;
    }
    let refuse = lancer(port(), ["", "0", "expediteur"]).await;
    let (lycee, transport) = lycee(db, ECOLE, refuse.port).await;
    let martin = lycee.visiteur("martin").await;
    let ou = periode(&lycee, &martin, "zoe").await;
    assert_eq!(demander(&martin, ou).await, StatusCode::SEE_OTHER);
    tournee(&lycee.app, &transport).await.unwrap();
    assert!(refuse.recus().is_empty());
    assert_eq!(etats(&lycee).await.len(), 3, "kept");
    crate::tuteur::lien(&lycee, &martin, ou).await;
}

#[sqlx::test]
async fn all_who_are_silent_are_asked_at_once_and_who_has_no_address_is_said(db: PgPool) {
    let (lycee, _) = lycee(db, ECOLE, 1).await;
    let martin = lycee.visiteur("martin").await;
    let zoe = periode(&lycee, &martin, "zoe").await;
    let tableau = format!("/promotions/{}/tuteurs", lycee.promotion("zoe").await);
    let cle = martin.get(&tableau).await.champ("cle");
    for _ in 0..2 {
        let page = martin.post(&format!("{tableau}/demande"), &[("cle", &cle)]).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    }
    assert_eq!(etats(&lycee).await.len(), 3, "one mail and its two reminders");
    sqlx::query("update livret.tuteur set mel = ''").execute(&lycee.db).await.unwrap();
    let avant = lycee.compter("livret.lien").await;
    let cle = martin.get(&tableau).await.champ("cle");
    let page = martin.post(&format!("{tableau}/demande"), &[("cle", &cle)]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("Aucune adresse de tuteur");
    let page = format!("/etudiants/{}/stages/{}/tuteur", zoe.0, zoe.1);
    let refus = martin
        .post(&format!("{page}/demande"), &[("cle", &lycee.app.random.uuid().to_string())])
        .await;
    refus.contient("L’adresse du tuteur n’est pas connue");
    assert_eq!(lycee.compter("livret.lien").await, avant, "no link that nobody got");
}

#[sqlx::test]
async fn a_period_that_is_cancelled_or_has_another_tutor_writes_to_nobody(db: PgPool) {
    let (lycee, _) = lycee(db, ECOLE, 1).await;
    let martin = lycee.visiteur("martin").await;
    for (qui, change) in [("zoe", "annulee = true"), ("amina", "tuteur_id = null")] {
        let ou = periode(&lycee, &martin, qui).await;
        demander(&martin, ou).await;
        let sql = format!("update livret.periode set {change} where periode_id = {}", ou.1);
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&lycee.db).await.unwrap();
    }
    assert_eq!(etats(&lycee).await, ["annule"; 6]);
}
