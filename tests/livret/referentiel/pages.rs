//! The official text, searched and read.
use std::sync::Arc;

use askama::Template;
use livret::{
    error::Error,
    page::Cadre,
    referentiel::{OFFICIEL, pages, replier},
};
use sqlx::PgPool;
use time::macros::datetime;

use super::{LE, damaged, edition, publish};

#[test]
fn folding_forgets_accents_case_and_typography() {
    assert_eq!(
        replier("L’Évènement — ŒUVRE, Ætius\u{a0}!\u{202f}e\u{301}"),
        "l'evenement - oeuvre, aetius ! e"
    );
}

#[test]
fn one_searches_without_accents() {
    let edition = edition();
    let codes = |q: &str| -> Vec<String> {
        edition.chercher(q).iter().map(|t| t.element.code.clone()).collect()
    };
    assert!(codes("evenement").contains(&"1.3.1".to_owned()));
    assert_eq!(codes("EVENEMENT"), codes("évènement"));
    assert!(codes("oeuvre prospection").contains(&"1.1.3".to_owned()));
    assert_eq!(codes("mettre en œuvre"), codes("mettre en oeuvre"));
    assert!(codes("l'évènement commercial").contains(&"1.3".to_owned()));
    assert_eq!(codes("1.1.2")[0], "1.1.2");
    assert_eq!(codes("g3.1.1.s2")[0], "G3.1.1.S2");
    assert_eq!(codes("ts")[0], "TS");
    let cibles = edition.chercher("identifier cibles");
    assert!(cibles.iter().any(|t| t.element.code == "1.1.2" && t.extrait.is_none()));
    let inside = edition.chercher("nomadisme commercial");
    assert!(inside[0].extrait.unwrap().contains("nomadisme"));
    assert!(codes("").is_empty() && codes(" ,; ").is_empty());
    assert!(codes("zorglub").is_empty());
    assert!(codes("prospection zorglub").is_empty());
}

fn lecture() -> pages::Lecture {
    pages::Lecture::new(Arc::new(edition()), Vec::new())
}

#[test]
fn each_element_has_a_page_that_says_everything_of_it() {
    let lecture = lecture();
    for element in &lecture.edition.elements {
        // Word for word; the page alone chooses which of its spaces do not break.
        let spaced = |s: &str| s.replace(['\u{a0}', '\u{202f}'], " ");
        let page = pages::show(Cadre::default(), lecture.clone(), element).render().unwrap();
        let page = spaced(&page);
        let escaped =
            |s: &str| spaced(s).replace('&', "&#38;").replace('\'', "&#39;").replace('<', "&#60;");
        for said in [&element.code, &element.intitule, &element.source] {
            assert!(page.contains(&escaped(said)), "{}: {said}", element.code);
        }
        assert!(page.contains(element.certitude.mot()), "{}", element.code);
        for (key, value) in &element.contenu {
            let strings = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
            for line in strings.iter().filter_map(|v| v.as_str()).flat_map(str::lines) {
                let line = escaped(line.trim().trim_start_matches("- "));
                assert!(page.contains(&line), "{} {key}: {line}", element.code);
            }
        }
        assert!(!page.contains("style="), "{}", element.code);
    }
}

#[test]
fn the_index_shows_the_tree_and_the_answers() {
    let page = pages::index(Cadre::default(), lecture(), "").render().unwrap();
    for said in
        ["<strong>26</strong> sous-compétences", "href=\"/referentiel/1.1.2\"", "id=\"examen\""]
    {
        assert!(page.contains(said), "{said}");
    }
    let page = pages::index(Cadre::default(), lecture(), "evenement <b>").render().unwrap();
    assert!(!page.contains("<b>"));
    let page = pages::index(Cadre::default(), lecture(), "cibles clientele").render().unwrap();
    assert!(
        page.contains("Relation client et négociation-vente › Cibler et prospecter la clientèle")
    );
    let page = pages::index(Cadre::default(), lecture(), "zorglub").render().unwrap();
    assert!(page.contains("0 réponse pour"));
    assert!(page.contains("Aucun élément"));
}

/// What a visitor receives: the status and the page.
async fn visit(db: &PgPool, code: &str, edition: Option<&str>) -> (u16, String) {
    let lecture = pages::Lecture::open(db, edition).await.expect("an open edition");
    let response = pages::element(Cadre::default(), lecture, code.to_owned());
    let status = response.status().as_u16();
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.expect("a body");
    (status, String::from_utf8(body.to_vec()).expect("some text"))
}

#[sqlx::test]
async fn the_latest_edition_is_shown_and_the_others_stay_readable(db: PgPool) {
    assert!(matches!(pages::Lecture::open(&db, None).await, Err(Error::NotFound)));
    let old = publish(&db, OFFICIEL, LE).await.unwrap();
    let (label, other) = ("Identifier des cibles de clientèle", "Reconnaître des cibles");
    let newer = damaged(label, other);
    publish(&db, &newer, datetime!(2027-09-01 08:00 UTC)).await.unwrap();

    let (status, page) = visit(&db, "1.1.2", None).await;
    assert_eq!(status, 200);
    assert!(page.contains(other) && !page.contains("?edition="));
    let id = old.edition_id.to_string();
    let (_, page) = visit(&db, "1.1.2", Some(&id)).await;
    assert!(page.contains(label));
    assert!(page.contains(&format!("/referentiel/1.1?edition={id}")));
    assert!(page.contains("publiée le 01/09/2026"));

    let (status, page) = visit(&db, "9.9.9", Some("")).await;
    assert_eq!(status, 404);
    assert!(page.contains("Le code «&nbsp;9.9.9&nbsp;» est introuvable"));
    assert!(matches!(pages::Lecture::open(&db, Some("autre")).await, Err(Error::NotFound)));
}
