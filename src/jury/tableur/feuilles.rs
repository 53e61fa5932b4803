//! The tables of a dossier: a row a candidate, a row a candidate and sous-compétence, and what explains them.
use super::{Case, Colonne, Feuille};
use crate::jury::{
    MENTION, anonymat,
    dossier::{Bloc, Candidat, Competence, Dossier, Ligne},
};

fn oui(vrai: bool) -> Case {
    if vrai { Case::texte("oui") } else { Case::Vide }
}

/// Who it is: the name is left out where names are.
fn qui(dossier: &Dossier, candidat: &Candidat) -> Vec<Case> {
    let numero = Case::from(candidat.numero.as_deref());
    if dossier.anonyme {
        return vec![Case::texte(&candidat.appel), numero];
    }
    vec![Case::texte(&candidat.nom), Case::texte(&candidat.prenom), numero]
}

fn colonnes_de_qui(dossier: &Dossier) -> &'static [(&'static str, u16)] {
    if dossier.anonyme {
        &[("Candidat", 28), ("N° de candidat", 16)]
    } else {
        &[("Nom", 22), ("Prénom", 16), ("N° de candidat", 16)]
    }
}

/// « Synthèse »: a row a candidate, a column a sous-compétence.
pub fn synthese(dossier: &Dossier) -> Feuille {
    let debut = colonnes_de_qui(dossier);
    let mut f = Feuille::new("Synthèse", u16::try_from(debut.len()).unwrap_or(3), debut);
    let mut colonne = |nom: String, largeur| f.colonnes.push(Colonne { nom, largeur });
    if let Some(premier) = dossier.candidats.first() {
        for (_, _, l) in premier.lignes() {
            colonne(l.code.clone(), 7);
        }
        for b in &premier.blocs {
            colonne(format!("Bloc {}", b.code), 20);
        }
    }
    for (nom, largeur) in [
        ("Jamais positionnées", 12),
        ("Niveaux arrêtés", 12),
        ("Voie", 26),
        ("Durée de stage", 26),
        ("Stages", 60),
        ("Fiches retenues", 60),
        ("Preuves", 10),
        ("Preuves en entreprise", 12),
        ("Livret", 40),
    ] {
        colonne(nom.to_owned(), largeur);
    }
    f.lignes = dossier.candidats.iter().map(|c| rang(dossier, c)).collect();
    f
}

fn rang(dossier: &Dossier, c: &Candidat) -> Vec<Case> {
    let mut cases = qui(dossier, c);
    cases.extend(c.lignes().map(|(_, _, l)| Case::from(l.niveau.as_deref())));
    cases.extend(c.blocs.iter().map(|b| Case::texte(&b.resume)));
    let stage = |s: &crate::jury::dossier::Stage| {
        let jours = s.jours.as_ref().map_or(String::new(), |j| format!(", {j}"));
        format!("{}, {}{jours} ({})", s.organisation, s.dates, s.etat)
    };
    let fiche =
        |f: &crate::jury::dossier::Fiche| format!("{}\u{a0}: {} ({})", f.appel, f.titre, f.etat);
    cases.extend([
        Case::nombre(c.jamais),
        Case::nombre(c.lignes().filter(|(_, _, l)| l.arrete.is_some()).count()),
        Case::from(c.voie.as_deref()),
        Case::from(c.duree.as_deref()),
        Case::texte(c.stages.iter().map(stage).collect::<Vec<_>>().join("\n")),
        Case::texte(c.fiches.iter().map(fiche).collect::<Vec<_>>().join("\n")),
        Case::nombre(c.preuves.len()),
        Case::nombre(c.preuves.iter().filter(|p| p.entreprise).count()),
        Case::from(c.arret.as_deref()),
    ]);
    cases
}

/// « Détail »: a row a candidate and sous-compétence.
pub fn detail(dossier: &Dossier) -> Feuille {
    let debut = colonnes_de_qui(dossier);
    let suite: &[(&str, u16)] = &[
        ("Bloc", 6),
        ("Compétence", 40),
        ("Code", 8),
        ("Sous-compétence", 60),
        ("Niveau", 8),
        ("Niveau arrêté", 9),
        ("Niveau proposé", 9),
        ("Auto-positionnement", 9),
        ("Dernière situation", 18),
        ("Situations", 10),
        ("Contextes", 24),
        ("Évaluateurs", 28),
        ("Remarque", 40),
        ("Pourquoi ce niveau est proposé", 60),
        ("Décision de l’équipe", 60),
        ("À rafraîchir", 10),
        ("Critères", 60),
        ("Promotion", 24),
        ("Règle", 24),
    ];
    let mut f = Feuille::new("Détail", u16::try_from(debut.len()).unwrap_or(3), debut);
    f.colonnes.extend(
        suite.iter().map(|(nom, largeur)| Colonne { nom: (*nom).to_owned(), largeur: *largeur }),
    );
    for candidat in &dossier.candidats {
        f.lignes.extend(candidat.lignes().map(|l| ligne(dossier, candidat, l)));
    }
    f
}

fn ligne(
    dossier: &Dossier,
    candidat: &Candidat,
    (bloc, competence, l): (&Bloc, &Competence, &Ligne),
) -> Vec<Case> {
    let mut cases = qui(dossier, candidat);
    cases.extend([
        Case::texte(&bloc.code),
        Case::texte(format!("{} {}", competence.code, competence.intitule)),
        Case::texte(&l.code),
        Case::texte(&l.intitule),
        Case::from(l.niveau.as_deref()),
        Case::from(l.arrete.as_deref()),
        Case::from(l.propose.as_deref()),
        Case::from(l.soi.as_deref()),
        l.derniere.map_or(Case::Vide, Case::Jour),
        Case::nombre(l.situations),
        Case::textes(&l.contextes),
        Case::textes(&l.evaluateurs),
        Case::from(l.remarque.as_deref()),
        Case::from(l.explication.as_deref()),
        Case::from(l.decision.as_deref()),
        oui(l.ancienne),
        Case::texte(l.criteres.join("\n")),
        Case::texte(&dossier.promotion),
        Case::texte(&dossier.regle),
    ]);
    cases
}

/// « À propos »: where the file comes from, and what its levels mean.
pub fn a_propos(dossier: &Dossier) -> Feuille {
    let mut f = Feuille::new("À propos", 0, &[("Quoi", 28), ("Ce que c’est", 90)]);
    let sans_noms = if dossier.anonyme { anonymat::MENTION } else { "" };
    let journal = format!("n°\u{a0}{}, {}", dossier.temoin.seq, dossier.temoin.empreinte);
    let session = dossier.annee_examen.to_string();
    let dits = [
        ("Établissement", dossier.etablissement.as_str()),
        ("UAI", &dossier.uai),
        ("Promotion", &dossier.promotion),
        ("Session", &session),
        ("Diplôme", &dossier.diplome),
        ("Référentiel", &dossier.edition),
        ("Édité le", &dossier.edite_le),
        ("Édité par", &dossier.edite_par),
        ("Règle du niveau proposé", &dossier.regle_en_mots),
        ("Version (journal)", &journal),
        ("Avertissement", MENTION),
        ("Sans noms", sans_noms),
    ];
    let deux = |quoi: &str, dit: &str| vec![Case::texte(quoi), Case::texte(dit)];
    f.lignes.extend(dossier.legende.iter().map(|n| deux(&n.code, &n.intitule)));
    f.lignes.extend(dits.iter().filter(|d| !d.1.is_empty()).map(|d| deux(d.0, d.1)));
    f
}
