//! From an empty database to a section at work: thirty-six students, six teachers, and their papillons, in a browser.
use base64::Engine as _;
use fantoccini::{Client, Locator};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    lycee::Lycee,
    pilote::{axe, manque, navigateur},
};

/// Somebody who counts what it costs her.
struct Coordonnatrice {
    c: Client,
    clics: usize,
    champs: usize,
}

impl Coordonnatrice {
    async fn ecrire(&mut self, champ: &str, texte: &str) {
        let trouve = self.c.find(Locator::Id(champ)).await.unwrap();
        trouve.send_keys(texte).await.unwrap();
        self.champs += 1;
    }

    /// A list that was copied elsewhere: one gesture.
    async fn coller(&mut self, texte: &str) {
        let js = "const e = document.getElementById('texte'); e.focus(); e.value = arguments[0]";
        self.c.execute(js, vec![json!(texte)]).await.unwrap();
        self.champs += 1;
    }

    /// Clicks, and waits until a page with that title is there.
    async fn cliquer(&mut self, quoi: &str, titre: &str) {
        let chemin = Locator::XPath(quoi);
        self.c.find(chemin).await.unwrap_or_else(|e| panic!("{quoi}: {e}")).click().await.unwrap();
        self.clics += 1;
        if !titre.is_empty() {
            let attendu = format!("//h1[contains(., \"{titre}\")]");
            let la = self.c.wait().for_element(Locator::XPath(&attendu)).await;
            let page = self.c.source().await.unwrap();
            assert!(la.is_ok(), "no « {titre} »: {page}");
        }
    }

    /// A whole list: read, its columns, its differences, confirmed.
    async fn importer(&mut self, liste: &str) {
        self.coller(liste).await;
        self.cliquer("//button[contains(., 'Lire cette liste')]", "Colonnes").await;
        self.cliquer("//button[contains(., 'Voir les différences')]", "Vérifier").await;
        self.cliquer("//button[contains(., 'Continuer')]", "Confirmer").await;
        self.cliquer("//button[contains(., 'Confirmer')]", "Import terminé").await;
    }

    async fn nombre(&self, js: &str) -> Value {
        self.c.execute(js, vec![]).await.unwrap()
    }
}

const NOMS: [&str; 12] = [
    "D’ANGELO",
    "DE LA FONTAINE",
    "EL-BAZ",
    "ÉTIENNE",
    "LŒUFFE",
    "N’GUESSAN",
    "NGUYEN THI",
    "ÇELIK",
    "O’BRIEN",
    "PÉREZ-RÍOS",
    "SAINT-ÉLOI",
    "ZOLÀ",
];
const PRENOMS: [&str; 3] = ["Anaïs", "Bé", "Çelya"];

fn etudiants() -> String {
    let lignes = NOMS.iter().enumerate().flat_map(|(n, nom)| {
        PRENOMS
            .iter()
            .enumerate()
            .map(move |(p, prenom)| format!("{nom}\t{prenom}\t{:02}/{:02}/2007\n", n + 1, p + 1))
    });
    format!("NOM\tPrénom\tDate de naissance\n{}", lignes.collect::<String>())
}

const ENSEIGNANTS: &str = "Civilité\tNom\tPrénom\nMme\tAUBRAC\tLucie\nM.\tBARNABÉ\tJean\nMme\tCÉLESTE\tIda\n\
                           M.\tDORVAL\tPaul\nMme\tESPÉRANCE\tMaud\nM.\tFÉLIX\tRémi\n";

#[sqlx::test]
async fn from_nothing_to_a_section_and_its_papillons(db: PgPool) {
    if let Some(absent) = manque() {
        eprintln!("PASSÉ : {absent} n’est pas sur cette machine");
        return;
    }
    let lycee = Lycee::sans_ecole(db, [7; 32]).await;
    let code = livret::installation::code_de_la_console(
        &mut lycee.db.acquire().await.unwrap(),
        &lycee.app,
    )
    .await
    .unwrap()
    .unwrap();
    let ecoute = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", ecoute.local_addr().unwrap());
    let router = livret::router::router(lycee.app.clone());
    tokio::spawn(livret::security::serve(ecoute, router, std::future::pending()));
    let (_pilote, c) = navigateur().await;
    let debut = std::time::Instant::now();
    let mut elle = Coordonnatrice { c, clics: 0, champs: 0 };
    elle.c.goto(&base).await.unwrap();
    axe(&elle.c).await;
    for (champ, texte) in [
        ("code", code.as_str()),
        ("nom", "Lycée Olympe-de-Gouges"),
        ("uai", "0000000G"),
        ("administrateur", "Mme KANEHO Wala"),
        ("identifiant", "wala.kaneho"),
        ("mot_de_passe", "une longue phrase choisie"),
        ("section", "BTS 2028"),
        ("annee_examen", "2028"),
    ] {
        elle.ecrire(champ, texte).await;
    }
    let js = "document.getElementById('debut').value = '2026-09-01'";
    elle.c.execute(js, vec![]).await.unwrap();
    elle.champs += 1;
    elle.cliquer("//label[contains(., 'J’enseigne aussi')]", "").await;
    elle.cliquer("//button[contains(., 'Ouvrir l’établissement')]", "Importer des personnes").await;
    elle.importer(&etudiants()).await;
    elle.cliquer("//a[contains(., 'Importer une autre liste')]", "Importer des personnes").await;
    elle.cliquer("//label[contains(., 'des enseignants')]", "").await;
    elle.importer(ENSEIGNANTS).await;
    elle.cliquer("//a[contains(., 'Imprimer les papillons')]", "Accès").await;
    let coches = elle.nombre("return document.querySelectorAll('[name=personne]:checked').length");
    assert_eq!(coches.await, json!(42), "thirty-six students and six teachers, nobody else");
    // The button answers with a file: the same form, sent by the page.
    let js = "const done = arguments[0], f = document.querySelector('form[action$=\"/acces\"]');
              fetch(f.action, { method: 'POST', body: new URLSearchParams(new FormData(f)) })
                .then(async r => { const t = r.headers.get('content-type'), o = new Uint8Array(await r.arrayBuffer());
                  done([r.status, t, btoa(o.reduce((s, n) => s + String.fromCharCode(n), ''))]) })";
    let reponse = elle.c.execute_async(js, vec![]).await.unwrap();
    elle.clics += 1;
    let mis = debut.elapsed();
    assert_eq!((&reponse[0], &reponse[1]), (&json!(200), &json!("application/pdf")));
    let pdf =
        base64::engine::general_purpose::STANDARD.decode(reponse[2].as_str().unwrap()).unwrap();
    let dossier = tempfile::tempdir().unwrap();
    let fichier = dossier.path().join("papillons.pdf");
    std::fs::write(&fichier, &pdf).unwrap();
    let lu = std::process::Command::new("pdftotext").arg(&fichier).arg("-").output().unwrap();
    let texte = String::from_utf8(lu.stdout).unwrap();
    for nom in NOMS {
        assert!(texte.contains(nom), "{nom}: {texte}");
    }
    assert_eq!(texte.matches('\u{c}').count(), 6, "eight a sheet, 42 people");
    eprintln!(
        "d’une base vide à 36 étudiants, 6 enseignants et leurs papillons : {} clics, {} champs, {:.1} s de machine",
        elle.clics,
        elle.champs,
        mis.as_secs_f64()
    );
    assert!(elle.clics <= 20 && elle.champs <= 15, "{} clicks, {} fields", elle.clics, elle.champs);
    elle.c.close().await.unwrap();
}
