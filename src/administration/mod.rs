//! Bringing a school's people in: promotions, students by a pasted list, teachers. And how its mail goes.
pub mod coordination;
mod courriel;
pub mod liste;
pub mod pages;

use std::collections::HashSet;

use sqlx::PgConnection;
use time::{Date, Duration, OffsetDateTime, Time};
use uuid::Uuid;

use crate::{
    app::{App, Db, InTheNameOf},
    compte::{self, Administrateur},
    date,
    error::{Error, OnConstraint, Result},
    journal::{self, Acte, Plume},
};
use liste::Nom;

/// How long a first-use code opens an account.
const CODE_DUREE: Duration = Duration::days(30);

/// An account that was just opened: its code is shown once.
#[derive(Debug, Clone)]
pub struct Ouvert {
    pub nom: String,
    pub prenom: String,
    pub identifiant: String,
    pub code: String,
}

/// A promotion, before it is opened.
#[derive(Debug, Clone, Copy)]
pub struct Ouverture<'a> {
    pub nom: &'a str,
    pub annee: i32,
    /// First day of training.
    pub debut: Date,
    pub edition: Uuid,
}

/// A promotion as its administrator sees it.
#[derive(Debug, Clone)]
pub struct Promotion {
    pub promotion_id: i64,
    pub nom: String,
    pub annee_examen: i32,
    pub etudiants: Vec<String>,
    pub enseignants: Vec<String>,
    pub jurys: Vec<String>,
    /// It is read, and written no more.
    pub close: bool,
}

impl Administrateur {
    pub async fn promotions(
        &self,
        db: &mut PgConnection,
        seule: Option<i64>,
    ) -> Result<Vec<Promotion>> {
        Ok(sqlx::query_as!(
            Promotion,
            r#"select p.promotion_id, p.nom, p.annee_examen,
                      array(select q.nom || ' ' || q.prenom from livret.inscription i
                              join livret.personne q on (q.etablissement_id, q.personne_id) = (i.etablissement_id, i.etudiant_id)
                             where (i.etablissement_id, i.promotion_id) = (p.etablissement_id, p.promotion_id)
                               and (i.au is null or $1 <= i.au)
                             order by q.nom collate "fr-x-icu", q.prenom collate "fr-x-icu") as "etudiants!",
                      array(select concat_ws(' ', q.civilite, q.nom, q.prenom) from livret.suivi s
                              join livret.personne q on (q.etablissement_id, q.personne_id) = (s.etablissement_id, s.enseignant_id)
                             where (s.etablissement_id, s.promotion_id) = (p.etablissement_id, p.promotion_id)
                               and (s.au is null or $1 <= s.au)
                             order by q.nom collate "fr-x-icu") as "enseignants!",
                      array(select concat_ws(' ', q.civilite, q.nom, q.prenom) from livret.mandat m
                              join livret.personne q on (q.etablissement_id, q.personne_id) = (m.etablissement_id, m.jury_id)
                             where (m.etablissement_id, m.promotion_id) = (p.etablissement_id, p.promotion_id)
                             order by q.nom collate "fr-x-icu") as "jurys!", coalesce(p.close_du <= $1, false) as "close!"
                 from livret.promotion p
                where p.etablissement_id = livret.ici() and ($2::bigint is null or p.promotion_id = $2)
                order by p.annee_examen, p.nom"#,
            self.aujourd_hui(), seule
        )
        .fetch_all(db)
        .await?)
    }

