//! Deciding: the level that the team settles on, beside the one that the rule proposes.
use time::PrimitiveDateTime;
use uuid::Uuid;

use super::reouverture;
use crate::{
    app::{Db, InTheNameOf},
    compte::Enseignant,
    date,
    error::Result,
    journal::{self, Acte, Plume},
    promotion::Promotion,
    referentiel::Edition,
    regle::{self, Proposition},
    signal::Signal,
};

/// Most decisions of one sending: a bloc for a large class.
pub const LOT_MAX: usize = 1000;

/// What a teacher decides of one sous-compétence of one student.
#[derive(Debug, Clone, Default)]
pub struct Voulue {
    pub etudiant_id: i64,
    pub code: String,
    /// `None` to withdraw the decision.
    pub niveau: Option<String>,
    /// Why; required where the level is not the one proposed, and to withdraw.
    pub motif: String,
    /// The version that was read before: 0 when there was no decision.
    pub version: i64,
}

/// Why one of them is not written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refus {
    pub etudiant_id: i64,
    pub code: String,
    pub message: String,
    /// Somebody decided in between.
    pub depasse: bool,
}

/// What came of a sending: all of it is written, or nothing is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Issue {
    /// So many decisions; a sending again counts as written.
    Ecrites(usize),
    Refusees(Vec<Refus>),
}

/// What is known of one decision under the pen.
struct Etat {
    present: bool,
    arrete_le: Option<PrimitiveDateTime>,
    deja_genre: Option<String>,
    deja_etudiant: Option<i64>,
    deja_code: Option<String>,
    deja_vers: Option<String>,
    deja_motif: Option<String>,
    niveau: Option<String>,
    par: Option<String>,
    decide_le: Option<PrimitiveDateTime>,
    version: i64,
}

impl Enseignant {
    /// Settles levels for students of a promotion of mine, or withdraws them: one signed line each, all or none.
    ///
    /// # Errors
    /// The database. What is wrong with a decision is in the issue.
    pub async fn decider(
        &self,
        db: &mut Db,
        (promotion, edition): (&Promotion, &Edition),
        voulues: &[Voulue],
        cle: Uuid,
    ) -> Result<Issue> {
        let mut plume = Plume::prendre(db, self).await?;
        let etats = self.etats_des_decisions(db, (promotion, edition), voulues, cle).await?;
        let mut ids: Vec<i64> = voulues.iter().map(|v| v.etudiant_id).collect();
        ids.sort_unstable();
        ids.dedup();
        let reglage = promotion.reglage(db).await?;
        let faits = regle::faits(db, edition.edition_id, &ids).await?;
        let proposees = regle::propositions(&reglage, &edition.niveaux, &faits);
        let (mut refus, mut a_ecrire) = (vec![], vec![]);
        for (v, etat) in voulues.iter().zip(&etats) {
            let proposee = proposees.get(&(v.etudiant_id, v.code.clone()));
            match etat.issue(v, edition, proposee) {
                Ok(true) => {}
                Ok(false) if !permise(promotion, edition, &v.code) => refus.push(Refus {
                    etudiant_id: v.etudiant_id,
                    code: v.code.clone(),
                    message: AUTRE_BLOC.into(),
                    depasse: false,
                }),
                Ok(false) => a_ecrire.push(acte(v, etat, edition, proposee, cle)),
                Err((message, depasse)) => refus.push(Refus {
                    etudiant_id: v.etudiant_id,
                    code: v.code.clone(),
                    message,
                    depasse,
                }),
            }
        }
        if !refus.is_empty() {
            return Ok(Issue::Refusees(refus));
        }
        self.inscrire_les_decisions(db, &mut plume, promotion, a_ecrire).await?;
        Ok(Issue::Ecrites(voulues.len()))
    }

