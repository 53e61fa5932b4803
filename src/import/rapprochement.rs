//! Who is who: the rows of a list against the people of the school. What is not sure is asked, never decided.
mod plan;
mod recherche;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sha2::{Digest, Sha256};
use time::Date;

use super::{
    Lu, Quoi, Source,
    champ::Champ,
    choix::{Choix, Reponse},
    classe,
    gens::Personne,
    lecture::{self, Entrant, Faute},
};
use crate::promotion::Geree;
use plan::Doute;
pub use plan::{Nouveau, Plan, Reprise};
use recherche::{Annuaire, Trouve};

/// The number that a row is given here, so that it is recognised.
const MARQUE: &str = "liste";

/// Where a list is compared: who is known, which promotions are hers, which day it is.
pub struct Ici<'a> {
    pub gens: &'a [Personne],
    pub gerees: &'a [Geree],
    pub moi: i64,
    pub jour: Date,
}

impl Ici<'_> {
    pub fn nom(&self, promotion: i64) -> Option<&str> {
        self.gerees.iter().find(|p| p.promotion_id == promotion).map(|p| p.nom.as_str())
    }
}

/// What would be written if she confirmed now.
pub fn comparer(lu: &Lu, quoi: Quoi, choix: &Choix, ici: &Ici<'_>) -> Plan {
    let mut plan = Plan::default();
    let lus = lire(lu, choix, ici, &mut plan);
    let lus = marquer(fondre(lus, &mut plan));
    let annuaire = Annuaire::new(ici.gens);
    let mut pris: HashMap<i64, u32> = HashMap::new();
    let mut vus: BTreeSet<i64> = BTreeSet::new();
    let mut noms: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for n in 0..lus.len() {
        let (elle, ou) = &lus[n];
        let jumeaux: Vec<&Entrant> =
            noms.get(&elle.cle()).into_iter().flatten().map(|k| &lus[*k].0).collect();
        let mut trouve = annuaire.chercher(elle, ou, ici.jour);
        if let Trouve::Personne | Trouve::Peut(_) = trouve
            && let Some(double) = jumeaux.iter().find(|j| !recherche::distincts(j, elle))
        {
            trouve = Trouve::Double(double.rang);
        }
        noms.entry(elle.cle()).or_default().push(n);
        match trouve {
            // Whoever may be meant is not absent.
            Trouve::Peut(ref ids) => vus.extend(ids),
            Trouve::Elle(id) => _ = vus.insert(id),
            _ => {}
        }
        match decider(trouve, elle, choix, (ici, lu.source)) {
            Decision::Faute(message) => plan.erreurs.push(Faute { rang: elle.rang, message }),
            Decision::Doute(doute) => plan.doutes.push(doute),
            Decision::Laisser => plan.laisses += 1,
            Decision::Nouvelle => plan.nouveaux.push(Nouveau::of(elle, ou, ici)),
            Decision::Elle(id, dite) => {
                if let Some(avant) = pris.insert(id, elle.rang) {
                    let message = format!(
                        "même personne qu’{}. Retirez l’une des deux lignes, ou dites que ce sont deux personnes.",
                        lu.source.a(avant)
                    );
                    plan.erreurs.push(Faute { rang: elle.rang, message });
                } else if let Some(p) = ici.gens.iter().find(|p| p.personne_id == id) {
                    plan.reprendre(quoi, (elle, ou, dite), p, ici);
                }
            }
        }
    }
    plan.repondus = choix.reponses.len();
    plan.chercher_absents(quoi, choix, ici, &vus);
    plan
}

/// The rows of the classes that are brought in, each with where it goes. Faults of the others are nobody's business.
fn lire(lu: &Lu, choix: &Choix, ici: &Ici<'_>, plan: &mut Plan) -> Vec<(Entrant, BTreeSet<i64>)> {
    let annee = classe::rentree(ici.jour) + 1;
    let classe = choix.a(Champ::Classe);
    let mut lus = vec![];
    for ligne in &lu.lignes {
        let classes = lecture::classes(ligne, &choix.colonnes);
        let ou = choix.promotions(&classes);
        if ou.is_empty() {
            let sans_nom = classe && classes.iter().all(String::is_empty);
            if sans_nom && !lu.source.officielle() {
                let message = "la classe manque. Complétez cette ligne, ou dites à l’étape précédente où vont les personnes sans classe.";
                plan.erreurs.push(Faute { rang: ligne.rang, message: message.into() });
            } else {
                plan.hors += 1;
            }
            continue;
        }
        match lecture::lire(lu, ligne, &choix.colonnes, annee) {
            Ok(elle) => lus.push((elle, ou)),
            Err(message) => plan.erreurs.push(Faute { rang: ligne.rang, message }),
        }
    }
    lus
}

