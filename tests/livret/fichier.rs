//! Files: received in pieces, recognised by what they are, cleaned, kept once, given to those who may see the preuve.
use std::{
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{body::Body, http::StatusCode};
use futures_util::TryStreamExt;
use livret::{
    config::S3,
    preuve::depot::balayage::{Balayage, balayer},
    store,
};
use object_store::{ObjectStore, ObjectStoreExt, local::LocalFileSystem};
use serde_json::Value;
use sqlx::PgPool;

use crate::{
    lycee::{Lycee, Page, Visiteur},
    octets,
};

const MORCEAU: usize = 1 << 20;

fn cle(n: u32) -> String {
    format!("00000000-0000-4000-8000-{n:012}")
}

async fn morceau(
    qui: &Visiteur,
    cle: &str,
    debut: usize,
    taille: usize,
    nom: &str,
    octets: &[u8],
) -> Page {
    let nom = percent_encoding::utf8_percent_encode(nom, percent_encoding::NON_ALPHANUMERIC);
    let chemin = format!("/depots/{cle}?debut={debut}&taille={taille}&nom={nom}");
    let headers = [
        ("content-type", "application/octet-stream"),
        ("accept", "application/json"),
        ("sec-fetch-site", "same-origin"),
    ];
    qui.envoyer("POST", &chemin, &headers, Body::from(octets.to_vec())).await
}

/// The whole file, piece after piece; the last answer.
async fn deposer(qui: &Visiteur, cle: &str, nom: &str, octets: &[u8]) -> Page {
    let mut debut = 0;
    loop {
        let fin = (debut + MORCEAU).min(octets.len());
        let page = morceau(qui, cle, debut, octets.len(), nom, &octets[debut..fin]).await;
        let fini = fin == octets.len() || page.html.contains("\"fichier\"");
        if page.status != StatusCode::OK || fini {
            return page;
        }
        assert_eq!(page.dit()["recu"], fin);
        debut = fin;
    }
}

/// A file that must be accepted: its number.
async fn accepte(qui: &Visiteur, n: u32, nom: &str, octets: &[u8]) -> Value {
    let page = deposer(qui, &cle(n), nom, octets).await;
    assert_eq!(page.status, StatusCode::OK, "{nom}: {}", page.html);
    let dit = page.dit();
    assert!(dit["fichier"].is_i64(), "{nom}: {dit}");
    dit
}

/// A preuve that takes these files: its address.
async fn preuve(qui: &Visiteur, formulaire: &str, fichiers: &[i64]) -> String {
    let cle = qui.get(formulaire).await.champ("cle");
    let numeros: Vec<String> = fichiers.iter().map(i64::to_string).collect();
    let mut champs = vec![
        ("titre", "Vente flash"),
        ("vecue_le", "2026-11-20"),
        ("contexte", "stage"),
        ("codes", "1.1.2"),
        ("cle", &cle),
    ];
    champs.extend(numeros.iter().map(|n| ("fichiers", n.as_str())));
    let page = qui.upload_tous(formulaire, &champs, &[]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    page.location
}

/// Everything that the store holds.
async fn tenus(lycee: &Lycee) -> Vec<(String, Vec<u8>)> {
    let objets: Vec<_> = lycee.app.fichiers.list(None).try_collect().await.unwrap();
    let mut tenus = vec![];
    for objet in objets {
        let octets = lycee.app.fichiers.get(&objet.location).await.unwrap().bytes().await.unwrap();
        tenus.push((objet.location.to_string(), octets.to_vec()));
    }
    tenus
}

fn contient(octets: &[u8], signe: &str) -> bool {
    octets.windows(signe.len()).any(|f| f == signe.as_bytes())
}

/// Nothing was kept, anywhere: no row, no object, no piece.
async fn rien(lycee: &Lycee) {
    assert_eq!(lycee.compter("livret.fichier").await, 0);
    assert_eq!(lycee.compter("livret.depot").await, 0);
    assert_eq!(tenus(lycee).await.len(), 0);
    let restes = std::fs::read_dir(&lycee.app.depots).map_or(0, Iterator::count);
    assert_eq!(restes, 0, "pieces are left");
}

#[sqlx::test]
async fn every_kind_is_recognised_by_what_it_is_whatever_its_name(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let zoe = lycee.visiteur("zoe").await;
    let pptx = octets::bureau("presentationml", "ppt/presentation.xml", "presentation");
    let xlsx = octets::bureau("spreadsheetml", "xl/workbook.xml", "sheet");
    let pdf = octets::pdf("Bilan");
    let bons: [(&str, &[u8]); 14] = [
        ("pdf", pdf.as_bytes()),
        ("jpg", &octets::jpeg(300, 200)),
        ("png", &octets::png()),
        ("jpg", &octets::webp()), // drawn again
        ("heic", &octets::heic()),
        ("mp4", &octets::mp4(*b"isom")),
        ("m4a", &octets::mp4(*b"M4A ")),
        ("mp3", &octets::mp3()),
        ("odt", &octets::odt(&[])),
        ("docx", &octets::docx(&[])),
        ("xlsx", &xlsx),
        ("pptx", &pptx),
        ("csv", "nom;ville\nZoé;Brest\n".as_bytes()),
        ("txt", b"Compte rendu d\x92une vente \xe0 Brest"),
    ];
    for (n, (genre, octets)) in (0..).zip(bons) {
        let dit = accepte(&zoe, n, "bilan.exe", octets).await;
        assert_eq!(
            (dit["genre"].as_str(), dit["nom"].as_str().unwrap()),
            (Some(genre), &*format!("bilan.{genre}"))
        );
    }
    let montres: i64 = lycee.compter("livret.fichier where vignette is not null").await;
    assert_eq!(montres, 4, "a thumbnail for the PDF and the pictures");
    assert_eq!(lycee.compter("livret.fichier where pages = 1").await, 1);
}

/// T-UP-1: nothing, the limit, one more byte, and one gigabyte announced.
#[sqlx::test]
async fn sizes_have_limits_told_before_anything_is_sent(db: PgPool) {
    let depart = |c: &mut livret::config::Config| {
        (c.fichier_max, c.enregistrement_max) = (64 << 10, 128 << 10);
    };
    let lycee = Lycee::avec(db, Arc::new(object_store::memory::InMemory::new()), depart).await;
    let zoe = lycee.visiteur("zoe").await;
    let page = morceau(&zoe, &cle(1), 0, 0, "vide.txt", b"").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("Ce fichier est vide");
    let page = morceau(&zoe, &cle(1), 0, 1 << 30, "film.mp4", &[0; 64]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("Ce fichier dépasse 128\u{a0}Ko");
    let page = deposer(&zoe, &cle(1), "a.txt", &vec![b'a'; (64 << 10) + 1]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("Ce fichier dépasse 64\u{a0}Ko");
    let page = morceau(&zoe, &cle(1), 0, 100 << 10, "a.mp4", &vec![7; MORCEAU + 1]).await;
    assert_eq!(page.status, StatusCode::PAYLOAD_TOO_LARGE);
    zoe.post(&format!("/depots/{}/retrait", cle(1)), &[]).await;
    rien(&lycee).await;
    accepte(&zoe, 2, "a.txt", &vec![b'a'; 64 << 10]).await;
}

/// T-UP-1: a form that never ends is cut where its limit is, whatever it said.
async fn formulaire_sans_fin(qui: &Visiteur) -> Page {
    let debut =
        "--limite\r\ncontent-disposition: form-data; name=\"fichier\"; filename=\"a.mp4\"\r\n\r\n";
    let suite = futures_util::stream::iter(
        std::iter::once(axum::body::Bytes::from_static(debut.as_bytes()))
            .chain(std::iter::repeat_with(|| axum::body::Bytes::from(vec![0; 1 << 20])).take(1024))
            .map(Ok::<_, std::io::Error>),
    );
    let headers = [
        ("content-type", "multipart/form-data; boundary=limite"),
        ("sec-fetch-site", "same-origin"),
    ];
    qui.envoyer("POST", "/preuves/nouvelle", &headers, Body::from_stream(suite)).await
}

/// What somebody makes on purpose: what it is, its bytes, a word of what he is told.
fn hostiles() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let zeros = vec![0; 30 << 20];
    let bombe = octets::zip(&[("0", &zeros)]);
    let etage = octets::zip(&[("1", &octets::zip(&[("2", &octets::zip(&[("3", b"x")]))]))]);
    let pdf = octets::pdf("Bilan");
    let polyglotte = pdf.replacen("%PDF-1.7\n", "%PDF-1.7\n<html><script>alert(1)</script>\n", 1);
    let pdf_zip = [pdf.as_bytes(), &octets::zip(&[("a", b"x")])].concat();
    let macros = [("word/vbaProject.bin", &b"x"[..])];
    vec![
        // T-UP-2: bombs
        ("bomb named .docx", bombe.clone(), "démesuré"),
        ("bomb in a document", octets::docx(&[("word/media/1.bin", &zeros)]), "démesuré"),
        ("bomb in an archive in a document", octets::docx(&[("word/x.xlsx", &bombe)]), "démesuré"),
        ("archives one in the other", octets::docx(&[("word/x.xlsx", &etage)]), "n’a pas"),
        ("an archive without an end", octets::docx_sans_fin(210), "démesuré"),
        ("archive named .docx", octets::zip(&[("a.txt", b"x")]), "est une archive"),
        ("macros", octets::docx(&macros), "macros"),
        ("macros of LibreOffice", octets::odt(&[("Basic/Standard/m.xml", b"x")]), "macros"),
        ("program in a document", octets::docx(&[("word/a.bin", b"MZ\x90\0")]), "n’a pas"),
        // T-UP-3: two things at once
        ("PDF and page", polyglotte.into_bytes(), "page web"),
        ("PDF and archive", pdf_zip, "en cache un autre"),
        ("GIF and script", b"GIF89a=1;/*\0*/alert(1)".to_vec(), "GIF"),
        ("GIF and script, all in letters", b"GIF89a=1;alert(1)".to_vec(), "GIF"),
        // T-UP-4: pages and drawings that run
        ("SVG", b"<svg xmlns='x'><script>alert(1)</script></svg>".to_vec(), "SVG"),
        (
            "SVG after a declaration",
            b"\xef\xbb\xbf <?xml version='1.0'?><svg onload='x'/>".to_vec(),
            "SVG",
        ),
        ("HTML named .png", b"<!DOCTYPE html><script>alert(1)</script>".to_vec(), "page web"),
        ("HTML after words", b"Bonjour <ScRiPt>alert(1)</script>".to_vec(), "page web"),
        ("PNG and HTML", [&octets::png()[..40], b"<script>alert(1)</script>"].concat(), "abîmée"),
        ("program", b"MZ\x90\0\x03".to_vec(), "programme"),
        ("script", b"#!/bin/sh\nrm -rf /".to_vec(), "programme"),
        ("old Word", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec(), "ancien format"),
        ("zeros", vec![0; 4096], "genre accepté"),
        // T-UP-5: names inside
        ("out of its folder", octets::docx(&[("../../x", b"x")]), "n’a pas"),
        ("from the root", octets::docx(&[("/etc/x", b"x")]), "n’a pas"),
        ("backslashes", octets::docx(&[("..\\x", b"x")]), "n’a pas"),
        // T-UP-6: pixels
        ("30 000 × 30 000", octets::png_geant(30_000, 30_000), "trop grande"),
        ("11 000 × 11 000", octets::png_geant(11_000, 11_000), "trop grande"),
        ("JPEG cut", octets::jpeg(300, 200)[..300].to_vec(), "abîmée"),
        // T-UP-7: links
        ("symbolic link", octets::docx_lien(), "n’a pas"),
        // boxes that do not hold together
        ("video cut", octets::mp4(*b"isom")[..200].to_vec(), "abîmé"),
        ("MOV", octets::mp4(*b"qt  "), "MOV"),
        ("HEIC whose places are not understood", heic_faux(), "Le plus compatible"),
    ]
}

fn heic_faux() -> Vec<u8> {
    let mut heic = octets::heic();
    let ici = heic.windows(4).position(|f| f == b"iloc").unwrap();
    heic[ici + 4] = 9;
    heic
}

#[sqlx::test]
#[ignore = "in a process of its own: `the_hostile_set_is_refused_in_bounded_memory` starts it"]
async fn hostile_set(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let zoe = lycee.visiteur("zoe").await;
    let tous = hostiles();
    std::fs::write("/proc/self/clear_refs", "5").unwrap(); // the peak starts again from here
    let avant = memoire();
    for (n, (quoi, octets, dit)) in (0..).zip(&tous) {
        let page = deposer(&zoe, &cle(n), "bilan.docx", octets).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{quoi}: {}", page.html);
        let refus = page.dit()["refus"].as_str().unwrap().to_owned();
        assert!(refus.contains(dit), "{quoi}: {refus}");
    }
    let page = formulaire_sans_fin(&zoe).await;
    assert_eq!(page.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", page.html);
    rien(&lycee).await;
    let enfants = nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_CHILDREN);
    let (prise, enfants) = ((memoire() - avant) / 1024, enfants.unwrap().max_rss() / 1024);
    println!(
        "{} hostile files: + {prise} MiB here, {enfants} MiB at most in the airlock",
        tous.len()
    );
    assert!(prise < 200, "{prise} MiB");
}

/// Peak of the memory of this process, in KiB.
fn memoire() -> i64 {
    let etat = std::fs::read_to_string("/proc/self/status").unwrap();
    let ligne = etat.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap();
    ligne.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn the_hostile_set_is_refused_in_bounded_memory() {
    let sortie = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "fichier::hostile_set", "--nocapture"])
        .output()
        .unwrap();
    let dit = String::from_utf8_lossy(&sortie.stdout);
    println!("{}", dit.lines().find(|l| l.contains("hostile files")).unwrap_or_default());
    let panne = String::from_utf8_lossy(&sortie.stderr);
    assert!(sortie.status.success() && dit.contains("1 passed"), "{dit}\n{panne}");
}

/// T-UP-5: names that leave their folder, hide their end, or are too long.
#[sqlx::test]
async fn a_name_is_made_safe_and_never_says_where_bytes_are(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let zoe = lycee.visiteur("zoe").await;
    let long = "é".repeat(300);
    for (n, (nom, garde)) in (0..).zip([
        ("../../x", "x.txt"),
        ("..\\x.html", "x.txt"),
        ("a\0b.txt", "ab.txt"),
        ("photo\u{202e}gpj.exe", "photogpj.txt"),
        (&long, &format!("{}.txt", "é".repeat(96))),
        ("\r\nset-cookie: a=b.txt", "set-cookie ab.txt"),
    ]) {
        let dit = accepte(&zoe, n, nom, format!("texte {n}").as_bytes()).await;
        assert_eq!(dit["nom"], garde);
    }
    for (lieu, _) in tenus(&lycee).await {
        let (dossier, nom) = lieu.split_once('/').unwrap();
        assert!(nom.len() == 64 && nom.starts_with(dossier) && hex::decode(nom).is_ok(), "{lieu}");
    }
}

/// T-UP-6: what a device says of the place is nowhere in what is kept.
#[sqlx::test]
async fn a_picture_says_nothing_but_its_pixels(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let zoe = lycee.visiteur("zoe").await;
    let situes = [
        octets::jpeg_situe(3000, 1000),
        octets::heic(),
        octets::mp4(*b"mp42"),
        octets::mp4(*b"M4A "),
        octets::mp3(),
    ];
    for (n, octets) in (0..).zip(&situes) {
        assert!(contient(octets, octets::LIEU), "the control: it is there at first");
        accepte(&zoe, n, "a", octets).await;
    }
    let tenus = tenus(&lycee).await;
    assert_eq!(tenus.len(), situes.len() + 1, "and one thumbnail");
    for (lieu, octets) in &tenus {
        for signe in [octets::LIEU, "Exif", "GPS"] {
            assert!(
                signe == "Exif" && contient(octets, "heic") || !contient(octets, signe),
                "{lieu}: {signe}"
            );
        }
    }
    let photos: Vec<_> = tenus.iter().filter_map(|t| image::load_from_memory(&t.1).ok()).collect();
    let mut mesures: Vec<_> = photos.iter().map(|p| (p.width(), p.height())).collect();
    mesures.sort_unstable();
    assert_eq!(mesures, [(107, 320), (800, 2400)], "turned as the device said, then reduced");
    for signe in ["les images du film", "les octets du dessin"] {
        assert!(tenus.iter().any(|t| contient(&t.1, signe)), "{signe} is kept");
    }
}

/// T-UP-8: only who may see the preuve gets its files and thumbnails.
#[sqlx::test]
async fn a_file_goes_to_those_who_may_see_its_preuve(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (amina, martin) = (lycee.visiteur("amina").await, lycee.visiteur("martin").await);
    let numero = lycee.numero("amina").await;
    let un = accepte(&amina, 1, "été.pdf", octets::pdf("Bilan").as_bytes()).await;
    let sienne = preuve(&amina, "/preuves/nouvelle", &[un["fichier"].as_i64().unwrap()]).await;
    let deux = accepte(&martin, 1, "photo.jpg", &octets::jpeg(90, 60)).await;
    let base = format!("/etudiants/{numero}/preuves");
    let donnee =
        preuve(&martin, &format!("{base}/nouvelle"), &[deux["fichier"].as_i64().unwrap()]).await;
    let ids = [&sienne, &donnee].map(|a| a.rsplit('/').next().unwrap().to_owned());
    let page = amina.get(&sienne).await;
    page.contient(&format!("alt=\"Aperçu de {}\"", "été.pdf"));
    page.contient("PDF, 1\u{a0}page, ");
    for id in &ids {
        for fin in ["", "/apercu"] {
            for (qui, chemin, attendu) in [
                ("amina", format!("/preuves/{id}/fichiers/1{fin}"), 200),
                ("amina", format!("/preuves/{id}/fichiers/2{fin}"), 404),
                ("martin", format!("{base}/{id}/fichiers/1{fin}"), 200),
                ("okafor", format!("{base}/{id}/fichiers/1{fin}"), 200),
                ("zoe", format!("/preuves/{id}/fichiers/1{fin}"), 404),
                ("durand", format!("{base}/{id}/fichiers/1{fin}"), 404),
                ("lefevre", format!("{base}/{id}/fichiers/1{fin}"), 404),
                ("jury", format!("{base}/{id}/fichiers/1{fin}"), 404),
                ("admin", format!("{base}/{id}/fichiers/1{fin}"), 404),
            ] {
                let page = lycee.visiteur(qui).await.get(&chemin).await;
                assert_eq!(page.status.as_u16(), attendu, "{qui} {chemin}");
                if attendu == 200 {
                    assert_eq!(
                        page.headers["content-security-policy"],
                        "sandbox; default-src 'none'"
                    );
                    assert_eq!(page.headers["x-content-type-options"], "nosniff");
                    assert_eq!(page.headers["cache-control"], "no-store");
                    let sort = page.headers["content-disposition"].to_str().unwrap();
                    assert!(sort.starts_with(if fin.is_empty() {
                        "attachment; "
                    } else {
                        "inline"
                    }));
                }
            }
        }
    }
    let fichier = amina.get(&format!("{sienne}/fichiers/1")).await;
    assert_eq!(fichier.octets, octets::pdf("Bilan").as_bytes());
    assert_eq!(
        fichier.headers["content-disposition"],
        "attachment; filename*=UTF-8''%C3%A9t%C3%A9%2Epdf"
    );
}

#[sqlx::test]
async fn a_preuve_takes_only_files_of_whoever_deposits_it_and_once(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (amina, zoe) = (lycee.visiteur("amina").await, lycee.visiteur("zoe").await);
    let id = accepte(&amina, 1, "a.txt", b"un texte").await["fichier"].as_i64().unwrap();
    let essai = async |qui: &Visiteur, id: i64| {
        let cle = qui.get("/preuves/nouvelle").await.champ("cle");
        let id = id.to_string();
        let champs = [
            ("titre", "Vente"),
            ("vecue_le", "2026-11-20"),
            ("contexte", "stage"),
            ("codes", "1.1.2"),
            ("fichiers", &id),
            ("cle", &cle),
        ];
        qui.upload("/preuves/nouvelle", &champs, None).await
    };
    assert_eq!(essai(&zoe, id).await.status, StatusCode::UNPROCESSABLE_ENTITY, "somebody else's");
    assert_eq!(essai(&amina, 999).await.status, StatusCode::UNPROCESSABLE_ENTITY, "nobody's");
    assert_eq!(essai(&amina, id).await.status, StatusCode::SEE_OTHER);
    assert_eq!(essai(&amina, id).await.status, StatusCode::UNPROCESSABLE_ENTITY, "taken");
    assert_eq!(lycee.compter("livret.preuve").await, 1);
    let page = zoe.get(&format!("/depots/{}", cle(1))).await;
    assert_eq!(page.dit(), serde_json::json!({ "recu": 0 }), "her key is not somebody else's");
    // What a preuve has is not taken back by its deposit.
    amina.post(&format!("/depots/{}/retrait", cle(1)), &[]).await;
    assert_eq!(lycee.compter("livret.fichier where preuve_id is not null").await, 1);
}

#[sqlx::test]
async fn files_of_a_form_without_scripts_survive_a_fault_of_the_form(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let zoe = lycee.visiteur("zoe").await;
    let cle = zoe.get("/preuves/nouvelle").await.champ("cle");
    let champs = |titre, cle| {
        vec![
            ("titre", titre),
            ("vecue_le", "2026-11-20"),
            ("contexte", "stage"),
            ("codes", "1.1.2"),
            ("cle", cle),
        ]
    };
    let fichiers: [(&str, &[u8]); 3] =
        [("a.txt", b"un texte"), ("b.png", b"<svg/>"), ("c.jpg", &octets::jpeg(90, 60))];
    let page = zoe.upload_tous("/preuves/nouvelle", &champs("", &cle), &fichiers).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("dessin SVG");
    page.contient("a.txt <span class=\"doux\">déjà reçu, texte, 8\u{a0}o");
    let numeros: Vec<&str> = page
        .html
        .split("name=\"fichiers\" value=\"")
        .skip(1)
        .map(|m| m.split('"').next().unwrap())
        .collect();
    assert_eq!(numeros.len(), 2);
    let cle = page.champ("cle");
    let mut suite = champs("Vente", &cle);
    suite.extend(numeros.iter().map(|n| ("fichiers", *n)));
    let page = zoe.upload_tous("/preuves/nouvelle", &suite, &[]).await;
    let page = zoe.get(&page.location).await;
    page.contient("Télécharger a.txt");
    page.contient("Télécharger c.jpg");
}

#[sqlx::test]
async fn a_cut_is_resumed_where_it_was(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let zoe = lycee.visiteur("zoe").await;
    let octets = vec![b'a'; 3 << 20];
    let (cle, taille) = (cle(1), octets.len());
    let etat = async || zoe.get(&format!("/depots/{cle}")).await.dit()["recu"].clone();
    assert_eq!(etat().await, 0);
    let page = morceau(&zoe, &cle, MORCEAU, taille, "a.txt", b"x").await;
    assert_eq!((page.status, page.dit()["recu"].clone()), (StatusCode::CONFLICT, 0.into()));
    morceau(&zoe, &cle, 0, taille, "a.txt", &octets[..MORCEAU]).await;
    // The connection is cut in the middle of a piece: the piece is as if it had not been sent.
    let coupe = futures_util::stream::iter([
        Ok(axum::body::Bytes::from_static(b"aaa")),
        Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset)),
    ]);
    let chemin = format!("/depots/{cle}?debut={MORCEAU}&taille={taille}&nom=a.txt");
    zoe.envoyer("POST", &chemin, &[("sec-fetch-site", "same-origin")], Body::from_stream(coupe))
        .await;
    assert_eq!(etat().await, MORCEAU);
    let page = morceau(&zoe, &cle, 0, taille, "a.txt", &octets[..MORCEAU]).await;
    assert_eq!((page.status, page.dit()["recu"].clone()), (StatusCode::CONFLICT, MORCEAU.into()));
    let page = morceau(&zoe, &cle, MORCEAU, taille + 1, "a.txt", b"x").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "another size is another file");
    morceau(&zoe, &cle, MORCEAU, taille, "a.txt", &octets[MORCEAU..2 * MORCEAU]).await;
    let fin = morceau(&zoe, &cle, 2 * MORCEAU, taille, "a.txt", &octets[2 * MORCEAU..]).await.dit();
    // The last answer was lost: the same piece again is the same file.
    let encore = morceau(&zoe, &cle, 2 * MORCEAU, taille, "a.txt", &octets[2 * MORCEAU..]).await;
    assert_eq!((encore.dit(), etat().await), (fin, taille.into()));
    assert_eq!(lycee.compter("livret.fichier").await, 1);
    assert_eq!(tenus(&lycee).await[0].1, octets);
}

