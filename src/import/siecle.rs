//! What the school's two official exports say: pupils (SIECLE, `ElevesSansAdresses.xml`) and teachers (STS-web,
//! `sts_emp_*.xml`). Both become rows of a table, so that everything after is the same for every source.
use std::collections::{BTreeMap, BTreeSet};

use super::{
    Ligne, Lu, Quoi, Source,
    balise::{Balise, parcourir, racine},
    champ::Champ,
    refus, tableau,
};

/// What a file says of itself.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Entete {
    pub uai: String,
    /// The year in which the school year begins.
    pub annee: String,
}

/// Reads an XML file, once its outermost element says which one it is.
///
/// # Errors
/// In French: the file that it is, and the one that is wanted.
pub fn lire(texte: &str, quoi: Quoi) -> Result<(Lu, Entete), String> {
    match (racine(texte)?.as_str(), quoi) {
        ("BEE_ELEVES", Quoi::Etudiant) => eleves(texte),
        ("STS_EDT", Quoi::Enseignant) => individus(texte),
        ("BEE_ELEVES", Quoi::Enseignant) => Err(refus::ELEVES_POUR_ENSEIGNANTS.into()),
        ("STS_EDT", Quoi::Etudiant) => Err(refus::STS_POUR_ETUDIANTS.into()),
        (autre, quoi) => Err(refus::autre_xml(autre, quoi)),
    }
}

/// The first value of an attribute.
fn attribut<'a>(attributs: &'a [(String, String)], nom: &str) -> &'a str {
    attributs.iter().find(|a| a.0 == nom).map_or("", |a| a.1.as_str())
}

/// The last names of a path.
fn dans(chemin: &[String], fin: &[&str]) -> bool {
    chemin.len() >= fin.len()
        && chemin[chemin.len() - fin.len()..].iter().zip(fin).all(|(a, b)| a == b)
}

/// What is read of a pupil, and nothing else.
const LUS: [&str; 7] =
    ["ID_NATIONAL", "NOM_DE_FAMILLE", "NOM", "NOM_USAGE", "PRENOM", "DATE_NAISS", "DATE_SORTIE"];

#[derive(Default)]
struct Eleve {
    id: String,
    dits: BTreeMap<String, String>,
}

impl Eleve {
    fn dit(&self, nom: &str) -> &str {
        self.dits.get(nom).map_or("", String::as_str)
    }
}

/// What has been heard of an export of pupils.
#[derive(Default)]
struct Eleves {
    entete: Entete,
    tous: Vec<Eleve>,
    /// Those who left the school.
    sortis: i64,
    eleve: Eleve,
    /// Whose structures are being said.
    qui: String,
    code: String,
    genre: String,
    /// Divisions, then groups, by pupil.
    classes: BTreeMap<String, [BTreeSet<String>; 2]>,
}

impl Eleves {
    fn entendre(&mut self, chemin: &[String], balise: &Balise<'_>) {
        match *balise {
            Balise::Debut("ELEVE", a) => {
                self.eleve = Eleve { id: attribut(a, "ELEVE_ID").to_owned(), ..Eleve::default() };
            }
            Balise::Debut("STRUCTURES_ELEVE", a) => {
                attribut(a, "ELEVE_ID").clone_into(&mut self.qui);
            }
            Balise::Fin("ELEVE", _) => {
                let eleve = std::mem::take(&mut self.eleve);
                if eleve.dit("DATE_SORTIE").is_empty() {
                    self.tous.push(eleve);
                } else {
                    self.sortis += 1;
                }
            }
            Balise::Fin("UAJ", dit) if dans(chemin, &["PARAMETRES"]) => {
                dit.clone_into(&mut self.entete.uai);
            }
            Balise::Fin("ANNEE_SCOLAIRE", dit) if dans(chemin, &["PARAMETRES"]) => {
                dit.clone_into(&mut self.entete.annee);
            }
            Balise::Fin(nom, dit)
                if dans(chemin, &["ELEVES", "ELEVE"]) && LUS.contains(&nom) && !dit.is_empty() =>
            {
                self.eleve.dits.insert(nom.to_owned(), dit.to_owned());
            }
            Balise::Fin("CODE_STRUCTURE", dit) => dit.clone_into(&mut self.code),
            Balise::Fin("TYPE_STRUCTURE", dit) => dit.clone_into(&mut self.genre),
            Balise::Fin("STRUCTURE", _) => self.placer(),
            _ => {}
        }
    }

