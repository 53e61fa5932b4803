//! Functions as dated facts: given, dated, ended. Nobody writes her own, and one administrator stays.
use time::{Date, OffsetDateTime, PrimitiveDateTime};
use uuid::Uuid;

use crate::{
    app::{Db, InTheNameOf},
    compte::Administrateur,
    date,
    error::{Error, Result},
    journal::{self, Acte, Plume},
};

/// What one may be, as pages say it.
pub const GENRES: [(&str, &str); 6] = [
    ("enseignant", "enseignant"),
    ("etudiant", "étudiant"),
    ("jury", "membre du jury"),
    ("direction", "direction"),
    ("ddfpt", "DDFPT"),
    ("administrateur", "administrateur"),
];

/// The words of a function.
pub fn mot(genre: &str) -> &str {
    GENRES.iter().find(|g| g.0 == genre).map_or(genre, |g| g.1)
}

/// A person is that, from, to.
#[derive(Debug, Clone)]
pub struct Fonction {
    pub genre: String,
    /// Microseconds since 1970: which line it is.
    pub debut: i64,
    /// Where the school is.
    pub du: PrimitiveDateTime,
    /// The instant from which she is it no more.
    pub au: Option<PrimitiveDateTime>,
    pub tenue: bool,
    pub a_venir: bool,
}

impl Fonction {
    /// « enseignant depuis le 01/09/2025 », « membre du jury du 01/05/2027 au 30/06/2027 ».
    pub fn en_mots(&self) -> String {
        let du = date::courte(&self.du.date());
        match self.dernier_jour() {
            None => format!("{} depuis le {du}", mot(&self.genre)),
            Some(au) => format!("{} du {du} au {}", mot(&self.genre), date::courte(&au)),
        }
    }

    /// The last day on which she is it.
    pub fn dernier_jour(&self) -> Option<Date> {
        let au = self.au?;
        let minuit = au.time() == time::Time::MIDNIGHT;
        Some(if minuit && au > self.du { au.date() - time::Duration::days(1) } else { au.date() })
    }

    pub fn mot(&self) -> &str {
        mot(&self.genre)
    }

    /// As the form of its end was read.
    pub fn lue(&self) -> String {
        self.au.as_ref().map_or_else(String::new, |au| date::iso(&au.date()))
    }

    fn instant(&self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.debut) * 1000)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }
}

/// Somebody of the school, with what she is, was and will be, and her account.
#[derive(Debug, Clone)]
pub struct Personne {
    pub personne_id: i64,
    pub civilite: Option<String>,
    pub nom: String,
    pub prenom: String,
    pub identifiant: Option<String>,
    pub ferme_le: Option<PrimitiveDateTime>,
    pub fonctions: Vec<Fonction>,
}

impl Personne {
    /// « Mme MARTIN Hélène ».
    pub fn liste(&self) -> String {
        let civilite = self.civilite.as_ref().map_or_else(String::new, |c| format!("{c}\u{a0}"));
        format!("{civilite}{} {}", self.nom, self.prenom)
    }
}

/// A function to give: what, from which day, until which day.
#[derive(Debug, Clone, Copy)]
pub struct Donnee<'a> {
    pub genre: &'a str,
    pub du: Date,
    pub au: Option<Date>,
}

/// When a function ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fin {
    Maintenant,
    /// The last day of it.
    Le(Date),
    /// Until further notice.
    Jamais,
}

pub const SOI: &str =
    "On ne change pas ses propres droits\u{a0}: demandez à une autre personne qui administre.";
const DERNIER: &str = "Il ne resterait personne pour administrer l’établissement. Donnez d’abord cette fonction à une autre \
    personne, sans date de fin.";

impl Administrateur {
    /// Makes somebody that, from a day to another.
    ///
    /// # Errors
    /// It is oneself, or she is it already in that time.
    pub async fn donner_fonction(
        &self,
        db: &mut Db,
        qui: i64,
        voulue: Donnee<'_>,
        cle: Uuid,
    ) -> Result<()> {
        let contenu = serde_json::json!({
            "personne": qui.to_string(), "fonction": voulue.genre, "du": date::iso(&voulue.du),
            "au": voulue.au.as_ref().map(date::iso),
        });
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est("donner_fonction", &contenu);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        if qui == self.personne_id() {
            return Err(Error::Refused(SOI.into()));
        }
        let elle = self.personne(db, qui).await?;
        let chevauche = |f: &&Fonction| {
            f.genre == voulue.genre
                && f.dernier_jour().is_none_or(|au| voulue.du <= au)
                && voulue.au.is_none_or(|au| f.du.date() <= au)
                && f.au.is_none_or(|au| au > f.du)
        };
        if let Some(f) = elle.fonctions.iter().find(chevauche) {
            return Err(Error::Conflict(format!(
                "Cette personne est déjà {}. Changez la fin de cette fonction, ou choisissez d’autres dates.",
                f.en_mots()
            )));
        }
        let acte = Acte { genre: "donner_fonction", cle, contenu, ..Acte::default() };
        plume.ecrire(db, acte).await?;
        sqlx::query!(
            "select acces.donner_fonction($1, $2, livret.minuit($3), livret.minuit($4::date + 1))",
            qui,
            voulue.genre,
            voulue.du,
            voulue.au
        )
        .fetch_one(&mut **db)
        .await?;
        Ok(())
    }

