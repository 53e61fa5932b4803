//! Cohorts: who is in them, who teaches them, who examines them.
pub mod pages;

use sqlx::PgConnection;
use time::Date;
use uuid::Uuid;

use crate::{
    app::InTheNameOf,
    compte::{Direction, Enseignant, Examinateur, Gestionnaire, Jury},
    error::{Error, Result},
};

/// A cohort that somebody may see: you hold one because it is yours.
#[derive(Debug, Clone)]
pub struct Promotion {
    pub promotion_id: i64,
    pub nom: String,
    pub edition_id: Uuid,
    pub annee_examen: i32,
    /// First day of training: nothing was lived before.
    pub debut: Date,
    pub effectif: i64,
    /// Whoever holds this value coordinates it today.
    pub coordonnee: bool,
    /// The blocs that she judges in it; all of them when none is named.
    pub blocs: Option<Vec<String>>,
    /// It is read, and written no more.
    pub close: bool,
}

impl Promotion {
    /// Whoever holds this value judges that bloc in it today.
    pub fn juge(&self, bloc: &str) -> bool {
        !self.close && self.blocs.as_ref().is_none_or(|b| b.iter().any(|b| b == bloc))
    }

    /// « du bloc 1 », « des blocs 1 et 3 »: what she judges, when it is not all.
    pub fn blocs_en_mots(&self) -> Option<String> {
        let (dernier, avant) = self.blocs.as_deref()?.split_last()?;
        Some(if avant.is_empty() {
            format!("du bloc\u{a0}{dernier}")
        } else {
            format!("des blocs\u{a0}{} et\u{a0}{dernier}", avant.join(", "))
        })
    }
}

/// A teacher who coordinates this promotion today: sets its rules, decides for all of it.
#[derive(Debug, Clone)]
pub struct Coordonnateur {
    enseignant: Enseignant,
    pub promotion: Promotion,
}

impl std::ops::Deref for Coordonnateur {
    type Target = Enseignant;
    fn deref(&self) -> &Enseignant {
        &self.enseignant
    }
}

impl InTheNameOf for Coordonnateur {
    fn etablissement_id(&self) -> i64 {
        self.enseignant.etablissement_id()
    }
    fn personne_id(&self) -> i64 {
        self.enseignant.personne_id()
    }
    fn jour(&self) -> Date {
        self.enseignant.jour()
    }
    fn role(&self) -> &'static str {
        self.enseignant.role()
    }
}

impl Enseignant {
    /// The promotions that I teach today.
    pub async fn promotions(&self, db: &mut PgConnection) -> Result<Vec<Promotion>> {
        Ok(sqlx::query_as!(
            Promotion,
            r#"select promotion_id, nom, edition_id, annee_examen, debut,
                      (select count(*) from livret.inscription i
                        where i.etablissement_id = p.etablissement_id and i.promotion_id = p.promotion_id
                          and i.du <= $2 and (i.au is null or $2 <= i.au)) as "effectif!",
                      s.coordonnee as "coordonnee!", s.blocs, coalesce(p.close_du <= $2, false) as "close!"
                 from livret.promotion p
                 join (select promotion_id, bool_or(coordonne) as coordonnee,
                              case when not bool_or(blocs is null)
                                   then (select array_agg(distinct b order by b) from livret.suivi t, unnest(t.blocs) b
                                          where t.etablissement_id = livret.ici() and t.enseignant_id = $1
                                            and t.promotion_id = suivi.promotion_id
                                            and t.du <= $2 and (t.au is null or $2 <= t.au)) end as blocs
                         from livret.suivi
                        where etablissement_id = livret.ici() and enseignant_id = $1
                          and du <= $2 and (au is null or $2 <= au)
                        group by promotion_id) s using (promotion_id)
                where p.etablissement_id = livret.ici()
                order by annee_examen, nom"#,
            self.personne_id(), self.aujourd_hui()
        )
        .fetch_all(db)
        .await?)
    }

    /// One of my promotions; somebody else's does not exist.
    pub async fn promotion(&self, db: &mut PgConnection, id: i64) -> Result<Promotion> {
        self.promotions(db).await?.into_iter().find(|p| p.promotion_id == id).ok_or(Error::NotFound)
    }

    /// What I may do with a promotion that I coordinate; for anybody else it does not exist.
    pub async fn coordonnateur(&self, db: &mut PgConnection, id: i64) -> Result<Coordonnateur> {
        let promotion = self.promotion(db, id).await?;
        if !promotion.coordonnee {
            return Err(Error::NotFound);
        }
        Ok(Coordonnateur { enseignant: self.clone(), promotion })
    }
}

