//! What the head of the school and its DDFPT read of a promotion: who is due for which situation of the exam, how many
//! files stand where, how many trainees each référent has. Never a level, a grid nor a mark.
use std::collections::BTreeMap;

use askama::Template;
use askama_web::WebTemplate;
use axum::{Router, extract::State, routing::get};

use crate::{
    app::{App, Db},
    commission::{Etat, Forme, Unite, passages, situations},
    compte::Direction,
    conformite::{calcul::Verdict, lecture::classe},
    error::Result,
    etudiant::Etudiant,
    examen,
    form::Path,
    page::Cadre,
    promotion::Promotion,
    referentiel,
    stage::{Charge, charges},
};

pub fn routes() -> Router<App> {
    Router::new().route("/direction/promotions/{id}", get(show))
}

/// The planning of an épreuve.
struct Planning {
    epreuve: Unite,
    /// What each column is called.
    temps: Vec<String>,
    /// A line a candidate, in words, a cell a situation.
    rangs: Vec<(String, Vec<String>)>,
    /// « 12 dus », « 3 faits ».
    bilan: Vec<String>,
}

#[derive(Template, WebTemplate)]
#[template(path = "ecole/direction.html")]
struct Show {
    cadre: Cadre,
    promotion: Promotion,
    plannings: Vec<Planning>,
    /// « 3 risques NV », « 20 à compléter », « 9 conformes »; empty where no rules are known for its session.
    dossiers: Vec<String>,
    charges: Vec<Charge>,
    connue: bool,
}

/// « 12 dus », « 1 fait ».
fn compter(etat: Etat, n: usize) -> String {
    let n = i64::try_from(n).unwrap_or(i64::MAX);
    match etat {
        Etat::Du => crate::date::nombre(n, "dû", "dus"),
        Etat::Fait => crate::date::nombre(n, "fait", "faits"),
        Etat::Absent => crate::date::nombre(n, "absent", "absents"),
        Etat::Reconvoque => crate::date::nombre(n, "reconvoqué", "reconvoqués"),
    }
}

async fn planning(
    db: &mut Db,
    promotion: &Promotion,
    epreuve: Unite,
    etudiants: &[Etudiant],
) -> Result<Planning> {
    let connus = passages(db, (promotion.promotion_id, epreuve.code)).await?;
    let mut temps = situations(&epreuve);
    // Who passes otherwise has situations of another form: they are shown beside.
    for (_, autre) in connus.keys() {
        if !temps.iter().any(|t| t.0 == *autre) {
            temps.push((autre.clone(), format!("Situation {autre}")));
        }
    }
    let mut combien: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut rangs = Vec::with_capacity(etudiants.len());
    for etudiant in etudiants {
        let mut cases = Vec::with_capacity(temps.len());
        for (code, _) in &temps {
            let connu = connus.get(&(etudiant.id(), code.clone()));
            let passage = connu.cloned().unwrap_or_default();
            *combien.entry(passage.etat.code()).or_default() += 1;
            cases.push(passage.en_mots());
        }
        rangs.push((etudiant.liste(), cases));
    }
    let bilan = Etat::TOUS
        .into_iter()
        .map(|e| compter(e, combien.get(e.code()).copied().unwrap_or(0)))
        .collect();
    Ok(Planning { epreuve, temps: temps.into_iter().map(|t| t.1).collect(), rangs, bilan })
}

async fn show(qui: Direction, State(app): State<App>, Path(id): Path<i64>) -> Result<Show> {
    let mut db = app.begin(&qui).await?;
    let promotion = qui.promotion(&mut db, id).await?;
    let jour = qui.aujourd_hui();
    let edition = referentiel::find(&mut *db, promotion.edition_id).await?;
    let etudiants = promotion.etudiants(&mut db, jour).await?;
    let (mut plannings, mut dossiers) = (vec![], vec![]);
    let connue = match examen::lire(&mut db, id, &edition).await? {
        None => false,
        Some(examen) => {
            let mut epreuves = Unite::toutes(&examen);
            epreuves.retain(|e| e.forme == Forme::Ccf);
            for epreuve in epreuves {
                plannings.push(planning(&mut db, &promotion, epreuve, &etudiants).await?);
            }
            let classe = classe(&mut db, examen, etudiants, jour).await?;
            let combien = |v: Verdict| classe.candidats.iter().filter(|k| k.verdict() == v).count();
            dossiers = Verdict::TOUS.map(|v| v.compte(combien(v))).to_vec();
            true
        }
    };
    let charges = charges(&mut db).await?.into_iter().map(|(_, c)| c).collect();
    let cadre = qui.cadre("/direction");
    Ok(Show { cadre, promotion, plannings, dossiers, charges, connue })
}