    fn placer(&mut self) {
        let (code, genre) = (std::mem::take(&mut self.code), std::mem::take(&mut self.genre));
        let rang = match genre.as_str() {
            "D" => 0,
            "G" => 1,
            _ => return,
        };
        if code != "Inactifs" && !code.is_empty() {
            self.classes.entry(self.qui.clone()).or_default()[rang].insert(code);
        }
    }

    fn siennes(&self, eleve: &Eleve, rang: usize) -> String {
        self.classes.get(&eleve.id).map(|c| joindre(&c[rang])).unwrap_or_default()
    }
}

fn eleves(texte: &str) -> Result<(Lu, Entete), String> {
    let mut lus = Eleves::default();
    parcourir(texte, |chemin, balise| {
        lus.entendre(chemin, &balise);
        Ok(())
    })?;
    if lus.tous.is_empty() {
        return Err(refus::AUCUN_ELEVE.into());
    }
    if lus.classes.values().all(|c| c[0].is_empty()) {
        return Err(refus::SANS_DIVISION.into());
    }
    let champs = [
        Champ::IdExterne,
        Champ::Ine,
        Champ::Nom,
        Champ::NomUsage,
        Champ::Prenom,
        Champ::Naissance,
        Champ::Classe,
        Champ::Groupe,
    ];
    let mut lu = Lu::new(Source::Siecle, &champs);
    for (rang, e) in (1..).zip(&lus.tous) {
        // Older exports have another name for it.
        let nom = if e.dit("NOM_DE_FAMILLE").is_empty() { "NOM" } else { "NOM_DE_FAMILLE" };
        let (divisions, groupes) = (lus.siennes(e, 0), lus.siennes(e, 1));
        let dits = ["ID_NATIONAL", nom, "NOM_USAGE", "PRENOM", "DATE_NAISS"].map(|n| e.dit(n));
        let ou = [divisions.as_str(), groupes.as_str()];
        let cases = std::iter::once(e.id.as_str()).chain(dits).chain(ou);
        tableau::garder(&mut lu.lignes, rang, cases)?;
    }
    if lus.sortis > 0 {
        let sortis = crate::date::nombre(lus.sortis, "personne a", "personnes ont");
        lu.avis.push(format!(
            "{sortis} quitté l’établissement d’après ce fichier\u{a0}: laissé de côté."
        ));
    }
    Ok((lu, lus.entete))
}

fn joindre(codes: &BTreeSet<String>) -> String {
    codes.iter().map(String::as_str).collect::<Vec<_>>().join("|")
}

#[derive(Default)]
struct Individu {
    cle: String,
    dits: BTreeMap<String, String>,
    divisions: BTreeSet<String>,
}

impl Individu {
    fn dit(&self, nom: &str) -> &str {
        self.dits.get(nom).map_or("", String::as_str)
    }

    /// Her usual name; the other one when she has none.
    fn nom(&self) -> &str {
        if self.dit("NOM_USAGE").is_empty() {
            self.dit("NOM_PATRONYMIQUE")
        } else {
            self.dit("NOM_USAGE")
        }
    }

    fn civilite(&self) -> &'static str {
        match self.dit("CIVILITE") {
            "1" => "M.",
            "2" | "3" => "Mme",
            _ => "",
        }
    }
}

/// A number is somebody's only beside its kind.
fn cle(a: &[(String, String)]) -> String {
    format!("{}:{}", attribut(a, "TYPE"), attribut(a, "ID"))
}

