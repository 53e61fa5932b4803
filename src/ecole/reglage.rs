//! What the school says of itself: its name, where it is, which time it keeps.
use uuid::Uuid;

use crate::{
    app::Db,
    compte::Administrateur,
    error::{Error, Result},
    journal::{self, Acte, Plume},
};

/// The school, as its papers and its pages name it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Etablissement {
    pub uai: String,
    pub nom: String,
    pub adresse: String,
    pub code_postal: String,
    pub ville: String,
    pub academie: String,
    pub site: String,
    /// IANA zone.
    pub fuseau: String,
    /// Line of the journal that said it last: 0 when nobody did.
    pub version: i64,
}

impl Etablissement {
    /// What was said, under the name of each field.
    fn champs(&self) -> [(&'static str, &str); 7] {
        [
            ("le nom", &self.nom),
            ("l’adresse", &self.adresse),
            ("le code postal", &self.code_postal),
            ("la ville", &self.ville),
            ("l’académie", &self.academie),
            ("le site", &self.site),
            ("le fuseau horaire", &self.fuseau),
        ]
    }

    /// « la ville : « Brest » ; vous vouliez « Lorient » ».
    fn ecarts(&self, voulu: &Self) -> String {
        let ecarts: Vec<String> = self
            .champs()
            .into_iter()
            .zip(voulu.champs())
            .filter(|(ici, la)| ici != la)
            .map(|((quoi, ici), (_, la))| {
                format!("{quoi} est «\u{a0}{ici}\u{a0}», vous vouliez «\u{a0}{la}\u{a0}»")
            })
            .collect();
        ecarts.join("\u{202f}; ")
    }
}

/// The school where one is.
pub async fn etablissement(db: &mut Db) -> Result<Etablissement> {
    Ok(sqlx::query_as!(
        Etablissement,
        "select uai, nom, adresse, code_postal, ville, academie, site, fuseau, reglages as version from livret.etablissement
          where etablissement_id = livret.ici()"
    )
    .fetch_one(&mut **db)
    .await?)
}

/// The server knows this zone.
pub async fn fuseau_connu(db: &mut Db, fuseau: &str) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from pg_timezone_names where name = $1) as "connu!""#,
        fuseau
    )
    .fetch_one(&mut **db)
    .await?)
}

impl Administrateur {
    /// Says it anew. What is so already is written no second time.
    ///
    /// # Errors
    /// Somebody said otherwise since `voulu.version` was read.
    pub async fn regler_etablissement(
        &self,
        db: &mut Db,
        voulu: &Etablissement,
        cle: Uuid,
    ) -> Result<()> {
        let contenu = serde_json::json!({
            "nom": voulu.nom, "adresse": voulu.adresse, "code_postal": voulu.code_postal, "ville": voulu.ville,
            "academie": voulu.academie, "site": voulu.site, "fuseau": voulu.fuseau,
        });
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est("regler_etablissement", &contenu);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let actuel = etablissement(db).await?;
        if actuel.champs() == voulu.champs() {
            return Ok(());
        }
        if actuel.version != voulu.version {
            return Err(Error::Conflict(format!(
                "Quelqu’un a enregistré d’autres réglages entre-temps\u{a0}: {}. Enregistrez de nouveau pour mettre les vôtres.",
                actuel.ecarts(voulu)
            )));
        }
        let acte = Acte { genre: "regler_etablissement", cle, contenu, ..Acte::default() };
        let version = plume.ecrire(db, acte).await?;
        sqlx::query!(
            "update livret.etablissement
                set nom = $1, adresse = $2, code_postal = $3, ville = $4, academie = $5, site = $6, fuseau = $7, reglages = $8
              where etablissement_id = livret.ici()",
            voulu.nom,
            voulu.adresse,
            voulu.code_postal,
            voulu.ville,
            voulu.academie,
            voulu.site,
            voulu.fuseau,
            version
        )
        .execute(&mut **db)
        .await?;
        Ok(())
    }
}
