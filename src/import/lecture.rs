//! From the cells of a row to somebody: names, a birthday, an INE. What cannot be read is told, with its row and its fix.
use serde::{Deserialize, Serialize};
use time::Date;

use super::{Ligne, Lu, Source, champ::Champ};
use crate::{administration::liste::separer, date};

const NOM_MAX: usize = 100;

/// Somebody as a row says her.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entrant {
    pub rang: u32,
    pub civilite: Option<String>,
    pub nom: String,
    pub prenom: String,
    pub nom_usage: String,
    pub naissance: Option<Date>,
    pub ine: Option<String>,
    /// Source and value.
    pub externes: Vec<(String, String)>,
    pub classes: Vec<String>,
    pub groupes: Vec<String>,
}

impl Entrant {
    /// « ÉTIENNE Zoé ».
    pub fn liste(&self) -> String {
        format!("{} {}", self.nom, self.prenom)
    }

    /// What makes two names one: no accent, no case, no sign.
    pub fn cle(&self) -> String {
        plier(&self.nom, &self.prenom)
    }
}

/// A row that cannot be used as it is, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Faute {
    pub rang: u32,
    pub message: String,
}

pub fn plier(nom: &str, prenom: &str) -> String {
    let plat = |t: &str| super::champ::normaliser(t).replace('/', "");
    format!("{}|{}", plat(nom), plat(prenom))
}

/// An INE: eleven letters and digits, of which most are digits.
pub fn ine(dit: &str) -> Option<String> {
    let net: String = dit.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_uppercase();
    let chiffres = net.chars().filter(char::is_ascii_digit).count();
    let juste = net.len() == 11 && net.chars().all(|c| c.is_ascii_alphanumeric());
    (juste && (7..=10).contains(&chiffres)).then_some(net)
}

/// « 03/10/2006 », possible or not.
pub fn ressemble_a_une_date(dit: &str) -> bool {
    let parts: Vec<&str> = dit.split(['/', '-', '.']).collect();
    parts.len() == 3
        && parts.iter().all(|p| (1..=4).contains(&p.len()) && p.chars().all(|c| c.is_ascii_digit()))
}

/// A birthday, day first as French writes it: `JJ/MM/AAAA`, `JJ/MM/AA`, ISO, or the days that a spreadsheet counts.
/// Month first is no date.
pub fn naissance(dit: &str, source: Source, annee: i32) -> Option<Date> {
    let dit = dit.split(' ').next().unwrap_or_default().replace(['.', '-'], "/");
    let parts: Vec<&str> = dit.split('/').collect();
    let le = match parts.as_slice() {
        [an, mois, jour] if an.len() == 4 => date::lire(&format!("{an}-{mois}-{jour}")),
        [jour, mois, an] if an.len() == 2 => {
            let an: i32 = an.parse().ok()?;
            let siecle = if an > annee % 100 { annee / 100 - 1 } else { annee / 100 };
            date::lire(&format!("{jour}/{mois}/{}", siecle * 100 + an))
        }
        [_, _, _] => date::lire(&dit),
        [jours] if source == Source::Classeur => {
            let jours = jours.parse::<i64>().ok().filter(|j| (3_000..60_000).contains(j))?;
            Some(time::macros::date!(1899 - 12 - 30) + time::Duration::days(jours))
        }
        _ => None,
    };
    le.filter(|d| d.year() > annee - 100 && d.year() < annee)
}

/// Where a kind of field is, in a list.
fn ou(colonnes: &[Option<Champ>], champ: Champ) -> Option<usize> {
    colonnes.iter().position(|c| *c == Some(champ))
}

/// The codes of a cell of several: SIECLE and SACoche put « | » between.
fn codes(dit: &str) -> Vec<String> {
    dit.split('|').map(str::trim).filter(|c| !c.is_empty()).map(str::to_owned).collect()
}

