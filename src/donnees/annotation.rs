//! What each table knows of people: read from one text, given to the database at every start, checked against it by a test.
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use sqlx::PgConnection;

/// What happens to the lines about somebody who is anonymised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Efface {
    Supprimer,
    Garder,
    Journal,
}

/// A table that speaks of people, or that says why it does not.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    pub nom: String,
    /// Why it speaks of nobody: then nothing else is said.
    pub aucune: Option<String>,
    #[serde(default)]
    pub titre: String,
    #[serde(default)]
    pub sujet: Vec<String>,
    pub ou: Option<String>,
    #[serde(default)]
    pub auteur: Vec<String>,
    pub visible: Option<String>,
    #[serde(default)]
    pub secret: bool,
    pub efface: Option<Efface>,
    pub perdu: Option<String>,
    pub vide: Option<String>,
    /// Column, and what it is called.
    #[serde(default)]
    pub exporte: Vec<(String, String)>,
    /// Column, and why it is not exported.
    #[serde(default)]
    pub tait: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct Texte {
    tables: Vec<Table>,
}

/// Every table of the database.
pub static TABLES: LazyLock<Vec<Table>> = LazyLock::new(|| lire().unwrap_or_default());

/// # Errors
/// The text is not what it should be: a test reads it.
pub fn lire() -> Result<Vec<Table>> {
    let texte: Texte = toml::from_str(include_str!("colonnes.toml"))?;
    Ok(texte.tables)
}

impl Table {
    /// One of these columns is that person.
    fn colonnes(liste: &[String]) -> String {
        liste.iter().map(|c| format!("t.{c} = $2")).collect::<Vec<_>>().join(" or ")
    }

    /// Of whom a line speaks, as SQL.
    fn condition(&self) -> Option<String> {
        let liste = || {
            let dites = Self::colonnes(&self.sujet);
            (!self.sujet.is_empty()).then(|| format!("t.etablissement_id = $1 and ({dites})"))
        };
        self.ou.clone().or_else(liste)
    }

    fn perdu(&self) -> Option<String> {
        let tout = || self.perdu.clone().or_else(|| self.condition());
        (self.efface == Some(Efface::Supprimer)).then(tout).flatten()
    }

    /// What a column is called in an export.
    pub fn libelle(&self, colonne: &str) -> Option<&str> {
        self.exporte.iter().find(|(c, _)| c == colonne).map(|(_, dit)| dit.as_str())
    }

    /// Its exported columns, in the order of the text.
    pub fn champs(&self) -> impl Iterator<Item = &str> {
        self.exporte.iter().map(|(c, _)| c.as_str())
    }

    /// Columns that name a person by her number.
    pub fn nomme(&self, colonne: &str) -> bool {
        self.sujet.iter().chain(&self.auteur).any(|c| c == colonne)
            || matches!(colonne, "etudiant_id" | "personne_id" | "par")
    }
}

/// The table of that name.
pub fn table(nom: &str) -> Option<&'static Table> {
    TABLES.iter().find(|t| t.nom == nom)
}

/// « Preuves », for a table.
pub fn titre(nom: &str) -> &str {
    table(nom).map_or(nom, |t| t.titre.as_str())
}

/// Gives the annotation to the database, as its owner: what its functions run is this text and nothing else.
///
/// # Errors
/// The text names a table that is not there, or tables point to one another in a circle.
pub async fn annoncer(db: &mut PgConnection) -> Result<()> {
    let tables = lire()?;
    let rangs = rangs(db, &tables).await?;
    let mut tx = sqlx::Connection::begin(db).await?;
    sqlx::query("delete from livret.donnee").execute(&mut *tx).await?;
    for t in tables.iter().filter(|t| t.aucune.is_none()) {
        let champs: Vec<&str> = t.champs().collect();
        let auteur = (!t.auteur.is_empty()).then(|| Table::colonnes(&t.auteur));
        sqlx::query(
            "insert into livret.donnee (nom, rang, champs, sujet, auteur, visible, secret, perdu, vide)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(&t.nom)
        .bind(rangs.get(&t.nom).copied().unwrap_or_default())
        .bind(&champs)
        .bind(t.condition())
        .bind(auteur)
        .bind(&t.visible)
        .bind(t.secret)
        .bind(t.perdu())
        .bind(&t.vide)
        .execute(&mut *tx)
        .await
        .with_context(|| format!("annotation of {}", t.nom))?;
    }
    Ok(tx.commit().await?)
}

/// In which order lines can go: a table before those that it points to.
async fn rangs(db: &mut PgConnection, tables: &[Table]) -> Result<BTreeMap<String, i32>> {
    let fleches: Vec<(String, String)> = sqlx::query_as(
        "select dn.nspname || '.' || d.relname, vn.nspname || '.' || v.relname
           from pg_constraint k
           join pg_class d on d.oid = k.conrelid  join pg_namespace dn on dn.oid = d.relnamespace
           join pg_class v on v.oid = k.confrelid join pg_namespace vn on vn.oid = v.relnamespace
          where k.contype = 'f' and k.conrelid <> k.confrelid and dn.nspname in ('acces', 'livret', 'certification')",
    )
    .fetch_all(db)
    .await?;
    let mut restent: BTreeSet<&str> = tables.iter().map(|t| t.nom.as_str()).collect();
    let mut rangs = BTreeMap::new();
    while !restent.is_empty() {
        let vise = |nom: &&str| {
            fleches
                .iter()
                .any(|(de, vers)| vers == nom && de != nom && restent.contains(de.as_str()))
        };
        let libres: Vec<&str> = restent.iter().copied().filter(|nom| !vise(nom)).collect();
        if libres.is_empty() {
            bail!("tables point to one another in a circle: {restent:?}");
        }
        for nom in libres {
            restent.remove(nom);
            rangs.insert(nom.to_owned(), i32::try_from(rangs.len())?);
        }
    }
    Ok(rangs)
}
