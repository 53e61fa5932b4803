//! The commission's papers: the official words in their order, blank or filled, and nothing of what is written is lost.
use std::process::Command;

use super::{
    exemple::{
        EVALUATIONS, GRILLES, HOSTILE, evaluation_remplie, evaluation_vide, grille_remplie,
        grille_vide,
    },
    modele::Forme,
    papier::{Document, Page, imprimer},
};
use crate::impression::{self, pages};

/// How it is read, without its blanks.
const LITTERAL: &str = "#setpage(fill:red)$x^2$*gras*_it_@ref<lbl>\\//c`d`fin◊";

fn document(pages: Vec<Page>) -> Document {
    Document {
        titre: "Commission".into(),
        etablissement: "Lycée".into(),
        jour: (2027, 4, 14),
        fictif: true,
        pages,
    }
}

fn combien(papiers: Vec<Page>) -> usize {
    let data = serde_json::to_value(document(papiers)).unwrap();
    pages(impression::Modele::Commission, &data).unwrap()
}

fn serre(texte: &str) -> String {
    texte.split_whitespace().collect()
}

/// What a tool says of a document; nothing where the machine has not got it, except in CI.
fn lu(outil: &str, args: &[&str], papiers: Vec<Page>) -> Option<String> {
    let pdf = imprimer(&document(papiers)).expect("it conforms");
    let dossier = tempfile::tempdir().unwrap();
    let fichier = dossier.path().join("commission.pdf");
    std::fs::write(&fichier, pdf).unwrap();
    let fait = Command::new(outil)
        .args(args)
        .arg(&fichier)
        .args((outil == "pdftotext").then_some("-"))
        .output();
    if fait.is_err() {
        assert!(option_env!("CI").is_none(), "{outil} is missing");
        eprintln!("PASSÉ : {outil} n’est pas sur cette machine");
    }
    Some(String::from_utf8_lossy(&fait.ok()?.stdout).into_owned())
}

/// What a reader finds, in its order, without its blanks.
fn mots(papier: Page) -> Option<String> {
    lu("pdftotext", &["-raw"], vec![papier]).map(|t| serre(&t))
}

#[test]
fn a_blank_or_filled_paper_takes_the_sheets_of_the_official_one() {
    for quelle in GRILLES {
        let feuilles = if quelle.0 == "EF2" { 2 } else { 1 };
        assert_eq!(combien(vec![Page::Grille(grille_vide(quelle))]), feuilles, "{quelle:?}");
        assert_eq!(combien(vec![Page::Grille(grille_remplie(quelle, 20))]), feuilles, "{quelle:?}");
    }
    for quelle in EVALUATIONS {
        assert_eq!(combien(vec![Page::Evaluation(evaluation_vide(quelle))]), 1, "{quelle:?}");
        assert_eq!(
            combien(vec![Page::Evaluation(evaluation_remplie(quelle, 20))]),
            1,
            "{quelle:?}"
        );
    }
}

/// It finds each in what follows the one before.
struct Suite<'a>(&'a str);

impl Suite<'_> {
    fn suit(&mut self, attendu: &str) {
        let attendu = serre(attendu);
        let la = self.0.find(&attendu).unwrap_or_else(|| panic!("{attendu} in {}", self.0));
        self.0 = &self.0[la + attendu.len()..];
    }

    fn tete(&mut self, annexe: &str, lignes: &[String], dits: [&str; 4]) {
        self.suit(&format!("ANNEXE {}", annexe.replace('-', "–")));
        let [diplome, intitule, modalites, titre] = dits;
        for ligne in lignes {
            let ligne = ligne.replace("{diplome}", diplome).replace("{intitule}", intitule);
            let ligne = ligne.replace("{modalites}", modalites).replace("{session}", "2027");
            self.suit(&ligne.replace("{titre}", &titre.to_uppercase()));
        }
    }
}

#[test]
fn a_grid_says_the_official_words_in_their_order() {
    for quelle in GRILLES {
        let papier = grille_vide(quelle);
        let m = papier.modele;
        let Some(dits) = mots(Page::Grille(papier)) else { return };
        let mut suite = Suite(&dits);
        let modalites = m.modalites.as_deref().unwrap_or_default();
        suite.tete(&m.annexe, &m.lignes, [&m.diplome, &m.intitule, modalites, &m.titre]);
        m.tete.iter().flatten().for_each(|c| suite.suit(&c.intitule));
        m.preambule.iter().for_each(|t| suite.suit(t));
        for p in &m.parties {
            if m.parties.len() > 1 {
                suite.suit(&p.intitule);
            }
            for (n, l) in p.lignes.iter().enumerate() {
                let numero = if m.numerotees { format!("{} – ", n + 1) } else { String::new() };
                assert!(dits.contains(&serre(&format!("{numero}{}", l.intitule))), "{}", l.code);
                if let Some(precision) = &l.precision {
                    suite.suit(&format!("({precision})"));
                }
                l.descripteurs.iter().for_each(|d| assert!(dits.contains(&serre(d)), "{d}"));
            }
        }
        m.mention.iter().chain(&m.visa).chain(&m.note).chain(&m.appreciation).for_each(|t| {
            assert!(dits.contains(&serre(t)), "{t} in {dits}");
        });
        assert!(!dits.contains("verrouillée"), "{dits}");
    }
}

