//! What one hands to the secretariat: a list to fill, and a note that says which export is wanted.
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};

use super::pages::{cadre, entrer};
use crate::{
    app::{App, InTheNameOf},
    compte::Gestionnaire,
    error::Result,
    page::Cadre,
};

/// As French Excel opens it: `;`, a mark, CRLF.
const MODELE: &str = "\u{feff}NOM;Prénom;Date de naissance;INE;Classe\r\n\
    ÉTIENNE;Zoé;03/10/2006;0123456789A;BTS NDRC 1\r\nN’GUESSAN;Awa;29/05/2005;;BTS NDRC 2\r\n";

/// The list that we would like.
pub async fn modele(qui: Gestionnaire, State(app): State<App>) -> Result<Response> {
    drop(entrer(&app, &qui).await?);
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"etudiants.csv\""),
    ];
    Ok((headers, MODELE).into_response())
}

#[derive(Template, WebTemplate)]
#[template(path = "import/demande.html")]
pub struct Demande {
    cadre: Cadre,
    etablissement: String,
    appellation: String,
    jour: time::Date,
}

/// A note that one prints and gives to the secretariat.
pub async fn demande(qui: Gestionnaire, State(app): State<App>) -> Result<Demande> {
    drop(entrer(&app, &qui).await?);
    let compte = qui.compte();
    Ok(Demande {
        cadre: cadre(&qui),
        etablissement: compte.etablissement().to_owned(),
        appellation: compte.appellation(),
        jour: qui.jour(),
    })
}