/// The classes that a row names; one that names none is of the class without a name.
pub fn classes(ligne: &Ligne, colonnes: &[Option<Champ>]) -> Vec<String> {
    let Some(n) = ou(colonnes, Champ::Classe) else { return vec![] };
    let codes = codes(ligne.cases.get(n).map_or("", String::as_str));
    if codes.is_empty() { vec![String::new()] } else { codes }
}

/// One row.
///
/// # Errors
/// In French: what is wrong, and the fix.
pub fn lire(
    lu: &Lu,
    ligne: &Ligne,
    colonnes: &[Option<Champ>],
    annee: i32,
) -> Result<Entrant, String> {
    let dit = |champ: Champ| {
        ou(colonnes, champ).and_then(|n| ligne.cases.get(n)).map_or("", String::as_str)
    };
    let (civilite, nom, prenom) = noms(dit)?;
    for (quoi, texte) in [("Le nom", &nom), ("Le prénom", &prenom)] {
        match texte.chars().count() {
            0 => {
                return Err(format!(
                    "{quoi} manque. Complétez cette ligne dans votre liste, puis recommencez."
                ));
            }
            n if n > NOM_MAX => {
                return Err(format!(
                    "{quoi} compte {n} caractères\u{a0}: {NOM_MAX} au plus. Raccourcissez-le."
                ));
            }
            _ => {}
        }
    }
    let ine = match dit(Champ::Ine) {
        "" => None,
        autre => Some(ine(autre).ok_or_else(|| {
            format!("INE «\u{a0}{autre}\u{a0}» impossible. Un INE compte 11 chiffres et lettres\u{a0}: corrigez-le ou videz la case.")
        })?),
    };
    let naissance = match dit(Champ::Naissance) {
        "" => None,
        autre => Some(naissance(autre, lu.source, annee).ok_or_else(|| {
            format!(
                "date «\u{a0}{autre}\u{a0}» impossible. Écrivez-la jj/mm/aaaa, ou videz la case."
            )
        })?),
    };
    let externe = |champ, source: &str| {
        let valeur: String = dit(champ).chars().take(100).collect();
        (!valeur.is_empty()).then(|| (source.to_owned(), valeur))
    };
    let externes = [externe(Champ::IdExterne, lu.source.externe()), externe(Champ::Login, "ent")];
    Ok(Entrant {
        rang: ligne.rang,
        civilite,
        nom,
        prenom,
        nom_usage: dit(Champ::NomUsage).chars().take(NOM_MAX).collect(),
        naissance,
        ine,
        externes: externes.into_iter().flatten().collect(),
        classes: classes(ligne, colonnes),
        groupes: codes(dit(Champ::Groupe)),
    })
}

