//! A school comes in: everything, verified, or nothing.
use std::{collections::BTreeMap, fs::File, io::Read, path::Path};

use anyhow::{Context, Result, bail};
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use zip::ZipArchive;

use super::{
    export::chapitre,
    manifeste::{Bilan, Entree, Manifeste, NOM, Signe},
    tables::{self, Table},
};
use crate::{app::App, journal};

/// Largest manifest, in bytes, and largest file of one entry: beyond, it is no export of ours.
const MANIFESTE_MAX: u64 = 64 << 20;
const ENTREE_MAX: u64 = 4 << 30;
const MORCEAU: usize = 1 << 20;

/// The transaction speaks in the name of that school.
pub(super) async fn parler_au_nom_de(db: &mut PgConnection, ecole: i64) -> Result<()> {
    sqlx::query("select set_config('livret.etablissement', $1, true)")
        .bind(ecole.to_string())
        .execute(db)
        .await?;
    Ok(())
}

/// As the owner of the database, the program stopped: rows, files, journal, verified from its first line to its last.
///
/// # Errors
/// In French, and nothing is written: a file that was modified, another version of the program, a school or numbers that are
/// here already, a journal that does not hold.
pub async fn importer(db: &mut PgConnection, app: &App, fichier: &Path) -> Result<Bilan> {
    let lu = File::open(fichier).with_context(|| format!("{} illisible", fichier.display()))?;
    let mut zip = ZipArchive::new(lu)
        .with_context(|| format!("{} n’est pas un export d’établissement", fichier.display()))?;
    let signe = lire_le_manifeste(&mut zip)?;
    let (manifeste, cle) = signe.lire()?;
    let mut tx = db.begin().await?;
    possible(&mut tx, &manifeste).await?;
    parler_au_nom_de(&mut tx, manifeste.etablissement_id).await?;
    let attendues: BTreeMap<&str, &Entree> =
        manifeste.entrees.iter().map(|e| (e.nom.as_str(), e)).collect();
    let mut lignes = 0;
    let tables = tables::dans_l_ordre(&mut tx).await?;
    for table in &tables {
        let nom = format!("tables/{}.csv", table.nom);
        let Some(entree) = attendues.get(nom.as_str()) else {
            bail!("l’export ne contient pas la table {}", table.nom);
        };
        lignes += verser(&mut tx, &mut zip, table, entree).await?;
        renumeroter(&mut tx, table).await?;
    }
    retenir_la_cle(&mut tx, app, &manifeste, (&signe.cle_id, &cle)).await?;
    let constat = journal::verifier(&mut tx, &app.sceau, &[]).await?;
    if !constat.fautes.is_empty() {
        bail!("le journal de cet export ne tient pas\u{a0}: {}", constat.fautes.join(" · "));
    }
    let mut fichiers = 0;
    for entree in manifeste.entrees.iter().filter(|e| e.nom.starts_with("fichiers/")) {
        deposer(app.fichiers.as_ref(), &mut zip, entree).await?;
        fichiers += 1;
    }
    tx.commit().await?;
    Ok(Bilan {
        uai: manifeste.uai,
        nom: manifeste.nom,
        lignes,
        fichiers,
        evenements: manifeste.seq,
        cle_id: signe.cle_id,
    })
}

fn lire_le_manifeste(zip: &mut ZipArchive<File>) -> Result<Signe> {
    let entree = zip
        .by_name(NOM)
        .context("ce fichier n’a pas de manifeste\u{a0}: ce n’est pas un export d’établissement")?;
    let mut texte = Vec::new();
    entree.take(MANIFESTE_MAX).read_to_end(&mut texte)?;
    serde_json::from_slice(&texte).context("manifeste illisible")
}

/// It can come in here.
async fn possible(db: &mut PgConnection, m: &Manifeste) -> Result<()> {
    let ici = chapitre(&mut *db).await?;
    if ici != m.chapitre {
        bail!(
            "cet export vient d’une autre version du programme (chapitre {}, ici {ici})\u{a0}: mettez les deux serveurs à la même version, puis exportez de nouveau",
            m.chapitre
        );
    }
    let deja: Option<String> = sqlx::query_scalar(
        "select uai from livret.etablissement where uai = $1 or etablissement_id = $2",
    )
    .bind(&m.uai)
    .bind(m.etablissement_id)
    .fetch_optional(&mut *db)
    .await?;
    match deja {
        Some(uai) if uai == m.uai => bail!("l’établissement {uai} est déjà ouvert ici"),
        Some(_) => bail!(NUMEROS_PRIS),
        None => {}
    }
    for (edition, empreinte) in &m.editions {
        let ici: Option<String> = sqlx::query_scalar(
            "select encode(empreinte, 'hex') from livret.edition where edition_id = $1",
        )
        .bind(edition)
        .fetch_optional(&mut *db)
        .await?;
        if ici.as_ref() != Some(empreinte) {
            bail!(
                "l’édition {edition} du référentiel, que cet établissement suit, n’est pas la même ici"
            );
        }
    }
    Ok(())
}

const NUMEROS_PRIS: &str = "des numéros de cet établissement sont déjà pris ici\u{a0}: ils sont dans son journal signé et ne changent pas. Importez-le sur un serveur qui n’a pas encore servi";

