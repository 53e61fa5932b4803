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
    let synthese = format!("/jury/promotions/{}/detail.csv", lycee.promotion("zoe").await);
    let csv = lycee.visiteur("jury").await.get(&synthese).await;
    csv.contient("1.1.1;Analyser un portefeuille clients;S;S;");
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

/// Forty students, a whole bloc: light enough for a telephone, everything within reach, and still one sending.
#[sqlx::test]
async fn a_whole_bloc_of_a_class_is_light_and_is_settled_as_proposed(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let promotion = lycee.promotion("zoe").await;
    sqlx::query(
        "with p as (insert into livret.personne (etablissement_id, nom, prenom)
             select 1, 'ZOLA', 'Élève ' || n from generate_series(33, 40) n returning personne_id)
         insert into livret.inscription (etablissement_id, promotion_id, etudiant_id, du)
         select 1, $1, personne_id, '2025-09-01' from p",
    )
    .bind(promotion)
    .execute(&lycee.db)
    .await
    .unwrap();
    let martin = lycee.visiteur("martin").await;
    let situation = lycee.situation(&martin, promotion, "Jeu de rôle").await;
    let edition: uuid::Uuid =
        sqlx::query_scalar("select edition_id from livret.promotion where promotion_id = $1")
            .bind(promotion)
            .fetch_one(&lycee.db)
            .await
            .unwrap();
    juger_la_classe(&lycee, promotion, situation, edition).await;
    let chemin = format!("/promotions/{promotion}/validations");
    let page = martin.get(&format!("{chemin}?bloc=1")).await;
    println!("a bloc of forty: {} bytes", page.octets.len());
    assert!(page.octets.len() < 150_000, "{} bytes", page.octets.len());
    assert_eq!(page.html.matches("name=\"coche-").count(), 40);
    // As the browser sends it: what is hidden, and the ticks.
    let (zoe, amina) = (lycee.numero("zoe").await, lycee.numero("amina").await);
    let caches = |page: &Page| -> Vec<(String, String)> {
        let champs = page.html.split("<input type=\"hidden\" name=\"").skip(1);
        let champ = |c: &str| {
            let (nom, reste) = c.split_once("\" value=\"").unwrap();
            (nom.to_owned(), reste.split_once('"').unwrap().0.to_owned())
        };
        champs.map(champ).collect()
    };
    let mut champs = caches(&page);
    champs.extend([zoe, amina].map(|qui| (format!("coche-{qui}"), "1".to_owned())));
    let envoi: Vec<(&str, &str)> = champs.iter().map(|(c, v)| (c.as_str(), v.as_str())).collect();
    for _ in 0..2 {
        let page = martin.post(&chemin, &envoi).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
        martin.get(&page.location).await.contient("22\u{a0}niveaux arrêtés.");
    }
    assert_eq!(lycee.compter("livret.validation").await, 22);
    // What stands is not sent again; one student, or one line, can be decided otherwise.
    let page = martin.get(&format!("{chemin}?bloc=1")).await;
    page.sans(&format!("name=\"niveau-{zoe}-1.1.1\""));
    page.sans(&format!("name=\"coche-{zoe}\""));
    page.contient("Rien à arrêter\u{a0}: aucun niveau proposé n’attend.");
    page.contient("proposé\u{a0}: 11\u{a0}S · 11\u{a0}déjà arrêtés");
    page.contient(&format!("?bloc=1&amp;etudiant={zoe}"));
    for question in [format!("bloc=1&etudiant={zoe}"), "bloc=1&code=1.1.1".to_owned()] {
        let page = martin.get(&format!("{chemin}?{question}")).await;
        assert!(page.octets.len() < 150_000, "{} bytes", page.octets.len());
        for champ in ["<select id=\"niveau", "<input id=\"motif"] {
            page.contient(&format!("{champ}-{zoe}-1.1.1\""));
        }
        page.contient("une seule situation, le 20\u{a0}novembre\u{a0}2026");
    }
    // Somebody judged in between: nothing is written, and the line that says otherwise can be decided on the spot.
    juger(&martin, lycee.numero("etudiant1-3").await, "1.1.1", "TI").await;
    let troisieme = lycee.numero("etudiant1-3").await;
    let mut champs = caches(&martin.get(&format!("{chemin}?bloc=1")).await);
    champs.push((format!("coche-{troisieme}"), "1".to_owned()));
    lycee.hand.advance(Duration::days(1));
    let demain = lycee.visiteur("martin").await;
    juger(&demain, troisieme, "1.1.1", "TS").await;
    let envoi: Vec<(&str, &str)> = champs.iter().map(|(c, v)| (c.as_str(), v.as_str())).collect();
    let page = demain.post(&chemin, &envoi).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.contient("Le niveau proposé est TS\u{a0}: dites pourquoi");
    page.contient(&format!("<input id=\"motif-{troisieme}-1.1.1\""));
    assert_eq!(lycee.compter("livret.validation").await, 22, "all or none");
}

