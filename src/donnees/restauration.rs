//! What was forgotten stays forgotten after a restore: the list of erased numbers is kept in the store, apart from the
//! database, and read again at every start, before anybody comes in.
use anyhow::Result;
use futures_util::TryStreamExt;
use object_store::{ObjectStoreExt, path::Path};
use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};

use super::{
    effacement::{self, Voulu},
    nettoyage,
};
use crate::app::{App, InTheNameOf};

/// Where the list is in the store: one small file for each person.
const DOSSIER: &str = "effacements";

/// A person who was forgotten: no name, and a line of the journal that tells her number from another's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Entree {
    uai: String,
    personne: i64,
    par: i64,
    le: String,
    temoin: Option<i64>,
    empreinte: Option<String>,
}

impl Entree {
    fn lieu(&self) -> Path {
        Path::from(format!("{DOSSIER}/{}-{}.json", self.uai, self.personne))
    }
}

/// What came of the list after a restore.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Rejouee {
    /// Forgotten again.
    pub effacees: usize,
    /// « UAI, personne n° 12 »: named here, and nothing proves that it is the same person.
    pub douteuses: Vec<String>,
}

/// The administrator who did it the first time.
struct Alors {
    ecole: i64,
    par: i64,
    jour: Date,
}

impl InTheNameOf for Alors {
    fn etablissement_id(&self) -> i64 {
        self.ecole
    }
    fn personne_id(&self) -> i64 {
        self.par
    }
    fn jour(&self) -> Date {
        self.jour
    }
    fn role(&self) -> &'static str {
        "livret_administrateur"
    }
}

/// Writes what the database says was forgotten and the list does not know yet.
pub async fn tenir_la_liste(app: &App) -> Result<()> {
    let dits = sqlx::query!(
        r#"select uai as "uai!", personne_id as "personne!", par as "par!", le as "le!", temoin, empreinte
             from acces.effacements()"#
    )
    .fetch_all(&app.db)
    .await?;
    for d in dits {
        let le: OffsetDateTime = d.le;
        let entree = Entree {
            uai: d.uai,
            personne: d.personne,
            par: d.par,
            le: crate::date::iso(&le.date()),
            temoin: d.temoin,
            empreinte: d.empreinte,
        };
        let lieu = entree.lieu();
        if let Err(object_store::Error::NotFound { .. }) = app.fichiers.head(&lieu).await {
            app.fichiers.put(&lieu, serde_json::to_vec(&entree)?.into()).await?;
        }
    }
    Ok(())
}

/// Forgets again whoever a restore brought back.
pub async fn rejouer(app: &App) -> Result<Rejouee> {
    let mut rejouee = Rejouee::default();
    let dossier = Path::from(DOSSIER);
    let lieux: Vec<Path> =
        app.fichiers.list(Some(&dossier)).map_ok(|o| o.location).try_collect().await?;
    for lieu in lieux {
        let octets = app.fichiers.get(&lieu).await?.bytes().await?;
        let entree: Entree = serde_json::from_slice(&octets)?;
        let dit = sqlx::query!(
            r#"select ecole as "ecole!", jour_ici as "jour!", dit as "dit!" from acces.renommee($1, $2, $3, $4)"#,
            entree.uai,
            entree.personne,
            entree.temoin,
            entree.empreinte
        )
        .fetch_optional(&app.db)
        .await?;
        match dit {
            Some(d) if d.dit == "oui" => {
                let alors = Alors { ecole: d.ecole, par: entree.par, jour: d.jour };
                de_nouveau(app, &alors, entree.personne).await?;
                rejouee.effacees += 1;
            }
            Some(_) => {
                rejouee.douteuses.push(format!("{}, personne n° {}", entree.uai, entree.personne));
            }
            None => {}
        }
    }
    tenir_la_liste(app).await?;
    Ok(rejouee)
}

async fn de_nouveau(app: &App, alors: &Alors, qui: i64) -> Result<()> {
    let mut db = app.begin(alors).await?;
    let voulu = Voulu { raison: "restauration".to_owned(), seuls: true };
    let bilan = effacement::anonymiser(&mut db, alors, qui, &voulu, app.random.uuid()).await?;
    db.commit().await?;
    nettoyage::enlever(app, &bilan.octets).await?;
    Ok(())
}

/// At the start: said in the log, without a name.
pub async fn au_demarrage(app: &App) -> Result<()> {
    let rejouee = rejouer(app).await?;
    if rejouee.effacees > 0 {
        tracing::warn!(
            effacees = rejouee.effacees,
            "people that a restore had brought back were forgotten again"
        );
    }
    for qui in rejouee.douteuses {
        tracing::warn!(qui, "forgotten before the restore, named here: look at it by hand");
    }
    Ok(())
}
