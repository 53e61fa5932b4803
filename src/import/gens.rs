//! The people of the school, as a list is compared with them.
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use time::Date;

use super::{Quoi, lecture::plier};
use crate::{compte::Gestionnaire, error::Result};

/// Where somebody is, or was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub promotion_id: i64,
    /// The last day; none while it goes on.
    pub au: Option<Date>,
    /// She coordinates it: no list takes that away.
    pub coordonne: bool,
}

/// What is known of somebody and what a list may change of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EtatCivil {
    pub nom: String,
    pub prenom: String,
    pub nom_usage: String,
    pub naissance: Option<Date>,
    pub ine: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Personne {
    pub personne_id: i64,
    pub etat: EtatCivil,
    /// Source and value.
    pub externes: Vec<(String, String)>,
    pub places: Vec<Place>,
}

impl Personne {
    /// « ÉTIENNE Zoé ».
    pub fn liste(&self) -> String {
        format!("{} {}", self.etat.nom, self.etat.prenom)
    }

    pub fn cle(&self) -> String {
        plier(&self.etat.nom, &self.etat.prenom)
    }

    /// Where she is today.
    pub fn ouvertes(&self, jour: Date) -> impl Iterator<Item = i64> {
        self.places.iter().filter(move |p| p.au.is_none_or(|au| jour <= au)).map(|p| p.promotion_id)
    }

    pub fn place(&self, promotion: i64) -> Option<&Place> {
        self.places.iter().find(|p| p.promotion_id == promotion)
    }
}

impl Gestionnaire {
    /// Those of the school who are that. Nothing for who manages nothing: the database asks it too.
    pub async fn gens(&self, db: &mut PgConnection, quoi: Quoi) -> Result<Vec<Personne>> {
        let lignes = sqlx::query!(
            r#"select personne_id as "personne_id!", nom as "nom!", prenom as "prenom!", nom_usage as "nom_usage!", naissance, ine,
                      sources as "sources!", valeurs as "valeurs!", promotions as "promotions!",
                      fins as "fins!: Vec<Option<Date>>", coordonnees as "coordonnees!"
                 from livret.gens_connus($1)"#,
            quoi.code()
        )
        .fetch_all(db)
        .await?;
        let tous = lignes.into_iter().map(|l| {
            let places = l.promotions.into_iter().zip(l.fins).zip(l.coordonnees);
            Personne {
                personne_id: l.personne_id,
                etat: EtatCivil {
                    nom: l.nom,
                    prenom: l.prenom,
                    nom_usage: l.nom_usage,
                    naissance: l.naissance,
                    ine: l.ine,
                },
                externes: l.sources.into_iter().zip(l.valeurs).collect(),
                places: places
                    .map(|((promotion_id, au), coordonne)| Place { promotion_id, au, coordonne })
                    .collect(),
            }
        });
        Ok(tous.collect())
    }
}
