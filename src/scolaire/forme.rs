//! A rubrique as a table: its columns, what each cell shows, and what is read of what was typed or found in a workbook.
use std::collections::BTreeMap;

use super::{
    Bulletin, Candidat, Conseil, Decoupage, Modele, Rubrique, Valeur,
    nombre::{self, plier},
};
use crate::date;

/// How a cell is filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Genre {
    Nombre,
    Court,
    Long,
    Choix,
}

/// A column.
#[derive(Debug, Clone)]
pub struct Colonne {
    pub code: String,
    pub titre: String,
    pub genre: Genre,
    /// Longest text.
    pub max: usize,
    /// Code and words of each choice.
    pub choix: Vec<(String, String)>,
}

impl Colonne {
    fn new(code: &str, titre: &str, genre: Genre, max: usize) -> Self {
        Self { code: code.to_owned(), titre: titre.to_owned(), genre, max, choix: vec![] }
    }
}

/// What was typed in the cells of a student, by the codes of their columns.
pub type Cases = BTreeMap<String, String>;

/// Longest place of birth, longest language.
const LIEU_MAX: usize = 80;
const LANGUE_MAX: usize = 40;

/// « 1re année, 2e semestre », from the code of a column.
fn titre_de_periode(code: &str, decoupage: Decoupage) -> Option<String> {
    let (an, n) = rang(code)?;
    let an = if an == 0 { "1re" } else { "2e" };
    (n < decoupage.periodes()).then(|| format!("{an} année, {}", decoupage.periode(n + 1)))
}

/// Year and period of a column, from 0.
pub fn rang(code: &str) -> Option<(usize, usize)> {
    let &[an @ b'1'..=b'2', n @ b'1'..=b'3'] = code.as_bytes() else { return None };
    Some((usize::from(an - b'1'), usize::from(n - b'1')))
}

/// The columns of a rubrique, in the order of the official workbook.
pub fn colonnes(modele: &Modele, decoupage: Decoupage, rubrique: &Rubrique) -> Vec<Colonne> {
    match rubrique {
        Rubrique::Enseignement(_) => {
            let periode = |code: &String| {
                Some(Colonne::new(code, &titre_de_periode(code, decoupage)?, Genre::Nombre, 20))
            };
            let mut toutes: Vec<Colonne> = modele.colonnes.iter().filter_map(periode).collect();
            toutes.push(Colonne::new(
                "appreciation",
                "Appréciation",
                Genre::Long,
                modele.appreciation_max,
            ));
            toutes
        }
        Rubrique::Conseil => {
            let mut avis = Colonne::new("avis", "Avis", Genre::Choix, 40);
            avis.choix = modele.avis.iter().map(|a| (a.code.clone(), a.intitule.clone())).collect();
            let mut pix = Colonne::new("pix", "PIX", Genre::Choix, 10);
            pix.choix = [("oui", "OUI"), ("non", "NON")].map(|(c, i)| (c.into(), i.into())).into();
            let max = modele.observations_max;
            vec![avis, Colonne::new("observations", "Observations", Genre::Long, max), pix]
        }
        Rubrique::Candidat => vec![
            Colonne::new("naissance", "Date de naissance", Genre::Court, 20),
            Colonne::new("lieu", "Lieu de naissance", Genre::Court, LIEU_MAX),
            Colonne::new("ine", "INE", Genre::Court, 20),
            Colonne::new("langue", "Langue vivante", Genre::Court, LANGUE_MAX),
        ],
    }
}

/// What the cells of a student show: numbers and dates as French writes them, a choice by its code.
pub fn dire(valeur: &Valeur) -> Cases {
    let cases: Vec<(String, String)> = match valeur {
        Valeur::Bulletin(b) => {
            let de = |n: usize| format!("{}{}", n / 3 + 1, n % 3 + 1);
            let moyennes = b.moyennes.iter().enumerate();
            let moyennes = moyennes.map(|(n, m)| (de(n), nombre::dire_si(*m)));
            moyennes.chain([("appreciation".into(), b.appreciation.clone())]).collect()
        }
        Valeur::Conseil(c) => {
            let pix = c.pix.map_or("", |p| if p { "oui" } else { "non" });
            vec![
                ("avis".into(), c.avis.clone().unwrap_or_default()),
                ("observations".into(), c.observations.clone()),
                ("pix".into(), pix.into()),
            ]
        }
        Valeur::Candidat(c) => vec![
            ("naissance".into(), c.naissance.as_ref().map(date::courte).unwrap_or_default()),
            ("lieu".into(), c.lieu.clone()),
            ("ine".into(), c.ine.clone().unwrap_or_default()),
            ("langue".into(), c.langue.clone()),
        ],
    };
    cases.into_iter().collect()
}

