//! The grid as forms: one sous-compétence and the whole class, or one student and every sous-compétence. They need no
//! JavaScript; with it, each tap is saved at once: this is also how one judges with a thumb, in class.
use std::{collections::HashMap, sync::Arc};

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    Case, envoi,
    grille::{Rang, Vue},
    pages::Liaison,
};
use crate::{
    app::{App, Db},
    compte::Enseignant,
    error::{Error, Result},
    form::{Form, Path, Query},
    groupe::Groupe,
    page::{Cadre, filters},
    promotion::Promotion,
    referentiel::{self, Edition, SousCompetence},
    situation::{self, Situation},
};

/// A cell of the form.
pub struct Ligne {
    pub(super) etudiant_id: i64,
    pub(super) code: String,
    /// Who, or what.
    titre: String,
    pub(super) case: Case,
    arrete: bool,
    /// Of a bloc that she reads without judging it, or of a promotion that is closed.
    lecture: bool,
    /// Said absent from this situation on another line: she is passed over.
    absent: bool,
    /// What is ticked: what was typed, else what is there.
    pub(super) choisi: String,
    /// What the page shows before any choice, and the version it was read from.
    pub(super) avant: String,
    pub(super) version: i64,
    /// Why it was not written.
    pub(super) message: Option<String>,
}

impl Ligne {
    fn new(rang: &Rang, (code, juge): (&str, bool), titre: String) -> Self {
        let case = rang.case(code);
        Self {
            etudiant_id: rang.etudiant_id,
            code: code.to_owned(),
            titre,
            choisi: case.ici.clone().unwrap_or_default(),
            avant: case.ici.clone().unwrap_or_default(),
            version: case.version,
            absent: rang.absent(),
            arrete: rang.arrete,
            lecture: !juge,
            case,
            message: None,
        }
    }

