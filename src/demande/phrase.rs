//! What a teacher often answers, to be put in with one click.
use crate::{
    app::{Db, InTheNameOf},
    compte::Enseignant,
    error::Result,
};

/// What everybody starts with.
const PREMIERES: [&str; 3] = [
    "Il manque le résultat chiffré.",
    "La situation n’est pas la vôtre : précisez ce que vous avez fait vous-même.",
    "Précisez votre rôle.",
];

#[derive(Debug, Clone)]
pub struct Phrase {
    pub phrase_id: i64,
    pub texte: String,
}

impl Enseignant {
    /// Mine; the first ones as long as I have none.
    pub async fn phrases(&self, db: &mut Db) -> Result<Vec<Phrase>> {
        let siennes = sqlx::query_as!(
            Phrase,
            "select phrase_id, texte from livret.phrase
              where etablissement_id = livret.ici() and enseignant_id = $1 order by phrase_id",
            self.personne_id()
        )
        .fetch_all(&mut **db)
        .await?;
        if !siennes.is_empty() {
            return Ok(siennes);
        }
        let phrase = |texte: &&str| Phrase { phrase_id: 0, texte: (*texte).to_owned() };
        Ok(PREMIERES.iter().map(phrase).collect())
    }

    /// Keeps a phrase, once.
    pub async fn garder_phrase(&self, db: &mut Db, texte: &str) -> Result<()> {
        sqlx::query!(
            "insert into livret.phrase (etablissement_id, enseignant_id, texte) values (livret.ici(), $1, $2)
             on conflict on constraint une_phrase_une_fois do nothing",
            self.personne_id(),
            texte
        )
        .execute(&mut **db)
        .await?;
        Ok(())
    }

    pub async fn oublier_phrase(&self, db: &mut Db, id: i64) -> Result<()> {
        sqlx::query!(
            "delete from livret.phrase where etablissement_id = livret.ici() and enseignant_id = $1 and phrase_id = $2",
            self.personne_id(), id
        )
        .execute(&mut **db)
        .await?;
        Ok(())
    }
}
