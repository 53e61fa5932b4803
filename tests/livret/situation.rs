//! Situations that a teacher opens for her class, and groups.
use axum::http::StatusCode;
use sqlx::PgPool;
use time::Duration;

use crate::lycee::{Lycee, Visiteur};

async fn saisie(qui: &Visiteur, chemin: &str) -> Vec<(&'static str, String)> {
    let page = qui.get(chemin).await;
    vec![
        ("titre", "Jeu de rôle".into()),
        ("contexte", "simulation".into()),
        ("organisation", String::new()),
        ("vecue_le", "2026-11-20".into()),
        ("visible_le", "2026-11-27".into()),
        ("nature", "preparation".into()),
        ("version", page.champ("version")),
        ("cle", page.champ("cle")),
    ]
}

fn prets<'a>(champs: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    champs.iter().map(|(a, b)| (*a, b.as_str())).collect()
}

fn avec(
    champs: &[(&'static str, String)],
    champ: &'static str,
    valeur: &str,
) -> Vec<(&'static str, String)> {
    champs
        .iter()
        .map(|(c, v)| (*c, if *c == champ { valeur.to_owned() } else { v.clone() }))
        .collect()
}

#[sqlx::test]
async fn students_see_a_situation_and_its_levels_from_its_day_on(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, zoe) = (lycee.visiteur("martin").await, lycee.visiteur("zoe").await);
    let (promotion, numero) = (lycee.promotion("zoe").await, lycee.numero("zoe").await);
    let chemin = format!("/promotions/{promotion}/situations/nouvelle");
    let champs = saisie(&martin, &chemin).await;
    let grille = martin.post(&chemin, &prets(&champs)).await.location;
    martin.get(&grille).await.contient("visible par les étudiants à partir du 27\u{a0}novembre");
    let situation: i64 = grille.split_once("situation=").unwrap().1.parse().unwrap();
    let form = format!("/etudiants/{numero}/saisie?situation={situation}");
    let page = martin.get(&form).await;
    let champ = format!("{numero}-1.1.1");
    let envoi = [
        ("cle".to_owned(), page.champ("cle")),
        ("situation".to_owned(), situation.to_string()),
        (format!("niveau-{champ}"), "TI".to_owned()),
        (format!("avant-{champ}"), String::new()),
        (format!("version-{champ}"), "0".to_owned()),
    ];
    let envoi: Vec<(&str, &str)> = envoi.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let page = martin.post(&format!("/etudiants/{numero}/saisie"), &envoi).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    for page in [
        "/livret",
        "/livret?voir=frise",
        "/livret?voir=profil",
        "/livret/sous-competences/1.1.1",
        "/preuves",
    ] {
        let page = zoe.get(page).await;
        page.sans("Jeu de rôle");
        page.sans("MARTIN");
        page.sans("data-niveau=\"TI\"");
    }
    lycee
        .visiteur("jury")
        .await
        .get(&format!("/jury/promotions/{promotion}"))
        .await
        .contient("ÉTIENNE");
    lycee.hand.advance(Duration::days(3));
    let zoe = lycee.visiteur("zoe").await;
    zoe.get("/livret").await.contient("Très Insuffisant par Mme MARTIN");
    zoe.get("/livret?voir=frise").await.contient("Jeu de rôle");
    zoe.get("/livret/sous-competences/1.1.1").await.contient("Jeu de rôle");
}

#[sqlx::test]
async fn what_is_wrong_with_a_situation_is_told_beside_its_field(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let promotion = lycee.promotion("zoe").await;
    let chemin = format!("/promotions/{promotion}/situations/nouvelle");
    let bonne = saisie(&martin, &chemin).await;
    for (champ, valeur, message) in [
        ("titre", "  ", "Ce champ est à remplir."),
        ("vecue_le", "2026-11-25", "Cette date est à venir"),
        ("vecue_le", "2019-01-01", "La formation de cette promotion commence le"),
        ("vecue_le", "31/02/2026", "Cette date n’existe pas"),
        ("visible_le", "", "Cette date n’existe pas"),
        ("contexte", "lune", "Dites où"),
        ("nature", "certification", "Choisissez à quoi sert"),
    ] {
        let page = martin.post(&chemin, &prets(&avec(&bonne, champ, valeur))).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{champ} {valeur}");
        page.contient(message);
        if champ != "titre" {
            page.contient("value=\"Jeu de rôle\"");
        }
    }
    assert_eq!(lycee.compter("livret.situation").await, 0);
    let une = martin.post(&chemin, &prets(&bonne)).await.location;
    assert_eq!(martin.post(&chemin, &prets(&bonne)).await.location, une, "sent twice, opened once");
    assert_eq!(lycee.compter("livret.situation").await, 1);
}

#[sqlx::test]
async fn a_corrected_situation_takes_its_levels_along_and_a_late_correction_is_told(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, okafor) = (lycee.visiteur("martin").await, lycee.visiteur("okafor").await);
    let (promotion, zoe) = (lycee.promotion("zoe").await, lycee.numero("zoe").await);
    let situation = lycee.situation(&martin, promotion, "Salon").await;
    let case = format!("/etudiants/{zoe}/sous-competences/1.1.1");
    let cle = martin.get(&case).await.champ("cle");
    let niveau =
        [("niveau", "S"), ("situation", &situation.to_string()), ("version", "0"), ("cle", &cle)];
    martin.post(&format!("{case}/positionnements"), &niveau).await;
    let chemin = format!("/promotions/{promotion}/situations/{situation}");
    let (sienne, tardive) = (saisie(&martin, &chemin).await, saisie(&okafor, &chemin).await);
    let page = martin.post(&chemin, &prets(&avec(&sienne, "vecue_le", "2026-10-05"))).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    martin.get(&case).await.contient("5\u{a0}octobre\u{a0}2026");
    let page = okafor.post(&chemin, &prets(&tardive)).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    page.contient("vient d’être modifiée");
    let mut db = lycee.db.acquire().await.unwrap();
    let constat = livret::journal::verifier(&mut db, &lycee.app.sceau, &[]).await.unwrap();
    assert_eq!(constat.fautes, Vec::<String>::new());
}

