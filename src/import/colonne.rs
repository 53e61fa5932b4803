//! Which row has the headings, and what each column is of: by its heading, else by what it holds.
use std::collections::BTreeSet;

use super::{
    Ligne, Lu, Quoi, Source,
    champ::{self, Champ, Dit},
    lecture, refus,
};
use crate::administration::liste::separer;

/// Titles that some exports put above the headings.
const DESSUS: usize = 10;
/// The rows looked at to know what a column holds.
const VUES: usize = 60;

/// A table as it came, made into a list whose columns are named, without what is none of our business.
///
/// # Errors
/// In French: another list than the one that is wanted.
pub fn nommer(mut lignes: Vec<Ligne>, source: Source, quoi: Quoi) -> Result<Lu, String> {
    let entetes = retirer_entetes(&mut lignes);
    if lignes.is_empty() {
        return Err(refus::VIDE.into());
    }
    if let Some(autre) = champ::de_qui(&entetes).filter(|q| *q != quoi) {
        return Err(match autre {
            Quoi::Enseignant => refus::LISTE_D_ENSEIGNANTS.into(),
            Quoi::Etudiant => refus::LISTE_D_ETUDIANTS.into(),
        });
    }
    let large = lignes.iter().map(|l| l.cases.len()).max().unwrap_or_default();
    let mut colonnes = vec![None; large];
    let mut gardees = vec![true; large];
    let possibles: BTreeSet<&str> = Champ::possibles(quoi).map(|c| c.0).collect();
    for (n, entete) in entetes.iter().enumerate().take(large) {
        match champ::reconnaitre(entete) {
            Dit::Champ(c) if possibles.contains(c.code()) && !colonnes.contains(&Some(c)) => {
                colonnes[n] = Some(c);
            }
            Dit::Tu => gardees[n] = false,
            Dit::Champ(c) => gardees[n] = possibles.contains(c.code()),
            Dit::Inconnu => {}
        }
    }
    if entetes.is_empty() {
        deviner(&lignes, quoi, &mut colonnes, &mut gardees);
    }
    let mut lu = Lu { source, entetes, lignes, avis: vec![], colonnes };
    lu.ne_garder(&gardees);
    Ok(lu)
}

/// The headings, taken out with what is above them; nothing when the first row is somebody.
fn retirer_entetes(lignes: &mut Vec<Ligne>) -> Vec<String> {
    let connus = |l: &Ligne| {
        let connu = |c: &&String| champ::reconnaitre(c) != Dit::Inconnu;
        l.cases.iter().filter(connu).count()
    };
    let de_noms = |l: &Ligne| {
        l.cases.iter().any(|c| {
            matches!(
                champ::reconnaitre(c),
                Dit::Champ(Champ::Nom | Champ::NomComplet | Champ::Prenom | Champ::Ine)
            )
        })
    };
    let ou = lignes.iter().take(DESSUS).position(|l| {
        let dites = l.cases.iter().filter(|c| !c.is_empty()).count();
        de_noms(l) && (connus(l) >= 2 || connus(l) == dites)
    });
    match ou {
        Some(n) => lignes.drain(..=n).next_back().map(|l| l.cases).unwrap_or_default(),
        None => vec![],
    }
}

