//! One question, what each may open, and nothing of anybody else; by a page, and by the palette.
use std::time::Instant;

use axum::http::StatusCode;
use fantoccini::{Locator, key::Key};
use livret::router::{ACCES, Qui};
use sqlx::PgPool;

use crate::{
    lycee::Lycee,
    pilote::{axe, entrer, manque, navigateur},
};

#[test]
fn every_page_that_is_offered_is_a_page_of_that_function() {
    let lieux = livret::recherche::pages::lieux();
    assert!(lieux.len() > 30);
    for lieu in lieux {
        let route = match lieu.href.as_str() {
            h if h.contains("{promotion}") => h.replace("{promotion}", "{id}"),
            h => h.to_owned(),
        };
        let regle = ACCES.iter().find(|a| a.0 == "GET" && a.1 == route);
        let regle = regle.unwrap_or_else(|| panic!("no route {route}")).2;
        let permis =
            if lieu.fonction.is_empty() { regle == Qui::Tous } else { regle.nomme(&lieu.fonction) };
        assert!(permis, "{} may not open {route}", lieu.fonction);
    }
}

/// A preuve of this student, with these words.
async fn preuve(lycee: &Lycee, qui: &str, titre: &str, texte: &str) {
    let visiteur = lycee.visiteur(qui).await;
    let cle = visiteur.get("/preuves/nouvelle").await.champ("cle");
    let champs = [
        ("titre", titre),
        ("texte", texte),
        ("vecue_le", "2026-11-20"),
        ("contexte", "stage"),
        ("codes", "1.1.1"),
        ("cle", &cle),
    ];
    let page = visiteur.upload("/preuves/nouvelle", &champs, None).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
}

#[sqlx::test]
async fn each_finds_what_is_hers_and_nothing_else(db: PgPool) {
    let lycee = Lycee::open(db).await;
    preuve(&lycee, "zoe", "Évènement éphémère à Besançon", "Nous avons installé des kakémonos.")
        .await;
    preuve(&lycee, "amina", "Évènement de rentrée", "").await;
    let (zoe, amina) = (lycee.visiteur("zoe").await, lycee.numero("amina").await);
    // Without accents, in the middle of a word, by another form of a word of the text.
    for q in ["evenement+EPHEMERE", "phem", "installer", "besancon"] {
        let page = zoe.get(&format!("/recherche?q={q}")).await;
        page.contient("Évènement éphémère à Besançon");
        page.sans("Évènement de rentrée");
    }
    // Her classmates do not exist for her, nor does anything of the exam's own papers.
    for q in ["diallo", "amina", "rentree", "commission", "martin"] {
        let page = zoe.get(&format!("/recherche?q={q}")).await;
        for mots in [
            "DIALLO",
            &format!("/etudiants/{amina}"),
            "rentrée</a>",
            "/commissions",
            "/promotions/",
        ] {
            page.sans(mots);
        }
    }
    zoe.get("/recherche?q=1.1.1").await.contient("/referentiel/1.1.1");
    zoe.get("/recherche?q=conformit%C3%A9").await.contient("href=\"/conformite\"");
    zoe.get("/recherche?q=zzzz").await.contient("Aucune réponse");
    zoe.get("/recherche?q=z").await.contient("Écrivez au moins deux lettres");

    let martin = lycee.visiteur("martin").await;
    let page = martin.get("/recherche?q=diallo").await;
    page.contient(&format!("href=\"/etudiants/{amina}/livret\""));
    martin.get("/recherche?q=evenement").await.contient("DIALLO Amina, 20");
    martin.get("/recherche?q=grille").await.contient("/grille\"");
    let autre = lycee.numero("etudiant3-1").await;
    let nom: String = sqlx::query_scalar("select nom from livret.personne where personne_id = $1")
        .bind(autre)
        .fetch_one(&lycee.db)
        .await
        .unwrap();
    martin.get(&format!("/recherche?q={nom}")).await.sans(&format!("/etudiants/{autre}/"));
    // Durand teaches the new promotion only.
    let durand = lycee.visiteur("durand").await;
    durand.get("/recherche?q=diallo").await.sans("DIALLO");
    durand.get("/recherche?q=evenement").await.sans("Évènement");
    let jury = lycee.visiteur("jury").await;
    jury.get("/recherche?q=diallo").await.contient(&format!("/jury/etudiants/{amina}/dossier.pdf"));
    jury.get("/recherche?q=evenement").await.sans("Évènement");
    // A mandat that ended yesterday finds nobody, though the function runs on.
    sqlx::query("update livret.mandat set au = date '2026-11-23'")
        .execute(&lycee.db)
        .await
        .unwrap();
    jury.get("/recherche?q=diallo").await.sans("dossier.pdf");
    let admin = lycee.visiteur("admin").await;
    let page = admin.get("/recherche?q=diallo+amina").await;
    page.contient(&format!("/administration/promotions/{}", lycee.promotion("amina").await));
    page.sans("/etudiants/");
    admin.get("/recherche?q=evenement").await.sans("Évènement");
    // What LIKE, a query or HTML would take for something else.
    for q in [
        "%25",
        "%25%25",
        "_",
        "\\",
        "'+or+1=1",
        "%22%3Cb%3E",
        "a+%26+!b+%7C",
        "%00%00",
        &"é+".repeat(90),
    ] {
        let page = martin.get(&format!("/recherche?q={q}")).await;
        assert_eq!(page.status, StatusCode::OK, "{q}");
        page.sans("DIALLO");
        page.sans("<b>");
    }
    // The palette reads a part of a page; who is not signed in reads nothing.
    let part = martin.get("/recherche?q=diallo&fragment=1").await;
    part.contient("role=\"option\"");
    part.sans("<html");
    let page = lycee.passant().get("/recherche?q=diallo").await;
    assert_eq!((page.status, page.location.as_str()), (StatusCode::SEE_OTHER, "/connexion"));
}

