//! What may be varied: phrases that came with the program, and those that the school's teachers keep.
use serde_json::json;
use uuid::Uuid;

use super::modele::BANQUE;
use crate::{
    app::Db,
    compte::Enseignant,
    error::{Error, OnConstraint, Result},
    journal::{self, Acte, Plume},
};

/// A phrase of the bank.
#[derive(Debug, Clone)]
pub struct Variante {
    /// Of the school; nothing for one that came with the program.
    pub variante_id: Option<i64>,
    pub rubrique: String,
    /// Nothing: it suits all.
    pub nature: Option<String>,
    pub texte: String,
}

impl Variante {
    pub fn convient(&self, nature: Option<&str>) -> bool {
        self.nature.is_none() || self.nature.as_deref() == nature
    }
}

/// Those that came with the program.
pub fn d_origine() -> Vec<Variante> {
    let de = |v: &'static super::modele::Variantes| {
        v.textes.iter().map(|texte| Variante {
            variante_id: None,
            rubrique: v.rubrique.clone(),
            nature: v.nature.clone(),
            texte: texte.clone(),
        })
    };
    BANQUE.iter().flat_map(de).collect()
}

/// The whole bank of an épreuve: the school's first.
pub async fn variantes(db: &mut Db, epreuve: &str) -> Result<Vec<Variante>> {
    let mut toutes = sqlx::query_as!(
        Variante,
        r#"select variante_id as "variante_id?", rubrique, nature, texte from certification.variante
            where etablissement_id = livret.ici() and epreuve = $1 and not retiree order by rubrique, variante_id"#,
        epreuve
    )
    .fetch_all(&mut **db)
    .await?;
    toutes.extend(d_origine());
    Ok(toutes)
}

impl Enseignant {
    /// Keeps a phrase in the school's bank.
    ///
    /// # Errors
    /// It is there already.
    pub async fn garder_variante(
        &self,
        db: &mut Db,
        epreuve: &str,
        (rubrique, nature, texte): (&str, Option<&str>, &str),
        cle: Uuid,
    ) -> Result<()> {
        let contenu = json!({
            "epreuve": epreuve, "rubrique": rubrique, "nature": nature, "texte": texte,
        });
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est("garder_variante", &contenu);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let acte = Acte { genre: "garder_variante", cle, contenu, ..Acte::default() };
        let version = plume.ecrire(db, acte).await?;
        sqlx::query!(
            "insert into certification.variante (etablissement_id, epreuve, rubrique, nature, texte, version)
             values (livret.ici(), $1, $2, $3, $4, $5)",
            epreuve,
            rubrique,
            nature,
            texte,
            version
        )
        .execute(&mut **db)
        .await
        .on_constraint(
            "une_variante_une_fois",
            Error::Refused("Cette phrase est déjà dans la banque.".into()),
        )?;
        Ok(())
    }

    /// Takes a phrase of the school out of the bank. Subjects that say it keep it.
    pub async fn retirer_variante(&self, db: &mut Db, variante_id: i64, cle: Uuid) -> Result<()> {
        let contenu = json!({ "variante": variante_id.to_string() });
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est("retirer_variante", &contenu);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let acte = Acte { genre: "retirer_variante", cle, contenu, ..Acte::default() };
        let version = plume.ecrire(db, acte).await?;
        let faites = sqlx::query!(
            "update certification.variante set retiree = true, version = $2
              where etablissement_id = livret.ici() and variante_id = $1",
            variante_id,
            version
        )
        .execute(&mut **db)
        .await?
        .rows_affected();
        if faites == 0 { Err(Error::NotFound) } else { Ok(()) }
    }
}
