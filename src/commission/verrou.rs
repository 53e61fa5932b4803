//! The fiche d'évaluation of a candidate: what the commission writes, the mark that it types, the lock.
use serde_json::json;
use sqlx::types::Json;
use uuid::Uuid;

use super::{Contenu, Evaluation, Note, Siege, coche::depassee, modele};
use crate::{
    app::Db,
    error::{Error, Result},
    journal::{self, Acte, Plume},
};

/// A fiche as it is wanted, and the version that was read.
#[derive(Debug, Clone, Default)]
pub struct Ecrite {
    pub contenu: Contenu,
    pub note: Option<Note>,
    pub version: i64,
}

impl Evaluation {
    /// It may be written: nobody locked it, nor wrote since it was read.
    pub(super) fn ouverte(&self, lue: i64) -> Result<()> {
        if let Some(verrou) = self.verrou_en_mots() {
            return Err(Error::Refused(format!(
                "Cette évaluation est {verrou}. Rouvrez-la d’abord, avec un motif."
            )));
        }
        if self.version != lue {
            return Err(depassee());
        }
        Ok(())
    }
}

impl Ecrite {
    /// What is missing before the lock, field by field.
    pub fn manques(
        &self,
        evaluation: Option<&modele::Evaluation>,
        (grille, actuelle): (Option<&modele::Grille>, &Evaluation),
    ) -> Vec<(String, String)> {
        let mut manques = vec![];
        if grille.is_some() && actuelle.coches.is_none() {
            manques.push((
                "note".into(),
                "La grille n’est pas arrêtée\u{a0}: rendez-la, puis dites ce que la commission retient.".into(),
            ));
        }
        if self.note.is_none() {
            manques.push(("note".into(), "Écrivez la note avant de verrouiller.".into()));
        }
        for t in evaluation.into_iter().flat_map(|e| &e.temps) {
            let dit = self.contenu.temps.get(&t.code).map_or("", |m| m.appreciation.as_str());
            if dit.is_empty() {
                manques.push((
                    format!("appreciation-{}", t.code),
                    format!("Écrivez l’appréciation\u{a0}: {}.", t.intitule),
                ));
            }
        }
        manques
    }
}

impl Siege {
    /// Writes the fiche, and locks it when I say so.
    ///
    /// # Errors
    /// It is locked, or somebody wrote since it was read.
    pub async fn ecrire_evaluation(
        &self,
        db: &mut Db,
        etudiant_id: i64,
        voulue: &Ecrite,
        (verrouiller, cle): (bool, Uuid),
    ) -> Result<()> {
        self.candidat(etudiant_id)?;
        let acte = self.acte_d_evaluation("ecrire_evaluation", etudiant_id, cle);
        let contenu = json!({
            "quoi": acte.contenu, "contenu": voulue.contenu, "note": voulue.note.map(|n| n.0), "verrou": verrouiller,
        });
        let acte = Acte { contenu, ..acte };
        let mut plume = Plume::prendre(db, self.qui()).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est(acte.genre, &acte.contenu);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        self.evaluation(db, etudiant_id).await?.ouverte(voulue.version)?;
        let mut version = plume.ecrire(db, acte).await?;
        if verrouiller {
            let cle = Uuid::new_v5(&cle, b"verrou");
            let acte = self.acte_d_evaluation("verrouiller_evaluation", etudiant_id, cle);
            version = plume.ecrire(db, acte).await?;
        }
        let noms = if verrouiller { self.commission.noms() } else { vec![] };
        sqlx::query!(
            "insert into certification.evaluation (etablissement_id, promotion_id, etudiant_id, epreuve, contenu, note,
                                                   verrouillee_le, verrouillee_par, noms, version)
             values (livret.ici(), $1, $2, $3, $4, $5, $6, case when $7 then livret.moi() end, $8, $9)
             on conflict (etablissement_id, promotion_id, etudiant_id, epreuve) do update
                set contenu = excluded.contenu, note = excluded.note, verrouillee_le = excluded.verrouillee_le,
                    verrouillee_par = excluded.verrouillee_par, noms = excluded.noms, version = excluded.version",
            self.commission.promotion_id,
            etudiant_id,
            self.commission.epreuve,
            Json(&voulue.contenu) as _,
            voulue.note.map(|n| n.0),
            verrouiller.then_some(db.le),
            verrouiller,
            &noms,
            version
        )
        .execute(&mut **db)
        .await?;
        Ok(())
    }

    /// Opens a locked fiche again, with a reason; never once the jury has deliberated.
    ///
    /// # Errors
    /// It is not locked, or the jury has deliberated.
    pub async fn rouvrir_evaluation(
        &self,
        db: &mut Db,
        etudiant_id: i64,
        (motif, lue, cle): (&str, i64, Uuid),
    ) -> Result<()> {
        self.candidat(etudiant_id)?;
        let mut plume = Plume::prendre(db, self.qui()).await?;
        if plume.deja(db, cle).await?.is_some() {
            return Ok(());
        }
        let actuelle = self.evaluation(db, etudiant_id).await?;
        if actuelle.verrou.is_none() {
            return Err(Error::Refused(
                "Cette évaluation n’est pas verrouillée\u{a0}: il n’y a rien à rouvrir.".into(),
            ));
        }
        if actuelle.version != lue {
            return Err(depassee());
        }
        if super::communication::deliberation(db, self.commission.promotion_id)
            .await?
            .passee(self.qui())
        {
            return Err(Error::Refused(
                "Le jury a délibéré\u{a0}: la fiche d’évaluation ne change plus. Adressez-vous au service des examens.".into(),
            ));
        }
        let acte = self.acte_d_evaluation("rouvrir_evaluation", etudiant_id, cle);
        let contenu = json!({ "quoi": acte.contenu, "motif": motif });
        let version = plume.ecrire(db, Acte { contenu, ..acte }).await?;
        sqlx::query!(
            "update certification.evaluation
                set verrouillee_le = null, verrouillee_par = null, noms = '{}', version = $4
              where etablissement_id = livret.ici() and promotion_id = $1 and etudiant_id = $2 and epreuve = $3",
            self.commission.promotion_id,
            etudiant_id,
            self.commission.epreuve,
            version
        )
        .execute(&mut **db)
        .await?;
        Ok(())
    }

    fn acte_d_evaluation(&self, genre: &'static str, etudiant_id: i64, cle: Uuid) -> Acte {
        Acte {
            genre,
            cle,
            contenu: json!({
                "commission": self.commission.commission_id.to_string(), "etudiant": etudiant_id.to_string(),
                "epreuve": self.commission.epreuve,
            }),
            ..Acte::default()
        }
    }
}
