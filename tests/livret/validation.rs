//! The levels that the team settles on.
use axum::http::StatusCode;
use livret::{journal, sceau::Random};
use sqlx::PgPool;
use time::Duration;

use crate::lycee::{Lycee, Page, Visiteur};

fn cle() -> String {
    Random::system().uuid().to_string()
}

async fn juger(qui: &Visiteur, etudiant: i64, code: &str, niveau: &str) {
    let case = format!("/etudiants/{etudiant}/sous-competences/{code}");
    let version = qui.get(&case).await.champ("version");
    let champs = [("niveau", niveau), ("version", &version), ("cle", &cle())];
    let page = qui.post(&format!("{case}/positionnements"), &champs).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
}

/// A decision as the page of one cell sends it, read at this version.
async fn decider(
    qui: &Visiteur,
    (etudiant, code): (i64, &str),
    (niveau, motif): (&str, &str),
    (version, cle): (&str, &str),
) -> Page {
    let champ = |quoi: &str| format!("{quoi}-{etudiant}-{code}");
    let (n, m, v) = (champ("niveau"), champ("motif"), champ("version"));
    let champs = [(n.as_str(), niveau), (&m, motif), (&v, version), ("cle", cle)];
    qui.post(&format!("/etudiants/{etudiant}/sous-competences/{code}/validation"), &champs).await
}

async fn version(qui: &Visiteur, etudiant: i64, code: &str) -> String {
    let page = qui.get(&format!("/etudiants/{etudiant}/sous-competences/{code}/validation")).await;
    page.champ(&format!("version-{etudiant}-{code}"))
}

async fn verifier(lycee: &Lycee) -> Vec<String> {
    let mut db = lycee.db.acquire().await.unwrap();
    journal::verifier(&mut db, &lycee.app.sceau, &[]).await.unwrap().fautes
}

#[sqlx::test]
async fn a_level_is_settled_as_proposed_or_otherwise_with_a_reason(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, zoe) = (lycee.visiteur("martin").await, lycee.numero("zoe").await);
    juger(&martin, zoe, "1.1.1", "S").await;
    let ici = (zoe, "1.1.1");
    for (niveau, motif, refus) in [
        ("TS", " ", "Le niveau proposé est S\u{a0}: dites pourquoi"),
        ("A+", "Parce que", "Ce niveau n’existe pas dans l’échelle"),
        ("absent", "Parce que", "Ce niveau n’existe pas dans l’échelle"),
        ("", "Parce que", "Choisissez un niveau"),
        ("TS", "é".repeat(3000).as_str(), "Ce motif compte 3000 caractères"),
    ] {
        let page = decider(&martin, ici, (niveau, motif), ("0", &cle())).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{niveau} {motif}");
        page.contient(refus);
        page.contient(motif);
    }
    assert_eq!(lycee.compter("livret.validation").await, 0);
    let envoi = cle();
    for _ in 0..2 {
        let page = decider(&martin, ici, ("S", ""), ("0", &envoi)).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    }
    let lignes: i64 =
        sqlx::query_scalar("select count(*) from livret.evenement where genre = 'valider'")
            .fetch_one(&lycee.db)
            .await
            .unwrap();
    assert_eq!(lignes, 1, "the same sending twice counts once");
    let autre = decider(&martin, ici, ("TS", "Mieux"), ("0", &envoi)).await;
    assert_eq!(autre.status, StatusCode::UNPROCESSABLE_ENTITY, "a key serves one decision");
    let livret = lycee.visiteur("zoe").await.get("/livret").await;
    livret.contient("Niveau arrêté");
    livret.contient("par Mme MARTIN, le 24\u{a0}novembre\u{a0}2026 à 09:00");
    // Nobody judged this one: the reason says what the team relies on.
    let sans = decider(&martin, (zoe, "1.1.2"), ("S", ""), ("0", &cle())).await;
    sans.contient("Aucun niveau n’est proposé, faute de situation");
    let avec = decider(&martin, (zoe, "1.1.2"), ("S", "Bilan de stage"), ("0", &cle())).await;
    assert_eq!(avec.status, StatusCode::SEE_OTHER, "{}", avec.html);
    assert_eq!(verifier(&lycee).await, Vec::<String>::new());
}

#[sqlx::test]
async fn who_comes_late_reads_both_levels_and_both_names_and_nothing_is_overwritten(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, okafor) = (lycee.visiteur("martin").await, lycee.visiteur("okafor").await);
    let zoe = lycee.numero("zoe").await;
    juger(&martin, zoe, "1.1.1", "S").await;
    let ici = (zoe, "1.1.1");
    decider(&martin, ici, ("S", ""), ("0", &cle())).await;
    let page = decider(&okafor, ici, ("TS", "Très à l’aise"), ("0", &cle())).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    page.contient(
        "Mme MARTIN a arrêté S le 24\u{a0}novembre\u{a0}2026 à 09:00\u{202f}; vous vouliez TS",
    );
    page.contient("Très à l’aise");
    let lue = page.champ("version-{}-1.1.1".replace("{}", &zoe.to_string()).as_str());
    let page = decider(&okafor, ici, ("TS", "Très à l’aise"), (&lue, &cle())).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "told, she chose");
    // Taking back is an act too, with its motive, and it is dated and signed.
    let lue = version(&martin, zoe, "1.1.1").await;
    let page = decider(&martin, ici, ("retirer", ""), (&lue, &cle())).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("Dites pourquoi la décision est retirée");
    let page = decider(&martin, ici, ("retirer", "Trop tôt"), (&lue, &cle())).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    let page = martin.get(&page.location).await;
    for dit in ["Décision retirée", "Trop tôt", "Très à l’aise", "par Mme OKAFOR"] {
        page.contient(dit);
    }
    lycee.visiteur("zoe").await.get("/livret").await.sans("Niveau arrêté");
    assert_eq!(verifier(&lycee).await, Vec::<String>::new());
}

