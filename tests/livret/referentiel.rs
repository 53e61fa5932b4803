//! The official text: whole, published once, refused at the first fault, found without accents.
use std::sync::Arc;

use livret::{
    error::Error,
    referentiel::{Edition, Genre, OFFICIEL, RefusEdition, find, list, publier},
};
use sqlx::{PgPool, Row};
use time::{OffsetDateTime, macros::datetime};

mod pages;
mod refus;

const LE: OffsetDateTime = datetime!(2026-09-01 08:00 UTC);

fn edition() -> Edition {
    Edition::lire(OFFICIEL).expect("the official text")
}

async fn publish(
    db: &PgPool,
    texte: &str,
    le: OffsetDateTime,
) -> Result<Arc<Edition>, RefusEdition> {
    publier(&mut db.acquire().await.expect("a connection"), texte, le).await
}

async fn count(db: &PgPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(db).await.expect("a count")
}

/// The text, damaged once.
fn damaged(from: &str, to: &str) -> String {
    assert!(OFFICIEL.contains(from), "{from} is not in the text");
    OFFICIEL.replacen(from, to, 1)
}

#[test]
fn the_text_holds_what_it_announces() {
    let edition = edition();
    let counts = [
        (Genre::Bloc, 3),
        (Genre::Competence, 10),
        (Genre::SousCompetence, 26),
        (Genre::Critere, 48),
        (Genre::Categorie, 25),
        (Genre::Savoir, 116),
        (Genre::BlocGeneral, 3),
        (Genre::BlocFacultatif, 2),
        (Genre::Section, 12),
        (Genre::Unite, 8),
        (Genre::Fonctionnalite, 76),
    ];
    for (genre, n) in counts {
        assert_eq!(edition.compte(genre), n, "{genre:?}");
    }
    assert_eq!(edition.sous_competences().count(), 26);
    let niveaux: Vec<_> = edition.niveaux.iter().map(|n| (n.code.as_str(), n.rang)).collect();
    let scale = [("TI", Some(1)), ("I", Some(2)), ("S", Some(3)), ("TS", Some(4))];
    let others = ["absent", "dispense", "non_evalue", "non_rendu"].map(|code| (code, None));
    assert_eq!(niveaux, [scale, others].concat());
}

/// Every table of the file that has a code, with its label, whatever it is called.
fn tables<'a>(value: &'a toml::Value, found: &mut Vec<&'a toml::Table>) {
    match value {
        toml::Value::Table(table) => {
            if table.contains_key("code") {
                found.push(table);
            }
            table.values().for_each(|v| tables(v, found));
        }
        toml::Value::Array(list) => list.iter().for_each(|v| tables(v, found)),
        _ => {}
    }
}

#[test]
fn each_label_is_the_one_of_the_file() {
    let file: toml::Value = toml::from_str(OFFICIEL).unwrap();
    let mut found = Vec::new();
    tables(&file, &mut found);
    assert_eq!(found.len(), 732);
    let edition = edition();
    for table in &found {
        let code = table["code"].as_str().unwrap();
        let element = edition.element(code).unwrap_or_else(|| panic!("{code} is lost"));
        for key in ["intitule", "titre", "categorie", "cms", "entre", "statut"] {
            if let Some(label) = table.get(key) {
                assert_eq!(element.intitule, label.as_str().unwrap(), "{code}");
                break;
            }
        }
        if let Some(source) = table.get("source") {
            assert_eq!(element.source, source.as_str().unwrap(), "{code}");
        }
        if let Some(confiance) = table.get("confiance") {
            assert_eq!(element.certitude.mot(), confiance.as_str().unwrap(), "{code}");
        }
    }
    let editorial: Vec<_> = (edition.elements.iter().map(|e| e.code.as_str()))
        .filter(|code| !found.iter().any(|t| t["code"].as_str() == Some(code)))
        .collect();
    let expected =
        ["META", "ECHELLE", "VOIES", "G1.N", "STAGE", "CP", "CP-EMPLOIS", "CP-CHAMP", "COMPTEURS"];
    assert_eq!(editorial, expected);
}

fn leaves(value: &toml::Value, found: &mut Vec<String>) {
    match value {
        toml::Value::Table(table) => table.values().for_each(|v| leaves(v, found)),
        toml::Value::Array(list) => list.iter().for_each(|v| leaves(v, found)),
        toml::Value::String(s) => found.push(s.clone()),
        other => found.push(other.to_string()),
    }
}

#[test]
fn nothing_of_the_file_is_lost_in_its_elements() {
    let file: toml::Value = toml::from_str(OFFICIEL).unwrap();
    let mut written = Vec::new();
    leaves(&file, &mut written);
    let kept = serde_json::to_string(&edition().elements).unwrap();
    for leaf in written {
        let json = serde_json::to_string(&leaf).unwrap();
        assert!(kept.contains(json.trim_matches('"')), "{leaf}");
    }
}

