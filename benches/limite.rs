//! What is fast, measured against its limit in the same run: `cargo bench`.
//!
//! The limit of a page is a bare handler that runs one indexed query and returns as many bytes, over the same
//! connection to the same server; the limit of a judgement is one plain upsert, committed. Forty students, twenty-six
//! sous-compétences, three situations each; then the views of the promotion, once it has twenty thousand judgements.
//! Nothing here can fail: it prints, people judge.
#![expect(clippy::unwrap_used, reason = "a measure that cannot go on stops")]
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{Router, extract::State, response::Html, routing::get};
use livret::{
    app::{self, App},
    cluster::{Cluster, Life},
    compte::{Compte, Enseignant, ouvrir_session},
    config::Config,
    date::Clock,
    demo,
    positionnement::{Jugement, Lieu},
    promotion::Promotion,
    referentiel::{self, Edition},
    sceau::{Random, Sceau},
    situation::{CONTEXTES, Ouverture},
};
use sqlx::{Connection, PgConnection, PgPool};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

const TOURS: usize = 200;
const ELEVES: usize = 40;

fn main() {
    let dossier = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench");
    let _ = std::fs::remove_dir_all(&dossier);
    std::fs::create_dir_all(&dossier).unwrap();
    // As a school runs it: nothing acknowledged may be lost.
    let cluster = Cluster::start(&dossier, Life::WithProcess).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        cluster.ensure_database("livret").await.unwrap();
        let options = cluster.options("livret");
        let app = App::new(
            app::pool(options.clone(), 4),
            Config::default(),
            Clock::system(),
            Random::system(),
            Sceau::new(&[7; 32]),
            Arc::new(object_store::memory::InMemory::new()),
            dossier.join("depots"),
        );
        app::migrate(&options).await.unwrap();
        let mut db = PgConnection::connect_with(&options).await.unwrap();
        let (promotion, classe) = peupler(&mut db, &app).await;
        mesurer(&mut db, &app, promotion, &classe).await;
        let lignes = vieillir(&mut db, &app, promotion, &classe).await;
        println!("promotion de {ELEVES}, {lignes} niveaux au journal");
        voir(&app, promotion, classe[0]).await;
        println!("mémoire au plus : {} Mo", memoire());
        app.db.close().await;
    });
    cluster.stop().unwrap();
}

/// Forty students with history: every cell judged in three situations.
async fn peupler(db: &mut PgConnection, app: &App) -> (i64, Vec<i64>) {
    let edition = referentiel::publier(db, referentiel::OFFICIEL, app.clock.now()).await.unwrap();
    let [ancienne, ..] = demo::gens_seulement(db, app, "mesure").await.unwrap();
    let promotion_id = ancienne.promotion_id;
    sqlx::query("select set_config('livret.etablissement', '1', false)")
        .execute(&mut *db)
        .await
        .unwrap();
    sqlx::query(
        "with p as (insert into livret.personne (etablissement_id, nom, prenom)
             select 1, 'ZOLA', 'Élève ' || n from generate_series(33, $2) n returning personne_id)
         insert into livret.inscription (etablissement_id, promotion_id, etudiant_id, du)
         select 1, $1, personne_id, '2025-09-01' from p",
    )
    .bind(promotion_id)
    .bind(i32::try_from(ELEVES).unwrap())
    .execute(&mut *db)
    .await
    .unwrap();
    let martin = martin(app).await;
    let mut tx = app.begin(&martin).await.unwrap();
    let promotion = martin.promotion(&mut tx, promotion_id).await.unwrap();
    let classe: Vec<i64> = promotion
        .etudiants(&mut tx, martin.aujourd_hui())
        .await
        .unwrap()
        .iter()
        .map(livret::etudiant::Etudiant::id)
        .collect();
    tx.commit().await.unwrap();
    for tour in 0..3 {
        vivre(app, &martin, (&promotion, &edition), &classe, tour).await;
    }
    sqlx::query("analyze").execute(db).await.unwrap();
    (promotion_id, classe)
}

/// Two years: every cell judged in so many more situations by three teachers, until the journal has twenty thousand lines.
async fn vieillir(db: &mut PgConnection, app: &App, promotion_id: i64, classe: &[i64]) -> i64 {
    let edition = referentiel::publier(db, referentiel::OFFICIEL, app.clock.now()).await.unwrap();
    for tour in 3.. {
        let enseignant = entrer(app, ["martin", "okafor", "rossi"][tour % 3]).await;
        let mut tx = app.begin(&enseignant).await.unwrap();
        let promotion = enseignant.promotion(&mut tx, promotion_id).await.unwrap();
        drop(tx);
        let tour = i64::try_from(tour).unwrap();
        vivre(app, &enseignant, (&promotion, &edition), classe, tour).await;
        let lignes: i64 =
            sqlx::query_scalar("select count(*) from livret.evenement where genre = 'positionner'")
                .fetch_one(&mut *db)
                .await
                .unwrap();
        if lignes >= 20_000 {
            dater(db).await;
            return lignes;
        }
    }
    0
}

