//! Several at once: a colleague, and oneself in another tab.
use serde_json::json;
use sqlx::PgPool;

use super::Salle;

#[sqlx::test]
async fn a_colleague_is_seen_at_once_and_never_overwritten_unseen(db: PgPool) {
    let Some(s) = Salle::ouvrir(db).await else { return };
    s.grille().await;
    let classe = s.classe().await;
    let (elle, autre) = (classe[3], classe[4]);
    s.ecrire(&s.okafor, elle, "1.1.1", "TS").await;
    s.attendre("without reloading", &format!("n({elle}, '1.1.1') === 'TS'")).await;
    assert_eq!(s.dire("etat()").await, "", "nothing was sent from here");

    s.couper(true).await;
    s.sur(autre, "1.1.1").await;
    s.suite("1").await;
    s.attendre("it waits", "etat() === 'Hors connexion : 1 case en attente sur cet appareil'")
        .await;
    s.ecrire(&s.okafor, autre, "1.1.1", "S").await;
    s.couper(false).await;
    let dit = "avis().includes(', 1.1.1 : Mme OKAFOR a mis S le ') && avis().includes('vous vouliez TI.')";
    s.attendre("both values are said", dit).await;
    s.attendre("hers is shown", &format!("n({autre}, '1.1.1') === 'S'")).await;
    assert_eq!(s.niveaux("1.1.1").await[&autre], "S");
    assert_eq!(s.journal().await.len(), 2, "mine is not written");
    s.cliquer("#avis button", "Remettre TI").await;
    s.ecrits(3).await;
    assert_eq!(s.niveaux("1.1.1").await[&autre], "TI");
    let mine = (autre, "1.1.1".to_owned(), Some("S".to_owned()), Some("TI".to_owned()));
    assert_eq!(s.journal().await[2], mine);
    s.chaine().await;
    s.fermer().await;
}

/// Every answer to what is sent comes late.
const LENTEUR: &str = "const vraie = window.fetch; window.envois = 0; window.fetch = async (...a) => { \
    if (a[1]?.method === 'POST') window.envois++; const r = await vraie(...a); \
    if (a[1]?.method === 'POST') await new Promise(oui => setTimeout(oui, 600)); return r; }";

/// Every answer to what is sent is lost, for as long as it is said.
const PERTE: &str = "const vraie = window.fetch; window.perdre = true; window.perdues = 0; window.fetch = async (...a) => { \
    const r = await vraie(...a); \
    if (a[1]?.method === 'POST' && window.perdre) { window.perdues++; throw new TypeError('perdue'); } return r; }";

#[sqlx::test]
async fn what_is_typed_while_an_answer_is_late_or_lost_is_no_conflict_with_oneself(db: PgPool) {
    let Some(s) = Salle::ouvrir(db).await else { return };
    s.grille().await;
    let (un, deux) = (s.classe().await[0], s.classe().await[1]);
    s.faire(LENTEUR).await;
    s.suite("1").await;
    s.attendre("it left", "window.envois === 1").await;
    s.suite("ArrowUp 3 ArrowUp 4").await;
    let journal = s.ecrits(3).await;
    let vers: Vec<_> = journal.iter().map(|t| t.3.as_deref().unwrap()).collect();
    assert_eq!(vers, ["TI", "S", "TS"], "in the order of entry");
    assert_eq!(s.dire("[avis().trim(), ici()]").await, json!(["", [deux, "1.1.1"]]));
    assert_eq!(s.niveaux("1.1.1").await[&un], "TS");

    s.grille().await;
    s.faire(PERTE).await;
    s.sur(un, "1.1.2").await;
    s.suite("1").await;
    s.attendre("written, and not known", "window.perdues > 0").await;
    s.suite("ArrowUp 3").await;
    s.faire("window.perdre = false").await;
    s.ecrits(5).await;
    assert_eq!(s.dire("avis().trim()").await, "");
    assert_eq!(s.niveaux("1.1.2").await[&un], "S", "each once, the last one stays");

    s.faire("window.perdre = true; window.perdues = 0").await;
    s.sur(un, "1.1.3").await;
    s.suite("1").await;
    s.attendre("written, and not known", "window.perdues > 0").await;
    s.ecrire(&s.okafor, un, "1.1.3", "TS").await;
    s.suite("ArrowUp 3").await;
    s.faire("window.perdre = false").await;
    s.attendre("she is not overwritten", "avis().includes('Mme OKAFOR a mis TS')").await;
    assert_eq!(s.niveaux("1.1.3").await[&un], "TS");
    s.chaine().await;
    s.fermer().await;
}

#[sqlx::test]
async fn two_tabs_of_one_teacher_see_each_other(db: PgPool) {
    let Some(s) = Salle::ouvrir(db).await else { return };
    s.grille().await;
    let classe = s.classe().await;
    let premier = s.c.window().await.unwrap();
    let second = s.c.new_window(true).await.unwrap().handle;
    s.c.switch_to_window(second.clone()).await.unwrap();
    s.grille().await;
    s.suite("3").await;
    let vu = |e: i64, code: &str, n: &str| format!("n({e}, '{code}') === '{n}' && !$('.attente')");
    s.c.switch_to_window(premier.clone()).await.unwrap();
    s.attendre("the other wrote", &vu(classe[0], "1.1.1", "S")).await;
    s.sur(classe[1], "1.1.1").await;
    s.suite("4").await;
    s.c.switch_to_window(second.clone()).await.unwrap();
    s.attendre("this one too", &vu(classe[1], "1.1.1", "TS")).await;

    // The same cell in both, before either knows.
    s.sur(classe[2], "1.1.1").await;
    s.suite("1").await;
    s.c.switch_to_window(premier.clone()).await.unwrap();
    s.sur(classe[2], "1.1.1").await;
    s.suite("2").await;
    s.ecrits(4).await;
    assert_eq!(s.niveaux("1.1.1").await[&classe[2]], "I", "the last one typed");
    for fenetre in [second, premier] {
        s.c.switch_to_window(fenetre).await.unwrap();
        s.attendre("both show it", &vu(classe[2], "1.1.1", "I")).await;
        s.attendre("both say saved", "calme()").await;
        assert_eq!(s.dire("avis().trim()").await, "", "no conflict with oneself");
    }
    s.chaine().await;
    s.fermer().await;
}
