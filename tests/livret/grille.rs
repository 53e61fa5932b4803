//! The class judged by the batch: what the grid sends behind its page.
use axum::http::StatusCode;
use serde_json::{Value, json};
use sqlx::PgPool;
use time::Duration;

use crate::lycee::{Lycee, Page, Visiteur};

fn cle(n: usize) -> String {
    format!("00000000-0000-4000-8000-{n:012}")
}

/// One cell of a sending.
fn avis(etudiant: i64, code: &str, niveau: Option<&str>, version: i64, n: usize) -> Value {
    json!({ "e": etudiant, "c": code, "n": niveau, "v": version, "k": cle(n) })
}

async fn envoyer(
    qui: &Visiteur,
    promotion: i64,
    situation: Option<i64>,
    avis: &[Value],
) -> Vec<Value> {
    let page = sending(qui, promotion, situation, avis).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.html);
    page.dit()["cases"].as_array().unwrap().clone()
}

async fn sending(qui: &Visiteur, promotion: i64, situation: Option<i64>, avis: &[Value]) -> Page {
    let corps = json!({ "compte": qui.numero, "situation": situation, "jugements": avis });
    qui.json(&format!("/promotions/{promotion}/positionnements"), &corps).await
}

/// Everybody of a promotion.
async fn classe(lycee: &Lycee, promotion: i64) -> Vec<i64> {
    sqlx::query_scalar(
        "select etudiant_id from livret.inscription where promotion_id = $1 order by etudiant_id",
    )
    .bind(promotion)
    .fetch_all(&lycee.db)
    .await
    .unwrap()
}

