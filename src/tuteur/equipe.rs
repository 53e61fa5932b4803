//! What the team does for a period: ask, print, type the paper, close a link; and what the tutor said.
use std::collections::BTreeMap;

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    avis::{self, Avis},
    feuille,
    lien::{self, Destinataire, Lien},
    question::Feuille,
};
use crate::{
    app::{App, Db},
    compte::Enseignant,
    courriel, date,
    error::{Error, Result},
    etudiant::Etudiant,
    form::{Form, FormErrors, Path},
    impression,
    page::Cadre,
    referentiel,
    stage::Periode,
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/etudiants/{id}/stages/{periode}/tuteur", get(index))
        .route("/etudiants/{id}/stages/{periode}/tuteur/demande", post(demand))
        .route("/etudiants/{id}/stages/{periode}/tuteur/feuille.pdf", post(print))
        .route("/etudiants/{id}/stages/{periode}/tuteur/revocation", post(revoke))
        .route("/etudiants/{id}/stages/{periode}/tuteur/papier", get(new).post(create))
}

#[derive(Template, WebTemplate)]
#[template(path = "tuteur/index.html")]
struct Index {
    cadre: Cadre,
    etudiant: Etudiant,
    periode: Periode,
    vers: Option<Destinataire>,
    liens: Vec<Lien>,
    avis: Vec<Avis>,
    erreurs: FormErrors,
    envoie: bool,
    cle: Uuid,
}

impl Index {
    fn la(&self) -> String {
        adresse(&self.etudiant, &self.periode)
    }

    fn le(instant: &time::PrimitiveDateTime) -> String {
        date::instant(instant)
    }

    fn jusqu_au(vers: &Destinataire) -> String {
        date::longue(&vers.dernier_jour)
    }
}

/// Of the page of a period's tutor.
fn adresse(etudiant: &Etudiant, periode: &Periode) -> String {
    format!("/etudiants/{}/stages/{}/tuteur", etudiant.id(), periode.periode_id)
}

/// One of my students, one of her periods.
async fn lieu(
    enseignant: &Enseignant,
    db: &mut Db,
    (id, periode): (i64, i64),
) -> Result<(Etudiant, Periode)> {
    let etudiant = enseignant.etudiant(db, id).await?;
    let periode = etudiant.periode(db, periode).await?;
    Ok((etudiant, periode))
}

/// Code of the edition that this student follows.
pub(super) async fn edition(db: &mut Db, etudiant: &Etudiant) -> Result<String> {
    Ok(referentiel::find(&mut **db, etudiant.edition_id).await?.code.clone())
}

async fn page(
    app: &App,
    enseignant: &Enseignant,
    (etudiant, periode): (Etudiant, Periode),
    erreurs: FormErrors,
) -> Result<Index> {
    let mut db = app.begin(enseignant).await?;
    let vers = lien::destinataire(&mut db, &periode).await?;
    let liens = lien::liens(&mut db, &[periode.periode_id]).await?;
    let avis = avis::avis(&mut db, &[periode.periode_id]).await?;
    let (envoie, cle) = (courriel::envoie(&db), app.random.uuid());
    let cadre = enseignant.cadre("/promotions");
    Ok(Index { cadre, etudiant, periode, vers, liens, avis, erreurs, envoie, cle })
}

