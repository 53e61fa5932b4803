//! The commissions of the exam: formed, ticked alone, compared, locked, and unknown to students.
use axum::http::StatusCode;
use livret::router::Qui;
use sqlx::PgPool;

use crate::lycee::{Lycee, Page, Visiteur};

/// A commission of this promotion: its number.
pub(crate) async fn former(
    lycee: &Lycee,
    qui: &Visiteur,
    (promotion, epreuve): (i64, &str),
    (examinent, candidats): (&[i64], &[i64]),
) -> i64 {
    let page = proposer(qui, (promotion, epreuve), (examinent, candidats), &[]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    sqlx::query_scalar("select max(commission_id) from certification.commission")
        .fetch_one(&lycee.db)
        .await
        .unwrap()
}

/// The form of a new commission, sent.
async fn proposer(
    qui: &Visiteur,
    (promotion, epreuve): (i64, &str),
    (examinent, candidats): (&[i64], &[i64]),
    autres: &[(&str, &str)],
) -> Page {
    let (code, forme) = epreuve.split_once('/').unwrap();
    let la = format!("/promotions/{promotion}/commissions/nouvelle");
    let page = qui.get(&format!("{la}?epreuve={code}&forme={forme}")).await;
    let (cle, numero) = (page.champ("cle"), page.champ("numero"));
    let texte = |ids: &[i64]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
    let (examinent, candidats) = (texte(examinent), texte(candidats));
    let mut champs = vec![("cle", cle.as_str()), ("version", "0"), ("epreuve", epreuve)];
    if autres.iter().all(|a| a.0 != "numero") {
        champs.push(("numero", &numero));
    }
    champs.extend(examinent.iter().flat_map(|id| [("siege", id.as_str()), ("examine", id)]));
    champs.extend(candidats.iter().map(|id| ("candidat", id.as_str())));
    champs.extend(autres);
    qui.post(&la, &champs).await
}

const COMMUNES: [(&str, &str); 6] = [
    ("ligne-1.1.1", "S"),
    ("ligne-1.1.2", "I"),
    ("ligne-1.1.3", "TS"),
    ("ligne-1.1.4", "S"),
    ("ligne-1.4.1", "S"),
    ("ligne-1.4.2", "TI"),
];

/// The grid of E4, with the activity that was played.
fn grille(negocier: &'static str) -> Vec<(&'static str, &'static str)> {
    let mut champs = COMMUNES.to_vec();
    champs.extend([("choix", "1.2"), ("ligne-1.2.1", negocier), ("ligne-1.2.2", "S")]);
    champs
}

/// Sends one of the forms of a candidate's pages, with what it came with.
async fn envoyer(qui: &Visiteur, (la, suite): (&str, &str), champs: &[(&str, &str)]) -> Page {
    let lue = if suite == "grille" || suite == "accord" {
        la.to_owned()
    } else {
        format!("{la}/evaluation")
    };
    let page = qui.get(&lue).await;
    // A page that has no form any more: the act is asked for all the same.
    let (cle, version) = if page.html.contains("name=\"cle\"") {
        (page.champ("cle"), page.champ("version"))
    } else {
        ("00000000-0000-4000-8000-00000000c1e0".to_owned(), "0".to_owned())
    };
    let mut tous = vec![("cle", cle.as_str()), ("version", version.as_str())];
    tous.extend(champs);
    qui.post(&format!("{la}/{suite}"), &tous).await
}

async fn rendre(qui: &Visiteur, la: &str, negocier: &'static str) {
    let mut champs = grille(negocier);
    champs.push(("aller", "rendre"));
    let page = envoyer(qui, (la, "grille"), &champs).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
}

/// A fiche d'évaluation that lacks nothing.
fn fiche(note: &str) -> Vec<(&'static str, String)> {
    vec![
        ("date-A", "2026-11-10".into()),
        ("appreciation-A", "Cible avec soin.".into()),
        ("date-B", "2026-11-20".into()),
        ("nature-B", "negociation".into()),
        ("dit-B.numero", "1".into()),
        ("dit-B.titre", "Vente de contrats".into()),
        ("appreciation-B", "Conclut bien.".into()),
        ("note", note.into()),
        ("aller", "verrouiller".into()),
    ]
}

async fn verrouiller(qui: &Visiteur, la: &str, note: &str) -> Page {
    let champs = fiche(note);
    let champs: Vec<(&str, &str)> = champs.iter().map(|(c, v)| (*c, v.as_str())).collect();
    envoyer(qui, (la, "evaluation"), &champs).await
}

/// Zoé before Mme Martin and Mme Okafor: the commission, and where she is in it.
async fn deux(lycee: &Lycee) -> (i64, String) {
    let martin = lycee.visiteur("martin").await;
    let examinent = [lycee.numero("martin").await, lycee.numero("okafor").await];
    let zoe = lycee.numero("zoe").await;
    let promotion = lycee.promotion("zoe").await;
    let id = former(lycee, &martin, (promotion, "E4/ccf"), (&examinent, &[zoe])).await;
    (id, format!("/commissions/{id}/candidats/{zoe}"))
}

/// Commissions to look at: two grids that differ, one that is locked after the jury; the last waits for all. The answer is
/// where the examined candidates are.
pub(crate) async fn vivre(lycee: &Lycee) -> Vec<String> {
    let (martin, jury) = (lycee.visiteur("martin").await, lycee.visiteur("jury").await);
    let (m, j) = (lycee.numero("martin").await, lycee.numero("jury").await);
    let (zoe, amina) = (lycee.numero("zoe").await, lycee.numero("amina").await);
    let promotion = lycee.promotion("zoe").await;
    let mut examinees = vec![];
    for (epreuve, negocier) in [("E4/ccf", "I"), ("E4/ponctuelle", "TS")] {
        let qui = if epreuve == "E4/ccf" { zoe } else { amina };
        let id = former(lycee, &martin, (promotion, epreuve), (&[m, j], &[qui])).await;
        let la = format!("/commissions/{id}/candidats/{qui}");
        rendre(&martin, &la, "TS").await;
        rendre(&jury, &la, negocier).await;
        examinees.push(la);
    }
    let page = envoyer(&martin, (&examinees[1], "accord"), &grille("S")).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    let champs = [
        ("appreciation-1", "Cible avec soin."),
        ("appreciation-2", "Conclut bien."),
        ("appreciation-3", "Partage ce qu’elle sait."),
        ("note", "13,5"),
        ("aller", "verrouiller"),
    ];
    let page = envoyer(&martin, (&examinees[1], "evaluation"), &champs).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    former(lycee, &martin, (promotion, "E6/ccf"), (&[m, j], &[amina])).await;
    examinees
}

#[sqlx::test]
async fn each_ticks_alone_then_they_compare_and_lock(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, okafor) = (lycee.visiteur("martin").await, lycee.visiteur("okafor").await);
    let (_, la) = deux(&lycee).await;
    let page =
        envoyer(&martin, (&la, "grille"), &[("ligne-1.1.1", "TS"), ("aller", "enregistrer")]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "a beginning is kept: {}", page.html);
    let page =
        envoyer(&martin, (&la, "grille"), &[("ligne-1.1.1", "TS"), ("aller", "rendre")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("Dites laquelle des deux activités a été jouée");
    page.contient("Cochez une case pour «\u{a0}Identifier des cibles de clientèle\u{a0}»");
    rendre(&martin, &la, "TS").await;
    martin.get(&la).await.contient("La comparaison s’ouvrira");
    okafor.get(&la).await.sans("ligne diffère");
    rendre(&okafor, &la, "I").await;
    let page = martin.get(&la).await;
    page.contient("1\u{a0}ligne diffère");
    page.contient("MARTIN\u{a0}: TS");
    let mut champs = grille("S");
    let page = envoyer(&okafor, (&la, "accord"), &champs[..7]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "a line is missing");
    champs.push(("bonus", "0"));
    let page = envoyer(&okafor, (&la, "accord"), &champs).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    let gardees: Vec<(String, bool)> = sqlx::query_as(
        "select coches ->> '1.2.1', rendue_le is not null from certification.grille order by 1",
    )
    .fetch_all(&lycee.db)
    .await
    .unwrap();
    assert_eq!(gardees, [("I".to_owned(), true), ("TS".to_owned(), true)], "both originals stay");
    for (note, refus) in
        [("20,5", "La note va de 0 à 20"), ("douze", "n’est pas une note"), ("", "Écrivez la note")]
    {
        let page = verrouiller(&martin, &la, note).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.contient(refus);
        page.contient("Cible avec soin.</textarea>");
    }
    let page = verrouiller(&martin, &la, "12.5").await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    let page = okafor.get(&format!("{la}/evaluation")).await;
    page.contient("<strong>12,5 sur 20</strong>");
    page.contient("verrouillée le 24\u{a0}novembre\u{a0}2026 à 09:00 par Mme MARTIN");
    let page = envoyer(&okafor, (&la, "accord"), &grille("TS")).await;
    assert_ne!(page.status, StatusCode::SEE_OTHER, "nothing changes under the lock");
    for papier in ["grille", "evaluation"] {
        let pdf = martin.get(&format!("{la}/{papier}.pdf")).await;
        assert!(pdf.octets.starts_with(b"%PDF"), "{papier}: {}", pdf.html);
    }
}

#[sqlx::test]
async fn what_one_ticked_is_nobody_elses_even_in_the_database(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let (_, la) = deux(&lycee).await;
    rendre(&martin, &la, "TS").await;
    let lues = |qui: i64, role: &'static str| {
        let db = lycee.db.clone();
        async move {
            let mut tx = db.begin().await.unwrap();
            let entree = format!(
                "set local role {role}; set local livret.etablissement = '1'; set local livret.personne = '{qui}'; \
                 set local livret.jour = '2026-11-24'"
            );
            sqlx::raw_sql(sqlx::AssertSqlSafe(entree)).execute(&mut *tx).await.unwrap();
            let n: (i64, i64) = sqlx::query_as(
                "select (select count(*) from certification.grille),
                        (select count(*) from livret.evenement where genre = 'rendre_grille')",
            )
            .fetch_one(&mut *tx)
            .await
            .unwrap();
            n
        }
    };
    let (m, o) = (lycee.numero("martin").await, lycee.numero("okafor").await);
    let (p, j) = (lycee.numero("petitjean").await, lycee.numero("jury").await);
    assert_eq!(lues(m, "livret_enseignant").await, (1, 1), "her own");
    assert_eq!(lues(o, "livret_enseignant").await, (0, 0), "not before hers is handed in");
    rendre(&lycee.visiteur("okafor").await, &la, "I").await;
    assert_eq!(lues(o, "livret_enseignant").await, (2, 1));
    assert_eq!(lues(p, "livret_enseignant").await, (0, 0), "he does not sit");
    assert_eq!(lues(j, "livret_jury").await, (0, 0), "it is not locked");
    let champs = grille("S");
    envoyer(&martin, (&la, "accord"), &champs).await;
    assert_eq!(verrouiller(&martin, &la, "11").await.status, StatusCode::SEE_OTHER);
    assert_eq!(
        lues(j, "livret_jury").await,
        (2, 0),
        "the jury of the promotion reads what is locked"
    );
    assert_eq!(lues(p, "livret_enseignant").await, (0, 0));
    let refus =
        sqlx::query("update certification.grille set choix = null").execute(&lycee.db).await;
    assert!(refus.unwrap_err().to_string().contains("ne change pas"), "even for the owner");
}

#[sqlx::test]
async fn a_commission_that_cannot_be_is_refused_in_words(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let (zoe, amina) = (lycee.numero("zoe").await, lycee.numero("amina").await);
    let promotion = lycee.promotion("zoe").await;
    let (m, o, p) = (
        lycee.numero("martin").await,
        lycee.numero("okafor").await,
        lycee.numero("petitjean").await,
    );
    let ou = (promotion, "E4/ccf");
    former(&lycee, &martin, ou, (&[m], &[zoe])).await;
    for (examinent, candidats, autres, refus) in [
        (&[m][..], &[zoe][..], &[][..], "ÉTIENNE Zoé passe déjà devant la commission 1"),
        (&[m, o, p], &[amina], &[], "Une ou deux personnes examinent"),
        (
            &[],
            &[amina],
            &[("nom-0", "M. Petit"), ("qualite-0", "responsable")],
            "Une ou deux personnes examinent",
        ),
        (&[m], &[], &[], "Cochez au moins un candidat"),
        (&[m], &[amina], &[("numero", "1")], "La commission 1 existe déjà"),
        (&[m], &[999_999], &[], "n’est plus dans la promotion"),
    ] {
        let page = proposer(&martin, ou, (examinent, candidats), autres).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{refus}");
        page.contient(refus);
        if autres.len() == 2 {
            page.contient("value=\"responsable\"");
        }
    }
    assert_eq!(lycee.compter("certification.commission").await, 1, "nothing was written");
    let page = lycee
        .visiteur("okafor")
        .await
        .get(&format!("/promotions/{promotion}/commissions/nouvelle"))
        .await;
    assert_eq!(page.status, StatusCode::NOT_FOUND, "she does not coordinate");
}

#[sqlx::test]
async fn a_tutor_sits_and_does_not_examine_his_own_trainee(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let (zoe, _) = crate::tuteur::periode(&lycee, &martin, "zoe").await;
    let promotion = lycee.promotion("zoe").await;
    let (m, j) = (lycee.numero("martin").await, lycee.numero("jury").await);
    // M. Petit, her tutor, is also of the jury, under his own account.
    sqlx::query("update livret.personne set civilite = 'M.', nom = 'Pétit', prenom = 'Paul' where personne_id = $1")
        .bind(j)
        .execute(&lycee.db)
        .await
        .unwrap();
    let ou = (promotion, "E4/ccf");
    let page = proposer(&martin, ou, (&[j], &[zoe]), &[]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("M. Pétit Paul suit aussi ÉTIENNE Zoé en stage");
    former(&lycee, &martin, ou, (&[j], &[lycee.numero("amina").await])).await;
    let page =
        proposer(&martin, ou, (&[m], &[zoe]), &[("nom-0", "Paul Petit"), ("qualite-0", "tuteur")])
            .await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "he advises: {}", page.html);
}

#[sqlx::test]
async fn who_ticked_stays_and_a_colleague_is_not_overwritten(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let (id, la) = deux(&lycee).await;
    let promotion = lycee.promotion("zoe").await;
    rendre(&martin, &la, "TS").await;
    let page_de_la_commission = format!("/promotions/{promotion}/commissions/{id}");
    let lue = martin.get(&page_de_la_commission).await;
    let (cle, version) = (lue.champ("cle"), lue.champ("version"));
    let okafor = lycee.numero("okafor").await.to_string();
    let amina = lycee.numero("amina").await.to_string();
    let champs = [
        ("cle", cle.as_str()),
        ("version", &version),
        ("epreuve", "E4/ccf"),
        ("numero", "1"),
        ("siege", &okafor),
        ("examine", &okafor),
        ("candidat", &amina),
    ];
    let page = martin.post(&page_de_la_commission, &champs).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("ÉTIENNE Zoé a déjà une grille");
    page.contient("a déjà rempli une grille");
    let vieille =
        [("version", "0")].into_iter().chain(champs.into_iter().filter(|c| c.0 != "version"));
    let page = martin.post(&page_de_la_commission, &vieille.collect::<Vec<_>>()).await;
    assert_eq!(page.status, StatusCode::CONFLICT, "{}", page.html);
    page.contient("Quelqu’un vient de changer cette commission");
}

#[sqlx::test]
async fn nothing_is_communicated_before_the_jury(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, okafor) = (lycee.visiteur("martin").await, lycee.visiteur("okafor").await);
    let (_, la) = deux(&lycee).await;
    rendre(&martin, &la, "TS").await;
    rendre(&okafor, &la, "TS").await;
    envoyer(&martin, (&la, "accord"), &grille("TS")).await;
    assert_eq!(verrouiller(&martin, &la, "14").await.status, StatusCode::SEE_OTHER);
    let (promotion, zoe) = (lycee.promotion("zoe").await, lycee.numero("zoe").await);
    let deliberation = format!("/promotions/{promotion}/deliberation");
    let communications = format!("/promotions/{promotion}/communications");
    let communiquer = async || {
        let cle = martin.get(&deliberation).await.champ("cle");
        let fiche = format!("E4/{zoe}");
        let champs = [
            ("cle", cle.as_str()),
            ("fiche", &fiche),
            ("demandee_le", "2026-11-24"),
            ("moyen", "en main propre"),
        ];
        martin.post(&communications, &champs).await
    };
    let fixer = async |le: &str| {
        let page = martin.get(&deliberation).await;
        let champs =
            [("cle", page.champ("cle")), ("version", page.champ("version")), ("le", le.into())];
        let champs: Vec<(&str, &str)> = champs.iter().map(|(c, v)| (*c, v.as_str())).collect();
        let page = martin.post(&deliberation, &champs).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    };
    communiquer().await.contient("Le jury n’a pas encore délibéré");
    fixer("2026-11-25").await;
    communiquer().await.contient("Le jury n’a pas encore délibéré");
    let fiche = format!("{communications}/E4/{zoe}/evaluation.pdf");
    assert_eq!(martin.get(&fiche).await.status, StatusCode::NOT_FOUND);
    // A locked fiche opens again with a reason, until the jury.
    let page = envoyer(&okafor, (&la, "reouverture"), &[("motif", "")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = envoyer(&okafor, (&la, "reouverture"), &[("motif", "Erreur de report")]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    assert_eq!(verrouiller(&okafor, &la, "15").await.status, StatusCode::SEE_OTHER);
    fixer("2026-11-24").await;
    let page = envoyer(&okafor, (&la, "reouverture"), &[("motif", "Trop tard")]).await;
    page.contient("Le jury a délibéré");
    let page = communiquer().await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    martin.get(&deliberation).await.contient("remise le 24/11/2026 par Mme MARTIN, en main propre");
    assert!(martin.get(&fiche).await.octets.starts_with(b"%PDF"));
    let grille = fiche.replace("evaluation.pdf", "grille.pdf");
    assert_eq!(martin.get(&grille).await.status, StatusCode::NOT_FOUND, "the grid never is");
}

#[sqlx::test]
async fn a_member_of_the_jury_examines_and_does_nothing_else(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, jury) = (lycee.visiteur("martin").await, lycee.visiteur("jury").await);
    let (zoe, promotion) = (lycee.numero("zoe").await, lycee.promotion("zoe").await);
    let examinent = [lycee.numero("jury").await];
    let id = former(&lycee, &martin, (promotion, "E4/ponctuelle"), (&examinent, &[zoe])).await;
    let la = format!("/commissions/{id}/candidats/{zoe}");
    jury.get("/commissions").await.contient("ÉTIENNE Zoé");
    assert_eq!(
        martin.get(&la).await.status,
        StatusCode::NOT_FOUND,
        "she formed it and does not sit"
    );
    rendre(&jury, &la, "S").await;
    let page = jury.get(&la).await;
    page.contient("Ce que la commission retient");
    page.sans("Comparaison");
    let page = envoyer(&jury, (&la, "accord"), &grille("S")).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    let mut tx = lycee.db.begin().await.unwrap();
    let entree = format!(
        "set local role livret_jury; set local livret.etablissement = '1'; set local livret.personne = '{}'; \
         set local livret.jour = '2026-11-24'",
        examinent[0]
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(entree)).execute(&mut *tx).await.unwrap();
    let refus = sqlx::query(
        "insert into livret.evenement select (e).* from (select e from livret.evenement e order by seq desc limit 1) t",
    )
    .execute(&mut *tx)
    .await;
    assert!(refus.is_err(), "the journal takes no line twice, hers or not");
}

#[sqlx::test]
async fn the_planning_says_who_is_due_and_keeps_what_a_colleague_wrote(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, okafor) = (lycee.visiteur("martin").await, lycee.visiteur("okafor").await);
    let (zoe, promotion) = (lycee.numero("zoe").await, lycee.promotion("zoe").await);
    let premier = martin.get(&format!("/promotions/{promotion}/passages")).await.location;
    assert!(premier.starts_with(&format!("/promotions/{promotion}/passages/")), "{premier}");
    let la = format!("/promotions/{promotion}/passages/E4");
    let dire = async |qui: &Visiteur, version: &str, (etat, le, heure): (&str, &str, &str)| {
        let cle = qui.get(&la).await.champ("cle");
        let champ = |quoi: &str| format!("{quoi}-{zoe}-A");
        let champs = [
            ("cle".to_owned(), cle),
            (champ("version"), version.to_owned()),
            (champ("etat"), etat.to_owned()),
            (champ("le"), le.to_owned()),
            (champ("heure"), heure.to_owned()),
            (champ("salle"), "B12".to_owned()),
        ];
        let champs: Vec<(&str, &str)> =
            champs.iter().map(|(c, v)| (c.as_str(), v.as_str())).collect();
        qui.post(&la, &champs).await
    };
    for (etat, le, heure, refus) in [
        ("fait", "", "", "Dites quel jour"),
        ("du", "31/02/2027", "", "Cette date n’existe pas"),
        ("du", "", "25h", "Écrivez l’heure"),
    ] {
        let page = dire(&martin, "0", (etat, le, heure)).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.contient(refus);
        page.contient("value=\"B12\"");
    }
    let page = dire(&martin, "0", ("du", "2027-04-14", "14h30")).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    let page = dire(&okafor, "0", ("absent", "2027-04-14", "14:30")).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    page.contient("dû le 14/04/2027 à 14:30, salle B12");
    let version: i64 = sqlx::query_scalar("select version from certification.passage")
        .fetch_one(&lycee.db)
        .await
        .unwrap();
    let page = dire(&okafor, &version.to_string(), ("reconvoque", "2027-04-21", "14:30")).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    okafor.get(&la).await.contient("reconvoqué: 1".replace(':', "\u{a0}:").as_str());
}

/// Every address that a student can reach, with what is hers in each hole.
async fn parcourir(visiteur: &Visiteur, trous: &[(&str, String)]) -> Vec<(String, String)> {
    let mut vues = vec![];
    for (methode, route, permis) in livret::router::ACCES {
        let sien = match permis {
            Qui::Tous => true,
            Qui::Fonction(f) => *f == "etudiant",
            Qui::UneDe(f) => f.contains(&"etudiant"),
            Qui::Tuteur => false,
        };
        // What is written is asked for without a body: a refusal tells as much as a page.
        // A new second factor is drawn at each reading; to say again who one is counts the tries.
        let change =
            ["/deconnexion", "/connexion/enrolement", "/mon-compte/confirmation"].contains(route);
        if !sien || change || route.starts_with("/static/") {
            continue;
        }
        let chemin = trous.iter().fold((*route).to_owned(), |c, (t, v)| c.replace(t, v));
        let mut chemins = vec![chemin.clone()];
        if route.ends_with("/livret") {
            chemins.extend(["profil", "radar", "frise"].map(|v| format!("{chemin}?voir={v}")));
        }
        for chemin in chemins {
            let page = match *methode {
                "GET" => visiteur.get(&chemin).await,
                _ => visiteur.post(&chemin, &[("q", "CANARI")]).await,
            };
            let texte = format!("{}\n{}", page.status, hors_hasard(&page.html));
            vues.push((format!("{methode} {chemin}"), texte));
        }
    }
    vues
}

/// What changes at each reading says nothing: keys of forms, numbers of requests, stamps of files.
fn hors_hasard(html: &str) -> String {
    let mut dit = String::new();
    for mot in html.split(|c: char| !(c.is_alphanumeric() || c == '-')) {
        let cle = mot.len() == 36 && mot.matches('-').count() == 4;
        let long = mot.len() >= 16 && mot.bytes().all(|b| b.is_ascii_hexdigit());
        dit.push_str(if cle || long { "…" } else { mot });
        dit.push(' ');
    }
    dit
}

#[sqlx::test]
async fn a_student_who_walks_everywhere_learns_nothing_of_the_exam(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let zoe = lycee.visiteur("zoe").await;
    let martin = lycee.visiteur("martin").await;
    let fiche = crate::fiche::enregistrer(&zoe, "E4", &[("titre", "Vente de contrats")]).await;
    let demande = lycee.demande("zoe").await;
    let (_, periode) = crate::tuteur::periode(&lycee, &martin, "zoe").await;
    let (preuve, version): (i64, i64) =
        sqlx::query_as("select preuve_id, version from livret.preuve order by 1 limit 1")
            .fetch_one(&lycee.db)
            .await
            .unwrap();
    let (moi, promotion) = (lycee.numero("zoe").await, lycee.promotion("zoe").await);
    let situation = lycee.situation(&martin, promotion, "Jeu de rôle").await;
    // A jury that will deliberate tomorrow: before and after, what a student reads must be the same.
    let trous = |id: i64| {
        vec![
            ("{id}", id.to_string()),
            ("{code}", "1.1.1".to_owned()),
            ("{fiche}", fiche.clone()),
            ("{periode}", periode.to_string()),
            ("{preuve}", preuve.to_string()),
            ("{version}", version.to_string()),
            ("{situation}", situation.to_string()),
            ("{demande}", demande.to_string()),
            ("{epreuve}", "E4".to_owned()),
            ("{rang}", "1".to_owned()),
            ("{lundi}", "2026-11-16".to_owned()),
            ("{cle}", "00000000-0000-4000-8000-000000000002".to_owned()),
        ]
    };
    let mut avant = vec![];
    for id in [moi, preuve, promotion] {
        avant.extend(parcourir(&zoe, &trous(id)).await);
    }
    assert!(avant.len() > 150, "the walk is a walk: {}", avant.len());
    let examinees = vivre(&lycee).await;
    let okafor = format!("/promotions/{promotion}/passages/E4");
    let cle = martin.get(&okafor).await.champ("cle");
    let champs = [
        ("cle".to_owned(), cle),
        (format!("version-{moi}-A"), "0".to_owned()),
        (format!("etat-{moi}-A"), "absent".to_owned()),
        (format!("salle-{moi}-A"), "CANARI".to_owned()),
    ];
    let champs: Vec<(&str, &str)> = champs.iter().map(|(c, v)| (c.as_str(), v.as_str())).collect();
    assert_eq!(martin.post(&okafor, &champs).await.status, StatusCode::SEE_OTHER);
    let mut apres = vec![];
    for id in [moi, preuve, promotion] {
        apres.extend(parcourir(&zoe, &trous(id)).await);
    }
    let differentes: Vec<&String> =
        avant.iter().zip(&apres).filter(|(a, b)| a != b).map(|(a, _)| &a.0).collect();
    assert!(differentes.is_empty(), "the exam shows through {differentes:?}");
    for (chemin, texte) in &apres {
        for canari in ["CANARI", "Cible avec soin", "Conclut bien", "13,5"] {
            assert!(!texte.contains(canari), "{canari} in {chemin}");
        }
    }
    // The addresses of the exam are not there for her, whether there is something behind them or not.
    for la in examinees.iter().chain([&format!("/commissions/{}/candidats/{moi}", 999_999)]) {
        for suite in ["", "/evaluation", "/grille.pdf", "/evaluation.pdf"] {
            let page = zoe.get(&format!("{la}{suite}")).await;
            assert_eq!(page.status, StatusCode::NOT_FOUND, "{la}{suite}");
        }
    }
    println!("{} pages read twice", avant.len());
}