#[sqlx::test]
async fn a_student_has_a_quota_and_five_deposits_at_once(db: PgPool) {
    let memoire = Arc::new(object_store::memory::InMemory::new());
    let lycee = Lycee::avec(db, memoire, |c| c.quota = 3 << 20).await;
    let zoe = lycee.visiteur("zoe").await;
    let deux = vec![b'a'; 2 << 20];
    accepte(&zoe, 1, "a.txt", &deux).await;
    let page = deposer(&zoe, &cle(2), "b.txt", &deux).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("Vos fichiers occupent déjà 2\u{a0}Mo sur 3\u{a0}Mo\u{a0}: celui-ci (2\u{a0}Mo) ne tient plus.");
    zoe.post(&format!("/depots/{}/retrait", cle(1)), &[]).await;
    accepte(&zoe, 3, "b.txt", &deux).await;
    accepte(&lycee.visiteur("martin").await, 4, "b.txt", &vec![b'b'; 4 << 20]).await;

    for n in 10..15 {
        assert_eq!(morceau(&zoe, &cle(n), 0, 9, "c.txt", b"a").await.status, StatusCode::OK);
    }
    let page = morceau(&zoe, &cle(15), 0, 9, "c.txt", b"a").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("5 fichiers sont déjà en cours d’envoi");
    // Two days later nobody waits for them any more.
    lycee.hand.advance(time::Duration::hours(49));
    assert_eq!(balayer(&lycee.app, false).await.unwrap().depots, 5, "counted");
    assert_eq!(std::fs::read_dir(&lycee.app.depots).unwrap().count(), 5, "and left");
    assert_eq!(balayer(&lycee.app, true).await.unwrap().depots, 5);
    assert_eq!(std::fs::read_dir(&lycee.app.depots).unwrap().count(), 0);
    assert_eq!(lycee.compter("livret.depot").await, 0);
}

