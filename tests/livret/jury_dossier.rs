//! The dossier of a candidate: one document of all that is read of her, one ZIP of all that is hers.
use std::io::Read;

use axum::http::StatusCode;
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use time::Duration;

use crate::{
    fiche::{enregistrer, suivre},
    fichier::{accepte, cle, preuve},
    jury::lire,
    lycee::{Lycee, Page, Visiteur},
    octets,
};

const FICHE: &[(&str, &str)] = &[
    ("nature", "evenement"),
    ("titre", "Portes ouvertes #1 *étoilées*"),
    ("r.offre", "Paniers <b>&</b> livraison"),
];

/// A candidate with a sheet that is kept, a paper, and files of every kind.
async fn vivre(lycee: &Lycee) -> i64 {
    let (zoe, martin) = (lycee.visiteur("zoe").await, lycee.visiteur("martin").await);
    let numero = lycee.numero("zoe").await;
    let fiche = enregistrer(&zoe, "E4", FICHE).await;
    let la = format!("/etudiants/{numero}/fiches/{fiche}");
    assert_eq!(suivre(&martin, &la, &[("suite", "retenir")]).await.status, StatusCode::SEE_OTHER);
    let mut fichiers = vec![];
    for (n, nom, octets) in [
        (1, "Été à l’œuvre.pdf", octets::pdf("Bilan de la vente").into_bytes()),
        (2, "photo.jpg", octets::jpeg(640, 480)),
        (3, "notes.docx", octets::docx(&[])),
    ] {
        fichiers.push(accepte(&zoe, n, nom, &octets).await["fichier"].as_i64().unwrap());
    }
    preuve(&zoe, "/preuves/nouvelle", &fichiers).await;
    numero
}

#[sqlx::test]
async fn one_document_says_all_that_is_read_of_a_candidate(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let numero = vivre(&lycee).await;
    let jury = lycee.visiteur("jury").await;
    let pdf = jury.get(&format!("/jury/etudiants/{numero}/dossier.pdf")).await;
    assert_eq!(pdf.status, StatusCode::OK, "{}", pdf.html);
    if let Some(dit) = lire("pdftotext", &["-layout", "FICHIER", "-"], &pdf.octets) {
        for attendu in [
            "Dossier de ÉTIENNE Zoé",
            "Sommaire",
            "Synthèse de compétences",
            "Portes ouvertes #1 *étoilées*",
            "Attestations et pièces",
            "Aucune pièce n’a été déposée.",
            "Conformité des dossiers",
            "Bilan de la vente",
            "Ce document s’ouvre dans son logiciel.",
            "notes.docx",
            "DÉMONSTRATION",
        ] {
            assert!(dit.contains(attendu), "« {attendu} » is not in {dit}");
        }
        assert!(dit.contains("page 1 sur "), "{dit}");
    }
    if let Some(info) = lire("pdfinfo", &["FICHIER"], &pdf.octets) {
        assert!(info.contains("Tagged:          yes"), "{info}");
    }
    if let Some(dit) = lire("qpdf", &["--check", "FICHIER"], &pdf.octets) {
        assert!(dit.contains("No syntax or stream encoding errors"), "{dit}");
    }
    if let Some(dit) = lire("qpdf", &["--json", "--json-key=outlines", "FICHIER"], &pdf.octets) {
        for signet in ["Synth", "Fichiers des preuves", "Attestations"] {
            assert!(dit.contains(signet), "no bookmark {signet} in {dit}");
        }
    }
    // Others find nothing.
    for (qui, attendu) in [("amina", StatusCode::NOT_FOUND), ("lefevre", StatusCode::NOT_FOUND)] {
        let autre = lycee.visiteur(qui).await;
        let page = autre.get(&format!("/jury/etudiants/{numero}/dossier.pdf")).await;
        assert_eq!(page.status, attendu, "{qui}");
    }
}

/// Asks, then reads the page again until it is done.
async fn demander(qui: &Visiteur, ici: &str, etudiant: &str, cle: &str) -> Page {
    let saisie = [("cle", cle), ("etudiant", etudiant), ("preparer", "oui")];
    let page = qui.post(&format!("{ici}/dossiers"), &saisie).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    attendre(qui, ici).await
}

pub(crate) async fn attendre(qui: &Visiteur, ici: &str) -> Page {
    loop {
        let page = qui.get(&format!("{ici}/dossiers")).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.html);
        if !page.html.contains("<meter") {
            return page;
        }
        tokio::task::yield_now().await;
    }
}

fn lien(page: &Page, fin: &str) -> String {
    let lien = page.html.split("href=\"").skip(1).map(|l| l.split('"').next().unwrap());
    lien.into_iter()
        .find(|l| l.ends_with(fin))
        .unwrap_or_else(|| panic!("{}", page.html))
        .to_owned()
}

