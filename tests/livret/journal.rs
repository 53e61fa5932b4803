//! The journal: what is altered is seen, and where.
use livret::journal::{self, Constat};
use sqlx::{AssertSqlSafe, Connection, PgPool};

use crate::lycee::Lycee;

async fn vecu(db: PgPool) -> Lycee {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let zoe = lycee.numero("zoe").await;
    for (n, code) in ["1.1.1", "1.1.2", "1.1.3", "1.1.4"].iter().enumerate() {
        let cle = format!("00000000-0000-4000-8000-{n:012}");
        martin
            .post(
                &format!("/etudiants/{zoe}/sous-competences/{code}/positionnements"),
                &[("niveau", "S"), ("version", "0"), ("cle", &cle)],
            )
            .await;
    }
    lycee
}

async fn verifier(lycee: &Lycee, temoins: &[String]) -> Constat {
    let mut db = lycee.db.acquire().await.unwrap();
    journal::verifier(&mut db, &lycee.app.sceau, temoins).await.unwrap()
}

/// Found at the second start of a private database, whose user bears the name of the schema.
#[sqlx::test(migrations = false)]
async fn a_second_start_finds_the_chapters_already_read(db: PgPool) {
    let options = livret::app::owner(&db.connect_options());
    for _ in 0..2 {
        let mut db = sqlx::postgres::PgConnection::connect_with(&options).await.unwrap();
        livret::app::migrate_any(&mut db).await.unwrap();
    }
}

#[sqlx::test]
async fn an_untouched_journal_holds(db: PgPool) {
    let constat = verifier(&vecu(db).await, &[]).await;
    assert_eq!(constat.fautes, Vec::<String>::new());
    assert_eq!((constat.etablissements, constat.evenements, constat.positionnements), (2, 5, 4));
}

#[sqlx::test]
async fn nobody_changes_a_line_not_even_the_owner(db: PgPool) {
    let lycee = vecu(db).await;
    for acte in [
        "update livret.evenement set vers = 'TS'",
        "delete from livret.evenement",
        "truncate livret.evenement cascade",
    ] {
        let refus = sqlx::query(acte).execute(&lycee.db).await.unwrap_err();
        assert_eq!(
            refus.as_database_error().and_then(sqlx::error::DatabaseError::code).as_deref(),
            Some("LV001"),
            "{acte}"
        );
    }
}

/// An owner who takes the triggers away first: the signature still sees it.
#[sqlx::test]
async fn every_altered_column_is_seen_with_its_line(db: PgPool) {
    let lycee = vecu(db).await;
    for colonne in [
        "le = le + interval '1 s'",
        "acteur_id = acteur_id + 1",
        "genre = 'autre'",
        "cle = gen_random_uuid()",
        "etudiant_id = etudiant_id + 1",
        "code = '1.4.1'",
        "situation_id = null",
        "de = 'TI'",
        "vers = 'TS'",
        "vecu_le = vecu_le - 1",
        "contenu = '{\"remarque\": \"x\"}'",
        "sel = '\\x00'",
        "feuille = '\\x00'",
        "precedent = '\\x00'",
        "empreinte = '\\x00'",
        "cle_id = 'x'",
        "signature = '\\x00'",
    ] {
        let mut tx = lycee.db.begin().await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(format!(
            "set local session_replication_role = replica; update livret.evenement set {colonne} where seq = 3"
        )))
        .execute(&mut *tx)
        .await
        .unwrap();
        let constat = journal::verifier(&mut tx, &lycee.app.sceau, &[]).await.unwrap();
        assert!(
            constat.fautes.iter().any(|f| f.contains("ligne 3")),
            "{colonne}: {:?}",
            constat.fautes
        );
        tx.rollback().await.unwrap();
    }
}

