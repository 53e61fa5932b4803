//! What the law says of a file, case by case.
use time::{Date, Duration, macros::date};

use super::calcul::*;

const NATURES: [&str; 2] = ["negociation", "evenement"];
const RESEAUX: [&str; 3] = ["distributeurs", "partenaires", "vente_directe"];
const JOUR: Date = date!(2027 - 03 - 01);
const FIN: Date = date!(2027 - 03 - 26);
const LOIN: Date = date!(2027 - 06 - 30);

fn fiche(nature: &str) -> Fiche {
    let deposee_le = Some(date!(2027 - 02 - 26));
    Fiche { nature: nature.into(), retenue: true, vecue: true, signee: true, deposee_le }
}

fn pieces(etats: &[EtatPiece]) -> Vec<Piece> {
    let une = |etat: &EtatPiece| Piece { quoi: "Stage".into(), exigible: true, etat: *etat };
    etats.iter().map(une).collect()
}

/// A file that would be received: 16 weeks of 5 days, two papers seen, two sheets of different nature.
fn parfait() -> Connu<'static> {
    Connu {
        jour: JOUR,
        echeance: Some(FIN),
        alerte: 30,
        requis: 80,
        faits: 80,
        prevus: 0,
        pieces: pieces(&[EtatPiece::Controlee, EtatPiece::Controlee]),
        attendu: Attendu {
            natures: &NATURES,
            nombre: 2,
            distinctes: true,
            vecues: 0,
            remplacable: false,
        },
        fiches: vec![fiche("negociation"), fiche("evenement")],
    }
}

