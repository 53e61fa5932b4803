//! The promotions that are open, with everybody in them, as a plan needs them.
use std::collections::BTreeMap;

use time::Date;
use uuid::Uuid;

use crate::{app::Db, compte::Administrateur, error::Result};

/// A student where she is today.
#[derive(Debug, Clone)]
pub struct Eleve {
    pub etudiant_id: i64,
    pub nom: String,
    pub du: Date,
    /// Every promotion where she ever was.
    pub connues: Vec<i64>,
}

/// An open promotion and who is in it today.
#[derive(Debug, Clone)]
pub struct Ouverte {
    pub promotion_id: i64,
    pub nom: String,
    pub annee_examen: i32,
    pub edition_id: Uuid,
    pub eleves: Vec<Eleve>,
}

impl Administrateur {
    /// Those that are open, by the year of their exam: two queries.
    pub async fn promotions_ouvertes(&self, db: &mut Db) -> Result<Vec<Ouverte>> {
        let jour = self.aujourd_hui();
        let lignes = sqlx::query!(
            r#"select i.promotion_id, i.etudiant_id, i.du, p.nom || ' ' || p.prenom as "nom!",
                      array(select a.promotion_id from livret.inscription a
                             where a.etablissement_id = i.etablissement_id and a.etudiant_id = i.etudiant_id) as "connues!"
                 from livret.inscription i
                 join livret.personne p on p.etablissement_id = i.etablissement_id and p.personne_id = i.etudiant_id
                where i.etablissement_id = livret.ici() and i.du <= $1 and (i.au is null or $1 <= i.au)
                order by p.nom collate "fr-x-icu", p.prenom collate "fr-x-icu", i.etudiant_id"#,
            jour
        )
        .fetch_all(&mut **db)
        .await?;
        let mut par: BTreeMap<i64, Vec<Eleve>> = BTreeMap::new();
        for l in lignes {
            let (etudiant_id, nom, du, connues) = (l.etudiant_id, l.nom, l.du, l.connues);
            par.entry(l.promotion_id).or_default().push(Eleve { etudiant_id, nom, du, connues });
        }
        let promotions = sqlx::query!(
            "select promotion_id, nom, annee_examen, edition_id from livret.promotion
              where etablissement_id = livret.ici() and (close_du is null or $1 < close_du)
              order by annee_examen, nom",
            jour
        )
        .fetch_all(&mut **db)
        .await?;
        Ok(promotions
            .into_iter()
            .map(|p| Ouverte {
                promotion_id: p.promotion_id,
                nom: p.nom,
                annee_examen: p.annee_examen,
                edition_id: p.edition_id,
                eleves: par.remove(&p.promotion_id).unwrap_or_default(),
            })
            .collect())
    }
}

/// Names of promotions that are closed: no other may take them.
pub async fn noms_clos(db: &mut Db, jour: Date) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar!(
        "select nom from livret.promotion where etablissement_id = livret.ici() and close_du <= $1",
        jour
    )
    .fetch_all(&mut **db)
    .await?)
}

/// Names, whoever and wherever they are now: what a summary is written with.
pub struct Noms {
    promotions: BTreeMap<i64, (String, Uuid)>,
    personnes: BTreeMap<i64, String>,
}

impl Noms {
    pub async fn lire(db: &mut Db, personnes: &[i64]) -> Result<Self> {
        let promotions = sqlx::query!(
            "select promotion_id, nom, edition_id from livret.promotion where etablissement_id = livret.ici()"
        )
        .fetch_all(&mut **db)
        .await?;
        let personnes = sqlx::query!(
            r#"select personne_id, nom || ' ' || prenom as "nom!" from livret.personne
                where etablissement_id = livret.ici() and personne_id = any ($1)"#,
            personnes
        )
        .fetch_all(&mut **db)
        .await?;
        Ok(Self {
            promotions: promotions
                .into_iter()
                .map(|p| (p.promotion_id, (p.nom, p.edition_id)))
                .collect(),
            personnes: personnes.into_iter().map(|p| (p.personne_id, p.nom)).collect(),
        })
    }

    pub fn promotion(&self, id: i64) -> &str {
        self.promotions.get(&id).map_or("promotion inconnue", |p| &p.0)
    }

    pub fn personne(&self, id: i64) -> &str {
        self.personnes.get(&id).map_or("personne inconnue", |p| p)
    }

    /// The two follow different editions of the référentiel.
    pub fn edition_differe(&self, une: i64, autre: i64) -> bool {
        let edition = |id| self.promotions.get(&id).map(|p| p.1);
        edition(une) != edition(autre)
    }
}
