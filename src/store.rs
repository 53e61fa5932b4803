//! Where the bytes of files are: a folder of this machine, or an S3 bucket.
use std::{path::Path, sync::Arc};

use anyhow::{Context, Result};
use object_store::{ObjectStore, aws::AmazonS3Builder, local::LocalFileSystem};

use crate::config::S3;

/// # Errors
/// A folder that cannot be written, or settings of a bucket that contradict one another.
pub fn open(donnees: &Path, s3: &S3) -> Result<Arc<dyn ObjectStore>> {
    let Some(seau) = &s3.seau else {
        let dossier = donnees.join("fichiers");
        std::fs::create_dir_all(&dossier)
            .with_context(|| format!("dossier {} impossible à créer", dossier.display()))?;
        return Ok(Arc::new(LocalFileSystem::new_with_prefix(&dossier)?.with_fsync(true)));
    };
    // reqwest is built without a cryptographic library of its own; a second installation is the same one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut seau = AmazonS3Builder::new()
        .with_bucket_name(seau)
        .with_region(&s3.region)
        .with_virtual_hosted_style_request(false);
    if let Some(adresse) = &s3.adresse {
        seau = seau.with_endpoint(adresse).with_allow_http(adresse.starts_with("http://"));
    }
    if let (Some(cle), Some(secret)) = (&s3.cle, &s3.secret) {
        seau = seau.with_access_key_id(cle).with_secret_access_key(secret);
    }
    Ok(Arc::new(seau.build().context("réglages du seau S3 incomplets")?))
}
