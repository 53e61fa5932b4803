//! Two people examine a candidate in a browser, by the keyboard alone: each her grid, then what they agree on, then the lock.
use fantoccini::{Client, Locator, key::Key};
use sqlx::PgPool;

use crate::{
    commission::former,
    lycee::Lycee,
    pilote::{axe, entrer, manque, navigateur},
};

/// Name of what has the focus.
async fn ou(c: &Client) -> String {
    let js =
        "const e = document.activeElement; return e.name === 'aller' ? e.value : (e.name ?? '')";
    c.execute(js, vec![]).await.unwrap().as_str().unwrap_or_default().to_owned()
}

async fn touche(c: &Client, touche: &str) {
    c.active_element().await.unwrap().send_keys(touche).await.unwrap();
}

fn une(k: Key) -> String {
    k.to_string()
}

/// Ticks each line of the grid in the order of the Tab key: so many steps down the scale.
async fn cocher(c: &Client, pas: impl Fn(&str) -> usize) {
    c.execute("document.querySelector('.certifier input[type=radio]').focus()", vec![])
        .await
        .unwrap();
    for _ in 0..40 {
        let nom = ou(c).await;
        if nom == "rendre" {
            return;
        }
        if nom.starts_with("ligne-") || nom == "choix" {
            touche(c, " ").await;
            for _ in 0..pas(&nom) {
                touche(c, &une(Key::Down)).await;
            }
        }
        touche(c, &une(Key::Tab)).await;
    }
    panic!("the keyboard never reached the button: {}", ou(c).await);
}

/// The page that a key leads to.
async fn valider(c: &Client, attendu: &str) {
    touche(c, &une(Key::Enter)).await;
    c.wait()
        .for_element(Locator::XPath(attendu))
        .await
        .unwrap_or_else(|e| panic!("{attendu}: {e}"));
}

#[sqlx::test]
async fn a_candidate_is_examined_by_the_keyboard_alone(db: PgPool) {
    if let Some(absent) = manque() {
        eprintln!("PASSÉ : {absent} n’est pas sur cette machine");
        return;
    }
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let examinent = [lycee.numero("martin").await, lycee.numero("okafor").await];
    let (zoe, promotion) = (lycee.numero("zoe").await, lycee.promotion("zoe").await);
    let id = former(&lycee, &martin, (promotion, "E4/ccf"), (&examinent, &[zoe])).await;
    let ecoute = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", ecoute.local_addr().unwrap());
    let router = livret::router::router(lycee.app.clone());
    tokio::spawn(livret::security::serve(ecoute, router, std::future::pending()));
    let (_pilote, c) = navigateur().await;
    let la = format!("{base}/commissions/{id}/candidats/{zoe}");

    entrer(&c, &base, "martin").await;
    c.goto(&la).await.unwrap();
    cocher(&c, |nom| usize::from(nom.starts_with("ligne-1.1")) * 2).await;
    valider(&c, "//p[contains(., 'La comparaison s’ouvrira')]").await;
    entrer(&c, &base, "okafor").await;
    c.goto(&la).await.unwrap();
    let lu = c.source().await.unwrap();
    assert!(!lu.contains("checked"), "nothing of her colleague's grid is on the page");
    cocher(&c, |nom| usize::from(nom.starts_with("ligne-1.1") && nom != "ligne-1.1.4") * 2).await;
    valider(&c, "//h2[. = 'Comparaison']").await;
    axe(&c).await;
    let ecarts = c.find_all(Locator::Css("section[aria-labelledby=ecarts] li")).await.unwrap();
    assert_eq!(ecarts.len(), 1);
    let dit = ecarts[0].text().await.unwrap();
    assert!(dit.contains("Mme MARTIN S") && dit.contains("Mme OKAFOR TI"), "{dit}");
    // What both say is ticked already: the line that differs is decided, and the grid is settled.
    c.execute("document.getElementById('ligne-1.1.4').querySelector('input').focus()", vec![])
        .await
        .unwrap();
    touche(&c, " ").await;
    touche(&c, &une(Key::Down)).await;
    c.execute("document.querySelector('form[action$=accord] button').focus()", vec![])
        .await
        .unwrap();
    valider(&c, "//label[. = 'Note sur 20']").await;
    for (champ, mots) in [
        ("appreciation-A", "Cible avec soin."),
        ("appreciation-B", "Conclut bien."),
        ("note", "20,5"),
    ] {
        c.execute(&format!("document.getElementById('{champ}').focus()"), vec![]).await.unwrap();
        touche(&c, mots).await;
    }
    c.execute("document.querySelector('button[value=verrouiller]').focus()", vec![]).await.unwrap();
    valider(&c, "//*[@role='alert'][contains(., 'La note va de 0 à 20')]").await;
    let gardee = c.find(Locator::Id("appreciation-A")).await.unwrap().prop("value").await.unwrap();
    assert_eq!(gardee.as_deref(), Some("Cible avec soin."), "what was written is still there");
    c.find(Locator::Id("note")).await.unwrap().clear().await.unwrap();
    c.find(Locator::Id("note")).await.unwrap().send_keys("12.5").await.unwrap();
    c.execute("document.querySelector('button[value=verrouiller]').focus()", vec![]).await.unwrap();
    valider(&c, "//strong[. = '12,5 sur 20']").await;
    axe(&c).await;
}
