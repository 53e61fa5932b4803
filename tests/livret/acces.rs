//! The access table against the router, and every route against everybody.
use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use livret::{
    compte::Gestionnaire,
    router::{ACCES, Qui, rooms},
};
use sqlx::PgPool;

use crate::lycee::{Lycee, Visiteur};

/// What the router itself says that it serves: (method, path), HEAD aside.
fn routes() -> BTreeSet<(String, String)> {
    let texte = format!("{:?}", rooms());
    // What follows is the router's own catch-all, whose numbers start again: it is no page.
    let texte = texte.split("fallback_router: ").next().unwrap();
    let entre = |morceau: &str, debut: &str| {
        Some(morceau.split_once(debut)?.1.split_once('"')?.0.to_owned())
    };
    let (mut methodes, mut chemins) = (BTreeMap::new(), BTreeMap::new());
    for morceau in texte.split("RouteId(").skip(1) {
        let Some((numero, suite)) = morceau.split_once(')') else { continue };
        if let Some(chemin) = suite.starts_with(": \"/").then(|| entre(suite, ": \"")).flatten() {
            chemins.insert(numero.to_owned(), chemin);
        } else if let Some(permises) = entre(suite, "allow_header: Bytes(b\"") {
            methodes.insert(numero.to_owned(), permises);
        }
    }
    let une = |(numero, chemin): (String, String)| {
        let permises = methodes.get(&numero).unwrap_or_else(|| panic!("no methods for {chemin}"));
        permises
            .split(',')
            .filter(|m| *m != "HEAD")
            .map(|m| (m.to_owned(), chemin.clone()))
            .collect::<Vec<_>>()
    };
    chemins.into_iter().flat_map(une).collect()
}

#[test]
fn every_route_has_its_rule_and_every_rule_its_route() {
    let servies = routes();
    let reglees: BTreeSet<(String, String)> =
        ACCES.iter().map(|a| (a.0.to_owned(), a.1.to_owned())).collect();
    assert!(servies.len() > 30, "the router's list was read: {servies:?}");
    assert_eq!(
        servies.difference(&reglees).collect::<Vec<_>>(),
        Vec::<&(String, String)>::new(),
        "routes without a rule"
    );
    assert_eq!(
        reglees.difference(&servies).collect::<Vec<_>>(),
        Vec::<&(String, String)>::new(),
        "rules without a route"
    );
}

/// The cast, with what each is.
const GENS: [(&str, &str); 11] = [
    ("", ""),
    ("martin", "enseignant"),
    ("durand", "enseignant"),
    ("okafor", "enseignant"),
    ("lefevre", "enseignant"),
    ("amina", "etudiant"),
    ("zoe", "etudiant"),
    ("jury", "jury"),
    ("admin", "administrateur"),
    ("direction", "direction"),
    ("ddfpt", "ddfpt"),
];

/// Whose teacher or jury may reach which student: the students of each kind of object.
fn voit(qui: &str, etudiant: &str) -> bool {
    match qui {
        "martin" => etudiant == "amina" || etudiant == "nouveau",
        "okafor" | "jury" => etudiant == "amina",
        "durand" => etudiant == "nouveau",
        "lefevre" => etudiant == "autre",
        _ => false,
    }
}

/// Acts of who coordinates the promotion.
fn coordonne(methode: &str, route: &str) -> bool {
    route.ends_with("/commissions/nouvelle")
        || route.ends_with("/commissions/{commission}")
        || route.ends_with("/deliberation")
        || route.ends_with("/communications")
        || methode == "POST"
            && (route.ends_with("/regle")
                || route.ends_with("/amenagement")
                || route.ends_with("/scolaire/reglages")
                || route.ends_with("/scolaire/arret")
                || route.contains("/archives")
                || route.contains("/examen/"))
}

/// A teacher who follows a student makes her papillon again, and sees the accesses of the promotion; an administrator does
/// so for her school; for all of a promotion, only who coordinates it.
fn gere((qui, objet): (&str, &str), methode: &str, route: &str) -> bool {
    let seul = methode == "GET" || route.contains("/personnes/");
    match qui {
        "admin" => matches!(objet, "amina" | "nouveau"),
        "martin" | "lefevre" => voit(qui, objet),
        _ => seul && route.contains("{id}") && voit(qui, objet),
    }
}

