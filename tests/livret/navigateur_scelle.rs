//! The verification page in a real browser: a code in the address, a file, and what is said of them.
use std::time::{Duration, Instant};

use fantoccini::{Client, Locator};
use livret::scelle::{Cles, code, declaration};
use sqlx::PgPool;

use crate::{
    accessibilite::examiner,
    lycee::Lycee,
    pilote::{entrer, manque, navigateur},
    scelle::{juger, synthese},
};

async fn dit(c: &Client, attendu: &str) -> String {
    let fin = Instant::now() + Duration::from_secs(10);
    loop {
        let texte = c.find(Locator::Css("[data-reponse]")).await.unwrap().text().await.unwrap();
        if texte.replace('\u{a0}', " ").contains(attendu) {
            return texte;
        }
        assert!(Instant::now() < fin, "« {attendu} », not « {texte} »");
        tokio::time::sleep(Duration::from_millis(20)).await; // polled
    }
}

#[sqlx::test]
async fn a_phone_reads_the_code_and_the_page_says_what_it_is_worth(db: PgPool) {
    if let Some(absent) = manque() {
        eprintln!("PASSÉ : {absent} n’est pas sur cette machine");
        return;
    }
    let lycee = Lycee::open(db).await;
    juger(&lycee, "zoe", "TS").await;
    let pdf = synthese(&lycee, "zoe").await;
    let fichier = livret::sas::lire_joint(pdf, declaration::NOM).unwrap();
    let (d, empreinte) = declaration::verifier(&fichier, &Cles::de(&lycee.app.sceau)).unwrap();
    let code = code::ecrire(&d, &lycee.app.sceau).unwrap();
    let ecoute = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", ecoute.local_addr().unwrap());
    let router = livret::router::router(lycee.app.clone());
    tokio::spawn(livret::security::serve(ecoute, router, std::future::pending()));
    let (_pilote, c) = navigateur().await;
    let mut trouvees = vec![];

    c.goto(&format!("{base}/verification#{code}")).await.unwrap();
    let texte = dit(&c, "Authentique").await;
    for attendu in ["ÉTIENNE Zoé", "1.2.1", "TS", &d.id, &empreinte] {
        assert!(texte.contains(attendu), "« {attendu} » is not in {texte}");
    }
    examiner(&c, "an authentic code", &mut trouvees).await;
    let faux = code.replacen(&code[200..201], if &code[200..201] == "A" { "B" } else { "A" }, 1);
    c.goto(&format!("{base}/verification#{faux}")).await.unwrap(); // the same page: only what follows # changed
    dit(&c, "Non authentique").await;
    examiner(&c, "a false code", &mut trouvees).await;

    // A JSON file is not sent: the form would give another address.
    let dossier = tempfile::tempdir().unwrap();
    let chemin = dossier.path().join("livret-scelle.json");
    std::fs::write(&chemin, &fichier).unwrap();
    c.goto(&format!("{base}/verification")).await.unwrap();
    let choisir = async |chemin: &std::path::Path| {
        c.find(Locator::Id("fichier"))
            .await
            .unwrap()
            .send_keys(chemin.to_str().unwrap())
            .await
            .unwrap();
        c.find(Locator::Css("[data-presenter] button")).await.unwrap().click().await.unwrap();
    };
    choisir(&chemin).await;
    dit(&c, "Authentique").await;
    // A PDF is: the answer is the server's, with a new level in between.
    lycee.hand.advance(time::Duration::days(8));
    juger(&lycee, "zoe", "S").await;
    let ancien = dossier.path().join("a.pdf");
    std::fs::write(&ancien, synthese(&lycee, "zoe").await).unwrap();
    c.goto(&format!("{base}/verification")).await.unwrap();
    choisir(&ancien).await;
    dit(&c, "Aucun document plus récent").await;
    examiner(&c, "a PDF in force", &mut trouvees).await;
    c.goto(&format!("{base}/verification#{code}")).await.unwrap();
    dit(&c, "remplacé le 2 décembre 2026").await;
    examiner(&c, "a code replaced", &mut trouvees).await;
    entrer(&c, &base, "martin").await;
    let registre = format!("{base}/promotions/{}/scelles", lycee.promotion("zoe").await);
    c.goto(&registre).await.unwrap();
    c.execute("document.querySelectorAll('details').forEach(d => d.open = true)", vec![])
        .await
        .unwrap();
    examiner(&c, "the register", &mut trouvees).await;
    c.close().await.unwrap();
    lycee.app.db.close().await;
    assert!(trouvees.is_empty(), "{} faults:\n{}", trouvees.len(), trouvees.join("\n"));
}
