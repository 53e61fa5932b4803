//! Judging: one level for one student and one sous-compétence, in one situation.
mod cellule;
pub mod grille;
pub mod pages;
mod saisie;

use time::{Date, OffsetDateTime};
use uuid::Uuid;

use crate::{
    app::{Db, InTheNameOf},
    compte::Enseignant,
    error::{Error, Result},
    etudiant::Etudiant,
    journal::{self, Acte, Plume},
};

pub use cellule::{Cellule, Evenement};

/// What a teacher says of one cell. `niveau` is `None` to cancel.
#[derive(Debug, Clone, Default)]
pub struct Avis {
    pub code: String,
    pub niveau: Option<String>,
    /// Where it was lived; today's observation when absent (or, to cancel, the situation that is shown).
    pub situation_id: Option<i64>,
    pub preuve_id: Option<i64>,
    pub remarque: String,
    /// The version of the cell that was read before: 0 when it was empty.
    pub version: i64,
    pub cle: Uuid,
}

/// A level as a cell shows it.
#[derive(Debug, Clone, Default)]
pub struct Courant {
    pub niveau: Option<String>,
    pub par: Option<String>,
    pub par_id: Option<i64>,
    pub saisi_le: Option<OffsetDateTime>,
    pub situation_id: Option<i64>,
    /// Line of the journal that last touched the cell; 0 when none has.
    pub version: i64,
}

/// What came of it.
pub enum Issue {
    Ecrit,
    /// The same form, sent again: already written.
    Deja,
    /// Somebody wrote in between: here is what the cell holds now.
    Depasse(Courant),
}

impl Etudiant {
    /// What the cell holds now: the level of the latest situation that has one.
    pub async fn courant(&self, db: &mut Db, code: &str) -> Result<Courant> {
        let l = sqlx::query!(
            r#"select c.niveau as "niveau?", c.par as "par_id?", c.saisi_le as "saisi_le?",
                      c.situation_id as "situation_id?", concat_ws(' ', p.civilite, p.nom) as "par!",
                      (select coalesce(max(version), 0) from livret.positionnement
                        where etablissement_id = livret.ici() and etudiant_id = $1 and edition_id = $2
                          and code = $3) as "version!"
                 from (select 1) un
                 left join lateral (
                      select niveau, par, saisi_le, situation_id from livret.positionnement
                       where etablissement_id = livret.ici() and etudiant_id = $1 and edition_id = $2 and code = $3
                         and niveau is not null
                       order by vecu_le desc, version desc limit 1) c on true
                 left join livret.personne p on p.etablissement_id = livret.ici() and p.personne_id = c.par"#,
            self.etudiant_id, self.edition_id, code
        )
        .fetch_one(&mut **db)
        .await?;
        let par = l.niveau.is_some().then_some(l.par);
        Ok(Courant {
            niveau: l.niveau,
            par,
            par_id: l.par_id,
            saisi_le: l.saisi_le,
            situation_id: l.situation_id,
            version: l.version,
        })
    }
}

impl Enseignant {
    /// Writes a level, corrects one or cancels one: always a new signed line, and the projection with it.
    pub async fn positionner(
        &self,
        db: &mut Db,
        etudiant: &Etudiant,
        avis: &Avis,
    ) -> Result<Issue> {
        let mut plume = Plume::prendre(db, self).await?;
        self.positionner_avec(db, &mut plume, etudiant, avis).await
    }

    /// The same, with a pen already in hand: a whole class in one transaction.
    pub async fn positionner_avec(
        &self,
        db: &mut Db,
        plume: &mut Plume,
        etudiant: &Etudiant,
        avis: &Avis,
    ) -> Result<Issue> {
        if let Some(deja) = plume.deja(db, avis.cle).await? {
            let meme = deja.etudiant_id == Some(etudiant.etudiant_id)
                && deja.code.as_ref() == Some(&avis.code)
                && deja.vers == avis.niveau;
            return if meme { Ok(Issue::Deja) } else { Err(journal::cle_reprise()) };
        }
        let courant = etudiant.courant(db, &avis.code).await?;
        if courant.version != avis.version {
            return Ok(Issue::Depasse(courant));
        }
        if avis.niveau.is_none() && avis.situation_id.or(courant.situation_id).is_none() {
            return Ok(Issue::Deja); // nothing to cancel
        }
        let (situation_id, vecu_le) = self.occasion(db, plume, etudiant, avis, &courant).await?;
        self.ecrire(db, plume, etudiant, avis, situation_id, vecu_le).await?;
        Ok(Issue::Ecrit)
    }

