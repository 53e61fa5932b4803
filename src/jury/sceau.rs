//! What the documents for the jury state, as the data that are signed with them.
use serde_json::{Value, json};

use super::{
    dossier::{Candidat, Dossier},
    liasse::Liasse,
};

/// What the page says of one candidate, alone in this dossier.
pub fn seul(dossier: &Dossier) -> Value {
    dossier.candidats.first().map_or(Value::Null, |c| contenu(dossier, c))
}

/// What the booklet says of all, each with her name.
pub fn tous(dossier: &Dossier) -> Value {
    let un = |c: &Candidat| json!({ "candidat": c.appel, "dit": contenu(dossier, c) });
    json!({ "candidats": dossier.candidats.iter().map(un).collect::<Vec<_>>() })
}

/// The same, with the files that are read beside it.
pub fn dossier(liasse: &Liasse) -> Value {
    let piece = |p: &super::liasse::Piece| json!({ "nom": p.nom, "titre": p.titre, "empreinte": hex::encode(&p.empreinte), "taille": p.taille.to_string() });
    let mut dit = seul(&liasse.dossier);
    dit["pieces"] = liasse.pieces().map(piece).collect();
    dit
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
