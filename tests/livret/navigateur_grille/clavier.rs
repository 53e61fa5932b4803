//! By keyboard alone: a class in a few keys, and how soon each is seen.
use std::{collections::BTreeMap, sync::atomic::Ordering};

use serde_json::{Value, json};
use sqlx::PgPool;

use super::Salle;

#[sqlx::test]
async fn a_whole_column_with_three_exceptions_takes_a_dozen_keys(db: PgPool) {
    let Some(s) = Salle::ouvrir(db).await else { return };
    s.grille().await;
    let classe = s.classe().await;
    assert_eq!(classe.len(), 32);
    assert_eq!(s.dire("ici()").await, json!([classe[0], "1.1.1"]), "one starts to type at once");
    s.suite("Ctrl+Espace 3 Maj+d 1 Maj+l 2 Maj+t 4").await;
    let frappes = s.frappes.load(Ordering::Relaxed);
    println!("a column of {} with 3 exceptions: {frappes} keystrokes", classe.len());
    assert!(frappes <= 12, "{frappes} keystrokes");
    s.ecrits(32 + 3).await;
    let mut attendus: BTreeMap<_, _> = classe.iter().map(|e| (*e, "S".to_owned())).collect();
    for (nom, niveau) in [("D’ANGELO", "TI"), ("LEROUX", "I"), ("TRAORÉ", "TS")] {
        attendus.insert(s.eleve(nom).await, niveau.to_owned());
    }
    assert_eq!(s.niveaux("1.1.1").await, attendus);
    assert_eq!(s.gestes().await, 4, "the column, then each exception");
    s.chaine().await;
    s.fermer().await;
}

#[sqlx::test]
async fn any_keyboard_writes_and_moves_and_tab_leaves(db: PgPool) {
    let Some(s) = Salle::ouvrir(db).await else { return };
    s.grille().await;
    let classe = s.classe().await;
    deplacer(&s, &classe).await;
    s.sur(classe[0], "1.1.2").await;
    s.appuyer("\"", "Digit3", 51, 0).await; // French keyboard, without Maj
    s.appuyer("4", "Numpad4", 100, 0).await;
    s.appuyer("2", "Digit2", 50, 8).await; // French keyboard, with Maj
    s.suite("1 a d n r").await;
    assert_eq!(s.dire("ici()").await, json!([classe[8], "1.1.2"]), "eight keys, eight students");
    s.ecrits(8).await;
    let attendus =
        ["S", "TS", "I", "TI", "absent", "dispense", "non_evalue", "non_rendu"].map(str::to_owned);
    let attendus: BTreeMap<_, _> = classe.iter().copied().zip(attendus).collect();
    assert_eq!(s.niveaux("1.1.2").await, attendus);
    for (rang, touche) in ["0", "Delete", "Backspace"].into_iter().enumerate() {
        s.sur(classe[rang], "1.1.2").await;
        s.frapper(touche).await;
    }
    s.ecrits(11).await;
    assert_eq!(s.niveaux("1.1.2").await.len(), 5, "three are empty again");
    // A key that means something only in the grid means nothing elsewhere.
    s.faire("$('#f-nom').focus()").await;
    s.suite("3 a e").await;
    assert_eq!(s.dire("$('#f-nom').value").await, "3ae");
    s.faire("$('#f-nom').value = ''; $('#f-nom').dispatchEvent(new Event('input'))").await;
    s.sur(*classe.last().unwrap(), "1.1.3").await;
    s.frapper("1").await;
    assert_eq!(s.dire("ici()").await, json!([classe[0], "1.1.4"]), "after the last, a new column");
    s.ecrits(12).await;
    s.fermer().await;
}

/// Nothing wraps; one stop for Tab.
async fn deplacer(s: &Salle, classe: &[i64]) {
    let codes = s.dire("tous('#grille th[data-code]').map(t => t.dataset.code)").await;
    let codes: Vec<String> = serde_json::from_value(codes).unwrap();
    assert_eq!(codes.len(), 26, "all of the three blocs");
    for (touches, rang, colonne) in [
        ("ArrowUp", 0, 0),
        ("ArrowLeft", 0, 0),
        ("ArrowDown ArrowRight ArrowRight", 1, 2),
        ("End", 1, 25),
        ("ArrowRight", 1, 25),
        ("PageDown", 11, 25),
        ("PageDown PageDown PageDown", 31, 25),
        ("ArrowDown", 31, 25),
        ("Home", 31, 0),
        ("PageUp", 21, 0),
        ("Ctrl+End", 31, 25),
        ("Ctrl+Home", 0, 0),
        ("PageUp", 0, 0),
    ] {
        s.suite(touches).await;
        assert_eq!(s.dire("ici()").await, json!([classe[rang], codes[colonne]]), "{touches}");
    }
    s.suite("ArrowDown").await;
    let arrets = "tous('#grille a, #grille button').filter(a => a.tabIndex >= 0).length";
    assert_eq!(s.dire(arrets).await, 1);
    s.suite("Tab").await;
    let dehors =
        "[document.activeElement.tagName, Boolean(document.activeElement.closest('table'))]";
    assert_ne!(s.dire("ici()").await, json!([classe[1], codes[0]]));
    assert_eq!(s.dire(dehors).await[1], false, "Tab leaves");
    s.suite("Maj+Tab").await;
    assert_eq!(s.dire("ici()").await, json!([classe[1], codes[0]]), "and comes back where it was");
}

/// On each key: when it came, and when the frame that shows it was over.
const MESURE: &str = "window.images = []; addEventListener('keydown', () => { \
    const debut = performance.now(), canal = new MessageChannel(); \
    canal.port1.onmessage = () => window.images.push(performance.now() - debut); \
    requestAnimationFrame(() => canal.port2.postMessage(0)); }, true)";

#[sqlx::test]
async fn each_key_is_shown_and_how_soon_is_said(db: PgPool) {
    let Some(s) = Salle::ouvrir(db).await else { return };
    s.grille().await;
    s.faire(MESURE).await;
    for i in 0..200 {
        s.frapper(["1", "2", "3", "4"][i % 4]).await;
    }
    s.attendre("200 frames", "window.images.length === 200").await;
    let images: Vec<Value> = serde_json::from_value(s.dire("window.images").await).unwrap();
    let mut ms: Vec<f64> = images.iter().filter_map(Value::as_f64).collect();
    ms.sort_by(f64::total_cmp);
    println!("key to next frame, 32 × 26, 200 keys: p50 {:.1} ms, p95 {:.1} ms", ms[100], ms[190]);
    s.ecrits(200).await;
    s.fermer().await;
}
