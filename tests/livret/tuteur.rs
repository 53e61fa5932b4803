//! The tutor: a link that opens one period, taps that are kept, signatures that stay; and everything that goes wrong.
use axum::http::StatusCode;
use sha2::Digest;
use sqlx::PgPool;
use time::Duration;

use crate::lycee::{Lycee, Page, Visiteur};

/// A period of this student that this teacher plans: her number and the period's. From 2 to 27 November 2026.
pub(crate) async fn periode(lycee: &Lycee, enseignant: &Visiteur, qui: &str) -> (i64, i64) {
    let (etudiant, promotion) = (lycee.numero(qui).await, lycee.promotion(qui).await);
    let chemin = format!("/promotions/{promotion}/stages/nouvelle");
    let cle = enseignant.get(&chemin).await.champ("cle");
    let numero = etudiant.to_string();
    let champs = [
        ("etudiant", numero.as_str()),
        ("du", "2026-11-02"),
        ("au", "2026-11-27"),
        ("nom", "Boulanger (fictif)"),
        ("autre", "1"),
        ("tuteur", "nouveau"),
        ("tuteur_civilite", "M."),
        ("tuteur_prenom", "Paul"),
        ("tuteur_nom", "PETIT"),
        ("tuteur_mel", "petit@example.org"),
        ("lundi", "7"),
        ("mardi", "7"),
        ("mercredi", "7"),
        ("jeudi", "7"),
        ("vendredi", "7"),
        ("cle", &cle),
    ];
    let page = enseignant.post(&chemin, &champs).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    (etudiant, page.location.rsplit('/').next().unwrap().parse().unwrap())
}

/// A link on paper for that period: its token, as the sheet has it.
pub(crate) async fn lien(lycee: &Lycee, enseignant: &Visiteur, ou: (i64, i64)) -> String {
    let page = format!("/etudiants/{}/stages/{}/tuteur", ou.0, ou.1);
    let cle = enseignant.get(&page).await.champ("cle");
    let pdf = enseignant.post(&format!("{page}/feuille.pdf"), &[("cle", &cle)]).await;
    assert_eq!(pdf.status, StatusCode::OK, "{}", pdf.html);
    assert!(pdf.octets.starts_with(b"%PDF"));
    // A token is nowhere in the database: this one is put beside the sheet's.
    let jeton = hex::encode(lycee.app.random.bytes::<32>());
    sqlx::query(
        "insert into acces.jeton select $1, max(lien_id) from livret.lien where periode_id = $2",
    )
    .bind(sha2::Sha256::digest(jeton.as_bytes()).as_slice())
    .bind(ou.1)
    .execute(&lycee.db)
    .await
    .unwrap();
    jeton
}

/// M. Petit in front of his phone, once he said that he is.
pub(crate) async fn ouvrir(lycee: &Lycee, jeton: &str) -> Visiteur {
    let mut petit = lycee.passant();
    let page = petit.post(&format!("/tuteur/{jeton}"), &[]).await;
    assert_eq!(
        (page.status, page.location.as_str()),
        (StatusCode::SEE_OTHER, "/tuteur"),
        "{}",
        page.html
    );
    let biscuit = page.headers["set-cookie"].to_str().unwrap();
    assert!(biscuit.contains("HttpOnly") && biscuit.contains("SameSite=Lax"), "{biscuit}");
    petit.cookie = Some(biscuit.split(';').next().unwrap().to_owned());
    petit
}

pub(crate) async fn signer(petit: &Visiteur, dits: &[(&str, &str)]) -> Page {
    let cle = petit.get("/tuteur").await.champ("cle");
    let mut champs =
        vec![("cle", cle.as_str()), ("signer", "1"), ("certifie", "1"), ("nom", "Paul Petit")];
    champs.extend(dits);
    petit.post("/tuteur", &champs).await
}

async fn taper(petit: &Visiteur, enonce: &str, dit: &str, n: u32) -> StatusCode {
    let cle = format!("00000000-0000-4000-8000-{n:012}");
    let tap = serde_json::json!({ "genre": "enonce", "sujet": enonce, "dit": dit, "cle": cle });
    petit.json("/tuteur/reponses", &tap).await.status
}

