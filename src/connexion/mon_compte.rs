//! One's own account: password, sessions, second factor.
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{Suite, enrolement, trop_d_essais};
use crate::{
    app::App,
    compte::{
        self, Arrivee, Connecte, Premiere,
        facteur::{self, Facteur},
        secours as codes,
        session::Session,
    },
    date,
    error::{Error, Result},
    form::{Form, FormErrors},
    page::Cadre,
};

#[derive(Template, WebTemplate)]
#[template(path = "connexion/mon_compte.html")]
struct Page {
    cadre: Cadre,
    qui: Connecte,
    secret: bool,
    etudiant: bool,
    sessions: Vec<Session>,
    facteurs: Vec<Facteur>,
    secours: i64,
    exige: bool,
    erreurs: FormErrors,
}

impl Page {
    fn heure(&self, le: &time::OffsetDateTime) -> String {
        date::instant_court(&self.qui.heure(*le))
    }
}

async fn page(app: &App, qui: &Connecte, erreurs: FormErrors) -> Result<Response> {
    let compte = qui.compte_id();
    let page = Page {
        cadre: qui.cadre("/mon-compte"),
        secret: qui.a_un_secret(app).await?,
        etudiant: qui.est("etudiant"),
        sessions: qui.sessions(app).await?,
        facteurs: facteur::tous(app, compte).await?,
        secours: codes::restants(app, compte).await?,
        exige: facteur::exige(app, compte).await?,
        qui: qui.clone(),
        erreurs,
    };
    let statut =
        if page.erreurs.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok((statut, page).into_response())
}

pub(super) async fn show(State(app): State<App>, qui: Connecte) -> Result<Response> {
    page(&app, &qui, FormErrors::default()).await
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Secret {
    ancien: String,
    nouveau: String,
}

pub(super) async fn secret(
    State(app): State<App>,
    qui: Connecte,
    arrivee: Arrivee,
    Form(saisie): Form<Secret>,
) -> Result<Response> {
    let mut erreurs = FormErrors::default();
    if let Some(refus) = compte::refus_du_secret(&saisie.nouveau, "") {
        erreurs.add("nouveau", refus);
    } else {
        match qui.changer_secret(&app, &arrivee, (saisie.ancien, saisie.nouveau)).await? {
            Premiere::Ouverte(ouverte) => {
                return Ok((ouverte.cookies, Redirect::to("/mon-compte")).into_response());
            }
            Premiere::Refusee => erreurs.add(
                "ancien",
                "Ce n’est pas votre mot de passe actuel. Vérifiez-le, puis réessayez.",
            ),
            Premiere::Devinable(refus) => erreurs.add("nouveau", refus),
            Premiere::Attendre(secondes) => erreurs.add("ancien", trop_d_essais(secondes)),
        }
    }
    page(&app, &qui, erreurs).await
}

#[derive(Deserialize)]
pub(super) struct Laquelle {
    /// Its number, or « autres ».
    session: String,
}

pub(super) async fn sessions(
    State(app): State<App>,
    qui: Connecte,
    Form(saisie): Form<Laquelle>,
) -> Result<Response> {
    let laquelle = match saisie.session.as_str() {
        "autres" => None,
        numero => Some(numero.parse().map_err(|_| Error::Unreadable)?),
    };
    qui.fermer(&app, laquelle).await?;
    Ok(Redirect::to("/mon-compte#sessions").into_response())
}

pub(super) async fn appareils(State(app): State<App>, qui: Connecte) -> Result<Response> {
    qui.lire_appareils(&app).await?;
    Ok(Redirect::to("/mon-compte#sessions").into_response())
}

#[derive(Deserialize)]
pub(super) struct Lequel {
    facteur: i64,
}

pub(super) async fn retirer(
    State(app): State<App>,
    qui: Connecte,
    arrivee: Arrivee,
    Form(saisie): Form<Lequel>,
) -> Result<Response> {
    let compte = qui.compte_id();
    let tous = facteur::tous(&app, compte).await?;
    if !tous.iter().any(|f| f.facteur_id == saisie.facteur) {
        return Ok(Redirect::to("/mon-compte#facteurs").into_response()); // taken away already
    }
    if tous.len() == 1 && facteur::exige(&app, compte).await? {
        let mut erreurs = FormErrors::default();
        erreurs.add(
            "facteurs",
            "Votre établissement demande un second facteur. Ajoutez-en un autre avant de retirer celui-ci.",
        );
        return page(&app, &qui, erreurs).await;
    }
    facteur::retirer(&app, compte, saisie.facteur).await?;
    let ouverte = qui.recommencer(&app, &arrivee).await?.ok_or(Error::Anonymous)?;
    Ok((ouverte.cookies, Redirect::to("/mon-compte#facteurs")).into_response())
}

/// New recovery codes: shown once, the old ones serve no more.
pub(super) async fn secours(State(app): State<App>, qui: Connecte) -> Result<Response> {
    if facteur::tous(&app, qui.compte_id()).await?.is_empty() {
        return Err(Error::Refused(
            "Les codes de secours remplacent un second facteur. Ajoutez d’abord un second facteur."
                .into(),
        ));
    }
    let page = enrolement::Secours {
        cadre: qui.cadre("/mon-compte"),
        codes: codes::neufs(&app, qui.compte_id()).await?,
        jour: date::longue(&qui.aujourd_hui()),
        suite: Suite { vers: "/mon-compte".into(), ..Suite::default() },
    };
    Ok(page.into_response())
}