/// The same row twice is one row; an INE of two people of the list is a fault of both.
fn fondre(lus: Vec<(Entrant, BTreeSet<i64>)>, plan: &mut Plan) -> Vec<(Entrant, BTreeSet<i64>)> {
    let mut par_ine: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (n, (elle, _)) in lus.iter().enumerate() {
        if let Some(ine) = &elle.ine {
            par_ine.entry(ine.clone()).or_default().push(n);
        }
    }
    let mut fautives = BTreeSet::new();
    for (ine, rangs) in par_ine.into_iter().filter(|p| p.1.len() > 1) {
        let premier = &lus[rangs[0]].0;
        if rangs.iter().any(|n| lus[*n].0.cle() != premier.cle()) {
            let dits: Vec<String> = rangs
                .iter()
                .map(|n| format!("{} ({})", lus[*n].0.liste(), lus[*n].0.rang))
                .collect();
            for n in rangs {
                let message = format!(
                    "l’INE {ine} est donné à {} personnes\u{a0}: {}. Corrigez-le là où il est faux.",
                    dits.len(),
                    dits.join(", ")
                );
                plan.erreurs.push(Faute { rang: lus[n].0.rang, message });
                fautives.insert(n);
            }
        }
    }
    let mut gardes: Vec<(Entrant, BTreeSet<i64>)> = vec![];
    let mut vues: HashMap<String, usize> = HashMap::new();
    for (n, (elle, ou)) in lus.into_iter().enumerate() {
        if fautives.contains(&n) {
            continue;
        }
        let memes = Entrant { rang: 0, classes: vec![], groupes: vec![], ..elle.clone() };
        let cle = format!("{memes:?}");
        // Two rows that say nothing but a name may well be two people: they are asked about.
        let sure = elle.ine.is_some() || elle.externes.iter().any(|e| e.0 != "tableau");
        if let Some(deja) = vues.get(&cle).filter(|_| sure) {
            gardes[*deja].1.extend(ou);
            plan.fondues += 1;
        } else {
            vues.insert(cle, gardes.len());
            gardes.push((elle, ou));
        }
    }
    gardes
}

/// Each row remembers what it says and where: once somebody said who it is, the same row means the same person.
fn marquer(mut lus: Vec<(Entrant, BTreeSet<i64>)>) -> Vec<(Entrant, BTreeSet<i64>)> {
    let mut fois: HashMap<String, usize> = HashMap::new();
    for (elle, ou) in &mut lus {
        let dit = format!("{} {:?} {ou:?}", elle.cle(), elle.naissance);
        let n = fois.entry(dit.clone()).or_default();
        *n += 1;
        let marque = hex::encode(&Sha256::digest(format!("{dit} {n}"))[..12]);
        elle.externes.push((MARQUE.to_owned(), marque));
    }
    lus
}

enum Decision {
    /// And whether it was she who said it.
    Elle(i64, bool),
    Nouvelle,
    Laisser,
    Doute(Doute),
    Faute(String),
}

/// What comes of a row, with her answer when there is one that fits the question.
fn decider(
    trouve: Trouve,
    elle: &Entrant,
    choix: &Choix,
    (ici, source): (&Ici<'_>, Source),
) -> Decision {
    let reponse = choix.reponses.get(&elle.rang).copied();
    match trouve {
        Trouve::Elle(id) => Decision::Elle(id, false),
        Trouve::Personne => Decision::Nouvelle,
        Trouve::Faute(message) => Decision::Faute(message),
        Trouve::Double(rang) => match reponse {
            Some(Reponse::Nouvelle) => Decision::Nouvelle,
            Some(Reponse::Laisser) => Decision::Laisser,
            _ => Decision::Doute(Doute::double(elle, &source.a(rang))),
        },
        Trouve::Peut(ids) => match reponse {
            Some(Reponse::Elle(id)) if ids.contains(&id) => Decision::Elle(id, true),
            Some(Reponse::Nouvelle) => Decision::Nouvelle,
            Some(Reponse::Laisser) => Decision::Laisser,
            _ => Decision::Doute(Doute::of(elle, &ids, ici)),
        },
    }
}

#[cfg(test)]
mod essais;
