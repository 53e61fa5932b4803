//! What changed between two versions of a sheet, rubric by rubric and word by word.
use similar::{ChangeTag, TextDiff};

use super::{Modele, Texte, nu};

/// A piece of a text: kept, taken away, or added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Morceau {
    pub genre: Genre,
    pub texte: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Genre {
    Garde,
    Retire,
    Ajoute,
}

/// A rubric that is not as it was.
#[derive(Debug, Clone)]
pub struct Ecart {
    pub intitule: String,
    pub morceaux: Vec<Morceau>,
}

/// Word by word; what follows in the same way is one piece.
pub fn mots(avant: &str, apres: &str) -> Vec<Morceau> {
    let mut morceaux: Vec<Morceau> = vec![];
    for change in TextDiff::from_words(avant, apres).iter_all_changes() {
        let genre = match change.tag() {
            ChangeTag::Equal => Genre::Garde,
            ChangeTag::Delete => Genre::Retire,
            ChangeTag::Insert => Genre::Ajoute,
        };
        match morceaux.last_mut() {
            Some(m) if m.genre == genre => m.texte.push_str(change.value()),
            _ => morceaux.push(Morceau { genre, texte: change.value().to_owned() }),
        }
    }
    morceaux
}

/// What is not the same, in the order of the model.
pub fn ecarts(modele: &Modele, avant: &Texte, apres: &Texte) -> Vec<Ecart> {
    let mut ecarts = vec![];
    let mut dire = |intitule: &str, avant: &str, apres: &str| {
        if avant != apres {
            ecarts.push(Ecart { intitule: nu(intitule).to_owned(), morceaux: mots(avant, apres) });
        }
    };
    let nature = |t: &Texte| -> String {
        let choisie = t.nature.as_deref().and_then(|n| modele.nature(n));
        choisie.map(|n| n.intitule.clone()).unwrap_or_default()
    };
    dire("Nature de l’activité", &nature(avant), &nature(apres));
    dire(&modele.intitule, &avant.titre, &apres.titre);
    if let Some(v) = &modele.vecue {
        let dit = |t: &Texte| match t.vecue {
            Some(true) => v.oui.clone(),
            Some(false) => v.non.clone(),
            None => String::new(),
        };
        dire(&v.intitule, &dit(avant), &dit(apres));
    }
    for r in modele.rubriques() {
        dire(&r.intitule, &avant.de(&r.code).join("\n"), &apres.de(&r.code).join("\n"));
    }
    ecarts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_that_changed_are_said_and_the_others_kept() {
        let dits = mots("J’ai vendu dix contrats.", "J’ai vendu douze contrats en une journée.");
        let texte = |g| {
            let les = dits.iter().filter(|m| m.genre == g);
            les.map(|m| m.texte.as_str()).collect::<String>()
        };
        assert!(texte(Genre::Retire).contains("dix"));
        assert!(texte(Genre::Ajoute).contains("douze") && texte(Genre::Ajoute).contains("journée"));
        assert!(texte(Genre::Garde).contains("vendu"));
    }

    proptest! {
        /// Nothing of either text is lost in the telling.
        #[test]
        fn both_texts_can_be_read_again_from_the_pieces(avant in "[a-zé \n]{0,60}", apres in "[a-zé \n]{0,60}") {
            let dits = mots(&avant, &apres);
            let sans = |g: Genre| -> String {
                dits.iter().filter(|m| m.genre != g).map(|m| m.texte.as_str()).collect()
            };
            prop_assert_eq!(sans(Genre::Ajoute), avant);
            prop_assert_eq!(sans(Genre::Retire), apres);
        }
    }
}