/// The rows of a table. Its own rules rest meanwhile: they judge what is done, not what was.
async fn verser(
    db: &mut PgConnection,
    zip: &mut ZipArchive<File>,
    table: &Table,
    entree: &Entree,
) -> Result<u64> {
    if table.gardee {
        garder(db, table, "disable").await?;
    }
    let demande = format!(
        "copy {} ({}) from stdin with (format csv, header match)",
        table.nom,
        table.liste()
    );
    let mut versement = db.copy_in_raw(&demande).await?;
    let mut lu = Verifiee::new(zip, entree)?;
    loop {
        match lu.morceau() {
            Ok(Some(morceau)) => {
                versement.send(morceau).await?;
            }
            Ok(None) => break,
            Err(e) => {
                versement.abort("entry refused").await?;
                return Err(e);
            }
        }
    }
    let lignes = versement.finish().await.map_err(|e| refus(e, &table.nom))?;
    if table.gardee {
        garder(db, table, "enable").await?;
    }
    Ok(lignes)
}

async fn garder(db: &mut PgConnection, table: &Table, quoi: &str) -> Result<()> {
    let demande = format!("alter table {} {quoi} trigger user", table.nom);
    sqlx::query(AssertSqlSafe(demande)).execute(db).await?;
    Ok(())
}

fn refus(e: sqlx::Error, table: &str) -> anyhow::Error {
    match e.as_database_error().map(sqlx::error::DatabaseError::is_unique_violation) {
        Some(true) => anyhow::anyhow!(NUMEROS_PRIS),
        _ => anyhow::Error::from(e).context(format!("table {table}")),
    }
}

/// The next number follows the greatest that came in.
async fn renumeroter(db: &mut PgConnection, table: &Table) -> Result<()> {
    let Some(colonne) = &table.numero else { return Ok(()) };
    let t = &table.nom;
    let suite: String = sqlx::query_scalar("select pg_get_serial_sequence($1, $2)")
        .bind(t)
        .bind(colonne)
        .fetch_one(&mut *db)
        .await?;
    let demande = format!(
        "select setval('{suite}', greatest((select max({colonne}) from {t}), (select last_value from {suite})))
          where exists (select from {t})"
    );
    sqlx::query(AssertSqlSafe(demande)).execute(db).await?;
    Ok(())
}

/// Whoever signed the file signed its lines: their key is kept with them.
async fn retenir_la_cle(
    db: &mut PgConnection,
    app: &App,
    m: &Manifeste,
    (cle_id, cle): (&str, &[u8; 32]),
) -> Result<()> {
    if cle_id == app.sceau.cle_id {
        return Ok(());
    }
    sqlx::query(
        "insert into livret.cle_publique (etablissement_id, cle_id, cle, jusqu_a_seq, jusqu_au) values ($1, $2, $3, $4, $5)",
    )
    .bind(m.etablissement_id)
    .bind(cle_id)
    .bind(cle.as_slice())
    .bind(m.seq)
    .bind(OffsetDateTime::parse(&m.exporte_le, &Rfc3339).context("date d’export illisible")?)
    .execute(db)
    .await?;
    Ok(())
}

async fn deposer(
    store: &dyn ObjectStore,
    zip: &mut ZipArchive<File>,
    entree: &Entree,
) -> Result<()> {
    let lieu = object_store::path::Path::parse(entree.nom.trim_start_matches("fichiers/"))
        .with_context(|| format!("nom de fichier refusé\u{a0}: {}", entree.nom))?;
    let mut lu = Verifiee::new(zip, entree)?;
    let mut morceaux = Vec::new();
    while let Some(morceau) = lu.morceau()? {
        morceaux.push(bytes_de(morceau));
    }
    store.put(&lieu, PutPayload::from_iter(morceaux)).await?;
    Ok(())
}

fn bytes_de(morceau: Vec<u8>) -> axum::body::Bytes {
    morceau.into()
}

/// An entry, read piece by piece; its length and its fingerprint are those of the manifest, or it is refused.
struct Verifiee<'a> {
    entree: &'a Entree,
    lu: zip::read::ZipFile<'a, File>,
    octets: u64,
    empreinte: Sha256,
}

impl<'a> Verifiee<'a> {
    fn new(zip: &'a mut ZipArchive<File>, entree: &'a Entree) -> Result<Self> {
        let lu = zip.by_name(&entree.nom).with_context(|| format!("{} manque", entree.nom))?;
        Ok(Self { entree, lu, octets: 0, empreinte: Sha256::new() })
    }

    fn morceau(&mut self) -> Result<Option<Vec<u8>>> {
        let mut morceau = vec![0; MORCEAU];
        let mut plein = 0;
        while plein < MORCEAU {
            match self.lu.read(&mut morceau[plein..])? {
                0 => break,
                n => plein += n,
            }
        }
        morceau.truncate(plein);
        self.octets += plein as u64;
        self.empreinte.update(&morceau);
        if plein > 0 && self.octets <= self.entree.octets.min(ENTREE_MAX) {
            return Ok(Some(morceau));
        }
        let finie = hex::encode(std::mem::take(&mut self.empreinte).finalize());
        if self.octets != self.entree.octets || finie != self.entree.sha256 {
            bail!("{} a été modifié depuis l’export", self.entree.nom);
        }
        Ok(None)
    }
}
