//! Opening a school: its row, the empty head of its journal, its first administrator.
use anyhow::{Context, Result};
use sqlx::{Connection, PgConnection};
use time::Duration;

use crate::{administration::liste, app::App, compte, config::Ouvrir, journal};

/// Zones of France, with what people call them.
pub const FUSEAUX: [(&str, &str); 10] = [
    ("Europe/Paris", "France hexagonale"),
    ("America/Guadeloupe", "Guadeloupe, Saint-Martin, Saint-Barthélemy"),
    ("America/Martinique", "Martinique"),
    ("America/Cayenne", "Guyane"),
    ("America/Miquelon", "Saint-Pierre-et-Miquelon"),
    ("Indian/Reunion", "La Réunion"),
    ("Indian/Mayotte", "Mayotte"),
    ("Pacific/Noumea", "Nouvelle-Calédonie"),
    ("Pacific/Tahiti", "Polynésie française"),
    ("Pacific/Wallis", "Wallis-et-Futuna"),
];

/// As the owner of the database. The answer is the administrator's first-use code.
///
/// # Errors
/// In French: an UAI or an identifiant that is taken, a name that is not « NOM Prénom », an unknown time zone.
pub async fn ouvrir(db: &mut PgConnection, app: &App, o: &Ouvrir) -> Result<String> {
    let mut tx = db.begin().await?;
    let ecole = fonder(&mut tx, &o.uai, &o.nom, &o.fuseau, false).await?;
    let lue = liste::lire(&o.administrateur, &[]);
    let nom = lue.noms.first().with_context(|| {
        lue.fautes
            .first()
            .map_or_else(|| "nom de l’administrateur manquant".to_owned(), |f| f.message.clone())
    })?;
    let personne: i64 = sqlx::query_scalar(
        "insert into livret.personne (etablissement_id, civilite, nom, prenom) values ($1, $2, $3, $4) returning personne_id",
    )
    .bind(ecole).bind(&nom.civilite).bind(&nom.nom).bind(&nom.prenom)
    .fetch_one(&mut *tx)
    .await?;
    let (code, empreinte) = compte::code_neuf(app);
    let le = app.clock.now();
    sqlx::query("select acces.ouvrir_compte($1, $2, 'administrateur', $3, null, $4, $5)")
        .bind(personne)
        .bind(o.identifiant.to_lowercase())
        .bind(le)
        .bind(empreinte.as_slice())
        .bind(le + Duration::days(3))
        .execute(&mut *tx)
        .await
        .context("cet identifiant est déjà pris")?;
    tx.commit().await?;
    Ok(code)
}

/// The school and the empty head of its journal; the transaction then speaks in its name.
pub async fn fonder(
    db: &mut PgConnection,
    uai: &str,
    nom: &str,
    fuseau: &str,
    fictif: bool,
) -> Result<i64> {
    sqlx::query_scalar("select livret.fonder($1, $2, $3, $4, $5)")
        .bind(uai)
        .bind(nom)
        .bind(fuseau)
        .bind(fictif)
        .bind(journal::VIDE.as_slice())
        .fetch_one(&mut *db)
        .await
        .map_err(|e| match Refus::de(&e) {
            Some(refus) => anyhow::anyhow!(refus.phrase()),
            None => e.into(),
        })
}

/// What a school that is being opened may be refused for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refus {
    Uai,
    Fuseau,
    Identifiant,
}

impl Refus {
    /// What the database refused, when it is one of these.
    pub fn de(erreur: &sqlx::Error) -> Option<Self> {
        let base = erreur.as_database_error()?;
        match (base.code().as_deref(), base.constraint()) {
            (Some("22023"), _) => Some(Self::Fuseau), // invalid_parameter_value: no such zone
            (_, Some("un_etablissement_par_uai")) => Some(Self::Uai),
            (_, Some("un_compte_par_identifiant")) => Some(Self::Identifiant),
            _ => None,
        }
    }

    pub fn phrase(self) -> &'static str {
        match self {
            Self::Uai => "Cet UAI est déjà ouvert ici.",
            Self::Fuseau => "Ce fuseau horaire est inconnu.",
            Self::Identifiant => "Cet identifiant est déjà pris.",
        }
    }
}
