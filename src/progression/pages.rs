//! The livret of a student: her own, and as her teacher reads it.
use std::{collections::BTreeMap, sync::Arc};

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Router,
    extract::State,
    response::Redirect,
    routing::{get, post},
};
use serde::Deserialize;
use time::Date;

use super::{
    Effectif, Volet,
    a_faire::AFaire,
    dessin::{self, frise},
    ecran::{Ecran, VUES, Vue},
    piste::Piste,
};
use crate::{
    app::{App, Db},
    compte::{Enseignant, Moi},
    consultation,
    error::{Error, Result},
    etudiant::Etudiant,
    examen,
    form::{Form, Path, Query},
    page::{Cadre, filters},
    positionnement::{AvisTuteur, Evenement},
    referentiel::{self, Edition, SousCompetence},
    regle::Fait,
    validation::{self, Arret},
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/livret", get(mine))
        .route("/livret/lectures", post(read))
        .route("/livret/sous-competences/{code}", get(line))
        .route("/etudiants/{id}/livret", get(show))
}

#[derive(Template, WebTemplate)]
#[template(path = "progression/show.html")]
struct Show {
    cadre: Cadre,
    etudiant: Etudiant,
    edition: Arc<Edition>,
    volets: Vec<Volet>,
    /// Read by her teacher: lines lead to where one judges.
    enseignant: bool,
    /// Each time that it was stopped, latest first.
    arrets: Vec<Arret>,
    /// What the team decided, by code.
    decidees: BTreeMap<String, validation::Arretee>,
    ecran: Ecran,
    /// On her own page only.
    a_faire: Option<AFaire>,
    /// Until when each file of the exam may be handed in; beside what she has to do.
    limites: Vec<examen::Limite>,
    /// The address named a view that does not exist.
    inconnue: bool,
}

impl Show {
    fn arrete(&self) -> Option<&Arret> {
        self.arrets.iter().find(|a| a.leve_le.is_none())
    }

    /// A decision that stands, with what contradicts it.
    fn decidee(&self, code: &str) -> Option<&validation::Arretee> {
        self.decidees.get(code)
    }

    /// The pages of this livret, for who reads it.
    fn chez(&self) -> String {
        if self.enseignant {
            format!("/etudiants/{}", self.etudiant.id())
        } else {
            "/livret".to_owned()
        }
    }

    fn vers(&self, code: &str) -> String {
        if self.enseignant {
            format!("/etudiants/{}/sous-competences/{code}", self.etudiant.id())
        } else {
            format!("/livret/sous-competences/{code}")
        }
    }

    fn vers_preuve(&self, id: impl std::borrow::Borrow<i64>) -> String {
        if self.enseignant {
            format!("/etudiants/{}/preuves/{}", self.etudiant.id(), id.borrow())
        } else {
            format!("/preuves/{}", id.borrow())
        }
    }

    fn pistes_de(&self, bloc: &str) -> Vec<&Piste> {
        self.ecran.pistes.iter().filter(|p| p.bloc == bloc).collect()
    }

    /// The letter in the marks of her own level: « V » for vous, « A » for auto-positionnement.
    fn lettre(&self) -> &'static str {
        if self.enseignant { "A" } else { "V" }
    }

    /// Who says her own level, as the drawings name her: « Vous », « Zoé ».
    fn elle(&self) -> &str {
        if self.enseignant { &self.etudiant.prenom } else { "Vous" }
    }
}

