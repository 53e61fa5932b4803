//! Personal data: what each table knows is annotated, given in one click, and corrected when somebody asks.
use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read,
};

use axum::http::StatusCode;
use livret::donnees::annotation;
use sqlx::PgPool;

use crate::lycee::{Lycee, Page};

/// What is inside a ZIP.
pub(crate) fn ouvrir(page: &Page) -> BTreeMap<String, Vec<u8>> {
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(&page.octets)).unwrap();
    (0..zip.len())
        .map(|n| {
            let mut entree = zip.by_index(n).unwrap();
            let mut octets = vec![];
            entree.read_to_end(&mut octets).unwrap();
            (entree.name().unwrap().into_owned(), octets)
        })
        .collect()
}

/// What `donnees.json` says of a table: its lines.
fn lignes<'a>(donnees: &'a serde_json::Value, table: &str) -> &'a [serde_json::Value] {
    let toutes = donnees["tables"].as_array().unwrap();
    let elle = toutes.iter().find(|t| t["nom"] == table);
    elle.map_or(&[], |t| t["lignes"].as_array().unwrap())
}

/// T-RGPD-1: a table or a column that the annotation does not say fails here, by its name.
#[sqlx::test]
async fn every_column_of_every_table_is_annotated(db: PgPool) {
    let colonnes: Vec<(String, String)> = sqlx::query_as(
        "select c.table_schema || '.' || c.table_name, c.column_name
           from information_schema.columns c
           join information_schema.tables t using (table_catalog, table_schema, table_name)
          where t.table_type = 'BASE TABLE' and c.table_schema in ('livret', 'acces', 'certification')",
    )
    .fetch_all(&db)
    .await
    .unwrap();
    let vers_une_personne: Vec<(String, String)> = sqlx::query_as(
        "select distinct n.nspname || '.' || c.relname, a.attname
           from pg_constraint k
           join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
           join pg_attribute a on a.attrelid = k.conrelid and a.attnum = any (k.conkey)
          where a.attname not in ('etablissement_id', 'promotion_id') and k.contype = 'f' and k.confrelid in ('livret.personne'::regclass, 'livret.inscription'::regclass,
                                                    'acces.compte'::regclass)",
    )
    .fetch_all(&db)
    .await
    .unwrap();
    let tables = annotation::lire().unwrap();
    let mut reelles: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (table, colonne) in &colonnes {
        reelles.entry(table).or_default().insert(colonne);
    }
    assert!(reelles.len() > 60, "the tables were read");
    let mut fautes = vec![];
    for (nom, siennes) in &reelles {
        let Some(t) = tables.iter().find(|t| t.nom == *nom) else {
            fautes.push(format!(
                "{nom}: say in src/donnees/colonnes.toml what it knows of people, or « aucune »"
            ));
            continue;
        };
        if t.aucune.is_some() {
            if vers_une_personne.iter().any(|v| v.0 == *nom) {
                fautes.push(format!("{nom}: it says « aucune » and points to a person"));
            }
            continue;
        }
        let dites: Vec<&str> = t.exporte.iter().chain(&t.tait).map(|(c, _)| c.as_str()).collect();
        for colonne in siennes.iter().filter(|c| !dites.contains(c)) {
            fautes.push(format!(
                "{nom}.{colonne}: say what it is called (exporte) or why it is not exported (tait)"
            ));
        }
        for (_, vers) in vers_une_personne.iter().filter(|v| v.0 == *nom) {
            let dit = t.sujet.iter().chain(&t.auteur).any(|c| c == vers)
                || t.ou.as_ref().is_some_and(|ou| ou.contains(vers));
            if !dit {
                fautes.push(format!("{nom}.{vers}: it points to a person: of whom (sujet, ou), or who acted (auteur)?"));
            }
        }
        for colonne in &dites {
            if !siennes.contains(colonne) {
                fautes.push(format!("{nom}.{colonne}: annotated, and not in the database"));
            }
            if dites.iter().filter(|d| *d == colonne).count() > 1 {
                fautes.push(format!("{nom}.{colonne}: said twice"));
            }
        }
        if t.titre.is_empty() || t.efface.is_none() {
            fautes.push(format!(
                "{nom}: it has no « titre », or does not say what anonymising does (efface)"
            ));
        }
        if t.sujet.is_empty() && t.ou.is_none() && t.auteur.is_empty() {
            fautes.push(format!("{nom}: of whom does it speak (sujet, ou, auteur)?"));
        }
    }
    for t in tables.iter().filter(|t| !reelles.contains_key(t.nom.as_str())) {
        fautes.push(format!("{}: annotated, and not in the database", t.nom));
    }
    assert!(fautes.is_empty(), "{} faults:\n{}", fautes.len(), fautes.join("\n"));
}

