//! What a filled workbook says: headings found by name, students by name. Nothing is guessed, and nothing is written here.
//! Its formulas are never run: a cell is what it showed when the file was kept.
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    Rubrique, Scolaire, Valeur,
    cellules::Feuille,
    forme::{self, Cases, Colonne},
    nombre::{NIR, nir, plier},
};
use crate::etudiant::Etudiant;

/// What a file says of a rubrique of a student, and the version that stood when it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouvee {
    pub rubrique: Rubrique,
    pub etudiant_id: i64,
    pub cases: Cases,
    pub version: i64,
}

/// A cell that a file would change.
#[derive(Debug, Clone)]
pub struct Changement {
    pub etudiant: String,
    pub rubrique: String,
    pub colonne: String,
    /// Empty when nothing was said.
    pub avant: String,
    pub apres: String,
}

/// What was found in a file, and what could not be used of it.
#[derive(Debug, Clone, Default)]
pub struct Lu {
    pub trouvees: Vec<Trouvee>,
    pub changements: Vec<Changement>,
    /// Cells that say what is said already.
    pub memes: usize,
    /// Names of the file that nobody of the promotion has.
    pub inconnus: BTreeSet<String>,
    /// Names that several have, here or in the file.
    pub homonymes: BTreeSet<String>,
    /// Cells that cannot be read.
    pub fautes: Vec<String>,
    /// Columns that were recognised.
    pub colonnes: usize,
}

impl Lu {
    pub fn nouveaux(&self) -> usize {
        self.changements.iter().filter(|c| c.avant.is_empty()).count()
    }

    pub fn changes(&self) -> usize {
        self.changements.len() - self.nouveaux()
    }
}

/// Rows above the names where a heading of several columns may be.
const TITRES: u32 = 3;

/// Whose row it is: surname, then first name.
fn cle(nom: &str, prenom: &str) -> String {
    format!("{}|{}", plier(nom), plier(prenom))
}

/// The students of the promotion by name: those who share one are told apart by nobody.
struct Noms<'a> {
    siens: BTreeMap<String, Vec<&'a Etudiant>>,
}

impl<'a> Noms<'a> {
    fn new(scolaire: &'a Scolaire) -> Self {
        let mut siens: BTreeMap<String, Vec<&Etudiant>> = BTreeMap::new();
        for e in &scolaire.etudiants {
            siens.entry(cle(&e.nom, &e.prenom)).or_default().push(e);
        }
        Self { siens }
    }
}

/// Where the names are: the row of the headings, the columns of surname and first name.
fn noms(feuille: &Feuille) -> Option<(u32, u32, u32)> {
    let est = |texte: &str, noms: &[&str]| noms.contains(&plier(texte).as_str());
    feuille.lignes().find_map(|(rang, cases)| {
        let ou = |voulus: &[&str]| {
            cases.iter().find(|(_, t)| est(t, voulus)).map(|(colonne, _)| *colonne)
        };
        let nom = ou(&["nom", "noms", "nom de famille", "nom du candidat"])?;
        Some((rang, nom, ou(&["prenom", "prenoms", "prenom du candidat"])?))
    })
}

/// The year, from 0, that a heading speaks of.
fn annee(texte: &str, session: i32) -> Option<usize> {
    let texte = format!(" {} ", plier(texte));
    let dit = |mots: &[&str]| mots.iter().any(|m| texte.contains(&format!(" {m} ")));
    let an = |a: i32| texte.contains(&format!(" {a} "));
    if dit(&["1re annee", "1ere annee", "premiere annee", "annee 1", "a1"]) || an(session - 1) {
        Some(0)
    } else if dit(&[
        "2e annee",
        "2eme annee",
        "2nde annee",
        "seconde annee",
        "deuxieme annee",
        "annee 2",
        "a2",
    ]) || an(session)
    {
        Some(1)
    } else {
        None
    }
}

/// The period, from 0, that a heading speaks of.
fn periode(texte: &str) -> Option<usize> {
    let texte = plier(texte);
    let mots: Vec<&str> = texte.split(' ').collect();
    let rang = |mot: &str| match mot.trim_end_matches(['e', 'r', 'm']) {
        "1" => Some(0),
        "2" => Some(1),
        "3" => Some(2),
        _ => None,
    };
    mots.iter().enumerate().find_map(|(n, mot)| match *mot {
        "semestre" | "trimestre" | "sem" | "trim" => {
            let avant = n.checked_sub(1).and_then(|i| rang(mots[i]));
            avant.or_else(|| mots.get(n + 1).and_then(|m| rang(m)))
        }
        "s1" | "t1" => Some(0),
        "s2" | "t2" => Some(1),
        "t3" => Some(2),
        _ => None,
    })
}

