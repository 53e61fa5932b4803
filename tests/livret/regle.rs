//! The rule of a promotion: tried, chosen, read by everybody; and who may choose it.
use axum::http::StatusCode;
use sqlx::PgPool;

use crate::lycee::{Lycee, Page, Visiteur};

/// One level, in a situation of its own.
async fn juger(lycee: &Lycee, qui: &str, quand: (&str, &str), niveau: &str) {
    juger_sur(lycee, ("martin", qui, "1.1.1"), quand, niveau).await;
}

/// The same, by this teacher, on this line.
pub(crate) async fn juger_sur(
    lycee: &Lycee,
    (par, qui, code): (&str, &str, &str),
    (jour, contexte): (&str, &str),
    niveau: &str,
) {
    let enseignant = lycee.visiteur(par).await;
    let promotion = lycee.promotion(qui).await;
    let chemin = format!("/promotions/{promotion}/situations/nouvelle");
    let cle = enseignant.get(&chemin).await.champ("cle");
    let situation = [
        ("titre", jour),
        ("contexte", contexte),
        ("vecue_le", jour),
        ("visible_le", jour),
        ("nature", "formatif"),
        ("cle", &cle),
    ];
    let ouverte = enseignant.post(&chemin, &situation).await.location;
    let situation = ouverte.split_once("situation=").unwrap().1;
    let case = format!("/etudiants/{}/sous-competences/{code}", lycee.numero(qui).await);
    let formulaire = enseignant.get(&case).await;
    let (version, cle) = (formulaire.champ("version"), formulaire.champ("cle"));
    let champs =
        [("niveau", niveau), ("version", &version), ("cle", &cle), ("situation", situation)];
    let page = enseignant.post(&format!("{case}/positionnements"), &champs).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
}

async fn choisir(
    qui: &Visiteur,
    chemin: &str,
    regle: &str,
    n: &str,
    cle_et_version: (&str, &str),
) -> Page {
    let (cle, version) = cle_et_version;
    let champs =
        [("regle", regle), ("n", n), ("fraicheur", "6"), ("cle", cle), ("version", version)];
    qui.post(chemin, &champs).await
}

#[sqlx::test]
async fn a_rule_is_tried_then_chosen_and_no_judgement_changes(db: PgPool) {
    let lycee = Lycee::open(db).await;
    // Entered in no order: what counts is the day it was lived.
    juger(&lycee, "zoe", ("2026-11-10", "stage"), "TS").await;
    juger(&lycee, "zoe", ("2026-11-20", "atelier"), "I").await;
    juger(&lycee, "zoe", ("2026-10-05", "cours"), "TS").await;
    let zoe = lycee.visiteur("zoe").await;
    let livret = zoe.get("/livret").await;
    livret.contient("règle «\u{a0}Dernière situation\u{a0}»");
    livret.contient("dernière de 3\u{a0}situations, le 20\u{a0}novembre\u{a0}2026 en atelier de professionnalisation, 1 sur 3 à ce niveau");
    livret.contient("0 sur 11 en S ou TS");
    let martin = lycee.visiteur("martin").await;
    let chemin = format!("/promotions/{}/regle", lycee.promotion("zoe").await);
    let (avant, niveaux) =
        (lycee.compter("livret.evenement").await, lycee.compter("livret.positionnement").await);
    let essai = martin.get(&format!("{chemin}?regle=majorite&n=3&fraicheur=6")).await;
    assert_eq!(essai.status, StatusCode::OK);
    essai.contient("1\u{a0}niveau proposé changerait");
    essai.contient("1\u{a0}monterait");
    essai.contient("2\u{a0}situations sur 3 concordantes, dernière le 20\u{a0}novembre\u{a0}2026");
    essai.contient("En vigueur");
    essai.contient("Dernière situation, par défaut");
    assert_eq!(lycee.compter("livret.evenement").await, avant, "trying writes nothing");
    let cle_et_version = (essai.champ("cle"), essai.champ("version"));
    let cle_et_version = (cle_et_version.0.as_str(), cle_et_version.1.as_str());
    for _ in 0..2 {
        let page = choisir(&martin, &chemin, "majorite", "3", cle_et_version).await;
        assert_eq!((page.status, &*page.location), (StatusCode::SEE_OTHER, &*chemin));
    }
    assert_eq!(lycee.compter("livret.regle").await, 1, "sent twice, chosen once");
    assert_eq!(lycee.compter("livret.evenement").await, avant + 1);
    assert_eq!(lycee.compter("livret.positionnement").await, niveaux);
    let livret = zoe.get("/livret").await;
    livret.contient(
        "2\u{a0}situations sur 3 concordantes, dernière le 20\u{a0}novembre\u{a0}2026 en atelier",
    );
    livret.contient("1 sur 11 en S ou TS");
    livret.contient("Dernier jugement\u{a0}: Insuffisant par Mme MARTIN");
    let okafor = lycee.visiteur("okafor").await.get(&chemin).await;
    okafor.contient(
        "Majorité des 3\u{a0}dernières, choisie par Mme MARTIN le 24\u{a0}novembre\u{a0}2026",
    );
    okafor.sans("Choisir cette règle");
    okafor.sans("Essayer une règle");
}

