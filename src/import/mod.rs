//! Bringing people in from what the school already has: a paste, a table, SIECLE, STS-web. What would be written is shown
//! first, nobody is ever deleted, and what was done can be undone for a week.
mod acte;
mod annulation;
mod balise;
pub mod champ;
mod choix;
mod classe;
mod colonne;
#[cfg(test)]
mod essais;
mod gens;
mod lecture;
mod octets;
pub mod oubli;
mod page_colonnes;
mod page_verifier;
pub mod pages;
mod rapprochement;
mod reception;
mod refus;
mod siecle;
mod tableau;

use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, types::Json};
use time::{Duration, OffsetDateTime, PrimitiveDateTime};
use uuid::Uuid;

use crate::{
    app::InTheNameOf,
    compte::Gestionnaire,
    error::{Error, Result},
};
use champ::Champ;
use choix::Choix;

/// How long what was done can be undone.
pub const REMORDS: Duration = Duration::days(7);

/// Who is brought in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Quoi {
    Etudiant,
    Enseignant,
}

impl Quoi {
    pub fn code(self) -> &'static str {
        match self {
            Self::Etudiant => "etudiant",
            Self::Enseignant => "enseignant",
        }
    }

    pub fn lire(code: &str) -> Option<Self> {
        [Self::Etudiant, Self::Enseignant].into_iter().find(|q| q.code() == code)
    }
}

/// Where a list comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    #[default]
    Collage,
    Csv,
    Classeur,
    Siecle,
    Sts,
}

impl Source {
    pub fn code(self) -> &'static str {
        match self {
            Self::Collage => "collage",
            Self::Csv => "csv",
            Self::Classeur => "classeur",
            Self::Siecle => "siecle",
            Self::Sts => "sts",
        }
    }

    /// Under which name its numbers are kept.
    pub fn externe(self) -> &'static str {
        match self {
            Self::Siecle => "siecle",
            Self::Sts => "sts",
            _ => "tableau",
        }
    }

    /// What a row of it is called.
    pub fn ligne(self) -> &'static str {
        match self {
            Self::Siecle => "Élève",
            Self::Sts => "Individu",
            _ => "Ligne",
        }
    }

    /// Where another row is: « à la ligne 12 ».
    pub fn a(self, rang: u32) -> String {
        if self.officielle() {
            format!("au n°\u{a0}{rang}")
        } else {
            format!("à la ligne {rang}")
        }
    }

    /// Its columns are known: nobody is asked.
    pub fn officielle(self) -> bool {
        matches!(self, Self::Siecle | Self::Sts)
    }
}

/// A row, with its number in the file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ligne {
    pub rang: u32,
    pub cases: Vec<String>,
}

/// A list as it was read: only the columns that may be of use.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Lu {
    pub source: Source,
    /// As they were written; none when the list has none.
    pub entetes: Vec<String>,
    pub lignes: Vec<Ligne>,
    /// What is to be known before going on.
    pub avis: Vec<String>,
    /// What each column is proposed to be.
    pub colonnes: Vec<Option<Champ>>,
}

impl Lu {
    fn new(source: Source, champs: &[Champ]) -> Self {
        let entetes = champs.iter().map(|c| c.intitule().to_owned()).collect();
        let colonnes = champs.iter().copied().map(Some).collect();
        Self { source, entetes, colonnes, ..Self::default() }
    }

    /// Takes out the columns that are none of our business, and those that say nothing.
    fn ne_garder(&mut self, gardees: &[bool]) {
        let dite =
            |n: usize| self.lignes.iter().any(|l| l.cases.get(n).is_some_and(|c| !c.is_empty()));
        let gardees: Vec<usize> = (0..gardees.len())
            .filter(|n| gardees[*n] && (self.colonnes[*n].is_some() || dite(*n)))
            .collect();
        let entetes = std::mem::take(&mut self.entetes);
        if !entetes.is_empty() {
            self.entetes =
                gardees.iter().map(|n| entetes.get(*n).cloned().unwrap_or_default()).collect();
        }
        self.colonnes = gardees.iter().map(|n| self.colonnes[*n]).collect();
        for l in &mut self.lignes {
            l.cases =
                gardees.iter().map(|n| l.cases.get(*n).cloned().unwrap_or_default()).collect();
        }
        self.lignes.retain(|l| l.cases.iter().any(|c| !c.is_empty()));
    }
}

/// Where an import stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Etat {
    EnCours,
    Fini,
    Annule,
    Abandonne,
}

impl Etat {
    fn lire(code: &str) -> Self {
        match code {
            "fini" => Self::Fini,
            "annule" => Self::Annule,
            "abandonne" => Self::Abandonne,
            _ => Self::EnCours,
        }
    }

    pub fn mots(self) -> &'static str {
        match self {
            Self::EnCours => "en cours",
            Self::Fini => "terminé",
            Self::Annule => "annulé",
            Self::Abandonne => "abandonné",
        }
    }
}

/// How many of each, once it is done: no name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Bilan {
    pub nouveaux: usize,
    pub modifies: usize,
    pub inchanges: usize,
    pub desactives: usize,
    pub laisses: usize,
    /// What an annulation took back, closed, and kept.
    pub retires: usize,
    pub fermes: usize,
    pub gardes: usize,
    /// Where people came in.
    pub promotions: Vec<i64>,
}

