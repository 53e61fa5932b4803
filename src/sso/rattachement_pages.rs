//! The page where somebody says who a portal's people are: a teacher for her promotion, an administrator for the school.
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

use super::rattachement::{Attente, Rattache, Reponse};
use crate::{
    app::{App, Db},
    compte::{Administrateur, Enseignant, Gestionnaire},
    error::{Error, Result},
    form::{Form, Path},
    page::Cadre,
};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/promotions/{id}/rattachements", get(of_promotion).post(answer_in_promotion))
        .route("/administration/rattachements", get(of_school).post(answer_in_school))
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Saisie {
    /// `confirmer`, `refuser` or `detacher`.
    acte: String,
    rattachement: i64,
    fois: i32,
    personne: String,
    cle: Uuid,
    reprise: Option<String>,
}

#[derive(Template, WebTemplate)]
#[template(path = "sso/rattachements.html")]
struct Index {
    cadre: Cadre,
    /// The promotion, its number and its name; `None`: the whole school.
    promotion: Option<(i64, String)>,
    attentes: Vec<(Attente, Uuid)>,
    rattaches: Vec<(Rattache, Uuid)>,
    saisie: Saisie,
    /// What was missing, for that demand.
    erreur: Option<String>,
}

impl Index {
    fn ici(&self) -> String {
        adresse(self.promotion.as_ref().map(|p| p.0))
    }

    fn erreur_de(&self, attente: &Attente) -> Option<&str> {
        self.erreur.as_deref().filter(|_| self.saisie.rattachement == attente.rattachement_id)
    }
}

fn adresse(promotion: Option<i64>) -> String {
    promotion.map_or("/administration/rattachements".to_owned(), |id| {
        format!("/promotions/{id}/rattachements")
    })
}

/// Where one is: the promotion, when it is one.
type Ou = Option<(i64, String)>;

async fn page(app: &App, db: &mut Db, qui: &Gestionnaire, ou: Ou) -> Result<Index> {
    let id = ou.as_ref().map(|p| p.0);
    let attentes = qui.rattachements_en_attente(db, id).await?;
    let attentes = attentes.into_iter().map(|a| (a, app.random.uuid())).collect();
    let rattaches = qui.rattaches(db, id).await?;
    let rattaches = rattaches.into_iter().map(|r| (r, app.random.uuid())).collect();
    let cadre = qui.compte().cadre(if id.is_some() { "/promotions" } else { "/administration" });
    let saisie = Saisie::default();
    Ok(Index { cadre, promotion: ou, attentes, rattaches, saisie, erreur: None })
}

async fn answer(
    app: &App,
    qui: &Gestionnaire,
    mut db: Db,
    ou: Ou,
    saisie: Saisie,
) -> Result<Response> {
    let id = ou.as_ref().map(|p| p.0);
    // After a sign-in on the way: the page is shown again, the buttons are there.
    if saisie.reprise.is_none() {
        if saisie.cle.is_nil() {
            return Err(Error::Unreadable);
        }
        let (rattachement_id, fois, cle) = (saisie.rattachement, saisie.fois, saisie.cle);
        let reponse = Reponse { rattachement_id, fois, cle };
        match (saisie.acte.as_str(), saisie.personne.parse()) {
            ("confirmer", Ok(personne)) => qui.rattacher(&mut db, id, reponse, personne).await?,
            ("confirmer", Err(_)) => {
                let erreur = Some("Choisissez la personne, puis confirmez.".to_owned());
                let page = page(app, &mut db, qui, ou).await?;
                let page = Index { saisie, erreur, ..page };
                return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
            }
            ("refuser", _) => qui.refuser_rattachement(&mut db, id, reponse).await?,
            ("detacher", _) => qui.detacher(&mut db, id, rattachement_id, cle).await?,
            _ => return Err(Error::Unreadable),
        }
        db.commit().await?;
    }
    Ok(Redirect::to(&adresse(id)).into_response())
}

async fn promotion(app: &App, enseignant: &Enseignant, id: i64) -> Result<(Db, Ou)> {
    let mut db = app.begin(enseignant).await?;
    let promotion = enseignant.promotion(&mut db, id).await?;
    Ok((db, Some((promotion.promotion_id, promotion.nom))))
}

async fn of_promotion(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
) -> Result<Index> {
    let (mut db, ou) = promotion(&app, &enseignant, id).await?;
    page(&app, &mut db, &(&enseignant).into(), ou).await
}

async fn answer_in_promotion(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    let (db, ou) = promotion(&app, &enseignant, id).await?;
    answer(&app, &(&enseignant).into(), db, ou, saisie).await
}

async fn of_school(qui: Administrateur, State(app): State<App>) -> Result<Index> {
    let mut db = app.begin(&qui).await?;
    page(&app, &mut db, &(&qui).into(), None).await
}

async fn answer_in_school(
    qui: Administrateur,
    State(app): State<App>,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    let db = app.begin(&qui).await?;
    answer(&app, &(&qui).into(), db, None, saisie).await
}
