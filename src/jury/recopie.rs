//! « À recopier »: columns to be typed into another program, candidate by candidate, ticked off as one goes.
use askama::Template;
use askama_web::WebTemplate;
use axum::{Router, extract::State, routing::get};
use serde::Deserialize;

use super::{
    anonymat,
    dossier::{Candidat, Dossier},
    lecteur::Lecteurs,
    pages::{Question, whole},
};
use crate::{
    app::App,
    error::Result,
    form::{Path, Query},
    page::Cadre,
    promotion::Promotion,
};

pub fn routes() -> Router<App> {
    Router::new().route("/jury/promotions/{id}/a-recopier", get(index))
}

/// A column to be copied: what it is called, and what it says of each candidate, in the order of the page.
pub struct Bordereau {
    /// In the address: « bloc-1 ».
    pub code: String,
    pub intitule: String,
    /// What it says, candidate by candidate.
    pub textes: Vec<String>,
}

impl Bordereau {
    fn new(
        code: impl Into<String>,
        intitule: impl Into<String>,
        candidats: &[Candidat],
        dit: impl Fn(&Candidat) -> String,
    ) -> Self {
        // A line a candidate, whatever was typed.
        let une = |c: &Candidat| dit(c).split_whitespace().collect::<Vec<_>>().join(" ");
        Self {
            code: code.into(),
            intitule: intitule.into(),
            textes: candidats.iter().map(une).collect(),
        }
    }

    fn colonne(&self) -> String {
        self.textes.join("\n")
    }
}

/// The columns of a dossier, in the order of its candidates.
pub fn bordereaux(dossier: &Dossier) -> Vec<Bordereau> {
    let tous = &dossier.candidats;
    let mut faits: Vec<Bordereau> = vec![];
    for (n, bloc) in tous.first().iter().flat_map(|c| &c.blocs).enumerate() {
        let niveaux = |c: &Candidat| {
            let lignes = c.blocs[n].competences.iter().flat_map(|k| &k.sous_competences);
            let dit = |l: &super::dossier::Ligne| {
                format!("{} {}", l.code, l.niveau.as_deref().unwrap_or("–"))
            };
            lignes.map(dit).collect::<Vec<_>>().join("\u{202f}; ")
        };
        let (code, titre) = (&bloc.code, &bloc.intitule);
        faits.push(Bordereau::new(
            format!("bloc-{code}"),
            format!("Bloc {code}, {titre}\u{a0}: bilan"),
            tous,
            |c| c.blocs[n].resume.clone(),
        ));
        faits.push(Bordereau::new(
            format!("niveaux-{code}"),
            format!("Bloc {code}, {titre}\u{a0}: niveaux"),
            tous,
            niveaux,
        ));
    }
    let stage = |c: &Candidat| c.duree.clone().unwrap_or_default();
    faits.push(Bordereau::new("stage", "Durée de stage", tous, stage));
    let numero = |c: &Candidat| c.numero.clone().unwrap_or_default();
    faits.push(Bordereau::new("numero", "Numéros de candidat", tous, numero));
    faits
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Choix {
    colonne: String,
    ordre: String,
    anonyme: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "jury/recopie.html")]
struct Index {
    cadre: Cadre,
    promotion: Promotion,
    dossier: Dossier,
    toutes: Vec<Bordereau>,
    choisie: usize,
    ordre: &'static str,
    anonyme: bool,
    /// Under which the device keeps what is ticked.
    lieu: String,
}

impl Index {
    fn bordereau(&self) -> &Bordereau {
        &self.toutes[self.choisie]
    }
}

async fn index(
    lecteurs: Lecteurs,
    State(app): State<App>,
    Path(id): Path<i64>,
    Query(choix): Query<Choix>,
) -> Result<Index> {
    let ordre = if choix.ordre == "nom" { "nom" } else { "numero" };
    let question = Question { anonyme: choix.anonyme, ordre: ordre.to_owned() };
    let (lecteur, promotion, dossier) = whole(&lecteurs, &app, id, &question).await?;
    let toutes = bordereaux(&dossier);
    let choisie = toutes.iter().position(|b| b.code == choix.colonne).unwrap_or(0);
    let lieu = format!("recopie:{}:{id}:{}", lecteur.compte().numero(), toutes[choisie].code);
    Ok(Index {
        cadre: lecteurs.cadre(),
        promotion,
        dossier,
        toutes,
        choisie,
        ordre,
        anonyme: question.anonyme(),
        lieu,
    })
}
