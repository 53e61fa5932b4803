//! What she recorded, asked and said of herself: one query, whatever the page shows of it.
use serde::Deserialize;
use sqlx::types::Json;
use time::Date;

use super::dessin::{
    Soi,
    frise::{Passage, jour},
};
use crate::{
    app::Db,
    error::Result,
    etudiant::Etudiant,
    referentiel::{Edition, SousCompetence},
};

/// A preuve of hers.
#[derive(Debug, Clone, Deserialize)]
pub struct Sienne {
    pub preuve_id: i64,
    pub titre: String,
    #[serde(deserialize_with = "jour")]
    pub vecue_le: Date,
    pub codes: Vec<String>,
}

/// A word that a preuve shares with the text of a sous-compétence that has none.
#[derive(Debug, Clone, Deserialize)]
pub struct Commun {
    pub preuve_id: i64,
    pub code: String,
    pub mot: String,
}

/// What became of the last demande for a preuve.
#[derive(Debug, Clone, Deserialize)]
pub struct Reponse {
    pub demande_id: i64,
    pub preuve_id: i64,
    pub titre: String,
    pub etat: String,
    pub motif: String,
    pub par: String,
    pub lue: bool,
}

#[derive(Debug, Clone)]
pub struct Vecu {
    pub soi: Json<Soi>,
    /// Latest first.
    pub preuves: Json<Vec<Sienne>>,
    pub communs: Json<Vec<Commun>>,
    pub reponses: Json<Vec<Reponse>>,
    pub passages: Json<Vec<Passage>>,
}

/// What of it a page needs beside the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Avec {
    Rien,
    /// The words that her preuves share with what has none yet.
    Mots,
    Situations,
}

impl Etudiant {
    pub async fn vecu(&self, db: &mut Db, edition: &Edition, avec: Avec) -> Result<Vecu> {
        let pairs = if avec == Avec::Mots { mots(edition) } else { vec![] };
        let (codes, mots): (Vec<String>, Vec<String>) = pairs.into_iter().unzip();
        // A word of more than a sixth of the text (« client ») tells nothing apart.
        let rare = i64::try_from(edition.sous_competences().count() / 6).unwrap_or(0).max(1);
        Ok(sqlx::query_file_as!(
            Vecu,
            "src/progression/vecu.sql",
            self.etudiant_id,
            edition.edition_id,
            &codes,
            &mots,
            rare,
            avec == Avec::Situations
        )
        .fetch_one(&mut **db)
        .await?)
    }
}

/// The words of each sous-compétence and of its critères, each once; the short ones say nothing.
fn mots(edition: &Edition) -> Vec<(String, String)> {
    let de = |s: &SousCompetence| {
        let textes = std::iter::once(&s.intitule).chain(s.criteres.iter().map(|c| &c.intitule));
        let mut mots: Vec<String> = textes
            .flat_map(|t| t.split(|c: char| !c.is_alphanumeric()))
            .filter(|m| m.chars().count() > 3)
            .map(str::to_lowercase)
            .collect();
        mots.sort_unstable();
        mots.dedup();
        mots.into_iter().map(|m| (s.code.clone(), m)).collect::<Vec<_>>()
    };
    edition.sous_competences().flat_map(de).collect()
}

/// Nothing recorded, asked nor said.
#[cfg(test)]
pub(super) fn vide() -> Vecu {
    Vecu {
        soi: Json(Soi::new()),
        preuves: Json(vec![]),
        communs: Json(vec![]),
        reponses: Json(vec![]),
        passages: Json(vec![]),
    }
}

/// A preuve that shows these.
#[cfg(test)]
pub(super) fn sienne(preuve_id: i64, codes: &[&str]) -> Sienne {
    Sienne {
        preuve_id,
        titre: format!("Preuve {preuve_id}"),
        vecue_le: time::macros::date!(2026 - 01 - 01) + time::Duration::days(preuve_id),
        codes: codes.iter().map(|c| (*c).to_owned()).collect(),
    }
}