#[test]
fn looking_up_follows_the_tree() {
    let edition = edition();
    assert_eq!(edition.sous_competence("1.1.2").unwrap().criteres.len(), 1);
    assert_eq!(edition.bloc("2").unwrap().unite, "U5");
    for code in ["3", "3.1", "3.1.1", "3.1.1.C1", "3.S6.2"] {
        assert_eq!(edition.bloc_de(code).unwrap().code, "3", "{code}");
    }
    assert!(edition.bloc_de("G1.1").is_none());
    assert!(edition.bloc_de("nowhere").is_none());
    let parents: Vec<_> = edition.parents("1.1.2.C1").iter().map(|e| e.code.as_str()).collect();
    assert_eq!(parents, ["1", "1.1", "1.1.2"]);
    let inherited = edition.element("1.1.2.C1").unwrap();
    assert_eq!(inherited.source, edition.element("1").unwrap().source);
}

#[sqlx::test]
async fn loading_twice_changes_nothing(db: PgPool) {
    let first = publish(&db, OFFICIEL, LE).await.unwrap();
    let rows = "select (select count(*) from livret.edition) * 1000000
                     + (select count(*) from livret.element)
                     + (select count(*) from livret.sous_competence) * 10000
                     + (select count(*) from livret.niveau) * 1000";
    let versions = "select sum(xmin::text::bigint)::bigint
                      from (select xmin from livret.edition union all select xmin from livret.element
                            union all select xmin from livret.sous_competence
                            union all select xmin from livret.niveau) as t";
    let before = (count(&db, rows).await, count(&db, versions).await);
    assert_eq!(before.0, 1_000_000 + 741 + 260_000 + 8000);

    let second = publish(&db, OFFICIEL, datetime!(2027-01-01 08:00 UTC)).await.unwrap();
    assert_eq!(second.edition_id, first.edition_id);
    assert_eq!((count(&db, rows).await, count(&db, versions).await), before);
    assert_eq!(list(&db).await.unwrap()[0].publiee_le, LE);

    let read = find(&db, first.edition_id).await.unwrap();
    assert_eq!(read.elements, first.elements);
    assert!(Arc::ptr_eq(&read, &find(&db, first.edition_id).await.unwrap()));
    let unknown = find(&db, uuid::Uuid::nil()).await;
    assert!(matches!(unknown, Err(Error::NotFound)));
}

#[sqlx::test]
async fn the_rows_say_what_the_text_says(db: PgPool) {
    let edition = publish(&db, OFFICIEL, LE).await.unwrap();
    let rows = sqlx::query(
        "select code, parent, intitule, contenu, source, certitude from livret.element order by rang",
    )
    .fetch_all(&db)
    .await
    .unwrap();
    assert_eq!(rows.len(), edition.elements.len());
    for (row, e) in rows.iter().zip(&edition.elements) {
        assert_eq!(row.get::<&str, _>("code"), e.code);
        assert_eq!(row.get::<Option<&str>, _>("parent"), e.parent.as_deref());
        assert_eq!(row.get::<&str, _>("intitule"), e.intitule);
        let contenu = serde_json::Value::Object(e.contenu.clone());
        assert_eq!(row.get::<serde_json::Value, _>("contenu"), contenu);
        assert_eq!(row.get::<&str, _>("source"), e.source);
        assert_eq!(row.get::<&str, _>("certitude"), e.certitude.mot());
    }
    let genres = count(&db, "select count(*) from livret.element where genre = 'sous_competence'");
    assert_eq!(genres.await, 26);
    let judged: Vec<(String, String, i32)> =
        sqlx::query_as("select code, bloc, rang from livret.sous_competence order by rang")
            .fetch_all(&db)
            .await
            .unwrap();
    let expected = edition
        .sous_competences()
        .zip(1..)
        .map(|(s, rang)| (s.code.clone(), edition.bloc_de(&s.code).unwrap().code.clone(), rang));
    assert_eq!(judged, expected.collect::<Vec<_>>());
}

#[sqlx::test]
async fn a_published_edition_does_not_change(db: PgPool) {
    publish(&db, OFFICIEL, LE).await.unwrap();
    for sql in [
        "update livret.edition set intitule = 'autre'",
        "update livret.element set intitule = 'autre' where code = '1.1.1'",
        "delete from livret.element where code = '1.1.1.C1'",
        "update livret.sous_competence set bloc = '2' where code = '1.1.1'",
        "delete from livret.niveau where code = 'TS'",
    ] {
        let error = sqlx::query(sql).execute(&db).await.unwrap_err();
        assert_eq!(error.as_database_error().unwrap().code().unwrap(), "LV002", "{sql}");
    }
}

#[sqlx::test]
async fn a_damaged_file_leaves_no_row(db: PgPool) {
    let texte = damaged("savoirs_blocs = 116", "savoirs_blocs = 117");
    let refus = publish(&db, &texte, LE).await.unwrap_err();
    assert!(refus.ligne().is_some());
    assert_eq!(count(&db, "select count(*) from livret.edition").await, 0);
    assert_eq!(count(&db, "select count(*) from livret.element").await, 0);
}