#[sqlx::test]
async fn two_hundred_cells_are_one_sending_and_sent_again_they_count_once(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let promotion = lycee.promotion("zoe").await;
    let situation = lycee.situation(&martin, promotion, "Jeu de rôle").await;
    let classe = classe(&lycee, promotion).await;
    let codes = ["1.1.1", "1.1.2", "1.1.3", "1.1.4", "1.2.1", "1.2.2", "1.3.1"];
    let cases = classe.iter().flat_map(|e| codes.map(|c| (*e, c)));
    let tout: Vec<Value> = (1..)
        .zip(cases)
        .take(200)
        .map(|(n, (e, c))| avis(e, c, Some(["TI", "I", "S", "TS"][n % 4]), 0, n))
        .collect();
    let avant = lycee.compter("livret.evenement").await;
    for _ in 0..2 {
        let cases = envoyer(&martin, promotion, Some(situation), &tout).await;
        assert_eq!(cases.len(), 200);
        for (dit, rendu) in tout.iter().zip(&cases) {
            assert_eq!((&rendu["etat"], &rendu["n"]), (&json!("ok"), &dit["n"]), "{rendu}");
        }
        assert_eq!(lycee.compter("livret.evenement").await, avant + 200);
        assert_eq!(lycee.compter("livret.positionnement").await, 200);
    }
    let mut trop = tout.clone();
    trop.push(avis(classe[31], "3.1.1", Some("S"), 0, 999));
    let page = sending(&martin, promotion, Some(situation), &trop).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(page.dit()["message"], "Un envoi compte 200 cases au plus. Rechargez la page.");
    let chemin = format!("/promotions/{promotion}/positionnements");
    assert_eq!(martin.json(&chemin, &json!([1])).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[sqlx::test]
async fn each_cell_has_its_answer_and_a_refusal_loses_nothing_of_the_rest(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, okafor) = (lycee.visiteur("martin").await, lycee.visiteur("okafor").await);
    let promotion = lycee.promotion("zoe").await;
    let situation = lycee.situation(&martin, promotion, "Jeu de rôle").await;
    let (zoe, amina) = (lycee.numero("zoe").await, lycee.numero("amina").await);
    let (nouveau, partie) = (lycee.numero("etudiant2-1").await, lycee.numero("etudiant1-5").await);
    sqlx::query("update livret.inscription set au = '2026-11-23' where etudiant_id = $1")
        .bind(partie)
        .execute(&lycee.db)
        .await
        .unwrap();
    envoyer(&okafor, promotion, Some(situation), &[avis(amina, "1.1.1", Some("S"), 0, 1)]).await;
    let mut remarque = avis(zoe, "1.1.4", Some("S"), 0, 9);
    remarque["r"] = json!("x".repeat(2001));
    let cases = envoyer(
        &martin,
        promotion,
        Some(situation),
        &[
            avis(zoe, "1.1.1", Some("TS"), 0, 1),
            avis(amina, "1.1.1", Some("TI"), 0, 2),
            avis(partie, "1.1.1", Some("S"), 0, 3),
            avis(nouveau, "1.1.1", Some("S"), 0, 4),
            avis(zoe, "1.1.2", Some("A+"), 0, 5),
            avis(zoe, "9.9.9", Some("S"), 0, 6),
            avis(zoe, "1.1.3", None, 0, 7),
            avis(zoe, "1.1.1", Some("I"), 0, 8),
            remarque,
        ],
    )
    .await;
    let dit =
        |n: usize| (cases[n]["etat"].as_str().unwrap(), cases[n]["message"].as_str().unwrap_or(""));
    assert_eq!(dit(0), ("ok", ""));
    assert_eq!(dit(1), ("conflit", ""));
    assert_eq!((&cases[1]["n"], &cases[1]["par"]), (&json!("S"), &json!("Mme OKAFOR")));
    assert!(
        dit(2).1.contains("n’est plus dans cette promotion depuis le 23\u{a0}novembre"),
        "{:?}",
        dit(2)
    );
    assert!(dit(3).1.contains("n’est pas dans cette promotion"), "{:?}", dit(3));
    assert!(dit(4).1.contains("n’existe pas dans l’échelle"), "{:?}", dit(4));
    assert!(dit(5).1.contains("n’est pas de ce référentiel"), "{:?}", dit(5));
    assert_eq!(dit(6).0, "ok", "nothing to cancel is no fault");
    assert!(dit(7).1.contains("deux fois"), "{:?}", dit(7));
    assert!(dit(8).1.contains("2\u{202f}000 caractères"), "{:?}", dit(8));
    assert_eq!(lycee.compter("livret.positionnement").await, 2, "okafor’s level and the good one");
}

#[sqlx::test]
async fn what_is_lived_elsewhere_is_another_fact_but_the_bilan_sees_everything(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, okafor) = (lycee.visiteur("martin").await, lycee.visiteur("okafor").await);
    let promotion = lycee.promotion("zoe").await;
    let zoe = lycee.numero("zoe").await;
    let une = lycee.situation(&martin, promotion, "Jeu de rôle").await;
    let deux = lycee.situation(&okafor, promotion, "Salon").await;
    envoyer(&martin, promotion, Some(une), &[avis(zoe, "1.1.1", Some("S"), 0, 1)]).await;
    let cases =
        envoyer(&okafor, promotion, Some(deux), &[avis(zoe, "1.1.1", Some("I"), 0, 1)]).await;
    assert_eq!(cases[0]["etat"], "ok", "another situation, another fact");
    let depasse = envoyer(&okafor, promotion, None, &[avis(zoe, "1.1.1", Some("TS"), 0, 2)]).await;
    assert_eq!(depasse[0]["etat"], "conflit", "all together, the cell was touched since");
    let version = depasse[0]["v"].as_i64().unwrap();
    let ecrit =
        envoyer(&okafor, promotion, None, &[avis(zoe, "1.1.1", Some("TS"), version, 3)]).await;
    assert_eq!(
        (&ecrit[0]["etat"], &ecrit[0]["n"], &ecrit[0]["o"]),
        (&json!("ok"), &json!("TS"), &json!("TS"))
    );
    assert_eq!(ecrit[0]["s"], 3, "three situations");
    let efface = envoyer(
        &martin,
        promotion,
        None,
        &[avis(zoe, "1.1.1", None, ecrit[0]["v"].as_i64().unwrap(), 4)],
    )
    .await;
    assert!(
        efface[0]["message"].as_str().unwrap().contains("vient d’une autre situation"),
        "{efface:?}"
    );
}