    /// Where this judgement was lived.
    async fn occasion(
        &self,
        db: &mut Db,
        plume: &mut Plume,
        etudiant: &Etudiant,
        avis: &Avis,
        courant: &Courant,
    ) -> Result<(i64, Date)> {
        let voulue =
            avis.situation_id.or(if avis.niveau.is_none() { courant.situation_id } else { None });
        let Some(id) = voulue else {
            return self.observation_du_jour(db, plume, etudiant.promotion_id).await;
        };
        if avis.niveau.is_none()
            && courant.par_id != Some(self.personne_id())
            && avis.remarque.is_empty()
        {
            let par = courant.par.clone().unwrap_or_default();
            return Err(Error::Refused(format!(
                "Ce niveau est de {par}. Pour l’effacer, ouvrez l’historique et dites pourquoi."
            )));
        }
        let vecue_le = sqlx::query_scalar!(
            "select vecue_le from livret.situation
              where etablissement_id = livret.ici() and situation_id = $1 and promotion_id = $2
                and (etudiant_id is null or etudiant_id = $3)",
            id,
            etudiant.promotion_id,
            etudiant.etudiant_id
        )
        .fetch_optional(&mut **db)
        .await?;
        let refus = || {
            Error::Refused(
                "Cette situation n’est pas de cette promotion. Choisissez-en une autre.".into(),
            )
        };
        Ok((id, vecue_le.ok_or_else(refus)?))
    }

    async fn ecrire(
        &self,
        db: &mut Db,
        plume: &mut Plume,
        etudiant: &Etudiant,
        avis: &Avis,
        situation_id: i64,
        vecu_le: Date,
    ) -> Result<()> {
        let de = sqlx::query_scalar!(
            "select niveau from livret.positionnement
              where etablissement_id = livret.ici() and etudiant_id = $1 and edition_id = $2 and code = $3
                and situation_id = $4",
            etudiant.etudiant_id, etudiant.edition_id, avis.code, situation_id
        )
        .fetch_optional(&mut **db)
        .await?
        .flatten();
        let acte = Acte {
            genre: if avis.niveau.is_some() { "positionner" } else { "annuler" },
            cle: avis.cle,
            etudiant_id: Some(etudiant.etudiant_id),
            edition_id: Some(etudiant.edition_id),
            code: Some(avis.code.clone()),
            situation_id: Some(situation_id),
            preuve_id: avis.preuve_id,
            de,
            vers: avis.niveau.clone(),
            vecu_le: Some(vecu_le),
            contenu: serde_json::json!({ "remarque": avis.remarque }),
        };
        let version = plume.ecrire(db, acte).await?;
        self.projeter(db, etudiant, avis, (situation_id, vecu_le, version)).await
    }

    /// What pages read, in the same transaction as the line of the journal.
    async fn projeter(
        &self,
        db: &mut Db,
        etudiant: &Etudiant,
        avis: &Avis,
        lieu: (i64, Date, i64),
    ) -> Result<()> {
        let (situation_id, vecu_le, version) = lieu;
        let le = db.le;
        sqlx::query!(
            "insert into livret.positionnement (etablissement_id, etudiant_id, edition_id, code, situation_id, niveau,
                                                preuve_id, remarque, par, vecu_le, saisi_le, version)
             values (livret.ici(), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
             on conflict (etablissement_id, etudiant_id, edition_id, code, situation_id) do update
                set niveau = excluded.niveau, preuve_id = excluded.preuve_id, remarque = excluded.remarque,
                    par = excluded.par, vecu_le = excluded.vecu_le, saisi_le = excluded.saisi_le,
                    version = excluded.version",
            etudiant.etudiant_id, etudiant.edition_id, avis.code, situation_id, avis.niveau, avis.preuve_id,
            avis.remarque, self.personne_id(), vecu_le, le, version
        )
        .execute(&mut **db)
        .await?;
        Ok(())
    }
}
