//! The subjects of the simulation: prepared for a class, varied, printed, and unknown to students.
use axum::http::StatusCode;
use sqlx::PgPool;

use crate::{
    fiche::{enregistrer, suivre},
    lycee::{Lycee, Page, Visiteur},
};

const FICHE: &[(&str, &str)] = &[
    ("nature", "negociation"),
    ("titre", "Vente de contrats"),
    ("r.lieu", "Agence du port"),
    ("r.offre", "Contrats #à trois *niveaux*"),
];

/// What is typed in the form of a subject, besides what its page says.
async fn ecrire(qui: &Visiteur, la: &str, champs: &[(&str, &str)]) -> Page {
    let page = qui.get(la).await;
    let (cle, version) = (page.champ("cle"), page.champ("version"));
    let fiche = page
        .html
        .split_once("<option value=\"")
        .map(|(_, r)| r.split_once('"').unwrap().0.to_owned());
    let fiche = fiche.unwrap_or_default();
    let mut tous =
        vec![("cle", cle.as_str()), ("version", version.as_str()), ("fiche", fiche.as_str())];
    tous.extend(champs);
    qui.post(la, &tous).await
}

#[sqlx::test]
async fn subjects_are_prepared_for_all_varied_corrected_and_printed(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let promotion = lycee.promotion("zoe").await;
    let tous = format!("/promotions/{promotion}/sujets/E4");
    for qui in ["zoe", "amina"] {
        enregistrer(&lycee.visiteur(qui).await, "E4", FICHE).await;
    }
    assert_eq!(martin.get(&format!("/promotions/{promotion}/sujets")).await.location, tous);
    let page = martin.get(&tous).await;
    page.contient("Préparer 2\u{a0}sujets qui manquent");
    assert_eq!(
        martin.get(&format!("{tous}/sujets.pdf")).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let cle = page.champ("cle");
    for _ in 0..2 {
        let page = martin.post(&format!("{tous}/preparation"), &[("cle", cle.as_str())]).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    }
    assert_eq!(lycee.compter("certification.sujet").await, 2, "twice the same form");
    martin.get(&tous).await.contient("2\u{a0}sujets préparés");
    let differents: i64 = sqlx::query_scalar(
        "select count(distinct contenu #>> '{candidat,contraintes}') from certification.sujet",
    )
    .fetch_one(&lycee.db)
    .await
    .unwrap();
    assert_eq!(differents, 2, "neighbours do not get the same");
    // One of them, filled with what her sheet says, then changed; a phrase of the bank is added.
    let la = format!("/etudiants/{}/sujets/E4", lycee.numero("zoe").await);
    let page = martin.get(&la).await;
    page.contient("Agence du port</textarea>");
    page.contient("Contrats #à trois *niveaux*</textarea>");
    let champs = [
        ("commission", "C 12"),
        ("le", "2027-04-14"),
        ("candidat.contraintes", "Budget réduit"),
        ("candidat.inconnue", "rien"),
        ("aller", "banque:candidat.contraintes:0"),
    ];
    let page = ecrire(&martin, &la, &champs).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    assert!(page.location.ends_with("#candidat.contraintes"), "{}", page.location);
    let page = martin.get(&la).await;
    page.contient("Budget réduit\nLe budget est réduit de 20 %.");
    page.contient("value=\"2027-04-14\"");
    for (suite, pages) in [("", 4), ("?papier=candidat", 2), ("?papier=jury", 2)] {
        let pdf = martin.get(&format!("{tous}/sujets.pdf{suite}")).await;
        assert_eq!(pdf.status, StatusCode::OK, "{}", pdf.html);
        assert!(pdf.octets.starts_with(b"%PDF"));
        let texte = String::from_utf8_lossy(&pdf.octets);
        assert_eq!(texte.matches("/Type/Page/").count(), pages, "{suite}");
    }
}

#[sqlx::test]
async fn a_student_learns_nothing_of_her_subject(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, zoe) = (lycee.visiteur("martin").await, lycee.visiteur("zoe").await);
    enregistrer(&zoe, "E4", FICHE).await;
    let la = format!("/etudiants/{}/sujets/E4", lycee.numero("zoe").await);
    let page = ecrire(&martin, &la, &[("candidat.vous", "CANARI, vendeuse")]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    for chemin in ["/", "/livret", "/fiches", "/stages", "/preuves", "/livret/consultations"] {
        let page = zoe.get(chemin).await;
        page.sans("CANARI");
        page.sans("sujet");
    }
    for qui in ["zoe", "jury", "lefevre"] {
        let page = lycee.visiteur(qui).await.get(&la).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{qui}");
    }
    // Not even in the database, in her name.
    let vus: i64 = sqlx::query_scalar(
        "select count(*) from livret.evenement
          where genre = 'preparer_sujet' and etudiant_id is null and contenu::text like '%CANARI%'",
    )
    .fetch_one(&lycee.db)
    .await
    .unwrap();
    assert_eq!(vus, 1, "the journal names no student there: she reads the lines that name her");
    let mut tx = lycee.db.begin().await.unwrap();
    sqlx::query("set local role livret_etudiant").execute(&mut *tx).await.unwrap();
    let refus = sqlx::query("select from certification.sujet").execute(&mut *tx).await.unwrap_err();
    assert!(refus.to_string().contains("certification"), "{refus}");
}

#[sqlx::test]
async fn what_is_wrong_with_a_subject_is_told_and_nothing_is_lost(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, zoe) = (lycee.visiteur("martin").await, lycee.visiteur("zoe").await);
    let la = format!("/etudiants/{}/sujets/E4", lycee.numero("zoe").await);
    martin.get(&la).await.contient("n’a pas encore de fiche E4 enregistrée");
    let fiche = enregistrer(&zoe, "E4", FICHE).await;
    let trop = "x".repeat(6001);
    for (champs, dit) in [
        (vec![("le", "31/02/2027"), ("candidat.lieu", "Lyon")], "Cette date n’existe pas"),
        (vec![("candidat.lieu", trop.as_str())], "6001"),
        (vec![("fiche", "999"), ("candidat.lieu", "Lyon")], "Choisissez la fiche"),
    ] {
        let page = martin.get(&la).await;
        let cle = page.champ("cle");
        let mut tous = vec![("cle", cle.as_str()), ("version", "0")];
        if champs[0].0 != "fiche" {
            tous.push(("fiche", fiche.as_str()));
        }
        tous.extend(champs.iter().copied());
        let page = martin.post(&la, &tous).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{dit}");
        page.contient(dit);
        page.contient(&format!(
            ">{}</textarea>",
            champs.iter().find(|c| c.0 == "candidat.lieu").unwrap().1
        ));
    }
    // Two teachers at once: the second sees that something changed, and keeps what she typed.
    assert_eq!(
        ecrire(&martin, &la, &[("candidat.lieu", "Lyon")]).await.status,
        StatusCode::SEE_OTHER
    );
    let cle = martin.get(&la).await.champ("cle");
    let champs = [
        ("cle", cle.as_str()),
        ("version", "0"),
        ("fiche", fiche.as_str()),
        ("candidat.lieu", "Brest"),
    ];
    let page = martin.post(&la, &champs).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    page.contient(">Brest</textarea>");
    // The bank: a phrase twice, one of no rubric, one that is taken out.
    let banque = format!("/promotions/{}/sujets/E4/banque", lycee.promotion("zoe").await);
    let garder = async |champs: &[(&str, &str)]| {
        let cle = martin.get(&banque).await.champ("cle");
        let mut tous = vec![("cle", cle.as_str())];
        tous.extend(champs);
        martin.post(&banque, &tous).await
    };
    let dite = [("rubrique", "contraintes"), ("texte", "Le quai est fermé.")];
    assert_eq!(garder(&dite).await.status, StatusCode::SEE_OTHER);
    let page = garder(&dite).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("déjà dans la banque");
    for (champs, dit) in [
        ([("rubrique", "lieu"), ("texte", "Lyon")], "Choisissez la rubrique"),
        ([("rubrique", "contraintes"), ("texte", " ")], "à remplir"),
    ] {
        let page = garder(&champs).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.contient(dit);
    }
    martin.get(&la).await.contient("Le quai est fermé.");
    let page = martin.get(&banque).await;
    let (cle, variante) = (page.champ("cle"), page.champ("variante"));
    let champs = [("cle", cle.as_str()), ("variante", variante.as_str())];
    assert_eq!(
        martin.post(&format!("{banque}/retrait"), &champs).await.status,
        StatusCode::SEE_OTHER
    );
    martin.get(&la).await.sans("Le quai est fermé.");
    let page = suivre(
        &martin,
        &format!("/etudiants/{}/fiches/{fiche}", lycee.numero("zoe").await),
        &[("suite", "retenir")],
    )
    .await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
}
