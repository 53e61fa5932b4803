//! The sweep: bytes that no row names any more, deposits that nobody finished.
use std::{collections::HashSet, time::Duration};

use futures_util::TryStreamExt;
use object_store::{ObjectStoreExt, path::Path};

use super::morceau;
use crate::{app::App, error::Result};

/// Held by the sweep alone, shared by every deposit that becomes a row.
pub const VERROU: i64 = 0x6c69_7672_6574; // « livret »
/// Few at a time: deposits wait meanwhile.
const POIGNEE: usize = 50;

/// What was swept, or would be.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Balayage {
    pub orphelins: usize,
    pub octets: u64,
    pub depots: usize,
    /// Received, and held by no preuve nor draft.
    pub fichiers: usize,
}

/// At the start, then every day.
pub async fn chaque_jour(app: App) {
    let mut jour = tokio::time::interval(Duration::from_hours(24));
    loop {
        jour.tick().await;
        match balayer(&app, true).await {
            Ok(b) => tracing::info!(
                orphelins = b.orphelins,
                octets = b.octets,
                depots = b.depots,
                fichiers = b.fichiers,
                "swept"
            ),
            Err(e) => tracing::warn!(error = %e, "not swept"),
        }
    }
}

/// Counts, and takes away only when it is `pour_de_bon`.
pub async fn balayer(app: &App, pour_de_bon: bool) -> Result<Balayage> {
    let mut fait = Balayage { depots: depots(app, pour_de_bon).await?, ..Balayage::default() };
    if pour_de_bon {
        fait.fichiers = fichiers(app).await?;
    }
    let mut objets = app.fichiers.list(None);
    let mut poignee = vec![];
    loop {
        let objet = objets.try_next().await.map_err(anyhow::Error::from)?;
        let fini = objet.is_none();
        if let Some(o) = objet
            && let Some(empreinte) = empreinte(&o.location)
        {
            poignee.push((empreinte, o.location, o.size));
        }
        if poignee.len() >= POIGNEE || fini {
            orphelins(app, std::mem::take(&mut poignee), pour_de_bon, &mut fait).await?;
        }
        if fini {
            return Ok(fait);
        }
    }
}

/// What an object is called here; anything else in the store is not ours to take.
fn empreinte(lieu: &Path) -> Option<Vec<u8>> {
    let (dossier, nom) = lieu.as_ref().split_once('/')?;
    let octets = hex::decode(nom).ok().filter(|o| o.len() == 32)?;
    nom.starts_with(dossier).then_some(octets)
}

async fn orphelins(
    app: &App,
    poignee: Vec<(Vec<u8>, Path, u64)>,
    pour_de_bon: bool,
    fait: &mut Balayage,
) -> Result<()> {
    let mut db = app.db.begin().await?;
    if pour_de_bon {
        sqlx::query!("select pg_advisory_xact_lock($1)", VERROU).execute(&mut *db).await?;
    }
    let demandes: Vec<Vec<u8>> = poignee.iter().map(|p| p.0.clone()).collect();
    let nommes =
        sqlx::query_scalar!(r#"select n as "n!" from acces.fichiers_nommes($1) n"#, &demandes)
            .fetch_all(&mut *db)
            .await?;
    let nommes: HashSet<Vec<u8>> = nommes.into_iter().collect();
    for (_, lieu, taille) in poignee.iter().filter(|p| !nommes.contains(&p.0)) {
        if pour_de_bon {
            app.fichiers.delete(lieu).await.map_err(anyhow::Error::from)?;
        }
        fait.orphelins += 1;
        fait.octets += taille;
    }
    Ok(db.commit().await?)
}

/// Takes these bytes out, unless a row still names them, and the pieces of deposits that no row announces any more.
pub async fn enlever(app: &App, empreintes: &[Vec<u8>]) -> Result<()> {
    let mut fait = Balayage::default();
    for poignee in empreintes.chunks(POIGNEE) {
        let mut presents = vec![];
        for empreinte in poignee {
            let lieu = super::super::fichier::lieu(empreinte);
            match app.fichiers.head(&lieu).await {
                Ok(objet) => presents.push((empreinte.clone(), lieu, objet.size)),
                Err(object_store::Error::NotFound { .. }) => {}
                Err(e) => return Err(anyhow::Error::from(e).into()),
            }
        }
        orphelins(app, presents, true, &mut fait).await?;
    }
    depots(app, true).await?;
    Ok(())
}

/// Files that nobody put in a preuve: the page of recording says how long they wait.
async fn fichiers(app: &App) -> Result<usize> {
    let avant = app.clock.now() - app.config.depot_duree;
    let oublies = sqlx::query_scalar!(r#"select acces.oublier_fichiers($1) as "n!""#, avant)
        .fetch_one(&app.db)
        .await?;
    Ok(usize::try_from(oublies).unwrap_or_default())
}

/// Rows too old, then pieces whose row is gone.
async fn depots(app: &App, pour_de_bon: bool) -> Result<usize> {
    let avant = app.clock.now() - app.config.depot_duree;
    // Listed before the rows are read: pieces that come meanwhile are not looked at.
    let mut restes = vec![];
    if let Ok(mut dossier) = tokio::fs::read_dir(&app.depots).await {
        while let Some(entree) = dossier.next_entry().await.map_err(anyhow::Error::from)? {
            restes.push(entree.path());
        }
    }
    if pour_de_bon {
        sqlx::query_scalar!("select acces.oublier_depots($1)", avant).fetch_one(&app.db).await?;
    }
    let en_cours = sqlx::query!(
        r#"select etablissement_id as "etablissement_id!", par as "par!", cle as "cle!"
             from acces.depots_en_cours($1)"#,
        avant
    )
    .fetch_all(&app.db)
    .await?;
    let en_cours: HashSet<String> =
        en_cours.into_iter().map(|d| morceau::nom(d.etablissement_id, d.par, d.cle)).collect();
    let garde = |p: &std::path::Path| {
        p.file_stem().and_then(|n| n.to_str()).is_some_and(|n| en_cours.contains(n))
    };
    let mut oublies = HashSet::new();
    for reste in restes.iter().filter(|p| !garde(p)) {
        oublies.insert(reste.file_stem().map(ToOwned::to_owned));
        if pour_de_bon {
            let _ = tokio::fs::remove_file(reste).await;
        }
    }
    Ok(oublies.len())
}
