//! Sealed documents: printed, presented, replaced, taken back.
use std::{path::Path, process::Command};

use axum::http::StatusCode;
use livret::{
    sas,
    scelle::{Cles, Declaration, code, declaration},
};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    jury::lire,
    lycee::{Lycee, Page, Visiteur},
    scelle_accord::python,
};

/// A level of hers, given by Mme Martin.
pub(crate) async fn juger(lycee: &Lycee, qui: &str, niveau: &str) {
    let martin = lycee.visiteur("martin").await;
    let case = format!("/etudiants/{}/sous-competences/1.2.1", lycee.numero(qui).await);
    let formulaire = martin.get(&case).await;
    let (version, cle) = (formulaire.champ("version"), formulaire.champ("cle"));
    let saisie = [("niveau", niveau), ("version", &version), ("cle", &cle)];
    let page = martin.post(&format!("{case}/positionnements"), &saisie).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
}

/// Her synthesis, as the jury prints it.
pub(crate) async fn synthese(lycee: &Lycee, qui: &str) -> Vec<u8> {
    let jury = lycee.visiteur("jury").await;
    let page = jury.get(&format!("/jury/etudiants/{}/synthese.pdf", lycee.numero(qui).await)).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.html);
    page.octets
}

fn joint(pdf: &[u8]) -> Vec<u8> {
    sas::lire_joint(pdf.to_vec(), declaration::NOM).expect("signed data")
}

/// What a document states; it is authentic.
fn dite(lycee: &Lycee, pdf: &[u8]) -> Declaration {
    declaration::verifier(&joint(pdf), &Cles::de(&lycee.app.sceau)).unwrap().0
}

async fn presenter(qui: &Visiteur, octets: &[u8]) -> Page {
    qui.upload_tous("/verification", &[], &[("a.pdf", octets)]).await
}

async fn devenu(lycee: &Lycee, id: &str) -> Value {
    lycee.passant().get(&format!("/verification/{id}")).await.dit()
}

#[sqlx::test]
async fn a_printed_synthesis_carries_what_it_states_and_anybody_may_verify_it(db: PgPool) {
    let lycee = Lycee::open(db).await;
    juger(&lycee, "zoe", "TS").await;
    let pdf = synthese(&lycee, "zoe").await;
    let d = dite(&lycee, &pdf);
    assert_eq!(d.candidat.as_ref().unwrap().prenom, "Zoé");
    assert!(d.niveaux().contains(&("1.2.1", "TS")) && d.niveaux().len() == 26);
    if let Some(dit) = lire("qpdf", &["--check", "FICHIER"], &pdf) {
        assert!(dit.contains("No syntax or stream encoding errors"), "{dit}");
    }
    if let Some(dit) = lire("pdfinfo", &["-struct", "FICHIER"], &pdf) {
        for attendu in ["Document", "Figure", "TH", "/Headers"] {
            assert!(dit.contains(attendu), "no {attendu} in {dit}");
        }
    }
    if let Some(dit) = lire("pdfdetach", &["-list", "FICHIER"], &pdf) {
        assert!(dit.contains("1 embedded files") && dit.contains("livret-scelle.json"), "{dit}");
    }
    if let Some(texte) = lire("pdftotext", &["-layout", "FICHIER", "-"], &pdf) {
        let empreinte = d.empreinte().unwrap();
        for attendu in
            [&empreinte[..32], &empreinte[32..], d.id.as_str(), "ne prouve ni un diplôme"]
        {
            assert!(texte.contains(attendu), "« {attendu} » is not in {texte}");
        }
    }
    let page = presenter(&lycee.passant(), &pdf).await;
    assert_eq!(page.status, StatusCode::OK);
    for attendu in
        ["<strong>Authentique</strong>", "ÉTIENNE Zoé", "1.2.1", &d.id, "Ce n’est pas un diplôme"]
    {
        page.contient(attendu);
    }
    assert_eq!(page.headers["x-robots-tag"], "noindex, nofollow");
    presenter(&lycee.passant(), &joint(&pdf)).await.contient("<strong>Authentique</strong>");
    let vide = lycee.passant().upload_tous("/verification", &[], &[("", b"")]).await;
    assert_eq!(vide.status, StatusCode::UNPROCESSABLE_ENTITY);
    vide.contient("Choisissez le document à vérifier");
    for faux in [&b"%PDF-1.7\nrien"[..], b"{}", b"\x00\xff", crate::octets::pdf("Bilan").as_bytes()]
    {
        presenter(&lycee.passant(), faux).await.contient("<strong>Non authentique</strong>");
    }
    // The public list verifies it, here and with a program of somebody else.
    let cles = lycee.passant().get("/.well-known/livret-cles.json").await;
    assert_eq!(Cles::lire(&cles.octets), Some(Cles::de(&lycee.app.sceau)));
    hors_ligne(&cles.octets, &pdf, &joint(&pdf), &d);
}

