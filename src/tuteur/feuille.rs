//! The printed twin of a tutor's page: the same questions on paper, and a code that a phone reads.
use serde_json::{Value, json};
use uuid::Uuid;

use super::{lien::Voie, question::Feuille};
use crate::{
    app::Db,
    compte::Enseignant,
    date,
    error::Result,
    etudiant::Etudiant,
    impression::{self, Modele, imprimer},
    stage::Periode,
};

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
            "code": impression::code(&adresse)?, "adresse": format!("{origine}/tuteur/{}", groupes(&jeton)),
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