/// The same, as it is read by people and written in a workbook: a choice by its words.
pub fn montrer(colonne: &Colonne, dit: &str) -> String {
    let choisi = colonne.choix.iter().find(|c| c.0 == dit);
    choisi.map_or_else(|| dit.to_owned(), |c| c.1.clone())
}

/// « S1 12,00 · S2 13,00 · … »: what a rubrique says of a student, in a line.
pub fn en_mots(colonnes: &[Colonne], valeur: &Valeur) -> String {
    let dits = dire(valeur);
    let un = |c: &Colonne| {
        let dit = dits.get(&c.code).filter(|d| !d.is_empty())?;
        Some(format!("{}\u{a0}: {}", c.titre, montrer(c, dit)))
    };
    let mots: Vec<String> = colonnes.iter().filter_map(un).collect();
    if mots.is_empty() { "rien".into() } else { mots.join("\u{202f}; ") }
}

/// What these cells say, over what was known: what they do not speak of stays.
///
/// # Errors
/// The column and what to do, for each cell that cannot be read.
pub fn lire(
    modele: &Modele,
    base: &Valeur,
    cases: &Cases,
) -> Result<Valeur, Vec<(String, String)>> {
    let mut valeur = base.clone();
    let mut fautes = vec![];
    for (code, dit) in cases {
        let fait = match &mut valeur {
            Valeur::Bulletin(b) => bulletin(modele, b, code, dit),
            Valeur::Conseil(c) => conseil(modele, c, code, dit),
            Valeur::Candidat(c) => candidat(c, code, dit),
        };
        if let Err(message) = fait {
            fautes.push((code.clone(), message));
        }
    }
    if fautes.is_empty() { Ok(valeur) } else { Err(fautes) }
}

fn bulletin(modele: &Modele, b: &mut Bulletin, code: &str, dit: &str) -> Result<(), String> {
    if code == "appreciation" {
        b.appreciation = nombre::texte(dit, modele.appreciation_max)?;
    } else if let Some((an, n)) = rang(code) {
        b.moyennes[an * 3 + n] = nombre::lire(dit)?;
    }
    Ok(())
}

fn conseil(modele: &Modele, c: &mut Conseil, code: &str, dit: &str) -> Result<(), String> {
    match code {
        "avis" if dit.trim().is_empty() => c.avis = None,
        "avis" => {
            let nomme = modele.avis.iter().find(|a| a.code == dit || a.exactement(dit));
            let noms = || modele.avis.iter().map(|a| a.intitule.as_str()).collect::<Vec<_>>();
            let refus = || {
                format!(
                    "«\u{a0}{}\u{a0}» n’est pas un avis. Choisissez\u{a0}: {}.",
                    debut(dit),
                    noms().join(", ")
                )
            };
            c.avis = Some(nomme.ok_or_else(refus)?.code.clone());
        }
        "observations" => c.observations = nombre::texte(dit, modele.observations_max)?,
        "pix" => {
            c.pix = match plier(dit).as_str() {
                "" => None,
                "oui" | "o" | "x" => Some(true),
                "non" | "n" => Some(false),
                _ => {
                    return Err(format!(
                        "«\u{a0}{}\u{a0}» ne se lit pas. Pour PIX, écrivez OUI ou NON.",
                        debut(dit)
                    ));
                }
            };
        }
        _ => {}
    }
    Ok(())
}

