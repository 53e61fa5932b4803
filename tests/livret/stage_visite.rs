//! Visits of a period: rendered by a teacher, corrected by her alone, read by the student.
use axum::http::StatusCode;
use sqlx::PgPool;

use crate::{
    lycee::{Lycee, Page, Visiteur},
    stage::{champs, prevoir},
};

const VISITE: [(&str, &str); 4] = [
    ("le", "2026-11-20"),
    ("mode", "sur_place"),
    ("rencontre", "M. PETIT,  gérant"),
    ("compte_rendu", "Bonne intégration.\r\nElle tient la caisse seule."),
];

fn avec<'a>(quoi: &str, dit: &'a str) -> Vec<(&'static str, &'a str)> {
    let autre = |(nom, valeur)| if nom == quoi { (nom, dit) } else { (nom, valeur) };
    VISITE.into_iter().map(autre).collect()
}

async fn rendre(qui: &Visiteur, page: &str, dite: &[(&str, &str)], cle: &str) -> Page {
    let mut champs = vec![("cle", cle)];
    champs.extend(dite);
    qui.post(&format!("{page}/visites"), &champs).await
}

/// The number and the version of the only visit.
async fn la_seule(lycee: &Lycee) -> (i64, String) {
    let (visite, version): (i64, i64) =
        sqlx::query_as("select visite_id, version from livret.visite")
            .fetch_one(&lycee.db)
            .await
            .unwrap();
    (visite, version.to_string())
}

#[sqlx::test]
async fn a_visit_is_rendered_once_and_read_by_her(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, zoe) = (lycee.visiteur("martin").await, lycee.numero("zoe").await);
    let elle = lycee.visiteur("zoe").await;
    let id = prevoir(&lycee, &champs(zoe, "2026-11-02", "2026-11-27"), "zoe").await;
    let (la, ici) = (format!("/etudiants/{zoe}/stages/{id}"), format!("/stages/{id}"));
    let tableau = format!("/promotions/{}/stages", lycee.promotion("zoe").await);
    martin.get(&tableau).await.contient("Aucune visite");
    elle.get(&ici).await.contient("Aucune visite n’est encore enregistrée");
    elle.get(&ici).await.sans("Enregistrer une visite");
    let cle = martin.get(&la).await.champ("cle");
    for _ in 0..2 {
        let page = rendre(&martin, &la, &VISITE, &cle).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
        assert_eq!(page.location, format!("{la}#visites"));
    }
    let page = rendre(&martin, &la, &avec("mode", "visio"), &cle).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "a key is one act");
    assert_eq!(lycee.compter("livret.visite").await, 1);
    assert_eq!(lycee.compter("livret.evenement where genre = 'visiter_stage'").await, 1);
    for page in [martin.get(&la).await, elle.get(&ici).await] {
        page.contient("20\u{a0}novembre\u{a0}2026, sur place");
        page.contient("par Mme MARTIN\u{202f}; rencontre\u{a0}: M. PETIT, gérant");
        page.contient("Bonne intégration.\nElle tient la caisse seule.");
    }
    elle.get(&ici).await.sans("/visites");
    let page = martin.get(&tableau).await;
    page.contient("1\u{a0}visite<");
    page.sans("Aucune visite");
    for (qui, page) in [("zoe", &la), ("amina", &la), ("lefevre", &la), ("jury", &la)] {
        let page = rendre(&lycee.visiteur(qui).await, page, &VISITE, &cle).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{qui}");
    }
}

#[sqlx::test]
async fn a_visit_that_cannot_be_is_told_and_comes_back_filled(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, zoe) = (lycee.visiteur("martin").await, lycee.numero("zoe").await);
    let id = prevoir(&lycee, &champs(zoe, "2026-11-02", "2026-11-27"), "zoe").await;
    let la = format!("/etudiants/{zoe}/stages/{id}");
    let cle = martin.get(&la).await.champ("cle");
    let (long, plus) = ("é".repeat(5001), "é".repeat(201));
    for (dite, attendu) in [
        (avec("le", "31/02/2026"), "Cette date n’existe pas"),
        (avec("le", ""), "Cette date n’existe pas"),
        (avec("le", "2026-11-25"), "Cette date est à venir"),
        (avec("le", "2020-11-25"), "La formation de cette promotion commence le"),
        (avec("mode", "pigeon"), "Dites comment vous vous êtes rencontrés"),
        (avec("mode", ""), "Dites comment vous vous êtes rencontrés"),
        (avec("rencontre", &plus), "Ce texte compte 201 caractères\u{a0}: 200 au plus"),
        (avec("compte_rendu", " \r\n\0 "), "Écrivez au moins un mot"),
        (avec("compte_rendu", &long), "Ce texte compte 5001 caractères\u{a0}: 5000 au plus"),
    ] {
        let page = rendre(&martin, &la, &dite, &cle).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{attendu}");
        page.contient("Rien n’est enregistré.");
        page.contient(attendu);
        for (nom, valeur) in dite.iter().filter(|d| ["le", "rencontre"].contains(&d.0)) {
            page.contient(&format!("id=\"{nom}-0\" name=\"{nom}\""));
            page.contient(&format!("value=\"{valeur}\""));
        }
    }
    let page = rendre(&martin, &la, &VISITE, "").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    // A sign-in on the way: shown again, not executed.
    let mut reprise = VISITE.to_vec();
    reprise.push(("reprise", "1"));
    let page = rendre(&martin, &la, &reprise, &cle).await;
    assert_eq!(page.status, StatusCode::OK);
    page.contient("Voici votre saisie");
    page.contient("Elle tient la caisse seule.");
    assert_eq!(lycee.compter("livret.visite").await, 0);
    // The first and the last days that can be.
    for le in ["2026-11-24", "24/11/2026"] {
        let cle = martin.get(&la).await.champ("cle");
        let page = rendre(&martin, &la, &avec("le", le), &cle).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    }
    assert_eq!(lycee.compter("livret.visite").await, 2);
}

