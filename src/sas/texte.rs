//! Texts and tables of values: valid, without anything that a terminal or a browser would obey.
use super::genre::{ACCEPTES, Genre};

/// # Errors
/// In French: bytes that are no text.
pub fn lire(octets: &[u8]) -> Result<Genre, &'static str> {
    let texte = match std::str::from_utf8(octets) {
        Ok(texte) => texte.trim_start_matches('\u{feff}').to_owned(),
        Err(_) => windows_1252(octets).ok_or(ACCEPTES)?,
    };
    let commande = |c: char| c.is_control() && !['\t', '\n', '\r', '\u{c}'].contains(&c);
    if texte.chars().any(commande) {
        return Err(ACCEPTES);
    }
    if texte.trim().is_empty() {
        return Err("Ce texte est vide. Choisissez un autre fichier.");
    }
    Ok(if en_colonnes(&texte) { Genre::Csv } else { Genre::Txt })
}

/// What Windows writes where UTF-8 is not asked for; five of its bytes mean nothing.
fn windows_1252(octets: &[u8]) -> Option<String> {
    const VIDES: [u8; 5] = [0x81, 0x8d, 0x8f, 0x90, 0x9d];
    if octets.iter().any(|o| VIDES.contains(o)) {
        return None;
    }
    // Between 80 and 9F are signs, not commands: any letter stands for them here.
    Some(
        octets
            .iter()
            .map(|o| if (0x80..0xa0).contains(o) { '·' } else { char::from(*o) })
            .collect(),
    )
}

/// The first lines all have the same number of the same separator.
fn en_colonnes(texte: &str) -> bool {
    let lignes: Vec<&str> = texte.lines().filter(|l| !l.trim().is_empty()).take(20).collect();
    lignes.len() > 1
        && [';', '\t', ','].iter().any(|s| {
            let n = lignes[0].matches(*s).count();
            n > 0 && lignes.iter().all(|l| l.matches(*s).count() == n)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_in_both_encodings_and_nothing_else_is_a_text() {
        assert_eq!(lire("Été à Nîmes".as_bytes()), Ok(Genre::Txt));
        assert_eq!(lire(b"\xc9t\xe9 \x9cuvre \x80"), Ok(Genre::Txt));
        assert_eq!(lire("nom;ville\nZoé;Brest\n".as_bytes()), Ok(Genre::Csv));
        for faux in [&b"\x81\xff"[..], b"a\x1b[2J", b"a\0b", b"  \n "] {
            assert!(lire(faux).is_err(), "{faux:?}");
        }
    }
}