/// A disk that fills up, then a store that does: what arrived stays, and it goes on when there is room again.
#[sqlx::test]
async fn what_arrived_stays_when_room_is_missing(db: PgPool) {
    let dossier = tempfile::tempdir().unwrap();
    let local = LocalFileSystem::new_with_prefix(dossier.path()).unwrap();
    let lycee = Lycee::avec(db, Arc::new(local), |_| {}).await;
    let zoe = lycee.visiteur("zoe").await;
    let (cle, texte) = (cle(1), b"un texte");
    let piece = lycee.app.depots.join(format!("{}-{cle}", zoe.numero));
    std::os::unix::fs::symlink("/dev/full", &piece).unwrap();
    let page = morceau(&zoe, &cle, 0, texte.len(), "a.txt", texte).await;
    assert_eq!(page.status, StatusCode::INSUFFICIENT_STORAGE, "{}", page.html);
    page.contient("Ce qui est arrivé est gardé");
    std::fs::remove_file(&piece).unwrap();

    // The folder where these bytes would go is taken by a file.
    let nom = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(texte));
    std::fs::write(dossier.path().join(&nom[..2]), "").unwrap();
    let page = morceau(&zoe, &cle, 0, texte.len(), "a.txt", texte).await;
    assert_eq!(page.status, StatusCode::INSUFFICIENT_STORAGE, "{}", page.html);
    assert_eq!(zoe.get(&format!("/depots/{cle}")).await.dit()["recu"], texte.len());
    std::fs::remove_file(dossier.path().join(&nom[..2])).unwrap();
    let page = morceau(&zoe, &cle, texte.len(), texte.len(), "a.txt", b"").await;
    assert_eq!(page.dit()["nom"], "a.txt", "{}", page.html);
}

