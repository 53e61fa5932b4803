//! What the team decides: a livret that is stopped.
use uuid::Uuid;

use crate::{
    app::{Db, InTheNameOf},
    compte::Enseignant,
    error::{OnConstraint, Result},
    etudiant::Etudiant,
    journal::{self, Acte, Plume},
};

impl Enseignant {
    /// Stops the livret of one of my students: from this line of the journal on, no level is written in it.
    ///
    /// # Errors
    /// It is stopped already.
    pub async fn arreter_livret(&self, db: &mut Db, etudiant: &Etudiant, cle: Uuid) -> Result<i64> {
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.genre == "arreter_livret" && deja.etudiant_id == Some(etudiant.id());
            return if meme { Ok(deja.seq) } else { Err(journal::cle_reprise()) };
        }
        let acte = Acte {
            genre: "arreter_livret",
            cle,
            etudiant_id: Some(etudiant.id()),
            ..Acte::default()
        };
        let version = plume.ecrire(db, acte).await?;
        let le = db.le;
        sqlx::query!(
            "insert into livret.arret (etablissement_id, etudiant_id, version, arrete_le, par)
             values (livret.ici(), $1, $2, $3, $4)",
            etudiant.id(),
            version,
            le,
            self.personne_id()
        )
        .execute(&mut **db)
        .await
        .on_constraint(
            "un_seul_arret_a_la_fois",
            crate::error::Error::Conflict("Ce livret est déjà arrêté.".into()),
        )?;
        Ok(version)
    }
}