/// An import of mine, without its rows.
#[derive(Debug, Clone)]
pub struct Import {
    pub import_id: i64,
    pub quoi: Quoi,
    pub nom: String,
    pub etat: Etat,
    pub commence_le: PrimitiveDateTime,
    pub fini_le: Option<OffsetDateTime>,
    /// The last moment when it can be undone, where the school is.
    pub annulable_jusqu_au: Option<PrimitiveDateTime>,
    pub version: i64,
    pub bilan: Bilan,
    pub choix: Choix,
}

/// A list just received, to be kept while it is looked at.
pub struct Commence<'a> {
    pub quoi: Quoi,
    pub nom: &'a str,
    pub empreinte: &'a [u8],
    pub lu: &'a Lu,
    pub choix: &'a Choix,
    pub cle: Uuid,
}

impl Gestionnaire {
    /// Mine, latest first.
    pub async fn imports(&self, db: &mut PgConnection, seul: Option<i64>) -> Result<Vec<Import>> {
        let lignes = sqlx::query!(
            r#"select import_id, quoi, i.nom, etat, version, fini_le, bilan as "bilan: Json<Bilan>",
                      choix as "choix: Json<Choix>", commence_le at time zone e.fuseau as "commence_le!",
                      (fini_le + interval '7 days') at time zone e.fuseau as annulable
                 from livret.import i join livret.etablissement e using (etablissement_id)
                where etablissement_id = livret.ici() and par_id = $1 and ($2::bigint is null or import_id = $2)
                order by i.commence_le desc, import_id desc limit 50"#,
            self.personne_id(), seul
        )
        .fetch_all(db)
        .await?;
        let tous = lignes.into_iter().map(|l| {
            // What the database's own constraints allow.
            let quoi =
                Quoi::lire(&l.quoi).ok_or_else(|| anyhow::anyhow!("an import of {}", l.quoi))?;
            Ok(Import {
                import_id: l.import_id,
                quoi,
                nom: l.nom,
                etat: Etat::lire(&l.etat),
                commence_le: l.commence_le,
                fini_le: l.fini_le,
                annulable_jusqu_au: l.annulable,
                version: l.version,
                bilan: l.bilan.0,
                choix: l.choix.0,
            })
        });
        tous.collect()
    }

    /// One of mine; another's does not exist.
    pub async fn import(&self, db: &mut PgConnection, id: i64) -> Result<Import> {
        self.imports(db, Some(id)).await?.pop().ok_or(Error::NotFound)
    }

    /// Its rows, while it goes on.
    pub async fn lu(&self, db: &mut PgConnection, id: i64) -> Result<Lu> {
        let lu = sqlx::query_scalar!(
            r#"select lu as "lu: Json<Lu>" from livret.import
                where etablissement_id = livret.ici() and par_id = $1 and import_id = $2"#,
            self.personne_id(),
            id
        )
        .fetch_optional(db)
        .await?;
        lu.flatten().map(|l| l.0).ok_or(Error::NotFound)
    }

    /// Keeps what was read, so that one may leave and come back. The same form twice is one import.
    pub async fn commencer_import(
        &self,
        db: &mut PgConnection,
        le: OffsetDateTime,
        c: &Commence<'_>,
    ) -> Result<i64> {
        Ok(sqlx::query_scalar!(
            r#"insert into livret.import (etablissement_id, par_id, cle, quoi, source, nom, empreinte, commence_le, lu, choix)
               values (livret.ici(), $1, $2, $3, $4, $5, $6, $7, $8, $9)
               on conflict (etablissement_id, par_id, cle) do update set cle = excluded.cle
               returning import_id"#,
            self.personne_id(), c.cle, c.quoi.code(), c.lu.source.code(), c.nom, c.empreinte, le, Json(c.lu) as _, Json(c.choix) as _
        )
        .fetch_one(db)
        .await?)
    }

    /// Keeps what she chose, if what she read still stands.
    pub async fn choisir(
        &self,
        db: &mut PgConnection,
        import: &Import,
        choix: &Choix,
    ) -> Result<()> {
        let fait = sqlx::query!(
            "update livret.import set choix = $3, version = version + 1
              where etablissement_id = livret.ici() and par_id = livret.moi() and import_id = $1 and version = $2 and etat = 'en_cours'",
            import.import_id, import.version, Json(choix) as _
        )
        .execute(db)
        .await?;
        if fait.rows_affected() == 0 { Err(depasse()) } else { Ok(()) }
    }

    /// Gives up: the rows are forgotten, nothing was written.
    pub async fn abandonner_import(&self, db: &mut PgConnection, import: &Import) -> Result<()> {
        sqlx::query!(
            "update livret.import set etat = 'abandonne', lu = null, choix = '{}', version = version + 1
              where etablissement_id = livret.ici() and par_id = livret.moi() and import_id = $1 and etat = 'en_cours'",
            import.import_id
        )
        .execute(db)
        .await?;
        Ok(())
    }

    /// What the school says of itself: its UAI.
    pub async fn uai(&self, db: &mut PgConnection) -> Result<String> {
        Ok(sqlx::query_scalar!(
            "select uai from livret.etablissement where etablissement_id = livret.ici()"
        )
        .fetch_one(db)
        .await?)
    }
}

fn depasse() -> Error {
    Error::Conflict(
        "Cet import a changé dans un autre onglet. Voici où il en est\u{a0}: relisez, puis recommencez.".into(),
    )
}
