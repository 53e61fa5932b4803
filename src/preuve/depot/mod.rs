//! A file on its way in: announced, received in pieces that survive a cut, then recognised, cleaned and kept.
mod accueil;
pub mod balayage;
mod formulaire;
mod magasin;
mod morceau;
mod pages;
mod seul;

use std::{path::PathBuf, sync::Arc};

use axum::{body::Bytes, http::StatusCode};
use uuid::Uuid;

use self::{
    magasin::Objet,
    morceau::{Ecart, Morceaux},
};
use super::fichier::{Fichier, nom, poids};
use crate::{
    app::{App, Db},
    compte::Deposant,
    error::{Error, Result},
    sas::{self, Constat, genre},
};

pub use formulaire::{Parties, Reste, du_formulaire, illisible};
pub use pages::routes;
pub use seul::seul;

/// What became of a piece, or of a question about it.
pub enum Suite {
    /// So much is there; send the rest.
    Recu(u64),
    /// The piece does not follow what is there: so much is.
    Decale(u64),
    Fini(Fichier),
    /// In French, what to do; nothing of the form is lost.
    Refus(StatusCode, String),
}

impl Suite {
    fn refus(message: impl Into<String>) -> Self {
        Self::Refus(StatusCode::UNPROCESSABLE_ENTITY, message.into())
    }

    fn plein() -> Self {
        Self::Refus(StatusCode::INSUFFICIENT_STORAGE, PLEIN.to_owned())
    }
}

const PLEIN: &str = "La place manque pour garder ce fichier, ou le stockage ne répond pas. Ce qui est arrivé est gardé\u{a0}: \
    réessayez dans quelques minutes et, si cela continue, prévenez votre administrateur.";

/// A piece, as it is announced.
pub struct Annonce {
    pub cle: Uuid,
    pub nom: String,
    pub taille: u64,
}

/// Where a deposit of mine stands.
pub async fn etat(app: &App, qui: &Deposant, cle: Uuid) -> Result<Suite> {
    let mut db = app.begin(qui).await?;
    if let Some(fichier) = accueil::fini(&mut db, cle).await? {
        return Ok(Suite::Fini(fichier));
    }
    let ouvert = accueil::ouvert(&mut db, cle).await?.is_some();
    Ok(Suite::Recu(if ouvert { morceau::recu(&morceau::chemin(app, qui, cle)) } else { 0 }))
}

/// Takes the next piece; the last one makes it a file.
pub async fn recevoir(
    app: &App,
    qui: &Deposant,
    annonce: Annonce,
    debut: u64,
    octets: Bytes,
) -> Result<Suite> {
    let chemin = morceau::chemin(app, qui, annonce.cle);
    let mut db = app.begin(qui).await?;
    if let Some(suite) = accueil::annoncer(app, &mut db, qui, &annonce, debut).await? {
        return Ok(suite);
    }
    db.commit().await?;
    let Some(mut morceaux) = tenir(chemin.clone()).await? else {
        return Ok(Suite::Decale(morceau::recu(&chemin))); // another piece of it is being written
    };
    let tete = (debut == 0).then(|| octets.clone());
    let ecrit = {
        let taille = annonce.taille;
        bloquant(move || {
            let issue = morceaux.ajouter(debut, &octets, taille);
            (morceaux, issue)
        })
        .await?
    };
    let (morceaux, issue) = ecrit;
    match issue {
        Ok(()) => {}
        Err(Ecart::Decale) => return Ok(Suite::Decale(morceaux.recu)),
        Err(Ecart::Deborde) => {
            return Ok(Suite::refus(
                "Ce fichier a changé pendant l’envoi. Choisissez-le de nouveau.",
            ));
        }
        Err(Ecart::Plein) => return Ok(Suite::plein()),
        Err(Ecart::Panne(e)) => return Err(anyhow::Error::from(e).into()),
    }
    if let Some(refus) = tete.and_then(|t| accueil::des_le_debut(app, &t, annonce.taille)) {
        return abandonner(app, qui, annonce.cle, morceaux, refus).await;
    }
    if morceaux.recu < annonce.taille {
        return Ok(Suite::Recu(morceaux.recu));
    }
    finir(app, qui, annonce.cle, &annonce.nom, morceaux).await
}

