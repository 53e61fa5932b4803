//! A livret that is stopped, and opened again by two people.
use axum::http::StatusCode;
use livret::journal;
use sqlx::PgPool;

use crate::lycee::{Lycee, Page, Visiteur};

async fn juger(qui: &Visiteur, etudiant: i64, code: &str, niveau: &str) -> Page {
    let case = format!("/etudiants/{etudiant}/sous-competences/{code}");
    let formulaire = qui.get(&case).await;
    let (version, cle) = (formulaire.champ("version"), formulaire.champ("cle"));
    let champs = [("niveau", niveau), ("version", &version), ("cle", &cle)];
    qui.post(&format!("{case}/positionnements"), &champs).await
}

/// An act of the page of one livret; each sending has its own key.
async fn agir(qui: &Visiteur, etudiant: i64, acte: &str, champs: &[(&str, &str)]) -> Page {
    let chemin = format!("/etudiants/{etudiant}/arret");
    let cle = livret::sceau::Random::system().uuid().to_string();
    let mut tous = vec![("cle", cle.as_str())];
    let demande = match acte {
        "/cloture" => qui.get(&chemin).await.champ("demande"),
        _ => "0".to_owned(),
    };
    tous.push(("demande", &demande));
    tous.extend(champs);
    qui.post(&format!("{chemin}{acte}"), &tous).await
}

async fn verifier(lycee: &Lycee) -> Vec<String> {
    let mut db = lycee.db.acquire().await.unwrap();
    journal::verifier(&mut db, &lycee.app.sceau, &[]).await.unwrap().fautes
}

#[sqlx::test]
async fn a_stopped_livret_refuses_levels_shows_its_fingerprint_and_its_paper_says_so(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, zoe) = (lycee.visiteur("martin").await, lycee.numero("zoe").await);
    juger(&martin, zoe, "1.1.1", "S").await;
    let page = agir(&martin, zoe, "", &[("confirme", "1")]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    let empreinte: Vec<u8> = sqlx::query_scalar("select empreinte from livret.arret")
        .fetch_one(&lycee.db)
        .await
        .unwrap();
    let entiere = hex::encode_upper(&empreinte);
    let debut = format!("{}\u{a0}{}", &entiere[..4], &entiere[4..8]);
    let page = martin.get(&page.location).await;
    page.contient(&debut);
    page.contient(&entiere);
    lycee.visiteur("zoe").await.get("/livret").await.contient(&format!("empreinte {debut}"));
    let refus = juger(&martin, zoe, "1.1.2", "S").await;
    assert_eq!(refus.status, StatusCode::UNPROCESSABLE_ENTITY);
    refus.contient("Livret arrêté le 24\u{a0}novembre\u{a0}2026. Pour corriger, demandez la réouverture au coordonnateur.");
    let jury = lycee.visiteur("jury").await;
    let papier = jury.get(&format!("/jury/etudiants/{zoe}/synthese.pdf")).await;
    if let Some(texte) =
        crate::jury::lire("pdftotext", &["-layout", "FICHIER", "-"], &papier.octets)
    {
        let texte = texte.replace('\u{a0}', " ");
        let attendu = format!("arrêté le 24 novembre 2026 à 09:00 · empreinte {}", &entiere[..4]);
        assert!(texte.contains(&attendu), "« {attendu} » is not in {texte}");
    }
    assert_eq!(verifier(&lycee).await, Vec::<String>::new());
    // What the paper retains is found again; another fingerprint is not.
    let mut db = lycee.db.acquire().await.unwrap();
    let ligne: i64 =
        sqlx::query_scalar("select version from livret.arret").fetch_one(&mut *db).await.unwrap();
    for (dit, fautes) in [(&entiere[..16], 0), ("0123456789ABCDEF", 1)] {
        let papier = [format!("0000000A:{ligne}:{dit}")];
        let constat = journal::verifier(&mut db, &lycee.app.sceau, &papier).await.unwrap();
        assert_eq!(constat.fautes.len(), fautes, "{dit}: {:?}", constat.fautes);
    }
}

