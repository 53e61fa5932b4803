//! The year that turns: prepared, applied, gone back on, done again, confirmed.
use axum::http::StatusCode;
use sqlx::PgPool;
use time::Duration;
use uuid::Uuid;

use crate::{
    ecole::{envoyer, formulaire},
    lycee::{Lycee, Page, Visiteur},
};

const ICI: &str = "/administration/annee";
const SUITE: &str = "/administration/annee/suite";

/// Everything that a year change may touch.
async fn photo(lycee: &Lycee) -> String {
    sqlx::query_scalar(
        "select jsonb_build_object(
            'p', (select jsonb_agg(jsonb_build_array(promotion_id, nom, close_du) order by promotion_id) from livret.promotion),
            'i', (select jsonb_agg(jsonb_build_array(promotion_id, etudiant_id, du, au) order by promotion_id, etudiant_id)
                    from livret.inscription),
            'f', (select jsonb_agg(jsonb_build_array(personne_id, genre, du, au) order by personne_id, genre, du)
                    from acces.fonction))::text",
    )
    .fetch_one(&lycee.db)
    .await
    .unwrap()
}

async fn mener(admin: &Visiteur, suite: &str) -> Page {
    envoyer(admin, (ICI, "name=\"bascule\"", SUITE), &[("suite", suite)]).await
}

/// The section of 32 ends: two repeat in the younger one, three leave before, the others with it.
async fn preparer(lycee: &Lycee, admin: &Visiteur) -> (i64, i64) {
    let (vieille, jeune) = (lycee.promotion("amina").await, lycee.promotion("etudiant2-1").await);
    let champs = [
        ("jour".to_owned(), "2027-09-01".to_owned()),
        ("fermeture".to_owned(), "2027-09-30".to_owned()),
        (format!("sort-{vieille}"), "close".to_owned()),
        (format!("nom-{vieille}"), "NDRC 2025-2027 (sortie)".to_owned()),
        (format!("sort-{jeune}"), "continue".to_owned()),
        (format!("nom-{jeune}"), "NDRC 2".to_owned()),
    ];
    let mut dits: Vec<(String, String)> = champs.to_vec();
    for redouble in ["amina", "etudiant1-5"] {
        let champ = format!("e-{vieille}-{}", lycee.numero(redouble).await);
        dits.push((champ, format!("v{jeune}")));
    }
    for part in ["etudiant2-1", "etudiant2-2", "etudiant2-3"] {
        dits.push((format!("e-{jeune}-{}", lycee.numero(part).await), "part".to_owned()));
    }
    let dits: Vec<(&str, &str)> = dits.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let page = envoyer(admin, (ICI, "name=\"jour\"", ICI), &dits).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    (vieille, jeune)
}

