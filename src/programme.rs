//! The commands of the program: each starts what it needs, acts, and stops it.
use std::{net::SocketAddr, path::Path, process::ExitCode};

use anyhow::{Context, Result, bail};
use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};
use tokio::{net::TcpListener, runtime::Runtime};

use crate::{
    app::{self, App},
    cluster::{Cluster, Life, Settings},
    config::{
        Base, Command, Config, Donnees, Ouvrir, Poste, S3, Servir, Tls, Verbe, Verifier,
        VerifierExport,
    },
    consultation,
    courriel::{Transport, facteur},
    date::Clock,
    demo, donnees, etablissement, journal, jury, preuve, referentiel, router, sas,
    sceau::{Random, Sceau},
    scelle::{Cles, exterieur},
    security, store,
};

const BASE: &str = "livret";

pub fn run(command: Command) -> ExitCode {
    let issue = match command.verbe {
        Verbe::Demo(demo) => demonstration(demo.adresse, &demo.donnees),
        Verbe::Servir(servir) => servir_(&servir),
        Verbe::Verifier(verifier) => verifier_(&verifier),
        Verbe::Ouvrir(ouvrir) => ouvrir_(&ouvrir),
        Verbe::VerifierExport(v) => verifier_export(&v),
        Verbe::Sas { fichier } => return sas::ouvrir(&fichier),
        Verbe::Joint { nom } => return sas::ouvrir_joint(&nom),
    };
    issue.unwrap_or_else(|e| {
        eprintln!("livret\u{a0}: {e:#}");
        ExitCode::from(2)
    })
}

/// The database of a command: an outside server, or the private one, stopped with the command that started it.
struct Ouverte {
    options: PgConnectOptions,
    cluster: Option<Cluster>,
}

impl Ouverte {
    /// Call from the main thread: the private server dies with the thread that started it.
    fn new(url: Option<&str>, donnees: &Donnees, runtime: &Runtime) -> Result<Self> {
        std::fs::create_dir_all(&donnees.donnees)
            .with_context(|| format!("dossier {} impossible à créer", donnees.donnees.display()))?;
        if let Some(url) = url {
            return Ok(Self {
                options: url.parse().context("DATABASE_URL illisible")?,
                cluster: None,
            });
        }
        let settings = Settings { binaries: donnees.pg_bin.clone(), ..Settings::default() };
        let cluster = Cluster::start_with(&donnees.donnees, Life::WithProcess, &settings)?;
        runtime.block_on(cluster.ensure_database(BASE))?;
        Ok(Self { options: cluster.options(BASE), cluster: Some(cluster) })
    }

    fn stop(self) -> Result<()> {
        self.cluster.map_or(Ok(()), Cluster::stop)
    }
}

fn app(options: &PgConnectOptions, donnees: &Path, config: Config, s3: &S3) -> Result<App> {
    let random = Random::system();
    let sceau = Sceau::open(donnees, &random)?;
    let (store, depots) = (store::open(donnees, s3)?, donnees.join("depots"));
    let pool = app::pool(options.clone(), 20);
    Ok(App::new(pool, config, Clock::system(), random, sceau, store, depots))
}

async fn prepare(options: &PgConnectOptions, app: &App) -> Result<()> {
    app::migrate(options).await?;
    let mut db = PgConnection::connect_with(options).await?;
    referentiel::publier(&mut db, referentiel::OFFICIEL, app.clock.now()).await?;
    donnees::annoncer(&mut db).await?;
    Ok(db.close().await?)
}

fn demonstration(adresse: SocketAddr, donnees: &Donnees) -> Result<ExitCode> {
    if !adresse.ip().is_loopback() {
        bail!(
            "la démonstration n’écoute que sur cette machine\u{a0}: choisissez une adresse 127.0.0.1:PORT"
        );
    }
    let runtime = Runtime::new()?;
    let base = Ouverte::new(None, donnees, &runtime)?;
    let done = runtime.block_on(async {
        let app = app(&base.options, &donnees.donnees, Config::default(), &S3::default())?;
        prepare(&base.options, &app).await?;
        let secret = demo::seed(&base.options, &app, &donnees.donnees).await?;
        let listener = listen(adresse).await?;
        demo::welcome(listener.local_addr()?, &secret);
        serve(listener, app).await
    });
    base.stop()?;
    done.map(|()| ExitCode::SUCCESS)
}

fn servir_(s: &Servir) -> Result<ExitCode> {
    let base: &Base = &s.base;
    let runtime = Runtime::new()?;
    let ouverte = Ouverte::new(base.base.as_deref(), &base.donnees, &runtime)?;
    let done = runtime.block_on(async {
        let courriel = s.smtp.poste(s.url.as_deref())?;
        println!("{}", annonce(courriel.as_ref()));
        let config = Config {
            quota: s.quota << 20,
            consultations_mois: s.consultations,
            courriel,
            ..Config::public(s.url.as_deref())
        };
        let app = app(&ouverte.options, &base.donnees.donnees, config, &s.s3)?;
        prepare(&ouverte.options, &app).await?;
        donnees::restauration::au_demarrage(&app).await?;
        let listener = listen(s.adresse).await?;
        println!("Livret écoute sur http://{}", listener.local_addr()?);
        serve(listener, app).await
    });
    ouverte.stop()?;
    done.map(|()| ExitCode::SUCCESS)
}

async fn listen(adresse: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(adresse)
        .await
        .with_context(|| format!("l’adresse {adresse} est prise ou interdite\u{a0}: choisissez-en une autre avec --adresse"))
}

