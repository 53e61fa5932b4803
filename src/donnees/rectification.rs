//! « This is wrong »: a person asks that something be corrected; somebody of the school answers within a month; both see it.
use serde_json::json;
use time::{Date, PrimitiveDateTime};
use uuid::Uuid;

use super::{conservation, personne::Personne};
use crate::{
    app::{Db, InTheNameOf},
    compte::Gestionnaire,
    error::{Error, Result},
    journal::{self, Acte, Plume},
};

/// A request, and what came of it.
#[derive(Debug, Clone)]
pub struct Rectification {
    pub rectification_id: i64,
    pub personne_id: i64,
    /// Who asks, as lists have it.
    pub de: String,
    pub quoi: String,
    pub demande: String,
    pub demandee_le: PrimitiveDateTime,
    pub limite: Date,
    pub etat: String,
    pub reponse: Option<String>,
    pub par: Option<String>,
    pub repondue_le: Option<PrimitiveDateTime>,
}

impl Rectification {
    pub fn attend(&self) -> bool {
        self.etat == "attente"
    }

    pub fn en_retard(&self, jour: Date) -> bool {
        self.attend() && self.limite < jour
    }

    /// « acceptée », « refusée », « en attente ».
    pub fn etat(&self) -> &'static str {
        match self.etat.as_str() {
            "acceptee" => "acceptée",
            "refusee" => "refusée",
            _ => "en attente",
        }
    }
}

/// Those that one may see: mine, and those of the people whom I manage.
async fn visibles(db: &mut Db) -> Result<Vec<Rectification>> {
    Ok(sqlx::query_as!(
        Rectification,
        r#"select r.rectification_id, r.personne_id, concat_ws(' ', q.nom, q.prenom) as "de!", r.quoi, r.demande,
                  r.demandee_le at time zone e.fuseau as "demandee_le!", r.limite, r.etat, r.reponse,
                  case when p.civilite is null then concat_ws(' ', p.prenom, p.nom) else concat_ws(' ', p.civilite, p.nom) end as par,
                  r.repondue_le at time zone e.fuseau as repondue_le
             from livret.rectification r
             join livret.etablissement e using (etablissement_id)
             join livret.personne q on q.etablissement_id = r.etablissement_id and q.personne_id = r.personne_id
             left join livret.personne p on p.etablissement_id = r.etablissement_id and p.personne_id = r.par
            where r.etablissement_id = livret.ici()
            order by (r.etat = 'attente') desc, r.limite, r.rectification_id"#
    )
    .fetch_all(&mut **db)
    .await?)
}

impl Personne {
    /// What I asked for.
    pub async fn mes_rectifications(&self, db: &mut Db) -> Result<Vec<Rectification>> {
        let toutes = visibles(db).await?;
        Ok(toutes.into_iter().filter(|r| r.personne_id == self.personne_id()).collect())
    }

    /// Asks that something be corrected.
    pub async fn demander_rectification(
        &self,
        db: &mut Db,
        (quoi, demande): (&str, &str),
        cle: Uuid,
    ) -> Result<()> {
        let contenu = json!({ "quoi": quoi, "demande": demande });
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est("demander_rectification", &contenu);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let acte = Acte {
            genre: "demander_rectification",
            cle,
            etudiant_id: self.est_etudiant().then(|| self.personne_id()),
            contenu,
            ..Acte::default()
        };
        let version = plume.ecrire(db, acte).await?;
        let le = db.le;
        sqlx::query!(
            "insert into livret.rectification (etablissement_id, personne_id, quoi, demande, demandee_le, limite, version)
             values (livret.ici(), $1, $2, $3, $4, $5, $6)",
            self.personne_id(),
            quoi,
            demande,
            le,
            conservation::limite_de_reponse(self.jour()),
            version
        )
        .execute(&mut **db)
        .await?;
        Ok(())
    }
}

impl Gestionnaire {
    /// What is asked of the school, by others than myself.
    pub async fn rectifications(&self, db: &mut Db) -> Result<Vec<Rectification>> {
        let toutes = visibles(db).await?;
        Ok(toutes.into_iter().filter(|r| r.personne_id != self.personne_id()).collect())
    }

    /// Answers: what was done, or why not.
    ///
    /// # Errors
    /// Somebody answered meanwhile.
    pub async fn repondre_rectification(
        &self,
        db: &mut Db,
        id: i64,
        (etat, reponse): (&str, &str),
        cle: Uuid,
    ) -> Result<()> {
        let contenu = json!({ "rectification": id.to_string(), "etat": etat, "reponse": reponse });
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est("repondre_rectification", &contenu);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let toutes = self.rectifications(db).await?;
        let elle = toutes.into_iter().find(|r| r.rectification_id == id);
        let elle = elle.ok_or(Error::NotFound)?;
        if !elle.attend() {
            return Err(Error::Conflict(format!(
                "{} a déjà répondu «\u{a0}{}\u{a0}» à cette demande, vous vouliez répondre autrement. Relisez sa réponse\u{a0}: {}",
                elle.par.as_deref().unwrap_or("Un collègue"),
                elle.etat(),
                elle.reponse.as_deref().unwrap_or_default()
            )));
        }
        let etudiant = sqlx::query_scalar!(
            r#"select exists (select from livret.inscription
                where etablissement_id = livret.ici() and etudiant_id = $1) as "est!""#,
            elle.personne_id
        )
        .fetch_one(&mut **db)
        .await?;
        let acte = Acte {
            genre: "repondre_rectification",
            cle,
            etudiant_id: etudiant.then_some(elle.personne_id),
            contenu,
            ..Acte::default()
        };
        let version = plume.ecrire(db, acte).await?;
        let le = db.le;
        sqlx::query!(
            "update livret.rectification set etat = $2, reponse = $3, par = $4, repondue_le = $5, version = $6
              where etablissement_id = livret.ici() and rectification_id = $1",
            id,
            etat,
            reponse,
            self.personne_id(),
            le,
            version
        )
        .execute(&mut **db)
        .await?;
        Ok(())
    }
}
