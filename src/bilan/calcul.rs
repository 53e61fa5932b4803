//! Where a student stood at the beginning of a period and at its end, and the class from its students: no database here.
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use time::Date;

use super::Periode;
use crate::{
    referentiel::{self, Edition},
    regle::{self, Fait, Regle},
    situation::CONTEXTES,
};

/// One line of the class at the end of the period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Repartition {
    code: String,
    intitule: String,
    /// How many students stand at each level of the scale, lowest first.
    comptes: Vec<usize>,
    jamais: usize,
    /// Levels given in the period.
    donnes: usize,
}

/// The page of a student.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Page {
    pub(super) nom: String,
    pub(super) prenom: String,
    pub(super) blocs: Vec<Volet>,
    pub(super) preuves: i64,
    pub(super) reponses: i64,
    pub(super) jamais: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Volet {
    code: String,
    intitule: String,
    competences: Vec<Groupe>,
}

/// A compétence and its lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Groupe {
    code: String,
    intitule: String,
    lignes: Vec<Ligne>,
}

impl Volet {
    pub(super) fn lignes(&self) -> impl Iterator<Item = &Ligne> {
        self.competences.iter().flat_map(|c| &c.lignes)
    }

    pub(super) fn lignes_mut(&mut self) -> impl Iterator<Item = &mut Ligne> {
        self.competences.iter_mut().flat_map(|c| &mut c.lignes)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Ligne {
    pub(super) code: String,
    intitule: String,
    avant: Option<String>,
    pub(super) apres: Option<String>,
    pub(super) arrete: Option<String>,
    /// « nouveau », « en hausse », « en baisse », or nothing.
    evolution: &'static str,
    /// Of the period.
    situations: usize,
    /// Their codes, as the document words them.
    contextes: Vec<String>,
}

/// One line of a student: what the rule proposed the day before the period, then on its last day.
fn ligne(
    edition: &Edition,
    regle: Regle,
    (code, intitule): (&str, &str),
    faits: &[&Fait],
    periode: Periode,
) -> Ligne {
    let a = |jour: &dyn Fn(Date) -> bool| {
        let connus: Vec<&Fait> = faits.iter().copied().filter(|f| jour(f.vecu_le)).collect();
        regle::proposer(regle, &edition.niveaux, &connus)
    };
    let (avant, apres) = (a(&|le| le < periode.du), a(&|le| le <= periode.au));
    let reel = |f: &&&Fait| edition.niveau_reel(&f.niveau).is_some();
    let dedans = |f: &&&Fait| periode.du <= f.vecu_le && f.vecu_le <= periode.au;
    let vus: Vec<&&Fait> = faits.iter().filter(dedans).filter(reel).collect();
    let rang = |p: &Option<regle::Proposition>| p.as_ref().map(|p| p.rang);
    let evolution = match (rang(&avant), rang(&apres)) {
        (None, Some(_)) => "nouveau",
        (Some(avant), Some(apres)) if apres > avant => "en hausse",
        (Some(avant), Some(apres)) if apres < avant => "en baisse",
        _ => "",
    };
    let situations: BTreeSet<i64> = vus.iter().map(|f| f.situation_id).collect();
    let vu = |c: &str| vus.iter().any(|f| f.contexte == c);
    let contextes = CONTEXTES.iter().filter(|c| vu(c.0)).map(|c| c.0.to_owned());
    Ligne {
        code: code.to_owned(),
        intitule: intitule.to_owned(),
        avant: avant.map(|p| p.niveau),
        apres: apres.map(|p| p.niveau),
        arrete: None,
        evolution,
        situations: situations.len(),
        contextes: contextes.collect(),
    }
}

/// A student's blocs, from what was said of her alone.
pub(super) fn volets(
    edition: &Edition,
    regle: Regle,
    siens: &[&Fait],
    periode: Periode,
) -> Vec<Volet> {
    let mut par_code: BTreeMap<&str, Vec<&Fait>> = BTreeMap::new();
    for fait in siens {
        par_code.entry(fait.code.as_str()).or_default().push(fait);
    }
    let de = |s: &referentiel::SousCompetence| {
        let faits = par_code.get(s.code.as_str()).map_or(&[][..], Vec::as_slice);
        ligne(edition, regle, (&s.code, &s.intitule), faits, periode)
    };
    let groupe = |c: &referentiel::Competence| Groupe {
        code: c.code.clone(),
        intitule: c.intitule.clone(),
        lignes: c.sous_competences.iter().map(de).collect(),
    };
    let volet = |b: &referentiel::Bloc| Volet {
        code: b.code.clone(),
        intitule: b.intitule.clone(),
        competences: b.competences.iter().map(groupe).collect(),
    };
    edition.blocs.iter().map(volet).collect()
}

/// The lines of the class, from those of its students.
pub(super) fn repartition(edition: &Edition, pages: &[Page]) -> Vec<Repartition> {
    let echelle: Vec<&str> = edition.echelle().map(|n| n.code.as_str()).collect();
    let de = |s: &referentiel::SousCompetence| {
        let lignes: Vec<&Ligne> = pages
            .iter()
            .flat_map(|p| &p.blocs)
            .flat_map(Volet::lignes)
            .filter(|l| l.code == s.code)
            .collect();
        let a = |n: &&str| lignes.iter().filter(|l| l.apres.as_deref() == Some(*n)).count();
        Repartition {
            code: s.code.clone(),
            intitule: s.intitule.clone(),
            comptes: echelle.iter().map(a).collect(),
            jamais: lignes.iter().filter(|l| l.apres.is_none()).count(),
            donnes: lignes.iter().map(|l| l.situations).sum(),
        }
    };
    edition.sous_competences().map(de).collect()
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;
    use crate::referentiel::OFFICIEL;

    const PERIODE: Periode = Periode { du: date!(2026 - 09 - 01), au: date!(2026 - 11 - 30) };

    fn fait(n: i64, niveau: &str, vecu_le: Date) -> Fait {
        Fait {
            etudiant_id: 1,
            code: "1.1.1".into(),
            situation_id: n,
            niveau: niveau.into(),
            vecu_le,
            contexte: if n % 2 == 0 { "stage" } else { "cours" }.into(),
            version: n,
        }
    }

    fn de(faits: &[Fait]) -> Ligne {
        let edition = Edition::lire(OFFICIEL).expect("the official text");
        let faits: Vec<&Fait> = faits.iter().collect();
        let blocs = volets(&edition, Regle::Derniere, &faits, PERIODE);
        blocs[0].lignes().next().expect("a line").clone()
    }

    #[test]
    fn a_period_says_what_stood_before_what_stands_and_what_moved() {
        let (bas, haut) = ("I", "TS");
        let (ete, octobre, decembre) =
            (date!(2026 - 06 - 10), date!(2026 - 10 - 05), date!(2026 - 12 - 05));
        let vue = |l: &Ligne| (l.avant.clone(), l.apres.clone(), l.evolution, l.situations);
        let dit = |n: &str| Some(n.to_owned());
        assert_eq!(vue(&de(&[])), (None, None, "", 0));
        assert_eq!(vue(&de(&[fait(1, bas, ete)])), (dit(bas), dit(bas), "", 0), "nothing new");
        assert_eq!(vue(&de(&[fait(1, bas, octobre)])), (None, dit(bas), "nouveau", 1));
        let mut deux = [fait(1, bas, ete), fait(2, haut, octobre), fait(3, bas, decembre)];
        let ligne = de(&deux);
        assert_eq!(vue(&ligne), (dit(bas), dit(haut), "en hausse", 1), "December is after");
        assert_eq!(ligne.contextes, ["stage"]);
        deux.reverse();
        assert_eq!(de(&deux), ligne, "in whatever order it was typed");
        assert_eq!(de(&[fait(1, haut, ete), fait(2, bas, PERIODE.du)]).evolution, "en baisse");
        assert_eq!(de(&[fait(1, "absent", octobre)]), de(&[]), "no level, no situation");
    }
}
