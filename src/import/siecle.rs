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

#[derive(Default)]
struct Eleve {
    id: String,
    dits: BTreeMap<String, String>,
}

/// What is read of a pupil, and nothing else.
const LUS: [&str; 7] =
    ["ID_NATIONAL", "NOM_DE_FAMILLE", "NOM", "NOM_USAGE", "PRENOM", "DATE_NAISS", "DATE_SORTIE"];

fn eleves(texte: &str) -> Result<(Lu, Entete), String> {
    let (mut entete, mut tous, mut sortis) = (Entete::default(), vec![], 0_usize);
    let (mut eleve, mut qui, mut structure) =
        (Eleve::default(), String::new(), (String::new(), String::new()));
    let mut classes: BTreeMap<String, [BTreeSet<String>; 2]> = BTreeMap::new();
    parcourir(texte, |chemin, balise| {
        match balise {
            Balise::Debut("ELEVE", a) => {
                eleve = Eleve { id: attribut(a, "ELEVE_ID").to_owned(), ..Eleve::default() };
            }
            Balise::Debut("STRUCTURES_ELEVE", a) => qui = attribut(a, "ELEVE_ID").to_owned(),
            Balise::Debut("STRUCTURE", _) => structure = (String::new(), String::new()),
            Balise::Fin("ELEVE", _) => {
                let eleve = std::mem::take(&mut eleve);
                if eleve.dits.contains_key("DATE_SORTIE") {
                    sortis += 1; // left the school
                } else {
                    tous.push(eleve);
                }
            }
            Balise::Fin("UAJ", dit) if dans(chemin, &["PARAMETRES"]) => entete.uai = dit.to_owned(),
            Balise::Fin("ANNEE_SCOLAIRE", dit) if dans(chemin, &["PARAMETRES"]) => {
                entete.annee = dit.to_owned();
            }
            Balise::Fin(nom, dit) if dans(chemin, &["ELEVES", "ELEVE"]) => {
                if LUS.contains(&nom) && !dit.is_empty() {
                    eleve.dits.insert(nom.to_owned(), dit.to_owned());
                }
            }
            Balise::Fin("CODE_STRUCTURE", dit) => structure.0 = dit.to_owned(),
            Balise::Fin("TYPE_STRUCTURE", dit) => structure.1 = dit.to_owned(),
            Balise::Fin("STRUCTURE", _) => {
                let (code, genre) = std::mem::take(&mut structure);
                let rang = match genre.as_str() {
                    "D" => 0,
                    "G" => 1,
                    _ => return Ok(()),
                };
                if code != "Inactifs" {
                    classes.entry(qui.clone()).or_default()[rang].insert(code);
                }
            }
            _ => {}
        }
        Ok(())
    })?;
    if tous.is_empty() {
        return Err(refus::AUCUN_ELEVE.into());
    }
    if classes.values().all(|c| c[0].is_empty()) {
        return Err(refus::SANS_DIVISION.into());
    }
    let mut lu = Lu::new(
        Source::Siecle,
        &[
            Champ::IdExterne,
            Champ::Ine,
            Champ::Nom,
            Champ::NomUsage,
            Champ::Prenom,
            Champ::Naissance,
            Champ::Classe,
            Champ::Groupe,
        ],
    );
    for (rang, eleve) in (1..).zip(tous) {
        let dit = |nom: &str| eleve.dits.get(nom).map_or("", String::as_str);
        let nom = if dit("NOM_DE_FAMILLE").is_empty() { dit("NOM") } else { dit("NOM_DE_FAMILLE") };
        let siennes = |k: usize| classes.get(&eleve.id).map(|c| joindre(&c[k])).unwrap_or_default();
        let (division, groupes) = (siennes(0), siennes(1));
        let cases = [
            &eleve.id,
            dit("ID_NATIONAL"),
            nom,
            dit("NOM_USAGE"),
            dit("PRENOM"),
            dit("DATE_NAISS"),
            &division,
            &groupes,
        ];
        tableau::garder(&mut lu.lignes, rang, cases.into_iter())?;
    }
    if sortis > 0 {
        let sortis = crate::date::nombre(
            i64::try_from(sortis).unwrap_or(i64::MAX),
            "personne a",
            "personnes ont",
        );
        lu.avis.push(format!(
            "{sortis} quitté l’établissement d’après ce fichier\u{a0}: laissé de côté."
        ));
    }
    Ok((lu, entete))
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

fn individus(texte: &str) -> Result<(Lu, Entete), String> {
    let (mut entete, mut tous): (Entete, Vec<Individu>) = (Entete::default(), vec![]);
    let mut individu = Individu::default();
    let cle = |a: &[(String, String)]| format!("{}:{}", attribut(a, "TYPE"), attribut(a, "ID"));
    // Who serves where: a division, or a group and the divisions that it comes from.
    let mut services: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let (mut ici, mut la): (BTreeSet<String>, Vec<String>) = (BTreeSet::new(), vec![]);
    parcourir(texte, |chemin, balise| {
        match balise {
            Balise::Debut("UAJ", a) if entete.uai.is_empty() => {
                entete.uai = attribut(a, "CODE").to_owned()
            }
            Balise::Debut("ANNEE_SCOLAIRE", a) if entete.annee.is_empty() => {
                entete.annee = attribut(a, "ANNEE").to_owned();
            }
            Balise::Debut("INDIVIDU", a) => {
                individu = Individu { cle: cle(a), ..Individu::default() }
            }
            Balise::Fin("INDIVIDU", _) => tous.push(std::mem::take(&mut individu)),
            Balise::Fin("CODE_STRUCTURE", dit) if dans(chemin, &["PROFS_PRINC", "PROF_PRINC"]) => {
                individu.divisions.insert(dit.to_owned());
            }
            Balise::Fin(nom, dit) if dans(chemin, &["INDIVIDUS", "INDIVIDU"]) => {
                if ["CIVILITE", "NOM_USAGE", "NOM_PATRONYMIQUE", "PRENOM", "FONCTION"]
                    .contains(&nom)
                {
                    individu.dits.insert(nom.to_owned(), dit.to_owned());
                }
            }
            Balise::Debut("DIVISION", a) => {
                (ici, la) = ([attribut(a, "CODE").to_owned()].into(), vec![])
            }
            Balise::Debut("GROUPE", _) => (ici, la) = (BTreeSet::new(), vec![]),
            Balise::Debut("DIVISION_APPARTENANCE", a) => {
                _ = ici.insert(attribut(a, "CODE").to_owned())
            }
            Balise::Debut("ENSEIGNANT", a) => la.push(cle(a)),
            Balise::Fin("DIVISION" | "GROUPE", _) => {
                for qui in std::mem::take(&mut la) {
                    services.entry(qui).or_default().extend(ici.iter().cloned());
                }
            }
            _ => {}
        }
        Ok(())
    })?;
    let mut lu = Lu::new(
        Source::Sts,
        &[Champ::IdExterne, Champ::Civilite, Champ::Nom, Champ::Prenom, Champ::Classe],
    );
    for (rang, mut qui) in (1..).zip(tous) {
        let dit = |nom: &str| qui.dits.get(nom).map_or("", String::as_str);
        if !["", "ENS"].contains(&dit("FONCTION")) {
            continue;
        }
        let nom =
            if dit("NOM_USAGE").is_empty() { dit("NOM_PATRONYMIQUE") } else { dit("NOM_USAGE") }
                .to_owned();
        let civilite = match dit("CIVILITE") {
            "1" => "M.",
            "2" | "3" => "Mme",
            _ => "",
        };
        let prenom = dit("PRENOM").to_owned();
        qui.divisions.extend(services.remove(&qui.cle).unwrap_or_default());
        let ou = joindre(&qui.divisions);
        if !nom.is_empty() {
            let cases = [qui.cle.as_str(), civilite, &nom, &prenom, &ou];
            tableau::garder(&mut lu.lignes, rang, cases.into_iter())?;
        }
    }
    match lu.lignes.as_slice() {
        [] => Err(refus::AUCUN_ENSEIGNANT.into()),
        lignes if lignes.iter().all(|l: &Ligne| l.cases[4].is_empty()) => {
            Err(refus::SANS_SERVICE.into())
        }
        _ => Ok((lu, entete)),
    }
}
