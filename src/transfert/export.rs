//! A school goes: one instant of the database, then its files, in one ZIP.
use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

use anyhow::{Context, Result};
use futures_util::TryStreamExt;
use object_store::{ObjectStore, ObjectStoreExt};
use sha2::{Digest, Sha256};
use sqlx::{Connection, PgConnection};
use time::format_description::well_known::Rfc3339;
use zip::{ZipWriter, write::SimpleFileOptions};

use super::{
    manifeste::{Bilan, Entree, Manifeste, NOM, Signe, VERSION},
    tables::{self, Table},
};
use crate::app::App;

/// The archive being written, and what is in it.
struct Archive {
    zip: ZipWriter<BufWriter<File>>,
    entrees: Vec<Entree>,
}

impl Archive {
    fn commencer(&mut self, nom: &str) -> Result<()> {
        let options = SimpleFileOptions::default().large_file(true).unix_permissions(0o600);
        Ok(self.zip.start_file(nom, options)?)
    }

    fn finir(&mut self, nom: String, octets: u64, empreinte: Sha256) {
        self.entrees.push(Entree { nom, octets, sha256: hex::encode(empreinte.finalize()) });
    }
}

/// As the owner of the database, while the house goes on working: one instant is read. The file is written beside, then
/// renamed: an export cut short leaves none.
///
/// # Errors
/// No such school, a file of a preuve that is missing, a disk that is full.
pub async fn exporter(db: &mut PgConnection, app: &App, uai: &str, vers: &Path) -> Result<Bilan> {
    let mut instant = db.begin_with("begin isolation level repeatable read read only").await?;
    let (ecole, nom): (i64, String) =
        sqlx::query_as("select etablissement_id, nom from livret.etablissement where uai = $1")
            .bind(uai)
            .fetch_optional(&mut *instant)
            .await?
            .with_context(|| format!("aucun établissement {uai} ici"))?;
    super::import::parler_au_nom_de(&mut instant, ecole).await?;
    let neuf = vers.with_extension("en-cours");
    let fichier =
        File::create(&neuf).with_context(|| format!("{} impossible à écrire", neuf.display()))?;
    let mut archive = Archive { zip: ZipWriter::new(BufWriter::new(fichier)), entrees: Vec::new() };
    let mut lignes = 0;
    for table in tables::dans_l_ordre(&mut instant).await? {
        lignes += copier(&mut instant, &mut archive, &table, ecole).await?;
    }
    let lieux: Vec<String> = sqlx::query_scalar(LIEUX).bind(ecole).fetch_all(&mut *instant).await?;
    for lieu in &lieux {
        joindre(app.fichiers.as_ref(), &mut archive, lieu).await?;
    }
    let manifeste = manifeste(&mut instant, app, (ecole, uai, &nom), &archive.entrees).await?;
    instant.commit().await?;
    let signe = Signe::par(&app.sceau, &manifeste)?;
    archive.commencer(NOM)?;
    archive.zip.write_all(&serde_json::to_vec_pretty(&signe)?)?;
    let mut sortie = archive.zip.finish()?;
    sortie.flush()?;
    sortie.get_ref().sync_all()?;
    std::fs::rename(&neuf, vers)?;
    Ok(Bilan {
        uai: uai.to_owned(),
        nom,
        lignes,
        fichiers: lieux.len(),
        evenements: manifeste.seq,
        cle_id: signe.cle_id,
    })
}

/// Where the bytes of a school's files are.
const LIEUX: &str = "
    select distinct left(encode(empreinte, 'hex'), 2) || '/' || encode(empreinte, 'hex')
      from livret.fichier where etablissement_id = $1
     union
    select 'etablissement/' || encode(empreinte, 'hex') from livret.image where etablissement_id = $1 and empreinte is not null
     union
    select lieu from certification.archive where etablissement_id = $1 and not effacee
     order by 1";

/// The rows of a table, as `copy` writes them: CSV with its headings, exact for every type. The answer is how many.
async fn copier(
    db: &mut PgConnection,
    archive: &mut Archive,
    table: &Table,
    ecole: i64,
) -> Result<u64> {
    let nom = format!("tables/{}.csv", table.nom);
    archive.commencer(&nom)?;
    let (mut octets, mut empreinte) = (0, Sha256::new());
    let demande = format!(
        "copy (select {} from {} where etablissement_id = {ecole}) to stdout with (format csv, header)",
        table.liste(),
        table.nom
    );
    {
        let mut lu = db.copy_out_raw(&demande).await?;
        while let Some(morceau) = lu.try_next().await? {
            empreinte.update(&morceau);
            octets += morceau.len() as u64;
            archive.zip.write_all(&morceau)?;
        }
    }
    archive.finir(nom, octets, empreinte);
    let compte = format!("select count(*) from {} where etablissement_id = {ecole}", table.nom);
    let lignes: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(compte)).fetch_one(&mut *db).await?;
    Ok(u64::try_from(lignes)?)
}

/// The bytes of a file, piece by piece.
async fn joindre(store: &dyn ObjectStore, archive: &mut Archive, lieu: &str) -> Result<()> {
    let nom = format!("fichiers/{lieu}");
    let mut lu = store
        .get(&object_store::path::Path::from(lieu))
        .await
        .with_context(|| format!("le fichier {lieu} manque\u{a0}: l’export serait incomplet"))?
        .into_stream();
    archive.commencer(&nom)?;
    let (mut octets, mut empreinte) = (0, Sha256::new());
    while let Some(morceau) = lu.try_next().await? {
        empreinte.update(&morceau);
        octets += morceau.len() as u64;
        archive.zip.write_all(&morceau)?;
    }
    archive.finir(nom, octets, empreinte);
    Ok(())
}

async fn manifeste(
    db: &mut PgConnection,
    app: &App,
    (ecole, uai, nom): (i64, &str, &str),
    entrees: &[Entree],
) -> Result<Manifeste> {
    let seq: i64 = sqlx::query_scalar("select seq from livret.tete where etablissement_id = $1")
        .bind(ecole)
        .fetch_one(&mut *db)
        .await?;
    let editions = sqlx::query_as(
        "select edition_id, encode(empreinte, 'hex') from livret.edition
          where edition_id in (select edition_id from livret.promotion where etablissement_id = $1
                                union select edition_id from livret.evenement where etablissement_id = $1)
          order by edition_id",
    )
    .bind(ecole)
    .fetch_all(&mut *db)
    .await?;
    Ok(Manifeste {
        v: VERSION,
        uai: uai.to_owned(),
        nom: nom.to_owned(),
        etablissement_id: ecole,
        chapitre: chapitre(db).await?,
        exporte_le: app.clock.now().format(&Rfc3339)?,
        seq,
        editions,
        entrees: entrees.to_vec(),
    })
}

/// The last chapter that the database has read.
pub(super) async fn chapitre(db: &mut PgConnection) -> Result<i64> {
    let lu = sqlx::query_scalar("select max(version) from public._sqlx_migrations").fetch_one(db);
    Ok(lu.await?)
}