/// Each line is dated of the day that it speaks of, or two moments would have nothing between them; then the tables are
/// swept, as the server does by itself in a school.
async fn dater(db: &mut PgConnection) {
    sqlx::raw_sql(
        "begin; set local session_replication_role = replica;
         update livret.evenement set le = vecu_le + interval '17 h'
          where genre in ('positionner', 'annuler') and vecu_le < current_date - 8;
         commit;",
    )
    .execute(&mut *db)
    .await
    .unwrap();
    sqlx::query("vacuum full livret.evenement").execute(&mut *db).await.unwrap();
    sqlx::query("vacuum analyze").execute(db).await.unwrap();
}

/// The views of a promotion, each beside a bare handler that returns as many bytes.
async fn voir(app: &App, promotion: i64, etudiant: i64) {
    let ici = servir(livret::router::router(app.clone())).await;
    let cookie = ouvrir_session(app, "martin").await.unwrap().unwrap();
    let mut martin = Navigateur::new(ici, &cookie).await;
    let aujourd_hui = entrer(app, "martin").await.aujourd_hui();
    let jour = livret::date::iso(&aujourd_hui);
    let milieu = livret::date::iso(&(aujourd_hui - time::Duration::days(200)));
    for (quoi, chemin) in [
        ("grille", format!("/promotions/{promotion}/grille")),
        ("règle", format!("/promotions/{promotion}/regle")),
        (
            "essai d’une règle",
            format!("/promotions/{promotion}/regle?regle=ponderees&n=5&fraicheur=6"),
        ),
        ("qui a besoin d’attention", format!("/promotions/{promotion}/vue")),
        ("couverture", format!("/promotions/{promotion}/couverture")),
        ("besoin", format!("/promotions/{promotion}/besoin?code=1.2.1&seuil=TS")),
        ("harmonisation", format!("/promotions/{promotion}/harmonisation")),
        ("livret", format!("/etudiants/{etudiant}/livret")),
        ("profil", format!("/etudiants/{etudiant}/livret?voir=profil")),
        ("frise", format!("/etudiants/{etudiant}/livret?voir=frise")),
        ("niveaux à arrêter", format!("/promotions/{promotion}/validations?bloc=1")),
        ("arrêt des livrets", format!("/promotions/{promotion}/arret")),
        ("livret à une date", format!("/etudiants/{etudiant}/passe?le={jour}")),
        ("grille à une date", format!("/promotions/{promotion}/passe?le={jour}")),
        ("deux moments", format!("/promotions/{promotion}/comparaison?de=2024-01-01&a={jour}")),
        (
            "deux moments, à mi-chemin",
            format!("/promotions/{promotion}/comparaison?de={milieu}&a={jour}"),
        ),
    ] {
        let octets = martin.get(&chemin, "identity").await.len();
        let nue = servir(bare(app.db.clone(), octets)).await;
        let mut passant = Navigateur::new(nue, "").await;
        let (mut page, mut limite) = (vec![], vec![]);
        for _ in 0..TOURS / 4 {
            limite.push(duree(passant.get("/", "identity")).await);
            page.push(duree(martin.get(&chemin, "identity")).await);
        }
        dire(&format!("{quoi}, {octets} octets"), &mut page, "limite", &mut limite);
    }
}

