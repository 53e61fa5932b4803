//! The official papers against the official words: annexes IV to VIII, session 2025, and the text of the référentiel.
use std::collections::{BTreeMap, BTreeSet};

use super::{
    evaluation::EVALUATIONS,
    modele::{Evaluation, Forme, GRILLES, Grille, Ligne, Mention, Tableau, Unite},
};
use crate::{examen::Reglement, fiche, referentiel};

const EDITION: &str = "NDRC-2018";

fn grille(epreuve: &str, forme: Forme) -> &'static Grille {
    Grille::par_code(EDITION, epreuve, forme).unwrap()
}

fn evaluation(epreuve: &str, forme: Forme) -> &'static Evaluation {
    Evaluation::par_code(EDITION, epreuve, forme).unwrap()
}

/// Every table of the official text that has a code, by its code.
fn officiels() -> BTreeMap<String, toml::Table> {
    fn chercher(valeur: toml::Value, vus: &mut BTreeMap<String, toml::Table>) {
        match valeur {
            toml::Value::Array(plusieurs) => plusieurs.into_iter().for_each(|v| chercher(v, vus)),
            toml::Value::Table(t) => {
                if let Some(code) = t.get("code").and_then(|c| c.as_str()) {
                    vus.entry(code.to_owned()).or_insert_with(|| t.clone());
                }
                t.into_iter().for_each(|(_, v)| chercher(v, vus));
            }
            _ => {}
        }
    }
    let mut vus = BTreeMap::new();
    chercher(toml::from_str(referentiel::OFFICIEL).unwrap(), &mut vus);
    vus
}

