//! Judging: one level for one student and one sous-compétence, in one situation.
mod avis;
mod case;
mod cellule;
mod envoi;
mod etat;
pub mod grille;
mod lot;
pub mod pages;
mod saisie;
mod signal;

use time::Date;
use uuid::Uuid;

use crate::{
    app::{Db, InTheNameOf},
    compte::Enseignant,
    error::Result,
    etudiant::Etudiant,
    journal::{Acte, Plume},
    promotion::Promotion,
    referentiel::Edition,
    signal::Signal,
};
use etat::Etat;

pub use avis::AvisTuteur;
pub use cellule::{Cellule, Evenement};
pub use grille::Case;

/// Most cells that one sending may hold.
pub const LOT_MAX: usize = 200;

/// What a teacher says of one cell.
#[derive(Debug, Clone, Default)]
pub struct Jugement {
    pub etudiant_id: i64,
    pub code: String,
    /// `None` to cancel.
    pub niveau: Option<String>,
    /// `None` keeps the evidence cited before.
    pub preuve_id: Option<i64>,
    /// `None` keeps the remark that the same person made before; of a cancellation, it is the reason.
    pub remarque: Option<String>,
    /// The version that was read before: 0 when there was nothing.
    pub version: i64,
    pub cle: Uuid,
    /// Keys of one gesture (a column filled, a block pasted) are undone together.
    pub geste: Option<Uuid>,
    /// Undoes a cancellation: what was said with the level comes back with it.
    pub retablir: bool,
}

/// Where several cells are judged at once, by who may: a promotion or a student that is hers.
#[derive(Debug, Clone)]
pub struct Lieu {
    promotion_id: i64,
    edition_id: Uuid,
    /// Nobody else, when it is the place of one student.
    seul: Option<i64>,
    /// Where it was lived; the observation of the day when absent (or, to cancel, the situation that is shown).
    situation_id: Option<i64>,
    /// Which day, when it is not today: a level typed without a network is of the day it was typed.
    jour: Option<Date>,
    vu: Vu,
}

/// What a version was read of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Vu {
    /// The whole cell: two people who judge it, even in two situations, see each other.
    Case,
    /// The cell in one situation: what is lived elsewhere is another fact.
    Situation,
}

impl Lieu {
    /// The class in one situation, or in all of them together.
    pub fn de_la_classe(promotion: &Promotion, situation_id: Option<i64>) -> Self {
        Self {
            promotion_id: promotion.promotion_id,
            edition_id: promotion.edition_id,
            seul: None,
            situation_id,
            jour: None,
            vu: if situation_id.is_some() { Vu::Situation } else { Vu::Case },
        }
    }

    /// One student, whose cell was read whole, wherever the level goes.
    pub fn de(etudiant: &Etudiant, situation_id: Option<i64>) -> Self {
        Self {
            promotion_id: etudiant.promotion_id,
            edition_id: etudiant.edition_id,
            seul: Some(etudiant.etudiant_id),
            situation_id,
            jour: None,
            vu: Vu::Case,
        }
    }
}

impl Lieu {
    /// The day of an observation; one to come, or before the training began, is today's.
    #[must_use]
    pub fn du(self, jour: Option<Date>, promotion: &Promotion, aujourd_hui: Date) -> Self {
        let jour = jour.filter(|j| (promotion.debut..=aujourd_hui).contains(j));
        Self { jour, ..self }
    }

    /// On the page of one cell, what is cancelled is what is shown; in the class, only what was said where one writes.
    fn efface_ce_qui_est_montre(&self) -> bool {
        self.seul.is_some() && self.situation_id.is_none()
    }
}

/// What came of one cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Issue {
    /// Written, in this line of the journal.
    Ecrit(i64),
    /// The same sending, again: written already, in this line. Nothing to cancel is line 0.
    Deja(i64),
    /// Somebody wrote in between: nothing is overwritten.
    Depasse,
    /// Refused, with what to do: shown as it is.
    Refuse(String),
}

/// A line to write, once all is decided.
struct Trait {
    acte: Acte,
    remarque: String,
}

impl Enseignant {
    /// Writes levels, corrects them or cancels them: always new signed lines, and the projection with them, in a handful
    /// of statements whatever their number. Each cell has its own issue, in the order given.
    ///
    /// # Errors
    /// The database. What is wrong with a cell is its issue.
    pub async fn positionner(
        &self,
        db: &mut Db,
        lieu: &Lieu,
        edition: &Edition,
        jugements: &[Jugement],
    ) -> Result<Vec<Issue>> {
        let mut plume = Plume::prendre(db, self).await?;
        let jour = lieu.jour.unwrap_or_else(|| self.aujourd_hui());
        let cible = match lieu.situation_id {
            Some(id) => Some(id),
            None => self.observation_ouverte(db, lieu.promotion_id, jour).await?,
        };
        let qui = (self.personne_id(), self.aujourd_hui());
        let etats = etat::lire(db, lieu, cible, qui, jugements).await?;
        let mut issues = Vec::with_capacity(jugements.len());
        let mut traits: Vec<Trait> = vec![];
        for (jugement, etat) in jugements.iter().zip(&etats) {
            let issue = match etat.refus(lieu, edition, jugement, self.personne_id()) {
                Some(issue) => issue,
                None if traits.iter().any(|t| t.concerne(jugement)) => Issue::Refuse(
                    "Cette case est deux fois dans l’envoi. Rechargez la page et recommencez."
                        .into(),
                ),
                None => {
                    traits.push(etat.ecrit(lieu, jugement, (jour, self.personne_id())));
                    Issue::Ecrit(0)
                }
            };
            issues.push(issue);
        }
        if traits.iter().any(|t| t.acte.situation_id.is_none()) {
            let id = self.observation(db, &mut plume, lieu.promotion_id, jour).await?;
            for t in traits.iter_mut().filter(|t| t.acte.situation_id.is_none()) {
                t.acte.situation_id = Some(id);
            }
        }
        let mut versions =
            self.inscrire_au_journal(db, &mut plume, lieu, traits).await?.into_iter();
        for issue in issues.iter_mut().filter(|i| matches!(i, Issue::Ecrit(_))) {
            *issue = Issue::Ecrit(versions.next().unwrap_or_default());
        }
        Ok(issues)
    }

