//! A dispute: while it lasts, nothing of this person is forgotten.
use serde_json::json;
use time::Date;
use uuid::Uuid;

use super::export::nom_de;
use crate::{
    app::{Db, InTheNameOf},
    compte::Administrateur,
    date,
    error::{Error, OnConstraint, Result},
    journal::{self, Acte, Plume},
};

/// Why somebody's data are kept, and until when.
#[derive(Debug, Clone)]
pub struct Recours {
    pub numero: i64,
    pub motif: String,
    pub jusqu_au: Date,
    pub par: String,
    pub levee: bool,
}

impl Recours {
    pub fn tient(&self, jour: Date) -> bool {
        !self.levee && jour <= self.jusqu_au
    }
}

impl Administrateur {
    /// Every dispute of that person, the latest first.
    pub async fn recours(&self, db: &mut Db, qui: i64) -> Result<Vec<Recours>> {
        Ok(sqlx::query_as!(
            Recours,
            r#"select k.conservation_judiciaire_id as numero, k.motif, k.jusqu_au,
                      concat_ws(' ', p.civilite, case when p.civilite is null then p.prenom end, p.nom) as "par!",
                      k.levee_le is not null as "levee!"
                 from livret.conservation_judiciaire k
                 join livret.personne p on p.etablissement_id = k.etablissement_id and p.personne_id = k.par
                where k.etablissement_id = livret.ici() and k.personne_id = $1
                order by k.conservation_judiciaire_id desc"#,
            qui
        )
        .fetch_all(&mut **db)
        .await?)
    }

    /// Keeps what is known of somebody until a day.
    ///
    /// # Errors
    /// It is kept already.
    pub async fn retenir(
        &self,
        db: &mut Db,
        qui: i64,
        (motif, jusqu_au): (&str, Date),
        cle: Uuid,
    ) -> Result<()> {
        nom_de(db, qui).await?;
        let contenu = json!({ "personne": qui.to_string(), "motif": motif, "jusqu_au": date::iso(&jusqu_au) });
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est("retenir_donnees", &contenu);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let acte = Acte { genre: "retenir_donnees", cle, contenu, ..Acte::default() };
        let version = plume.ecrire(db, acte).await?;
        let le = db.le;
        sqlx::query!(
            "insert into livret.conservation_judiciaire (etablissement_id, personne_id, motif, jusqu_au, posee_le, par, version)
             values (livret.ici(), $1, $2, $3, $4, $5, $6)",
            qui,
            motif,
            jusqu_au,
            le,
            self.personne_id(),
            version
        )
        .execute(&mut **db)
        .await
        .on_constraint(
            "une_conservation_a_la_fois",
            Error::Conflict(
                "Les données de cette personne sont déjà conservées pour un recours. Levez-le d’abord, puis recommencez.".into(),
            ),
        )?;
        Ok(())
    }

    /// Ends a dispute: what was due is due again.
    pub async fn lever(&self, db: &mut Db, qui: i64, numero: i64, cle: Uuid) -> Result<()> {
        let contenu = json!({ "personne": qui.to_string(), "conservation": numero.to_string() });
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est("lever_conservation", &contenu);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let lui = self.recours(db, qui).await?.into_iter().find(|r| r.numero == numero);
        if lui.ok_or(Error::NotFound)?.levee {
            return Ok(());
        }
        let acte = Acte { genre: "lever_conservation", cle, contenu, ..Acte::default() };
        let version = plume.ecrire(db, acte).await?;
        let le = db.le;
        sqlx::query!(
            "update livret.conservation_judiciaire set levee_le = $2, levee_par = $3, version = $4
              where etablissement_id = livret.ici() and conservation_judiciaire_id = $1",
            numero,
            le,
            self.personne_id(),
            version
        )
        .execute(&mut **db)
        .await?;
        Ok(())
    }
}
