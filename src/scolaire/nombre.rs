//! What is typed in a cell: an average as French writes it, a text that holds no INSEE number, a name to be compared.
use unicode_normalization::UnicodeNormalization;

/// The highest average, in hundredths.
pub const MAX: i32 = 2000;

/// « 12,50 ».
pub fn dire(centiemes: i32) -> String {
    let signe = if centiemes < 0 { "−" } else { "" };
    let n = centiemes.unsigned_abs();
    format!("{signe}{},{:02}", n / 100, n % 100)
}

/// Nothing said is nothing shown.
pub fn dire_si(centiemes: Option<i32>) -> String {
    centiemes.map(dire).unwrap_or_default()
}

/// An average from 0 to 20, two decimals at most. « 12.5 » is what spreadsheets set in English paste: it is read, and shown
/// as « 12,50 » wherever it comes back. An empty cell says nothing.
///
/// # Errors
/// In French, what to do.
pub fn lire(texte: &str) -> Result<Option<i32>, String> {
    let texte = texte.trim();
    if texte.is_empty() {
        return Ok(None);
    }
    if nir(texte) {
        return Err(NIR.to_owned());
    }
    let court: String = texte.chars().take(20).collect();
    let (entier, decimales) = texte.split_once([',', '.']).unwrap_or((texte, "0"));
    let chiffres = |t: &str| !t.is_empty() && t.bytes().all(|o| o.is_ascii_digit());
    if !chiffres(entier) || !chiffres(decimales) {
        return Err(format!(
            "«\u{a0}{court}\u{a0}» n’est pas une moyenne. Écrivez un nombre de 0 à 20, par exemple 12,5\u{a0}; \
             pour une absence, laissez la case vide et dites-le dans l’appréciation."
        ));
    }
    if decimales.len() > 2 {
        return Err(format!(
            "«\u{a0}{court}\u{a0}» a plus de deux décimales. Arrondissez au centième."
        ));
    }
    let centiemes = format!("{decimales:0<2}").parse::<i32>().ok();
    let valeur = entier.parse::<i32>().ok().filter(|n| *n <= 20).zip(centiemes);
    match valeur.map(|(n, c)| n * 100 + c) {
        Some(n) if n <= MAX => Ok(Some(n)),
        _ => Err(format!("{court} dépasse 20\u{a0}: une moyenne va de 0 à 20.")),
    }
}

/// What is said to who pastes an INSEE number.
pub const NIR: &str = "Ce texte ressemble à un numéro INSEE (sécurité sociale). Il n’est jamais enregistré ici\u{a0}: \
    retirez-le. L’établissement l’écrit lui-même sur la feuille imprimée.";

/// The text holds what looks like an INSEE number: 13 digits, or 15 and more, however they are spaced, Corsica included.
pub fn nir(texte: &str) -> bool {
    let mut suite = String::new();
    let mut suites = vec![];
    for c in texte.nfkc() {
        if c.is_ascii_digit() || (suite.len() == 6 && "AaBb".contains(c)) {
            suite.push(c);
        } else if !(c.is_whitespace() || ".-_\u{ad}\u{200b}".contains(c)) {
            suites.push(std::mem::take(&mut suite));
        }
    }
    suites.push(suite);
    suites.iter().any(|s| s.len() == 13 || s.len() >= 15)
}

/// Lower case, without accents nor signs: how names and headings are compared.
pub fn plier(texte: &str) -> String {
    let texte = texte.to_lowercase().replace('œ', "oe").replace('æ', "ae");
    let nu: String = texte
        .nfkd()
        .filter(|c| !('\u{300}'..='\u{36f}').contains(c))
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect();
    nu.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text of a cell: its white space folded, at most so long, without an INSEE number.
///
/// # Errors
/// In French, what to do.
pub fn texte(dit: &str, max: usize) -> Result<String, String> {
    let dit = dit.replace('\0', "");
    let dit = dit.split_whitespace().collect::<Vec<_>>().join(" ");
    let longueur = dit.chars().count();
    if nir(&dit) {
        return Err(NIR.to_owned());
    }
    if longueur > max {
        return Err(format!(
            "Ce texte compte {longueur} caractères\u{a0}: {max} au plus, pour tenir dans sa case."
        ));
    }
    Ok(dit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_average_is_read_as_people_and_spreadsheets_write_it() {
        for (dit, lu) in [
            ("", None),
            (" \u{a0}", None),
            ("12,5", Some(1250)),
            ("12.5", Some(1250)),
            (" 12,50 ", Some(1250)),
            ("0", Some(0)),
            ("08", Some(800)),
            ("20,00", Some(2000)),
            ("7,07", Some(707)),
        ] {
            assert_eq!(lire(dit), Ok(lu), "{dit}");
        }
        for (dit, mots) in [
            ("20,5", "dépasse 20"),
            ("20,01", "dépasse 20"),
            ("99999999999", "dépasse 20"),
            ("12,345", "plus de deux décimales"),
            ("abs", "pour une absence"),
            ("-1", "n’est pas une moyenne"),
            ("12/20", "n’est pas une moyenne"),
            ("12,", "n’est pas une moyenne"),
            (",5", "n’est pas une moyenne"),
            ("1 2", "n’est pas une moyenne"),
            ("１２", "n’est pas une moyenne"),
            ("=1+1", "n’est pas une moyenne"),
            ("1e1", "n’est pas une moyenne"),
            ("NaN", "n’est pas une moyenne"),
            ("1 06 12 75 108 123 45", "INSEE"),
        ] {
            let message = lire(dit).expect_err(dit);
            assert!(message.contains(mots), "{dit}: {message}");
        }
        assert_eq!(
            (dire(1250), dire(5), dire(-17)),
            ("12,50".into(), "0,05".into(), "−0,17".into())
        );
    }

    #[test]
    fn an_insee_number_is_seen_however_it_is_written() {
        for numero in [
            "1061275108123",
            "106127510812345",
            "1 06 12 75 108 123 45",
            "Née le 1.06.12.75.108.123",
            "2 06 12 2A 108 123 45",
            "206122B108123",
            "１０６１２７５１０８１２３",
        ] {
            assert!(nir(numero), "{numero}");
        }
        for autre in
            ["01 23 45 67 89", "12/03/2006", "0123456789A", "12,50 13,00", "SIRET 12345678901234"]
        {
            assert!(!nir(autre), "{autre}");
        }
    }

    #[test]
    fn names_are_compared_without_what_typing_changes() {
        assert_eq!(plier("  N’GUESSAN   Awa-Léa "), plier("n'guessan awa léa"));
        assert_eq!(plier("LŒUFFE"), "loeuffe");
        assert_eq!(plier("e\u{301}TIENNE"), "etienne");
    }
}