#[sqlx::test]
async fn who_does_not_coordinate_reads_and_chooses_nothing(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let chemin = format!("/promotions/{}/regle", lycee.promotion("zoe").await);
    let okafor = lycee.visiteur("okafor").await;
    let cle = "00000000-0000-4000-8000-000000000001";
    let page = choisir(&okafor, &chemin, "meilleure", "3", (cle, "0")).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    let essai = okafor.get(&format!("{chemin}?regle=meilleure&n=3&fraicheur=6")).await;
    essai.sans("ce qui changerait");
    assert_eq!(lycee.compter("livret.regle").await, 0);
}

#[sqlx::test]
async fn what_makes_no_sense_is_said_and_stays_in_the_form(db: PgPool) {
    let lycee = Lycee::open(db).await;
    juger(&lycee, "zoe", ("2026-11-10", "stage"), "TS").await;
    let martin = lycee.visiteur("martin").await;
    let chemin = format!("/promotions/{}/regle", lycee.promotion("zoe").await);
    let nombre = "Dites sur combien de dernières situations\u{a0}: un nombre de 1 à 20.";
    for (question, attendu) in [
        ("regle=majorite&n=0&fraicheur=6", nombre),
        ("regle=majorite&n=trois&fraicheur=6", nombre),
        ("regle=meilleure&n=&fraicheur=6", nombre),
        ("regle=meilleure&n=-1&fraicheur=6", nombre),
        ("regle=meilleure&n=99999999999999999999&fraicheur=6", nombre),
        ("regle=moyenne&n=3&fraicheur=6", "Cette règle n’existe pas."),
        ("regle=derniere&n=&fraicheur=0", "un nombre de 1 à 60."),
        ("regle=derniere&n=&fraicheur=jamais", "un nombre de 1 à 60."),
    ] {
        let page = martin.get(&format!("{chemin}?{question}")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{question}");
        page.contient(attendu);
        page.sans("Choisir cette règle");
        let page = choisir(&martin, &chemin, "majorite", "zéro", (&page_cle(), "0")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.contient("value=\"zéro\"");
    }
    // What a rule does not ask for is not read; more situations than there are is all of them.
    let page = martin.get(&format!("{chemin}?regle=ponderees&n=zéro&fraicheur=6")).await;
    assert_eq!(page.status, StatusCode::OK);
    let page = martin.get(&format!("{chemin}?regle=majorite&n=20&fraicheur=6")).await;
    page.contient("Personne n’a autant de situations sur une même sous-compétence (1 au plus)");
    page.contient("Aucun niveau proposé ne changerait.");
    assert_eq!(lycee.compter("livret.regle").await, 0);
}

fn page_cle() -> String {
    "00000000-0000-4000-8000-000000000009".to_owned()
}

#[sqlx::test]
async fn a_form_read_before_a_colleague_chose_is_refused_with_both(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let chemin = format!("/promotions/{}/regle", lycee.promotion("zoe").await);
    let lue = martin.get(&format!("{chemin}?regle=meilleure&n=4&fraicheur=6")).await;
    let (cle, version) = (lue.champ("cle"), lue.champ("version"));
    let autre = martin.get(&format!("{chemin}?regle=ponderees&n=4&fraicheur=6")).await;
    let page = choisir(&martin, &chemin, "ponderees", "4", (&autre.champ("cle"), &version)).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    let page = choisir(&martin, &chemin, "meilleure", "4", (&cle, &version)).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    page.contient("La règle vient de changer\u{a0}: Dernières pondérées, choisie par Mme MARTIN");
    page.contient("Vous vouliez\u{a0}: Meilleure des 4\u{a0}dernières");
    assert_eq!(lycee.compter("livret.regle").await, 1);
    let encore = (page.champ("cle"), page.champ("version"));
    let page = choisir(&martin, &chemin, "meilleure", "4", (&encore.0, &encore.1)).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "read again, chosen");
    assert_eq!(lycee.compter("livret.regle").await, 2, "the former choice stays");
}

/// The history of a student is hers: it follows her into another promotion, whose rule then reads it.
#[sqlx::test]
async fn a_student_who_changes_promotion_keeps_her_levels_under_the_new_rule(db: PgPool) {
    let lycee = Lycee::open(db).await;
    juger(&lycee, "zoe", ("2026-11-10", "stage"), "TS").await;
    juger(&lycee, "zoe", ("2026-11-20", "atelier"), "I").await;
    let (zoe, nouvelle) = (lycee.numero("zoe").await, lycee.promotion("etudiant2-1").await);
    let ecole = "select set_config('livret.etablissement', '1', false)";
    let mut directe = lycee.db.acquire().await.unwrap();
    sqlx::query(ecole).execute(&mut *directe).await.unwrap();
    sqlx::query("update livret.inscription set au = '2026-11-22' where etudiant_id = $1")
        .bind(zoe)
        .execute(&mut *directe)
        .await
        .unwrap();
    sqlx::query("insert into livret.inscription values (1, $1, $2, '2026-11-23')")
        .bind(nouvelle)
        .bind(zoe)
        .execute(&mut *directe)
        .await
        .unwrap();
    drop(directe);
    let martin = lycee.visiteur("martin").await;
    let chemin = format!("/promotions/{nouvelle}/regle");
    let essai = martin.get(&format!("{chemin}?regle=meilleure&n=5&fraicheur=6")).await;
    essai.contient("1\u{a0}niveau proposé changerait");
    let (cle, version) = (essai.champ("cle"), essai.champ("version"));
    choisir(&martin, &chemin, "meilleure", "5", (&cle, &version)).await;
    let livret = lycee.visiteur("zoe").await.get("/livret").await;
    livret.contient("NDRC 2026-2028");
    livret
        .contient("meilleur niveau des 2\u{a0}dernières situations, dernière le 20\u{a0}novembre");
    // The other promotion keeps its own rule, and she is no more in it.
    let ancienne = lycee.promotion("amina").await;
    let essai = format!("/promotions/{ancienne}/regle?regle=meilleure&n=5&fraicheur=6");
    martin.get(&essai).await.contient("Aucun niveau proposé ne changerait.");
}

/// What was proposed then was proposed by the rule of the promotion where she was.
#[sqlx::test]
async fn the_past_of_who_changed_promotion_follows_the_rule_of_then(db: PgPool) {
    let lycee = Lycee::open(db).await;
    juger(&lycee, "zoe", ("2026-11-10", "stage"), "TS").await;
    juger(&lycee, "zoe", ("2026-11-20", "atelier"), "I").await;
    let martin = lycee.visiteur("martin").await;
    let chemin = format!("/promotions/{}/regle", lycee.promotion("amina").await);
    let essai = martin.get(&format!("{chemin}?regle=meilleure&n=5&fraicheur=6")).await;
    let (cle, version) = (essai.champ("cle"), essai.champ("version"));
    choisir(&martin, &chemin, "meilleure", "5", (&cle, &version)).await;
    lycee.hand.advance(time::Duration::days(5));
    let (zoe, nouvelle) = (lycee.numero("zoe").await, lycee.promotion("etudiant2-1").await);
    for sql in [
        format!("update livret.inscription set au = '2026-11-26' where etudiant_id = {zoe}"),
        format!("insert into livret.inscription values (1, {nouvelle}, {zoe}, '2026-11-27')"),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&lycee.db).await.unwrap();
    }
    let zoe = lycee.visiteur("zoe").await;
    let alors = zoe.get("/livret/passe?le=2026-11-25").await;
    alors.contient("règle d’alors, «\u{a0}Meilleure des");
    let ici = zoe.get("/livret/passe?le=2026-11-28").await;
    ici.contient("règle d’alors, «\u{a0}Dernière situation");
}

