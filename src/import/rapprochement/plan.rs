//! What a confirmation would write, as it is shown before.
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use time::Date;

use super::{
    super::{
        Quoi,
        choix::Choix,
        gens::{EtatCivil, Personne},
        lecture::{Entrant, Faute},
    },
    Ici,
};
use crate::date;

/// Somebody whom nobody knows yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Nouveau {
    pub elle: Entrant,
    pub promotions: Vec<i64>,
    pub dans: String,
}

impl Nouveau {
    pub(super) fn of(elle: &Entrant, ou: &BTreeSet<i64>, ici: &Ici<'_>) -> Self {
        Self { elle: elle.clone(), promotions: ou.iter().copied().collect(), dans: noms(ou, ici) }
    }
}

/// What changes of somebody who is known.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Reprise {
    pub personne_id: i64,
    pub avant: EtatCivil,
    pub apres: EtatCivil,
    pub externes: Vec<(String, String)>,
    /// Where she comes in for the first time.
    pub entrees: Vec<i64>,
    /// Where she comes back, with the last day that was said.
    pub retours: Vec<(i64, Date)>,
    /// Where she is not any more, with the last day that was said.
    pub departs: Vec<(i64, Option<Date>)>,
}

/// A reprise, in words.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Modification {
    pub rang: u32,
    pub liste: String,
    /// What, before, after.
    pub mots: Vec<(String, String, String)>,
    pub reprise: Reprise,
}

/// One of those whom a row may mean.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Candidat {
    pub personne_id: i64,
    pub liste: String,
    pub ou: String,
}

/// A row whose person is not sure.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Doute {
    pub rang: u32,
    pub liste: String,
    pub question: String,
    pub candidats: Vec<Candidat>,
}

impl Doute {
    pub(super) fn of(elle: &Entrant, ids: &[i64], ici: &Ici<'_>) -> Self {
        let candidat = |p: &Personne| {
            let ou: Vec<&str> = p.ouvertes(ici.jour).filter_map(|o| ici.nom(o)).collect();
            let ne = p.etat.naissance.as_ref().map(|n| format!("né(e) le {}", date::courte(n)));
            let ou = (!ou.is_empty()).then(|| ou.join(", "));
            let ou = ou.or_else(|| Some("ailleurs dans l’établissement".into()));
            Candidat {
                personne_id: p.personne_id,
                liste: p.liste(),
                ou: ou.into_iter().chain(ne).collect::<Vec<_>>().join(", "),
            }
        };
        let candidats: Vec<Candidat> = ids
            .iter()
            .filter_map(|id| ici.gens.iter().find(|p| p.personne_id == *id))
            .map(candidat)
            .collect();
        let dits: Vec<String> =
            candidats.iter().map(|c| format!("{} ({})", c.liste, c.ou)).collect();
        let meme = if candidats.iter().all(|c| c.liste == elle.liste()) {
            "même nom que"
        } else {
            "ressemble à"
        };
        let question = format!("{meme} {}. C’est la même personne\u{202f}?", dits.join(", "));
        Self { rang: elle.rang, liste: elle.liste(), question, candidats }
    }

    pub(super) fn double(elle: &Entrant, ou: &str) -> Self {
        let question =
            format!("même nom qu’{ou}, et rien ne les distingue. Ce sont deux personnes\u{202f}?");
        Self { rang: elle.rang, liste: elle.liste(), question, candidats: vec![] }
    }
}

/// Somebody who is there and whom the list does not name.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Absent {
    pub personne_id: i64,
    pub liste: String,
    pub dans: String,
    /// Why she can only stay.
    pub reste: Option<String>,
    pub desactive: bool,
    pub reprise: Reprise,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Plan {
    pub nouveaux: Vec<Nouveau>,
    pub modifies: Vec<Modification>,
    pub doutes: Vec<Doute>,
    pub erreurs: Vec<Faute>,
    pub absents: Vec<Absent>,
    pub inchanges: usize,
    /// Rows that she left aside.
    pub laisses: usize,
    /// Rows of classes that are not brought in.
    pub hors: usize,
    /// Rows that say the same thing twice.
    pub fondues: usize,
    pub repondus: usize,
}

impl Plan {
    /// What she saw, in a word that changes when it does.
    pub fn empreinte(&self) -> String {
        let dit = serde_json::to_vec(self).unwrap_or_default();
        hex::encode(&Sha256::digest(dit)[..12])
    }

    pub fn desactives(&self) -> impl Iterator<Item = &Absent> {
        self.absents.iter().filter(|a| a.desactive)
    }

    /// A confirmation would write something.
    pub fn change(&self) -> bool {
        !self.nouveaux.is_empty() || !self.modifies.is_empty() || self.desactives().next().is_some()
    }

    pub(super) fn reprendre(
        &mut self,
        quoi: Quoi,
        (elle, ou, dite): (&Entrant, &BTreeSet<i64>, bool),
        p: &Personne,
        ici: &Ici<'_>,
    ) {
        let mut r = Reprise {
            personne_id: p.personne_id,
            avant: p.etat.clone(),
            apres: p.etat.clone(),
            ..Reprise::default()
        };
        if quoi == Quoi::Etudiant {
            r.apres = corriger(elle, p);
        }
        // One number for each program; a row is remembered when she said whose it is.
        let neuve = |e: &&(String, String)| match e.0.as_str() {
            super::MARQUE => dite,
            _ => !p.externes.iter().any(|x| x.0 == e.0),
        };
        r.externes = elle.externes.iter().filter(neuve).cloned().collect();
        let mut mots = differences(&r);
        entrer(&mut r, p, ou, ici, &mut mots);
        if quoi == Quoi::Etudiant
            && let Err(message) = quitter(&mut r, p, ou, ici, &mut mots)
        {
            self.erreurs.push(Faute { rang: elle.rang, message });
            return;
        }
        if mots.is_empty() && r.externes.is_empty() {
            self.inchanges += 1;
        } else {
            if mots.is_empty() {
                let (source, valeur) = &r.externes[0];
                let quoi = if source == super::MARQUE {
                    ("Rapprochement", "confirmé")
                } else {
                    ("Numéro dans l’autre logiciel", valeur.as_str())
                };
                mots.push((quoi.0.into(), String::new(), quoi.1.into()));
            }
            self.modifies.push(Modification {
                rang: elle.rang,
                liste: p.liste(),
                mots,
                reprise: r,
            });
        }
    }

