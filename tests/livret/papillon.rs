//! Papillons: made for a section, read by a phone, made again face to face, taken back for a whole school.
use std::process::Command;

use axum::http::StatusCode;
use image::GenericImageView;
use sqlx::PgPool;
use time::Duration;

use crate::lycee::{Lycee, Page, Visiteur};

const SECRET: &str = "demonstration-livret";
const NEUF: &str = "trois paniers vendus";

/// What is written on a document, and nothing when nobody can read it here.
fn texte(pdf: &[u8]) -> Option<String> {
    crate::jury::lire("pdftotext", &["-layout", "FICHIER", "-"], pdf)
}

/// The codes on paper, in their order: three groups of four.
fn codes(pdf: &[u8]) -> Vec<String> {
    let texte = texte(pdf).unwrap_or_default().replace('\u{a0}', " ");
    let groupe =
        |m: &str| m.len() == 4 && m.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    // Two papillons stand on one line.
    let ligne = |l: &str| {
        let groupes: Vec<&str> =
            l.split_whitespace().filter(|m| groupe(m) && *m != "NDRC").collect();
        groupes.chunks_exact(3).map(|g| g.join("-")).collect::<Vec<_>>()
    };
    texte.lines().flat_map(ligne).collect()
}

/// Makes papillons for these people of a promotion.
async fn faire(qui: &Visiteur, promotion: i64, personnes: &[i64]) -> Page {
    let chemin = format!("/promotions/{promotion}/acces");
    let cle = qui.get(&chemin).await.champ("cle");
    let personnes: Vec<String> = personnes.iter().map(i64::to_string).collect();
    let mut champs = vec![("cle", cle.as_str())];
    champs.extend(personnes.iter().map(|p| ("personne", p.as_str())));
    qui.post(&chemin, &champs).await
}

async fn nouveau(qui: &Visiteur, personne: i64, sans_facteur: bool) -> Page {
    let chemin = format!("/personnes/{personne}/papillon");
    let page = qui.get(&chemin).await;
    if page.status != StatusCode::OK {
        return page;
    }
    let cle = page.champ("cle");
    let mut champs = vec![("cle", cle.as_str())];
    if sans_facteur {
        champs.push(("sans_facteur", "1"));
    }
    qui.post(&chemin, &champs).await
}

async fn premiere(lycee: &Lycee, identifiant: &str, code: &str, secret: &str) -> Page {
    let champs = [("identifiant", identifiant), ("code", code), ("mot_de_passe", secret)];
    lycee.passant().post("/premiere-connexion", &champs).await
}

/// Nobody of these ever came in.
async fn vider(lycee: &Lycee, personnes: &[i64]) {
    sqlx::query("update acces.compte set secret = null where personne_id = any ($1)")
        .bind(personnes)
        .execute(&lycee.db)
        .await
        .unwrap();
}

#[sqlx::test]
async fn a_coordonnateur_prints_the_papillons_of_those_who_never_came_and_one_of_them_comes_in(
    db: PgPool,
) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let (promotion, zoe, amina) =
        (lycee.promotion("zoe").await, lycee.numero("zoe").await, lycee.numero("amina").await);
    vider(&lycee, &[zoe, amina]).await;
    let chemin = format!("/promotions/{promotion}/acces");
    let page = martin.get(&chemin).await;
    page.contient("Jamais connecté");
    for (qui, coche) in [(zoe, true), (amina, true), (lycee.numero("etudiant1-3").await, false)] {
        let case = format!("name=\"personne\" value=\"{qui}\"");
        page.contient(&case);
        assert_eq!(page.html.contains(&format!("{case} checked")), coche, "{qui}");
    }
    let page = faire(&martin, promotion, &[zoe, amina]).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.html);
    assert_eq!(page.headers["content-type"], "application/pdf");
    martin.get(&chemin).await.contient("Code en attente jusqu’au 24/12/2026");
    let journal: String = sqlx::query_scalar(
        "select contenu::text from livret.evenement where genre = 'renouveler_acces'",
    )
    .fetch_one(&lycee.db)
    .await
    .unwrap();
    assert!(journal.contains(&format!("\"{zoe}\"")), "{journal}");
    let Some(lu) = texte(&page.octets) else { return };
    let (du_z, de_a) = (lu.find("ÉTIENNE Zoé").unwrap(), lu.find("DIALLO Amina").unwrap());
    assert!(de_a < du_z, "in the order of the list");
    for attendu in ["premiere-connexion", "zoe", "usage unique", "NDRC 2025-2027"] {
        assert!(lu.contains(attendu), "« {attendu} » in {lu}");
    }
    let codes = codes(&page.octets);
    assert_eq!(codes.len(), 2, "{lu}");
    assert!(!journal.contains(&codes[0]) && !journal.contains(&codes[0].replace('-', "")));
    assert_eq!(
        premiere(&lycee, "zoe", &codes[0], NEUF).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(premiere(&lycee, "zoe", &codes[1], NEUF).await.location, "/");
    martin.get(&chemin).await.contient("Connecté le 24/11/2026");
}

