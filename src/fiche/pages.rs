//! A student's sheets: the list of hers, and where she begins one.
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

use super::{
    Fiche, Modele, amorce::amorcer, annexe_pages, impression_pages, page_ecriture, page_lecture,
    page_versions, tableau,
};
use crate::{
    app::{App, Db},
    compte::Moi,
    error::{Error, Result},
    etudiant::Etudiant,
    examen::{self, Examen, Limite},
    form::{Form, FormErrors, Query},
    page::Cadre,
    preuve::Preuve,
    referentiel,
    stage::carnet,
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/fiches", get(index))
        .route("/fiches/nouvelle", get(new).post(create))
        .merge(page_ecriture::routes())
        .merge(page_lecture::routes())
        .merge(page_versions::routes())
        .merge(tableau::routes())
        .merge(annexe_pages::routes())
        .merge(impression_pages::routes())
}

/// The exam that a student prepares; refused where no rules are known for its session.
pub(super) async fn examen_de(db: &mut Db, etudiant: &Etudiant) -> Result<Examen> {
    let edition = referentiel::find(&mut **db, etudiant.edition_id).await?;
    let lu = examen::lire(db, etudiant.promotion_id(), &edition).await?;
    lu.ok_or_else(|| {
        Error::Refused(
            "Aucun modèle officiel de fiche n’est connu pour la session de cette promotion. \
             Parlez-en à la coordination."
                .into(),
        )
    })
}

/// An official sheet, what the file wants of it, and those that she has.
struct Rayon {
    modele: &'static Modele,
    intitule: String,
    /// « 2 fiches de nature différente ».
    attendu: String,
    autrement: Option<String>,
    gardees: usize,
    nombre: usize,
    fiches: Vec<Fiche>,
}

#[derive(Template, WebTemplate)]
#[template(path = "fiche/miennes.html")]
struct Index {
    cadre: Cadre,
    rayons: Vec<Rayon>,
    limites: Vec<Limite>,
    connue: bool,
}

/// What the file of an épreuve wants of its sheets, in words.
fn en_mots(attendu: &super::modele::Attendu) -> String {
    let nombre = i64::try_from(attendu.nombre).unwrap_or_default();
    let combien = crate::date::nombre(nombre, "fiche", "fiches");
    let nature =
        if attendu.distinctes && attendu.nombre > 1 { " de nature différente" } else { "" };
    let vecues = match attendu.vecues {
        0 => String::new(),
        1 => ", dont au moins une expérience réellement vécue".to_owned(),
        n => format!(", dont au moins {n} expériences réellement vécues"),
    };
    format!("{combien}{nature}{vecues}")
}

fn rayons(examen: &Examen, etudiant: &Etudiant, fiches: &[Fiche]) -> Vec<Rayon> {
    let voie = &examen.candidature(etudiant.id()).voie.code;
    let rayon = |modele: &'static Modele| {
        let attendu = modele.attendu(voie);
        let siennes: Vec<Fiche> =
            fiches.iter().filter(|f| f.epreuve == modele.epreuve).cloned().collect();
        let dossier = examen.reglement.dossier(&modele.epreuve);
        Rayon {
            modele,
            intitule: dossier.map(|d| d.intitule.clone()).unwrap_or_default(),
            attendu: en_mots(attendu),
            autrement: attendu.autrement.clone(),
            gardees: siennes.iter().filter(|f| f.etat.gardee()).count(),
            nombre: attendu.nombre,
            fiches: siennes,
        }
    };
    Modele::tous(examen).into_iter().map(rayon).collect()
}

async fn index(moi: Moi, State(app): State<App>) -> Result<Index> {
    let mut db = app.begin(&moi).await?;
    let etudiant = moi.etudiant(&mut db).await?;
    let edition = referentiel::find(&mut *db, etudiant.edition_id).await?;
    let examen = examen::lire(&mut db, etudiant.promotion_id(), &edition).await?;
    let fiches = etudiant.fiches(&mut db).await?;
    let (rayons, limites) = match &examen {
        Some(e) => (rayons(e, &etudiant, &fiches), e.limites(moi.aujourd_hui())),
        None => (vec![], vec![]),
    };
    let connue = !rayons.is_empty();
    Ok(Index { cadre: moi.cadre("/fiches"), rayons, limites, connue })
}