/// Forgets a deposit of mine, finished or not, that no preuve has taken.
pub async fn retirer(app: &App, qui: &Deposant, cle: Uuid) -> Result<()> {
    let Some(morceaux) = tenir(morceau::chemin(app, qui, cle)).await? else {
        return Err(Error::Conflict(
            "Ce fichier est en train d’arriver. Attendez un instant.".into(),
        ));
    };
    let mut db = app.begin(qui).await?;
    accueil::oublier(&mut db, cle).await?;
    db.commit().await?;
    morceaux.oublier();
    Ok(())
}

async fn tenir(chemin: PathBuf) -> Result<Option<Morceaux>> {
    Ok(bloquant(move || Morceaux::ouvrir(chemin)).await?.map_err(anyhow::Error::from)?)
}

async fn bloquant<T: Send + 'static>(quoi: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    Ok(tokio::task::spawn_blocking(quoi).await.map_err(anyhow::Error::from)?)
}

async fn abandonner(
    app: &App,
    qui: &Deposant,
    cle: Uuid,
    morceaux: Morceaux,
    refus: String,
) -> Result<Suite> {
    let mut db = app.begin(qui).await?;
    accueil::oublier(&mut db, cle).await?;
    db.commit().await?;
    morceaux.oublier();
    Ok(Suite::refus(refus))
}

/// All of it is there: through the airlock, to the store, then the row. Can be asked again when something fails.
async fn finir(
    app: &App,
    qui: &Deposant,
    cle: Uuid,
    nom: &str,
    morceaux: Morceaux,
) -> Result<Suite> {
    let place = Arc::clone(&app.sas).acquire_owned().await.map_err(anyhow::Error::from)?;
    let programme = app.config.programme.clone();
    let (morceaux, vu) = bloquant(move || {
        let vu = morceaux.passer(&programme);
        drop(place); // not before the process has ended, whoever still waits for it
        (morceaux, vu)
    })
    .await?;
    let constat = match vu.map_err(anyhow::Error::from)? {
        Ok(constat) => constat,
        Err(refus) if refus == sas::PLACE => return Ok(Suite::plein()),
        Err(refus) => return abandonner(app, qui, cle, morceaux, refus).await,
    };
    if morceaux.recu > app.config.fichier_max && !constat.genre.enregistrement() {
        let refus = accueil::trop_gros(app.config.fichier_max);
        return abandonner(app, qui, cle, morceaux, refus).await;
    }
    let paquets = paquets(&morceaux, &constat).await?;
    for _ in 0..3 {
        for (objet, chemin) in &paquets {
            if let Err(e) = magasin::porter(app, objet, chemin).await {
                tracing::warn!(error = %e, "file store full or away");
                return Ok(Suite::plein());
            }
        }
        let mut db = app.begin(qui).await?;
        if let Some(refus) = accueil::quota(app, &mut db, qui, paquets[0].0.taille).await? {
            drop(db);
            return abandonner(app, qui, cle, morceaux, refus).await;
        }
        if toujours_la(app, &mut db, &paquets).await? {
            let nom = nom::sur(nom, constat.genre.code());
            let objets: Vec<&Objet> = paquets.iter().map(|p| &p.0).collect();
            let fichier = accueil::inscrire(&mut db, cle, &nom, &constat, &objets).await?;
            db.commit().await?;
            morceaux.oublier();
            return Ok(Suite::Fini(fichier));
        }
    }
    Err(Error::Busy)
}

/// What goes to the store: the clean bytes, then the thumbnail.
async fn paquets(morceaux: &Morceaux, constat: &Constat) -> Result<Vec<(Objet, PathBuf)>> {
    let chemin = &morceaux.chemin;
    let mut chemins = vec![if constat.refait { sas::propre(chemin) } else { chemin.clone() }];
    chemins.extend(constat.vignette.then(|| sas::vignette(chemin)));
    bloquant(move || {
        chemins.into_iter().map(|c| Ok((magasin::peser(&c)?, c))).collect::<std::io::Result<_>>()
    })
    .await?
    .map_err(|e| anyhow::Error::from(e).into())
}

/// Until this transaction ends, the sweep takes nothing: what is there now will be named.
async fn toujours_la(app: &App, db: &mut Db, paquets: &[(Objet, PathBuf)]) -> Result<bool> {
    sqlx::query!("select pg_advisory_xact_lock_shared($1)", balayage::VERROU)
        .execute(&mut **db)
        .await?;
    for (objet, _) in paquets {
        if !magasin::est_la(app, objet).await.map_err(anyhow::Error::from)? {
            return Ok(false);
        }
    }
    Ok(true)
}
