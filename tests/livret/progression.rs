//! Where a student stands: her page, its drawings, what it tells her to do.
use axum::http::StatusCode;
use sqlx::PgPool;

use crate::{
    demande,
    lycee::{Lycee, Page, Visiteur},
};

const VUES: [&str; 5] = [
    "/livret",
    "/livret?voir=liste",
    "/livret?voir=profil",
    "/livret?voir=radar",
    "/livret?voir=frise",
];

/// What it says to who cannot see it: every title and description of a drawing.
fn dits(page: &Page) -> Vec<String> {
    let entre = |balise: &str| -> Vec<String> {
        let corps = page.html.split_once("<main").unwrap().1;
        let ouvrante = format!("<{balise} id=");
        corps
            .split(&ouvrante)
            .skip(1)
            .map(|m| m.split_once('>').unwrap().1.split_once("</").unwrap().0.trim().to_owned())
            .collect()
    };
    entre("title").into_iter().chain(entre("desc")).collect()
}

async fn juger(lycee: &Lycee, qui: &Visiteur, etudiant: &str, donnes: &[(&str, &str)]) {
    let etudiant = lycee.numero(etudiant).await;
    for (code, niveau) in donnes {
        let case = format!("/etudiants/{etudiant}/sous-competences/{code}");
        let page = qui.get(&case).await;
        let (version, cle) = (page.champ("version"), page.champ("cle"));
        let champs = [("niveau", *niveau), ("version", &version), ("cle", &cle)];
        let page = qui.post(&format!("{case}/positionnements"), &champs).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    }
}

/// She asks that one of her preuves be judged, and says where she stands.
async fn demander(
    lycee: &Lycee,
    qui: &Visiteur,
    titre: &str,
    code: &str,
    niveau: &str,
) -> (String, i64) {
    let cle = qui.get("/preuves/nouvelle").await.champ("cle");
    let champs = [
        ("titre", titre),
        ("vecue_le", "2026-11-10"),
        ("contexte", "stage"),
        ("texte", "J’ai recruté des vendeurs pour le réseau."),
        ("codes", code),
        ("cle", &cle),
    ];
    let preuve = qui.upload("/preuves/nouvelle", &champs, None).await.location;
    let chemin = format!("{preuve}/demande");
    let cle = qui.get(&chemin).await.champ("cle");
    let (demande, dit) = (format!("demande-{code}"), format!("niveau-{code}"));
    let champs = [(demande.as_str(), "1"), (dit.as_str(), niveau), ("cle", &cle)];
    assert_eq!(qui.post(&chemin, &champs).await.status, StatusCode::SEE_OTHER);
    let id = sqlx::query_scalar("select max(demande_id) from livret.demande").fetch_one(&lycee.db);
    (preuve, id.await.unwrap())
}

async fn repondre(lycee: &Lycee, qui: &Visiteur, id: i64, dits: &[(&str, &str)]) {
    let queue = format!("/promotions/{}/demandes", lycee.promotion("zoe").await);
    let page = demande::repondre(qui, &queue, id, dits).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
}

#[sqlx::test]
async fn who_has_nothing_yet_has_every_view_and_a_first_thing_to_do(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let zoe = lycee.visiteur("zoe").await;
    for vue in VUES {
        let page = zoe.get(vue).await;
        assert_eq!(page.status, StatusCode::OK, "{vue}");
        page.contient("0 sur 11 en S ou TS");
        page.contient("11\u{a0}jamais");
    }
    let page = zoe.get("/livret").await;
    page.contient("Commencer le bloc\u{a0}1\u{a0}: rien n’y est encore enregistré");
    page.contient("Prochaine étape\u{a0}: <a href=\"/preuves/nouvelle\">");
    page.contient("26\u{a0}sous-compétences n’ont aucune preuve");
    zoe.get("/livret?voir=frise").await.contient("Aucune situation encore");
    let page = zoe.get("/livret?voir=profil").await;
    page.contient("Équipe\u{a0}: aucune jugée sur\u{a0}4. Vous\u{a0}: pas encore de niveau.");
    for inconnue in ["/livret?voir=camembert", "/livret?voir=%00", "/livret?voir=Profil"] {
        let page = zoe.get(inconnue).await;
        assert_eq!(page.status, StatusCode::OK);
        page.contient("Cette vue n’existe pas\u{a0}: voici la liste.");
        page.contient("Sans preuve encore");
    }
}