fn perdu(page: &Page) {
    assert_eq!(page.status, StatusCode::GONE);
    page.contient("Ce lien n’ouvre plus rien");
    page.contient("Demandez un nouveau lien");
}

async fn etat(lycee: &Lycee) -> (i64, i64, i64, i64, i64) {
    let ouverts = sqlx::query_scalar(
        "select count(*) from livret.lien where ouvert_le is not null or pas_moi_le is not null",
    );
    (
        lycee.compter("livret.evenement").await,
        lycee.compter("acces.visite_tuteur").await,
        lycee.compter("livret.reponse").await,
        lycee.compter("livret.avis").await,
        ouverts.fetch_one(&lycee.db).await.unwrap(),
    )
}

#[sqlx::test]
async fn a_scanner_of_mail_changes_nothing_and_the_page_says_whose_it_is(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let ou = periode(&lycee, &martin, "zoe").await;
    let jeton = lien(&lycee, &martin, ou).await;
    let avant = etat(&lycee).await;
    let robot = lycee.passant();
    for methode in ["GET", "HEAD"] {
        for _ in 0..10 {
            let page = robot.send(methode, &format!("/tuteur/{jeton}"), &[], "").await;
            assert_eq!(page.status, StatusCode::OK);
            assert!(!page.headers.contains_key("set-cookie"));
            assert_eq!(page.headers["referrer-policy"], "no-referrer");
            assert_eq!(page.headers["cache-control"], "no-store");
            assert!(page.headers["x-robots-tag"].to_str().unwrap().contains("noindex"));
        }
    }
    assert_eq!(etat(&lycee).await, avant, "nothing was opened");
    let page = robot.get(&format!("/tuteur/{jeton}")).await;
    page.contient("M. PETIT");
    page.contient("Boulanger (fictif)");
    page.contient("Oui, ouvrir");
    page.contient("Ce n’est pas moi");
    page.sans("ÉTIENNE");
}