    /// Those who are in the promotions of the list and whom it does not name: they stay, unless she says otherwise.
    pub(super) fn chercher_absents(
        &mut self,
        quoi: Quoi,
        choix: &Choix,
        ici: &Ici<'_>,
        vus: &BTreeSet<i64>,
    ) {
        let toutes = choix.toutes();
        for p in ici.gens.iter().filter(|p| !vus.contains(&p.personne_id)) {
            let siennes: BTreeSet<i64> =
                p.ouvertes(ici.jour).filter(|o| toutes.contains(o)).collect();
            if siennes.is_empty() {
                continue;
            }
            let coordonne =
                p.places.iter().any(|x| x.coordonne && siennes.contains(&x.promotion_id));
            let reste = if quoi == Quoi::Enseignant && p.personne_id == ici.moi {
                Some("c’est vous".to_owned())
            } else if coordonne {
                Some("coordonne la promotion\u{a0}: changez d’abord la coordination".to_owned())
            } else {
                None
            };
            let departs = siennes.iter().map(|o| (*o, p.place(*o).and_then(|x| x.au))).collect();
            self.absents.push(Absent {
                personne_id: p.personne_id,
                liste: p.liste(),
                dans: noms(&siennes, ici),
                desactive: reste.is_none() && choix.desactives.contains(&p.personne_id),
                reste,
                reprise: Reprise {
                    personne_id: p.personne_id,
                    avant: p.etat.clone(),
                    apres: p.etat.clone(),
                    departs,
                    ..Reprise::default()
                },
            });
        }
    }
}

fn noms(ou: &BTreeSet<i64>, ici: &Ici<'_>) -> String {
    ou.iter().filter_map(|o| ici.nom(*o)).collect::<Vec<_>>().join(", ")
}

/// What the list says better than what is known: an empty cell says nothing, accents that it lacks are not taken away.
fn corriger(elle: &Entrant, p: &Personne) -> EtatCivil {
    let avant = &p.etat;
    let meme = |a: &str, b: &str| super::lecture::plier(a, "") == super::lecture::plier(b, "");
    let mieux = |dit: &str, su: &str| {
        if dit.is_empty() || meme(dit, su) { su.to_owned() } else { dit.to_owned() }
    };
    EtatCivil {
        nom: mieux(&elle.nom, &avant.nom),
        prenom: mieux(&elle.prenom, &avant.prenom),
        nom_usage: mieux(&elle.nom_usage, &avant.nom_usage),
        naissance: elle.naissance.or(avant.naissance),
        ine: elle.ine.clone().or_else(|| avant.ine.clone()),
    }
}

fn differences(r: &Reprise) -> Vec<(String, String, String)> {
    let jour = |d: &Option<Date>| d.as_ref().map(date::courte).unwrap_or_default();
    let dites = |e: &EtatCivil| {
        [
            e.nom.clone(),
            e.prenom.clone(),
            e.nom_usage.clone(),
            jour(&e.naissance),
            e.ine.clone().unwrap_or_default(),
        ]
    };
    let quoi = ["Nom", "Prénom", "Nom d’usage", "Date de naissance", "INE"];
    let tout = quoi.into_iter().zip(dites(&r.avant)).zip(dites(&r.apres));
    tout.filter(|((_, a), b)| a != b).map(|((q, a), b)| (q.to_owned(), a, b)).collect()
}

/// Where she comes in, or comes back.
fn entrer(
    r: &mut Reprise,
    p: &Personne,
    ou: &BTreeSet<i64>,
    ici: &Ici<'_>,
    mots: &mut Vec<(String, String, String)>,
) {
    for promotion in ou {
        let nom = ici.nom(*promotion).unwrap_or_default().to_owned();
        match p.place(*promotion).map(|place| place.au) {
            Some(Some(au)) if au < ici.jour => {
                r.retours.push((*promotion, au));
                mots.push(("Promotion".into(), format!("partie le {}", date::courte(&au)), nom));
            }
            Some(_) => {}
            None => {
                r.entrees.push(*promotion);
                mots.push(("Promotion".into(), String::new(), nom));
            }
        }
    }
}

/// A student is in one promotion: coming into another, she leaves the one where she was, if it is hers to say.
fn quitter(
    r: &mut Reprise,
    p: &Personne,
    ou: &BTreeSet<i64>,
    ici: &Ici<'_>,
    mots: &mut Vec<(String, String, String)>,
) -> Result<(), String> {
    if r.entrees.is_empty() && r.retours.is_empty() {
        return Ok(());
    }
    for ailleurs in p.ouvertes(ici.jour).filter(|o| !ou.contains(o)) {
        let Some(nom) = ici.nom(ailleurs) else {
            return Err(format!(
                "{} est dans une promotion que vous ne coordonnez pas. Demandez à l’administration de changer sa promotion.",
                p.liste()
            ));
        };
        r.departs.push((ailleurs, p.place(ailleurs).and_then(|x| x.au)));
        mots.push(("Promotion".into(), nom.to_owned(), "quittée".into()));
    }
    Ok(())
}