#[sqlx::test]
async fn a_group_is_made_changed_and_closed(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let promotion = lycee.promotion("zoe").await;
    let (zoe, amina, nouveau) =
        (lycee.numero("zoe").await, lycee.numero("amina").await, lycee.numero("etudiant2-1").await);
    let equipe = lycee.equipe(&martin, promotion, &[zoe]).await;
    let base = format!("/promotions/{promotion}/groupes");
    martin.get(&base).await.contient("Équipe Boréal");
    let chemin = format!("{base}/{equipe}");
    let page = martin.get(&chemin).await;
    let (cle, version) = (page.champ("cle"), page.champ("version"));
    let (z, a, n) = (zoe.to_string(), amina.to_string(), nouveau.to_string());
    let envoi = [
        ("nom", "Équipe Austral"),
        ("version", &version),
        ("cle", &cle),
        ("membre", &z),
        ("membre", &a),
    ];
    assert_eq!(martin.post(&chemin, &envoi).await.status, StatusCode::SEE_OTHER);
    martin.get(&base).await.contient("DIALLO Amina, ÉTIENNE Zoé");
    let cle = martin.get(&chemin).await.champ("cle");
    let tard = [("nom", "Autre"), ("version", &version), ("cle", &cle), ("membre", &z)];
    let page = martin.post(&chemin, &tard).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    page.contient("vient d’être modifié");
    let neuf = format!("{base}/nouveau");
    let cle = martin.get(&neuf).await.champ("cle");
    let page =
        martin.post(&neuf, &[("nom", "Équipe Austral"), ("cle", &cle), ("membre", &z)]).await;
    page.contient("Un groupe porte déjà ce nom");
    let page = martin.post(&neuf, &[("nom", "Intrus"), ("cle", &cle), ("membre", &n)]).await;
    page.contient("n’est plus dans cette promotion");
    let page = martin.post(&neuf, &[("nom", " "), ("cle", &cle)]).await;
    page.contient("Cochez au moins une personne.");
    let page = martin.get(&chemin).await;
    let fermer =
        [("fermer", "1"), ("version", &page.champ("version")), ("cle", &page.champ("cle"))];
    assert_eq!(martin.post(&chemin, &fermer).await.status, StatusCode::SEE_OTHER);
    martin.get(&base).await.sans("Équipe Austral");
    assert_eq!(lycee.compter("livret.groupe").await, 1);
}
