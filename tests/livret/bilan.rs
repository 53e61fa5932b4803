//! The bilan of a period, printed.
use std::process::{Command, Stdio};

use axum::http::StatusCode;
use sqlx::PgPool;

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
    }
    let durand = lycee.visiteur("durand").await;
    for chemin in
        [format!("/promotions/{promotion}/bilan.pdf"), format!("/etudiants/{zoe}/bilan.pdf")]
    {
        assert_eq!(durand.get(&chemin).await.status, StatusCode::NOT_FOUND, "{chemin}");
    }
}
