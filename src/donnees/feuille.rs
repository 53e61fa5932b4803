//! `donnees.html`: the same export, read without any program.
use askama::Template;
use serde_json::{Map, Value};

use super::export::{Export, Lue};
use crate::{date, error::Result, page::filters};

/// The page stands alone: what dresses it is in it. (No sign that HTML would write otherwise.)
const STYLE: &str = include_str!("../../templates/donnees/export.css");

#[derive(Template)]
#[template(path = "donnees/export.html")]
struct Feuille<'a> {
    export: &'a Export,
    tables: Vec<Tableau<'a>>,
}

/// A table as it is read: only the columns that hold something.
struct Tableau<'a> {
    titre: &'a str,
    colonnes: Vec<&'a str>,
    lignes: Vec<Vec<String>>,
}

/// The page.
pub fn ecrire(export: &Export) -> Result<Vec<u8>> {
    let tables = export.tables.iter().map(|l| tableau(export, l)).collect();
    let page = Feuille { export, tables };
    Ok(page.render().map_err(anyhow::Error::from)?.into_bytes())
}

fn tableau<'a>(export: &'a Export, l: &'a Lue) -> Tableau<'a> {
    let dit = |c: &str| l.lignes.iter().any(|ligne| ligne.get(c).is_some_and(|v| !vide(v)));
    let gardees: Vec<&str> = l.table.champs().filter(|c| dit(c)).collect();
    let cellule = |ligne: &Map<String, Value>, c: &str| {
        let valeur = ligne.get(c).unwrap_or(&Value::Null);
        let nom = valeur.as_i64().filter(|_| l.table.nomme(c));
        nom.and_then(|n| export.noms.get(&n).cloned()).unwrap_or_else(|| texte(valeur))
    };
    let rang = |ligne| gardees.iter().map(|c| cellule(ligne, c)).collect();
    Tableau {
        titre: &l.table.titre,
        colonnes: gardees.iter().filter_map(|c| l.table.libelle(c)).collect(),
        lignes: l.lignes.iter().map(rang).collect(),
    }
}

fn vide(valeur: &Value) -> bool {
    match valeur {
        Value::Null => true,
        Value::String(t) => t.is_empty(),
        Value::Array(v) => v.is_empty(),
        Value::Object(o) => o.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// A value in words: dates as they are written here, lists with commas.
fn texte(valeur: &Value) -> String {
    match valeur {
        Value::Null => String::new(),
        Value::Bool(oui) => if *oui { "oui" } else { "non" }.to_owned(),
        Value::Number(n) => n.to_string(),
        Value::String(t) => moment(t).unwrap_or_else(|| t.clone()),
        Value::Array(v) => v.iter().filter(|v| !vide(v)).map(texte).collect::<Vec<_>>().join(", "),
        Value::Object(o) => {
            let dits = o.iter().filter(|(_, v)| !vide(v));
            dits.map(|(c, v)| format!("{c}\u{a0}: {}", texte(v)))
                .collect::<Vec<_>>()
                .join("\u{202f}; ")
        }
    }
}

/// « 2026-11-24 » is 24/11/2026, « 2026-11-24T09:00:00+01:00 » is 24/11/2026 à 09:00.
fn moment(texte: &str) -> Option<String> {
    let (jour, heure) = texte.split_once('T').map_or((texte, None), |(j, h)| (j, Some(h)));
    let forme = jour.len() == 10 && jour.bytes().filter(|b| *b == b'-').count() == 2;
    let jour = forme.then(|| date::lire(jour)).flatten()?;
    match heure {
        None => Some(date::courte(&jour)),
        Some(h) => Some(format!("{} à {}", date::courte(&jour), h.get(..5)?)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_is_said_in_words() {
        for (valeur, dit) in [
            (json!(null), ""),
            (json!(true), "oui"),
            (json!("2026-11-24"), "24/11/2026"),
            (json!("2026-11-24T09:05:00.12+01:00"), "24/11/2026 à 09:05"),
            (json!("2026-13-24"), "2026-13-24"),
            (json!("un-deux-trois"), "un-deux-trois"),
            (json!(["a", "", "b"]), "a, b"),
            (json!({ "titre": "Vente", "vide": "" }), "titre\u{a0}: Vente"),
        ] {
            assert_eq!(texte(&valeur), dit);
        }
    }
}
