//! Tries: a robot is slowed down, a class behind one address is not, and a classmate locks nobody out.
use std::{net::SocketAddr, time::Instant};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode, header},
};
use http_body_util::BodyExt;
use livret::config::reseau::Reseau;
use sqlx::PgPool;
use time::Duration;
use tower::ServiceExt;

use crate::{
    facteur::{SECRET, entrer, garder},
    lycee::Lycee,
};

/// A browser somewhere: its address, its cookies, what its proxies say.
struct Poste {
    router: Router,
    adresse: SocketAddr,
    cookies: String,
    suite: Option<&'static str>,
}

impl Poste {
    fn new(lycee: &Lycee, adresse: &str) -> Self {
        let adresse = format!("{adresse}:5000").parse().unwrap();
        let router = livret::router::router(lycee.app.clone());
        Self { router, adresse, cookies: String::new(), suite: None }
    }

    async fn envoyer(
        &self,
        chemin: &str,
        champs: &[(&str, &str)],
    ) -> (StatusCode, HeaderMap, String) {
        let mut demande = Request::post(chemin)
            .header(header::HOST, "livret.test")
            .header("sec-fetch-site", "same-origin")
            .header(header::USER_AGENT, "Mozilla/5.0 (Windows NT 10.0; rv:133.0) Firefox/133.0")
            .header(header::COOKIE, &self.cookies)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(suite) = self.suite {
            demande = demande.header("x-forwarded-for", suite);
        }
        let corps = serde_html_form::to_string(champs).unwrap();
        let mut demande = demande.body(Body::from(corps)).unwrap();
        demande.extensions_mut().insert(self.adresse);
        let reponse = self.router.clone().oneshot(demande).await.unwrap();
        let (statut, entetes) = (reponse.status(), reponse.headers().clone());
        let octets = reponse.into_body().collect().await.unwrap().to_bytes();
        (statut, entetes, String::from_utf8_lossy(&octets).replace("&nbsp;", "\u{a0}"))
    }

    /// « entrée », « refus » or « attendre ».
    async fn essayer(&self, qui: &str, secret: &str) -> &'static str {
        let (statut, _, html) =
            self.envoyer("/connexion", &[("identifiant", qui), ("mot_de_passe", secret)]).await;
        match statut {
            StatusCode::SEE_OTHER => "entrée",
            _ if html.contains("Trop d’essais") => "attendre",
            _ => "refus",
        }
    }
}

#[sqlx::test]
async fn three_thousand_guesses_in_an_hour_are_thirty_and_a_known_browser_still_comes_in(
    db: PgPool,
) {
    let lycee = Lycee::open(db).await;
    // Her own browser came in once.
    let mut elle = Poste::new(&lycee, "192.0.2.1");
    let bon = [("identifiant", "martin"), ("mot_de_passe", SECRET)];
    let (_, entetes, _) = elle.envoyer("/connexion", &bon).await;
    elle.cookies = entetes
        .get_all("set-cookie")
        .iter()
        .map(|c| c.to_str().unwrap().split(';').next().unwrap())
        .filter(|c| c.starts_with("appareil="))
        .collect();
    assert!(!elle.cookies.is_empty());
    // However it is typed, whatever is said of the address.
    let variantes = ["martin", " MARTIN", "ｍａｒｔｉｎ", "mar\u{ad}tin", "martin\u{a0}"];
    let suites = ["198.51.100.1", "198.51.100.2, 203.0.113.9", "::1", "n’importe quoi"];
    let (mut evalues, mut faits) = (0, 0);
    for minute in 0..60_usize {
        let lot: Vec<_> =
            (0..50_usize)
                .map(|n| {
                    let mut poste = Poste::new(&lycee, &format!("203.0.113.{}", n % 5));
                    poste.suite = Some(suites[n % suites.len()]);
                    async move {
                        poste.essayer(variantes[n % variantes.len()], "un mauvais essai").await
                    }
                })
                .collect();
        for dit in futures_util::future::join_all(lot).await {
            faits += 1;
            evalues += usize::from(dit == "refus");
        }
        lycee.hand.advance(Duration::minutes(1));
        if minute == 30 {
            assert_eq!(elle.essayer("martin", SECRET).await, "entrée", "in the middle of it");
        }
    }
    println!("{evalues} guesses looked at, of {faits} in an hour");
    assert!((10..=30).contains(&evalues), "{evalues} of {faits}");
    assert_eq!(elle.essayer("martin", SECRET).await, "entrée");
    assert_eq!(Poste::new(&lycee, "192.0.2.7").essayer("martin", SECRET).await, "attendre");
    // Her own browser is no way round: it has a count of its own.
    for n in 0..10 {
        let attendu = if n < 5 { "refus" } else { "attendre" };
        assert_eq!(elle.essayer("martin", "un mauvais essai").await, attendu, "{n}");
    }
}

