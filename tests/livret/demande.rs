//! Asking, answering.
use axum::http::StatusCode;
use sqlx::PgPool;

use crate::lycee::{Lycee, Page, Visiteur};

pub(crate) async fn preuve(qui: &Visiteur, titre: &str) -> String {
    let cle = qui.get("/preuves/nouvelle").await.champ("cle");
    let champs = [
        ("titre", titre),
        ("vecue_le", "2026-11-20"),
        ("contexte", "stage"),
        ("texte", "J’ai négocié les remises avec l’épicière."),
        ("codes", "1.1.2"),
        ("codes", "1.2.1"),
        ("cle", &cle),
    ];
    qui.upload("/preuves/nouvelle", &champs, None).await.location
}

async fn demander(qui: &Visiteur, preuve: &str) -> Page {
    let chemin = format!("{preuve}/demande");
    let cle = qui.get(&chemin).await.champ("cle");
    let champs = [
        ("demande-1.1.2", "1"),
        ("niveau-1.1.2", "TS"),
        ("pourquoi-1.1.2", "J’ai tout fait seule."),
        ("demande-1.2.1", "1"),
        ("niveau-1.2.1", "I"),
        ("cle", &cle),
    ];
    qui.post(&chemin, &champs).await
}

/// Number of the only demande.
async fn numero(lycee: &Lycee) -> i64 {
    sqlx::query_scalar("select max(demande_id) from livret.demande")
        .fetch_one(&lycee.db)
        .await
        .unwrap()
}

/// The form of the demande that is open in the queue, filled and sent.
pub(crate) async fn repondre(qui: &Visiteur, queue: &str, id: i64, dits: &[(&str, &str)]) -> Page {
    let page = qui.get(&format!("{queue}?demande={id}")).await;
    let reponse =
        Page { html: page.html.split_once("queue-reponse").unwrap().1.to_owned(), ..page };
    let (cle, version) = (reponse.champ("cle"), reponse.champ("version"));
    let mut champs = vec![("cle", cle.as_str()), ("version", version.as_str())];
    champs.extend_from_slice(dits);
    qui.post(&format!("{queue}/{id}"), &champs).await
}

#[sqlx::test]
async fn a_student_asks_a_teacher_answers_and_both_levels_stand_side_by_side(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (zoe, martin) = (lycee.visiteur("zoe").await, lycee.visiteur("martin").await);
    let preuve = preuve(&zoe, "Vente flash").await;
    assert_eq!(demander(&zoe, &preuve).await.status, StatusCode::SEE_OTHER);
    let chemin = format!("{preuve}/demande");
    zoe.get(&chemin).await.contient("Envoyée, en attente de réponse");
    let queue = format!("/promotions/{}/demandes", lycee.promotion("zoe").await);
    let page = martin.get(&queue).await;
    page.contient("<title>(1) Preuves à lire");
    page.contient("J’ai tout fait seule.");
    page.contient("aujourd’hui");
    let id = numero(&lycee).await;
    let page = repondre(
        &martin,
        &queue,
        id,
        &[("acte", "valider"), ("niveau-1.1.2", "S"), ("motif", "Bien mené.")],
    )
    .await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    let page = zoe.get(&chemin).await;
    page.contient("Positionnée");
    page.contient("par Mme MARTIN");
    page.contient("Vous\u{a0}: <span class=\"niveau\" data-niveau=\"TS\">TS</span>");
    page.contient("Équipe\u{a0}: <span class=\"niveau\" data-niveau=\"S\">S</span>");
    zoe.get("/livret").await.contient("preuve\u{a0}: Vente flash");
    martin.get(&queue).await.contient("Aucune preuve n’attend de réponse.");
    let mut db = lycee.db.acquire().await.unwrap();
    let constat = livret::journal::verifier(&mut db, &lycee.app.sceau, &[]).await.unwrap();
    assert_eq!(constat.fautes, Vec::<String>::new());
}

