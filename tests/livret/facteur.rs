//! The second factor: asked, chosen, lost; codes that serve once, clocks that are wrong, doors that stay shut meanwhile.
use axum::http::StatusCode;
use sqlx::PgPool;
use time::Duration;
use totp_rs::{Builder, Secret, Totp};

use crate::lycee::{Lycee, Page, Visiteur};

pub(crate) const SECRET: &str = "demonstration-livret";

/// The cookies of an answer replace those that she had.
pub(crate) fn garder(qui: &mut Visiteur, page: &Page) {
    let mut tous: Vec<(String, String)> = vec![];
    let avant = qui.cookie.clone().unwrap_or_default();
    let neufs = page.headers.get_all("set-cookie").iter().map(|c| c.to_str().unwrap());
    for cookie in avant.split("; ").chain(neufs.map(|c| c.split(';').next().unwrap())) {
        let Some((nom, valeur)) = cookie.split_once('=') else { continue };
        tous.retain(|c| c.0 != nom);
        tous.push((nom.to_owned(), valeur.to_owned()));
    }
    let tous: Vec<String> = tous.into_iter().map(|(n, v)| format!("{n}={v}")).collect();
    qui.cookie = Some(tous.join("; "));
}

pub(crate) async fn entrer(lycee: &Lycee, qui: &str) -> (Visiteur, Page) {
    let mut visiteur = lycee.passant();
    let page = visiteur.post("/connexion", &[("identifiant", qui), ("mot_de_passe", SECRET)]).await;
    garder(&mut visiteur, &page);
    (visiteur, page)
}

fn avec(lycee: &Lycee, cookie: Option<String>) -> Visiteur {
    let mut visiteur = lycee.passant();
    visiteur.cookie = cookie;
    visiteur
}

/// What a program of codes makes of the key that a page shows.
fn application(page: &Page) -> Totp {
    let cle = page.html.split("<span class=\"cle\">").nth(2).unwrap().split('<').next().unwrap();
    let secret = Secret::try_from_base32(cle.replace(' ', "")).unwrap();
    Builder::new().with_secret(secret).build_noncompliant()
}

fn code(lycee: &Lycee, application: &Totp, decalage: i64) -> String {
    let la = lycee.app.clock.now().unix_timestamp() + decalage;
    application.generate(la.unsigned_abs()).to_string()
}

/// Adds a program of codes to an account that is in: the program, and the recovery codes.
async fn ajouter(lycee: &Lycee, qui: &mut Visiteur) -> (Totp, Vec<String>) {
    let page = qui.get("/connexion/enrolement").await;
    let (application, graine) = (application(&page), page.champ("graine"));
    let lu = code(lycee, &application, 0);
    let page = qui.post("/connexion/enrolement", &[("graine", &graine), ("code", &lu)]).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.html);
    garder(qui, &page);
    let codes =
        page.html.split_once("<ul class=\"codes\">").unwrap().1.split_once("</ul>").unwrap().0;
    let codes = codes.split("<li>").skip(1).map(|c| c.split('<').next().unwrap().to_owned());
    (application, codes.collect())
}