#[sqlx::test]
async fn one_password_on_a_thousand_accounts_is_slowed_down_and_the_class_comes_in(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let adresse = "203.0.113.50";
    let mut classe = vec![];
    for n in 3..=32 {
        let mut poste = Poste::new(&lycee, adresse);
        let qui = format!("etudiant1-{n}");
        let (statut, entetes, _) =
            poste.envoyer("/connexion", &[("identifiant", &qui), ("mot_de_passe", SECRET)]).await;
        assert_eq!(statut, StatusCode::SEE_OTHER, "{n} pupils of one address in a row");
        poste.cookies = entetes
            .get_all("set-cookie")
            .iter()
            .map(|c| c.to_str().unwrap().split(';').next().unwrap())
            .filter(|c| c.starts_with("appareil="))
            .collect();
        classe.push((qui, poste));
    }
    let robot = Poste::new(&lycee, adresse);
    let (mut evalues, mut bloques) = (0, 0);
    for n in 0..1000 {
        let qui = format!("compte-{n}");
        evalues += usize::from(robot.essayer(&qui, "Bonjour123456!").await == "refus");
        if n % 33 == 0 {
            let (qui, poste) = &classe[n / 33 % classe.len()];
            bloques += usize::from(poste.essayer(qui, SECRET).await != "entrée");
        }
        lycee.hand.advance(Duration::milliseconds(600)); // ten minutes in all
    }
    println!("{evalues} sprays looked at of 1,000; {bloques} of the class kept out");
    assert!((30..=60).contains(&evalues), "{evalues}");
    assert_eq!(bloques, 0);
    // Elsewhere nobody waits.
    assert_eq!(Poste::new(&lycee, "192.0.2.1").essayer("durand", SECRET).await, "entrée");
    assert_eq!(robot.essayer("durand", SECRET).await, "attendre");
    lycee.hand.advance(Duration::minutes(11));
    assert_eq!(robot.essayer("durand", SECRET).await, "entrée", "it passes");
}

#[sqlx::test]
async fn a_proxy_is_believed_when_it_is_ours(db: PgPool) {
    let proxys: Vec<Reseau> = vec!["10.0.0.0/8".parse().unwrap()];
    let fichiers = std::sync::Arc::new(object_store::memory::InMemory::new());
    let lycee = Lycee::avec(db, fichiers, |c| c.proxys = proxys).await;
    let par = |suite| {
        let mut poste = Poste::new(&lycee, "10.0.0.1");
        poste.suite = Some(suite);
        poste
    };
    // Forty accounts fail behind one client of the proxy: another client does not wait.
    for n in 0..40 {
        par("6.6.6.6, 203.0.113.5").essayer(&format!("compte-{n}"), "un essai").await;
    }
    assert_eq!(
        par("7.7.7.7, 203.0.113.5").essayer("martin", SECRET).await,
        "attendre",
        "what comes before the last is hearsay"
    );
    assert_eq!(par("203.0.113.5, 203.0.113.6").essayer("martin", SECRET).await, "entrée");
}

#[sqlx::test]
async fn guesses_of_a_papillon_are_slowed_down_too(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let poste = Poste::new(&lycee, "203.0.113.5");
    let mut lus = 0;
    for n in 0..100 {
        let code = format!("AAAA-AAAA-{n:04}");
        let champs = [
            ("identifiant", "zoe"),
            ("code", code.as_str()),
            ("mot_de_passe", "trois paniers vendus"),
        ];
        lus += usize::from(
            !poste.envoyer("/premiere-connexion", &champs).await.2.contains("Trop d’essais"),
        );
    }
    assert_eq!(lus, 5);
    assert_eq!(poste.essayer("zoe", SECRET).await, "entrée", "her password is another door");
}

