//! Two moments of a class side by side: what rose, what fell, what is new. A line stands at the level that the team decided;
//! where it decided nothing, at the one that the rule in force then proposed.
use std::collections::HashMap;

use uuid::Uuid;

use super::{Moment, Passe};
use crate::{
    app::Db,
    date::nombre,
    error::Result,
    etudiant::Etudiant,
    journal::{
        niveaux::{self, Niveau, Niveaux},
        rejeu::Rejeu,
    },
    referentiel::Edition,
    regle::{Fait, Reglage},
};

/// What happened to a line between two moments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sens {
    Monte,
    Descend,
    Nouveau,
    /// It had a level, and has none any more.
    Efface,
    /// The team decided the very level that was proposed.
    Arrete,
    /// It took its decision back, and the same level is proposed.
    Retire,
}

impl Sens {
    pub fn mot(self) -> &'static str {
        match self {
            Self::Monte => "monte",
            Self::Descend => "descend",
            Self::Nouveau => "nouveau",
            Self::Efface => "effacé",
            Self::Arrete => "même niveau",
            Self::Retire => "décision retirée",
        }
    }
}

/// Where a line stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenu {
    pub niveau: String,
    /// Decided by the team; else proposed by the rule.
    pub arrete: bool,
}

impl Tenu {
    pub fn comment(&self) -> &'static str {
        if self.arrete { "arrêté" } else { "proposé" }
    }
}

/// One sous-compétence of one student that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changement {
    pub code: String,
    pub de: Option<Tenu>,
    pub vers: Option<Tenu>,
    pub sens: Sens,
}

/// How many lines of a bloc went which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Compte {
    pub montent: usize,
    pub descendent: usize,
    pub nouveaux: usize,
    pub effaces: usize,
    pub arretes: usize,
    pub retires: usize,
}

impl Compte {
    fn ajouter(&mut self, sens: Sens) {
        match sens {
            Sens::Monte => self.montent += 1,
            Sens::Descend => self.descendent += 1,
            Sens::Nouveau => self.nouveaux += 1,
            Sens::Efface => self.effaces += 1,
            Sens::Arrete => self.arretes += 1,
            Sens::Retire => self.retires += 1,
        }
    }

    /// « 2 montent, 1 nouveau »; empty when nothing changed.
    pub fn en_mots(&self) -> String {
        let mots = [
            (self.montent, "monte", "montent"),
            (self.descendent, "descend", "descendent"),
            (self.nouveaux, "nouveau", "nouveaux"),
            (self.effaces, "effacé", "effacés"),
            (self.arretes, "arrêté tel quel", "arrêtés tels quels"),
            (self.retires, "décision retirée", "décisions retirées"),
        ];
        let dits = mots.into_iter().filter(|m| m.0 > 0);
        let dit = |(n, un, plusieurs)| nombre(i64::try_from(n).unwrap_or(i64::MAX), un, plusieurs);
        dits.map(dit).collect::<Vec<_>>().join(", ")
    }
}

/// A student between the two moments.
#[derive(Debug, Clone)]
pub struct Ecart {
    pub etudiant_id: i64,
    pub nom: String,
    /// One a bloc, in the order of the edition.
    pub blocs: Vec<Compte>,
    pub changements: Vec<Changement>,
}

/// These students at both moments, under the rule of each: two queries, whatever their number.
pub async fn comparer(
    db: &mut Db,
    edition: &Edition,
    etudiants: &[Etudiant],
    moments: (Moment, Moment),
    (de, a): (&Reglage, &Reglage),
) -> Result<Vec<Ecart>> {
    let ids: Vec<i64> = etudiants.iter().map(Etudiant::id).collect();
    let quand = (moments.0.le, moments.1.le);
    let niveaux = niveaux::niveaux(db, edition.edition_id, &ids, quand).await?;
    let decisions = Passe::decisions(db, &ids, moments).await?;
    let avant = Classe { edition, reglage: de, niveaux: niveaux.0, decisions: decisions.0 };
    let apres = Classe { edition, reglage: a, niveaux: niveaux.1, decisions: decisions.1 };
    Ok(etudiants.iter().map(|e| ecart(edition, e, &avant.tenus(e), &apres.tenus(e))).collect())
}

/// The class at one of the moments.
struct Classe<'a> {
    edition: &'a Edition,
    reglage: &'a Reglage,
    niveaux: Niveaux,
    decisions: Rejeu,
}

type Tenus<'a> = HashMap<&'a str, Tenu>;

impl<'a> Classe<'a> {
    /// Where the lines of a student stand, by code.
    fn tenus(&self, etudiant: &Etudiant) -> Tenus<'a> {
        let codes = self.edition.sous_competences().map(|sc| sc.code.as_str());
        codes.filter_map(|code| Some((code, self.tenu(etudiant.id(), code)?))).collect()
    }

    fn tenu(&self, etudiant: i64, code: &str) -> Option<Tenu> {
        let cle: (i64, Uuid, String) = (etudiant, self.edition.edition_id, code.to_owned());
        if let Some(niveau) = self.decisions.decisions.get(&cle).and_then(|d| d.niveau.clone()) {
            return Some(Tenu { niveau, arrete: true });
        }
        let fait = |n: &Niveau| Fait {
            etudiant_id: etudiant,
            code: String::new(),
            situation_id: n.situation_id,
            niveau: n.niveau.clone(),
            vecu_le: n.vecu_le,
            contexte: String::new(),
            version: n.version,
        };
        let faits: Vec<Fait> = self.niveaux.get(&(cle.0, cle.2))?.iter().map(fait).collect();
        let faits: Vec<&Fait> = faits.iter().collect();
        let niveau = self.reglage.proposer(&self.edition.niveaux, &faits)?.niveau;
        Some(Tenu { niveau, arrete: false })
    }
}

fn ecart(edition: &Edition, etudiant: &Etudiant, avant: &Tenus, apres: &Tenus) -> Ecart {
    let mut ecart = Ecart {
        etudiant_id: etudiant.id(),
        nom: etudiant.liste(),
        blocs: vec![],
        changements: vec![],
    };
    for bloc in &edition.blocs {
        let mut compte = Compte::default();
        for sc in bloc.sous_competences() {
            let (de, vers) = (avant.get(sc.code.as_str()), apres.get(sc.code.as_str()));
            if let Some(sens) = sens(edition, de, vers) {
                compte.ajouter(sens);
                let (code, de, vers) = (sc.code.clone(), de.cloned(), vers.cloned());
                ecart.changements.push(Changement { code, de, vers, sens });
            }
        }
        ecart.blocs.push(compte);
    }
    ecart
}

fn sens(edition: &Edition, de: Option<&Tenu>, vers: Option<&Tenu>) -> Option<Sens> {
    let rang = |t: &Tenu| edition.niveau(&t.niveau).and_then(|n| n.rang);
    match (de, vers) {
        (None, None) => None,
        (None, Some(_)) => Some(Sens::Nouveau),
        (Some(_), None) => Some(Sens::Efface),
        (Some(de), Some(vers)) => match rang(vers).cmp(&rang(de)) {
            std::cmp::Ordering::Greater => Some(Sens::Monte),
            std::cmp::Ordering::Less => Some(Sens::Descend),
            std::cmp::Ordering::Equal if vers.arrete && !de.arrete => Some(Sens::Arrete),
            std::cmp::Ordering::Equal if de.arrete && !vers.arrete => Some(Sens::Retire),
            std::cmp::Ordering::Equal => None,
        },
    }
}
