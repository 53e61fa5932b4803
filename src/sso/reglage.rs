//! What an administrator sets: the portals of her school.
use uuid::Uuid;

use super::{Attributs, Genre, Portail, coffre, de_ligne};
use crate::{
    app::Db,
    compte::Administrateur,
    error::{Error, OnConstraint, Result},
    journal::{self, Acte, Plume},
};

/// A portal, as it is typed.
#[derive(Debug, Clone)]
pub(super) struct Reglage<'a> {
    pub(super) genre: Genre,
    pub(super) nom: &'a str,
    pub(super) adresse: &'a str,
    pub(super) client: &'a str,
    /// Empty: the one that is kept.
    pub(super) secret: &'a str,
    pub(super) portees: &'a str,
    pub(super) attributs: Attributs,
}

fn disparu() -> Error {
    Error::Refused("Ce portail n’existe plus. Rouvrez la page des connexions.".into())
}

impl Administrateur {
    pub(super) async fn portails(&self, db: &mut Db) -> Result<Vec<Portail>> {
        let lignes = sqlx::query!(
            r#"select portail_id, genre, nom, adresse, client, secret, portees, attributs, actif, version
                 from acces.portail where etablissement_id = livret.ici()
                order by actif desc, nom, portail_id"#
        )
        .fetch_all(&mut **db)
        .await?;
        Ok(lignes.into_iter().map(|l| de_ligne!(l)).collect())
    }

    pub(super) async fn portail(&self, db: &mut Db, id: i64) -> Result<Portail> {
        let tous = self.portails(db).await?;
        tous.into_iter().find(|f| f.portail_id == id).ok_or_else(disparu)
    }

    /// A new portal, or one that is set otherwise (`lu`: which one, and the version that was read).
    pub(super) async fn regler_portail(
        &self,
        db: &mut Db,
        lu: Option<(i64, i64)>,
        r: &Reglage<'_>,
        cle: Uuid,
    ) -> Result<()> {
        let mut plume = Plume::prendre(db, self).await?;
        // The secret is no word of the journal.
        let contenu = serde_json::json!({
            "portail": lu.map(|l| l.0.to_string()), "genre": r.genre.code(), "nom": r.nom, "adresse": r.adresse,
            "client": r.client, "portees": r.portees, "attributs": r.attributs, "secret": !r.secret.is_empty(),
        });
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est("regler_portail", &contenu);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let avant = match lu {
            Some((id, version)) => {
                let avant = self.portail(db, id).await?;
                if avant.version != version {
                    return Err(Error::Conflict(format!(
                        "Ce portail vient d’être réglé autrement\u{a0}: {}, à l’adresse {}. Vous demandiez {}, à l’adresse {}. \
                         Rouvrez la page des connexions.",
                        avant.nom, avant.adresse, r.nom, r.adresse
                    )));
                }
                Some(avant)
            }
            None => None,
        };
        let secret = if r.secret.is_empty() {
            // Bound to its address: elsewhere, it must be typed again.
            avant.and_then(|a| a.secret.filter(|_| a.adresse == r.adresse))
        } else {
            Some(coffre::fermer(&db.sceau, &db.random, r.adresse, r.secret.as_bytes())?)
        };
        let version = plume
            .ecrire(db, Acte { genre: "regler_portail", cle, contenu, ..Acte::default() })
            .await?;
        self.ecrire_portail(db, lu.map(|l| l.0), (r, secret), version).await
    }

    async fn ecrire_portail(
        &self,
        db: &mut Db,
        lequel: Option<i64>,
        (r, secret): (&Reglage<'_>, Option<Vec<u8>>),
        version: i64,
    ) -> Result<()> {
        let attributs =
            serde_json::to_value(&r.attributs).map_err(|e| Error::Internal(e.into()))?;
        let fait = match lequel {
            None => sqlx::query!(
                "insert into acces.portail (etablissement_id, genre, nom, adresse, client, secret, portees, attributs, version)
                 values (livret.ici(), $1, $2, $3, $4, $5, $6, $7, $8)",
                r.genre.code(), r.nom, r.adresse, r.client, secret, r.portees, attributs, version
            )
            .execute(&mut **db)
            .await,
            Some(id) => sqlx::query!(
                "update acces.portail
                    set genre = $2, nom = $3, adresse = $4, client = $5, secret = $6, portees = $7, attributs = $8, version = $9
                  where etablissement_id = livret.ici() and portail_id = $1",
                id, r.genre.code(), r.nom, r.adresse, r.client, secret, r.portees, attributs, version
            )
            .execute(&mut **db)
            .await,
        };
        fait.on_constraint(
            "un_portail_par_nom",
            Error::Conflict("Un portail porte déjà ce nom. Choisissez-en un autre.".into()),
        )?;
        Ok(())
    }

    /// Closes a portal, or opens it again: nobody comes in through one that is closed.
    pub(super) async fn ouvrir_portail(
        &self,
        db: &mut Db,
        (id, version): (i64, i64),
        actif: bool,
        cle: Uuid,
    ) -> Result<()> {
        let genre = if actif { "rouvrir_portail" } else { "fermer_portail" };
        let contenu = serde_json::json!({ "portail": id.to_string() });
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est(genre, &contenu);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let avant = self.portail(db, id).await?;
        if avant.actif == actif {
            return Ok(());
        }
        if avant.version != version {
            return Err(Error::Conflict(format!(
                "Ce portail vient d’être réglé autrement\u{a0}: {}, à l’adresse {}. Relisez-le avant de le {}.",
                avant.nom,
                avant.adresse,
                if actif { "rouvrir" } else { "fermer" }
            )));
        }
        let version = plume.ecrire(db, Acte { genre, cle, contenu, ..Acte::default() }).await?;
        sqlx::query!(
            "update acces.portail set actif = $2, version = $3
              where etablissement_id = livret.ici() and portail_id = $1",
            id,
            actif,
            version
        )
        .execute(&mut **db)
        .await?;
        Ok(())
    }
}
