//! What waits on the device: the network cut, the session over, the storage refused, somebody else at the keyboard.
use std::time::Duration;

use fantoccini::Locator;
use serde_json::json;
use sqlx::PgPool;

use super::Salle;
use crate::pilote::entrer;

/// Levels of the scale in turn, going down from the first cell: what is expected of the journal.
async fn saisir(s: &Salle, combien: usize, duree: Duration) -> Vec<(i64, String, String)> {
    let classe = s.classe().await;
    let mut rythme = tokio::time::interval(duree.max(Duration::from_millis(1)) / 40);
    let mut saisis = vec![];
    for i in 0..combien {
        rythme.tick().await;
        s.frapper(["1", "2", "3", "4"][i % 4]).await;
        let code = if i < classe.len() { "1.1.1" } else { "1.1.2" };
        saisis.push((
            classe[i % classe.len()],
            code.to_owned(),
            ["TI", "I", "S", "TS"][i % 4].to_owned(),
        ));
    }
    saisis
}

/// Each change once, in the order of entry.
async fn arrives(s: &Salle, saisis: &[(i64, String, String)]) {
    let journal = s.ecrits(saisis.len()).await;
    let ecrits: Vec<_> = journal.into_iter().map(|(e, c, _, vers)| (e, c, vers.unwrap())).collect();
    assert_eq!(ecrits, saisis);
    s.chaine().await;
}

fn duree() -> Duration {
    let secondes = std::env::var("LIVRET_COUPURE").map_or(5, |s| s.parse().unwrap());
    Duration::from_secs(secondes)
}

#[sqlx::test]
async fn a_network_cut_and_a_reload_lose_nothing_and_double_nothing(db: PgPool) {
    let Some(s) = Salle::ouvrir(db).await else { return };
    s.grille().await;
    s.couper(true).await;
    let mut saisis = saisir(&s, 40, duree()).await;
    let (un, deux) = (saisis[0].0, saisis[1].0);
    s.sur(un, "1.1.1").await;
    s.suite("4 1 Ctrl+z").await; // two again, and the second as before
    for (e, n) in [(un, "TS"), (deux, "TI"), (deux, "I")] {
        saisis.push((e, "1.1.1".to_owned(), n.to_owned()));
    }
    let attente = "etat() === 'Hors connexion : 43 cases en attente sur cet appareil'";
    s.attendre("they wait", attente).await;
    assert!(s.journal().await.is_empty());

    s.bloquer(true).await;
    s.couper(false).await;
    s.grille().await;
    s.attendre("they wait after a reload", attente).await;
    let montres = format!("[n({un}, '1.1.1'), n({deux}, '1.1.1'), tous('td.attente').length]");
    assert_eq!(s.dire(&montres).await, json!(["TS", "I", 40]), "and are shown");
    assert!(s.journal().await.is_empty());
    s.bloquer(false).await;
    arrives(&s, &saisis).await;
    assert_eq!(s.dire("[avis().trim(), tous('td.attente').length]").await, json!(["", 0]));
    println!("network cut for {:?}: 43 changes of 40 cells, all arrived once", duree());
    s.fermer().await;
}

#[sqlx::test]
async fn a_session_that_ends_while_cells_wait_costs_a_password(db: PgPool) {
    let Some(s) = Salle::ouvrir(db).await else { return };
    s.grille().await;
    s.couper(true).await;
    let saisis = saisir(&s, 40, Duration::ZERO).await;
    sqlx::query("update acces.session set fermee_le = now()").execute(&s.lycee.db).await.unwrap();
    s.couper(false).await;
    let dit = "etat() === 'Votre session est terminée : 40 cases en attente sur cet appareil. Se reconnecter'";
    s.attendre("what happened", dit).await;
    s.cliquer("#etat a", "Se reconnecter").await;
    s.attendre("the form", "$('#identifiant')").await;
    s.c.find(Locator::Id("identifiant")).await.unwrap().send_keys("martin").await.unwrap();
    let secret = s.c.find(Locator::Id("mot_de_passe")).await.unwrap();
    secret.send_keys("demonstration-livret").await.unwrap();
    s.cliquer("form.carte button", "Se connecter").await;
    s.attendre(
        "back where one was",
        &format!("location.pathname + location.search === '{}'", s.chemin()),
    )
    .await;
    arrives(&s, &saisis).await;
    s.fermer().await;
}

