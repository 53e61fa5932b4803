//! The working copy of a sheet: what she typed and has not recorded. Nobody else reads it.
use sqlx::types::Json;

use super::{Fiche, Texte};
use crate::{
    app::{Db, InTheNameOf},
    compte::Moi,
    error::{Error, Result},
};

/// What was typed, and the version to send back next.
#[derive(Debug, Clone)]
pub struct Copie {
    pub texte: Texte,
    pub version: i32,
    /// She typed something since the last version that she recorded.
    pub autre: bool,
}

/// Her working copy; the last recorded version where she has none.
pub async fn lire(db: &mut Db, fiche: &Fiche) -> Result<Copie> {
    let gardee = sqlx::query!(
        r#"select champs as "champs: Json<Texte>", version from livret.fiche_copie
            where etablissement_id = livret.ici() and fiche_id = $1"#,
        fiche.fiche_id
    )
    .fetch_optional(&mut **db)
    .await?;
    let derniere = super::dernieres(db, &[fiche]).await?.remove(&fiche.fiche_id);
    Ok(match gardee {
        Some(l) => {
            let texte = l.champs.0;
            let autre = derniere.as_ref() != Some(&texte);
            Copie { texte, version: l.version, autre }
        }
        None => Copie { texte: derniere.unwrap_or_default(), version: 0, autre: false },
    })
}

impl Moi {
    /// Keeps what I typed. The answer is the version to send back next.
    ///
    /// # Errors
    /// Another page of mine kept something else since; the team keeps the sheet.
    pub async fn garder_copie(
        &self,
        db: &mut Db,
        fiche: &Fiche,
        (texte, lue): (&Texte, i32),
    ) -> Result<i32> {
        if !fiche.ouverte() {
            return Err(fermee(fiche));
        }
        let le = db.le;
        let version = sqlx::query_scalar!(
            "insert into livret.fiche_copie as c (etablissement_id, fiche_id, etudiant_id, champs, repris_le)
             values (livret.ici(), $1, $2, $3, $4)
             on conflict (etablissement_id, fiche_id) do update
                set champs = excluded.champs, repris_le = excluded.repris_le, version = c.version + 1
              where c.version = $5 or c.champs = excluded.champs
             returning version",
            fiche.fiche_id,
            self.personne_id(),
            Json(texte) as _,
            le,
            lue
        )
        .fetch_optional(&mut **db)
        .await?;
        version.ok_or_else(|| {
            Error::Conflict(
                "Cette fiche a changé dans une autre page. Votre saisie est ci-dessous\u{a0}: \
                 enregistrez de nouveau pour la garder."
                    .into(),
            )
        })
    }
}

/// Why it is written no more.
pub fn fermee(fiche: &Fiche) -> Error {
    Error::Refused(format!(
        "Cette fiche est {}\u{a0}: elle ne s’écrit plus. Demandez à votre équipe de vous la rendre.",
        fiche.etat.intitule()
    ))
}