/// What has been heard of an export of teachers.
#[derive(Default)]
struct Individus {
    entete: Entete,
    tous: Vec<Individu>,
    individu: Individu,
    /// The division being said, or those that a group comes from; and who serves there.
    ici: BTreeSet<String>,
    la: Vec<String>,
    services: BTreeMap<String, BTreeSet<String>>,
}

/// What is read of a teacher, and nothing else.
const DITS: [&str; 5] = ["CIVILITE", "NOM_USAGE", "NOM_PATRONYMIQUE", "PRENOM", "FONCTION"];

impl Individus {
    fn entendre(&mut self, chemin: &[String], balise: &Balise<'_>) {
        match *balise {
            Balise::Debut("UAJ", a) if self.entete.uai.is_empty() => {
                attribut(a, "CODE").clone_into(&mut self.entete.uai);
            }
            Balise::Debut("ANNEE_SCOLAIRE", a) if self.entete.annee.is_empty() => {
                attribut(a, "ANNEE").clone_into(&mut self.entete.annee);
            }
            Balise::Debut("INDIVIDU", a) => {
                self.individu = Individu { cle: cle(a), ..Individu::default() };
            }
            Balise::Fin("INDIVIDU", _) => self.tous.push(std::mem::take(&mut self.individu)),
            Balise::Fin("CODE_STRUCTURE", dit) if dans(chemin, &["PROFS_PRINC", "PROF_PRINC"]) => {
                self.individu.divisions.insert(dit.to_owned());
            }
            Balise::Fin(nom, dit)
                if dans(chemin, &["INDIVIDUS", "INDIVIDU"]) && DITS.contains(&nom) =>
            {
                self.individu.dits.insert(nom.to_owned(), dit.to_owned());
            }
            Balise::Debut("DIVISION", a) => {
                (self.ici, self.la) = ([attribut(a, "CODE").to_owned()].into(), vec![]);
            }
            Balise::Debut("GROUPE", _) => (self.ici, self.la) = (BTreeSet::new(), vec![]),
            Balise::Debut("DIVISION_APPARTENANCE", a) => {
                self.ici.insert(attribut(a, "CODE").to_owned());
            }
            Balise::Debut("ENSEIGNANT", a) => self.la.push(cle(a)),
            Balise::Fin("DIVISION" | "GROUPE", _) => {
                for qui in std::mem::take(&mut self.la) {
                    self.services.entry(qui).or_default().extend(self.ici.iter().cloned());
                }
            }
            _ => {}
        }
    }
}

fn individus(texte: &str) -> Result<(Lu, Entete), String> {
    let mut lus = Individus::default();
    parcourir(texte, |chemin, balise| {
        lus.entendre(chemin, &balise);
        Ok(())
    })?;
    let champs = [Champ::IdExterne, Champ::Civilite, Champ::Nom, Champ::Prenom, Champ::Classe];
    let mut lu = Lu::new(Source::Sts, &champs);
    for (rang, mut qui) in (1..).zip(lus.tous) {
        qui.divisions.extend(lus.services.remove(&qui.cle).unwrap_or_default());
        // Somebody added by hand has no function said.
        if ["", "ENS"].contains(&qui.dit("FONCTION")) && !qui.nom().is_empty() {
            let ou = joindre(&qui.divisions);
            let cases = [qui.cle.as_str(), qui.civilite(), qui.nom(), qui.dit("PRENOM"), &ou];
            tableau::garder(&mut lu.lignes, rang, cases.into_iter())?;
        }
    }
    match lu.lignes.as_slice() {
        [] => Err(refus::AUCUN_ENSEIGNANT.into()),
        lignes if lignes.iter().all(|l: &Ligne| l.cases[4].is_empty()) => {
            Err(refus::SANS_SERVICE.into())
        }
        _ => Ok((lu, lus.entete)),
    }
}
