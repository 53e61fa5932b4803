//! What leaves for the jury.
use std::{
    io::Write,
    process::{Command, Stdio},
};

use axum::http::StatusCode;
use calamine::{Data, Ods, Reader, Xlsx};
use sqlx::PgPool;

use crate::lycee::{Lycee, Page, Visiteur};

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

const REMARQUE: &str = "=1+1 #eval(\"x\") $(id) *gras*";

/// A level for this student, by a teacher of hers.
async fn juger(qui: &Visiteur, etudiant: i64, (code, niveau): (&str, &str), n: u32) -> Page {
    let chemin = format!("/etudiants/{etudiant}/sous-competences/{code}/positionnements");
    let cle = format!("00000000-0000-4000-8000-{n:012}");
    let saisie =
        [("niveau", niveau), ("version", "0"), ("cle", cle.as_str()), ("remarque", REMARQUE)];
    qui.post(&chemin, &saisie).await
}

async fn juge(db: PgPool) -> Lycee {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let page = juger(&martin, lycee.numero("zoe").await, ("1.2.1", "TS"), 1).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    lycee
}

/// Gives its number to a candidate.
async fn numeroter(lycee: &Lycee, qui: &str, numero: &str) {
    sqlx::query(
        "insert into livret.candidature (etablissement_id, promotion_id, etudiant_id, voie, numero, version)
         select etablissement_id, promotion_id, etudiant_id, 'scolaire', $2, (select max(seq) from livret.evenement)
           from livret.inscription where etudiant_id = $1",
    )
    .bind(lycee.numero(qui).await)
    .bind(numero)
    .execute(&lycee.db)
    .await
    .unwrap();
}

#[sqlx::test]
async fn the_jury_prints_one_candidate_and_the_whole_promotion(db: PgPool) {
    let lycee = juge(db).await;
    numeroter(&lycee, "zoe", "02347").await;
    let martin = lycee.visiteur("martin").await;
    crate::tuteur::periode(&lycee, &martin, "zoe").await;
    lycee.demande("zoe").await;
    let jury = lycee.visiteur("jury").await;
    let promotion = lycee.promotion("zoe").await;
    jury.get("/").await.contient(&format!("/jury/promotions/{promotion}/synthese.pdf"));
    let seule =
        jury.get(&format!("/jury/etudiants/{}/synthese.pdf", lycee.numero("zoe").await)).await;
    assert_eq!(seule.status, StatusCode::OK);
    if let Some(texte) = lire("pdftotext", &["-layout", "FICHIER", "-"], &seule.octets) {
        for attendu in [
            "ÉTIENNE Zoé",
            "de candidat 02347",
            "Voie scolaire",
            "Négocier et vendre une solution adaptée au client",
            "TS",
            "Mme MARTIN",
            "jamais positionné",
            "non certificatif",
            "Règle du niveau proposé",
            "Dernière situation, par défaut",
            "Aucune fiche retenue",
            "DÉMONSTRATION",
        ] {
            assert!(texte.contains(attendu), "« {attendu} » is not in {texte}");
        }
    }
    if let Some(info) = lire("pdfinfo", &["FICHIER"], &seule.octets) {
        assert!(info.contains("Tagged:          yes"), "{info}");
        assert!(
            info.contains("Pages:           1") || info.contains("Pages:           2"),
            "{info}"
        );
    }
    if let Some(dit) = lire("qpdf", &["--check", "FICHIER"], &seule.octets) {
        assert!(dit.contains("No syntax or stream encoding errors"), "{dit}");
    }
    let toute = jury.get(&format!("/jury/promotions/{promotion}/synthese.pdf")).await;
    if let Some(info) = lire("pdfinfo", &["FICHIER"], &toute.octets) {
        let pages = info.lines().find_map(|l| l.strip_prefix("Pages:")).unwrap().trim();
        let pages: usize = pages.parse().unwrap();
        assert!(
            (34..=66).contains(&pages),
            "a cover, 32 candidates of 2 pages at most, the seal: {pages}"
        );
    }
}

/// What each row says, as text.
fn rangs(range: &calamine::Range<Data>) -> Vec<Vec<String>> {
    range.rows().map(|r| r.iter().map(ToString::to_string).collect()).collect()
}

