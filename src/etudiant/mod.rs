//! Students, always seen through the eyes of someone.
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    app::InTheNameOf,
    compte::{Enseignant, Examinateur, Jury, Moi},
    error::{Error, Result},
    promotion::Promotion,
};

/// A student, and the right to read her livret: you hold one because it is you, or because she is yours.
#[derive(Debug, Clone)]
pub struct Etudiant {
    pub(crate) etudiant_id: i64,
    pub(crate) promotion_id: i64,
    pub edition_id: Uuid,
    pub nom: String,
    pub prenom: String,
    pub promotion: String,
}

impl Etudiant {
    pub fn id(&self) -> i64 {
        self.etudiant_id
    }

    /// Where she is today.
    pub fn promotion_id(&self) -> i64 {
        self.promotion_id
    }

    /// « ÉTIENNE Zoé », as lists and papers have it.
    pub fn liste(&self) -> String {
        format!("{} {}", self.nom, self.prenom)
    }
}

impl Promotion {
    /// The students who are in it today, in the order of French lists.
    pub async fn etudiants(&self, db: &mut PgConnection, le: time::Date) -> Result<Vec<Etudiant>> {
        Ok(sqlx::query_as!(
            Etudiant,
            r#"select i.etudiant_id, i.promotion_id, $2::uuid as "edition_id!", p.nom, p.prenom, $3::text as "promotion!"
                 from livret.inscription i
                 join livret.personne p on p.etablissement_id = i.etablissement_id and p.personne_id = i.etudiant_id
                where i.etablissement_id = livret.ici() and i.promotion_id = $1
                  and i.du <= $4 and (i.au is null or $4 <= i.au)
                order by p.nom collate "fr-x-icu", p.prenom collate "fr-x-icu", i.etudiant_id"#,
            self.promotion_id, self.edition_id, self.nom, le
        )
        .fetch_all(db)
        .await?)
    }
}

impl Enseignant {
    /// One of my students; somebody else's does not exist.
    pub async fn etudiant(&self, db: &mut PgConnection, id: i64) -> Result<Etudiant> {
        sqlx::query_as!(
            Etudiant,
            r#"select i.etudiant_id, i.promotion_id, pr.edition_id, p.nom, p.prenom, pr.nom as promotion
                 from livret.inscription i
                 join livret.suivi s using (etablissement_id, promotion_id)
                 join livret.promotion pr using (etablissement_id, promotion_id)
                 join livret.personne p on p.etablissement_id = i.etablissement_id and p.personne_id = i.etudiant_id
                where i.etablissement_id = livret.ici() and i.etudiant_id = $2
                  and s.enseignant_id = $1 and s.du <= $3 and (s.au is null or $3 <= s.au)
                  and i.du <= $3 and (i.au is null or $3 <= i.au)
                order by i.du desc, s.du desc limit 1"#,
            self.personne_id(), id, self.aujourd_hui()
        )
        .fetch_optional(db)
        .await?
        .ok_or(Error::NotFound)
    }
}

impl Jury {
    /// A candidate of a promotion that I examine.
    pub async fn etudiant(&self, db: &mut PgConnection, id: i64) -> Result<Etudiant> {
        sqlx::query_as!(
            Etudiant,
            r#"select i.etudiant_id, i.promotion_id, pr.edition_id, p.nom, p.prenom, pr.nom as promotion
                 from livret.inscription i
                 join livret.mandat m using (etablissement_id, promotion_id)
                 join livret.promotion pr using (etablissement_id, promotion_id)
                 join livret.personne p on p.etablissement_id = i.etablissement_id and p.personne_id = i.etudiant_id
                where i.etablissement_id = livret.ici() and i.etudiant_id = $2 and m.jury_id = $1
                  and coalesce(m.du <= $3, true) and coalesce($3 <= m.au, true)
                  and i.du <= $3 and (i.au is null or $3 <= i.au)
                order by i.du desc limit 1"#,
            self.personne_id(), id, self.aujourd_hui()
        )
        .fetch_optional(db)
        .await?
        .ok_or(Error::NotFound)
    }
}

impl Examinateur {
    /// A student of one of my promotions.
    pub async fn etudiant(&self, db: &mut PgConnection, id: i64) -> Result<Etudiant> {
        match self {
            Self::Enseignant(enseignant) => enseignant.etudiant(db, id).await,
            Self::Jury(jury) => jury.etudiant(db, id).await,
        }
    }
}

impl Moi {
    /// My own livret.
    pub async fn etudiant(&self, db: &mut PgConnection) -> Result<Etudiant> {
        sqlx::query_as!(
            Etudiant,
            r#"select i.etudiant_id, i.promotion_id, pr.edition_id, p.nom, p.prenom, pr.nom as promotion
                 from livret.inscription i
                 join livret.promotion pr using (etablissement_id, promotion_id)
                 join livret.personne p on p.etablissement_id = i.etablissement_id and p.personne_id = i.etudiant_id
                where i.etablissement_id = livret.ici() and i.etudiant_id = $1
                order by (i.du <= $2 and (i.au is null or $2 <= i.au)) desc, i.du desc limit 1"#,
            self.personne_id(), self.aujourd_hui()
        )
        .fetch_optional(db)
        .await?
        .ok_or(Error::NotFound)
    }
}