/// Unknown, closed, without a password yet, wrong: one answer, to the letter.
#[sqlx::test]
async fn nothing_in_an_answer_says_whether_an_account_exists(db: PgPool) {
    let lycee = Lycee::open(db).await;
    preparer(&lycee).await;
    let mut vues = vec![];
    for qui in GENS {
        let (statut, mut entetes, html) = Poste::new(&lycee, "192.0.2.1")
            .envoyer("/connexion", &[("identifiant", qui), ("mot_de_passe", "un mauvais essai")])
            .await;
        entetes.remove("x-request-id");
        entetes.remove("content-length");
        vues.push((statut, format!("{entetes:?}"), html.replace(qui, "X")));
    }
    for vue in &vues[1..] {
        assert_eq!(vue, &vues[0]);
    }
}

const GENS: [&str; 4] = ["martin", "personne", "okafor", "rossi"];

async fn preparer(lycee: &Lycee) {
    sqlx::query("update acces.compte set ferme_le = now() where identifiant = 'okafor'")
        .execute(&lycee.db)
        .await
        .unwrap();
    sqlx::query("update acces.compte set secret = null where identifiant = 'rossi'")
        .execute(&lycee.db)
        .await
        .unwrap();
}

/// A figure, not a play: `cargo test --release --test livret how_long -- --ignored --nocapture`.
#[sqlx::test]
#[ignore = "measures: run alone, on a quiet machine"]
async fn how_long_an_answer_takes_does_not_say_it_either(db: PgPool) {
    let lycee = Lycee::open(db).await;
    preparer(&lycee).await;
    let poste = Poste::new(&lycee, "192.0.2.1");
    let mut durees = [const { vec![] }; 4];
    for tour in 0..305 {
        sqlx::query("truncate acces.essai, acces.essai_adresse").execute(&lycee.db).await.unwrap();
        for n in 0..4 {
            let lequel = (n + tour) % 4; // interleaved, in another order each time
            let debut = Instant::now();
            assert_eq!(poste.essayer(GENS[lequel], "un mauvais essai").await, "refus");
            if tour >= 5 {
                durees[lequel].push(debut.elapsed().as_secs_f64());
            }
        }
    }
    let mediane = |d: &mut Vec<f64>| {
        d.sort_by(f64::total_cmp);
        d[d.len() / 2]
    };
    let medianes: Vec<f64> = durees.iter_mut().map(mediane).collect();
    for (qui, m) in ["wrong password", "unknown", "closed", "no password yet"].iter().zip(&medianes)
    {
        println!("{qui}: {:.3} ms, ratio {:.4}", m * 1000.0, m / medianes[0]);
        assert!((m / medianes[0] - 1.0).abs() < 0.03, "{qui}");
    }
}

#[sqlx::test]
async fn a_session_never_keeps_the_number_that_it_had_before(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let fixe = "0".repeat(64);
    let mut martin = lycee.passant();
    martin.cookie = Some(format!("sid={fixe}; appareil={fixe}"));
    let page =
        martin.post("/connexion", &[("identifiant", "martin"), ("mot_de_passe", SECRET)]).await;
    garder(&mut martin, &page);
    assert!(!martin.cookie.as_ref().unwrap().contains(&format!("sid={fixe}")));
    let mut pirate = lycee.passant();
    pirate.cookie = Some(format!("sid={fixe}"));
    assert_eq!(pirate.get("/mon-compte").await.location, "/connexion");
    // A change of password: a new number here, and no session elsewhere.
    let (autre, _) = entrer(&lycee, "martin").await;
    let avant = martin.cookie.clone();
    let changer = async |qui: &crate::lycee::Visiteur, ancien: &str, nouveau: &str| {
        qui.post("/mon-compte/mot-de-passe", &[("ancien", ancien), ("nouveau", nouveau)]).await
    };
    changer(&martin, "un mauvais essai", "trois paniers vendus")
        .await
        .contient("mot de passe actuel");
    changer(&martin, SECRET, "court").await.contient("12 caractères");
    changer(&martin, SECRET, "Martin-NDRC-2026").await.contient("se devine");
    changer(&martin, SECRET, "motdepasse1234").await.contient("parmi les premiers");
    let page = changer(&martin, SECRET, "trois paniers vendus").await;
    assert_eq!(page.location, "/mon-compte", "{}", page.html);
    garder(&mut martin, &page);
    assert_eq!(martin.get("/mon-compte").await.status, StatusCode::OK);
    assert_eq!(autre.get("/mon-compte").await.location, "/connexion");
    pirate.cookie = avant;
    assert_eq!(pirate.get("/mon-compte").await.location, "/connexion");
    let poste = Poste::new(&lycee, "192.0.2.1");
    assert_eq!(poste.essayer("martin", SECRET).await, "refus");
    assert_eq!(poste.essayer("martin", "trois paniers vendus").await, "entrée");
}