#[sqlx::test]
async fn a_class_is_stopped_in_one_gesture_and_what_was_stopped_stays_as_it_is(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let (zoe, amina) = (lycee.numero("zoe").await, lycee.numero("amina").await);
    juger(&martin, amina, "1.1.1", "TS").await;
    lycee.arreter("martin", zoe).await;
    let chemin = format!("/promotions/{}/arret", lycee.promotion("zoe").await);
    let avant: i64 =
        sqlx::query_scalar("select version from livret.arret").fetch_one(&lycee.db).await.unwrap();
    let cle = martin.get(&chemin).await.champ("cle");
    let sans = martin.post(&chemin, &[("cle", &cle), ("tous", "1")]).await;
    assert_eq!(sans.status, StatusCode::UNPROCESSABLE_ENTITY);
    sans.contient("rouvrir un livret demandera deux personnes");
    let vide = martin.post(&chemin, &[("cle", &cle), ("confirme", "1")]).await;
    vide.contient("Cochez au moins un livret");
    let envoi = [("cle", cle.as_str()), ("tous", "1"), ("confirme", "1")];
    let page = martin.post(&chemin, &envoi).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    // The answer was lost: sent again, the form says what it did the first time.
    let encore = martin.post(&chemin, &envoi).await;
    assert_eq!((encore.status, &encore.location), (StatusCode::SEE_OTHER, &page.location));
    assert_eq!(lycee.compter("livret.arret").await, 32, "the second sending writes nothing");
    let page = martin.get(&encore.location).await;
    page.contient("31\u{a0}livrets arrêtés. 1\u{a0}l’était déjà\u{a0}: rien n’y change.");
    page.contient("0\u{a0}livret ouvert sur 32");
    let apres: i64 = sqlx::query_scalar("select version from livret.arret where etudiant_id = $1")
        .bind(zoe)
        .fetch_one(&lycee.db)
        .await
        .unwrap();
    assert_eq!(avant, apres);
    assert_eq!(verifier(&lycee).await, Vec::<String>::new());
    // A key that served a class serves nobody else.
    let autre = format!("/promotions/{}/arret", lycee.promotion("etudiant2-1").await);
    let un = lycee.numero("etudiant2-1").await.to_string();
    let ailleurs = [("cle", cle.as_str()), ("etudiant", zoe.to_string().leak()), ("confirme", "1")];
    let page = martin.post(&autre, &ailleurs).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "not of that class: {}", page.html);
    let bonne = [("cle", cle.as_str()), ("etudiant", un.as_str()), ("confirme", "1")];
    assert_eq!(martin.post(&autre, &bonne).await.status, StatusCode::SEE_OTHER);
}

#[sqlx::test]
async fn only_the_coordonnateur_stops(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (okafor, zoe) = (lycee.visiteur("okafor").await, lycee.numero("zoe").await);
    okafor.get(&format!("/etudiants/{zoe}/arret")).await.sans("Arrêter le livret");
    let page = agir_sans_formulaire(&okafor, &format!("/etudiants/{zoe}/arret")).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("par qui coordonne la promotion");
    let classe = format!("/promotions/{}/arret", lycee.promotion("zoe").await);
    let page = agir_sans_formulaire(&okafor, &classe).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(lycee.compter("livret.arret").await, 0);
}

async fn agir_sans_formulaire(qui: &Visiteur, chemin: &str) -> Page {
    let cle = "00000000-0000-4000-8000-000000000009";
    qui.post(chemin, &[("cle", cle), ("confirme", "1"), ("tous", "1")]).await
}