/// What only its own plays make: an organisation, a paper, a mission, a visit. Nobody finds one here.
fn absente(route: &str) -> bool {
    route.starts_with("/organisations/")
        || route == "/installation"
        || route.contains("/pieces/")
        || route.ends_with("/annexe")
        || route.ends_with("/banque/retrait")
        || route.ends_with("/missions/retrait")
        || route.contains("/visites/")
        || route.contains("/communications/")
        || route.contains("/tirages/")
        || route.contains("/archives/")
        || route.contains("/piece/")
        || route.contains("/scelles/")
        || route.starts_with("/etablissement/")
        || route.starts_with("/rectifications/")
        || route.starts_with("/import/{id}")
}

async fn essayer(visiteur: &Visiteur, methode: &str, chemin: &str) -> StatusCode {
    if methode == "GET" {
        return visiteur.get(chemin).await.status;
    }
    if chemin.ends_with("/preuves/nouvelle") || chemin.ends_with("/etablissement/images") {
        return visiteur.upload(chemin, &[], None).await.status;
    }
    visiteur.post(chemin, &[("cle", "00000000-0000-4000-8000-000000000001")]).await.status
}

/// Refused means not found or asked to sign in: nothing else tells that it exists.
#[sqlx::test]
async fn every_route_times_everybody_times_every_object(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let mut objets = vec![];
    for (nom, identifiant) in
        [("amina", "amina"), ("nouveau", "etudiant2-1"), ("autre", "etudiant3-1")]
    {
        let (etudiant, promotion) =
            (lycee.numero(identifiant).await, lycee.promotion(identifiant).await);
        let enseignant = lycee.visiteur(if nom == "autre" { "lefevre" } else { "martin" }).await;
        let situation = lycee.situation(&enseignant, promotion, "Jeu de rôle").await;
        let groupe = lycee.equipe(&enseignant, promotion, &[etudiant]).await;
        let (_, periode) = crate::tuteur::periode(&lycee, &enseignant, identifiant).await;
        let demande = lycee.demande(identifiant).await;
        let elle = lycee.visiteur(identifiant).await;
        let fiche = crate::fiche::enregistrer(&elle, "E4", &[]).await;
        let siege = [lycee.numero(if nom == "autre" { "lefevre" } else { "martin" }).await];
        let ou = (promotion, "E4/ccf");
        let commission =
            crate::commission::former(&lycee, &enseignant, ou, (&siege, &[etudiant])).await;
        let (preuve, version): (i64, i64) =
            sqlx::query_as("select d.preuve_id, p.version from livret.demande d join livret.preuve p using (preuve_id) where demande_id = $1")
                .bind(demande)
                .fetch_one(&lycee.db)
                .await
                .unwrap();
        objets.push((
            nom,
            etudiant,
            promotion,
            situation,
            (groupe, demande, preuve, version, periode, fiche, commission),
        ));
    }
    objets.push((
        "inconnu",
        999_999,
        999_999,
        999_999,
        (999_999, 999_999, 999_999, 999_999, 999_999, "999999".to_owned(), 999_999),
    ));
    let (mut cases, mut fautes) = (0, vec![]);
    for (identifiant, genre) in GENS {
        let visiteur = if identifiant.is_empty() {
            lycee.passant()
        } else {
            lycee.visiteur(identifiant).await
        };
        for (methode, route, qui) in
            ACCES.iter().filter(|a| a.1 != "/deconnexion" && !a.1.starts_with("/static"))
        {
            for (
                objet,
                etudiant,
                promotion,
                situation,
                (groupe, demande, preuve, version, periode, fiche, commission),
            ) in &objets
            {
                let id = match *route {
                    r if r.contains("/promotions/") => promotion,
                    r if r.starts_with("/commissions/") => commission,
                    r if r.starts_with("/preuves/") => preuve,
                    _ => etudiant,
                };
                let route = &route.replace("/source", "/source?situation={situation}&code=1.1.1");
                let chemin = route
                    .replace("{id}", &id.to_string())
                    .replace("{code}", "1.1.1")
                    .replace("{situation}", &situation.to_string())
                    .replace("{groupe}", &groupe.to_string())
                    .replace("{demande}", &demande.to_string())
                    .replace("{preuve}", &preuve.to_string())
                    .replace("{version}", &version.to_string())
                    .replace("{rang}", "1")
                    .replace("{periode}", &periode.to_string())
                    .replace("{fiche}", fiche)
                    .replace("{commission}", &commission.to_string())
                    .replace("{etudiant}", &etudiant.to_string())
                    .replace("{epreuve}", "E4")
                    .replace("{rubrique}", "E4")
                    .replace("{visite}", "1")
                    .replace("{tirage}", "1")
                    .replace("{archive}", "1")
                    .replace("{lundi}", "2026-11-16")
                    .replace("{scelle}", &"0".repeat(32))
                    .replace("{jeton}", &"0".repeat(64))
                    .replace("{portail}", "1")
                    .replace("{cle}", "00000000-0000-4000-8000-000000000002");
                let status = essayer(&visiteur, methode, &chemin).await;
                cases += 1;
                let permis = match qui {
                    Qui::Tous => true,
                    Qui::Tuteur => false, // nobody of the cast: her own play walks every route
                    Qui::Fonction(f) if *f != genre => false,
                    // Only who sits there.
                    Qui::UneDe(f) if route.starts_with("/commissions/") => {
                        f.contains(&genre)
                            && match identifiant {
                                "martin" => matches!(*objet, "amina" | "nouveau"),
                                autre => autre == "lefevre" && *objet == "autre",
                            }
                    }
                    // An administrator's own school, or who coordinates the promotion.
                    Qui::UneDe(f) if route.starts_with("/administration/") => {
                        f.contains(&genre)
                            && match identifiant {
                                "admin" | "martin" => matches!(*objet, "amina" | "nouveau"),
                                autre => autre == "lefevre" && *objet == "autre",
                            }
                    }
                    Qui::UneDe(f) if route.starts_with("/direction/") => {
                        f.contains(&genre) && matches!(*objet, "amina" | "nouveau")
                    }
                    // Who manages a promotion: an administrator, and those of the teachers who coordinate one.
                    Qui::UneDe(f) if route.starts_with("/import") => {
                        f.contains(&genre) && ["admin", "martin", "lefevre"].contains(&identifiant)
                    }
                    // Who brings people in: an administrator in her school, a teacher where she coordinates.
                    Qui::UneDe(f) if *f == Gestionnaire::FONCTIONS && route.contains("{id}") => {
                        f.contains(&genre) && gere((identifiant, objet), methode, route)
                    }
                    Qui::UneDe(f) => {
                        f.contains(&genre) && (!route.contains("{id}") || voit(identifiant, objet))
                    }
                    // Hers by construction, or an administrator's own school.
                    Qui::Fonction("etudiant") => {
                        !["{id}", "{periode}", "{fiche}"].iter().any(|p| route.contains(p))
                            || identifiant == *objet
                    }
                    Qui::Fonction("administrateur") => {
                        !route.contains("{id}") || matches!(*objet, "amina" | "nouveau")
                    }
                    // For all of a promotion: only who coordinates it decides.
                    Qui::Fonction(_) if coordonne(methode, route) => {
                        voit(identifiant, objet) && ["martin", "lefevre"].contains(&identifiant)
                    }
                    Qui::Fonction(_) => !route.contains("{id}") || voit(identifiant, objet),
                };
                let refuse = status == StatusCode::NOT_FOUND
                    || (identifiant.is_empty()
                        && matches!(status, StatusCode::SEE_OTHER | StatusCode::UNAUTHORIZED));
                let erreur = status.is_server_error();
                // These preuves have no file: nobody finds one.
                let absent = (route.contains("/fichiers/") || absente(route))
                    && status == StatusCode::NOT_FOUND;
                let manque = permis && status == StatusCode::NOT_FOUND && !absent;
                if erreur || (!permis && !refuse) || manque {
                    fautes.push(format!("{identifiant} {methode} {chemin} ({objet}) → {status}"));
                }
            }
        }
    }
    println!("{cases} cells (route, person, object)");
    assert!(fautes.is_empty(), "{} of {cases}:\n{}", fautes.len(), fautes.join("\n"));
}

