//! By candidate numbers alone: pages and files without a single name.
use axum::http::StatusCode;
use calamine::{Ods, Reader, Xlsx};
use sqlx::PgPool;

use crate::{
    jury::lire,
    lycee::{Lycee, Visiteur},
};

/// Every name of the promotion of Zoé, each at least four letters: shorter ones are in any text.
async fn noms(lycee: &Lycee) -> Vec<String> {
    let noms: Vec<(String, String)> = sqlx::query_as(
        "select p.nom, p.prenom from livret.personne p join livret.inscription i on i.etudiant_id = p.personne_id
          where i.promotion_id = $1",
    )
    .bind(lycee.promotion("zoe").await)
    .fetch_all(&lycee.db)
    .await
    .unwrap();
    assert_eq!(noms.len(), 32);
    noms.into_iter().flat_map(|(n, p)| [n, p]).filter(|n| n.chars().count() > 2).collect()
}

/// Bytes as text, whatever they are.
fn texte(chemin: &str, octets: &[u8]) -> String {
    if chemin.contains(".pdf") {
        return lire("pdftotext", &["-layout", "FICHIER", "-"], octets).unwrap_or_default();
    }
    let lignes = |r: calamine::Range<calamine::Data>| {
        r.rows().flatten().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    if chemin.contains(".xlsx") {
        let mut c: Xlsx<_> = Xlsx::new(std::io::Cursor::new(octets)).unwrap();
        return c.worksheets().into_iter().map(|(_, r)| lignes(r)).collect();
    }
    if chemin.contains(".ods") {
        let mut c: Ods<_> = Ods::new(std::io::Cursor::new(octets)).unwrap();
        return c.worksheets().into_iter().map(|(_, r)| lignes(r)).collect();
    }
    String::from_utf8_lossy(octets).into_owned()
}

async fn chercher(qui: &Visiteur, chemin: &str, noms: &[String]) -> String {
    let page = qui.get(chemin).await;
    assert_eq!(page.status, StatusCode::OK, "{chemin}");
    let dit = texte(chemin, &page.octets);
    let nom_du_fichier =
        page.headers.get("content-disposition").map_or("", |h| h.to_str().unwrap());
    let nom_du_fichier = percent_encoding::percent_decode_str(nom_du_fichier).decode_utf8_lossy();
    for mot in
        dit.split(|c: char| !c.is_alphanumeric()).chain(nom_du_fichier.split(['\'', ' ', '.']))
    {
        assert!(!noms.iter().any(|n| n == mot), "« {mot} » is in {chemin}");
    }
    dit
}

#[sqlx::test]
async fn nothing_anonymous_has_a_name_in_it(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let noms = noms(&lycee).await;
    let zoe = lycee.numero("zoe").await;
    lycee.demande("zoe").await;
    sqlx::query(
        "insert into livret.candidature (etablissement_id, promotion_id, etudiant_id, voie, numero, version)
         select etablissement_id, promotion_id, etudiant_id, 'scolaire', '02347', (select max(seq) from livret.evenement)
           from livret.inscription where etudiant_id = $1",
    )
    .bind(zoe)
    .execute(&lycee.db)
    .await
    .unwrap();
    let ici = format!("/jury/promotions/{}", lycee.promotion("zoe").await);
    let jury = lycee.visiteur("jury").await;
    // The same pages with names have them: the search sees.
    for nom in ["synthese.csv", "projection/1", ""] {
        let page = jury.get(format!("{ici}/{nom}").trim_end_matches('/')).await;
        assert!(noms.iter().any(|n| page.html.contains(n.as_str())), "{nom}");
    }
    for nom in [
        "",
        "/a-recopier",
        "/projection/1",
        "/projection/32",
        "/synthese.pdf",
        "/synthese.xlsx",
        "/synthese.ods",
        "/synthese.csv",
        "/detail.csv",
    ] {
        let dit = chercher(&jury, &format!("{ici}{nom}?anonyme=1"), &noms).await;
        let attendu = if nom == "/projection/32" { "(sans numéro)" } else { "Candidat 02347" };
        assert!(dit.contains(attendu), "{nom}: {attendu}");
    }
    let seul = format!("/jury/etudiants/{zoe}/synthese.pdf?anonyme=1");
    assert!(chercher(&jury, &seul, &noms).await.contains("Candidat 02347"));
    // Whoever leaves, the others keep their places.
    let avant = jury.get(&format!("{ici}/synthese.csv?anonyme=1")).await.html;
    sqlx::query("update livret.inscription set au = du where etudiant_id = $1")
        .bind(lycee.numero("amina").await)
        .execute(&lycee.db)
        .await
        .unwrap();
    let apres = jury.get(&format!("{ici}/synthese.csv?anonyme=1")).await.html;
    let appels = |t: &str| -> Vec<String> {
        t.lines().skip(1).map(|l| l.split(';').next().unwrap().to_owned()).collect()
    };
    let (avant, apres) = (appels(&avant), appels(&apres));
    assert_eq!(apres.len(), 31);
    assert!(apres.iter().all(|a| avant.contains(a)), "{apres:?}");
}

#[sqlx::test]
async fn the_jury_goes_from_one_candidate_to_the_next_and_copies_columns(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let jury = lycee.visiteur("jury").await;
    let ici = format!("/jury/promotions/{}", lycee.promotion("zoe").await);
    lycee.demande("zoe").await;
    sqlx::query(
        "insert into livret.candidature (etablissement_id, promotion_id, etudiant_id, voie, numero, version)
         select etablissement_id, promotion_id, etudiant_id, 'scolaire', '02347', (select max(seq) from livret.evenement)
           from livret.inscription where etudiant_id = $1",
    )
    .bind(lycee.numero("zoe").await)
    .execute(&lycee.db)
    .await
    .unwrap();
    let premier = jury.get(&format!("{ici}/projection")).await;
    assert_eq!(premier.location, format!("{ici}/projection/1"));
    let page = jury.get(&premier.location).await;
    page.contient("1 sur 32");
    page.sans("rel=\"prev\"");
    page.contient(&format!("rel=\"next\" href=\"{ici}/projection/2\""));
    let trouve = jury.get(&format!("{ici}/projection?numero=2347")).await;
    jury.get(&trouve.location).await.contient("ÉTIENNE Zoé");
    jury.get(&format!("{ici}/projection?numero=99999")).await.contient("Aucun candidat");
    let dernier = jury.get(&format!("{ici}/projection/32")).await;
    dernier.sans("rel=\"next\"");
    for absent in ["0", "33", "x"] {
        let page = jury.get(&format!("{ici}/projection/{absent}")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{absent}");
    }
    let page = jury.get(&format!("{ici}/a-recopier?colonne=numero")).await;
    page.contient("ÉTIENNE Zoé");
    let colonne = page.html.split("<textarea").nth(1).unwrap().split("</textarea>").next().unwrap();
    let colonne: Vec<&str> = colonne.split_once('>').unwrap().1.split('\n').collect();
    assert_eq!((colonne.len(), colonne[0]), (32, "02347"), "by number, the unnumbered last");
    // A teacher of the promotion reads the same; one of another promotion finds nothing.
    let martin = lycee.visiteur("martin").await;
    assert_eq!(martin.get(&format!("{ici}/a-recopier")).await.status, StatusCode::OK);
    let lefevre = lycee.visiteur("lefevre").await;
    assert_eq!(lefevre.get(&ici).await.status, StatusCode::NOT_FOUND);
    let amina = lycee.visiteur("amina").await;
    assert_eq!(amina.get(&ici).await.status, StatusCode::NOT_FOUND);
}