/// The drawing of the first papillon of a sheet, square by square.
fn dessin(pdf: &[u8], large: u32) -> Option<Vec<bool>> {
    let dossier = tempfile::tempdir().unwrap();
    let (de, vers) = (dossier.path().join("a.pdf"), dossier.path().join("a"));
    std::fs::write(&de, pdf).unwrap();
    let fait = Command::new("pdftoppm")
        .args(["-r", "300", "-png", "-singlefile"])
        .arg(&de)
        .arg(&vers)
        .status();
    if fait.is_err() {
        assert!(std::env::var("CI").is_err(), "pdftoppm is missing");
        eprintln!("PASSÉ : pdftoppm n’est pas sur cette machine");
        return None;
    }
    let image = image::open(dossier.path().join("a.png")).unwrap();
    let point = |mm: u32| mm * 3000 / 254;
    // Where the template puts it; its quiet zone is the white around.
    let noir = |x: u32, y: u32| image.get_pixel(x, y).0[0] < 128;
    let (gauche, droite) = (point(70), point(97));
    let (haut, bas) = (point(16), point(55));
    let noirs: Vec<(u32, u32)> = (haut..bas)
        .flat_map(|y| (gauche..droite).map(move |x| (x, y)))
        .filter(|(x, y)| noir(*x, *y))
        .collect();
    let bord = |f: fn(&(u32, u32)) -> u32| {
        (noirs.iter().map(f).min().unwrap(), noirs.iter().map(f).max().unwrap() + 1)
    };
    let ((x0, x1), (y0, y1)) = (bord(|p| p.0), bord(|p| p.1));
    let carre = |i: u32, de: u32, a: u32| de + (2 * i + 1) * (a - de) / (2 * large);
    Some(
        (0..large)
            .flat_map(|y| (0..large).map(move |x| (x, y)))
            .map(|(x, y)| noir(carre(x, x0, x1), carre(y, y0, y1)))
            .collect(),
    )
}

#[sqlx::test]
async fn what_is_drawn_is_the_address_with_the_code_that_is_printed(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, zoe) = (lycee.visiteur("martin").await, lycee.numero("zoe").await);
    let page = nouveau(&martin, zoe, false).await;
    let Some(code) = codes(&page.octets).pop() else { return };
    let adresse = format!("http://livret.test/premiere-connexion#identifiant=zoe&code={code}");
    let attendu =
        qrcode::QrCode::with_error_correction_level(&adresse, qrcode::EcLevel::M).unwrap();
    let Some(dessin) = dessin(&page.octets, u32::try_from(attendu.width()).unwrap()) else {
        return;
    };
    let noirs: Vec<bool> = attendu.to_colors().iter().map(|c| *c == qrcode::Color::Dark).collect();
    let faux = noirs.iter().zip(&dessin).filter(|(a, b)| a != b).count();
    assert_eq!(faux, 0, "squares of {} that differ", noirs.len());
}

#[sqlx::test]
async fn a_new_papillon_ends_what_was_open_and_serves_once_and_for_a_time(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (okafor, mut zoe) = (lycee.visiteur("okafor").await, lycee.visiteur("zoe").await);
    let elle = lycee.numero("zoe").await;
    // Whoever follows her may, without coordinating.
    let page = nouveau(&okafor, elle, false).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.html);
    assert_eq!(zoe.get("/livret").await.location, "/connexion", "her sessions are over");
    let bon = [("identifiant", "zoe"), ("mot_de_passe", SECRET)];
    let refus = lycee.passant().post("/connexion", &bon).await;
    assert_eq!(refus.status, StatusCode::UNPROCESSABLE_ENTITY, "her password too");
    let Some(premier) = codes(&page.octets).pop() else { return };
    let second = codes(&nouveau(&okafor, elle, false).await.octets).pop().unwrap();
    let refus = premiere(&lycee, "zoe", &premier, NEUF).await;
    refus.contient("n’est plus valable");
    lycee.hand.advance(Duration::days(30) - Duration::seconds(1));
    let page = premiere(&lycee, "zoe", &second, NEUF).await;
    assert_eq!(page.location, "/", "{}", page.html);
    let refus = premiere(&lycee, "zoe", &second, NEUF).await;
    assert_eq!(refus.status, StatusCode::UNPROCESSABLE_ENTITY, "a code serves once");
    zoe.cookie = None;
    let okafor = lycee.visiteur("okafor").await;
    let troisieme = codes(&nouveau(&okafor, elle, false).await.octets).pop().unwrap();
    lycee.hand.advance(Duration::days(30));
    let refus = premiere(&lycee, "zoe", &troisieme, NEUF).await;
    assert_eq!(refus.status, StatusCode::UNPROCESSABLE_ENTITY, "thirty days, no more");
}