/// The same bytes twice are kept once; what no row names is counted, then taken away, and nothing else is.
async fn une_fois_puis_plus(lycee: &Lycee) {
    let (zoe, amina) = (lycee.visiteur("zoe").await, lycee.visiteur("amina").await);
    let film = octets::mp4(*b"isom");
    let gros =
        [film.clone(), 6_000_008_u32.to_be_bytes().to_vec(), b"mdat".to_vec(), vec![3; 6_000_000]]
            .concat();
    for (qui, n) in [(&zoe, 1), (&zoe, 2), (&amina, 1)] {
        accepte(qui, n, "photo.jpg", &octets::jpeg(90, 60)).await;
        accepte(qui, n + 10, "film.mp4", &gros).await; // more than one part
    }
    assert_eq!(lycee.compter("livret.fichier").await, 6);
    assert_eq!(tenus(lycee).await.len(), 3, "the photo, its thumbnail, the film");
    assert_eq!(balayer(&lycee.app, true).await.unwrap(), Balayage::default());
    for (qui, n) in [(&zoe, 1), (&zoe, 2)] {
        qui.post(&format!("/depots/{}/retrait", cle(n)), &[]).await;
    }
    assert_eq!(balayer(&lycee.app, true).await.unwrap().orphelins, 0, "amina has the same photo");
    amina.post(&format!("/depots/{}/retrait", cle(1)), &[]).await;
    let ailleurs = object_store::path::Path::from("a-quelqu-un-d-autre");
    lycee.app.fichiers.put(&ailleurs, "x".into()).await.unwrap();
    let compte = balayer(&lycee.app, false).await.unwrap();
    assert_eq!((compte.orphelins, tenus(lycee).await.len()), (2, 4), "counted, nothing taken");
    assert_eq!(balayer(&lycee.app, true).await.unwrap(), compte);
    assert_eq!(balayer(&lycee.app, true).await.unwrap(), Balayage::default());
    let restes: Vec<String> = tenus(lycee).await.into_iter().map(|t| t.0).collect();
    assert_eq!(restes.len(), 2, "{restes:?}");
    // And what is kept comes back whole.
    let id = accepte(&zoe, 11, "film.mp4", &gros).await["fichier"].as_i64().unwrap();
    let adresse = preuve(&zoe, "/preuves/nouvelle", &[id]).await;
    let servi = zoe.get(&format!("{adresse}/fichiers/1")).await;
    assert_eq!(servi.octets.len(), gros.len());
    assert_eq!(servi.headers["content-type"], "video/mp4");
}