#[sqlx::test]
async fn an_absence_hides_no_level_and_counts_in_nothing(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let promotion = lycee.promotion("zoe").await;
    let zoe = lycee.numero("zoe").await;
    let situation = lycee.situation(&martin, promotion, "Jeu de rôle").await;
    envoyer(&martin, promotion, Some(situation), &[avis(zoe, "1.1.1", Some("S"), 0, 1)]).await;
    let version =
        martin.get(&format!("/etudiants/{zoe}/sous-competences/1.1.1")).await.champ("version");
    let absent = avis(zoe, "1.1.1", Some("absent"), version.parse().unwrap(), 2);
    let cases = envoyer(&martin, promotion, None, &[absent]).await;
    assert_eq!(
        (&cases[0]["n"], &cases[0]["d"], &cases[0]["s"]),
        (&json!("S"), &json!("absent"), &json!(1))
    );
    let livret = lycee.visiteur("zoe").await.get("/livret").await;
    livret.contient("1 sur 11 en S ou TS");
    livret.contient("Satisfaisant par Mme MARTIN");
    livret.contient("Absent le 24");
    let synthese =
        lycee.visiteur("jury").await.get(&format!("/jury/promotions/{promotion}/detail.csv")).await;
    synthese.contient("1.1.1;Analyser un portefeuille clients;S;;S;");
}

#[sqlx::test]
async fn a_remark_stays_with_its_level_until_another_is_made(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let promotion = lycee.promotion("zoe").await;
    let zoe = lycee.numero("zoe").await;
    let situation = Some(lycee.situation(&martin, promotion, "Jeu de rôle").await);
    let mut premier = avis(zoe, "1.1.1", Some("I"), 0, 1);
    premier["r"] = json!("  Accroche à revoir. ");
    let cases = envoyer(&martin, promotion, situation, &[premier]).await;
    let version = cases[0]["v"].as_i64().unwrap();
    let cases =
        envoyer(&martin, promotion, situation, &[avis(zoe, "1.1.1", Some("S"), version, 2)]).await;
    assert_eq!(cases[0]["r"], true);
    lycee.visiteur("zoe").await.get("/livret").await.contient("Accroche à revoir.");
}

#[sqlx::test]
async fn a_stopped_livret_takes_no_level_and_says_whom_to_ask(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let promotion = lycee.promotion("zoe").await;
    let (zoe, amina) = (lycee.numero("zoe").await, lycee.numero("amina").await);
    lycee.arreter("martin", zoe).await;
    let cases = envoyer(
        &martin,
        promotion,
        None,
        &[avis(zoe, "1.1.1", Some("S"), 0, 1), avis(amina, "1.1.1", Some("S"), 0, 2)],
    )
    .await;
    assert_eq!(
        cases[0]["message"],
        "Livret arrêté le 24\u{a0}novembre\u{a0}2026. Pour corriger, demandez la réouverture au coordonnateur."
    );
    assert_eq!(cases[1]["etat"], "ok");
    let grille = martin.get(&format!("/promotions/{promotion}/grille")).await;
    grille.contient("data-arrete");
    martin.get(&format!("/etudiants/{zoe}/saisie")).await.contient("disabled");
    let case = format!("/etudiants/{zoe}/sous-competences/1.1.1");
    let saisie = [("niveau", "S"), ("version", "0"), ("cle", &cle(3)), ("remarque", "Bien")];
    let page = martin.post(&format!("{case}/positionnements"), &saisie).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("Livret arrêté");
}

