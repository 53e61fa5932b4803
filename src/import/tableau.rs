//! From text to rows: the delimiter is found, never asked.
use super::{Ligne, refus};

const LIGNES_MAX: usize = 20_000;
const COLONNES_MAX: usize = 60;
const CASE_MAX: usize = 300;
/// The lines looked at to find the delimiter.
const TETE: usize = 20;

/// The one that most lines have, then the most frequent; a text without any has one column.
fn delimiteur(texte: &str) -> u8 {
    let compter = |voulu: char| {
        let (mut lignes, mut total) = (0, 0);
        for ligne in texte.lines().filter(|l| !l.trim().is_empty()).take(TETE) {
            let mut dedans = false;
            let n = ligne
                .chars()
                .filter(|c| {
                    dedans ^= *c == '"';
                    !dedans && *c == voulu
                })
                .count();
            lignes += usize::from(n > 0);
            total += n;
        }
        (lignes, total)
    };
    [',', ';', '\t'].into_iter().max_by_key(|d| compter(*d)).filter(|d| compter(*d).1 > 0).map_or(
        b';',
        |d| match d {
            '\t' => b'\t',
            ',' => b',',
            _ => b';',
        },
    )
}

/// The rows of a text, each with its number in the file, empty ones passed over.
///
/// # Errors
/// In French, what to do.
pub fn lire(texte: &str) -> Result<Vec<Ligne>, String> {
    // A lone carriage return ends a line too: old exports have no other.
    let texte = texte.replace("\r\n", "\n").replace('\r', "\n");
    let mut lecteur = csv::ReaderBuilder::new()
        .delimiter(delimiteur(&texte))
        .has_headers(false)
        .flexible(true)
        .from_reader(texte.as_bytes());
    let (mut lignes, mut ligne) = (vec![], csv::StringRecord::new());
    // Where a record begins is where the one before it ends: the empty lines between are counted here.
    let (octets, mut vu, mut rang) = (texte.as_bytes(), 0, 1_u32);
    while lecteur.read_record(&mut ligne).map_err(|_| refus::TABLEAU.to_owned())? {
        let debut = ligne.position().map_or(0, csv::Position::byte);
        let debut = usize::try_from(debut).unwrap_or(octets.len()).min(octets.len());
        let vides = octets[debut..].iter().take_while(|o| **o == b'\n').count();
        let passees = octets[vu..debut + vides].split(|o| *o == b'\n').count() - 1;
        (vu, rang) =
            (debut + vides, rang.saturating_add(u32::try_from(passees).unwrap_or(u32::MAX)));
        garder(&mut lignes, rang, ligne.iter())?;
    }
    Ok(lignes)
}

/// Adds a row that says something, its cells folded and bounded.
///
/// # Errors
/// In French, what to do.
pub fn garder<'a>(
    lignes: &mut Vec<Ligne>,
    rang: u32,
    cases: impl Iterator<Item = &'a str>,
) -> Result<(), String> {
    let cases: Vec<String> = cases.take(COLONNES_MAX).map(case).collect();
    if cases.iter().all(String::is_empty) {
        return Ok(());
    }
    if lignes.len() >= LIGNES_MAX {
        return Err(refus::TROP_DE_LIGNES.to_owned());
    }
    lignes.push(Ligne { rang, cases });
    Ok(())
}

/// A cell as it is read: white space folded, no-break spaces and marks that are not seen made plain.
pub fn case(dite: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    let visible =
        |c: &char| !matches!(c, '\u{feff}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{ad}');
    let blanc = |c: char| if c.is_control() { ' ' } else { c };
    let plate: String = dite.nfc().filter(visible).map(blanc).take(CASE_MAX * 2).collect();
    let plate = plate.split_whitespace().collect::<Vec<_>>().join(" ");
    plate.chars().take(CASE_MAX).collect::<String>().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cases(texte: &str) -> Vec<Vec<String>> {
        lire(texte).unwrap().into_iter().map(|l| l.cases).collect()
    }

    #[test]
    fn delimiters_and_ends_of_lines_are_found() {
        for d in [';', '\t', ','] {
            for fin in ["\n", "\r\n", "\r"] {
                let texte = format!("NOM{d}Prénom{fin}{fin}\"ÉTIENNE\"{d}Zoé{fin}");
                assert_eq!(cases(&texte), [["NOM", "Prénom"], ["ÉTIENNE", "Zoé"]], "{texte:?}");
            }
        }
    }

    #[test]
    fn a_delimiter_inside_quotes_or_a_remark_is_no_delimiter() {
        assert_eq!(
            cases("NOM;Suite\n\"A;B\";c, d, e, f"),
            [["NOM", "Suite"], ["A;B", "c, d, e, f"]]
        );
        assert_eq!(cases("ÉTIENNE Zoé\nDIALLO Amina"), [["ÉTIENNE Zoé"], ["DIALLO Amina"]]);
    }

    #[test]
    fn a_row_keeps_its_number_and_a_cell_its_words() {
        let lignes = lire("NOM;Prénom\n\n  N’GUESSAN\u{a0} ;Awa\u{202f}Marie\u{200b}\n").unwrap();
        assert_eq!((lignes[1].rang, lignes[1].cases.join("|")), (3, "N’GUESSAN|Awa Marie".into()));
    }

    proptest! {
        #[test]
        fn whatever_is_read_is_bounded_and_says_something(texte in "\\PC{0,400}", bruts in proptest::collection::vec(any::<u8>(), 0..400)) {
            for texte in [texte, super::super::octets::texte(&bruts)] {
                if let Ok(lignes) = lire(&texte) {
                    for l in &lignes {
                        prop_assert!(l.cases.iter().any(|c| !c.is_empty()) && l.cases.len() <= COLONNES_MAX);
                        prop_assert!(l.cases.iter().all(|c| c.chars().count() <= CASE_MAX && c.trim() == c));
                    }
                }
            }
        }

        #[test]
        fn a_list_that_is_written_is_read_again(noms in proptest::collection::vec("[A-ZÉÈÀÇ]{1,12}( [A-Z’-]{1,8})?", 1..20)) {
            let lignes: Vec<String> = noms.iter().map(|n| format!("\"{n}\";Zoé")).collect();
            let texte = lignes.join("\r\n");
            let lus: Vec<String> = cases(&texte).into_iter().map(|c| c[0].clone()).collect();
            prop_assert_eq!(lus, noms);
        }
    }
}
