//! The planning of the situations: when each candidate is due for each, and what came of it.
use std::collections::BTreeMap;

use serde_json::json;
use time::Date;
use uuid::Uuid;

use crate::{
    app::Db,
    compte::Enseignant,
    date,
    error::Result,
    journal::{Acte, Plume},
    promotion::Promotion,
};

/// What came of a situation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Etat {
    #[default]
    Du,
    Fait,
    Absent,
    Reconvoque,
}

impl Etat {
    pub const TOUS: [Self; 4] = [Self::Du, Self::Fait, Self::Absent, Self::Reconvoque];

    pub fn code(self) -> &'static str {
        match self {
            Self::Du => "du",
            Self::Fait => "fait",
            Self::Absent => "absent",
            Self::Reconvoque => "reconvoque",
        }
    }

    pub fn intitule(self) -> &'static str {
        match self {
            Self::Du => "dû",
            Self::Fait => "fait",
            Self::Absent => "absent",
            Self::Reconvoque => "reconvoqué",
        }
    }

    pub fn de(code: &str) -> Option<Self> {
        Self::TOUS.into_iter().find(|e| e.code() == code)
    }
}

/// A situation of a candidate.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Passage {
    pub etudiant_id: i64,
    pub temps: String,
    pub le: Option<Date>,
    /// « 14:30 », in the school's own time; empty while it is not known.
    pub heure: String,
    pub salle: String,
    pub etat: Etat,
    /// Line of the journal that said it last: 0 when nobody did.
    pub version: i64,
}

impl Passage {
    fn dit_autre_chose(&self, que: &Self) -> bool {
        (self.le, &self.heure, &self.salle, self.etat) != (que.le, &que.heure, &que.salle, que.etat)
    }

    /// « dû le 03/05/2027 à 14:30, salle B12 ».
    pub fn en_mots(&self) -> String {
        let mut dit = self.etat.intitule().to_owned();
        if let Some(le) = &self.le {
            dit.push_str(" le ");
            dit.push_str(&date::courte(le));
        }
        if !self.heure.is_empty() {
            dit.push_str(" à ");
            dit.push_str(&self.heure);
        }
        if !self.salle.is_empty() {
            dit.push_str(", salle ");
            dit.push_str(&self.salle);
        }
        dit
    }
}

/// Those of an épreuve, by candidate and situation: one query.
pub async fn passages(
    db: &mut Db,
    (promotion_id, epreuve): (i64, &str),
) -> Result<BTreeMap<(i64, String), Passage>> {
    let lignes = sqlx::query!(
        "select etudiant_id, temps, le, heure, salle, etat, version from certification.passage
          where etablissement_id = livret.ici() and promotion_id = $1 and epreuve = $2",
        promotion_id,
        epreuve
    )
    .fetch_all(&mut **db)
    .await?;
    let passage = |l: (i64, String, Option<Date>, String, String, String, i64)| Passage {
        etudiant_id: l.0,
        temps: l.1,
        le: l.2,
        heure: l.3,
        salle: l.4,
        etat: Etat::de(&l.5).unwrap_or_default(),
        version: l.6,
    };
    Ok(lignes
        .into_iter()
        .map(|l| passage((l.etudiant_id, l.temps, l.le, l.heure, l.salle, l.etat, l.version)))
        .map(|p| ((p.etudiant_id, p.temps.clone()), p))
        .collect())
}

impl Enseignant {
    /// Says when candidates are due and what came of it; what is so already is written no second time. All or none: the
    /// answer is those that a colleague changed since they were read.
    pub async fn fixer_passages(
        &self,
        db: &mut Db,
        (promotion, epreuve): (&Promotion, &str),
        voulus: &[Passage],
        cle: Uuid,
    ) -> Result<Vec<Passage>> {
        let mut plume = Plume::prendre(db, self).await?;
        let actuels = passages(db, (promotion.promotion_id, epreuve)).await?;
        let neuf = Passage::default();
        let actuel = |v: &Passage| actuels.get(&(v.etudiant_id, v.temps.clone())).unwrap_or(&neuf);
        let changes: Vec<&Passage> =
            voulus.iter().filter(|v| v.dit_autre_chose(actuel(v))).collect();
        let depasses: Vec<Passage> = changes
            .iter()
            .filter(|v| actuel(v).version != v.version)
            .map(|v| actuel(v).clone())
            .collect();
        if !depasses.is_empty() {
            return Ok(depasses);
        }
        let acte = |v: &&Passage| {
            let ou = format!("{}/{}", v.etudiant_id, v.temps);
            Acte {
                genre: "fixer_passage",
                cle: Uuid::new_v5(&cle, ou.as_bytes()),
                contenu: json!({
                    "promotion": promotion.promotion_id.to_string(), "etudiant": v.etudiant_id.to_string(),
                    "epreuve": epreuve, "temps": v.temps, "le": v.le.as_ref().map(date::iso), "heure": v.heure,
                    "salle": v.salle, "etat": v.etat.code(),
                }),
                ..Acte::default()
            }
        };
        let versions = plume.ecrire_lot(db, changes.iter().map(acte).collect()).await?;
        inscrire(db, (promotion.promotion_id, epreuve), &changes, &versions).await?;
        Ok(vec![])
    }
}

async fn inscrire(
    db: &mut Db,
    (promotion_id, epreuve): (i64, &str),
    changes: &[&Passage],
    versions: &[i64],
) -> Result<()> {
    let etudiants: Vec<i64> = changes.iter().map(|p| p.etudiant_id).collect();
    let temps: Vec<String> = changes.iter().map(|p| p.temps.clone()).collect();
    let dates: Vec<Option<Date>> = changes.iter().map(|p| p.le).collect();
    let heures: Vec<String> = changes.iter().map(|p| p.heure.clone()).collect();
    let salles: Vec<String> = changes.iter().map(|p| p.salle.clone()).collect();
    let etats: Vec<String> = changes.iter().map(|p| p.etat.code().to_owned()).collect();
    sqlx::query!(
        "insert into certification.passage (etablissement_id, promotion_id, epreuve, etudiant_id, temps, le, heure, salle,
                                            etat, version)
         select livret.ici(), $1, $2, p.* from unnest($3::bigint[], $4::text[], $5::date[], $6::text[], $7::text[],
                                                     $8::text[], $9::bigint[]) p
         on conflict (etablissement_id, promotion_id, etudiant_id, epreuve, temps) do update
            set le = excluded.le, heure = excluded.heure, salle = excluded.salle, etat = excluded.etat,
                version = excluded.version",
        promotion_id,
        epreuve,
        &etudiants,
        &temps,
        &dates as _,
        &heures,
        &salles,
        &etats,
        versions
    )
    .execute(&mut **db)
    .await?;
    Ok(())
}
