//! The livret of a student: her own, and as her teacher reads it.
use std::{collections::BTreeMap, sync::Arc};

use askama::Template;
use askama_web::WebTemplate;
use axum::{Router, extract::State, routing::get};

use super::Volet;
use crate::{
    app::App,
    compte::{Enseignant, Moi},
    consultation,
    error::{Error, Result},
    etudiant::Etudiant,
    form::Path,
    page::{Cadre, filters},
    positionnement::Evenement,
    referentiel::{self, Edition, SousCompetence},
    regle,
    validation::{self, Arret, Vue},
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/livret", get(mine))
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
    /// What the team decided, and what is proposed beside it.
    vues: BTreeMap<(i64, String), Vue>,
}

impl Show {
    fn arrete(&self) -> Option<&Arret> {
        self.arrets.iter().find(|a| a.leve_le.is_none())
    }

    /// A decision that stands, with what is proposed and what contradicts it.
    fn decidee(&self, code: &str) -> Option<&Vue> {
        let vue = self.vues.get(&(self.etudiant.id(), code.to_owned()));
        vue.filter(|v| v.arretee().is_some())
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
}

async fn mine(moi: Moi, State(app): State<App>) -> Result<Show> {
    let mut db = app.begin(&moi).await?;
    let etudiant = moi.etudiant(&mut db).await?;
    let edition = referentiel::find(&mut *db, etudiant.edition_id).await?;
    let volets = etudiant.livret(&mut db, &edition).await?;
    let arrets = etudiant.arrets(&mut db).await?;
    let reglage = regle::reglage(&mut db, etudiant.promotion_id()).await?;
    let vues = validation::vues(&mut db, &edition, &reglage, &[etudiant.id()]).await?;
    Ok(Show {
        cadre: moi.cadre("/livret"),
        etudiant,
        edition,
        volets,
        enseignant: false,
        arrets,
        vues,
    })
}

async fn show(enseignant: Enseignant, State(app): State<App>, Path(id): Path<i64>) -> Result<Show> {
    let mut db = app.begin(&enseignant).await?;
    let etudiant = enseignant.etudiant(&mut db, id).await?;
    let edition = referentiel::find(&mut *db, etudiant.edition_id).await?;
    let volets = etudiant.livret(&mut db, &edition).await?;
    let arrets = etudiant.arrets(&mut db).await?;
    let reglage = regle::reglage(&mut db, etudiant.promotion_id()).await?;
    let vues = validation::vues(&mut db, &edition, &reglage, &[etudiant.id()]).await?;
    consultation::noter(db, &enseignant, &[etudiant.id()]);
    Ok(Show {
        cadre: enseignant.cadre("/promotions"),
        etudiant,
        edition,
        volets,
        enseignant: true,
        arrets,
        vues,
    })
}

#[derive(Template, WebTemplate)]
#[template(path = "progression/line.html")]
struct Line {
    cadre: Cadre,
    edition: Arc<Edition>,
    sous_competence: SousCompetence,
    histoire: Vec<Evenement>,
}

async fn line(moi: Moi, State(app): State<App>, Path(code): Path<String>) -> Result<Line> {
    let mut db = app.begin(&moi).await?;
    let etudiant = moi.etudiant(&mut db).await?;
    let edition = referentiel::find(&mut *db, etudiant.edition_id).await?;
    let sous_competence = edition.sous_competence(&code).ok_or(Error::NotFound)?.clone();
    let histoire = etudiant.histoire(&mut db, &code).await?;
    Ok(Line { cadre: moi.cadre("/livret"), edition, sous_competence, histoire })
}
