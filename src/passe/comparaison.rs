//! Two moments of a class side by side: what rose, what fell, what is new.
use std::collections::HashMap;

use super::{Moment, Passe, montres};
use crate::{app::Db, error::Result, etudiant::Etudiant, referentiel::Edition};

/// What happened to a line between two moments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sens {
    Monte,
    Descend,
    Nouveau,
    /// It had a level, and has none any more.
    Efface,
}

impl Sens {
    pub fn mot(self) -> &'static str {
        match self {
            Self::Monte => "monte",
            Self::Descend => "descend",
            Self::Nouveau => "nouveau",
            Self::Efface => "effacé",
        }
    }
}

/// One sous-compétence of one student that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changement {
    pub code: String,
    pub de: Option<String>,
    pub vers: Option<String>,
    pub sens: Sens,
}

/// How many lines of a bloc went which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Compte {
    pub montent: usize,
    pub descendent: usize,
    pub nouveaux: usize,
    pub effaces: usize,
}

impl Compte {
    fn ajouter(&mut self, sens: Sens) {
        match sens {
            Sens::Monte => self.montent += 1,
            Sens::Descend => self.descendent += 1,
            Sens::Nouveau => self.nouveaux += 1,
            Sens::Efface => self.effaces += 1,
        }
    }

    /// « 2 montent, 1 nouveau »; empty when nothing changed.
    pub fn en_mots(&self) -> String {
        let mot = |n: usize, un: &str, plusieurs: &str| match n {
            0 => None,
            1 => Some(format!("1\u{a0}{un}")),
            n => Some(format!("{n}\u{a0}{plusieurs}")),
        };
        let mots = [
            mot(self.montent, "monte", "montent"),
            mot(self.descendent, "descend", "descendent"),
            mot(self.nouveaux, "nouveau", "nouveaux"),
            mot(self.effaces, "effacé", "effacés"),
        ];
        mots.into_iter().flatten().collect::<Vec<_>>().join(", ")
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

/// These students at both moments: one query.
pub async fn comparer(
    db: &mut Db,
    edition: &Edition,
    etudiants: &[Etudiant],
    moments: (Moment, Moment),
) -> Result<Vec<Ecart>> {
    let ids: Vec<i64> = etudiants.iter().map(Etudiant::id).collect();
    let (avant, apres) = Passe::entre(db, &ids, moments).await?;
    let ecart = |e: &Etudiant| {
        let avant = montres(&avant, edition, e.id());
        let apres = montres(&apres.rejeu, edition, e.id());
        ecart(edition, e, &avant, &apres)
    };
    Ok(etudiants.iter().map(ecart).collect())
}

type Montres = HashMap<String, (String, usize)>;

fn ecart(edition: &Edition, etudiant: &Etudiant, avant: &Montres, apres: &Montres) -> Ecart {
    let mut ecart = Ecart {
        etudiant_id: etudiant.id(),
        nom: etudiant.liste(),
        blocs: vec![],
        changements: vec![],
    };
    for bloc in &edition.blocs {
        let mut compte = Compte::default();
        for sc in bloc.sous_competences() {
            let niveau = |m: &Montres| m.get(&sc.code).map(|m| m.0.clone());
            let (de, vers) = (niveau(avant), niveau(apres));
            if let Some(sens) = sens(edition, de.as_deref(), vers.as_deref()) {
                compte.ajouter(sens);
                ecart.changements.push(Changement { code: sc.code.clone(), de, vers, sens });
            }
        }
        ecart.blocs.push(compte);
    }
    ecart
}

fn sens(edition: &Edition, de: Option<&str>, vers: Option<&str>) -> Option<Sens> {
    let rang = |n: &str| edition.niveau(n).and_then(|n| n.rang);
    match (de, vers) {
        (None, None) => None,
        (None, Some(_)) => Some(Sens::Nouveau),
        (Some(_), None) => Some(Sens::Efface),
        (Some(de), Some(vers)) => match rang(vers).cmp(&rang(de)) {
            std::cmp::Ordering::Greater => Some(Sens::Monte),
            std::cmp::Ordering::Less => Some(Sens::Descend),
            std::cmp::Ordering::Equal => None,
        },
    }
}
