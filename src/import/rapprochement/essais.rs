//! Who is recognised, who is asked about, who is new.
use time::macros::date;

use super::{
    super::{
        Ligne, Source,
        gens::{EtatCivil, Place},
    },
    *,
};

const ICI: i64 = 10;
const AILLEURS: i64 = 11;

fn gerees() -> Vec<Geree> {
    let une = |id, nom: &str| Geree {
        promotion_id: id,
        nom: nom.into(),
        annee_examen: 2028,
        debut: date!(2026 - 09 - 01),
    };
    vec![une(ICI, "NDRC 2026-2028"), une(AILLEURS, "NDRC 2025-2027")]
}

fn une(id: i64, nom: &str, prenom: &str, naissance: Option<Date>, ine: Option<&str>) -> Personne {
    Personne {
        personne_id: id,
        etat: EtatCivil {
            nom: nom.into(),
            prenom: prenom.into(),
            naissance,
            ine: ine.map(str::to_owned),
            ..EtatCivil::default()
        },
        externes: vec![],
        places: vec![Place { promotion_id: ICI, au: None, coordonne: false }],
    }
}

/// Compares « nom;prenom;naissance;ine » rows, all going here.
fn comparees(gens: &[Personne], lignes: &[&str], reponses: &[(u32, Reponse)]) -> Plan {
    let champs = [Champ::Nom, Champ::Prenom, Champ::Naissance, Champ::Ine];
    let mut lu = Lu::new(Source::Csv, &champs);
    let ligne =
        |(n, l): (u32, &&str)| Ligne { rang: n, cases: l.split(';').map(str::to_owned).collect() };
    lu.lignes = (1..).zip(lignes).map(ligne).collect();
    let choix = Choix {
        colonnes: lu.colonnes.clone(),
        promotion: Some(ICI),
        reponses: reponses.iter().copied().collect(),
        ..Choix::default()
    };
    let gerees = gerees();
    let ici = Ici { gens, gerees: &gerees, moi: 1, jour: date!(2026 - 11 - 24) };
    comparer(&lu, Quoi::Etudiant, &choix, &ici)
}

fn compte(plan: &Plan) -> [usize; 6] {
    [
        plan.nouveaux.len(),
        plan.modifies.len(),
        plan.inchanges,
        plan.doutes.len(),
        plan.erreurs.len(),
        plan.absents.len(),
    ]
}

const LE: Option<Date> = Some(date!(2006 - 10 - 03));

#[test]
fn an_ine_or_a_name_and_a_birthday_say_who_it_is() {
    let gens =
        [une(1, "ÉTIENNE", "Zoé", LE, Some("0123456789A")), une(2, "DIALLO", "Amina", LE, None)];
    // Without its accents, and with one thing more: nothing is lost, one thing is learnt.
    let plan =
        comparees(&gens, &["ETIENNE;Zoe;;0123456789A", "DIALLO;Amina;03/10/2006;0123456789B"], &[]);
    assert_eq!(compte(&plan), [0, 1, 1, 0, 0, 0], "{plan:#?}");
    assert_eq!(plan.modifies[0].mots, [("INE".into(), String::new(), "0123456789B".into())]);
    assert_eq!(plan.modifies[0].reprise.apres.nom, "DIALLO");
    // She has married: the INE is hers.
    let plan = comparees(&gens, &["MARTIN;Zoé;03/10/2006;0123456789A"], &[]);
    assert_eq!(plan.modifies[0].mots[0], ("Nom".into(), "ÉTIENNE".into(), "MARTIN".into()));
    assert_eq!(plan.absents.len(), 1);
}

#[test]
fn a_name_alone_is_a_question_and_each_answer_is_followed() {
    let gens = [une(1, "MARTIN", "Léa", None, None)];
    let lignes = ["Martin;Lea;03/10/2006;"];
    let plan = comparees(&gens, &lignes, &[]);
    assert_eq!(compte(&plan), [0, 0, 0, 1, 0, 0]);
    assert!(
        plan.doutes[0].question.starts_with("ressemble à MARTIN Léa (NDRC 2026-2028)"),
        "{}",
        plan.doutes[0].question
    );
    assert_eq!(compte(&comparees(&gens, &lignes, &[(1, Reponse::Elle(1))])), [0, 1, 0, 0, 0, 0]);
    assert_eq!(compte(&comparees(&gens, &lignes, &[(1, Reponse::Nouvelle)])), [1, 0, 0, 0, 0, 0]);
    let laissee = comparees(&gens, &lignes, &[(1, Reponse::Laisser)]);
    assert_eq!((compte(&laissee), laissee.laisses), ([0, 0, 0, 0, 0, 0], 1));
    // An answer that is none of the questions changes nothing.
    assert_eq!(compte(&comparees(&gens, &lignes, &[(1, Reponse::Elle(99))])), [0, 0, 0, 1, 0, 0]);
}