/// What a column is of: the rubrique and the code of its column. The INSEE number is of nothing.
fn colonne(s: &Scolaire, feuille: &Feuille, (rang, n): (u32, u32)) -> Option<(Rubrique, String)> {
    let propre = feuille.texte(rang, n);
    let mots = plier(propre);
    let fixe = |code: &str| Some(code.to_owned());
    match mots.as_str() {
        "" => return None,
        m if m.contains("insee") || m.contains("securite sociale") => return None,
        m if m == "avis" || m.starts_with("avis du conseil") => {
            return Some((Rubrique::Conseil, fixe("avis")?));
        }
        m if m.contains("observation") => return Some((Rubrique::Conseil, fixe("observations")?)),
        m if m.contains("pix") => return Some((Rubrique::Conseil, fixe("pix")?)),
        "date de naissance" | "naissance" | "ne e le" => {
            return Some((Rubrique::Candidat, fixe("naissance")?));
        }
        "lieu de naissance" => return Some((Rubrique::Candidat, fixe("lieu")?)),
        "ine" => return Some((Rubrique::Candidat, fixe("ine")?)),
        "langue vivante" | "langue" => return Some((Rubrique::Candidat, fixe("langue")?)),
        _ => {}
    }
    let dessus: Vec<&str> = (1..=TITRES.min(rang)).map(|k| feuille.a_gauche(rang - k, n)).collect();
    let titres = || std::iter::once(propre).chain(dessus.iter().copied());
    let enseignement =
        titres().find_map(|t| s.modele.enseignements.iter().find(|e| !t.is_empty() && e.dit(t)))?;
    let rubrique = Rubrique::Enseignement(enseignement.code.clone());
    if mots.contains("appreciation") {
        return Some((rubrique, fixe("appreciation")?));
    }
    let an = titres().find_map(|t| annee(t, s.session))?;
    let n = periode(propre)?;
    Some((rubrique, format!("{}{}", an + 1, n + 1)))
}

/// What the sheets of a workbook say of the students of a promotion.
pub fn lire(scolaire: &Scolaire, feuilles: &[Feuille]) -> Lu {
    let mut lu = Lu::default();
    let connus = Noms::new(scolaire);
    let mut trouves: BTreeMap<(Rubrique, i64), Cases> = BTreeMap::new();
    for feuille in feuilles {
        let Some((rang, nom, prenom)) = noms(feuille) else { continue };
        let colonnes: Vec<(u32, Rubrique, String)> = feuille
            .colonnes(rang)
            .filter(|n| ![nom, prenom].contains(n))
            .filter_map(|n| colonne(scolaire, feuille, (rang, n)).map(|(r, c)| (n, r, c)))
            .collect();
        if colonnes.is_empty() {
            continue;
        }
        lu.colonnes += colonnes.len();
        let rangs: Vec<u32> = feuille.lignes().map(|l| l.0).filter(|r| *r > rang).collect();
        let mut vus: BTreeMap<String, usize> = BTreeMap::new();
        let sienne = |r: u32| cle(feuille.texte(r, nom), feuille.texte(r, prenom));
        for r in &rangs {
            *vus.entry(sienne(*r)).or_default() += 1;
        }
        for r in rangs {
            let dit = format!("{} {}", feuille.texte(r, nom), feuille.texte(r, prenom));
            let dit: String = dit.trim().chars().take(120).collect();
            if dit.is_empty() {
                continue;
            }
            match connus.siens.get(&sienne(r)).map(Vec::as_slice) {
                _ if vus[&sienne(r)] > 1 => _ = lu.homonymes.insert(dit),
                Some([elle]) => {
                    let ou = (&mut trouves, &mut lu);
                    prendre(scolaire, feuille, (r, elle), &colonnes, ou);
                }
                Some(_) => _ = lu.homonymes.insert(dit),
                None => _ = lu.inconnus.insert(dit),
            }
        }
    }
    comparer(scolaire, trouves, &mut lu);
    lu
}