#[sqlx::test]
async fn a_refusal_says_why_and_she_may_ask_again(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (zoe, martin) = (lycee.visiteur("zoe").await, lycee.visiteur("martin").await);
    let preuve = preuve(&zoe, "Vente flash").await;
    demander(&zoe, &preuve).await;
    let queue = format!("/promotions/{}/demandes", lycee.promotion("zoe").await);
    let id = numero(&lycee).await;
    for acte in ["refuser", "completer"] {
        let page = repondre(&martin, &queue, id, &[("acte", acte), ("niveau-1.1.2", "I")]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.contient("Dites pourquoi");
        page.contient("value=\"I\" checked");
    }
    let page = repondre(&martin, &queue, id, &[("acte", "valider"), ("motif", "Très bien")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "no level, no validation");
    page.contient("Très bien");
    let dit = [("acte", "completer"), ("motif", "Il manque le résultat chiffré.")];
    assert_eq!(repondre(&martin, &queue, id, &dit).await.status, StatusCode::SEE_OTHER);
    let page = zoe.get(&format!("{preuve}/demande")).await;
    page.contient("Complément demandé");
    page.contient("Il manque le résultat chiffré.");
    page.contient("Demander de nouveau");
    assert_eq!(demander(&zoe, &preuve).await.status, StatusCode::SEE_OTHER);
    assert_eq!(lycee.compter("livret.demande").await, 2);
    assert_eq!(lycee.compter("livret.positionnement").await, 0);
}

#[sqlx::test]
async fn the_second_teacher_sees_who_answered_and_the_second_sending_counts_once(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (zoe, martin, okafor) = (
        lycee.visiteur("zoe").await,
        lycee.visiteur("martin").await,
        lycee.visiteur("okafor").await,
    );
    let preuve = preuve(&zoe, "Vente flash").await;
    let premiere = demander(&zoe, &preuve).await;
    assert_eq!(premiere.status, StatusCode::SEE_OTHER);
    let queue = format!("/promotions/{}/demandes", lycee.promotion("zoe").await);
    let id = numero(&lycee).await;
    let cle = "00000000-0000-4000-8000-000000000042";
    let version: i64 = sqlx::query_scalar("select version from livret.demande")
        .fetch_one(&lycee.db)
        .await
        .unwrap();
    let version = version.to_string();
    let dit = [("acte", "valider"), ("niveau-1.1.2", "S"), ("version", &version), ("cle", cle)];
    let chemin = format!("{queue}/{id}");
    assert_eq!(martin.post(&chemin, &dit).await.status, StatusCode::SEE_OTHER);
    let lignes = lycee.compter("livret.evenement").await;
    assert_eq!(martin.post(&chemin, &dit).await.status, StatusCode::SEE_OTHER, "sent twice");
    assert_eq!(lycee.compter("livret.evenement").await, lignes);
    let tard = [
        ("acte", "refuser"),
        ("motif", "Non"),
        ("version", &version),
        ("cle", "00000000-0000-4000-8000-000000000043"),
    ];
    let page = okafor.post(&chemin, &tard).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    page.contient("Mme MARTIN a répondu le 24\u{a0}novembre\u{a0}2026");
    assert_eq!(lycee.compter("livret.evenement").await, lignes);
}

#[sqlx::test]
async fn a_demande_is_asked_once_taken_back_and_hers_alone(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (zoe, amina) = (lycee.visiteur("zoe").await, lycee.visiteur("amina").await);
    let preuve = preuve(&zoe, "Vente flash").await;
    let chemin = format!("{preuve}/demande");
    assert_eq!(amina.get(&chemin).await.status, StatusCode::NOT_FOUND);
    let cle = "00000000-0000-4000-8000-000000000001";
    let sans = zoe.post(&chemin, &[("demande-1.1.2", "1"), ("cle", cle)]).await;
    assert_eq!(sans.status, StatusCode::UNPROCESSABLE_ENTITY);
    sans.contient("Situez-vous d’abord");
    let champs = [("demande-1.1.2", "1"), ("niveau-1.1.2", "S"), ("cle", cle)];
    assert_eq!(amina.post(&chemin, &champs).await.status, StatusCode::NOT_FOUND);
    let rien = zoe.post(&chemin, &[("cle", cle)]).await;
    assert_eq!(rien.status, StatusCode::UNPROCESSABLE_ENTITY);
    rien.contient("Cochez au moins une sous-compétence");
    let faux = zoe
        .post(&chemin, &[("cle", cle), ("demande-1.1.2", "1"), ("niveau-1.1.2", "absent")])
        .await;
    faux.contient("Ce niveau n’existe pas dans l’échelle.");
    for _ in 0..2 {
        assert_eq!(zoe.post(&chemin, &champs).await.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(lycee.compter("livret.demande").await, 1);
    let encore = zoe
        .post(
            &chemin,
            &[
                ("demande-1.1.2", "1"),
                ("niveau-1.1.2", "S"),
                ("cle", "00000000-0000-4000-8000-000000000002"),
            ],
        )
        .await;
    assert_eq!(encore.status, StatusCode::CONFLICT);
    encore.contient("est déjà envoyée");
    let queue = format!("/promotions/{}/demandes", lycee.promotion("zoe").await);
    for (qui, attendu) in [
        ("okafor", StatusCode::OK),
        ("durand", StatusCode::NOT_FOUND),
        ("lefevre", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(lycee.visiteur(qui).await.get(&queue).await.status, attendu, "{qui}");
    }
    let cle = zoe.get(&chemin).await.champ("cle");
    zoe.post(&format!("{chemin}/retrait"), &[("cle", &cle)]).await;
    zoe.get(&chemin).await.contient("Retirée");
    lycee.visiteur("martin").await.get(&queue).await.contient("Aucune preuve n’attend");
}

#[sqlx::test]
async fn several_are_validated_at_once_and_phrases_are_hers(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (zoe, amina, martin) = (
        lycee.visiteur("zoe").await,
        lycee.visiteur("amina").await,
        lycee.visiteur("martin").await,
    );
    for qui in [&zoe, &amina] {
        let preuve = preuve(qui, "Vente flash").await;
        demander(qui, &preuve).await;
    }
    let queue = format!("/promotions/{}/demandes", lycee.promotion("zoe").await);
    let derniere = numero(&lycee).await;
    let (un, deux) = ((derniere - 1).to_string(), derniere.to_string());
    let cle = "00000000-0000-4000-8000-000000000007";
    let rien = martin.post(&queue, &[("cle", cle), ("niveau", "S")]).await;
    rien.contient("Cochez au moins une preuve.");
    let lot = [("cle", cle), ("niveau", "S"), ("demande", &un), ("demande", &deux)];
    assert_eq!(martin.post(&queue, &lot).await.status, StatusCode::SEE_OTHER);
    assert_eq!(lycee.compter("livret.positionnement").await, 4);
    martin.get("/phrases").await.contient("Précisez votre rôle.");
    martin.post("/phrases", &[("texte", "Ajoutez une photo du rayon.")]).await;
    martin.get("/phrases").await.contient("Ajoutez une photo du rayon.");
    lycee.visiteur("okafor").await.get("/phrases").await.sans("Ajoutez une photo");
    assert_eq!(
        martin.post("/phrases", &[("texte", " ")]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}
