//! What every request may reach, and the transaction opened in somebody's name.
use std::{
    ops::{Deref, DerefMut},
    path::PathBuf,
    sync::Arc,
};

use axum::http::{HeaderMap, header};
use object_store::ObjectStore;
use sqlx::{
    AssertSqlSafe, Connection, PgConnection, PgPool, Postgres, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use time::{Date, OffsetDateTime};
use tokio::sync::Semaphore;

use crate::{
    config::Config,
    date::{self, Clock},
    error::Result,
    sceau::{Random, Sceau},
    signal::Signal,
};

#[derive(Clone)]
pub struct App {
    pub db: PgPool,
    pub config: Arc<Config>,
    pub clock: Clock,
    pub random: Random,
    pub sceau: Arc<Sceau>,
    pub fichiers: Arc<dyn ObjectStore>,
    /// Where files are while they are received: a folder of this machine, beside the store.
    pub depots: PathBuf,
    /// At most so many received files are looked at once: each may take a gigabyte.
    pub sas: Arc<Semaphore>,
    /// At most so many passwords are hashed at once: each takes 19 MiB.
    pub hachages: Arc<Semaphore>,
    /// At most so many documents are set at once.
    pub editions: Arc<Semaphore>,
    /// Tells open pages that something changed.
    pub signal: Signal,
}

/// A proof of who is asking: its transactions run in that school, for that person, under that database role.
pub trait InTheNameOf {
    fn etablissement_id(&self) -> i64;
    fn personne_id(&self) -> i64;
    /// Today, where the school is.
    fn jour(&self) -> Date;
    /// The database role: what this kind of person may touch at all.
    fn role(&self) -> &'static str;
}

/// A transaction in somebody's name, with what an act needs: its instant, the settings, the seal, chance.
pub struct Db {
    tx: Transaction<'static, Postgres>,
    pub le: OffsetDateTime,
    pub config: Arc<Config>,
    pub sceau: Arc<Sceau>,
    pub random: Random,
}

impl Deref for Db {
    type Target = PgConnection;
    fn deref(&self) -> &PgConnection {
        &self.tx
    }
}

impl DerefMut for Db {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.tx
    }
}

impl Db {
    pub async fn commit(self) -> Result<()> {
        Ok(self.tx.commit().await?)
    }
}

impl App {
    pub fn new(
        db: PgPool,
        config: Config,
        clock: Clock,
        random: Random,
        sceau: Sceau,
        fichiers: Arc<dyn ObjectStore>,
        depots: PathBuf,
    ) -> Self {
        let coeurs = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            db,
            config: Arc::new(config),
            clock,
            random,
            sceau: Arc::new(sceau),
            fichiers,
            depots,
            sas: Arc::new(Semaphore::new((coeurs / 2).max(1))),
            hachages: Arc::new(Semaphore::new(coeurs)),
            editions: Arc::new(Semaphore::new((coeurs - 1).max(1))),
            signal: Signal::default(),
        }
    }

    /// The address of this installation, as the one who asks sees it when nobody said what it is.
    pub fn origine(&self, headers: &HeaderMap) -> String {
        self.config.origine.clone().unwrap_or_else(|| {
            let hote = headers.get(header::HOST).and_then(|h| h.to_str().ok()).unwrap_or_default();
            format!("{}://{hote}", if self.config.https { "https" } else { "http" })
        })
    }

    /// One round trip: the transaction, its role, its school, its person.
    pub async fn begin(&self, qui: &impl InTheNameOf) -> Result<Db> {
        self.begin_at(qui, self.clock.now()).await
    }

    /// The same, to read much as it stood at one moment: what is written meanwhile is not seen.
    pub async fn snapshot(&self, qui: &impl InTheNameOf) -> Result<Db> {
        self.begin_with("begin isolation level repeatable read", qui, self.clock.now()).await
    }

    /// The same, for an act whose instant is given (the demonstration relives a year).
    pub async fn begin_at(&self, qui: &impl InTheNameOf, le: OffsetDateTime) -> Result<Db> {
        self.begin_with("begin", qui, le).await
    }

    async fn begin_with(
        &self,
        debut: &str,
        qui: &impl InTheNameOf,
        le: OffsetDateTime,
    ) -> Result<Db> {
        let entree = format!(
            "{debut}; set local role {}; set local livret.etablissement = '{}'; set local livret.personne = '{}'; \
             set local livret.jour = '{}'",
            qui.role(),
            qui.etablissement_id(),
            qui.personne_id(),
            date::iso(&qui.jour())
        );
        let tx = self.db.begin_with(AssertSqlSafe(entree)).await?;
        let (config, sceau) = (self.config.clone(), self.sceau.clone());
        Ok(Db { tx, le, config, sceau, random: self.random.clone() })
    }
}

/// Every connection is `livret_app`, which sees nothing of any school, until a transaction is opened in somebody's
/// name. A wait has an end.
pub fn pool(base: PgConnectOptions, connections: u32) -> PgPool {
    let options = base.options([
        ("search_path", "livret,acces"),
        ("statement_timeout", "5s"),
        ("lock_timeout", "2s"),
        ("idle_in_transaction_session_timeout", "10s"),
    ]);
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(std::time::Duration::from_secs(3))
        .after_connect(|connection, _| {
            Box::pin(async move {
                sqlx::query("set role livret_app").execute(connection).await?;
                Ok(())
            })
        })
        .connect_lazy_with(options)
}

/// The owner's connection. Its path is said aloud: by default PostgreSQL looks first in a schema named like the user,
/// which ours is, and would not find the chapters already read.
pub fn owner(base: &PgConnectOptions) -> PgConnectOptions {
    base.clone().options([("search_path", "public")])
}

/// # Errors
/// A server that may lose what it acknowledged, or a schema newer than this program.
pub async fn migrate(base: &PgConnectOptions) -> anyhow::Result<()> {
    let mut db = PgConnection::connect_with(&owner(base)).await?;
    for reglage in ["fsync", "full_page_writes", "synchronous_commit"] {
        let valeur: String = sqlx::query_scalar("select current_setting($1)")
            .bind(reglage)
            .fetch_one(&mut db)
            .await?;
        if valeur == "off" {
            anyhow::bail!(
                "ce serveur PostgreSQL peut perdre des écritures confirmées\u{a0}: {reglage} = off. Remettez-le à on"
            );
        }
    }
    // The owner is a member of every role that it opens transactions in, so that their policies would bind it too.
    let voit_tout: bool = sqlx::query_scalar(
        "select rolsuper or rolbypassrls from pg_roles where rolname = current_user",
    )
    .fetch_one(&mut db)
    .await?;
    if !voit_tout {
        anyhow::bail!(
            "le propriétaire de la base doit voir toutes les lignes pour contrôler le journal\u{a0}: exécutez «\u{a0}alter role … bypassrls\u{a0}», ou connectez-vous en superutilisateur"
        );
    }
    migrate_any(&mut db).await
}

/// Migrates whatever the server's settings: for tests, whose data may be lost.
pub async fn migrate_any(db: &mut PgConnection) -> anyhow::Result<()> {
    let migrator = sqlx::migrate!();
    match migrator.run(&mut *db).await {
        // sqlx takes an advisory lock
        Err(sqlx::migrate::MigrateError::VersionMissing(v)) => {
            anyhow::bail!(
                "cette base a été préparée par une version plus récente du programme (chapitre {v})\u{a0}: mettez le programme à jour"
            )
        }
        issue => Ok(issue?),
    }
}
