//! The versions of a preuve: what was judged stays readable when more is said.
use serde::Deserialize;
use sqlx::types::Json;
use time::{Date, PrimitiveDateTime};

use super::Preuve;
use crate::{
    app::Db,
    error::{Error, Result},
};

/// A preuve as one of its acts wrote it.
#[derive(Debug, Clone)]
pub struct Version {
    pub seq: i64,
    pub le: PrimitiveDateTime,
    pub vecu_le: Option<Date>,
    pub contenu: Json<Contenu>,
    /// A level was given on this one: the name of who gave it first.
    pub jugee_par: Option<String>,
    pub jugee_le: Option<PrimitiveDateTime>,
}

/// What the journal kept of it; an act of before says less.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Contenu {
    pub titre: String,
    pub texte: String,
    pub liens: Vec<String>,
    pub codes: Vec<String>,
    pub avec: String,
    pub contexte: Option<String>,
    pub organisation: Option<String>,
    pub fichiers: Vec<String>,
}

impl Preuve {
    /// Every version, latest first.
    pub async fn versions(&self, db: &mut Db) -> Result<Vec<Version>> {
        Ok(sqlx::query_as!(
            Version,
            r#"with acte as (
                select e.seq, e.le, e.vecu_le, e.contenu, lead(e.seq) over (order by e.seq) as suivante
                  from livret.evenement e
                 where e.etablissement_id = livret.ici() and e.preuve_id = $1
                   and e.genre in ('deposer_preuve', 'completer_preuve'))
               select a.seq, a.le at time zone et.fuseau as "le!", a.vecu_le, a.contenu as "contenu!: Json<Contenu>",
                      j.par as "jugee_par?", j.le at time zone et.fuseau as "jugee_le?"
                 from acte a
                 join livret.etablissement et on et.etablissement_id = livret.ici()
                 left join lateral (
                      select concat_ws(' ', p.civilite, p.nom) as par, n.le
                        from livret.evenement n
                        join livret.personne p on p.etablissement_id = n.etablissement_id and p.personne_id = n.acteur_id
                       where n.etablissement_id = livret.ici() and n.genre = 'positionner'
                         and n.situation_id = $2 and n.etudiant_id = $3
                         and n.seq > a.seq and (a.suivante is null or n.seq < a.suivante)
                       order by n.seq limit 1) j on true
                order by a.seq desc"#,
            self.preuve_id, self.situation_id, self.etudiant_id
        )
        .fetch_all(&mut **db)
        .await?)
    }

    /// One of them.
    pub async fn a_la_version(&self, db: &mut Db, seq: i64) -> Result<Version> {
        self.versions(db).await?.into_iter().find(|v| v.seq == seq).ok_or(Error::NotFound)
    }
}
