//! What must be true of every rule, whatever was judged: 20,000 cases each.
use proptest::{collection::vec, prelude::*};
use time::{Date, Duration, macros::date};

use super::{Fait, Reglage, Regle, a_revoir, proposer, propositions};
use crate::referentiel::Niveau;

const CAS: u32 = 20_000;

/// Scales of two to six levels, whose ranks need not follow each other, and two codes that count in nothing.
fn echelle(taille: i32) -> Vec<Niveau> {
    let niveau = |code: String, rang| Niveau { intitule: code.clone(), code, rang };
    let vrais = (0..taille).map(|r| niveau(format!("n{r}"), Some(r * 3 - 2)));
    vrais.chain(["absent", "dispense"].map(|c| niveau(c.to_owned(), None))).collect()
}

const CONTEXTES: [&str; 3] = ["cours", "stage", "atelier"];

/// So many facts of one student, one a situation, on a few days so that many share one; 6 and 7 are no levels.
fn faits(etudiant_id: i64) -> impl Strategy<Value = Vec<Fait>> {
    vec((0..8_usize, 0..12_i64, 0..3_usize), 0..14).prop_map(move |jets| {
        let fait = |(i, (niveau, jour, contexte)): (usize, (usize, i64, usize))| Fait {
            etudiant_id,
            code: "1.1.1".to_owned(),
            situation_id: i64::try_from(i).unwrap() * 7 % 101,
            niveau: ["n0", "n1", "n2", "n3", "n4", "n5", "absent", "dispense"][niveau].to_owned(),
            vecu_le: date!(2026 - 09 - 01) + Duration::days(jour),
            contexte: CONTEXTES[contexte].to_owned(),
            version: i64::try_from(i).unwrap() + 1,
        };
        jets.into_iter().enumerate().map(fait).collect()
    })
}

fn regles() -> impl Strategy<Value = Regle> {
    let n = 1..20_usize;
    prop_oneof![
        Just(Regle::Derniere),
        Just(Regle::Ponderees),
        n.clone().prop_map(Regle::Majorite),
        n.prop_map(Regle::Meilleure),
    ]
}

fn refs(faits: &[Fait]) -> Vec<&Fait> {
    faits.iter().collect()
}

fn jouer<S: Strategy>(strategie: S, voir: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let config = ProptestConfig { cases: CAS, failure_persistence: None, ..Default::default() };
    let mut essais = proptest::test_runner::TestRunner::new(config);
    if let Err(e) = essais.run(&strategie, voir) {
        panic!("{e}");
    }
}

/// Each rule has its own 20,000 cases.
fn pour_chaque_regle<S: Strategy>(
    strategie: impl Fn() -> S,
    voir: impl Fn(Regle, S::Value) -> Result<(), TestCaseError>,
) {
    for code in Regle::CODES {
        let n = if Regle::veut_un_nombre(code) { 1..20_i32 } else { 1..2 };
        jouer((n, strategie()), |(n, cas)| voir(Regle::nommee(code, Some(n)).unwrap(), cas));
    }
}

#[test]
fn the_order_in_which_levels_were_entered_changes_nothing() {
    let melange = || {
        faits(1).prop_flat_map(|f| {
            let rangs: Vec<i64> = (1..=i64::try_from(f.len()).unwrap()).collect();
            (Just(f.clone()), Just(f).prop_shuffle(), Just(rangs).prop_shuffle())
        })
    };
    pour_chaque_regle(melange, |regle, (avant, mut apres, rangs)| {
        for (fait, rang) in apres.iter_mut().zip(rangs) {
            fait.version = rang;
        }
        let echelle = echelle(6);
        let (a, b) =
            (proposer(regle, &echelle, &refs(&avant)), proposer(regle, &echelle, &refs(&apres)));
        prop_assert_eq!(a, b);
        Ok(())
    });
}

#[test]
fn an_event_that_comes_twice_counts_once() {
    let double = || {
        faits(1).prop_flat_map(|f| {
            let n = f.len();
            (Just(f), vec(0..n.max(1), 0..6))
        })
    };
    pour_chaque_regle(double, |regle, (faits, encore)| {
        let mut double = faits.clone();
        double.extend(encore.into_iter().filter_map(|i| faits.get(i).cloned()));
        let echelle = echelle(6);
        let (a, b) =
            (proposer(regle, &echelle, &refs(&faits)), proposer(regle, &echelle, &refs(&double)));
        prop_assert_eq!(a, b);
        Ok(())
    });
}

