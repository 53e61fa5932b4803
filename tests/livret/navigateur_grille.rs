//! The grid in a real browser: a situation opened for the class, her teacher in front of it, keys that are counted.
use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use axum::http::StatusCode;
use fantoccini::Client;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    lycee::{Lycee, Visiteur},
    pilote::{self, Pilote, entrer, manque, navigateur},
};

mod clavier;
mod collegues;
mod coupure;
mod formulaires;
mod gestes;

/// What our own questions to the page may use.
const OUTILS: &str = "\
    const lis = e => e.textContent.replace(/[\\u00a0\\u202f]/g, ' '), $ = s => document.querySelector(s), tous = s => [...document.querySelectorAll(s)]; \
    const td = (e, c) => $(`#grille tr[data-e='${e}']`).cells[1 + tous('#grille th[data-code]').findIndex(t => t.dataset.code === c)]; \
    const n = (e, c) => td(e, c).firstElementChild.dataset.n ?? null, etat = () => lis($('#etat')), \
    avis = () => lis($('#avis')), calme = () => !$('.attente') && /^(Enregistré|[0-9]+ cases? à revoir)/.test(etat()); \
    const ici = () => { const t = document.activeElement.closest('#grille tbody td'); \
      return t && [Number(t.parentElement.dataset.e), tous('#grille th[data-code]')[t.cellIndex - 1].dataset.code]; }; ";

/// How long something that is awaited may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A classroom: 32 students, one situation, Mme Martin at her desk.
struct Salle {
    lycee: Lycee,
    base: String,
    promotion: i64,
    situation: i64,
    martin: Visiteur,
    okafor: Visiteur,
    c: Client,
    frappes: AtomicUsize,
    _pilote: Pilote,
}

/// A level, written: student, sous-compétence, before, after.
type Trait = (i64, String, Option<String>, Option<String>);

impl Salle {
    /// Nothing when this machine has no browser.
    async fn ouvrir(db: PgPool) -> Option<Self> {
        if let Some(absent) = manque() {
            eprintln!("PASSÉ : {absent} n’est pas sur cette machine");
            return None;
        }
        let lycee = Lycee::open(db).await;
        let promotion = lycee.promotion("zoe").await;
        let (martin, okafor) = (lycee.visiteur("martin").await, lycee.visiteur("okafor").await);
        let situation = lycee.situation(&martin, promotion, "Jeu de rôle").await;
        let ecoute = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", ecoute.local_addr().unwrap());
        let router = livret::router::router(lycee.app.clone());
        tokio::spawn(livret::security::serve(ecoute, router, std::future::pending()));
        let (pilote, c) = navigateur().await;
        entrer(&c, &base, "martin").await;
        let frappes = AtomicUsize::new(0);
        Some(Self {
            lycee,
            base,
            promotion,
            situation,
            martin,
            okafor,
            c,
            frappes,
            _pilote: pilote,
        })
    }

    async fn fermer(self) {
        self.c.close().await.unwrap();
        self.lycee.app.db.close().await; // the server still holds it
    }

    async fn aller(&self, chemin: &str) {
        let page = format!("{}{chemin}", self.base);
        let venue = tokio::time::timeout(PATIENCE, self.c.goto(&page)).await;
        venue.unwrap_or_else(|_| panic!("{chemin} does not come")).unwrap();
    }

    fn chemin(&self) -> String {
        format!("/promotions/{}/grille?situation={}", self.promotion, self.situation)
    }

    async fn grille(&self) {
        self.aller(&self.chemin()).await;
        self.attendre("the grid is ready", "$('#grille[role=grid]') && !$('#annuler').hidden")
            .await;
    }

    // -- the page

    async fn dire(&self, js: &str) -> Value {
        self.demander(&format!("return ({js})")).await
    }

    async fn demander(&self, js: &str) -> Value {
        let js = format!("{OUTILS} {js}");
        let reponse = tokio::time::timeout(PATIENCE, self.c.execute(&js, vec![])).await;
        reponse.unwrap_or_else(|_| panic!("no answer: {js}")).unwrap()
    }

    async fn faire(&self, js: &str) {
        self.demander(js).await;
    }