fn serre(texte: &str) -> String {
    texte.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn dits(table: &toml::Table, cle: &str) -> Vec<String> {
    let tous = table.get(cle).and_then(|v| v.as_array()).into_iter().flatten();
    tous.map(|v| v.as_str().map_or_else(|| v.to_string(), serre)).collect()
}

#[test]
fn the_papers_that_came_with_the_program_hold_together() {
    for g in &GRILLES.1 {
        assert!(Reglement::de(&g.edition, g.depuis).is_some(), "{}", g.annexe);
        let codes: BTreeSet<&str> = g.lignes().map(|l| l.code.as_str()).collect();
        assert_eq!(codes.len(), g.lignes().count(), "each line once in {}", g.annexe);
        assert_eq!(g.degres.len(), 4, "{}", g.annexe);
        for l in g.lignes() {
            assert!([0, 4].contains(&l.descripteurs.len()), "{}", l.code);
            assert_eq!(
                l.points.len(),
                if g.tableau == Tableau::Degres { 4 } else { 0 },
                "{}",
                l.code
            );
        }
        assert_eq!(g.confidentielle, g.appreciation.is_none(), "{}", g.annexe);
        assert_eq!(g.confidentielle, g.mention.is_some(), "{}", g.annexe);
        assert_ne!(g.parties.iter().filter(|p| p.au_choix).count(), 1, "a choice is between two");
        for nature in g.parties.iter().filter_map(|p| p.nature.as_deref()) {
            let fiche = fiche::Modele::par_code(&g.edition, &g.epreuve).unwrap();
            assert!(fiche.nature(nature).is_some(), "{nature}");
        }
        sources(&g.tete, &[]);
    }
    for e in EVALUATIONS.iter() {
        assert!(Reglement::de(&e.edition, e.depuis).is_some(), "{}", e.annexe);
        assert!(e.membres > 0 || e.temps.iter().all(|t| t.visas > 0), "{} is signed", e.annexe);
        sources(&e.tete, &e.champs.iter().map(|c| c.code.as_str()).collect::<Vec<_>>());
        for t in &e.temps {
            sources(&t.rangees, &t.champs.iter().map(|c| c.code.as_str()).collect::<Vec<_>>());
            for n in &t.natures {
                let fiche = fiche::Modele::par_code(&e.edition, &e.epreuve).unwrap();
                assert!(fiche.nature(&n.code).is_some(), "{}", n.code);
            }
            let dite = t.rangees.iter().flatten().any(|m| m.de == "date");
            assert_eq!(dite, t.date, "{} {}", e.annexe, t.code);
        }
    }
}

/// What fills a mention is known.
fn sources(rangees: &[Vec<Mention>], champs: &[&str]) {
    let connues = [
        "",
        "nom",
        "prenom",
        "numero",
        "commission",
        "date",
        "date.A",
        "date.B",
        "langue",
        "document",
    ];
    for m in rangees.iter().flatten() {
        let champ = m.de.strip_prefix("champ.").is_some_and(|c| champs.contains(&c));
        let connue =
            connues.contains(&m.de.as_str()) || m.de.starts_with("fiche.") || m.de == "natures";
        assert!(champ || connue, "{m:?}");
    }
}

/// The annexes say « portefeuille client », « vendeurs à domicile » and « chez les distributeurs » where the arrêté does
/// otherwise: the papers keep their words.
#[test]
fn every_line_is_that_of_the_official_text() {
    let officiels = officiels();
    let ecarts = ["1.1.1", "3.3.2"];
    for g in &GRILLES.1 {
        for l in g.lignes() {
            let officiel = &officiels[&l.code];
            let intitule = officiel["intitule"].as_str().unwrap();
            if ecarts.contains(&l.code.as_str()) {
                assert!(intitule.starts_with(&l.intitule), "{intitule}");
                assert_ne!(intitule, l.intitule, "{}", l.code);
            } else {
                assert_eq!(serre(intitule), serre(&l.intitule), "{}", l.code);
            }
            assert_eq!(
                dits(officiel, "descripteurs"),
                l.descripteurs.iter().map(|d| serre(d)).collect::<Vec<_>>()
            );
            assert_eq!(
                dits(officiel, "points"),
                l.points.iter().map(ToString::to_string).collect::<Vec<_>>()
            );
        }
        for p in g.parties.iter().filter(|p| p.code.starts_with(|c: char| c.is_ascii_digit())) {
            let officiel = officiels[&p.code]["intitule"]
                .as_str()
                .unwrap()
                .replace("des distributeurs", "les distributeurs");
            assert_eq!(officiel.replace('-', " "), p.intitule.replace('-', " "));
        }
        let total = officiels.values().find(|t| {
            t.get("epreuve").and_then(|e| e.as_str()) == Some(&g.epreuve) && t.contains_key("total")
        });
        if let Some(total) = total {
            assert_eq!(total["total"].as_integer(), Some(g.note_sur.into()), "{}", g.annexe);
            assert_eq!(
                total.get("bonus").and_then(toml::Value::as_integer),
                g.bonus.as_ref().map(|b| b.points.into())
            );
        }
    }
}

#[test]
fn a_grid_has_the_official_lines() {
    for forme in Forme::TOUTES {
        let e4 = grille("E4", forme);
        let combien: Vec<usize> = e4.parties.iter().map(|p| p.lignes.len()).collect();
        assert_eq!(combien, [4, 2, 3, 2]);
        assert_eq!(e4.lignes_jugees(Some("1.2")).len(), 8);
        assert_eq!(e4.lignes_jugees(Some("1.3")).len(), 9);
        assert_eq!(e4.lignes_jugees(None).len(), 6, "neither is judged before the choice");
        assert_eq!(e4.parties_jugees(Some("1.3")).filter(|p| p.au_choix).count(), 1);
        assert_eq!(grille("E6", forme).lignes_jugees(None).len(), 7);
        let ef2 = grille("EF2", forme);
        assert_eq!(ef2.lignes().count(), 9);
        assert!(ef2.lignes().all(|l| l.descripteurs.len() == 4));
        let degres: Vec<&str> = e4.degres.iter().map(|d| d.intitule.as_str()).collect();
        assert_eq!(
            degres,
            ["Très Insuffisant", "Insuffisant", "Satisfaisant", "Très satisfaisant"]
        );
        let seconds: Vec<&str> = ef2.degres.iter().filter_map(|d| d.second.as_deref()).collect();
        assert_eq!(seconds, ["Subit", "Exécute", "Maîtrise", "Est expert"]);
    }
    let precision = |forme| grille("E4", forme).ligne("1.1.2").unwrap().precision.clone().unwrap();
    assert_eq!(precision(Forme::Ccf), "Cohérence entre ciblage et démarche de prospection");
    assert_eq!(
        precision(Forme::Ponctuelle),
        "Cohérence entre le ciblage et la démarche de prospection"
    );
}

#[test]
fn the_official_points_are_added_only_when_every_line_is_ticked() {
    for (epreuve, les_plus_hauts, les_plus_bas) in [("E2", 20, 5), ("EF1", 20, 3)] {
        let g = grille(epreuve, Forme::Ponctuelle);
        let tous = |degre: &str| -> BTreeMap<String, String> {
            g.lignes().map(|l: &Ligne| (l.code.clone(), degre.to_owned())).collect()
        };
        assert_eq!(g.points(&tous("4"), 0), Some(les_plus_hauts));
        assert_eq!(g.points(&tous("4"), 2), Some(20), "never above the mark's own");
        assert_eq!(g.points(&tous("1"), 0), Some(les_plus_bas));
        assert_eq!(
            g.points(&tous("1"), 9),
            Some(les_plus_bas + 2),
            "the bonus is the official one"
        );
        assert_eq!(g.points(&tous("5"), 0), None);
        let mut presque = tous("3");
        presque.remove(&g.parties[0].lignes[1].code);
        assert_eq!(g.points(&presque, 2), None);
    }
    let e6 = grille("E6", Forme::Ccf);
    let coches = e6.lignes().map(|l| (l.code.clone(), "S".to_owned())).collect();
    assert_eq!(e6.points(&coches, 0), None, "no text turns these ticks into a mark");
}

#[test]
fn an_epreuve_has_the_papers_of_its_session() {
    let toutes = Unite::parues(EDITION, 2027);
    let dites: Vec<String> = toutes
        .iter()
        .map(|e| {
            let annexes = [e.grille.map(|g| &g.annexe), e.evaluation.map(|e| &e.annexe)];
            let annexes: Vec<&str> = annexes.into_iter().flatten().map(String::as_str).collect();
            format!("{} {} {}", e.code, e.forme.code(), annexes.join("+"))
        })
        .collect();
    let attendues = [
        "E2 ponctuelle IV-1",
        "E4 ccf V-4+V-5",
        "E4 ponctuelle V-6+V-7",
        "E5B ponctuelle VI-4",
        "E6 ccf VII-2+VII-3",
        "E6 ponctuelle VII-4+VII-5",
        "EF1 ponctuelle IV-2",
        "EF2 ccf VIII-3+VIII-2",
        "EF2 ponctuelle VIII-3+VIII-2",
    ];
    assert_eq!(dites, attendues);
    assert!(Unite::parues(EDITION, 2024).is_empty(), "no text was read for that session");
    let temps = |code: &str, forme: Forme| -> String {
        let e = toutes.iter().find(|e| e.code == code && e.forme == forme).unwrap();
        e.temps()
            .into_iter()
            .map(|(code, nom, m)| format!("{code}/{nom}/{}", m.unwrap_or(0)))
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(temps("E4", Forme::Ccf), "A/Situation A/0 B/Situation B/15");
    assert_eq!(temps("E6", Forme::Ccf), "A/Situation A/15 B/Situation B/15");
    assert_eq!(temps("E5B", Forme::Ponctuelle), "1/Partie pratique/40");
    assert_eq!(temps("E2", Forme::Ponctuelle), "1//30");
    assert_eq!(evaluation("E4", Forme::Ponctuelle).temps.len(), 3);
    assert!(evaluation("E6", Forme::Ccf).temps("B").is_some_and(|t| t.plusieurs && t.date));
    assert!(Forme::TOUTES.iter().all(|f| Forme::de(f.code()) == Some(*f)));
}
