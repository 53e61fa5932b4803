//! The bilan without a database: what a line says, and that a page holds on its sheet.
use time::macros::date;

use super::*;
use crate::impression::{Modele, pages as feuillets};
use crate::referentiel::OFFICIEL;

const PERIODE: Periode = Periode { du: date!(2026 - 09 - 01), au: date!(2026 - 11 - 30) };

fn fait(n: i64, niveau: &str, vecu_le: Date) -> Fait {
    Fait {
        etudiant_id: 1,
        code: "1.1.1".into(),
        situation_id: n,
        niveau: niveau.into(),
        vecu_le,
        contexte: if n % 2 == 0 { "stage" } else { "cours" }.into(),
        version: n,
    }
}

fn de(faits: &[Fait]) -> Ligne {
    let edition = Edition::lire(OFFICIEL).expect("the official text");
    let faits: Vec<&Fait> = faits.iter().collect();
    let blocs = volets(&edition, Regle::Derniere, &faits, PERIODE);
    blocs[0].lignes().next().unwrap().clone()
}

#[test]
fn a_period_says_what_stood_before_what_stands_and_what_moved() {
    let (bas, haut) = ("I", "TS");
    let (ete, octobre, decembre) =
        (date!(2026 - 06 - 10), date!(2026 - 10 - 05), date!(2026 - 12 - 05));
    let vue = |l: &Ligne| (l.avant.clone(), l.apres.clone(), l.evolution, l.situations);
    let dit = |n: &str| Some(n.to_owned());
    assert_eq!(vue(&de(&[])), (None, None, "", 0));
    assert_eq!(vue(&de(&[fait(1, bas, ete)])), (dit(bas), dit(bas), "", 0), "nothing new");
    assert_eq!(vue(&de(&[fait(1, bas, octobre)])), (None, dit(bas), "nouveau", 1));
    let mut deux = [fait(1, bas, ete), fait(2, haut, octobre), fait(3, bas, decembre)];
    let ligne = de(&deux);
    assert_eq!(vue(&ligne), (dit(bas), dit(haut), "en hausse", 1), "December is after");
    assert_eq!(ligne.contextes, ["st"]);
    deux.reverse();
    assert_eq!(de(&deux), ligne, "in whatever order it was typed");
    assert_eq!(de(&[fait(1, haut, ete), fait(2, bas, PERIODE.du)]).evolution, "en baisse");
    assert_eq!(de(&[fait(1, "absent", octobre)]), de(&[]), "no level, no situation");
}

/// Every line judged in every context, decided, and named as long as a name may be.
fn charge(nom: &str) -> Page {
    let edition = Edition::lire(OFFICIEL).expect("the official text");
    let mut blocs = volets(&edition, Regle::Derniere, &[], PERIODE);
    let lignes = blocs.iter_mut().flat_map(|b| &mut b.competences).flat_map(|c| &mut c.lignes);
    for l in lignes {
        l.avant = Some("TI".into());
        l.apres = Some("TS".into());
        l.arrete = Some("TS".into());
        l.evolution = "en hausse";
        l.situations = 12;
        l.contextes = CONTEXTES.iter().map(|c| abrege(c.0)).collect();
    }
    let prenom = "Marie-Emmanuelle".to_owned();
    Page { nom: nom.to_owned(), prenom, blocs, preuves: 41, reponses: 38, jamais: 0 }
}

fn piece(etudiants: Vec<Page>, seul: bool) -> Bilan {
    let edition = Edition::lire(OFFICIEL).expect("the official text");
    let classe = if seul { vec![] } else { repartition(&edition, &etudiants) };
    let long = "Lycée général et technologique Simone-Vidal".to_owned();
    Bilan {
        etablissement: long.clone(),
        uai: "0000000A".into(),
        promotion: "NDRC 2025-2027 groupe A".into(),
        diplome: edition.intitule.clone(),
        du: "1er septembre 2026".into(),
        au: "30 novembre 2026".into(),
        edite_le: "30 novembre 2026 à 17:45".into(),
        jour: (2026, 11, 30),
        edite_par: "Mme MARTIN".into(),
        fictif: true,
        temoin: Temoin { seq: 1, empreinte: "0".repeat(64), cle_id: "k".into() },
        regle: "Majorité des 5 dernières, choisie par Mme MARTIN le 24 novembre 2026".into(),
        contextes: abreviations(),
        mouvements: vec![],
        legende: dossier::legende(&edition),
        classe,
        etudiants,
        ids: vec![],
    }
}

#[test]
fn a_student_is_one_sheet_however_much_was_said_of_her() {
    let feuilles = |b: &Bilan| feuillets(Modele::Bilan, &serde_json::to_value(b).unwrap()).unwrap();
    let long = "DE LA FONTAINE-SAINT-GERMAIN #*_$@<>";
    assert_eq!(feuilles(&piece(vec![charge(long)], true)), 1);
    let trente: Vec<Page> = (0..30).map(|n| charge(&format!("{long} {n}"))).collect();
    assert_eq!(feuilles(&piece(trente, false)), 31, "the class, then one each");
    let mut vide = charge(long);
    vide.blocs = volets(&Edition::lire(OFFICIEL).unwrap(), Regle::Derniere, &[], PERIODE);
    assert_eq!(feuilles(&piece(vec![vide], true)), 1);
}

/// In whatever order it was typed, and whatever was said of somebody else.
#[test]
fn a_page_depends_on_her_alone_and_on_no_order() {
    let edition = Edition::lire(OFFICIEL).expect("the official text");
    let codes: Vec<String> = edition.sous_competences().map(|s| s.code.clone()).collect();
    let niveaux: Vec<&str> = edition.niveaux.iter().map(|n| n.code.as_str()).collect();
    let mut graine = 20_261_125_u64;
    let mut hasard = |n: usize| {
        graine =
            graine.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(graine >> 33).unwrap() % n
    };
    for _ in 0..300 {
        let mut faits: Vec<Fait> = (0..hasard(40))
            .map(|n| Fait {
                code: codes[hasard(codes.len())].clone(),
                ..fait(
                    i64::try_from(n).unwrap(),
                    niveaux[hasard(niveaux.len())],
                    PERIODE.du + time::Duration::days(i64::try_from(hasard(120)).unwrap() - 20),
                )
            })
            .collect();
        let page = |f: &[Fait]| {
            let siens: Vec<&Fait> = f.iter().filter(|f| f.etudiant_id == 1).collect();
            volets(&edition, Regle::Derniere, &siens, PERIODE)
        };
        let attendue = page(&faits);
        for n in (1..faits.len()).rev() {
            faits.swap(n, hasard(n + 1));
        }
        assert_eq!(page(&faits), attendue);
        let autre = Fait { etudiant_id: 2, ..fait(999, niveaux[0], PERIODE.au) };
        faits.push(autre);
        assert_eq!(page(&faits), attendue);
    }
}
