//! Who looked at my livret.
use axum::http::StatusCode;
use sqlx::PgPool;
use time::Duration;

use crate::lycee::{Lycee, Page, Visiteur};

/// The page of who looked, once it says this: it is written behind the pages.
async fn lue(qui: &Visiteur, attendu: &str) -> Page {
    let lire = async {
        loop {
            let page = qui.get("/livret/consultations").await;
            if page.html.contains(attendu) {
                return page;
            }
            tokio::task::yield_now().await;
        }
    };
    let attente = std::time::Duration::from_secs(10);
    tokio::time::timeout(attente, lire).await.unwrap_or_else(|_| panic!("never says « {attendu} »"))
}

#[sqlx::test]
async fn a_student_reads_who_looked_once_a_day_and_nobody_else_does(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, okafor) = (lycee.visiteur("martin").await, lycee.visiteur("okafor").await);
    let (zoe, amina) = (lycee.visiteur("zoe").await, lycee.visiteur("amina").await);
    let etudiant = lycee.numero("zoe").await;
    lycee.demande("zoe").await;
    zoe.get("/livret").await.contient("Qui a consulté mon livret");
    zoe.get("/livret/consultations").await.contient("Personne n’a consulté votre livret");
    for _ in 0..2 {
        assert_eq!(
            martin.get(&format!("/etudiants/{etudiant}/livret")).await.status,
            StatusCode::OK
        );
    }
    lue(&zoe, "Mme MARTIN").await.contient("24\u{a0}novembre\u{a0}2026");
    martin.get(&format!("/etudiants/{etudiant}/preuves")).await;
    okafor.get(&format!("/promotions/{}/demandes", lycee.promotion("zoe").await)).await;
    lue(&zoe, "Mme OKAFOR").await;
    let jury = lycee.visiteur("jury").await;
    jury.get(&format!("/jury/etudiants/{etudiant}/synthese.pdf")).await;
    let page = lue(&zoe, "Mme BELLAMY").await;
    page.contient("3\u{a0}consultations");
    page.contient("équipe pédagogique");
    page.contient("<td>jury</td>");
    // Her own visits are none, and other people's lists are theirs.
    amina.get("/livret/consultations").await.contient("Personne n’a consulté votre livret");
    assert_eq!(okafor.get("/livret/consultations").await.status, StatusCode::NOT_FOUND);
    // Somebody who may not look is not noted, and gets no page.
    let lefevre = lycee.visiteur("lefevre").await;
    let refus = lefevre.get(&format!("/etudiants/{etudiant}/livret")).await;
    assert_eq!(refus.status, StatusCode::NOT_FOUND);
    lycee.hand.advance(Duration::days(1));
    let martin = lycee.visiteur("martin").await;
    martin.get(&format!("/etudiants/{etudiant}/livret")).await;
    let zoe = lycee.visiteur("zoe").await;
    lue(&zoe, "25\u{a0}novembre\u{a0}2026").await.contient("4\u{a0}consultations");
    assert_eq!(lycee.compter("livret.consultation").await, 4);
}

/// The database itself keeps it from colleagues, and from who would write in another's name.
#[sqlx::test]
async fn a_colleague_can_neither_read_nor_forge_it(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (zoe, okafor) = (lycee.numero("zoe").await, lycee.numero("okafor").await);
    let ici = "set local role livret_enseignant; set local livret.etablissement = '1'; \
               set local livret.jour = '2026-11-24'";
    for (qui, acte, permis) in [
        (okafor, "select * from livret.consultation".to_owned(), false),
        (
            okafor,
            format!(
                "insert into livret.consultation select etablissement_id, {zoe}, '2026-11-24', {okafor}, 'enseignant' from livret.etablissement"
            ),
            true,
        ),
        (
            okafor + 1,
            format!(
                "insert into livret.consultation select etablissement_id, {zoe}, '2026-11-24', {okafor}, 'enseignant' from livret.etablissement"
            ),
            false,
        ),
        (
            okafor,
            format!(
                "insert into livret.consultation select etablissement_id, {zoe}, '2026-11-01', {okafor}, 'enseignant' from livret.etablissement"
            ),
            false,
        ),
    ] {
        let sql = format!("begin; {ici}; set local livret.personne = '{qui}'; {acte}; rollback");
        let sql = sql.replace(
            "from livret.etablissement",
            "from livret.etablissement where etablissement_id = livret.ici()",
        );
        let mut connexion = lycee.db.acquire().await.unwrap();
        let fait = sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut *connexion).await;
        assert_eq!(fait.is_ok(), permis, "{qui}: {acte}: {fait:?}");
        sqlx::raw_sql("rollback").execute(&mut *connexion).await.unwrap();
    }
}

#[sqlx::test]
async fn what_cannot_be_noted_breaks_no_page_and_what_is_old_is_forgotten(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (zoe, etudiant) = (lycee.visiteur("zoe").await, lycee.numero("zoe").await);
    let martin = lycee.visiteur("martin").await;
    martin.get(&format!("/etudiants/{etudiant}/livret")).await;
    lue(&zoe, "Mme MARTIN").await;
    assert_eq!(livret::consultation::oublier(&lycee.app).await.unwrap(), 0);
    lycee.hand.advance(Duration::days(366));
    let (martin, zoe) = (lycee.visiteur("martin").await, lycee.visiteur("zoe").await);
    zoe.get("/livret/consultations").await.contient("Personne n’a consulté votre livret");
    assert_eq!(livret::consultation::oublier(&lycee.app).await.unwrap(), 1);
    assert_eq!(lycee.compter("livret.consultation").await, 0);
    sqlx::raw_sql("drop table livret.consultation").execute(&lycee.db).await.unwrap();
    for _ in 0..6 {
        let page = martin.get(&format!("/etudiants/{etudiant}/livret")).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.html);
    }
}