/// Everybody is judged on everything, once.
async fn juger_la_classe(lycee: &Lycee, promotion: i64, situation: i64, edition: uuid::Uuid) {
    use livret::{
        compte,
        positionnement::{Jugement, Lieu},
        referentiel,
    };
    let cookie = compte::ouvrir_session(&lycee.app, "martin").await.unwrap().unwrap();
    let compte = compte::Compte::of_session(&lycee.app, &cookie).await.unwrap().unwrap();
    let enseignant = compte::Enseignant::of(std::sync::Arc::new(compte)).unwrap();
    let edition = referentiel::find(&lycee.db, edition).await.unwrap();
    let mut db = lycee.app.begin(&enseignant).await.unwrap();
    let promotion = enseignant.promotion(&mut db, promotion).await.unwrap();
    let classe = promotion.etudiants(&mut db, enseignant.aujourd_hui()).await.unwrap();
    let bloc: Vec<String> = edition.blocs[0].sous_competences().map(|s| s.code.clone()).collect();
    let jugement = |(etudiant, code): (i64, &String)| Jugement {
        etudiant_id: etudiant,
        code: code.clone(),
        niveau: Some("S".to_owned()),
        cle: lycee.app.random.uuid(),
        ..Jugement::default()
    };
    let tous: Vec<Jugement> =
        classe.iter().flat_map(|e| bloc.iter().map(move |c| (e.id(), c))).map(jugement).collect();
    let lieu = Lieu::de_la_classe(&promotion, Some(situation));
    for lot in tous.chunks(livret::positionnement::LOT_MAX) {
        enseignant.positionner(&mut db, &lieu, &edition, lot).await.unwrap();
    }
    db.commit().await.unwrap();
}

/// A bloc counts what the team decided where it decided, and says how much of it is decided: hers and her teacher's alike.
#[sqlx::test]
async fn a_bloc_counts_what_was_decided_and_says_how_much(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, zoe) = (lycee.visiteur("martin").await, lycee.numero("zoe").await);
    for (code, niveau) in [("1.1.1", "I"), ("1.1.2", "S"), ("1.1.3", "TI")] {
        juger(&martin, zoe, code, niveau).await;
    }
    let moi = lycee.visiteur("zoe").await;
    let pages = [(&moi, "/livret".to_owned()), (&martin, format!("/etudiants/{zoe}/livret"))];
    for (qui, chemin) in &pages {
        let page = qui.get(chemin).await;
        page.contient("<strong>1 sur 11 en S ou TS</strong>");
        page.contient("1\u{a0}S · 1\u{a0}I · 1\u{a0}TI · 8\u{a0}jamais");
        page.sans("arrêtés par l’équipe</p>");
    }
    // One line is decided higher, one that nobody judged is decided too.
    decider(&martin, (zoe, "1.1.1"), ("TS", "Vu en stage"), ("0", &cle())).await;
    decider(&martin, (zoe, "1.1.4"), ("S", "Bilan de stage"), ("0", &cle())).await;
    for (qui, chemin) in &pages {
        for voir in ["liste", "profil"] {
            let page = qui.get(&format!("{chemin}?voir={voir}")).await;
            page.contient("<strong>3 sur 11 en S ou TS</strong>");
            page.contient("1\u{a0}TS · 2\u{a0}S · 1\u{a0}TI · 7\u{a0}jamais");
            page.contient("4\u{a0}niveaux, dont 2\u{a0}arrêtés par l’équipe");
        }
    }
    // Taken back, it counts no more; at a past date the bloc is as it was.
    lycee.hand.advance(Duration::days(1));
    let martin = lycee.visiteur("martin").await;
    let lue = version(&martin, zoe, "1.1.1").await;
    decider(&martin, (zoe, "1.1.1"), ("retirer", "Trop tôt"), (&lue, &cle())).await;
    let moi = lycee.visiteur("zoe").await;
    moi.get("/livret").await.contient("4\u{a0}niveaux, dont 1\u{a0}arrêté par l’équipe");
    moi.get("/livret/passe?le=2026-11-24")
        .await
        .contient("3 sur 11 en S ou TS · 4\u{a0}niveaux, dont 2\u{a0}arrêtés par l’équipe");
    moi.get("/livret/passe?le=2026-11-25")
        .await
        .contient("2 sur 11 en S ou TS · 4\u{a0}niveaux, dont 1\u{a0}arrêté par l’équipe");
}
