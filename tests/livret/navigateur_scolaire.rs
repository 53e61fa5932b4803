//! The table of averages in a browser: the keyboard follows the column, a block is pasted at a cell, a block is copied.
use fantoccini::{Client, Locator, key::Key};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    lycee::Lycee,
    pilote::{entrer, manque, navigateur},
};

/// The cell that has the focus, as row and column; its page is answered by its value.
async fn ici(c: &Client) -> Value {
    let js = "const e = document.activeElement; return [e.dataset.l, e.dataset.c, e.value]";
    c.execute(js, vec![]).await.unwrap()
}

async fn taper(c: &Client, touches: &str) {
    c.active_element().await.unwrap().send_keys(touches).await.unwrap();
}

/// As a spreadsheet's block arrives where the focus is.
async fn coller(c: &Client, texte: &str) {
    let js = "const d = new DataTransfer(); d.setData('text/plain', arguments[0]); \
              document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData: d, bubbles: true, cancelable: true }))";
    c.execute(js, vec![json!(texte)]).await.unwrap();
}

async fn etat(c: &Client) -> String {
    let dit = c.find(Locator::Id("etat")).await.unwrap().text().await.unwrap();
    dit.replace(['\u{a0}', '\u{202f}'], " ")
}

#[sqlx::test]
async fn a_column_is_filled_by_keyboard_and_a_block_pasted(db: PgPool) {
    if let Some(absent) = manque() {
        eprintln!("PASSÉ : {absent} n’est pas sur cette machine");
        return;
    }
    let lycee = Lycee::open(db).await;
    let promotion = lycee.promotion("zoe").await;
    let ecoute = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", ecoute.local_addr().unwrap());
    let router = livret::router::router(lycee.app.clone());
    tokio::spawn(livret::security::serve(ecoute, router, std::future::pending()));
    let (_pilote, c) = navigateur().await;
    entrer(&c, &base, "martin").await;
    let page = format!("{base}/promotions/{promotion}/scolaire/E3");
    c.goto(&page).await.unwrap();
    c.find(Locator::Css("[data-l='0'][data-c='2']")).await.unwrap().click().await.unwrap();
    taper(&c, &format!("12,5{}", char::from(Key::Enter))).await;
    assert_eq!(ici(&c).await, json!(["1", "2", ""]), "down the column, and nothing is sent");
    taper(&c, &format!("13{}", char::from(Key::Down))).await;
    assert_eq!(ici(&c).await, json!(["2", "2", ""]));
    taper(&c, &char::from(Key::Up).to_string()).await;
    assert_eq!(ici(&c).await, json!(["1", "2", "13"]));
    // A block from there: two rows, two columns and an appréciation of two lines.
    coller(&c, "10\t11\t\"Bien,\nen progrès\"\r\n9,5\t\tInsuffisant\r\n").await;
    let dit = etat(&c).await;
    assert!(dit.contains("6 cases remplies, pas encore enregistrées"), "{dit}");
    coller(&c, &"1\t2\t3\t4\t5\t6\n".repeat(3)).await;
    assert!(etat(&c).await.contains("dépasse du tableau"), "{}", etat(&c).await);
    c.find(Locator::Css("button.principal")).await.unwrap().click().await.unwrap();
    c.wait().for_element(Locator::Css(".notice[data-genre=succes]")).await.unwrap();
    let js = "return [...document.querySelectorAll('[data-l]')].filter(e => e.value).map(e => `${e.dataset.l}${e.dataset.c} ${e.value}`)";
    let attendu = json!([
        "02 12,50",
        "12 10,00",
        "13 11,00",
        "14 Bien, en progrès",
        "22 9,50",
        "24 Insuffisant"
    ]);
    assert_eq!(c.execute(js, vec![]).await.unwrap(), attendu);
    // A choice takes its words.
    c.goto(&format!("{base}/promotions/{promotion}/scolaire/avis")).await.unwrap();
    c.find(Locator::Css("[data-l='0'][data-c='0']")).await.unwrap().send_keys("T").await.unwrap();
    coller(&c, "très favorable\tSérieux\toui\nDoit faire ses preuves\t\tNON\n").await;
    let js = "return [0, 1].map(l => ['0', '2'].map(c => document.querySelector(`[data-l='${l}'][data-c='${c}']`).value))";
    let attendu = json!([["tres_favorable", "oui"], ["doit_faire_ses_preuves", "non"]]);
    assert_eq!(c.execute(js, vec![]).await.unwrap(), attendu);
    // The block to be copied is there, its button too.
    c.goto(&format!("{base}/promotions/{promotion}/scolaire/a-recopier")).await.unwrap();
    c.find(Locator::Css("[data-copier='bloc-E3']")).await.unwrap().click().await.unwrap();
    c.wait().for_element(Locator::Css("#etat[data-genre]")).await.unwrap();
    assert!(!etat(&c).await.is_empty());
    let bloc = c.find(Locator::Id("bloc-E3")).await.unwrap().prop("value").await.unwrap().unwrap();
    assert!(bloc.starts_with("\t\t12,50\t\t\n\t\t10,00\t11,00\tBien, en progrès\n"), "{bloc}");
    c.close().await.unwrap();
    lycee.app.db.close().await;
}
