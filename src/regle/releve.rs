//! A whole promotion with all that was said of it, in one query: what its views are made of.
use time::Date;

use super::Fait;
use crate::{app::Db, error::Result, etudiant::Etudiant, promotion::Promotion};

/// The students of a promotion on one day, and every fact about them: also those of a former promotion.
#[derive(Debug, Clone)]
pub struct Releve {
    pub etudiants: Vec<Etudiant>,
    pub faits: Vec<Fait>,
}

impl Promotion {
    pub async fn releve(&self, db: &mut Db, le: Date) -> Result<Releve> {
        let lignes = sqlx::query!(
            r#"select i.etudiant_id, p.nom, p.prenom, coalesce(f.codes, '{}') as "codes!",
                      coalesce(f.situations, '{}') as "situations!", coalesce(f.niveaux, '{}') as "niveaux!",
                      coalesce(f.dates, '{}') as "dates!", coalesce(f.contextes, '{}') as "contextes!",
                      coalesce(f.versions, '{}') as "versions!"
                 from livret.inscription i
                 join livret.personne p on p.etablissement_id = i.etablissement_id and p.personne_id = i.etudiant_id
                 left join (select n.etudiant_id, array_agg(n.code) as codes, array_agg(n.situation_id) as situations,
                                   array_agg(n.niveau) as niveaux, array_agg(n.vecu_le) as dates,
                                   array_agg(s.contexte) as contextes, array_agg(n.version) as versions
                              from livret.positionnement n
                              join livret.situation s using (etablissement_id, situation_id)
                             where n.etablissement_id = livret.ici() and n.edition_id = $2 and n.niveau is not null
                               and n.etudiant_id in (select etudiant_id from livret.inscription
                                                      where etablissement_id = livret.ici() and promotion_id = $1)
                             group by n.etudiant_id) f using (etudiant_id)
                where i.etablissement_id = livret.ici() and i.promotion_id = $1
                  and i.du <= $3 and (i.au is null or $3 <= i.au)
                order by p.nom collate "fr-x-icu", p.prenom collate "fr-x-icu", i.etudiant_id"#,
            self.promotion_id,
            self.edition_id,
            le
        )
        .fetch_all(&mut **db)
        .await?;
        let mut etudiants = Vec::with_capacity(lignes.len());
        let mut faits = Vec::with_capacity(lignes.iter().map(|l| l.codes.len()).sum());
        for l in lignes {
            let dits = l.codes.into_iter().zip(l.situations).zip(l.niveaux).zip(l.dates);
            let dits = dits.zip(l.contextes).zip(l.versions);
            let fait = |(((((code, situation_id), niveau), vecu_le), contexte), version)| Fait {
                etudiant_id: l.etudiant_id,
                code,
                situation_id,
                niveau,
                vecu_le,
                contexte,
                version,
            };
            faits.extend(dits.map(fait));
            etudiants.push(Etudiant {
                etudiant_id: l.etudiant_id,
                promotion_id: self.promotion_id,
                edition_id: self.edition_id,
                nom: l.nom,
                prenom: l.prenom,
                promotion: self.nom.clone(),
            });
        }
        Ok(Releve { etudiants, faits })
    }
}
