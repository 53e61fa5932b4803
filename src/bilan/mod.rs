//! What the council reads of a period: where each stood at its beginning and at its end, and what changed.
mod alors;
mod calcul;
#[cfg(test)]
mod essais;
pub mod pages;
mod periode;

use serde::Serialize;
use time::{Date, PrimitiveDateTime, macros::time};

use crate::{
    app::Db,
    compte::Enseignant,
    date,
    error::Result,
    etudiant::Etudiant,
    jury::dossier::{self, Niveau, Temoin},
    panorama::{self, couverture},
    promotion::Promotion,
    referentiel::{self, Edition},
    regle::{self, Reglage, Releve},
};

use calcul::{Page, Repartition, Volet};

/// The days of a period, both counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Periode {
    pub du: Date,
    pub au: Date,
}

/// A class, or one of its students: all that is printed.
#[derive(Debug, Clone, Serialize)]
pub struct Bilan {
    etablissement: String,
    uai: String,
    promotion: String,
    diplome: String,
    du: String,
    au: String,
    edite_le: String,
    /// The document's own date: year, month, day.
    jour: (i32, u8, u8),
    edite_par: String,
    fictif: bool,
    temoin: Temoin,
    regle: String,
    /// Who came or left during the period, in words.
    mouvements: Vec<String>,
    legende: Vec<Niveau>,
    /// The lines that the next situation should cover first, with the reason; then how many others press.
    d_abord: Vec<(String, String)>,
    autres: usize,
    /// The page of the class; empty for one student alone.
    classe: Vec<Repartition>,
    etudiants: Vec<Page>,
    /// Whose pages these are.
    #[serde(skip)]
    pub ids: Vec<i64>,
}

/// How many lines the class is told to cover first.
const D_ABORD: usize = 5;

/// The lines that the next situation should cover first, and why: as the page of the class says it.
fn d_abord(edition: &Edition, releve: &Releve, reglage: &Reglage) -> Vec<(String, String)> {
    let lignes = panorama::lignes(releve, reglage, edition);
    let couvertes = couverture::couverture(releve, &lignes, edition);
    let pressent = couverture::d_abord(&couvertes, reglage, releve.etudiants.len());
    pressent.into_iter().map(|(c, pourquoi)| (c.sous_competence.code.clone(), pourquoi)).collect()
}

impl Enseignant {
    /// The period of a promotion of mine; of one student when `seul` says which.
    pub async fn bilan(
        &self,
        db: &mut Db,
        promotion: &Promotion,
        seul: Option<i64>,
        periode: Periode,
    ) -> Result<Bilan> {
        let edition = referentiel::find(&mut **db, promotion.edition_id).await?;
        let fin = PrimitiveDateTime::new(periode.au, time!(23:59));
        let reglage = regle::reglage(db, promotion.promotion_id, Some(fin)).await?;
        let mut releve = promotion.releve(db, periode.au).await?;
        let absent = |id| releve.etudiants.iter().all(|e| e.id() != id);
        if seul.is_some_and(absent) {
            releve = promotion.releve(db, self.aujourd_hui()).await?;
        }
        releve.etudiants.retain(|e| seul.is_none_or(|id| e.id() == id));
        releve.faits.retain(|f| f.vecu_le <= periode.au);
        let ids: Vec<i64> = releve.etudiants.iter().map(Etudiant::id).collect();
        let decisions = alors::decisions(db, edition.edition_id, &ids, periode.au).await?;
        let autour = alors::autour(db, promotion.promotion_id, &ids, periode).await?;
        let faits = regle::par_etudiant(&releve.faits);
        let mut etudiants = Vec::with_capacity(ids.len());
        for e in &releve.etudiants {
            let siens = faits.get(&e.id()).map_or(&[][..], Vec::as_slice);
            let mut blocs = calcul::volets(&edition, reglage.regle, siens, periode);
            for l in blocs.iter_mut().flat_map(Volet::lignes_mut) {
                l.arrete = decisions.get(&(e.id(), l.code.clone())).cloned();
            }
            let jamais = blocs.iter().flat_map(Volet::lignes).filter(|l| l.apres.is_none()).count();
            let (preuves, reponses) = autour.comptes.get(&e.id()).copied().unwrap_or_default();
            let (nom, prenom) = (e.nom.clone(), e.prenom.clone());
            etudiants.push(Page { nom, prenom, blocs, preuves, reponses, jamais });
        }
        let mut classe = vec![];
        let mut pressent = vec![];
        if seul.is_none() {
            classe = calcul::repartition(&edition, &etudiants);
            pressent = d_abord(&edition, &releve, &reglage);
        }
        Ok(Bilan {
            etablissement: self.etablissement().to_owned(),
            uai: autour.uai,
            promotion: promotion.nom.clone(),
            diplome: edition.intitule.clone(),
            du: date::longue(&periode.du),
            au: date::longue(&periode.au),
            edite_le: date::instant(&self.ici_le()),
            jour: dossier::jour_du_document(self.aujourd_hui()),
            edite_par: self.appellation(),
            fictif: autour.fictif,
            temoin: autour.temoin.into(),
            regle: reglage.en_mots(),
            mouvements: if seul.is_none() { autour.mouvements } else { vec![] },
            legende: dossier::legende(&edition),
            autres: pressent.len().saturating_sub(D_ABORD),
            d_abord: pressent.into_iter().take(D_ABORD).collect(),
            classe,
            etudiants,
            ids,
        })
    }
}
