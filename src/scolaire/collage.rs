//! A block copied from a spreadsheet, laid over a table from one of its cells. Nothing falls outside without being said.
use std::collections::BTreeMap;

use super::forme::{Cases, Colonne};

/// The cells of a pasted block, row by row: tabs between them, lines inside quotes kept together.
pub fn cases(texte: &str) -> Vec<Vec<String>> {
    let mut lecteur = csv::ReaderBuilder::new()
        .delimiter(b'\t')
        .has_headers(false)
        .flexible(true)
        .from_reader(texte.as_bytes());
    let lignes = lecteur.records().filter_map(Result::ok);
    lignes.map(|l| l.iter().map(str::to_owned).collect()).collect()
}

/// Lays a block from a cell on: the student and the column where it begins, each by its rank.
///
/// # Errors
/// In French: it is empty, or is larger than what is left of the table.
pub fn poser(
    texte: &str,
    (etudiants, colonnes): (&[i64], &[Colonne]),
    (ligne, colonne): (usize, usize),
) -> Result<BTreeMap<i64, Cases>, String> {
    let bloc = cases(texte);
    let large = bloc.iter().map(Vec::len).max().unwrap_or_default();
    let (lignes, colonnes) =
        (etudiants.get(ligne..).unwrap_or_default(), colonnes.get(colonne..).unwrap_or_default());
    if bloc.is_empty() {
        return Err("Collez au moins une case copiée de votre tableur.".into());
    }
    if bloc.len() > lignes.len() || large > colonnes.len() {
        return Err(format!(
            "Le bloc collé compte {} lignes et {large} colonnes\u{a0}: depuis cette case, il en reste {} et {}. \
             Rien n’est rempli\u{a0}: choisissez une autre case, ou copiez un bloc plus petit.",
            bloc.len(),
            lignes.len(),
            colonnes.len()
        ));
    }
    let de = |ligne: Vec<String>| -> Cases {
        colonnes.iter().map(|c| c.code.clone()).zip(ligne).collect()
    };
    Ok(lignes.iter().copied().zip(bloc.into_iter().map(de)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scolaire::{Decoupage, Modele, Rubrique, forme::colonnes};

    #[test]
    fn a_block_is_laid_where_it_is_asked_and_what_falls_outside_is_said() {
        let modele = Modele::de("NDRC-2018", 2027).unwrap();
        let toutes = colonnes(modele, Decoupage::Semestre, &Rubrique::Enseignement("E1".into()));
        let table = (&[7, 8, 9][..], &toutes[..]);
        let pose = poser("12,5\t13\r\n\t14\r\n", table, (1, 2)).unwrap();
        assert_eq!(pose[&8]["21"], "12,5");
        assert_eq!((pose[&9]["21"].as_str(), pose[&9]["22"].as_str()), ("", "14"));
        assert!(!pose.contains_key(&7));
        let pose = poser("\"Deux\nlignes\"\t", table, (0, 3)).unwrap();
        assert_eq!(pose[&7]["22"], "Deux\nlignes");
        for (texte, ou) in [("1\n2\n3", (1, 0)), ("1\t2", (0, 4)), ("", (0, 0)), ("1", (9, 0))] {
            assert!(poser(texte, table, ou).is_err(), "{texte:?}");
        }
    }
}
