//! What a sending of levels must know before it writes: read for all its cells in one statement, under the pen.
use time::{Date, PrimitiveDateTime};
use uuid::Uuid;

use super::{Issue, Jugement, Lieu, Vu};
use crate::{app::Db, date, error::Result, journal, referentiel::Edition};

/// What a cell holds in one situation.
#[derive(Debug, Clone, Default)]
pub(super) struct Tenu {
    pub niveau: Option<String>,
    pub remarque: String,
    pub preuve_id: Option<i64>,
    pub par_id: Option<i64>,
    pub par: String,
    pub situation_id: Option<i64>,
    pub vecu_le: Option<Date>,
}

/// A line that a key wrote before.
#[derive(Debug)]
struct Ecrit {
    seq: i64,
    etudiant_id: Option<i64>,
    code: Option<String>,
    vers: Option<String>,
    situation_id: Option<i64>,
    preuve_id: Option<i64>,
    remarque: Option<String>,
}

impl Ecrit {
    /// The very judgement that is sent again.
    fn est(&self, lieu: &Lieu, j: &Jugement) -> bool {
        self.etudiant_id == Some(j.etudiant_id)
            && self.code.as_ref() == Some(&j.code)
            && self.vers == j.niveau
            && lieu.situation_id.is_none_or(|s| self.situation_id == Some(s))
            && j.preuve_id.is_none_or(|p| self.preuve_id == Some(p))
            && self.remarque.as_deref().unwrap_or_default()
                == j.remarque.as_deref().unwrap_or_default()
    }
}

/// One cell of the sending.
#[expect(clippy::struct_excessive_bools, reason = "a row, as the database says it")]
#[derive(Debug)]
pub(super) struct Etat {
    /// In the promotion today; else the day she left, if she ever was.
    present: bool,
    partie_le: Option<Date>,
    arrete_le: Option<PrimitiveDateTime>,
    /// What the same key wrote before.
    deja: Option<Ecrit>,
    /// The situation aimed at: `None` when there is none yet.
    pub(super) situation_id: Option<i64>,
    pub(super) vecue_le: Option<Date>,
    version_case: i64,
    version_cible: i64,
    /// What it holds there.
    pub(super) cible: Option<Tenu>,
    /// What is shown when all situations are together: the latest that has something.
    pub(super) montre: Option<Tenu>,
    preuve_sienne: bool,
    /// The bloc is hers to judge, in a promotion that is open.
    juge: bool,
    close: bool,
}

/// One statement for the whole sending; the answers are in its order.
pub(super) async fn lire(
    db: &mut Db,
    lieu: &Lieu,
    cible: Option<i64>,
    (acteur, jour): (i64, Date),
    jugements: &[Jugement],
) -> Result<Vec<Etat>> {
    let etudiants: Vec<i64> = jugements.iter().map(|a| a.etudiant_id).collect();
    let codes: Vec<String> = jugements.iter().map(|a| a.code.clone()).collect();
    let cles: Vec<Uuid> = jugements.iter().map(|a| a.cle).collect();
    let preuves: Vec<Option<i64>> = jugements.iter().map(|a| a.preuve_id).collect();
    let lignes = sqlx::query_file_as!(
        Lu,
        "src/positionnement/etat.sql",
        &etudiants,
        &codes,
        &cles,
        &preuves as _,
        lieu.promotion_id,
        jour,
        acteur,
        cible,
        lieu.edition_id
    )
    .fetch_all(&mut **db)
    .await?;
    Ok(lignes.into_iter().map(Etat::from).collect())
}

/// A line as it is read: `c_` what the situation aimed at holds, `d_` what is shown.
#[expect(clippy::struct_excessive_bools, reason = "a row, as the database says it")]
struct Lu {
    present: bool,
    partie_le: Option<Date>,
    arrete_le: Option<PrimitiveDateTime>,
    deja: Option<i64>,
    deja_etudiant: Option<i64>,
    deja_code: Option<String>,
    deja_vers: Option<String>,
    deja_situation: Option<i64>,
    deja_preuve: Option<i64>,
    deja_remarque: Option<String>,
    situation_id: Option<i64>,
    vecue_le: Option<Date>,
    version_cible: i64,
    c_niveau: Option<String>,
    c_remarque: Option<String>,
    c_preuve: Option<i64>,
    c_par: Option<i64>,
    c_nom: String,
    version_case: i64,
    d_niveau: Option<String>,
    d_remarque: Option<String>,
    d_preuve: Option<i64>,
    d_par: Option<i64>,
    d_nom: String,
    d_situation: Option<i64>,
    d_vecu_le: Option<Date>,
    preuve_sienne: bool,
    juge: bool,
    close: bool,
}

impl From<Lu> for Etat {
    fn from(l: Lu) -> Self {
        Self {
            present: l.present,
            partie_le: l.partie_le,
            arrete_le: l.arrete_le,
            deja: l.deja.map(|seq| Ecrit {
                seq,
                etudiant_id: l.deja_etudiant,
                code: l.deja_code,
                vers: l.deja_vers,
                situation_id: l.deja_situation,
                preuve_id: l.deja_preuve,
                remarque: l.deja_remarque,
            }),
            situation_id: l.situation_id,
            vecue_le: l.vecue_le,
            version_case: l.version_case,
            version_cible: l.version_cible,
            cible: (l.version_cible > 0).then(|| Tenu {
                niveau: l.c_niveau,
                remarque: l.c_remarque.unwrap_or_default(),
                preuve_id: l.c_preuve,
                par_id: l.c_par,
                par: l.c_nom,
                situation_id: l.situation_id,
                vecu_le: l.vecue_le,
            }),
            montre: l.d_situation.map(|situation| Tenu {
                niveau: l.d_niveau,
                remarque: l.d_remarque.unwrap_or_default(),
                preuve_id: l.d_preuve,
                par_id: l.d_par,
                par: l.d_nom,
                situation_id: Some(situation),
                vecu_le: l.d_vecu_le,
            }),
            preuve_sienne: l.preuve_sienne,
            juge: l.juge,
            close: l.close,
        }
    }
}

