//! Where a person wants to be written to, and of what: her own choice, off until she makes it.
pub mod pages;

use lettre::Address;
use sha2::{Digest, Sha256};
use time::Duration;
use uuid::Uuid;

use crate::{
    app::{App, Db, InTheNameOf},
    compte::{self, Moi},
    courriel::{self, Lettre},
    error::{Error, Result},
};

/// How long a code confirms an address.
const CODE_DUREE: Duration = Duration::hours(48);
/// Codes that one person may have sent in a day: our server writes to nobody at the whim of another.
const CODES_PAR_JOUR: i32 = 5;

/// What she chose.
#[derive(Debug, Clone, Default)]
pub struct Abonnement {
    /// Confirmed: the only one that is written to.
    pub adresse: Option<String>,
    /// Given, not confirmed yet.
    pub voulue: Option<String>,
    pub prevenir: bool,
}

const FORME: &str = "Une adresse s’écrit nom@domaine, par exemple zoe@example.org.";

/// An address as people type it.
///
/// # Errors
/// In French: what to correct.
pub fn lire(texte: &str) -> Result<String, &'static str> {
    let texte = texte.trim();
    if texte.is_empty() {
        return Err("Écrivez votre adresse de courriel.");
    }
    if texte.chars().count() > 254 {
        return Err("Cette adresse est trop longue\u{a0}: 254 caractères au plus.");
    }
    if !texte.is_ascii() {
        return Err("Cette adresse contient un accent ou un signe inhabituel\u{a0}: vérifiez-la.");
    }
    let adresse: Address = texte.parse().map_err(|_| FORME)?;
    let nom = adresse.user().chars().all(|c| c.is_ascii_graphic() && !"\"\\<>,;:()[]".contains(c));
    let domaine = adresse.domain();
    let domaine = domaine.split('.').count() >= 2
        && domaine
            .split('.')
            .all(|p| !p.is_empty() && p.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'));
    if nom && domaine { Ok(texte.to_owned()) } else { Err(FORME) }
}

fn empreinte(code: &str) -> [u8; 32] {
    let lettres: String =
        code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    Sha256::digest(lettres).into()
}

impl Moi {
    pub async fn abonnement(&self, db: &mut Db) -> Result<Abonnement> {
        let lu = sqlx::query_as!(
            Abonnement,
            "select adresse, voulue, prevenir from livret.abonnement
              where etablissement_id = livret.ici() and personne_id = $1",
            self.personne_id()
        )
        .fetch_optional(&mut **db)
        .await?;
        Ok(lu.unwrap_or_default())
    }

    /// I want to be written to there: a code is sent there, and nothing else until I give it back.
    ///
    /// # Errors
    /// In French: no mail is sent here; too many codes today.
    pub async fn vouloir(&self, app: &App, db: &mut Db, adresse: &str, cle: Uuid) -> Result<()> {
        if !courriel::envoie(db) {
            return Err(Error::Refused(SANS_COURRIEL.to_owned()));
        }
        let (code, empreinte) = compte::code_neuf(app);
        let (le, jusqu_au) = (db.le, db.le + CODE_DUREE);
        let texte =
            confirmation(&code, &courriel::lien(db, &format!("/mon-compte/courriel?code={code}")));
        let lettre = Lettre { cle, sujet: "Confirmez votre adresse", texte: &texte };
        if !courriel::poster(db, adresse, &lettre, jusqu_au).await? {
            return Ok(()); // the same form, sent again
        }
        let fait = sqlx::query!(
            "insert into livret.abonnement as a (etablissement_id, personne_id, voulue, code, code_jusqu_au, envois, envois_depuis)
             values (livret.ici(), $1, $2, $3, $4, 1, $5)
             on conflict (etablissement_id, personne_id) do update
                set voulue = $2, code = $3, code_jusqu_au = $4,
                    envois = case when a.envois_depuis > $5 - interval '1 day' then a.envois + 1 else 1 end,
                    envois_depuis = case when a.envois_depuis > $5 - interval '1 day' then a.envois_depuis else $5 end
              where a.envois < $6 or a.envois_depuis is null or a.envois_depuis <= $5 - interval '1 day'",
            self.personne_id(), adresse, empreinte.as_slice(), jusqu_au, le, CODES_PAR_JOUR
        )
        .execute(&mut **db)
        .await?;
        if fait.rows_affected() == 1 { Ok(()) } else { Err(Error::Refused(TROP.to_owned())) }
    }

