//! Papers for the tests, blank or filled.
use std::collections::BTreeMap;

use super::{
    modele::{Champ, Evaluation, Forme, Grille},
    papier::{Entete, EvaluationRemplie, GrilleRemplie, TempsRempli},
};

/// What the language of a document could take for itself, and what no font draws.
pub const HOSTILE: &str =
    "#set page(fill: red) $x^2$ *gras* _it_ @ref <lbl> \\ // c `d` ﬁn 👍\u{b}";

pub const GRILLES: [(&str, Forme); 8] = [
    ("E2", Forme::Ponctuelle),
    ("EF1", Forme::Ponctuelle),
    ("E4", Forme::Ccf),
    ("E4", Forme::Ponctuelle),
    ("E6", Forme::Ccf),
    ("E6", Forme::Ponctuelle),
    ("EF2", Forme::Ccf),
    ("EF2", Forme::Ponctuelle),
];
pub const EVALUATIONS: [(&str, Forme); 6] = [
    ("E4", Forme::Ccf),
    ("E4", Forme::Ponctuelle),
    ("E5B", Forme::Ponctuelle),
    ("E6", Forme::Ccf),
    ("E6", Forme::Ponctuelle),
    ("EF2", Forme::Ponctuelle),
];

fn vierge() -> Entete {
    Entete { session: 2027, ..Entete::default() }
}

fn zoe() -> Entete {
    Entete {
        nom: "ÉTIENNE".into(),
        prenom: "Zoé".into(),
        numero: Some("02147896533".into()),
        commission: "12".into(),
        date: "14 avril 2027".into(),
        dates: [("A", "12 mars 2027"), ("B", "14 avril 2027")]
            .map(|(c, d)| (c.into(), d.into()))
            .into(),
        membres: vec![
            "Mme Martin, enseignante".into(),
            "M. Roux, responsable de secteur, Maison Lorin".into(),
        ],
        langue: "Anglais".into(),
        document: "7".into(),
        ..vierge()
    }
}

pub fn grille_vide((epreuve, forme): (&str, Forme)) -> GrilleRemplie {
    GrilleRemplie {
        modele: Grille::par_code("NDRC-2018", epreuve, forme).unwrap(),
        entete: vierge(),
        coches: BTreeMap::new(),
        choix: None,
        fiche: None,
        bonus: None,
        note: None,
        appreciation: String::new(),
        arretee: String::new(),
    }
}

/// Each line is ticked in its turn.
pub fn grille_remplie(quelle: (&str, Forme), mots: usize) -> GrilleRemplie {
    let vide = grille_vide(quelle);
    let choix = vide.modele.parties.iter().find(|p| p.au_choix).map(|p| p.code.clone());
    let degres = vide.modele.degres.iter().rev().cycle();
    let lignes = vide.modele.lignes_jugees(choix.as_deref());
    GrilleRemplie {
        entete: zoe(),
        coches: lignes
            .into_iter()
            .zip(degres)
            .map(|(l, d)| (l.code.clone(), d.code.clone()))
            .collect(),
        choix,
        fiche: Some((1, "Vente de coffrets de fin d’année aux comités d’entreprise".into())),
        bonus: vide.modele.bonus.as_ref().map(|b| b.points),
        note: Some("12,5".into()),
        appreciation: dire("appreciation", mots),
        arretee: "Grille verrouillée le 14 avril 2027 à 17 h 20 par Mme Martin".into(),
        ..vide
    }
}

pub fn evaluation_vide((epreuve, forme): (&str, Forme)) -> EvaluationRemplie {
    EvaluationRemplie {
        modele: Evaluation::par_code("NDRC-2018", epreuve, forme).unwrap(),
        entete: vierge(),
        champs: BTreeMap::new(),
        temps: BTreeMap::new(),
        note: None,
        arretee: String::new(),
    }
}

/// So many words after what is hostile, then which they are.
fn dire(code: &str, mots: usize) -> String {
    format!("{HOSTILE}\n{}fin-{code}", "répété ".repeat(mots))
}

pub fn evaluation_remplie(quelle: (&str, Forme), mots: usize) -> EvaluationRemplie {
    let vide = evaluation_vide(quelle);
    let champs = |champs: &[Champ], la: &str| -> BTreeMap<String, String> {
        let un = |c: &Champ| {
            let dit = if c.lignes > 1 {
                dire(&format!("{}{la}", c.code), mots)
            } else {
                format!("V{}{la}", c.code)
            };
            (c.code.clone(), dit)
        };
        champs.iter().map(un).collect()
    };
    let temps = vide.modele.temps.iter().map(|t| {
        let rempli = TempsRempli {
            natures: t.natures.iter().skip(1).map(|n| n.code.clone()).collect(),
            champs: champs(&t.champs, &t.code),
            appreciation: dire(&format!("appreciation{}", t.code), mots),
            ..TempsRempli::default()
        };
        (t.code.clone(), rempli)
    });
    EvaluationRemplie {
        entete: zoe(),
        temps: temps.collect(),
        champs: champs(&vide.modele.champs, ""),
        note: Some("12,5".into()),
        arretee: "Fiche verrouillée le 14 avril 2027 à 17 h 20 par Mme Martin".into(),
        ..vide
    }
}
