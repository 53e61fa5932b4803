//! Coming in: the sign-in with its throttle, the session and its cookie.
use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{Method, header},
    middleware::Next,
    response::Response,
};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use sha2::{Digest, Sha256};
use time::{Duration, OffsetDateTime};

use super::{Compte, secret};
use crate::{
    app::App,
    error::{self, Error, Result},
};

/// Longest life of a cookie; the database decides before.
pub const COOKIE_DUREE: Duration = Duration::hours(12);
/// Failures that cost nothing, for one identifiant.
const ESSAIS_LIBRES: i32 = 5;
/// A session seen less than this ago is not written again.
const TOUCHE: Duration = Duration::minutes(1);

/// What came of a try to sign in.
pub enum Entree {
    /// The value of the cookie.
    Ouverte(String),
    Refusee,
    /// Too many failures: seconds to wait.
    Attendre(i64),
}

fn empreinte(texte: &str) -> [u8; 32] {
    Sha256::digest(texte.as_bytes()).into()
}

/// Same answer, same time for an unknown account, a wrong password, a closed account.
pub async fn sign_in(app: &App, identifiant: &str, mot_de_passe: String) -> Result<Entree> {
    let identifiant = identifiant.trim().to_lowercase();
    let (qui, now) = (empreinte(&identifiant), app.clock.now());
    let connu = sqlx::query!(
        r#"select (select jusqu_au from acces.essai where identifiant = $1 and echecs >= $3) as jusqu_au,
                  (select secret from acces.compte where identifiant = $2 and ferme_le is null) as secret"#,
        qui.as_slice(), identifiant, ESSAIS_LIBRES
    )
    .fetch_one(&app.db)
    .await?;
    if let Some(jusqu_au) = connu.jusqu_au
        && now < jusqu_au
    {
        return Ok(Entree::Attendre((jusqu_au - now).whole_seconds() + 1));
    }
    if !secret::verifier(app, mot_de_passe, connu.secret).await? {
        // 1, 2, 4 … 900 s after the free failures; never for ever.
        sqlx::query!(
            "insert into acces.essai as e (identifiant, echecs, jusqu_au) values ($1, 1, $2)
             on conflict (identifiant) do update
                set echecs = e.echecs + 1,
                    jusqu_au = $2 + least(900, power(2, least(e.echecs + 1 - $3, 10))) * interval '1 second'",
            qui.as_slice(), now, ESSAIS_LIBRES
        )
        .execute(&app.db)
        .await?;
        return Ok(Entree::Refusee);
    }
    sqlx::query!("delete from acces.essai where identifiant = $1", qui.as_slice())
        .execute(&app.db)
        .await?;
    Ok(ouvrir_session(app, &identifiant).await?.map_or(Entree::Refusee, Entree::Ouverte))
}

/// Opens a session for an account whose owner has proved herself.
pub async fn ouvrir_session(app: &App, identifiant: &str) -> Result<Option<String>> {
    let valeur = hex::encode(app.random.bytes::<32>());
    let cookie = empreinte(&valeur);
    let fait = sqlx::query!(
        "insert into acces.session (empreinte, compte_id, ouverte_le, vue_le)
         select $1, compte_id, $3, $3 from acces.compte where identifiant = $2 and ferme_le is null",
        cookie.as_slice(), identifiant, app.clock.now()
    )
    .execute(&app.db)
    .await?;
    Ok((fait.rows_affected() == 1).then_some(valeur))
}

pub async fn fermer_session(app: &App, jar: &CookieJar) -> Result<()> {
    if let Some(valeur) = jar.get(nom(app)) {
        let cookie = empreinte(valeur.value());
        sqlx::query!(
            "update acces.session set fermee_le = $2 where empreinte = $1 and fermee_le is null",
            cookie.as_slice(),
            app.clock.now()
        )
        .execute(&app.db)
        .await?;
    }
    Ok(())
}

fn nom(app: &App) -> &'static str {
    if app.config.https { "__Host-sid" } else { "sid" }
}

/// The session's cookie; an empty value takes it away.
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

/// Who is asking, once per request: one query, kept beside the request for the proofs.
pub async fn identify(
    State(app): State<App>,
    mut request: Request,
    next: Next,
) -> Result<Response> {
    if request.headers().contains_key(header::COOKIE)
        && !request.uri().path().starts_with("/static/")
    {
        let jar = CookieJar::from_headers(request.headers());
        if let Some(valeur) = jar.get(nom(&app))
            && let Some(compte) = Compte::seen(&app, valeur.value(), de_soi_meme(&request)).await?
        {
            error::de_la_part_de(compte.cadre(request.uri().path()));
            request.extensions_mut().insert(Arc::new(compte));
        }
    }
    Ok(next.run(request).await)
}

/// What an open page asks by itself: nobody is there, and a session that rests goes on resting.
fn de_soi_meme(request: &Request) -> bool {
    let chemin = request.uri().path();
    request.method() == Method::GET
        && (chemin.ends_with("/signal") || chemin.ends_with("/positionnements"))
}

impl Compte {
    /// The account behind a cookie: open, not too old, of a person who is something today.
    pub async fn of_session(app: &App, valeur: &str) -> Result<Option<Self>, Error> {
        Self::seen(app, valeur, false).await
    }

    async fn seen(app: &App, valeur: &str, de_soi_meme: bool) -> Result<Option<Self>, Error> {
        let (cookie, now) = (empreinte(valeur), app.clock.now());
        let Some(l) = sqlx::query!(
            r#"select etablissement_id as "etablissement_id!", personne_id as "personne_id!", civilite,
                      nom as "nom!", prenom as "prenom!", genres as "genres!", etablissement as "etablissement!",
                      fictif as "fictif!", ici_le as "ici_le!", vue_le as "vue_le!"
                 from acces.entrer($1, $2)"#,
            cookie.as_slice(), now
        )
        .fetch_optional(&app.db)
        .await?
        else {
            return Ok(None);
        };
        if !de_soi_meme {
            toucher(app, &cookie, l.vue_le, now).await?;
        }
        Ok(Some(Self {
            etablissement_id: l.etablissement_id,
            personne_id: l.personne_id,
            civilite: l.civilite,
            nom: l.nom,
            prenom: l.prenom,
            fonctions: l.genres,
            etablissement: l.etablissement,
            fictif: l.fictif,
            ici_le: l.ici_le,
            courriel: app.config.courriel.is_some(),
        }))
    }
}

async fn toucher(
    app: &App,
    cookie: &[u8],
    vue_le: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<()> {
    if now - vue_le > TOUCHE {
        sqlx::query!("update acces.session set vue_le = $2 where empreinte = $1", cookie, now)
            .execute(&app.db)
            .await?;
    }
    Ok(())
}
