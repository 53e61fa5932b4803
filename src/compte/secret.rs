//! Passwords: argon2id off the async threads, a few at a time; first-use codes.
use argon2::{Argon2, PasswordHasher, PasswordVerifier, password_hash::phc::PasswordHash};
use sha2::{Digest, Sha256};

use crate::{
    app::App,
    error::{Error, Result},
};

/// The hash that an unknown account is checked against, so that it takes the same time. Nobody has this password.
const LEURRE: &str = "$argon2id$v=19$m=19456,t=2,p=1$bGl2cmV0LWxldXJyZS0wMQ$c0PZ0CmB7xSBWwEwXwWiE1iJQyBVSVQ1eXkFzRnEvVg";
/// More than this waiting for a hash: better to say so than to make everybody wait.
const FILE_MAX: usize = 64;

/// # Errors
/// Too many passwords wait already.
pub async fn hacher(app: &App, secret: String) -> Result<String> {
    off_thread(app, move || {
        Argon2::default()
            .hash_password(secret.as_bytes())
            .map(|h| h.to_string())
            .map_err(|e| anyhow::anyhow!("{e}"))
    })
    .await?
    .map_err(Error::from)
}

/// Compares, at the same cost whether there is something to compare with or not.
pub(super) async fn verifier(app: &App, secret: String, phc: Option<String>) -> Result<bool> {
    off_thread(app, move || {
        let connu = phc.is_some();
        let Ok(hash) = PasswordHash::new(phc.as_deref().unwrap_or(LEURRE)) else { return false };
        Argon2::default().verify_password(secret.as_bytes(), &hash).is_ok() && connu
    })
    .await
}

async fn off_thread<T: Send + 'static>(
    app: &App,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    static WAITING: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    use std::sync::atomic::Ordering::Relaxed;
    if WAITING.fetch_add(1, Relaxed) >= FILE_MAX {
        WAITING.fetch_sub(1, Relaxed);
        return Err(Error::Busy);
    }
    let place = app.hachages.clone().acquire_owned().await;
    WAITING.fetch_sub(1, Relaxed);
    let place = place.map_err(|e| Error::Internal(e.into()))?;
    let done = tokio::task::spawn_blocking(move || {
        let _place = place;
        work()
    });
    done.await.map_err(|e| Error::Internal(e.into()))
}

/// A first-use code, three groups of four without look-alikes, and its SHA-256: 58 bits, single use, a few weeks.
pub fn code_neuf(app: &App) -> (String, [u8; 32]) {
    code(app.random.bytes::<12>())
}

fn code(hasard: [u8; 12]) -> (String, [u8; 32]) {
    const LETTRES: &[u8; 32] = b"ABCDEFGHJKMNPQRSTUVWXYZ23456789A";
    let lettres: String = hasard.iter().map(|b| char::from(LETTRES[usize::from(b % 31)])).collect();
    let affiche = format!("{}-{}-{}", &lettres[..4], &lettres[4..8], &lettres[8..]);
    (affiche, Sha256::digest(&lettres).into())
}

/// What is wrong with a chosen password. Length alone: no composition rule (ASVS 5.0 6.2.5), at least 12 characters,
/// 16 when all are digits (CNIL 2022-100: 50 bits with throttling).
pub fn refus_du_secret(secret: &str, identifiant: &str) -> Option<&'static str> {
    let longueur = secret.chars().count();
    if longueur < 12 {
        Some("Le mot de passe compte au moins 12 caractères\u{a0}: une phrase courte convient.")
    } else if longueur > 128 {
        Some("Le mot de passe compte au plus 128 caractères.")
    } else if longueur < 16 && secret.chars().all(|c| c.is_ascii_digit()) {
        Some("Avec des chiffres seuls, il en faut au moins 16.")
    } else if secret.to_lowercase().contains(identifiant) {
        Some("Le mot de passe ne doit pas contenir l’identifiant.")
    } else {
        None
    }
}

/// The first sign-in: the code is used up, the password chosen. `false` when the code is unknown, used or too old.
pub async fn premiere_connexion(
    app: &App,
    identifiant: &str,
    code: &str,
    secret: String,
) -> Result<bool> {
    let lettres: String =
        code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    let phc = hacher(app, secret).await?;
    let (identifiant, code) =
        (identifiant.trim().to_lowercase(), Sha256::digest(lettres.as_bytes()));
    let fait = sqlx::query!(
        "update acces.compte
            set secret = $3, code = null, code_jusqu_au = null
          where identifiant = $1 and code = $2 and $4 < code_jusqu_au and ferme_le is null",
        identifiant,
        code.as_slice(),
        phc,
        app.clock.now()
    )
    .execute(&app.db)
    .await?;
    Ok(fait.rows_affected() == 1)
}
