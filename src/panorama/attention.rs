//! Students by what needs attention, each reason in words.
use std::collections::BTreeMap;

use super::{Ligne, liste, nombre, reels};
use crate::{etudiant::Etudiant, progression::atteintes, referentiel::Edition, regle::Releve};

/// Why a line of a livret needs attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Raison {
    Jamais,
    Stagne,
    Faible,
    Contradictoire,
    UnContexte,
    Ancien,
}

/// Latest situations that are looked at together.
const DERNIERES: usize = 3;

/// How far apart two of them must be, in steps of the scale, to contradict each other.
const ECART: usize = 2;

impl Raison {
    pub const TOUTES: [Self; 6] = [
        Self::Jamais,
        Self::Stagne,
        Self::Faible,
        Self::Contradictoire,
        Self::UnContexte,
        Self::Ancien,
    ];

    /// As an address names it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Jamais => "jamais",
            Self::Stagne => "stagne",
            Self::Faible => "faible",
            Self::Contradictoire => "contradictoire",
            Self::UnContexte => "contexte",
            Self::Ancien => "ancien",
        }
    }

    pub fn nommee(code: &str) -> Option<Self> {
        Self::TOUTES.into_iter().find(|r| r.code() == code)
    }

    pub fn intitule(self) -> &'static str {
        match self {
            Self::Jamais => "Jamais positionné",
            Self::Stagne => "N’avance plus",
            Self::Faible => "Niveau faible",
            Self::Contradictoire => "Niveaux contradictoires",
            Self::UnContexte => "Un seul contexte",
            Self::Ancien => "À rafraîchir",
        }
    }

    /// What it means, exactly.
    pub fn definition(self, edition: &Edition) -> String {
        match self {
            Self::Jamais => "aucune situation n’a donné de niveau".to_owned(),
            Self::Stagne => format!(
                "les {DERNIERES} dernières situations disent le même niveau, sous {}",
                premier_haut(edition)
            ),
            Self::Faible => format!("le niveau proposé est sous {}", premier_haut(edition)),
            Self::Contradictoire => format!(
                "parmi les {DERNIERES} dernières situations, deux niveaux sont éloignés d’au moins {ECART} rangs"
            ),
            Self::UnContexte => "au moins deux situations, toutes dans le même contexte".to_owned(),
            Self::Ancien => {
                "la dernière situation est plus ancienne que la limite de la promotion".to_owned()
            }
        }
    }

    /// « 3 sous-compétences qui n’avancent plus : 1.1.1, 1.1.2, 1.1.3 ».
    fn phrase(self, codes: &[String]) -> String {
        let (un, plusieurs) = match self {
            Self::Jamais => ("jamais positionnée", "jamais positionnées"),
            Self::Stagne => ("n’avance plus", "n’avancent plus"),
            Self::Faible => ("au niveau faible", "au niveau faible"),
            Self::Contradictoire => ("aux niveaux contradictoires", "aux niveaux contradictoires"),
            Self::UnContexte => ("vue dans un seul contexte", "vues dans un seul contexte"),
            Self::Ancien => ("à rafraîchir", "à rafraîchir"),
        };
        format!("{}\u{a0}: {}", nombre(codes.len(), un, plusieurs), liste(codes, 6))
    }
}

/// The first level of the upper half of the scale.
fn premier_haut(edition: &Edition) -> String {
    atteintes(edition).first().map_or(String::new(), |n| (*n).to_owned())
}

/// A student, and what needs attention.
pub struct Attention {
    pub etudiant: Etudiant,
    /// Codes by reason.
    pub raisons: BTreeMap<Raison, Vec<String>>,
    /// Lines that have at least one reason.
    pub lignes: usize,
    /// Nothing at all was said of her.
    pub vierge: bool,
}

impl Attention {
    /// One sentence a reason.
    pub fn phrases(&self) -> Vec<String> {
        if self.vierge {
            return vec!["jamais positionné, sur aucune sous-compétence".to_owned()];
        }
        self.raisons.iter().map(|(raison, codes)| raison.phrase(codes)).collect()
    }

    fn combien(&self, raison: Option<Raison>) -> usize {
        raison.map_or(self.lignes, |r| self.raisons.get(&r).map_or(0, Vec::len))
    }
}

/// What needs attention on a line that has a level.
fn raisons(edition: &Edition, ligne: &Ligne) -> Vec<Raison> {
    let reels = reels(edition);
    let hauts = atteintes(edition);
    let place = |niveau: &str| reels.iter().position(|n| n.code == niveau).unwrap_or_default();
    let derniers = &ligne.faits[ligne.faits.len().saturating_sub(DERNIERES)..];
    let places: Vec<usize> = derniers.iter().map(|f| place(&f.niveau)).collect();
    let (bas, haut) = (places.iter().min().copied(), places.iter().max().copied());
    let ecart = haut.zip(bas).map_or(0, |(h, b)| h - b);
    let faible = |niveau: &str| !hauts.contains(&niveau);
    let un_contexte =
        ligne.faits.len() > 1 && ligne.faits.iter().all(|f| f.contexte == ligne.faits[0].contexte);
    let stagne = derniers.len() == DERNIERES
        && ecart == 0
        && derniers.first().is_some_and(|f| faible(&f.niveau));
    let vraies = [
        (Raison::Stagne, stagne),
        (Raison::Faible, faible(&ligne.proposition.niveau)),
        // On a scale of two levels, one step is all that there is.
        (Raison::Contradictoire, ecart >= ECART.min(reels.len() - 1).max(1)),
        (Raison::UnContexte, un_contexte),
        (Raison::Ancien, ligne.proposition.ancienne),
    ];
    vraies.into_iter().filter(|v| v.1).map(|v| v.0).collect()
}

/// Every student, most lines to look at first; with a reason, only those whom it concerns, and by it. Then by name.
pub fn trier(
    releve: &Releve,
    lignes: &BTreeMap<(i64, &str), Ligne>,
    edition: &Edition,
    raison: Option<Raison>,
) -> Vec<Attention> {
    let attention = |etudiant: &Etudiant| {
        let mut par_raison: BTreeMap<Raison, Vec<String>> = BTreeMap::new();
        let (mut concernees, mut vues) = (0, 0);
        for sc in edition.sous_competences() {
            let raisons = match lignes.get(&(etudiant.id(), sc.code.as_str())) {
                Some(ligne) => {
                    vues += 1;
                    raisons(edition, ligne)
                }
                None => vec![Raison::Jamais],
            };
            concernees += usize::from(!raisons.is_empty());
            for r in raisons {
                par_raison.entry(r).or_default().push(sc.code.clone());
            }
        }
        let etudiant = etudiant.clone();
        Attention { etudiant, raisons: par_raison, lignes: concernees, vierge: vues == 0 }
    };
    let mut toutes: Vec<Attention> = releve.etudiants.iter().map(attention).collect();
    toutes.retain(|a| raison.is_none() || a.combien(raison) > 0);
    toutes.sort_by_key(|a| std::cmp::Reverse((a.vierge, a.combien(raison)))); // stable: names keep their order
    toutes
}
