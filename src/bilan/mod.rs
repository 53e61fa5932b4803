//! What the council reads of a period: where each stood at its beginning and at its end, and what changed.
mod alors;
pub mod pages;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use time::{Date, PrimitiveDateTime, macros::time};

use crate::{
    app::Db,
    compte::Enseignant,
    date,
    error::Result,
    etudiant::Etudiant,
    journal,
    jury::dossier::{self, Niveau, Temoin},
    promotion::Promotion,
    referentiel::{self, Edition},
    regle::{self, Fait, Regle},
};

/// The days of a period, both counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Periode {
    pub du: Date,
    pub au: Date,
}

/// A class, or one of its students: all that is printed.
#[derive(Debug, Clone, Serialize)]
pub struct Bilan {
    etablissement: String,
    uai: String,
    promotion: String,
    diplome: String,
    du: String,
    au: String,
    edite_le: String,
    /// The document's own date: year, month, day.
    jour: (i32, u8, u8),
    edite_par: String,
    fictif: bool,
    temoin: Temoin,
    regle: String,
    /// Who came or left during the period, in words.
    mouvements: Vec<String>,
    legende: Vec<Niveau>,
    /// The page of the class; empty for one student alone.
    classe: Vec<Repartition>,
    etudiants: Vec<Page>,
    /// Whose pages these are.
    #[serde(skip)]
    pub ids: Vec<i64>,
}

/// One line of the class at the end of the period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Repartition {
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
struct Page {
    nom: String,
    prenom: String,
    blocs: Vec<Volet>,
    preuves: i64,
    reponses: i64,
    jamais: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Volet {
    code: String,
    intitule: String,
    lignes: Vec<Ligne>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Ligne {
    code: String,
    intitule: String,
    avant: Option<String>,
    apres: Option<String>,
    arrete: Option<String>,
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
    let contextes: BTreeSet<String> = vus.iter().map(|f| f.contexte.clone()).collect();
    Ligne {
        code: code.to_owned(),
        intitule: intitule.to_owned(),
        avant: avant.map(|p| p.niveau),
        apres: apres.map(|p| p.niveau),
        arrete: None,
        evolution,
        situations: situations.len(),
        contextes: contextes.into_iter().collect(),
    }
}

/// A student's blocs, from what was said of her alone.
fn volets(edition: &Edition, regle: Regle, siens: &[&Fait], periode: Periode) -> Vec<Volet> {
    let mut par_code: BTreeMap<&str, Vec<&Fait>> = BTreeMap::new();
    for fait in siens {
        par_code.entry(fait.code.as_str()).or_default().push(fait);
    }
    let de = |s: &referentiel::SousCompetence| {
        let faits = par_code.get(s.code.as_str()).map_or(&[][..], Vec::as_slice);
        ligne(edition, regle, (&s.code, &s.intitule), faits, periode)
    };
    let volet = |b: &referentiel::Bloc| Volet {
        code: b.code.clone(),
        intitule: b.intitule.clone(),
        lignes: b.sous_competences().map(de).collect(),
    };
    edition.blocs.iter().map(volet).collect()
}

/// The lines of the class, from those of its students.
fn repartition(edition: &Edition, pages: &[Page]) -> Vec<Repartition> {
    let echelle: Vec<&str> = edition.echelle().map(|n| n.code.as_str()).collect();
    let de = |s: &referentiel::SousCompetence| {
        let lignes: Vec<&Ligne> = pages
            .iter()
            .flat_map(|p| &p.blocs)
            .flat_map(|b| &b.lignes)
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

impl Enseignant {
    /// The period of a promotion of mine; of one student when `seul` says which.
    pub async fn bilan(
        &self,
        db: &mut Db,
        promotion: &Promotion,
        seul: Option<i64>,
        periode: Periode,
    ) -> Result<Bilan> {
        let edition = referentiel::find(&mut **db, promotion.edition_id).await?;
        let fin = PrimitiveDateTime::new(periode.au, time!(23:59));
        let reglage = regle::reglage(db, promotion.promotion_id, Some(fin)).await?;
        let mut releve = promotion.releve(db, periode.au).await?;
        let absent = |id| releve.etudiants.iter().all(|e| e.id() != id);
        if seul.is_some_and(absent) {
            releve = promotion.releve(db, self.aujourd_hui()).await?;
        }
        releve.etudiants.retain(|e| seul.is_none_or(|id| e.id() == id));
        let ids: Vec<i64> = releve.etudiants.iter().map(Etudiant::id).collect();
        let decisions = alors::decisions(db, edition.edition_id, &ids, periode.au).await?;
        let mouvements = match seul {
            Some(_) => vec![],
            None => alors::mouvements(db, promotion.promotion_id, periode).await?,
        };
        let comptes = alors::preuves(db, &ids, periode).await?;
        let mut etudiants = Vec::with_capacity(ids.len());
        for e in &releve.etudiants {
            let siens: Vec<&Fait> =
                releve.faits.iter().filter(|f| f.etudiant_id == e.id()).collect();
            let mut blocs = volets(&edition, reglage.regle, &siens, periode);
            for l in blocs.iter_mut().flat_map(|b| &mut b.lignes) {
                l.arrete = decisions.get(&(e.id(), l.code.clone())).cloned();
            }
            let lignes = blocs.iter().flat_map(|b| &b.lignes);
            let jamais = lignes.filter(|l| l.apres.is_none()).count();
            let (preuves, reponses) = comptes.get(&e.id()).copied().unwrap_or_default();
            let (nom, prenom) = (e.nom.clone(), e.prenom.clone());
            etudiants.push(Page { nom, prenom, blocs, preuves, reponses, jamais });
        }
        let classe = if seul.is_none() { repartition(&edition, &etudiants) } else { Vec::new() };
        self.composer(db, (promotion, &edition), periode, (reglage.en_mots(), classe, etudiants))
            .await
            .map(|bilan| Bilan { ids, mouvements, ..bilan })
    }

    async fn composer(
        &self,
        db: &mut Db,
        (promotion, edition): (&Promotion, &Edition),
        periode: Periode,
        (regle, classe, etudiants): (String, Vec<Repartition>, Vec<Page>),
    ) -> Result<Bilan> {
        let temoin = journal::temoin(db).await?;
        let ecole = dossier::ecole(db).await?;
        Ok(Bilan {
            etablissement: self.etablissement().to_owned(),
            uai: ecole.uai,
            promotion: promotion.nom.clone(),
            diplome: edition.intitule.clone(),
            du: date::longue(&periode.du),
            au: date::longue(&periode.au),
            edite_le: date::instant(&self.ici_le()),
            jour: dossier::jour_du_document(self.aujourd_hui()),
            edite_par: self.appellation(),
            fictif: ecole.fictif,
            temoin: temoin.into(),
            regle,
            mouvements: vec![],
            legende: dossier::legende(edition),
            classe,
            etudiants,
            ids: vec![],
        })
    }
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
        blocs[0].lignes[0].clone()
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
