//! The arithmetic of the rules: plain rows in, a proposition out. Any scale, by its ranks.
use std::collections::{BTreeMap, HashMap};

use time::Date;

use super::{Fait, Reglage, Regle, par_case};
use crate::referentiel::Niveau;

/// How many situations « dernières pondérées » looks at.
pub(super) const PONDEREES: usize = 5;

/// The level that a rule proposes, with what explains it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposition {
    pub regle: Regle,
    pub niveau: String,
    pub rang: i32,
    /// How many situations have a real level.
    pub situations: usize,
    /// How many of them, the latest, the rule looked at.
    pub retenues: usize,
    /// How many of all say this very level.
    pub egales: usize,
    /// Of those that were looked at: how many say this very level, how many say it or better.
    pub concordantes: usize,
    pub appui: usize,
    /// What those that say it or better weigh, of how much.
    pub poids: (u32, u32),
    /// The latest situation.
    pub derniere: Date,
    pub contexte: String,
    /// Nothing was lived since the promotion's limit: « à rafraîchir ».
    pub ancienne: bool,
}

/// A fact that counts, with its rank.
#[derive(Clone, Copy)]
struct Vu<'a> {
    rang: i32,
    fait: &'a Fait,
}

fn rang(echelle: &[Niveau], code: &str) -> Option<i32> {
    echelle.iter().find(|n| n.code == code)?.rang
}

/// The facts that count, one a situation, oldest first. On the same day the highest level comes last: the order in which
/// levels were typed changes nothing, and doubt is to the good of the student.
fn compter<'a>(echelle: &[Niveau], faits: &[&'a Fait]) -> Vec<Vu<'a>> {
    let mut par_situation: HashMap<i64, &Fait> = HashMap::with_capacity(faits.len());
    for fait in faits {
        par_situation
            .entry(fait.situation_id)
            .and_modify(|f| *f = if fait.version > f.version { fait } else { f })
            .or_insert(fait);
    }
    let mut vus: Vec<Vu> = par_situation
        .into_values()
        .filter_map(|fait| Some(Vu { rang: rang(echelle, &fait.niveau)?, fait }))
        .collect();
    vus.sort_unstable_by_key(|v| (v.fait.vecu_le, v.rang, v.fait.situation_id));
    vus
}

/// The facts that count of one student and one sous-compétence, oldest first, one a situation.
pub fn suite<'a>(echelle: &[Niveau], faits: &[&'a Fait]) -> Vec<&'a Fait> {
    compter(echelle, faits).into_iter().map(|v| v.fait).collect()
}

impl Regle {
    /// The latest ones that it looks at.
    fn fenetre(self, combien: usize) -> usize {
        match self {
            Self::Derniere => 1,
            Self::Ponderees => PONDEREES,
            Self::Majorite(n) | Self::Meilleure(n) => n.max(1),
        }
        .min(combien)
    }

    /// What the i-th of those weighs, the oldest being 0.
    fn pese(self, i: usize) -> u32 {
        if self == Self::Ponderees { 1 << i } else { 1 }
    }

    /// So much of the weight is enough for a level to be proposed.
    fn suffit(self, poids: u32, total: u32) -> bool {
        match self {
            Self::Derniere | Self::Meilleure(_) => poids > 0,
            Self::Majorite(_) => 2 * poids > total,
            Self::Ponderees => 3 * poids >= 2 * total,
        }
    }
}

/// What the rule proposes for one student and one sous-compétence; nothing when no situation has a real level.
///
/// Every rule is the highest level that enough of the weight of the latest situations reaches: raising one level never
/// lowers the proposition.
pub fn proposer(regle: Regle, echelle: &[Niveau], faits: &[&Fait]) -> Option<Proposition> {
    let vus = compter(echelle, faits);
    let dernier = vus.last()?.fait;
    let retenus = &vus[vus.len() - regle.fenetre(vus.len())..];
    let poids = |au_moins: i32| -> u32 {
        let pese = |(i, v): (usize, &Vu)| if v.rang >= au_moins { regle.pese(i) } else { 0 };
        retenus.iter().enumerate().map(pese).sum()
    };
    let total = poids(i32::MIN);
    let choisi = retenus.iter().map(|v| v.rang).filter(|r| regle.suffit(poids(*r), total)).max()?;
    let niveau = echelle.iter().find(|n| n.rang == Some(choisi))?.code.clone();
    Some(Proposition {
        regle,
        niveau,
        rang: choisi,
        situations: vus.len(),
        retenues: retenus.len(),
        egales: vus.iter().filter(|v| v.rang == choisi).count(),
        concordantes: retenus.iter().filter(|v| v.rang == choisi).count(),
        appui: retenus.iter().filter(|v| v.rang >= choisi).count(),
        poids: (poids(choisi), total),
        derniere: dernier.vecu_le,
        contexte: dernier.contexte.clone(),
        ancienne: false,
    })
}

impl Reglage {
    /// The same, with what the promotion says of freshness.
    pub fn proposer(&self, echelle: &[Niveau], faits: &[&Fait]) -> Option<Proposition> {
        let proposition = proposer(self.regle, echelle, faits)?;
        Some(Proposition { ancienne: proposition.derniere < self.frais_depuis, ..proposition })
    }
}

/// By student and sous-compétence.
pub type Propositions = BTreeMap<(i64, String), Proposition>;

/// All that the rule of a promotion proposes, by student and sous-compétence: what has no real level is not there.
pub fn propositions(reglage: &Reglage, echelle: &[Niveau], faits: &[Fait]) -> Propositions {
    par_case(faits)
        .into_iter()
        .filter_map(|((etudiant, code), faits)| {
            Some(((etudiant, code.to_owned()), reglage.proposer(echelle, &faits)?))
        })
        .collect()
}

/// What newer situations say against a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// How many situations lived since say another level.
    pub situations: usize,
    /// What the latest says.
    pub niveau: String,
    pub vecu_le: Date,
    pub contexte: String,
}

/// Whether a decided level is « à revoir »: the latest situation lived after the day of the decision says another level.
/// A situation lived before and typed after does not count: it is no newer evidence.
pub fn a_revoir(
    echelle: &[Niveau],
    faits: &[&Fait],
    (niveau, le): (&str, Date),
) -> Option<Revision> {
    let decide = rang(echelle, niveau)?;
    let mut depuis = compter(echelle, faits);
    depuis.retain(|v| v.fait.vecu_le > le);
    let dernier = depuis.last().filter(|v| v.rang != decide)?.fait;
    Some(Revision {
        situations: depuis.iter().filter(|v| v.rang != decide).count(),
        niveau: dernier.niveau.clone(),
        vecu_le: dernier.vecu_le,
        contexte: dernier.contexte.clone(),
    })
}
