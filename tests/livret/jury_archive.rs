//! Dossiers kept sealed for a year, then destroyed by an act.
use axum::http::StatusCode;
use sqlx::PgPool;
use time::Duration;

use crate::{
    fichier::{cle, tenus},
    jury_dossier::attendre,
    lycee::{Lycee, Visiteur},
};

/// A promotion of two, so that a play does not print thirty.
async fn petite(lycee: &Lycee) -> String {
    let promotion = lycee.promotion("zoe").await;
    sqlx::query(
        "update livret.inscription set au = du where promotion_id = $1 and etudiant_id <> all ($2)",
    )
    .bind(promotion)
    .bind(vec![lycee.numero("zoe").await, lycee.numero("amina").await])
    .execute(&lycee.db)
    .await
    .unwrap();
    format!("/jury/promotions/{promotion}")
}

async fn archiver(qui: &Visiteur, ici: &str, n: u32) -> StatusCode {
    let cle = cle(n);
    let saisie = [("cle", cle.as_str()), ("sceller", "oui")];
    qui.post(&format!("{ici}/archives"), &saisie).await.status
}

#[sqlx::test]
async fn a_promotion_is_sealed_read_by_the_jury_and_destroyed_on_its_day(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let ici = petite(&lycee).await;
    let (martin, jury) = (lycee.visiteur("martin").await, lycee.visiteur("jury").await);
    martin.get(&format!("{ici}/archives")).await.contient("Aucun dossier n’est archivé.");
    // Who does not coordinate it seals nothing.
    for qui in ["okafor", "jury", "amina"] {
        let autre = lycee.visiteur(qui).await;
        assert_eq!(archiver(&autre, &ici, 1).await, StatusCode::NOT_FOUND, "{qui}");
    }
    for _ in 0..2 {
        assert_eq!(archiver(&martin, &ici, 1).await, StatusCode::SEE_OTHER);
        attendre(&martin, &ici).await.contient("archivé, 2\u{a0}candidats");
    }
    assert_eq!(lycee.compter("certification.archive").await, 2);
    let lignes = lycee
        .compter("livret.evenement where genre = 'archiver_dossiers' and etudiant_id is null")
        .await;
    assert_eq!(lignes, 1, "one act, which names no student");
    // The jury reads what is kept, and it is the very bytes that the journal says.
    let page = jury.get(&format!("{ici}/archives")).await;
    page.contient("du 24\u{a0}novembre\u{a0}2026 au 24\u{a0}novembre\u{a0}2027");
    page.sans("Archiver les dossiers");
    let lien = page.html.split("href=\"").find(|l| l.contains("/dossier.zip")).unwrap();
    let lien = lien.split('"').next().unwrap().to_owned();
    let zip = jury.get(&lien).await;
    assert_eq!(zip.status, StatusCode::OK);
    let empreinte = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&zip.octets));
    page.contient(&empreinte);
    let dites: i64 = sqlx::query_scalar(
        "select count(*) from livret.evenement where genre = 'archiver_dossiers' and contenu::text like '%' || $1 || '%'",
    )
    .bind(&empreinte)
    .fetch_one(&lycee.db)
    .await
    .unwrap();
    assert_eq!(dites, 1);
    // Not before its day, even by a form made by hand; then by an act, said on paper.
    let archives: Vec<i64> =
        sqlx::query_scalar("select archive_id from certification.archive order by 1")
            .fetch_all(&lycee.db)
            .await
            .unwrap();
    let archives: Vec<String> = archives.iter().map(i64::to_string).collect();
    let (cle_1, cle_2) = (cle(2), cle(3));
    let mut saisie = vec![("cle", cle_1.as_str()), ("certain", "oui")];
    saisie.extend(archives.iter().map(|a| ("archive", a.as_str())));
    let vers = format!("{ici}/archives/destruction");
    let refus = martin.post(&vers, &saisie).await;
    assert_eq!(refus.status, StatusCode::UNPROCESSABLE_ENTITY);
    refus.contient("il ne se détruit pas avant");
    martin.get(&format!("{ici}/archives")).await.sans("Détruire les dossiers");
    // A year later: she still teaches there.
    sqlx::query("update livret.suivi set au = null").execute(&lycee.db).await.unwrap();
    sqlx::query("update livret.inscription set au = null where etudiant_id = any ($1)")
        .bind(vec![lycee.numero("zoe").await, lycee.numero("amina").await])
        .execute(&lycee.db)
        .await
        .unwrap();
    lycee.hand.advance(Duration::days(366));
    let martin = lycee.visiteur("martin").await;
    let page = martin.get(&format!("{ici}/archives")).await;
    page.contient("Détruire les dossiers dont la date est passée");
    let sans: Vec<_> = saisie.iter().filter(|s| s.0 != "certain").copied().collect();
    let refus = martin.post(&vers, &sans).await;
    assert_eq!(refus.status, StatusCode::UNPROCESSABLE_ENTITY);
    refus.contient("Cochez la case");
    assert_eq!(tenus(&lycee).await.iter().filter(|o| o.0.starts_with("archives/")).count(), 2);
    let fait = martin.post(&vers, &saisie).await;
    assert_eq!(fait.status, StatusCode::SEE_OTHER, "{}", fait.html);
    assert_eq!(
        martin.post(&vers, &saisie).await.location,
        fait.location,
        "the same act twice is one"
    );
    let acte = martin.get(&fait.location).await;
    acte.contient("Mme\u{a0}MARTIN".trim_start_matches("Mme\u{a0}"));
    acte.contient(&empreinte);
    assert_eq!(tenus(&lycee).await.iter().filter(|o| o.0.starts_with("archives/")).count(), 0);
    saisie[0].1 = cle_2.as_str();
    let deja = martin.post(&vers, &saisie).await;
    assert_eq!(deja.status, StatusCode::CONFLICT);
    deja.contient("a déjà été détruit par");
    assert_eq!(martin.get(&lien).await.status, StatusCode::NOT_FOUND);
    let restes = lycee
        .compter("livret.evenement where genre = 'detruire_archives' and etudiant_id is null")
        .await;
    assert_eq!(restes, 1);
}
