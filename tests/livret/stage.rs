//! Internships: planned, counted, corrected, cancelled; the address book; fewer weeks by decision.
use axum::http::StatusCode;
use sqlx::PgPool;

use crate::lycee::{Lycee, Page, Visiteur};

/// A full week at « Boulangerie Martinet », with a new tutor.
pub(crate) fn champs(etudiant: i64, du: &str, au: &str) -> Vec<(&'static str, String)> {
    vec![
        ("etudiant", etudiant.to_string()),
        ("nom", "Boulangerie Martinet".into()),
        ("secteur", "Commerce de détail".into()),
        ("adresse", "12 rue des Fours".into()),
        ("code_postal", "69000".into()),
        ("ville", "Valmont".into()),
        ("tuteur", "nouveau".into()),
        ("tuteur_civilite", "M.".into()),
        ("tuteur_nom", "PETIT".into()),
        ("tuteur_prenom", "Paul".into()),
        ("tuteur_mel", "paul.petit@martinet.example".into()),
        ("du", du.into()),
        ("au", au.into()),
        ("lundi", "7".into()),
        ("mardi", "7".into()),
        ("mercredi", "7".into()),
        ("jeudi", "7".into()),
        ("vendredi", "7".into()),
    ]
}

fn avec(
    mut champs: Vec<(&'static str, String)>,
    quoi: &'static str,
    dit: &str,
) -> Vec<(&'static str, String)> {
    champs.retain(|c| c.0 != quoi);
    champs.push((quoi, dit.to_owned()));
    champs
}

pub(crate) async fn envoyer(
    qui: &Visiteur,
    chemin: &str,
    lue: &Page,
    champs: &[(&'static str, String)],
) -> Page {
    let (cle, version) = (lue.champ("cle"), lue.champ("version"));
    let mut tous = vec![("cle", cle.as_str()), ("version", version.as_str())];
    tous.extend(champs.iter().map(|(c, v)| (*c, v.as_str())));
    qui.post(chemin, &tous).await
}

/// Plans it as Mme Martin; the answer is the number of the period.
pub(crate) async fn prevoir(lycee: &Lycee, champs: &[(&'static str, String)], qui: &str) -> i64 {
    let martin = lycee.visiteur("martin").await;
    let chemin = format!("/promotions/{}/stages/nouvelle", lycee.promotion(qui).await);
    let page = envoyer(&martin, &chemin, &martin.get(&chemin).await, champs).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    page.location.rsplit_once('/').unwrap().1.parse().unwrap()
}

#[sqlx::test]
async fn a_period_is_planned_once_and_counted_in_days_of_presence(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, zoe) = (lycee.visiteur("martin").await, lycee.numero("zoe").await);
    let promotion = lycee.promotion("zoe").await;
    let chemin = format!("/promotions/{promotion}/stages/nouvelle");
    martin
        .get(&format!("/promotions/{promotion}"))
        .await
        .contient(&format!("/promotions/{promotion}/stages"));
    let lue = martin.get(&format!("{chemin}?etudiant={zoe}")).await;
    lue.contient(&format!("value=\"{zoe}\" selected"));
    lue.contient("name=\"lundi\" value=\"7\"");
    // From 2 to 27 November: four weeks, of which 11 November and two days are not worked, and Fridays half.
    let mut dits = champs(zoe, "2026-11-02", "2026-11-27");
    dits = avec(dits, "vendredi", "3h30");
    dits.push(("absences", "11/11/2026 : férié\n16/11/2026 au 17/11/2026".into()));
    for _ in 0..2 {
        let page = envoyer(&martin, &chemin, &lue, &dits).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
        assert!(
            page.location.starts_with(&format!("/etudiants/{zoe}/stages/")),
            "{}",
            page.location
        );
    }
    for (table, lignes) in [
        ("livret.periode", 1),
        ("livret.organisation", 1),
        ("livret.tuteur", 1),
        ("livret.periode_absence", 2),
    ] {
        assert_eq!(lycee.compter(table).await, lignes, "sent twice, written once: {table}");
    }
    assert_eq!(
        lycee.compter("livret.evenement").await,
        3,
        "the organisation, the tutor, the period"
    );
    // 24 November: 2-6, 9-13 without the 11th, 18-20, 23-24 = 4.5 + 3.5 + 2.5 + 2 = 12.5 days, so twelve whole ones.
    let tableau = martin.get(&format!("/promotions/{promotion}/stages")).await;
    tableau.contient("2\u{a0}semaines et 2\u{a0}jours");
    tableau.contient("3\u{a0}semaines");
    tableau.contient("16\u{a0}semaines");
    tableau.contient("Boulangerie Martinet");
    tableau.contient("tuteur\u{a0}: M. Paul PETIT");
    tableau.contient("en cours");
}

#[sqlx::test]
async fn dates_that_cannot_be_are_told_with_what_stands_in_the_way(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, zoe, amina) =
        (lycee.visiteur("martin").await, lycee.numero("zoe").await, lycee.numero("amina").await);
    let chemin = format!("/promotions/{}/stages/nouvelle", lycee.promotion("zoe").await);
    prevoir(&lycee, &champs(zoe, "2026-11-02", "2026-11-27"), "zoe").await;
    let autre = |du, au| avec(champs(zoe, du, au), "autre", "1");
    for (dits, attendu) in [
        (autre("2027-01-29", "2027-01-04"), "La période finit avant de commencer"),
        (
            autre("2026-11-27", "2026-12-18"),
            "déjà en stage\u{a0}: Boulangerie Martinet, du 2\u{a0}novembre\u{a0}2026 au 27\u{a0}novembre\u{a0}2026",
        ),
        (autre("2024-11-27", "2024-12-18"), "La formation de cette promotion commence le"),
        (autre("2027-01-04", "2028-01-05"), "Une période dure un an au plus"),
        (autre("31/02/2027", "2027-03-05"), "Cette date n’existe pas"),
        (
            avec(autre("2027-01-04", "2027-01-29"), "lundi", "25"),
            "«\u{a0}25\u{a0}», le lundi, n’est pas une durée",
        ),
        (
            avec(autre("2027-01-04", "2027-01-29"), "absences", "Noël"),
            "«\u{a0}Noël\u{a0}» n’est pas une absence",
        ),
        (
            avec(autre("2027-01-04", "2027-01-29"), "absences", "25/12/2026"),
            "n’est pas dans la période",
        ),
        (avec(autre("2027-01-04", "2027-01-29"), "etudiant", ""), "Choisissez qui part en stage"),
        (
            avec(autre("2027-01-04", "2027-01-29"), "adresse", &"a".repeat(400)),
            "Ce texte compte 400 caractères\u{a0}: 200 au plus",
        ),
        (avec(autre("2027-01-04", "2027-01-29"), "siret", "123"), "Un SIRET compte 14 chiffres"),
        (
            avec(autre("2027-01-04", "2027-01-29"), "tuteur_mel", "paul@"),
            "n’est pas une adresse de courriel",
        ),
        (
            champs(amina, "2027-01-04", "2027-01-29"),
            "Le carnet a déjà «\u{a0}Boulangerie Martinet, Valmont\u{a0}»",
        ),
        (
            avec(champs(amina, "2027-01-04", "2027-01-29"), "nom", "  boulangerie   MARTINET"),
            "Le carnet a déjà",
        ),
    ] {
        let page = envoyer(&martin, &chemin, &martin.get(&chemin).await, &dits).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{attendu}");
        page.contient(attendu);
        page.contient("value=\"PETIT\"");
    }
    assert_eq!(lycee.compter("livret.periode").await, 1);
    assert_eq!(lycee.compter("livret.organisation").await, 1, "nothing is written by halves");
    // The day after is free, and so is somebody else.
    prevoir(&lycee, &autre("2026-11-28", "2026-12-18"), "zoe").await;
    prevoir(&lycee, &avec(champs(amina, "2026-11-02", "2026-11-27"), "autre", "1"), "amina").await;
}

#[sqlx::test]
async fn a_period_is_corrected_from_what_was_read_and_cancelled_with_a_reason(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, zoe) = (lycee.visiteur("martin").await, lycee.numero("zoe").await);
    let periode = prevoir(&lycee, &champs(zoe, "2026-11-02", "2026-11-27"), "zoe").await;
    let chemin = format!("/etudiants/{zoe}/stages/{periode}/modifier");
    let lue = martin.get(&chemin).await;
    lue.contient("value=\"2026-11-02\"");
    let (organisation, tuteur) = (
        choisie(&lue, "Boulangerie Martinet, Valmont"),
        choisie(&lue, "M. Paul PETIT, Boulangerie Martinet"),
    );
    let mut dits = champs(zoe, "2026-11-02", "2026-11-27");
    dits = avec(avec(dits, "organisation", &organisation), "tuteur", &tuteur);
    dits.push(("interrompue_le", "2026-11-06".into()));
    let okafor = lycee.visiteur("okafor").await;
    let page = envoyer(&okafor, &chemin, &okafor.get(&chemin).await, &dits).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    assert_eq!(lycee.compter("livret.organisation").await, 1, "the one of the book");
    let page = envoyer(&martin, &chemin, &lue, &avec(dits.clone(), "au", "2026-12-04")).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    page.contient("Cette période vient d’être corrigée\u{a0}: Boulangerie Martinet, du 2\u{a0}novembre\u{a0}2026 au 6\u{a0}novembre\u{a0}2026");
    page.contient("value=\"2026-12-04\"");
    let tableau = format!("/promotions/{}/stages", lycee.promotion("zoe").await);
    martin.get(&tableau).await.contient("interrompue");
    martin.get(&tableau).await.contient("<td>1\u{a0}semaine</td>");
    let page = envoyer(
        &martin,
        &chemin,
        &martin.get(&chemin).await,
        &avec(dits, "interrompue_le", "2026-12-24"),
    )
    .await;
    page.contient("Le 24\u{a0}décembre\u{a0}2026 n’est pas dans la période");
    let annuler = format!("/etudiants/{zoe}/stages/{periode}/annulation");
    let lue = martin.get(&chemin).await;
    let page = envoyer(&martin, &annuler, &lue, &[("motif", " ".into())]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    for _ in 0..2 {
        let page = envoyer(&martin, &annuler, &lue, &[("motif", "Convention rompue".into())]).await;
        assert!(
            [StatusCode::SEE_OTHER, StatusCode::NOT_FOUND].contains(&page.status),
            "{}",
            page.html
        );
    }
    martin.get(&tableau).await.sans("Boulangerie Martinet");
    assert_eq!(lycee.compter("livret.evenement where genre = 'annuler_periode'").await, 1);
    // What was cancelled stands in nobody's way.
    prevoir(&lycee, &avec(champs(zoe, "2026-11-02", "2026-11-27"), "autre", "1"), "zoe").await;
}

/// The value of the option that reads so.
fn choisie(page: &Page, mots: &str) -> String {
    let avant = page.html.split_once(&format!(">{mots}</option>")).expect(mots).0;
    avant.rsplit_once("value=\"").unwrap().1.split('"').next().unwrap().to_owned()
}

#[sqlx::test]
async fn the_coordonnateur_leaves_fewer_weeks_with_a_reason_and_never_below_the_least(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, zoe) = (lycee.visiteur("martin").await, lycee.numero("zoe").await);
    let chemin = format!("/etudiants/{zoe}/amenagement");
    let dits = |semaines: &str, motif: &str| {
        vec![("semaines", semaines.to_owned()), ("motif", motif.to_owned())]
    };
    for (semaines, motif, attendu) in [
        ("7", "Positionnement", "un aménagement laisse de 8 à 15 semaines"),
        ("16", "Positionnement", "un aménagement laisse de 8 à 15 semaines"),
        ("douze", "Positionnement", "Donnez un nombre de semaines"),
        ("12", "  ", "Ce champ est à remplir"),
    ] {
        let page =
            envoyer(&martin, &chemin, &martin.get(&chemin).await, &dits(semaines, motif)).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.contient(attendu);
        page.contient(&format!("value=\"{semaines}\""));
    }
    let (lue, avant) = (martin.get(&chemin).await, martin.get(&chemin).await);
    for _ in 0..2 {
        let page = envoyer(&martin, &chemin, &lue, &dits("12", "Positionnement")).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    }
    martin.get(&chemin).await.contient("Ramené à 12\u{a0}semaines</strong> par Mme MARTIN le 24\u{a0}novembre\u{a0}2026\u{a0}: Positionnement");
    let tableau = martin.get(&format!("/promotions/{}/stages", lycee.promotion("zoe").await)).await;
    tableau.contient("12\u{a0}semaines</a> (aménagé)");
    let page = envoyer(&martin, &chemin, &avant, &dits("10", "Maladie")).await;
    assert_eq!(page.status, StatusCode::CONFLICT, "decided since it was read");
    let okafor = lycee.visiteur("okafor").await;
    okafor.get(&chemin).await.contient("décidé par qui coordonne");
    let page = envoyer(&okafor, &chemin, &martin.get(&chemin).await, &dits("9", "Maladie")).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    let mut lever = dits("", "Il fait ses seize semaines");
    lever.push(("lever", "1".into()));
    let page = envoyer(&martin, &chemin, &martin.get(&chemin).await, &lever).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    martin.get(&chemin).await.sans("Ramené");
}

#[sqlx::test]
async fn a_referent_with_too_many_trainees_is_told_and_not_stopped(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let promotion = lycee.promotion("zoe").await;
    let zoe = lycee.numero("zoe").await;
    let okafor = lycee.numero("okafor").await.to_string();
    let premiere = avec(champs(zoe, "2026-11-02", "2026-11-27"), "referent", &okafor);
    prevoir(&lycee, &premiere, "zoe").await;
    // The other trainees, as the same form would have written them.
    let autres = |n: i64| {
        sqlx::query(
            "insert into livret.periode (etablissement_id, promotion_id, etudiant_id, organisation_id, referent_id, du, au, rythme, version)
             select p.etablissement_id, p.promotion_id, i.etudiant_id, p.organisation_id, p.referent_id, p.du, p.au, p.rythme, p.version
               from livret.periode p join livret.inscription i using (etablissement_id, promotion_id)
              where i.etudiant_id <> p.etudiant_id order by i.etudiant_id limit $1",
        )
        .bind(n)
    };
    autres(23).execute(&lycee.db).await.unwrap();
    let tableau = format!("/promotions/{promotion}/stages");
    martin.get(&tableau).await.sans("stagiaires à la fois");
    sqlx::query("delete from livret.periode where etudiant_id <> $1")
        .bind(zoe)
        .execute(&lycee.db)
        .await
        .unwrap();
    autres(24).execute(&lycee.db).await.unwrap();
    martin.get(&tableau).await.contient(
        "suit jusqu’à 25 stagiaires à la fois\u{a0}: un enseignant référent en suit 24 au plus",
    );
}

#[sqlx::test]
async fn the_book_is_the_schools_and_a_correction_shows_everywhere(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, zoe) = (lycee.visiteur("martin").await, lycee.numero("zoe").await);
    prevoir(&lycee, &champs(zoe, "2026-11-02", "2026-11-27"), "zoe").await;
    let carnet = martin.get("/organisations").await;
    carnet.contient("12 rue des Fours, 69000 Valmont");
    carnet.contient("M. Paul PETIT");
    let chemin =
        carnet.html.split_once("href=\"/organisations/").unwrap().1.split('"').next().unwrap();
    let chemin = format!("/organisations/{chemin}");
    let dits = |nom: &str, adresse: &str| {
        vec![
            ("nom", nom.to_owned()),
            ("adresse", adresse.to_owned()),
            ("code_postal", "69000".to_owned()),
            ("ville", "Valmont".to_owned()),
        ]
    };
    let (lue, avant) = (martin.get(&chemin).await, martin.get(&chemin).await);
    let page = envoyer(&martin, &chemin, &lue, &dits("Maison Martinet", &"a".repeat(400))).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("200 au plus");
    let page = envoyer(&martin, &chemin, &lue, &dits("Maison Martinet", "3 place du Marché")).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    let tableau = format!("/promotions/{}/stages", lycee.promotion("zoe").await);
    martin.get(&tableau).await.contient("Maison Martinet");
    let page = envoyer(&martin, &chemin, &avant, &dits("Martinet SARL", "5 rue Haute")).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    page.contient("vient d’être corrigée\u{a0}: Maison Martinet");
    let lefevre = lycee.visiteur("lefevre").await;
    lefevre.get("/organisations").await.sans("Martinet");
    assert_eq!(lefevre.get(&chemin).await.status, StatusCode::NOT_FOUND);
}
