//! Her diary of a period: a text a week, hers to write, her team's to read.
use axum::http::StatusCode;
use sqlx::PgPool;

use crate::{
    lycee::{Lycee, Page, Visiteur},
    stage::{champs, prevoir},
};

async fn noter(qui: &Visiteur, page: &str, lundi: &str, dit: (&str, &str)) -> Page {
    qui.post(&format!("{page}/semaines/{lundi}"), &[("texte", dit.0), ("version", dit.1)]).await
}

/// Zoé, her page, that of her teachers; a period from Thursday 5 November to 4 December.
async fn ouvrir(lycee: &Lycee) -> (Visiteur, String, String) {
    let zoe = lycee.numero("zoe").await;
    let id = prevoir(lycee, &champs(zoe, "2026-11-05", "2026-12-04"), "zoe").await;
    (lycee.visiteur("zoe").await, format!("/stages/{id}"), format!("/etudiants/{zoe}/stages/{id}"))
}

#[sqlx::test]
async fn she_writes_a_week_and_her_team_reads_it(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (elle, ici, la) = ouvrir(&lycee).await;
    // 24 November: four weeks have begun, the first by a Monday before the first day; the current one comes first.
    let page = elle.get(&ici).await;
    let rangs: Vec<&str> = page
        .html
        .split(&format!("action=\"{ici}/semaines/"))
        .skip(1)
        .map(|m| m.split_once('"').unwrap().0)
        .collect();
    assert_eq!(rangs, ["2026-11-23", "2026-11-16", "2026-11-09", "2026-11-02"]);
    let avant = lycee.compter("livret.evenement").await;
    for lundi in ["2026-11-23", "2026-11-02"] {
        let page = noter(&elle, &ici, lundi, ("  J’ai vendu\r\n<b>trois</b> paniers. ", "0")).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
        assert_eq!(page.location, format!("{ici}#semaines"));
    }
    assert_eq!(lycee.compter("livret.note_hebdo").await, 2);
    assert_eq!(lycee.compter("livret.evenement").await, avant, "a diary is no act");
    let martin = lycee.visiteur("martin").await;
    let page = martin.get(&la).await;
    page.contient("Semaine du 23\u{a0}novembre\u{a0}2026");
    page.contient("J’ai vendu\n&#60;b&#62;trois&#60;/b&#62; paniers.</p>");
    page.contient("rien d’écrit");
    page.sans("/semaines/");
    // Nobody else reads it nor writes in it.
    for (qui, page) in [("amina", &ici), ("martin", &ici), ("zoe", &la), ("jury", &ici)] {
        let page = noter(&lycee.visiteur(qui).await, page, "2026-11-16", ("À moi", "0")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{qui}");
    }
    assert_eq!(lycee.visiteur("lefevre").await.get(&la).await.status, StatusCode::NOT_FOUND);
    assert_eq!(lycee.compter("livret.note_hebdo").await, 2);
}

#[sqlx::test]
async fn what_is_no_week_of_the_period_and_what_is_no_text_are_refused(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (elle, ici, _) = ouvrir(&lycee).await;
    for lundi in [
        "2026-11-24",
        "2026-11-05",
        "2026-10-26",
        "2026-12-07",
        "2026-02-30",
        "23-11-2026",
        "2026-11-9",
        "0000-00-00",
        "demain",
    ] {
        let page = noter(&elle, &ici, lundi, ("Un mot", "0")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{lundi}");
    }
    let page = noter(&elle, &ici, "2026-11-30", ("Un mot", "0")).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("Cette semaine commence le 30\u{a0}novembre\u{a0}2026");
    assert_eq!(lycee.compter("livret.note_hebdo").await, 0);
    // To the letter, and a text that was there does not go away.
    let juste = "é".repeat(5000);
    noter(&elle, &ici, "2026-11-23", (&juste, "0")).await;
    assert_eq!(lycee.compter("livret.note_hebdo where length(texte) = 5000").await, 1);
    for (texte, attendu) in [
        ("", "Écrivez au moins un mot"),
        (" \r\n\t\0 ", "Écrivez au moins un mot"),
        (&"é".repeat(5001), "Ce texte compte 5001 caractères\u{a0}: 5000 au plus"),
    ] {
        let page = noter(&elle, &ici, "2026-11-23", (texte, "1")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{attendu}");
        page.contient(attendu);
        page.contient("id=\"erreur-texte-2026-11-23\"");
    }
    // A sign-in on the way: shown again, not executed.
    let dits = [("texte", "De retour"), ("version", "1"), ("reprise", "1")];
    let page = elle.post(&format!("{ici}/semaines/2026-11-23"), &dits).await;
    assert_eq!(page.status, StatusCode::OK);
    page.contient(">De retour</textarea>");
    page.contient("Voici votre saisie");
    assert_eq!(lycee.compter("livret.note_hebdo where length(texte) = 5000").await, 1);
}

#[sqlx::test]
async fn two_tabs_do_not_undo_each_other(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (elle, ici, la) = ouvrir(&lycee).await;
    let lundi = "2026-11-16";
    for _ in 0..2 {
        let page = noter(&elle, &ici, lundi, ("Premier onglet", "0")).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "the same sending twice: {}", page.html);
    }
    // The second tab had been opened before anything was written.
    for (texte, version) in [("Second onglet", "0"), ("Second onglet", "7")] {
        let page = noter(&elle, &ici, lundi, (texte, version)).await;
        assert_eq!(page.status, StatusCode::CONFLICT);
        page.contient("dans un autre onglet");
        page.contient("<p class=\"propre\">Premier onglet</p>");
        page.contient(">Second onglet</textarea>");
        page.contient("name=\"version\" value=\"1\"");
    }
    let page = noter(&elle, &ici, lundi, ("Les deux onglets", "1")).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    let page = lycee.visiteur("martin").await.get(&la).await;
    page.contient("Les deux onglets");
    page.sans("Premier onglet");
    assert_eq!(lycee.compter("livret.note_hebdo where version = 2").await, 1);
    // The period is cut short: what was written of a week that it has no more stays to be read.
    sqlx::query("update livret.periode set interrompue_le = '2026-11-13'")
        .execute(&lycee.db)
        .await
        .unwrap();
    let page = elle.get(&ici).await;
    page.contient("hors de la période");
    page.contient("Les deux onglets");
    let page = noter(&elle, &ici, lundi, ("Trop tard", "2")).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
}

/// A written week and an empty one.
pub(crate) async fn vivre(elle: &Visiteur, ici: &str) {
    let texte = "J’ai préparé la vitrine et tenu la caisse. ".repeat(20);
    let page = noter(elle, ici, "2026-11-16", (&texte, "0")).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
}
