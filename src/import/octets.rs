//! From bytes to text, asking nobody for an encoding: what schools export is rarely UTF-8.
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// The text of a file: UTF-8 with any number of marks, UTF-16 by its mark, else Windows-1252, which never fails.
pub fn texte(octets: &[u8]) -> String {
    let (dit, mal_dit) = match Encoding::for_bom(octets) {
        Some((encodage, marque)) => encodage.decode_without_bom_handling(&octets[marque..]),
        None => UTF_8.decode_without_bom_handling(octets),
    };
    let dit = if mal_dit && Encoding::for_bom(octets).is_none() {
        WINDOWS_1252.decode_without_bom_handling(octets).0
    } else {
        dit
    };
    propre(&dit)
}

/// The text of an XML file, by what it says of itself.
pub fn texte_xml(octets: &[u8]) -> String {
    let tete = &octets[..octets.len().min(200)];
    let tete = String::from_utf8_lossy(tete);
    let dit = tete.split_once("encoding=").and_then(|(_, suite)| {
        let guillemet = suite.chars().next().filter(|c| "\"'".contains(*c))?;
        Encoding::for_label(suite[1..].split(guillemet).next()?.as_bytes())
    });
    match dit {
        Some(encodage) if encodage != UTF_8 && Encoding::for_bom(octets).is_none() => {
            propre(&encodage.decode_without_bom_handling(octets).0)
        }
        _ => texte(octets),
    }
}

/// Without the marks that some tools put one after another, nor the null that no database keeps.
fn propre(dit: &str) -> String {
    dit.trim_start_matches('\u{feff}').replace('\0', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_words_in_every_encoding_are_the_same_words() {
        let mots = "ÉTIENNE;Zoé;N’GUESSAN";
        let en_16 = |petit: bool| {
            let mot = |u: u16| if petit { u.to_le_bytes() } else { u.to_be_bytes() };
            format!("\u{feff}{mots}").encode_utf16().flat_map(mot).collect::<Vec<u8>>()
        };
        let windows = WINDOWS_1252.encode(mots).0.into_owned();
        for octets in [
            mots.as_bytes().to_vec(),
            format!("\u{feff}{mots}").into_bytes(),
            format!("\u{feff}\u{feff}\u{feff}{mots}").into_bytes(),
            en_16(true),
            en_16(false),
            windows,
        ] {
            assert_eq!(texte(&octets), mots);
        }
    }

    #[test]
    fn an_xml_file_says_its_own_encoding() {
        let latin9 = b"<?xml version=\"1.0\" encoding=\"ISO-8859-15\"?><A>\xc9tienne \xbd</A>";
        assert!(texte_xml(latin9).ends_with("<A>Étienne œ</A>"));
        assert!(
            texte_xml("<?xml version='1.0' encoding='utf-8'?><A>é</A>".as_bytes()).contains('é')
        );
        assert!(texte_xml(b"<?xml version='1.0' encoding='martien'?><A>\xe9</A>").contains('é'));
    }
}
