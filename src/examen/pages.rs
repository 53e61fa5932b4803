//! The page of a promotion's exam: read by its teachers, filled by who coordinates it.
use std::{collections::HashMap, sync::Arc};

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use time::Date;
use uuid::Uuid;

use super::{Depot, Examen, Refus, Voulue, compte_a_rebours};
use crate::{
    app::{App, Db},
    compte::Enseignant,
    date,
    error::{Error, Result},
    etudiant::Etudiant,
    form::{Form, FormErrors, Path},
    page::Cadre,
    promotion::{Coordonnateur, Promotion},
    referentiel::{self, Edition},
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/promotions/{id}/examen", get(show))
        .route("/promotions/{id}/examen/echeances", post(dates))
        .route("/promotions/{id}/examen/candidatures", post(candidatures))
}

type Champs = HashMap<String, String>;

/// A student of the page, as she stands or as it was typed.
struct Rang {
    etudiant: Etudiant,
    voie: String,
    numero: String,
    version: i64,
}

/// An épreuve of the page, as it stands or as it was typed.
struct Depose {
    epreuve: &'static str,
    intitule: &'static str,
    le: String,
    /// As it stands, for who only reads.
    en_lettres: Option<String>,
    /// « dans 12 jours », « aujourd’hui », « passée ».
    reste: String,
    version: i64,
}

#[derive(Template, WebTemplate)]
#[template(path = "examen/show.html")]
struct Show {
    cadre: Cadre,
    promotion: Promotion,
    edition: Arc<Edition>,
    examen: Option<Examen>,
    depots: Vec<Depose>,
    rangs: Vec<Rang>,
    erreurs: FormErrors,
    cle: Uuid,
    reprise: bool,
}

fn depots(examen: &Examen, jour: Date, dits: Option<&Champs>) -> Vec<Depose> {
    let de = |e: &super::Echeance| {
        let epreuve = e.dossier.epreuve.as_str();
        let dit = dits.and_then(|d| d.get(&format!("le-{epreuve}"))).cloned();
        Depose {
            epreuve,
            intitule: &e.dossier.intitule,
            le: dit.unwrap_or_else(|| e.le.as_ref().map(date::iso).unwrap_or_default()),
            en_lettres: e.le.as_ref().map(date::longue),
            reste: compte_a_rebours(e.reste(jour)),
            version: e.version,
        }
    };
    examen.echeances.iter().map(de).collect()
}

fn rangs(examen: &Examen, etudiants: Vec<Etudiant>, dits: Option<&Champs>) -> Vec<Rang> {
    let de = |etudiant: Etudiant| {
        let actuelle = examen.candidature(etudiant.id());
        let dit =
            |quoi: &str| dits.and_then(|d| d.get(&format!("{quoi}-{}", etudiant.id()))).cloned();
        Rang {
            voie: dit("voie").unwrap_or_else(|| actuelle.voie.code.clone()),
            numero: dit("numero").unwrap_or_else(|| actuelle.numero.clone().unwrap_or_default()),
            version: actuelle.version,
            etudiant,
        }
    };
    etudiants.into_iter().map(de).collect()
}

async fn page(
    app: &App,
    enseignant: &Enseignant,
    db: &mut Db,
    promotion: Promotion,
    (dits, erreurs): (Option<&Champs>, FormErrors),
) -> Result<Show> {
    let edition = referentiel::find(&mut **db, promotion.edition_id).await?;
    let examen = super::lire(db, promotion.promotion_id, &edition).await?;
    let jour = enseignant.aujourd_hui();
    let etudiants = promotion.etudiants(db, jour).await?;
    let (depots, rangs) = match &examen {
        Some(e) => (depots(e, jour, dits), rangs(e, etudiants, dits)),
        None => (vec![], vec![]),
    };
    let cadre = enseignant.cadre("/promotions");
    let (cle, reprise) = (app.random.uuid(), dits.is_some_and(|d| d.contains_key("reprise")));
    Ok(Show { cadre, promotion, edition, examen, depots, rangs, erreurs, cle, reprise })
}

async fn show(enseignant: Enseignant, State(app): State<App>, Path(id): Path<i64>) -> Result<Show> {
    let mut db = app.begin(&enseignant).await?;
    let promotion = enseignant.promotion(&mut db, id).await?;
    page(&app, &enseignant, &mut db, promotion, (None, FormErrors::default())).await
}