#[sqlx::test]
async fn an_answer_waits_until_it_is_read_and_only_she_says_that_she_read_it(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (zoe, martin) = (lycee.visiteur("zoe").await, lycee.visiteur("martin").await);
    let (preuve, refusee) = demander(&lycee, &zoe, "Vente flash", "1.1.2", "S").await;
    let (suite, completer) = demander(&lycee, &zoe, "Salon", "1.1.3", "S").await;
    zoe.get("/livret").await.sans("Lire la réponse");
    let motif = ("motif", "Il manque le bilan chiffré.");
    repondre(&lycee, &martin, refusee, &[("acte", "refuser"), motif]).await;
    repondre(&lycee, &martin, completer, &[("acte", "completer"), motif]).await;
    let page = zoe.get("/livret").await;
    page.contient("Lire la réponse de Mme MARTIN à «\u{a0}Vente flash\u{a0}»\u{a0}: non validée");
    page.contient("Compléter «\u{a0}Salon\u{a0}»\u{a0}: Mme MARTIN attend une suite");
    page.contient(&format!("href=\"{preuve}/demande\""));
    page.contient(&format!("href=\"{suite}/demande\""));
    page.contient("Il manque le bilan chiffré.");
    assert_eq!(page.champ("demande"), refusee.to_string());

    let lignes = lycee.compter("livret.evenement").await;
    let amina = lycee.visiteur("amina").await;
    let numero = refusee.to_string();
    let dits = [("demande", numero.as_str()), ("demande", "999999")];
    assert_eq!(amina.post("/livret/lectures", &dits).await.location, "/livret");
    zoe.get("/livret").await.contient("Lire la réponse"); // somebody else said so: nothing changed
    for _ in 0..2 {
        let page = zoe.post("/livret/lectures", &dits).await;
        assert_eq!((page.status, page.location.as_str()), (StatusCode::SEE_OTHER, "/livret"));
        zoe.get("/livret").await.sans("Lire la réponse");
    }
    assert_eq!(lycee.compter("livret.evenement").await, lignes, "no act of the journal");
    zoe.get("/livret").await.contient("Compléter «\u{a0}Salon\u{a0}»");
    for mauvais in [("demande", "x"), ("demande", "")] {
        let page = zoe.post("/livret/lectures", &[mauvais]).await;
        assert!(page.status.is_client_error(), "{}", page.status);
    }
    // Asked again: the complement is done, and nobody has answered the new demande.
    let cle = zoe.get(&format!("{suite}/demande")).await.champ("cle");
    let champs = [("demande-1.1.3", "1"), ("niveau-1.1.3", "S"), ("cle", &cle)];
    zoe.post(&format!("{suite}/demande"), &champs).await;
    zoe.get("/livret").await.sans("Compléter");
}

#[sqlx::test]
async fn the_drawings_say_what_they_show_and_her_level_stands_beside_the_teams(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (zoe, martin) = (lycee.visiteur("zoe").await, lycee.visiteur("martin").await);
    juger(
        &lycee,
        &martin,
        "zoe",
        &[("1.1.1", "TI"), ("1.1.2", "S"), ("1.1.3", "TS"), ("1.1.4", "absent")],
    )
    .await;
    demander(&lycee, &zoe, "Vente flash", "1.1.2", "TS").await;
    let bloc = dits(&zoe.get("/livret").await);
    assert_eq!(bloc[0], "Bloc 1\u{a0}: 2 sur 11 en S ou TS");
    assert!(
        bloc.contains(&"1\u{a0}TS · 1\u{a0}S · 1\u{a0}TI · 8\u{a0}jamais".to_owned()),
        "{bloc:?}"
    );
    let attendu = "Équipe\u{a0}: 3\u{a0}jugées sur\u{a0}4, de\u{a0}TI à\u{a0}TS, médiane S. Vous\u{a0}: en\u{a0}TS.";
    let profil = zoe.get("/livret?voir=profil").await;
    assert!(dits(&profil).contains(&attendu.to_owned()), "{:?}", dits(&profil));
    profil.contient("<td>3 sur 4</td><td>TI à TS</td><td>S</td><td>TS</td><td>TS</td>");
    let radar = dits(&zoe.get("/livret?voir=radar").await);
    assert!(radar.last().unwrap().contains(attendu), "{radar:?}");
    let frise = zoe.get("/livret?voir=frise").await;
    let novembre = "novembre\u{a0}2026\u{a0}: 1\u{a0}stage, 1\u{a0}cours\u{202f}; 1\u{a0}TI, 1\u{a0}S, 1\u{a0}TS.";
    assert!(dits(&frise).contains(&novembre.to_owned()), "{:?}", dits(&frise));
    assert!(dits(&frise).contains(&"2 en\u{a0}novembre\u{a0}2026, sur\u{a0}11".to_owned()));
    frise.contient(">Vente flash</a>");
    // Her teacher sees the same, without what is hers to do.
    let numero = lycee.numero("zoe").await;
    let a = |vue: &str| format!("/etudiants/{numero}/livret?voir={vue}");
    let page = martin.get(&a("profil")).await;
    assert!(dits(&page).contains(&attendu.replace("Vous", "Zoé")), "{:?}", dits(&page));
    let page = martin.get(&a("liste")).await;
    page.sans("À faire");
    page.contient("Sans preuve encore");
    assert_eq!(dits(&page)[0], bloc[0]);
    martin.get(&a("frise")).await.contient(&format!("href=\"/etudiants/{numero}/preuves/"));
}

