//! What she is to do there, defined together: her teachers add missions and so does she; each retires her own.
use uuid::Uuid;

use super::Periode;
use crate::{
    app::{Db, InTheNameOf},
    compte::Deposant,
    error::{Error, Result},
    etudiant::Etudiant,
    journal::{self, Acte, Plume},
};

/// A mission of a period.
#[derive(Debug, Clone)]
pub struct Mission {
    pub mission_id: i64,
    pub periode_id: i64,
    pub intitule: String,
    /// Sous-compétences that it serves.
    pub codes: Vec<String>,
    pub par_id: i64,
    /// As she is called.
    pub par: String,
    pub retiree: bool,
}

/// The missions of these periods, in the order in which they were defined.
pub async fn missions(db: &mut Db, periodes: &[i64]) -> Result<Vec<Mission>> {
    Ok(sqlx::query_as!(
        Mission,
        r#"select m.mission_id, m.periode_id, m.intitule, m.codes, m.par as par_id, m.retiree,
                  case when q.civilite is null then concat_ws(' ', q.prenom, q.nom) else concat_ws(' ', q.civilite, q.nom) end as "par!"
             from livret.mission m
             left join livret.personne q on q.etablissement_id = m.etablissement_id and q.personne_id = m.par
            where m.etablissement_id = livret.ici() and m.periode_id = any ($1)
            order by m.mission_id"#,
        periodes
    )
    .fetch_all(&mut **db)
    .await?)
}

impl Deposant {
    /// Adds a mission to a period.
    pub async fn definir_mission(
        &self,
        db: &mut Db,
        (etudiant, periode): (&Etudiant, &Periode),
        (intitule, codes): (&str, &[String]),
        cle: Uuid,
    ) -> Result<()> {
        let contenu = serde_json::json!({
            "periode": periode.periode_id.to_string(), "intitule": intitule, "codes": codes,
        });
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est("definir_mission", &contenu);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let etudiant_id = Some(etudiant.id());
        let acte = Acte { genre: "definir_mission", cle, etudiant_id, contenu, ..Acte::default() };
        let version = plume.ecrire(db, acte).await?;
        sqlx::query!(
            "insert into livret.mission (etablissement_id, periode_id, etudiant_id, intitule, codes, par, version)
             values (livret.ici(), $1, $2, $3, $4, $5, $6)",
            periode.periode_id,
            etudiant.id(),
            intitule,
            codes,
            self.personne_id(),
            version
        )
        .execute(&mut **db)
        .await?;
        Ok(())
    }

    /// Retires a mission that I defined. It stays, crossed out.
    ///
    /// # Errors
    /// It is somebody else's.
    pub async fn retirer_mission(
        &self,
        db: &mut Db,
        (etudiant, periode): (&Etudiant, &Periode),
        mission_id: i64,
        cle: Uuid,
    ) -> Result<()> {
        let contenu = serde_json::json!({
            "periode": periode.periode_id.to_string(), "mission": mission_id.to_string(),
        });
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est("retirer_mission", &contenu);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let toutes = missions(db, &[periode.periode_id]).await?;
        let elle = toutes.into_iter().find(|m| m.mission_id == mission_id);
        let elle = elle.ok_or(Error::NotFound)?;
        if elle.par_id != self.personne_id() {
            return Err(Error::Refused(format!(
                "Cette mission a été définie par {}\u{a0}: seule cette personne la retire.",
                elle.par
            )));
        }
        if elle.retiree {
            return Ok(());
        }
        let etudiant_id = Some(etudiant.id());
        let acte = Acte { genre: "retirer_mission", cle, etudiant_id, contenu, ..Acte::default() };
        let version = plume.ecrire(db, acte).await?;
        sqlx::query!(
            "update livret.mission set retiree = true, version = $2
              where etablissement_id = livret.ici() and mission_id = $1",
            mission_id,
            version
        )
        .execute(&mut **db)
        .await?;
        Ok(())
    }
}