impl Etat {
    /// Why the cell is not written, if it is not.
    pub(super) fn refus(
        &self,
        lieu: &Lieu,
        edition: &Edition,
        jugement: &Jugement,
        moi: i64,
    ) -> Option<Issue> {
        if let Some(ecrit) = &self.deja {
            let refus = || Issue::Refuse(journal::cle_reprise().to_string());
            return Some(if ecrit.est(lieu, jugement) { Issue::Deja(ecrit.seq) } else { refus() });
        }
        if let Some(refus) = self.refus_de_la_personne(lieu, jugement) {
            return Some(Issue::Refuse(refus));
        }
        if let Some(refus) = self.refus_de_la_saisie(lieu, edition, jugement) {
            return Some(Issue::Refuse(refus.to_owned()));
        }
        let lue = if lieu.vu == Vu::Case { self.version_case } else { self.version_cible };
        if lue != jugement.version {
            return Some(Issue::Depasse);
        }
        if jugement.niveau.is_none() {
            return self.refus_d_effacer(lieu, jugement, moi);
        }
        None
    }

    fn refus_de_la_personne(&self, lieu: &Lieu, jugement: &Jugement) -> Option<String> {
        if lieu.seul.is_some_and(|seul| seul != jugement.etudiant_id) || !self.present {
            return Some(match &self.partie_le {
                Some(le) => format!(
                    "Cette personne n’est plus dans cette promotion depuis le {}. Rechargez la grille.",
                    date::longue(le)
                ),
                None => {
                    "Cette personne n’est pas dans cette promotion. Rechargez la grille.".to_owned()
                }
            });
        }
        self.arrete_le.as_ref().map(|le| {
            format!(
                "Livret arrêté le {}. Pour corriger, demandez la réouverture au coordonnateur.",
                date::longue(&le.date())
            )
        })
    }

    fn refus_de_la_saisie(
        &self,
        lieu: &Lieu,
        edition: &Edition,
        jugement: &Jugement,
    ) -> Option<&'static str> {
        let remarque = jugement.remarque.as_deref().unwrap_or_default();
        if edition.sous_competence(&jugement.code).is_none() {
            Some("Cette sous-compétence n’est pas de ce référentiel. Rechargez la grille.")
        } else if jugement.niveau.as_deref().is_some_and(|n| edition.niveau(n).is_none()) {
            Some("Ce niveau n’existe pas dans l’échelle. Choisissez-en un dans la liste.")
        } else if remarque.contains('\0') {
            Some("La remarque contient un caractère illisible. Effacez-le.")
        } else if remarque.chars().count() > 2000 {
            Some("La remarque compte 2\u{202f}000 caractères au plus. Raccourcissez-la.")
        } else if !self.preuve_sienne {
            Some("Cette preuve n’est pas de cette personne. Choisissez-en une dans la liste.")
        } else if lieu.situation_id.is_some() && self.situation_id.is_none() {
            Some("Cette situation n’est pas de cette promotion. Choisissez-en une autre.")
        } else if self.close {
            Some("Cette promotion est close\u{a0}: elle se lit, plus rien ne s’y écrit.")
        } else if !self.juge {
            Some("Ce bloc est confié à d’autres enseignants\u{a0}: vous le lisez sans le juger.")
        } else {
            None
        }
    }

    /// Nothing to cancel is no fault; the level of a colleague is not cancelled without a reason.
    fn refus_d_effacer(&self, lieu: &Lieu, jugement: &Jugement, moi: i64) -> Option<Issue> {
        let tenu = if lieu.efface_ce_qui_est_montre() { &self.montre } else { &self.cible };
        let Some(tenu) = tenu.as_ref().filter(|t| t.niveau.is_some()) else {
            if lieu.seul.is_some() && lieu.situation_id.is_some() {
                return Some(Issue::Refuse(
                    "Cette situation n’a pas de niveau à effacer. Choisissez celle du niveau."
                        .into(),
                ));
            }
            let ailleurs = self.montre.as_ref().filter(|_| lieu.situation_id.is_none());
            return Some(ailleurs.map_or(Issue::Deja(0), |t| {
                Issue::Refuse(format!(
                    "Ce niveau vient d’une autre situation{}. Pour l’effacer, choisissez-la au-dessus de la grille.",
                    t.vecu_le.as_ref().map_or(String::new(), |le| format!(", du {}", date::longue(le)))
                ))
            }));
        };
        let motive = jugement.remarque.as_deref().is_some_and(|r| !r.trim().is_empty());
        (tenu.par_id != Some(moi) && !motive).then(|| {
            Issue::Refuse(format!(
                "Ce niveau est de {}. Pour l’effacer, ouvrez la page de la case et dites pourquoi.",
                tenu.par
            ))
        })
    }
}
