//! The levels of a class at two moments, read from the lines of the journal that give or cancel one and from no other:
//! what `rejeu` makes of all the lines, in less time. A test holds both to say the same of random years.
use std::collections::{BTreeMap, HashMap};

use time::{Date, PrimitiveDateTime};
use uuid::Uuid;

use crate::{app::Db, error::Result};

/// What a cell held in one situation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Niveau {
    pub situation_id: i64,
    pub niveau: String,
    /// The date of the situation, as it was known at that moment.
    pub vecu_le: Date,
    /// Line of the journal that gave it.
    pub version: i64,
}

/// By student and code; what was cancelled is not there.
pub type Niveaux = BTreeMap<(i64, String), Vec<Niveau>>;

/// A line that says something of a cell, or of the date of a situation.
struct Dite {
    situation_id: i64,
    seq: i64,
    vers: Option<String>,
    vecu_le: Option<Date>,
    /// It came before the end of the first moment.
    avant: bool,
}

/// The last line of each situation among these.
fn derniers<'a>(lignes: impl Iterator<Item = &'a Dite>) -> HashMap<i64, &'a Dite> {
    let mut derniers: HashMap<i64, &Dite> = HashMap::new();
    for l in lignes {
        let dernier = derniers.entry(l.situation_id).or_insert(l);
        if l.seq > dernier.seq {
            *dernier = l;
        }
    }
    derniers
}

/// What a cell holds after these lines: the last one of each situation, at the date that was corrected since.
fn tenus<'a>(
    lignes: impl Iterator<Item = &'a Dite>,
    corrections: &HashMap<i64, &Dite>,
) -> Vec<Niveau> {
    let tenu = |l: &Dite| {
        let corrigee = corrections.get(&l.situation_id).filter(|c| c.seq > l.seq);
        Some(Niveau {
            situation_id: l.situation_id,
            niveau: l.vers.clone()?,
            vecu_le: corrigee.map_or(l.vecu_le, |c| c.vecu_le)?,
            version: l.seq,
        })
    };
    derniers(lignes).into_values().filter_map(tenu).collect()
}

/// Of these students on an edition, each moment up to the end of its minute.
pub async fn niveaux(
    db: &mut Db,
    edition: Uuid,
    etudiants: &[i64],
    moments: (PrimitiveDateTime, PrimitiveDateTime),
) -> Result<(Niveaux, Niveaux)> {
    let cases = cases(db, edition, etudiants, moments).await?;
    let corrections = corrections(db, &cases, moments).await?;
    let alors = derniers(corrections.iter().filter(|c| c.avant));
    let ensuite = derniers(corrections.iter());
    let (mut avant, mut apres) = (Niveaux::new(), Niveaux::new());
    for (cle, lignes) in cases {
        if moments.0 != moments.1 {
            avant.insert(cle.clone(), tenus(lignes.iter().filter(|l| l.avant), &alors));
        }
        apres.insert(cle, tenus(lignes.iter(), &ensuite));
    }
    avant.retain(|_, tenus| !tenus.is_empty());
    apres.retain(|_, tenus| !tenus.is_empty());
    Ok((avant, apres))
}

type Cases = BTreeMap<(i64, String), Vec<Dite>>;

/// A row a cell: thousands of lines cost more to receive one by one than to read.
async fn cases(
    db: &mut Db,
    edition: Uuid,
    etudiants: &[i64],
    (de, a): (PrimitiveDateTime, PrimitiveDateTime),
) -> Result<Cases> {
    let rangs = sqlx::query!(
        r#"select e.etudiant_id as "etudiant_id!", e.code as "code!", array_agg(e.situation_id) as "situations!",
                  array_agg(e.seq) as "seqs!", array_agg(e.vers) as "niveaux!: Vec<Option<String>>",
                  array_agg(e.vecu_le) as "dates!: Vec<Option<Date>>",
                  array_agg(e.le < (select ($3::timestamp + interval '1 minute') at time zone fuseau
                                      from livret.etablissement where etablissement_id = livret.ici())) as "avants!"
             from livret.evenement e
            where e.etablissement_id = livret.ici() and e.etudiant_id = any ($2) and e.edition_id = $1
              and e.genre in ('positionner', 'annuler') and e.situation_id is not null
              and e.le < (select ($4::timestamp + interval '1 minute') at time zone fuseau
                            from livret.etablissement where etablissement_id = livret.ici())
            group by e.etudiant_id, e.code"#,
        edition,
        etudiants,
        de,
        a
    )
    .fetch_all(&mut **db)
    .await?;
    let mut cases = Cases::new();
    for r in rangs {
        let colonnes =
            r.situations.into_iter().zip(r.seqs).zip(r.niveaux).zip(r.dates).zip(r.avants);
        let dite = |((((situation_id, seq), vers), vecu_le), avant)| Dite {
            situation_id,
            seq,
            vers,
            vecu_le,
            avant,
        };
        cases.insert((r.etudiant_id, r.code), colonnes.map(dite).collect());
    }
    Ok(cases)
}

/// The dates of these occasions that were corrected afterwards.
async fn corrections(
    db: &mut Db,
    cases: &Cases,
    (de, a): (PrimitiveDateTime, PrimitiveDateTime),
) -> Result<Vec<Dite>> {
    let mut situations: Vec<i64> = cases.values().flatten().map(|l| l.situation_id).collect();
    situations.sort_unstable();
    situations.dedup();
    Ok(sqlx::query_as!(
        Dite,
        r#"select e.situation_id as "situation_id!", e.seq, e.vers, e.vecu_le,
                  e.le < ($2::timestamp + interval '1 minute') at time zone et.fuseau as "avant!"
             from livret.evenement e
             join livret.etablissement et using (etablissement_id)
            where e.etablissement_id = livret.ici() and e.genre = 'corriger_situation' and e.situation_id = any ($1)
              and e.le < ($3::timestamp + interval '1 minute') at time zone et.fuseau"#,
        &situations,
        de,
        a
    )
    .fetch_all(&mut **db)
    .await?)
}
