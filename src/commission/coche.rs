//! Ticking the official grid, alone; then handing it in, after which it changes no more.
use serde_json::json;
use sqlx::types::Json;
use uuid::Uuid;

use super::{Coches, Grille, Siege, grilles, modele};
use crate::{
    app::{Db, InTheNameOf},
    error::{Error, Result},
    journal::{self, Acte, Plume},
};

/// A grid as it is wanted, and the version that was read.
#[derive(Debug, Clone, Default)]
pub struct Cochee {
    pub coches: Coches,
    pub choix: Option<String>,
    pub bonus: u8,
    pub version: i64,
}

impl Cochee {
    /// What is wrong with it, field by field: nothing that the official grid does not have.
    pub fn refus(&self, grille: &modele::Grille, complete: bool) -> Vec<(String, String)> {
        let mut refus = vec![];
        let au_choix = || grille.parties.iter().filter(|p| p.au_choix);
        if let Some(choix) = &self.choix
            && au_choix().all(|p| p.code != *choix)
        {
            refus.push(("choix".into(), "Cette partie n’est pas au choix dans la grille.".into()));
        }
        for (ligne, degre) in &self.coches {
            let connu =
                grille.ligne(ligne).is_some() && grille.degres.iter().any(|d| d.code == *degre);
            if !connu {
                refus.push((
                    ligne.clone(),
                    "Cette case n’existe pas dans la grille officielle.".into(),
                ));
            }
        }
        let plus = grille.bonus.as_ref().map_or(0, |b| b.points);
        if self.bonus > plus {
            refus.push(("bonus".into(), format!("Le bonus va de 0 à {plus}.")));
        }
        if !complete {
            return refus;
        }
        if au_choix().next().is_some() && self.choix.is_none() {
            refus.push(("choix".into(), "Dites laquelle des deux activités a été jouée.".into()));
        }
        for ligne in grille.lignes_jugees(self.choix.as_deref()) {
            if !self.coches.contains_key(&ligne.code) {
                refus.push((
                    ligne.code.clone(),
                    format!("Cochez une case pour «\u{a0}{}\u{a0}».", ligne.intitule),
                ));
            }
        }
        refus
    }

    /// Ticks of the part that was not judged are not kept.
    fn jugee(&self, grille: &modele::Grille) -> Coches {
        let lignes = grille.lignes_jugees(self.choix.as_deref());
        let jugee = |code: &String| lignes.iter().any(|l| l.code == *code);
        self.coches.iter().filter(|(l, _)| jugee(l)).map(|(l, d)| (l.clone(), d.clone())).collect()
    }
}

pub(super) fn depassee() -> Error {
    Error::Conflict(
        "Cette grille a changé depuis que vous l’avez ouverte. Votre saisie est ci-dessous\u{a0}: rouvrez la page dans un autre \
         onglet pour lire l’autre, puis enregistrez de nouveau pour mettre la vôtre."
            .into(),
    )
}

impl Siege {
    /// My own grid of a candidate.
    pub async fn ma_grille(&self, db: &mut Db, etudiant_id: i64) -> Result<Option<Grille>> {
        let siennes = grilles(db, self.quoi(), &[etudiant_id]).await?.remove(&etudiant_id);
        Ok(siennes.into_iter().flatten().find(|g| g.par == self.qui().personne_id()))
    }

    /// Ticks my grid, and hands it in when it is complete and I say so.
    ///
    /// # Errors
    /// I examine nobody; it was handed in, or changed, since it was read.
    pub async fn cocher(
        &self,
        db: &mut Db,
        (etudiant_id, grille): (i64, &modele::Grille),
        voulue: &Cochee,
        (rendre, cle): (bool, Uuid),
    ) -> Result<()> {
        self.candidat(etudiant_id)?;
        if !self.examine() {
            return Err(Error::Refused(
                "Vous siégez dans cette commission sans y examiner\u{a0}: vous n’avez pas de grille à remplir.".into(),
            ));
        }
        let coches = voulue.jugee(grille);
        let acte = self.acte((etudiant_id, rendre), (voulue, &coches), cle);
        let mut plume = Plume::prendre(db, self.qui()).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est(acte.genre, &acte.contenu);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let actuelle = self.ma_grille(db, etudiant_id).await?;
        if actuelle.as_ref().is_some_and(|g| g.rendue_le.is_some()) {
            return Err(Error::Refused(
                "Votre grille est rendue\u{a0}: l’original ne change plus. Ce que la commission retient se dit dans la comparaison."
                    .into(),
            ));
        }
        if actuelle.map_or(0, |g| g.version) != voulue.version {
            return Err(depassee());
        }
        let version = plume.ecrire(db, acte).await?;
        let rendue_le = rendre.then_some(db.le);
        sqlx::query!(
            "insert into certification.grille (etablissement_id, promotion_id, etudiant_id, epreuve, par, coches, choix, bonus,
                                               rendue_le, version)
             values (livret.ici(), $1, $2, $3, livret.moi(), $4, $5, $6, $7, $8)
             on conflict (etablissement_id, promotion_id, etudiant_id, epreuve, par) do update
                set coches = excluded.coches, choix = excluded.choix, bonus = excluded.bonus,
                    rendue_le = excluded.rendue_le, version = excluded.version",
            self.commission.promotion_id,
            etudiant_id,
            self.commission.epreuve,
            Json(&coches) as _,
            voulue.choix,
            i32::from(voulue.bonus),
            rendue_le,
            version
        )
        .execute(&mut **db)
        .await?;
        Ok(())
    }

    fn acte(
        &self,
        (etudiant_id, rendre): (i64, bool),
        (voulue, coches): (&Cochee, &Coches),
        cle: Uuid,
    ) -> Acte {
        Acte {
            genre: if rendre { "rendre_grille" } else { "cocher_grille" },
            cle,
            contenu: json!({
                "commission": self.commission.commission_id.to_string(), "etudiant": etudiant_id.to_string(),
                "epreuve": self.commission.epreuve, "coches": coches, "choix": voulue.choix, "bonus": voulue.bonus,
            }),
            ..Acte::default()
        }
    }
}
