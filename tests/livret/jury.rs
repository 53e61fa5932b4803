//! What leaves for the jury.
use std::{
    io::Write,
    process::{Command, Stdio},
};

use axum::http::StatusCode;
use calamine::{Reader, Xlsx};
use sqlx::PgPool;

use crate::lycee::Lycee;

/// Runs a program on a document; poppler-utils and qpdf are brought by `.ci/run`, and their absence is said.
pub(crate) fn lire(programme: &str, arguments: &[&str], octets: &[u8]) -> Option<String> {
    let dossier = tempfile::tempdir().unwrap();
    let chemin = dossier.path().join("a.pdf");
    std::fs::File::create(&chemin).unwrap().write_all(octets).unwrap();
    let arguments = arguments.iter().map(|a| a.replace("FICHIER", chemin.to_str().unwrap()));
    match Command::new(programme).args(arguments).stderr(Stdio::null()).output() {
        Ok(dit) => Some(format!("{}{}", String::from_utf8_lossy(&dit.stdout), dit.status)),
        Err(e) => {
            assert!(std::env::var_os("CI").is_none(), "{programme} is missing: {e}");
            eprintln!("PASSÉ : {programme} n’est pas sur cette machine");
            None
        }
    }
}

async fn juge(db: PgPool) -> Lycee {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let chemin =
        format!("/etudiants/{}/sous-competences/1.2.1/positionnements", lycee.numero("zoe").await);
    let saisie = [
        ("niveau", "TS"),
        ("version", "0"),
        ("cle", "00000000-0000-4000-8000-000000000001"),
        ("remarque", "=1+1 #eval(\"x\") $(id) *gras*"),
    ];
    assert_eq!(martin.post(&chemin, &saisie).await.status, StatusCode::SEE_OTHER);
    lycee
}

#[sqlx::test]
async fn the_jury_prints_one_candidate_and_the_whole_promotion(db: PgPool) {
    let lycee = juge(db).await;
    let jury = lycee.visiteur("jury").await;
    let promotion = lycee.promotion("zoe").await;
    jury.get("/").await.contient(&format!("/jury/promotions/{promotion}/synthese.pdf"));
    let seule =
        jury.get(&format!("/jury/etudiants/{}/synthese.pdf", lycee.numero("zoe").await)).await;
    assert_eq!(seule.status, StatusCode::OK);
    if let Some(texte) = lire("pdftotext", &["-layout", "FICHIER", "-"], &seule.octets) {
        for attendu in [
            "ÉTIENNE Zoé",
            "Négocier et vendre une solution adaptée au client",
            "TS",
            "Mme MARTIN",
            "jamais positionné",
            "non certificatif",
            "page 1 / 1",
            "Règle du niveau proposé",
            "Dernière situation, par défaut",
            "DÉMONSTRATION",
        ] {
            assert!(texte.contains(attendu), "« {attendu} » is not in {texte}");
        }
    }
    if let Some(info) = lire("pdfinfo", &["FICHIER"], &seule.octets) {
        assert!(info.contains("Tagged:          yes"), "{info}");
    }
    if let Some(dit) = lire("qpdf", &["--check", "FICHIER"], &seule.octets) {
        assert!(dit.contains("No syntax or stream encoding errors"), "{dit}");
    }
    let toute = jury.get(&format!("/jury/promotions/{promotion}/synthese.pdf")).await;
    if let Some(info) = lire("pdfinfo", &["FICHIER"], &toute.octets) {
        assert!(info.contains("Pages:           33"), "a cover and 32 candidates: {info}");
    }
}

#[sqlx::test]
async fn spreadsheets_say_the_same_and_run_nothing(db: PgPool) {
    let lycee = juge(db).await;
    let jury = lycee.visiteur("jury").await;
    let promotion = lycee.promotion("zoe").await;
    let csv = jury.get(&format!("/jury/promotions/{promotion}/synthese.csv")).await;
    assert_eq!(&csv.octets[..3], [0xef, 0xbb, 0xbf], "a BOM, for French spreadsheets");
    assert_eq!(csv.html.lines().count(), 1 + 32 * 26);
    csv.contient("ÉTIENNE;Zoé;1;1.2.1;Négocier et vendre une solution adaptée au client;TS;1;cours;24/11/2026;Mme MARTIN;");
    csv.contient("\"'=1+1 #eval(\"\"x\"\") $(id) *gras*\"");
    csv.contient("Niveau arrêté ou proposé;");
    csv.contient(
        ";Dernière situation;une seule situation, le 24\u{a0}novembre\u{a0}2026 en cours;",
    );
    let xlsx = jury.get(&format!("/jury/promotions/{promotion}/synthese.xlsx")).await;
    let mut classeur: Xlsx<_> = Xlsx::new(std::io::Cursor::new(xlsx.octets)).unwrap();
    assert_eq!(classeur.sheet_names(), ["Synthèse", "Détail", "Légende"]);
    let synthese = classeur.worksheet_range("Synthèse").unwrap();
    assert_eq!((synthese.height(), synthese.width()), (33, 28));
    let detail = classeur.worksheet_range("Détail").unwrap();
    let ligne = detail.rows().find(|r| r[1] == *"Zoé" && r[3] == *"1.2.1").unwrap();
    assert!(ligne[12] == *"Dernière situation" && ligne[13].to_string().starts_with("une seule"));
    assert!(ligne[5] == *"TS" && ligne[10] == *"=1+1 #eval(\"x\") $(id) *gras*", "{ligne:?}");
}