#[sqlx::test]
async fn nobody_makes_again_the_access_of_somebody_who_may_do_more_nor_her_own(db: PgPool) {
    let lycee = Lycee::open(db).await;
    for (qui, elle, permis) in [
        ("okafor", "zoe", true),
        ("durand", "zoe", false),       // of another promotion
        ("lefevre", "zoe", false),      // of another school
        ("okafor", "petitjean", false), // a colleague, and she does not coordinate
        ("martin", "okafor", true),     // she coordinates
        ("martin", "admin", false),     // who may do more
        ("martin", "jury", false),
        ("admin", "martin", true),
        ("admin", "jury", true),
        ("admin", "lefevre", false),
    ] {
        let visiteur = lycee.visiteur(qui).await;
        let numero = lycee.numero(elle).await;
        let avant = lycee.compter("acces.compte where code is not null").await;
        let page = nouveau(&visiteur, numero, false).await;
        let attendu = if permis { StatusCode::OK } else { StatusCode::NOT_FOUND };
        assert_eq!(page.status, attendu, "{qui} for {elle}");
        // Nor by asking without the page.
        let cle = lycee.app.random.uuid().to_string();
        let page = visiteur.post(&format!("/personnes/{numero}/papillon"), &[("cle", &cle)]).await;
        assert_eq!(page.status, attendu, "{qui} for {elle}");
        let apres = lycee.compter("acces.compte where code is not null").await;
        assert_eq!(apres > avant || permis && apres == avant, permis, "{qui} for {elle}");
    }
    let martin = lycee.visiteur("martin").await;
    let elle = lycee.numero("martin").await;
    martin.get(&format!("/personnes/{elle}/papillon")).await.contient("Mon compte");
    // A teacher who is an administrator too is more than a teacher.
    sqlx::query("insert into acces.fonction select etablissement_id, personne_id, 'administrateur', now() - interval '1 year' from acces.compte where identifiant = 'okafor'")
        .execute(&lycee.db).await.unwrap();
    let okafor = lycee.numero("okafor").await;
    assert_eq!(nouveau(&martin, okafor, false).await.status, StatusCode::NOT_FOUND);
}