/// Title, surname, first name: from two columns, or from one where capitals tell them apart.
fn noms<'a>(dit: impl Fn(Champ) -> &'a str) -> Result<(Option<String>, String, String), String> {
    let titre = |t: &str| match t.trim_end_matches('.').to_lowercase().as_str() {
        "mme" | "mlle" | "madame" | "mademoiselle" => Some("Mme".to_owned()),
        "m" | "mr" | "monsieur" => Some("M.".to_owned()),
        _ => None,
    };
    let separes = (dit(Champ::Nom), dit(Champ::Prenom));
    let civilite = titre(dit(Champ::Civilite));
    if !separes.0.is_empty() && !separes.1.is_empty() {
        return Ok((civilite, separes.0.to_owned(), separes.1.to_owned()));
    }
    let entier = match (dit(Champ::NomComplet), separes) {
        ("", (nom, "")) => nom,
        ("", (_, _)) => return Ok((civilite, String::new(), separes.1.to_owned())),
        (entier, _) => entier,
    };
    let mut mots: Vec<&str> = entier.split(' ').collect();
    let devant = mots.first().filter(|_| mots.len() > 2).and_then(|m| titre(m));
    if devant.is_some() {
        mots.remove(0);
    }
    let (nom, prenom) = separer(&mots).ok_or_else(|| {
        format!(
            "«\u{a0}{entier}\u{a0}» à vérifier\u{a0}: où finit le nom\u{202f}? Écrivez le NOM en capitales puis le Prénom, ou mettez-les dans deux colonnes."
        )
    })?;
    Ok((civilite.or(devant), nom, prenom))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::date;

    use super::*;

    fn lire_un(cases: &[&str], colonnes: &[Champ]) -> Result<Entrant, String> {
        let lu = Lu::new(Source::Csv, colonnes);
        let ligne = Ligne { rang: 12, cases: cases.iter().map(|c| (*c).to_owned()).collect() };
        lire(&lu, &ligne, &lu.colonnes, 2026)
    }

    #[test]
    fn birthdays_are_read_day_first_and_impossible_ones_are_not() {
        for dit in [
            "03/10/2006",
            "3/10/2006",
            "03/10/06",
            "2006-10-03",
            "03-10-2006",
            "03.10.2006",
            "2006-10-03 00:00:00",
        ] {
            assert_eq!(naissance(dit, Source::Csv, 2026), Some(date!(2006 - 10 - 03)), "{dit}");
        }
        assert_eq!(naissance("38993", Source::Classeur, 2026), Some(date!(2006 - 10 - 03)));
        for dit in
            ["31/02/2006", "10/31/2006", "38993", "2006", "demain", "03/10/1806", "03/10/2026"]
        {
            assert_eq!(naissance(dit, Source::Csv, 2026), None, "{dit}");
        }
        assert_eq!(naissance("03/10/75", Source::Csv, 2026), Some(date!(1975 - 10 - 03)));
    }

    #[test]
    fn a_row_says_who_and_a_fault_says_the_fix() {
        let colonnes = [Champ::Nom, Champ::Prenom, Champ::Naissance, Champ::Ine, Champ::Classe];
        let elle =
            lire_un(&["ÉTIENNE", "Zoé", "03/10/2006", "0123456789a", "1NDRC|GR1"], &colonnes)
                .unwrap();
        assert_eq!((elle.liste().as_str(), elle.cle().as_str()), ("ÉTIENNE Zoé", "etienne|zoe"));
        assert_eq!((elle.ine.as_deref(), elle.classes.len()), (Some("0123456789A"), 2));
        let faute = lire_un(&["ÉTIENNE", "Zoé", "31/02/2006", "", ""], &colonnes).unwrap_err();
        assert!(faute.starts_with("date «\u{a0}31/02/2006\u{a0}» impossible"), "{faute}");
        let faute = lire_un(&["ÉTIENNE", "", "", "", ""], &colonnes).unwrap_err();
        assert!(faute.contains("à vérifier"), "{faute}");
        assert!(
            lire_un(&["ÉTIENNE", "Zoé", "", "123", ""], &colonnes).unwrap_err().contains("INE")
        );
    }

    #[test]
    fn a_name_in_one_column_is_told_apart_by_its_capitals_or_not_at_all() {
        for (dit, nom, prenom) in [
            ("DE LA FONTAINE Eva", "DE LA FONTAINE", "Eva"),
            ("N’GUESSAN Awa Marie", "N’GUESSAN", "Awa Marie"),
            ("Mme NGUYEN THI Linh", "NGUYEN THI", "Linh"),
        ] {
            let elle = lire_un(&[dit], &[Champ::NomComplet]).unwrap();
            assert_eq!((elle.nom.as_str(), elle.prenom.as_str()), (nom, prenom));
        }
        for dit in ["MARTIN JEAN", "Dupont Léa", "Léa"] {
            assert!(
                lire_un(&[dit], &[Champ::NomComplet]).unwrap_err().contains("à vérifier"),
                "{dit}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_row_makes_the_reader_fall(cases in proptest::collection::vec("\\PC{0,30}", 0..8)) {
            let colonnes = [Champ::NomComplet, Champ::Prenom, Champ::Naissance, Champ::Ine, Champ::Classe];
            let cases: Vec<&str> = cases.iter().map(String::as_str).collect();
            if let Ok(elle) = lire_un(&cases, &colonnes) {
                prop_assert!(!elle.nom.is_empty() && !elle.prenom.is_empty());
            }
        }
    }
}