async fn index(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(ou): Path<(i64, i64)>,
) -> Result<Index> {
    let mut db = app.begin(&enseignant).await?;
    let la = lieu(&enseignant, &mut db, ou).await?;
    drop(db);
    page(&app, &enseignant, la, FormErrors::default()).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Acte {
    pub cle: Uuid,
    lien: i64,
}

/// Back to the page, with why nothing was done.
async fn refuse(
    app: &App,
    enseignant: &Enseignant,
    la: (Etudiant, Periode),
    refus: Error,
) -> Result<Response> {
    let Error::Refused(message) = refus else { return Err(refus) };
    let mut erreurs = FormErrors::default();
    erreurs.add("demander", message);
    let page = page(app, enseignant, la, erreurs).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

fn retour((id, periode): (i64, i64)) -> Response {
    Redirect::to(&format!("/etudiants/{id}/stages/{periode}/tuteur")).into_response()
}

async fn demand(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(ou): Path<(i64, i64)>,
    Form(acte): Form<Acte>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let (etudiant, periode) = lieu(&enseignant, &mut db, ou).await?;
    match enseignant.demander_avis(&mut db, (&etudiant, &periode), acte.cle).await {
        Ok(()) => {
            db.commit().await?;
            Ok(retour(ou))
        }
        Err(refus) => {
            drop(db); // nothing of it is kept
            refuse(&app, &enseignant, (etudiant, periode), refus).await
        }
    }
}

async fn print(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(ou): Path<(i64, i64)>,
    headers: HeaderMap,
    Form(acte): Form<Acte>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let (etudiant, periode) = lieu(&enseignant, &mut db, ou).await?;
    let edition = edition(&mut db, &etudiant).await?;
    let origine = app.origine(&headers);
    let quoi = (&etudiant, &periode, edition.as_str());
    let faite = match enseignant.feuille_tuteur(&mut db, quoi, &origine, acte.cle).await {
        Ok(faite) => faite,
        Err(refus) => {
            drop(db);
            return refuse(&app, &enseignant, (etudiant, periode), refus).await;
        }
    };
    let document = enseignant.document_tuteur(enseignant.cadre("/").fictif, &[faite]);
    db.commit().await?;
    let octets = impression::make(&app, document, feuille::pdf).await?;
    let nom = format!("Avis du tuteur - {}.pdf", etudiant.liste());
    impression::download(octets, "application/pdf", &nom)
}

async fn revoke(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(ou): Path<(i64, i64)>,
    Form(acte): Form<Acte>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let (etudiant, periode) = lieu(&enseignant, &mut db, ou).await?;
    match enseignant.revoquer_lien(&mut db, (&etudiant, &periode), acte.lien, acte.cle).await {
        Ok(()) => db.commit().await?,
        Err(Error::NotFound) => {
            drop(db);
            let refus = Error::Refused(
                "Ce lien n’est pas de cette période. Choisissez-en un dans la liste.".into(),
            );
            return refuse(&app, &enseignant, (etudiant, periode), refus).await;
        }
        Err(autre) => return Err(autre),
    }
    Ok(retour(ou))
}

#[derive(Template, WebTemplate)]
#[template(path = "tuteur/papier.html")]
struct New {
    cadre: Cadre,
    etudiant: Etudiant,
    periode: Periode,
    feuille: Feuille,
    nom: String,
    papier_du: String,
    erreurs: FormErrors,
    cle: Uuid,
}

impl New {
    fn la(&self) -> String {
        adresse(&self.etudiant, &self.periode)
    }
}

async fn new(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(ou): Path<(i64, i64)>,
) -> Result<New> {
    let mut db = app.begin(&enseignant).await?;
    let (etudiant, periode) = lieu(&enseignant, &mut db, ou).await?;
    let edition = edition(&mut db, &etudiant).await?;
    let feuille = Feuille::vierge(&mut db, &edition, periode.periode_id).await?;
    let nom = periode.tuteur.clone().unwrap_or_default();
    let (cadre, cle) = (enseignant.cadre("/promotions"), app.random.uuid());
    let erreurs = FormErrors::default();
    Ok(New { cadre, etudiant, periode, feuille, nom, papier_du: String::new(), erreurs, cle })
}

async fn create(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(ou): Path<(i64, i64)>,
    Form(champs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let champs: BTreeMap<String, String> = champs.into_iter().collect();
    let mut db = app.begin(&enseignant).await?;
    let (etudiant, periode) = lieu(&enseignant, &mut db, ou).await?;
    let edition = edition(&mut db, &etudiant).await?;
    let mut feuille = Feuille::vierge(&mut db, &edition, periode.periode_id).await?;
    let mut erreurs = FormErrors::default();
    match feuille.remplir(&champs) {
        Err(Error::Refused(message)) => {
            feuille.remarque = champs.get("remarque").cloned().unwrap_or_default();
            erreurs.add("remarque", message);
        }
        autre => autre?,
    }
    let cle = champs.get("cle").and_then(|c| c.parse().ok()).unwrap_or_default();
    let (quoi, dit) = ((&etudiant, &periode), (&feuille, &champs));
    match enseignant.saisir_avis(&mut db, quoi, dit, cle, &mut erreurs).await {
        Err(Error::Refused(message)) => erreurs.add("nom", message),
        autre => autre?,
    }
    if erreurs.is_empty() {
        db.commit().await?;
        return Ok(retour(ou));
    }
    let dit = |nom: &str| champs.get(nom).cloned().unwrap_or_default();
    let (nom, papier_du, cadre) = (dit("nom"), dit("papier_du"), enseignant.cadre("/promotions"));
    let cle = if cle.is_nil() { app.random.uuid() } else { cle };
    let page = New { cadre, etudiant, periode, feuille, nom, papier_du, erreurs, cle };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}