#[sqlx::test]
async fn two_people_open_a_livret_again(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, okafor) = (lycee.visiteur("martin").await, lycee.visiteur("okafor").await);
    let (rossi, zoe) = (lycee.visiteur("rossi").await, lycee.numero("zoe").await);
    juger(&martin, zoe, "1.1.1", "S").await;
    let ouvert = agir(&okafor, zoe, "/reouverture", &[("motif", "Erreur de ligne")]).await;
    ouvert.contient("Ce livret est ouvert");
    lycee.arreter("martin", zoe).await;
    for (motif, refus) in [
        ("", "Dites pourquoi"),
        (" \n ", "Dites pourquoi"),
        ("é".repeat(3000).as_str(), "Ce motif compte 3000 caractères"),
    ] {
        let page = agir(&okafor, zoe, "/reouverture", &[("motif", motif)]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.contient(refus);
        page.contient(motif); // nothing typed is lost
    }
    let page = agir(&okafor, zoe, "/reouverture", &[("motif", "Erreur de ligne")]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    // Who asked does not confirm; nor does a colleague while somebody coordinates.
    for (qui, refus) in
        [(&okafor, "une autre personne la confirme"), (&rossi, "C’est à la coordination")]
    {
        qui.get(&page.location).await.sans("Confirmer la réouverture");
        let page = agir(qui, zoe, "/cloture", &[("suite", "confirmer")]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.contient(refus);
    }
    assert_eq!(juger(&martin, zoe, "1.1.2", "S").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = agir(&martin, zoe, "/cloture", &[("suite", "confirmer")]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    assert_eq!(juger(&martin, zoe, "1.1.2", "S").await.status, StatusCode::SEE_OTHER);
    let amelie = lycee.visiteur("zoe").await.get("/livret/arret").await;
    for dit in ["Réouverture confirmée", "par Mme MARTIN", "par Mme OKAFOR", "Erreur de ligne"] {
        amelie.contient(dit);
    }
    assert_eq!(verifier(&lycee).await, Vec::<String>::new());
}

#[sqlx::test]
async fn what_the_coordonnateur_asks_any_other_teacher_confirms_and_a_demand_may_be_set_aside(
    db: PgPool,
) {
    let lycee = Lycee::open(db).await;
    let (martin, okafor) = (lycee.visiteur("martin").await, lycee.visiteur("okafor").await);
    let zoe = lycee.numero("zoe").await;
    lycee.arreter("martin", zoe).await;
    agir(&martin, zoe, "/reouverture", &[("motif", "Oubli du stage")]).await;
    let cle = "00000000-0000-4000-8000-000000000003";
    let chemin = format!("/etudiants/{zoe}/arret/reouverture");
    let deux = okafor.post(&chemin, &[("cle", cle), ("motif", "Moi aussi")]).await;
    assert_eq!(deux.status, StatusCode::CONFLICT);
    deux.contient("déjà demandée");
    let page = agir(&martin, zoe, "/cloture", &[("suite", "confirmer")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "the same person");
    assert_eq!(
        agir(&martin, zoe, "/cloture", &[("suite", "ecarter")]).await.status,
        StatusCode::SEE_OTHER
    );
    agir(&martin, zoe, "/reouverture", &[("motif", "Oubli du stage, tout compte fait")]).await;
    // The same form twice confirms once; another one comes too late.
    let formulaire = okafor.get(&format!("/etudiants/{zoe}/arret")).await;
    let (cle, demande) = (formulaire.champ("cle"), formulaire.champ("demande"));
    let chemin = format!("/etudiants/{zoe}/arret/cloture");
    let envoi = [("cle", cle.as_str()), ("demande", &demande), ("suite", "confirmer")];
    for _ in 0..2 {
        assert_eq!(okafor.post(&chemin, &envoi).await.status, StatusCode::SEE_OTHER);
    }
    let tard = [("cle", "00000000-0000-4000-8000-000000000004"), envoi[1], envoi[2]];
    let page = okafor.post(&chemin, &tard).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    page.contient("Réouverture confirmée par Mme OKAFOR");
    lycee.arreter("martin", zoe).await;
    assert_eq!(lycee.compter("livret.arret").await, 2);
    assert_eq!(verifier(&lycee).await, Vec::<String>::new());
}

/// The base itself holds it: no statement lifts an arret alone, nor writes a reopening that is confirmed at once.
#[sqlx::test]
async fn no_statement_lifts_an_arret_without_a_second_person(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, zoe) = (lycee.visiteur("martin").await, lycee.numero("zoe").await);
    juger(&martin, zoe, "1.1.1", "S").await;
    lycee.arreter("martin", zoe).await;
    let okafor = lycee.visiteur("okafor").await;
    agir(&okafor, zoe, "/reouverture", &[("motif", "Erreur")]).await;
    let lever = "update livret.arret set leve_le = arrete_le, leve_version = version";
    let confirmer = "update livret.reouverture set etat = 'confirmee', close_par = par + 1, close_le = demandee_le, close_version = version";
    let lever_par = "update livret.arret a set leve_le = r.close_le, leve_version = r.close_version
                       from livret.reouverture r where r.arret = a.version";
    for (actes, refus) in [
        (vec![lever], "un_arret_se_leve_a_deux"),
        (
            vec!["update livret.reouverture set etat = 'ecartee', close_par = par + 1", lever],
            "un_arret_se_leve_a_deux",
        ),
        (vec![confirmer, lever, lever], "un_arret_se_leve_a_deux"), // by another line than the confirmation
        (vec![&confirmer.replace("par + 1", "par")], "deux_personnes_pour_rouvrir"),
        (
            vec![
                confirmer,
                lever_par,
                "update livret.arret set leve_le = null, leve_version = null",
            ],
            "un_arret_leve_le_reste",
        ),
        (
            vec![
                "delete from livret.reouverture",
                "insert into livret.arret select etablissement_id, etudiant_id, version + 1, arrete_le, par, now(), empreinte, version + 1 from livret.arret",
            ],
            "un_arret_se_leve_a_deux",
        ),
    ] {
        let mut tx = lycee.db.begin().await.unwrap();
        let mut dit = String::new();
        for acte in &actes {
            if let Err(e) =
                sqlx::raw_sql(sqlx::AssertSqlSafe((*acte).to_owned())).execute(&mut *tx).await
            {
                dit = e
                    .as_database_error()
                    .and_then(|e| e.constraint())
                    .unwrap_or_default()
                    .to_owned();
                break;
            }
        }
        assert_eq!(dit, refus, "{actes:?}");
        tx.rollback().await.unwrap();
    }
    // The control: what a confirmation writes passes.
    let mut tx = lycee.db.begin().await.unwrap();
    for acte in [confirmer, lever_par] {
        sqlx::raw_sql(acte).execute(&mut *tx).await.unwrap();
    }
    tx.rollback().await.unwrap();
    // A teacher alone, in her own name, cannot write both halves either.
    let mut tx = lycee.db.begin().await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
        "update livret.reouverture set etat = 'ecartee', close_par = par;
         set local role livret_enseignant;
         select set_config('livret.etablissement', '1', true), set_config('livret.personne', '{}', true)",
        lycee.numero("martin").await
    )))
    .execute(&mut *tx)
    .await
    .unwrap();
    let seule = sqlx::raw_sql(
        "insert into livret.reouverture (etablissement_id, etudiant_id, version, arret, motif, par, demandee_le, etat,
                close_par, close_le, close_version)
         select etablissement_id, etudiant_id, version, version, 'Seule', par, arrete_le, 'confirmee', par + 1, arrete_le,
                version from livret.arret",
    )
    .execute(&mut *tx)
    .await
    .unwrap_err();
    assert_eq!(
        seule.as_database_error().and_then(sqlx::error::DatabaseError::code).as_deref(),
        Some("42501"),
        "{seule}"
    );
    tx.rollback().await.unwrap();
    // And two people do it, as before.
    agir(&martin, zoe, "/cloture", &[("suite", "confirmer")]).await;
    assert_eq!(juger(&martin, zoe, "1.1.2", "S").await.status, StatusCode::SEE_OTHER);
    assert_eq!(verifier(&lycee).await, Vec::<String>::new());
}

