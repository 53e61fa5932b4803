//! A preuve recorded on a phone, in a real browser: few taps, a slow network, a cut, a photo made lighter on the way.
use std::time::{Duration, Instant};

use fantoccini::{Client, Locator, elements::Element};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    lycee::Lycee,
    octets,
    pilote::{Pilote, axe, cdp, entrer, manque, navigateur},
};

/// A student and her phone.
struct Telephone {
    lycee: Lycee,
    c: Client,
    base: String,
    _pilote: Pilote,
}

impl Telephone {
    async fn prendre(db: PgPool) -> Option<Self> {
        if let Some(absent) = manque() {
            eprintln!("PASSÉ : {absent} n’est pas sur cette machine");
            return None;
        }
        let lycee = Lycee::open(db).await;
        let ecoute = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", ecoute.local_addr().unwrap());
        let router = livret::router::router(lycee.app.clone());
        tokio::spawn(livret::security::serve(ecoute, router, std::future::pending()));
        let (pilote, c) = navigateur().await;
        entrer(&c, &base, "zoe").await;
        let ecran = json!({ "width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": true });
        cdp(&c, "Emulation.setDeviceMetricsOverride", ecran).await;
        cdp(&c, "Emulation.setTouchEmulationEnabled", json!({ "enabled": true })).await;
        c.goto(&format!("{base}/preuves")).await.unwrap();
        Some(Self { lycee, c, base, _pilote: pilote })
    }

    /// So many bytes a second each way, and so many milliseconds; nothing at all when there are none.
    async fn reseau(&self, octets: u32, latence: u32) {
        cdp(&self.c, "Network.enable", json!({})).await;
        let conditions = json!({ "offline": octets == 0, "latency": latence, "downloadThroughput": octets,
                                 "uploadThroughput": octets });
        cdp(&self.c, "Network.emulateNetworkConditions", conditions).await;
    }

    async fn voir(&self, css: &str) -> Element {
        self.c.wait().at_most(Duration::from_secs(30)).for_element(Locator::Css(css)).await.unwrap()
    }

    /// Taps what is there, as large as a thumb.
    async fn toucher(&self, css: &str) {
        let element = self.voir(css).await;
        let js = "arguments[0].scrollIntoView({ block: 'center' }); const r = arguments[0].getBoundingClientRect(); \
                  return [r.width, r.height]";
        let taille =
            self.c.execute(js, vec![serde_json::to_value(&element).unwrap()]).await.unwrap();
        assert!(
            taille[0].as_f64() >= Some(24.0) && taille[1].as_f64() >= Some(24.0),
            "{css}: {taille}"
        );
        element.click().await.unwrap();
    }

    async fn attendre(&self, quoi: &str, js: &str) -> Value {
        let fin = Instant::now() + Duration::from_mins(1);
        loop {
            let vu = self.c.execute(&format!("return {js}"), vec![]).await.unwrap();
            if vu != json!(false) && !vu.is_null() {
                return vu;
            }
            let etat = self.c.execute("return document.querySelector('main').innerText", vec![]);
            assert!(Instant::now() < fin, "{quoi}: {}", etat.await.unwrap());
            tokio::time::sleep(Duration::from_millis(20)).await; // polled
        }
    }

    async fn ecrire(&self, css: &str, texte: &str) {
        self.voir(css).await.send_keys(texte).await.unwrap();
    }

    async fn finir(self) -> Lycee {
        self.c.close().await.unwrap();
        self.lycee.app.db.close().await; // the server still holds it
        self.lycee
    }
}

/// A photo of twelve megapixels, as heavy as those of a telephone, in a folder that lives as long as it.
fn photo() -> (tempfile::TempDir, String, u64) {
    let dossier = tempfile::tempdir().unwrap();
    let chemin = dossier.path().join("IMG 0001.jpg");
    std::fs::write(&chemin, octets::photo(4000, 3000)).unwrap();
    let poids = std::fs::metadata(&chemin).unwrap().len();
    let chemin = chemin.to_str().unwrap().to_owned();
    (dossier, chemin, poids)
}

