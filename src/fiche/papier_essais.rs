//! Sheets on paper: whatever they say, nothing of it is lost, read as markup or let out of its cell.
use std::{collections::BTreeMap, io::Read};

use super::{
    Modele, docx,
    modele::Forme,
    papier::{Document, Papier},
};
use crate::impression::{self, imprimer, pages};

/// What each language of a document could take for itself, and what no font draws.
const HOSTILE: &str = "#set page(fill: red) $x^2$ *gras* _it_ @ref <lbl> \\ // c `d` <script>alert(1)</script> ]]> &amp; ﬁn 👍\u{b}";

fn modele(epreuve: &str) -> &'static Modele {
    let tous = super::modele::tous();
    tous.iter().find(|m| m.epreuve == epreuve).unwrap()
}

fn vide(epreuve: &str) -> Papier {
    Papier {
        modele: modele(epreuve),
        session: 2027,
        numero: 1,
        nom: "ÉTIENNE".into(),
        prenom: "Zoé".into(),
        candidat: None,
        titre: String::new(),
        nature: None,
        vecue: None,
        rubriques: BTreeMap::new(),
    }
}

/// Each cell says which it is, then so many characters; a table has so many rows.
fn remplie(epreuve: &str, (rangees, lettres): (usize, usize)) -> Papier {
    let modele = modele(epreuve);
    let mut rubriques = BTreeMap::new();
    for ligne in modele.lignes() {
        let combien = if ligne.forme.rangees() { rangees } else { 1 };
        for r in &ligne.rubriques {
            let case = |n| {
                let debut = format!("{}.{n}\n{HOSTILE} ", r.code);
                let suite = "mot répété ".repeat(lettres / 11);
                (debut + &suite).chars().take(lettres).collect::<String>()
            };
            rubriques.insert(r.code.clone(), (0..combien).map(case).collect());
        }
    }
    Papier {
        titre: HOSTILE.into(),
        nature: Some(modele.natures[1].code.clone()),
        vecue: modele.vecue.as_ref().map(|_| true),
        candidat: Some("02147896533".into()),
        rubriques,
        ..vide(epreuve)
    }
}

fn document(fiches: Vec<Papier>) -> serde_json::Value {
    serde_json::to_value(Document {
        titre: "Fiches".into(),
        etablissement: "Lycée".into(),
        jour: (2026, 11, 27),
        fictif: true,
        fiches,
    })
    .unwrap()
}

fn combien(fiches: Vec<Papier>) -> usize {
    let data = document(fiches);
    imprimer(impression::Modele::Fiche, &data).expect("it conforms");
    pages(impression::Modele::Fiche, &data).unwrap()
}

#[test]
fn an_empty_sheet_is_the_official_model_page_for_page() {
    assert_eq!(combien(vec![vide("E4")]), 2, "V-1 is both sides of a paper");
    assert_eq!(combien(vec![vide("E6")]), 1, "VII-1 is one side");
}

#[test]
fn a_full_sheet_is_no_longer_than_its_model() {
    assert_eq!(combien(vec![remplie("E4", (3, 80))]), 2);
    assert_eq!(combien(vec![remplie("E6", (1, 80))]), 1);
}

#[test]
fn a_row_higher_than_a_page_goes_on_over_the_next_ones() {
    let mut fiche = remplie("E4", (15, 400));
    fiche.rubriques.insert("historique".into(), vec!["é ".repeat(3000)]);
    let mot = fiche.rubriques.get_mut("phases").unwrap();
    mot[14] = format!("https://exemple.fr/{}", "a".repeat(5900));
    fiche.nom = "D’ŒUVRÆLIÈRE-L’".repeat(8);
    assert!(combien(vec![fiche]) > 5, "nothing is cut");
}

#[test]
fn the_sheets_of_a_promotion_each_begin_their_own_page() {
    assert_eq!(combien(vec![vide("E4"), remplie("E6", (1, 100)), vide("E4")]), 5);
}

/// What a file of a DOCX holds.
fn partie(octets: &[u8], nom: &str) -> String {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(octets)).unwrap();
    let mut texte = String::new();
    archive.by_name(nom).unwrap().read_to_string(&mut texte).unwrap();
    texte
}

/// The words of a document, in their order; a break is a line.
fn mots(xml: &str) -> String {
    let mut dits = String::new();
    for morceau in xml.split('<').skip(1) {
        let (balise, texte) = morceau.split_once('>').expect("well formed");
        match balise.split(' ').next().unwrap() {
            "w:t" => dits += texte,
            "w:br" | "/w:p" => dits.push('\n'),
            _ => {}
        }
    }
    dits.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&amp;", "&")
}

#[test]
fn a_document_says_every_rubric_in_the_order_of_the_model() {
    for epreuve in ["E4", "E6"] {
        let fiche = remplie(epreuve, (4, 300));
        let octets = docx::ecrire(&fiche).unwrap();
        let xml = partie(&octets, "word/document.xml");
        assert!(!xml.contains("<script") && !xml.contains('\u{b}'), "what was typed is text");
        let dits = mots(&xml);
        let mut reste = dits.as_str();
        let mut suit = |attendu: &str| {
            let attendu = attendu.replace('\u{b}', "");
            let la = reste.find(&attendu).unwrap_or_else(|| panic!("{attendu} in {reste}"));
            reste = &reste[la + attendu.len()..];
        };
        suit(&format!("ANNEXE {}", fiche.modele.annexe.replace('-', "–")));
        suit(HOSTILE);
        suit("ÉTIENNE");
        suit("02147896533");
        for p in &fiche.modele.parties {
            suit(&p.titre.to_uppercase());
            for l in &p.lignes {
                l.titre.iter().for_each(|t| suit(t));
                let dire =
                    |r: &super::modele::Rubrique, n: usize| fiche.rubriques[&r.code][n].clone();
                if l.forme == Forme::Cote {
                    for r in &l.rubriques {
                        suit(&r.intitule);
                        suit(&dire(r, 0));
                    }
                    continue;
                }
                l.rubriques.iter().for_each(|r| suit(&r.intitule));
                for n in 0..fiche.rubriques[&l.rubriques[0].code].len() {
                    l.rubriques.iter().for_each(|r| suit(&dire(r, n)));
                }
            }
        }
        assert_eq!(dits.matches('☒').count(), 1 + usize::from(epreuve == "E6"), "what was chosen");
        assert!(partie(&octets, "word/styles.xml").contains("<w:lang w:val=\"fr-FR\"/>"));
        assert!(
            partie(&octets, "docProps/core.xml").contains("<dc:creator>Zoé ÉTIENNE</dc:creator>")
        );
    }
}

#[test]
fn the_note_of_the_model_ends_the_side_that_calls_it() {
    let xml = partie(&docx::ecrire(&vide("E4")).unwrap(), "word/document.xml");
    let dits = mots(&xml);
    let note = dits.find("Annexe à joindre obligatoirement").unwrap();
    let avant = dits.find("Difficultés rencontrées").unwrap();
    assert!(avant < note && note < dits.find("CIBLAGE ET PROSPECTION").unwrap());
    let sans = mots(&partie(&docx::ecrire(&vide("E6")).unwrap(), "word/document.xml"));
    assert!(!sans.contains("joindre"), "its model wants nothing more");
}
