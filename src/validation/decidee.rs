//! Decisions as they stand, and the history of one.
use std::collections::BTreeMap;

use time::PrimitiveDateTime;
use uuid::Uuid;

use crate::{
    app::Db,
    date,
    error::Result,
    etudiant::Etudiant,
    referentiel::Niveau,
    regle::{self, Fait, Revision},
};

/// A decision as it stands.
#[derive(Debug, Clone)]
pub struct Decidee {
    pub etudiant_id: i64,
    pub code: String,
    /// `None` once it is withdrawn.
    pub niveau: Option<String>,
    pub propose: Option<String>,
    pub motif: String,
    pub par: String,
    pub decide_le: PrimitiveDateTime,
    pub version: i64,
}

impl Decidee {
    /// What was lived since against it; nothing once it is withdrawn.
    pub fn revision(&self, echelle: &[Niveau], faits: &[&Fait]) -> Option<Revision> {
        let niveau = self.niveau.as_deref()?;
        regle::a_revoir(echelle, faits, (niveau, self.decide_le.date()))
    }

    /// « arrêté par Mme Martin le 12 mai 2027, proposé : S ; motif : … ».
    pub fn en_mots(&self) -> String {
        let le = date::longue(&self.decide_le.date());
        let propose = self.propose.as_ref().filter(|p| self.niveau.as_ref() != Some(p));
        let propose = propose.map_or(String::new(), |p| format!(", proposé\u{a0}: {p}"));
        let motif = if self.motif.is_empty() {
            String::new()
        } else {
            format!("\u{202f}; motif\u{a0}: {}", self.motif)
        };
        format!("arrêté par {} le {le}{propose}{motif}", self.par)
    }
}

/// The decisions about these students, withdrawn ones too.
pub async fn decisions(db: &mut Db, edition: Uuid, etudiants: &[i64]) -> Result<Vec<Decidee>> {
    Ok(sqlx::query_as!(
        Decidee,
        r#"select v.etudiant_id, v.code, v.niveau, v.propose, v.motif, concat_ws(' ', p.civilite, p.nom) as "par!",
                  v.decide_le at time zone e.fuseau as "decide_le!", v.version
             from livret.validation v
             join livret.etablissement e using (etablissement_id)
             join livret.personne p on p.etablissement_id = v.etablissement_id and p.personne_id = v.par
            where v.etablissement_id = livret.ici() and v.edition_id = $1 and v.etudiant_id = any ($2)"#,
        edition, etudiants
    )
    .fetch_all(&mut **db)
    .await?)
}

impl Etudiant {
    /// Every decision on one of her sous-compétences, latest first.
    pub async fn decisions_sur(&self, db: &mut Db, code: &str) -> Result<Vec<Decidee>> {
        Ok(sqlx::query_as!(
            Decidee,
            r#"select $1::bigint as "etudiant_id!", $3::text as "code!", e.vers as niveau,
                      e.contenu ->> 'propose' as propose, coalesce(e.contenu ->> 'motif', '') as "motif!",
                      concat_ws(' ', p.civilite, p.nom) as "par!", e.le at time zone et.fuseau as "decide_le!",
                      e.seq as "version!"
                 from livret.evenement e
                 join livret.etablissement et using (etablissement_id)
                 join livret.personne p on p.etablissement_id = e.etablissement_id and p.personne_id = e.acteur_id
                where e.etablissement_id = livret.ici() and e.etudiant_id = $1 and e.edition_id = $2 and e.code = $3
                  and e.genre in ('valider', 'retirer_validation')
                order by e.seq desc"#,
            self.id(), self.edition_id, code
        )
        .fetch_all(&mut **db)
        .await?)
    }
}

/// Decisions by student and sous-compétence.
pub fn par_case(decisions: Vec<Decidee>) -> BTreeMap<(i64, String), Decidee> {
    decisions.into_iter().map(|d| ((d.etudiant_id, d.code.clone()), d)).collect()
}
