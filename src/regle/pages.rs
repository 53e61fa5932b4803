//! The page of the rule: read by every teacher of the promotion, tried and chosen by who coordinates it.
use std::sync::Arc;

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Deserialize;
use uuid::Uuid;

use super::{Choix, Essai, N_MAX, Reglage, Regle};
use crate::{
    app::{App, Db},
    compte::Enseignant,
    error::{Error, Result},
    form::{Form, FormErrors, Path, Query},
    page::Cadre,
    promotion::Promotion,
    referentiel::{self, Edition},
};

pub fn routes() -> Router<App> {
    Router::new().route("/promotions/{id}/regle", get(show).post(choose))
}

/// The rule that is tried or chosen, as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Saisie {
    regle: String,
    n: String,
    fraicheur: String,
    version: i64,
    cle: Uuid,
    reprise: Option<String>,
}

/// Most months that a level may stay fresh.
const FRAICHEUR_MAX: i32 = 60;

/// How many situations a rule looks at when nobody said.
const N_USUEL: i32 = 5;

impl Saisie {
    fn of(reglage: &Reglage) -> Self {
        Self {
            regle: reglage.regle.code().to_owned(),
            n: reglage.regle.n().unwrap_or(N_USUEL).to_string(),
            fraicheur: reglage.fraicheur.to_string(),
            ..Self::default()
        }
    }

    fn check(&self, erreurs: &mut FormErrors) -> Option<Choix> {
        let n = self.n.trim().parse().ok().filter(|n| (1..=N_MAX).contains(n));
        if !Regle::CODES.contains(&self.regle.as_str()) {
            erreurs.add("regle", "Cette règle n’existe pas. Choisissez-en une dans la liste.");
        } else if Regle::veut_un_nombre(&self.regle) && n.is_none() {
            erreurs.add(
                "n",
                format!(
                    "Dites sur combien de dernières situations\u{a0}: un nombre de 1 à {N_MAX}."
                ),
            );
        }
        let fraicheur = self.fraicheur.trim().parse().ok();
        let fraicheur = fraicheur.filter(|m| (1..=FRAICHEUR_MAX).contains(m));
        if fraicheur.is_none() {
            erreurs.add(
                "fraicheur",
                format!(
                    "Dites au bout de combien de mois\u{a0}: un nombre de 1 à {FRAICHEUR_MAX}."
                ),
            );
        }
        let regle = Regle::nommee(&self.regle, n)?;
        Some(Choix { regle, fraicheur: fraicheur? }).filter(|_| erreurs.is_empty())
    }
}

/// A rule of the list, with what it does and an example of it.
struct Offre {
    code: &'static str,
    intitule: String,
    explication: String,
    exemple: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "regle/show.html")]
struct Show {
    cadre: Cadre,
    promotion: Promotion,
    reglage: Reglage,
    offres: Vec<Offre>,
    saisie: Saisie,
    erreurs: FormErrors,
    /// Somebody chose meanwhile.
    conflit: Option<String>,
    essai: Option<Essai>,
    edition: Arc<Edition>,
}

/// The four, as they would be with the number that was typed.
fn offres(edition: &Edition, n: &str) -> Vec<Offre> {
    let n = n.trim().parse().ok().filter(|n| (1..=N_MAX).contains(n)).unwrap_or(N_USUEL);
    let regles = Regle::CODES.iter().filter_map(|code| Regle::nommee(code, Some(n)));
    regles
        .map(|regle| Offre {
            code: regle.code(),
            intitule: regle.intitule(),
            explication: regle.explication(),
            exemple: regle.exemple(&edition.niveaux),
        })
        .collect()
}

/// The page, with a trial when a choice can be read and its reader coordinates.
async fn page(
    app: &App,
    enseignant: &Enseignant,
    db: &mut Db,
    promotion: Promotion,
    (saisie, erreurs, conflit): (Option<Saisie>, FormErrors, Option<String>),
) -> Result<Show> {
    let edition = referentiel::find(&mut **db, promotion.edition_id).await?;
    let reglage = promotion.reglage(db).await?;
    let choix = saisie.as_ref().and_then(|s| s.check(&mut FormErrors::default()));
    let essai = match choix.filter(|_| promotion.coordonnee) {
        Some(choix) => {
            let releve = promotion.releve(db, enseignant.aujourd_hui()).await?;
            Some(releve.essayer(&edition, &reglage, choix))
        }
        None => None,
    };
    let saisie = Saisie {
        cle: app.random.uuid(),
        version: reglage.version,
        ..saisie.unwrap_or_else(|| Saisie::of(&reglage))
    };
    let offres = offres(&edition, &saisie.n);
    let cadre = enseignant.cadre("/promotions");
    Ok(Show { cadre, promotion, reglage, offres, saisie, erreurs, conflit, essai, edition })
}

/// Without a question: what is in force. With one: what it would change.
async fn show(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Query(saisie): Query<Saisie>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let promotion = enseignant.promotion(&mut db, id).await?;
    let mut erreurs = FormErrors::default();
    let saisie = Some(saisie).filter(|s| promotion.coordonnee && !s.regle.is_empty());
    if let Some(saisie) = &saisie {
        saisie.check(&mut erreurs);
    }
    let status = if erreurs.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = page(&app, &enseignant, &mut db, promotion, (saisie, erreurs, None)).await?;
    Ok((status, page).into_response())
}

async fn choose(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let coordonnateur = enseignant.coordonnateur(&mut db, id).await?;
    let promotion = coordonnateur.promotion.clone();
    let mut erreurs = FormErrors::default();
    let choix = saisie.check(&mut erreurs);
    erreurs.cle("regle", saisie.cle);
    let mut conflit = None;
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if saisie.reprise.is_some() {
        status = StatusCode::OK;
    } else if let Some(choix) = choix.filter(|_| erreurs.is_empty()) {
        let fait = coordonnateur.choisir_regle(&mut db, choix, saisie.version, saisie.cle).await;
        match fait {
            Ok(_) => {
                db.commit().await?;
                return Ok(Redirect::to(&format!("/promotions/{id}/regle")).into_response());
            }
            Err(Error::Conflict(message)) => {
                status = StatusCode::CONFLICT;
                conflit = Some(message);
            }
            Err(autre) => return Err(autre),
        }
    }
    let page =
        page(&app, &enseignant, &mut db, promotion, (Some(saisie), erreurs, conflit)).await?;
    Ok((status, page).into_response())
}