#[sqlx::test]
async fn lines_taken_away_swapped_or_cut_are_seen_and_so_is_a_false_projection(db: PgPool) {
    let lycee = vecu(db).await;
    for acte in [
        "delete from livret.evenement where seq = 3",
        "update livret.evenement set seq = -3 where seq = 3; update livret.evenement set seq = 3 where seq = 4;
         update livret.evenement set seq = 4 where seq = -3",
        "delete from livret.evenement where seq = 5",
        "update livret.tete set seq = 4",
        "update livret.positionnement set vecu_le = vecu_le - 1 where version = (select max(version) from livret.positionnement)",
        "update livret.positionnement set remarque = 'Autre' where version = (select max(version) from livret.positionnement)",
        "update livret.positionnement set niveau = 'TS' where code = '1.1.2'",
        "delete from livret.positionnement where code = '1.1.2'",
        "update livret.positionnement set code = '1.4.1' where code = '1.1.2'",
    ] {
        let mut tx = lycee.db.begin().await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(format!(
            "set local session_replication_role = replica; set constraints all deferred; {acte}"
        )))
        .execute(&mut *tx)
        .await
        .unwrap();
        let constat = journal::verifier(&mut tx, &lycee.app.sceau, &[]).await.unwrap();
        assert!(!constat.fautes.is_empty(), "{acte} was not seen");
        tx.rollback().await.unwrap();
    }
}

/// A cut of the tail that also repairs the head and the projection passes the chain: the printed paper sees it.
#[sqlx::test]
async fn a_printed_paper_sees_a_tail_that_was_cut_with_care(db: PgPool) {
    let lycee = vecu(db).await;
    let (seq, empreinte): (i64, Vec<u8>) =
        sqlx::query_as("select seq, empreinte from livret.evenement where seq = 5")
            .fetch_one(&lycee.db)
            .await
            .unwrap();
    let papier = vec![format!("0000000A:{seq}:{}", hex::encode_upper(&empreinte[..8]))];
    assert_eq!(verifier(&lycee, &papier).await.fautes, Vec::<String>::new());
    let mut tx = lycee.db.begin().await.unwrap();
    sqlx::raw_sql(
        "set local session_replication_role = replica;
         delete from livret.positionnement where version = 5; delete from livret.evenement where seq = 5;
         update livret.tete t set seq = 4, empreinte = e.empreinte
           from livret.evenement e where e.etablissement_id = t.etablissement_id and e.seq = 4",
    )
    .execute(&mut *tx)
    .await
    .unwrap();
    let sans = journal::verifier(&mut tx, &lycee.app.sceau, &[]).await.unwrap();
    assert_eq!(sans.fautes, Vec::<String>::new(), "the control: a chain alone does not see it");
    let avec = journal::verifier(&mut tx, &lycee.app.sceau, &papier).await.unwrap();
    assert_eq!(avec.fautes.len(), 1, "{:?}", avec.fautes);
}

/// The rule that a promotion chose is a line of the journal: the table that pages read says nothing else.
#[sqlx::test]
async fn a_rule_that_nobody_chose_is_seen(db: PgPool) {
    let lycee = vecu(db).await;
    let martin = lycee.visiteur("martin").await;
    let chemin = format!("/promotions/{}/regle", lycee.promotion("zoe").await);
    for (regle, n) in [("majorite", "4"), ("ponderees", "")] {
        let page = martin.get(&format!("{chemin}?regle={regle}&n={n}&fraicheur=9")).await;
        let (cle, version) = (page.champ("cle"), page.champ("version"));
        let champs = [
            ("regle", regle),
            ("n", n),
            ("fraicheur", "9"),
            ("cle", cle.as_str()),
            ("version", version.as_str()),
        ];
        let page = martin.post(&chemin, &champs).await;
        assert_eq!(page.status, axum::http::StatusCode::SEE_OTHER, "{}", page.html);
    }
    let constat = verifier(&lycee, &[]).await;
    assert_eq!((constat.fautes, constat.regles), (vec![], 2));
    for acte in [
        "update livret.regle set n = 5 where n = 4",
        "update livret.regle set regle = 'derniere' where regle = 'ponderees'",
        "update livret.regle set fraicheur = 10",
        "update livret.regle set par = par + 1",
        "update livret.regle set choisie_le = choisie_le + interval '1 s'",
        "delete from livret.regle where n = 4",
        "insert into livret.regle select etablissement_id, promotion_id, 'derniere', null, 6, par, choisie_le, 1
           from livret.regle where n = 4",
    ] {
        let mut tx = lycee.db.begin().await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(format!(
            "set local session_replication_role = replica; {acte}"
        )))
        .execute(&mut *tx)
        .await
        .unwrap();
        let constat = journal::verifier(&mut tx, &lycee.app.sceau, &[]).await.unwrap();
        assert!(
            constat.fautes.iter().any(|f| f.contains("règle choisie")),
            "{acte}: {:?}",
            constat.fautes
        );
        tx.rollback().await.unwrap();
    }
}