#[sqlx::test]
async fn a_student_takes_away_everything_that_is_known_of_her(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (amina, martin) = (lycee.visiteur("amina").await, lycee.visiteur("martin").await);
    let cle = amina.get("/preuves/nouvelle").await.champ("cle");
    let champs = [
        ("titre", "Vente flash"),
        ("vecue_le", "2026-11-20"),
        ("contexte", "stage"),
        ("texte", "J’ai vendu trois paniers."),
        ("codes", "1.1.1"),
        ("cle", &cle),
    ];
    let pdf = crate::octets::pdf("Bilan");
    let page = amina.upload("/preuves/nouvelle", &champs, Some(("Bilan été.pdf", &pdf))).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    let moi = lycee.numero("amina").await;
    martin.get(&format!("/etudiants/{moi}/livret")).await;

    let page = amina.get("/mes-donnees").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.html);
    page.contient("Télécharger mes données");
    let zip = ouvrir(&amina.get("/mes-donnees/export.zip").await);
    let html = String::from_utf8(zip["donnees.html"].clone()).unwrap();
    for dit in ["Amina", "Vente flash", "J’ai vendu trois paniers.", "20/11/2026"] {
        assert!(html.contains(dit), "{dit} is not in {html}");
    }
    assert!(!html.contains("<script") && !html.contains("http"), "it asks for nothing outside");
    let fichier = zip.iter().find(|(nom, _)| nom.starts_with("fichiers/")).expect("her file");
    assert!(
        fichier.0.ends_with("-Bilan-ete.pdf") && fichier.1.starts_with(b"%PDF"),
        "{}",
        fichier.0
    );
    let json: serde_json::Value = serde_json::from_slice(&zip["donnees.json"]).unwrap();
    assert_eq!(json["genre"], "livret/donnees/1");
    assert_eq!(lignes(&json, "livret.preuve")[0]["titre"], "Vente flash");
    assert_eq!(lignes(&json, "livret.personne").len(), 1, "nobody else");
    assert_eq!(lignes(&json, "acces.compte")[0]["identifiant"], "amina");
    assert!(!json.to_string().contains("argon2"), "no secret leaves");
    assert!(
        !json.to_string().contains("certification."),
        "the exam is not there, not even its tables"
    );
    // Noted behind the page: it comes, or the test fails at its end.
    for _ in 0..200 {
        if lycee.compter("livret.consultation").await > 0 {
            break;
        }
        tokio::task::yield_now().await;
    }
    let zip = ouvrir(&amina.get("/mes-donnees/export.zip").await);
    let json: serde_json::Value = serde_json::from_slice(&zip["donnees.json"]).unwrap();
    assert_eq!(lignes(&json, "livret.consultation")[0]["fonction"], "enseignant");
    let martin = lycee.numero("martin").await;
    assert_eq!(json["personnes"][martin.to_string()], "Mme MARTIN");
}