    /// Opens a promotion on an edition of the référentiel.
    pub async fn ouvrir_promotion(
        &self,
        db: &mut Db,
        ouverture: &Ouverture<'_>,
        cle: Uuid,
    ) -> Result<i64> {
        let Ouverture { nom, annee, debut, edition } = *ouverture;
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let id = sqlx::query_scalar!(
                "select promotion_id from livret.promotion where etablissement_id = livret.ici() and nom = $1", nom
            )
            .fetch_optional(&mut **db)
            .await?;
            return id
                .filter(|_| deja.genre == "ouvrir_promotion")
                .ok_or_else(journal::cle_reprise);
        }
        let acte = Acte {
            genre: "ouvrir_promotion",
            cle,
            contenu: serde_json::json!({
                "nom": nom, "annee_examen": annee, "debut": date::iso(&debut), "edition": edition,
            }),
            ..Acte::default()
        };
        plume.ecrire(db, acte).await?;
        sqlx::query_scalar!(
            "insert into livret.promotion (etablissement_id, nom, edition_id, annee_examen, debut)
             values (livret.ici(), $1, $2, $3, $4) returning promotion_id",
            nom,
            edition,
            annee,
            debut
        )
        .fetch_one(&mut **db)
        .await
        .on_constraint(
            "une_promotion_par_nom",
            Error::Conflict("Une promotion porte déjà ce nom. Choisissez-en un autre.".into()),
        )
    }

    /// Students into a promotion, each with an account and its first-use code. All of them, or none.
    pub async fn inscrire(
        &self,
        app: &App,
        db: &mut Db,
        promotion: i64,
        noms: &[Nom],
        cle: Uuid,
    ) -> Result<Vec<Ouvert>> {
        let du = self.aujourd_hui();
        let ouverts = self
            .ouvrir_comptes(app, db, promotion, noms, ("etudiant", "inscrire", None, cle))
            .await?;
        let ids: Vec<i64> = ouverts.iter().map(|o| o.0).collect();
        sqlx::query!(
            "insert into livret.inscription (etablissement_id, promotion_id, etudiant_id, du)
             select livret.ici(), $1, id, $3 from unnest($2::bigint[]) id",
            promotion,
            &ids,
            du
        )
        .execute(&mut **db)
        .await?;
        Ok(ouverts.into_iter().map(|o| o.1).collect())
    }

    /// Teachers of a promotion, from today.
    pub async fn confier(
        &self,
        app: &App,
        db: &mut Db,
        promotion: i64,
        noms: &[Nom],
        cle: Uuid,
    ) -> Result<Vec<Ouvert>> {
        let du = self.aujourd_hui();
        let ouverts = self
            .ouvrir_comptes(app, db, promotion, noms, ("enseignant", "confier", None, cle))
            .await?;
        let ids: Vec<i64> = ouverts.iter().map(|o| o.0).collect();
        sqlx::query!(
            "insert into livret.suivi (etablissement_id, promotion_id, enseignant_id, du)
             select livret.ici(), $1, id, $3 from unnest($2::bigint[]) id",
            promotion,
            &ids,
            du
        )
        .execute(&mut **db)
        .await?;
        Ok(ouverts.into_iter().map(|o| o.1).collect())
    }

    /// A small section: who opens the school also teaches there and coordinates it, from today.
    pub async fn se_confier(&self, db: &mut Db, promotion: i64, cle: Uuid) -> Result<()> {
        let mut plume = Plume::prendre(db, self).await?;
        let (moi, du) = (self.personne_id(), self.aujourd_hui());
        let contenu = serde_json::json!({
            "promotion": promotion.to_string(), "enseignant": moi.to_string(), "coordonne": true,
        });
        plume.ecrire(db, Acte { genre: "confier", cle, contenu, ..Acte::default() }).await?;
        sqlx::query!(
            "insert into livret.suivi (etablissement_id, promotion_id, enseignant_id, du, coordonne)
             values (livret.ici(), $1, $2, $3, true)",
            promotion,
            moi,
            du
        )
        .execute(&mut **db)
        .await?;
        Ok(())
    }

    /// Members of the jury of a promotion, until a date.
    pub async fn mandater(
        &self,
        app: &App,
        db: &mut Db,
        promotion: i64,
        noms: &[Nom],
        fin: Date,
        cle: Uuid,
    ) -> Result<Vec<Ouvert>> {
        let dernier_jour = fin;
        let fin = Some(fin.with_time(Time::MIDNIGHT).assume_utc() + Duration::days(1));
        let ouverts =
            self.ouvrir_comptes(app, db, promotion, noms, ("jury", "mandater", fin, cle)).await?;
        let ids: Vec<i64> = ouverts.iter().map(|o| o.0).collect();
        sqlx::query!(
            "insert into livret.mandat (etablissement_id, promotion_id, jury_id, du, au)
             select livret.ici(), $1, id, livret.jour(), $3 from unnest($2::bigint[]) id",
            promotion,
            &ids,
            dernier_jour
        )
        .execute(&mut **db)
        .await?;
        Ok(ouverts.into_iter().map(|o| o.1).collect())
    }

    async fn ouvrir_comptes(
        &self,
        app: &App,
        db: &mut Db,
        promotion: i64,
        noms: &[Nom],
        quoi: (&str, &'static str, Option<OffsetDateTime>, Uuid),
    ) -> Result<Vec<(i64, Ouvert)>> {
        let (fonction, genre, fin, cle) = quoi;
        let mut plume = Plume::prendre(db, self).await?;
        if plume.deja(db, cle).await?.is_some() {
            return Err(Error::Refused(
                "Cette liste a déjà été enregistrée. Rouvrez la promotion pour la voir.".into(),
            ));
        }
        let identifiants = identifiants(db, noms).await?;
        let acte = Acte {
            genre,
            cle,
            contenu: serde_json::json!({ "promotion": promotion.to_string(), "identifiants": identifiants }),
            ..Acte::default()
        };
        plume.ecrire(db, acte).await?;
        let mut ouverts = Vec::with_capacity(noms.len());
        for (nom, identifiant) in noms.iter().zip(identifiants) {
            let id = sqlx::query_scalar!(
                "insert into livret.personne (etablissement_id, civilite, nom, prenom)
                 values (livret.ici(), $1, $2, $3) returning personne_id",
                nom.civilite,
                nom.nom,
                nom.prenom
            )
            .fetch_one(&mut **db)
            .await?;
            let (code, empreinte) = compte::code_neuf(app);
            let le = db.le;
            sqlx::query!(
                "select acces.ouvrir_compte($1, $2, $3, $4, $5, $6, $7)",
                id,
                identifiant,
                fonction,
                le,
                fin,
                empreinte.as_slice(),
                le + CODE_DUREE
            )
            .execute(&mut **db)
            .await?;
            ouverts.push((
                id,
                Ouvert { nom: nom.nom.clone(), prenom: nom.prenom.clone(), identifiant, code },
            ));
        }
        Ok(ouverts)
    }
}

/// « zoe.etienne », then « zoe.etienne2 » when it is taken, anywhere.
pub async fn identifiants(db: &mut Db, noms: &[Nom]) -> Result<Vec<String>> {
    let bases: Vec<String> = noms.iter().map(Nom::identifiant).collect();
    let mut pris: HashSet<String> =
        sqlx::query_scalar!(r#"select acces.identifiants_pris($1) as "i!""#, &bases)
            .fetch_all(&mut **db)
            .await?
            .into_iter()
            .collect();
    Ok(bases
        .into_iter()
        .map(|base| {
            let mut libre = base.clone();
            let mut n = 2;
            while !pris.insert(libre.clone()) {
                libre = format!("{base}{n}");
                n += 1;
            }
            libre
        })
        .collect())
}
