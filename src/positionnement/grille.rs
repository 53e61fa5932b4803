//! The class grid: the students of a promotion × the sous-compétences, in one query.
use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use time::{OffsetDateTime, PrimitiveDateTime};

use crate::{
    app::{Db, InTheNameOf},
    compte::Enseignant,
    date,
    error::Result,
    promotion::Promotion,
};

/// One cell as the grid shows it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Case {
    /// The level of the situation that is shown; all together, that of the latest one that has a real level.
    #[serde(rename = "n")]
    pub niveau: Option<String>,
    /// All together, what was said last when it is no level (absent, dispensé…): it hides nothing.
    #[serde(rename = "d")]
    pub dit: Option<String>,
    /// What it holds where a level given now goes: in the situation, or in the teacher's observation of the day.
    #[serde(rename = "o")]
    pub ici: Option<String>,
    /// Line of the journal that last touched it: what a change sends back.
    #[serde(rename = "v")]
    pub version: i64,
    /// How many situations have a real level.
    #[serde(rename = "s")]
    pub situations: i64,
    #[serde(rename = "r")]
    pub remarque: bool,
    /// Who wrote last, and when, where the school is.
    pub par: Option<String>,
    pub le: Option<String>,
}

/// A student's line.
#[derive(Debug, Clone)]
pub struct Rang {
    pub etudiant_id: i64,
    pub nom: String,
    pub prenom: String,
    pub arrete: bool,
    pub groupes: Vec<i64>,
    /// Row and place in this teacher's plan.
    pub place: Option<(i32, i32)>,
    /// Sous-compétences that at least one preuve shows.
    pub montrees: Vec<String>,
    /// By code; what was never touched is not there.
    pub cases: HashMap<String, Case>,
}

impl Rang {
    /// The cells of these codes, in their order.
    pub fn case(&self, code: &str) -> Case {
        self.cases.get(code).cloned().unwrap_or_default()
    }

    pub fn montre(&self, code: &str) -> bool {
        self.montrees.iter().any(|m| m == code)
    }

    /// Said absent where a level given now goes.
    pub fn absent(&self) -> bool {
        self.cases.values().any(|c| c.ici.as_deref() == Some("absent"))
    }

    /// How many of these sous-compétences have a real level.
    pub fn positionnees(&self, codes: &[String]) -> usize {
        codes.iter().filter(|c| self.cases.get(*c).is_some_and(|c| c.situations > 0)).count()
    }
}

/// Which part of the grid is asked for.
#[derive(Debug, Clone, Default)]
pub struct Vue {
    /// One situation; all together when absent.
    pub situation_id: Option<i64>,
    /// Only cells touched after this line of the journal.
    pub depuis: i64,
    /// Only these students.
    pub etudiants: Option<Vec<i64>>,
}

impl Enseignant {
    /// The grid of a promotion of mine: every student there today, in the order of French lists.
    pub async fn grille(&self, db: &mut Db, promotion: &Promotion, vue: &Vue) -> Result<Vec<Rang>> {
        let cible = match vue.situation_id {
            Some(id) => Some(id),
            None => {
                self.observation_ouverte(db, promotion.promotion_id, self.aujourd_hui()).await?
            }
        };
        let lignes = sqlx::query_file_as!(
            Ligne,
            "src/positionnement/grille.sql",
            promotion.promotion_id,
            promotion.edition_id,
            self.aujourd_hui(),
            vue.situation_id,
            vue.depuis,
            vue.etudiants.as_deref() as _,
            self.personne_id(),
            cible
        )
        .fetch_all(&mut **db)
        .await?;
        let ensemble = vue.situation_id.is_none();
        let rang = |l: Ligne| Rang {
            etudiant_id: l.etudiant_id,
            nom: l.nom,
            prenom: l.prenom,
            arrete: l.arrete,
            groupes: l.groupes,
            place: l.rangee.zip(l.colonne),
            montrees: l.montrees,
            cases: l.cases.0.into_iter().map(|c| c.case(ensemble)).collect(),
        };
        Ok(lignes.into_iter().map(rang).collect())
    }
}

/// A student's line as it is read.
struct Ligne {
    etudiant_id: i64,
    nom: String,
    prenom: String,
    arrete: bool,
    groupes: Vec<i64>,
    montrees: Vec<String>,
    rangee: Option<i32>,
    colonne: Option<i32>,
    cases: Json<Vec<Lue>>,
}

/// A cell as it is read: code, level, what was said last, what is here, version, situations, a remark, by whom, when
/// (seconds since 1970 on the clock of the school).
#[derive(Deserialize)]
struct Lue(String, Option<String>, Option<String>, Option<String>, i64, i64, bool, String, i64);

impl Lue {
    fn case(self, ensemble: bool) -> (String, Case) {
        let Self(code, niveau, dit, ici, version, situations, remarque, par, le) = self;
        let code_seul = ensemble && dit != niveau;
        let le = OffsetDateTime::from_unix_timestamp(le).ok();
        let case = Case {
            niveau: if ensemble { niveau } else { dit.clone() },
            dit: dit.filter(|_| code_seul),
            ici,
            version,
            situations,
            remarque,
            par: Some(par),
            le: le.map(|le| date::instant_court(&PrimitiveDateTime::new(le.date(), le.time()))),
        };
        (code, case)
    }
}
