//! Subjects on paper: the official words in their order, and whatever is written there, nothing of it is lost or read as markup.
use std::{collections::BTreeMap, process::Command};

use super::{
    Modele,
    modele::Papier,
    papier::{Document, Page},
};
use crate::{
    fiche,
    impression::{self, imprimer, pages},
};

/// What the language of a document could take for itself, and what no font draws.
const HOSTILE: &str = "#set page(fill: red) $x^2$ *gras* _it_ @ref <lbl> \\ // c `d` ﬁn 👍\u{b}";

fn modele() -> &'static Modele {
    Modele::par_code("NDRC-2018", "E4").unwrap()
}

fn papier(code: &str) -> &'static Papier {
    modele().papier(code).unwrap()
}

fn vide(code: &str) -> Page {
    let natures = &fiche::Modele::par_code("NDRC-2018", "E4").unwrap().natures;
    Page {
        modele: modele(),
        papier: papier(code),
        session: 2027,
        nom: "ÉTIENNE".into(),
        prenom: "Zoé".into(),
        candidat: None,
        commission: String::new(),
        le: String::new(),
        numero: 1,
        titre: String::new(),
        natures: natures.iter().map(|n| (n.intitule.clone(), false)).collect(),
        rubriques: BTreeMap::new(),
    }
}

/// Each rubric says so many words after what is hostile, then which it is.
fn remplie(code: &str, mots: usize) -> Page {
    let dire = |code: &str| format!("{HOSTILE}\n{}fin-{code}", "répété ".repeat(mots));
    let rubriques = &papier(code).rubriques;
    let mut page = vide(code);
    page.natures[0].1 = true;
    Page {
        titre: "Vente de coffrets de fin d’année aux comités d’entreprise".into(),
        candidat: Some("02147896533".into()),
        commission: "12".into(),
        le: "14 avril 2027".into(),
        rubriques: rubriques.iter().map(|r| (r.code.clone(), dire(&r.code))).collect(),
        ..page
    }
}

fn document(pages: Vec<Page>) -> serde_json::Value {
    serde_json::to_value(Document {
        titre: "Sujets".into(),
        etablissement: "Lycée".into(),
        jour: (2026, 11, 27),
        fictif: true,
        pages,
    })
    .unwrap()
}

fn combien(papiers: Vec<Page>) -> usize {
    let data = document(papiers);
    imprimer(impression::Modele::Sujet, &data).expect("it conforms");
    pages(impression::Modele::Sujet, &data).unwrap()
}

fn serre(texte: &str) -> String {
    texte.split_whitespace().collect()
}

/// What a reader finds, in its order, without its blanks; nothing where the machine has no reader, except in CI.
fn mots(papier: Page) -> Option<String> {
    let pdf = imprimer(impression::Modele::Sujet, &document(vec![papier])).expect("it conforms");
    let dossier = tempfile::tempdir().unwrap();
    let fichier = dossier.path().join("sujet.pdf");
    std::fs::write(&fichier, pdf).unwrap();
    let fait = Command::new("pdftotext").arg("-raw").arg(&fichier).arg("-").output();
    if fait.is_err() {
        assert!(option_env!("CI").is_none(), "pdftotext is missing");
        eprintln!("PASSÉ : pdftotext n’est pas sur cette machine");
    }
    Some(serre(&String::from_utf8_lossy(&fait.ok()?.stdout)))
}

#[test]
fn an_empty_paper_is_one_page() {
    assert_eq!(combien(vec![vide("candidat")]), 1);
    assert_eq!(combien(vec![vide("jury")]), 1);
}

#[test]
fn a_paper_with_some_lines_in_each_rubric_is_one_page() {
    assert_eq!(combien(vec![remplie("candidat", 15)]), 1);
    assert_eq!(combien(vec![remplie("jury", 15)]), 1);
}

#[test]
fn the_papers_of_a_promotion_each_begin_their_own_page() {
    let tous = vec![vide("candidat"), vide("jury"), remplie("candidat", 5), remplie("jury", 5)];
    assert_eq!(combien(tous), 4);
}

#[test]
fn what_is_higher_than_a_page_goes_on_over_the_next_ones() {
    let mut page = remplie("jury", 130);
    page.nom = "D’ŒUVRÆLIÈRE-L’".repeat(8);
    page.titre = HOSTILE.repeat(3);
    page.rubriques.insert("lieu".into(), "a\n".repeat(300));
    let long = format!("https://exemple.fr/{}", "a".repeat(5900));
    page.rubriques.insert("objections".into(), long);
    assert!(combien(vec![page]) > 5, "nothing is cut");
}

/// The official models: annexes V-2 and V-3, session 2025.
#[test]
fn a_paper_says_the_official_words_in_their_order() {
    for code in ["candidat", "jury"] {
        let page = vide(code);
        let Some(dits) = mots(page.clone()) else { return };
        let mut reste = dits.as_str();
        let mut suit = |attendu: &str| {
            let attendu = serre(attendu);
            let la = reste.find(&attendu).unwrap_or_else(|| panic!("{attendu} in {reste}"));
            reste = &reste[la + attendu.len()..];
        };
        let (m, p) = (page.modele, page.papier);
        suit(&format!("ANNEXE {}", p.annexe.replace('-', "–")));
        suit(&m.diplome);
        suit("Session 2027");
        let tete = [&m.sous_titre, &p.intitule, &m.nom, &m.prenom, &m.fiche, &m.titre];
        for t in tete.into_iter().chain([&m.candidat, &m.commission, &m.date]) {
            suit(t);
        }
        page.natures.iter().for_each(|n| suit(&n.0));
        suit(&p.parametres.to_uppercase());
        let mut avant = "";
        for r in &p.rubriques {
            if r.case.is_none() || avant != r.intitule {
                suit(&r.intitule);
            }
            r.precision.iter().chain(&r.case).for_each(|t| suit(t));
            avant = &r.intitule;
        }
        suit("page 1/1");
        suit("DÉMONSTRATION : données fictives");
    }
}

#[test]
fn nothing_of_what_is_written_is_lost_or_read_as_markup() {
    for code in ["candidat", "jury"] {
        let combien = papier(code).rubriques.len();
        for mots_par_rubrique in [15, 130] {
            let Some(dits) = mots(remplie(code, mots_par_rubrique)) else { return };
            assert_eq!(dits.matches("répété").count(), combien * mots_par_rubrique, "{dits}");
            let litteral = "#setpage(fill:red)$x^2$*gras*_it_@ref<lbl>\\//c`d`fin◊";
            assert_eq!(dits.matches(litteral).count(), combien, "{dits}");
            for r in &papier(code).rubriques {
                assert!(dits.contains(&format!("fin-{}", r.code)), "{} in {dits}", r.code);
            }
        }
    }
}