#[sqlx::test]
async fn one_student_never_changes_what_another_sees(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (zoe, amina, martin) = (
        lycee.visiteur("zoe").await,
        lycee.visiteur("amina").await,
        lycee.visiteur("martin").await,
    );
    juger(&lycee, &martin, "zoe", &[("1.1.1", "S"), ("2.1.1", "I")]).await;
    demander(&lycee, &zoe, "Vente flash", "1.1.2", "S").await;
    let mut avant = vec![];
    for vue in VUES {
        avant.push(zoe.get(vue).await.html);
    }
    juger(&lycee, &martin, "amina", &[("1.1.1", "TS"), ("1.1.2", "TI"), ("3.1.1", "TS")]).await;
    demander(&lycee, &amina, "Réunion de vente à domicile, recruter des vendeurs", "3.3.1", "TS")
        .await;
    for (vue, avant) in VUES.iter().zip(avant) {
        assert_eq!(zoe.get(vue).await.html, avant, "{vue}");
    }
}

#[sqlx::test]
async fn an_activity_is_suggested_with_its_reason_whatever_the_accents(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let zoe = lycee.visiteur("zoe").await;
    demander(&lycee, &zoe, "PREPARATION D’UN RECRUTEMENT", "3.3.1", "S").await;
    let page = zoe.get("/livret").await;
    let piste = |code: &str| {
        let debut = format!("<span class=\"code\">{code}</span>");
        let pistes = page.html.split_once("id=\"pistes\"").unwrap().1;
        pistes.split_once(&debut).unwrap().1.split("</ul>").next().unwrap().to_owned()
    };
    let dit = piste("3.3.2");
    assert!(dit.contains("PREPARATION D’UN RECRUTEMENT") && dit.contains("parle de"), "{dit}");
    assert!(dit.contains("montre déjà 3.3.1, de la même compétence"), "{dit}");
    assert!(
        !page.html.split_once("id=\"pistes\"").unwrap().1.contains(">3.3.1</span>"),
        "it has one"
    );
    let dit = piste("1.1.1");
    assert!(dit.contains("Aucune activité ne s’en approche."), "{dit}");
}

/// Two hundred situations over two years, and a student who was always away.
#[sqlx::test]
async fn much_and_nothing_are_both_drawn(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (zoe, martin) = (lycee.visiteur("zoe").await, lycee.visiteur("martin").await);
    juger(&lycee, &martin, "amina", &[("1.1.1", "absent"), ("1.1.2", "non_rendu")]).await;
    juger(&lycee, &martin, "zoe", &[("1.1.1", "S")]).await;
    let amina = lycee.visiteur("amina").await;
    for vue in VUES {
        let page = amina.get(vue).await;
        assert_eq!(page.status, StatusCode::OK);
        page.contient("11\u{a0}jamais");
    }
    let page = amina.get("/livret?voir=frise").await;
    page.contient("novembre\u{a0}2026\u{a0}: 1\u{a0}cours\u{202f}; aucun niveau.");
    amina.get("/livret").await.sans("Commencer le bloc\u{a0}1"); // something was recorded there
    sqlx::query(
        "with s as (insert into livret.situation (etablissement_id, promotion_id, titre, contexte, vecue_le, visible_le,
                                                  par, version)
             select s.etablissement_id, s.promotion_id, 'Situation ' || n, 'atelier', s.vecue_le - n * 3, s.vecue_le - n * 3,
                    s.par, s.version from livret.situation s, generate_series(1, 199) n
              where s.situation_id = (select min(situation_id) from livret.positionnement where etudiant_id = $1)
             returning *)
         insert into livret.positionnement (etablissement_id, etudiant_id, edition_id, code, situation_id, niveau, par,
                                            vecu_le, saisi_le, version)
         select s.etablissement_id, $1, p.edition_id, '2.1.1', s.situation_id, 'TS', s.par, s.vecue_le, p.saisi_le, p.version
           from s, livret.positionnement p where p.etudiant_id = $1",
    )
    .bind(lycee.numero("zoe").await)
    .execute(&lycee.db)
    .await
    .unwrap();
    for vue in VUES {
        let page = zoe.get(vue).await;
        assert_eq!(page.status, StatusCode::OK, "{vue}");
        page.contient("1 sur 8 en S ou TS");
    }
    let page = zoe.get("/livret?voir=frise").await;
    assert_eq!(page.html.matches("<li><p>").count(), 200);
    println!("200 situations: {} bytes", page.octets.len());
}