#[sqlx::test]
async fn a_zip_has_all_that_is_hers_under_plain_names_and_says_what_it_is(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let numero = vivre(&lycee).await;
    let jury = lycee.visiteur("jury").await;
    let ici = format!("/jury/promotions/{}", lycee.promotion("zoe").await);
    let page = demander(&jury, &ici, &numero.to_string(), &cle(50)).await;
    page.contient("prêt, 1\u{a0}candidat");
    assert_eq!(lycee.compter("certification.tirage").await, 1);
    // The same form sent twice asks once.
    demander(&jury, &ici, &numero.to_string(), &cle(50)).await;
    assert_eq!(lycee.compter("certification.tirage").await, 1);
    let zip = jury.get(&lien(&page, "/dossiers.zip")).await;
    assert_eq!(zip.headers["content-type"], "application/zip");
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&zip.octets[..])).unwrap();
    let noms: Vec<String> = archive.file_names().map(|n| n.unwrap().into_owned()).collect();
    assert!(noms.iter().all(|n| n.is_ascii() && !n.contains("..")), "{noms:?}");
    let mut manifeste = String::new();
    archive.by_name("manifeste.json").unwrap().read_to_string(&mut manifeste).unwrap();
    let manifeste: Value = serde_json::from_str(&manifeste).unwrap();
    let fichiers = manifeste["fichiers"].as_array().unwrap().clone();
    assert_eq!(fichiers.len() + 2, noms.len(), "the manifest says all but itself: {noms:?}");
    for f in &fichiers {
        let mut octets = vec![];
        let chemin = f["fichier"].as_str().unwrap();
        archive.by_name(chemin).unwrap().read_to_end(&mut octets).unwrap();
        assert_eq!(f["taille"], octets.len(), "{chemin}");
        assert_eq!(f["sha256"], hex::encode(Sha256::digest(&octets)), "{chemin}");
    }
    let dits: Vec<&str> = fichiers.iter().map(|f| f["nom"].as_str().unwrap()).collect();
    for attendu in ["Été à l’œuvre.pdf", "photo.jpg", "notes.docx", "Dossier ÉTIENNE Zoé.pdf"]
    {
        assert!(dits.contains(&attendu), "{attendu} in {dits:?}");
    }
    assert!(noms.iter().any(|n| n.ends_with("/Ete-a-l-oeuvre.pdf")), "{noms:?}");
    assert!(noms.iter().any(|n| n.starts_with("ETIENNE-Zoe/fiches/")), "{noms:?}");
    // It is of who asked: a teacher of the promotion has not asked for anything.
    let martin = lycee.visiteur("martin").await;
    assert_eq!(martin.get(&lien(&page, "/dossiers.zip")).await.status, StatusCode::NOT_FOUND);
    // After some hours nothing is left of it.
    lycee.hand.advance(Duration::hours(13));
    let jury = lycee.visiteur("jury").await;
    assert_eq!(livret::jury::tirage::balayage::balayer(&lycee.app).await.unwrap(), 1);
    assert_eq!(livret::jury::tirage::balayage::balayer(&lycee.app).await.unwrap(), 0);
    jury.get(&format!("{ici}/dossiers")).await.contient("effacé");
    assert_eq!(jury.get(&lien(&page, "/dossiers.zip")).await.status, StatusCode::NOT_FOUND);
    assert!(crate::fichier::tenus(&lycee).await.iter().all(|o| !o.0.starts_with("tirages/")));
}

#[sqlx::test]
async fn one_at_a_time_given_up_or_interrupted(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let jury = lycee.visiteur("jury").await;
    let promotion = lycee.promotion("zoe").await;
    let ici = format!("/jury/promotions/{promotion}");
    // One that the program was making when it stopped: asked for, and nobody works on it.
    let poser = "insert into certification.tirage
        (etablissement_id, promotion_id, par, cle, demande_le, battu_le, fait, total)
        select etablissement_id, $1, $2, gen_random_uuid(), $3, $3, 7, 32 from livret.promotion where promotion_id = $1";
    let maintenant = lycee.app.clock.now();
    let poser = || async {
        let (numero, le) = (lycee.numero("jury").await, lycee.app.clock.now());
        sqlx::query(poser).bind(promotion).bind(numero).bind(le).execute(&lycee.db).await.unwrap();
    };
    poser().await;
    let page = jury.get(&format!("{ici}/dossiers")).await;
    page.contient("7\u{a0}candidats sur 32");
    let cle = cle(60);
    let saisie = [("cle", cle.as_str()), ("etudiant", ""), ("preparer", "oui")];
    let refus = jury.post(&format!("{ici}/dossiers"), &saisie).await;
    assert_eq!(refus.status, StatusCode::UNPROCESSABLE_ENTITY);
    refus.contient("Attendez qu’ils soient prêts, ou annulez-les");
    // Given up.
    let vers = page.html.split("action=\"").find(|l| l.contains("/annulation")).unwrap();
    let vers = vers.split('"').next().unwrap();
    for _ in 0..2 {
        assert_eq!(jury.post(vers, &[]).await.status, StatusCode::SEE_OTHER);
    }
    jury.get(&format!("{ici}/dossiers")).await.contient("annulé");
    let martin = lycee.visiteur("martin").await;
    assert_eq!(martin.post(vers, &[]).await.status, StatusCode::NOT_FOUND, "it is not hers");
    // Interrupted: said so, and another one may be asked for.
    poser().await;
    lycee.hand.advance(Duration::minutes(4));
    assert!(lycee.app.clock.now() > maintenant);
    let page = jury.get(&format!("{ici}/dossiers")).await;
    page.contient("interrompu par un arrêt du programme");
    page.sans("<meter");
}

#[sqlx::test]
async fn sheets_and_locked_papers_are_bound_together(db: PgPool) {
    let lycee = Lycee::open(db).await;
    crate::fiche::vivre(&lycee).await;
    crate::commission::vivre(&lycee).await;
    let dossier = format!("/jury/etudiants/{}/dossier.pdf", lycee.numero("amina").await);
    let pdf = lycee.visiteur("martin").await.get(&dossier).await;
    assert!(pdf.octets.starts_with(b"%PDF"), "{}", pdf.html);
}
