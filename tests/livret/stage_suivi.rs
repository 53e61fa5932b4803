//! A period followed: its page, its missions, its attestation, its paper.
use axum::http::StatusCode;
use sqlx::PgPool;

use crate::{
    lycee::{Lycee, Page, Visiteur},
    stage::{champs, prevoir},
};

async fn ajouter(qui: &Visiteur, page: &str, intitule: &str, codes: &[&str], cle: &str) -> Page {
    let mut champs = vec![("intitule", intitule), ("cle", cle)];
    champs.extend(codes.iter().map(|c| ("codes", *c)));
    qui.post(&format!("{page}/missions"), &champs).await
}

#[sqlx::test]
async fn a_period_is_read_by_her_team_and_by_her_and_nobody_else(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, zoe) = (lycee.visiteur("martin").await, lycee.numero("zoe").await);
    let elle = lycee.visiteur("zoe").await;
    elle.get("/stages").await.contient("Aucune période n’est enregistrée");
    let id = prevoir(&lycee, &champs(zoe, "2026-11-02", "2026-11-27"), "zoe").await;
    let page = martin.get(&format!("/etudiants/{zoe}/stages/{id}")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.html);
    for dit in [
        "12 rue des Fours, 69000 Valmont",
        "M. Paul PETIT, paul.petit@martinet.example",
        "du 2\u{a0}novembre\u{a0}2026 au 27\u{a0}novembre\u{a0}2026",
        "en cours",
        "17\u{a0}jours faits sur 20\u{a0}jours comptés",
        "pas encore choisi",
        &format!("/etudiants/{zoe}/stages/{id}/modifier"),
    ] {
        page.contient(dit);
    }
    let siens = elle.get("/stages").await;
    siens.contient("<strong>3\u{a0}semaines et 2\u{a0}jours</strong> sur 16\u{a0}semaines");
    siens.contient("Il reste 12\u{a0}semaines à trouver");
    siens.contient(&format!("href=\"/stages/{id}\""));
    let page = elle.get(&format!("/stages/{id}")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.html);
    page.contient("Stage chez Boulangerie Martinet");
    page.sans("/modifier");
    for (qui, chemin) in [
        ("amina", format!("/stages/{id}")),
        ("amina", format!("/etudiants/{zoe}/stages/{id}")),
        ("zoe", format!("/etudiants/{zoe}/stages/{id}")),
        ("zoe", "/stages/999999".into()),
        ("lefevre", format!("/etudiants/{zoe}/stages/{id}")),
        ("jury", format!("/etudiants/{zoe}/stages/{id}")),
        ("jury", "/stages".into()),
    ] {
        let page = lycee.visiteur(qui).await.get(&chemin).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{qui} {chemin}");
    }
    let sienne = format!("/etudiants/{}/stages/{id}", lycee.numero("amina").await);
    assert_eq!(martin.get(&sienne).await.status, StatusCode::NOT_FOUND, "another student’s period");
}

#[sqlx::test]
async fn missions_are_defined_together_and_retired_by_whoever_defined_them(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, zoe) = (lycee.visiteur("martin").await, lycee.numero("zoe").await);
    let elle = lycee.visiteur("zoe").await;
    let id = prevoir(&lycee, &champs(zoe, "2026-11-02", "2026-11-27"), "zoe").await;
    let (la, ici) = (format!("/etudiants/{zoe}/stages/{id}"), format!("/stages/{id}"));
    let cle = martin.get(&la).await.champ("cle");
    for _ in 0..2 {
        let page =
            ajouter(&martin, &la, "  Prospecter  le quartier ", &["1.1.2", "1.1.1"], &cle).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    }
    let page = ajouter(&martin, &la, "Tout autre chose", &[], &cle).await;
    assert_eq!(page.status, StatusCode::CONFLICT, "a key is one act");
    let cle = elle.get(&ici).await.champ("cle");
    let page = ajouter(&elle, &ici, "Tenir le compte du réseau social", &[], &cle).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    assert_eq!(lycee.compter("livret.mission").await, 2);
    assert_eq!(lycee.compter("livret.evenement where genre = 'definir_mission'").await, 2);
    let page = elle.get(&ici).await;
    page.contient("Prospecter le quartier");
    page.contient("définie par Mme MARTIN");
    page.contient("href=\"/livret/sous-competences/1.1.2\"");
    // What is wrong is told, and stays as it was typed.
    let cle = elle.get(&ici).await.champ("cle");
    for (intitule, codes, attendu) in [
        ("  ", &["1.1.1"][..], "Ce champ est à remplir"),
        (&"é".repeat(301), &["1.1.1"], "Ce texte compte 301 caractères\u{a0}: 300 au plus"),
        ("Vendre", &["1.1.1", "9.9.9"], "n’existe pas ici"),
    ] {
        let page = ajouter(&elle, &ici, intitule, codes, &cle).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.contient(attendu);
        page.contient(&format!("name=\"intitule\" value=\"{intitule}\""));
        page.contient("value=\"1.1.1\" checked");
    }
    let numeros: Vec<i64> =
        sqlx::query_scalar("select mission_id from livret.mission order by mission_id")
            .fetch_all(&lycee.db)
            .await
            .unwrap();
    let (de_martin, d_elle) = (numeros[0].to_string(), numeros[1].to_string());
    let retrait = format!("{ici}/missions/retrait");
    let page = elle.post(&retrait, &[("mission", &de_martin), ("cle", &cle)]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "it is her teacher’s");
    page.contient("définie par Mme MARTIN\u{a0}: seule cette personne la retire");
    for _ in 0..2 {
        let page = elle.post(&retrait, &[("mission", &d_elle), ("cle", &cle)]).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    }
    martin.get(&la).await.contient("<del>Tenir le compte du réseau social</del>");
    assert_eq!(lycee.compter("livret.evenement where genre = 'retirer_mission'").await, 1);
    // Nobody writes in a period that she does not read.
    let amina = lycee.visiteur("amina").await;
    let page = ajouter(&amina, &ici, "Autre", &[], &cle).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
}
