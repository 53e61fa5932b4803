//! Parts of a promotion: half classes, and teams whose members were judged together; where each sits.
pub mod pages;
pub mod plan;

use uuid::Uuid;

use crate::{
    app::Db,
    compte::Enseignant,
    error::{Error, OnConstraint, Result},
    journal::{self, Acte, Plume},
    promotion::Promotion,
};

/// A group of a promotion, open today.
#[derive(Debug, Clone)]
pub struct Groupe {
    pub groupe_id: i64,
    pub nom: String,
    /// What is said of one is offered to each.
    pub equipe: bool,
    pub membres: Vec<i64>,
    pub version: i64,
}

/// What a teacher says of a group.
#[derive(Debug, Clone)]
pub struct Composition {
    pub nom: String,
    pub equipe: bool,
    pub membres: Vec<i64>,
    pub cle: Uuid,
}

impl Promotion {
    /// The open groups of the promotion, by name.
    pub async fn groupes(&self, db: &mut Db) -> Result<Vec<Groupe>> {
        Ok(sqlx::query_as!(
            Groupe,
            r#"select g.groupe_id, g.nom, g.equipe, g.version,
                      array(select etudiant_id from livret.membre m
                             where m.etablissement_id = g.etablissement_id and m.groupe_id = g.groupe_id) as "membres!"
                 from livret.groupe g
                where g.etablissement_id = livret.ici() and g.promotion_id = $1 and g.ferme_le is null
                order by g.equipe, g.nom collate "fr-x-icu""#,
            self.promotion_id
        )
        .fetch_all(&mut **db)
        .await?)
    }

    pub async fn groupe(&self, db: &mut Db, id: i64) -> Result<Groupe> {
        self.groupes(db).await?.into_iter().find(|g| g.groupe_id == id).ok_or(Error::NotFound)
    }
}

impl Enseignant {
    /// Makes a group, or makes it again otherwise. `lu`: its number and the version that was read.
    ///
    /// # Errors
    /// In French: a name that is taken, a member who is not of the promotion, a colleague who was faster.
    pub async fn composer_groupe(
        &self,
        db: &mut Db,
        promotion: &Promotion,
        lu: Option<(i64, i64)>,
        c: &Composition,
    ) -> Result<i64> {
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, c.cle).await? {
            let groupe: Option<i64> = deja.contenu["groupe"].as_str().and_then(|g| g.parse().ok());
            let le_sien = |g: &i64| {
                lu.is_none_or(|(id, _)| id == *g)
                    && deja
                        .est("composer_groupe", &acte("composer_groupe", promotion, *g, c).contenu)
            };
            return groupe.filter(le_sien).ok_or_else(journal::cle_reprise);
        }
        let id = match lu {
            Some((id, version)) => {
                if promotion.groupe(db, id).await?.version != version {
                    return Err(depasse());
                }
                id
            }
            None => sqlx::query_scalar!(
                r#"select nextval(pg_get_serial_sequence('livret.groupe', 'groupe_id')) as "id!""#
            )
            .fetch_one(&mut **db)
            .await?,
        };
        let version = plume.ecrire(db, acte("composer_groupe", promotion, id, c)).await?;
        self.ranger_groupe(db, promotion, id, version, c).await?;
        Ok(id)
    }

    async fn ranger_groupe(
        &self,
        db: &mut Db,
        promotion: &Promotion,
        id: i64,
        version: i64,
        c: &Composition,
    ) -> Result<()> {
        sqlx::query!(
            "insert into livret.groupe (etablissement_id, groupe_id, promotion_id, nom, equipe, version)
             overriding system value values (livret.ici(), $1, $2, $3, $4, $5)
             on conflict (etablissement_id, groupe_id) do update
                set nom = excluded.nom, equipe = excluded.equipe, version = excluded.version",
            id,
            promotion.promotion_id,
            c.nom,
            c.equipe,
            version
        )
        .execute(&mut **db)
        .await
        .on_constraint(
            "un_groupe_ouvert_par_nom",
            Error::Conflict("Un groupe porte déjà ce nom. Choisissez-en un autre.".into()),
        )?;
        sqlx::query!(
            "delete from livret.membre where etablissement_id = livret.ici() and groupe_id = $1",
            id
        )
        .execute(&mut **db)
        .await?;
        let places = sqlx::query!(
            "insert into livret.membre (etablissement_id, groupe_id, etudiant_id)
             select i.etablissement_id, $1, i.etudiant_id from livret.inscription i
              where i.etablissement_id = livret.ici() and i.promotion_id = $2 and i.etudiant_id = any ($3)
                and (i.au is null or $4 <= i.au)",
            id,
            promotion.promotion_id,
            &c.membres,
            self.aujourd_hui()
        )
        .execute(&mut **db)
        .await?;
        if usize::try_from(places.rows_affected()).ok() != Some(c.membres.len()) {
            return Err(Error::Conflict(
                "Une des personnes cochées n’est plus dans cette promotion. Relisez la liste, puis enregistrez.".into(),
            ));
        }
        Ok(())
    }

    /// A group that serves no more. What was judged with it stays.
    pub async fn fermer_groupe(
        &self,
        db: &mut Db,
        promotion: &Promotion,
        (id, version): (i64, i64),
        cle: Uuid,
    ) -> Result<()> {
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.genre == "fermer_groupe"
                && deja.contenu["groupe"].as_str() == Some(&*id.to_string());
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let groupe = promotion.groupe(db, id).await?;
        if groupe.version != version {
            return Err(depasse());
        }
        let c = Composition {
            nom: groupe.nom.clone(),
            equipe: groupe.equipe,
            membres: groupe.membres.clone(),
            cle,
        };
        let version =
            plume.ecrire(db, acte("fermer_groupe", promotion, groupe.groupe_id, &c)).await?;
        let le = db.le;
        sqlx::query!(
            "update livret.groupe set ferme_le = $2, version = $3
              where etablissement_id = livret.ici() and groupe_id = $1",
            groupe.groupe_id,
            le,
            version
        )
        .execute(&mut **db)
        .await?;
        Ok(())
    }
}

fn depasse() -> Error {
    Error::Conflict(
        "Ce groupe vient d’être modifié par quelqu’un d’autre. Voici ce qu’il contient\u{a0}: relisez, puis recommencez.".into(),
    )
}

fn acte(genre: &'static str, promotion: &Promotion, id: i64, c: &Composition) -> Acte {
    let membres: Vec<String> = c.membres.iter().map(i64::to_string).collect();
    Acte {
        genre,
        cle: c.cle,
        contenu: serde_json::json!({
            "promotion": promotion.promotion_id.to_string(), "groupe": id.to_string(), "nom": c.nom,
            "equipe": c.equipe, "membres": membres,
        }),
        ..Acte::default()
    }
}
