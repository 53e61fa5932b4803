//! Everybody of the school, with what each is: two queries.
use std::collections::BTreeMap;

use super::fonction::{Fonction, Personne};
use crate::{
    app::Db,
    compte::Administrateur,
    error::{Error, Result},
};

impl Administrateur {
    /// Everybody, in the order of French lists.
    pub async fn personnes(&self, db: &mut Db) -> Result<Vec<Personne>> {
        self.lire_personnes(db, None).await
    }

    /// Somebody of the school; anybody else does not exist.
    pub async fn personne(&self, db: &mut Db, id: i64) -> Result<Personne> {
        self.lire_personnes(db, Some(id)).await?.pop().ok_or(Error::NotFound)
    }

    async fn lire_personnes(&self, db: &mut Db, seule: Option<i64>) -> Result<Vec<Personne>> {
        let le = db.le;
        let lignes = sqlx::query!(
            r#"select f.personne_id as "personne_id!", f.genre as "genre!",
                      (extract(epoch from f.du) * 1000000)::bigint as "debut!",
                      f.du at time zone e.fuseau as "du!", f.au at time zone e.fuseau as au,
                      f.du <= $2 and (f.au is null or $2 < f.au) as "tenue!", $2 < f.du as "a_venir!"
                 from acces.fonctions_d_ici() f
                 join livret.etablissement e on e.etablissement_id = livret.ici()
                where $1::bigint is null or f.personne_id = $1
                order by f.du desc, f.genre"#,
            seule,
            le
        )
        .fetch_all(&mut **db)
        .await?;
        let mut leurs: BTreeMap<i64, Vec<Fonction>> = BTreeMap::new();
        for l in lignes {
            leurs.entry(l.personne_id).or_default().push(Fonction {
                genre: l.genre,
                debut: l.debut,
                du: l.du,
                au: l.au,
                tenue: l.tenue,
                a_venir: l.a_venir,
            });
        }
        let gens = sqlx::query!(
            r#"select p.personne_id, p.civilite, p.nom, p.prenom, c.identifiant as "identifiant?",
                      c.ferme_le at time zone e.fuseau as "ferme_le?"
                 from livret.personne p
                 join livret.etablissement e using (etablissement_id)
                 left join acces.comptes_d_ici() c on c.personne_id = p.personne_id
                where p.etablissement_id = livret.ici() and ($1::bigint is null or p.personne_id = $1)
                order by p.nom collate "fr-x-icu", p.prenom collate "fr-x-icu", p.personne_id"#,
            seule
        )
        .fetch_all(&mut **db)
        .await?;
        let personne = |l: (i64, Option<String>, String, String, Option<String>, _)| Personne {
            personne_id: l.0,
            civilite: l.1,
            nom: l.2,
            prenom: l.3,
            identifiant: l.4,
            ferme_le: l.5,
            fonctions: leurs.remove(&l.0).unwrap_or_default(),
        };
        Ok(gens
            .into_iter()
            .map(|l| (l.personne_id, l.civilite, l.nom, l.prenom, l.identifiant, l.ferme_le))
            .map(personne)
            .collect())
    }
}
