//! The sheets: eight papillons each, to be cut.
use serde_json::{Value, json};

use super::Lot;
use crate::{
    compte::Compte,
    date,
    error::Result,
    impression::{self, Modele, imprimer},
};

/// A longer word is allowed to be cut, so that it stays on its slip.
const MOT: usize = 20;

/// What a papillon's drawing opens. What follows « # » is read by the page, and sent to nobody.
fn adresse(origine: &str, identifiant: &str, code: &str) -> String {
    let sur = |texte: &str| {
        percent_encoding::utf8_percent_encode(texte, percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    format!("{origine}/premiere-connexion#identifiant={}&code={code}", sur(identifiant))
}

/// The address as it is typed: cut after a slash, when it must be.
fn a_taper(origine: &str) -> String {
    let hote = origine.split_once("://").map_or(origine, |o| o.1);
    let hote = if hote.len() > 2 * MOT { coupable(hote) } else { hote.to_owned() };
    format!("{hote}/\u{200b}premiere-connexion")
}

fn coupable(texte: &str) -> String {
    let mot = |mot: &str| {
        let lettres: Vec<char> = mot.chars().collect();
        let morceaux: Vec<String> = lettres.chunks(MOT).map(|m| m.iter().collect()).collect();
        morceaux.join("\u{200b}")
    };
    texte.split(' ').map(mot).collect::<Vec<_>>().join(" ")
}

pub(super) fn document(qui: &Compte, origine: &str, lot: &Lot) -> Result<Value> {
    let jour = qui.aujourd_hui();
    let mut papillons = vec![];
    for n in &lot.neufs {
        let a = &n.acces;
        papillons.push(json!({
            "nom": coupable(&format!("{} {}", a.nom, a.prenom)),
            "longueur": a.nom.chars().count() + a.prenom.chars().count(),
            "classe": a.promotions.as_deref().unwrap_or("Administration et jurys"),
            "identifiant": coupable(&a.identifiant),
            "code": n.code.replace('-', "\u{a0}"),
            "qr": impression::code(&adresse(origine, &a.identifiant, &n.code))?,
            "jusqu_au": date::instant(&qui.heure(n.fin)),
        }));
    }
    Ok(json!({
        "titre": "Papillons d’accès", "etablissement": qui.etablissement(), "fictif": qui.cadre("").fictif,
        "jour": [jour.year(), u8::from(jour.month()), jour.day()],
        "adresse": a_taper(origine),
        "papillons": papillons,
    }))
}

pub(super) fn pdf(document: &Value) -> anyhow::Result<Vec<u8>> {
    imprimer(Modele::Papillon, document)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::impression::pages;

    fn document(n: usize) -> Value {
        let nom = |i: usize| {
            if i == 0 {
                "N’".to_owned() + &"ABCDEFGHIJ".repeat(11) + " Marie-Anne"
            } else {
                format!("ÉTIENNE Zoé {i}")
            }
        };
        let papillon = |i| {
            let adresse = adresse("https://livret.example.org", "zoe.etienne", "ABCD-EFGH-JKLM");
            json!({
                "nom": coupable(&nom(i)), "longueur": nom(i).chars().count(), "classe": "BTS NDRC 1",
                "identifiant": coupable(&"zoe.etienne".repeat(if i == 0 { 6 } else { 1 })), "code": "ABCD\u{a0}EFGH\u{a0}JKLM",
                "qr": impression::code(&adresse).unwrap(), "jusqu_au": "24 décembre 2026 à 09:00",
            })
        };
        json!({
            "titre": "Papillons d’accès", "etablissement": "Lycée Simone-Vidal (fictif)", "fictif": true, "jour": [2026, 11, 24],
            "adresse": "livret.example.org/premiere-connexion", "papillons": (0..n).map(papillon).collect::<Vec<_>>(),
        })
    }

    #[test]
    fn eight_a_sheet_whatever_the_names() {
        for (n, feuilles) in [(1, 1), (8, 1), (9, 2), (36, 5)] {
            assert_eq!(pages(Modele::Papillon, &document(n)).unwrap(), feuilles, "{n}");
        }
        assert!(pdf(&document(36)).unwrap().starts_with(b"%PDF"));
    }

    #[test]
    fn the_code_of_an_address_is_in_its_fragment_alone() {
        let adresse = adresse("https://livret.example.org", "zoé&co", "ABCD-EFGH-JKLM");
        let (demandee, gardee) = adresse.split_once('#').unwrap();
        assert_eq!(demandee, "https://livret.example.org/premiere-connexion");
        assert_eq!(gardee, "identifiant=zo%C3%A9%26co&code=ABCD-EFGH-JKLM");
    }
}
