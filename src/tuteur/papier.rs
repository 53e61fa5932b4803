//! The paper of a tutor, typed by a teacher and marked so.
use std::collections::BTreeMap;

use uuid::Uuid;

use super::{
    avis::{self, Signature},
    lien::destinataire,
    question::Feuille,
};
use crate::{
    app::Db,
    compte::Enseignant,
    date,
    error::{Error, Result},
    etudiant::Etudiant,
    form::FormErrors,
    stage::Periode,
};

/// A name to sign with.
pub(super) fn signature(champs: &BTreeMap<String, String>, erreurs: &mut FormErrors) -> String {
    let nom = erreurs.ligne("nom", champs.get("nom").map_or("", String::as_str), 120);
    if !nom.is_empty() && nom.chars().count() < 2 {
        erreurs.add("nom", "Écrivez le nom et le prénom de la personne qui signe.");
    }
    nom
}

impl Enseignant {
    /// Types what a tutor wrote and signed on paper. What is wrong with it is in the errors, field by field.
    pub async fn saisir_avis(
        &self,
        db: &mut Db,
        (etudiant, periode): (&Etudiant, &Periode),
        (feuille, champs): (&Feuille, &BTreeMap<String, String>),
        cle: Uuid,
        erreurs: &mut FormErrors,
    ) -> Result<()> {
        let nom = signature(champs, erreurs);
        let du = champs.get("papier_du").and_then(|d| date::lire(d));
        match du {
            None => erreurs.add(
                "papier_du",
                "Donnez la date écrite sur la feuille, sous la forme 31/03/2027.",
            ),
            Some(du) if du > self.aujourd_hui() => {
                erreurs.add("papier_du", "Cette date n’est pas encore venue. Corrigez-la.");
            }
            Some(du) if du < periode.du => erreurs.add(
                "papier_du",
                format!(
                    "Le stage commence le {}. Vérifiez la date de la feuille.",
                    date::longue(&periode.du)
                ),
            ),
            Some(_) => {}
        }
        if let Err(Error::Refused(message)) = avis::dit_quelque_chose(feuille) {
            erreurs.add("remarque", message.replace(", puis signez", ", puis enregistrez"));
        }
        erreurs.cle("nom", cle);
        if !erreurs.is_empty() {
            return Ok(());
        }
        let vers = destinataire(db, periode).await?.ok_or_else(|| {
            Error::Refused(
                "Cette période n’a pas de tuteur. Nommez-le dans « Corriger la période ».".into(),
            )
        })?;
        let signature = Signature {
            periode_id: periode.periode_id,
            etudiant_id: etudiant.id(),
            tuteur_id: vers.tuteur_id,
            nom: &nom,
            papier_du: du,
        };
        avis::ecrire(db, self, feuille, &signature, cle).await
    }
}
