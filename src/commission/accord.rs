//! Comparing the grids of the examiners, once each handed in hers, and settling what the commission retains.
use std::collections::BTreeSet;

use serde_json::json;
use sqlx::types::Json;
use uuid::Uuid;

use super::{Coches, Evaluation, Grille, Siege, coche::Cochee, evaluations, grilles, modele};
use crate::{
    app::Db,
    error::{Error, Result},
    journal::{self, Acte, Plume},
};

/// A line where the examiners do not say the same.
#[derive(Debug, Clone)]
pub struct Ecart<'a> {
    pub ligne: &'a modele::Ligne,
    /// Who said what, in their order.
    pub dits: Vec<(&'a str, Option<&'a str>)>,
}

/// The lines where these grids differ: a part that only one judged is a difference on each of its lines.
pub fn ecarts<'a>(grille: &'a modele::Grille, rendues: &'a [Grille]) -> Vec<Ecart<'a>> {
    let mut ecarts = vec![];
    for ligne in grille.parties.iter().flat_map(|p| &p.lignes) {
        let dit = |g: &'a Grille| (g.nom.as_str(), g.coches.get(&ligne.code).map(String::as_str));
        let dits: Vec<_> = rendues.iter().map(dit).collect();
        let differents: BTreeSet<_> = dits.iter().map(|(_, d)| *d).collect();
        if differents.len() > 1 {
            ecarts.push(Ecart { ligne, dits });
        }
    }
    ecarts
}

/// What they all say: the beginning of an agreement.
pub fn communes(rendues: &[Grille]) -> (Coches, Option<String>, u8) {
    let Some((premiere, autres)) = rendues.split_first() else { return Default::default() };
    let mut coches = premiere.coches.clone();
    coches.retain(|l, d| autres.iter().all(|g| g.coches.get(l) == Some(d)));
    let choix =
        premiere.choix.clone().filter(|c| autres.iter().all(|g| g.choix.as_ref() == Some(c)));
    let bonus = rendues.iter().map(|g| g.bonus).min().unwrap_or_default();
    (coches, choix, bonus)
}

impl Siege {
    /// The grids of a candidate that may be compared: none while one is missing.
    pub async fn rendues(&self, db: &mut Db, etudiant_id: i64) -> Result<Vec<Grille>> {
        let siennes = grilles(db, self.quoi(), &[etudiant_id]).await?.remove(&etudiant_id);
        let rendues: Vec<Grille> =
            siennes.into_iter().flatten().filter(|g| g.rendue_le.is_some()).collect();
        let toutes = rendues.len() == self.commission.examinateurs().count();
        Ok(if toutes { rendues } else { vec![] })
    }

    pub async fn evaluation(&self, db: &mut Db, etudiant_id: i64) -> Result<Evaluation> {
        let dites = evaluations(db, self.quoi(), &[etudiant_id]).await?.remove(&etudiant_id);
        Ok(dites.unwrap_or_default())
    }

    /// Says what the commission retains; the originals stay as they were handed in.
    ///
    /// # Errors
    /// A grid is missing; it is locked; somebody wrote since it was read.
    pub async fn accorder(
        &self,
        db: &mut Db,
        (etudiant_id, grille): (i64, &modele::Grille),
        voulue: &Cochee,
        cle: Uuid,
    ) -> Result<()> {
        self.candidat(etudiant_id)?;
        let lignes = grille.lignes_jugees(voulue.choix.as_deref());
        let coches: Coches = lignes
            .iter()
            .filter_map(|l| Some((l.code.clone(), voulue.coches.get(&l.code)?.clone())))
            .collect();
        let acte = Acte {
            genre: "accorder_grille",
            cle,
            contenu: json!({
                "commission": self.commission.commission_id.to_string(), "etudiant": etudiant_id.to_string(),
                "epreuve": self.commission.epreuve, "coches": coches, "choix": voulue.choix, "bonus": voulue.bonus,
            }),
            ..Acte::default()
        };
        let mut plume = Plume::prendre(db, self.qui()).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est(acte.genre, &acte.contenu);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        if self.rendues(db, etudiant_id).await?.is_empty() {
            return Err(Error::Refused(
                "Une grille manque encore\u{a0}: la comparaison s’ouvre quand chaque personne qui examine a rendu la sienne."
                    .into(),
            ));
        }
        let actuelle = self.evaluation(db, etudiant_id).await?;
        actuelle.ouverte(voulue.version)?;
        let version = plume.ecrire(db, acte).await?;
        sqlx::query!(
            "insert into certification.evaluation (etablissement_id, promotion_id, etudiant_id, epreuve, coches, choix, bonus,
                                                   version)
             values (livret.ici(), $1, $2, $3, $4, $5, $6, $7)
             on conflict (etablissement_id, promotion_id, etudiant_id, epreuve) do update
                set coches = excluded.coches, choix = excluded.choix, bonus = excluded.bonus, version = excluded.version",
            self.commission.promotion_id,
            etudiant_id,
            self.commission.epreuve,
            Json(&coches) as _,
            voulue.choix,
            i32::from(voulue.bonus),
            version
        )
        .execute(&mut **db)
        .await?;
        Ok(())
    }
}
