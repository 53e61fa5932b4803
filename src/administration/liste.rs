//! A pasted list of people: `NOM Prénom` lines, or columns. Nothing is guessed: what is not clear is told, by line.
use unicode_normalization::UnicodeNormalization;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nom {
    pub civilite: Option<String>,
    pub nom: String,
    pub prenom: String,
}

/// A line that is refused, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faute {
    pub ligne: usize,
    pub message: String,
}

/// What a pasted text says: people, empty lines passed over, faults.
#[derive(Debug, Default)]
pub struct Liste {
    pub noms: Vec<Nom>,
    pub fautes: Vec<Faute>,
    pub vides: usize,
}

const LONGUEUR: usize = 100;

impl Nom {
    /// « prenom.nom », lower case, without accents: what one types to sign in.
    pub fn identifiant(&self) -> String {
        let plier = |texte: &str| -> String {
            texte
                .to_lowercase()
                .replace('œ', "oe")
                .replace('æ', "ae")
                .nfd()
                .filter(char::is_ascii_alphanumeric)
                .collect()
        };
        let (prenom, nom) = (plier(&self.prenom), plier(&self.nom));
        let entier = format!("{}.{}", &prenom[..prenom.len().min(30)], &nom[..nom.len().min(40)]);
        if entier.len() < 3 { "compte".to_owned() } else { entier }
    }
}

/// `deja`: « NOM Prénom » of those who are there: adding them again is a fault, not a second person.
pub fn lire(texte: &str, deja: &[String]) -> Liste {
    let mut liste = Liste::default();
    let plier = |nom: &Nom| format!("{} {}", nom.nom, nom.prenom).to_lowercase();
    let mut vus: Vec<String> = deja.iter().map(|d| d.to_lowercase()).collect();
    for (n, ligne) in (1..).zip(texte.lines()) {
        // Spreadsheets and web pages paste no-break spaces: they are spaces.
        let ligne: String =
            ligne.nfc().map(|c| if c.is_whitespace() && c != '\t' { ' ' } else { c }).collect();
        if ligne.trim().is_empty() {
            liste.vides += 1;
            continue;
        }
        match personne(&ligne) {
            Err(message) => liste.fautes.push(Faute { ligne: n, message }),
            Ok(nom) if nom.nom.to_lowercase() == "nom" => liste.vides += 1, // a row of headings
            Ok(nom) if vus.contains(&plier(&nom)) => liste.fautes.push(Faute {
                ligne: n,
                message: format!(
                    "{} {} est déjà dans la liste ou dans la promotion. Retirez cette ligne.",
                    nom.nom, nom.prenom
                ),
            }),
            Ok(nom) => {
                vus.push(plier(&nom));
                liste.noms.push(nom);
            }
        }
    }
    liste
}

fn personne(ligne: &str) -> Result<Nom, String> {
    let colonnes: Vec<String> = ligne
        .split(['\t', ';'])
        .map(|c| c.trim_matches('"').split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    let mut mots: Vec<&str> = colonnes[0].split(' ').collect();
    let civilite = match mots.first() {
        Some(&("Mme" | "M.")) => Some(mots.remove(0).to_owned()),
        _ => None,
    };
    let premiere = mots.join(" ");
    let (nom, prenom) = match colonnes.get(1).filter(|c| !c.is_empty()) {
        Some(prenom) => (premiere, prenom.clone()),
        None => separer(&mots).ok_or_else(|| {
            format!("«\u{a0}{premiere}\u{a0}»\u{a0}: écrivez le NOM en capitales puis le prénom, ou mettez-les dans deux colonnes.")
        })?,
    };
    for (quoi, texte) in [("Le nom", &nom), ("Le prénom", &prenom)] {
        let n = texte.chars().count();
        if n == 0 || n > LONGUEUR {
            return Err(format!(
                "{quoi} compte {n} caractères\u{a0}: de 1 à {LONGUEUR} sont possibles."
            ));
        }
    }
    Ok(Nom { civilite, nom, prenom })
}

/// Leading words in capitals are the name: `DE LA FONTAINE Eva`, `N’GUESSAN Awa Marie`. All capitals, or none: unclear.
pub fn separer(mots: &[&str]) -> Option<(String, String)> {
    let capitales =
        |m: &&&str| m.chars().any(char::is_alphabetic) && !m.chars().any(char::is_lowercase);
    let n = mots.iter().take_while(capitales).count();
    (n > 0 && n < mots.len()).then(|| (mots[..n].join(" "), mots[n..].join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noms(texte: &str) -> Vec<(String, String)> {
        lire(texte, &[]).noms.into_iter().map(|n| (n.nom, n.prenom)).collect()
    }

    #[test]
    fn names_in_capitals_are_told_from_first_names() {
        for (ligne, nom, prenom) in [
            ("DE LA FONTAINE Eva", "DE LA FONTAINE", "Eva"),
            ("D’ANGELO Léa", "D’ANGELO", "Léa"),
            ("N’GUESSAN Awa Marie", "N’GUESSAN", "Awa Marie"),
            ("EL-BAZ Lina", "EL-BAZ", "Lina"),
            ("ÉTIENNE\u{a0}Zoé", "ÉTIENNE", "Zoé"),
            ("Martin;Jean", "Martin", "Jean"),
            ("NGUYEN THI\tLinh", "NGUYEN THI", "Linh"),
        ] {
            assert_eq!(noms(ligne), [(nom.to_owned(), prenom.to_owned())], "{ligne}");
        }
    }

    #[test]
    fn what_is_unclear_is_told_with_its_line_and_nothing_is_guessed() {
        let long = "A".repeat(200);
        let texte = format!("ÉTIENNE Zoé\n\nMARTIN JEAN\nDupont Léa\n{long} Jean\nÉtienne;Zoé\n");
        let liste = lire(&texte, &["DIALLO Amina".to_owned()]);
        assert_eq!(liste.noms.len(), 1);
        assert_eq!(liste.vides, 1);
        assert_eq!(liste.fautes.iter().map(|f| f.ligne).collect::<Vec<_>>(), [3, 4, 5, 6]);
        assert!(lire("DIALLO Amina", &["DIALLO Amina".to_owned()]).noms.is_empty());
    }

    #[test]
    fn an_identifiant_has_no_accent() {
        let nom = Nom { civilite: None, nom: "LŒUFFE-N’DIAYE".into(), prenom: "Zoé".into() };
        assert_eq!(nom.identifiant(), "zoe.loeuffendiaye");
    }
}