#[sqlx::test]
async fn a_key_serves_one_act(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let promotion = lycee.promotion("zoe").await;
    let (zoe, amina) = (lycee.numero("zoe").await, lycee.numero("amina").await);
    let situation = Some(lycee.situation(&martin, promotion, "Jeu de rôle").await);
    envoyer(&martin, promotion, situation, &[avis(zoe, "1.1.1", Some("S"), 0, 1)]).await;
    for autre in [
        avis(zoe, "1.1.1", Some("TS"), 0, 1),
        avis(zoe, "1.1.2", Some("S"), 0, 1),
        avis(amina, "1.1.1", Some("S"), 0, 1),
    ] {
        let cases = envoyer(&martin, promotion, situation, std::slice::from_ref(&autre)).await;
        assert_eq!(cases[0]["etat"], "refus", "{autre}");
    }
    let okafor = lycee.visiteur("okafor").await;
    let cases =
        envoyer(&okafor, promotion, situation, &[avis(amina, "1.1.1", Some("S"), 0, 1)]).await;
    assert_eq!(cases[0]["etat"], "ok", "the key of somebody else is another key");
}

#[sqlx::test]
async fn nobody_judges_in_a_promotion_that_is_not_hers(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let promotion = lycee.promotion("zoe").await;
    let zoe = lycee.numero("zoe").await;
    let sien = lycee.promotion("etudiant2-1").await;
    let durand = lycee.visiteur("durand").await;
    let page = sending(&durand, promotion, None, &[avis(zoe, "1.1.1", Some("S"), 0, 1)]).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    let cases = envoyer(&durand, sien, None, &[avis(zoe, "1.1.1", Some("S"), 0, 2)]).await;
    assert_eq!(cases[0]["etat"], "refus", "a student of others, through a promotion that is his");
    let martin = lycee.visiteur("martin").await;
    let ailleurs = lycee.situation(&martin, promotion, "Jeu de rôle").await;
    let nouveau = lycee.numero("etudiant2-1").await;
    let cases =
        envoyer(&durand, sien, Some(ailleurs), &[avis(nouveau, "1.1.1", Some("S"), 0, 3)]).await;
    assert!(cases[0]["message"].as_str().unwrap().contains("n’est pas de cette promotion"));
    assert_eq!(lycee.compter("livret.positionnement").await, 0);
}

#[sqlx::test]
async fn an_open_grid_is_told_what_others_wrote_and_asks_for_it(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, okafor) = (lycee.visiteur("martin").await, lycee.visiteur("okafor").await);
    let promotion = lycee.promotion("zoe").await;
    let zoe = lycee.numero("zoe").await;
    let mut mots = martin.flux(&format!("/promotions/{promotion}/signal")).await;
    assert_eq!(
        mots.prochain().await,
        "data: avance",
        "the line is open: what happened before is asked for"
    );
    let chemin = format!("/promotions/{promotion}/positionnements");
    let vide = martin.get(&chemin).await.dit();
    assert_eq!(vide["cases"], json!([]));
    envoyer(&okafor, promotion, None, &[avis(zoe, "1.1.1", Some("TS"), 0, 1)]).await;
    assert_eq!(mots.prochain().await, "data: avance");
    let dit = martin.get(&format!("{chemin}?depuis={}", vide["seq"])).await.dit();
    let case = &dit["cases"][0];
    assert_eq!((&case["e"], &case["c"], &case["n"]), (&json!(zoe), &json!("1.1.1"), &json!("TS")));
    assert_eq!(
        (&case["par"], &case["o"]),
        (&json!("Mme OKAFOR"), &Value::Null),
        "her observation, not mine"
    );
    let rien = martin.get(&format!("{chemin}?depuis={}", dit["seq"])).await.dit();
    assert_eq!(rien["cases"], json!([]));
    let lefevre = lycee.visiteur("lefevre").await;
    assert_eq!(
        lefevre.get(&format!("/promotions/{promotion}/signal")).await.status,
        StatusCode::NOT_FOUND
    );
}

