//! A ZIP with its manifest: written to a file that has no name, so that nothing is left of it whatever happens.
pub mod nom;

use std::{
    collections::BTreeSet,
    fs::File,
    io::{Read, Seek, SeekFrom, Write},
    sync::Arc,
};

use anyhow::{Context, Result};
use futures_util::TryStreamExt;
use object_store::{ObjectStoreExt, buffered::BufWriter, path::Path};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::tableur::{Case, Colonne, Feuille, csv};
use crate::{app::App, preuve::fichier::lieu};

/// How many files may want the same name.
const NOMS_MAX: usize = 10_000;
/// What S3 takes as a part at least.
const TAMPON: usize = 5 << 20;

/// A line of the manifest.
struct Ligne {
    chemin: String,
    origine: String,
    taille: u64,
    empreinte: String,
    par: String,
    le: String,
}

/// What a file inside is, beside its bytes.
pub struct Entree<'a> {
    /// With its folders, in plain letters.
    pub chemin: &'a str,
    /// As it was called.
    pub nom: &'a str,
    pub par: &'a str,
    pub le: &'a str,
}

/// A ZIP that is being written.
pub struct Paquet {
    zip: ZipWriter<File>,
    pris: BTreeSet<String>,
    lignes: Vec<Ligne>,
    /// Named somewhere, and not in the store any more.
    absents: Vec<String>,
}

/// A ZIP that is written: its size and its SHA-256.
pub struct Fait {
    fichier: File,
    pub taille: u64,
    pub empreinte: Vec<u8>,
}

impl Paquet {
    /// Beside the store, in the folder of files that come in; its name is taken away at once.
    pub fn new(app: &App) -> Result<Self> {
        std::fs::create_dir_all(&app.depots)?;
        let chemin = app.depots.join(format!("{}.paquet", app.random.uuid()));
        let fichier = File::options().read(true).write(true).create_new(true).open(&chemin)?;
        std::fs::remove_file(&chemin)?;
        Ok(Self {
            zip: ZipWriter::new(fichier),
            pris: BTreeSet::new(),
            lignes: vec![],
            absents: vec![],
        })
    }

    /// Begins a file; what is compressed already is kept as it is.
    fn ouvrir(&mut self, chemin: &str) -> Result<String> {
        let (base, extension) = chemin.rsplit_once('.').unwrap_or((chemin, ""));
        let nomme =
            |n: usize| if n < 2 { chemin.to_owned() } else { format!("{base}-{n}.{extension}") };
        let libre = (1..=NOMS_MAX).map(nomme).find(|c| !self.pris.contains(&c.to_lowercase()));
        let libre = libre.context("a name is free")?;
        self.pris.insert(libre.to_lowercase());
        let serre = matches!(extension, "csv" | "json" | "txt");
        let methode = if serre { CompressionMethod::Deflated } else { CompressionMethod::Stored };
        let options = SimpleFileOptions::default().compression_method(methode);
        self.zip.start_file(libre.as_str(), options)?;
        Ok(libre)
    }

    fn noter(&mut self, chemin: String, entree: &Entree, taille: u64, somme: Sha256) {
        self.lignes.push(Ligne {
            chemin,
            origine: entree.nom.to_owned(),
            taille,
            empreinte: hex::encode(somme.finalize()),
            par: entree.par.to_owned(),
            le: entree.le.to_owned(),
        });
    }

    /// Bytes that we made.
    pub fn ajouter(&mut self, entree: &Entree, octets: &[u8]) -> Result<()> {
        let chemin = self.ouvrir(entree.chemin)?;
        self.zip.write_all(octets)?;
        self.noter(chemin, entree, octets.len() as u64, Sha256::new_with_prefix(octets));
        Ok(())
    }

    /// A file of the store, piece by piece; the answer is whether it is still there.
    pub async fn copier(
        &mut self,
        app: &App,
        entree: &Entree<'_>,
        empreinte: &[u8],
    ) -> Result<bool> {
        let objet = match app.fichiers.get(&lieu(empreinte)).await {
            Ok(objet) => objet,
            Err(object_store::Error::NotFound { .. }) => return Ok(false),
            Err(e) => return Err(e.into()),
        };
        let chemin = self.ouvrir(entree.chemin)?;
        let (mut morceaux, mut somme, mut taille) = (objet.into_stream(), Sha256::new(), 0);
        while let Some(morceau) = morceaux.try_next().await? {
            self.zip.write_all(&morceau)?;
            somme.update(&morceau);
            taille += morceau.len() as u64;
        }
        self.noter(chemin, entree, taille, somme);
        Ok(true)
    }

    /// Says that a file is missing.
    pub fn absent(&mut self, quoi: String) {
        self.absents.push(quoi);
    }

    /// Writes the manifest, twice, and ends.
    pub fn finir(mut self, quoi: &Value) -> Result<Fait> {
        let colonnes = ["Fichier", "Nom d’origine", "Taille (octets)", "SHA-256", "Auteur", "Date"];
        let rang = |l: &Ligne| {
            let taille = Case::texte(l.taille.to_string());
            let textes = [&l.empreinte, &l.par, &l.le].map(Case::texte);
            [vec![Case::texte(&l.chemin), Case::texte(&l.origine), taille], textes.to_vec()]
                .concat()
        };
        let feuille = Feuille {
            nom: "Manifeste",
            colonnes: colonnes.map(|c| Colonne { nom: c.to_owned(), largeur: 30 }).to_vec(),
            lignes: self.lignes.iter().map(rang).collect(),
            figees: 0,
        };
        let fichier = |l: &Ligne| {
            json!({ "fichier": l.chemin, "nom": l.origine, "taille": l.taille, "sha256": l.empreinte, "auteur": l.par,
                    "date": l.le })
        };
        let fichiers: Vec<Value> = self.lignes.iter().map(fichier).collect();
        let manifeste = json!({ "genre": "livret/manifeste/1", "quoi": quoi, "fichiers": fichiers,
                               "absents": self.absents });
        self.ouvrir("manifeste.csv")?;
        self.zip.write_all(&csv::ecrire(&feuille)?)?;
        self.ouvrir("manifeste.json")?;
        self.zip.write_all(&serde_json::to_vec_pretty(&manifeste)?)?;
        Fait::peser(self.zip.finish()?)
    }
}

impl Fait {
    fn peser(mut fichier: File) -> Result<Self> {
        fichier.seek(SeekFrom::Start(0))?;
        let (mut somme, mut taille, mut tampon) = (Sha256::new(), 0, vec![0; 64 << 10]);
        loop {
            let n = fichier.read(&mut tampon)?;
            if n == 0 {
                fichier.seek(SeekFrom::Start(0))?;
                return Ok(Self { fichier, taille, empreinte: somme.finalize().to_vec() });
            }
            somme.update(&tampon[..n]);
            taille += n as u64;
        }
    }

    /// To be read once, from its beginning.
    pub fn fichier(self) -> File {
        self.fichier
    }

    /// Brings it to the store, under this name.
    pub async fn porter(self, app: &App, vers: &Path) -> Result<()> {
        let mut lu = tokio::fs::File::from_std(self.fichier);
        let mut ecrit = BufWriter::with_capacity(Arc::clone(&app.fichiers), vers.clone(), TAMPON)
            .with_max_concurrency(1);
        let fait = async {
            tokio::io::copy(&mut lu, &mut ecrit).await?;
            ecrit.shutdown().await
        }
        .await;
        if fait.is_err() {
            let _ = ecrit.abort().await;
        }
        Ok(fait?)
    }
}
