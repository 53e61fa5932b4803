//! The pages of groups: the list, and the form that makes one.
use std::collections::BTreeSet;

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

use super::{Composition, Groupe, plan};
use crate::{
    app::{App, Db},
    compte::Enseignant,
    error::{Error, Result},
    etudiant::Etudiant,
    form::{Form, FormErrors, Path, Query},
    page::Cadre,
    promotion::Promotion,
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/promotions/{id}/groupes", get(index))
        .route("/promotions/{id}/groupes/nouveau", get(new).post(create))
        .route("/promotions/{id}/groupes/{groupe}", get(edit).post(update))
        .route("/promotions/{id}/plan", get(plan::edit).post(plan::update))
}

#[derive(Template, WebTemplate)]
#[template(path = "groupe/index.html")]
struct Index {
    cadre: Cadre,
    promotion: Promotion,
    groupes: Vec<Groupe>,
    etudiants: Vec<Etudiant>,
}

impl Index {
    /// The names of the members who are still there, in the order of lists.
    fn membres(&self, groupe: &Groupe) -> String {
        let noms = self.etudiants.iter().filter(|e| groupe.membres.contains(&e.id()));
        noms.map(Etudiant::liste).collect::<Vec<_>>().join(", ")
    }
}

async fn index(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
) -> Result<Index> {
    let mut db = app.begin(&enseignant).await?;
    let promotion = enseignant.promotion(&mut db, id).await?;
    let groupes = promotion.groupes(&mut db).await?;
    let etudiants = promotion.etudiants(&mut db, enseignant.aujourd_hui()).await?;
    Ok(Index { cadre: enseignant.cadre("/promotions"), promotion, groupes, etudiants })
}

/// The form, as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Saisie {
    nom: String,
    equipe: Option<String>,
    membre: Vec<i64>,
    fermer: Option<String>,
    version: i64,
    cle: Uuid,
    reprise: Option<String>,
}

#[derive(Template, WebTemplate)]
#[template(path = "groupe/form.html")]
struct Edit {
    cadre: Cadre,
    promotion: Promotion,
    groupe_id: Option<i64>,
    etudiants: Vec<Etudiant>,
    saisie: Saisie,
    erreurs: FormErrors,
}

async fn page(
    app: &App,
    enseignant: &Enseignant,
    db: &mut Db,
    (promotion, groupe_id): (Promotion, Option<i64>),
    (saisie, erreurs): (Saisie, FormErrors),
) -> Result<Edit> {
    let etudiants = promotion.etudiants(db, enseignant.aujourd_hui()).await?;
    let saisie = Saisie { cle: app.random.uuid(), ..saisie };
    let cadre = enseignant.cadre("/promotions");
    Ok(Edit { cadre, promotion, groupe_id, etudiants, saisie, erreurs })
}

impl Saisie {
    fn of(g: Groupe) -> Self {
        Self {
            nom: g.nom,
            equipe: g.equipe.then(String::new),
            membre: g.membres,
            version: g.version,
            ..Self::default()
        }
    }

    fn coche(&self, etudiant: &Etudiant) -> bool {
        self.membre.contains(&etudiant.id())
    }

    fn check(&self, erreurs: &mut FormErrors) -> Composition {
        let nom = erreurs.ligne("nom", &self.nom, 60);
        let membres: BTreeSet<i64> = self.membre.iter().copied().collect();
        if membres.is_empty() {
            erreurs.add("membres", "Cochez au moins une personne.");
        }
        erreurs.cle("nom", self.cle);
        let membres = membres.into_iter().collect();
        Composition { nom, equipe: self.equipe.is_some(), membres, cle: self.cle }
    }
}

/// A name and people that another page offers, or nothing.
async fn new(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Query(offre): Query<Saisie>,
) -> Result<Edit> {
    let mut db = app.begin(&enseignant).await?;
    let promotion = enseignant.promotion(&mut db, id).await?;
    let saisie = Saisie { nom: offre.nom, membre: offre.membre, ..Saisie::default() };
    page(&app, &enseignant, &mut db, (promotion, None), (saisie, FormErrors::default())).await
}

async fn create(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let promotion = enseignant.promotion(&mut db, id).await?;
    save(&app, &enseignant, db, (promotion, None), saisie).await
}

async fn edit(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, groupe)): Path<(i64, i64)>,
) -> Result<Edit> {
    let mut db = app.begin(&enseignant).await?;
    let promotion = enseignant.promotion(&mut db, id).await?;
    let saisie = Saisie::of(promotion.groupe(&mut db, groupe).await?);
    page(&app, &enseignant, &mut db, (promotion, Some(groupe)), (saisie, FormErrors::default()))
        .await
}

async fn update(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, groupe)): Path<(i64, i64)>,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let promotion = enseignant.promotion(&mut db, id).await?;
    promotion.groupe(&mut db, groupe).await?;
    if saisie.fermer.is_none() || saisie.reprise.is_some() {
        return save(&app, &enseignant, db, (promotion, Some(groupe)), saisie).await;
    }
    let lu = (groupe, saisie.version);
    match enseignant.fermer_groupe(&mut db, &promotion, lu, saisie.cle).await {
        Ok(()) => {
            db.commit().await?;
            Ok(Redirect::to(&format!("/promotions/{id}/groupes")).into_response())
        }
        Err(Error::Conflict(message)) => {
            let mut erreurs = FormErrors::default();
            erreurs.add("nom", message);
            let saisie = Saisie::of(promotion.groupe(&mut db, groupe).await?);
            let page =
                page(&app, &enseignant, &mut db, (promotion, Some(groupe)), (saisie, erreurs));
            Ok((StatusCode::CONFLICT, page.await?).into_response())
        }
        Err(autre) => Err(autre),
    }
}

async fn save(
    app: &App,
    enseignant: &Enseignant,
    mut db: Db,
    (promotion, groupe): (Promotion, Option<i64>),
    mut saisie: Saisie,
) -> Result<Response> {
    let mut erreurs = FormErrors::default();
    let composition = saisie.check(&mut erreurs);
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if erreurs.is_empty() && saisie.reprise.is_none() {
        let lu = groupe.map(|g| (g, saisie.version));
        match enseignant.composer_groupe(&mut db, &promotion, lu, &composition).await {
            Ok(_) => {
                db.commit().await?;
                let vers = format!("/promotions/{}/groupes", promotion.promotion_id);
                return Ok(Redirect::to(&vers).into_response());
            }
            Err(Error::Conflict(message)) => {
                erreurs.add("nom", message);
                status = StatusCode::CONFLICT;
                drop(db); // what was tried is undone
                db = app.begin(enseignant).await?;
                if let Some(id) = groupe {
                    let actuel = promotion.groupe(&mut db, id).await?;
                    if actuel.version != saisie.version {
                        saisie = Saisie::of(actuel);
                    }
                }
            }
            Err(autre) => return Err(autre),
        }
    }
    if saisie.reprise.is_some() {
        status = StatusCode::OK;
    }
    let page = page(app, enseignant, &mut db, (promotion, groupe), (saisie, erreurs)).await?;
    Ok((status, page).into_response())
}
