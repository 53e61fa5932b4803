//! `/recherche`: a page for everybody, and the same answers as a part of a page for the palette.
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;

use super::{Groupe, Question, Trouvaille, du_referentiel, lieu};
use crate::{
    app::App,
    compte::{Administrateur, Enseignant, Jury, Moi, Visiteur},
    error::{Error, Result},
    form::Query,
    page::{Cadre, filters},
};

pub use super::lieu::tous as lieux;

pub fn routes() -> Router<App> {
    Router::new().route("/recherche", get(index))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Demande {
    q: String,
    /// Asked by the palette.
    fragment: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "recherche/index.html")]
struct Index {
    cadre: Cadre,
    q: String,
    groupes: Vec<Groupe>,
    combien: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "recherche/_options.html")]
struct Options {
    groupes: Vec<Groupe>,
    combien: String,
}

async fn index(
    visiteur: Visiteur,
    State(app): State<App>,
    Query(demande): Query<Demande>,
) -> Result<Response> {
    let compte = visiteur.0.clone().ok_or(Error::Anonymous)?;
    let question = Question::lire(&demande.q);
    let groupes =
        if question.precise() { chercher(&app, &visiteur, &question).await? } else { vec![] };
    let n: usize = groupes.iter().map(|g| g.trouvailles.len()).sum();
    let combien = match (question.precise(), n) {
        (false, _) => "Écrivez au moins deux lettres.".to_owned(),
        (true, 0) => "Aucune réponse. Essayez un autre mot, ou moins de mots.".to_owned(),
        (true, n) => {
            crate::date::nombre(i64::try_from(n).unwrap_or(i64::MAX), "réponse", "réponses")
        }
    };
    if !demande.fragment.is_empty() {
        return Ok(Options { groupes, combien }.into_response());
    }
    Ok(Index { cadre: compte.cadre("/recherche"), q: question.q, groupes, combien }.into_response())
}

/// Answers of each function that she has; the same twice is one.
async fn chercher(app: &App, visiteur: &Visiteur, question: &Question) -> Result<Vec<Groupe>> {
    let Some(compte) = visiteur.0.clone() else { return Ok(vec![]) };
    let (mut personnes, mut preuves, mut pages) = (vec![], vec![], vec![]);
    if let Some(moi) = Moi::of(compte.clone()) {
        let mut db = app.begin(&moi).await?;
        preuves.extend(moi.preuves_trouvees(&mut db, question).await?);
        pages.extend(lieu::chercher("etudiant", &[], &question.q));
    }
    if let Some(qui) = Enseignant::of(compte.clone()) {
        let mut db = app.begin(&qui).await?;
        let promotions = qui.promotions(&mut db).await?;
        let promotions: Vec<_> = promotions.into_iter().map(|p| (p.promotion_id, p.nom)).collect();
        personnes.extend(qui.etudiants_trouves(&mut db, question).await?);
        preuves.extend(qui.preuves_trouvees(&mut db, question).await?);
        pages.extend(lieu::chercher("enseignant", &promotions, &question.q));
    }
    if let Some(qui) = Jury::of(compte.clone()) {
        let mut db = app.begin(&qui).await?;
        let promotions = qui.promotions(&mut db).await?;
        let promotions: Vec<_> = promotions.into_iter().map(|p| (p.promotion_id, p.nom)).collect();
        personnes.extend(qui.candidats_trouves(&mut db, question).await?);
        pages.extend(lieu::chercher("jury", &promotions, &question.q));
    }
    if let Some(qui) = Administrateur::of(compte) {
        let mut db = app.begin(&qui).await?;
        let promotions = qui.promotions(&mut db, None).await?;
        let promotions: Vec<_> = promotions.into_iter().map(|p| (p.promotion_id, p.nom)).collect();
        personnes.extend(qui.personnes_trouvees(&mut db, question).await?);
        pages.extend(lieu::chercher("administrateur", &promotions, &question.q));
    }
    pages.extend(lieu::chercher("", &[], &question.q));
    let texte = du_referentiel(app, question).await?;
    let groupes = [
        ("Personnes", "personnes", personnes),
        ("Preuves", "preuve", preuves),
        ("Pages", "situation", pages),
        ("Référentiel", "referentiel", texte),
    ];
    let un = |(titre, icone, t): (&'static str, &'static str, Vec<Trouvaille>)| {
        let mut trouvailles: Vec<Trouvaille> = vec![];
        for trouvaille in t {
            if !trouvailles.contains(&trouvaille) {
                trouvailles.push(trouvaille);
            }
        }
        trouvailles.truncate(usize::try_from(super::PAR_GENRE).unwrap_or(usize::MAX));
        Groupe { titre, icone, trouvailles }
    };
    Ok(groupes.into_iter().map(un).filter(|g| !g.trouvailles.is_empty()).collect())
}
