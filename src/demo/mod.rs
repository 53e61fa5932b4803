//! The demonstration: a fictional school, relived act by act so that its journal is a true one.
mod commission;
mod decide;
mod echange;
mod examen;
mod fiche;
mod gens;
mod scolaire;
mod stage;
mod tuteur;
mod vecu;

use std::{net::SocketAddr, path::Path, sync::Arc};

use anyhow::{Context, Result};
use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};

pub use gens::Groupe;

use crate::{
    app::App,
    compte::{self, Compte},
    donnees, etablissement, referentiel,
};

/// One password for all: the program listens on this machine only, and nobody here exists.
const SECRET: &str = "demonstration-livret";

/// Fills an empty database; one that is filled is left as it is. The answer is the password.
pub async fn seed(options: &PgConnectOptions, app: &App, _donnees: &Path) -> Result<String> {
    let mut db = PgConnection::connect_with(options).await?;
    let faite: bool =
        sqlx::query_scalar("select exists (select from acces.compte where identifiant = 'zoe')")
            .fetch_one(&mut db)
            .await?;
    if !faite {
        peupler(&mut db, app).await?;
    }
    Ok(SECRET.to_owned())
}

/// Everything: the people, then what they lived.
pub async fn peupler(db: &mut PgConnection, app: &App) -> Result<()> {
    let edition = referentiel::publier(db, referentiel::OFFICIEL, app.clock.now()).await?;
    let [ancienne, nouvelle, autre] = gens_seulement(db, app, SECRET).await?;
    vecu::raconter(app, &edition, &ancienne, 420).await?;
    decide::arreter(app, &ancienne).await?;
    echange::raconter(app, &edition, &ancienne).await?;
    examen::preparer(app, &ancienne).await?;
    stage::raconter(app, &ancienne).await?;
    tuteur::raconter(app, &ancienne).await?;
    fiche::raconter(app, &ancienne).await?;
    commission::raconter(app, &ancienne).await?;
    scolaire::raconter(app, &ancienne).await?;
    vecu::raconter(app, &edition, &nouvelle, 70).await?;
    vecu::raconter(app, &edition, &autre, 60).await?;
    // What was lived in their names opened sessions behind which nobody sat.
    sqlx::query("delete from acces.session").execute(db).await?;
    Ok(())
}

/// The people of both schools and their promotions, all or none; nothing lived yet.
pub async fn gens_seulement(db: &mut PgConnection, app: &App, secret: &str) -> Result<[Groupe; 3]> {
    let secret = compte::hacher(app, secret.to_owned()).await?;
    let edition = referentiel::publier(db, referentiel::OFFICIEL, app.clock.now()).await?;
    donnees::annoncer(db).await?;
    let mut tx = db.begin().await?;
    let ecole = gens::Ecole { secret: &secret, edition: edition.edition_id, le: app.clock.now() };
    etablissement::fonder(&mut tx, "0000000A", "Lycée Simone-Vidal", "Europe/Paris", true).await?;
    let (ancienne, nouvelle) = gens::simone_vidal(&mut tx, &ecole).await?;
    etablissement::fonder(&mut tx, "0000000B", "Lycée Henri-Maréchal", "Indian/Reunion", true)
        .await?;
    let autre = gens::henri_marechal(&mut tx, &ecole).await?;
    tx.commit().await?;
    Ok([ancienne, nouvelle, autre])
}

/// The account behind an identifiant, as if she had signed in.
async fn entrer(app: &App, identifiant: &str) -> Result<Arc<Compte>> {
    let cookie = compte::ouvrir_session(app, identifiant).await?.context("no such account")?;
    let compte =
        Compte::of_session(app, &cookie).await?.context("an account without a function")?;
    Ok(Arc::new(compte))
}

/// What a newcomer needs to know.
pub fn welcome(adresse: SocketAddr, secret: &str) {
    println!("Livret, démonstration\u{a0}: toutes les personnes sont fictives.\n");
    println!("  adresse\u{a0}: http://{adresse}");
    println!(
        "  comptes\u{a0}: martin, durand (enseignants) · amina, zoe (en deuxième année) · jury · admin · direction · lefevre (autre lycée)"
    );
    println!("  mot de passe\u{a0}: {secret}\n");
    println!("Ctrl+C pour arrêter.");
}
