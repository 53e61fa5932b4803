//! Mail, through a real server of this machine: who is told, of what, and what becomes of what does not leave.
use std::{
    io::Read,
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use axum::http::StatusCode;
use livret::{
    config::{Poste, Secret},
    courriel::{
        Transport,
        facteur::{Tournee, tournee},
    },
};
use serde_json::Value;
use sqlx::PgPool;

use crate::lycee::{Lycee, Visiteur};

/// The server ends with the play that started it.
pub(crate) struct Serveur {
    pub(crate) port: u16,
    programme: Child,
    dossier: tempfile::TempDir,
}

impl Drop for Serveur {
    fn drop(&mut self) {
        let _ = self.programme.kill();
        let _ = self.programme.wait();
    }
}

impl Serveur {
    /// What it accepted, in order.
    pub(crate) fn recus(&self) -> Vec<Value> {
        let mut fichiers: Vec<_> =
            std::fs::read_dir(self.dossier.path()).unwrap().map(|f| f.unwrap().path()).collect();
        fichiers.retain(|f| f.extension().is_some_and(|e| e == "json"));
        fichiers.sort();
        fichiers
            .iter()
            .map(|f| serde_json::from_str(&std::fs::read_to_string(f).unwrap()).unwrap())
            .collect()
    }
}

/// What is missing to send mail here, if anything. In CI nothing may be.
pub(crate) fn manque() -> bool {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/smtp/bin/python");
    if !python.exists() {
        assert!(std::env::var("CI").is_err(), "{} is missing", python.display());
        eprintln!("PASSÉ : {} n’est pas sur cette machine", python.display());
    }
    !python.exists()
}

pub(crate) fn port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A server at this port, once it answers. `secret`: who may send, when not everybody; `lenteur`: in seconds.
pub(crate) async fn serveur(port: u16, secret: &str, lenteur: u32) -> Serveur {
    lancer(port, [secret, &lenteur.to_string(), ""]).await
}

/// The same, with what it refuses: « accueil », « expediteur ».
pub(crate) async fn lancer(port: u16, reglages: [&str; 3]) -> Serveur {
    let ici = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dossier = tempfile::tempdir().unwrap();
    let programme = Command::new(ici.join("target/smtp/bin/python"))
        .arg(ici.join("tests/livret/poste.py"))
        .arg(port.to_string())
        .arg(dossier.path())
        .args(reglages)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let serveur = Serveur { port, programme, dossier };
    let repond = move || -> std::io::Result<[u8; 3]> {
        let mut tete = [0; 3];
        std::net::TcpStream::connect(("127.0.0.1", port))?.read_exact(&mut tete)?;
        Ok(tete)
    };
    let fin = Instant::now() + Duration::from_mins(1);
    loop {
        if tokio::task::spawn_blocking(repond).await.unwrap().is_ok_and(|t| t == *b"220") {
            return serveur;
        }
        assert!(Instant::now() < fin, "the mail server does not answer");
        tokio::time::sleep(Duration::from_millis(50)).await; // it opens its port
    }
}

pub(crate) fn poste(port: u16) -> Poste {
    Poste::en_clair("127.0.0.1", port, "livret@lycee.example.org".parse().unwrap())
}

/// A school that sends its mail there, and its mailman.
async fn lycee(db: PgPool, poste: Poste) -> (Lycee, Transport) {
    let transport = Transport::new(&poste).unwrap();
    let fichiers = Arc::new(object_store::memory::InMemory::new());
    let lycee = Lycee::avec(db, fichiers, |c| {
        c.origine = Some("https://livret.example.org".to_owned());
        c.courriel = Some(poste);
    })
    .await;
    (lycee, transport)
}

const PAGE: &str = "/mon-compte/courriel";

async fn donner(qui: &Visiteur, adresse: &str) -> StatusCode {
    let cle = qui.get(PAGE).await.champ("cle");
    qui.post(PAGE, &[("adresse", adresse), ("cle", &cle)]).await.status
}

/// Her address, confirmed by the code that came there, and told of answers from now on.
async fn s_abonner(lycee: &Lycee, transport: &Transport, serveur: &Serveur, qui: &Visiteur) {
    assert_eq!(donner(qui, "zoe@example.org").await, StatusCode::SEE_OTHER);
    tournee(&lycee.app, transport).await.unwrap();
    let recu = serveur.recus().pop().unwrap();
    let texte = recu["texte"].as_str().unwrap();
    let code = texte.split_once("votre compte\u{a0}: ").unwrap().1.lines().next().unwrap();
    let page = qui.post(&format!("{PAGE}/confirmation"), &[("code", code)]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    qui.post(&format!("{PAGE}/choix"), &[("prevenir", "1")]).await;
}

/// A demande of hers, answered by Mme Martin.
async fn repondre(lycee: &Lycee) {
    let demande = lycee.demande("zoe").await;
    let martin = lycee.visiteur("martin").await;
    let version: i64 =
        sqlx::query_scalar("select version from livret.demande where demande_id = $1")
            .bind(demande)
            .fetch_one(&lycee.db)
            .await
            .unwrap();
    let chemin = format!("/promotions/{}/demandes/{demande}", lycee.promotion("zoe").await);
    let dit = [
        ("acte", "valider"),
        ("niveau-1.1.1", "TS"),
        ("motif", "Conclusion remarquable."),
        ("version", &version.to_string()),
        ("cle", &format!("00000000-0000-4000-8000-{demande:012}")),
    ];
    let page = martin.post(&chemin, &dit).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
}

const RIEN: Tournee = Tournee { partis: 0, reportes: 0, abandonnes: 0 };

#[sqlx::test]
async fn she_is_told_that_an_answer_is_there_once_she_confirmed_and_wants_it(db: PgPool) {
    if manque() {
        return;
    }
    let port = port();
    let serveur = serveur(port, "", 0).await;
    let (lycee, transport) = lycee(db, poste(port)).await;
    let zoe = lycee.visiteur("zoe").await;
    zoe.get("/livret").await.contient("href=\"/mon-compte/courriel\"");
    assert_eq!(donner(&zoe, "zoe@example.org").await, StatusCode::SEE_OTHER);
    repondre(&lycee).await;
    let fait = tournee(&lycee.app, &transport).await.unwrap();
    assert_eq!(fait, Tournee { partis: 1, ..RIEN }, "the code, and nothing of the answer");
    let faux = zoe.post(&format!("{PAGE}/confirmation"), &[("code", "AAAA-BBBB-CCCC")]).await;
    assert_eq!(faux.status, StatusCode::UNPROCESSABLE_ENTITY);
    s_abonner(&lycee, &transport, &serveur, &zoe).await;
    let avant = serveur.recus().len();
    assert_eq!(tournee(&lycee.app, &transport).await.unwrap(), RIEN);
    repondre(&lycee).await;
    assert_eq!(tournee(&lycee.app, &transport).await.unwrap().partis, 1);
    assert_eq!(tournee(&lycee.app, &transport).await.unwrap(), RIEN, "once");
    let recus = serveur.recus();
    assert_eq!(recus.len(), avant + 1);
    let recu = &recus[avant];
    assert_eq!(recu["a"][0], "zoe@example.org");
    assert_eq!((&recu["auto"], &recu["genre"]), (&"auto-generated".into(), &"text/plain".into()));
    assert_eq!(recu["sujet"], "Une réponse vous attend dans votre livret");
    let texte = recu["texte"].as_str().unwrap();
    assert!(texte.contains("https://livret.example.org/connexion?vers=%2Fpreuves%2F"), "{texte}");
    for tu in ["TS", "Très satisfaisant", "remarquable", "MARTIN", "Zoé", "Vente"] {
        assert!(!texte.contains(tu), "« {tu} » is read in the application only: {texte}");
    }
    // She takes her address back: what is answered next goes nowhere.
    zoe.post(&format!("{PAGE}/retrait"), &[]).await;
    repondre(&lycee).await;
    assert_eq!(tournee(&lycee.app, &transport).await.unwrap(), RIEN);
}

#[sqlx::test]
async fn a_refused_address_is_given_up_and_the_administrator_sees_why_but_not_whose(db: PgPool) {
    if manque() {
        return;
    }
    let port = port();
    let serveur = serveur(port, "", 0).await;
    let (lycee, transport) = lycee(db, poste(port)).await;
    donner(&lycee.visiteur("zoe").await, "refus@example.org").await;
    donner(&lycee.visiteur("amina").await, "plein@example.org").await;
    let fait = tournee(&lycee.app, &transport).await.unwrap();
    assert_eq!(fait, Tournee { abandonnes: 1, reportes: 1, ..RIEN });
    assert_eq!(tournee(&lycee.app, &transport).await.unwrap(), RIEN, "neither again at once");
    let admin = lycee.visiteur("admin").await;
    let page = admin.get("/administration").await;
    page.contient("1\u{a0}message abandonné");
    page.contient("le serveur de courriel refuse ce message (code 550)");
    page.contient("le serveur de courriel remet à plus tard (code 452)");
    page.sans("refus@");
    page.sans("example.org,");
    lycee.hand.advance(time::Duration::minutes(2));
    let fait = tournee(&lycee.app, &transport).await.unwrap();
    assert_eq!(fait, Tournee { reportes: 1, ..RIEN }, "only the one that was put off");
    let admin = lycee.visiteur("admin").await;
    let page = admin.post("/administration/courriel/reprise", &[]).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    assert_eq!(tournee(&lycee.app, &transport).await.unwrap().abandonnes, 1, "tried once more");
    assert!(serveur.recus().is_empty());
}

#[sqlx::test]
async fn what_could_not_leave_leaves_once_when_the_server_is_back(db: PgPool) {
    if manque() {
        return;
    }
    let port = port();
    let (lycee, transport) = lycee(db, poste(port)).await;
    donner(&lycee.visiteur("zoe").await, "zoe@example.org").await;
    donner(&lycee.visiteur("amina").await, "amina@example.org").await;
    let fait = tournee(&lycee.app, &transport).await.unwrap();
    assert_eq!(fait, Tournee { reportes: 1, ..RIEN }, "the others are not even tried");
    let serveur = serveur(port, "", 0).await;
    lycee.hand.advance(time::Duration::minutes(2));
    assert_eq!(tournee(&lycee.app, &transport).await.unwrap().partis, 2);
    assert_eq!(tournee(&lycee.app, &transport).await.unwrap(), RIEN);
    assert_eq!(serveur.recus().len(), 2);
    let gardes = "livret.courriel where texte is not null or adresse is not null";
    assert_eq!(lycee.compter(gardes).await, 0, "a code is forgotten as soon as it is gone");
}

#[sqlx::test]
async fn a_server_that_wants_to_know_who_we_are_is_told_and_a_wrong_secret_loses_nothing(
    db: PgPool,
) {
    if manque() {
        return;
    }
    let port = port();
    let serveur = serveur(port, "livret:juste", 0).await;
    let avec = |secret: &str| Poste {
        identite: Some(("livret".to_owned(), Secret(secret.to_owned()))),
        ..poste(port)
    };
    let (lycee, transport) = lycee(db, avec("faux")).await;
    donner(&lycee.visiteur("zoe").await, "zoe@example.org").await;
    assert_eq!(tournee(&lycee.app, &transport).await.unwrap().reportes, 1);
    let page = lycee.visiteur("admin").await.get("/administration").await;
    page.contient("le serveur de courriel ne nous accepte pas (code 535)");
    page.sans("faux");
    lycee.hand.advance(time::Duration::minutes(2));
    let transport = Transport::new(&avec("juste")).unwrap();
    assert_eq!(tournee(&lycee.app, &transport).await.unwrap().partis, 1);
    assert_eq!(serveur.recus().len(), 1);
}

/// Who we are is refused with the code of a wrong address: no mail is lost for it.
#[sqlx::test]
async fn a_server_that_refuses_us_and_not_the_mail_loses_none(db: PgPool) {
    if manque() {
        return;
    }
    let port = port();
    let (lycee, transport) = lycee(db, poste(port)).await;
    donner(&lycee.visiteur("zoe").await, "zoe@example.org").await;
    for refus in ["accueil", "expediteur"] {
        let serveur = lancer(port, ["", "0", refus]).await;
        let fait = tournee(&lycee.app, &transport).await.unwrap();
        assert_eq!(fait, Tournee { reportes: 1, ..RIEN }, "{refus}");
        let page = lycee.visiteur("admin").await.get("/administration").await;
        page.contient("refuse notre connexion ou notre adresse d’expéditeur");
        assert!(serveur.recus().is_empty());
        lycee.hand.advance(time::Duration::minutes(6));
    }
    let serveur = serveur(port, "", 0).await;
    assert_eq!(tournee(&lycee.app, &transport).await.unwrap().partis, 1);
    assert_eq!(serveur.recus().len(), 1);
}

/// A slow server takes the time of one try, not the mailman's day.
#[sqlx::test]
async fn a_server_that_does_not_answer_in_time_is_tried_later(db: PgPool) {
    if manque() {
        return;
    }
    let port = port();
    let _serveur = serveur(port, "", 300).await;
    let presse = Poste { delai: Duration::from_millis(500), ..poste(port) };
    let (lycee, transport) = lycee(db, presse).await;
    donner(&lycee.visiteur("zoe").await, "zoe@example.org").await;
    let fait = tokio::time::timeout(Duration::from_mins(2), tournee(&lycee.app, &transport)).await;
    assert_eq!(fait.expect("it comes back").unwrap().reportes, 1);
    let page = lycee.visiteur("admin").await.get("/administration").await;
    page.contient("met trop de temps à répondre");
}

#[sqlx::test]
async fn two_mailmen_of_one_house_carry_each_mail_once(db: PgPool) {
    if manque() {
        return;
    }
    let port = port();
    let serveur = serveur(port, "", 0).await;
    let (lycee, transport) = lycee(db, poste(port)).await;
    sqlx::query(
        "insert into livret.courriel (etablissement_id, cle, adresse, sujet, texte, ecrit_le, prochain_le)
         select 1, gen_random_uuid(), 'n' || n || '@example.org', 'Essai', 'Essai', '2026-11-24', '2026-11-24'
           from generate_series(1, 40) n",
    )
    .execute(&lycee.db)
    .await
    .unwrap();
    let (un, deux) = tokio::join!(tournee(&lycee.app, &transport), tournee(&lycee.app, &transport));
    assert_eq!(un.unwrap().partis + deux.unwrap().partis, 40);
    let mut adresses: Vec<String> =
        serveur.recus().iter().map(|r| r["a"][0].as_str().unwrap().to_owned()).collect();
    assert_eq!(adresses.len(), 40);
    adresses.sort();
    adresses.dedup();
    assert_eq!(adresses.len(), 40, "each to its own");
}

#[sqlx::test]
async fn without_a_server_nothing_promises_a_mail_and_nothing_waits(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let zoe = lycee.visiteur("zoe").await;
    zoe.get("/livret").await.sans("/mon-compte/courriel");
    zoe.get(PAGE).await.contient("Votre établissement n’envoie pas de courriel");
    repondre(&lycee).await;
    assert_eq!(lycee.compter("livret.courriel").await, 0);
    lycee
        .visiteur("admin")
        .await
        .get("/administration")
        .await
        .contient("Aucun courriel n’est envoyé");
}

/// No database role but the mailman's reads an address or a text, and a demande that is undone sends nothing.
#[sqlx::test]
async fn what_is_undone_is_not_sent_and_codes_are_few(db: PgPool) {
    let (lycee, _) = lycee(db, poste(port())).await;
    let zoe = lycee.visiteur("zoe").await;
    let mut gardes = 0;
    while donner(&zoe, "zoe@example.org").await == StatusCode::SEE_OTHER {
        gardes += 1;
        assert!(gardes < 50, "without end");
    }
    assert_eq!(
        lycee.compter("livret.courriel").await,
        gardes,
        "the last one is undone with its act"
    );
    zoe.get(PAGE).await.sans("Plusieurs codes");
    for role in ["livret_etudiant", "livret_enseignant", "livret_jury", "livret_administrateur"] {
        let lit: bool = sqlx::query_scalar(
            "select has_column_privilege($1, 'livret.courriel', 'texte', 'select')",
        )
        .bind(role)
        .fetch_one(&lycee.db)
        .await
        .unwrap();
        assert!(!lit, "{role}");
    }
}
