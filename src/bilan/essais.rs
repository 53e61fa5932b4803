//! What must be true of a bilan whatever was judged; and one sheet for each, however much there is to say.
use std::process::{Command, Stdio};

use proptest::{collection::vec, prelude::*};
use time::{Date, Duration, macros::date};

use super::{
    Bilan, Periode,
    calcul::{self, Page, Volet},
};
use crate::{
    impression::{Modele, imprimer},
    jury::dossier,
    referentiel::{Edition, OFFICIEL},
    regle::{Fait, Regle, par_etudiant},
    situation::CONTEXTES,
};

const PERIODE: Periode = Periode { du: date!(2026 - 09 - 05), au: date!(2026 - 09 - 20) };

fn edition() -> Edition {
    Edition::lire(OFFICIEL).expect("the official text")
}

/// So many facts of two students on a few lines and days, in and out of the period.
fn faits() -> impl Strategy<Value = Vec<Fait>> {
    vec((1..3_i64, 0..3_usize, 0..5_usize, 0..25_i64, 0..CONTEXTES.len()), 0..30).prop_map(|jets| {
        let fait =
            |(i, (qui, ligne, niveau, jour, contexte)): (usize, (_, usize, usize, i64, usize))| {
                let n = i64::try_from(i).unwrap();
                Fait {
                    etudiant_id: qui,
                    code: ["1.1.1", "1.2.1", "3.3.3"][ligne].to_owned(),
                    situation_id: n * 7 % 101,
                    niveau: ["TI", "I", "S", "TS", "absent"][niveau].to_owned(),
                    vecu_le: date!(2026 - 09 - 01) + Duration::days(jour),
                    contexte: CONTEXTES[contexte].0.to_owned(),
                    version: n + 1,
                }
            };
        jets.into_iter().enumerate().map(fait).collect()
    })
}

fn volets(edition: &Edition, faits: &[Fait], qui: i64) -> Vec<Volet> {
    let siens = par_etudiant(faits).remove(&qui).unwrap_or_default();
    calcul::volets(edition, Regle::Ponderees, &siens, PERIODE)
}

fn jouer<S: Strategy>(strategie: S, voir: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let config = ProptestConfig { cases: 1000, failure_persistence: None, ..Default::default() };
    if let Err(e) = proptest::test_runner::TestRunner::new(config).run(&strategie, voir) {
        panic!("{e}");
    }
}

#[test]
fn the_order_of_what_is_read_changes_no_page() {
    let edition = edition();
    let melange = faits().prop_flat_map(|f| (Just(f.clone()), Just(f).prop_shuffle()));
    jouer(melange, |(avant, apres)| {
        prop_assert_eq!(volets(&edition, &avant, 1), volets(&edition, &apres, 1));
        Ok(())
    });
}

#[test]
fn what_is_said_of_one_changes_nothing_on_the_page_of_another() {
    let edition = edition();
    jouer(faits(), |tous| {
        let seule: Vec<Fait> = tous.iter().filter(|f| f.etudiant_id == 1).cloned().collect();
        prop_assert_eq!(volets(&edition, &tous, 1), volets(&edition, &seule, 1));
        Ok(())
    });
}

/// Each line judged in every context, twice: before the period and in it.
fn tout(edition: &Edition, qui: i64) -> Vec<Fait> {
    let de = |code: &str, jour: Date, niveau: &str| {
        let fait = |(i, (contexte, _)): (usize, &(&str, &str))| Fait {
            etudiant_id: qui,
            code: code.to_owned(),
            situation_id: i64::try_from(i).unwrap() + i64::from(jour.ordinal()) * 10,
            niveau: niveau.to_owned(),
            vecu_le: jour,
            contexte: (*contexte).to_owned(),
            version: 1,
        };
        CONTEXTES.iter().enumerate().map(fait).collect::<Vec<_>>()
    };
    let niveaux: Vec<&str> = edition.echelle().map(|n| n.code.as_str()).collect();
    let ligne = |s: &crate::referentiel::SousCompetence| {
        let avant = de(&s.code, PERIODE.du - Duration::days(1), niveaux[0]);
        let dedans = de(&s.code, PERIODE.du, niveaux[niveaux.len() - 1]);
        [avant, dedans].concat()
    };
    edition.sous_competences().flat_map(ligne).collect()
}

fn page(edition: &Edition, qui: i64, nom: &str, faits: &[Fait]) -> Page {
    let mut blocs = volets(edition, faits, qui);
    for l in blocs.iter_mut().flat_map(Volet::lignes_mut) {
        l.arrete = l.apres.clone();
    }
    let jamais = blocs.iter().flat_map(Volet::lignes).filter(|l| l.apres.is_none()).count();
    let prenom = "Marie-Charlotte".to_owned();
    Page { nom: nom.to_owned(), prenom, blocs, preuves: 112, reponses: 87, jamais }
}

