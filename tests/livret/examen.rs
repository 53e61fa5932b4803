//! The exam of a promotion: its rules, the last days of deposit, how each sits it.
use axum::http::StatusCode;
use sqlx::PgPool;

use crate::lycee::{Lycee, Page, Visiteur};

/// The page of the exam, sent back with what is typed over it.
async fn envoyer(
    qui: &Visiteur,
    chemin: &str,
    formulaire: &str,
    lue: &Page,
    dits: &[(String, String)],
) -> Page {
    let mut champs = vec![("cle".to_owned(), lue.champ("cle"))];
    champs.extend_from_slice(dits);
    let champs: Vec<(&str, &str)> = champs.iter().map(|(c, v)| (c.as_str(), v.as_str())).collect();
    qui.post(&format!("{chemin}/{formulaire}"), &champs).await
}

fn date(lue: &Page, epreuve: &str, le: &str) -> Vec<(String, String)> {
    let version = format!("version-{epreuve}");
    vec![(format!("le-{epreuve}"), le.to_owned()), (version.clone(), lue.champ(&version))]
}

fn candidat(lue: &Page, id: i64, voie: &str, numero: &str) -> Vec<(String, String)> {
    let version = format!("version-{id}");
    vec![
        (format!("voie-{id}"), voie.to_owned()),
        (format!("numero-{id}"), numero.to_owned()),
        (version.clone(), lue.champ(&version)),
    ]
}

#[sqlx::test]
async fn the_coordonnateur_says_the_last_days_and_students_count_them(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, zoe) = (lycee.visiteur("martin").await, lycee.visiteur("zoe").await);
    zoe.get("/livret").await.sans("Échéances");
    let chemin = format!("/promotions/{}/examen", lycee.promotion("zoe").await);
    martin.get(&format!("/promotions/{}", lycee.promotion("zoe").await)).await.contient(&chemin);
    let lue = martin.get(&chemin).await;
    lue.contient("session 2027");
    lue.contient("date à fixer");
    let mut dits = date(&lue, "E4", "2027-03-26");
    dits.extend(date(&lue, "E6", ""));
    for _ in 0..2 {
        let page = envoyer(&martin, &chemin, "echeances", &lue, &dits).await;
        assert_eq!((page.status, &*page.location), (StatusCode::SEE_OTHER, &*chemin));
    }
    assert_eq!(lycee.compter("livret.echeance").await, 1, "said twice, written once");
    assert_eq!(lycee.compter("livret.evenement").await, 1);
    let livret = zoe.get("/livret").await;
    livret.contient(
        "dernier jour de dépôt le <strong>26\u{a0}mars\u{a0}2027</strong>, dans 122\u{a0}jours",
    );
    livret.sans("Dossier E6");
    lycee.hand.advance(time::Duration::days(122));
    zoe_encore(&lycee).await.contient("<strong>aujourd’hui</strong>");
    lycee.hand.advance(time::Duration::days(1));
    zoe_encore(&lycee).await.contient("passée");
}

async fn zoe_encore(lycee: &Lycee) -> Page {
    lycee.visiteur("zoe").await.get("/livret").await
}

#[sqlx::test]
async fn a_date_that_is_none_or_was_changed_meanwhile_is_told_and_kept(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let chemin = format!("/promotions/{}/examen", lycee.promotion("zoe").await);
    let lue = martin.get(&chemin).await;
    let page = envoyer(&martin, &chemin, "echeances", &lue, &date(&lue, "E4", "31/02/2027")).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("«\u{a0}31/02/2027\u{a0}» n’est pas une date");
    page.contient("type=\"text\" value=\"31/02/2027\"");
    let autre = envoyer(
        &martin,
        &chemin,
        "echeances",
        &martin.get(&chemin).await,
        &date(&lue, "E4", "2027-03-20"),
    )
    .await;
    assert_eq!(autre.status, StatusCode::SEE_OTHER);
    let page = envoyer(&martin, &chemin, "echeances", &lue, &date(&lue, "E4", "2027-03-26")).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    page.contient("Quelqu’un vient d’écrire\u{a0}: 20\u{a0}mars\u{a0}2027");
    page.contient("value=\"2027-03-26\"");
    let page =
        envoyer(&martin, &chemin, "echeances", &page, &date(&page, "E4", "2027-03-26")).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "read again, then said");
    // The académie takes it back.
    let lue = martin.get(&chemin).await;
    let page = envoyer(&martin, &chemin, "echeances", &lue, &date(&lue, "E4", " ")).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    martin.get(&chemin).await.contient("date à fixer");
}

#[sqlx::test]
async fn each_candidate_has_a_way_and_a_number_of_her_own(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let (zoe, amina) = (lycee.numero("zoe").await, lycee.numero("amina").await);
    let chemin = format!("/promotions/{}/examen", lycee.promotion("zoe").await);
    let lue = martin.get(&chemin).await;
    let mut dits = candidat(&lue, zoe, "apprentissage", " 02 745 881 ");
    dits.extend(candidat(&lue, amina, "scolaire", ""));
    for _ in 0..2 {
        let page = envoyer(&martin, &chemin, "candidatures", &lue, &dits).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    }
    assert_eq!(lycee.compter("livret.candidature").await, 1, "what nobody changed is not written");
    let lue = martin.get(&chemin).await;
    lue.contient("value=\"02745881\"");
    for (voie, numero, attendu) in [
        ("scolaire", "02745881", "Deux personnes auraient ce numéro"),
        ("scolaire", "n° 12", "Un numéro de candidat compte de 1 à 20 chiffres"),
        ("scolaire", "123456789012345678901", "Un numéro de candidat compte de 1 à 20 chiffres"),
        ("directe", "12", "Cette voie n’existe pas"),
    ] {
        let mut dits = candidat(&lue, amina, voie, numero);
        dits.extend(candidat(&lue, zoe, "apprentissage", "02745881"));
        let page = envoyer(&martin, &chemin, "candidatures", &lue, &dits).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{numero}");
        page.contient(attendu);
        page.contient(&format!("value=\"{numero}\""));
    }
    assert_eq!(lycee.compter("livret.candidature").await, 1);
    // Numbers that change hands are written together.
    let mut dits = candidat(&lue, amina, "scolaire", "02745881");
    dits.extend(candidat(&lue, zoe, "scolaire", "02745882"));
    let page = envoyer(&martin, &chemin, "candidatures", &lue, &dits).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    let page =
        envoyer(&martin, &chemin, "candidatures", &lue, &candidat(&lue, zoe, "continue", "7"))
            .await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    page.contient("Quelqu’un vient d’écrire\u{a0}: Voie scolaire, 02745882");
}

#[sqlx::test]
async fn who_does_not_coordinate_reads_and_a_stranger_sees_nothing(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let chemin = format!("/promotions/{}/examen", lycee.promotion("zoe").await);
    let martin = lycee.visiteur("martin").await;
    let lue = martin.get(&chemin).await;
    let okafor = lycee.visiteur("okafor").await;
    let page = okafor.get(&chemin).await;
    assert_eq!(page.status, StatusCode::OK);
    page.contient("pas encore connu");
    page.sans("Enregistrer");
    let page = envoyer(&okafor, &chemin, "echeances", &lue, &date(&lue, "E4", "2027-03-26")).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    let page = lycee.visiteur("lefevre").await.get(&chemin).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert_eq!(lycee.compter("livret.evenement").await, 0);
}
