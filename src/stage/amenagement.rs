//! Fewer weeks than the rules ask, by decision of who coordinates (annexe III b: positionnement, aménagement, force majeure).
use uuid::Uuid;

use crate::{
    app::{Db, InTheNameOf},
    error::{Error, Result},
    etudiant::Etudiant,
    examen::Examen,
    journal::{self, Acte, Plume},
    promotion::Coordonnateur,
};

impl Coordonnateur {
    /// Leaves a student of my promotion so many weeks; `None` gives back what the rules ask.
    ///
    /// # Errors
    /// Fewer than her voie allows, more than it asks, no reason; somebody decided since `version` was read.
    pub async fn amenager(
        &self,
        db: &mut Db,
        (examen, etudiant): (&Examen, &Etudiant),
        (semaines, motif): (Option<u32>, &str),
        (version, cle): (i64, Uuid),
    ) -> Result<()> {
        let genre = if semaines.is_some() { "amenager_stage" } else { "lever_amenagement" };
        let contenu = serde_json::json!({
            "promotion": self.promotion.promotion_id.to_string(), "semaines": semaines, "motif": motif,
        });
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            return if deja.est(genre, &contenu) { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let voie = examen.candidature(etudiant.id()).voie;
        if semaines.is_some_and(|n| n < voie.minimum || n >= voie.semaines) {
            return Err(Error::Refused(format!(
                "Pour «\u{a0}{}\u{a0}», un aménagement laisse de {} à {} semaines. Corrigez le nombre.",
                voie.intitule,
                voie.minimum,
                voie.semaines.saturating_sub(1)
            )));
        }
        if motif.is_empty() {
            return Err(Error::Refused(
                "Dites pourquoi\u{a0}: le motif est lu par l’équipe et par l’étudiant.".into(),
            ));
        }
        let promotion = self.promotion.promotion_id;
        let tous = super::amenagements(db, promotion, &[etudiant.id()]).await?;
        if tous.get(&etudiant.id()).map_or(0, |a| a.version) != version {
            return Err(Error::Conflict(
                "Une autre personne vient d’en décider. Relisez, puis recommencez.".into(),
            ));
        }
        let etudiant_id = Some(etudiant.id());
        let acte = Acte { genre, cle, etudiant_id, contenu, ..Acte::default() };
        let version = plume.ecrire(db, acte).await?;
        let Some(semaines) = semaines else {
            sqlx::query!(
                "delete from livret.amenagement
                  where etablissement_id = livret.ici() and promotion_id = $1 and etudiant_id = $2",
                promotion,
                etudiant.id()
            )
            .execute(&mut **db)
            .await?;
            return Ok(());
        };
        let le = db.le;
        sqlx::query!(
            "insert into livret.amenagement (etablissement_id, promotion_id, etudiant_id, semaines, motif, par, le, version)
             values (livret.ici(), $1, $2, $3, $4, $5, $6, $7)
             on conflict (etablissement_id, promotion_id, etudiant_id)
             do update set semaines = excluded.semaines, motif = excluded.motif, par = excluded.par, le = excluded.le,
                           version = excluded.version",
            promotion, etudiant.id(), i32::try_from(semaines).unwrap_or(i32::MAX), motif, self.personne_id(), le, version
        )
        .execute(&mut **db)
        .await?;
        Ok(())
    }
}