/// The two commands that need no server.
fn hors_ligne(cles: &[u8], pdf: &[u8], json: &[u8], d: &Declaration) {
    let dossier = tempfile::tempdir().unwrap();
    let ecrire = |nom: &str, octets: &[u8]| {
        let chemin = dossier.path().join(nom);
        std::fs::write(&chemin, octets).unwrap();
        chemin
    };
    let (cles, bon, brut) =
        (ecrire("cles.json", cles), ecrire("a.pdf", pdf), ecrire("a.json", json));
    let faux = ecrire(
        "b.json",
        &String::from_utf8(json.to_vec()).unwrap().replace("\"TS\"", "\"TI\"").into_bytes(),
    );
    let absent = dossier.path().join("c.pdf");
    let livret = |fichiers: &[&Path]| {
        let dit = Command::new(env!("CARGO_BIN_EXE_livret"))
            .arg("verifier-export")
            .args(fichiers)
            .arg("--cles")
            .arg(&cles)
            .output()
            .unwrap();
        (dit.status.code().unwrap(), String::from_utf8(dit.stdout).unwrap())
    };
    let (code, dit) = livret(&[&bon, &brut]);
    assert_eq!(
        (code, dit.matches("authentique. ").count(), dit.matches(&d.id).count()),
        (0, 2, 2),
        "{dit}"
    );
    let (code, dit) = livret(&[&bon, &faux]);
    assert!(code == 1 && dit.contains("non authentique, ses données ont été modifiées"), "{dit}");
    let (code, dit) = livret(&[&faux, &absent, &bon]);
    assert!(code == 2 && dit.contains("ce fichier n’existe pas"), "{dit}");
    if let Some(python) = python() {
        let verifier = |fichier: &Path| {
            Command::new(&python)
                .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verifier.py"))
                .arg("--cles")
                .args([&cles, fichier])
                .status()
                .unwrap()
                .code()
        };
        assert_eq!(
            (verifier(&brut), verifier(&faux), verifier(&absent)),
            (Some(0), Some(1), Some(2))
        );
    }
}

#[sqlx::test]
async fn the_same_content_is_the_same_document_and_another_replaces_it(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let avant = lycee.compter("livret.evenement").await;
    let (une, deux) = tokio::join!(synthese(&lycee, "zoe"), synthese(&lycee, "zoe")); // a double click
    assert_eq!(joint(&une), joint(&deux), "one number, the same bytes");
    lycee.hand.advance(time::Duration::hours(30));
    assert_eq!(joint(&synthese(&lycee, "zoe").await), joint(&une), "printed again the next day");
    assert_eq!(lycee.compter("certification.scelle").await, 1);
    assert_eq!(lycee.compter("livret.evenement").await, avant + 1);
    let ancien = dite(&lycee, &une);
    assert_eq!(devenu(&lycee, &ancien.id).await, json!({ "etat": "en_vigueur", "le": null }));
    let autre = dite(&lycee, &synthese(&lycee, "amina").await);

    juger(&lycee, "zoe", "S").await;
    let neuf = dite(&lycee, &synthese(&lycee, "zoe").await);
    assert_ne!(neuf.id, ancien.id);
    assert_eq!(
        devenu(&lycee, &ancien.id).await,
        json!({ "etat": "remplace", "le": "2026-11-25T14:00:00Z" })
    );
    for id in [&neuf.id, &autre.id] {
        assert_eq!(devenu(&lycee, id).await["etat"], "en_vigueur", "a classmate's is hers");
    }
    let page = presenter(&lycee.passant(), &une).await;
    page.contient("<strong>Authentique, mais remplacé le 25\u{a0}novembre\u{a0}2026</strong>");
    // No line of the journal names her: she would read it.
    let nommees: i64 = sqlx::query_scalar(
        "select count(*) from livret.evenement where genre = 'sceller' and etudiant_id is not null",
    )
    .fetch_one(&lycee.db)
    .await
    .unwrap();
    assert_eq!((nommees, lycee.compter("certification.scelle").await), (0, 3));
    // The journal is whole, with what the jury wrote in it.
    let mut db = lycee.db.acquire().await.unwrap();
    let constat = livret::journal::verifier(&mut db, &lycee.app.sceau, &[]).await.unwrap();
    assert!(constat.fautes.is_empty(), "{:?}", constat.fautes);
}

