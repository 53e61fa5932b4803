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
    error::Result,
    etudiant::Etudiant,
    form::{FormErrors, Path, Query},
    impression::{Modele, download, imprimer as composer, make},
    page::Cadre,
    promotion::Promotion,
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/promotions/{id}/bilan", get(index))
        .route("/promotions/{id}/bilan.pdf", get(whole))
        .route("/etudiants/{id}/bilan", get(choose))
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

/// A period that a council often looks back on.
struct Offre {
    mots: String,
    du: String,
    au: String,
}

/// From the beginning of the training, of the school year, of the last six months, of the month.
fn offres(promotion: &Promotion, jour: Date) -> Vec<Offre> {
    let offre = |mots: &str, du: Date| Offre {
        mots: mots.to_owned(),
        du: date::iso(&du),
        au: date::iso(&jour),
    };
    // A school year begins on the day of the year when the training began.
    let annee = |an: i32| promotion.debut.replace_year(an).unwrap_or(promotion.debut);
    let cette = annee(jour.year());
    let rentree = if cette <= jour { cette } else { annee(jour.year() - 1) };
    let mut offres = vec![];
    if rentree > promotion.debut {
        offres.push(offre("Depuis la rentrée", rentree));
    }
    offres.push(offre("Depuis le début de la formation", promotion.debut.min(jour)));
    offres.push(offre("Les six derniers mois", jour - time::Duration::days(PAR_DEFAUT)));
    let mois = jour.replace_day(1).unwrap_or(jour);
    offres.push(offre("Depuis le début du mois", mois));
    offres
}

/// Of a class, or of one of its students.
#[derive(Template, WebTemplate)]
#[template(path = "bilan/index.html")]
struct Index {
    cadre: Cadre,
    promotion: Promotion,
    etudiant: Option<Etudiant>,
    offres: Vec<Offre>,
    choix: Choix,
    erreurs: FormErrors,
}

impl Index {
    fn new(
        enseignant: &Enseignant,
        (promotion, etudiant): (Promotion, Option<Etudiant>),
        (choix, erreurs): (Choix, FormErrors),
    ) -> Self {
        let offres = offres(&promotion, enseignant.aujourd_hui());
        let cadre = enseignant.cadre("/promotions");
        Self { cadre, promotion, etudiant, offres, choix, erreurs }
    }

    /// Where its documents are.
    fn chez(&self) -> String {
        match &self.etudiant {
            Some(e) => format!("/etudiants/{}", e.id()),
            None => format!("/promotions/{}", self.promotion.promotion_id),
        }
    }

    /// A date that was typed and is none is shown as it was: a field of dates would empty it.
    fn genre(&self, champ: &str) -> &'static str {
        if self.erreurs.get(champ).is_some() { "text" } else { "date" }
    }
}

async fn index(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
) -> Result<Index> {
    let mut db = app.begin(&enseignant).await?;
    let promotion = enseignant.promotion(&mut db, id).await?;
    let choix = (Choix::propose(enseignant.aujourd_hui()), FormErrors::default());
    Ok(Index::new(&enseignant, (promotion, None), choix))
}

async fn choose(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
) -> Result<Index> {
    let mut db = app.begin(&enseignant).await?;
    let etudiant = enseignant.etudiant(&mut db, id).await?;
    let promotion = enseignant.promotion(&mut db, etudiant.promotion_id()).await?;
    let choix = (Choix::propose(enseignant.aujourd_hui()), FormErrors::default());
    Ok(Index::new(&enseignant, (promotion, Some(etudiant)), choix))
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
    let bilan = match periode {
        Some(p) => Some(enseignant.bilan(&mut db, &promotion, None, p).await?),
        None => None,
    };
    if bilan.as_ref().is_some_and(|b| b.ids.is_empty()) {
        erreurs.add(
            "au",
            "Personne n’était dans cette promotion ce jour-là\u{a0}: choisissez une autre fin de période.",
        );
    }
    let Some(bilan) = bilan.filter(|_| erreurs.is_empty()) else {
        let page = Index::new(&enseignant, (promotion, None), (choix, erreurs));
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
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
        let page = Index::new(&enseignant, (promotion, Some(etudiant)), (choix, erreurs));
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    let bilan = enseignant.bilan(&mut db, &promotion, Some(id), periode).await?;
    consultation::noter(db, &enseignant, &[id]);
    imprimer(&app, bilan, &format!("Bilan {}.pdf", etudiant.liste())).await
}
