//! Files that somebody makes on purpose: each is refused, says why, leaves nothing, and takes no memory here.
use std::process::Command;

use axum::{body::Body, http::StatusCode};
use sqlx::PgPool;

use crate::{
    fichier::{cle, deposer, rien},
    lycee::{Lycee, Page, Visiteur},
    octets,
};

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
        .args(["--ignored", "--exact", "hostile::hostile_set", "--nocapture"])
        .output()
        .unwrap();
    let dit = String::from_utf8_lossy(&sortie.stdout);
    println!("{}", dit.lines().find(|l| l.contains("hostile files")).unwrap_or_default());
    let panne = String::from_utf8_lossy(&sortie.stderr);
    assert!(sortie.status.success() && dit.contains("1 passed"), "{dit}\n{panne}");
}