#[sqlx::test]
async fn spreadsheets_say_the_same_and_run_nothing(db: PgPool) {
    let lycee = juge(db).await;
    numeroter(&lycee, "zoe", "02347").await;
    let jury = lycee.visiteur("jury").await;
    let ici = format!("/jury/promotions/{}", lycee.promotion("zoe").await);
    let csv = jury.get(&format!("{ici}/detail.csv")).await;
    assert_eq!(&csv.octets[..3], [0xef, 0xbb, 0xbf], "a BOM, for French spreadsheets");
    let mut lecteur = csv::ReaderBuilder::new().delimiter(b';').from_reader(&csv.octets[3..]);
    let tetes: Vec<String> = lecteur.headers().unwrap().iter().map(str::to_owned).collect();
    let lignes: Vec<csv::StringRecord> = lecteur.records().map(Result::unwrap).collect();
    assert_eq!(lignes.len(), 32 * 26);
    let de = |l: &csv::StringRecord, nom: &str| {
        l[tetes.iter().position(|t| t == nom).unwrap()].to_owned()
    };
    let zoe = lignes.iter().find(|l| &l[1] == "Zoé" && de(l, "Code") == "1.2.1").unwrap();
    for (nom, dit) in [
        ("Nom", "ÉTIENNE"),
        ("N° de candidat", "02347"),
        ("Niveau", "TS"),
        ("Niveau proposé", "TS"),
        ("Niveau arrêté", ""),
        ("Dernière situation", "24/11/2026"),
        ("Situations", "1"),
        ("Contextes", "cours"),
        ("Évaluateurs", "Mme MARTIN"),
        ("Règle", "Dernière situation"),
    ] {
        assert_eq!(de(zoe, nom), dit, "{nom}");
    }
    assert_eq!(de(zoe, "Remarque"), format!("'{REMARQUE}"));
    assert!(de(zoe, "Pourquoi ce niveau est proposé").starts_with("une seule situation"));

    let xlsx = jury.get(&format!("{ici}/synthese.xlsx")).await;
    let mut xlsx: Xlsx<_> = Xlsx::new(std::io::Cursor::new(xlsx.octets)).unwrap();
    assert_eq!(xlsx.sheet_names(), ["Synthèse", "Détail", "À propos"]);
    let ods = jury.get(&format!("{ici}/synthese.ods")).await;
    let mut ods: Ods<_> = Ods::new(std::io::Cursor::new(ods.octets)).unwrap();
    assert_eq!(ods.sheet_names(), ["Synthèse", "Détail", "À propos"]);
    let synthese = xlsx.worksheet_range("Synthèse").unwrap();
    assert_eq!((synthese.height(), synthese.width()), (33, 3 + 26 + 3 + 9));
    let detail = xlsx.worksheet_range("Détail").unwrap();
    let ligne = detail.rows().find(|r| r[1] == *"Zoé" && r[5] == *"1.2.1").unwrap();
    assert!(ligne.iter().any(|c| *c == *REMARQUE), "{ligne:?}");
    for nom in ["Synthèse", "Détail", "À propos"] {
        assert_eq!(xlsx.worksheet_formula(nom).unwrap().cells().count(), 0);
        assert_eq!(ods.worksheet_formula(nom).unwrap().used_cells().count(), 0);
    }
    // The same, but the days, which an ODS has as numbers with a format.
    let (a, b) = (rangs(&synthese), rangs(&ods.worksheet_range("Synthèse").unwrap()));
    assert_eq!(a, b);
}

/// One reads at one moment: what colleagues write meanwhile is in nothing, or in all.
#[sqlx::test]
async fn a_promotion_read_while_somebody_judges_is_that_of_one_moment(db: PgPool) {
    let lycee = juge(db).await;
    let martin = lycee.visiteur("martin").await;
    let zoe = lycee.numero("zoe").await;
    let cookie = livret::compte::ouvrir_session(&lycee.app, "jury").await.unwrap().unwrap();
    let compte = livret::compte::Compte::of_session(&lycee.app, &cookie).await.unwrap().unwrap();
    let lecteurs = livret::jury::Lecteurs::of(std::sync::Arc::new(compte));
    let promotion = lycee.promotion("zoe").await;
    let mut ouverte = lecteurs.promotion(&lycee.app, promotion).await.unwrap();
    let etudiants = ouverte.candidats().await.unwrap();
    let avant = ouverte.dossier(&etudiants).await.unwrap();
    for (n, code) in (10..).zip(["1.1.1", "1.2.2", "2.1.1"]) {
        let page = juger(&martin, zoe, (code, "S"), n).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    }
    // The second half of the same reading, after what was written.
    let apres = ouverte.dossier(&etudiants).await.unwrap();
    assert_eq!(serde_json::to_value(&avant).unwrap(), serde_json::to_value(&apres).unwrap());
    drop(ouverte);
    let mut ouverte = lecteurs.promotion(&lycee.app, promotion).await.unwrap();
    let neuf = ouverte.dossier(&etudiants).await.unwrap();
    assert_eq!(neuf.temoin.seq, avant.temoin.seq + 3);
    let juges = |d: &livret::jury::dossier::Dossier| {
        d.candidats
            .iter()
            .flat_map(livret::jury::dossier::Candidat::lignes)
            .filter(|l| l.2.niveau.is_some())
            .count()
    };
    assert_eq!((juges(&avant), juges(&neuf)), (1, 4));
}
