//! The bilan of a period, printed.
use std::process::{Command, Stdio};

use axum::http::StatusCode;
use sqlx::PgPool;
use time::Duration;

use crate::lycee::{Lycee, Visiteur};

/// The words of a PDF; nothing where no tool of the machine reads them, except in CI.
fn texte(pdf: &[u8]) -> Option<String> {
    let dossier = tempfile::tempdir().unwrap();
    let fichier = dossier.path().join("bilan.pdf");
    std::fs::write(&fichier, pdf).unwrap();
    let fait = Command::new("pdftotext")
        .arg("-layout")
        .arg(&fichier)
        .arg("-")
        .stderr(Stdio::null())
        .output();
    let Ok(fait) = fait else {
        assert!(std::env::var("CI").is_err(), "pdftotext is missing");
        eprintln!("PASSÉ : pdftotext n’est pas sur cette machine");
        return None;
    };
    Some(String::from_utf8_lossy(&fait.stdout).into_owned())
}

async fn juger(lycee: &Lycee, martin: &Visiteur, qui: &str, niveau: &str) {
    let chemin = format!("/etudiants/{}/sous-competences/1.2.1", lycee.numero(qui).await);
    let page = martin.get(&chemin).await;
    let (cle, version) = (page.champ("cle"), page.champ("version"));
    let dit = [("niveau", niveau), ("version", &version), ("cle", &cle)];
    let page = martin.post(&format!("{chemin}/positionnements"), &dit).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
}

#[sqlx::test]
async fn a_council_reads_a_page_for_the_class_and_one_for_each(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    lycee.demande("zoe").await;
    juger(&lycee, &martin, "zoe", "S").await;
    let promotion = lycee.promotion("zoe").await;
    martin.get(&format!("/promotions/{promotion}")).await.contient("Bilan pour le conseil");
    martin.get(&format!("/promotions/{promotion}/bilan")).await.contient("Télécharger le bilan");
    let page = martin.get(&format!("/promotions/{promotion}/bilan.pdf")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.html);
    assert_eq!(&page.octets[..5], b"%PDF-");
    let Some(dits) = texte(&page.octets) else { return };
    assert_eq!(dits.matches('\u{c}').count(), 33, "one page each: the class, then 32 students");
    for dit in [
        "Bilan – NDRC 2025-2027",
        "ÉTIENNE Zoé",
        "nouveau",
        "jamais jugée",
        "Appréciation",
        "Document interne de formation",
        "page 33 / 33",
    ] {
        assert!(dits.contains(dit), "« {dit} » is not in:\n{dits}");
    }
    let zoe = lycee.numero("zoe").await;
    let page = martin.get(&format!("/etudiants/{zoe}/bilan.pdf?du=2026-11-01&au=2026-11-30")).await;
    let dits = texte(&page.octets).unwrap();
    assert_eq!(dits.matches('\u{c}').count(), 1);
    assert!(dits.contains("1 preuve enregistrée, 0"), "{dits}");
    assert!(!dits.contains("DIALLO"), "hers alone");
    let page = martin.get(&format!("/etudiants/{zoe}/bilan.pdf?du=2026-01-01&au=2026-02-01")).await;
    let dits = texte(&page.octets).unwrap();
    assert!(
        !dits.contains("nouveau"),
        "a period without any situation is a page that says so: {dits}"
    );
    assert!(dits.contains("jamais jugée"));
    assert!(dits.contains("Aucune situation jugée dans la période"), "{dits}");
    let classe = format!("/promotions/{promotion}/bilan.pdf?du=2026-01-01&au=2026-02-01");
    let dits = texte(&martin.get(&classe).await.octets).unwrap();
    let premiere = dits.split('\u{c}').next().unwrap();
    assert!(premiere.contains("Aucune situation jugée dans la période"), "{premiere}");
    assert!(premiere.contains("Document interne de formation"), "{premiere}");
}

