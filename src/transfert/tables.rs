//! The tables of a school, in the order in which their rows can come in, as the database itself tells them.
use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use sqlx::PgConnection;

/// Tables of a school that stay where they are, and why. Those that no school owns (the official text, sessions, codes) are
/// not asked for at all.
pub const RESTENT: &[(&str, &str)] = &[
    ("livret.courriel", "ce qui attend de partir part du serveur qui l’a écrit"),
    ("livret.depot", "un fichier qui arrive s’achève où il a commencé"),
    ("certification.tirage", "un dossier fabriqué se fabrique de nouveau"),
    ("acces.portail", "son secret est fermé par la clé du serveur, et l’adresse de retour change"),
    ("acces.rattachement", "une identité se reconnaît de nouveau, par le nouveau portail"),
];

/// A table that goes: « livret.personne », its columns, its numbering.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    pub nom: String,
    /// Those that are written; the database computes the others again.
    pub colonnes: Vec<String>,
    /// The column that a sequence numbers.
    pub numero: Option<String>,
    /// It has rules of its own that look at what is done now: they do not judge what was done there.
    pub gardee: bool,
}

impl Table {
    /// « a, b, c », quoted.
    pub fn liste(&self) -> String {
        self.colonnes.iter().map(|c| format!("\"{c}\"")).collect::<Vec<_>>().join(", ")
    }
}

/// All that go, referenced before those that refer to them.
///
/// # Errors
/// Two tables that refer to one another: no order exists.
pub async fn dans_l_ordre(db: &mut PgConnection) -> Result<Vec<Table>> {
    let lues: Vec<(String, Vec<String>, Option<String>, bool)> = sqlx::query_as(
        "select c.relnamespace::regnamespace || '.' || c.relname,
                array_agg(a.attname::text order by a.attnum) filter (where a.attgenerated = ''),
                min(a.attname::text) filter (where a.attidentity <> ''),
                exists (select from pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal)
           from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
          where c.relkind = 'r' and c.relnamespace::regnamespace::text in ('livret', 'acces', 'certification')
            and exists (select from pg_attribute e where e.attrelid = c.oid and e.attname = 'etablissement_id')
          group by c.oid order by 1",
    )
    .fetch_all(&mut *db)
    .await?;
    let liens: Vec<(String, String)> = sqlx::query_as(
        "select de.relnamespace::regnamespace || '.' || de.relname, vers.relnamespace::regnamespace || '.' || vers.relname
           from pg_constraint k join pg_class de on de.oid = k.conrelid join pg_class vers on vers.oid = k.confrelid
          where k.contype = 'f' and k.conrelid <> k.confrelid",
    )
    .fetch_all(db)
    .await?;
    let mut restantes: BTreeMap<String, Table> = lues
        .into_iter()
        .filter(|(nom, ..)| !RESTENT.iter().any(|r| r.0 == nom))
        .map(|(nom, colonnes, numero, gardee)| {
            (nom.clone(), Table { nom, colonnes, numero, gardee })
        })
        .collect();
    let mut ordre = Vec::with_capacity(restantes.len());
    while !restantes.is_empty() {
        let bloquees: BTreeSet<&String> = liens
            .iter()
            .filter(|(de, vers)| restantes.contains_key(de) && restantes.contains_key(vers))
            .map(|(de, _)| de)
            .collect();
        let libres: Vec<String> =
            restantes.keys().filter(|nom| !bloquees.contains(nom)).cloned().collect();
        if libres.is_empty() {
            bail!("the tables {:?} refer to one another", restantes.keys());
        }
        ordre.extend(libres.iter().filter_map(|nom| restantes.remove(nom)));
    }
    Ok(ordre)
}
