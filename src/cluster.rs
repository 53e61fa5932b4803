//! The private Postgres of the embedded default: a folder, a Unix socket, no port. Unix only.
mod binaries;
mod folder;
mod hint;
mod identity;
mod postmaster;
mod process;
mod server;

use std::{
    ffi::OsString,
    fs::{File, OpenOptions, TryLockError},
    path::{Path, PathBuf},
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sqlx::{
    AssertSqlSafe, Connection, PgConnection,
    error::DatabaseError,
    postgres::{PgConnectOptions, PgSslMode},
};

pub use folder::default_base;
use postmaster::{Postmaster, State};
use process::Server;
use server::Site;

/// The superuser of the cluster.
const USER: &str = "livret";
/// Only names the socket file: nothing listens on the network.
const PORT: u16 = 5432;
/// How long a second process waits for the first one to open the database, recovery included.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long the server outlives the process that started it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// Dies with this process, even on `kill -9` (Linux), and never loses a committed row.
    WithProcess,
    /// Stays for other test processes, and writes nothing through to the disk.
    Detached,
}

/// What the environment may decide. The caller reads it: this module never does.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Folder of `initdb` and `postgres`; without it, the usual places, then the PATH.
    pub binaries: Option<PathBuf>,
    /// As root, use the `postgres` or `nobody` account even where a user namespace would do.
    pub account: bool,
}

impl Settings {
    /// Asks `lookup` (such as `std::env::var_os`) for each variable this module knows.
    pub fn read(lookup: impl Fn(&str) -> Option<OsString>) -> Self {
        let folder = |name| lookup(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        Self {
            binaries: folder("LIVRET_PG_BIN").or_else(|| folder("PG_BIN_DIR")),
            account: lookup("LIVRET_PG_IDENTITY").is_some_and(|value| value == "account"),
        }
    }
}

/// A running cluster: ours to stop when we started it, somebody else's when we joined it.
#[derive(Debug)]
pub struct Cluster {
    sockets: PathBuf,
    port: u16,
    held: Option<Held>,
}

/// What only the owner has. The lock is let go last, once the server has stopped.
#[derive(Debug)]
struct Held {
    server: Server,
    _lock: File,
}

impl Cluster {
    /// Starts the cluster of `base`, or joins it when it already runs.
    pub fn start(base: &Path, life: Life) -> Result<Self> {
        Self::start_with(base, life, &Settings::default())
    }

    pub fn start_with(base: &Path, life: Life, settings: &Settings) -> Result<Self> {
        let base = folder::open_base(base)?;
        let data = base.join("pgdata");
        let lock = lock_file(&base)?;
        let end = Instant::now() + PATIENCE;
        loop {
            match lock.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(error)) => return Err(error).context("verrou de la base"),
                Err(TryLockError::WouldBlock) => {}
            }
            // Its owner may be starting (we shall join) or stopping (the lock will be ours).
            if let Some(running) = Postmaster::running(&data).filter(|p| p.state == State::Ready) {
                return Ok(Self::joined(running));
            }
            if Instant::now() > end {
                bail!("la base locale est prise par un autre processus qui ne la démarre pas");
            }
            sleep(Duration::from_millis(20));
        }
        Self::start_locked(&base, life, settings, lock)
    }

    /// Under the lock nobody owns the server. One that runs all the same is a test server to share,
    /// or the orphan of a dead process: that one is stopped, for it may not have our settings.
    fn start_locked(base: &Path, life: Life, settings: &Settings, lock: File) -> Result<Self> {
        let data = base.join("pgdata");
        if life == Life::Detached
            && let Some(running) = wait_until_ready(&data)?
        {
            return Ok(Self::joined(running));
        }
        process::stop_orphan(&data)?;
        let site = Site::prepare(base, life, settings)?;
        let server = site.launch()?;
        let held = (life == Life::WithProcess).then_some(Held { server, _lock: lock });
        Ok(Self { sockets: site.sockets, port: PORT, held })
    }

    /// The running cluster of `base`, if there is one; starts nothing.
    pub fn join(base: &Path) -> Result<Option<Self>> {
        let Ok(base) = base.canonicalize() else { return Ok(None) };
        Ok(wait_until_ready(&base.join("pgdata"))?.map(Self::joined))
    }

    fn joined(running: Postmaster) -> Self {
        Self { sockets: running.sockets, port: running.port, held: None }
    }

    /// Whether this value stops the server when it goes.
    pub fn owned(&self) -> bool {
        self.held.is_some()
    }

    pub fn options(&self, database: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .socket(&self.sockets)
            .port(self.port)
            .username(USER)
            .database(database)
            .ssl_mode(PgSslMode::Disable)
    }

    pub fn url(&self, database: &str) -> String {
        let sockets = self.sockets.to_string_lossy();
        let host = utf8_percent_encode(&sockets, NON_ALPHANUMERIC);
        let database = utf8_percent_encode(database, NON_ALPHANUMERIC);
        format!("postgres://{USER}@{host}:{}/{database}?sslmode=disable", self.port)
    }

    /// Creates the database when it is absent; two processes may ask at the same moment.
    pub async fn ensure_database(&self, name: &str) -> Result<()> {
        match PgConnection::connect_with(&self.options(name)).await {
            Ok(db) => return Ok(db.close().await?),
            Err(error) if is_one_of(&error, &["3D000"]) => {} // no such database
            Err(error) => return Err(error).context("connexion à la base locale"),
        }
        let mut db = PgConnection::connect_with(&self.options("postgres")).await?;
        let create = format!("create database \"{}\"", name.replace('"', "\"\""));
        match sqlx::raw_sql(AssertSqlSafe(create)).execute(&mut db).await {
            Err(error) if !is_one_of(&error, &["42P04", "23505"]) => {
                Err(error).with_context(|| format!("création de la base {name}"))
            }
            _ => Ok(db.close().await?), // made, or made meanwhile by another process
        }
    }

    /// Fast shutdown. Close the pool first. Does nothing to a cluster that was joined.
    pub fn stop(mut self) -> Result<()> {
        self.release()
    }

    fn release(&mut self) -> Result<()> {
        self.held.take().map_or(Ok(()), |mut held| held.server.stop())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Err(error) = self.release() {
            tracing::error!("{error:#}");
        }
    }
}

fn lock_file(base: &Path) -> Result<File> {
    let path = base.join("pg.lock");
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .with_context(|| format!("ouverture de {}", path.display()))
}

/// Waits while a server is starting; `None` when there is none, or when it is leaving.
fn wait_until_ready(data: &Path) -> Result<Option<Postmaster>> {
    let end = Instant::now() + PATIENCE;
    while let Some(running) = Postmaster::running(data) {
        match running.state {
            State::Ready => return Ok(Some(running)),
            State::Stopping => return Ok(None),
            State::Starting if Instant::now() > end => {
                bail!("la base locale démarre depuis trop longtemps (processus {})", running.pid)
            }
            State::Starting => sleep(Duration::from_millis(5)),
        }
    }
    Ok(None)
}

fn is_one_of(error: &sqlx::Error, codes: &[&str]) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.is_some_and(|code| codes.contains(&code.as_ref()))
}