/// The cells of a row that say something.
fn prendre(
    scolaire: &Scolaire,
    feuille: &Feuille,
    (rang, elle): (u32, &Etudiant),
    colonnes: &[(u32, Rubrique, String)],
    (trouves, lu): (&mut BTreeMap<(Rubrique, i64), Cases>, &mut Lu),
) {
    for (n, rubrique, code) in colonnes {
        let dit = feuille.texte(rang, *n).trim();
        if dit.is_empty() {
            continue;
        }
        let titre = feuille.texte_du_titre(*n);
        let ou = format!("{}, {} ({titre})", elle.liste(), rubrique.code());
        let periodes = scolaire.decoupage.periodes();
        if forme::rang(code).is_some_and(|(_, p)| p >= periodes) {
            lu.fautes.push(format!(
                "{ou}\u{a0}: l’année compte ici {periodes} périodes. Changez le découpage si besoin."
            ));
        } else if nir(dit) {
            lu.fautes.push(format!("{ou}\u{a0}: {NIR}"));
        } else {
            let siennes = trouves.entry((rubrique.clone(), elle.id())).or_default();
            match siennes.insert(code.clone(), dit.to_owned()) {
                Some(avant) if avant != dit => {
                    siennes.remove(code);
                    lu.fautes.push(format!(
                        "{ou}\u{a0}: le classeur dit deux choses, «\u{a0}{avant}\u{a0}» et «\u{a0}{dit}\u{a0}»."
                    ));
                }
                _ => {}
            }
        }
    }
}

/// What would change: cell by cell. What cannot be read is said and left out.
fn comparer(scolaire: &Scolaire, trouves: BTreeMap<(Rubrique, i64), Cases>, lu: &mut Lu) {
    for ((rubrique, etudiant_id), mut cases) in trouves {
        let Some(elle) = scolaire.etudiants.iter().find(|e| e.id() == etudiant_id) else {
            continue;
        };
        let base = scolaire.valeur(&rubrique, etudiant_id);
        let colonnes = forme::colonnes(scolaire.modele, scolaire.decoupage, &rubrique);
        if let Err(fautes) = forme::lire(scolaire.modele, &base, &cases) {
            for (code, message) in fautes {
                cases.remove(&code);
                let titre = colonnes.iter().find(|c| c.code == code).map_or("", |c| &c.titre);
                lu.fautes.push(format!(
                    "{}, {} ({titre})\u{a0}: {message}",
                    elle.liste(),
                    rubrique.code()
                ));
            }
        }
        let Ok(valeur) = forme::lire(scolaire.modele, &base, &cases) else { continue };
        let siens = changements((&base, &valeur), &cases, &colonnes);
        lu.memes += cases.len() - siens.len();
        if siens.is_empty() {
            continue;
        }
        let (etudiant, nom) = (elle.liste(), rubrique.intitule(scolaire.modele));
        lu.changements.extend(siens.into_iter().map(|(colonne, avant, apres)| Changement {
            etudiant: etudiant.clone(),
            rubrique: nom.clone(),
            colonne,
            avant,
            apres,
        }));
        let version = scolaire.lue(&rubrique, etudiant_id);
        lu.trouvees.push(Trouvee { rubrique, etudiant_id, cases, version });
    }
}

/// Column, before, after: of the cells that change.
fn changements(
    (base, valeur): (&Valeur, &Valeur),
    cases: &Cases,
    colonnes: &[Colonne],
) -> Vec<(String, String, String)> {
    let (avant, apres) = (forme::dire(base), forme::dire(valeur));
    let un = |c: &Colonne| {
        cases.get(&c.code)?;
        let (a, b) = (avant.get(&c.code)?, apres.get(&c.code)?);
        (a != b).then(|| (c.titre.clone(), forme::montrer(c, a), forme::montrer(c, b)))
    };
    colonnes.iter().filter_map(un).collect()
}

/// What was shown, sent back to be written: read again over what stands now.
pub fn reprendre(scolaire: &Scolaire, gardees: Vec<Trouvee>) -> Lu {
    let mut lu = Lu::default();
    let versions: BTreeMap<(Rubrique, i64), i64> =
        gardees.iter().map(|t| ((t.rubrique.clone(), t.etudiant_id), t.version)).collect();
    let connue = |r: &Rubrique| scolaire.rubriques().contains(r);
    let trouves = gardees.into_iter().filter(|t| connue(&t.rubrique));
    let trouves = trouves.map(|t| ((t.rubrique, t.etudiant_id), t.cases)).collect();
    comparer(scolaire, trouves, &mut lu);
    for t in &mut lu.trouvees {
        let lue = versions.get(&(t.rubrique.clone(), t.etudiant_id));
        t.version = lue.copied().unwrap_or(-1);
    }
    lu
}