#[sqlx::test]
async fn a_section_turns_is_gone_back_on_turns_again_and_is_confirmed(db: PgPool) {
    let lycee = Lycee::open(db).await;
    // A level of a repeater, that goes with her.
    let (amina, martin) = (lycee.numero("amina").await, lycee.visiteur("martin").await);
    let vers = format!("/etudiants/{amina}/sous-competences/1.1.1/positionnements");
    let cle = Uuid::from_u128(3).to_string();
    martin.post(&vers, &[("niveau", "TS"), ("version", "0"), ("cle", &cle)]).await;
    // It is July.
    lycee.hand.advance(Duration::days(230));
    let admin = lycee.visiteur("admin").await;
    let avant = photo(&lycee).await;
    let (vieille, jeune) = preparer(&lycee, &admin).await;
    let apercu = admin.get(ICI).await;
    for mots in [
        "Rien n’est encore appliqué.",
        "25\u{a0}étudiants suivent leur promotion",
        "2\u{a0}redoublent",
        "33\u{a0}partent",
        "1\u{a0}promotion se ferme",
        "DIALLO Amina, dans NDRC 2",
        "son livret continue",
        "S’appelait NDRC 2026-2028.",
    ] {
        apercu.contient(mots);
    }
    assert_eq!(photo(&lycee).await, avant, "looked at, not applied");

    assert_eq!(mener(&admin, "appliquer").await.status, StatusCode::SEE_OTHER);
    admin.get(ICI).await.contient("Appliqué, pas encore confirmé.");
    let apres = photo(&lycee).await;
    assert_ne!(apres, avant);
    assert_eq!(mener(&admin, "revenir").await.status, StatusCode::SEE_OTHER);
    assert_eq!(photo(&lycee).await, avant, "back to what was, exactly");
    // The form comes back as it had been filled.
    let page = admin.get(ICI).await;
    page.contient("value=\"NDRC 2025-2027 (sortie)\"");
    page.contient(&format!("<option value=\"v{jeune}\" selected>"));

    preparer(&lycee, &admin).await;
    let lue = admin.get(ICI).await;
    mener(&admin, "appliquer").await;
    assert_eq!(photo(&lycee).await, apres, "done again, the same");
    // A second tab that still shows the plan: told, and nothing moves.
    let caches = formulaire(&lue, "name=\"bascule\"");
    let mut champs: Vec<(&str, &str)> =
        caches.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    champs.push(("suite", "modifier"));
    let cle = Uuid::from_u128(4).to_string();
    champs.retain(|c| c.0 != "cle");
    champs.push(("cle", &cle));
    let page = admin.post(SUITE, &champs).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    page.contient("Ce changement d’année a été appliqué par Mme VIDAL-ROUX");
    assert_eq!(mener(&admin, "confirmer").await.status, StatusCode::SEE_OTHER);
    admin.get(ICI).await.contient("Dernier changement\u{a0}: confirmé par Mme VIDAL-ROUX");
    let genres: Vec<String> = sqlx::query_scalar(
        "select genre from livret.evenement where genre like '%annee' order by seq",
    )
    .fetch_all(&lycee.db)
    .await
    .unwrap();
    assert_eq!(
        genres,
        [
            "preparer_annee",
            "appliquer_annee",
            "defaire_annee",
            "preparer_annee",
            "appliquer_annee",
            "confirmer_annee"
        ]
    );

    // The year has turned.
    lycee.hand.advance(Duration::days(60));
    let martin = lycee.visiteur("martin").await;
    let accueil = martin.get("/").await;
    accueil.contient("Promotions closes");
    let ouvertes = accueil.html.split("Promotions closes").next().unwrap();
    assert!(ouvertes.contains("NDRC 2</a>") && !ouvertes.contains("(sortie)"), "{ouvertes}");
    let inscrits = martin.get(&format!("/promotions/{jeune}")).await;
    inscrits.contient("27\u{a0}étudiants");
    inscrits.contient("DIALLO Amina");
    // Her level came with her: same edition, same livret.
    martin.get(&format!("/etudiants/{amina}/livret")).await.contient("data-niveau=\"TS\"");
    // Closed: it reads, and writes no more, for judgements nor for people.
    let vers = format!("/promotions/{vieille}");
    martin.get(&format!("{vers}/grille")).await.contient("Cette promotion est close");
    let cle = Uuid::from_u128(5).to_string();
    let champs = [
        ("titre", "Jeu de rôle"),
        ("contexte", "atelier"),
        ("vecue_le", "2027-05-20"),
        ("visible_le", "2027-05-20"),
        ("nature", "formatif"),
        ("cle", &cle),
    ];
    let page = martin.post(&format!("{vers}/situations/nouvelle"), &champs).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("Cette promotion est close");
    let admin = lycee.visiteur("admin").await;
    let ici = format!("/administration/promotions/{vieille}");
    let cle = admin.get(&ici).await.champ("cle");
    let champs = [("quoi", "etudiant"), ("liste", "DUPONT Jeanne"), ("cle", &cle)];
    let page = admin.post(&format!("{ici}/personnes"), &champs).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("Cette promotion est close");
    assert_eq!(admin.get(&format!("{ici}/equipe")).await.status, StatusCode::NOT_FOUND);
    // Who left reads her livret until the day that was said, and no longer.
    let partie = lycee.visiteur("etudiant1-7").await;
    assert_eq!(partie.get("/livret").await.status, StatusCode::OK);
    lycee.hand.advance(Duration::days(30));
    assert_eq!(lycee.visiteur("etudiant1-7").await.get("/livret").await.location, "/connexion");
    assert_eq!(lycee.visiteur("amina").await.get("/livret").await.status, StatusCode::OK);
    let mut connexion = lycee.db.acquire().await.unwrap();
    let constat = livret::journal::verifier(&mut connexion, &lycee.app.sceau, &[]).await.unwrap();
    assert_eq!(constat.fautes, Vec::<String>::new());
}

#[sqlx::test]
async fn what_was_changed_since_is_not_undone_behind_anybody(db: PgPool) {
    let lycee = Lycee::open(db).await;
    lycee.hand.advance(Duration::days(230));
    let admin = lycee.visiteur("admin").await;
    preparer(&lycee, &admin).await;
    mener(&admin, "appliquer").await;
    // Somebody brings the end of one of them forward.
    sqlx::query("update livret.inscription set au = '2027-08-15' where etudiant_id = $1")
        .bind(lycee.numero("etudiant1-9").await)
        .execute(&lycee.db)
        .await
        .unwrap();
    let apres = photo(&lycee).await;
    let page = mener(&admin, "revenir").await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    page.contient("ne peut plus être défait d’un coup");
    assert_eq!(photo(&lycee).await, apres);
}

