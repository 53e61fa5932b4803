//! The clean bytes, brought to the store under their SHA-256: kept once, whoever deposits them.
use std::{io::Read, path::Path, sync::Arc};

use object_store::{ObjectStoreExt, buffered::BufWriter};
use sha2::{Digest, Sha256};

use crate::{app::App, preuve::fichier::lieu};

const TAMPON: usize = 5 << 20; // the least that S3 takes as a part

/// What a file is called in the store, and what it weighs.
#[derive(Clone)]
pub struct Objet {
    pub empreinte: Vec<u8>,
    pub taille: u64,
}

/// Blocks: call it off the async threads.
pub fn peser(chemin: &Path) -> std::io::Result<Objet> {
    let mut f = std::fs::File::open(chemin)?;
    let (mut somme, mut taille, mut tampon) = (Sha256::new(), 0, vec![0; 64 << 10]);
    loop {
        let n = f.read(&mut tampon)?;
        if n == 0 {
            return Ok(Objet { empreinte: somme.finalize().to_vec(), taille });
        }
        somme.update(&tampon[..n]);
        taille += n as u64;
    }
}

pub async fn est_la(app: &App, objet: &Objet) -> object_store::Result<bool> {
    match app.fichiers.head(&lieu(&objet.empreinte)).await {
        Ok(meta) => Ok(meta.size == objet.taille),
        Err(object_store::Error::NotFound { .. }) => Ok(false),
        Err(e) => Err(e),
    }
}

/// Written in parts of a few megabytes; a part that fails takes the others away.
pub async fn porter(app: &App, objet: &Objet, chemin: &Path) -> std::io::Result<()> {
    if est_la(app, objet).await? {
        return Ok(());
    }
    let mut lu = tokio::fs::File::open(chemin).await?;
    let vers = lieu(&objet.empreinte);
    let mut ecrit =
        BufWriter::with_capacity(Arc::clone(&app.fichiers), vers, TAMPON).with_max_concurrency(1);
    let fait = async {
        tokio::io::copy(&mut lu, &mut ecrit).await?;
        tokio::io::AsyncWriteExt::shutdown(&mut ecrit).await
    }
    .await;
    if fait.is_err() {
        let _ = ecrit.abort().await;
    }
    fait
}
