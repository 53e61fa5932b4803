//! What the council reads of a period: where each stood at its beginning and at its end, and what changed.
mod alors;
#[cfg(test)]
mod essais;
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
    situation::CONTEXTES,
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
    /// « co cours, at atelier de professionnalisation… »: the contexts, as the lines abbreviate them.
    contextes: String,
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
    competences: Vec<Competence>,
}

impl Volet {
    fn lignes(&self) -> impl Iterator<Item = &Ligne> {
        self.competences.iter().flat_map(|c| &c.lignes)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Competence {
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
    /// Abbreviated.
    contextes: Vec<String>,
}

/// « co » of « cours ».
fn abrege(contexte: &str) -> String {
    contexte.chars().take(2).collect()
}

/// « co en cours, at en atelier de professionnalisation… ».
fn abreviations() -> String {
    let une =
        |(code, mots): &(&str, &str)| format!("{}\u{a0}{}", abrege(code), mots.to_lowercase());
    CONTEXTES.iter().map(une).collect::<Vec<_>>().join(", ")
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
    let contextes: BTreeSet<String> = vus.iter().map(|f| abrege(&f.contexte)).collect();
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
    let competence = |c: &referentiel::Competence| Competence {
        code: c.code.clone(),
        intitule: c.intitule.clone(),
        lignes: c.sous_competences.iter().map(de).collect(),
    };
    let volet = |b: &referentiel::Bloc| Volet {
        code: b.code.clone(),
        intitule: b.intitule.clone(),
        competences: b.competences.iter().map(competence).collect(),
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
            let competences = blocs.iter_mut().flat_map(|b| &mut b.competences);
            for l in competences.flat_map(|c| &mut c.lignes) {
                l.arrete = decisions.get(&(e.id(), l.code.clone())).cloned();
            }
            let lignes = blocs.iter().flat_map(Volet::lignes);
            let jamais = lignes.filter(|l| l.apres.is_none()).count();
            let (preuves, reponses) = comptes.get(&e.id()).copied().unwrap_or_default();
            let (nom, prenom) = (e.nom.clone(), e.prenom.clone());
            etudiants.push(Page { nom, prenom, blocs, preuves, reponses, jamais });
        }
        let classe = if seul.is_none() { repartition(&edition, &etudiants) } else { Vec::new() };
        self.composer(db, (promotion, &edition), periode, (reglage.en_mots(), classe, etudiants))
            .await
            .map(|bilan| Bilan { mouvements, ids, ..bilan })
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
            contextes: abreviations(),
            mouvements: vec![],
            legende: dossier::legende(edition),
            classe,
            etudiants,
            ids: vec![],
        })
    }
}
