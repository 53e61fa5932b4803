//! One sous-compétence, the whole class: the form that needs no JavaScript.
use std::{collections::HashMap, sync::Arc};

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use uuid::Uuid;

use super::{Avis, Issue, grille::Rang};
use crate::{
    app::{App, Db},
    compte::Enseignant,
    error::{Error, Result},
    etudiant::Etudiant,
    form::{Form, Path},
    journal::Plume,
    page::{Cadre, filters},
    promotion::Promotion,
    referentiel::{self, Edition, SousCompetence},
};

/// A student's line of the form.
pub struct Ligne {
    pub rang: Rang,
    /// What is ticked: what was typed, else what is there.
    pub choisi: String,
    /// Somebody wrote in between, or the choice does not exist.
    pub message: Option<String>,
}

#[derive(Template, WebTemplate)]
#[template(path = "positionnement/edit.html")]
pub struct Edit {
    cadre: Cadre,
    promotion: Promotion,
    edition: Arc<Edition>,
    sous_competence: SousCompetence,
    lignes: Vec<Ligne>,
    cle: Uuid,
    ecrits: Option<usize>,
}

struct Feuille {
    promotion: Promotion,
    edition: Arc<Edition>,
    sous_competence: SousCompetence,
    rangs: Vec<Rang>,
}

async fn feuille(enseignant: &Enseignant, db: &mut Db, id: i64, code: &str) -> Result<Feuille> {
    let promotion = enseignant.promotion(db, id).await?;
    let edition = referentiel::find(&mut **db, promotion.edition_id).await?;
    let sous_competence = edition.sous_competence(code).ok_or(Error::NotFound)?.clone();
    let rangs = promotion.grille(db, &[code.to_owned()], enseignant.aujourd_hui()).await?;
    Ok(Feuille { promotion, edition, sous_competence, rangs })
}

impl Feuille {
    fn page(
        self,
        app: &App,
        enseignant: &Enseignant,
        mut dits: HashMap<i64, (String, Option<String>)>,
    ) -> Edit {
        let lignes = self.rangs.into_iter().map(|rang| {
            let (choisi, message) = dits
                .remove(&rang.etudiant_id)
                .unwrap_or_else(|| (rang.cases[0].niveau.clone().unwrap_or_default(), None));
            Ligne { rang, choisi, message }
        });
        Edit {
            cadre: enseignant.cadre("/promotions"),
            lignes: lignes.collect(),
            promotion: self.promotion,
            edition: self.edition,
            sous_competence: self.sous_competence,
            cle: app.random.uuid(),
            ecrits: None,
        }
    }
}

pub async fn edit(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, code)): Path<(i64, String)>,
) -> Result<Edit> {
    let mut db = app.begin(&enseignant).await?;
    Ok(feuille(&enseignant, &mut db, id, &code).await?.page(&app, &enseignant, HashMap::new()))
}

/// Only what changed is written: a line left as it was says nothing.
pub async fn update(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, code)): Path<(i64, String)>,
    Form(champs): Form<HashMap<String, String>>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let feuille = feuille(&enseignant, &mut db, id, &code).await?;
    let cle: Uuid = champs.get("cle").and_then(|c| c.parse().ok()).ok_or(Error::Unreadable)?;
    let mut plume = Plume::prendre(&mut db, &enseignant).await?;
    let etudiants = feuille.promotion.etudiants(&mut db, enseignant.aujourd_hui()).await?;
    let reprise = champs.contains_key("reprise");
    let mut dits = HashMap::new();
    for etudiant in &etudiants {
        let id = etudiant.id();
        let voulu = champs.get(&format!("niveau-{id}")).map_or("", String::as_str);
        let avant = champs.get(&format!("avant-{id}")).map_or("", String::as_str);
        if reprise {
            dits.insert(id, (voulu.to_owned(), None));
        } else if voulu != avant {
            let version = champs.get(&format!("version-{id}")).and_then(|v| v.parse().ok());
            let avis = Avis {
                code: code.clone(),
                niveau: (!voulu.is_empty()).then(|| voulu.to_owned()),
                version: version.unwrap_or(-1),
                cle: Uuid::new_v5(&cle, id.to_string().as_bytes()),
                ..Avis::default()
            };
            let refus =
                ligne(&enseignant, &mut db, &mut plume, etudiant, (&feuille.edition, &avis));
            if let Some(message) = refus.await? {
                dits.insert(id, (voulu.to_owned(), Some(message)));
            }
        }
    }
    if dits.is_empty() {
        db.commit().await?;
        return Ok(Redirect::to(&format!(
            "/promotions/{id}/grille?bloc={}",
            bloc(&feuille, &code)
        ))
        .into_response());
    }
    db.commit().await?;
    let mut db = app.begin(&enseignant).await?;
    let status = if champs.contains_key("reprise") { StatusCode::OK } else { StatusCode::CONFLICT };
    let page = self::feuille(&enseignant, &mut db, id, &code).await?.page(&app, &enseignant, dits);
    Ok((status, page).into_response())
}

/// One student's line: why it was not written, if it was not.
async fn ligne(
    enseignant: &Enseignant,
    db: &mut Db,
    plume: &mut Plume,
    etudiant: &Etudiant,
    (edition, avis): (&Edition, &Avis),
) -> Result<Option<String>> {
    let voulu = avis.niveau.as_deref();
    if voulu.is_some_and(|n| edition.niveau(n).is_none()) {
        return Ok(Some("Ce niveau n’existe pas dans l’échelle.".to_owned()));
    }
    match enseignant.positionner_avec(db, plume, etudiant, avis).await {
        Ok(Issue::Depasse(c)) => Ok(Some(format!(
            "{} a mis {} entre-temps\u{a0}; vous vouliez {}.",
            c.par.as_deref().unwrap_or("Quelqu’un"),
            c.niveau.as_deref().unwrap_or("«\u{a0}rien\u{a0}»"),
            voulu.unwrap_or("effacer")
        ))),
        Ok(_) => Ok(None),
        Err(Error::Refused(message)) => Ok(Some(message)),
        Err(autre) => Err(autre),
    }
}

fn bloc(feuille: &Feuille, code: &str) -> String {
    feuille.edition.bloc_de(code).map_or_else(String::new, |b| b.code.clone())
}