/// Complete by construction: each line of each table that names her by her number is in the export, but for the exam.
#[sqlx::test]
async fn what_names_a_student_is_in_her_export_line_for_line(db: PgPool) {
    let lycee = Lycee::vecu(db).await;
    let (amina, moi) = (lycee.visiteur("amina").await, lycee.numero("amina").await);
    let zip = ouvrir(&amina.get("/mes-donnees/export.zip").await);
    let json: serde_json::Value = serde_json::from_slice(&zip["donnees.json"]).unwrap();
    let tables: Vec<(String, String, Option<String>)> = sqlx::query_as(
        "select nom, sujet, visible from livret.donnee
          where sujet is not null and not secret and cardinality(champs) > 0 order by nom",
    )
    .fetch_all(&lycee.db)
    .await
    .unwrap();
    let (mut pleines, mut fautes) = (0, vec![]);
    for (nom, sujet, visible) in tables {
        let compte = format!(
            "select count(*) from {nom} t where ({sujet}) and $1 = (select etablissement_id from livret.personne where personne_id = $2)"
        );
        let ecole: i64 = sqlx::query_scalar(
            "select etablissement_id from livret.personne where personne_id = $1",
        )
        .bind(moi)
        .fetch_one(&lycee.db)
        .await
        .unwrap();
        let n: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(compte))
            .bind(ecole)
            .bind(moi)
            .fetch_one(&lycee.db)
            .await
            .unwrap();
        let exportees = i64::try_from(lignes(&json, &nom).len()).unwrap();
        pleines += i64::from(n > 0);
        if exportees > n || (exportees < n && visible.is_none()) {
            fautes.push(format!("{nom}: {exportees} of {n} lines"));
        }
    }
    assert!(pleines > 15, "her year filled {pleines} tables");
    assert!(fautes.is_empty(), "{}", fautes.join("\n"));
}

#[sqlx::test]
async fn a_teacher_takes_away_hers_and_not_those_of_her_students(db: PgPool) {
    let lycee = Lycee::open(db).await;
    lycee.demande("amina").await;
    let martin = lycee.visiteur("martin").await;
    let promotion = lycee.promotion("amina").await;
    lycee.situation(&martin, promotion, "Jeu de rôle").await;
    for qui in ["martin", "admin", "jury"] {
        let visiteur = lycee.visiteur(qui).await;
        assert_eq!(visiteur.get("/mes-donnees").await.status, StatusCode::OK, "{qui}");
        let zip = ouvrir(&visiteur.get("/mes-donnees/export.zip").await);
        let texte = String::from_utf8(zip["donnees.json"].clone()).unwrap();
        assert!(texte.contains(&format!("\"{qui}\"")), "her identifiant: {texte}");
        assert!(!texte.contains("Amina") && !texte.contains("Vente flash"), "{qui}: {texte}");
    }
    let zip = ouvrir(&martin.get("/mes-donnees/export.zip").await);
    let json: serde_json::Value = serde_json::from_slice(&zip["donnees.json"]).unwrap();
    let actes = json["actes"].as_array().unwrap();
    assert!(actes.iter().any(|a| a["nom"] == "livret.situation" && a["lignes"] == 1), "{actes:?}");
}

#[sqlx::test]
async fn what_students_may_not_see_yet_is_not_in_the_export(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let (promotion, moi) = (lycee.promotion("amina").await, lycee.numero("amina").await);
    let chemin = format!("/promotions/{promotion}/situations/nouvelle");
    let cle = martin.get(&chemin).await.champ("cle");
    let saisie = [
        ("titre", "Évaluation surprise"),
        ("contexte", "atelier"),
        ("vecue_le", "2026-11-20"),
        ("visible_le", "2026-12-20"),
        ("nature", "formatif"),
        ("cle", &cle),
    ];
    let page = martin.post(&chemin, &saisie).await;
    let situation = page.location.split_once("situation=").unwrap().1.to_owned();
    let case = format!("/etudiants/{moi}/sous-competences/1.1.1");
    let formulaire = martin.get(&format!("{case}?situation={situation}")).await;
    let (version, cle) = (formulaire.champ("version"), formulaire.champ("cle"));
    let champs = [
        ("niveau", "TI"),
        ("situation", situation.as_str()),
        ("version", &version),
        ("cle", &cle),
        ("remarque", "Hésitante."),
    ];
    let page = martin.post(&format!("{case}/positionnements"), &champs).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    let amina = lycee.visiteur("amina").await;
    for vue in ["Évaluation surprise", "Hésitante"] {
        let zip = ouvrir(&amina.get("/mes-donnees/export.zip").await);
        assert!(!String::from_utf8_lossy(&zip["donnees.json"]).contains(vue), "{vue}");
    }
    lycee.hand.advance(time::Duration::days(27));
    let amina = lycee.visiteur("amina").await;
    let zip = ouvrir(&amina.get("/mes-donnees/export.zip").await);
    assert!(
        String::from_utf8_lossy(&zip["donnees.json"]).contains("Hésitante"),
        "its day has come"
    );
}

