//! The sheets of a promotion: what is to be read, and where each student stands.
use std::collections::BTreeMap;

use askama::Template;
use askama_web::WebTemplate;
use axum::{Router, extract::State, routing::get};

use super::{Etat, Fiche, Modele, fiches};
use crate::{
    app::App, compte::Enseignant, error::Result, etudiant::Etudiant, examen, form::Path,
    page::Cadre, promotion::Promotion, referentiel,
};

pub fn routes() -> Router<App> {
    Router::new().route("/promotions/{id}/fiches", get(index))
}

/// A student of the board.
struct Rang {
    etudiant: Etudiant,
    /// Her sheets, épreuve by épreuve in the order of the models, each with how many the file wants.
    cases: Vec<(usize, Vec<Fiche>)>,
}

impl Rang {
    fn gardees(fiches: &[Fiche]) -> usize {
        fiches.iter().filter(|f| f.etat.gardee()).count()
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "fiche/index.html")]
struct Index {
    cadre: Cadre,
    promotion: Promotion,
    modeles: Vec<&'static Modele>,
    rangs: Vec<Rang>,
    /// Recorded and not read yet, the oldest first.
    a_relire: Vec<(Etudiant, Fiche)>,
}

async fn index(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
) -> Result<Index> {
    let mut db = app.begin(&enseignant).await?;
    let promotion = enseignant.promotion(&mut db, id).await?;
    let edition = referentiel::find(&mut *db, promotion.edition_id).await?;
    let examen = examen::lire(&mut db, id, &edition).await?;
    let etudiants = promotion.etudiants(&mut db, enseignant.aujourd_hui()).await?;
    let ids: Vec<i64> = etudiants.iter().map(Etudiant::id).collect();
    let mut siennes: BTreeMap<i64, Vec<Fiche>> = BTreeMap::new();
    for fiche in fiches(&mut db, id, &ids).await? {
        siennes.entry(fiche.etudiant_id).or_default().push(fiche);
    }
    let modeles = examen.as_ref().map(Modele::tous).unwrap_or_default();
    let (mut rangs, mut a_relire) = (vec![], vec![]);
    for etudiant in etudiants {
        let les_siennes = siennes.remove(&etudiant.id()).unwrap_or_default();
        let nouvelles = les_siennes.iter().filter(|f| f.etat == Etat::Brouillon && f.nouvelle);
        a_relire.extend(nouvelles.map(|f| (etudiant.clone(), f.clone())));
        let voie = examen.as_ref().map(|e| e.candidature(etudiant.id()).voie.code.as_str());
        let case = |m: &&Modele| {
            let de = les_siennes.iter().filter(|f| f.epreuve == m.epreuve).cloned().collect();
            (m.attendu(voie.unwrap_or_default()).nombre, de)
        };
        let cases = modeles.iter().map(case).collect();
        rangs.push(Rang { etudiant, cases });
    }
    a_relire.sort_by_key(|(_, f)| f.ecrite_le);
    Ok(Index { cadre: enseignant.cadre("/promotions"), promotion, modeles, rangs, a_relire })
}