#[sqlx::test]
async fn from_add_to_sent_in_six_taps_on_a_phone_with_a_slow_network(db: PgPool) {
    let Some(t) = Telephone::prendre(db).await else { return };
    let (_dossier, chemin, poids) = photo();
    t.reseau(50_000, 300).await;
    let debut = Instant::now();
    t.toucher("a[href='/preuves/nouvelle']").await; // 1
    t.ecrire("#titre", "Vente flash au marché").await;
    t.attendre("the script is there", "!document.getElementById('prises').hidden").await;
    t.voir("#fichier").await.send_keys(&chemin).await.unwrap(); // 2: a photo is taken
    t.toucher("#etape-1 button[value='2']").await; // 3
    t.toucher("#etape-2 button[value=stage]").await; // 4
    t.toucher("#offertes li:first-child label:has([value=S])").await; // 5
    t.toucher("#etape-3 button[value=envoyer]").await; // 6
    t.attendre("sent", "/^\\/preuves\\/[0-9]+$/.test(location.pathname)").await;
    t.attendre("told", "document.querySelector('main')?.innerText.includes('Envoyée, en attente')")
        .await;
    let duree = debut.elapsed();
    axe(&t.c).await;
    let lycee = t.finir().await;
    let (titre, contexte, garde): (String, String, i64) = sqlx::query_as(
        "select p.titre, s.contexte, f.taille from livret.preuve p join livret.situation s using (situation_id)
           join livret.fichier f using (preuve_id)",
    )
    .fetch_one(&lycee.db)
    .await
    .unwrap();
    assert_eq!((titre.as_str(), contexte.as_str()), ("Vente flash au marché", "stage"));
    assert!(poids > 2_000_000, "a photo of {poids} bytes");
    assert!(garde < 600_000, "{garde} bytes kept of {poids}");
    let niveau: Option<String> = sqlx::query_scalar("select niveau from livret.demande_ligne")
        .fetch_one(&lycee.db)
        .await
        .unwrap();
    assert_eq!(niveau.as_deref(), Some("S"));
    println!("6 taps, {duree:?} at 50 kB/s and 300 ms; photo of {poids} bytes kept as {garde}");
}

#[sqlx::test]
async fn a_draft_made_without_a_network_survives_the_page_and_leaves_when_it_is_back(db: PgPool) {
    let Some(t) = Telephone::prendre(db).await else { return };
    let (_dossier, chemin, _) = photo();
    t.toucher("a[href='/preuves/nouvelle']").await;
    t.attendre("the script is there", "!document.getElementById('prises').hidden").await;
    t.reseau(0, 0).await;
    t.ecrire("#titre", "Salon sans réseau").await;
    t.voir("#fichier").await.send_keys(&chemin).await.unwrap();
    t.attendre(
        "a file waits",
        "document.querySelector('.en-route')?.innerText.includes('attente')",
    )
    .await;
    t.toucher("#etape-1 button[value='2']").await;
    t.toucher("#etape-2 button[value=atelier]").await;
    t.toucher("#offertes li:first-child label:has([value=TS])").await;
    t.attendre(
        "kept",
        "document.getElementById('etat').innerText.includes('gardé sur cet appareil')",
    )
    .await;
    assert_eq!(t.lycee.compter("livret.brouillon").await, 0, "nothing could leave");

    // She closes the page, opens it again once the network is back: all of it is there, photo included.
    t.reseau(5_000_000, 0).await;
    t.c.goto(&format!("{}/livret", t.base)).await.unwrap();
    t.attendre(
        "said on every page",
        "document.querySelector('main').innerText.includes('1 brouillon attend')",
    )
    .await;
    t.c.goto(&format!("{}/preuves/nouvelle", t.base)).await.unwrap();
    t.toucher("section.notice button").await;
    let titre = t.attendre("taken up again", "document.getElementById('titre').value").await;
    assert_eq!(titre, "Salon sans réseau");
    t.attendre(
        "the photo arrives",
        "document.querySelector('#recus input[name=fichiers]:checked') !== null",
    )
    .await;
    axe(&t.c).await;
    t.toucher("#etape-3 button[value=envoyer]").await;
    t.attendre("sent", "/^\\/preuves\\/[0-9]+$/.test(location.pathname)").await;
    t.c.goto(&format!("{}/livret", t.base)).await.unwrap();
    let js = "document.querySelector('main') && !document.querySelector('main').innerText.includes('brouillon')";
    t.attendre("nothing waits", js).await;
    let lycee = t.finir().await;
    assert_eq!(lycee.compter("livret.preuve").await, 1);
    assert_eq!(lycee.compter("livret.fichier where preuve_id is not null").await, 1);
    assert_eq!(lycee.compter("livret.brouillon").await, 0);
}