#[sqlx::test]
async fn somebody_who_asks_on_paper_gets_hers_by_an_act_of_an_administrator(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let admin = lycee.visiteur("admin").await;
    let (amina, autre) = (lycee.numero("amina").await, lycee.numero("etudiant3-1").await);
    let chemin = format!("/administration/personnes/{amina}/donnees");
    let cle = admin.get(&chemin).await.champ("cle");
    let avant = lycee.compter("livret.evenement").await;
    for _ in 0..2 {
        let page = admin.post(&format!("{chemin}/export"), &[("cle", &cle)]).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.html);
        let json: serde_json::Value =
            serde_json::from_slice(&ouvrir(&page)["donnees.json"]).unwrap();
        assert_eq!(lignes(&json, "acces.compte")[0]["identifiant"], "amina");
        assert!(!json.to_string().contains("certification."), "before the deliberation");
    }
    assert_eq!(lycee.compter("livret.evenement").await, avant + 1, "one act");
    let ailleurs = format!("/administration/personnes/{autre}/donnees");
    assert_eq!(admin.get(&ailleurs).await.status, StatusCode::NOT_FOUND, "another school");
}

#[sqlx::test]
async fn a_rectification_is_asked_answered_and_seen_by_both(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (amina, zoe) = (lycee.visiteur("amina").await, lycee.visiteur("zoe").await);
    let chemin = "/mes-donnees/rectification";
    let cle = amina.get(chemin).await.champ("cle");
    let page =
        amina.post(chemin, &[("quoi", ""), ("demande", "Trois semaines."), ("cle", &cle)]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("Trois semaines.");
    let saisie = [("quoi", "Mon stage"), ("demande", "Trois semaines, pas deux."), ("cle", &cle)];
    for _ in 0..2 {
        let page = amina.post(chemin, &saisie).await;
        assert_eq!(page.location, "/mes-donnees#rectifications", "{}", page.html);
    }
    assert_eq!(lycee.compter("livret.rectification").await, 1);
    amina
        .get("/mes-donnees")
        .await
        .contient("réponse attendue avant le 24\u{a0}décembre\u{a0}2026");
    zoe.get("/mes-donnees").await.sans("Mon stage");
    let durand = lycee.visiteur("durand").await;
    durand.get("/rectifications").await.sans("Mon stage");

    // Who coordinates her promotion answers; so may an administrator.
    let martin = lycee.visiteur("martin").await;
    let page = martin.get("/rectifications").await;
    page.contient("Trois semaines, pas deux.");
    let id: i64 = sqlx::query_scalar("select rectification_id from livret.rectification")
        .fetch_one(&lycee.db)
        .await
        .unwrap();
    let (ici, cle) = (format!("/rectifications/{id}"), page.champ("cle"));
    let page = martin.post(&ici, &[("reponse", "Corrigé."), ("cle", &cle)]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("Corrigé.");
    let saisie = [("etat", "acceptee"), ("reponse", "Les dates sont corrigées."), ("cle", &cle)];
    for _ in 0..2 {
        assert_eq!(martin.post(&ici, &saisie).await.status, StatusCode::SEE_OTHER);
    }
    let page = amina.get("/mes-donnees").await;
    page.contient("Les dates sont corrigées.");
    page.contient("acceptée");
    let admin = lycee.visiteur("admin").await;
    let cle = lycee.app.random.uuid().to_string();
    let page = admin.post(&ici, &[("etat", "refusee"), ("reponse", "Non."), ("cle", &cle)]).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    page.contient("Les dates sont corrigées.");
    assert_eq!(durand.post(&ici, &saisie).await.status, StatusCode::NOT_FOUND);
}