#[test]
fn a_fiche_says_the_official_words_in_their_order() {
    for quelle in EVALUATIONS {
        let papier = evaluation_vide(quelle);
        let m = papier.modele;
        let Some(dits) = mots(Page::Evaluation(papier)) else { return };
        let mut suite = Suite(&dits);
        let modalites = m.modalites.as_deref().unwrap_or_default();
        suite.tete(&m.annexe, &m.lignes, [&m.diplome, &m.intitule, modalites, &m.titre]);
        m.tete.iter().flatten().for_each(|c| suite.suit(&c.intitule));
        m.appreciation.iter().for_each(|t| suite.suit(t));
        for t in &m.temps {
            suite.suit(t.titre.as_ref().unwrap_or(&t.intitule));
            t.precision.iter().for_each(|p| suite.suit(p));
            for c in t.rangees.iter().flatten() {
                if c.de == "natures" {
                    t.natures.iter().for_each(|n| suite.suit(&n.intitule));
                }
                suite.suit(&c.intitule);
            }
            if m.appreciation.is_none() {
                suite.suit(&t.appreciation);
            }
            if t.visas > 0 {
                suite.suit(&m.visa);
            }
        }
        if m.membres > 0 {
            suite.suit(&m.visa);
        }
        suite.suit(&m.note);
        m.mention.iter().for_each(|t| suite.suit(t));
    }
}

#[test]
fn a_tick_is_where_it_was_put_and_the_mark_in_its_box() {
    let croix = |texte: &str| texte.split_whitespace().filter(|m| *m == "X").count();
    for quelle in GRILLES {
        let (vide, pleine) = (grille_vide(quelle), grille_remplie(quelle, 3));
        let attendues = pleine.coches.len() + usize::from(pleine.choix.is_some());
        let (notee, m) = (pleine.modele.note.is_some(), pleine.modele);
        let lire = |g| lu("pdftotext", &["-layout"], vec![Page::Grille(g)]);
        let (Some(vide), Some(pleine)) = (lire(vide), lire(pleine)) else { return };
        assert_eq!(croix(&vide), 0, "{vide}");
        assert_eq!(croix(&pleine), attendues, "{pleine}");
        assert_eq!(pleine.contains("12,5"), notee, "{} has a box for it or none", m.annexe);
        assert!(pleine.contains("Grille verrouillée le 14 avril 2027"), "{pleine}");
        assert!(m.visa.is_none() || pleine.contains("M. Roux, responsable"), "{pleine}");
    }
}

#[test]
fn nothing_of_what_is_written_is_lost_or_read_as_markup() {
    for mots_par_pave in [20, 900] {
        for quelle in EVALUATIONS {
            let mut papier = evaluation_remplie(quelle, mots_par_pave);
            papier.entete.nom = "D’ŒUVRÆLIÈRE-L’".repeat(8);
            papier.entete.membres.push(HOSTILE.into());
            let temps = papier.temps.values();
            let textes: Vec<String> = temps
                .flat_map(|t| t.champs.values().chain([&t.appreciation]))
                .chain(papier.champs.values())
                .cloned()
                .collect();
            let Some(dits) = mots(Page::Evaluation(papier)) else { return };
            let longs = textes.iter().filter(|t| t.contains("fin-")).count();
            assert_eq!(dits.matches("répété").count(), longs * mots_par_pave, "{quelle:?}");
            assert!(dits.matches(LITTERAL).count() > longs, "a name is literal too: {dits}");
            for texte in textes {
                let fin = texte.split_whitespace().next_back().unwrap();
                assert!(dits.contains(fin), "{fin} in {dits}");
            }
        }
    }
    let mut papier = grille_remplie(("E2", Forme::Ponctuelle), 3000);
    papier.entete.prenom = "a".repeat(120);
    papier.entete.langue = HOSTILE.into();
    assert!(combien(vec![Page::Grille(papier.clone())]) > 2, "it goes on over the next sheets");
    let Some(dits) = mots(Page::Grille(papier)) else { return };
    assert_eq!(dits.matches("répété").count(), 3000);
    assert_eq!(dits.matches(LITTERAL).count(), 2, "{dits}");
    let mut papier = grille_remplie(("E4", Forme::Ponctuelle), 1);
    papier.fiche = Some((2, format!("{HOSTILE} {}", "https://exemple.fr/".repeat(9))));
    let Some(dits) = mots(Page::Grille(papier)) else { return };
    assert!(dits.contains(LITTERAL) && dits.contains(&"https://exemple.fr/".repeat(9)), "{dits}");
}

#[test]
fn the_papers_of_thirty_six_candidates_are_one_document_with_their_bookmarks() {
    let papiers = (1..=36).flat_map(|n| {
        let mut grille = grille_remplie(("E6", Forme::Ccf), 10);
        let mut fiche = evaluation_remplie(("E6", Forme::Ccf), 10);
        grille.entete.nom = format!("NOM{n}");
        fiche.entete = grille.entete.clone();
        [Page::Grille(grille), Page::Evaluation(fiche)]
    });
    let args = ["-xml", "-i", "-stdout"];
    let Some(xml) = lu("pdftohtml", &args, papiers.collect()) else { return };
    assert_eq!(xml.matches("<page ").count(), 72);
    let signets: Vec<&str> =
        xml.split("<item").skip(1).filter_map(|i| i.split('>').nth(1)?.split('<').next()).collect();
    assert_eq!(signets.len(), 36 * 3, "a candidate, then her papers: {signets:?}");
    let premiers = [
        "NOM1 Zoé",
        "E6 – Grille d’aide à l’évaluation (VII-2)",
        "E6 – Fiche d’évaluation (VII-3)",
        "NOM2 Zoé",
    ];
    assert_eq!(signets[..4], premiers);
}