fn candidat(c: &mut Candidat, code: &str, dit: &str) -> Result<(), String> {
    match code {
        "naissance" if dit.trim().is_empty() => c.naissance = None,
        "naissance" => {
            let lue = date::lire(dit).filter(|d| (1930..=2100).contains(&d.year()));
            let refus = || {
                format!(
                    "«\u{a0}{}\u{a0}» n’est pas une date de naissance. Écrivez-la jj/mm/aaaa.",
                    debut(dit)
                )
            };
            c.naissance = Some(lue.ok_or_else(refus)?);
        }
        "lieu" => c.lieu = nombre::texte(dit, LIEU_MAX)?,
        "langue" => c.langue = nombre::texte(dit, LANGUE_MAX)?,
        "ine" => {
            if nombre::nir(dit) {
                return Err(nombre::NIR.to_owned());
            }
            let lu: String = dit.split_whitespace().collect::<String>().to_uppercase();
            let juste =
                lu.len() == 11 && lu.bytes().all(|o| o.is_ascii_digit() || o.is_ascii_uppercase());
            if !lu.is_empty() && !juste {
                return Err(
                    "Un INE compte 11 chiffres ou lettres. Recopiez-le du certificat de scolarité, ou laissez la case vide."
                        .into(),
                );
            }
            c.ine = Some(lu).filter(|l| !l.is_empty());
        }
        _ => {}
    }
    Ok(())
}

/// The beginning of what was typed, to be said back.
fn debut(dit: &str) -> String {
    dit.trim().chars().take(30).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modele() -> &'static Modele {
        Modele::de("NDRC-2018", 2027).unwrap()
    }

    fn cases(dites: &[(&str, &str)]) -> Cases {
        dites.iter().map(|(c, d)| ((*c).to_owned(), (*d).to_owned())).collect()
    }

    #[test]
    fn what_is_shown_is_what_is_read() {
        let avis = Some("favorable".to_owned());
        for valeur in [
            Valeur::Bulletin(Bulletin {
                moyennes: [Some(1250), None, Some(0), None, Some(2000), None],
                appreciation: "Bien =1+1".into(),
            }),
            Valeur::Conseil(Conseil {
                avis,
                observations: "«\u{a0}oui\u{a0}»".into(),
                pix: Some(false),
            }),
            Valeur::Candidat(Candidat {
                naissance: date::lire("03/10/2006"),
                lieu: "Saint-Denis".into(),
                ine: Some("0123456789A".into()),
                langue: "Anglais".into(),
            }),
        ] {
            assert_eq!(lire(modele(), &valeur, &Cases::new()), Ok(valeur.clone()), "nothing typed");
            let relue = lire(modele(), &valeur, &dire(&valeur)).unwrap();
            let espaces = |v: &Valeur| format!("{v:?}").replace("\\u{a0}", " ");
            assert_eq!(espaces(&relue), espaces(&valeur));
        }
    }

    #[test]
    fn what_cannot_be_read_is_said_of_its_cell() {
        let vide = Valeur::Bulletin(Bulletin::default());
        let long = "é".repeat(201);
        let fautes = lire(
            modele(),
            &vide,
            &cases(&[("11", "abs"), ("21", "20,5"), ("22", "9"), ("appreciation", &long)]),
        )
        .unwrap_err();
        let codes: Vec<&str> = fautes.iter().map(|f| f.0.as_str()).collect();
        assert_eq!(codes, ["11", "21", "appreciation"]);
        assert!(fautes[2].1.contains("201 caractères\u{a0}: 200 au plus"), "{}", fautes[2].1);
        for (code, dit) in [
            ("naissance", "31/02/2006"),
            ("naissance", "demain"),
            ("ine", "012345678"),
            ("ine", "1 06 12 75 108 123 45"),
            ("lieu", "1061275108123"),
        ] {
            let vide = Valeur::Candidat(Candidat::default());
            assert!(lire(modele(), &vide, &cases(&[(code, dit)])).is_err(), "{code} {dit}");
        }
        let vide = Valeur::Conseil(Conseil::default());
        assert!(lire(modele(), &vide, &cases(&[("avis", "Réservé")])).is_err());
        assert!(lire(modele(), &vide, &cases(&[("pix", "peut-être")])).is_err());
        let lue = lire(modele(), &vide, &cases(&[("avis", "TF"), ("pix", "OUI")])).unwrap();
        let avis = Some("tres_favorable".to_owned());
        assert_eq!(
            lue,
            Valeur::Conseil(Conseil { avis, observations: String::new(), pix: Some(true) })
        );
    }
}
