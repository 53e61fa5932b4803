//! One candidate a screen, for the room where the jury sits: big, without a menu, from one to the next by the arrows.
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Deserialize;

use super::{
    dossier::{Bloc, Candidat, Dossier, Ligne},
    lecteur::{Lecteurs, Ouverte},
    pages::Question,
    profil::Profil,
};
use crate::{
    app::App,
    consultation,
    error::{Error, Result},
    form::{Path, Query},
    page::filters,
    promotion::Promotion,
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/jury/promotions/{id}/projection", get(find))
        .route("/jury/promotions/{id}/projection/{rang}", get(show))
}

#[derive(Template, WebTemplate)]
#[template(path = "jury/projection.html")]
struct Show {
    promotion: Promotion,
    dossier: Dossier,
    profil: Profil,
    /// From 1.
    rang: usize,
    suite: &'static str,
    anonyme: bool,
    /// What was looked for and not found.
    inconnu: Option<String>,
}

impl Show {
    fn candidat(&self) -> &Candidat {
        &self.dossier.candidats[self.rang - 1]
    }

    fn dernier(&self) -> usize {
        self.dossier.candidats.len()
    }

    fn lien(&self, rang: usize) -> String {
        format!("/jury/promotions/{}/projection/{rang}{}", self.promotion.promotion_id, self.suite)
    }

    fn precedent(&self) -> Option<String> {
        (self.rang > 1).then(|| self.lien(self.rang - 1))
    }

    fn suivant(&self) -> Option<String> {
        (self.rang < self.dernier()).then(|| self.lien(self.rang + 1))
    }

    fn entreprise(&self) -> i64 {
        self.candidat().preuves.iter().filter(|p| p.entreprise).map(|_| 1).sum()
    }
}

impl Bloc {
    /// What teachers wrote of it: of each sous-compétence the last word, few of them.
    fn remarques(&self) -> Vec<(String, String)> {
        let lignes = self.competences.iter().flat_map(|c| &c.sous_competences);
        let mut dites: Vec<_> = lignes.filter(|l| l.remarque.is_some()).collect();
        dites.sort_by_key(|l| std::cmp::Reverse(l.derniere));
        let dite = |l: &Ligne| (l.code.clone(), l.remarque.clone().unwrap_or_default());
        dites.into_iter().take(REMARQUES).map(dite).collect()
    }
}

/// More would not be read from the back of a room.
const REMARQUES: usize = 3;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Cherche {
    numero: String,
    anonyme: String,
}

impl Cherche {
    fn question(&self) -> Question {
        Question { anonyme: self.anonyme.clone(), ordre: String::new() }
    }
}

/// Where a candidate is, by her number; else by her place on the screens.
fn place(dossier: &Dossier, cherche: &str) -> Option<usize> {
    let nu = |n: &str| n.trim().trim_start_matches('0').to_lowercase();
    let sien = |c: &Candidat| c.numero.as_deref().is_some_and(|n| nu(n) == nu(cherche));
    let rang = || cherche.trim().parse().ok().filter(|n| (1..=dossier.candidats.len()).contains(n));
    dossier.candidats.iter().position(sien).map(|n| n + 1).or_else(rang)
}

async fn read(app: &App, lecteurs: &Lecteurs, id: i64, q: &Question) -> Result<(Ouverte, Dossier)> {
    let mut ouverte = lecteurs.promotion(app, id).await?;
    let etudiants = ouverte.candidats().await?;
    let dossier = q.applique(ouverte.dossier(&etudiants).await?);
    if dossier.candidats.is_empty() {
        return Err(Error::Refused(
            "Cette promotion n’a encore aucun candidat\u{a0}: il n’y a rien à projeter.".into(),
        ));
    }
    Ok((ouverte, dossier))
}

/// The first screen, or the one that is looked for.
async fn find(
    lecteurs: Lecteurs,
    State(app): State<App>,
    Path(id): Path<i64>,
    Query(cherche): Query<Cherche>,
) -> Result<Response> {
    let question = cherche.question();
    let (ouverte, dossier) = read(&app, &lecteurs, id, &question).await?;
    let suite = question.suffixe();
    let vers = |n: usize| format!("/jury/promotions/{id}/projection/{n}{suite}");
    if cherche.numero.trim().is_empty() {
        return Ok(Redirect::to(&vers(1)).into_response());
    }
    match place(&dossier, &cherche.numero) {
        Some(n) => Ok(Redirect::to(&vers(n)).into_response()),
        None => Ok(page(ouverte, dossier, 1, &question, Some(cherche.numero))?.into_response()),
    }
}

async fn show(
    lecteurs: Lecteurs,
    State(app): State<App>,
    Path((id, rang)): Path<(i64, usize)>,
    Query(question): Query<Question>,
) -> Result<Show> {
    let (ouverte, dossier) = read(&app, &lecteurs, id, &question).await?;
    page(ouverte, dossier, rang, &question, None)
}

fn page(
    ouverte: Ouverte,
    dossier: Dossier,
    rang: usize,
    question: &Question,
    inconnu: Option<String>,
) -> Result<Show> {
    let candidat = rang.checked_sub(1).and_then(|n| dossier.candidats.get(n));
    let candidat = candidat.ok_or(Error::NotFound)?;
    let (profil, id) = (Profil::de(&dossier, candidat), candidat.id);
    let Ouverte { lecteur, db, promotion } = ouverte;
    consultation::noter(db, &lecteur, &[id]);
    let (suite, anonyme) = (question.suffixe(), question.anonyme());
    Ok(Show { promotion, dossier, profil, rang, suite, anonyme, inconnu })
}
