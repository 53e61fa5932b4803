//! The parts of a candidate's liasse, in the order in which they are read: what is added for the exam is added here.
use super::{Corps, Lu, Section};
use crate::{
    conformite::lecture::Candidat,
    date,
    etudiant::Etudiant,
    fiche::{Modele, papier::Papier},
    jury::{dossier as jury, liasse::fichiers::Origine},
};

pub(super) fn sections((etudiant, elle): (&Etudiant, &jury::Candidat), lu: &Lu) -> Vec<Section> {
    let une = |titre, corps| Section { titre, corps };
    let pieces = |origine: Origine| {
        let sienne = |p: &&super::Piece| p.etudiant_id == etudiant.id() && p.origine == origine;
        lu.pieces.iter().filter(sienne).cloned().collect::<Vec<_>>()
    };
    let mut toutes = vec![une("Synthèse de compétences", Corps::Synthese)];
    let fiches = fiches(etudiant, lu);
    if !fiches.is_empty() {
        toutes.push(une("Fiches descriptives", Corps::Fiches(fiches)));
    }
    if let Some(papiers) = lu.papiers.get(&etudiant.id()).filter(|p| !p.is_empty()) {
        toutes.push(une("Grilles et fiches d’évaluation", Corps::Commission(papiers.clone())));
    }
    let annexes = pieces(Origine::Annexe);
    if !annexes.is_empty() {
        toutes.push(une("Annexes des fiches", Corps::Pieces(annexes, "")));
    }
    toutes.push(une(
        "Attestations et pièces",
        Corps::Pieces(pieces(Origine::Attestation), "Aucune pièce n’a été déposée."),
    ));
    let avis = avis(etudiant, lu);
    if !avis.is_empty() {
        toutes.push(une("Avis des tuteurs", Corps::Faits(avis)));
    }
    if let Some(candidat) = lu.conformite.get(&etudiant.id()) {
        toutes.push(une("Conformité des dossiers", Corps::Faits(conformite(candidat))));
    }
    if !elle.preuves.is_empty() {
        toutes.push(une("Liste des preuves", Corps::Faits(preuves(elle))));
    }
    toutes.push(une(
        "Fichiers des preuves",
        Corps::Pieces(pieces(Origine::Preuve), "Aucune preuve n’a de fichier joint."),
    ));
    toutes
}

/// The sheets that the team keeps, on the official models.
fn fiches(etudiant: &Etudiant, lu: &Lu) -> Vec<Papier> {
    let Some(examen) = &lu.examen else { return vec![] };
    let siennes = lu.fiches.iter().filter(|f| f.etudiant_id == etudiant.id());
    siennes
        .filter_map(|f| {
            let modele = Modele::de(examen, &f.epreuve)?;
            let texte = lu.textes.get(&f.fiche_id)?.clone();
            Some(Papier::new((examen, modele), etudiant, (f, texte)))
        })
        .collect()
}

/// What tutors signed, period by period: the last avis of each counts.
fn avis(etudiant: &Etudiant, lu: &Lu) -> Vec<(String, String)> {
    let siennes = lu.periodes.iter().filter(|p| p.etudiant_id == etudiant.id());
    siennes
        .filter_map(|p| {
            let avis = lu.avis.iter().find(|a| a.periode_id == p.periode_id)?;
            let reponse = |(texte, dit): (String, String)| format!("{texte}\u{a0}: {dit}");
            let mut dits: Vec<String> = avis.reponses().into_iter().map(reponse).collect();
            let missions = avis.missions();
            if !missions.is_empty() {
                dits.push(format!("Missions vues\u{a0}: {}", missions.join("\u{202f}; ")));
            }
            if !avis.remarque().is_empty() {
                dits.push(format!("Remarque\u{a0}: {}", avis.remarque()));
            }
            dits.push(avis.provenance());
            Some((p.en_mots(), dits.join("\n")))
        })
        .collect()
}

/// Every preuve, with a file or without.
fn preuves(elle: &jury::Candidat) -> Vec<(String, String)> {
    let une = |p: &jury::Preuve| {
        let fichiers = i64::try_from(p.fichiers).unwrap_or(i64::MAX);
        let dits = [
            Some(p.date.clone()),
            Some(p.contexte.clone()),
            p.organisation.clone(),
            Some(p.codes.join(", ")),
            Some(date::nombre(fichiers, "fichier", "fichiers")),
        ];
        let dits: Vec<String> = dits.into_iter().flatten().filter(|d| !d.is_empty()).collect();
        (p.titre.clone(), dits.join(" · "))
    };
    elle.preuves.iter().map(une).collect()
}

/// Whether the file of each épreuve would be received, and why not.
fn conformite(candidat: &Candidat) -> Vec<(String, String)> {
    let un = |d: &crate::conformite::lecture::Dossier| {
        let mut dits = vec![format!("{}, {}", d.verdict.intitule(), d.depot())];
        dits.extend(d.constats.iter().map(|c| match d.motif(c) {
            Some(motif) => format!("{motif}\u{a0}: {}", c.texte),
            None => c.texte.clone(),
        }));
        (format!("{} – {}", d.regle.epreuve, d.regle.intitule), dits.join("\n"))
    };
    let papier = |p: &crate::conformite::lecture::Papier| (p.piece.quoi.clone(), p.mots.to_owned());
    candidat.dossiers.iter().map(un).chain(candidat.papiers.iter().map(papier)).collect()
}