/// Everything that is kept, as raw text, and how many of each.
const CONTENU: &str = "const fin = arguments[arguments.length - 1]; \
    const brut = v => v instanceof ArrayBuffer ? brut(new Uint8Array(v)) \
        : ArrayBuffer.isView(v) ? [...v].map(o => String.fromCharCode(o)).join('') \
        : v && typeof v === 'object' ? Object.entries(v).map(([k, w]) => k + '=' + brut(w)).join(';') : String(v); \
    const d = indexedDB.open('livret'); d.onsuccess = () => { const tx = d.result.transaction(['attente', 'gestes']); \
      const [a, g] = ['attente', 'gestes'].map(m => tx.objectStore(m).getAll()); \
      tx.oncomplete = () => { d.result.close(); fin([a.result.length, g.result.length, brut(a.result) + brut(g.result)]); }; }";

#[sqlx::test]
async fn what_waits_is_locked_stays_after_leaving_and_is_nobody_elses(db: PgPool) {
    let Some(s) = Salle::ouvrir(db).await else { return };
    s.grille().await;
    s.bloquer(true).await;
    let saisis = saisir(&s, 5, Duration::ZERO).await;
    s.attendre("they wait", "etat() === 'Hors connexion : 5 cases en attente sur cet appareil'")
        .await;
    for (lieu, gestes) in [("on the grid", 1), ("signed out", 0)] {
        let garde = s.c.execute_async(CONTENU, vec![]).await.unwrap();
        assert_eq!((&garde[0], &garde[1]), (&json!(5), &json!(gestes)), "{lieu}");
        let brut = garde[2].as_str().unwrap();
        assert!(brut.contains("compte=1-"), "{lieu}: whose they are can be read: {brut}");
        for (e, c, n) in &saisis {
            for clair in [format!("\"e\":{e},"), format!("\"{c}\""), format!("\"{n}\"")] {
                assert!(!brut.contains(&clair), "{lieu}: {clair} can be read");
            }
        }
        if gestes == 1 {
            s.cliquer("form[action='/deconnexion'] button", "Se déconnecter").await;
            s.attendre("signed out", "$('#identifiant') && !$('form[action=\"/deconnexion\"]')")
                .await;
        }
    }
    s.bloquer(false).await;
    entrer(&s.c, &s.base, "okafor").await;
    s.grille().await;
    s.suite("4").await;
    s.ecrits(1).await;
    assert_eq!(s.dire("tous('#grille [data-n]').length").await, 1, "she sees and sends her own");
    entrer(&s.c, &s.base, "martin").await;
    s.grille().await;
    // Her colleague wrote on the first of the five: she is asked, the others arrive.
    s.attendre("she is asked", "avis().includes('Mme OKAFOR a mis TS') && !$('.attente')").await;
    let ecrits: Vec<_> =
        s.ecrits(5).await.into_iter().skip(1).map(|(e, c, _, n)| (e, c, n.unwrap())).collect();
    assert_eq!(ecrits, saisis[1..]);
    s.fermer().await;
}

const REFUS: [&str; 2] = [
    "Object.defineProperty(window, 'indexedDB', { get() { throw new DOMException('refused', 'SecurityError') } })",
    "IDBDatabase.prototype.transaction = () => { throw new DOMException('refused', 'InvalidStateError') }",
];

#[sqlx::test]
async fn without_storage_one_works_and_is_told_not_to_close(db: PgPool) {
    let Some(s) = Salle::ouvrir(db).await else { return };
    let retient = "(() => { const e = new Event('beforeunload', { cancelable: true }); dispatchEvent(e); return e.defaultPrevented })()";
    for (i, source) in REFUS.into_iter().enumerate() {
        let script =
            s.cdp("Page.addScriptToEvaluateOnNewDocument", json!({ "source": source })).await;
        s.grille().await;
        assert_eq!(s.dire(retient).await, false);
        s.sur(s.classe().await[0], ["1.1.1", "1.1.2"][i]).await;
        s.couper(true).await;
        s.suite("1 2 3").await;
        s.attendre(
            "it is said",
            "etat() === 'Hors connexion : 3 cases en attente : ne fermez pas cette page'",
        )
        .await;
        assert_eq!(s.dire(retient).await, true, "leaving asks first");
        s.couper(false).await;
        s.ecrits(3 * (i + 1)).await;
        assert_eq!(s.dire(retient).await, false);
        s.cdp("Page.removeScriptToEvaluateOnNewDocument", script).await;
    }
    s.fermer().await;
}
