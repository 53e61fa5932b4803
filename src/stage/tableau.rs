//! The board of a promotion's internships.
use std::collections::BTreeMap;

use askama::Template;
use askama_web::WebTemplate;
use axum::{Router, extract::State, routing::get};

use super::{
    Compte, Periode, Stages, attestation, candidat,
    listes::{Charge, charges},
    pages::examen,
    piece, stages, visite,
};
use crate::{
    app::App, compte::Enseignant, error::Result, etudiant::Etudiant, form::Path, page::Cadre,
    promotion::Promotion,
};

pub fn routes() -> Router<App> {
    Router::new().route("/promotions/{id}/stages", get(index))
}

/// A student of the board.
struct Rang {
    etudiant: Etudiant,
    compte: Compte,
    periodes: Vec<Periode>,
    amenage: bool,
    /// The candidate's own paper, where her voie wants one, and where it stands.
    piece: Option<(&'static str, &'static str)>,
}

#[derive(Template, WebTemplate)]
#[template(path = "stage/index.html")]
struct Index {
    cadre: Cadre,
    promotion: Promotion,
    rangs: Vec<Rang>,
    charges: Vec<Charge>,
    /// Most trainees for one référent.
    maximum: usize,
    jour: time::Date,
    connue: bool,
    /// There are attestations to print.
    attestable: bool,
    /// Where the papers stand, once deposited.
    papiers: BTreeMap<(i64, Option<i64>), piece::Etat>,
    /// How many each period had.
    visites: BTreeMap<i64, i64>,
}

impl Index {
    fn etat(&self, periode: &Periode) -> &'static str {
        periode.etat(self.jour).intitule()
    }

    fn papier(&self, p: &Periode) -> &'static str {
        let etat = self.papiers.get(&(p.etudiant_id, Some(p.periode_id))).copied();
        piece::en_mots(etat, p.finie(self.jour))
    }

    fn visites(&self, p: &Periode) -> Option<String> {
        let nombre = self.visites.get(&p.periode_id).copied().unwrap_or(0);
        visite::en_mots(nombre, p, self.jour)
    }
}

async fn index(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
) -> Result<Index> {
    let mut db = app.begin(&enseignant).await?;
    let promotion = enseignant.promotion(&mut db, id).await?;
    let jour = enseignant.aujourd_hui();
    let examen = examen(&mut db, &promotion).await?;
    let etudiants = promotion.etudiants(&mut db, jour).await?;
    let ids: Vec<i64> = etudiants.iter().map(Etudiant::id).collect();
    let mut stages: Stages = stages(&mut db, id, &ids).await?;
    let periodes: Vec<i64> = stages.periodes.iter().map(|p| p.periode_id).collect();
    let papiers = piece::etats(&mut db, id, &ids).await?;
    let visites = visite::nombres(&mut db, &periodes).await?;
    let rangs: Vec<Rang> = etudiants
        .into_iter()
        .map(|etudiant| {
            let elle = etudiant.id();
            let compte = examen.as_ref().map(|e| stages.compte(e, elle, jour)).unwrap_or_default();
            let periodes = stages.periodes.extract_if(.., |p| p.etudiant_id == elle).collect();
            let amenage = stages.amenagements.contains_key(&elle);
            let voie = examen.as_ref().map(|e| e.candidature(elle).voie);
            let etat = papiers.get(&(elle, None)).copied();
            let piece = voie
                .filter(|v| candidat::veut(v))
                .map(|v| (v.piece.as_str(), piece::en_mots(etat, true)));
            Rang { etudiant, compte, periodes, amenage, piece }
        })
        .collect();
    let charges = charges(&mut db).await?.into_iter().map(|(_, c)| c).collect();
    let maximum = examen.as_ref().map_or(usize::MAX, |e| e.reglement.stagiaires_par_referent);
    let attestable = examen.as_ref().is_some_and(|e| attestation::libelles(e).is_some())
        && rangs.iter().any(|r| !r.periodes.is_empty());
    let (cadre, connue) = (enseignant.cadre("/promotions"), examen.is_some());
    Ok(Index {
        cadre,
        promotion,
        rangs,
        charges,
        maximum,
        jour,
        connue,
        attestable,
        papiers,
        visites,
    })
}
