//! The class grid: the students of a promotion × the sous-compétences of a bloc, in one query.
use crate::{app::Db, error::Result, promotion::Promotion};

/// One cell as the grid shows it.
#[derive(Debug, Clone, Default)]
pub struct Case {
    pub niveau: Option<String>,
    /// Line of the journal that last touched it: what a change sends back.
    pub version: i64,
    /// How many situations have a level.
    pub situations: i64,
    pub preuve: bool,
}

#[derive(Debug, Clone)]
pub struct Rang {
    pub etudiant_id: i64,
    pub nom: String,
    pub prenom: String,
    /// In the order of the codes asked for.
    pub cases: Vec<Case>,
}

impl Promotion {
    /// The grid of these sous-compétences: every student there today, a case for each code, in the order given.
    pub async fn grille(&self, db: &mut Db, codes: &[String], le: time::Date) -> Result<Vec<Rang>> {
        let lignes = sqlx::query!(
            r#"with cell as (
                    select distinct on (etudiant_id, code) etudiant_id, code, niveau,
                           max(version) over cellule as version,
                           count(niveau) over cellule as situations,
                           bool_or(preuve_id is not null) over cellule as preuve
                      from livret.positionnement
                     where etablissement_id = livret.ici() and edition_id = $2 and code = any ($3)
                    window cellule as (partition by etudiant_id, code)
                     order by etudiant_id, code, (niveau is null), vecu_le desc, positionnement.version desc)
               select i.etudiant_id, p.nom, p.prenom,
                      array_agg(c.niveau order by demande.rang) as "niveaux!: Vec<Option<String>>",
                      array_agg(coalesce(c.version, 0) order by demande.rang) as "versions!",
                      array_agg(coalesce(c.situations, 0) order by demande.rang) as "situations!",
                      array_agg(coalesce(c.preuve, false) order by demande.rang) as "preuves!"
                 from livret.inscription i
                 join livret.personne p on p.etablissement_id = i.etablissement_id and p.personne_id = i.etudiant_id
                cross join unnest($3::text[]) with ordinality as demande (code, rang)
                 left join cell c on c.etudiant_id = i.etudiant_id and c.code = demande.code
                where i.etablissement_id = livret.ici() and i.promotion_id = $1
                  and i.du <= $4 and (i.au is null or $4 <= i.au)
                group by i.etudiant_id, p.nom, p.prenom
                order by p.nom collate "fr-x-icu", p.prenom collate "fr-x-icu", i.etudiant_id"#,
            self.promotion_id, self.edition_id, codes, le
        )
        .fetch_all(&mut **db)
        .await?;
        Ok(lignes
            .into_iter()
            .map(|l| Rang {
                etudiant_id: l.etudiant_id,
                nom: l.nom,
                prenom: l.prenom,
                cases: l
                    .niveaux
                    .into_iter()
                    .zip(l.versions)
                    .zip(l.situations)
                    .zip(l.preuves)
                    .map(|(((niveau, version), situations), preuve)| Case {
                        niveau,
                        version,
                        situations,
                        preuve,
                    })
                    .collect(),
            })
            .collect())
    }
}
