//! Tries: counted before they are made, by account and by address, and forgotten when they are good.
//!
//! An account gives five for nothing, then makes one wait 1, 2, 4 … 900 s, never for ever. A browser that came in once
//! has a count of its own, so that a classmate who fails in her name does not lock a teacher out. An address where thirty
//! accounts failed in ten minutes makes those that come from there for the first time wait: a class behind one address
//! mistypes less than that, and whoever came in before does not wait.
use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

use super::Arrivee;
use crate::{app::App, error::Result};

/// One count of failures, and the address that they come from when it matters.
pub(super) struct Essai {
    qui: [u8; 32],
    ou: Option<[u8; 32]>,
}

/// An identifiant as it is compared: however it was typed, it is one account's.
pub(super) fn canonique(identifiant: &str) -> String {
    let visible = |c: &char| {
        !c.is_whitespace()
            && !c.is_control()
            && !('\u{200b}'..='\u{200f}').contains(c)
            && *c != '\u{ad}'
            && *c != '\u{feff}'
    };
    let lu: String = identifiant.nfkc().filter(visible).collect();
    lu.to_lowercase().chars().take(200).collect()
}

impl Essai {
    /// `quoi` is what is tried: a password, a code, a second factor.
    pub(super) fn new(quoi: &str, de: &str, arrivee: &Arrivee) -> Self {
        Self { qui: Sha256::digest(format!("{quoi}:{de}")).into(), ou: arrivee.ou }
    }

    /// The same from a browser that came in once for this account: alone in its count.
    pub(super) fn connu(self, machine: &[u8; 32]) -> Self {
        let qui = Sha256::new().chain_update(self.qui).chain_update(machine).finalize().into();
        Self { qui, ou: None }
    }

    /// The right to try once; else the seconds to wait.
    pub(super) async fn prendre(&self, app: &App) -> Result<Option<i64>> {
        let attendre = sqlx::query_scalar!(
            r#"select acces.essayer($1, $2, $3) as "s!""#,
            self.qui.as_slice(),
            self.ou.as_ref().map(<[u8; 32]>::as_slice),
            app.clock.now()
        )
        .fetch_one(&app.db)
        .await?;
        Ok((attendre > 0).then_some(attendre))
    }

    /// It was good: its count starts again, and the address has one failure less.
    pub(super) async fn reussi(&self, app: &App) -> Result<()> {
        sqlx::query!(
            "with moins as (delete from acces.essai_adresse where adresse = $2 and identifiant = $1)
             delete from acces.essai where identifiant = $1",
            self.qui.as_slice(),
            self.ou.as_ref().map(<[u8; 32]>::as_slice)
        )
        .execute(&app.db)
        .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_account_however_its_identifiant_is_typed() {
        for ecrit in [
            "martin",
            " Martin ",
            "MARTIN",
            "ｍａｒｔｉｎ",
            "mar\u{ad}tin",
            "m a r t i n",
            "martin\u{a0}",
            "ma\u{200b}rtin",
            "martin\t\n",
            "\u{feff}martin",
        ] {
            assert_eq!(canonique(ecrit), "martin", "{ecrit:?}");
        }
        assert_ne!(canonique("mártin"), "martin", "an accent is another letter");
    }
}
