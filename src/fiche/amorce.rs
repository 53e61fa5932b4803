//! What a sheet begins with: what is known already of the preuves that it is made from, where the model says so.
use std::collections::BTreeMap;

use super::{Modele, Texte, modele::Source};
use crate::{date, preuve::Preuve, referentiel::replier, stage::carnet::Organisation};

/// The first words of a sheet made from these preuves. Nothing is invented: what is not known is left empty.
pub fn amorcer(modele: &Modele, preuves: &[Preuve], carnet: &[Organisation]) -> Texte {
    let mut dans_l_ordre: Vec<&Preuve> = preuves.iter().collect();
    dans_l_ordre.sort_by_key(|p| (p.vecue_le, p.preuve_id));
    let mut rubriques = BTreeMap::new();
    for ligne in modele.lignes() {
        for rubrique in &ligne.rubriques {
            let Some(source) = rubrique.de else { continue };
            let dits = dire(source, &dans_l_ordre, carnet);
            let dits = if ligne.forme.rangees() { dits } else { vec![dits.join("\n")] };
            if dits.iter().any(|t| !t.is_empty()) {
                rubriques.insert(rubrique.code.clone(), dits);
            }
        }
    }
    let titre = match dans_l_ordre.as_slice() {
        [seule] => seule.titre.clone(),
        _ => String::new(),
    };
    let vecues: Vec<Option<bool>> = dans_l_ordre.iter().map(|p| p.reelle).collect();
    let vecue = match (&modele.vecue, vecues.as_slice()) {
        (Some(_), [premiere, reste @ ..]) if reste.iter().all(|v| v == premiere) => *premiere,
        _ => None,
    };
    let nature = match modele.natures.as_slice() {
        [seule] => Some(seule.code.clone()),
        _ => None,
    };
    Texte { titre, nature, vecue, rubriques }
}

/// Each thing once, in the order in which it was first said.
fn distincts(dits: impl Iterator<Item = String>) -> Vec<String> {
    let mut vus: Vec<String> = vec![];
    for dit in dits.filter(|d| !d.trim().is_empty()) {
        if !vus.contains(&dit) {
            vus.push(dit);
        }
    }
    vus
}

fn dire(source: Source, preuves: &[&Preuve], carnet: &[Organisation]) -> Vec<String> {
    let de = |p: &&Preuve| -> Option<String> {
        let organisation = || p.organisation.clone().filter(|o| !o.is_empty());
        let fiche = || {
            let nom = replier(&organisation()?);
            Some(&carnet.iter().find(|o| replier(&o.fiche.nom) == nom)?.fiche)
        };
        match source {
            Source::Organisation | Source::Lieu => organisation(),
            Source::Adresse => fiche().map(|f| {
                let ville = [f.code_postal.as_str(), f.ville.as_str()].join(" ");
                let lignes = [f.adresse.as_str(), ville.trim()];
                lignes.into_iter().filter(|l| !l.is_empty()).collect::<Vec<_>>().join("\n")
            }),
            Source::Secteur => fiche().map(|f| f.secteur.clone()),
            Source::Dates => Some(match p.jusqu_au {
                Some(au) => {
                    format!("du {} au {}", date::longue(&p.vecue_le), date::longue(&au))
                }
                None => date::longue(&p.vecue_le),
            }),
            Source::Acteurs => Some(p.avec.clone()),
            Source::Recit => Some(p.texte.clone()),
            Source::Titres => Some(p.titre.clone()),
            Source::Liens => Some(p.liens.join("\n")),
        }
    };
    distincts(preuves.iter().filter_map(de))
}
