//! What a document for the jury states, as the data that are signed with it.
use serde_json::{Value, json};

use super::dossier::{Candidat, Dossier};
use crate::{
    app::Db,
    error::Result,
    etudiant::Etudiant,
    examen,
    referentiel::{self, Edition},
    scelle::{self, Genre, Voulu},
};

/// The synthesis of one candidate, who is alone in this dossier.
pub async fn synthese(db: &mut Db, etudiant: &Etudiant, dossier: &Dossier) -> Result<Voulu> {
    let edition = referentiel::find(&mut **db, etudiant.edition_id).await?;
    let candidat = scelle::Candidat {
        nom: etudiant.nom.clone(),
        prenom: etudiant.prenom.clone(),
        numero: numero(db, etudiant, &edition).await?,
    };
    Ok(Voulu {
        genre: Genre::Synthese,
        titre: "Synthèse de compétences".to_owned(),
        promotion_id: etudiant.promotion_id(),
        etudiant_id: Some(etudiant.id()),
        session: dossier.annee_examen,
        candidat: Some(candidat),
        edition: scelle::Edition {
            code: edition.code.clone(),
            empreinte: hex::encode(&edition.empreinte),
        },
        contenu: dossier.candidats.first().map_or(Value::Null, |c| contenu(dossier, c)),
    })
}

async fn numero(db: &mut Db, etudiant: &Etudiant, edition: &Edition) -> Result<Option<String>> {
    let examen = examen::lire(db, etudiant.promotion_id(), edition).await?;
    Ok(examen.and_then(|e| e.candidature(etudiant.id()).numero))
}

/// All that the page says of her; not when it was printed, nor by whom.
fn contenu(dossier: &Dossier, candidat: &Candidat) -> Value {
    let lignes =
        candidat.blocs.iter().flat_map(|b| &b.competences).flat_map(|c| &c.sous_competences);
    let niveaux: Vec<Value> = lignes
        .map(|l| {
            json!({
                "code": l.code, "niveau": l.niveau, "arrete": l.arrete, "situations": l.situations,
                "contextes": l.contextes, "derniere": l.derniere.as_ref().map(crate::date::iso),
                "evaluateurs": l.evaluateurs,
            })
        })
        .collect();
    json!({
        "promotion": dossier.promotion, "diplome": dossier.diplome, "regle": dossier.regle_en_mots,
        "arret": candidat.arret, "niveaux": niveaux, "preuves": candidat.preuves,
    })
}