/// Whether mail is on, for who starts the program.
fn annonce(poste: Option<&Poste>) -> String {
    let Some(p) = poste else {
        return "Courriel\u{a0}: aucun (LIVRET_SMTP_ADRESSE n’est pas réglé)".to_owned();
    };
    let tls = match p.tls {
        Tls::Aucun => "en clair",
        Tls::Starttls => "chiffré (starttls)",
        Tls::Tls => "chiffré (tls)",
    };
    let avec = if p.identite.is_some() { "avec identifiant" } else { "sans identifiant" };
    format!("Courriel\u{a0}: par {}:{}, {tls}, {avec}, de {}", p.hote, p.port, p.expediteur)
}

async fn serve(listener: TcpListener, app: App) -> Result<()> {
    let (db, signal) = (app.db.clone(), app.signal.clone());
    let transport = app.config.courriel.as_ref().map(Transport::new).transpose()?;
    let facteur = transport.map(|t| tokio::spawn(facteur::tourner(app.clone(), t)));
    let stop = async move {
        stop_signal().await;
        signal.finir(); // open pages would keep their line, and the program with it
    };
    tokio::spawn(preuve::depot::balayage::chaque_jour(app.clone()));
    tokio::spawn(consultation::oublier_chaque_jour(app.clone()));
    tokio::spawn(jury::tirage::balayage::chaque_heure(app.clone()));
    security::serve(listener, router::router(app), stop).await?;
    if let Some(facteur) = facteur {
        let _ = facteur.await; // the mail in hand: its time is bounded
    }
    db.close().await;
    Ok(())
}

async fn stop_signal() {
    let mut term = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).ok();
    let term = async {
        match &mut term {
            Some(t) => t.recv().await.map_or((), |()| ()),
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = term => {}
    }
}

/// 0 when everything holds, 1 when something does not, 2 when it could not be read.
fn verifier_(v: &Verifier) -> Result<ExitCode> {
    let runtime = Runtime::new()?;
    let dossier = &v.base.donnees.donnees;
    let sceau = Sceau::read(&dossier.join("sceau.cle"))?;
    let base = Ouverte::new(v.base.base.as_deref(), &v.base.donnees, &runtime)?;
    let constat = runtime.block_on(async {
        let mut db = PgConnection::connect_with(&base.options).await?;
        anyhow::Ok(journal::verifier(&mut db, &sceau, &v.temoins).await?)
    });
    base.stop()?;
    let constat = constat?;
    println!(
        "{} · {} · {} · {} · {} · {}",
        crate::date::nombre(
            i64::try_from(constat.etablissements)?,
            "établissement",
            "établissements"
        ),
        crate::date::nombre(i64::try_from(constat.evenements)?, "événement", "événements"),
        crate::date::nombre(
            i64::try_from(constat.positionnements)?,
            "positionnement",
            "positionnements"
        ),
        crate::date::nombre(i64::try_from(constat.decisions)?, "niveau arrêté", "niveaux arrêtés"),
        crate::date::nombre(i64::try_from(constat.arrets)?, "livret arrêté", "livrets arrêtés"),
        crate::date::nombre(i64::try_from(constat.regles)?, "règle choisie", "règles choisies"),
    );
    if constat.effacees > 0 {
        println!(
            "{} avec le nom d’une personne, comme un acte le dit",
            crate::date::nombre(
                i64::try_from(constat.effacees)?,
                "ligne effacée",
                "lignes effacées"
            )
        );
    }
    for faute in &constat.fautes {
        println!("✗ {faute}");
    }
    if constat.fautes.is_empty() {
        println!("✓ Le journal est entier\u{a0}: chaîne, signatures et projection concordent.");
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::FAILURE)
}

fn verifier_export(v: &VerifierExport) -> Result<ExitCode> {
    let cles = match &v.cles {
        Some(liste) => {
            let octets = std::fs::read(liste)
                .with_context(|| format!("liste de clés illisible\u{a0}: {}", liste.display()))?;
            Cles::lire(&octets)
                .with_context(|| format!("{} n’est pas une liste de clés", liste.display()))?
        }
        None => Cles::de(&Sceau::read(&v.donnees.join("sceau.cle"))?),
    };
    let issues = v.fichiers.iter().map(|f| exterieur::verifier(f, &cles));
    let pire = issues.map(|(code, phrase)| {
        println!("{phrase}");
        code
    });
    let pire = pire.max().unwrap_or_default();
    println!(
        "Hors ligne, rien ne dit si un document a été remplacé ou révoqué depuis\u{a0}: la page /verification le dit."
    );
    Ok(ExitCode::from(pire))
}

fn ouvrir_(o: &Ouvrir) -> Result<ExitCode> {
    let runtime = Runtime::new()?;
    let base = Ouverte::new(o.base.base.as_deref(), &o.base.donnees, &runtime)?;
    let code = runtime.block_on(async {
        let dossier = &o.base.donnees.donnees;
        let app = app(&base.options, dossier, Config::default(), &S3::default())?;
        prepare(&base.options, &app).await?;
        let mut db = PgConnection::connect_with(&base.options).await?;
        etablissement::ouvrir(&mut db, &app, o).await
    });
    base.stop()?;
    println!(
        "Établissement ouvert. Première connexion de {}\u{a0}: page /premiere-connexion, code {}",
        o.identifiant, code?
    );
    Ok(ExitCode::SUCCESS)
}
