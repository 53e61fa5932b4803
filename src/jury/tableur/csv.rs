//! A CSV that French Excel opens as it is: UTF-8 with a BOM, `;`, CRLF, decimal commas, dates JJ/MM/AAAA.
use anyhow::Result;

use super::{Case, Feuille};

const BOM: &[u8] = &[0xef, 0xbb, 0xbf];

/// What makes a spreadsheet run a cell that begins with it (OWASP, CSV injection).
const FORMULES: &str = "=+-@\t\n＝＋－＠";

/// It would be run, or would be taken for one that was neutralised.
fn dangereuse(texte: &str) -> bool {
    texte.trim_start_matches('\'').starts_with(|c| FORMULES.contains(c))
}

/// A cell that would be run is made a text by one more apostrophe: [`originale`] takes it away.
fn neutre(texte: &str) -> String {
    if dangereuse(texte) { format!("'{texte}") } else { texte.to_owned() }
}

/// What was neutralised, as it was.
pub fn originale(texte: &str) -> &str {
    if dangereuse(texte) { texte.strip_prefix('\'').unwrap_or(texte) } else { texte }
}

fn dite(case: &Case) -> String {
    match case {
        Case::Texte(dit) => neutre(dit),
        Case::Nombre(n) => n.to_string().replace('.', ","),
        Case::Jour(le) => crate::date::courte(le),
        Case::Vide => String::new(),
    }
}

pub fn ecrire(feuille: &Feuille) -> Result<Vec<u8>> {
    let mut csv = ::csv::WriterBuilder::new()
        .delimiter(b';')
        .terminator(::csv::Terminator::CRLF)
        .from_writer(BOM.to_vec());
    csv.write_record(feuille.colonnes.iter().map(|c| c.nom.as_str()))?;
    for ligne in &feuille.lignes {
        csv.write_record(ligne.iter().map(dite))?;
    }
    Ok(csv.into_inner()?)
}