fn reglage(regle: Regle) -> Reglage {
    let frais_depuis = date!(2026 - 09 - 05);
    Reglage { regle, fraicheur: 6, frais_depuis, par: None, choisie_le: None, version: 0 }
}

#[test]
fn one_student_never_affects_another() {
    pour_chaque_regle(
        || (faits(1), faits(2)),
        |regle, (unes, autres)| {
            let (reglage, echelle) = (reglage(regle), echelle(6));
            let seule = propositions(&reglage, &echelle, &unes);
            let ensemble: Vec<Fait> = autres.iter().chain(&unes).cloned().collect();
            let ensemble = propositions(&reglage, &echelle, &ensemble);
            let cle = (1, "1.1.1".to_owned());
            prop_assert_eq!(seule.get(&cle), ensemble.get(&cle));
            Ok(())
        },
    );
}

#[test]
fn raising_one_level_never_lowers_what_is_proposed() {
    let montee = || (2..=6_i32, faits(1), any::<prop::sample::Index>(), 1..6_usize);
    pour_chaque_regle(montee, |regle, (taille, mut faits, lequel, de)| {
        let echelle = echelle(taille);
        let avant = proposer(regle, &echelle, &refs(&faits)).map(|p| p.rang);
        let reels: Vec<usize> = (0..faits.len())
            .filter(|i| echelle.iter().any(|n| n.code == faits[*i].niveau && n.rang.is_some()))
            .collect();
        prop_assert_eq!(avant.is_none(), reels.is_empty());
        if reels.is_empty() {
            return Ok(());
        }
        let fait = &mut faits[reels[lequel.index(reels.len())]];
        let rang: usize = fait.niveau[1..].parse().unwrap();
        let plus_haut = (rang + de).min(usize::try_from(taille).unwrap() - 1);
        fait.niveau = format!("n{plus_haut}");
        let apres = proposer(regle, &echelle, &refs(&faits)).map(|p| p.rang);
        prop_assert!(apres >= avant, "{:?} then {:?}", avant, apres);
        Ok(())
    });
}

#[test]
fn a_number_beyond_the_situations_is_all_of_them() {
    for nommer in [Regle::Majorite, Regle::Meilleure] {
        jouer((faits(1), 0..10_usize), |(faits, plus)| {
            let echelle = echelle(6);
            let reels = faits.iter().filter(|f| f.niveau.starts_with('n')).count();
            let juste = proposer(nommer(reels), &echelle, &refs(&faits));
            let trop = proposer(nommer(reels + plus), &echelle, &refs(&faits));
            prop_assert_eq!(juste.as_ref().map(|p| p.rang), trop.as_ref().map(|p| p.rang));
            prop_assert_eq!(juste.map(|p| p.phrase()), trop.map(|p| p.phrase()));
            Ok(())
        });
    }
}

#[test]
fn what_is_proposed_was_said_of_a_situation_and_explains_itself() {
    jouer((regles(), faits(1)), |(regle, faits)| {
        let echelle = echelle(6);
        let reels: Vec<_> = faits.iter().filter(|f| f.niveau.starts_with('n')).collect();
        let Some(p) = proposer(regle, &echelle, &refs(&faits)) else {
            prop_assert!(reels.is_empty());
            return Ok(());
        };
        prop_assert!(reels.iter().any(|f| f.niveau == p.niveau));
        prop_assert_eq!(p.situations, reels.len());
        prop_assert_eq!(Some(p.derniere), reels.iter().map(|f| f.vecu_le).max());
        prop_assert!(p.concordantes >= 1 && p.concordantes <= p.appui && p.appui <= p.retenues);
        prop_assert!(p.phrase().contains("septembre\u{a0}2026"), "{}", p.phrase());
        Ok(())
    });
}

#[test]
fn a_decision_is_contradicted_only_by_what_was_lived_since() {
    jouer((faits(1), 0..6_usize, 0..14_i64), |(faits, decide, jour)| {
        let (echelle, le) = (echelle(6), date!(2026 - 08 - 31) + Duration::days(jour));
        let decide = format!("n{decide}");
        let dit = a_revoir(&echelle, &refs(&faits), (&decide, le));
        let depuis: Vec<&Fait> =
            faits.iter().filter(|f| f.vecu_le > le && f.niveau.starts_with('n')).collect();
        let tous_d_accord = depuis.iter().all(|f| f.niveau == decide);
        prop_assert!(dit.is_none() || !tous_d_accord);
        if let Some(dit) = dit {
            prop_assert!(dit.vecu_le > le && dit.niveau != decide && dit.situations >= 1);
        } else if let Some(dernier) = depuis.iter().map(|f| f.vecu_le).max() {
            prop_assert!(depuis.iter().any(|f| f.vecu_le == dernier && f.niveau == decide));
        }
        Ok(())
    });
}

