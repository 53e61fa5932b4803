//! The mailman: takes what waits, one at a time, tries, tries again later, and gives up in the end.
use std::time::Duration;

use super::transport::{Depart, Issue, Transport};
use crate::{app::App, error::Result};

/// Between two rounds.
const REPOS: Duration = Duration::from_secs(5);
/// After each failure, in minutes; after the last, it is given up: eight tries in about two days.
const DELAIS: [i64; 7] = [1, 5, 30, 2 * 60, 6 * 60, 12 * 60, 24 * 60];

/// What one round did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Tournee {
    pub partis: u32,
    pub reportes: u32,
    pub abandonnes: u32,
}

/// Round after round, until the program stops; the mail in hand is finished first.
pub async fn tourner(app: App, transport: Transport) {
    let mut repos = tokio::time::interval(REPOS);
    repos.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = repos.tick() => {}
            () = app.signal.fin() => return,
        }
        match tournee(&app, &transport).await {
            Ok(t) if t == Tournee::default() => {}
            Ok(t) => tracing::info!(
                partis = t.partis,
                reportes = t.reportes,
                abandonnes = t.abandonnes,
                "mail went out"
            ),
            Err(e) => tracing::warn!(error = %e, "no mail went out"),
        }
    }
}

/// Everything that is to be tried now. A server that cannot be reached ends the round: the others wait untried.
pub async fn tournee(app: &App, transport: &Transport) -> Result<Tournee> {
    let mut fait = Tournee::default();
    oublier(app).await?;
    while !app.signal.est_fini() {
        let Some((numero, essai, depart)) = prendre(app).await? else { break };
        let issue = transport.envoyer(&depart).await;
        let perdu = matches!(issue, Issue::Injoignable(_));
        rendre(app, numero, essai, issue, &mut fait).await?;
        if perdu {
            break;
        }
    }
    Ok(fait)
}

async fn prendre(app: &App) -> Result<Option<(i64, i32, Depart)>> {
    let Some(poste) = &app.config.courriel else { return Ok(None) };
    let maintenant = app.clock.now();
    // Longer than a sending may take: nobody else sends it meanwhile.
    let bail = maintenant + poste.delai * 4;
    Ok(sqlx::query!(
        r#"select courriel_id as "courriel_id!", cle as "cle!", adresse as "adresse!", sujet as "sujet!",
                  texte as "texte!", ecrit_le as "ecrit_le!", essais as "essais!"
             from acces.prendre_courriel($1, $2)"#,
        maintenant, bail
    )
    .fetch_optional(&app.db)
    .await?
    .map(|c| {
        let depart = Depart {
            cle: c.cle,
            adresse: c.adresse,
            sujet: c.sujet,
            texte: c.texte,
            ecrit_le: c.ecrit_le,
        };
        (c.courriel_id, c.essais, depart)
    }))
}

/// Numbers and reasons go to the log; addresses and subjects never.
async fn rendre(
    app: &App,
    numero: i64,
    essai: i32,
    issue: Issue,
    fait: &mut Tournee,
) -> Result<()> {
    let maintenant = app.clock.now();
    let delai = usize::try_from(essai - 1).ok().and_then(|n| DELAIS.get(n));
    let suite = delai.map(|minutes| maintenant + time::Duration::minutes(*minutes));
    let (etat, raison, suite) = match (issue, suite) {
        (Issue::Parti, _) => ("envoye", None, None),
        (Issue::Reporte(raison) | Issue::Injoignable(raison), Some(suite)) => {
            ("attente", Some(raison), Some(suite))
        }
        (Issue::Refuse(r) | Issue::Reporte(r) | Issue::Injoignable(r), _) => {
            ("abandonne", Some(r), None)
        }
    };
    match etat {
        "envoye" => fait.partis += 1,
        "attente" => fait.reportes += 1,
        _ => fait.abandonnes += 1,
    }
    if let Some(raison) = &raison {
        tracing::warn!(courriel = numero, essai, etat, raison, "mail not sent");
    }
    sqlx::query!(
        "select acces.rendre_courriel($1, $2, $3, $4, $5, $6)",
        numero,
        essai,
        etat,
        raison,
        suite,
        maintenant
    )
    .execute(&app.db)
    .await?;
    Ok(())
}

/// Addresses and words are not kept longer than they are of use.
async fn oublier(app: &App) -> Result<()> {
    let Some(poste) = &app.config.courriel else { return Ok(()) };
    let maintenant = app.clock.now();
    sqlx::query_scalar!(
        "select acces.oublier_courriels($1, $2)",
        maintenant - poste.oubli,
        maintenant
    )
    .fetch_one(&app.db)
    .await?;
    Ok(())
}