/// What a column holds, when nobody named it.
fn deviner(lignes: &[Ligne], quoi: Quoi, colonnes: &mut [Option<Champ>], gardees: &mut [bool]) {
    let large = colonnes.len();
    let dits = |n: usize| {
        lignes.iter().take(VUES).filter_map(move |l| l.cases.get(n)).filter(|c| !c.is_empty())
    };
    let presque = |n: usize, est: &dyn Fn(&str) -> bool| {
        let (oui, tous) = dits(n).fold((0, 0), |(o, t), c| (o + usize::from(est(c)), t + 1));
        tous > 0 && oui * 5 >= tous * 4
    };
    let capitales =
        |c: &str| c.chars().any(char::is_alphabetic) && !c.chars().any(char::is_lowercase);
    let mots =
        |c: &str| c.chars().any(char::is_alphabetic) && !c.chars().any(|l| l.is_ascii_digit());
    let mut poser = |n: usize, champ: Champ| {
        let libre = !colonnes.contains(&Some(champ)) && colonnes[n].is_none();
        if libre {
            colonnes[n] = Some(champ);
        }
        libre
    };
    let mut textes = vec![];
    for (n, gardee) in gardees.iter_mut().enumerate().take(large) {
        if presque(n, &|c| c.contains('@')) {
            *gardee = false;
        } else if presque(n, &|c| lecture::ine(c).is_some()) {
            *gardee = quoi == Quoi::Etudiant && poser(n, Champ::Ine);
        } else if presque(n, &|c| lecture::ressemble_a_une_date(c)) {
            *gardee = quoi == Quoi::Etudiant && poser(n, Champ::Naissance);
        } else if presque(n, &|c| matches!(c, "Mme" | "M." | "M" | "Mlle")) {
            *gardee = quoi == Quoi::Enseignant && poser(n, Champ::Civilite);
        } else if presque(n, &mots) {
            textes.push(n);
        } else if presque(n, &|c| {
            c.len() < 20
                && c.chars().any(|l| l.is_ascii_digit())
                && c.chars().any(char::is_alphabetic)
        }) {
            poser(n, Champ::Classe);
        }
    }
    let entier = |c: &str| separer(&c.split(' ').collect::<Vec<_>>()).is_some();
    match textes.as_slice() {
        [seule, ..] if presque(*seule, &entier) => _ = poser(*seule, Champ::NomComplet),
        [nom, prenom, ..] if presque(*nom, &capitales) || !presque(*prenom, &capitales) => {
            poser(*nom, Champ::Nom);
            poser(*prenom, Champ::Prenom);
        }
        [prenom, nom, ..] => {
            poser(*nom, Champ::Nom);
            poser(*prenom, Champ::Prenom);
        }
        [seule] => _ = poser(*seule, Champ::NomComplet),
        [] => {}
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tableau, *};

    fn lu(texte: &str, quoi: Quoi) -> Result<Lu, String> {
        nommer(tableau::lire(texte).unwrap(), Source::Collage, quoi)
    }

    fn champs(texte: &str) -> Vec<&'static str> {
        let lu = lu(texte, Quoi::Etudiant).unwrap();
        lu.colonnes.iter().map(|c| c.map_or("", Champ::code)).collect()
    }

    #[test]
    fn columns_are_named_by_their_headings_and_private_ones_are_gone() {
        let lu = lu(
            "Liste de la classe\nNOM;Prénom;Téléphone;Né(e) le;Couleur\nÉTIENNE;Zoé;0600000000;03/10/2006;bleu\n",
            Quoi::Etudiant,
        )
        .unwrap();
        assert_eq!(
            lu.colonnes,
            [Some(Champ::Nom), Some(Champ::Prenom), Some(Champ::Naissance), None]
        );
        assert_eq!(lu.lignes[0].cases.join("|"), "ÉTIENNE|Zoé|03/10/2006|bleu");
        assert_eq!(lu.lignes[0].rang, 3);
    }

    #[test]
    fn a_list_without_headings_is_read_by_what_it_holds() {
        assert_eq!(
            champs("ÉTIENNE;Zoé;03/10/2006;;0123456789A\nN’GUESSAN;Awa;29/05/2005;;\n"),
            ["nom", "prenom", "naissance", "ine"]
        );
        assert_eq!(
            champs("Zoé\tÉTIENNE\tBTS NDRC 1\nAwa\tN’GUESSAN\tBTS NDRC 1"),
            ["prenom", "nom", "classe"]
        );
        assert_eq!(
            champs("ÉTIENNE Zoé\nMARTIN JEAN\nDE LA FONTAINE Eva\nEL-BAZ Lina\nD’ANGELO Léa"),
            ["nom_complet"]
        );
        assert_eq!(
            champs("ÉTIENNE Zoé;zoe@exemple.test\nDIALLO Amina;amina@exemple.test"),
            ["nom_complet"]
        );
    }

    #[test]
    fn one_list_in_the_place_of_the_other_is_named() {
        let profs = "Nom;Prénom;Discipline\nDURAND;Michèle;Économie\n";
        assert_eq!(lu(profs, Quoi::Etudiant).unwrap_err(), refus::LISTE_D_ENSEIGNANTS);
        assert!(lu(profs, Quoi::Enseignant).is_ok());
        let eleves = "Nom;Prénom;INE\nÉTIENNE;Zoé;\n";
        assert_eq!(lu(eleves, Quoi::Enseignant).unwrap_err(), refus::LISTE_D_ETUDIANTS);
        assert_eq!(lu("Nom;Prénom\n", Quoi::Etudiant).unwrap_err(), refus::VIDE);
    }
}