#[sqlx::test]
async fn a_plan_that_cannot_be_comes_back_filled(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let admin = lycee.visiteur("admin").await;
    let (vieille, jeune) = (lycee.promotion("amina").await, lycee.promotion("etudiant2-1").await);
    let amina = lycee.numero("amina").await;
    let (nom_v, nom_j) = (format!("nom-{vieille}"), format!("nom-{jeune}"));
    let (sort_j, champ) = (format!("sort-{jeune}"), format!("e-{vieille}-{amina}"));
    let vers = format!("v{jeune}");
    let dits = [
        ("jour", "31/02/2027"),
        ("fermeture", "2027-08-31"),
        (nom_v.as_str(), "NDRC 2"),
        (&nom_j, "NDRC 2"),
        (&sort_j, "close"),
        (&champ, &vers),
    ];
    let page = envoyer(&admin, (ICI, "name=\"jour\"", ICI), &dits).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    for mots in [
        "Cette date n’existe pas",
        "Une autre promotion porterait le même nom",
        "DIALLO Amina irait dans une promotion qui se ferme",
        "value=\"31/02/2027\"",
    ] {
        page.contient(mots);
    }
    page.contient(&format!("<option value=\"{vers}\" selected>"));
    let rien = [
        ("jour", "2027-09-01"),
        ("fermeture", "2027-08-31"),
        (nom_v.as_str(), "NDRC 2025-2027"),
        (&nom_j, "NDRC 2026-2028"),
    ];
    let page = envoyer(&admin, (ICI, "name=\"jour\"", ICI), &rien).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("Rien ne change.");
    assert_eq!(lycee.compter("livret.bascule").await, 0);
    // Two names may be exchanged at once.
    let echange = [
        ("jour", "2027-09-01"),
        ("fermeture", "2027-08-31"),
        (nom_v.as_str(), "NDRC 2026-2028"),
        (&nom_j, "NDRC 2025-2027"),
    ];
    let page = envoyer(&admin, (ICI, "name=\"jour\"", ICI), &echange).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    assert_eq!(mener(&admin, "appliquer").await.status, StatusCode::SEE_OTHER);
}

/// A repeater whose new promotion follows another edition: nothing is carried over in silence.
#[sqlx::test]
async fn levels_of_another_edition_are_to_be_seen_again(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (amina, martin) = (lycee.numero("amina").await, lycee.visiteur("martin").await);
    for (code, n) in [("1.1.1", 1), ("1.1.2", 2)] {
        let vers = format!("/etudiants/{amina}/sous-competences/{code}/positionnements");
        let cle = Uuid::from_u128(n).to_string();
        martin.post(&vers, &[("niveau", "TS"), ("version", "0"), ("cle", &cle)]).await;
    }
    // The younger promotion follows a text where one line was reworded.
    let (ancien, _) = livret::referentiel::OFFICIEL.split_once("code = \"1.1.1\"").unwrap();
    let reste = &livret::referentiel::OFFICIEL[ancien.len()..];
    let intitule = reste.split_once("intitule = \"").unwrap().1.split_once('"').unwrap().0;
    let texte = format!("{ancien}{}", reste.replacen(intitule, "Cibler autrement", 1));
    let mut connexion = lycee.db.acquire().await.unwrap();
    let edition =
        livret::referentiel::publier(&mut connexion, &texte, lycee.app.clock.now()).await.unwrap();
    let jeune = lycee.promotion("etudiant2-1").await;
    sqlx::query("update livret.promotion set edition_id = $1 where promotion_id = $2")
        .bind(edition.edition_id)
        .bind(jeune)
        .execute(&lycee.db)
        .await
        .unwrap();
    drop(connexion);
    lycee.hand.advance(Duration::days(230));
    let admin = lycee.visiteur("admin").await;
    preparer(&lycee, &admin).await;
    admin.get(ICI).await.contient("seront «\u{a0}à revoir\u{a0}» par l’équipe");
    mener(&admin, "appliquer").await;
    mener(&admin, "confirmer").await;
    lycee.hand.advance(Duration::days(60));
    let martin = lycee.visiteur("martin").await;
    let ici = format!("/etudiants/{amina}/acquis");
    martin.get(&format!("/promotions/{jeune}")).await.contient("2\u{a0}niveaux à revoir");
    let page = martin.get(&ici).await;
    page.contient("2\u{a0}lignes à revoir");
    page.contient("texte changé");
    page.contient("même texte");
    let vers = format!("/etudiants/{amina}/sous-competences/1.1.2/positionnements");
    let cle = Uuid::from_u128(9).to_string();
    let page = martin.post(&vers, &[("niveau", "S"), ("version", "0"), ("cle", &cle)]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    let page = martin.get(&ici).await;
    page.contient("1\u{a0}ligne à revoir");
    page.contient("revu");
}