#[sqlx::test]
async fn the_same_form_twice_is_one_sheet_and_a_wrong_one_comes_back(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let (promotion, zoe) = (lycee.promotion("zoe").await, lycee.numero("zoe").await.to_string());
    let chemin = format!("/promotions/{promotion}/acces");
    let cle = martin.get(&chemin).await.champ("cle");
    let champs = [("cle", cle.as_str()), ("personne", zoe.as_str())];
    assert_eq!(martin.post(&chemin, &champs).await.status, StatusCode::OK);
    let code = "select encode(code, 'hex') from acces.compte where identifiant = 'zoe'";
    let avant: String = sqlx::query_scalar(code).fetch_one(&lycee.db).await.unwrap();
    martin.post(&chemin, &champs).await.contient("déjà reçu");
    let apres: String = sqlx::query_scalar(code).fetch_one(&lycee.db).await.unwrap();
    assert_eq!(avant, apres, "the code on paper is still good");
    let page = martin.post(&chemin, &[("cle", cle.as_str())]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("Cochez au moins une personne");
    // A teacher who does not coordinate sees the students, and prints no list.
    let okafor = lycee.visiteur("okafor").await;
    let page = okafor.get(&chemin).await;
    page.contient("ÉTIENNE Zoé");
    page.sans("PETITJEAN");
    page.sans("type=\"checkbox\"");
    assert_eq!(okafor.post(&chemin, &champs).await.status, StatusCode::NOT_FOUND);
}

#[sqlx::test]
async fn what_touches_accesses_asks_again_who_one_is_and_keeps_what_was_typed(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let (promotion, zoe) = (lycee.promotion("zoe").await, lycee.numero("zoe").await.to_string());
    let chemin = format!("/promotions/{promotion}/acces");
    let cle = martin.get(&chemin).await.champ("cle");
    let champs = [("cle", cle.as_str()), ("personne", zoe.as_str())];
    lycee.hand.advance(Duration::minutes(10));
    let page = martin.post(&chemin, &champs).await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    page.contient("Confirmer que c’est vous");
    assert_eq!(lycee.compter("acces.compte where code is not null").await, 0);
    let (vers, lus) =
        (page.champ("reprise_vers"), page.champ("reprise_champs").replace("&#38;", "&"));
    let confirmer = async |secret: &str| {
        let champs = [("mot_de_passe", secret), ("reprise_vers", &vers), ("reprise_champs", &lus)];
        martin.post("/mon-compte/confirmation", &champs).await
    };
    let refus = confirmer("un autre mot de passe").await;
    assert_eq!(refus.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refus.champ("reprise_vers"), chemin);
    confirmer(SECRET).await.contient("Retrouver ma saisie");
    let mut reprise = champs.to_vec();
    reprise.push(("reprise", "1"));
    let page = martin.post(&chemin, &reprise).await;
    page.contient(&format!("name=\"personne\" value=\"{zoe}\" checked"));
    let cle = page.champ("cle");
    let page = martin.post(&chemin, &[("cle", &cle), ("personne", &zoe)]).await;
    assert_eq!(page.headers["content-type"], "application/pdf");
}

#[sqlx::test]
async fn every_access_of_a_school_is_taken_back_in_one_act(db: PgPool) {
    let lycee = Lycee::open(db).await;
    // Two thousand accounts, each with a session.
    sqlx::query(
        "with p as (insert into livret.personne (etablissement_id, nom, prenom)
                    select 1, 'NOM' || n, 'Prénom' from generate_series(1, 2000) n returning etablissement_id, personne_id),
              c as (insert into acces.compte (etablissement_id, personne_id, identifiant, secret)
                    select etablissement_id, personne_id, 'compte' || personne_id, 'x' from p returning compte_id)
         insert into acces.session (empreinte, compte_id, ouverte_le, vue_le, confirmee_le)
         select sha256(compte_id::text::bytea), compte_id, now(), now(), now() from c",
    )
    .execute(&lycee.db)
    .await
    .unwrap();
    let (martin, lefevre) = (lycee.visiteur("martin").await, lycee.visiteur("lefevre").await);
    let admin = lycee.visiteur("admin").await;
    let page = admin.get("/administration/acces").await;
    let cle = page
        .html
        .rsplit_once("name=\"cle\" value=\"")
        .unwrap()
        .1
        .split_once('"')
        .unwrap()
        .0
        .to_owned();
    let ecole: i64 =
        sqlx::query_scalar("select etablissement_id from acces.compte where identifiant = 'admin'")
            .fetch_one(&lycee.db)
            .await
            .unwrap();
    let sans_motif = [("cle", cle.as_str()), ("compris", "1")];
    let refus = admin.post("/administration/acces/reinitialisation", &sans_motif).await;
    assert_eq!(refus.status, StatusCode::UNPROCESSABLE_ENTITY);
    let debut = std::time::Instant::now();
    let champs = [("cle", cle.as_str()), ("compris", "1"), ("motif", "Mots de passe volés")];
    let page = admin.post("/administration/acces/reinitialisation", &champs).await;
    let duree = debut.elapsed();
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    println!("every access of 2,070 accounts taken back in {duree:?}");
    assert!(duree.as_secs_f64() < 5.0, "{duree:?}");
    let restent = format!(
        "acces.session join acces.compte using (compte_id) where fermee_le is null and etablissement_id = {ecole} and identifiant <> 'admin'"
    );
    let restent: i64 =
        sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select count(*) from {restent}")))
            .fetch_one(&lycee.db)
            .await
            .unwrap();
    assert_eq!(restent, 0, "sessions left");
    assert_eq!(martin.get("/promotions/1").await.location, "/connexion");
    assert_eq!(lefevre.get("/").await.status, StatusCode::OK, "the other school goes on");
    let bon = [("identifiant", "martin"), ("mot_de_passe", SECRET)];
    assert_eq!(
        lycee.passant().post("/connexion", &bon).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    // Who did it prints what comes next.
    let promotion = lycee.promotion("zoe").await;
    let page = admin.get(&format!("/promotions/{promotion}/acces")).await;
    page.contient("Accès repris, sans papillon");
    page.contient("36\u{a0}cochés");
    let tous: Vec<i64> = page
        .html
        .split("name=\"personne\" value=\"")
        .skip(1)
        .map(|p| p.split_once('"').unwrap().0.parse().unwrap())
        .collect();
    let pdf = faire(&admin, promotion, &tous).await;
    if let Some(lu) = texte(&pdf.octets) {
        assert_eq!(lu.matches('\u{c}').count(), 5, "36 people on 5 sheets");
        assert_eq!(codes(&pdf.octets).len(), 36);
    }
}
