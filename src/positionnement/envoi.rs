//! What a form of several cells sends: only what changed is written, and what was not comes back as it was typed.
use std::collections::HashMap;

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use uuid::Uuid;

use super::{
    Issue, Jugement, Lieu,
    saisie::{Champs, Feuille, Ligne},
};
use crate::{
    app::Db,
    compte::Enseignant,
    error::{Error, Result},
};

/// A line that comes back as it was typed.
struct Reprise {
    choisi: String,
    /// Why it was not written.
    message: Option<String>,
    /// What it was read from, when nobody was told yet that it changed.
    lu: Option<(String, i64)>,
}

/// What comes back, by field.
pub(super) struct Dits {
    status: StatusCode,
    lignes: HashMap<String, Reprise>,
}

impl Dits {
    pub(super) fn page(mut self, mut feuille: Feuille) -> Response {
        for ligne in &mut feuille.lignes {
            if let Some(reprise) = self.lignes.remove(&ligne.champ()) {
                (ligne.choisi, ligne.message) = (reprise.choisi, reprise.message);
                if let Some((avant, version)) = reprise.lu {
                    (ligne.avant, ligne.version) = (avant, version);
                }
            }
        }
        (self.status, feuille).into_response()
    }
}

/// What the form says of a line that was changed.
struct Change<'a> {
    ligne: &'a Ligne,
    voulu: String,
    avant: String,
    version: i64,
}

/// A line left as it was says nothing.
fn changes<'a>(lue: &'a Feuille, champs: &Champs) -> Vec<Change<'a>> {
    let dit = |quoi: &str, l: &Ligne| champs.get(&format!("{quoi}-{}", l.champ())).cloned();
    let change = |ligne: &'a Ligne| {
        let voulu = dit("niveau", ligne)?;
        let avant = dit("avant", ligne).unwrap_or_default();
        let version = dit("version", ligne).and_then(|v| v.parse().ok()).unwrap_or(-1);
        (voulu != avant).then_some(Change { ligne, voulu, avant, version })
    };
    lue.lignes.iter().filter_map(change).collect()
}

/// Only what changed is written. `None` when all of it was.
pub(super) async fn save(
    enseignant: &Enseignant,
    mut db: Db,
    lue: &Feuille,
    champs: &Champs,
) -> Result<Option<Dits>> {
    let cle: Uuid = champs.get("cle").and_then(|c| c.parse().ok()).ok_or(Error::Unreadable)?;
    let changes = changes(lue, champs);
    if champs.contains_key("reprise") {
        let reprendre = |c: Change<'_>| {
            let lu = Some((c.avant, c.version));
            (c.ligne.champ(), Reprise { choisi: c.voulu, message: None, lu })
        };
        let lignes = changes.into_iter().map(reprendre).collect();
        return Ok(Some(Dits { status: StatusCode::OK, lignes }));
    }
    let jugements: Vec<Jugement> = changes
        .iter()
        .map(|c| Jugement {
            etudiant_id: c.ligne.etudiant_id,
            code: c.ligne.code.clone(),
            niveau: Some(c.voulu.clone()).filter(|n| !n.is_empty()),
            version: c.version,
            cle: Uuid::new_v5(&cle, c.ligne.champ().as_bytes()),
            geste: Some(cle),
            ..Jugement::default()
        })
        .collect();
    let lieu = Lieu::de_la_classe(&lue.promotion, lue.liaison.situation_id);
    let issues = enseignant.positionner(&mut db, &lieu, &lue.edition, &jugements).await?;
    db.commit().await?;
    let refuses = changes.into_iter().zip(issues).filter_map(|(c, issue)| {
        let message = match issue {
            Issue::Ecrit(_) | Issue::Deja(_) => return None,
            Issue::Refuse(message) => message,
            Issue::Depasse => depassee(lue, c.ligne, &c.voulu),
        };
        let reprise = Reprise { choisi: c.voulu, message: Some(message), lu: None };
        Some((c.ligne.champ(), reprise))
    });
    let lignes: HashMap<_, _> = refuses.collect();
    let tous = lignes.is_empty();
    Ok((!tous).then_some(Dits { status: StatusCode::CONFLICT, lignes }))
}

/// « M. Diallo a mis S entre-temps ; vous vouliez TS. »
fn depassee(lue: &Feuille, ligne: &Ligne, voulu: &str) -> String {
    let mots = |code: &str| lue.edition.niveau(code).map_or(String::new(), |n| n.intitule.clone());
    format!(
        "{} a mis «\u{a0}{}\u{a0}» entre-temps\u{a0}; vous vouliez «\u{a0}{}\u{a0}». Enregistrez de nouveau pour mettre votre niveau.",
        ligne.case.par.as_deref().unwrap_or("Quelqu’un"),
        ligne.case.niveau.as_deref().map_or("rien".to_owned(), mots),
        if voulu.is_empty() { "effacer".to_owned() } else { mots(voulu) },
    )
}
