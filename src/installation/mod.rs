//! The first start: the console shows a code, and whoever reads it opens the first school from a browser.
pub mod pages;

use sqlx::PgConnection;
use time::{Date, Duration};
use uuid::Uuid;

use crate::{
    administration::{Ouverture, liste::Nom},
    app::App,
    compte::{self, Administrateur, Compte},
    error::{Error, Result},
    etablissement::Refus,
    journal,
};

/// How long the code of the console opens the page: the next start makes another.
const CODE_DUREE: Duration = Duration::days(7);

/// As the owner of the database, at each start: a code to show on the console while there is no school, and nothing
/// after.
pub async fn code_de_la_console(db: &mut PgConnection, app: &App) -> Result<Option<String>> {
    let a_ouvrir: bool =
        sqlx::query_scalar("select acces.sans_ecole()").fetch_one(&mut *db).await?;
    sqlx::query("delete from acces.installation").execute(&mut *db).await?;
    if !a_ouvrir {
        return Ok(None);
    }
    let (code, empreinte) = compte::code_neuf(app);
    sqlx::query("insert into acces.installation (code, jusqu_au) values ($1, $2)")
        .bind(empreinte.as_slice())
        .bind(app.clock.now() + CODE_DUREE)
        .execute(db)
        .await?;
    Ok(Some(code))
}

/// There is no school here yet.
pub async fn a_faire(app: &App) -> Result<bool> {
    Ok(sqlx::query_scalar!(r#"select acces.sans_ecole() as "s!""#).fetch_one(&app.db).await?)
}

/// The first school, its first administrator, and the section that she opens.
#[derive(Debug, Clone)]
pub struct Installation {
    pub uai: String,
    pub nom: String,
    /// IANA zone.
    pub fuseau: String,
    pub administrateur: Nom,
    pub identifiant: String,
    /// She also teaches in the section, and coordinates it.
    pub enseigne: bool,
    pub section: String,
    pub annee_examen: i32,
    pub debut: Date,
    pub edition: Uuid,
}

/// What came of it.
pub enum Issue {
    /// The value of her cookie, and the number of the promotion.
    Ouverte(String, i64),
    /// The code is not, or no longer, the one of the console.
    Code,
    Refusee(Refus),
}

/// The code is the one of the console: counted, ten wrong ones close the page until the next start.
pub async fn connait_le_code(app: &App, code: &str) -> Result<bool> {
    let (empreinte, now) = (compte::empreinte_du_code(code), app.clock.now());
    let juste = sqlx::query_scalar!(
        r#"select acces.code_d_installation($1, $2) as "juste!""#,
        empreinte.as_slice(),
        now
    );
    Ok(juste.fetch_one(&app.db).await?)
}

/// Opens the school, signs its administrator in, opens the section in her name.
pub async fn installer(app: &App, code: &str, secret: String, i: &Installation) -> Result<Issue> {
    let phc = compte::hacher(app, secret).await?;
    let ecole = [i.uai.clone(), i.nom.clone(), i.fuseau.clone()];
    let a = &i.administrateur;
    let qui = [a.civilite.clone(), Some(a.nom.clone()), Some(a.prenom.clone())];
    let code = compte::empreinte_du_code(code);
    let faite = sqlx::query_scalar!(
        r#"select acces.installer($1, $2, $3, $4, $5, $6, $7, $8) as "faite!""#,
        code.as_slice(),
        app.clock.now(),
        &ecole,
        &qui as &[Option<String>],
        i.identifiant,
        phc,
        i.enseigne,
        journal::VIDE.as_slice()
    )
    .fetch_one(&app.db)
    .await;
    match faite {
        Ok(true) => {}
        Ok(false) => return Ok(Issue::Code),
        Err(e) => return Refus::de(&e).map(Issue::Refusee).ok_or_else(|| e.into()),
    }
    let cookie = compte::ouvrir_session(app, &i.identifiant).await?;
    let cookie = cookie.ok_or_else(|| anyhow::anyhow!("the account just opened is not there"))?;
    let elle = Compte::of_session(app, &cookie).await?.map(std::sync::Arc::new);
    let elle = elle.and_then(Administrateur::of).ok_or(Error::Anonymous)?;
    let promotion = ouvrir_la_section(app, &elle, i).await?;
    Ok(Issue::Ouverte(cookie, promotion))
}

async fn ouvrir_la_section(app: &App, elle: &Administrateur, i: &Installation) -> Result<i64> {
    let mut db = app.begin(elle).await?;
    let ouverture =
        Ouverture { nom: &i.section, annee: i.annee_examen, debut: i.debut, edition: i.edition };
    let promotion = elle.ouvrir_promotion(&mut db, &ouverture, app.random.uuid()).await?;
    if i.enseigne {
        elle.se_confier(&mut db, promotion, app.random.uuid()).await?;
    }
    db.commit().await?;
    Ok(promotion)
}
