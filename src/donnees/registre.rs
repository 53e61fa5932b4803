//! The register of processing, made from what is set today, and what only the school can say in it.
use std::collections::BTreeMap;

use serde_json::json;
use uuid::Uuid;

use crate::{
    app::Db,
    compte::Administrateur,
    error::{Error, Result},
    journal::{Acte, Plume},
};

/// What only the school knows: field, what it is called, what stands there meanwhile.
pub const CHAMPS: [(&str, &str, &str); 5] = [
    ("responsable", "Responsable du traitement", "le chef d’établissement"),
    (
        "dpo",
        "Délégué à la protection des données",
        "à préciser par l’académie ou par l’établissement",
    ),
    ("sous_traitant", "Sous-traitant (hébergement)", "à préciser par l’établissement"),
    ("contact", "À qui écrire pour exercer ses droits", "le secrétariat de l’établissement"),
    (
        "base_legale",
        "Base légale",
        "mission d’intérêt public (art. 6.1.e)\u{a0}; pour un établissement privé hors contrat ou un CFA, à préciser par le délégué",
    ),
];
pub const TEXTE_MAX: usize = 500;

/// What the school wrote, each with the line of the journal that wrote it.
#[derive(Debug, Clone, Default)]
pub struct Registre(BTreeMap<String, (String, i64)>);

impl Registre {
    /// What the register says: what the school wrote, else what stands there meanwhile.
    pub fn dit(&self, champ: &str) -> &str {
        let propose = CHAMPS.iter().find(|c| c.0 == champ).map_or("", |c| c.2);
        let ecrit = self.0.get(champ).map(|(texte, _)| texte.as_str());
        ecrit.filter(|t| !t.is_empty()).unwrap_or(propose)
    }

    pub fn ecrit(&self, champ: &str) -> &str {
        self.0.get(champ).map_or("", |(texte, _)| texte)
    }

    pub fn version(&self, champ: &str) -> i64 {
        self.0.get(champ).map_or(0, |(_, version)| *version)
    }
}

pub async fn lire(db: &mut Db) -> Result<Registre> {
    let champs = sqlx::query!(
        "select champ, texte, version from livret.registre where etablissement_id = livret.ici()"
    )
    .fetch_all(&mut **db)
    .await?;
    Ok(Registre(champs.into_iter().map(|c| (c.champ, (c.texte, c.version))).collect()))
}

impl Administrateur {
    /// Writes what only the school knows; what is so already is written no second time. All or none.
    ///
    /// # Errors
    /// Somebody wrote meanwhile.
    pub async fn ecrire_registre(
        &self,
        db: &mut Db,
        voulus: &[(&'static str, String, i64)],
        cle: Uuid,
    ) -> Result<()> {
        let mut plume = Plume::prendre(db, self).await?;
        let actuel = lire(db).await?;
        for (champ, texte, lue) in voulus {
            if actuel.ecrit(champ) == texte {
                continue;
            }
            if actuel.version(champ) != *lue {
                return Err(Error::Conflict(format!(
                    "Quelqu’un vient d’écrire «\u{a0}{}\u{a0}», vous vouliez écrire «\u{a0}{texte}\u{a0}». Relisez, puis enregistrez de nouveau.",
                    actuel.ecrit(champ)
                )));
            }
            let acte = Acte {
                genre: "ecrire_registre",
                cle: Uuid::new_v5(&cle, champ.as_bytes()),
                contenu: json!({ "champ": champ, "texte": texte }),
                ..Acte::default()
            };
            let version = plume.ecrire(db, acte).await?;
            sqlx::query!(
                "insert into livret.registre (etablissement_id, champ, texte, version) values (livret.ici(), $1, $2, $3)
                 on conflict (etablissement_id, champ) do update set texte = excluded.texte, version = excluded.version",
                champ,
                texte,
                version
            )
            .execute(&mut **db)
            .await?;
        }
        Ok(())
    }
}