/// One change to a perfect file, then what is said of it: a verdict, and its first reason.
struct Cas {
    nom: &'static str,
    change: fn(&mut Connu<'static>),
    verdict: Verdict,
    motif: Option<Motif>,
}

const fn cas(
    nom: &'static str,
    change: fn(&mut Connu<'static>),
    verdict: Verdict,
    motif: Option<Motif>,
) -> Cas {
    Cas { nom, change, verdict, motif }
}

fn rendre(c: &mut Connu<'static>) {
    for f in &mut c.fiches {
        f.deposee_le = None;
    }
}

fn deposer(c: &mut Connu<'static>, le: Date) {
    for f in &mut c.fiches {
        f.deposee_le = Some(le);
    }
}

fn reseaux(c: &mut Connu<'static>, natures: &[&str], vecues: usize) {
    c.attendu =
        Attendu { natures: &RESEAUX, nombre: 3, distinctes: true, vecues: 1, remplacable: false };
    c.fiches = natures.iter().map(|n| fiche(n)).collect();
    for (n, f) in c.fiches.iter_mut().enumerate() {
        f.vecue = n < vecues;
    }
}

use Motif::{AbsenceDepot, Attestation, DepotTardif, Duree, Signature};
use Verdict::{ACompleter, Conforme, RisqueNv};

/// Deposit: annexes V-8 and VII-6, boxes 1 and 2.
#[rustfmt::skip] // one line, one case
const DEPOT: &[Cas] = &[
    cas("everything is there", |_| {}, Conforme, None),
    cas("handed in on the last day", |c| deposer(c, FIN), Conforme, None),
    cas("handed in the day after", |c| deposer(c, date!(2027 - 03 - 27)), RisqueNv, Some(DepotTardif)),
    cas("a first sheet in time, a second after", |c| c.fiches[1].deposee_le = Some(LOIN), Conforme, None),
    cas("not handed in, time left", rendre, ACompleter, Some(AbsenceDepot)),
    cas("not handed in on the last day", |c| { rendre(c); c.jour = FIN }, ACompleter, Some(AbsenceDepot)),
    cas("not handed in the day after", |c| { rendre(c); c.jour = date!(2027 - 03 - 27) }, RisqueNv, Some(AbsenceDepot)),
    cas("no date known, not handed in", |c| { rendre(c); c.echeance = None }, ACompleter, Some(AbsenceDepot)),
    cas("no date known, handed in", |c| c.echeance = None, Conforme, None),
    cas("no sheet at all, the day after", |c| { c.fiches.clear(); c.jour = LOIN }, RisqueNv, Some(AbsenceDepot)),
    cas("no sheet the day after, where something else may be given", |c| { c.fiches.clear(); c.attendu.remplacable = true; c.jour = LOIN }, ACompleter, Some(AbsenceDepot)),
    cas("a sheet not handed in the day after, where something else may be given", |c| { rendre(c); c.attendu.remplacable = true; c.jour = LOIN }, RisqueNv, Some(AbsenceDepot)),
    cas("29 February of a leap year", |c| { c.echeance = Some(date!(2028 - 02 - 29)); deposer(c, date!(2028 - 02 - 29)) }, Conforme, None),
    cas("1 March of a leap year", |c| { c.echeance = Some(date!(2028 - 02 - 29)); deposer(c, date!(2028 - 03 - 01)) }, RisqueNv, Some(DepotTardif)),
];

/// Length: annexe III b (16 weeks, reducible, never below 8), boxes 3.
#[rustfmt::skip] // one line, one case
const DUREE: &[Cas] = &[
    cas("one day more than required", |c| c.faits = 81, Conforme, None),
    cas("15 weeks and 4 days done, the last day planned", |c| { c.faits = 79; c.prevus = 1 }, ACompleter, Some(Duree)),
    cas("15 weeks and 4 days, nothing planned, time left", |c| c.faits = 79, ACompleter, Some(Duree)),
    cas("15 weeks and 4 days, on the last day", |c| { c.faits = 79; c.jour = FIN }, RisqueNv, Some(Duree)),
    cas("15 weeks and 4 days, after the last day", |c| { c.faits = 79; c.jour = LOIN }, RisqueNv, Some(Duree)),
    cas("one day is missing and one working day remains", |c| { c.faits = 79; c.jour = date!(2027 - 03 - 25) }, ACompleter, Some(Duree)),
    cas("two days are missing and one working day remains", |c| { c.faits = 78; c.jour = date!(2027 - 03 - 25) }, RisqueNv, Some(Duree)),
    cas("nineteen working days remain for nineteen", |c| c.faits = 61, ACompleter, Some(Duree)),
    cas("nineteen working days remain for twenty", |c| c.faits = 60, RisqueNv, Some(Duree)),
    cas("what is planned takes the days that remain", |c| { c.faits = 60; c.prevus = 19 }, RisqueNv, Some(Duree)),
    cas("what is planned is enough", |c| { c.faits = 60; c.prevus = 20 }, ACompleter, Some(Duree)),
    cas("nothing done in the first year, no date", |c| { c.faits = 0; c.echeance = None }, ACompleter, Some(Duree)),
    cas("nothing done, the exam is a year away", |c| { c.faits = 0; c.echeance = Some(date!(2028 - 03 - 24)) }, ACompleter, Some(Duree)),
    cas("reduced to eight weeks, all done", |c| { c.requis = 40; c.faits = 40 }, Conforme, None),
    cas("reduced to eight weeks, a day short, over", |c| { c.requis = 40; c.faits = 39; c.jour = LOIN }, RisqueNv, Some(Duree)),
    cas("an apprentice owes no week", |c| { c.requis = 0; c.faits = 0 }, Conforme, None),
    cas("a week-end remains before the last day, a Monday", |c| { c.faits = 79; c.jour = date!(2027 - 03 - 26); c.echeance = Some(date!(2027 - 03 - 29)) }, ACompleter, Some(Duree)),
];

/// Papers and signatures: annexe III-2, boxes 4 and 5.
#[rustfmt::skip] // one line, one case
const PIECES: &[Cas] = &[
    cas("one paper is missing, far from the last day", |c| { c.pieces = pieces(&[EtatPiece::Manquante]); c.echeance = Some(LOIN) }, ACompleter, Some(Attestation)),
    cas("one paper is missing, 31 days before", |c| { c.pieces = pieces(&[EtatPiece::Manquante]); c.jour = date!(2027 - 02 - 23) }, ACompleter, Some(Attestation)),
    cas("one paper is missing, 30 days before", |c| { c.pieces = pieces(&[EtatPiece::Manquante]); c.jour = date!(2027 - 02 - 24) }, RisqueNv, Some(Attestation)),
    cas("one of two is missing, after the last day", |c| { c.pieces = pieces(&[EtatPiece::Controlee, EtatPiece::Manquante]); c.jour = LOIN }, RisqueNv, Some(Attestation)),
    cas("its period is not over", |c| { c.pieces = pieces(&[EtatPiece::Manquante]); c.pieces[0].exigible = false }, Conforme, None),
    cas("handed in before its period is over, unsigned", |c| { c.pieces = pieces(&[EtatPiece::NonSignee]); c.pieces[0].exigible = false }, RisqueNv, Some(Signature)),
    cas("there, nobody looked", |c| c.pieces = pieces(&[EtatPiece::Deposee]), ACompleter, Some(Attestation)),
    cas("there, unsigned", |c| c.pieces = pieces(&[EtatPiece::NonSignee]), RisqueNv, Some(Signature)),
    cas("there, unsigned, no date known", |c| { c.pieces = pieces(&[EtatPiece::NonSignee]); c.echeance = None }, ACompleter, Some(Signature)),
    cas("there, wrong dates", |c| c.pieces = pieces(&[EtatPiece::ARefaire]), RisqueNv, Some(Attestation)),
    cas("no paper is asked for", |c| c.pieces.clear(), Conforme, None),
    cas("a kept sheet is not signed", |c| c.fiches[0].signee = false, RisqueNv, Some(Signature)),
    cas("a kept sheet is not signed, far away", |c| { c.fiches[0].signee = false; c.echeance = Some(LOIN) }, ACompleter, Some(Signature)),
    cas("a draft that is not signed is nobody's business", |c| { let mut f = fiche("evenement"); f.retenue = false; f.signee = false; c.fiches.push(f) }, Conforme, None),
];

/// Make-up: never a reason to refuse (E4 and E6, definition of the épreuves).
#[rustfmt::skip] // one line, one case
const COMPOSITION: &[Cas] = &[
    cas("one sheet of two", |c| { c.fiches.pop(); }, ACompleter, None),
    cas("two sheets of the same nature", |c| c.fiches[1].nature = "negociation".into(), ACompleter, None),
    cas("a sheet outside the pôle", |c| c.fiches[1].nature = "autre".into(), ACompleter, None),
    cas("one too many, all different but one", |c| c.fiches.push(fiche("evenement")), ACompleter, None),
    cas("even long after the last day", |c| { c.fiches.pop(); c.jour = LOIN }, ACompleter, None),
    cas("three networks, one lived", |c| reseaux(c, &RESEAUX, 1), Conforme, None),
    cas("three networks, none lived", |c| reseaux(c, &RESEAUX, 0), ACompleter, None),
    cas("three networks, all lived", |c| reseaux(c, &RESEAUX, 3), Conforme, None),
    cas("two networks of three", |c| reseaux(c, &RESEAUX[..2], 1), ACompleter, None),
    cas("the same network twice", |c| reseaux(c, &["partenaires", "partenaires", "distributeurs"], 1), ACompleter, None),
    cas("a risk is told before what costs marks", |c| { c.fiches.pop(); c.pieces = pieces(&[EtatPiece::NonSignee]) }, RisqueNv, Some(Signature)),
];

#[test]
fn the_table_of_cases() {
    let tous: Vec<&Cas> = [DEPOT, DUREE, PIECES, COMPOSITION].into_iter().flatten().collect();
    assert!(tous.len() >= 50);
    for cas in tous {
        let mut connu = parfait();
        (cas.change)(&mut connu);
        let dits = examiner(&connu);
        let premier = dits.first().and_then(|c| c.motif);
        assert_eq!(
            (verdict(&dits), premier),
            (cas.verdict, cas.motif),
            "{}\u{a0}: {dits:#?}",
            cas.nom
        );
        for dit in &dits {
            assert!(dit.texte.ends_with('.'), "a sentence: {}", dit.texte);
            assert!(dit.verdict != RisqueNv || dit.motif.is_some(), "a risk has its box");
        }
    }
}

/// The more there is, the better it stands: a day more, a paper more, a later last day never make a verdict worse.
#[test]
fn nothing_that_is_added_makes_it_worse() {
    let etats = [
        EtatPiece::Manquante,
        EtatPiece::NonSignee,
        EtatPiece::ARefaire,
        EtatPiece::Deposee,
        EtatPiece::Controlee,
    ];
    let juge = |c: &Connu| verdict(&examiner(c));
    for faits in (0..=90).step_by(3) {
        for reste in (-10..=60).step_by(5) {
            for etat in etats {
                let mut connu = parfait();
                (connu.faits, connu.pieces) = (faits, pieces(&[etat]));
                connu.jour = FIN - Duration::days(reste);
                let avant = juge(&connu);
                let mut plus = connu.clone();
                plus.faits += 1;
                assert!(juge(&plus) <= avant, "a day more, {faits} {reste} {etat:?}");
                let mut plus = connu.clone();
                plus.pieces = pieces(&[EtatPiece::Controlee]);
                assert!(juge(&plus) <= avant, "a paper more, {faits} {reste} {etat:?}");
                let mut plus = connu.clone();
                plus.jour -= Duration::days(1);
                assert!(juge(&plus) <= avant, "a day earlier, {faits} {reste} {etat:?}");
                let mut plus = connu;
                plus.echeance = plus.echeance.map(|le| le + Duration::days(1));
                assert!(juge(&plus) <= avant, "a later last day, {faits} {reste} {etat:?}");
            }
        }
    }
}
