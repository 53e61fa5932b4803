//! Trust: what people read, and what is kept, when the network or the database lets the house down.
use std::{
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    sync::mpsc,
    time::{Duration, Instant},
};

use axum::http::StatusCode;
use livret::{
    app,
    cluster::{Cluster, Life},
    journal::{self, Constat},
    sceau::Sceau,
    security,
};
use sqlx::{
    Connection, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::net::TcpListener;

use crate::lycee::{Lycee, Page, Visiteur};

const CLE: &str = "00000000-0000-4000-8000-000000000001";

// -- visitors who do not finish their sentences

/// How long the house listens to somebody who has begun, then says a little more each time nothing is answered.
fn marmonner(mut connexion: TcpStream, suite: &str) -> Duration {
    const PATIENCE: Duration = Duration::from_secs(12);
    connexion.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    let debut = Instant::now();
    let mut dit = Ok(());
    let mut octets = [0; 4096];
    while dit.is_ok() && debut.elapsed() < PATIENCE {
        match connexion.read(&mut octets) {
            Ok(0) => break,
            Ok(_) => {} // what he is told before the door closes
            Err(e) if e.kind() == ErrorKind::WouldBlock => {
                dit = connexion.write_all(suite.as_bytes());
            }
            Err(_) => break, // reset: closed too
        }
    }
    debut.elapsed()
}

/// A visitor who speaks as one should, on a connection of her own.
fn demander(adresse: SocketAddr, chemin: &str) -> String {
    let mut connexion = TcpStream::connect(adresse).unwrap();
    connexion.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    write!(connexion, "GET {chemin} HTTP/1.1\r\nhost: livret.test\r\nconnection: close\r\n\r\n")
        .unwrap();
    let mut reponse = String::new();
    connexion.read_to_string(&mut reponse).unwrap();
    reponse
}

/// The promise is 5 s; half-sent heads that are kept would take every descriptor of the machine.
#[sqlx::test]
async fn a_head_that_never_ends_is_closed_and_nobody_waits_for_it(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let ecoute = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let adresse = ecoute.local_addr().unwrap();
    let routes = livret::router::router(lycee.app.clone());
    tokio::spawn(security::serve(ecoute, routes, std::future::pending()));
    let bavards = [
        ("silent", "", ""),
        ("cut in the middle", "GET / HTTP/1.1\r\nhost: livret", ""),
        // Each line would restart a naive timer: the whole head has one limit.
        ("one header at a time", "GET / HTTP/1.1\r\nhost: livret.test\r\n", "x-encore: 1\r\n"),
    ]
    .map(|(nom, debut, suite)| {
        let mut connexion = TcpStream::connect(adresse).unwrap();
        connexion.write_all(debut.as_bytes()).unwrap();
        (nom, tokio::task::spawn_blocking(move || marmonner(connexion, suite)))
    });
    let page = tokio::task::spawn_blocking(move || demander(adresse, "/connexion")).await.unwrap();
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("Mot de passe"), "{page}");
    for (nom, bavard) in &bavards {
        assert!(!bavard.is_finished(), "{nom}: the page came after him, not meanwhile");
    }
    for (nom, bavard) in bavards {
        let duree = bavard.await.unwrap();
        assert!(duree < Duration::from_secs(10), "{nom}: still listened to after {duree:?}");
    }
}

// -- the database goes away, waits, or is too busy

async fn juger(qui: &Visiteur, etudiant: i64) -> Page {
    let chemin = format!("/etudiants/{etudiant}/sous-competences/1.1.2/positionnements");
    qui.post(&chemin, &[("niveau", "S"), ("version", "0"), ("cle", CLE)]).await
}

/// In French, what to do and when to come back; nothing of what the house is made of.
fn indisponible(page: &Page) {
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{}", page.html);
    page.contient("<html lang=\"fr\"");
    page.contient("Momentanément indisponible");
    page.contient("Rien n’est perdu");
    let secondes = page.headers["retry-after"].to_str().unwrap().parse::<u32>();
    assert!(secondes.is_ok_and(|s| s > 0), "{:?}", page.headers["retry-after"]);
    let texte = page.html.to_lowercase();
    for dedans in ["sql", "postgres", "pool", "timeout", "timed out", "os error", "socket", "/tmp"]
    {
        assert!(!texte.contains(dedans), "« {dedans} » in:\n{}", page.html);
    }
}

