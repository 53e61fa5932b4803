//! Names inside a ZIP: plain letters, which every system unpacks the same; the real ones are in the manifest.
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// « Vente flash – été » becomes « Vente-flash-ete ».
pub fn sur(texte: &str, max: usize) -> String {
    let mut dit = String::new();
    for c in texte.nfkd().filter(|c| !is_combining_mark(*c)) {
        match c {
            'œ' => dit.push_str("oe"),
            'Œ' => dit.push_str("OE"),
            'æ' => dit.push_str("ae"),
            'Æ' => dit.push_str("AE"),
            'ß' => dit.push_str("ss"),
            'ø' => dit.push('o'),
            'ł' => dit.push('l'),
            c if c.is_ascii_alphanumeric() => dit.push(c),
            _ if dit.is_empty() || dit.ends_with('-') => {}
            _ => dit.push('-'),
        }
    }
    let coupe: String = dit.chars().take(max).collect();
    let coupe = coupe.trim_end_matches('-');
    if coupe.is_empty() { "sans-nom".to_owned() } else { coupe.to_owned() }
}

/// The same of a file, with the extension of what it is.
pub fn fichier(nom: &str, extension: &str) -> String {
    let base = nom.rsplit_once('.').map_or(nom, |(base, _)| base);
    format!("{}.{extension}", sur(base, 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_plain_letters_whatever_was_typed() {
        for (dit, nom) in [
            ("ÉTIENNE Zoé", "ETIENNE-Zoe"),
            ("L’Œuvre d’art", "L-OEuvre-d-art"),
            ("../../etc", "etc"),
            ("ﬁches n° 1", "fiches-n-1"),
            ("שלום", "sans-nom"),
            ("😀", "sans-nom"),
        ] {
            assert_eq!(sur(dit, 60), nom);
        }
        assert_eq!(sur(&"é".repeat(300), 40).len(), 40);
        assert_eq!(fichier("bilan été.PDF", "pdf"), "bilan-ete.pdf");
    }
}
