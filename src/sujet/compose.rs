//! The first words of a subject: what the sheet says, and for what is varied a phrase of the bank, in turn.
use super::{Contenu, Modele, banque::Variante};
use crate::fiche::Texte;

/// A subject made from a sheet, for the candidate at this rank: two neighbours do not get the same phrases where the bank has
/// two. What both papers share is the same in both.
pub fn composer(modele: &Modele, fiche: &Texte, banque: &[Variante], rang: usize) -> Contenu {
    let mut contenu = Contenu::new();
    for papier in &modele.papiers {
        let dits = contenu.entry(papier.code.clone()).or_default();
        for r in &papier.rubriques {
            let dit = match r.de.as_deref() {
                Some("titre") => fiche.titre.clone(),
                Some(de) => fiche.de(de).join("\n"),
                None if r.banque => piocher(banque, (&r.code, fiche.nature.as_deref()), rang),
                None => String::new(),
            };
            if !dit.is_empty() {
                dits.insert(r.code.clone(), dit);
            }
        }
    }
    contenu
}

/// The phrase of a rank: the rubrics do not turn together, so that the same set comes back late.
fn piocher(banque: &[Variante], (rubrique, nature): (&str, Option<&str>), rang: usize) -> String {
    let bonnes: Vec<&Variante> =
        banque.iter().filter(|v| v.rubrique == rubrique && v.convient(nature)).collect();
    if bonnes.is_empty() {
        return String::new();
    }
    let decalage: usize = rubrique.bytes().map(usize::from).sum();
    let tour = rang / bonnes.len();
    bonnes[(rang + decalage + tour * (decalage % 3)) % bonnes.len()].texte.clone()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::sujet::banque::d_origine;

    #[test]
    fn a_class_gets_many_subjects_and_neighbours_never_the_same() {
        let modele = Modele::par_code("NDRC-2018", "E4").unwrap();
        let banque = d_origine();
        let mut fiche =
            Texte { titre: "Vente".into(), nature: Some("negociation".into()), ..Texte::default() };
        fiche.rubriques.insert("lieu".into(), vec!["Agence".into()]);
        let tous: Vec<Contenu> = (0..32).map(|n| composer(modele, &fiche, &banque, n)).collect();
        for deux in tous.windows(2) {
            assert_ne!(deux[0]["candidat"]["contraintes"], deux[1]["candidat"]["contraintes"]);
        }
        let distincts: BTreeSet<&Contenu> = tous.iter().collect();
        assert!(distincts.len() > 10, "{}", distincts.len());
        for sujet in &tous {
            assert_eq!(sujet["candidat"]["objet"], "Vente");
            assert_eq!(sujet["candidat"]["sequences"], sujet["jury"]["sequences"]);
            assert!(!sujet["candidat"].contains_key("informations"), "nothing is invented");
        }
    }
}