/// Forty students, a thousand preuves: how long an answer takes, and that it takes a moment.
#[sqlx::test]
async fn an_answer_among_a_thousand_preuves_takes_a_moment(db: PgPool) {
    let lycee = Lycee::open(db).await;
    preuve(&lycee, "zoe", "Vente flash", "Un stand devant la gare.").await;
    let promotion = lycee.promotion("zoe").await;
    sqlx::query(
        "with gens as (
            insert into livret.personne (etablissement_id, nom, prenom)
            select i.etablissement_id, 'NOM' || n, 'Élève' from livret.inscription i, generate_series(1, 40) n
             where i.promotion_id = $1 and i.etudiant_id = $2
            returning etablissement_id, personne_id)
         insert into livret.inscription (etablissement_id, promotion_id, etudiant_id, du)
         select etablissement_id, $1, personne_id, '2026-09-01' from gens",
    )
    .bind(promotion)
    .bind(lycee.numero("zoe").await)
    .execute(&lycee.db)
    .await
    .unwrap();
    sqlx::query(
        "with neuves as (
            insert into livret.preuve (etablissement_id, situation_id, titre, texte, par, deposee_le, version, reelle)
            select p.etablissement_id, p.situation_id, 'Prospection ' || n, repeat('Un rendez-vous de négociation. ', 20),
                   p.par, p.deposee_le, p.version, p.reelle
              from livret.preuve p, generate_series(1, 1000) n
            returning etablissement_id, preuve_id)
         insert into livret.preuve_etudiant (etablissement_id, preuve_id, etudiant_id, acceptee_le)
         select n.etablissement_id, n.preuve_id, g.etudiant_id, now()
           from neuves n
           join lateral (select etudiant_id from livret.inscription where promotion_id = $1
                          order by (etudiant_id + n.preuve_id) % 40 limit 1) g on true",
    )
    .bind(promotion)
    .execute(&lycee.db)
    .await
    .unwrap();
    let martin = lycee.visiteur("martin").await;
    martin.get("/recherche?q=prospection").await.contient("Prospection");
    let mut temps = vec![];
    for q in ["prospection", "negociation", "nom1", "gare", "prosp 77", "zzz", "stage", "1.2"] {
        let debut = Instant::now();
        let page = martin.get(&format!("/recherche?q={}&fragment=1", q.replace(' ', "+"))).await;
        temps.push(debut.elapsed());
        assert_eq!(page.status, StatusCode::OK);
    }
    temps.sort();
    println!(
        "an answer among 1000 preuves of 40 students: median {:?}, worst {:?}",
        temps[4], temps[7]
    );
    assert!(temps[7].as_millis() < 1500, "{temps:?}");
}

