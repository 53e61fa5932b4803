//! The forms of the visits of a period.
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::post,
};
use serde::Deserialize;
use time::Date;
use uuid::Uuid;

use super::{
    page_periode::{Dit, Lieu, Show},
    visite::{Dite, Mode, Visite, visites},
};
use crate::{
    app::App,
    compte::Enseignant,
    date,
    error::{Error, Result},
    form::{Form, FormErrors, Path},
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/etudiants/{id}/stages/{periode}/visites", post(create))
        .route("/etudiants/{id}/stages/{periode}/visites/{visite}", post(update))
}

/// What is said of a visit, as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Saisie {
    /// Which one is corrected; 0: a new one. From the address.
    #[serde(skip)]
    pub visite: i64,
    pub le: String,
    pub mode: String,
    pub rencontre: String,
    pub compte_rendu: String,
    pub version: i64,
    pub cle: Uuid,
    pub reprise: Option<String>,
}

impl Saisie {
    pub fn of(v: &Visite) -> Self {
        Self {
            visite: v.visite_id,
            le: date::iso(&v.dite.le),
            mode: v.dite.mode.code().to_owned(),
            rencontre: v.dite.rencontre.clone(),
            compte_rendu: v.dite.compte_rendu.clone(),
            version: v.version,
            ..Self::default()
        }
    }

    /// A field of this form among those of the other visits.
    pub fn champ(&self, nom: &str) -> String {
        format!("{nom}-{}", self.visite)
    }

    fn check(&self, (debut, jour): (Date, Date), erreurs: &mut FormErrors) -> Option<Dite> {
        let le = date::lire(&self.le);
        let refus = match le {
            None => Some("Cette date n’existe pas. Écrivez-la jj/mm/aaaa.".to_owned()),
            Some(le) if le > jour => {
                Some("Cette date est à venir. Enregistrez la visite une fois faite.".to_owned())
            }
            Some(le) if le < debut => Some(format!(
                "La formation de cette promotion commence le {}. Choisissez une date à partir de ce jour.",
                date::longue(&debut)
            )),
            Some(_) => None,
        };
        if let Some(message) = refus {
            erreurs.add(&self.champ("le"), message);
        }
        let mode = Mode::lire(&self.mode);
        if mode.is_none() {
            erreurs.add(&self.champ("mode"), "Dites comment vous vous êtes rencontrés.");
        }
        let rencontre = if self.rencontre.trim().is_empty() {
            String::new()
        } else {
            erreurs.ligne(&self.champ("rencontre"), &self.rencontre, 200)
        };
        let compte_rendu = erreurs.texte(&self.champ("compte_rendu"), &self.compte_rendu, 5000);
        erreurs.cle(&self.champ("le"), self.cle);
        let dite = Dite { le: le?, mode: mode?, rencontre, compte_rendu };
        erreurs.is_empty().then_some(dite)
    }
}

async fn enregistrer(
    app: &App,
    enseignant: Enseignant,
    (id, periode): (i64, i64),
    mut saisie: Saisie,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let lieu = Lieu::trouver(&mut db, (&enseignant).into(), Some(id), periode).await?;
    let promotion = enseignant.promotion(&mut db, lieu.periode.promotion_id).await?;
    let connues = visites(&mut db, &lieu.periode).await?;
    if saisie.visite != 0 && !connues.iter().any(|v| v.visite_id == saisie.visite) {
        return Err(Error::NotFound);
    }
    let mut erreurs = FormErrors::default();
    let dite = saisie.check((promotion.debut, enseignant.aujourd_hui()), &mut erreurs);
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if saisie.reprise.is_some() {
        (status, erreurs) = (StatusCode::OK, FormErrors::default());
    } else if let Some(dite) = dite {
        let elle = (&lieu.etudiant, &lieu.periode);
        let faite = if saisie.visite == 0 {
            enseignant.rendre_visite(&mut db, elle, &dite, saisie.cle).await
        } else {
            let laquelle = (elle.0, elle.1, saisie.visite);
            let lue = (saisie.version, saisie.cle);
            enseignant.corriger_visite(&mut db, laquelle, &dite, lue).await
        };
        match faite {
            Ok(()) => {
                db.commit().await?;
                return Ok(Redirect::to(&format!("{}#visites", lieu.base)).into_response());
            }
            Err(Error::Conflict(message)) => {
                status = StatusCode::CONFLICT;
                erreurs.add(&saisie.champ("compte_rendu"), message);
                let actuelles = visites(&mut db, &lieu.periode).await?;
                let elle = actuelles.iter().find(|v| v.visite_id == saisie.visite);
                saisie.version = elle.map_or(0, |v| v.version);
            }
            Err(autre) => return Err(autre),
        }
    }
    let dit = Dit { visite: Some(saisie), erreurs, ..Dit::default() };
    let page = Show::ouvrir(app, &mut db, lieu, dit).await?;
    Ok((status, page).into_response())
}

async fn create(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(ou): Path<(i64, i64)>,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    enregistrer(&app, enseignant, ou, saisie).await
}

async fn update(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, periode, visite)): Path<(i64, i64, i64)>,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    if visite == 0 {
        return Err(Error::NotFound);
    }
    enregistrer(&app, enseignant, (id, periode), Saisie { visite, ..saisie }).await
}
