//! Evidence.
use axum::http::StatusCode;
use sqlx::PgPool;

use crate::lycee::{Lycee, Visiteur};

const PDF: &str = "%PDF-1.7\n1 0 obj\n<<>>\nendobj\n";

async fn champs(qui: &Visiteur, chemin: &str) -> Vec<(&'static str, String)> {
    let cle = qui.get(chemin).await.champ("cle");
    vec![
        ("titre", "Vente flash".into()),
        ("vecue_le", "2026-11-20".into()),
        ("contexte", "stage".into()),
        ("organisation", "Boutique du Port (fictive)".into()),
        ("texte", "J’ai vendu trois paniers.".into()),
        ("liens", "https://exemple.test/page".into()),
        ("codes", "1.1.2".into()),
        ("codes", "1.2.1".into()),
        ("cle", cle),
    ]
}

fn prets<'a>(champs: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    champs.iter().map(|(a, b)| (*a, b.as_str())).collect()
}

#[sqlx::test]
async fn a_student_records_a_preuve_and_her_teacher_cites_it(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let zoe = lycee.visiteur("zoe").await;
    let saisie = champs(&zoe, "/preuves/nouvelle").await;
    let page = zoe.upload("/preuves/nouvelle", &prets(&saisie), Some(("../bilan.pdf", PDF))).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    let adresse = page.location;
    zoe.get(&adresse).await.contient("Boutique du Port (fictive)");
    let fichier = zoe.get(&format!("{adresse}/fichiers/1")).await;
    assert_eq!(fichier.octets, PDF.as_bytes());
    assert_eq!(fichier.headers["content-security-policy"], "sandbox; default-src 'none'");
    assert!(fichier.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));

    let martin = lycee.visiteur("martin").await;
    let (numero, preuve) =
        (lycee.numero("zoe").await, adresse.rsplit('/').next().unwrap().to_owned());
    let chemin = format!("/etudiants/{numero}/sous-competences/1.1.2");
    martin.get(&chemin).await.contient("Vente flash");
    let saisie = [
        ("niveau", "TS"),
        ("preuve", preuve.as_str()),
        ("version", "0"),
        ("cle", "00000000-0000-4000-8000-000000000009"),
    ];
    assert_eq!(
        martin.post(&format!("{chemin}/positionnements"), &saisie).await.status,
        StatusCode::SEE_OTHER
    );
    zoe.get("/livret").await.contient("preuve\u{a0}: Vente flash");
}

#[sqlx::test]
async fn a_preuve_and_its_file_are_hers_and_her_teachers_alone(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let zoe = lycee.visiteur("zoe").await;
    let saisie = champs(&zoe, "/preuves/nouvelle").await;
    let adresse =
        zoe.upload("/preuves/nouvelle", &prets(&saisie), Some(("a.pdf", PDF))).await.location;
    let id = adresse.rsplit('/').next().unwrap();
    let (numero, amina) = (lycee.numero("zoe").await, lycee.numero("amina").await);
    for (qui, chemin, attendu) in [
        ("amina", adresse.clone(), 404),
        ("amina", format!("{adresse}/fichiers/1"), 404),
        ("martin", format!("/etudiants/{numero}/preuves/{id}/fichiers/1"), 200),
        ("martin", format!("/etudiants/{amina}/preuves/{id}/fichiers/1"), 404),
        ("durand", format!("/etudiants/{numero}/preuves/{id}/fichiers/1"), 404),
        ("lefevre", format!("/etudiants/{numero}/preuves/{id}"), 404),
        ("jury", format!("/etudiants/{numero}/preuves/{id}"), 404),
    ] {
        assert_eq!(
            lycee.visiteur(qui).await.get(&chemin).await.status.as_u16(),
            attendu,
            "{qui} {chemin}"
        );
    }
}

#[sqlx::test]
async fn what_is_wrong_is_told_and_the_text_is_kept(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let zoe = lycee.visiteur("zoe").await;
    let bonne = champs(&zoe, "/preuves/nouvelle").await;
    for (champ, valeur, message) in [
        ("titre", "  ", "Ce champ est à remplir."),
        ("vecue_le", "31/02/2026", "Cette date n’existe pas"),
        ("vecue_le", "2026-12-25", "Cette date est à venir"),
        ("contexte", "lune", "Dites où"),
        ("liens", "javascript:alert(1)", "Un lien commence par https://"),
        ("codes", "9.9.9", "n’est pas de ce référentiel"),
    ] {
        let mut saisie = bonne.clone();
        saisie.retain(|c| c.0 != champ);
        saisie.push((champ, valeur.to_owned()));
        let page = zoe.upload("/preuves/nouvelle", &prets(&saisie), None).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{champ}");
        page.contient(message);
        page.contient("J’ai vendu trois paniers.");
    }
    for (nom, octets) in [
        ("page.png", "<html><script>alert(1)</script>"),
        ("a.pdf", "pas un pdf\0"),
        ("a.svg", "<svg onload=alert(1)>"),
    ] {
        let page = zoe.upload("/preuves/nouvelle", &prets(&bonne), Some((nom, octets))).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{nom}");
        page.contient("J’ai vendu trois paniers.");
    }
    let gros = format!("{PDF}{}", "x".repeat(20 << 20));
    let page = zoe.upload("/preuves/nouvelle", &prets(&bonne), Some(("a.pdf", &gros))).await;
    page.contient("J’ai vendu trois paniers.");
    page.contient("Ce fichier dépasse 20\u{a0}Mo");
    let enorme = "x".repeat(61 << 20);
    let page = zoe.upload("/preuves/nouvelle", &prets(&bonne), Some(("a.pdf", &enorme))).await;
    assert_eq!(page.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(lycee.compter("livret.preuve").await, 0);
}

#[sqlx::test]
async fn the_same_form_twice_is_one_preuve(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let zoe = lycee.visiteur("zoe").await;
    let saisie = champs(&zoe, "/preuves/nouvelle").await;
    let une = zoe.upload("/preuves/nouvelle", &prets(&saisie), None).await.location;
    let deux = zoe.upload("/preuves/nouvelle", &prets(&saisie), None).await.location;
    assert_eq!(une, deux);
    assert_eq!(lycee.compter("livret.preuve").await, 1);
}