    async fn etats_des_decisions(
        &self,
        db: &mut Db,
        (promotion, edition): (&Promotion, &Edition),
        voulues: &[Voulue],
        cle: Uuid,
    ) -> Result<Vec<Etat>> {
        let etudiants: Vec<i64> = voulues.iter().map(|v| v.etudiant_id).collect();
        let codes: Vec<String> = voulues.iter().map(|v| v.code.clone()).collect();
        let cles: Vec<Uuid> = voulues.iter().map(|v| sienne(cle, v)).collect();
        Ok(sqlx::query_as!(
            Etat,
            r#"select coalesce(i.du <= $5 and (i.au is null or $5 <= i.au), false) as "present!",
                      a.arrete_le at time zone et.fuseau as arrete_le, e.genre as "deja_genre?",
                      e.etudiant_id as "deja_etudiant?", e.code as "deja_code?", e.vers as "deja_vers?",
                      e.contenu ->> 'motif' as "deja_motif?", v.niveau as "niveau?",
                      nullif(concat_ws(' ', p.civilite, p.nom), '') as par,
                      v.decide_le at time zone et.fuseau as decide_le, coalesce(v.version, 0) as "version!"
                 from unnest($1::bigint[], $2::text[], $3::uuid[]) with ordinality q (etudiant_id, code, cle, rang)
                 join livret.etablissement et on et.etablissement_id = livret.ici()
                 left join livret.inscription i on i.etablissement_id = livret.ici() and i.promotion_id = $4
                                               and i.etudiant_id = q.etudiant_id
                 left join livret.arret a on a.etablissement_id = livret.ici() and a.etudiant_id = q.etudiant_id
                                         and a.leve_le is null
                 left join livret.evenement e on e.etablissement_id = livret.ici() and e.acteur_id = $6
                                             and e.cle = q.cle
                 left join livret.validation v on v.etablissement_id = livret.ici()
                                              and v.etudiant_id = q.etudiant_id and v.edition_id = $7
                                              and v.code = q.code
                 left join livret.personne p on p.etablissement_id = livret.ici() and p.personne_id = v.par
                order by q.rang"#,
            &etudiants, &codes, &cles, promotion.promotion_id, self.jour(), self.personne_id(), edition.edition_id
        )
        .fetch_all(&mut **db)
        .await?)
    }

    async fn inscrire_les_decisions(
        &self,
        db: &mut Db,
        plume: &mut Plume,
        promotion: &Promotion,
        actes: Vec<Acte>,
    ) -> Result<()> {
        let versions = plume.ecrire_lot(db, actes).await?;
        let message = Signal::message(self.etablissement_id(), promotion.promotion_id);
        sqlx::query!(
            r#"with projection as (
                insert into livret.validation (etablissement_id, etudiant_id, edition_id, code, niveau, propose, motif,
                       par, decide_le, version)
                select e.etablissement_id, e.etudiant_id, e.edition_id, e.code, e.vers, e.contenu ->> 'propose',
                       e.contenu ->> 'motif', e.acteur_id, e.le, e.seq
                  from livret.evenement e
                 where e.etablissement_id = livret.ici() and e.seq = any ($1)
                on conflict (etablissement_id, etudiant_id, edition_id, code) do update
                   set niveau = excluded.niveau, propose = excluded.propose, motif = excluded.motif,
                       par = excluded.par, decide_le = excluded.decide_le, version = excluded.version)
               select pg_notify('livret', $2) as "dit: String""#,
            &versions,
            message
        )
        .fetch_one(&mut **db)
        .await?;
        Ok(())
    }
}

const AUTRE_BLOC: &str = "Ce bloc est confié à d’autres enseignants, ou la promotion est close\u{a0}: la décision revient à \
    qui juge ce bloc ou coordonne la promotion.";

/// Who judges the bloc decides, and who coordinates; nobody once the promotion is closed.
fn permise(promotion: &Promotion, edition: &Edition, code: &str) -> bool {
    let le_sien = || edition.bloc_de(code).is_some_and(|b| promotion.juge(&b.code));
    !promotion.close && (promotion.coordonnee || le_sien())
}

/// The key of one decision in a sending.
fn sienne(cle: Uuid, v: &Voulue) -> Uuid {
    Uuid::new_v5(&cle, format!("{}/{}", v.etudiant_id, v.code).as_bytes())
}

