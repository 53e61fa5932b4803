//! What is left of the levels of those who were forgotten: numbers, and none that is small enough to tell who.
use std::collections::BTreeMap;

use super::conservation;
use crate::{app::Db, compte::Administrateur, error::Result};

/// A sous-compétence, and how many people each level was settled for; `None`: too few to be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reste {
    pub code: String,
    pub niveaux: Vec<(String, Option<i32>)>,
}

/// A code, a level, a number.
type Ligne = (String, String, i32);

/// Codes that are about enough people; of their levels, the numbers that may be said.
fn montrer(lignes: Vec<Ligne>, min: i32) -> Vec<Reste> {
    let mut codes: BTreeMap<String, Vec<(String, i32)>> = BTreeMap::new();
    for (code, niveau, nombre) in lignes {
        codes.entry(code).or_default().push((niveau, nombre));
    }
    let assez = |niveaux: &[(String, i32)]| niveaux.iter().map(|n| n.1).sum::<i32>() >= min;
    let dit = |n: i32| (n >= min).then_some(n);
    codes
        .into_iter()
        .filter(|(_, niveaux)| assez(niveaux))
        .map(|(code, niveaux)| Reste {
            code,
            niveaux: niveaux.into_iter().map(|(niveau, n)| (niveau, dit(n))).collect(),
        })
        .collect()
}

impl Administrateur {
    /// What is left of a promotion.
    pub async fn restes(&self, db: &mut Db, promotion: i64) -> Result<Vec<Reste>> {
        let lignes = sqlx::query!(
            "select s.code, n.intitule, s.nombre from livret.statistique s
               join livret.niveau n on n.edition_id = s.edition_id and n.code = s.niveau
              where s.etablissement_id = livret.ici() and s.promotion_id = $1
              order by s.code, n.rang nulls last, n.code",
            promotion
        )
        .fetch_all(&mut **db)
        .await?;
        let lignes = lignes.into_iter().map(|l| (l.code, l.intitule, l.nombre)).collect();
        Ok(montrer(lignes, conservation::statistique_min()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_few_people_is_not_said() {
        let ligne = |code: &str, niveau: &str, n| (code.to_owned(), niveau.to_owned(), n);
        let lignes = vec![ligne("1.1.1", "S", 7), ligne("1.1.1", "TS", 4), ligne("1.1.2", "S", 4)];
        let niveaux = vec![("S".to_owned(), Some(7)), ("TS".to_owned(), None)];
        assert_eq!(montrer(lignes, 5), [Reste { code: "1.1.1".to_owned(), niveaux }]);
    }
}
