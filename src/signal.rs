//! « Something changed there »: a hint from any process of the installation to the pages that are open. It says where,
//! never what: the database decides what each reader may see.
use std::sync::Arc;

use sqlx::{PgPool, postgres::PgListener};
use tokio::sync::{OnceCell, broadcast, watch};

/// PostgreSQL's channel.
const CANAL: &str = "livret";
/// A reader that is later than this has missed some: it asks again, which is what a hint is for.
const RETARD: usize = 256;

/// A promotion of a school whose journal has advanced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Avance {
    pub etablissement_id: i64,
    pub promotion_id: i64,
}

impl Avance {
    /// Some may have been missed, anywhere.
    pub const PARTOUT: Self = Self { etablissement_id: 0, promotion_id: 0 };
}

#[derive(Clone)]
pub struct Signal {
    vers: broadcast::Sender<Avance>,
    ecoute: Arc<OnceCell<()>>,
    fin: watch::Sender<bool>,
}

impl Default for Signal {
    fn default() -> Self {
        Self {
            vers: broadcast::channel(RETARD).0,
            ecoute: Arc::default(),
            fin: watch::channel(false).0,
        }
    }
}

impl Signal {
    /// What a transaction sends on this channel when it commits.
    pub fn message(etablissement_id: i64, promotion_id: i64) -> String {
        format!("{etablissement_id}:{promotion_id}")
    }

    /// Listens from the first reader on; takes one connection of the pool, for all readers together.
    pub async fn suivre(&self, db: &PgPool) -> sqlx::Result<broadcast::Receiver<Avance>> {
        self.ecoute
            .get_or_try_init(|| async {
                let mut listener = PgListener::connect_with(db).await?;
                listener.listen(CANAL).await?;
                let vers = self.vers.clone();
                tokio::spawn(async move {
                    loop {
                        match listener.try_recv().await {
                            Ok(Some(avis)) => {
                                lire(avis.payload()).map(|avance| vers.send(avance));
                            }
                            // The line was cut and opened again: who knows what was missed?
                            Ok(None) => _ = vers.send(Avance::PARTOUT),
                            Err(sqlx::Error::PoolClosed) => break,
                            // The database is away: it is asked again.
                            Err(_) => tokio::time::sleep(std::time::Duration::from_secs(1)).await,
                        }
                    }
                });
                Ok::<(), sqlx::Error>(())
            })
            .await?;
        Ok(self.vers.subscribe())
    }

    /// Ends every stream: the program is stopping.
    pub fn finir(&self) {
        self.fin.send_replace(true);
    }

    pub fn est_fini(&self) -> bool {
        *self.fin.borrow()
    }

    /// Comes back when the program stops.
    pub async fn fin(&self) {
        let _ = self.fin.subscribe().wait_for(|fin| *fin).await;
    }
}

fn lire(texte: &str) -> Option<Avance> {
    let (ecole, promotion) = texte.split_once(':')?;
    Some(Avance { etablissement_id: ecole.parse().ok()?, promotion_id: promotion.parse().ok()? })
}