#[sqlx::test]
async fn its_author_alone_corrects_a_visit_and_two_tabs_do_not_undo_each_other(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, amina) = (lycee.visiteur("martin").await, lycee.numero("amina").await);
    let okafor = lycee.visiteur("okafor").await;
    let id = prevoir(&lycee, &champs(amina, "2026-11-02", "2026-11-27"), "amina").await;
    let la = format!("/etudiants/{amina}/stages/{id}");
    let cle = martin.get(&la).await.champ("cle");
    rendre(&martin, &la, &VISITE, &cle).await;
    let (visite, version) = la_seule(&lycee).await;
    let chemin = format!("{la}/visites/{visite}");
    martin.get(&la).await.contient(&format!("action=\"{chemin}\""));
    okafor.get(&la).await.contient("Elle tient la caisse seule.");
    okafor.get(&la).await.sans(&chemin);
    let corriger = |mots: &'static str, cle: String, version: String| {
        let mut champs: Vec<(&str, String)> = avec("compte_rendu", mots)
            .into_iter()
            .map(|(nom, valeur)| (nom, valeur.to_owned()))
            .collect();
        champs.extend([("cle", cle), ("version", version)]);
        champs
    };
    let poster = async |qui: &Visiteur, vers: &str, champs: &[(&str, String)]| {
        let champs: Vec<(&str, &str)> = champs.iter().map(|c| (c.0, c.1.as_str())).collect();
        qui.post(vers, &champs).await
    };
    let dits = corriger("À moi.", okafor.get(&la).await.champ("cle"), version.clone());
    let page = poster(&okafor, &chemin, &dits).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("Ce compte rendu est de Mme MARTIN\u{a0}: seule cette personne le corrige");
    let (un, deux) = (martin.get(&la).await.champ("cle"), martin.get(&la).await.champ("cle"));
    let dits = corriger("Elle progresse.", un, version.clone());
    for _ in 0..2 {
        let page = poster(&martin, &chemin, &dits).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    }
    assert_eq!(lycee.compter("livret.evenement where genre = 'corriger_visite'").await, 1);
    // The other tab: both texts are there, and what it shows can be recorded.
    let dits = corriger("Elle stagne.", deux, version.clone());
    let page = poster(&martin, &chemin, &dits).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    page.contient("sur place, le 20\u{a0}novembre\u{a0}2026, «\u{a0}Elle progresse.\u{a0}»");
    page.contient(">Elle stagne.</textarea>");
    let (_, neuve) = la_seule(&lycee).await;
    page.contient(&format!("name=\"version\" value=\"{neuve}\""));
    let page = poster(&martin, &chemin, &corriger("Elle stagne.", page.champ("cle"), neuve)).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    lycee.visiteur("amina").await.get(&format!("/stages/{id}")).await.contient("Elle stagne.");
    for vers in [format!("{la}/visites/0"), format!("{la}/visites/999999")] {
        let page = poster(&martin, &vers, &dits).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{vers}");
    }
    assert_eq!(lycee.compter("livret.visite").await, 1);
}

/// The database itself keeps a visit in the hand of who rendered it, and out of the jury's.
#[sqlx::test]
async fn a_visit_is_in_its_author_s_hand_even_for_the_database(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, zoe) = (lycee.visiteur("martin").await, lycee.numero("zoe").await);
    let id = prevoir(&lycee, &champs(zoe, "2026-11-02", "2026-11-27"), "zoe").await;
    let la = format!("/etudiants/{zoe}/stages/{id}");
    rendre(&martin, &la, &VISITE, &martin.get(&la).await.champ("cle")).await;
    let essai = async |qui: &str, role: &str, sql: &str| {
        let ecole: i64 = sqlx::query_scalar("select min(etablissement_id) from livret.visite")
            .fetch_one(&lycee.db)
            .await
            .unwrap();
        let moi = lycee.numero(qui).await;
        let mut db = lycee.db.begin().await.unwrap();
        let regler = format!(
            "select set_config('livret.etablissement', '{ecole}', true), set_config('livret.personne', '{moi}', true);
             set local role {role}"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(regler)).execute(&mut *db).await.unwrap();
        let fait = sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut *db).await;
        fait.map(|f| f.rows_affected()).map_err(|e| e.to_string())
    };
    let corriger = "update livret.visite set compte_rendu = 'Autre'";
    assert_eq!(essai("martin", "livret_enseignant", corriger).await, Ok(1));
    assert_eq!(essai("okafor", "livret_enseignant", corriger).await, Ok(0), "a colleague’s");
    for (qui, role, sql) in [
        ("martin", "livret_enseignant", "update livret.visite set par = 1"),
        ("martin", "livret_enseignant", "update livret.visite set periode_id = 1"),
        ("martin", "livret_enseignant", "delete from livret.visite"),
        ("zoe", "livret_etudiant", corriger),
        ("jury", "livret_jury", "select from livret.visite"),
        ("jury", "livret_jury", "select from livret.note_hebdo"),
    ] {
        let refus = essai(qui, role, sql).await.expect_err(sql);
        assert!(refus.contains("permission denied"), "{role} {sql}: {refus}");
    }
}

/// Two visits of this period, one of them long.
pub(crate) async fn vivre(lycee: &Lycee, la: &str) {
    let martin = lycee.visiteur("martin").await;
    let long = "Le tuteur est satisfait de la prospection. ".repeat(20);
    for dite in [VISITE.to_vec(), avec("compte_rendu", &long)] {
        let page = rendre(&martin, la, &dite, &martin.get(la).await.champ("cle")).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    }
}
