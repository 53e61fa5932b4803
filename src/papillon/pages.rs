//! The accounts of a promotion and their papillons; the papillon of one person, made again in front of her.
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Acces, Etat, Lot, Ouverte, cle_bonne, ecole, faire, pas_soi};
use crate::{
    app::App,
    compte::Gestionnaire,
    date,
    error::{Error, Result},
    form::{Form, FormErrors, Path},
    impression,
    page::Cadre,
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/promotions/{id}/acces", get(index).post(create))
        .route("/personnes/{id}/papillon", get(new).post(remake))
        .route("/administration/acces", get(ecole::show))
        .route("/administration/acces/exigences", post(ecole::exiger))
        .route("/administration/acces/reinitialisation", post(ecole::reinitialiser))
}

/// How an account stands, in words.
pub(super) fn en_mots(qui: &Gestionnaire, acces: &Acces, le: OffsetDateTime) -> String {
    let heure = |le: OffsetDateTime| date::instant_court(&qui.compte().heure(le));
    match acces.etat(le) {
        Etat::Ferme => "Fermé".to_owned(),
        Etat::Attente(fin) => format!("Code en attente jusqu’au {}", heure(fin)),
        Etat::Perime => "Code périmé".to_owned(),
        Etat::Choisi => "Mot de passe choisi".to_owned(),
        Etat::Connecte(le) => format!("Connecté le {}", heure(le)),
        Etat::Jamais => "Jamais connecté".to_owned(),
        Etat::Reinitialise => "Accès repris, sans papillon".to_owned(),
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Choix {
    personne: Vec<i64>,
    sans_facteur: Option<String>,
    cle: Uuid,
    reprise: Option<String>,
}

#[derive(Template, WebTemplate)]
#[template(path = "papillon/index.html")]
struct Index {
    cadre: Cadre,
    promotion: Ouverte,
    /// Where one comes from.
    retour: &'static str,
    acces: Vec<(Acces, String)>,
    choix: Choix,
    erreurs: FormErrors,
}

impl Index {
    fn choisi(&self, acces: &Acces) -> bool {
        self.choix.personne.contains(&acces.personne_id)
    }
}

async fn index(qui: Gestionnaire, State(app): State<App>, Path(id): Path<i64>) -> Result<Response> {
    remplir(&app, &qui, id, None, FormErrors::default()).await
}

async fn remplir(
    app: &App,
    qui: &Gestionnaire,
    id: i64,
    choix: Option<Choix>,
    erreurs: FormErrors,
) -> Result<Response> {
    let mut db = app.begin(qui).await?;
    let promotion = qui.promotion_a_ouvrir(&mut db, id).await?;
    let (acces, le) = (qui.acces(&mut db, &promotion).await?, db.le);
    let cle = app.random.uuid();
    let choix = if let Some(choix) = choix {
        Choix { cle, ..choix }
    } else {
        let a_faire = acces.iter().filter(|a| a.a_faire(le)).map(|a| a.personne_id);
        Choix { personne: a_faire.collect(), cle, ..Choix::default() }
    };
    let statut = if erreurs.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = Index {
        cadre: qui.compte().cadre("/promotions"),
        promotion,
        retour: if matches!(qui, Gestionnaire::Administrateur(_)) {
            "/administration/promotions"
        } else {
            "/promotions"
        },
        acces: acces.into_iter().map(|a| (en_mots(qui, &a, le), a)).map(|(m, a)| (a, m)).collect(),
        choix,
        erreurs,
    };
    Ok((statut, page).into_response())
}

async fn create(
    qui: Gestionnaire,
    State(app): State<App>,
    Path(id): Path<i64>,
    headers: HeaderMap,
    Form(choix): Form<Choix>,
) -> Result<Response> {
    let mut db = app.begin(&qui).await?;
    let promotion = qui.promotion_a_ouvrir(&mut db, id).await?;
    if !promotion.geree {
        return Err(Error::NotFound);
    }
    let choisi = |a: &Acces| choix.personne.contains(&a.personne_id);
    let mut gens = qui.acces(&mut db, &promotion).await?;
    db.commit().await?;
    gens.retain(choisi);
    let mut erreurs = FormErrors::default();
    if let Some(a) = gens.iter().find(|a| !a.renouvelable) {
        erreurs.add(
            "personne",
            format!(
                "L’accès de {} n’est pas de ceux que vous refaites. Décochez cette personne.",
                a.liste()
            ),
        );
    } else if gens.is_empty() {
        erreurs.add("personne", "Cochez au moins une personne.");
    }
    if choix.reprise.is_some() {
        return remplir(&app, &qui, id, Some(choix), FormErrors::default()).await;
    }
    if !erreurs.is_empty() {
        return remplir(&app, &qui, id, Some(choix), erreurs).await;
    }
    cle_bonne(choix.cle)?;
    let lot = Lot::new(&app, gens, false);
    let pdf = faire(&app, &qui, app.origine(&headers), lot, choix.cle).await?;
    impression::download(pdf, "application/pdf", &format!("papillons {}.pdf", promotion.nom))
}

#[derive(Template, WebTemplate)]
#[template(path = "papillon/new.html")]
struct New {
    cadre: Cadre,
    acces: Acces,
    etat: String,
    choix: Choix,
}

async fn demander(app: &App, qui: &Gestionnaire, personne: i64, choix: Choix) -> Result<Response> {
    let mut db = app.begin(qui).await?;
    pas_soi(qui, personne)?;
    let acces = qui.acces_de(&mut db, personne).await?;
    let etat = en_mots(qui, &acces, db.le);
    let choix = Choix { cle: app.random.uuid(), ..choix };
    Ok(New { cadre: qui.compte().cadre("/promotions"), acces, etat, choix }.into_response())
}

async fn new(qui: Gestionnaire, State(app): State<App>, Path(id): Path<i64>) -> Result<Response> {
    demander(&app, &qui, id, Choix::default()).await
}

async fn remake(
    qui: Gestionnaire,
    State(app): State<App>,
    Path(id): Path<i64>,
    headers: HeaderMap,
    Form(choix): Form<Choix>,
) -> Result<Response> {
    if choix.reprise.is_some() {
        return demander(&app, &qui, id, choix).await;
    }
    pas_soi(&qui, id)?;
    let mut db = app.begin(&qui).await?;
    let acces = qui.acces_de(&mut db, id).await?;
    db.commit().await?;
    cle_bonne(choix.cle)?;
    let nom = format!("papillon {} {}.pdf", acces.nom, acces.prenom);
    let lot = Lot::new(&app, vec![acces], choix.sans_facteur.is_some());
    let pdf = faire(&app, &qui, app.origine(&headers), lot, choix.cle).await?;
    impression::download(pdf, "application/pdf", &nom)
}