/// What a sheet is begun from.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Saisie {
    epreuve: String,
    preuve: Vec<i64>,
    cle: Uuid,
    reprise: Option<String>,
}

#[derive(Template, WebTemplate)]
#[template(path = "fiche/new.html")]
struct New {
    cadre: Cadre,
    modeles: Vec<(&'static Modele, String)>,
    preuves: Vec<Preuve>,
    saisie: Saisie,
    erreurs: FormErrors,
}

/// Where one chooses: the épreuve, and the preuves that it is made from.
struct Choix {
    examen: Examen,
    etudiant: Etudiant,
    preuves: Vec<Preuve>,
}

impl Choix {
    async fn lire(db: &mut Db, moi: &Moi) -> Result<Self> {
        let etudiant = moi.etudiant(db).await?;
        let examen = examen_de(db, &etudiant).await?;
        let mut preuves = etudiant.preuves(db, None).await?;
        preuves.retain(|p| p.acceptee);
        Ok(Self { examen, etudiant, preuves })
    }

    fn page(self, app: &App, moi: &Moi, (saisie, erreurs): (Saisie, FormErrors)) -> New {
        let intitule = |m: &Modele| {
            let dossier = self.examen.reglement.dossier(&m.epreuve);
            dossier.map(|d| d.intitule.clone()).unwrap_or_default()
        };
        let modeles = Modele::tous(&self.examen).into_iter().map(|m| (m, intitule(m))).collect();
        let saisie = Saisie { cle: app.random.uuid(), ..saisie };
        New { cadre: moi.cadre("/fiches"), modeles, preuves: self.preuves, saisie, erreurs }
    }
}

async fn new(moi: Moi, State(app): State<App>, Query(saisie): Query<Saisie>) -> Result<New> {
    let mut db = app.begin(&moi).await?;
    let choix = Choix::lire(&mut db, &moi).await?;
    Ok(choix.page(&app, &moi, (saisie, FormErrors::default())))
}

async fn create(moi: Moi, State(app): State<App>, Form(saisie): Form<Saisie>) -> Result<Response> {
    let mut db = app.begin(&moi).await?;
    let choix = Choix::lire(&mut db, &moi).await?;
    let mut erreurs = FormErrors::default();
    erreurs.cle("epreuve", saisie.cle);
    let modele = Modele::de(&choix.examen, &saisie.epreuve);
    if modele.is_none() {
        erreurs.add("epreuve", "Choisissez l’épreuve à laquelle cette fiche servira.");
    }
    let choisies: Vec<Preuve> =
        choix.preuves.iter().filter(|p| saisie.preuve.contains(&p.preuve_id)).cloned().collect();
    if choisies.len() != saisie.preuve.len() {
        erreurs.add("preuve", "Une preuve choisie n’est plus à vous. Choisissez de nouveau.");
    }
    if saisie.reprise.is_some() {
        return Ok(choix.page(&app, &moi, (saisie, FormErrors::default())).into_response());
    }
    let (Some(modele), true) = (modele, erreurs.is_empty()) else {
        let page = choix.page(&app, &moi, (saisie, erreurs));
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    let texte = amorcer(modele, &choisies, &carnet::organisations(&mut db).await?);
    let ids: Vec<i64> = choisies.iter().map(|p| p.preuve_id).collect();
    let quoi = (&choix.etudiant, modele);
    let id = moi.commencer_fiche(&mut db, quoi, (&texte, &ids), saisie.cle).await?;
    db.commit().await?;
    Ok(Redirect::to(&format!("/fiches/{id}")).into_response())
}