/// The decisions that stand, each against what was lived since.
async fn decidees(
    db: &mut Db,
    etudiant: &Etudiant,
    edition: &Edition,
    volets: &[Volet],
) -> Result<BTreeMap<String, validation::Arretee>> {
    let mut decidees = BTreeMap::new();
    for d in validation::decisions(db, edition.edition_id, &[etudiant.id()]).await? {
        if d.niveau.is_none() {
            continue; // withdrawn
        }
        let ligne =
            volets.iter().flat_map(|v| &v.lignes).find(|l| l.sous_competence.code == d.code);
        let faits: Vec<Fait> =
            ligne.iter().flat_map(|l| &l.positionnes).map(super::Positionne::fait).collect();
        let faits: Vec<&Fait> = faits.iter().collect();
        let revision = d.revision(&edition.niveaux, &faits);
        decidees.insert(
            d.code.clone(),
            validation::Arretee { proposee: None, decidee: Some(d), revision },
        );
    }
    Ok(decidees)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Choix {
    voir: String,
}

/// The page of a livret: the same few queries, whatever the view.
async fn page(
    db: &mut Db,
    cadre: Cadre,
    etudiant: Etudiant,
    (enseignant, jour): (bool, Date),
    choix: &Choix,
) -> Result<Show> {
    let edition = referentiel::find(&mut **db, etudiant.edition_id).await?;
    let vue = Vue::nommee(&choix.voir);
    let inconnue = vue.is_none();
    let vue = vue.unwrap_or(Vue::Liste);
    let volets = etudiant.livret(db, &edition).await?;
    let vecu = etudiant.vecu(db, &edition, vue.avec()).await?;
    let decidees = decidees(db, &etudiant, &edition, &volets).await?;
    let decide = |code: &str| decidees.get(code)?.arretee()?.niveau.as_deref();
    let effectifs = volets.iter().map(|v| Effectif::de(v, &edition, decide)).collect();
    let ecran = Ecran::de(vue, &edition, (&volets, effectifs), &vecu, jour);
    let sien = vue == Vue::Liste && !enseignant;
    let a_faire = sien.then(|| AFaire::de(&volets, &vecu, &ecran.pistes));
    let examen =
        if sien { examen::lire(db, etudiant.promotion_id(), &edition).await? } else { None };
    let limites = examen.map(|e| e.limites(jour)).unwrap_or_default();
    let arrets = etudiant.arrets(db).await?;
    Ok(Show {
        cadre,
        etudiant,
        edition,
        volets,
        enseignant,
        arrets,
        decidees,
        ecran,
        a_faire,
        limites,
        inconnue,
    })
}

async fn mine(moi: Moi, State(app): State<App>, Query(choix): Query<Choix>) -> Result<Show> {
    let mut db = app.begin(&moi).await?;
    let etudiant = moi.etudiant(&mut db).await?;
    let cadre = moi.cadre("/livret");
    page(&mut db, cadre, etudiant, (false, moi.aujourd_hui()), &choix).await
}

async fn show(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Query(choix): Query<Choix>,
) -> Result<Show> {
    let mut db = app.begin(&enseignant).await?;
    let etudiant = enseignant.etudiant(&mut db, id).await?;
    let cadre = enseignant.cadre("/promotions");
    let page = page(&mut db, cadre, etudiant, (true, enseignant.aujourd_hui()), &choix).await?;
    consultation::noter(db, &enseignant, &[id]);
    Ok(page)
}

/// The answers that she says she has read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Lectures {
    demande: Vec<i64>,
}

async fn read(
    moi: Moi,
    State(app): State<App>,
    Form(lectures): Form<Lectures>,
) -> Result<Redirect> {
    let mut db = app.begin(&moi).await?;
    moi.lire_reponses(&mut db, &lectures.demande).await?;
    db.commit().await?;
    Ok(Redirect::to("/livret"))
}

#[derive(Template, WebTemplate)]
#[template(path = "progression/line.html")]
struct Line {
    cadre: Cadre,
    edition: Arc<Edition>,
    sous_competence: SousCompetence,
    histoire: Vec<Evenement>,
    avis: Vec<AvisTuteur>,
}

async fn line(moi: Moi, State(app): State<App>, Path(code): Path<String>) -> Result<Line> {
    let mut db = app.begin(&moi).await?;
    let etudiant = moi.etudiant(&mut db).await?;
    let edition = referentiel::find(&mut *db, etudiant.edition_id).await?;
    let sous_competence = edition.sous_competence(&code).ok_or(Error::NotFound)?.clone();
    let histoire = etudiant.histoire(&mut db, &code).await?;
    let avis = etudiant.avis_tuteur(&mut db, &code).await?;
    Ok(Line { cadre: moi.cadre("/livret"), edition, sous_competence, histoire, avis })
}
