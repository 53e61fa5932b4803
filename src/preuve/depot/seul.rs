//! A form of one file and its key: a signed paper, an annexe.
use axum::extract::{FromRequest, Request};
use uuid::Uuid;

use super::{Parties, Reste, du_formulaire, illisible};
use crate::{
    app::App, compte::Deposant, error::Result, form::FormErrors, preuve::fichier::Fichier,
};

/// The parts of the form.
#[derive(Default)]
pub struct Envoi {
    pub cle: Uuid,
    pub fichier: Option<Fichier>,
}

/// Receives it; what is wrong with its file or its key is said under `fichier`.
pub async fn seul(
    app: &App,
    qui: &Deposant,
    request: Request,
    erreurs: &mut FormErrors,
) -> Result<Envoi> {
    let Parties(mut parties) = Parties::from_request(request, app).await?;
    let (mut envoi, mut reste) = (Envoi::default(), Reste(app.config.formulaire_max));
    while let Some(mut partie) = parties.next_field().await.map_err(|e| illisible(&e))? {
        match partie.name().unwrap_or_default() {
            "cle" => {
                envoi.cle = reste.texte(&mut partie).await?.trim().parse().unwrap_or_default();
            }
            "fichier" if envoi.fichier.is_none() => {
                match du_formulaire(app, qui, &mut partie, &mut reste).await? {
                    Some(Ok(fichier)) => envoi.fichier = Some(fichier),
                    Some(Err(message)) => erreurs.add("fichier", message),
                    None => {}
                }
            }
            _ => while reste.lire(&mut partie).await?.is_some() {},
        }
    }
    erreurs.cle("fichier", envoi.cle);
    Ok(envoi)
}
