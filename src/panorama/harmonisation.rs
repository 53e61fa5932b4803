//! How the levels of a promotion are distributed by teacher, without naming anybody.
use sha2::{Digest, Sha256};

use super::reels;
use crate::{
    app::{Db, InTheNameOf},
    compte::Enseignant,
    error::Result,
    promotion::Promotion,
    referentiel::Edition,
};

/// Fewer teachers than this, and a line without a name would still be somebody's.
pub const ANONYMAT: usize = 3;

/// What one teacher gave: how many of each level, lowest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repartition {
    /// « Vous », « Enseignant A ».
    pub qui: String,
    pub moi: bool,
    pub nombres: Vec<usize>,
}

impl Repartition {
    pub fn total(&self) -> usize {
        self.nombres.iter().sum()
    }

    /// Share of the i-th level in the line, in whole percent.
    pub fn part(&self, i: impl std::borrow::Borrow<usize>) -> usize {
        let nombre = self.nombres.get(*i.borrow()).copied().unwrap_or_default();
        (100 * nombre + self.total() / 2).checked_div(self.total()).unwrap_or_default()
    }
}

pub struct Harmonisation {
    /// Mine first, then the others in an order that says nothing.
    pub lignes: Vec<Repartition>,
    /// All together; not told when there are too few to hide in.
    pub ensemble: Option<Repartition>,
    pub enseignants: usize,
}

impl Enseignant {
    /// One query: real levels given in situations of this promotion to students who are in it today.
    pub async fn harmonisation(
        &self,
        db: &mut Db,
        promotion: &Promotion,
        edition: &Edition,
    ) -> Result<Harmonisation> {
        let comptes = sqlx::query!(
            r#"select n.par, n.niveau as "niveau!", count(*) as "nombre!"
                 from livret.positionnement n
                 join livret.situation s using (etablissement_id, situation_id)
                where n.etablissement_id = livret.ici() and s.promotion_id = $1 and n.edition_id = $2
                  and n.niveau is not null
                  and n.etudiant_id in (select etudiant_id from livret.inscription
                                         where etablissement_id = livret.ici() and promotion_id = $1
                                           and du <= $3 and (au is null or $3 <= au))
                group by n.par, n.niveau"#,
            promotion.promotion_id,
            edition.edition_id,
            self.aujourd_hui()
        )
        .fetch_all(&mut **db)
        .await?;
        let comptes =
            comptes.into_iter().map(|c| (c.par, c.niveau, usize::try_from(c.nombre).unwrap_or(0)));
        // Drawn anew for each reader and promotion: neither names, nor numbers, nor counts give the order.
        let sel = db.sceau.derive(&format!(
            "harmonisation/{}/{}",
            promotion.promotion_id,
            self.personne_id()
        ));
        Ok(repartir(edition, comptes, self.personne_id(), &sel))
    }
}

/// Pure: counts by teacher and level, laid out for one reader.
pub fn repartir(
    edition: &Edition,
    comptes: impl IntoIterator<Item = (i64, String, usize)>,
    moi: i64,
    sel: &[u8],
) -> Harmonisation {
    let reels = reels(edition);
    let mut par: std::collections::BTreeMap<i64, Vec<usize>> = std::collections::BTreeMap::new();
    for (qui, niveau, nombre) in comptes {
        if let Some(place) = reels.iter().position(|n| n.code == niveau) {
            par.entry(qui).or_insert_with(|| vec![0; reels.len()])[place] += nombre;
        }
    }
    let enseignants = par.len();
    let mut ensemble = vec![0; reels.len()];
    for nombres in par.values() {
        ensemble.iter_mut().zip(nombres).for_each(|(t, n)| *t += n);
    }
    let miens = par.remove(&moi);
    let mut autres: Vec<(Vec<u8>, Vec<usize>)> = par
        .into_iter()
        .map(|(qui, nombres)| {
            let rang = Sha256::new().chain_update(sel).chain_update(qui.to_be_bytes()).finalize();
            (rang.to_vec(), nombres)
        })
        .collect();
    autres.sort();
    let cache = enseignants < ANONYMAT;
    let mut lignes: Vec<Repartition> = miens
        .into_iter()
        .map(|nombres| Repartition { qui: "Vous".to_owned(), moi: true, nombres })
        .collect();
    if !cache {
        let autre = |(i, (_, nombres)): (usize, (Vec<u8>, Vec<usize>))| Repartition {
            qui: format!("Enseignant {}", lettre(i)),
            moi: false,
            nombres,
        };
        lignes.extend(autres.into_iter().enumerate().map(autre));
    }
    let ensemble = Repartition { qui: "Ensemble".to_owned(), moi: false, nombres: ensemble };
    Harmonisation { lignes, ensemble: (!cache).then_some(ensemble), enseignants }
}

/// A, B, … Z, then numbers.
fn lettre(i: usize) -> String {
    match u8::try_from(i).ok().filter(|i| *i < 26) {
        Some(i) => char::from(b'A' + i).to_string(),
        None => (i + 1).to_string(),
    }
}