#[sqlx::test]
async fn the_grid_is_filtered_and_ordered_by_the_server_too(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let promotion = lycee.promotion("zoe").await;
    let (zoe, amina) = (lycee.numero("zoe").await, lycee.numero("amina").await);
    let equipe = lycee.equipe(&martin, promotion, &[zoe, amina]).await;
    envoyer(&martin, promotion, None, &[avis(zoe, "2.1.1", Some("S"), 0, 1)]).await;
    let grille = format!("/promotions/{promotion}/grille");
    let noms = async |question: &str| {
        let page = martin.get(&format!("{grille}?{question}")).await;
        page.html.matches("data-e=\"").count()
    };
    assert_eq!(noms("").await, 32);
    assert_eq!(noms("nom=etienne").await, 1);
    assert_eq!(noms(&format!("groupe={equipe}")).await, 2);
    assert_eq!(noms("jamais=1").await, 31);
    assert_eq!(noms("jamais=1&bloc=1").await, 32);
    assert_eq!(noms("preuve=1").await, 0);
    let page = martin.get(&format!("{grille}?nom=zzz")).await;
    page.contient("Aucun étudiant ne répond à ces filtres");
    let plan = format!("/promotions/{promotion}/plan");
    let zoe_ = (format!("rangee-{zoe}"), format!("colonne-{zoe}"));
    let page = martin.post(&plan, &[(&zoe_.0, "1"), (&zoe_.1, "0")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("la rangée et la place vont de 1 à 99");
    let page = martin.post(&plan, &[(&zoe_.0, "1"), (&zoe_.1, "1")]).await;
    let page = martin.get(&page.location).await;
    let premier = page.html.split_once("data-e=\"").unwrap().1.split_once('"').unwrap().0;
    assert_eq!(premier, zoe.to_string(), "the front row comes first");
    let okafor = lycee.visiteur("okafor").await.get(&format!("{grille}?ordre=plan")).await;
    assert!(
        !okafor.html.contains(&format!("<tbody>\n  <tr data-e=\"{zoe}\"")),
        "the plan is hers alone"
    );
}

/// Sixteen writers over thirty cells: a short time here, a minute in CI.
#[sqlx::test]
async fn sixteen_writers_over_thirty_cells_lose_and_overwrite_nothing(db: PgPool) {
    let lycee = std::sync::Arc::new(Lycee::open(db).await);
    let promotion = lycee.promotion("zoe").await;
    let martin = lycee.visiteur("martin").await;
    let situation = lycee.situation(&martin, promotion, "Jeu de rôle").await;
    let classe = classe(&lycee, promotion).await;
    let duree = if std::env::var_os("CI").is_some() { 60 } else { 5 };
    let fin = std::time::Instant::now() + std::time::Duration::from_secs(duree);
    let taches = (0..16_usize).map(|n| {
        let (lycee, classe) = (lycee.clone(), classe.clone());
        tokio::spawn(async move {
            let qui = ["martin", "okafor", "petitjean", "rossi"][n % 4];
            let visiteur = lycee.visiteur(qui).await;
            let mut versions = std::collections::HashMap::new();
            let (mut tour, mut acquises, mut depassees) = (0_usize, vec![], 0);
            while std::time::Instant::now() < fin {
                tour += 1;
                // Who comes late looks at what is there, and tries again at once.
                let case = (tour / 2 * 7 + n * 11) % 30;
                let (etudiant, code) = (classe[case % 10], ["1.1.1", "1.1.2", "1.1.3"][case / 10]);
                let version = versions.get(&case).copied().unwrap_or(0);
                let niveau = [Some("TI"), Some("I"), Some("S"), Some("TS"), None][(tour + n) % 5];
                let mut a = avis(etudiant, code, niveau, version, n * 1_000_000 + tour);
                a["r"] = json!("Course");
                let page = sending(&visiteur, promotion, Some(situation), &[a.clone()]).await;
                assert_eq!(page.status, StatusCode::OK, "{}", page.html);
                let dit = page.dit()["cases"][0].clone();
                versions.insert(case, dit["v"].as_i64().unwrap());
                match dit["etat"].as_str().unwrap() {
                    "ok" => acquises.push(a["k"].as_str().unwrap().to_owned()),
                    "conflit" => depassees += 1,
                    _ => {}
                }
            }
            (acquises, depassees)
        })
    });
    let (mut acquises, mut depassees) = (vec![], 0);
    for tache in taches.collect::<Vec<_>>() {
        let (siennes, perdues) = tache.await.unwrap();
        acquises.extend(siennes);
        depassees += perdues;
    }
    verifier_la_course(&lycee, situation, &acquises).await;
    println!("{} changes kept, {depassees} told that they came late", acquises.len());
    assert!(acquises.len() > 100 && depassees > 10, "it was a race");
}

/// Student, code, key, level before, level after.
type Ecrite = (i64, String, String, Option<String>, Option<String>);

async fn verifier_la_course(lycee: &Lycee, situation: i64, acquises: &[String]) {
    let lignes: Vec<Ecrite> = sqlx::query_as(
        "select etudiant_id, code, cle::text, de, vers from livret.evenement
          where situation_id = $1 and genre in ('positionner', 'annuler') order by seq",
    )
    .bind(situation)
    .fetch_all(&lycee.db)
    .await
    .unwrap();
    let ecrites: std::collections::HashSet<_> = lignes.iter().map(|l| l.2.as_str()).collect();
    assert_eq!(ecrites.len(), lignes.len(), "each once");
    // An acknowledged cancellation of what was already empty writes nothing: the others are all there.
    let absentes = acquises.iter().filter(|k| !ecrites.contains(k.as_str())).count();
    let vides: usize = acquises.len() - lignes.len();
    assert_eq!(absentes, vides, "what was acknowledged is there, what is there was acknowledged");
    let mut tenu = std::collections::HashMap::new();
    for (etudiant, code, _, de, vers) in &lignes {
        let avant = tenu.insert((etudiant, code), vers.clone()).flatten();
        assert_eq!(&avant, de, "each line starts from where the one before it ended");
    }
    let mut db = lycee.db.acquire().await.unwrap();
    let constat = livret::journal::verifier(&mut db, &lycee.app.sceau, &[]).await.unwrap();
    assert_eq!(constat.fautes, Vec::<String>::new());
}

#[sqlx::test]
async fn a_session_that_ended_is_said_to_the_page_without_a_page(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let promotion = lycee.promotion("zoe").await;
    lycee.hand.advance(Duration::minutes(61));
    let page = sending(&martin, promotion, None, &[]).await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    let page =
        lycee.passant().get(&format!("/connexion?vers=/promotions/{promotion}/grille")).await;
    page.contient(&format!("name=\"vers\" value=\"/promotions/{promotion}/grille\""));
    lycee.passant().get("/connexion?vers=//ailleurs.test").await.sans("ailleurs.test");
}

#[sqlx::test]
async fn what_somebody_typed_is_not_signed_by_who_is_at_the_keyboard_now(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, mut okafor) = (lycee.visiteur("martin").await, lycee.visiteur("okafor").await);
    let (promotion, zoe) = (lycee.promotion("zoe").await, lycee.numero("zoe").await);
    okafor.numero.clone_from(&martin.numero);
    let page = sending(&okafor, promotion, None, &[avis(zoe, "1.1.1", Some("S"), 0, 1)]).await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED, "it waits for Mme Martin");
    assert_eq!(lycee.compter("livret.positionnement").await, 0);
}