#[sqlx::test]
async fn a_teacher_adds_codes_and_from_then_on_a_password_alone_opens_nothing(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (mut martin, _) = entrer(&lycee, "martin").await;
    let avant = martin.cookie.clone();
    let (application, secours) = ajouter(&lycee, &mut martin).await;
    assert_eq!(secours.len(), 10);
    assert_ne!(martin.cookie, avant, "another number for her session");
    let ancienne = avec(&lycee, avant);
    assert_eq!(ancienne.get("/mon-compte").await.location, "/connexion", "the old one is dead");
    martin.get("/mon-compte").await.contient("Application de codes");

    let (mut elle, page) = entrer(&lycee, "martin").await;
    assert_eq!(page.location, "/connexion/facteur");
    // No address opens meanwhile, nor the way to add another factor.
    let promotion = lycee.promotion("zoe").await;
    for chemin in [
        "/",
        "/mon-compte",
        "/commissions",
        "/connexion/enrolement",
        &format!("/promotions/{promotion}/grille"),
    ] {
        assert_eq!(elle.get(chemin).await.status, StatusCode::SEE_OTHER, "{chemin}");
        assert!(elle.get(chemin).await.location.starts_with("/connexion"), "{chemin}");
    }
    let graine = [("graine", ""), ("code", "000000")];
    assert_eq!(elle.post("/connexion/enrolement", &graine).await.location, "/connexion");
    let refus = elle.post("/mon-compte/sessions", &[("session", "autres")]).await;
    assert_eq!(refus.status, StatusCode::UNAUTHORIZED);
    // The code that was used to add it does not serve a second time.
    let lu = code(&lycee, &application, 0);
    elle.post("/connexion/facteur", &[("code", &lu)]).await.contient("déjà servi");
    let refus = elle.post("/connexion/facteur", &[("code", "000000")]).await;
    assert_eq!(refus.status, StatusCode::UNPROCESSABLE_ENTITY);
    lycee.hand.advance(Duration::seconds(30));
    let (lu, avant) = (code(&lycee, &application, 0), elle.cookie.clone());
    let page =
        elle.post("/connexion/facteur", &[("code", &format!("{} {}", &lu[..3], &lu[3..]))]).await;
    assert_eq!(page.location, "/", "{}", page.html);
    garder(&mut elle, &page);
    assert_ne!(elle.cookie, avant, "another number once the factor is given");
    assert_eq!(elle.get("/mon-compte").await.status, StatusCode::OK);
    let moitie = avec(&lycee, avant);
    assert_eq!(moitie.get("/").await.location, "/connexion");
    // In the same half minute, somebody who looked over her shoulder.
    let (autre, _) = entrer(&lycee, "martin").await;
    autre.post("/connexion/facteur", &[("code", &lu)]).await.contient("déjà servi");
}

#[sqlx::test]
async fn a_clock_that_is_five_minutes_off_is_told_and_its_code_is_never_good_later(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (mut martin, _) = entrer(&lycee, "martin").await;
    let page = martin.get("/connexion/enrolement").await;
    let (application_, graine) = (application(&page), page.champ("graine"));
    let avance = code(&lycee, &application_, 300);
    let page =
        martin.post("/connexion/enrolement", &[("graine", &graine), ("code", &avance)]).await;
    page.contient("décalée de 5\u{a0}minutes");
    assert_eq!(application(&page).generate(0), application_.generate(0), "the same drawing waits");
    let (application, _) = ajouter(&lycee, &mut martin).await;
    lycee.hand.advance(Duration::minutes(11));
    for (decalage, dit) in [
        (300, "décalée de 5\u{a0}minutes"),
        (-300, "décalée de 5\u{a0}minutes"),
        (-90, "décalée de 2\u{a0}minutes"),
        (330, "n’est pas le bon"),
    ] {
        let (elle, _) = entrer(&lycee, "martin").await;
        let lu = code(&lycee, &application, decalage);
        let page = elle.post("/connexion/facteur", &[("code", &lu)]).await;
        page.contient(dit);
    }
    let (elle, _) = entrer(&lycee, "martin").await;
    let vu = code(&lycee, &application, 90);
    elle.post("/connexion/facteur", &[("code", &vu)]).await.contient("décalée");
    lycee.hand.advance(Duration::seconds(90));
    let refus = elle.post("/connexion/facteur", &[("code", &vu)]).await;
    assert_eq!(refus.status, StatusCode::UNPROCESSABLE_ENTITY, "what was told once is no answer");
    lycee.hand.advance(Duration::seconds(120));
    for decalage in [-30, 30] {
        let (elle, _) = entrer(&lycee, "martin").await;
        let lu = code(&lycee, &application, decalage);
        assert_eq!(
            elle.post("/connexion/facteur", &[("code", &lu)]).await.location,
            "/",
            "{decalage}"
        );
    }
}