#[sqlx::test]
async fn what_is_sent_without_a_network_leaves_by_itself_and_once(db: PgPool) {
    let Some(t) = Telephone::prendre(db).await else { return };
    t.toucher("a[href='/preuves/nouvelle']").await;
    t.attendre("the script is there", "!document.getElementById('prises').hidden").await;
    t.ecrire("#titre", "Tournée").await;
    t.toucher("#etape-1 button[value='2']").await;
    t.toucher("#etape-2 button[value=stage]").await;
    t.toucher("#offertes li:first-child label:has([value=I])").await;
    t.attendre("on the server", "document.getElementById('etat').innerText.includes('enregistré')")
        .await;
    t.reseau(0, 0).await;
    t.toucher("#etape-3 button[value=envoyer]").await;
    t.attendre(
        "it waits",
        "document.getElementById('etat').innerText.includes('part au retour du réseau')",
    )
    .await;
    t.reseau(5_000_000, 0).await;
    t.attendre("it left", "/^\\/preuves\\/[0-9]+$/.test(location.pathname)").await;
    let lycee = t.finir().await;
    assert_eq!(lycee.compter("livret.preuve").await, 1);
    assert_eq!(lycee.compter("livret.demande").await, 1);
}

#[sqlx::test]
async fn what_is_wrong_is_said_in_its_step_and_nothing_typed_is_lost(db: PgPool) {
    let Some(t) = Telephone::prendre(db).await else { return };
    t.toucher("a[href='/preuves/nouvelle']").await;
    t.attendre("the script is there", "!document.getElementById('prises').hidden").await;
    t.toucher("#etape-1 button[value='2']").await;
    t.attendre("said", "document.getElementById('erreur-titre')?.innerText.includes('à remplir')")
        .await;
    axe(&t.c).await;
    t.ecrire("#titre", "Tournée").await;
    t.toucher("#etape-1 button[value='2']").await;
    t.toucher("#etape-2 button[value=stage]").await;
    t.toucher("#etape-3 button[value=envoyer]").await;
    t.attendre(
        "said",
        "document.getElementById('erreur-codes')?.innerText.includes('Cochez au moins')",
    )
    .await;
    let ou = t.attendre("at its step", "!document.getElementById('etape-3').hidden").await;
    assert_eq!(ou, true);
    t.toucher("#ia label:nth-child(2)").await;
    t.toucher("#offertes li:first-child label:has([value=I])").await;
    t.toucher("#etape-3 button[value=envoyer]").await;
    t.attendre(
        "said",
        "document.getElementById('erreur-ia_precision')?.innerText.includes('en une phrase')",
    )
    .await;
    t.ecrire("#ia_precision", "Relecture.").await;
    t.toucher("#etape-3 button[value=envoyer]").await;
    t.attendre("sent", "/^\\/preuves\\/[0-9]+$/.test(location.pathname)").await;
    t.finir().await;
}
