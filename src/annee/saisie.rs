//! The form of a year change: what was typed, and the plan that it says.
use std::collections::BTreeMap;

use time::{Date, Duration};

use super::{
    lecture::{Eleve, Ouverte},
    plan::{Mouvement, Plan, Sort},
};
use crate::{date, form::FormErrors};

pub type Champs = BTreeMap<String, String>;

/// A year change is prepared at most so long before, or after, its day.
const AVANT: Duration = Duration::days(400);
const APRES: Duration = Duration::days(120);

/// What the form says, once it can be.
pub struct Dite {
    pub jour: Date,
    pub fermeture: Date,
    pub plan: Plan,
}

fn dit<'a>(champs: &'a Champs, nom: &str) -> &'a str {
    champs.get(nom).map_or("", String::as_str)
}

/// What the form holds at first: the next 1st of September, what ends that year is closed, the rest goes on.
pub fn vierge(ouvertes: &[Ouverte], aujourd_hui: Date) -> Champs {
    let an = aujourd_hui.year() + i32::from(u8::from(aujourd_hui.month()) > 9);
    let jour = Date::from_calendar_date(an, time::Month::September, 1).unwrap_or(aujourd_hui);
    let mut champs = Champs::new();
    champs.insert("jour".into(), date::iso(&jour));
    champs.insert("fermeture".into(), date::iso(&(jour - Duration::days(1))));
    for o in ouvertes {
        champs.insert(format!("nom-{}", o.promotion_id), o.nom.clone());
        let sort = if o.annee_examen <= an { "close" } else { "continue" };
        champs.insert(format!("sort-{}", o.promotion_id), sort.into());
    }
    champs
}

/// The same, as a plan had it: prepared once, and taken up again.
pub fn reprise(ouvertes: &[Ouverte], (jour, fermeture): (&Date, &Date), plan: &Plan) -> Champs {
    let mut champs = vierge(ouvertes, *jour);
    champs.insert("jour".into(), date::iso(jour));
    champs.insert("fermeture".into(), date::iso(fermeture));
    for s in &plan.promotions {
        champs.insert(format!("nom-{}", s.id), s.nom.clone());
        champs.insert(format!("sort-{}", s.id), if s.close { "close" } else { "continue" }.into());
    }
    for m in &plan.etudiants {
        let close = plan.sort(m.promotion).is_some_and(|s| s.close);
        let choix = match m.vers {
            Some(vers) => format!("v{vers}"),
            None if close => String::new(), // she follows her promotion
            None => "part".into(),
        };
        champs.insert(format!("e-{}-{}", m.promotion, m.id), choix);
    }
    champs
}

/// The plan, or what is wrong.
pub fn lire(
    champs: &Champs,
    (ouvertes, clos): (&[Ouverte], &[String]),
    aujourd_hui: Date,
    erreurs: &mut FormErrors,
) -> Option<Dite> {
    let jour = date::lire(dit(champs, "jour"));
    match jour {
        None => erreurs.add("jour", "Cette date n’existe pas. Écrivez-la jj/mm/aaaa."),
        Some(j) if j > aujourd_hui + AVANT || j < aujourd_hui - APRES => {
            erreurs.add("jour", "Cette date est trop loin d’aujourd’hui. Corrigez l’année.");
        }
        Some(_) => {}
    }
    let fermeture = date::lire(dit(champs, "fermeture"));
    if fermeture.is_none() {
        erreurs.add("fermeture", "Cette date n’existe pas. Écrivez-la jj/mm/aaaa.");
    }
    let mut plan = Plan::default();
    let sorts: Vec<Sort> = ouvertes.iter().map(|o| sort(champs, o, erreurs)).collect();
    for s in &sorts {
        let pris = |n: &str| n.to_lowercase() == s.nom.to_lowercase();
        if sorts.iter().any(|a| a.id != s.id && pris(&a.nom)) || clos.iter().any(|n| pris(n)) {
            erreurs.add(
                &format!("nom-{}", s.id),
                "Une autre promotion porterait le même nom. Changez l’un des deux.",
            );
        }
    }
    for o in ouvertes {
        let close = sorts.iter().any(|s| s.id == o.promotion_id && s.close);
        for e in &o.eleves {
            let ou = (o, close, jour);
            plan.etudiants.extend(mouvement(champs, ou, e, (ouvertes, &sorts, erreurs)));
        }
    }
    let change =
        |s: &Sort| s.close || ouvertes.iter().any(|o| o.promotion_id == s.id && o.nom != s.nom);
    if !sorts.iter().any(change) && plan.etudiants.is_empty() {
        erreurs.add(
            "jour",
            "Rien ne change. Fermez une promotion, renommez-la, ou faites partir quelqu’un.",
        );
    }
    plan.promotions = sorts;
    Some(Dite { jour: jour?, fermeture: fermeture?, plan }).filter(|_| erreurs.is_empty())
}

fn sort(champs: &Champs, o: &Ouverte, erreurs: &mut FormErrors) -> Sort {
    let champ = format!("nom-{}", o.promotion_id);
    let nom = erreurs.ligne(&champ, dit(champs, &champ), 80);
    let close = dit(champs, &format!("sort-{}", o.promotion_id)) == "close";
    Sort { id: o.promotion_id, nom, close }
}

/// Where a student goes, when it is not where her promotion goes.
fn mouvement(
    champs: &Champs,
    (o, close, jour): (&Ouverte, bool, Option<Date>),
    e: &Eleve,
    (ouvertes, sorts, erreurs): (&[Ouverte], &[Sort], &mut FormErrors),
) -> Option<Mouvement> {
    let champ = format!("e-{}-{}", o.promotion_id, e.etudiant_id);
    let (id, promotion) = (e.etudiant_id, o.promotion_id);
    let bouge = |vers| Some(Mouvement { id, promotion, vers });
    let part = match dit(champs, &champ) {
        "" if !close => return None,
        "" | "part" => bouge(None),
        ailleurs => {
            let vers = ailleurs.strip_prefix('v').and_then(|v| v.parse::<i64>().ok());
            let la = vers.and_then(|v| ouvertes.iter().find(|o| o.promotion_id == v));
            match la {
                None => {
                    erreurs.add(&champ, "Choisissez une promotion dans la liste.");
                    None
                }
                Some(la) if sorts.iter().any(|s| s.id == la.promotion_id && s.close) => {
                    erreurs.add(
                        &champ,
                        format!(
                            "{} irait dans une promotion qui se ferme. Choisissez-en une autre.",
                            e.nom
                        ),
                    );
                    None
                }
                Some(la) if e.connues.contains(&la.promotion_id) => {
                    erreurs.add(
                        &champ,
                        format!(
                            "{} a déjà été dans «\u{a0}{}\u{a0}». Choisissez une autre promotion.",
                            e.nom, la.nom
                        ),
                    );
                    None
                }
                Some(la) => bouge(Some(la.promotion_id)),
            }
        }
    };
    if part.is_some() && jour.is_some_and(|j| e.du >= j) {
        erreurs.add(
            &champ,
            format!(
                "{} n’est dans sa promotion que depuis le {}\u{a0}: choisissez un jour de changement plus tardif.",
                e.nom,
                date::courte(&e.du)
            ),
        );
    }
    part
}
