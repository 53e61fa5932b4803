//! Choosing a period, then its printed bilan.
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;
use time::Date;

use super::{Bilan, Periode};
use crate::{
    app::App,
    compte::Enseignant,
    consultation, date,
    error::{Error, Result},
    form::{FormErrors, Path, Query},
    impression::{Modele, download, imprimer as composer, make},
    page::Cadre,
    promotion::Promotion,
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/promotions/{id}/bilan", get(index))
        .route("/promotions/{id}/bilan.pdf", get(whole))
        .route("/etudiants/{id}/bilan.pdf", get(one))
}

/// The part of the address after `?`, as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Choix {
    du: String,
    au: String,
}

/// What a council looks back on when nobody says otherwise, in days: about six months.
const PAR_DEFAUT: i64 = 182;

impl Choix {
    fn propose(jour: Date) -> Self {
        let du = jour - time::Duration::days(PAR_DEFAUT);
        Self { du: date::iso(&du), au: date::iso(&jour) }
    }

    /// What was left empty is the last six months.
    fn periode(&self, jour: Date, erreurs: &mut FormErrors) -> Option<Periode> {
        let propose = Self::propose(jour);
        let dit = |typed: &str, sinon: &str| {
            date::lire(if typed.trim().is_empty() { sinon } else { typed })
        };
        let (du, au) = (dit(&self.du, &propose.du), dit(&self.au, &propose.au));
        for (champ, lue) in [("du", du), ("au", au)] {
            if lue.is_none() {
                erreurs.add(champ, "Cette date n’existe pas. Écrivez-la jj/mm/aaaa.");
            }
        }
        let periode = Periode { du: du?, au: au? };
        if periode.au < periode.du {
            erreurs.add(
                "au",
                "La période finit avant de commencer\u{a0}: corrigez l’une des deux dates.",
            );
            return None;
        }
        Some(periode)
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "bilan/index.html")]
struct Index {
    cadre: Cadre,
    promotion: Promotion,
    choix: Choix,
    erreurs: FormErrors,
}

async fn index(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
) -> Result<Index> {
    let mut db = app.begin(&enseignant).await?;
    let promotion = enseignant.promotion(&mut db, id).await?;
    let choix = Choix::propose(enseignant.aujourd_hui());
    let cadre = enseignant.cadre("/promotions");
    Ok(Index { cadre, promotion, choix, erreurs: FormErrors::default() })
}

async fn imprimer(app: &App, bilan: Bilan, nom: &str) -> Result<Response> {
    let octets = make(app, bilan, |b| composer(Modele::Bilan, &serde_json::to_value(b)?));
    download(octets.await?, "application/pdf", nom)
}

async fn whole(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Query(choix): Query<Choix>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let promotion = enseignant.promotion(&mut db, id).await?;
    let mut erreurs = FormErrors::default();
    let periode = choix.periode(enseignant.aujourd_hui(), &mut erreurs);
    if promotion.effectif == 0 {
        erreurs.add(
            "du",
            "Cette promotion n’a pas encore d’étudiant\u{a0}: il n’y a rien à imprimer.",
        );
    }
    let (Some(periode), true) = (periode, erreurs.is_empty()) else {
        let page = Index { cadre: enseignant.cadre("/promotions"), promotion, choix, erreurs };
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    let bilan = enseignant.bilan(&mut db, &promotion, None, periode).await?;
    consultation::noter(db, &enseignant, &bilan.ids);
    imprimer(&app, bilan, &format!("Bilan {}.pdf", promotion.nom)).await
}

async fn one(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Query(choix): Query<Choix>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let etudiant = enseignant.etudiant(&mut db, id).await?;
    let promotion = enseignant.promotion(&mut db, etudiant.promotion_id()).await?;
    let mut erreurs = FormErrors::default();
    let Some(periode) = choix.periode(enseignant.aujourd_hui(), &mut erreurs) else {
        let dit = erreurs.iter().map(|(_, m)| m).collect::<Vec<_>>().join(" ");
        return Err(Error::Refused(dit));
    };
    let bilan = enseignant.bilan(&mut db, &promotion, Some(id), periode).await?;
    consultation::noter(db, &enseignant, &[id]);
    imprimer(&app, bilan, &format!("Bilan {}.pdf", etudiant.liste())).await
}