/// Until a statement of somebody else waits for a lock: PostgreSQL announces it nowhere, it is asked.
async fn attente_d_un_verrou(db: &PgPool) {
    let fin = Instant::now() + Duration::from_secs(10);
    let attend = "select exists (select from pg_stat_activity
                                  where datname = current_database() and wait_event_type = 'Lock')";
    while !sqlx::query_scalar::<_, bool>(attend).fetch_one(db).await.unwrap() {
        assert!(Instant::now() < fin, "nobody waits");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Nothing of a judgement is there, in the journal nor in what pages read.
async fn rien_d_ecrit(lycee: &Lycee) {
    for table in ["livret.evenement", "livret.situation", "livret.positionnement"] {
        assert_eq!(lycee.compter(table).await, 0, "{table}");
    }
}

/// The opening of the day's situation and the level: two lines, whatever the number of sendings.
async fn ecrit_une_fois(lycee: &Lycee) {
    assert_eq!(lycee.compter("livret.evenement").await, 2);
    assert_eq!(lycee.compter("livret.positionnement").await, 1);
    let mut db = lycee.db.acquire().await.unwrap();
    let constat = journal::verifier(&mut db, &lycee.app.sceau, &[]).await.unwrap();
    assert_eq!(constat.fautes, Vec::<String>::new());
}

/// The private PostgreSQL of one test, which it may stop and start again.
struct Prive {
    cluster: Option<Cluster>, // first: it is stopped before its folder goes
    dossier: tempfile::TempDir,
}

impl Prive {
    async fn new() -> (Self, PgConnectOptions) {
        // A short path: that of a socket holds about a hundred bytes.
        let dossier = tempfile::Builder::new().prefix("livret-").tempdir_in("/tmp").unwrap();
        let mut prive = Self { cluster: None, dossier };
        prive.demarrer();
        let cluster = prive.cluster.as_ref().unwrap();
        cluster.ensure_database("livret").await.unwrap();
        let options = cluster.options("livret");
        app::migrate(&options).await.unwrap();
        (prive, options)
    }

    fn demarrer(&mut self) {
        self.cluster = Some(Cluster::start(self.dossier.path(), Life::WithProcess).unwrap());
    }

    fn arreter(&mut self) {
        self.cluster.take().unwrap().stop().unwrap();
    }
}

#[tokio::test]
async fn the_database_stops_and_starts_again_and_the_house_with_it() {
    let (mut prive, options) = Prive::new().await;
    let lycee = Lycee::open(PgPoolOptions::new().connect_lazy_with(options)).await;
    let (martin, zoe) = (lycee.visiteur("martin").await, lycee.numero("zoe").await);
    let grille = format!("/promotions/{}/grille", lycee.promotion("zoe").await);
    assert_eq!(martin.get(&grille).await.status, StatusCode::OK);

    prive.arreter();
    indisponible(&martin.get(&grille).await);
    indisponible(&juger(&martin, zoe).await);
    let passant = lycee.passant();
    assert_eq!(passant.get("/healthz").await.status, StatusCode::OK, "it lives");
    indisponible(&passant.get("/readyz").await); // but cannot serve

    // The same App, its pool still full of dead connections: nobody restarts anything.
    prive.demarrer();
    assert_eq!(martin.get(&grille).await.status, StatusCode::OK);
    rien_d_ecrit(&lycee).await;
    for _ in 0..2 {
        assert_eq!(juger(&martin, zoe).await.status, StatusCode::SEE_OTHER);
    }
    ecrit_une_fois(&lycee).await;
}

/// The worst moment: the line of the journal is written, what pages read is not, nothing is committed.
#[tokio::test]
async fn a_database_cut_in_the_middle_of_a_judgement_keeps_nothing_of_it() {
    let (mut prive, options) = Prive::new().await;
    let lycee = Lycee::open(PgPoolOptions::new().connect_lazy_with(options.clone())).await;
    let (martin, zoe) = (lycee.visiteur("martin").await, lycee.numero("zoe").await);
    let mut autre = PgConnection::connect_with(&app::owner(&options)).await.unwrap();
    let retenir = "begin; lock table livret.positionnement in exclusive mode"; // read, not written
    sqlx::raw_sql(retenir).execute(&mut autre).await.unwrap();
    let (page, ()) = tokio::join!(juger(&martin, zoe), async {
        attente_d_un_verrou(&lycee.db).await;
        prive.arreter();
    });
    indisponible(&page);

    prive.demarrer();
    rien_d_ecrit(&lycee).await;
    assert_eq!(juger(&martin, zoe).await.status, StatusCode::SEE_OTHER);
    ecrit_une_fois(&lycee).await;
}

/// One pen for a school: whoever keeps it too long makes the others wait, not for ever.
#[sqlx::test]
async fn a_pen_that_somebody_keeps_is_waited_for_two_seconds(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let (martin, zoe) = (lycee.visiteur("martin").await, lycee.numero("zoe").await);
    let mut autre =
        PgConnection::connect_with(&app::owner(&lycee.db.connect_options())).await.unwrap();
    let mut plume = autre.begin().await.unwrap();
    sqlx::query("select from livret.tete for update").execute(&mut *plume).await.unwrap();
    let debut = Instant::now();
    indisponible(&juger(&martin, zoe).await);
    let duree = debut.elapsed();
    assert!(duree < Duration::from_secs(8), "{duree:?}");
    rien_d_ecrit(&lycee).await;
    plume.rollback().await.unwrap();
    assert_eq!(juger(&martin, zoe).await.status, StatusCode::SEE_OTHER);
    ecrit_une_fois(&lycee).await;
}

#[sqlx::test]
async fn a_house_without_a_free_connection_says_so_and_still_lives(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let mut tenues = vec![];
    for _ in 0..lycee.app.db.options().get_max_connections() {
        tenues.push(lycee.app.db.acquire().await.unwrap());
    }
    let debut = Instant::now();
    let passant = lycee.passant();
    let ((page, attendue), (vie, vue)) =
        tokio::join!(async { (martin.get("/").await, debut.elapsed()) }, async {
            (passant.get("/healthz").await, debut.elapsed())
        },);
    indisponible(&page);
    assert!(attendue < Duration::from_secs(8), "{attendue:?}");
    assert_eq!(vie.html, "ok");
    assert!(vue < attendue / 2, "{vue:?}: it waited for a connection that it does not need");
    drop(tenues);
    assert_eq!(martin.get("/").await.status, StatusCode::OK);
}

// -- what a refusal tells

/// The first quartile: whatever else the machine does only ever adds to a duration.
fn quartile(mut durees: Vec<Duration>) -> f64 {
    durees.sort_unstable();
    durees[durees.len() / 4].as_secs_f64()
}

/// How much longer thirty unknown accounts take than thirty accounts that exist, each with a wrong password.
async fn rapport(passant: &Visiteur) -> f64 {
    let (mut connus, mut inconnus) = (vec![], vec![]);
    // The classmates of amina and zoe: one failure each, far from the throttle.
    for n in 3..=32 {
        let mut essais =
            [(format!("etudiant1-{n}"), &mut connus), (format!("personne1-{n}"), &mut inconnus)];
        if n % 2 == 0 {
            essais.reverse();
        }
        for (nom, durees) in essais {
            let saisie = [("identifiant", nom.as_str()), ("mot_de_passe", "faux mot de passe")];
            let debut = Instant::now();
            let page = passant.post("/connexion", &saisie).await;
            durees.push(debut.elapsed());
            page.contient("Identifiant ou mot de passe inconnu");
        }
    }
    quartile(inconnus) / quartile(connus)
}

/// A statistical check: the same hash is computed for both, so that only noise is left. Tries are interleaved (what
/// the machine does meanwhile slows both), the bound is generous, and a busy machine has three chances: without a
/// hash, an unknown account answers more than ten times faster, in every round.
#[sqlx::test]
async fn an_unknown_account_takes_the_time_of_a_wrong_password(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let existants = "select count(*) from acces.compte where identifiant ~ '^etudiant1-[0-9]+$'";
    let existants: i64 = sqlx::query_scalar(existants).fetch_one(&lycee.db).await.unwrap();
    assert_eq!(existants, 30, "the control: they do exist");
    let mut rapports = vec![];
    while !rapports.last().is_some_and(|r| (0.7..=1.4).contains(r)) {
        assert!(rapports.len() < 3, "an unknown account takes {rapports:?} times as long");
        rapports.push(rapport(&lycee.passant()).await);
    }
}

// -- the journal, while it is being written

/// `livret verifier` reads several tables: a judgement between two of its readings is no fault.
#[sqlx::test]
async fn the_journal_holds_while_the_house_writes_it(db: PgPool) {
    let lycee = Lycee::open(db).await;
    let martin = lycee.visiteur("martin").await;
    let zoe = lycee.numero("zoe").await;
    let codes: Vec<String> =
        sqlx::query_scalar("select distinct code from livret.sous_competence order by code")
            .fetch_all(&lycee.db)
            .await
            .unwrap();
    let (juge, jugement) = mpsc::channel::<()>();
    let (options, sceau) = (lycee.db.connect_options(), lycee.app.sceau.clone());
    let lecture = std::thread::spawn(move || verifier_sans_cesse(&options, &sceau, &jugement));
    for (n, code) in codes.iter().enumerate() {
        let chemin = format!("/etudiants/{zoe}/sous-competences/{code}/positionnements");
        let cle = format!("00000000-0000-4000-8000-{n:012}");
        let saisie = [("niveau", "S"), ("version", "0"), ("cle", cle.as_str())];
        assert_eq!(martin.post(&chemin, &saisie).await.status, StatusCode::SEE_OTHER);
    }
    drop(juge); // seen as the end, also when this play stops before it
    let constats = tokio::task::spawn_blocking(|| lecture.join().unwrap()).await.unwrap();
    let fautes: Vec<&String> = constats.iter().flat_map(|c| &c.fautes).collect();
    assert_eq!(fautes, Vec::<&String>::new(), "in {} readings", constats.len());
    assert_eq!(constats.last().unwrap().positionnements, codes.len());
}

/// Another process, with the owner's connection: reads again and again from the first judgement until after the last.
#[tokio::main(flavor = "current_thread")]
async fn verifier_sans_cesse(
    options: &PgConnectOptions,
    sceau: &Sceau,
    jugement: &mpsc::Receiver<()>,
) -> Vec<Constat> {
    let mut proprietaire = PgConnection::connect_with(&app::owner(options)).await.unwrap();
    let mut constats = vec![];
    let mut encore = true;
    while encore {
        encore = jugement.try_recv() != Err(mpsc::TryRecvError::Disconnected); // then once more
        constats.push(journal::verifier(&mut proprietaire, sceau, &[]).await.unwrap());
    }
    constats
}