#[sqlx::test]
async fn a_new_browser_is_told_to_the_others_until_they_look_and_sessions_end_one_by_one(
    db: PgPool,
) {
    let lycee = Lycee::open(db).await;
    let (martin, _) = entrer(&lycee, "martin").await;
    martin.get("/").await.sans("jamais ouvert");
    lycee.hand.advance(Duration::minutes(1));
    let poste = Poste::new(&lycee, "192.0.2.1");
    assert_eq!(poste.essayer("martin", SECRET).await, "entrée");
    martin.get("/").await.contient("jamais ouvert");
    let page = martin.get("/mon-compte").await;
    page.contient("Firefox, Windows");
    page.contient("appareil nouveau");
    page.contient("cette session");
    martin.post("/mon-compte/appareils", &[]).await;
    martin.get("/").await.sans("jamais ouvert");
    // Somebody else's session is not hers to end.
    let (durand, _) = entrer(&lycee, "durand").await;
    let siennes: Vec<i64> = sqlx::query_scalar("select session_id from acces.session join acces.compte using (compte_id) where identifiant = $1 order by 1").bind("durand").fetch_all(&lycee.db).await.unwrap();
    martin.post("/mon-compte/sessions", &[("session", &siennes[0].to_string())]).await;
    assert_eq!(durand.get("/mon-compte").await.status, StatusCode::OK);
    let page = martin.post("/mon-compte/sessions", &[("session", "autres")]).await;
    assert_eq!(page.location, "/mon-compte#sessions");
    martin.get("/mon-compte").await.sans("Firefox, Windows");
    assert_eq!(durand.get("/mon-compte").await.status, StatusCode::OK);
}

/// To the second, for each function.
#[sqlx::test]
async fn a_session_rests_and_lives_as_long_as_its_function_says(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let seconde = Duration::seconds(1);
    for (qui, repos, duree) in [
        ("martin", 60, 12 * 60),
        ("zoe", 30, 12 * 60),
        ("admin", 15, 4 * 60),
        ("jury", 30, 12 * 60),
    ] {
        let (repos, duree) = (Duration::minutes(repos), Duration::minutes(duree));
        let ouvre = async |visiteur: &crate::lycee::Visiteur| {
            visiteur.get("/mon-compte").await.status == StatusCode::OK
        };
        let visiteur = lycee.visiteur(qui).await;
        lycee.hand.advance(repos - seconde);
        assert!(ouvre(&visiteur).await, "{qui} rests");
        lycee.hand.advance(repos);
        assert!(!ouvre(&visiteur).await, "{qui} rested too long");
        let visiteur = lycee.visiteur(qui).await;
        let pas = Duration::minutes(10);
        let mut age = Duration::ZERO;
        while age + pas < duree {
            lycee.hand.advance(pas);
            age += pas;
            assert!(ouvre(&visiteur).await, "{qui} after {age}");
        }
        lycee.hand.advance(duree - age - seconde);
        assert!(ouvre(&visiteur).await, "{qui} to the last second");
        lycee.hand.advance(seconde);
        assert!(!ouvre(&visiteur).await, "{qui} is too old");
    }
}
