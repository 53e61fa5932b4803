//! Passwords that are guessed first: those of everybody, and those made of what is known of one person. No rule of
//! composition: what is refused is a word, not a lack of signs.
use std::collections::HashSet;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

/// What people choose most, in French and in English, of those that are long enough; folded.
static COURANTS: LazyLock<HashSet<String>> =
    LazyLock::new(|| include_str!("courants.txt").lines().map(plier).collect());

/// What everybody here would try.
const ICI: [&str; 18] = [
    "ndrc",
    "bts",
    "lycee",
    "livret",
    "competences",
    "competence",
    "motdepasse",
    "password",
    "azerty",
    "qwerty",
    "ecole",
    "etudiant",
    "etudiante",
    "prof",
    "professeur",
    "enseignant",
    "admin",
    "classe",
];
/// What must be left once all that is taken out.
const RESTE: usize = 6;
/// Rows of keyboards, the alphabet, digits: where a finger slides.
const GLISSADES: [&str; 8] = [
    "azertyuiopqsdfghjklmwxcvbn",
    "qwertyuiopasdfghjklzxcvbnm",
    "abcdefghijklmnopqrstuvwxyz",
    "12345678901234567890",
    "poiuytrezamlkjhgfdsqnbvcxw",
    "poiuytrewqlkjhgfdsamnbvcxz",
    "zyxwvutsrqponmlkjihgfedcba",
    "09876543210987654321",
];

/// Lower case, without accents, letters and digits only: « Été-2026 » is « ete2026 ».
fn plier(texte: &str) -> String {
    texte
        .to_lowercase()
        .replace('œ', "oe")
        .replace('æ', "ae")
        .nfkd()
        .filter(|c| c.is_alphanumeric())
        .collect()
}

/// Among those that everybody tries, or a finger that slides or repeats.
pub(super) fn courant(secret: &str) -> bool {
    let plie = plier(secret);
    let lettres: Vec<char> = plie.chars().collect();
    let repete = (1..=4).any(|n| {
        lettres.len() > 2 * n && lettres.iter().enumerate().all(|(i, c)| *c == lettres[i % n])
    });
    COURANTS.contains(&plie)
        || repete
        || (!plie.is_empty() && GLISSADES.iter().any(|g| g.contains(&plie)))
}

/// Made of these words, of years and of little else.
pub(super) fn fait_de(secret: &str, mots: &str) -> bool {
    let mut connus: Vec<String> = mots
        .split(|c: char| !c.is_alphanumeric())
        .map(plier)
        .filter(|m| m.chars().count() > 2)
        .collect();
    connus.extend(ICI.map(str::to_owned));
    connus.sort_by_key(|m| std::cmp::Reverse(m.len())); // « marceline » before « marc »
    let mut reste = plier(secret);
    for mot in &connus {
        reste = reste.replace(mot.as_str(), " ");
    }
    reste.chars().filter(|c| c.is_alphabetic()).count() < RESTE
        && reste.chars().filter(char::is_ascii_digit).count() < 12
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_everybody_tries_is_known_whatever_its_signs() {
        for secret in [
            "Motdepasse123",
            "mot de passe 1234",
            "AZERTYUIOP-QS",
            "aaaaaaaaaaaa",
            "abcabcabcabc",
            "azertyuiopqsd",
            "1234567890123456",
            "Password2026",
            "Ouvre-toi, Sésame",
            "Correct horse battery staple",
            "vive la France",
        ] {
            assert!(courant(secret), "{secret}");
        }
        for secret in
            ["trois paniers vendus", "le phare tourne à droite", "mangue violette 12 escaliers"]
        {
            assert!(!courant(secret), "{secret}");
        }
        assert!(COURANTS.len() > 150 && COURANTS.iter().all(|c| c.len() >= 9));
    }

    #[test]
    fn a_password_is_not_made_of_what_is_known_of_her() {
        let mots = "helene.martin MARTIN Hélène Lycée Simone-Vidal (Rennes)";
        for secret in [
            "martin-ndrc-2026",
            "HélèneMartin35!",
            "SimoneVidal2026",
            "Rennes Rennes 2026",
            "lycée simone vidal",
            "btsndrcrennes",
            "20262027martin",
        ] {
            assert!(fait_de(secret, mots), "{secret}");
        }
        for secret in ["martin pêche la sardine", "trois paniers vendus", "8317 4402 9951 6620"] {
            assert!(!fait_de(secret, mots), "{secret}");
        }
    }
}