#[sqlx::test]
async fn a_recovery_code_opens_once_and_new_ones_end_the_old(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (mut martin, _) = entrer(&lycee, "martin").await;
    let (_, secours) = ajouter(&lycee, &mut martin).await;
    let (mut elle, _) = entrer(&lycee, "martin").await;
    let ecrit = secours[0].to_lowercase().replace('-', " ");
    let page = elle.post("/connexion/facteur", &[("code", &ecrit)]).await;
    assert_eq!(page.location, "/", "{}", page.html);
    garder(&mut elle, &page);
    elle.get("/mon-compte").await.contient("9\u{a0}codes de secours");
    let (autre, _) = entrer(&lycee, "martin").await;
    let refus = autre.post("/connexion/facteur", &[("code", &ecrit)]).await;
    assert_eq!(refus.status, StatusCode::UNPROCESSABLE_ENTITY, "twice");
    let page = elle.post("/mon-compte/secours", &[]).await;
    page.contient("ne seront plus montrés");
    let refus = autre.post("/connexion/facteur", &[("code", &secours[1])]).await;
    assert_eq!(refus.status, StatusCode::UNPROCESSABLE_ENTITY, "the old ones are void");
    assert_eq!(lycee.compter("acces.secours where servi_le is null").await, 10);
}

#[sqlx::test]
async fn guesses_of_a_code_are_slowed_down(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (mut martin, _) = entrer(&lycee, "martin").await;
    ajouter(&lycee, &mut martin).await;
    let (mut lus, mut elle) = (0, lycee.passant());
    for n in 0..600 {
        if n % 50 == 0 {
            elle = entrer(&lycee, "martin").await.0; // half in, for ten minutes
        }
        let page = elle.post("/connexion/facteur", &[("code", &format!("{n:06}"))]).await;
        lus += usize::from(!page.html.contains("Trop d’essais"));
        if n % 5 == 4 {
            lycee.hand.advance(Duration::seconds(30));
        }
    }
    assert!((10..=30).contains(&lus), "{lus} guesses looked at in an hour");
}

/// The school wants one of its teachers: the next sign-in leads there before anything else.
async fn exiger(lycee: &Lycee, fonctions: &[&str]) {
    let admin = lycee.visiteur("admin").await;
    let cle = admin.get("/administration/acces").await.champ("cle");
    let mut champs = vec![("cle", cle.as_str())];
    champs.extend(fonctions.iter().map(|f| ("genre", *f)));
    let page = admin.post("/administration/acces/exigences", &champs).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
}

#[sqlx::test]
async fn where_the_school_wants_one_it_is_chosen_before_anything_else(db: PgPool) {
    let lycee = Lycee::open(db).await;
    exiger(&lycee, &["enseignant", "personne"]).await;
    assert_eq!(lycee.compter("acces.exigence").await, 1, "what is no function is no wish");
    assert_eq!(entrer(&lycee, "zoe").await.1.location, "/", "nothing is asked of a student");
    assert_eq!(entrer(&lycee, "lefevre").await.1.location, "/", "nor in another school");
    let (mut martin, page) = entrer(&lycee, "martin").await;
    assert_eq!(page.location, "/connexion/facteur");
    assert_eq!(martin.get("/connexion/facteur").await.location, "/connexion/enrolement");
    assert_eq!(martin.get("/mon-compte").await.location, "/connexion");
    assert_eq!(martin.get("/connexion").await.location, "/connexion/enrolement");
    let page = martin.get("/connexion/enrolement").await;
    page.contient("Votre établissement demande un second facteur");
    page.contient("Aucun téléphone personnel");
    ajouter(&lycee, &mut martin).await;
    assert_eq!(martin.get("/mon-compte").await.status, StatusCode::OK);
    // The last one stays as long as it is wanted.
    let page = martin.get("/mon-compte").await;
    let facteur = page.champ("facteur");
    let refus = martin.post("/mon-compte/facteurs/retrait", &[("facteur", &facteur)]).await;
    refus.contient("Ajoutez-en un autre");
    exiger(&lycee, &[]).await;
    let page = martin.post("/mon-compte/facteurs/retrait", &[("facteur", &facteur)]).await;
    garder(&mut martin, &page);
    martin.get("/mon-compte").await.sans("Application de codes");
    assert_eq!(lycee.compter("acces.secours").await, 0, "its recovery codes go with it");
    assert_eq!(entrer(&lycee, "martin").await.1.location, "/");
}

