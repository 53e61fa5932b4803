//! What the database keeps but may not read: the secret of a portal, a form that was cut short.
use aes_gcm::{
    Aes256Gcm,
    aead::{Aead, KeyInit, Payload},
};

use crate::{
    error::{Error, Result},
    sceau::{Random, Sceau},
};

/// Bytes of the number that is used once, kept before what it sealed.
const NONCE: usize = 12;

fn chiffre(sceau: &Sceau) -> Aes256Gcm {
    Aes256Gcm::new(&sceau.derive("sso/coffre/1").into())
}

/// Sealed by the key of the server, and bound to where it is for: moved elsewhere, it does not open.
pub(super) fn fermer(sceau: &Sceau, random: &Random, pour: &str, clair: &[u8]) -> Result<Vec<u8>> {
    let nonce = random.bytes::<NONCE>();
    let charge = Payload { msg: clair, aad: pour.as_bytes() };
    let scelle = chiffre(sceau)
        .encrypt(&nonce.into(), charge)
        .map_err(|_| Error::Internal(anyhow::anyhow!("a secret cannot be sealed")))?;
    Ok([nonce.as_slice(), &scelle].concat())
}

/// `None`: sealed by another key, for another place, or changed since.
pub(super) fn ouvrir(sceau: &Sceau, pour: &str, scelle: &[u8]) -> Option<Vec<u8>> {
    let (nonce, corps) = scelle.split_first_chunk::<NONCE>()?;
    let charge = Payload { msg: corps, aad: pour.as_bytes() };
    chiffre(sceau).decrypt(&(*nonce).into(), charge).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_with_its_key_for_its_address_and_not_otherwise() {
        let (sceau, random) = (Sceau::new(&[1; 32]), Random::system());
        let scelle = fermer(&sceau, &random, "https://ent.example.org", b"secret").unwrap();
        assert!(!scelle.windows(6).any(|w| w == b"secret"));
        let ouvert = |sceau: &Sceau, pour: &str, s: &[u8]| ouvrir(sceau, pour, s);
        assert_eq!(ouvert(&sceau, "https://ent.example.org", &scelle).unwrap(), b"secret");
        assert_eq!(ouvert(&sceau, "https://ailleurs.example.org", &scelle), None);
        assert_eq!(ouvert(&Sceau::new(&[2; 32]), "https://ent.example.org", &scelle), None);
        for i in 0..scelle.len() {
            let mut autre = scelle.clone();
            autre[i] ^= 1;
            assert_eq!(ouvert(&sceau, "https://ent.example.org", &autre), None, "byte {i}");
        }
        assert_eq!(ouvert(&sceau, "https://ent.example.org", b"court"), None);
    }
}