    /// Gives the code back: the address is mine. The same code twice says the same.
    pub async fn confirmer(&self, db: &mut Db, code: &str) -> Result<bool> {
        let (le, empreinte) = (db.le, empreinte(code));
        let fait = sqlx::query!(
            "update livret.abonnement set adresse = coalesce(voulue, adresse), voulue = null
              where etablissement_id = livret.ici() and personne_id = $1 and code = $2 and $3 < code_jusqu_au",
            self.personne_id(),
            empreinte.as_slice(),
            le
        )
        .execute(&mut **db)
        .await?;
        Ok(fait.rows_affected() == 1)
    }

    /// Whether I am told when a demande of mine is answered; of use only with a confirmed address.
    pub async fn choisir(&self, db: &mut Db, prevenir: bool) -> Result<()> {
        sqlx::query!(
            "update livret.abonnement set prevenir = $2
              where etablissement_id = livret.ici() and personne_id = $1 and adresse is not null",
            self.personne_id(),
            prevenir
        )
        .execute(&mut **db)
        .await?;
        Ok(())
    }

    /// My address is forgotten, and what waited for it does not leave. How many codes were sent today is not.
    pub async fn retirer_adresse(&self, db: &mut Db) -> Result<()> {
        sqlx::query!(
            "update livret.abonnement
                set adresse = null, voulue = null, code = null, code_jusqu_au = null, prevenir = false
              where etablissement_id = livret.ici() and personne_id = $1",
            self.personne_id()
        )
        .execute(&mut **db)
        .await?;
        Ok(())
    }
}

/// Said where no mail is sent.
const SANS_COURRIEL: &str =
    "Votre établissement n’envoie pas de courriel\u{a0}: tout se lit dans l’application.";
const TROP: &str =
    "Plusieurs codes ont déjà été envoyés aujourd’hui. Attendez demain pour en demander un autre.";

fn confirmation(code: &str, lien: &str) -> String {
    format!(
        "Bonjour,\n\n\
         Cette adresse vient d’être donnée dans un livret de compétences, pour être prévenu par courriel.\n\n\
         Pour la confirmer, ouvrez ce lien dans les 48 heures et connectez-vous\u{a0}:\n\
         {lien}\n\n\
         ou recopiez ce code dans la page «\u{a0}Courriel\u{a0}» de votre compte\u{a0}: {code}\n\n\
         Si vous n’avez rien demandé, ne faites rien\u{a0}: cette adresse ne recevra rien d’autre.\n\n\
         -- \nMessage automatique\u{a0}: il est inutile d’y répondre.\n"
    )
}

#[cfg(test)]
mod tests {
    use super::lire;

    #[test]
    fn an_address_is_checked_before_anything_is_sent_to_it() {
        for bonne in ["zoe@example.org", " zoe.etienne+livret@lycee.example.org ", "z@a-b.fr"] {
            assert_eq!(lire(bonne), Ok(bonne.trim().to_owned()));
        }
        let longue = format!("{}@example.org", "a".repeat(300));
        for fausse in [
            "",
            "zoe",
            "zoe@",
            "@example.org",
            "zoe@localhost",
            "zoe@example..org",
            "zoé@example.org",
            "zoe@exemple.org, max@example.org",
            "zoe@[127.0.0.1]",
            "\"a b\"@example.org",
            "zoe@example.org\r\nBcc: tous@example.org",
            "Zoé <zoe@example.org>",
            "zoe example@org.fr",
            &longue,
        ] {
            assert!(lire(fausse).is_err(), "{fausse:?}");
        }
    }
}
