//! What to do now: what was asked of her, what was answered, where she has said nothing yet.
use super::{
    Ligne, Volet,
    piste::Piste,
    vecu::{Reponse, Sienne, Vecu},
};
use crate::date;

/// A thing to do: where it is done, in one sentence, with what helps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chose {
    pub vers: String,
    pub icone: &'static str,
    pub texte: String,
    pub detail: String,
}

#[derive(Debug, Clone, Default)]
pub struct AFaire {
    pub choses: Vec<Chose>,
    /// Answers that she may say she has read.
    pub reponses: Vec<i64>,
    /// The next thing worth doing.
    pub ensuite: Option<Chose>,
}

impl AFaire {
    pub fn de(volets: &[Volet], vecu: &Vecu, pistes: &[Piste]) -> Self {
        let mut choses = vec![];
        choses.extend(vecu.reponses.iter().filter(|r| r.etat == "complement").map(completer));
        let neuves = || vecu.reponses.iter().filter(|r| a_lire(r));
        choses.extend(neuves().map(lire));
        choses.extend(volets.iter().filter_map(|v| se_situer(v, vecu)));
        choses.extend(volets.iter().filter(|v| vide(v, vecu)).map(commencer));
        Self {
            choses,
            reponses: neuves().map(|r| r.demande_id).collect(),
            ensuite: ensuite(volets, vecu, pistes),
        }
    }
}

fn chose(vers: String, icone: &'static str, texte: String, detail: String) -> Chose {
    Chose { vers, icone, texte, detail }
}

fn cite(titre: &str) -> String {
    format!("«\u{a0}{titre}\u{a0}»")
}

fn completer(r: &Reponse) -> Chose {
    let texte = format!("Compléter {}\u{a0}: {} attend une suite", cite(&r.titre), r.par);
    chose(format!("/preuves/{}/demande", r.preuve_id), "commentaire", texte, r.motif.clone())
}

fn a_lire(r: &Reponse) -> bool {
    !r.lue && matches!(r.etat.as_str(), "validee" | "refusee")
}

fn lire(r: &Reponse) -> Chose {
    let issue = crate::demande::etat(&r.etat).to_lowercase();
    let texte = format!("Lire la réponse de {} à {}\u{a0}: {issue}", r.par, cite(&r.titre));
    chose(format!("/preuves/{}/demande", r.preuve_id), "oeil", texte, r.motif.clone())
}

/// Judged there, and she never said where she stands. She says it when she asks that a preuve be judged.
fn se_situer(volet: &Volet, vecu: &Vecu) -> Option<Chose> {
    let muette = |l: &&Ligne| {
        !l.positionnes.is_empty() && !vecu.soi.contains_key(&l.sous_competence.code)
    };
    let codes: Vec<&str> =
        volet.lignes.iter().filter(muette).map(|l| l.sous_competence.code.as_str()).collect();
    let nombre = i64::try_from(codes.len()).unwrap_or(i64::MAX);
    let jugees = match nombre {
        0 => return None,
        1 => "1\u{a0}sous-compétence déjà jugée".to_owned(),
        n => format!("{n}\u{a0}sous-compétences déjà jugées"),
    };
    let texte = format!("Vous situer sur {jugees} du bloc\u{a0}{}", volet.bloc.code);
    let attend = |p: &&Sienne| {
        vecu.reponses.iter().any(|r| r.preuve_id == p.preuve_id && r.etat == "attente")
    };
    let montre = |p: &&Sienne| p.codes.iter().any(|c| codes.contains(&c.as_str()));
    let par = vecu.preuves.iter().find(|p| montre(p) && !attend(p));
    let (vers, comment) = match par {
        Some(p) => (
            format!("/preuves/{}/demande", p.preuve_id),
            format!("en demandant la validation de {}", cite(&p.titre)),
        ),
        None => ("/preuves/nouvelle".to_owned(), "avec une nouvelle preuve".to_owned()),
    };
    Some(chose(vers, "personne", texte, format!("{}, {comment}", codes.join(", "))))
}

/// Nothing at all was recorded there.
fn vide(volet: &Volet, vecu: &Vecu) -> bool {
    let muette = |l: &Ligne| l.positionnes.is_empty() && l.dit.is_none();
    let montree = |l: &Ligne| vecu.preuves.iter().any(|p| p.codes.contains(&l.sous_competence.code));
    volet.lignes.iter().all(|l| muette(l) && !montree(l))
}

fn commencer(volet: &Volet) -> Chose {
    let texte = format!("Commencer le bloc\u{a0}{}\u{a0}: rien n’y est encore enregistré", volet.bloc.code);
    chose("/preuves/nouvelle".to_owned(), "ajouter", texte, volet.bloc.intitule.clone())
}

/// The latest preuve that nobody was asked to judge; else a compétence that has no preuve at all, one for which she has
/// something rather than another; else a sous-compétence without one.
fn ensuite(volets: &[Volet], vecu: &Vecu, pistes: &[Piste]) -> Option<Chose> {
    let demandee = |p: &&Sienne| vecu.reponses.iter().any(|r| r.preuve_id == p.preuve_id);
    let jugee = |p: &&Sienne| {
        let citee = |l: &Ligne| l.positionnes.iter().any(|n| n.preuve_id == Some(p.preuve_id));
        volets.iter().flat_map(|v| &v.lignes).any(citee)
    };
    if let Some(p) = vecu.preuves.iter().find(|p| !p.codes.is_empty() && !demandee(p) && !jugee(p)) {
        let texte = format!("demander la validation de {}, que personne n’a encore lue", cite(&p.titre));
        let vers = format!("/preuves/{}/demande", p.preuve_id);
        return Some(chose(vers, "suivant", texte, date::longue(&p.vecue_le)));
    }
    let sans = |codes: &[&str]| codes.iter().all(|c| pistes.iter().any(|p| p.sous_competence.code == *c));
    let competences = volets.iter().flat_map(|v| &v.bloc.competences);
    let nues: Vec<(&str, Vec<&Piste>)> = competences
        .filter_map(|c| {
            let codes: Vec<&str> = c.sous_competences.iter().map(|s| s.code.as_str()).collect();
            let siennes = pistes.iter().filter(|p| codes.contains(&p.sous_competence.code.as_str()));
            (!codes.is_empty() && sans(&codes)).then(|| (c.intitule.as_str(), siennes.collect()))
        })
        .collect();
    let avec_idee = nues.iter().find(|(_, p)| p.iter().any(|p| !p.idees.is_empty()));
    let (quoi, pistes): (&str, Vec<&Piste>) = match avec_idee.or(nues.first()) {
        Some((intitule, siennes)) => (*intitule, siennes.clone()),
        None => {
            let piste = pistes.iter().find(|p| !p.idees.is_empty()).or(pistes.first())?;
            (&piste.sous_competence.intitule, vec![piste])
        }
    };
    let sans = format!("{} n’a encore aucune preuve", cite(quoi));
    match pistes.iter().flat_map(|p| &p.idees).next() {
        Some(i) => {
            let texte = format!("{sans}\u{202f}; {} pourrait y servir", cite(&i.titre));
            Some(chose(format!("/preuves/{}", i.preuve_id), "suivant", texte, i.pourquoi.clone()))
        }
        None => Some(chose("/preuves/nouvelle".to_owned(), "ajouter", sans, "déposez-en une".to_owned())),
    }
}