/// The answer was lost; a colleague wrote meanwhile; what was typed after it must not run over her.
#[sqlx::test]
async fn a_change_sent_again_says_the_line_that_it_wrote_not_the_latest(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, okafor) = (lycee.visiteur("martin").await, lycee.visiteur("okafor").await);
    let (promotion, zoe) = (lycee.promotion("zoe").await, lycee.numero("zoe").await);
    let situation = Some(lycee.situation(&martin, promotion, "Jeu de rôle").await);
    let premier = [avis(zoe, "1.1.1", Some("S"), 0, 1)];
    let w = envoyer(&martin, promotion, situation, &premier).await[0]["w"].as_i64().unwrap();
    envoyer(&okafor, promotion, situation, &[avis(zoe, "1.1.1", Some("TI"), w, 2)]).await;
    let encore = envoyer(&martin, promotion, situation, &premier).await;
    assert_eq!(
        (&encore[0]["etat"], encore[0]["w"].as_i64(), &encore[0]["n"]),
        (&json!("ok"), Some(w), &json!("TI"))
    );
    let suite = [avis(zoe, "1.1.1", Some("TS"), w, 3)];
    assert_eq!(envoyer(&martin, promotion, situation, &suite).await[0]["etat"], "conflit");
}

#[sqlx::test]
async fn a_level_typed_without_a_network_is_of_the_day_it_was_typed(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let (promotion, zoe) = (lycee.promotion("zoe").await, lycee.numero("zoe").await);
    let chemin = format!("/promotions/{promotion}/positionnements");
    for (n, jour, attendu) in [
        (1, "2026-11-23", "23\u{a0}novembre\u{a0}2026"),
        (2, "2027-11-23", "24\u{a0}novembre\u{a0}2026"),
        (3, "2001-01-01", "24\u{a0}novembre\u{a0}2026"),
    ] {
        let code = ["", "1.1.1", "1.1.2", "1.1.3"][n];
        let corps = json!({ "compte": martin.numero, "situation": null, "jour": jour,
            "jugements": [avis(zoe, code, Some("S"), 0, n)] });
        assert_eq!(martin.json(&chemin, &corps).await.dit()["cases"][0]["etat"], "ok");
        let page = martin.get(&format!("/etudiants/{zoe}/sous-competences/{code}")).await;
        page.contient(&format!("Observation du {attendu}"));
    }
    assert_eq!(lycee.compter("livret.situation").await, 2);
}