#[sqlx::test]
async fn a_class_is_settled_in_one_sending_and_one_fault_writes_nothing(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let (zoe, amina) = (lycee.numero("zoe").await, lycee.numero("amina").await);
    for (qui, niveau) in [(zoe, "S"), (amina, "TI")] {
        juger(&martin, qui, "1.1.1", niveau).await;
    }
    juger(&martin, zoe, "1.1.2", "I").await;
    let chemin = format!("/promotions/{}/validations", lycee.promotion("zoe").await);
    let page = martin.get(&format!("{chemin}?bloc=1")).await;
    page.contient(&format!("name=\"coche-{zoe}\""));
    page.contient("proposé\u{a0}: 1\u{a0}I, 1\u{a0}S · 9\u{a0}sans situation");
    let cle = page.champ("cle");
    let champ = |quoi: &str, qui: i64, code: &str| format!("{quoi}-{qui}-{code}");
    let mut champs = vec![("cle".to_owned(), cle), ("bloc".to_owned(), "1".to_owned())];
    for (qui, code, niveau) in [(zoe, "1.1.1", "S"), (zoe, "1.1.2", "I"), (amina, "1.1.1", "S")] {
        champs.push((champ("niveau", qui, code), niveau.to_owned()));
        champs.push((champ("version", qui, code), "0".to_owned()));
        champs.push((champ("motif", qui, code), String::new()));
    }
    let envoyer = async |champs: &[(String, String)]| {
        let champs: Vec<(&str, &str)> =
            champs.iter().map(|(c, v)| (c.as_str(), v.as_str())).collect();
        martin.post(&chemin, &champs).await
    };
    envoyer(&champs).await.contient("Cochez au moins une personne");
    champs.extend([zoe, amina].map(|qui| (format!("coche-{qui}"), "1".to_owned())));
    let page = envoyer(&champs).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("Le niveau proposé est TI\u{a0}: dites pourquoi");
    assert_eq!(lycee.compter("livret.validation").await, 0, "all or none");
    let motif = champs.iter_mut().find(|c| c.0 == champ("motif", amina, "1.1.1")).unwrap();
    "Réussi devant moi".clone_into(&mut motif.1);
    for _ in 0..2 {
        let page = envoyer(&champs).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
        martin.get(&page.location).await.contient("3\u{a0}niveaux arrêtés.");
    }
    assert_eq!(lycee.compter("livret.validation").await, 3);
    lycee.visiteur("amina").await.get("/livret").await.contient("Réussi devant moi");
    let synthese = format!("/jury/promotions/{}/synthese.csv", lycee.promotion("zoe").await);
    let csv = lycee.visiteur("jury").await.get(&synthese).await;
    csv.contient("DIALLO;Amina;1;1.1.1;Analyser un portefeuille clients;S;1;");
    // Stopped: no decision either, and the fingerprint holds those that were made.
    lycee.arreter("martin", zoe).await;
    let refus = decider(&martin, (zoe, "1.1.3"), ("S", "Bilan"), ("0", &self::cle())).await;
    assert_eq!(refus.status, StatusCode::UNPROCESSABLE_ENTITY);
    refus.contient(
        "Livret arrêté le 24\u{a0}novembre\u{a0}2026. Pour corriger, demandez la réouverture",
    );
    assert_eq!(verifier(&lycee).await, Vec::<String>::new());
    let mut tx = lycee.db.begin().await.unwrap();
    sqlx::raw_sql("set local session_replication_role = replica; update livret.validation set motif = 'Autre'")
        .execute(&mut *tx)
        .await
        .unwrap();
    let constat = journal::verifier(&mut tx, &lycee.app.sceau, &[]).await.unwrap();
    assert_eq!(constat.fautes.len(), 3, "{:?}", constat.fautes);
}

#[sqlx::test]
async fn newer_evidence_says_that_a_decision_is_to_be_seen_again(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, zoe) = (lycee.visiteur("martin").await, lycee.numero("zoe").await);
    juger(&martin, zoe, "1.1.1", "S").await;
    decider(&martin, (zoe, "1.1.1"), ("S", ""), ("0", &cle())).await;
    let moi = lycee.visiteur("zoe").await;
    moi.get("/livret").await.sans("À revoir");
    lycee.hand.advance(Duration::days(2));
    let martin = lycee.visiteur("martin").await;
    juger(&martin, zoe, "1.1.1", "TI").await;
    let moi = lycee.visiteur("zoe").await;
    let livret = moi.get("/livret").await;
    livret.contient("À revoir");
    livret.contient("la situation du 26\u{a0}novembre\u{a0}2026 en cours dit TI");
    // Decided again, it is no more; the reason says why the team keeps it.
    let lue = version(&martin, zoe, "1.1.1").await;
    let page = decider(&martin, (zoe, "1.1.1"), ("S", "Un accident"), (&lue, &cle())).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    moi.get("/livret").await.sans("À revoir");
}
