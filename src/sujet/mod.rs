//! The subjects of the simulation: for each candidate, one of her sheets with its parameters changed. Students never see them
//! here: their tables are of the exam.
mod acte;
mod banque;
mod compose;
pub mod modele;
mod page_banque;
mod page_sujet;
pub mod pages;
pub mod papier;
#[cfg(test)]
mod papier_essais;

use std::collections::BTreeMap;

use sqlx::types::Json;
use time::Date;

use crate::{app::Db, compte::Enseignant, error::Result, promotion::Promotion};

pub use acte::Voulu;
pub use banque::{Variante, variantes};
pub use compose::composer;
pub use modele::Modele;

/// What the papers say: of each rubric of each paper, by their codes.
pub type Contenu = BTreeMap<String, BTreeMap<String, String>>;

/// The subject of a candidate.
#[derive(Debug, Clone)]
pub struct Sujet {
    pub sujet_id: i64,
    pub etudiant_id: i64,
    pub epreuve: String,
    /// The sheet that it varies.
    pub fiche_id: i64,
    pub commission: String,
    /// Day of the simulation.
    pub le: Option<Date>,
    pub contenu: Contenu,
    /// Line of the journal that said it last.
    pub version: i64,
}

impl Sujet {
    /// What a rubric of a paper says.
    pub fn de(&self, papier: &str, rubrique: &str) -> &str {
        let dit = self.contenu.get(papier).and_then(|p| p.get(rubrique));
        dit.map_or("", String::as_str)
    }
}

impl Enseignant {
    /// The subjects of a promotion of mine, for an épreuve: one query.
    pub async fn sujets(
        &self,
        db: &mut Db,
        promotion: &Promotion,
        epreuve: &str,
    ) -> Result<Vec<Sujet>> {
        let lignes = sqlx::query!(
            r#"select sujet_id, etudiant_id, epreuve, fiche_id, commission, le, contenu as "contenu: Json<Contenu>", version
                 from certification.sujet
                where etablissement_id = livret.ici() and promotion_id = $1 and epreuve = $2
                order by sujet_id"#,
            promotion.promotion_id,
            epreuve
        )
        .fetch_all(&mut **db)
        .await?;
        let mut sujets = Vec::with_capacity(lignes.len());
        for l in lignes {
            sujets.push(Sujet {
                sujet_id: l.sujet_id,
                etudiant_id: l.etudiant_id,
                epreuve: l.epreuve,
                fiche_id: l.fiche_id,
                commission: l.commission,
                le: l.le,
                contenu: l.contenu.0,
                version: l.version,
            });
        }
        Ok(sujets)
    }
}
