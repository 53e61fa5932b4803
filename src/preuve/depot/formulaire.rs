//! Files inside a form, for browsers without scripts: the same path, in one go.
use std::task::Poll;

use axum::{
    body::{Body, Bytes},
    extract::{
        FromRequest, Multipart, Request,
        multipart::{Field, MultipartError},
    },
};
use futures_util::StreamExt;
use http_body_util::{LengthLimitError, Limited};
use tokio::io::AsyncWriteExt;

use super::{Annonce, Suite, abandonner, accueil, finir, morceau, tenir};
use crate::{
    app::App,
    compte::Deposant,
    error::{Error, Result},
    preuve::fichier::Fichier,
};

/// A form with files, read no faster than it is written to the disk: the parser underneath takes into memory all that
/// has come, so what comes pauses after each of its pieces.
pub struct Parties(pub Multipart);

impl FromRequest<App> for Parties {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self> {
        let max = usize::try_from(app.config.formulaire_max).unwrap_or(usize::MAX);
        let (tete, corps) = request.into_parts();
        let mut flux =
            Body::new(Limited::new(corps, max.saturating_add(1 << 20))).into_data_stream();
        let mut pause = false;
        let pas_a_pas = futures_util::stream::poll_fn(move |cx| {
            pause = !pause;
            if pause {
                return flux.poll_next_unpin(cx);
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        });
        let request = Request::from_parts(tete, Body::from_stream(pas_a_pas));
        Ok(Self(Multipart::from_request(request, app).await.map_err(|_| Error::Unreadable)?))
    }
}

/// What is left of the largest form: every part counts.
pub struct Reste(pub u64);

impl Reste {
    /// The next bytes of a part.
    pub async fn lire(&mut self, partie: &mut Field<'_>) -> Result<Option<Bytes>> {
        let octets = partie.chunk().await.map_err(|e| illisible(&e))?;
        let lu = octets.as_ref().map_or(0, Bytes::len) as u64;
        self.0 = self.0.checked_sub(lu).ok_or(Error::TooLarge)?;
        Ok(octets)
    }

    /// The text of a part.
    pub async fn texte(&mut self, partie: &mut Field<'_>) -> Result<String> {
        let mut texte = vec![];
        while let Some(octets) = self.lire(partie).await? {
            if texte.len() + octets.len() > 256 << 10 {
                return Err(Error::TooLarge);
            }
            texte.extend_from_slice(&octets);
        }
        String::from_utf8(texte).map_err(|_| Error::Unreadable)
    }
}

pub fn illisible(e: &MultipartError) -> Error {
    let mut cause = std::error::Error::source(e);
    while let Some(c) = cause {
        if c.is::<LengthLimitError>() {
            return Error::TooLarge;
        }
        cause = c.source();
    }
    tracing::debug!(error = %e, "form cut short");
    Error::Unreadable
}

/// Receives the file of a part; `None` when no file was chosen. What is refused is said, the rest of the form is read.
pub async fn du_formulaire(
    app: &App,
    qui: &Deposant,
    partie: &mut Field<'_>,
    reste: &mut Reste,
) -> Result<Option<Result<Fichier, String>>> {
    let nom = partie.file_name().unwrap_or_default().to_owned();
    let max = app.config.enregistrement_max;
    let premier = reste.lire(partie).await?;
    if nom.is_empty() && premier.is_none() {
        return Ok(None);
    }
    // How much will come is not known: the row says the most, the end says the truth.
    let taille = if premier.is_none() { 0 } else { max };
    let annonce = Annonce { cle: app.random.uuid(), nom, taille };
    let mut db = app.begin(qui).await?;
    let suite = accueil::annoncer(app, &mut db, qui, &annonce, 0).await?;
    db.commit().await?;
    if let Some(suite) = suite {
        while reste.lire(partie).await?.is_some() {}
        return dit(suite).map(Some);
    }
    let chemin = morceau::chemin(app, qui, annonce.cle);
    let mut tenu = tenir(chemin.clone()).await?.ok_or(Error::Busy)?;
    let mut f = tokio::fs::File::create(&chemin).await.map_err(anyhow::Error::from)?;
    let mut suivant = premier;
    let mut ecrit = Ok(());
    while let Some(octets) = suivant {
        tenu.recu += octets.len() as u64;
        if tenu.recu <= max && ecrit.is_ok() {
            ecrit = f.write_all(&octets).await;
        }
        suivant = match reste.lire(partie).await {
            Ok(octets) => octets,
            Err(e) => {
                abandonner(app, qui, annonce.cle, tenu, String::new()).await?;
                return Err(e);
            }
        };
    }
    let refus = match ecrit.and(f.flush().await) {
        Ok(()) if tenu.recu <= max => None,
        Ok(()) => Some(accueil::trop_gros(max)),
        Err(e) => {
            tracing::warn!(error = %e, "no room for a file");
            Some(super::PLEIN.to_owned())
        }
    };
    let suite = match refus {
        Some(refus) => abandonner(app, qui, annonce.cle, tenu, refus).await?,
        None => finir(app, qui, annonce.cle, &annonce.nom, tenu).await?,
    };
    dit(suite).map(Some)
}

fn dit(suite: Suite) -> Result<Result<Fichier, String>> {
    match suite {
        Suite::Fini(fichier) => Ok(Ok(fichier)),
        Suite::Refus(_, message) => Ok(Err(message)),
        Suite::Recu(_) | Suite::Decale(_) => Err(Error::Busy),
    }
}
