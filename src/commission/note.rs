//! A mark: typed by hand, kept in hundredths of a point, written as the French do.
use std::fmt;

/// Hundredths of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Note(pub i32);

impl Note {
    /// Reads « 12 », « 12,5 », « 12.5 », « 12,50 ».
    ///
    /// # Errors
    /// What is wrong with it, and what to write instead.
    pub fn lire(texte: &str, sur: u8) -> Result<Self, String> {
        let dite = texte.trim().replace('.', ",");
        let illisible = || {
            format!(
                "«\u{a0}{}\u{a0}» n’est pas une note. Écrivez par exemple 12,5.",
                texte.trim().chars().take(20).collect::<String>()
            )
        };
        let (entiere, decimale) = dite.split_once(',').unwrap_or((&dite, ""));
        let chiffres = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
        if entiere.is_empty() || entiere.len() > 4 || !chiffres(entiere) || !chiffres(decimale) {
            return Err(illisible());
        }
        if decimale.len() > 2 {
            return Err("Donnez deux décimales au plus, par exemple 12,25.".into());
        }
        let unites: i32 = entiere.parse().map_err(|_| illisible())?;
        let centiemes: i32 = format!("{decimale:0<2}").parse().map_err(|_| illisible())?;
        let note = unites * 100 + centiemes;
        if note > i32::from(sur) * 100 {
            return Err(format!("La note va de 0 à {sur}\u{a0}: {} est trop haut.", Self(note)));
        }
        Ok(Self(note))
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unites, centiemes) = (self.0 / 100, self.0 % 100);
        match centiemes {
            0 => write!(f, "{unites}"),
            c if c % 10 == 0 => write!(f, "{unites},{}", c / 10),
            c => write!(f, "{unites},{c:02}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_as_it_is_typed_and_written_with_a_comma() {
        for (dite, lue) in [
            ("12", "12"),
            ("12,5", "12,5"),
            (" 12.5 ", "12,5"),
            ("0", "0"),
            ("20,00", "20"),
            ("7,25", "7,25"),
            ("7,05", "7,05"),
        ] {
            assert_eq!(Note::lire(dite, 20).unwrap().to_string(), lue, "{dite}");
        }
    }

    #[test]
    fn what_is_no_mark_is_refused_in_words() {
        for (dite, refus) in [
            ("20,5", "de 0 à 20"),
            ("-1", "n’est pas une note"),
            ("", "n’est pas une note"),
            (",5", "n’est pas une note"),
            ("12,345", "deux décimales"),
            ("1e1", "n’est pas une note"),
            ("99999", "n’est pas une note"),
            ("AB", "n’est pas une note"),
            ("１２", "n’est pas une note"),
        ] {
            assert!(Note::lire(dite, 20).unwrap_err().contains(refus), "{dite}");
        }
    }
}
