//! What the team decides: the level that it settles on; a livret that is stopped, and opened again by two people.
mod arret;
mod case;
mod classe;
mod decidee;
mod decision;
mod lot;
pub mod pages;
mod reouverture;
mod vue;

use std::collections::HashMap;

use time::PrimitiveDateTime;

use crate::{app::Db, error::Result, etudiant::Etudiant};

pub use arret::Geste;
pub use decidee::{Decidee, decisions, par_case};
pub use decision::{Issue, LOT_MAX, Refus, Voulue};
pub use reouverture::Suite;
pub use vue::{Arretee, vues};

/// Longest motive.
pub const MOTIF_MAX: usize = 2000;

/// A livret that was stopped.
#[derive(Debug, Clone)]
pub struct Arret {
    pub etudiant_id: i64,
    /// Line of the journal that stopped it.
    pub version: i64,
    pub arrete_le: PrimitiveDateTime,
    pub par: String,
    pub empreinte: Option<Vec<u8>>,
    pub leve_le: Option<PrimitiveDateTime>,
}

impl Arret {
    /// « 7F3A 91C0 55E2 08AB »: the first of the 64 digits, as papers show them.
    pub fn court(&self) -> Option<String> {
        let entiere = self.entiere()?;
        let groupe = |n: usize| entiere.get(n * 4..n * 4 + 4);
        Some((0..4).filter_map(groupe).collect::<Vec<_>>().join("\u{a0}"))
    }

    /// All of it.
    pub fn entiere(&self) -> Option<String> {
        self.empreinte.as_ref().map(hex::encode_upper)
    }

    /// « arrêté le 12 mai 2027 à 17:40 · empreinte 7F3A 91C0 55E2 08AB (ligne 812 du journal) ».
    pub fn en_mots(&self) -> String {
        let le = crate::date::instant(&self.arrete_le);
        match self.court() {
            Some(court) => {
                format!("arrêté le {le} · empreinte {court} (ligne {} du journal)", self.version)
            }
            None => format!("arrêté le {le}"),
        }
    }
}

/// A reopening that was asked for.
#[derive(Debug, Clone)]
pub struct Reouverture {
    /// Line of the journal that asked.
    pub version: i64,
    pub arret: i64,
    pub motif: String,
    pub par_id: i64,
    pub par: String,
    pub demandee_le: PrimitiveDateTime,
    pub etat: String,
    pub close_par: Option<String>,
    pub close_le: Option<PrimitiveDateTime>,
}

impl Reouverture {
    pub fn attend(&self) -> bool {
        self.etat == "attente"
    }

    /// What came of it, in words.
    pub fn issue(&self) -> &'static str {
        match self.etat.as_str() {
            "confirmee" => "Réouverture confirmée",
            "ecartee" => "Demande de réouverture écartée",
            _ => "Réouverture demandée",
        }
    }
}

/// What stops these livrets today, by student.
pub async fn arrets(db: &mut Db, etudiants: &[i64]) -> Result<HashMap<i64, Arret>> {
    let tous = lire(db, etudiants, true).await?;
    Ok(tous.into_iter().map(|a| (a.etudiant_id, a)).collect())
}

async fn lire(db: &mut Db, etudiants: &[i64], seulement_ouverts: bool) -> Result<Vec<Arret>> {
    Ok(sqlx::query_as!(
        Arret,
        r#"select a.etudiant_id, a.version, a.arrete_le at time zone e.fuseau as "arrete_le!",
                  concat_ws(' ', p.civilite, p.nom) as "par!", a.empreinte,
                  a.leve_le at time zone e.fuseau as leve_le
             from livret.arret a
             join livret.etablissement e using (etablissement_id)
             join livret.personne p on p.etablissement_id = a.etablissement_id and p.personne_id = a.par
            where a.etablissement_id = livret.ici() and a.etudiant_id = any ($1)
              and (not $2 or a.leve_le is null)
            order by a.version desc"#,
        etudiants, seulement_ouverts
    )
    .fetch_all(&mut **db)
    .await?)
}

impl Etudiant {
    /// What stops this livret, if anything does.
    pub async fn arret(&self, db: &mut Db) -> Result<Option<Arret>> {
        Ok(lire(db, &[self.id()], true).await?.pop())
    }

    /// Each time that this livret was stopped, latest first.
    pub async fn arrets(&self, db: &mut Db) -> Result<Vec<Arret>> {
        lire(db, &[self.id()], false).await
    }

    /// Each time that somebody wanted it open again, latest first.
    pub async fn reouvertures(&self, db: &mut Db) -> Result<Vec<Reouverture>> {
        Ok(sqlx::query_as!(
            Reouverture,
            r#"select r.version, r.arret, r.motif, r.par as par_id, concat_ws(' ', p.civilite, p.nom) as "par!",
                      r.demandee_le at time zone e.fuseau as "demandee_le!", r.etat,
                      case when q.personne_id is not null then concat_ws(' ', q.civilite, q.nom) end as close_par,
                      r.close_le at time zone e.fuseau as close_le
                 from livret.reouverture r
                 join livret.etablissement e using (etablissement_id)
                 join livret.personne p on p.etablissement_id = r.etablissement_id and p.personne_id = r.par
                 left join livret.personne q on q.etablissement_id = r.etablissement_id and q.personne_id = r.close_par
                where r.etablissement_id = livret.ici() and r.etudiant_id = $1
                order by r.version desc"#,
            self.id()
        )
        .fetch_all(&mut **db)
        .await?)
    }
}