#[sqlx::test]
async fn the_palette_opens_answers_and_goes_there_without_the_mouse(db: PgPool) {
    if let Some(absent) = manque() {
        eprintln!("PASSÉ : {absent} n’est pas sur cette machine");
        return;
    }
    let lycee = Lycee::open(db).await;
    let ecoute = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", ecoute.local_addr().unwrap());
    let router = livret::router::router(lycee.app.clone());
    tokio::spawn(livret::security::serve(ecoute, router, std::future::pending()));
    let (_pilote, c) = navigateur().await;
    entrer(&c, &base, "martin").await;
    let ouvrir = format!("{}k{}", char::from(Key::Control), char::from(Key::Null));
    c.find(Locator::Css("body")).await.unwrap().send_keys(&ouvrir).await.unwrap();
    let champ = c.wait().for_element(Locator::Css("dialog[open] [role=combobox]")).await.unwrap();
    champ.send_keys("diallo").await.unwrap();
    c.wait().for_element(Locator::Css("[role=option][aria-selected=true]")).await.unwrap();
    axe(&c).await;
    let dit = "return [document.querySelector('.palette [role=status]').textContent, \
               document.activeElement.getAttribute('aria-activedescendant'), \
               document.activeElement.getAttribute('aria-expanded')]";
    let vu = c.execute(dit, vec![]).await.unwrap();
    assert_eq!((vu[0].as_str(), vu[2].as_str()), (Some("1\u{a0}réponse"), Some("true")), "{vu}");
    // Escape gives the page back; the same keys open it again; Enter goes there.
    let touche = |k: Key| char::from(k).to_string();
    champ.send_keys(&touche(Key::Escape)).await.unwrap();
    c.wait().for_element(Locator::Css("dialog:not([open])")).await.unwrap();
    c.find(Locator::Css("[data-palette]")).await.unwrap().click().await.unwrap();
    let champ = c.wait().for_element(Locator::Css("dialog[open] [role=combobox]")).await.unwrap();
    champ.clear().await.unwrap();
    champ.send_keys("grille").await.unwrap();
    c.wait().for_element(Locator::Css("[role=option][href$='/grille']")).await.unwrap();
    champ.send_keys(&touche(Key::Down)).await.unwrap();
    champ.send_keys(&touche(Key::Up)).await.unwrap();
    champ.send_keys(&touche(Key::Enter)).await.unwrap();
    c.wait().for_element(Locator::Id("grille")).await.unwrap();
    assert!(c.current_url().await.unwrap().path().ends_with("/grille"));
    // A student, at 320 pixels: nobody else.
    entrer(&c, &base, "zoe").await;
    c.set_window_size(320, 700).await.unwrap();
    c.find(Locator::Css("body")).await.unwrap().send_keys(&ouvrir).await.unwrap();
    let champ = c.wait().for_element(Locator::Css("dialog[open] [role=combobox]")).await.unwrap();
    champ.send_keys("diallo").await.unwrap();
    let js =
        "return document.querySelector('.palette [role=status]').textContent.startsWith('Aucune')";
    c.wait()
        .for_element(Locator::XPath("//dialog//*[@role='status'][starts-with(., 'Aucune')]"))
        .await
        .unwrap();
    assert_eq!(c.execute(js, vec![]).await.unwrap(), true);
    let js = "return document.documentElement.scrollWidth <= innerWidth";
    assert_eq!(c.execute(js, vec![]).await.unwrap(), true, "no sideways");
    c.close().await.unwrap();
    lycee.app.db.close().await;
}
