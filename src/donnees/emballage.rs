//! The ZIP of an export: what is known, twice; the files; a manifest.
use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, header},
    response::Response,
};
use futures_util::stream;
use serde_json::json;
use tokio::{io::AsyncReadExt, sync::Semaphore};

use super::{export::Export, feuille};
use crate::{
    app::App,
    error::{Error, Result},
    impression::download,
    jury::paquet::{Entree, Fait, Paquet, nom},
};

/// So many at a time: each reads all the files of somebody.
static PLACES: Semaphore = Semaphore::const_new(2);
const MORCEAU: usize = 64 << 10;

/// Makes the ZIP and sends it.
///
/// # Errors
/// Two are being made already.
pub async fn envoyer(app: &App, export: &Export) -> Result<Response> {
    let _place = PLACES.try_acquire().map_err(|_| Error::Busy)?;
    let fait = emballer(app, export).await?;
    let titre = format!("Données de {}.zip", export.personne);
    servir(fait, &titre)
}

async fn emballer(app: &App, export: &Export) -> Result<Fait> {
    let mut paquet = Paquet::new(app)?;
    let (par, le) = (export.etablissement.as_str(), export.le.as_str());
    let entree = |chemin, nom| Entree { chemin, nom, par, le };
    paquet.ajouter(&entree("donnees.html", "donnees.html"), &feuille::ecrire(export)?)?;
    let texte = serde_json::to_vec_pretty(&export.json()).map_err(anyhow::Error::from)?;
    paquet.ajouter(&entree("donnees.json", "donnees.json"), &texte)?;
    for f in export.lignes("livret.fichier") {
        let dit = |champ: &str| f.get(champ).and_then(|v| v.as_str()).unwrap_or_default();
        let numero = f.get("fichier_id").and_then(serde_json::Value::as_i64).unwrap_or_default();
        let chemin = format!("fichiers/{numero}-{}", nom::fichier(dit("nom"), dit("genre")));
        let empreinte = hex::decode(dit("empreinte")).unwrap_or_default();
        let depose = dit("depose_le").get(..10).unwrap_or_default();
        let ici = Entree { chemin: &chemin, nom: dit("nom"), par: "", le: depose };
        if empreinte.len() != 32 || !paquet.copier(app, &ici, &empreinte).await? {
            paquet.absent(dit("nom").to_owned());
        }
    }
    Ok(paquet.finir(&json!({ "donnees": export.personne, "etablissement": export.uai }))?)
}

/// A file that has no name, piece by piece.
fn servir(fait: Fait, nom: &str) -> Result<Response> {
    let taille = HeaderValue::from(fait.taille);
    let lu = tokio::fs::File::from_std(fait.fichier());
    let morceaux = stream::try_unfold(lu, |mut lu| async move {
        let mut tampon = vec![0; MORCEAU];
        let n = lu.read(&mut tampon).await?;
        tampon.truncate(n);
        Ok::<_, std::io::Error>((n > 0).then(|| (Bytes::from(tampon), lu)))
    });
    let mut reponse = download(vec![], "application/zip", nom)?;
    *reponse.body_mut() = Body::from_stream(morceaux);
    reponse.headers_mut().insert(header::CONTENT_LENGTH, taille);
    reponse.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(reponse)
}
