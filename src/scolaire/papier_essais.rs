//! The sheets, printed: two pages a candidate whatever was typed.
use serde_json::{Value, json};

use crate::impression::{Modele, imprimer, pages};

/// A sheet, with this text wherever one may be.
fn livret(mots: &str, ecarts: &[Option<i32>]) -> Value {
    let texte = |n: usize| {
        mots.chars().cycle().take(if mots.is_empty() { 0 } else { n }).collect::<String>()
    };
    let ligne = |(n, e): (usize, &Option<i32>)| {
        json!({
            "code": format!("E{n}"), "intitule": format!("E{n} - Culture économique, juridique et managériale"),
            "periodes": [["12,50", "20,00", ""], ["9,07", "", ""]], "moyennes": ["16,25", "9,07"],
            "appreciation": texte(200), "ecart": e, "ecart_dit": e.map(|e| e.to_string()).unwrap_or_default(),
        })
    };
    json!({
        "etudiant_id": 1, "nom": texte(100), "prenom": texte(100), "naissance": "03/10/2006", "lieu": texte(80),
        "ine": "0123456789A", "langue": texte(40), "avis": "Doit faire ses preuves", "observations": texte(300),
        "pix": true, "lignes": ecarts.iter().enumerate().map(ligne).collect::<Vec<_>>(),
    })
}

fn recueil(livrets: &[Value]) -> Value {
    json!({
        "titre": "Livrets scolaires", "etablissement": "Lycée Simone-Vidal", "jour": [2027, 5, 20], "fictif": true,
        "examen": "BTS", "specialite": "Négociation et digitalisation de la relation client", "session": 2027,
        "trimestres": false, "lignes": 14, "effectif": 41,
        "repartition": [["Très favorable", "53\u{a0}%", "(17)"], ["Favorable", "44\u{a0}%", "(14)"], ["Doit faire ses preuves", "3\u{a0}%", "(1)"]],
        "sessions": [
            { "annee": "2026", "presentes": "32", "recus": "28", "taux": "88" },
            { "annee": "2025", "presentes": "", "recus": "", "taux": "" },
            { "annee": "2024", "presentes": "", "recus": "", "taux": "" },
        ],
        "livrets": livrets,
    })
}

#[test]
fn two_pages_a_candidate_whatever_was_typed() {
    let ecarts = [Some(125), Some(-2000), None, Some(0), Some(2000), None, Some(-17), Some(999)];
    for mots in [
        "",
        "Travail sérieux et régulier, ensemble très satisfaisant. ",
        "W",
        "#let x = $ \\ \" ",
        "中👍ﬁ’ ",
    ] {
        let data = recueil(&[livret(mots, &ecarts)]);
        assert_eq!(pages(Modele::Scolaire, &data).unwrap(), 2, "{mots}");
    }
    let classe = vec![livret("Des progrès. ", &ecarts); 41];
    assert_eq!(pages(Modele::Scolaire, &recueil(&classe)).unwrap(), 82);
}

#[test]
fn the_sheet_conforms_and_blank_is_one_too() {
    let rien = [None; 8];
    for l in [livret("", &rien), livret("Très bien. ", &[Some(125); 8])] {
        let octets = imprimer(Modele::Scolaire, &recueil(&[l])).unwrap();
        assert!(octets.starts_with(b"%PDF"));
    }
}
