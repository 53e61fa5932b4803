//! The printed twin of a tutor's page: the same questions on paper, and a code that a phone reads.
use anyhow::anyhow;
use qrcode::{EcLevel, QrCode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{lien::Voie, question::Feuille};
use crate::{
    app::Db,
    compte::Enseignant,
    date,
    error::Result,
    etudiant::Etudiant,
    impression::{Modele, imprimer},
    stage::Periode,
};

/// The squares of a code, row by row: « 0110… ».
///
/// # Errors
/// A text that no code can hold.
pub fn carres(texte: &str) -> anyhow::Result<Vec<String>> {
    let code =
        QrCode::with_error_correction_level(texte, EcLevel::M).map_err(|e| anyhow!("qr: {e}"))?;
    let sombre = |c: &qrcode::Color| if *c == qrcode::Color::Dark { '1' } else { '0' };
    Ok(code
        .to_colors()
        .chunks(code.width())
        .map(|rang| rang.iter().map(sombre).collect())
        .collect())
}

/// The address in groups that an eye can follow.
fn groupes(jeton: &str) -> String {
    let lettres: Vec<char> = jeton.chars().collect();
    lettres.chunks(8).map(|g| g.iter().collect::<String>()).collect::<Vec<_>>().join("\u{200b}")
}

impl Enseignant {
    /// A sheet for the tutor of a period, with a link of its own.
    pub(super) async fn feuille_tuteur(
        &self,
        db: &mut Db,
        (etudiant, periode, edition): (&Etudiant, &Periode, &str),
        origine: &str,
        cle: Uuid,
    ) -> Result<Value> {
        let (_, jeton, vers) = self.lier_tuteur(db, (etudiant, periode), Voie::Papier, cle).await?;
        let feuille = Feuille::vierge(db, edition, periode.periode_id).await?;
        let adresse = format!("{origine}/tuteur/{jeton}");
        Ok(json!({
            "tuteur": vers.appellation, "stagiaire": format!("{} {}", etudiant.prenom, etudiant.nom),
            "periode": periode.en_mots(), "par": self.appellation(), "jusqu_au": date::longue(&vers.dernier_jour),
            "carres": carres(&adresse)?, "adresse": format!("{origine}/tuteur/{}", groupes(&jeton)),
            "reponses": feuille.questionnaire.reponses.iter().map(|r| &r.intitule).collect::<Vec<_>>(),
            "questions": feuille.questions().map(|q| &q.texte).collect::<Vec<_>>(),
            "premieres": feuille.premieres.len(),
            "missions": feuille.missions.iter().map(|m| &m.intitule).collect::<Vec<_>>(),
        }))
    }

    /// The document of these sheets, one a page.
    pub(super) fn document_tuteur(&self, fictif: bool, feuilles: &[Value]) -> Value {
        let jour = self.aujourd_hui();
        json!({
            "titre": "Avis du tuteur", "etablissement": self.etablissement(), "fictif": fictif,
            "jour": [jour.year(), u8::from(jour.month()), jour.day()], "feuilles": feuilles,
        })
    }
}

/// As PDF.
///
/// # Errors
/// The engine.
pub(super) fn pdf(document: &Value) -> anyhow::Result<Vec<u8>> {
    imprimer(Modele::Tuteur, document)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_a_square_of_squares_with_its_three_eyes() {
        let carres =
            carres(&format!("https://livret.example.org/tuteur/{}", "ab".repeat(32))).unwrap();
        assert!(carres.iter().all(|r| r.len() == carres.len()), "it is a square");
        assert_eq!((carres.len() - 17) % 4, 0, "of a size that readers know");
        let n = carres.len();
        for (y, x) in [(0, 0), (0, n - 7), (n - 7, 0)] {
            assert_eq!(&carres[y][x..x + 7], "1111111", "an eye at {y}, {x}");
            assert_eq!(&carres[y + 3][x..x + 7], "1011101");
        }
    }
}
