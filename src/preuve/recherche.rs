//! Finding preuves by what they say: without accents, without endings.
use super::{Preuve, lire};
use crate::{app::Db, error::Result, etudiant::Etudiant, promotion::Promotion};

/// Preuves of a class on one page: whoever wants another one says a word of it.
pub const PAGE: i64 = 200;

/// A preuve of a class, with whose it is.
#[derive(Debug, Clone)]
pub struct Trouvee {
    pub etudiant: Etudiant,
    pub preuve: Preuve,
}

impl Etudiant {
    /// Hers that say these words; all of them when there are none.
    pub async fn chercher(&self, db: &mut Db, mots: &str) -> Result<Vec<Preuve>> {
        lire(db, &[self.etudiant_id], None, mots.trim(), i64::MAX).await
    }
}

impl Promotion {
    /// The latest of the class that say these words, a page of them.
    pub async fn chercher(&self, db: &mut Db, le: time::Date, mots: &str) -> Result<Vec<Trouvee>> {
        let etudiants = self.etudiants(db, le).await?;
        let ids: Vec<i64> = etudiants.iter().map(Etudiant::id).collect();
        let preuves = lire(db, &ids, None, mots.trim(), PAGE).await?;
        let avec = |preuve: Preuve| {
            let etudiant = etudiants.iter().find(|e| e.etudiant_id == preuve.etudiant_id)?.clone();
            Some(Trouvee { etudiant, preuve })
        };
        Ok(preuves.into_iter().filter_map(avec).collect())
    }
}
