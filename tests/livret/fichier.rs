//! Files: received in pieces, recognised by what they are, cleaned, kept once, given to those who may see the preuve.
use std::sync::Arc;

use axum::{body::Body, http::StatusCode};
use futures_util::TryStreamExt;
use livret::preuve::depot::balayage::balayer;
use object_store::ObjectStoreExt;
use serde_json::Value;
use sqlx::PgPool;

use crate::{
    lycee::{Lycee, Page, Visiteur},
    octets,
};

const MORCEAU: usize = 1 << 20;

pub(crate) fn cle(n: u32) -> String {
    format!("00000000-0000-4000-8000-{n:012}")
}

pub(crate) async fn morceau(
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
pub(crate) async fn deposer(qui: &Visiteur, cle: &str, nom: &str, octets: &[u8]) -> Page {
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
pub(crate) async fn accepte(qui: &Visiteur, n: u32, nom: &str, octets: &[u8]) -> Value {
    let page = deposer(qui, &cle(n), nom, octets).await;
    assert_eq!(page.status, StatusCode::OK, "{nom}: {}", page.html);
    let dit = page.dit();
    assert!(dit["fichier"].is_i64(), "{nom}: {dit}");
    dit
}

/// A preuve that takes these files: its address.
pub(crate) async fn preuve(qui: &Visiteur, formulaire: &str, fichiers: &[i64]) -> String {
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
pub(crate) async fn tenus(lycee: &Lycee) -> Vec<(String, Vec<u8>)> {
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
pub(crate) async fn rien(lycee: &Lycee) {
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

/// Who reads the queue sees what was attached without leaving it.
#[sqlx::test]
async fn the_queue_shows_the_files_of_the_preuve_that_is_open(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (amina, martin) = (lycee.visiteur("amina").await, lycee.visiteur("martin").await);
    let photo = accepte(&amina, 1, "vitrine.jpg", &octets::jpeg(90, 60)).await;
    let sienne = preuve(&amina, "/preuves/nouvelle", &[photo["fichier"].as_i64().unwrap()]).await;
    let demande = format!("{sienne}/demande");
    let cle = amina.get(&demande).await.champ("cle");
    let champs = [("demande-1.1.2", "1"), ("niveau-1.1.2", "S"), ("cle", cle.as_str())];
    assert_eq!(amina.post(&demande, &champs).await.status, StatusCode::SEE_OTHER);
    let numero = lycee.numero("amina").await;
    let fichier = format!("/etudiants/{numero}{sienne}/fichiers/1");
    let page =
        martin.get(&format!("/promotions/{}/demandes", lycee.promotion("amina").await)).await;
    page.contient(&format!("src=\"{fichier}/apercu\" alt=\"Aperçu de vitrine.jpg\""));
    page.contient(&format!("href=\"{fichier}\" download"));
    assert_eq!(martin.get(&format!("{fichier}/apercu")).await.status, StatusCode::OK);
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
