//! The second factor: what somebody has in hand, beside the password. Codes of thirty seconds (RFC 6238), passkeys,
//! recovery codes. No personal telephone is needed: a program of the computer makes the same codes.
use aes_gcm::{
    Aes256Gcm, Nonce,
    aead::{Aead, KeyInit, Payload},
};
use time::OffsetDateTime;
use totp_rs::{Builder, Totp};

use super::{Arrivee, essai::Essai, secours};
use crate::{
    app::App,
    error::{Error, Result},
};

/// A code lasts so long.
const PAS: i64 = 30;
/// Clocks are forgiven one step on each side; further off is told, up to five minutes.
const PERMIS: i64 = 1;
const DIT: i64 = 10;

/// One that serves.
#[derive(Debug, Clone)]
pub struct Facteur {
    pub facteur_id: i64,
    pub genre: String,
    pub nom: String,
    pub ajoute_le: OffsetDateTime,
    pub servi_le: Option<OffsetDateTime>,
}

/// What a code turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lu {
    Bon,
    /// Right, and used already: the next one comes.
    Servi,
    /// Right for a clock that is so many minutes off.
    Decale(i64),
    Faux,
    /// Too many failures: seconds to wait.
    Attendre(i64),
}

impl Lu {
    /// What is said of it, with what to do next; `None` when it is good.
    pub fn phrase(self) -> Option<String> {
        match self {
            Self::Bon => None,
            Self::Servi => Some("Ce code a déjà servi. Attendez le suivant (30\u{a0}secondes au plus), puis saisissez-le.".into()),
            Self::Decale(minutes) => Some(format!(
                "L’horloge de votre appareil semble décalée de {}. Réglez-la à l’heure automatique, puis saisissez un nouveau code.",
                crate::date::nombre(minutes.max(1), "minute", "minutes")
            )),
            Self::Faux => Some("Ce code n’est pas le bon. Vérifiez-le, ou attendez le suivant.".into()),
            Self::Attendre(secondes) => {
                Some(format!("Trop d’essais. Attendez {secondes}\u{a0}s, puis réessayez."))
            }
        }
    }
}

/// The seed of codes: shown while it is enrolled, then sealed.
#[derive(Debug, Clone)]
pub struct Graine([u8; 20]);

impl Graine {
    pub fn neuve(app: &App) -> Self {
        Self(app.random.bytes())
    }

    fn totp(&self, identifiant: &str) -> Totp {
        Builder::new()
            .with_secret(self.0)
            .with_skew(0)
            .with_account_name(identifiant.replace(':', " "))
            .with_issuer(Some("Livret"))
            .build_noncompliant()
    }

    /// What a program of codes reads from a drawing.
    pub fn adresse(&self, identifiant: &str) -> Result<String> {
        let adresse = self.totp(identifiant).to_url();
        adresse.map_err(|e| Error::Internal(anyhow::anyhow!("otpauth: {e:?}")))
    }

    /// The same to type, in groups of four.
    pub fn groupes(&self) -> String {
        const LETTRES: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let bits: Vec<u8> =
            self.0.iter().flat_map(|o| (0..8).rev().map(move |rang| (o >> rang) & 1)).collect();
        let lettres: Vec<char> = bits
            .chunks(5)
            .map(|g| g.iter().fold(0_usize, |n, bit| n * 2 + usize::from(*bit)))
            .map(|n| char::from(LETTRES[n]))
            .collect();
        let groupes: Vec<String> = lettres.chunks(4).map(|g| g.iter().collect()).collect();
        groupes.join(" ")
    }

    /// How many steps off the clock that made this code is; the nearest, up to ten. And the step itself.
    fn ecart(&self, code: &str, le: OffsetDateTime) -> Option<(i64, i64)> {
        let (totp, ici) = (self.totp("x"), le.unix_timestamp() / PAS);
        let loin = (0..=DIT).flat_map(|n| [-n, n]).map(|ecart| (ecart, ici + ecart));
        let mut loin = loin.filter(|(_, pas)| *pas >= 0);
        loin.find(|(_, pas)| totp.check(code, (pas * PAS).unsigned_abs()).is_some())
    }

    /// What this code says before the seed is anybody's; the step that it used up when it is good.
    pub fn essayer(&self, code: &str, le: OffsetDateTime) -> (Lu, Option<i64>) {
        match self.ecart(&chiffres(code), le) {
            None => (Lu::Faux, None),
            Some((ecart, pas)) if ecart.abs() <= PERMIS => (Lu::Bon, Some(pas)),
            Some((ecart, _)) => (Lu::Decale(minutes(ecart)), None),
        }
    }

    /// Sealed for one account by a key that is not in the database: another's row opens nothing.
    pub fn sceller(&self, app: &App, compte: i64) -> Result<Vec<u8>> {
        let alea: [u8; 12] = app.random.bytes();
        let charge = Payload { msg: &self.0, aad: &compte.to_be_bytes() };
        let scelle = chiffre(app).encrypt(&Nonce::from(alea), charge);
        let scelle =
            scelle.map_err(|_| Error::Internal(anyhow::anyhow!("a seed cannot be sealed")))?;
        Ok([&alea[..], &scelle].concat())
    }