fn suite(niveaux: &[&str]) -> Vec<Fait> {
    let fait = |(i, niveau): (usize, &&str)| Fait {
        etudiant_id: 1,
        code: "1.1.1".to_owned(),
        situation_id: i64::try_from(i).unwrap(),
        niveau: (*niveau).to_owned(),
        vecu_le: Date::from_calendar_date(2026, time::Month::September, 1).unwrap()
            + Duration::days(i64::try_from(i).unwrap()),
        contexte: "stage".to_owned(),
        version: i64::try_from(i).unwrap(),
    };
    niveaux.iter().enumerate().map(fait).collect()
}

/// Worked by hand: what each rule says of a few years of training.
#[test]
fn each_rule_says_what_its_sentence_promises() {
    let echelle = echelle(4);
    let (derniere, ponderees) = (Regle::Derniere, Regle::Ponderees);
    for (niveaux, regle, attendu) in [
        (&["n0", "n3", "n1"][..], derniere, "n1"),
        (&["n0", "n3", "absent"], derniere, "n3"),
        (&["n1", "n2"], ponderees, "n2"),
        (&["n1", "n1", "n3"], ponderees, "n1"),
        (&["n1", "n3", "n3"], ponderees, "n3"),
        (&["n0", "n0", "n0", "n0", "n3"], ponderees, "n0"),
        (&["n3", "n3", "n3", "n3", "n0"], ponderees, "n0"),
        (&["n3", "n0", "n0", "n0", "n2", "n2"], ponderees, "n2"),
        (&["n3", "n2", "n2", "n1"], Regle::Majorite(4), "n2"),
        (&["n2", "n1"], Regle::Majorite(2), "n1"),
        (&["n3", "n0", "n0", "n1"], Regle::Majorite(3), "n0"),
        (&["n3", "n0", "n2", "n1"], Regle::Meilleure(3), "n2"),
        (&["n3", "n0", "n2", "n1"], Regle::Meilleure(20), "n3"),
    ] {
        let faits = suite(niveaux);
        let dit = proposer(regle, &echelle, &refs(&faits)).unwrap();
        assert_eq!(dit.niveau, attendu, "{regle:?} of {niveaux:?}: {}", dit.en_mots());
    }
    assert_eq!(proposer(derniere, &echelle, &[]), None);
    assert_eq!(proposer(derniere, &echelle, &refs(&suite(&["absent", "dispense"]))), None);
}

#[test]
fn a_proposition_explains_itself_in_one_sentence() {
    let echelle = echelle(4);
    let dire = |regle, niveaux: &[&str]| {
        proposer(regle, &echelle, &refs(&suite(niveaux))).unwrap().en_mots().replace('\u{a0}', " ")
    };
    assert_eq!(
        dire(Regle::Derniere, &["n2"]),
        "n2 : une seule situation, le 1er septembre 2026 en stage"
    );
    assert_eq!(
        dire(Regle::Derniere, &["n1", "n2"]),
        "n2 : dernière de 2 situations, le 2 septembre 2026 en stage, 1 sur 2 à ce niveau"
    );
    assert_eq!(
        dire(Regle::Majorite(4), &["n0", "n3", "n3", "n1", "n3"]),
        "n3 : 3 situations sur 4 concordantes (5 en tout), dernière le 5 septembre 2026 en stage"
    );
    assert_eq!(
        dire(Regle::Majorite(9), &["n1", "n2", "n3"]),
        "n2 : 2 situations sur 3 à ce niveau ou au-dessus, dernière le 3 septembre 2026 en stage"
    );
    assert_eq!(
        dire(Regle::Ponderees, &["n1", "n3", "n3"]),
        "n3 : 2 situations sur 3 concordantes, qui pèsent 6 sur 7, dernière le 3 septembre 2026 en stage"
    );
    assert_eq!(
        dire(Regle::Meilleure(2), &["n3", "n2", "n1"]),
        "n2 : meilleur niveau des 2 dernières situations (3 en tout), dernière le 3 septembre 2026 en stage"
    );
}