#[sqlx::test]
async fn a_teacher_takes_a_document_back_with_a_reason_that_stays_in_the_team(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let pdf = synthese(&lycee, "zoe").await;
    let id = dite(&lycee, &pdf).id;
    let registre = format!("/promotions/{}/scelles", lycee.promotion("zoe").await);
    let acte = format!("{registre}/{id}/revocation");
    let martin = lycee.visiteur("martin").await;
    let page = martin.get(&registre).await;
    page.contient("ÉTIENNE Zoé");
    page.contient("En vigueur");
    let cle = page.champ("cle");
    for (motif, cle) in [(" ", cle.as_str()), ("Erreur", "00000000-0000-0000-0000-000000000000")] {
        let refus = martin.post(&acte, &[("motif", motif), ("cle", cle)]).await;
        assert_eq!(refus.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refus.html);
        refus.contient("Rien n’est enregistré.");
    }
    // After a sign-in on the way, it is shown again and not done.
    let saisie = [("motif", "Mauvais candidat"), ("cle", cle.as_str()), ("reprise", "1")];
    let repris = martin.post(&acte, &saisie).await;
    repris.contient("Mauvais candidat");
    assert_eq!(devenu(&lycee, &id).await["etat"], "en_vigueur");
    let avant = lycee.compter("livret.evenement").await;
    for _ in 0..2 {
        let fait = martin.post(&acte, &saisie[..2]).await;
        assert_eq!(fait.status, StatusCode::SEE_OTHER, "{}", fait.html);
    }
    assert_eq!(lycee.compter("livret.evenement").await, avant + 1, "twice is once");
    let autre = "00000000-0000-4000-8000-0000000000aa";
    let tard = martin.post(&acte, &[("motif", "Autre"), ("cle", autre)]).await;
    assert_eq!(tard.status, StatusCode::CONFLICT);
    tard.contient("Mauvais candidat");
    tard.contient("Autre");
    assert_eq!(
        devenu(&lycee, &id).await,
        json!({ "etat": "revoque", "le": "2026-11-24T08:00:00Z" })
    );
    let page = presenter(&lycee.passant(), &pdf).await;
    page.contient("<strong>Révoqué</strong>");
    page.sans("Mauvais candidat");
    martin.get(&registre).await.contient("Mauvais candidat");
    for qui in ["lefevre", "zoe", "jury"] {
        let lui = lycee.visiteur(qui).await;
        let page = lui.post(&acte, &[("motif", "x"), ("cle", autre)]).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{qui}");
        assert_eq!(lui.get(&registre).await.status, StatusCode::NOT_FOUND, "{qui}");
    }
    assert_ne!(dite(&lycee, &synthese(&lycee, "zoe").await).id, id, "a new one can be printed");
}

/// With qpdf: these arguments, on that document.
fn refait(pdf: &[u8], arguments: &[&str]) -> Option<Vec<u8>> {
    let dossier = tempfile::tempdir().unwrap();
    let (de, vers) = (dossier.path().join("de.pdf"), dossier.path().join("vers.pdf"));
    std::fs::write(&de, pdf).unwrap();
    let fait = Command::new("qpdf").arg(&de).args(arguments).arg(&vers).status();
    if fait.is_err() {
        assert!(std::env::var("CI").is_err(), "qpdf is missing");
        return None;
    }
    Some(std::fs::read(&vers).unwrap())
}