    /// Says when a function of somebody ends. `lue`: what was shown of its end.
    ///
    /// # Errors
    /// It is oneself, it was dated otherwise in between, or nobody would administer any more.
    pub async fn finir_fonction(
        &self,
        db: &mut Db,
        (qui, genre, debut): (i64, &str, i64),
        (fin, lue): (Fin, &str),
        cle: Uuid,
    ) -> Result<()> {
        let le = match fin {
            Fin::Maintenant => serde_json::json!("maintenant"),
            Fin::Le(jour) => serde_json::json!(date::iso(&jour)),
            Fin::Jamais => serde_json::Value::Null,
        };
        let contenu = serde_json::json!({
            "personne": qui.to_string(), "fonction": genre, "debut": debut.to_string(), "fin": le,
        });
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est("finir_fonction", &contenu);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        if qui == self.personne_id() {
            return Err(Error::Refused(SOI.into()));
        }
        let elle = self.personne(db, qui).await?;
        let la = |f: &&Fonction| f.genre == genre && f.debut == debut;
        let fonction = elle.fonctions.iter().find(la).ok_or_else(|| {
            Error::Refused("Cette fonction n’existe pas. Rouvrez la page, puis recommencez.".into())
        })?;
        if fonction.lue() != lue {
            return Err(Error::Conflict(format!(
                "Quelqu’un a changé cette fonction entre-temps\u{a0}: {}. Enregistrez de nouveau pour mettre votre choix.",
                fonction.en_mots()
            )));
        }
        let instant = self.instant_de_fin(db, fin).await?;
        if let (Some(fin), "administrateur") = (instant, genre)
            && self.administrateurs(db, fin, qui).await? == 0
        {
            return Err(Error::Refused(DERNIER.into()));
        }
        let acte = Acte { genre: "finir_fonction", cle, contenu, ..Acte::default() };
        plume.ecrire(db, acte).await?;
        let debut = fonction.instant();
        sqlx::query!("select acces.finir_fonction($1, $2, $3, $4)", qui, genre, debut, instant)
            .fetch_one(&mut **db)
            .await?;
        Ok(())
    }

    /// Closes an account, or opens it again: what its person is does not change.
    ///
    /// # Errors
    /// It is one's own, it is so already, or nobody would administer any more.
    pub async fn dater_compte(&self, db: &mut Db, qui: i64, ouvrir: bool, cle: Uuid) -> Result<()> {
        let genre = if ouvrir { "rouvrir_compte" } else { "fermer_compte" };
        let contenu = serde_json::json!({ "personne": qui.to_string() });
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est(genre, &contenu);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        if qui == self.personne_id() {
            return Err(Error::Refused(SOI.into()));
        }
        let elle = self.personne(db, qui).await?;
        if elle.ferme_le.is_none() == ouvrir {
            return Err(Error::Conflict(match &elle.ferme_le {
                Some(le) => format!("Ce compte est fermé depuis le {}.", date::instant(le)),
                None => "Ce compte est déjà ouvert.".into(),
            }));
        }
        let le = db.le;
        let administre = elle.fonctions.iter().any(|f| f.tenue && f.genre == "administrateur");
        if !ouvrir && administre && self.administrateurs(db, le, qui).await? == 0 {
            return Err(Error::Refused(DERNIER.into()));
        }
        plume.ecrire(db, Acte { genre, cle, contenu, ..Acte::default() }).await?;
        sqlx::query!("select acces.dater_compte($1, $2)", qui, (!ouvrir).then_some(le))
            .fetch_one(&mut **db)
            .await?;
        Ok(())
    }

    /// Corrects a name. `lu`: the one that was shown.
    ///
    /// # Errors
    /// Somebody corrected it in between.
    pub async fn renommer(
        &self,
        db: &mut Db,
        qui: i64,
        (lu, voulu): (&str, (Option<&str>, &str, &str)),
        cle: Uuid,
    ) -> Result<()> {
        let (civilite, nom, prenom) = voulu;
        let contenu = serde_json::json!({
            "personne": qui.to_string(), "civilite": civilite, "nom": nom, "prenom": prenom,
        });
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est("renommer", &contenu);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let elle = self.personne(db, qui).await?;
        if elle.liste() != lu {
            return Err(Error::Conflict(format!(
                "Quelqu’un a corrigé ce nom entre-temps\u{a0}: {}\u{202f}; vous vouliez {nom} {prenom}. Enregistrez de nouveau \
                 pour mettre le vôtre.",
                elle.liste()
            )));
        }
        plume.ecrire(db, Acte { genre: "renommer", cle, contenu, ..Acte::default() }).await?;
        sqlx::query!(
            "update livret.personne set civilite = $2, nom = $3, prenom = $4
              where etablissement_id = livret.ici() and personne_id = $1",
            qui,
            civilite,
            nom,
            prenom
        )
        .execute(&mut **db)
        .await?;
        Ok(())
    }

    async fn instant_de_fin(&self, db: &mut Db, fin: Fin) -> Result<Option<OffsetDateTime>> {
        match fin {
            Fin::Maintenant => Ok(Some(db.le)),
            Fin::Jamais => Ok(None),
            Fin::Le(jour) => Ok(sqlx::query_scalar!("select livret.minuit($1::date + 1)", jour)
                .fetch_one(&mut **db)
                .await?),
        }
    }

    /// How many others administer the school at that instant.
    async fn administrateurs(&self, db: &mut Db, le: OffsetDateTime, sans: i64) -> Result<i64> {
        Ok(sqlx::query_scalar!(r#"select acces.administrateurs_apres($1, $2) as "n!""#, le, sans)
            .fetch_one(&mut **db)
            .await?)
    }
}
