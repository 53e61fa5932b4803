//! The name of a file, as everybody may read it and no system misreads it.
use unicode_normalization::UnicodeNormalization;

const LONGUEUR_MAX: usize = 100;
/// Names that some systems take for devices.
const RESERVES: [&str; 6] = ["con", "prn", "aux", "nul", "com1", "lpt1"];

/// No folder, no control, no reversal of direction, the extension of what it is.
pub fn sur(nom: &str, extension: &str) -> String {
    let base = nom.rsplit(['/', '\\']).next().unwrap_or_default();
    let base = base.rsplit_once('.').map_or(base, |(b, _)| b);
    let propre: String = base
        .nfc()
        .filter(|c| c.is_alphanumeric() || " -–_’'().,&+".contains(*c))
        .take(LONGUEUR_MAX - extension.len() - 1)
        .collect();
    let propre = propre.split_whitespace().collect::<Vec<_>>().join(" ");
    let propre = propre.trim_matches([' ', '.', '-']);
    let reserve = RESERVES.contains(&propre.to_lowercase().as_str());
    format!("{}.{extension}", if propre.is_empty() || reserve { "fichier" } else { propre })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_folder_nor_reverse_itself() {
        for (recu, garde) in [
            ("../../etc/passwd", "passwd.pdf"),
            ("..\\..\\x.pdf", "x.pdf"),
            ("photo\u{202e}gpj.exe", "photogpj.pdf"),
            ("a\0b\r\nc.pdf", "abc.pdf"),
            ("", "fichier.pdf"),
            ("..", "fichier.pdf"),
            ("NUL.pdf", "fichier.pdf"),
            ("<img onerror=x>.pdf", "img onerrorx.pdf"),
            ("Vente flash – été.pdf", "Vente flash – été.pdf"),
        ] {
            assert_eq!(sur(recu, "pdf"), garde);
        }
        assert_eq!(sur(&"é".repeat(300), "docx").chars().count(), LONGUEUR_MAX);
    }
}
