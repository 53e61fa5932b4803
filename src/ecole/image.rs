//! The logo and the stamp of the school: received like any file, through the airlock, and kept beside the others. Each
//! stays; the last one counts.
use std::path::PathBuf;

use axum::body::Bytes;
use object_store::{ObjectStoreExt, path::Path};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    app::{App, Db, InTheNameOf},
    compte::Administrateur,
    error::{Error, Result},
    journal::{self, Acte, Plume},
    sas::{self, genre::Genre},
};

/// What one may deposit, and what each is called.
pub const GENRES: [(&str, &str); 2] = [("logo", "logo"), ("cachet", "cachet")];

/// Most bytes of an image.
pub const TAILLE_MAX: u64 = 1 << 20;

/// An image in the store, clean.
#[derive(Debug, Clone)]
pub struct Image {
    /// `png` or `jpg`.
    pub format: String,
    pub empreinte: Vec<u8>,
    pub taille: i64,
}

impl Image {
    pub fn type_mime(&self) -> &'static str {
        if self.format == "png" { "image/png" } else { "image/jpeg" }
    }

    /// Its bytes.
    pub async fn octets(&self, app: &App) -> Result<Bytes> {
        let objet = app.fichiers.get(&lieu(&self.empreinte)).await.map_err(anyhow::Error::from)?;
        Ok(objet.bytes().await.map_err(anyhow::Error::from)?)
    }
}

/// A folder of their own: the sweep of the files of preuves does not look there.
fn lieu(empreinte: &[u8]) -> Path {
    Path::from(format!("etablissement/{}", hex::encode(empreinte)))
}

/// The one that counts, to whoever is of the school.
pub async fn derniere(db: &mut Db, genre: &str) -> Result<Option<Image>> {
    let ligne = sqlx::query!(
        "select format, empreinte, taille from livret.image
          where etablissement_id = livret.ici() and genre = $1 order by version desc limit 1",
        genre
    )
    .fetch_optional(&mut **db)
    .await?;
    Ok(ligne
        .and_then(|l| Some(Image { format: l.format?, empreinte: l.empreinte?, taille: l.taille })))
}

/// Through the airlock, then to the store. What is refused is the inner error, in French.
pub async fn recevoir(app: &App, octets: Vec<u8>) -> Result<Result<Image, String>> {
    let chemin = app.depots.join(format!("image-{}", app.random.uuid()));
    let fait = nettoyer(app, chemin.clone(), octets).await;
    for reste in [sas::propre(&chemin), sas::vignette(&chemin), chemin] {
        let _ = tokio::fs::remove_file(reste).await;
    }
    let (genre, propre) = match fait? {
        Ok(vu) => vu,
        Err(refus) => return Ok(Err(refus)),
    };
    if !matches!(genre, Genre::Png | Genre::Jpg) {
        return Ok(Err("Cette image n’est ni un PNG ni un JPEG. Enregistrez-la dans l’un de ces formats, puis recommencez.".into()));
    }
    let image = Image {
        format: genre.code().to_owned(),
        empreinte: Sha256::digest(&propre).to_vec(),
        taille: i64::try_from(propre.len()).unwrap_or(i64::MAX),
    };
    let vers = lieu(&image.empreinte);
    app.fichiers.put(&vers, propre.into()).await.map_err(anyhow::Error::from)?;
    Ok(Ok(image))
}

async fn nettoyer(
    app: &App,
    chemin: PathBuf,
    octets: Vec<u8>,
) -> Result<Result<(Genre, Vec<u8>), String>> {
    tokio::fs::write(&chemin, octets).await.map_err(anyhow::Error::from)?;
    let place = app.sas.clone().acquire_owned().await.map_err(anyhow::Error::from)?;
    let programme = app.config.programme.clone();
    let vu = tokio::task::spawn_blocking(move || {
        let vu = sas::passer(&programme, &chemin);
        drop(place); // not before the process has ended
        vu.map(|vu| {
            vu.and_then(|constat| {
                let propre = if constat.refait { sas::propre(&chemin) } else { chemin };
                let octets = std::fs::read(propre).map_err(|_| sas::PLACE.to_owned())?;
                Ok((constat.genre, octets))
            })
        })
    })
    .await
    .map_err(anyhow::Error::from)?;
    Ok(vu.map_err(anyhow::Error::from)?)
}

impl Administrateur {
    /// This image counts from now on; none does when there is none.
    ///
    /// # Errors
    /// The key served another act.
    pub async fn changer_image(
        &self,
        db: &mut Db,
        genre: &str,
        image: Option<&Image>,
        cle: Uuid,
    ) -> Result<()> {
        let Some((genre, _)) = GENRES.into_iter().find(|g| g.0 == genre) else {
            return Err(Error::NotFound);
        };
        let acte = if image.is_some() { "deposer_image" } else { "retirer_image" };
        let empreinte = image.map(|i| hex::encode(&i.empreinte));
        let contenu = serde_json::json!({ "image": genre, "empreinte": empreinte });
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est(acte, &contenu);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let version =
            plume.ecrire(db, Acte { genre: acte, cle, contenu, ..Acte::default() }).await?;
        let le = db.le;
        sqlx::query!(
            "insert into livret.image (etablissement_id, genre, version, format, empreinte, taille, le, par)
             values (livret.ici(), $1, $2, $3, $4, $5, $6, $7)",
            genre,
            version,
            image.map(|i| i.format.as_str()),
            image.map(|i| i.empreinte.as_slice()),
            image.map_or(0, |i| i.taille),
            le,
            self.personne_id()
        )
        .execute(&mut **db)
        .await?;
        Ok(())
    }
}