fn acte(
    v: &Voulue,
    etat: &Etat,
    edition: &Edition,
    proposee: Option<&Proposition>,
    cle: Uuid,
) -> Acte {
    let propose = proposee.filter(|_| v.niveau.is_some()).map(|p| p.niveau.as_str());
    Acte {
        genre: if v.niveau.is_some() { "valider" } else { "retirer_validation" },
        cle: sienne(cle, v),
        etudiant_id: Some(v.etudiant_id),
        edition_id: Some(edition.edition_id),
        code: Some(v.code.clone()),
        de: etat.niveau.clone(),
        vers: v.niveau.clone(),
        contenu: serde_json::json!({ "propose": propose, "motif": v.motif.trim(), "geste": cle }),
        ..Acte::default()
    }
}

impl Etat {
    /// Whether it was written before by the same sending; else why it is not written, and if somebody got there first.
    fn issue(
        &self,
        v: &Voulue,
        edition: &Edition,
        proposee: Option<&Proposition>,
    ) -> Result<bool, (String, bool)> {
        if self.deja_genre.is_some() {
            let genre = if v.niveau.is_some() { "valider" } else { "retirer_validation" };
            let meme = self.deja_genre.as_deref() == Some(genre)
                && self.deja_etudiant == Some(v.etudiant_id)
                && self.deja_code.as_ref() == Some(&v.code)
                && self.deja_vers == v.niveau
                && self.deja_motif.as_deref() == Some(v.motif.trim());
            return if meme { Ok(true) } else { Err((journal::cle_reprise().to_string(), false)) };
        }
        self.refus(v, edition).map_or(Ok(()), |m| Err((m, false)))?;
        if self.version != v.version {
            return Err((self.depasse(v), true));
        }
        match raison(v, proposee) {
            Some(message) => Err((message, false)),
            None if v.niveau.is_none() && self.niveau.is_none() => {
                Err(("Il n’y a pas de niveau arrêté à retirer.".into(), false))
            }
            None => Ok(false),
        }
    }

    fn refus(&self, v: &Voulue, edition: &Edition) -> Option<String> {
        let reel = |n: &String| edition.niveau_reel(n).is_some();
        if !self.present {
            Some("Cette personne n’est plus dans cette promotion. Rechargez la page.".into())
        } else if let Some(le) = &self.arrete_le {
            Some(format!(
                "Livret arrêté le {}. Pour corriger, demandez la réouverture au coordonnateur.",
                date::longue(&le.date())
            ))
        } else if edition.sous_competence(&v.code).is_none() {
            Some("Cette sous-compétence n’est pas de ce référentiel. Rechargez la page.".into())
        } else if !v.niveau.as_ref().is_none_or(reel) {
            Some("Ce niveau n’existe pas dans l’échelle. Choisissez-en un dans la liste.".into())
        } else {
            None
        }
    }

    /// « Mme Okafor a arrêté S le 12 mai à 17:40 ; vous vouliez TS. »
    fn depasse(&self, v: &Voulue) -> String {
        let par = self.par.as_deref().unwrap_or("Quelqu’un");
        let quoi = match &self.niveau {
            Some(niveau) => format!("arrêté {niveau}"),
            None => "retiré la décision".to_owned(),
        };
        let le = self
            .decide_le
            .as_ref()
            .map_or(String::new(), |le| format!(" le {}", date::instant(le)));
        let voulu = v.niveau.as_deref().unwrap_or("retirer la décision");
        format!(
            "{par} a {quoi}{le}\u{202f}; vous vouliez {voulu}. Enregistrez de nouveau pour mettre votre choix."
        )
    }
}

/// What is missing in the motive: one is needed to say otherwise than the rule, and to take a decision back.
fn raison(v: &Voulue, proposee: Option<&Proposition>) -> Option<String> {
    let propose = proposee.map(|p| p.niveau.as_str());
    if !v.motif.trim().is_empty() {
        return reouverture::motif(&v.motif).err();
    }
    match (&v.niveau, propose) {
        (None, _) => Some("Dites pourquoi la décision est retirée.".into()),
        (Some(niveau), Some(propose)) if niveau == propose => None,
        (Some(_), Some(propose)) => {
            Some(format!("Le niveau proposé est {propose}\u{a0}: dites pourquoi l’équipe en décide autrement."))
        }
        (Some(_), None) => {
            Some("Aucun niveau n’est proposé, faute de situation\u{a0}: dites sur quoi l’équipe se fonde.".into())
        }
    }
}