    /// `None`: it was sealed for somebody else, or changed.
    pub fn ouvrir(app: &App, compte: i64, scelle: &[u8]) -> Option<Self> {
        let (alea, scelle) = scelle.split_at_checked(12)?;
        let alea: [u8; 12] = alea.try_into().ok()?;
        let charge = Payload { msg: scelle, aad: &compte.to_be_bytes() };
        let clair = chiffre(app).decrypt(&Nonce::from(alea), charge).ok()?;
        clair.try_into().ok().map(Self)
    }
}

fn chiffre(app: &App) -> Aes256Gcm {
    Aes256Gcm::new(&app.sceau.derive("graines des codes").into())
}

fn chiffres(code: &str) -> String {
    code.chars().filter(char::is_ascii_digit).collect()
}

fn minutes(ecart: i64) -> i64 {
    (ecart.abs() * PAS + 30) / 60
}

/// Those that serve.
pub async fn tous(app: &App, compte: i64) -> Result<Vec<Facteur>> {
    Ok(sqlx::query_as!(
        Facteur,
        "select facteur_id, genre, nom, ajoute_le, servi_le from acces.facteur
          where compte_id = $1 and retire_le is null order by facteur_id",
        compte
    )
    .fetch_all(&app.db)
    .await?)
}

/// Her school wants a second factor of what she is today.
pub async fn exige(app: &App, compte: i64) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from acces.compte c join acces.fonction f using (etablissement_id, personne_id)
                            join acces.exigence e using (etablissement_id, genre)
                           where c.compte_id = $1 and f.du <= $2 and (f.au is null or $2 < f.au)) as "oui!""#,
        compte, app.clock.now()
    )
    .fetch_one(&app.db)
    .await?)
}

/// A program of codes is added: it has just shown the code of that step.
pub async fn ajouter(
    app: &App,
    compte: i64,
    (graine, pas): (&Graine, i64),
    nom: &str,
) -> Result<()> {
    let scellee = graine.sceller(app, compte)?;
    sqlx::query!(
        "insert into acces.facteur (compte_id, genre, nom, graine, dernier_pas, ajoute_le)
         values ($1, 'totp', $2, $3, $4, $5)",
        compte,
        nom,
        scellee,
        pas,
        app.clock.now()
    )
    .execute(&app.db)
    .await?;
    Ok(())
}

/// Takes one away; with the last one go the recovery codes.
pub async fn retirer(app: &App, compte: i64, facteur: i64) -> Result<()> {
    sqlx::query!(
        "update acces.facteur set retire_le = $3
          where compte_id = $1 and facteur_id = $2 and retire_le is null",
        compte,
        facteur,
        app.clock.now()
    )
    .execute(&app.db)
    .await?;
    sqlx::query!(
        "delete from acces.secours where compte_id = $1 and not exists (
             select from acces.facteur where compte_id = $1 and retire_le is null)",
        compte
    )
    .execute(&app.db)
    .await?;
    Ok(())
}

/// Six digits of a program of codes, or a recovery code: what was typed says which.
pub async fn lire(app: &App, arrivee: &Arrivee, compte: i64, code: &str) -> Result<Lu> {
    let essai = Essai::new("facteur", &compte.to_string(), arrivee);
    if let Some(secondes) = essai.prendre(app).await? {
        return Ok(Lu::Attendre(secondes));
    }
    let lu = if code.chars().any(char::is_alphabetic) {
        if secours::servir(app, compte, code).await? { Lu::Bon } else { Lu::Faux }
    } else {
        lire_totp(app, compte, &chiffres(code)).await?
    };
    if lu == Lu::Bon {
        essai.reussi(app).await?;
    }
    Ok(lu)
}

async fn lire_totp(app: &App, compte: i64, code: &str) -> Result<Lu> {
    let le = app.clock.now();
    let graines = sqlx::query!(
        r#"select facteur_id, graine as "graine!" from acces.facteur
            where compte_id = $1 and genre = 'totp' and retire_le is null"#,
        compte
    )
    .fetch_all(&app.db)
    .await?;
    let mut pire = Lu::Faux;
    for g in graines {
        let Some(graine) = Graine::ouvrir(app, compte, &g.graine) else { continue };
        let Some((ecart, pas)) = graine.ecart(code, le) else { continue };
        if ecart.abs() > PERMIS {
            // Said once, never good later: the answer tells no guess that its time will come.
            ecarter(app, g.facteur_id, pas).await?;
            pire = Lu::Decale(minutes(ecart));
        } else if servir(app, g.facteur_id, pas).await? {
            return Ok(Lu::Bon);
        } else {
            pire = Lu::Servi;
        }
    }
    Ok(pire)
}

/// Uses a step up: neither it nor an earlier one serves again, whoever asks at the same moment.
async fn servir(app: &App, facteur: i64, pas: i64) -> Result<bool> {
    let fait = sqlx::query!(
        "update acces.facteur set dernier_pas = $2, servi_le = $3
          where facteur_id = $1 and (dernier_pas is null or dernier_pas < $2) and $2 <> all (ecartes)",
        facteur,
        pas,
        app.clock.now()
    )
    .execute(&app.db)
    .await?;
    Ok(fait.rows_affected() == 1)
}

async fn ecarter(app: &App, facteur: i64, pas: i64) -> Result<()> {
    sqlx::query!(
        "update acces.facteur set ecartes = array(select distinct e from unnest(ecartes || $2::bigint) e order by e desc limit 40)
          where facteur_id = $1",
        facteur,
        pas
    )
    .execute(&app.db)
    .await?;
    Ok(())
}