fn classe(edition: &Edition, combien: i64) -> Bilan {
    let nom = "DE LA ROCHEFOUCAULD-MONTMORENCY-LUXEMBOURG DE SAINT-PIERRE-EN-AUGE";
    let etudiants: Vec<Page> = (1..=combien)
        .map(|qui| match qui {
            2 => page(edition, qui, "PEU", &[]),
            _ => page(edition, qui, nom, &tout(edition, qui)),
        })
        .collect();
    let presse = |i: usize| {
        let pourquoi =
            "32\u{a0}étudiants sur 32 sans aucun niveau, rien depuis le 3\u{a0}novembre\u{a0}2026";
        (edition.sous_competences().nth(i).expect("a line").code.clone(), pourquoi.to_owned())
    };
    Bilan {
        etablissement: "Lycée polyvalent régional Jean-Baptiste-Siméon-Chardin de la Vallée".into(),
        uai: "0750001A".into(),
        promotion: "Négociation et digitalisation de la relation client 2025-2027, groupe B".into(),
        diplome: edition.intitule.clone(),
        du: "5\u{a0}septembre\u{a0}2026".into(),
        au: "20\u{a0}septembre\u{a0}2026".into(),
        edite_le: "24 novembre 2026 à 09:00".into(),
        jour: (2026, 11, 24),
        edite_par: "Mme MARTIN".into(),
        fictif: true,
        temoin: dossier::Temoin { seq: 123_456, empreinte: "ab".repeat(32), cle_id: "c".into() },
        regle: "Majorité des 5 dernières situations, choisie par Mme MARTIN le 3 novembre 2026"
            .into(),
        mouvements: (0..4).map(|_| format!("{nom} Marie, depuis le 10 septembre 2026")).collect(),
        legende: dossier::legende(edition),
        d_abord: (0..5).map(presse).collect(),
        autres: 1,
        classe: calcul::repartition(edition, &etudiants),
        etudiants,
        ids: vec![],
    }
}

/// Runs a tool on a PDF; nothing where the machine has it not, except in CI.
fn outil(nom: &str, avant: &[&str], pdf: &[u8], apres: &[&str]) -> Option<std::process::Output> {
    let dossier = tempfile::tempdir().unwrap();
    let fichier = dossier.path().join("bilan.pdf");
    std::fs::write(&fichier, pdf).unwrap();
    let fait =
        Command::new(nom).args(avant).arg(&fichier).args(apres).stderr(Stdio::null()).output();
    if fait.is_err() {
        assert!(option_env!("CI").is_none(), "{nom} is missing");
        eprintln!("PASSÉ : {nom} n’est pas sur cette machine");
    }
    fait.ok()
}

#[test]
fn everything_about_everybody_still_holds_on_one_sheet_each() {
    let edition = edition();
    let bilan = classe(&edition, 4);
    let pdf = imprimer(Modele::Bilan, &serde_json::to_value(&bilan).unwrap()).unwrap();
    if let Some(fait) = outil("qpdf", &["--check"], &pdf, &[]) {
        assert!(fait.status.success(), "{}", String::from_utf8_lossy(&fait.stdout));
    }
    let Some(fait) = outil("pdftotext", &["-layout"], &pdf, &["-"]) else { return };
    let dits = String::from_utf8_lossy(&fait.stdout).into_owned();
    let feuilles: Vec<&str> = dits.split('\u{c}').filter(|f| !f.trim().is_empty()).collect();
    assert_eq!(feuilles.len(), 5, "the class, then four students:\n{dits}");
    for feuille in &feuilles[1..] {
        assert!(feuille.contains("Appréciation") && feuille.contains("Date et signature"));
        let lignes = edition.sous_competences().filter(|s| feuille.contains(&s.code)).count();
        assert_eq!(lignes, 26, "{feuille}");
        for b in &edition.blocs {
            for c in &b.competences {
                assert!(feuille.contains(&format!("{} {}", c.code, c.intitule)), "{feuille}");
            }
        }
    }
    assert_eq!(feuilles[1].matches("cours, at., stage, alt., sim.").count(), 26, "{}", feuilles[1]);
    assert!(feuilles[2].contains("Aucune situation jugée dans la période"), "{}", feuilles[2]);
    assert!(feuilles[0].contains("À couvrir d’abord"), "{}", feuilles[0]);
}