#[sqlx::test]
async fn a_pdf_whose_data_were_touched_is_not_authentic_and_a_swapped_one_says_whose_it_is(
    db: PgPool,
) {
    let lycee = Lycee::open(db).await;
    juger(&lycee, "zoe", "TS").await;
    let (zoe, amina) = (synthese(&lycee, "zoe").await, synthese(&lycee, "amina").await);
    let dossier = tempfile::tempdir().unwrap();
    let ajouter = |octets: &[u8], nom: &str| {
        let chemin = dossier.path().join(nom);
        std::fs::write(&chemin, octets).unwrap();
        chemin.to_str().unwrap().to_owned()
    };
    let retirer = format!("--remove-attachment={}", declaration::NOM);
    let Some(sans) = refait(&zoe, &[&retirer]) else { return };
    let avec = |octets: &[u8], cle: &str| {
        let fichier = ajouter(octets, declaration::NOM);
        refait(&sans, &["--add-attachment", &fichier, &format!("--key={cle}"), "--"]).unwrap()
    };
    let passant = lycee.passant();
    let mot = async |octets: &[u8]| {
        let page = presenter(&passant, octets).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.html);
        page
    };
    mot(&sans).await.contient("ne porte pas de données signées");
    // Put back as it was, then written otherwise by another program: still what was signed.
    mot(&avec(&joint(&zoe), "a")).await.contient("<strong>Authentique</strong>");
    mot(&refait(&zoe, &["--object-streams=generate", "--linearize"]).unwrap())
        .await
        .contient("<strong>Authentique</strong>");
    // Swapped: what is shown is what the file says, and the page asks to compare.
    let echange = mot(&avec(&joint(&amina), "a")).await;
    echange.contient("<strong>Authentique</strong>");
    echange.contient("Amina");
    echange.sans("Zoé");
    echange.contient("Comparez ce qui est écrit ici avec le papier");
    // Two of one name: neither.
    let deux = refait(
        &avec(&joint(&zoe), "a"),
        &["--add-attachment", &ajouter(&joint(&amina), declaration::NOM), "--key=b", "--"],
    )
    .unwrap();
    mot(&deux).await.contient("<strong>Non authentique</strong>");
    // One byte of the data, anywhere.
    let bon = joint(&zoe);
    for n in (0..bon.len()).step_by(bon.len() / 20) {
        let mut octets = bon.clone();
        octets[n] ^= 1;
        mot(&avec(&octets, "a")).await.contient("<strong>Non authentique</strong>");
    }
    // One byte of the PDF, anywhere: never an authentic word for other data.
    let (mut lus, mut perdus) = (0, 0);
    for n in (0..zoe.len()).step_by(zoe.len() / 400) {
        let mut octets = zoe.clone();
        octets[n] ^= 0x20;
        match std::panic::catch_unwind(|| sas::lire_joint(octets, declaration::NOM)).ok().flatten()
        {
            Some(lu) if lu == bon => lus += 1,
            Some(lu) => assert!(declaration::verifier(&lu, &Cles::de(&lycee.app.sceau)).is_err()),
            None => perdus += 1,
        }
    }
    println!(
        "{} PDFs with a byte changed: {lus} with their data whole, {perdus} without data",
        lus + perdus
    );
    assert!(lus > 200);
}

#[sqlx::test]
async fn a_number_says_nothing_to_who_does_not_have_it(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let passant = lycee.passant();
    let inconnu = json!({ "etat": "inconnu", "le": null });
    let id = dite(&lycee, &synthese(&lycee, "zoe").await).id;
    for faux in [
        "0".repeat(32),
        id.to_uppercase(),
        id[..31].to_owned(),
        "1".into(),
        "%00".into(),
        "'or+1=1--".into(),
    ] {
        let page = passant.get(&format!("/verification/{faux}")).await;
        assert_eq!((page.status, page.dit()), (StatusCode::OK, inconnu.clone()), "{faux}");
    }
    for _ in 6..120 {
        assert_eq!(passant.get("/verification/1").await.status, StatusCode::OK);
    }
    let trop = passant.get(&format!("/verification/{id}")).await;
    assert_eq!(
        (trop.status, &trop.dit()["etat"]),
        (StatusCode::TOO_MANY_REQUESTS, &json!("attente"))
    );
    lycee.hand.advance(time::Duration::minutes(1));
    assert_eq!(devenu(&lycee, &id).await["etat"], "en_vigueur");
}

#[sqlx::test]
async fn the_printed_code_of_a_whole_livret_stays_one_that_a_phone_reads(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let d = dite(&lycee, &synthese(&lycee, "zoe").await);
    let mut long = d.clone();
    let candidat = long.candidat.as_mut().unwrap();
    (candidat.nom, candidat.prenom) = ("D’ŒUVRÉ-".repeat(15), "Ÿ".repeat(120));
    candidat.numero = Some("02147483647".to_owned());
    for (n, niveau) in long.contenu["niveaux"].as_array_mut().unwrap().iter_mut().enumerate() {
        niveau["niveau"] = json!(["TI", "I", "S", "TS"][n * 7 % 5 % 4]);
    }
    for (quoi, d) in [("as it is", &d), ("26 levels, names of 120", &long)] {
        let code = code::ecrire(d, &lycee.app.sceau).unwrap();
        let adresse = format!("https://livret.lycee-exemple.fr/verification#{code}");
        let version = (livret::impression::code(&adresse).unwrap().cote - 8 - 17) / 4;
        println!("{quoi}: {} characters, QR version {version}, level M", adresse.len());
        assert!(version <= 20, "{quoi}: version {version}");
        let lu = code::verifier(&code, &Cles::de(&lycee.app.sceau)).unwrap();
        assert_eq!(lu[7].as_array().unwrap().len(), 26);
    }
}
