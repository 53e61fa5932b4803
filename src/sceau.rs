//! The seal of an installation: the key that signs its journal, and randomness.
use std::{fs, io::Write, os::unix::fs::OpenOptionsExt, path::Path, sync::Arc};

use anyhow::{Context, Result, bail};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

/// Random bytes from the operating system; tests may give their own.
#[derive(Clone)]
pub struct Random(Arc<Source>);

type Source = dyn Fn(&mut [u8]) + Send + Sync;

impl Random {
    pub fn system() -> Self {
        Self(Arc::new(|bytes| rand::fill(bytes)))
    }

    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.0)(&mut bytes);
        bytes
    }

    pub fn uuid(&self) -> uuid::Uuid {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid()
    }
}

/// Ed25519 key, kept in a file that only the program reads, never in the database.
pub struct Sceau {
    cle: SigningKey,
    pub cle_id: String,
}

impl Sceau {
    pub fn new(secret: &[u8; 32]) -> Self {
        let cle = SigningKey::from_bytes(secret);
        let cle_id = cle_id_de(cle.verifying_key().as_bytes());
        Self { cle, cle_id }
    }

    /// Reads the key of `dossier`, or makes it on the first start.
    ///
    /// # Errors
    /// A folder that cannot be written, or a key file that is not a key.
    pub fn open(dossier: &Path, random: &Random) -> Result<Self> {
        let fichier = dossier.join("sceau.cle");
        if !fichier.exists() {
            let secret = hex::encode(random.bytes::<32>());
            // Written beside, then renamed: a start cut short leaves no half key.
            let neuf = dossier.join("sceau.cle.neuf");
            let mut f = fs::OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(&neuf)?;
            f.write_all(secret.as_bytes())?;
            f.sync_all()?;
            fs::rename(&neuf, &fichier)?;
        }
        Self::read(&fichier)
    }

    /// # Errors
    /// No such file, or not a key.
    pub fn read(fichier: &Path) -> Result<Self> {
        let texte = fs::read_to_string(fichier)
            .with_context(|| format!("clé de signature illisible\u{a0}: {}", fichier.display()))?;
        let mut secret = [0; 32];
        if hex::decode_to_slice(texte.trim(), &mut secret).is_err() {
            bail!("{} n’est pas une clé de signature", fichier.display());
        }
        Ok(Self::new(&secret))
    }

    /// A key for one purpose, the same at each start; it tells nothing of the seal's own.
    pub fn derive(&self, usage: &str) -> [u8; 32] {
        Sha256::new()
            .chain_update(b"livret/usage/1\n")
            .chain_update(self.cle.to_bytes())
            .chain_update(Sha256::digest(usage))
            .finalize()
            .into()
    }

    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.cle.sign(message).to_bytes()
    }

    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        verifier(&self.publique(), message, signature)
    }

    /// What anybody may know of the key.
    pub fn publique(&self) -> [u8; 32] {
        self.cle.verifying_key().to_bytes()
    }
}

/// The message was signed by that key, whoever has it.
pub fn verifier(publique: &[u8; 32], message: &[u8], signature: &[u8]) -> bool {
    let cle = VerifyingKey::from_bytes(publique);
    Signature::from_slice(signature)
        .is_ok_and(|s| cle.is_ok_and(|c| c.verify_strict(message, &s).is_ok()))
}

/// Short name of a public key: the first 16 hexadecimal digits of its SHA-256.
pub fn cle_id_de(publique: &[u8; 32]) -> String {
    hex::encode(&Sha256::digest(publique)[..8])
}
