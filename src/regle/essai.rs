//! A rule tried on the real data of a promotion, before anybody chooses it: what would change.
use super::{Choix, Reglage, Releve, propositions};
use crate::referentiel::Edition;

/// One line that would not be proposed as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changement {
    pub etudiant_id: i64,
    pub etudiant: String,
    pub code: String,
    pub intitule: String,
    pub avant: String,
    pub apres: String,
    /// It goes up.
    pub monte: bool,
    /// The sentence of the level that would be proposed.
    pub pourquoi: String,
}

/// What a rule would change, in counts and line by line.
#[derive(Debug, Clone)]
pub struct Essai {
    pub choix: Choix,
    /// Code of the level, how many lines propose it now, how many would.
    pub comptes: Vec<(String, usize, usize)>,
    /// Lines without any level: no rule changes them.
    pub jamais: usize,
    pub changements: Vec<Changement>,
    /// The most situations that one line has: a rule that wants more looks at all of them.
    pub plus_fournie: usize,
}

impl Essai {
    pub fn montent(&self) -> usize {
        self.changements.iter().filter(|c| c.monte).count()
    }

    /// The rule wants more situations than anybody has.
    pub fn trop(&self) -> bool {
        let n = self.choix.regle.n().and_then(|n| usize::try_from(n).ok());
        n.is_some_and(|n| n > self.plus_fournie)
    }
}

impl Releve {
    /// Pure: the same rows, proposed by two rules.
    pub fn essayer(&self, edition: &Edition, actuel: &Reglage, choix: Choix) -> Essai {
        let echelle = &edition.niveaux;
        let essaye = Reglage { regle: choix.regle, ..actuel.clone() };
        let (avant, apres) = (
            propositions(actuel, echelle, &self.faits),
            propositions(&essaye, echelle, &self.faits),
        );
        let combien = |niveau: &str, de: &super::Propositions| {
            de.values().filter(|p| p.niveau == niveau).count()
        };
        let comptes = echelle
            .iter()
            .filter(|n| n.rang.is_some())
            .map(|n| (n.code.clone(), combien(&n.code, &avant), combien(&n.code, &apres)))
            .collect();
        let mut changements = vec![];
        for etudiant in &self.etudiants {
            for sc in edition.sous_competences() {
                let cle = (etudiant.id(), sc.code.clone());
                let (Some(a), Some(b)) = (avant.get(&cle), apres.get(&cle)) else { continue };
                if a.rang != b.rang {
                    changements.push(Changement {
                        etudiant_id: etudiant.id(),
                        etudiant: etudiant.liste(),
                        code: sc.code.clone(),
                        intitule: sc.intitule.clone(),
                        avant: a.niveau.clone(),
                        apres: b.niveau.clone(),
                        monte: b.rang > a.rang,
                        pourquoi: b.phrase(),
                    });
                }
            }
        }
        let lignes = self.etudiants.len() * edition.sous_competences().count();
        Essai {
            choix,
            comptes,
            jamais: lignes.saturating_sub(avant.len()),
            changements,
            plus_fournie: avant.values().map(|p| p.situations).max().unwrap_or_default(),
        }
    }
}
