//! The page of a period, for her team and for her; the student's list of hers.
use std::sync::Arc;

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
use time::Date;
use uuid::Uuid;

use super::{
    Amenagement, Compte, Periode, attestation,
    carnet::{self, Organisation, Tuteur},
    mission::{Mission, missions},
};
use crate::{
    app::{App, Db, InTheNameOf},
    compte::{Deposant, Enseignant, Moi},
    consultation, date,
    error::{Error, Result},
    etudiant::Etudiant,
    examen::{self, Examen},
    form::{Form, FormErrors, Path},
    page::Cadre,
    referentiel::{self, Edition},
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/stages", get(index))
        .route("/stages/{periode}", get(show_mine))
        .route("/stages/{periode}/missions", post(define_mine))
        .route("/stages/{periode}/missions/retrait", post(retire_mine))
        .route("/etudiants/{id}/stages/{periode}", get(show))
        .route("/etudiants/{id}/stages/{periode}/missions", post(define))
        .route("/etudiants/{id}/stages/{periode}/missions/retrait", post(retire))
}

#[derive(Template, WebTemplate)]
#[template(path = "stage/miens.html")]
struct Index {
    cadre: Cadre,
    periodes: Vec<Periode>,
    compte: Option<Compte>,
    amenagement: Option<Amenagement>,
    jour: Date,
}

impl Index {
    fn etat(&self, periode: &Periode) -> &'static str {
        periode.etat(self.jour).intitule()
    }

    fn amenagee(&self) -> String {
        let semaines = self.amenagement.as_ref().map_or(0, |a| i64::from(a.semaines));
        date::nombre(semaines, "semaine", "semaines")
    }

    /// What she has still to find, in weeks and days; nothing when all is planned.
    fn manque(&self) -> Option<String> {
        let c = self.compte.as_ref()?;
        let manque = c.requis.saturating_sub(c.faits + c.prevus);
        (manque > 0).then(|| super::en_semaines(manque, c.par_semaine))
    }
}

/// « 17 jours faits sur 20 jours comptés ».
fn presence(periode: &Periode, examen: &Examen, jour: Date) -> String {
    let (faits, tous) = periode.jours_au(examen.reglement, jour);
    let faits = date::nombre(i64::from(faits), "jour fait", "jours faits");
    format!("{faits} sur {}", date::nombre(i64::from(tous), "jour compté", "jours comptés"))
}

/// The exam that a student prepares.
pub(super) async fn examen_de(
    db: &mut Db,
    etudiant: &Etudiant,
) -> Result<(Arc<Edition>, Option<Examen>)> {
    let edition = referentiel::find(&mut **db, etudiant.edition_id).await?;
    let examen = examen::lire(db, etudiant.promotion_id(), &edition).await?;
    Ok((edition, examen))
}

async fn index(moi: Moi, State(app): State<App>) -> Result<Index> {
    let mut db = app.begin(&moi).await?;
    let etudiant = moi.etudiant(&mut db).await?;
    let (_, examen) = examen_de(&mut db, &etudiant).await?;
    let mut stages = etudiant.stages(&mut db).await?;
    let jour = moi.aujourd_hui();
    let compte = examen.map(|e| stages.compte(&e, etudiant.id(), jour));
    let amenagement = stages.amenagements.remove(&etudiant.id());
    Ok(Index { cadre: moi.cadre("/stages"), periodes: stages.periodes, compte, amenagement, jour })
}

/// What is being added to the missions.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Saisie {
    pub intitule: String,
    pub codes: Vec<String>,
    pub cle: Uuid,
    /// The mission to be retired.
    pub mission: i64,
    pub reprise: Option<String>,
}

/// A period, and who reads it.
pub(super) struct Lieu {
    pub qui: Deposant,
    pub etudiant: Etudiant,
    pub periode: Periode,
    /// Where its pages are.
    pub base: String,
}

impl Lieu {
    pub async fn trouver(
        db: &mut Db,
        qui: Deposant,
        id: Option<i64>,
        periode: i64,
    ) -> Result<Self> {
        let etudiant = qui.de(db, id).await?;
        let periode = etudiant.periode(db, periode).await?;
        let base = match id {
            Some(id) => format!("/etudiants/{id}/stages/{}", periode.periode_id),
            None => format!("/stages/{}", periode.periode_id),
        };
        Ok(Self { qui, etudiant, periode, base })
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "stage/show.html")]
pub(super) struct Show {
    cadre: Cadre,
    base: String,
    /// Her own page.
    moi: bool,
    lecteur: i64,
    etudiant: Etudiant,
    edition: Arc<Edition>,
    periode: Periode,
    /// Whole days of this period, by today and in all, where the rules say what a day is.
    presence: Option<String>,
    /// An official model is known for its attestation.
    attestable: bool,
    organisation: Organisation,
    tuteur: Option<Tuteur>,
    missions: Vec<Mission>,
    jour: Date,
    saisie: Saisie,
    erreurs: FormErrors,
}

