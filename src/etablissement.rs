//! Opening a school: its row, the empty head of its journal, its first administrator.
use anyhow::{Context, Result};
use sqlx::{Connection, PgConnection};
use time::Duration;

use crate::{administration::liste, app::App, compte, config::Ouvrir, journal};

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
    // The identifier is drawn first: the policy wants it said before the row exists.
    let ecole: i64 = sqlx::query_scalar(
        "select nextval(pg_get_serial_sequence('livret.etablissement', 'etablissement_id'))",
    )
    .fetch_one(&mut *db)
    .await?;
    sqlx::query("select set_config('livret.etablissement', $1, true)")
        .bind(ecole.to_string())
        .execute(&mut *db)
        .await?;
    sqlx::query("select now() at time zone $1")
        .bind(fuseau)
        .execute(&mut *db)
        .await
        .context("fuseau horaire inconnu")?;
    sqlx::query(
        "insert into livret.etablissement (etablissement_id, uai, nom, fuseau, fictif)
         overriding system value values ($1, $2, $3, $4, $5)",
    )
    .bind(ecole)
    .bind(uai)
    .bind(nom)
    .bind(fuseau)
    .bind(fictif)
    .execute(&mut *db)
    .await
    .context("cet UAI est déjà ouvert ici")?;
    sqlx::query("insert into livret.tete (etablissement_id, seq, empreinte) values ($1, 0, $2)")
        .bind(ecole)
        .bind(journal::VIDE.as_slice())
        .execute(&mut *db)
        .await?;
    Ok(ecole)
}