/// One situation, in which everybody is judged on everything.
async fn vivre(
    app: &App,
    martin: &Enseignant,
    (promotion, edition): (&Promotion, &Edition),
    classe: &[i64],
    tour: i64,
) {
    let mut tx = app.begin(martin).await.unwrap();
    let avant = if tour < 9 { 9 - tour } else { 20 * tour };
    let jour = martin.aujourd_hui() - time::Duration::days(avant);
    let ouverture = Ouverture {
        titre: format!("Situation {tour}"),
        contexte: CONTEXTES[usize::try_from(tour).unwrap() % CONTEXTES.len()].0.to_owned(),
        organisation: None,
        vecue_le: jour,
        nature: "formatif".to_owned(),
        visible_le: jour,
        cle: app.random.uuid(),
    };
    let situation = martin.ouvrir_situation(&mut tx, promotion, &ouverture).await.unwrap();
    let lieu = Lieu::de_la_classe(promotion, Some(situation));
    let codes: Vec<&str> = edition.sous_competences().map(|s| s.code.as_str()).collect();
    let jugements: Vec<Jugement> = classe
        .iter()
        .flat_map(|e| codes.iter().map(|c| (*e, *c)))
        .enumerate()
        .map(|(i, (etudiant_id, code))| Jugement {
            etudiant_id,
            code: code.to_owned(),
            niveau: Some(
                ["TI", "I", "S", "TS", "S"]
                    [(i * 7 + i / 26 + usize::try_from(tour).unwrap() * 3) % 5]
                    .to_owned(),
            ),
            cle: app.random.uuid(),
            ..Jugement::default()
        })
        .collect();
    for lot in jugements.chunks(livret::positionnement::LOT_MAX) {
        martin.positionner(&mut tx, &lieu, edition, lot).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn martin(app: &App) -> Enseignant {
    entrer(app, "martin").await
}

async fn entrer(app: &App, identifiant: &str) -> Enseignant {
    let cookie = ouvrir_session(app, identifiant).await.unwrap().unwrap();
    Enseignant::of(Arc::new(Compte::of_session(app, &cookie).await.unwrap().unwrap())).unwrap()
}

async fn mesurer(db: &mut PgConnection, app: &App, promotion: i64, classe: &[i64]) {
    let ici = servir(livret::router::router(app.clone())).await;
    let qui = self::martin(app).await.numero();
    let cookie = ouvrir_session(app, "martin").await.unwrap().unwrap();
    let mut martin = Navigateur::new(ici, &cookie).await;
    let grille = format!("/promotions/{promotion}/grille");
    let brute = martin.get(&grille, "identity").await.len();
    let reduite = martin.get(&grille, "br").await.len();
    println!("grille {ELEVES} × 26 : {brute} octets, {reduite} compressée");

    let nue = servir(bare(app.db.clone(), brute)).await;
    let mut passant = Navigateur::new(nue, "").await;
    let (mut page, mut limite) = (vec![], vec![]);
    for _ in 0..TOURS {
        limite.push(duree(passant.get("/", "identity")).await);
        page.push(duree(martin.get(&grille, "identity")).await);
    }
    dire("page de la grille", &mut page, "poignée nue, une requête, même taille", &mut limite);

    let chemin = format!("/promotions/{promotion}/positionnements");
    sqlx::query("create table if not exists public.mesure (id int primary key, n int)")
        .execute(&mut *db)
        .await
        .unwrap();
    let (mut un, mut plat) = (vec![], vec![]);
    for tour in 0..TOURS {
        let etudiant = classe[tour % ELEVES];
        let version = martin.version(&chemin, etudiant).await;
        let corps = envoi(app, &qui, &[(etudiant, "1.1.1", version)]);
        un.push(duree(martin.post(&chemin, &corps)).await);
        let upsert = sqlx::query(
            "insert into public.mesure values (1, 0) on conflict (id) do update set n = mesure.n + 1",
        );
        plat.push(duree(upsert.execute(&mut *db)).await);
    }
    dire("un jugement", &mut un, "une écriture nue, validée sur disque", &mut plat);

    let mut lots = vec![];
    for _ in 0..20 {
        let dit = martin.lire(&chemin).await;
        let cases: Vec<(i64, &str, i64)> = classe
            .iter()
            .flat_map(|e| {
                ["1.1.1", "1.1.2", "1.1.3", "1.1.4", "1.2.1"].map(|c| (*e, c, version(&dit, *e, c)))
            })
            .collect();
        let corps = envoi(app, &qui, &cases);
        lots.push(duree(martin.post(&chemin, &corps)).await);
    }
    lots.sort_unstable();
    println!("200 cases en un envoi : médiane {:?}", lots[lots.len() / 2]);
    println!("mémoire au plus : {} Mo", memoire());
}

/// As many bytes, one indexed query, nothing else.
fn bare(db: PgPool, taille: usize) -> Router {
    let page = "x".repeat(taille);
    Router::new()
        .route(
            "/",
            get(async |State((db, page)): State<(PgPool, String)>| {
                let _: Option<i64> = sqlx::query_scalar(
                    "select compte_id from acces.compte where identifiant = 'martin'",
                )
                .fetch_optional(&db)
                .await
                .unwrap();
                Html(page)
            }),
        )
        .with_state((db, page))
}

async fn servir(router: Router) -> std::net::SocketAddr {
    let ecoute = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let ici = ecoute.local_addr().unwrap();
    tokio::spawn(livret::security::serve(ecoute, router, std::future::pending()));
    ici
}

/// One connection kept open, as a browser does.
struct Navigateur {
    flux: TcpStream,
    cookie: String,
}

impl Navigateur {
    async fn new(ici: std::net::SocketAddr, cookie: &str) -> Self {
        let flux = TcpStream::connect(ici).await.unwrap();
        flux.set_nodelay(true).unwrap();
        Self { flux, cookie: cookie.to_owned() }
    }

    async fn get(&mut self, chemin: &str, encodage: &str) -> Vec<u8> {
        let tete = format!(
            "GET {chemin} HTTP/1.1\r\nhost: mesure\r\ncookie: sid={}\r\naccept-encoding: {encodage}\r\n\r\n",
            self.cookie
        );
        self.demander(&tete).await
    }

    async fn post(&mut self, chemin: &str, corps: &str) -> Vec<u8> {
        let tete = format!(
            "POST {chemin} HTTP/1.1\r\nhost: mesure\r\ncookie: sid={}\r\nsec-fetch-site: same-origin\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{corps}",
            self.cookie,
            corps.len()
        );
        self.demander(&tete).await
    }

    async fn lire(&mut self, chemin: &str) -> serde_json::Value {
        serde_json::from_slice(&self.get(chemin, "identity").await).unwrap()
    }

    async fn version(&mut self, chemin: &str, etudiant: i64) -> i64 {
        version(&self.lire(chemin).await, etudiant, "1.1.1")
    }

    /// Reads a whole answer, of announced length or in pieces.
    async fn demander(&mut self, demande: &str) -> Vec<u8> {
        self.flux.write_all(demande.as_bytes()).await.unwrap();
        let mut lu = Vec::with_capacity(256 << 10);
        let (tete, longueur) = loop {
            assert!(self.flux.read_buf(&mut lu).await.unwrap() > 0, "closed");
            let Some(fin) = trouver(&lu, b"\r\n\r\n") else { continue };
            let tete = String::from_utf8_lossy(&lu[..fin]).to_lowercase();
            assert!(tete.starts_with("http/1.1 200"), "{tete}");
            let longueur = tete.split("content-length: ").nth(1);
            break (fin + 4, longueur.and_then(|l| l.lines().next()?.trim().parse::<usize>().ok()));
        };
        loop {
            let corps = &lu[tete..];
            match longueur {
                Some(n) if corps.len() >= n => return corps[..n].to_vec(),
                None if corps.ends_with(b"0\r\n\r\n") => return recoller(corps),
                _ => assert!(self.flux.read_buf(&mut lu).await.unwrap() > 0, "closed"),
            }
        }
    }
}

fn trouver(dans: &[u8], quoi: &[u8]) -> Option<usize> {
    dans.windows(quoi.len()).position(|f| f == quoi)
}

/// The body of an answer sent in pieces.
fn recoller(mut reste: &[u8]) -> Vec<u8> {
    let mut corps = vec![];
    while let Some(fin) = trouver(reste, b"\r\n") {
        let n = usize::from_str_radix(std::str::from_utf8(&reste[..fin]).unwrap(), 16).unwrap();
        if n == 0 {
            break;
        }
        corps.extend_from_slice(&reste[fin + 2..fin + 2 + n]);
        reste = &reste[fin + 4 + n..];
    }
    corps
}

fn version(dit: &serde_json::Value, etudiant: i64, code: &str) -> i64 {
    let cases = dit["cases"].as_array().unwrap();
    cases.iter().find(|c| c["e"] == etudiant && c["c"] == code).unwrap()["v"].as_i64().unwrap()
}

fn envoi(app: &App, qui: &str, cases: &[(i64, &str, i64)]) -> String {
    let jugements: Vec<_> = cases
        .iter()
        .map(|(e, c, v)| serde_json::json!({ "e": e, "c": c, "n": "TS", "v": v, "k": app.random.uuid() }))
        .collect();
    serde_json::json!({ "compte": qui, "situation": null, "jugements": jugements }).to_string()
}

async fn duree<T>(acte: impl Future<Output = T>) -> Duration {
    let debut = Instant::now();
    acte.await;
    debut.elapsed()
}

fn dire(quoi: &str, mesures: &mut [Duration], limite: &str, limites: &mut [Duration]) {
    mesures.sort_unstable();
    limites.sort_unstable();
    let (m, l) = (mesures[mesures.len() / 2], limites[limites.len() / 2]);
    println!(
        "{quoi} : médiane {m:?}, 95e centile {:?} · {limite} : médiane {l:?} · rapport {:.1}",
        mesures[mesures.len() * 95 / 100],
        m.as_secs_f64() / l.as_secs_f64()
    );
}

/// Largest resident memory of this process, in MiB.
fn memoire() -> u64 {
    let statut = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ligne = statut.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    ligne.and_then(|l| l.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}
