//! Judging.
use axum::http::StatusCode;
use sqlx::PgPool;

use crate::lycee::{Lycee, Page, Visiteur};

async fn juger(qui: &Visiteur, chemin: &str, niveau: &str, version: &str, cle: &str) -> Page {
    qui.post(
        &format!("{chemin}/positionnements"),
        &[("niveau", niveau), ("version", version), ("cle", cle)],
    )
    .await
}

fn cle(n: u32) -> String {
    format!("00000000-0000-4000-8000-{n:012}")
}

#[sqlx::test]
async fn a_teacher_judges_and_the_student_reads_by_whom(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let chemin = format!("/etudiants/{}/sous-competences/1.1.2", lycee.numero("zoe").await);
    let page = juger(&martin, &chemin, "S", "0", &cle(1)).await;
    assert_eq!((page.status, page.location.as_str()), (StatusCode::SEE_OTHER, chemin.as_str()));
    let zoe = lycee.visiteur("zoe").await;
    let livret = zoe.get("/livret").await;
    livret.contient("Satisfaisant par Mme MARTIN");
    livret.contient("1 sur 11 en S ou TS");
    zoe.get("/livret/sous-competences/1.1.2")
        .await
        .contient("Observation du 24\u{a0}novembre\u{a0}2026");
    let amina = lycee.visiteur("amina").await.get("/livret").await;
    amina.sans("MARTIN");
    amina.contient("0 sur 11 en S ou TS");
}

#[sqlx::test]
async fn the_same_form_sent_twice_counts_once_and_its_key_serves_nothing_else(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let chemin = format!("/etudiants/{}/sous-competences/1.1.2", lycee.numero("zoe").await);
    juger(&martin, &chemin, "S", "0", &cle(1)).await;
    let lignes = lycee.compter("livret.evenement").await;
    assert_eq!(juger(&martin, &chemin, "S", "0", &cle(1)).await.status, StatusCode::SEE_OTHER);
    assert_eq!(lycee.compter("livret.evenement").await, lignes);
    assert_eq!(
        juger(&martin, &chemin, "TS", "0", &cle(1)).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(lycee.compter("livret.evenement").await, lignes);
}

#[sqlx::test]
async fn a_stale_version_is_answered_with_both_values_and_nothing_is_overwritten(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, okafor) = (lycee.visiteur("martin").await, lycee.visiteur("okafor").await);
    let chemin = format!("/etudiants/{}/sous-competences/1.1.2", lycee.numero("zoe").await);
    juger(&martin, &chemin, "S", "0", &cle(1)).await;
    let page = juger(&okafor, &chemin, "TI", "0", &cle(2)).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    page.contient("Mme MARTIN a mis S entre-temps\u{a0}; vous vouliez TI");
    let version = page.champ("version");
    assert_eq!(lycee.compter("livret.positionnement").await, 1);
    assert_eq!(
        juger(&okafor, &chemin, "TI", &version, &cle(3)).await.status,
        StatusCode::SEE_OTHER
    );
    let histoire = martin.get(&chemin).await;
    histoire.contient("par Mme OKAFOR");
    histoire.contient("par Mme MARTIN");
}

#[sqlx::test]
async fn a_level_that_does_not_exist_is_refused_and_the_form_kept(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let chemin = format!("/etudiants/{}/sous-competences/1.1.2", lycee.numero("zoe").await);
    let saisie = [("niveau", "A+"), ("remarque", "Très clair"), ("version", "0"), ("cle", &cle(1))];
    let page = martin.post(&format!("{chemin}/positionnements"), &saisie).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("Ce niveau n’existe pas dans l’échelle");
    page.contient("Très clair");
    let inconnue = martin.get(&chemin.replace("1.1.2", "9.9.9")).await;
    assert_eq!(inconnue.status, StatusCode::NOT_FOUND);
    inconnue.contient("introuvable, ou n’est pas dans vos promotions");
}

#[sqlx::test]
async fn a_colleagues_level_is_not_erased_without_a_reason(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, okafor) = (lycee.visiteur("martin").await, lycee.visiteur("okafor").await);
    let chemin = format!("/etudiants/{}/sous-competences/1.1.2", lycee.numero("zoe").await);
    juger(&martin, &chemin, "S", "0", &cle(1)).await;
    let version = okafor.get(&chemin).await.champ("version");
    let page = juger(&okafor, &chemin, "effacer", &version, &cle(2)).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("dites pourquoi");
    let saisie = [
        ("niveau", "effacer"),
        ("version", &version),
        ("cle", &cle(3)),
        ("remarque", "Erreur de ligne"),
    ];
    assert_eq!(
        okafor.post(&format!("{chemin}/positionnements"), &saisie).await.status,
        StatusCode::SEE_OTHER
    );
}

#[sqlx::test]
async fn a_whole_class_is_judged_by_a_plain_form_and_only_changes_are_written(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let promotion = lycee.promotion("zoe").await;
    let (zoe, amina) = (lycee.numero("zoe").await, lycee.numero("amina").await);
    let chemin = format!("/promotions/{promotion}/sous-competences/1.1.3/saisie");
    let cle = martin.get(&chemin).await.champ("cle");
    let champs = [
        ("cle".to_owned(), cle),
        (format!("niveau-{zoe}-1.1.3"), "TS".into()),
        (format!("avant-{zoe}-1.1.3"), String::new()),
        (format!("version-{zoe}-1.1.3"), "0".into()),
        (format!("niveau-{amina}-1.1.3"), String::new()),
        (format!("avant-{amina}-1.1.3"), String::new()),
        (format!("version-{amina}-1.1.3"), "0".into()),
    ];
    let champs: Vec<(&str, &str)> = champs.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    assert_eq!(martin.post(&chemin, &champs).await.status, StatusCode::SEE_OTHER);
    assert_eq!(lycee.compter("livret.positionnement").await, 1);
    martin
        .get(&format!("/promotions/{promotion}/grille?bloc=1"))
        .await
        .contient("data-n=\"TS\">TS");
}