#[sqlx::test]
async fn who_lost_everything_comes_back_by_a_papillon_that_says_so(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (mut okafor, _) = entrer(&lycee, "okafor").await;
    ajouter(&lycee, &mut okafor).await;
    let (martin, elle) = (lycee.visiteur("martin").await, lycee.numero("okafor").await);
    let chemin = format!("/personnes/{elle}/papillon");
    let page = martin.get(&chemin).await;
    page.contient("Retirer aussi son second facteur");
    martin.post(&chemin, &[("cle", &page.champ("cle"))]).await;
    assert_eq!(lycee.compter("acces.facteur where retire_le is null").await, 1, "only when asked");
    let page = martin.get(&chemin).await;
    martin.post(&chemin, &[("cle", &page.champ("cle")), ("sans_facteur", "1")]).await;
    assert_eq!(lycee.compter("acces.facteur where retire_le is null").await, 0);
    assert_eq!(lycee.compter("acces.secours").await, 0);
    let dit =
        "livret.evenement where genre = 'renouveler_acces' and contenu->>'sans_facteur' = 'true'";
    assert_eq!(lycee.compter(dit).await, 1, "and the journal says it");
}

#[sqlx::test]
async fn a_seed_is_sealed_for_one_account_by_a_key_that_is_not_in_the_database(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (mut martin, _) = entrer(&lycee, "martin").await;
    let (application, secours) = ajouter(&lycee, &mut martin).await;
    let vidage: String = sqlx::query_scalar(
        "select string_agg(t, '') from (select row_to_json(f)::text t from acces.facteur f
          union all select row_to_json(s)::text from acces.secours s union all select row_to_json(s)::text from acces.session s) x",
    )
    .fetch_one(&lycee.db)
    .await
    .unwrap();
    let graine = hex::encode(application.secret().as_bytes());
    let cookie = martin.cookie.clone().unwrap();
    for secret in secours
        .iter()
        .map(|c| c.replace('-', ""))
        .chain([graine])
        .chain(cookie.split(['=', ';']).map(|c| c.trim().to_owned()).filter(|c| c.len() == 64))
    {
        assert!(!vidage.contains(&secret), "{secret} is in a dump");
    }
    // Another's row opens nothing.
    let (mut durand, _) = entrer(&lycee, "durand").await;
    ajouter(&lycee, &mut durand).await;
    sqlx::query("update acces.facteur set graine = (select graine from acces.facteur order by facteur_id limit 1), dernier_pas = null").execute(&lycee.db).await.unwrap();
    lycee.hand.advance(Duration::seconds(30));
    let lu = code(&lycee, &application, 0);
    let (elle, _) = entrer(&lycee, "durand").await;
    let refus = elle.post("/connexion/facteur", &[("code", &lu)]).await;
    assert_eq!(refus.status, StatusCode::UNPROCESSABLE_ENTITY);
    let (elle, _) = entrer(&lycee, "martin").await;
    assert_eq!(elle.post("/connexion/facteur", &[("code", &lu)]).await.location, "/");
}

#[sqlx::test]
async fn a_form_that_waits_waits_through_both_steps(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (mut martin, _) = entrer(&lycee, "martin").await;
    let (application, _) = ajouter(&lycee, &mut martin).await;
    lycee.hand.advance(Duration::minutes(61));
    let page = martin.post("/phrases", &[("texte", "Bien préparé")]).await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    let attente = |page: &Page| {
        let champs = page.champ("reprise_champs").replace("&#38;", "&");
        [("reprise_vers", page.champ("reprise_vers")), ("reprise_champs", champs)]
    };
    let envoyer = async |qui: &Visiteur, chemin: &str, page: &Page, plus: &[(&str, &str)]| {
        let attente = attente(page);
        let mut champs: Vec<(&str, &str)> = attente.iter().map(|(n, v)| (*n, v.as_str())).collect();
        champs.extend(plus);
        qui.post(chemin, &champs).await
    };
    let page = envoyer(
        &martin,
        "/connexion",
        &page,
        &[("identifiant", "martin"), ("mot_de_passe", SECRET)],
    )
    .await;
    garder(&mut martin, &page);
    page.contient("votre formulaire vous attend");
    let page = envoyer(&martin, "/connexion/facteur", &page, &[]).await;
    page.contient("Second facteur");
    let lu = code(&lycee, &application, 0);
    let page = envoyer(&martin, "/connexion/facteur", &page, &[("code", &lu)]).await;
    page.contient("Retrouver ma saisie");
    page.contient("Bien préparé");
}