#[sqlx::test]
async fn taps_are_kept_one_by_one_and_each_signature_stays(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let ou = periode(&lycee, &martin, "zoe").await;
    let petit = ouvrir(&lycee, &lien(&lycee, &martin, ou).await).await;
    for (n, dit) in [(1, "avec_aide"), (2, "seul"), (2, "seul")] {
        assert_eq!(taper(&petit, "vente", dit, n).await, StatusCode::NO_CONTENT);
    }
    assert_eq!(
        lycee.compter("livret.reponse").await,
        2,
        "each tap stays, the same one twice is one"
    );
    assert_eq!(taper(&petit, "vente", "TS", 3).await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(taper(&petit, "inconnu", "seul", 4).await, StatusCode::UNPROCESSABLE_ENTITY);
    petit.get("/tuteur").await.contient("name=\"e-vente\" value=\"seul\" checked");

    // Without the box, nothing is signed and nothing is lost.
    let cle = petit.get("/tuteur").await.champ("cle");
    let page = petit
        .post(
            "/tuteur",
            &[
                ("cle", &cle),
                ("signer", "1"),
                ("nom", "Paul Petit"),
                ("remarque", "Très sérieuse."),
            ],
        )
        .await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("rien n’est signé");
    page.contient("Très sérieuse.");
    page.contient("value=\"Paul Petit\"");
    assert_eq!(lycee.compter("livret.avis").await, 0);

    let page = signer(&petit, &[("e-vente", "seul"), ("e-boutique", "non_observe")]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    petit
        .get("/tuteur")
        .await
        .contient("Vous pouvez revenir modifier jusqu’au 12\u{a0}décembre\u{a0}2026");
    let signataire: (i64, serde_json::Value) = sqlx::query_as(
        "select acteur_id, contenu from livret.evenement where genre = 'signer_avis'",
    )
    .fetch_one(&lycee.db)
    .await
    .unwrap();
    let tuteur: i64 = sqlx::query_scalar("select tuteur_id from livret.tuteur")
        .fetch_one(&lycee.db)
        .await
        .unwrap();
    assert_eq!(signataire.0, tuteur, "a line of the journal in his name");
    let empreinte: String = sqlx::query_scalar("select encode(empreinte, 'hex') from livret.avis")
        .fetch_one(&lycee.db)
        .await
        .unwrap();
    assert_eq!(signataire.1["empreinte"], empreinte.as_str());

    // He comes back: a new signature, the former one is kept; no level was ever written.
    assert_eq!(signer(&petit, &[("e-vente", "aise")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(lycee.compter("livret.avis").await, 2);
    let page = martin.get(&format!("/etudiants/{}/stages/{}/tuteur", ou.0, ou.1)).await;
    page.contient("Tuteur\u{a0}: <strong>Très à l’aise</strong>");
    page.contient("Avis précédent");
    page.contient("Tuteur\u{a0}: <strong>Seul</strong>");
    assert_eq!(lycee.compter("livret.positionnement").await, 0);
    let lignes: Vec<String> =
        sqlx::query_scalar("select code from livret.avis_ligne where reponse = 'Seul'")
            .fetch_all(&lycee.db)
            .await
            .unwrap();
    assert_eq!(lignes, ["1.2.1"], "« Non observé » says nothing");
}

#[sqlx::test]
async fn the_same_form_sent_twice_signs_once(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let ou = periode(&lycee, &martin, "zoe").await;
    let petit = ouvrir(&lycee, &lien(&lycee, &martin, ou).await).await;
    let cle = petit.get("/tuteur").await.champ("cle");
    let champs = [
        ("cle", cle.as_str()),
        ("signer", "1"),
        ("certifie", "1"),
        ("nom", "Paul Petit"),
        ("e-vente", "seul"),
    ];
    for _ in 0..2 {
        assert_eq!(petit.post("/tuteur", &champs).await.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(
        (lycee.compter("livret.avis").await, lycee.compter("livret.reponse").await),
        (1, 1),
        "what is blank is not said"
    );
}

/// A school of that zone; `minutes` after midnight UTC of 12 December is its last minute of that day.
async fn finit(db: PgPool, fuseau: &str, minutes: i64) {
    let lycee = Lycee::open(db).await;
    sqlx::query("update livret.etablissement set fuseau = $1")
        .bind(fuseau)
        .execute(&lycee.db)
        .await
        .unwrap();
    let martin = lycee.visiteur("martin").await;
    let ou = periode(&lycee, &martin, "zoe").await;
    let jeton = lien(&lycee, &martin, ou).await;
    // From 24 November, 8:00 UTC.
    lycee.hand.advance(Duration::days(18) - Duration::hours(8) + Duration::minutes(minutes));
    let petit = ouvrir(&lycee, &jeton).await;
    assert_eq!(petit.get("/tuteur").await.status, StatusCode::OK);
    lycee.hand.advance(Duration::minutes(1));
    perdu(&lycee.passant().get(&format!("/tuteur/{jeton}")).await);
    perdu(&lycee.passant().post(&format!("/tuteur/{jeton}"), &[]).await);
    assert_eq!(petit.get("/tuteur").await.status, StatusCode::UNAUTHORIZED);
    let martin = lycee.visiteur("martin").await;
    let page = martin.get(&format!("/etudiants/{}/stages/{}/tuteur", ou.0, ou.1)).await;
    page.contient("Ne sert plus");
    page.sans("Imprimer la feuille");
}

#[sqlx::test]
async fn a_link_ends_fifteen_days_after_the_stage_in_paris(db: PgPool) {
    finit(db, "Europe/Paris", 22 * 60 + 59).await;
}

#[sqlx::test]
async fn a_link_ends_three_hours_earlier_on_the_clock_of_la_reunion(db: PgPool) {
    finit(db, "Indian/Reunion", 19 * 60 + 59).await;
}

#[sqlx::test]
async fn a_link_revoked_between_get_and_post_opens_nothing_and_closes_what_it_opened(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let ou = periode(&lycee, &martin, "zoe").await;
    let jeton = lien(&lycee, &martin, ou).await;
    let ouvert = ouvrir(&lycee, &jeton).await;
    let petit = lycee.passant();
    assert_eq!(petit.get(&format!("/tuteur/{jeton}")).await.status, StatusCode::OK);
    let page = format!("/etudiants/{}/stages/{}/tuteur", ou.0, ou.1);
    let formulaire = martin.get(&page).await;
    let (cle, lien_id) = (formulaire.champ("cle"), formulaire.champ("lien"));
    let revoquer = [("cle", cle.as_str()), ("lien", lien_id.as_str())];
    for _ in 0..2 {
        let fait = martin.post(&format!("{page}/revocation"), &revoquer).await;
        assert_eq!(fait.status, StatusCode::SEE_OTHER);
    }
    perdu(&petit.post(&format!("/tuteur/{jeton}"), &[]).await);
    perdu(&petit.get(&format!("/tuteur/{}", "0".repeat(64))).await);
    assert_eq!(taper(&ouvert, "vente", "seul", 1).await, StatusCode::UNAUTHORIZED);
    let fermee = ouvert.get("/tuteur").await;
    assert_eq!(fermee.status, StatusCode::UNAUTHORIZED);
    fermee.contient("Rouvrez le lien");
    assert_eq!(lycee.compter("livret.reponse").await, 0);
    martin.get(&page).await.contient("Retiré");
}

#[sqlx::test]
async fn a_tutor_sees_one_period_and_nobody_elses_pages(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let zoe = periode(&lycee, &martin, "zoe").await;
    let amina = periode(&lycee, &martin, "amina").await;
    let petit = ouvrir(&lycee, &lien(&lycee, &martin, zoe).await).await;
    for (methode, route, qui) in livret::router::ACCES {
        if matches!(qui, livret::router::Qui::Tous | livret::router::Qui::Tuteur) {
            continue;
        }
        let chemin =
            route.replace("{id}", &zoe.0.to_string()).replace("{periode}", &zoe.1.to_string());
        let page = match *methode {
            "GET" => petit.get(&chemin).await,
            _ => petit.post(&chemin, &[]).await,
        };
        let dehors = [StatusCode::SEE_OTHER, StatusCode::UNAUTHORIZED, StatusCode::NOT_FOUND];
        assert!(dehors.contains(&page.status), "{methode} {chemin}: {}", page.status);
    }
    for qui in ["martin", "zoe", "jury", "admin"] {
        let autre = lycee.visiteur(qui).await;
        assert_eq!(autre.get("/tuteur").await.status, StatusCode::NOT_FOUND, "{qui}");
        assert_eq!(autre.post("/tuteur", &[]).await.status, StatusCode::NOT_FOUND, "{qui}");
    }
    // The second lock: in a tutor's transaction, the other period does not exist.
    let tuteur: i64 =
        sqlx::query_scalar("select tuteur_id from livret.periode where periode_id = $1")
            .bind(zoe.1)
            .fetch_one(&lycee.db)
            .await
            .unwrap();
    let ecole: i64 =
        sqlx::query_scalar("select etablissement_id from livret.periode where periode_id = $1")
            .bind(zoe.1)
            .fetch_one(&lycee.db)
            .await
            .unwrap();
    let mut tx = lycee.db.begin().await.unwrap();
    let entree = format!(
        "set local role livret_tuteur; set local livret.etablissement = '{ecole}'; set local livret.personne = '{tuteur}'; \
         set local livret.periode = '{}'",
        zoe.1
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(entree)).execute(&mut *tx).await.unwrap();
    let vues: Vec<i64> = sqlx::query_scalar("select periode_id from livret.periode")
        .fetch_all(&mut *tx)
        .await
        .unwrap();
    assert_eq!(vues, [zoe.1], "not {}", amina.1);
    let ailleurs = sqlx::query(
        "insert into livret.reponse (etablissement_id, periode_id, etudiant_id, tuteur_id, genre, dit, le, cle)
         values ($1, $2, $3, $4, 'remarque', 'Bien.', now(), gen_random_uuid())",
    )
    .bind(ecole)
    .bind(amina.1)
    .bind(amina.0)
    .bind(tuteur)
    .execute(&mut *tx)
    .await;
    assert!(ailleurs.unwrap_err().to_string().contains("row-level security"));
    drop(tx);
    let personnes: bool = sqlx::query_scalar(
        "select has_table_privilege('livret_tuteur', 'livret.personne', 'select')",
    )
    .fetch_one(&lycee.db)
    .await
    .unwrap();
    assert!(!personnes, "no table of people");
    let ailleurs = lycee.visiteur("lefevre").await;
    let page = format!("/etudiants/{}/stages/{}/tuteur", zoe.0, zoe.1);
    assert_eq!(ailleurs.get(&page).await.status, StatusCode::NOT_FOUND);
}