#[sqlx::test]
async fn a_folder_keeps_each_file_once_and_no_orphan(db: PgPool) {
    let dossier = tempfile::tempdir().unwrap();
    let local = store::open(dossier.path(), &S3::default()).unwrap();
    une_fois_puis_plus(&Lycee::avec(db, local, |_| {}).await).await;
}

/// Ends with the test that started it.
struct Serveur(Child);

impl Drop for Serveur {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A real S3 server of this machine, with an empty bucket; none where it is not installed, except in CI.
fn seau() -> Option<(Serveur, S3)> {
    let programme = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/moto/bin/moto_server");
    if !programme.exists() {
        assert!(std::env::var("CI").is_err(), "{} is missing", programme.display());
        eprintln!("PASSÉ : {} n’est pas sur cette machine", programme.display());
        return None;
    }
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let serveur = Serveur(
        Command::new(programme)
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    );
    let fin = Instant::now() + Duration::from_mins(1);
    let cree = || -> std::io::Result<String> {
        use std::io::{Read, Write};
        let mut connexion = std::net::TcpStream::connect(("127.0.0.1", port))?;
        write!(
            connexion,
            "PUT /livret HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        )?;
        let mut reponse = String::new();
        connexion.read_to_string(&mut reponse)?;
        Ok(reponse)
    };
    while !cree().is_ok_and(|r| r.starts_with("HTTP/1.1 200")) {
        assert!(Instant::now() < fin, "the S3 server does not answer");
        std::thread::sleep(Duration::from_millis(100));
    }
    let s3 = S3 {
        seau: Some("livret".to_owned()),
        adresse: Some(format!("http://127.0.0.1:{port}")),
        region: "us-east-1".to_owned(),
        cle: Some("essai".to_owned()),
        secret: Some("essai".to_owned()),
    };
    Some((serveur, s3))
}

#[sqlx::test]
async fn a_bucket_keeps_each_file_once_and_no_orphan(db: PgPool) {
    let Some((_serveur, s3)) = tokio::task::spawn_blocking(seau).await.unwrap() else { return };
    let magasin: Arc<dyn ObjectStore> = store::open(Path::new("/nulle-part"), &s3).unwrap();
    une_fois_puis_plus(&Lycee::avec(db, magasin, |_| {}).await).await;
}