    /// The lines, then what pages read, then a word to the pages that are open.
    async fn inscrire_au_journal(
        &self,
        db: &mut Db,
        plume: &mut Plume,
        lieu: &Lieu,
        traits: Vec<Trait>,
    ) -> Result<Vec<i64>> {
        if traits.is_empty() {
            return Ok(vec![]);
        }
        let remarques: Vec<String> = traits.iter().map(|t| t.remarque.clone()).collect();
        let actes: Vec<Acte> = traits.into_iter().map(|t| t.acte).collect();
        let versions = plume.ecrire_lot(db, actes).await?;
        let message = Signal::message(self.etablissement_id(), lieu.promotion_id);
        sqlx::query!(
            r#"with projection as (
                insert into livret.positionnement as p (etablissement_id, etudiant_id, edition_id, code, situation_id,
                       niveau, preuve_id, remarque, par, vecu_le, saisi_le, version)
                select e.etablissement_id, e.etudiant_id, e.edition_id, e.code, e.situation_id, e.vers, e.preuve_id,
                       v.remarque, e.acteur_id, e.vecu_le, e.le, e.seq
                  from unnest($1::bigint[], $2::text[]) v (seq, remarque)
                  join livret.evenement e on e.etablissement_id = livret.ici() and e.seq = v.seq
                on conflict (etablissement_id, etudiant_id, edition_id, code, situation_id) do update
                   set niveau = excluded.niveau, preuve_id = excluded.preuve_id, remarque = excluded.remarque,
                       par = excluded.par, vecu_le = excluded.vecu_le, saisi_le = excluded.saisi_le,
                       version = excluded.version)
               select pg_notify('livret', $3) as "dit: String""#,
            &versions,
            &remarques,
            message
        )
        .fetch_one(&mut **db)
        .await?;
        Ok(versions)
    }
}

impl Trait {
    /// The same cell, or the same key: neither may be twice in a sending.
    fn concerne(&self, jugement: &Jugement) -> bool {
        self.acte.cle == jugement.cle
            || (self.acte.etudiant_id == Some(jugement.etudiant_id)
                && self.acte.code.as_ref() == Some(&jugement.code))
    }
}

impl Etat {
    /// The line that an accepted cell writes. Without a situation, it waits for the day's observation.
    fn ecrit(&self, lieu: &Lieu, jugement: &Jugement, (jour, moi): (Date, i64)) -> Trait {
        let effet = jugement.niveau.is_none() && lieu.efface_ce_qui_est_montre();
        let avant = if effet { &self.montre } else { &self.cible };
        let avant = avant.clone().unwrap_or_default();
        // A remark is of who made it, and goes with its level: another person, or a level given anew, starts afresh.
        let garde = jugement.remarque.is_none()
            && avant.par_id == Some(moi)
            && (avant.niveau.is_some() || jugement.retablir);
        let suit = avant.niveau.is_some() || jugement.retablir;
        let dite = jugement.remarque.clone().unwrap_or_default();
        let remarque = match &jugement.niveau {
            Some(_) if garde => avant.remarque,
            Some(_) => dite.clone(),
            None => avant.remarque, // kept, unseen, in case the cancellation is undone
        };
        let mut contenu = serde_json::json!({ "remarque": dite, "garde": garde });
        if let Some(geste) = jugement.geste {
            contenu["geste"] = serde_json::json!(geste);
        }
        let (situation_id, vecu_le) = if effet {
            (avant.situation_id, avant.vecu_le)
        } else {
            (self.situation_id, self.vecue_le)
        };
        let acte = Acte {
            genre: if jugement.niveau.is_some() { "positionner" } else { "annuler" },
            cle: jugement.cle,
            etudiant_id: Some(jugement.etudiant_id),
            edition_id: Some(lieu.edition_id),
            code: Some(jugement.code.clone()),
            situation_id,
            preuve_id: jugement.preuve_id.or(avant.preuve_id.filter(|_| suit)),
            de: avant.niveau,
            vers: jugement.niveau.clone(),
            vecu_le: Some(vecu_le.unwrap_or(jour)),
            contenu,
        };
        Trait { acte, remarque }
    }
}
