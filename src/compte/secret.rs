//! Passwords: argon2id off the async threads, a few at a time; first-use codes.
use argon2::{Argon2, PasswordHasher, PasswordVerifier, password_hash::phc::PasswordHash};
use sha2::{Digest, Sha256};

use super::{
    Arrivee, Compte, Ouverte, deviner,
    entree::ouvrir,
    essai::{self, Essai},
};
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

/// The SHA-256 of a code, however it was typed: small letters, spaces and dashes are nothing.
pub fn empreinte_du_code(code: &str) -> [u8; 32] {
    let lettres: String =
        code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    Sha256::digest(lettres).into()
}

/// What is wrong with a chosen password, whoever chooses it. Length, and no composition rule (ASVS 5.0 6.2.5): at least
/// 12 characters, 16 when all are digits (CNIL 2022-100: 50 bits with throttling); none of those that everybody tries.
pub fn refus_du_secret(secret: &str, identifiant: &str) -> Option<&'static str> {
    let longueur = secret.chars().count();
    if longueur < 12 {
        Some("Le mot de passe compte au moins 12 caractères\u{a0}: une phrase courte convient.")
    } else if longueur > 128 {
        Some("Le mot de passe compte au plus 128 caractères.")
    } else if longueur < 16 && secret.chars().all(|c| c.is_ascii_digit()) {
        Some("Avec des chiffres seuls, il en faut au moins 16.")
    } else if !identifiant.is_empty() && secret.to_lowercase().contains(identifiant) {
        Some("Le mot de passe ne doit pas contenir l’identifiant.")
    } else if deviner::courant(secret) {
        Some(
            "Ce mot de passe est parmi les premiers que l’on essaie. Prenez trois ou quatre mots sans rapport entre eux.",
        )
    } else {
        None
    }
}

/// The same, where it is known who she is: nothing that is made of her names, of her school's or of a year.
async fn refus_pour(app: &App, compte: i64, secret: &str) -> Result<Option<&'static str>> {
    let mots = sqlx::query_scalar!("select acces.mots_de($1)", compte).fetch_one(&app.db).await?;
    let fait_de = deviner::fait_de(secret, &mots.unwrap_or_default());
    Ok(fait_de.then_some(
        "Ce mot de passe se devine\u{a0}: il est fait de votre nom, de celui de l’établissement ou d’une année. Ajoutez-y des mots sans rapport.",
    ))
}

/// What came of a password that was chosen.
pub enum Premiere {
    Ouverte(Ouverte),
    /// The code, or the password that was asked for, is not the right one.
    Refusee,
    /// Too easy to guess: why.
    Devinable(&'static str),
    /// Too many failures: seconds to wait.
    Attendre(i64),
}

/// The first sign-in: the code is used up, the password chosen. Refused when the code is unknown, used or too old.
pub async fn premiere_connexion(
    app: &App,
    arrivee: &Arrivee,
    identifiant: &str,
    code: &str,
    secret: String,
) -> Result<Premiere> {
    let (identifiant, code) = (essai::canonique(identifiant), empreinte_du_code(code));
    let essai = Essai::new("code", &identifiant, arrivee);
    if let Some(secondes) = essai.prendre(app).await? {
        return Ok(Premiere::Attendre(secondes));
    }
    let compte = sqlx::query_scalar!(
        "select compte_id from acces.compte
          where identifiant = $1 and code = $2 and $3 < code_jusqu_au and ferme_le is null",
        identifiant,
        code.as_slice(),
        app.clock.now()
    )
    .fetch_optional(&app.db)
    .await?;
    let Some(compte) = compte else { return Ok(Premiere::Refusee) };
    essai.reussi(app).await?;
    if let Some(refus) = refus_pour(app, compte, &secret).await? {
        return Ok(Premiere::Devinable(refus));
    }
    let phc = hacher(app, secret).await?;
    let fait = sqlx::query!(
        "update acces.compte set secret = $3, code = null, code_jusqu_au = null
          where compte_id = $1 and code = $2",
        compte,
        code.as_slice(),
        phc
    )
    .execute(&app.db)
    .await?;
    if fait.rows_affected() == 0 {
        return Ok(Premiere::Refusee); // somebody used it meanwhile
    }
    Ok(ouvrir(app, arrivee, &identifiant, false)
        .await?
        .map_or(Premiere::Refusee, Premiere::Ouverte))
}

impl Compte {
    /// She has a password here; otherwise she comes in by another house.
    pub async fn a_un_secret(&self, app: &App) -> Result<bool> {
        Ok(sqlx::query_scalar!(
            r#"select secret is not null as "oui!" from acces.compte where compte_id = $1"#,
            self.compte_id
        )
        .fetch_one(&app.db)
        .await?)
    }

    /// Whether that is my password: asked again before what weighs most. Seconds to wait after too many failures.
    pub async fn redire_secret(
        &self,
        app: &App,
        arrivee: &Arrivee,
        secret: String,
    ) -> Result<Result<bool, i64>> {
        let essai = Essai::new("redit", &self.compte_id.to_string(), arrivee);
        if let Some(secondes) = essai.prendre(app).await? {
            return Ok(Err(secondes));
        }
        let phc = sqlx::query_scalar!(
            "select secret from acces.compte where compte_id = $1",
            self.compte_id
        )
        .fetch_one(&app.db)
        .await?;
        let bon = verifier(app, secret, phc).await?;
        if bon {
            essai.reussi(app).await?;
        }
        Ok(Ok(bon))
    }

    /// Another password of mine. Every session ends; this browser gets a new one.
    pub async fn changer_secret(
        &self,
        app: &App,
        arrivee: &Arrivee,
        (ancien, nouveau): (String, String),
    ) -> Result<Premiere> {
        match self.redire_secret(app, arrivee, ancien).await? {
            Err(secondes) => return Ok(Premiere::Attendre(secondes)),
            Ok(false) => return Ok(Premiere::Refusee),
            Ok(true) => {}
        }
        if let Some(refus) = refus_pour(app, self.compte_id, &nouveau).await? {
            return Ok(Premiere::Devinable(refus));
        }
        let phc = hacher(app, nouveau).await?;
        sqlx::query!(
            "update acces.compte set secret = $2 where compte_id = $1",
            self.compte_id,
            phc
        )
        .execute(&app.db)
        .await?;
        Ok(self.recommencer(app, arrivee).await?.map_or(Premiere::Refusee, Premiere::Ouverte))
    }

    /// A session of a new number, all the others ended: after a change of what opens the account.
    pub async fn recommencer(&self, app: &App, arrivee: &Arrivee) -> Result<Option<Ouverte>> {
        let identifiant = sqlx::query_scalar!(
            "update acces.session n set fermee_le = $2 from acces.compte c
              where c.compte_id = $1 and n.compte_id = $1 and n.fermee_le is null returning c.identifiant",
            self.compte_id,
            app.clock.now()
        )
        .fetch_all(&app.db)
        .await?;
        match identifiant.first() {
            Some(identifiant) => ouvrir(app, arrivee, identifiant, true).await,
            None => Ok(None),
        }
    }
}