#[sqlx::test]
async fn an_unsafe_request_comes_from_our_own_pages_or_not_at_all(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let avant = lycee.compter("livret.evenement").await;
    for (methode, route, _) in ACCES.iter().filter(|a| a.0 != "GET") {
        let chemin = route.replace("{id}", "1").replace("{code}", "1.1.1");
        let chemin = ["{preuve}", "{situation}", "{groupe}", "{demande}", "{version}"]
            .iter()
            .fold(chemin, |c, p| c.replace(p, "1"));
        let chemin = chemin.replace("{cle}", "00000000-0000-4000-8000-000000000002");
        for headers in [
            &[("sec-fetch-site", "cross-site")][..],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "none")],
            &[("origin", "https://ailleurs.test")],
            &[("origin", "null")],
            &[],
        ] {
            let page = martin.send(methode, &chemin, headers, "").await;
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{methode} {chemin} {headers:?}");
        }
        let page = martin.send(methode, &chemin, &[("origin", "http://livret.test")], "").await;
        assert_ne!(page.status, StatusCode::FORBIDDEN, "{methode} {chemin} from our own origin");
    }
    assert_eq!(lycee.compter("livret.evenement").await, avant);
}

#[sqlx::test]
async fn every_answer_carries_the_headers(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let trop = "x".repeat(300 << 10);
    let form =
        [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin")];
    let pages = [
        (200, martin.get("/").await),
        (404, martin.get("/rien").await),
        (404, martin.get("/static/000000000000/app.css").await),
        (200, martin.get(livret::assets::url("app.css")).await),
        (405, martin.send("DELETE", "/livret", &[("sec-fetch-site", "same-origin")], "").await),
        (403, martin.send("POST", "/connexion", &[], "").await),
        (413, martin.send("POST", "/connexion", &form, &trop).await),
        (303, lycee.passant().get("/livret").await),
    ];
    for (attendu, page) in pages {
        assert_eq!(page.status.as_u16(), attendu);
        for nom in [
            "content-security-policy",
            "x-content-type-options",
            "referrer-policy",
            "cross-origin-resource-policy",
            "cross-origin-opener-policy",
            "permissions-policy",
            "cache-control",
            "x-request-id",
        ] {
            assert!(page.headers.contains_key(nom), "{attendu} has no {nom}");
        }
    }
}

/// The second line: with the wrong school in the transaction, every table is empty.
#[sqlx::test]
async fn a_transaction_sees_one_school_and_a_forgotten_one_sees_nothing(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let tables: Vec<String> = sqlx::query_scalar(
        "select 'livret.' || table_name from information_schema.columns
          where table_schema = 'livret' and column_name = 'etablissement_id' order by 1",
    )
    .fetch_all(&lycee.db)
    .await
    .unwrap();
    assert!(tables.len() > 10);
    let mut db = lycee.db.acquire().await.unwrap();
    for role in [
        "livret_enseignant",
        "livret_etudiant",
        "livret_jury",
        "livret_administrateur",
        "livret_tuteur",
    ] {
        for table in &tables {
            let forcee: bool = sqlx::query_scalar(
                "select relforcerowsecurity from pg_class where oid = $1::regclass",
            )
            .bind(table)
            .fetch_one(&mut *db)
            .await
            .unwrap();
            assert!(forcee, "{table} has no forced policy");
            let lisible: bool = sqlx::query_scalar("select has_table_privilege($1, $2, 'select')")
                .bind(role)
                .bind(table)
                .fetch_one(&mut *db)
                .await
                .unwrap();
            if lisible {
                let sql = format!("begin; set local role {role}; select count(*) from {table}");
                let lignes =
                    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).fetch_all(&mut *db).await.unwrap();
                let n: i64 = sqlx::Row::get(&lignes[0], 0);
                sqlx::query("rollback").execute(&mut *db).await.unwrap();
                assert_eq!(n, 0, "{role} sees {table} from nowhere");
            }
        }
        let certification: bool =
            sqlx::query_scalar("select has_schema_privilege($1, 'certification', 'usage')")
                .bind(role)
                .fetch_one(&mut *db)
                .await
                .unwrap();
        assert_eq!(certification, matches!(role, "livret_enseignant" | "livret_jury"), "{role}");
    }
}

#[sqlx::test]
async fn a_page_that_does_not_exist_keeps_the_menu_of_who_asks(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let page = lycee.visiteur("martin").await.get("/promotions/999999").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    page.contient("introuvable, ou n’est pas dans vos promotions");
    page.contient("Mme\u{a0}MARTIN");
    page.contient("Se déconnecter");
    lycee.passant().get("/nulle-part").await.contient("Se connecter");
}