#[test]
fn two_people_of_one_name_are_two_when_something_says_so() {
    let mut ailleurs = une(1, "MARTIN", "Léa", Some(date!(2005 - 01 - 01)), None);
    ailleurs.places[0].promotion_id = AILLEURS;
    assert_eq!(
        compte(&comparees(&[ailleurs], &["MARTIN;Léa;03/10/2006;"], &[])),
        [1, 0, 0, 0, 0, 0]
    );
    let deux = ["MARTIN;Léa;03/10/2006;", "MARTIN;Léa;04/10/2006;"];
    assert_eq!(compte(&comparees(&[], &deux, &[])), [2, 0, 0, 0, 0, 0]);
    // In the same class, a birthday that differs is asked about.
    let ici = [une(1, "MARTIN", "Léa", Some(date!(2005 - 01 - 01)), None)];
    assert_eq!(compte(&comparees(&ici, &["MARTIN;Léa;03/10/2006;"], &[])), [0, 0, 0, 1, 0, 0]);
}

#[test]
fn the_same_name_and_birthday_twice_is_asked_about_even_with_two_ine() {
    for lignes in [
        ["MARTIN;Léa;03/10/2006;", "MARTIN;Léa;03/10/2006;"],
        ["MARTIN;Léa;03/10/2006;0123456789A", "MARTIN;Léa;03/10/2006;0123456789B"],
        ["MARTIN;Léa;;", "MARTIN;Léa;;"],
    ] {
        let plan = comparees(&[], &lignes, &[]);
        assert_eq!(compte(&plan), [1, 0, 0, 1, 0, 0], "{lignes:?}");
        assert!(plan.doutes[0].question.contains("ligne 1"));
        assert_eq!(compte(&comparees(&[], &lignes, &[(2, Reponse::Nouvelle)])), [2, 0, 0, 0, 0, 0]);
    }
    // The very same row, with an INE, is one person.
    let plan = comparees(&[], &["MARTIN;Léa;03/10/2006;0123456789A"; 2], &[]);
    assert_eq!((compte(&plan), plan.fondues), ([1, 0, 0, 0, 0, 0], 1));
}

#[test]
fn an_ine_of_two_people_is_a_fault_that_names_them() {
    let plan = comparees(
        &[],
        &["MARTIN;Léa;03/10/2006;0123456789A", "DUPONT;Jean;04/10/2006;0123456789A"],
        &[],
    );
    assert_eq!(compte(&plan), [0, 0, 0, 0, 2, 0]);
    assert!(
        plan.erreurs[0].message.contains("MARTIN Léa (1), DUPONT Jean (2)"),
        "{}",
        plan.erreurs[0].message
    );
    let gens = [une(1, "ÉTIENNE", "Zoé", LE, Some("0123456789A"))];
    let plan = comparees(&gens, &["DUPONT;Jean;04/10/2006;0123456789A"], &[]);
    assert!(
        plan.erreurs[0].message.contains("déjà celui de ÉTIENNE Zoé"),
        "{}",
        plan.erreurs[0].message
    );
}

#[test]
fn a_row_whose_person_was_said_is_known_from_then_on() {
    let premier = comparees(&[], &["MARTIN;Léa;;", "MARTIN;Léa;;"], &[(2, Reponse::Nouvelle)]);
    let entree = |(id, n): (i64, &Nouveau)| Personne {
        externes: n.elle.externes.clone(),
        ..une(id, &n.elle.nom, &n.elle.prenom, None, None)
    };
    let gens: Vec<Personne> = (1..).zip(&premier.nouveaux).map(entree).collect();
    let plan = comparees(&gens, &["MARTIN;Léa;;", "MARTIN;Léa;;"], &[]);
    assert_eq!(compte(&plan), [0, 0, 2, 0, 0, 0], "{plan:#?}");
    assert!(!plan.change());
}

#[test]
fn who_comes_back_or_changes_promotion_is_said() {
    let mut elle = une(1, "ÉTIENNE", "Zoé", LE, None);
    elle.places[0].au = Some(date!(2026 - 10 - 01));
    let plan = comparees(std::slice::from_ref(&elle), &["ÉTIENNE;Zoé;03/10/2006;"], &[]);
    assert_eq!(plan.modifies[0].reprise.retours, [(ICI, date!(2026 - 10 - 01))]);
    elle.places = vec![Place { promotion_id: AILLEURS, au: None, coordonne: false }];
    let plan = comparees(std::slice::from_ref(&elle), &["ÉTIENNE;Zoé;03/10/2006;"], &[]);
    let r = &plan.modifies[0].reprise;
    assert_eq!((&r.entrees[..], &r.departs[..]), (&[ICI][..], &[(AILLEURS, None)][..]));
    elle.places[0].promotion_id = 99; // hers to nobody here
    let plan = comparees(&[elle], &["ÉTIENNE;Zoé;03/10/2006;"], &[]);
    assert!(plan.erreurs[0].message.contains("que vous ne coordonnez pas"));
}
