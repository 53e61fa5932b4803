//! Livrets and classes as they were at a moment: the lines of the journal up to there, replayed.
pub mod comparaison;
pub mod moment;
pub mod pages;

use std::collections::HashMap;

use time::{Date, PrimitiveDateTime};
use uuid::Uuid;

use crate::{
    app::Db,
    error::Result,
    journal::rejeu::{Case, Cle, Fait, Rejeu},
    progression::Positionne,
    referentiel::Edition,
};

pub use moment::Moment;

/// What the journal said of some students at a moment, with the names that pages show.
#[derive(Debug, Default)]
pub struct Passe {
    pub rejeu: Rejeu,
    /// Who acted, by number.
    pub noms: HashMap<i64, String>,
    /// Titles of the preuves that were cited.
    preuves: HashMap<i64, String>,
}

/// A line that is read, and whether it came before the first of two moments.
struct Lue {
    fait: Fait,
    par: String,
    preuve: Option<String>,
    avant: bool,
}

impl Passe {
    /// These students at a moment, in one query.
    pub async fn lire(db: &mut Db, etudiants: &[i64], moment: Moment) -> Result<Self> {
        let (_, passe) = Self::entre(db, etudiants, (moment, moment)).await?;
        Ok(passe)
    }

    /// The same at two moments, in one query: what stood at the first, then at the second.
    pub async fn entre(
        db: &mut Db,
        etudiants: &[i64],
        (de, a): (Moment, Moment),
    ) -> Result<(Rejeu, Self)> {
        let mut passe = Self::default();
        let mut premier = Rejeu::default();
        for lue in lignes(db, etudiants, de.le, a.le).await? {
            // Not a prefix: acts done at once may be dated a moment before the line that precedes theirs.
            if lue.avant && de != a {
                premier.suivre(&lue.fait);
            }
            if let (Some(preuve), Some(id)) = (lue.preuve, lue.fait.preuve_id) {
                passe.preuves.insert(id, preuve);
            }
            passe.noms.insert(lue.fait.acteur_id, lue.par);
            passe.rejeu.suivre(&lue.fait);
        }
        Ok((premier, passe))
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

/// What each cell shows: the level of the latest situation that has a real one, and how many have.
pub fn montres(
    rejeu: &Rejeu,
    edition: &Edition,
    etudiant: i64,
) -> HashMap<String, (String, usize)> {
    let mut derniers: HashMap<&str, (&Case, usize)> = HashMap::new();
    for (cle, case) in rejeu.cases_de(etudiant).filter(|(cle, _)| cle.1 == edition.edition_id) {
        let niveau = case.niveau.as_ref().and_then(|n| edition.niveau(n));
        if niveau.is_none_or(|n| n.rang.is_none()) {
            continue;
        }
        let (dernier, nombre) = derniers.entry(&cle.2).or_insert((case, 0));
        *nombre += 1;
        if (case.vecu_le, case.version) > (dernier.vecu_le, dernier.version) {
            *dernier = case;
        }
    }
    let montre = |(code, (case, n)): (&str, (&Case, usize))| {
        Some((code.to_owned(), (case.niveau.clone()?, n)))
    };
    derniers.into_iter().filter_map(montre).collect()
}

/// The lines that speak of these students up to a moment, and those of the situations where they were judged.
async fn lignes(
    db: &mut Db,
    etudiants: &[i64],
    de: PrimitiveDateTime,
    a: PrimitiveDateTime,
) -> Result<Vec<Lue>> {
    let lignes = sqlx::query!(
        r#"select e.seq, e.le, e.acteur_id, e.genre, e.etudiant_id, e.edition_id, e.code, e.situation_id, e.preuve_id,
                  e.vers, e.vecu_le, e.contenu, pr.titre as "preuve?",
                  concat_ws(' ', p.civilite, case when p.civilite is null then p.prenom end, p.nom) as "par!",
                  e.le < ($2::timestamp + interval '1 minute') at time zone et.fuseau as "avant!"
             from livret.evenement e
             join livret.etablissement et using (etablissement_id)
             join livret.personne p on p.etablissement_id = e.etablissement_id and p.personne_id = e.acteur_id
             left join livret.preuve pr on pr.etablissement_id = e.etablissement_id and pr.preuve_id = e.preuve_id
                                       and e.genre = 'positionner'
            where e.etablissement_id = livret.ici()
              and e.le < ($3::timestamp + interval '1 minute') at time zone et.fuseau
              and (e.etudiant_id = any ($1)
                   and e.genre in ('positionner', 'annuler', 'ouvrir_situation', 'corriger_situation', 'valider',
                                   'retirer_validation', 'arreter_livret', 'demander_reouverture',
                                   'confirmer_reouverture', 'ecarter_reouverture')
                   or e.genre in ('ouvrir_situation', 'corriger_situation')
                      and e.situation_id in (select n.situation_id from livret.positionnement n
                                              where n.etablissement_id = livret.ici() and n.etudiant_id = any ($1)))
            order by e.seq"#,
        etudiants, de, a
    )
    .fetch_all(&mut **db)
    .await?;
    Ok(lignes
        .into_iter()
        .map(|l| Lue {
            fait: Fait {
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
            },
            par: l.par,
            preuve: l.preuve,
            avant: l.avant,
        })
        .collect())
}
