//! The files of preuves: rows that name bytes kept once, under their SHA-256.
pub mod nom;
mod pages;

use object_store::path::Path;

use super::Preuve;
use crate::{
    app::Db,
    error::{Error, Result},
    etudiant::Etudiant,
    sas::genre::Genre,
};

pub use pages::routes;

/// A file that was received, recognised and cleaned.
#[derive(Debug, Clone)]
pub struct Fichier {
    pub fichier_id: i64,
    /// Its place in its preuve; none until a preuve takes it.
    pub rang: Option<i32>,
    pub nom: String,
    pub(super) genre: String,
    pub taille: i64,
    pub pages: Option<i32>,
    pub(super) empreinte: Vec<u8>,
    pub(super) vignette: Option<Vec<u8>>,
}

impl Fichier {
    pub fn genre(&self) -> Genre {
        Genre::lire(&self.genre).unwrap_or(Genre::Txt)
    }

    /// It has a thumbnail.
    pub fn montre(&self) -> bool {
        self.vignette.is_some()
    }

    /// Of its bytes, in hexadecimal: what the journal retains of it.
    pub fn empreinte(&self) -> String {
        hex::encode(&self.empreinte)
    }

    /// « PDF, 3 pages, 1,2 Mo ».
    pub fn description(&self) -> String {
        let pages = self.pages.map(|n| crate::date::nombre(i64::from(n), "page", "pages"));
        let poids = poids(u64::try_from(self.taille).unwrap_or_default());
        let mots = [Some(self.genre().mots().to_owned()), pages, Some(poids)];
        mots.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

/// « 800 o », « 12 Ko », « 1,2 Mo ».
pub fn poids(octets: u64) -> String {
    match octets {
        0..1024 => format!("{octets}\u{a0}o"),
        1024..1_048_576 => format!("{}\u{a0}Ko", octets.div_ceil(1024)),
        _ => {
            let dixiemes = octets * 10 / (1 << 20);
            match (dixiemes / 10, dixiemes % 10) {
                (n, 0) => format!("{n}\u{a0}Mo"),
                (n, d) => format!("{n},{d}\u{a0}Mo"),
            }
        }
    }
}

/// Where bytes are, by their SHA-256: never by a name that somebody gave.
pub fn lieu(empreinte: &[u8]) -> Path {
    let nom = hex::encode(empreinte);
    Path::from(format!("{}/{nom}", &nom[..2]))
}

/// Those of my files that no preuve has taken yet, in the order asked for.
///
/// # Errors
/// One of them is somebody else's, already taken, or gone.
pub async fn siens(db: &mut Db, ids: &[i64]) -> Result<Vec<Fichier>> {
    let trouves = parmi_les_siens(db, ids).await?;
    if trouves.len() == ids.len() { Ok(trouves) } else { Err(parti()) }
}

/// The same, without those that are not.
pub async fn parmi_les_siens(db: &mut Db, ids: &[i64]) -> Result<Vec<Fichier>> {
    Ok(sqlx::query_as!(
        Fichier,
        "select fichier_id, rang, nom, genre, taille, pages, empreinte, vignette
           from livret.fichier join unnest($1::bigint[]) with ordinality d (fichier_id, ordre) using (fichier_id)
          where etablissement_id = livret.ici() and par = livret.moi() and preuve_id is null
          order by ordre",
        ids
    )
    .fetch_all(&mut **db)
    .await?)
}

/// These files, in this order, to whoever may see them.
pub async fn par_numeros(db: &mut Db, ids: &[i64]) -> Result<Vec<Fichier>> {
    Ok(sqlx::query_as!(
        Fichier,
        "select fichier_id, rang, nom, genre, taille, pages, empreinte, vignette
           from livret.fichier join unnest($1::bigint[]) with ordinality d (fichier_id, ordre) using (fichier_id)
          where etablissement_id = livret.ici()
          order by ordre",
        ids
    )
    .fetch_all(&mut **db)
    .await?)
}

fn parti() -> Error {
    Error::Refused(
        "Un des fichiers joints n’est plus là, ou sert déjà à une autre preuve. Choisissez-le de nouveau.".into(),
    )
}

/// Gives files to a preuve, in this order after those that it has. Only mine, each to one preuve only.
///
/// # Errors
/// One of them is somebody else's, already taken, or gone.
pub async fn attacher(db: &mut Db, preuve_id: i64, ids: &[i64]) -> Result<()> {
    let faits = sqlx::query!(
        "update livret.fichier f
            set preuve_id = $1,
                rang = d.ordre + coalesce((select max(rang) from livret.fichier g
                                            where g.etablissement_id = livret.ici() and g.preuve_id = $1), 0)
           from unnest($2::bigint[]) with ordinality d (fichier_id, ordre)
          where f.etablissement_id = livret.ici() and f.fichier_id = d.fichier_id
            and f.par = livret.moi() and f.preuve_id is null",
        preuve_id,
        ids
    )
    .execute(&mut **db)
    .await?;
    if faits.rows_affected() == ids.len() as u64 { Ok(()) } else { Err(parti()) }
}

/// The files of a preuve, in their order.
pub async fn fichiers_de(db: &mut Db, preuve: &Preuve) -> Result<Vec<Fichier>> {
    Ok(sqlx::query_as!(
        Fichier,
        "select fichier_id, rang, nom, genre, taille, pages, empreinte, vignette from livret.fichier
          where etablissement_id = livret.ici() and preuve_id = $1 order by rang",
        preuve.preuve_id
    )
    .fetch_all(&mut **db)
    .await?)
}

impl Etudiant {
    /// A file of one of her preuves, to whoever may see the preuve.
    pub async fn fichier(&self, db: &mut Db, preuve_id: i64, rang: i32) -> Result<Fichier> {
        let preuve = self.preuve(db, preuve_id).await?;
        let fichiers = fichiers_de(db, &preuve).await?;
        fichiers.into_iter().find(|f| f.rang == Some(rang)).ok_or(Error::NotFound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_said_as_people_say_them() {
        for (octets, dit) in [
            (0, "0\u{a0}o"),
            (1023, "1023\u{a0}o"),
            (1025, "2\u{a0}Ko"),
            (1 << 20, "1\u{a0}Mo"),
            (1_300_000, "1,2\u{a0}Mo"),
            (500 << 20, "500\u{a0}Mo"),
        ] {
            assert_eq!(poids(octets), dit);
        }
    }
}
