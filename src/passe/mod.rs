//! Livrets and classes as they were at a moment: the lines of the journal up to there, replayed.
pub mod comparaison;
pub mod moment;
pub mod pages;

use std::collections::HashMap;

use time::{Date, OffsetDateTime, PrimitiveDateTime};
use uuid::Uuid;

use crate::{
    app::Db,
    error::Result,
    journal::rejeu::{Case, Cle, Fait, Rejeu},
    progression::Positionne,
};

pub use moment::Moment;

/// What the journal said of some students at a moment, with the names that pages show.
#[derive(Debug, Default)]
pub struct Passe {
    pub rejeu: Rejeu,
    /// Who acted, by number.
    pub noms: HashMap<i64, String>,
    /// Titles of the preuves that were cited, as they were then.
    preuves: HashMap<i64, String>,
}

/// A line that is read, with the names that go with it, and whether it came before the first of two moments.
struct Lue {
    seq: i64,
    le: OffsetDateTime,
    acteur_id: i64,
    genre: String,
    etudiant_id: Option<i64>,
    edition_id: Option<Uuid>,
    code: Option<String>,
    situation_id: Option<i64>,
    preuve_id: Option<i64>,
    vers: Option<String>,
    vecu_le: Option<Date>,
    contenu: serde_json::Value,
    preuve: Option<String>,
    par: String,
    avant: bool,
}

impl From<Lue> for Fait {
    fn from(l: Lue) -> Self {
        Self {
            seq: l.seq,
            le: l.le,
            acteur_id: l.acteur_id,
            genre: l.genre,
            etudiant_id: l.etudiant_id,
            edition_id: l.edition_id,
            code: l.code,
            situation_id: l.situation_id,
            preuve_id: l.preuve_id,
            vers: l.vers,
            vecu_le: l.vecu_le,
            contenu: l.contenu,
        }
    }
}

impl Passe {
    /// These students at a moment, in one query.
    pub async fn lire(db: &mut Db, etudiants: &[i64], moment: Moment) -> Result<Self> {
        let mut passe = Self::default();
        for mut lue in lignes(db, etudiants, moment.le).await? {
            if let (Some(preuve), Some(id)) = (lue.preuve.take(), lue.preuve_id) {
                passe.preuves.insert(id, preuve);
            }
            passe.noms.insert(lue.acteur_id, std::mem::take(&mut lue.par));
            passe.rejeu.suivre(&lue.into());
        }
        Ok(passe)
    }

    /// What had been decided of these students at two moments, in one query: their levels are not read.
    pub async fn decisions(
        db: &mut Db,
        etudiants: &[i64],
        (de, a): (Moment, Moment),
    ) -> Result<(Rejeu, Rejeu)> {
        let (mut premier, mut second) = (Rejeu::default(), Rejeu::default());
        for lue in decisions(db, etudiants, de.le, a.le).await? {
            // Not a prefix: acts done at once may be dated a moment before the line that precedes theirs.
            let avant = lue.avant;
            let fait = lue.into();
            if avant && de != a {
                premier.suivre(&fait);
            }
            second.suivre(&fait);
        }
        Ok((premier, second))
    }

    /// Nothing had been said yet.
    pub fn est_vide(&self) -> bool {
        self.rejeu.cases.is_empty() && self.rejeu.decisions.is_empty()
    }

    /// What was said of a student, latest situation first, for the pages of a livret. `jour`: what she could not see yet
    /// on that day is not there.
    pub fn positionnes(&self, etudiant: i64, edition: Uuid, jour: Option<Date>) -> Vec<Positionne> {
        let mut siens: Vec<(&Cle, &Case)> =
            self.rejeu.cases_de(etudiant).filter(|(cle, _)| cle.1 == edition).collect();
        siens.sort_by_key(|(_, case)| std::cmp::Reverse((case.vecu_le, case.version)));
        siens.into_iter().filter_map(|(cle, case)| self.positionne(cle, case, jour)).collect()
    }

    fn positionne(&self, cle: &Cle, case: &Case, jour: Option<Date>) -> Option<Positionne> {
        let situation = self.rejeu.situations.get(&cle.3);
        let visible_le = situation.and_then(|s| s.visible_le);
        if jour.zip(visible_le).is_some_and(|(jour, visible_le)| visible_le > jour) {
            return None;
        }
        Some(Positionne {
            etudiant_id: cle.0,
            code: cle.2.clone(),
            situation_id: cle.3,
            version: case.version,
            niveau: case.niveau.clone()?,
            par: self.nom(case.par),
            vecu_le: case.vecu_le?,
            contexte: situation.map(|s| s.contexte.clone()).unwrap_or_default(),
            remarque: case.remarque.clone(),
            preuve_id: case.preuve_id,
            preuve: case.preuve_id.and_then(|id| self.preuves.get(&id).cloned()),
        })
    }

    fn nom(&self, personne: i64) -> String {
        self.noms.get(&personne).cloned().unwrap_or_default()
    }
}

/// The lines that speak of these students up to a moment, and those of the situations where they were judged.
async fn lignes(db: &mut Db, etudiants: &[i64], a: PrimitiveDateTime) -> Result<Vec<Lue>> {
    Ok(sqlx::query_file_as!(Lue, "src/passe/lignes.sql", etudiants, a).fetch_all(&mut **db).await?)
}

/// The few of them that decide: a level, an arret, a reopening.
async fn decisions(
    db: &mut Db,
    etudiants: &[i64],
    de: PrimitiveDateTime,
    a: PrimitiveDateTime,
) -> Result<Vec<Lue>> {
    Ok(sqlx::query_as!(
        Lue,
        r#"select e.seq, e.le, e.acteur_id, e.genre, e.etudiant_id, e.edition_id, e.code, e.situation_id, e.preuve_id,
                  e.vers, e.vecu_le, e.contenu, null as preuve, '' as "par!",
                  e.le < ($2::timestamp + interval '1 minute') at time zone et.fuseau as "avant!"
             from livret.evenement e
             join livret.etablissement et using (etablissement_id)
            where e.etablissement_id = livret.ici() and e.etudiant_id = any ($1)
              and e.genre in ('valider', 'retirer_validation', 'arreter_livret', 'demander_reouverture',
                              'confirmer_reouverture', 'ecarter_reouverture')
              and e.le < ($3::timestamp + interval '1 minute') at time zone et.fuseau
            order by e.seq"#,
        etudiants,
        de,
        a
    )
    .fetch_all(&mut **db)
    .await?)
}