/// The dates as typed; what is none is said.
fn lire_dates(champs: &Champs, erreurs: &mut FormErrors) -> Vec<Depot> {
    let mut voulus = vec![];
    for (champ, dit) in champs {
        let Some(epreuve) = champ.strip_prefix("le-") else { continue };
        let le = if dit.trim().is_empty() { None } else { date::lire(dit) };
        if le.is_none() && !dit.trim().is_empty() {
            erreurs.add(champ, format!("«\u{a0}{dit}\u{a0}» n’est pas une date. Écrivez par exemple 31/03/2027, ou laissez la case vide."));
        }
        let version = champs.get(&format!("version-{epreuve}")).and_then(|v| v.parse().ok());
        voulus.push(Depot { epreuve: epreuve.to_owned(), le, version: version.unwrap_or(-1) });
    }
    voulus.sort_by(|a, b| a.epreuve.cmp(&b.epreuve));
    voulus
}

fn lire_candidatures(champs: &Champs) -> Vec<Voulue> {
    let mut voulues: Vec<Voulue> = champs
        .iter()
        .filter_map(|(champ, voie)| {
            let etudiant_id: i64 = champ.strip_prefix("voie-")?.parse().ok()?;
            let dit = |quoi: &str| champs.get(&format!("{quoi}-{etudiant_id}"));
            let numero: String = dit("numero")?.split_whitespace().collect();
            Some(Voulue {
                etudiant_id,
                voie: voie.clone(),
                numero: Some(numero).filter(|n| !n.is_empty()),
                version: dit("version").and_then(|v| v.parse().ok()).unwrap_or(-1),
            })
        })
        .collect();
    voulues.sort_by_key(|v| v.etudiant_id);
    voulues
}

/// What a form of the page wants.
enum Demande {
    Dates,
    Candidatures,
}

async fn dates(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(champs): Form<Champs>,
) -> Result<Response> {
    enregistrer(&enseignant, &app, id, (Demande::Dates, champs)).await
}

async fn candidatures(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(champs): Form<Champs>,
) -> Result<Response> {
    enregistrer(&enseignant, &app, id, (Demande::Candidatures, champs)).await
}

/// Asks the act for what was typed; the answer is what it refuses.
async fn demander(
    coordonnateur: &Coordonnateur,
    db: &mut Db,
    edition: &Edition,
    (demande, champs, cle): (&Demande, &Champs, Uuid),
    erreurs: &mut FormErrors,
) -> Result<Vec<Refus>> {
    match demande {
        Demande::Dates => {
            let voulus = lire_dates(champs, erreurs);
            if !erreurs.is_empty() {
                return Ok(vec![]);
            }
            coordonnateur.fixer_echeances(db, edition, &voulus, cle).await
        }
        Demande::Candidatures => {
            let voulues = lire_candidatures(champs);
            coordonnateur.inscrire_a_l_examen(db, edition, &voulues, cle).await
        }
    }
}

async fn enregistrer(
    enseignant: &Enseignant,
    app: &App,
    id: i64,
    (demande, champs): (Demande, Champs),
) -> Result<Response> {
    let mut db = app.begin(enseignant).await?;
    let coordonnateur = enseignant.coordonnateur(&mut db, id).await?;
    let promotion = coordonnateur.promotion.clone();
    let edition = referentiel::find(&mut *db, promotion.edition_id).await?;
    let mut erreurs = FormErrors::default();
    let cle: Uuid = champs.get("cle").and_then(|c| c.parse().ok()).ok_or(Error::Unreadable)?;
    erreurs.cle("examen", cle);
    let mut status = StatusCode::OK;
    if !champs.contains_key("reprise") {
        let quoi = (&demande, &champs, cle);
        let refus = demander(&coordonnateur, &mut db, &edition, quoi, &mut erreurs).await?;
        if refus.is_empty() && erreurs.is_empty() {
            db.commit().await?;
            return Ok(Redirect::to(&format!("/promotions/{id}/examen")).into_response());
        }
        let depasse = refus.iter().any(|r| r.depasse);
        status = if depasse { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY };
        for r in refus {
            erreurs.add(&r.champ, r.message);
        }
    }
    let page = page(app, enseignant, &mut db, promotion, (Some(&champs), erreurs)).await?;
    Ok((status, page).into_response())
}