    /// Until the page says so.
    async fn attendre(&self, quoi: &str, js: &str) {
        let juste = format!("{OUTILS} try {{ return Boolean({js}) }} catch {{ return false }}");
        let vu = async {
            // A page that is going away answers nothing.
            while self.c.execute(&juste, vec![]).await.ok() != Some(json!(true)) {
                tokio::time::sleep(Duration::from_millis(20)).await; // polled
            }
        };
        if tokio::time::timeout(PATIENCE, vu).await.is_err() {
            let page = "[location.href, $('#etat')?.textContent, $('#avis')?.textContent, ici()]";
            panic!("not seen: {quoi}\n{js}\n{}", self.dire(page).await);
        }
    }

    async fn cdp(&self, commande: &'static str, parametres: Value) -> Value {
        pilote::cdp(&self.c, commande, parametres).await
    }

    /// The network of this tab is cut, or comes back.
    async fn couper(&self, coupe: bool) {
        self.cdp("Network.enable", json!({})).await;
        let reseau = json!({ "offline": coupe, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
        self.cdp("Network.emulateNetworkConditions", reseau).await;
    }

    /// The network is there, but what is sent does not leave.
    async fn bloquer(&self, bloque: bool) {
        self.cdp("Network.enable", json!({})).await;
        let adresses = if bloque { vec!["*positionnements*"] } else { vec![] };
        self.cdp("Network.setBlockedURLs", json!({ "urls": adresses })).await;
    }

    // -- the keyboard

    /// « Ctrl+Maj+z », « 3 », « ArrowDown »: one keystroke, however many fingers.
    async fn frapper(&self, touche: &str) {
        let (mut reste, mut modificateurs) = (touche, 0);
        for (nom, bit) in [("Ctrl+", 2), ("Maj+", 8)] {
            if let Some(suite) = reste.strip_prefix(nom) {
                (reste, modificateurs) = (suite, modificateurs | bit);
            }
        }
        let (key, code, vk) = match (reste, reste.chars().next().unwrap()) {
            ("Espace", _) => (" ".to_owned(), "Space".to_owned(), 32),
            (d, c @ '0'..='9') => (d.to_owned(), format!("Digit{d}"), c as u32),
            (l, c) if l.chars().count() == 1 => {
                let haut = c.to_ascii_uppercase();
                let key = if modificateurs & 8 > 0 { haut } else { c };
                (key.to_string(), format!("Key{haut}"), haut as u32)
            }
            (nom, _) => (nom.to_owned(), nom.to_owned(), virtuelle(nom)),
        };
        self.appuyer(&key, &code, vk, modificateurs).await;
    }

    /// A key as the keyboard says it: what is printed on it, and where it is.
    async fn appuyer(&self, key: &str, code: &str, vk: u32, modificateurs: u32) {
        self.frappes.fetch_add(1, Ordering::Relaxed);
        let mut bas = json!({ "type": "keyDown", "key": key, "code": code, "windowsVirtualKeyCode": vk, "modifiers": modificateurs });
        if modificateurs & 2 == 0 && key.chars().count() == 1 {
            bas["text"] = json!(key);
        } else if key == "Enter" {
            bas["text"] = json!("\r");
        }
        match (modificateurs, key) {
            (2, "c") => bas["commands"] = json!(["copy"]),
            (2, "v") => bas["commands"] = json!(["paste"]),
            _ => {}
        }
        self.cdp("Input.dispatchKeyEvent", bas).await;
        let haut = json!({ "type": "keyUp", "key": key, "code": code, "windowsVirtualKeyCode": vk, "modifiers": modificateurs });
        self.cdp("Input.dispatchKeyEvent", haut).await;
    }

    async fn suite(&self, touches: &str) {
        for touche in touches.split(' ') {
            self.frapper(touche).await;
        }
    }

    /// The focus goes to this cell.
    async fn sur(&self, etudiant: i64, code: &str) {
        self.faire(&format!("td({etudiant}, '{code}').firstElementChild.focus()")).await;
    }

    async fn cliquer(&self, selecteur: &str, texte: &str) {
        let js = format!(
            "const b = tous(`{selecteur}`).filter(b => b.textContent.trim().startsWith(`{texte}`)); \
             if (b.length !== 1) throw Error(b.length + ' « {texte} »'); b[0].click()"
        );
        self.faire(&js).await;
    }

    /// The middle of what this finds in the page, brought there.
    async fn point(&self, js: &str) -> (f64, f64) {
        let js = format!(
            "(() => {{ const el = {js}; el.scrollIntoView({{ block: 'nearest' }}); \
             const r = el.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2] }})()"
        );
        serde_json::from_value(self.dire(&js).await).unwrap()
    }

    /// A click of the mouse.
    async fn souris(&self, js: &str) {
        let (x, y) = self.point(js).await;
        for genre in ["mousePressed", "mouseReleased"] {
            let clic = json!({ "type": genre, "x": x, "y": y, "button": "left", "clickCount": 1 });
            self.cdp("Input.dispatchMouseEvent", clic).await;
        }
    }

    // -- the database

    async fn eleve(&self, nom: &str) -> i64 {
        sqlx::query_scalar(
            "select personne_id from livret.personne join livret.inscription i on i.etudiant_id = personne_id
              where nom = $1 and promotion_id = $2",
        )
        .bind(nom)
        .bind(self.promotion)
        .fetch_one(&self.lycee.db)
        .await
        .unwrap()
    }

    /// Who is in the class, in its order.
    async fn classe(&self) -> Vec<i64> {
        let js = "tous('#grille tbody tr').map(t => Number(t.dataset.e))";
        serde_json::from_value(self.dire(js).await).unwrap()
    }

    /// Who has which level in the situation.
    async fn niveaux(&self, code: &str) -> BTreeMap<i64, String> {
        let lignes: Vec<(i64, String)> = sqlx::query_as(
            "select etudiant_id, niveau from livret.positionnement
              where code = $1 and situation_id = $2 and niveau is not null",
        )
        .bind(code)
        .bind(self.situation)
        .fetch_all(&self.lycee.db)
        .await
        .unwrap();
        lignes.into_iter().collect()
    }

    /// Every level that was written, in the order of the journal.
    async fn journal(&self) -> Vec<Trait> {
        sqlx::query_as(
            "select etudiant_id, code, de, vers from livret.evenement
              where genre in ('positionner', 'annuler') order by seq",
        )
        .fetch_all(&self.lycee.db)
        .await
        .unwrap()
    }

    /// How many gestures these lines make.
    async fn gestes(&self) -> i64 {
        sqlx::query_scalar("select count(distinct contenu ->> 'geste') from livret.evenement")
            .fetch_one(&self.lycee.db)
            .await
            .unwrap()
    }

    /// Until the journal has so many levels, and the page knows it.
    async fn ecrits(&self, combien: usize) -> Vec<Trait> {
        let fin = Instant::now() + Duration::from_secs(30);
        while self.journal().await.len() < combien {
            assert!(Instant::now() < fin, "{} levels of {combien}", self.journal().await.len());
            tokio::time::sleep(Duration::from_millis(20)).await; // polled: the grid saves on its own
        }
        self.attendre("all is said saved", "calme()").await;
        let journal = self.journal().await;
        assert_eq!(journal.len(), combien, "no more than that");
        journal
    }

    /// Each line starts from where the one before on the same cell ended: nothing was overwritten unseen.
    async fn chaine(&self) {
        let mut tenus = BTreeMap::new();
        for (e, c, de, vers) in self.journal().await {
            let avant = tenus.insert((e, c.clone()), vers).flatten();
            assert_eq!(avant, de, "student {e}, {c}");
        }
    }

    /// Somebody else writes, from the version that she reads.
    async fn ecrire(&self, qui: &Visiteur, etudiant: i64, code: &str, niveau: &str) {
        let chemin = format!("/promotions/{}/positionnements", self.promotion);
        let vu = qui.get(&format!("{chemin}?depuis=0&situation={}", self.situation)).await.dit();
        let cases = vu["cases"].as_array().unwrap();
        let case = cases.iter().find(|k| k["e"] == etudiant && k["c"] == code);
        let avis = json!([{ "e": etudiant, "c": code, "n": niveau, "k": uuid::Uuid::new_v4(),
                            "v": case.map_or(json!(0), |k| k["v"].clone()) }]);
        let page = qui
            .json(
                &chemin,
                &json!({ "compte": qui.numero, "situation": self.situation, "jugements": avis }),
            )
            .await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.html);
        assert_eq!(page.dit()["cases"][0]["etat"], "ok", "{}", page.html);
    }
}

fn virtuelle(nom: &str) -> u32 {
    let codes = [
        ("Backspace", 8),
        ("Tab", 9),
        ("Enter", 13),
        ("Escape", 27),
        ("PageUp", 33),
        ("PageDown", 34),
        ("End", 35),
        ("Home", 36),
        ("ArrowLeft", 37),
        ("ArrowUp", 38),
        ("ArrowRight", 39),
        ("ArrowDown", 40),
        ("Delete", 46),
    ];
    codes.iter().find(|c| c.0 == nom).unwrap_or_else(|| panic!("no key {nom}")).1
}
