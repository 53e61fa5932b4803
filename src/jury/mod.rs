//! What the jury reads: one value, and the documents made of it.
pub mod dossier;
pub mod pages;
pub mod pdf;
mod sceau;
pub mod tableur;

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    app::Db,
    compte::Jury,
    date,
    error::Result,
    etudiant::Etudiant,
    journal, preuve,
    progression::{self, Ligne, Positionne, Volet},
    promotion::Promotion,
    referentiel::{self, Edition},
    regle::Proposition,
    situation::contexte,
    validation::{self, Decidee},
};
use dossier::{Bloc, Candidat, Competence, Dossier, Preuve};

/// Printed on everything that leaves.
pub const MENTION: &str = "Document interne de formation, non certificatif\u{a0}: il ne remplace aucune grille ni \
    fiche d’évaluation officielle.";

impl Jury {
    /// These candidates of a promotion that I examine, at one moment of the journal.
    pub async fn dossier(
        &self,
        db: &mut Db,
        promotion: &Promotion,
        etudiants: &[Etudiant],
    ) -> Result<Dossier> {
        let edition = referentiel::find(&mut **db, promotion.edition_id).await?;
        let ids: Vec<i64> = etudiants.iter().map(Etudiant::id).collect();
        let reglage = promotion.reglage(db).await?;
        let mut tous = progression::positionnes(db, &edition, &ids).await?;
        let temoin = journal::temoin(db).await?;
        let ecole = dossier::ecole(db).await?;
        let mut preuves = preuve::preuves_de(db, etudiants, None).await?;
        let arrets = validation::arrets(db, &ids).await?;
        let decisions =
            validation::par_case(validation::decisions(db, edition.edition_id, &ids).await?);
        let mut candidats = Vec::with_capacity(etudiants.len());
        for etudiant in etudiants {
            let siens: Vec<Positionne> =
                tous.extract_if(.., |p| p.etudiant_id == etudiant.id()).collect();
            let volets = progression::volets(&edition, &reglage, siens);
            let siennes = preuves.extract_if(.., |p| p.etudiant_id == etudiant.id()).collect();
            let mut candidat = candidat(etudiant, &edition, &volets, siennes);
            arreter(&mut candidat, &edition, &decisions, etudiant.id());
            candidat.arret = arrets.get(&etudiant.id()).map(validation::Arret::en_mots);
            candidats.push(candidat);
        }
        Ok(Dossier {
            etablissement: self.etablissement().to_owned(),
            uai: ecole.uai,
            promotion: promotion.nom.clone(),
            annee_examen: promotion.annee_examen,
            diplome: edition.intitule.clone(),
            edition: edition.code.clone(),
            edite_le: date::instant(&self.ici_le()),
            jour: dossier::jour_du_document(self.aujourd_hui()),
            edite_par: self.appellation(),
            fictif: ecole.fictif,
            temoin: temoin.into(),
            regle: reglage.regle.intitule(),
            regle_en_mots: format!("{}. {}", reglage.en_mots(), reglage.regle.explication()),
            fraicheur: reglage.fraicheur,
            legende: dossier::legende(&edition),
            candidats,
        })
    }
}

/// The levels that the team settled on take the place of what the last situation says, in the counts too.
fn arreter(
    candidat: &mut Candidat,
    edition: &Edition,
    decisions: &BTreeMap<(i64, String), Decidee>,
    etudiant: i64,
) {
    let hauts = progression::atteintes(edition);
    for bloc in &mut candidat.blocs {
        let (mut atteintes, mut toutes) = (0, 0);
        for ligne in bloc.competences.iter_mut().flat_map(|c| &mut c.sous_competences) {
            let decidee = decisions.get(&(etudiant, ligne.code.clone()));
            if let Some(d) = decidee.filter(|d| d.niveau.is_some()) {
                (ligne.niveau, ligne.arrete) = (d.niveau.clone(), true);
                (ligne.explication, ligne.ancienne) = (Some(d.en_mots()), false);
            }
            toutes += 1;
            atteintes += usize::from(ligne.niveau.as_deref().is_some_and(|n| hauts.contains(&n)));
        }
        bloc.resume = progression::resume(edition, atteintes, toutes);
    }
}

fn candidat(
    etudiant: &Etudiant,
    edition: &Edition,
    volets: &[Volet],
    preuves: Vec<crate::preuve::Preuve>,
) -> Candidat {
    Candidat {
        nom: etudiant.nom.clone(),
        prenom: etudiant.prenom.clone(),
        arret: None,
        jamais: volets.iter().map(|v| v.jamais).sum(),
        blocs: volets.iter().map(|v| bloc(v, edition)).collect(),
        preuves: preuves
            .into_iter()
            .map(|p| Preuve {
                date: date::courte(&p.vecue_le),
                contexte: contexte(&p.contexte).to_owned(),
                organisation: p.organisation,
                codes: p.codes,
                fichiers: p.fichiers.len(),
                titre: p.titre,
            })
            .collect(),
    }
}

fn bloc(volet: &Volet, edition: &Edition) -> Bloc {
    let competence = |c: &referentiel::Competence| Competence {
        code: c.code.clone(),
        intitule: c.intitule.clone(),
        sous_competences: volet.lignes_de(&c.code).into_iter().map(ligne).collect(),
    };
    Bloc {
        code: volet.bloc.code.clone(),
        intitule: volet.bloc.intitule.clone(),
        resume: volet.resume(edition),
        competences: volet.bloc.competences.iter().map(competence).collect(),
    }
}

fn ligne(l: &Ligne) -> dossier::Ligne {
    let uniques = |f: fn(&Positionne) -> String| -> Vec<String> {
        l.positionnes.iter().map(f).collect::<BTreeSet<_>>().into_iter().collect()
    };
    dossier::Ligne {
        code: l.sous_competence.code.clone(),
        intitule: l.sous_competence.intitule.clone(),
        criteres: l.sous_competence.criteres.iter().map(|c| c.intitule.clone()).collect(),
        niveau: l.niveau().map(str::to_owned),
        arrete: false,
        explication: l.proposition.as_ref().map(Proposition::phrase),
        ancienne: l.proposition.as_ref().is_some_and(|p| p.ancienne),
        situations: l.positionnes.len(),
        contextes: uniques(|p| p.contexte.clone()),
        derniere: l.dernier().map(|p| p.vecu_le),
        evaluateurs: uniques(|p| p.par.clone()),
        remarque: l.dernier().map(|p| p.remarque.clone()).filter(|r| !r.is_empty()),
    }
}