#[sqlx::test]
async fn a_level_without_a_situation_for_long_is_to_be_refreshed(db: PgPool) {
    let lycee = Lycee::open(db).await;
    juger(&lycee, "zoe", ("2026-05-20", "stage"), "S").await;
    juger(&lycee, "amina", ("2026-05-24", "stage"), "S").await;
    lycee.visiteur("zoe").await.get("/livret").await.contient("à rafraîchir");
    let amina = lycee.visiteur("amina").await.get("/livret").await;
    amina.sans("à rafraîchir"); // six months to the day
    amina.contient("une seule situation, le 24\u{a0}mai\u{a0}2026 en stage");
}

#[sqlx::test]
async fn an_administrator_names_who_coordinates_and_relieves_her(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (admin, okafor) = (lycee.visiteur("admin").await, lycee.visiteur("okafor").await);
    let promotion = lycee.promotion("zoe").await;
    let (page, adresse) = (
        format!("/administration/promotions/{promotion}"),
        format!("/administration/promotions/{promotion}/coordination"),
    );
    let numero = lycee.numero("okafor").await.to_string();
    let regle = format!("/promotions/{promotion}/regle");
    okafor.get(&regle).await.sans("Essayer une règle");
    let avant = lycee.compter("livret.evenement").await;
    let cle = "00000000-0000-4000-8000-000000000001";
    let nommer = [("enseignant", numero.as_str()), ("coordonne", "oui"), ("cle", cle)];
    for _ in 0..2 {
        assert_eq!(admin.post(&adresse, &nommer).await.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(lycee.compter("livret.evenement").await, avant + 1, "one act");
    okafor.get(&regle).await.contient("Essayer une règle");
    let cle = "00000000-0000-4000-8000-000000000002";
    let retirer = [("enseignant", numero.as_str()), ("coordonne", "non"), ("cle", cle)];
    assert_eq!(admin.post(&adresse, &retirer).await.status, StatusCode::SEE_OTHER);
    okafor.get(&regle).await.sans("Essayer une règle");
    let martin = lycee.numero("martin").await.to_string();
    let cle = "00000000-0000-4000-8000-000000000003";
    let retirer = [("enseignant", martin.as_str()), ("coordonne", "non"), ("cle", cle)];
    assert_eq!(admin.post(&adresse, &retirer).await.status, StatusCode::SEE_OTHER);
    admin.get(&page).await.contient("Personne ne la coordonne");
    // Somebody who does not teach it, or is in another school.
    for (n, inconnu) in [lycee.numero("durand").await, lycee.numero("lefevre").await, 999_999]
        .into_iter()
        .enumerate()
    {
        let (inconnu, cle) =
            (inconnu.to_string(), format!("00000000-0000-4000-8000-00000000001{n}"));
        let champs = [("enseignant", inconnu.as_str()), ("coordonne", "oui"), ("cle", &cle)];
        let page = admin.post(&adresse, &champs).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.contient("n’enseigne pas dans cette promotion");
    }
}
