//! Coming in by a link: who it is for, the visit that it opens, the cookie of that visit.
use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::header,
    middleware::Next,
    response::Response,
};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use sha2::{Digest, Sha256};
use time::Duration;

use super::{Invite, Tuteur};
use crate::{
    app::App,
    error::{self, Result},
};

/// Longest life of the cookie; the database decides before.
const COOKIE_DUREE: Duration = Duration::hours(12);

pub(super) fn empreinte(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

fn nom(app: &App) -> &'static str {
    if app.config.https { "__Host-tuteur" } else { "tuteur" }
}

/// The cookie of a visit; an empty value takes it away.
pub fn cookie(app: &App, valeur: String) -> Cookie<'static> {
    let duree = if valeur.is_empty() { Duration::ZERO } else { COOKIE_DUREE };
    Cookie::build((nom(app), valeur))
        .path("/")
        .http_only(true)
        .secure(app.config.https)
        .same_site(SameSite::Lax)
        .max_age(duree)
        .build()
}

/// For whom this link is, while it is good. It reads, and changes nothing: scanners of mail come here first.
pub async fn invite(app: &App, jeton: &str) -> Result<Option<Invite>> {
    let hache = empreinte(jeton);
    let lien: Option<i64> = sqlx::query_scalar!("select acces.lien_de($1)", hache.as_slice())
        .fetch_one(&app.db)
        .await?;
    match lien {
        Some(lien) => du_lien(app, lien).await,
        None => Ok(None),
    }
}

async fn du_lien(app: &App, lien: i64) -> Result<Option<Invite>> {
    Ok(sqlx::query_as!(
        Invite,
        r#"select etablissement_id as "etablissement_id!", lien_id as "lien_id!", periode_id as "periode_id!",
                  etudiant_id as "etudiant_id!", tuteur_id as "tuteur_id!", tuteur as "tuteur!", stagiaire as "stagiaire!",
                  organisation as "organisation!", etablissement as "etablissement!", fictif as "fictif!",
                  edition as "edition!", ici_le as "ici_le!", dernier_jour as "dernier_jour!"
             from acces.lien_ouvert($1, $2)"#,
        lien,
        app.clock.now()
    )
    .fetch_optional(&app.db)
    .await?)
}

/// Opens a visit: the value of its cookie.
pub async fn ouvrir(app: &App, invite: &Invite) -> Result<String> {
    let valeur = hex::encode(app.random.bytes::<32>());
    let hache = empreinte(&valeur);
    sqlx::query!(
        "select acces.ouvrir_tuteur($1, $2, $3)",
        invite.lien_id,
        hache.as_slice(),
        app.clock.now()
    )
    .execute(&app.db)
    .await?;
    Ok(valeur)
}

/// « Ce n’est pas moi »: nothing is closed, the team is told.
pub async fn pas_moi(app: &App, invite: &Invite) -> Result<()> {
    sqlx::query!("select acces.pas_moi($1, $2)", invite.lien_id, app.clock.now())
        .execute(&app.db)
        .await?;
    Ok(())
}

pub async fn fermer(app: &App, jar: &CookieJar) -> Result<()> {
    if let Some(valeur) = jar.get(nom(app)) {
        let hache = empreinte(valeur.value());
        sqlx::query!("select acces.fermer_tuteur($1, $2)", hache.as_slice(), app.clock.now())
            .execute(&app.db)
            .await?;
    }
    Ok(())
}

/// Whose visit it is, on the pages of a tutor: the link is looked at again each time, so that a revoked one opens nothing.
pub async fn identify(
    State(app): State<App>,
    mut request: Request,
    next: Next,
) -> Result<Response, error::Error> {
    let chemin = request.uri().path();
    if (chemin == "/tuteur" || chemin.starts_with("/tuteur/"))
        && request.headers().contains_key(header::COOKIE)
    {
        let jar = CookieJar::from_headers(request.headers());
        if let Some(valeur) = jar.get(nom(&app)) {
            let hache = empreinte(valeur.value());
            let lien: Option<i64> = sqlx::query_scalar!(
                "select acces.visite_de($1, $2)",
                hache.as_slice(),
                app.clock.now()
            )
            .fetch_one(&app.db)
            .await?;
            if let Some(lien) = lien
                && let Some(invite) = du_lien(&app, lien).await?
            {
                request.extensions_mut().insert(tuteur(invite));
            }
        }
    }
    Ok(next.run(request).await)
}

/// Who is in front of the page, once the visit is open.
pub fn tuteur(invite: Invite) -> Tuteur {
    Tuteur(Arc::new(invite))
}