#[sqlx::test]
async fn a_remark_is_of_who_made_it_and_leaves_with_its_level(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, okafor) = (lycee.visiteur("martin").await, lycee.visiteur("okafor").await);
    let (promotion, zoe) = (lycee.promotion("zoe").await, lycee.numero("zoe").await);
    let situation = Some(lycee.situation(&martin, promotion, "Jeu de rôle").await);
    let mut v = 0;
    for (qui, niveau, remarque, retablir, visible) in [
        (&martin, Some("S"), Some("Bonne accroche."), false, true),
        (&martin, Some("TS"), None, false, true),
        (&martin, None, None, false, false),
        (&martin, Some("TS"), None, true, true),
        (&martin, None, None, false, false),
        (&martin, Some("TS"), None, false, false),
        (&martin, Some("S"), Some("Bonne accroche."), false, true),
        (&okafor, Some("I"), None, false, false),
    ] {
        let mut a = avis(zoe, "1.1.1", niveau, v, usize::try_from(v).unwrap() + 100);
        a["r"] = json!(remarque);
        a["u"] = json!(retablir);
        let cases = envoyer(qui, promotion, situation, &[a]).await;
        v = cases[0]["w"].as_i64().unwrap();
        let livret = lycee.visiteur("zoe").await.get("/livret").await;
        assert_eq!(
            livret.html.contains("Bonne accroche."),
            visible,
            "{niveau:?} {remarque:?} {retablir}"
        );
    }
    lycee
        .visiteur("zoe")
        .await
        .get("/livret/sous-competences/1.1.1")
        .await
        .contient("Bonne accroche.");
    let mut db = lycee.db.acquire().await.unwrap();
    let constat = livret::journal::verifier(&mut db, &lycee.app.sceau, &[]).await.unwrap();
    assert_eq!(constat.fautes, Vec::<String>::new());
}

#[sqlx::test]
async fn an_open_grid_does_not_keep_a_session_awake(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let promotion = lycee.promotion("zoe").await;
    for _ in 0..5 {
        lycee.hand.advance(Duration::minutes(14));
        martin.get(&format!("/promotions/{promotion}/positionnements")).await;
    }
    assert_eq!(
        martin.get("/promotions/1").await.location,
        "/connexion",
        "nobody was there for an hour"
    );
}