impl Show {
    fn etat(&self) -> &'static str {
        self.periode.etat(self.jour).intitule()
    }

    fn intitule<'a>(&'a self, code: &str) -> &'a str {
        self.edition.sous_competence(code).map_or("", |s| &s.intitule)
    }

    pub async fn ouvrir(
        app: &App,
        db: &mut Db,
        lieu: Lieu,
        (saisie, erreurs): (Saisie, FormErrors),
    ) -> Result<Self> {
        let Lieu { qui, etudiant, periode, base } = lieu;
        let (edition, examen) = examen_de(db, &etudiant).await?;
        let jour = qui.compte().aujourd_hui();
        let presence = examen.as_ref().map(|e| presence(&periode, e, jour));
        let attestable = examen.as_ref().is_some_and(|e| attestation::libelles(e).is_some());
        let organisation = carnet::organisation(db, periode.organisation_id).await?;
        let tuteurs = carnet::tuteurs(db).await?;
        let tuteur = tuteurs.into_iter().find(|t| Some(t.tuteur_id) == periode.tuteur_id);
        let moi = matches!(qui, Deposant::Etudiant(_));
        Ok(Self {
            cadre: qui.compte().cadre(if moi { "/stages" } else { "/promotions" }),
            base,
            moi,
            lecteur: qui.personne_id(),
            missions: missions(db, &periode).await?,
            etudiant,
            edition,
            periode,
            presence,
            attestable,
            organisation,
            tuteur,
            jour,
            saisie: Saisie { cle: app.random.uuid(), ..saisie },
            erreurs,
        })
    }
}

async fn show_mine(moi: Moi, State(app): State<App>, Path(periode): Path<i64>) -> Result<Show> {
    let mut db = app.begin(&moi).await?;
    let lieu = Lieu::trouver(&mut db, Deposant::Etudiant(moi), None, periode).await?;
    Show::ouvrir(&app, &mut db, lieu, Default::default()).await
}

async fn show(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, periode)): Path<(i64, i64)>,
) -> Result<Show> {
    let mut db = app.begin(&enseignant).await?;
    let lieu = Lieu::trouver(&mut db, (&enseignant).into(), Some(id), periode).await?;
    let page = Show::ouvrir(&app, &mut db, lieu, Default::default()).await?;
    consultation::noter(db, &enseignant, &[id]);
    Ok(page)
}

/// The longest name of a mission.
const INTITULE_MAX: usize = 300;

async fn definir(
    app: &App,
    qui: Deposant,
    (id, periode): (Option<i64>, i64),
    saisie: Saisie,
) -> Result<Response> {
    let mut db = app.begin(&qui).await?;
    let lieu = Lieu::trouver(&mut db, qui, id, periode).await?;
    let edition = referentiel::find(&mut *db, lieu.etudiant.edition_id).await?;
    let mut erreurs = FormErrors::default();
    erreurs.cle("intitule", saisie.cle);
    let intitule = erreurs.ligne("intitule", &saisie.intitule, INTITULE_MAX);
    let codes: Vec<String> = edition
        .sous_competences()
        .map(|s| s.code.clone())
        .filter(|c| saisie.codes.contains(c))
        .collect();
    if codes.len() != saisie.codes.len() {
        erreurs.add("codes", "Une sous-compétence cochée n’existe pas ici. Cochez-les de nouveau.");
    }
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if saisie.reprise.is_some() {
        (status, erreurs) = (StatusCode::OK, FormErrors::default());
    } else if erreurs.is_empty() {
        let quoi = (&lieu.etudiant, &lieu.periode);
        lieu.qui.definir_mission(&mut db, quoi, (&intitule, &codes), saisie.cle).await?;
        db.commit().await?;
        return Ok(Redirect::to(&format!("{}#missions", lieu.base)).into_response());
    }
    let page = Show::ouvrir(app, &mut db, lieu, (saisie, erreurs)).await?;
    Ok((status, page).into_response())
}

async fn define_mine(
    moi: Moi,
    State(app): State<App>,
    Path(periode): Path<i64>,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    definir(&app, Deposant::Etudiant(moi), (None, periode), saisie).await
}

async fn define(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, periode)): Path<(i64, i64)>,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    definir(&app, Deposant::Enseignant(enseignant), (Some(id), periode), saisie).await
}

async fn retirer(
    app: &App,
    qui: Deposant,
    (id, periode): (Option<i64>, i64),
    saisie: Saisie,
) -> Result<Redirect> {
    let mut db = app.begin(&qui).await?;
    let lieu = Lieu::trouver(&mut db, qui, id, periode).await?;
    // After a sign-in on the way: the page is shown again, the button is there.
    if saisie.reprise.is_none() {
        if saisie.cle.is_nil() {
            return Err(Error::Unreadable);
        }
        let quoi = (&lieu.etudiant, &lieu.periode);
        lieu.qui.retirer_mission(&mut db, quoi, saisie.mission, saisie.cle).await?;
        db.commit().await?;
    }
    Ok(Redirect::to(&format!("{}#missions", lieu.base)))
}

async fn retire_mine(
    moi: Moi,
    State(app): State<App>,
    Path(periode): Path<i64>,
    Form(saisie): Form<Saisie>,
) -> Result<Redirect> {
    retirer(&app, Deposant::Etudiant(moi), (None, periode), saisie).await
}

async fn retire(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, periode)): Path<(i64, i64)>,
    Form(saisie): Form<Saisie>,
) -> Result<Redirect> {
    retirer(&app, Deposant::Enseignant(enseignant), (Some(id), periode), saisie).await
}