#[sqlx::test]
async fn a_period_that_makes_no_sense_is_told_and_a_stranger_prints_nothing(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let (promotion, zoe) = (lycee.promotion("zoe").await, lycee.numero("zoe").await);
    for (bornes, message) in [
        ("du=2026-02-31&au=2026-11-30", "Cette date n’existe pas"),
        ("du=2026-11-30&au=2026-11-01", "La période finit avant de commencer"),
        ("du=hier", "Cette date n’existe pas"),
    ] {
        let page = martin.get(&format!("/promotions/{promotion}/bilan.pdf?{bornes}")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{bornes}");
        page.contient(message);
        let page = martin.get(&format!("/etudiants/{zoe}/bilan.pdf?{bornes}")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{bornes}");
        page.contient(message);
        page.contient("Bilan de Zoé ÉTIENNE");
        page.contient(bornes.split(['=', '&']).nth(1).unwrap());
    }
    // A field for dates would show nothing of that one.
    let page = martin.get(&format!("/etudiants/{zoe}/bilan.pdf?du=2026-02-31")).await;
    page.contient("type=\"text\" value=\"2026-02-31\" aria-invalid=\"true\"");
    page.contient(&format!("action=\"/etudiants/{zoe}/bilan.pdf\""));
    martin
        .get(&format!("/etudiants/{zoe}/livret"))
        .await
        .contient(&format!("/etudiants/{zoe}/bilan\""));
    let page = martin.get(&format!("/etudiants/{zoe}/bilan")).await;
    page.contient("value=\"2026-08-31\"");
    page.contient(&format!("href=\"/etudiants/{zoe}/livret\""));
    for dit in ["Depuis la rentrée", "Le semestre précédent", "Le mois dernier"] {
        page.contient(dit);
    }
    let durand = lycee.visiteur("durand").await;
    for chemin in [
        format!("/promotions/{promotion}/bilan.pdf"),
        format!("/etudiants/{zoe}/bilan"),
        format!("/etudiants/{zoe}/bilan.pdf"),
    ] {
        assert_eq!(durand.get(&chemin).await.status, StatusCode::NOT_FOUND, "{chemin}");
    }
}

/// Decides a level of 1.2.1, or takes the decision back, as the page of that cell sends it.
async fn decider(martin: &Visiteur, qui: i64, niveau: &str) {
    let chemin = format!("/etudiants/{qui}/sous-competences/1.2.1/validation");
    let page = martin.get(&chemin).await;
    let champ = |quoi: &str| format!("{quoi}-{qui}-1.2.1");
    let (cle, lue) = (page.champ("cle"), page.champ(&champ("version")));
    let (n, m, v) = (champ("niveau"), champ("motif"), champ("version"));
    let dit = [(n.as_str(), niveau), (&m, "Vu en équipe"), (&v, &lue), ("cle", &cle)];
    let page = martin.post(&chemin, &dit).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
}

async fn mots(martin: &Visiteur, chemin: &str) -> Option<String> {
    let page = martin.get(chemin).await;
    assert_eq!(page.status, StatusCode::OK, "{chemin}: {}", page.html);
    texte(&page.octets)
}

#[sqlx::test]
async fn what_is_settled_reads_as_it_was_on_the_last_evening_and_so_does_the_rule(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (zoe, promotion) = (lycee.numero("zoe").await, lycee.promotion("zoe").await);
    lycee.demande("zoe").await;
    let martin = lycee.visiteur("martin").await;
    juger(&lycee, &martin, "zoe", "S").await;
    for (jours, niveau) in [(0, "S"), (2, "TS"), (2, "retirer")] {
        lycee.hand.advance(Duration::days(jours));
        decider(&lycee.visiteur("martin").await, zoe, niveau).await; // 24, 26, 28 November
    }
    let martin = lycee.visiteur("martin").await;
    let chemin = format!("/promotions/{promotion}/regle");
    let page = martin.get(&format!("{chemin}?regle=meilleure&n=3&fraicheur=6")).await;
    let (cle, version) = (page.champ("cle"), page.champ("version"));
    let choix = [("regle", "meilleure"), ("n", "3"), ("fraicheur", "6"), ("version", &version)];
    let page = martin.post(&chemin, &[&choix[..], &[("cle", &cle)]].concat()).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    // The school is an hour ahead of UTC: what is settled at 23:30 UTC belongs to the next day.
    lycee.hand.advance(Duration::hours(15) + Duration::minutes(30));
    decider(&lycee.visiteur("martin").await, zoe, "I").await; // 0:30 on 29 November
    let martin = lycee.visiteur("martin").await;
    let intitule = "Négocier et vendre une solution adaptée au client";
    for (au, arrete, regle) in [
        ("2026-11-23", "–", "Dernière situation, par défaut"),
        ("2026-11-24", "S", "Dernière situation, par défaut"),
        ("2026-11-25", "S", "Dernière situation, par défaut"),
        ("2026-11-26", "TS", "Dernière situation, par défaut"),
        ("2026-11-28", "–", "choisie par Mme MARTIN"),
        ("2026-11-29", "I", "choisie par Mme MARTIN"),
    ] {
        for chemin in [format!("/etudiants/{zoe}"), format!("/promotions/{promotion}")] {
            let chemin = format!("{chemin}/bilan.pdf?du=2026-11-01&au={au}");
            let Some(dits) = mots(&martin, &chemin).await else { return };
            let sienne = dits.split('\u{c}').find(|f| f.contains("ÉTIENNE Zoé")).unwrap();
            let ligne = sienne.lines().find(|l| l.contains(intitule)).unwrap();
            let vus: Vec<&str> = ligne.split_once(intitule).unwrap().1.split_whitespace().collect();
            assert_eq!(vus[2], arrete, "{chemin}: {ligne}");
            let dits = dits.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(dits.contains(regle), "{chemin}: {dits}");
        }
    }
}

#[sqlx::test]
async fn the_class_is_that_of_the_last_day_and_says_who_came_or_left(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, promotion) = (lycee.visiteur("martin").await, lycee.promotion("zoe").await);
    for (sql, qui) in [
        ("update livret.inscription set au = '2026-11-10' where etudiant_id = $1", "zoe"),
        ("update livret.inscription set du = '2026-11-15' where etudiant_id = $1", "etudiant1-5"),
    ] {
        let requete = sqlx::query(sql).bind(lycee.numero(qui).await);
        requete.execute(&lycee.db).await.unwrap();
    }
    for (bornes, feuilles, zoe, dits) in [
        ("du=2026-11-01&au=2026-11-09", 32, true, &[][..]),
        ("du=2026-11-01&au=2026-11-10", 32, true, &[]),
        ("du=2026-11-01&au=2026-11-12", 31, false, &["ÉTIENNE Zoé, jusqu’au 10 novembre 2026"]),
        ("du=2026-11-11&au=2026-11-20", 32, false, &["depuis le 15 novembre 2026"]),
        ("du=2026-11-15&au=2026-11-20", 32, false, &[]),
    ] {
        let chemin = format!("/promotions/{promotion}/bilan.pdf?{bornes}");
        let Some(lus) = mots(&martin, &chemin).await else { return };
        assert_eq!(lus.matches('\u{c}').count(), feuilles, "{bornes}");
        let premiere = lus.split('\u{c}').next().unwrap();
        let premiere = premiere.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(lus.split('\u{c}').skip(1).any(|f| f.contains("ÉTIENNE Zoé")), zoe, "{bornes}");
        assert_eq!(premiere.contains("Arrivées et départs"), !dits.is_empty(), "{premiere}");
        assert!(dits.iter().all(|dit| premiere.contains(dit)), "{bornes}: {premiere}");
    }
}

#[sqlx::test]
async fn a_promotion_without_anybody_prints_nothing_and_says_why(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, promotion) = (lycee.visiteur("martin").await, lycee.promotion("zoe").await);
    let chemin = format!("/promotions/{promotion}/bilan.pdf");
    let page = martin.get(&format!("{chemin}?du=2020-01-01&au=2020-02-01")).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("Personne n’était inscrit dans cette promotion le 1er\u{a0}février\u{a0}2020");
    page.contient("value=\"2020-02-01\"");
    sqlx::query("delete from livret.inscription where promotion_id = $1")
        .bind(promotion)
        .execute(&lycee.db)
        .await
        .unwrap();
    let page = martin.get(&chemin).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("Cette promotion n’a pas d’étudiant");
}

#[sqlx::test]
async fn a_preuve_counts_on_the_day_it_was_deposited_where_the_school_is(db: PgPool) {
    let lycee = Lycee::open(db).await;
    lycee.hand.advance(Duration::hours(15) + Duration::minutes(30)); // 0:30 on 25 November
    lycee.demande("zoe").await; // lived on 20 November
    let (martin, zoe) = (lycee.visiteur("martin").await, lycee.numero("zoe").await);
    for (jour, dit) in [
        ("2026-11-20", "0 preuve enregistrée"),
        ("2026-11-24", "0 preuve enregistrée"),
        ("2026-11-25", "1 preuve enregistrée"),
    ] {
        let chemin = format!("/etudiants/{zoe}/bilan.pdf?du={jour}&au={jour}");
        let Some(dits) = mots(&martin, &chemin).await else { return };
        let dits = dits.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(dits.contains(dit), "{jour}: {dits}");
    }
}
