//! The livret of a student: her own, and as her teacher reads it.
use std::{collections::BTreeMap, sync::Arc};

use askama::Template;
use askama_web::WebTemplate;
use axum::{Router, extract::State, routing::get};

use super::Volet;
use crate::{
    app::{App, Db},
    compte::{Enseignant, Moi},
    consultation,
    error::{Error, Result},
    etudiant::Etudiant,
    form::Path,
    page::{Cadre, filters},
    positionnement::Evenement,
    referentiel::{self, Edition, SousCompetence},
    regle::{self, Fait},
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
    /// What the team decided, by code.
    decidees: BTreeMap<String, Vue>,
}

impl Show {
    fn arrete(&self) -> Option<&Arret> {
        self.arrets.iter().find(|a| a.leve_le.is_none())
    }

    /// A decision that stands, with what contradicts it.
    fn decidee(&self, code: &str) -> Option<&Vue> {
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
}

/// The decisions that stand, each against what was lived since.
async fn decidees(
    db: &mut Db,
    etudiant: &Etudiant,
    edition: &Edition,
    volets: &[Volet],
) -> Result<BTreeMap<String, Vue>> {
    let mut decidees = BTreeMap::new();
    for d in validation::decisions(db, edition.edition_id, &[etudiant.id()]).await? {
        let Some(niveau) = d.niveau.clone() else { continue };
        let ligne =
            volets.iter().flat_map(|v| &v.lignes).find(|l| l.sous_competence.code == d.code);
        let faits: Vec<Fait> =
            ligne.iter().flat_map(|l| &l.positionnes).map(super::Positionne::fait).collect();
        let faits: Vec<&Fait> = faits.iter().collect();
        let depuis = (niveau.as_str(), d.decide_le.date());
        let revision = regle::a_revoir(&edition.niveaux, &faits, depuis);
        decidees.insert(d.code.clone(), Vue { proposee: None, decidee: Some(d), revision });
    }
    Ok(decidees)
}

async fn mine(moi: Moi, State(app): State<App>) -> Result<Show> {
    let mut db = app.begin(&moi).await?;
    let etudiant = moi.etudiant(&mut db).await?;
    let edition = referentiel::find(&mut *db, etudiant.edition_id).await?;
    let volets = etudiant.livret(&mut db, &edition).await?;
    let arrets = etudiant.arrets(&mut db).await?;
    let decidees = decidees(&mut db, &etudiant, &edition, &volets).await?;
    Ok(Show {
        cadre: moi.cadre("/livret"),
        etudiant,
        edition,
        volets,
        enseignant: false,
        arrets,
        decidees,
    })
}

async fn show(enseignant: Enseignant, State(app): State<App>, Path(id): Path<i64>) -> Result<Show> {
    let mut db = app.begin(&enseignant).await?;
    let etudiant = enseignant.etudiant(&mut db, id).await?;
    let edition = referentiel::find(&mut *db, etudiant.edition_id).await?;
    let volets = etudiant.livret(&mut db, &edition).await?;
    let arrets = etudiant.arrets(&mut db).await?;
    let decidees = decidees(&mut db, &etudiant, &edition, &volets).await?;
    consultation::noter(db, &enseignant, &[etudiant.id()]);
    Ok(Show {
        cadre: enseignant.cadre("/promotions"),
        etudiant,
        edition,
        volets,
        enseignant: true,
        arrets,
        decidees,
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
