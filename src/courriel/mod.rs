//! Mail: written with the act that causes it, sent afterwards. It knows addresses, subjects and texts, and whether a
//! person wants to be written to; nothing of the trade.
pub mod facteur;
mod transport;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::{app::Db, error::Result};

pub use transport::Transport;

/// What is written: plain words, and the key of the act that causes them.
#[derive(Debug, Clone)]
pub struct Lettre<'a> {
    /// The same key twice is one mail.
    pub cle: Uuid,
    pub sujet: &'a str,
    pub texte: &'a str,
}

/// Whether this installation sends mail.
pub fn envoie(db: &Db) -> bool {
    db.config.courriel.is_some()
}

/// The public address of a page of ours, through the sign-in for who is not in.
pub fn lien(db: &Db, page: &str) -> String {
    let page = percent_encoding::utf8_percent_encode(page, percent_encoding::NON_ALPHANUMERIC);
    format!("{}/connexion?vers={page}", db.config.origine.as_deref().unwrap_or_default())
}

/// To this address, whatever its owner wants: to ask her. `jusqu_au`: it carries a code that is good until then.
/// `false` when it was posted already.
pub async fn poster(
    db: &mut Db,
    adresse: &str,
    lettre: &Lettre<'_>,
    jusqu_au: OffsetDateTime,
) -> Result<bool> {
    let le = db.le;
    Ok(sqlx::query_scalar!(
        r#"select livret.poster($1, $2, $3, $4, $5, $6) as "neuf!""#,
        lettre.cle,
        adresse,
        lettre.sujet,
        lettre.texte,
        le,
        jusqu_au
    )
    .fetch_one(&mut **db)
    .await?)
}

/// To a person, if she wants it, at the address that will be hers when it leaves. Nothing where no mail is sent.
pub async fn prevenir(db: &mut Db, personne: i64, lettre: &Lettre<'_>) -> Result<()> {
    if envoie(db) {
        let le = db.le;
        sqlx::query!(
            "select livret.prevenir($1, $2, $3, $4, $5)",
            lettre.cle,
            personne,
            lettre.sujet,
            lettre.texte,
            le
        )
        .execute(&mut **db)
        .await?;
    }
    Ok(())
}
