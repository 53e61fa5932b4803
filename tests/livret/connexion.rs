//! Coming in.
use axum::http::StatusCode;
use sqlx::PgPool;
use time::Duration;

use crate::lycee::Lycee;

const SECRET: &str = "demonstration-livret";

#[sqlx::test]
async fn a_teacher_signs_in_lands_at_home_and_signs_out_for_good(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let mut martin = lycee.passant();
    let page =
        martin.post("/connexion", &[("identifiant", " Martin "), ("mot_de_passe", SECRET)]).await;
    assert_eq!((page.status, page.location.as_str()), (StatusCode::SEE_OTHER, "/"));
    let cookie = page.headers["set-cookie"].to_str().unwrap();
    for attribut in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(attribut), "{cookie}");
    }
    martin.cookie = cookie.split(';').next().map(str::to_owned);
    martin.get("/").await.contient("Mme\u{a0}MARTIN");
    martin.post("/deconnexion", &[]).await;
    assert_eq!(
        martin.get("/promotions/1").await.location,
        "/connexion",
        "the session is dead on the server"
    );
}

#[sqlx::test]
async fn an_unknown_account_and_a_wrong_password_get_the_same_answer(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let passant = lycee.passant();
    let faux =
        passant.post("/connexion", &[("identifiant", "martin"), ("mot_de_passe", "faux")]).await;
    let inconnu =
        passant.post("/connexion", &[("identifiant", "personne"), ("mot_de_passe", "faux")]).await;
    assert_eq!(faux.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(faux.html.replace("martin", "X"), inconnu.html.replace("personne", "X"));
    faux.contient("Identifiant ou mot de passe inconnu");
}

#[sqlx::test]
async fn failures_slow_down_one_account_for_a_while_and_nobody_else(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let passant = lycee.passant();
    for _ in 0..6 {
        passant.post("/connexion", &[("identifiant", "martin"), ("mot_de_passe", "faux")]).await;
    }
    let bon = [("identifiant", "martin"), ("mot_de_passe", SECRET)];
    passant.post("/connexion", &bon).await.contient("Trop d’essais");
    let durand =
        passant.post("/connexion", &[("identifiant", "durand"), ("mot_de_passe", SECRET)]).await;
    assert_eq!(durand.location, "/");
    lycee.hand.advance(Duration::seconds(5));
    assert_eq!(passant.post("/connexion", &bon).await.location, "/");
}

#[sqlx::test]
async fn a_session_ends_when_it_rests_and_when_it_is_old(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, zoe) = (lycee.visiteur("martin").await, lycee.visiteur("zoe").await);
    lycee.hand.advance(Duration::minutes(31));
    assert_eq!(martin.get("/").await.status, StatusCode::OK, "a teacher may rest an hour");
    assert_eq!(zoe.get("/livret").await.location, "/connexion", "a student half an hour");
    for _ in 0..24 {
        lycee.hand.advance(Duration::minutes(30));
        martin.get("/").await;
    }
    assert_eq!(martin.get("/promotions/1").await.location, "/connexion", "twelve hours at most");
}

#[sqlx::test]
async fn a_jury_has_no_access_after_its_window(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let promotion = lycee.promotion("zoe").await;
    lycee.hand.advance(Duration::days(364));
    let chemin = format!("/jury/promotions/{promotion}");
    assert_eq!(lycee.visiteur("jury").await.get(&chemin).await.status, StatusCode::OK);
    lycee.hand.advance(Duration::days(2));
    assert_eq!(lycee.visiteur("jury").await.get(&chemin).await.location, "/connexion");
}

#[sqlx::test]
async fn a_form_whose_session_ended_comes_back_filled_after_the_sign_in(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let mut martin = lycee.visiteur("martin").await;
    let zoe = lycee.numero("zoe").await;
    let chemin = format!("/etudiants/{zoe}/sous-competences/1.1.1");
    let cle = martin.get(&chemin).await.champ("cle");
    lycee.hand.advance(Duration::minutes(61));
    let saisie =
        [("niveau", "S"), ("remarque", "Entretien bien conduit"), ("version", "0"), ("cle", &cle)];
    let page = martin.post(&format!("{chemin}/positionnements"), &saisie).await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    page.contient("votre saisie est conservée");
    let (vers, champs) =
        (page.champ("reprise_vers"), page.champ("reprise_champs").replace("&#38;", "&"));
    let page = martin
        .post(
            "/connexion",
            &[
                ("identifiant", "martin"),
                ("mot_de_passe", SECRET),
                ("reprise_vers", &vers),
                ("reprise_champs", &champs),
            ],
        )
        .await;
    page.contient("Retrouver ma saisie");
    martin.cookie =
        page.headers["set-cookie"].to_str().unwrap().split(';').next().map(str::to_owned);
    let mut champs: Vec<(&str, &str)> = saisie.to_vec();
    champs.push(("reprise", "1"));
    let page = martin.post(&vers, &champs).await;
    assert_eq!(page.status, StatusCode::OK);
    page.contient("Entretien bien conduit");
    page.contient("value=\"S\" required checked");
    assert_eq!(lycee.compter("livret.positionnement").await, 0, "shown again, not written");
}

/// The form that comes back is sent with what was typed: an address of elsewhere would receive it.
#[sqlx::test]
async fn a_form_comes_back_towards_our_own_pages_only(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let reprendre = async |vers: &str| {
        let saisie = [
            ("identifiant", "martin"),
            ("mot_de_passe", SECRET),
            ("reprise_vers", vers),
            ("reprise_champs", "remarque=Secret"),
        ];
        lycee.passant().post("/connexion", &saisie).await
    };
    reprendre("/preuves/nouvelle").await.contient("Secret");
    for ailleurs in [
        "https://evil.test/",
        "javascript:alert(1)",
        "evil.test",
        "//evil.test",
        "///evil.test",
        r"\\evil.test",
        r"/\evil.test",
        r"/\/evil.test",
        "/\t/evil.test",
        "/\n/evil.test",
        "/\r\n/evil.test",
        "/\0/evil.test",
        " //evil.test",
        "\u{1}//evil.test",
        "/preuves\\..\\ailleurs",
        "/preuves/nouvelle\r\nset-cookie: sid=1",
        "",
    ] {
        let page = reprendre(ailleurs).await;
        assert_eq!(page.location, "/", "{ailleurs:?}");
        assert_eq!(page.html, "", "{ailleurs:?}");
    }
}
