//! One candidate of the dossier, out of the rows that were read of her.
use std::collections::{BTreeMap, BTreeSet, HashMap};

use time::Date;

use super::dossier::{self, Bloc, Candidat, Competence, Preuve, Stage};
use crate::{
    date,
    etudiant::Etudiant,
    examen::Examen,
    fiche::Fiche,
    progression::{self, Ligne, Positionne, Volet},
    referentiel::{self, Edition},
    regle::Proposition,
    situation::contexte,
    stage::{Periode, Stages},
    validation::{Arret, Decidee},
};

/// What was read of one candidate, beside what was read of all.
pub(super) struct Sien<'a> {
    pub etudiant: &'a Etudiant,
    pub edition: &'a Edition,
    pub examen: Option<&'a Examen>,
    pub jour: Date,
    pub place: i64,
    pub volets: Vec<Volet>,
    pub preuves: Vec<crate::preuve::Preuve>,
    pub fiches: Vec<Fiche>,
    pub stages: &'a Stages,
    pub arret: Option<&'a Arret>,
    pub decisions: &'a BTreeMap<(i64, String), Decidee>,
    pub soi: &'a HashMap<(i64, String), String>,
}

pub(super) fn candidat(s: &Sien) -> Candidat {
    let id = s.etudiant.id();
    let candidature = s.examen.map(|e| e.candidature(id));
    let voie = candidature.as_ref().map(|c| c.voie.intitule.clone());
    let compte = s.examen.map(|e| s.stages.compte(e, id, s.jour)).filter(|c| c.requis > 0);
    Candidat {
        id,
        appel: s.etudiant.liste(),
        nom: s.etudiant.nom.clone(),
        prenom: s.etudiant.prenom.clone(),
        numero: candidature.and_then(|c| c.numero),
        place: s.place,
        voie,
        stages: s.stages.de(id).map(|p| stage(p, s)).collect(),
        duree: compte.map(|c| format!("{} sur {}", c.faite(), c.requise())),
        fiches: s.fiches.iter().filter(|f| f.etat.gardee()).map(fiche).collect(),
        arret: s.arret.map(Arret::en_mots),
        jamais: s.volets.iter().map(|v| v.jamais).sum(),
        blocs: s.volets.iter().map(|v| bloc(v, s)).collect(),
        preuves: s.preuves.iter().map(preuve).collect(),
    }
}

fn stage(periode: &Periode, s: &Sien) -> Stage {
    let jours = |e: &Examen| date::nombre(i64::from(periode.jours(e.reglement)), "jour", "jours");
    Stage {
        organisation: periode.organisation.clone(),
        ville: periode.ville.clone(),
        dates: periode.dates(),
        jours: s.examen.map(jours),
        etat: periode.etat(s.jour).intitule(),
    }
}

fn fiche(f: &Fiche) -> dossier::Fiche {
    dossier::Fiche { appel: f.nom(), titre: f.titre.clone(), etat: f.en_mots() }
}

fn preuve(p: &crate::preuve::Preuve) -> Preuve {
    Preuve {
        titre: p.titre.clone(),
        date: date::courte(&p.vecue_le),
        contexte: contexte(&p.contexte).to_owned(),
        entreprise: crate::situation::en_entreprise(&p.contexte),
        organisation: p.organisation.clone(),
        codes: p.codes.clone(),
        fichiers: p.fichiers.len(),
    }
}

fn bloc(volet: &Volet, s: &Sien) -> Bloc {
    let competence = |c: &referentiel::Competence| Competence {
        code: c.code.clone(),
        intitule: c.intitule.clone(),
        sous_competences: volet.lignes_de(&c.code).into_iter().map(|l| ligne(l, s)).collect(),
    };
    let competences: Vec<Competence> = volet.bloc.competences.iter().map(competence).collect();
    let hauts = progression::atteintes(s.edition);
    let lignes = || competences.iter().flat_map(|c| &c.sous_competences);
    let atteinte = |l: &&dossier::Ligne| l.niveau.as_deref().is_some_and(|n| hauts.contains(&n));
    Bloc {
        code: volet.bloc.code.clone(),
        intitule: volet.bloc.intitule.clone(),
        // What the team settled on counts before what the rule proposes.
        resume: progression::resume(s.edition, lignes().filter(atteinte).count(), lignes().count()),
        competences,
    }
}

fn ligne(l: &Ligne, s: &Sien) -> dossier::Ligne {
    let uniques = |f: fn(&Positionne) -> String| -> Vec<String> {
        l.positionnes.iter().map(f).collect::<BTreeSet<_>>().into_iter().collect()
    };
    let ici = (s.etudiant.id(), l.sous_competence.code.clone());
    let decidee = s.decisions.get(&ici).filter(|d| d.niveau.is_some());
    let arrete = decidee.and_then(|d| d.niveau.clone());
    let propose = l.niveau().map(str::to_owned);
    dossier::Ligne {
        code: l.sous_competence.code.clone(),
        intitule: l.sous_competence.intitule.clone(),
        criteres: l.sous_competence.criteres.iter().map(|c| c.intitule.clone()).collect(),
        niveau: arrete.clone().or_else(|| propose.clone()),
        propose,
        explication: l.proposition.as_ref().map(Proposition::phrase),
        // A decision does not grow old.
        ancienne: arrete.is_none() && l.proposition.as_ref().is_some_and(|p| p.ancienne),
        arrete,
        decision: decidee.map(Decidee::en_mots),
        soi: s.soi.get(&ici).cloned(),
        situations: l.positionnes.len(),
        contextes: uniques(|p| p.contexte.clone()),
        derniere: l.dernier().map(|p| p.vecu_le),
        evaluateurs: uniques(|p| p.par.clone()),
        remarque: l.dernier().map(|p| p.remarque.clone()).filter(|r| !r.is_empty()),
    }
}