    pub(super) fn champ(&self) -> String {
        format!("{}-{}", self.etudiant_id, self.code)
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Choix {
    situation: String,
    groupe: String,
}

/// The form: its lines, and where it stands.
#[derive(Template, WebTemplate)]
#[template(path = "positionnement/saisie.html")]
pub struct Feuille {
    cadre: Cadre,
    pub(super) promotion: Promotion,
    pub(super) edition: Arc<Edition>,
    /// The whole class on this, when it is not one student on everything.
    sous_competence: Option<SousCompetence>,
    /// Number and name of the student, when it is not a class.
    etudiant: Option<(i64, String)>,
    situations: Vec<Situation>,
    situation: Option<Situation>,
    groupes: Vec<Groupe>,
    choix: Choix,
    pub(super) lignes: Vec<Ligne>,
    pub(super) liaison: Liaison,
    cle: Uuid,
}

impl Feuille {
    fn action(&self) -> String {
        match (&self.sous_competence, &self.etudiant) {
            (Some(s), _) => {
                let id = self.promotion.promotion_id;
                format!("/promotions/{id}/sous-competences/{}/saisie", s.code)
            }
            (None, Some((id, _))) => format!("/etudiants/{id}/saisie"),
            (None, None) => String::new(),
        }
    }

    /// She judges the bloc of this one.
    fn juge(&self, code: &str) -> bool {
        self.edition.bloc_de(code).is_some_and(|b| self.promotion.juge(&b.code))
    }

    /// The address of the form, with what was chosen.
    fn ici(&self, chemin: &str) -> String {
        let situation = self.situation.as_ref().map_or(0, |s| s.situation_id);
        match situation {
            0 => chemin.to_owned(),
            id => format!("{chemin}?situation={id}"),
        }
    }

    fn grille(&self) -> String {
        self.ici(&format!("/promotions/{}/grille", self.promotion.promotion_id))
    }

    fn vers(&self, autre: &SousCompetence) -> String {
        let id = self.promotion.promotion_id;
        self.ici(&format!("/promotions/{id}/sous-competences/{}/saisie", autre.code))
    }

    /// The sous-compétences before and after this one, in the order of the text.
    fn voisines(&self) -> (Option<&SousCompetence>, Option<&SousCompetence>) {
        let toutes: Vec<_> = self.edition.sous_competences().collect();
        let code = self.sous_competence.as_ref().map(|s| s.code.as_str());
        let rang = toutes.iter().position(|s| Some(s.code.as_str()) == code);
        let a = |n: Option<usize>| n.and_then(|n| toutes.get(n).copied());
        (a(rang.and_then(|r| r.checked_sub(1))), a(rang.map(|r| r + 1)))
    }
}

async fn feuille(
    app: &App,
    enseignant: &Enseignant,
    db: &mut Db,
    promotion: Promotion,
    choix: &Choix,
) -> Result<(Feuille, Vec<Rang>)> {
    let edition = referentiel::find(&mut **db, promotion.edition_id).await?;
    let situations = promotion.situations(db, None).await?;
    let situation = situation::choisie(&situations, &choix.situation)?;
    let situation_id = situation.as_ref().map(|s| s.situation_id);
    let vue = Vue { situation_id, ..Vue::default() };
    let rangs = enseignant.grille(db, &promotion, &vue).await?;
    let groupes = promotion.groupes(db).await?;
    let liaison = Liaison::of(app, enseignant, &edition, promotion.promotion_id, situation_id);
    let feuille = Feuille {
        cadre: enseignant.cadre("/promotions"),
        promotion,
        edition,
        sous_competence: None,
        etudiant: None,
        situations,
        situation,
        groupes,
        choix: choix.clone(),
        lignes: vec![],
        liaison,
        cle: app.random.uuid(),
    };
    Ok((feuille, rangs))
}

async fn pour_classe(
    app: &App,
    enseignant: &Enseignant,
    db: &mut Db,
    (id, code): (i64, &str),
    choix: &Choix,
) -> Result<Feuille> {
    let promotion = enseignant.promotion(db, id).await?;
    let (mut feuille, rangs) = feuille(app, enseignant, db, promotion, choix).await?;
    let sous_competence = feuille.edition.sous_competence(code).ok_or(Error::NotFound)?.clone();
    let groupe: Option<i64> = choix.groupe.parse().ok();
    let juge = feuille.juge(code);
    feuille.lignes = rangs
        .iter()
        .filter(|r| groupe.is_none_or(|g| r.groupes.contains(&g)))
        .map(|r| Ligne::new(r, (code, juge), format!("{} {}", r.nom, r.prenom)))
        .collect();
    feuille.sous_competence = Some(sous_competence);
    Ok(feuille)
}

async fn pour_etudiant(
    app: &App,
    enseignant: &Enseignant,
    db: &mut Db,
    id: i64,
    choix: &Choix,
) -> Result<Feuille> {
    let etudiant = enseignant.etudiant(db, id).await?;
    let promotion = enseignant.promotion(db, etudiant.promotion_id).await?;
    let (mut feuille, rangs) = feuille(app, enseignant, db, promotion, choix).await?;
    let rang = rangs.iter().find(|r| r.etudiant_id == id).ok_or(Error::NotFound)?;
    let ligne = |s: &SousCompetence| {
        let juge = feuille.juge(&s.code);
        Ligne::new(rang, (&s.code, juge), format!("{} {}", s.code, s.intitule))
    };
    feuille.lignes = feuille.edition.sous_competences().map(ligne).collect();
    feuille.etudiant = Some((id, etudiant.liste()));
    Ok(feuille)
}

pub async fn edit_classe(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, code)): Path<(i64, String)>,
    Query(choix): Query<Choix>,
) -> Result<Feuille> {
    let mut db = app.begin(&enseignant).await?;
    pour_classe(&app, &enseignant, &mut db, (id, &code), &choix).await
}

pub async fn edit_etudiant(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Query(choix): Query<Choix>,
) -> Result<Feuille> {
    let mut db = app.begin(&enseignant).await?;
    pour_etudiant(&app, &enseignant, &mut db, id, &choix).await
}

pub(super) type Champs = HashMap<String, String>;

fn choisi(champs: &Champs) -> Choix {
    let dit = |nom: &str| champs.get(nom).cloned().unwrap_or_default();
    Choix { situation: dit("situation"), groupe: dit("groupe") }
}

pub async fn update_classe(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, code)): Path<(i64, String)>,
    Form(champs): Form<Champs>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let choix = choisi(&champs);
    let lue = pour_classe(&app, &enseignant, &mut db, (id, &code), &choix).await?;
    let Some(dits) = envoi::save(&enseignant, db, &lue, &champs).await? else {
        let vers = format!("/promotions/{id}/grille");
        return Ok(Redirect::to(&lue.ici(&vers)).into_response());
    };
    let mut db = app.begin(&enseignant).await?;
    Ok(dits.page(pour_classe(&app, &enseignant, &mut db, (id, &code), &choix).await?))
}

pub async fn update_etudiant(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(champs): Form<Champs>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let choix = choisi(&champs);
    let lue = pour_etudiant(&app, &enseignant, &mut db, id, &choix).await?;
    let Some(dits) = envoi::save(&enseignant, db, &lue, &champs).await? else {
        return Ok(Redirect::to(&format!("/etudiants/{id}/livret")).into_response());
    };
    let mut db = app.begin(&enseignant).await?;
    Ok(dits.page(pour_etudiant(&app, &enseignant, &mut db, id, &choix).await?))
}