/// What is altered after the fact is seen, even by who can write in the base.
#[sqlx::test]
async fn a_false_arret_is_seen(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, zoe) = (lycee.visiteur("martin").await, lycee.numero("zoe").await);
    juger(&martin, zoe, "1.1.1", "S").await;
    lycee.arreter("martin", zoe).await;
    agir(&lycee.visiteur("okafor").await, zoe, "/reouverture", &[("motif", "Erreur")]).await;
    for acte in [
        "update livret.arret set empreinte = sha256('x')",
        "update livret.arret set arrete_le = arrete_le + interval '1 s'",
        "update livret.reouverture set motif = 'Autre'",
        "delete from livret.reouverture",
        "update livret.reouverture set etat = 'ecartee', close_par = par",
        "update livret.arret set leve_le = arrete_le, leve_version = version",
        "insert into livret.validation select etablissement_id, etudiant_id, edition_id, code, 'S', 'S', '', par, saisi_le, version from livret.positionnement",
    ] {
        let mut tx = lycee.db.begin().await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
            "set local session_replication_role = replica; {acte}"
        )))
        .execute(&mut *tx)
        .await
        .unwrap();
        let constat = journal::verifier(&mut tx, &lycee.app.sceau, &[]).await.unwrap();
        assert!(!constat.fautes.is_empty(), "{acte} was not seen");
        tx.rollback().await.unwrap();
    }
}
