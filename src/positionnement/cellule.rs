//! One cell, whole: what it holds, its history, what could be cited.
use time::{Date, PrimitiveDateTime};

use super::AvisTuteur;
use crate::{app::Db, error::Result, etudiant::Etudiant};

/// A line of the history of a cell.
#[derive(Debug, Clone)]
pub struct Evenement {
    pub seq: i64,
    pub le: PrimitiveDateTime,
    pub par: String,
    pub de: Option<String>,
    pub vers: Option<String>,
    pub vecu_le: Option<Date>,
    pub situation: String,
    pub contexte: String,
    pub remarque: String,
    pub preuve_id: Option<i64>,
    pub preuve: Option<String>,
}

/// What a cell shows, all situations together.
#[derive(Debug, Clone, Default)]
pub struct Courant {
    pub niveau: Option<String>,
    pub par: Option<String>,
    /// Line of the journal that last touched the cell; 0 when none has.
    pub version: i64,
}

/// A choice of a list.
#[derive(Debug, Clone)]
pub struct Choix {
    pub id: i64,
    pub titre: String,
    pub le: Date,
    /// A preuve that was recorded for this very sous-compétence.
    pub montre: bool,
}

#[derive(Debug, Clone)]
pub struct Cellule {
    pub histoire: Vec<Evenement>,
    /// What tutors said of it.
    pub avis: Vec<AvisTuteur>,
    pub situations: Vec<Choix>,
    pub preuves: Vec<Choix>,
}

impl Etudiant {
    /// What the cell holds now: the level of the latest situation that has a real one.
    pub async fn courant(&self, db: &mut Db, code: &str) -> Result<Courant> {
        let l = sqlx::query!(
            r#"select c.niveau as "niveau?", concat_ws(' ', p.civilite, p.nom) as "par!",
                      (select coalesce(max(version), 0) from livret.positionnement
                        where etablissement_id = livret.ici() and etudiant_id = $1 and edition_id = $2
                          and code = $3) as "version!"
                 from (select 1) un
                 left join lateral (
                      select n.niveau, n.par from livret.positionnement n
                        join livret.niveau v on v.edition_id = n.edition_id and v.code = n.niveau
                       where n.etablissement_id = livret.ici() and n.etudiant_id = $1 and n.edition_id = $2
                         and n.code = $3
                       order by (v.rang is null), n.vecu_le desc, n.version desc limit 1) c on true
                 left join livret.personne p on p.etablissement_id = livret.ici() and p.personne_id = c.par"#,
            self.etudiant_id, self.edition_id, code
        )
        .fetch_one(&mut **db)
        .await?;
        let par = l.niveau.is_some().then_some(l.par);
        Ok(Courant { niveau: l.niveau, par, version: l.version })
    }

    /// The history of a cell, latest first: who, when, from what to what, on what evidence.
    pub async fn histoire(&self, db: &mut Db, code: &str) -> Result<Vec<Evenement>> {
        Ok(sqlx::query_as!(
            Evenement,
            r#"select e.seq, e.le at time zone et.fuseau as "le!", concat_ws(' ', p.civilite, p.nom) as "par!", e.de,
                      e.vers, s.vecue_le as "vecu_le?", s.titre as situation, s.contexte,
                      coalesce(e.contenu ->> 'remarque', '') as "remarque!", e.preuve_id, pr.titre as "preuve?"
                 from livret.evenement e
                 join livret.etablissement et using (etablissement_id)
                 join livret.personne p on p.etablissement_id = e.etablissement_id and p.personne_id = e.acteur_id
                 join livret.situation s on s.etablissement_id = e.etablissement_id and s.situation_id = e.situation_id
                 left join livret.preuve pr on pr.etablissement_id = e.etablissement_id and pr.preuve_id = e.preuve_id
                where e.etablissement_id = livret.ici() and e.etudiant_id = $1 and e.edition_id = $2 and e.code = $3
                  and e.genre in ('positionner', 'annuler')
                order by e.seq desc"#,
            self.etudiant_id, self.edition_id, code
        )
        .fetch_all(&mut **db)
        .await?)
    }

    /// A cell as a teacher opens it.
    pub async fn cellule(&self, db: &mut Db, code: &str) -> Result<Cellule> {
        let histoire = self.histoire(db, code).await?;
        let situations = sqlx::query_as!(
            Choix,
            r#"select situation_id as id, titre, vecue_le as le, true as "montre!" from livret.situation
              where etablissement_id = livret.ici() and promotion_id = $1 and (etudiant_id is null or etudiant_id = $2)
              order by vecue_le desc, situation_id desc limit 60"#,
            self.promotion_id, self.etudiant_id
        )
        .fetch_all(&mut **db)
        .await?;
        let preuves = sqlx::query_as!(
            Choix,
            r#"select p.preuve_id as id, p.titre, s.vecue_le as le,
                      exists (select from livret.preuve_sous_competence c
                               where c.etablissement_id = p.etablissement_id and c.preuve_id = p.preuve_id
                                 and c.edition_id = $2 and c.code = $3) as "montre!"
               from livret.preuve_etudiant pe
               join livret.preuve p using (etablissement_id, preuve_id)
               join livret.situation s using (etablissement_id, situation_id)
              where pe.etablissement_id = livret.ici() and pe.etudiant_id = $1 and pe.acceptee_le is not null
              order by 4 desc, s.vecue_le desc, p.preuve_id desc limit 60"#,
            self.etudiant_id, self.edition_id, code
        )
        .fetch_all(&mut **db)
        .await?;
        let avis = self.avis_tuteur(db, code).await?;
        Ok(Cellule { histoire, avis, situations, preuves })
    }
}
