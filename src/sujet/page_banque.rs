//! The bank of an épreuve: the school's phrases, added and taken out, and those that came with the program.
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;
use uuid::Uuid;

use super::{Modele, Variante, modele::Rubrique, pages::Lieu, variantes};
use crate::{
    app::{App, Db},
    compte::Enseignant,
    error::{Error, Result},
    fiche,
    form::{Form, FormErrors, Path},
    page::Cadre,
    promotion::Promotion,
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/promotions/{id}/sujets/{epreuve}/banque", get(index).post(create))
        .route("/promotions/{id}/sujets/{epreuve}/banque/retrait", post(delete))
}

/// A phrase as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Saisie {
    rubrique: String,
    nature: String,
    texte: String,
    cle: Uuid,
    reprise: Option<String>,
}

#[derive(Template, WebTemplate)]
#[template(path = "sujet/banque.html")]
struct Index {
    cadre: Cadre,
    promotion: Promotion,
    modele: &'static Modele,
    natures: &'static [fiche::modele::Nature],
    banque: Vec<Variante>,
    saisie: Saisie,
    erreurs: FormErrors,
}

impl Index {
    /// What is varied, each once.
    fn rubriques(&self) -> Vec<&'static Rubrique> {
        let mut vues: Vec<&'static Rubrique> = vec![];
        for r in self.modele.papiers.iter().flat_map(|p| &p.rubriques).filter(|r| r.banque) {
            if vues.iter().all(|v| v.code != r.code) {
                vues.push(r);
            }
        }
        vues
    }

    fn de(&self, rubrique: &Rubrique) -> Vec<&Variante> {
        self.banque.iter().filter(|v| v.rubrique == rubrique.code).collect()
    }

    fn nature(&self, code: &str) -> &str {
        self.natures.iter().find(|n| n.code == code).map_or("", |n| &n.intitule)
    }
}

async fn page(
    app: &App,
    enseignant: &Enseignant,
    db: &mut Db,
    lieu: Lieu,
    (saisie, erreurs): (Saisie, FormErrors),
) -> Result<Index> {
    let banque = variantes(db, &lieu.modele.epreuve).await?;
    let natures = fiche::Modele::de(&lieu.examen, &lieu.modele.epreuve);
    let natures = natures.map_or(&[][..], |m| &m.natures);
    let saisie = Saisie { cle: app.random.uuid(), ..saisie };
    let (cadre, promotion, modele) = (enseignant.cadre("/promotions"), lieu.promotion, lieu.modele);
    Ok(Index { cadre, promotion, modele, natures, banque, saisie, erreurs })
}

async fn index(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, epreuve)): Path<(i64, String)>,
) -> Result<Index> {
    let mut db = app.begin(&enseignant).await?;
    let lieu = Lieu::trouver(&mut db, &enseignant, (id, &epreuve)).await?;
    let quoi = (Saisie::default(), FormErrors::default());
    page(&app, &enseignant, &mut db, lieu, quoi).await
}

async fn create(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, epreuve)): Path<(i64, String)>,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let lieu = Lieu::trouver(&mut db, &enseignant, (id, &epreuve)).await?;
    let mut erreurs = FormErrors::default();
    erreurs.cle("texte", saisie.cle);
    let texte = erreurs.ligne("texte", &saisie.texte, 1000);
    let variee = |r: &&Rubrique| r.banque && r.code == saisie.rubrique;
    if !lieu.modele.papiers.iter().flat_map(|p| &p.rubriques).any(|r| variee(&r)) {
        erreurs.add("rubrique", "Choisissez la rubrique que cette phrase fait varier.");
    }
    let fiche = fiche::Modele::de(&lieu.examen, &epreuve);
    let nature = Some(saisie.nature.as_str()).filter(|n| !n.is_empty());
    if nature.is_some_and(|n| fiche.and_then(|m| m.nature(n)).is_none()) {
        erreurs.add("nature", "Cette nature d’activité n’existe pas. Choisissez-en une autre.");
    }
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if saisie.reprise.is_some() {
        (status, erreurs) = (StatusCode::OK, FormErrors::default());
    } else if erreurs.is_empty() {
        let dite = (saisie.rubrique.as_str(), nature, texte.as_str());
        match enseignant.garder_variante(&mut db, &epreuve, dite, saisie.cle).await {
            Ok(()) => {
                db.commit().await?;
                let vers = format!("/promotions/{id}/sujets/{epreuve}/banque#{}", saisie.rubrique);
                return Ok(Redirect::to(&vers).into_response());
            }
            Err(Error::Refused(message)) => {
                erreurs.add("texte", message);
                drop(db);
                db = app.begin(&enseignant).await?; // what was refused is undone
            }
            Err(autre) => return Err(autre),
        }
    }
    let page = page(&app, &enseignant, &mut db, lieu, (saisie, erreurs)).await?;
    Ok((status, page).into_response())
}

/// A phrase that is taken out.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Retrait {
    variante: i64,
    cle: Uuid,
    reprise: Option<String>,
}

async fn delete(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, epreuve)): Path<(i64, String)>,
    Form(retrait): Form<Retrait>,
) -> Result<Redirect> {
    let mut db = app.begin(&enseignant).await?;
    Lieu::trouver(&mut db, &enseignant, (id, &epreuve)).await?;
    // After a sign-in on the way: the page is shown again, the button is there.
    if retrait.reprise.is_none() {
        if retrait.cle.is_nil() {
            return Err(Error::Unreadable);
        }
        enseignant.retirer_variante(&mut db, retrait.variante, retrait.cle).await?;
        db.commit().await?;
    }
    Ok(Redirect::to(&format!("/promotions/{id}/sujets/{epreuve}/banque")))
}