impl Jury {
    /// The promotions that I examine: those whose mandat runs today.
    pub async fn promotions(&self, db: &mut PgConnection) -> Result<Vec<Promotion>> {
        Ok(sqlx::query_as!(
            Promotion,
            r#"select promotion_id, nom, edition_id, annee_examen, debut,
                      (select count(*) from livret.inscription i
                        where i.etablissement_id = p.etablissement_id and i.promotion_id = p.promotion_id
                          and i.du <= $2 and (i.au is null or $2 <= i.au)) as "effectif!", false as "coordonnee!",
                      null::text[] as blocs, coalesce(p.close_du <= $2, false) as "close!"
                 from livret.promotion p join livret.mandat m using (etablissement_id, promotion_id)
                where p.etablissement_id = livret.ici() and m.jury_id = $1
                  and coalesce(m.du <= $2, true) and coalesce($2 <= m.au, true)
                order by annee_examen, nom"#,
            self.personne_id(), self.aujourd_hui()
        )
        .fetch_all(db)
        .await?)
    }

    /// One of the promotions that I examine.
    pub async fn promotion(&self, db: &mut PgConnection, id: i64) -> Result<Promotion> {
        self.promotions(db).await?.into_iter().find(|p| p.promotion_id == id).ok_or(Error::NotFound)
    }
}

impl Direction {
    /// The promotions of the school that are open: what I plan.
    pub async fn promotions(&self, db: &mut PgConnection) -> Result<Vec<Promotion>> {
        Ok(sqlx::query_as!(
            Promotion,
            r#"select promotion_id, nom, edition_id, annee_examen, debut,
                      (select count(*) from livret.inscription i
                        where i.etablissement_id = p.etablissement_id and i.promotion_id = p.promotion_id
                          and i.du <= $1 and (i.au is null or $1 <= i.au)) as "effectif!", false as "coordonnee!",
                      '{}'::text[] as blocs, false as "close!"
                 from livret.promotion p
                where p.etablissement_id = livret.ici() and (p.close_du is null or $1 < p.close_du)
                order by annee_examen, nom"#,
            self.aujourd_hui()
        )
        .fetch_all(db)
        .await?)
    }

    /// One of them.
    pub async fn promotion(&self, db: &mut PgConnection, id: i64) -> Result<Promotion> {
        self.promotions(db).await?.into_iter().find(|p| p.promotion_id == id).ok_or(Error::NotFound)
    }
}

impl Examinateur {
    /// The promotions that I teach, or examine.
    pub async fn promotions(&self, db: &mut PgConnection) -> Result<Vec<Promotion>> {
        match self {
            Self::Enseignant(enseignant) => enseignant.promotions(db).await,
            Self::Jury(jury) => jury.promotions(db).await,
        }
    }

    /// One of them.
    pub async fn promotion(&self, db: &mut PgConnection, id: i64) -> Result<Promotion> {
        match self {
            Self::Enseignant(enseignant) => enseignant.promotion(db, id).await,
            Self::Jury(jury) => jury.promotion(db, id).await,
        }
    }
}

/// A promotion whose people somebody may bring in.
#[derive(Debug, Clone)]
pub struct Geree {
    pub promotion_id: i64,
    pub nom: String,
    pub annee_examen: i32,
    /// First day of training.
    pub debut: Date,
}

impl Gestionnaire {
    /// Those of the school for an administrator, those that I coordinate today for a teacher: the same question as the
    /// database asks of every act (`livret.gere`).
    pub async fn promotions_gerees(&self, db: &mut PgConnection) -> Result<Vec<Geree>> {
        Ok(sqlx::query_as!(
            Geree,
            "select promotion_id, nom, annee_examen, debut from livret.promotion
              where etablissement_id = livret.ici() and livret.gere(promotion_id)
                and (close_du is null or livret.jour() < close_du)
              order by annee_examen, nom"
        )
        .fetch_all(db)
        .await?)
    }

    /// One of them; another's does not exist.
    pub async fn promotion_geree(&self, db: &mut PgConnection, id: i64) -> Result<Geree> {
        let toutes = self.promotions_gerees(db).await?;
        toutes.into_iter().find(|p| p.promotion_id == id).ok_or(Error::NotFound)
    }
}
