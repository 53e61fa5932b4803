//! Coming in: the sign-in with its throttle, the session and its cookie.
use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderValue, Method, header},
    middleware::Next,
    response::{IntoResponseParts, Response, ResponseParts},
};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use sha2::{Digest, Sha256};
use time::{Duration, OffsetDateTime};

use super::{
    Compte, Entrant,
    arrivee::{self, Arrivee},
    essai::{self, Essai},
    secret,
};
use crate::{
    app::App,
    error::{self, Error, Result},
};

/// Longest life of a cookie; the database decides before.
pub const COOKIE_DUREE: Duration = Duration::hours(12);
/// A session seen less than this ago is not written again.
const TOUCHE: Duration = Duration::minutes(1);
/// A password or a factor given less than this ago need not be given again for what weighs most.
const CONFIRMATION: Duration = Duration::minutes(10);

/// What came of a try to sign in.
pub enum Entree {
    Ouverte(Ouverte),
    Refusee,
    /// Too many failures: seconds to wait.
    Attendre(i64),
}

/// A session that was just opened.
pub struct Ouverte {
    pub cookies: Cookies,
    /// The second factor is still to be given, or to be chosen: nothing else opens.
    pub partielle: bool,
}

impl Ouverte {
    /// The value of the session's own cookie.
    pub fn session(&self) -> &str {
        self.cookies.0[0].value()
    }
}

/// What the browser is given: the session, then what makes this browser known.
pub struct Cookies(Vec<Cookie<'static>>);

impl IntoResponseParts for Cookies {
    type Error = std::convert::Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        let valeurs = self.0.iter().filter_map(|c| HeaderValue::try_from(c.to_string()).ok());
        for valeur in valeurs {
            parts.headers_mut().append(header::SET_COOKIE, valeur);
        }
        Ok(parts)
    }
}

pub(super) fn empreinte(texte: &str) -> [u8; 32] {
    Sha256::digest(texte.as_bytes()).into()
}

/// Same answer, same time for an unknown account, a wrong password, a closed account, one that has no password yet.
pub async fn sign_in(
    app: &App,
    arrivee: &Arrivee,
    identifiant: &str,
    mot_de_passe: String,
) -> Result<Entree> {
    let identifiant = essai::canonique(identifiant);
    let machine = arrivee.empreinte();
    let connu = sqlx::query!(
        r#"select (select secret from acces.compte where identifiant = $1 and ferme_le is null) as secret,
                  exists (select from acces.appareil join acces.compte using (compte_id)
                           where identifiant = $1 and empreinte = $2) as "connu!""#,
        identifiant,
        machine.as_ref().map(<[u8; 32]>::as_slice)
    )
    .fetch_one(&app.db)
    .await?;
    let essai = Essai::new("secret", &identifiant, arrivee);
    let essai = match machine {
        Some(machine) if connu.connu => essai.connu(&machine),
        _ => essai,
    };
    if let Some(secondes) = essai.prendre(app).await? {
        return Ok(Entree::Attendre(secondes));
    }
    if !secret::verifier(app, mot_de_passe, connu.secret).await? {
        return Ok(Entree::Refusee);
    }
    essai.reussi(app).await?;
    Ok(ouvrir(app, arrivee, &identifiant, false).await?.map_or(Entree::Refusee, Entree::Ouverte))
}

/// Opens a session for an account whose owner has proved herself; `deux`: by a second factor too. `None` when there is
/// no such account, or it is closed.
pub async fn ouvrir(
    app: &App,
    arrivee: &Arrivee,
    identifiant: &str,
    deux: bool,
) -> Result<Option<Ouverte>> {
    let (valeur, machine) = (hex::encode(app.random.bytes::<32>()), arrivee.machine(app));
    let (cookie_, connue) = (empreinte(&valeur), empreinte(&machine));
    let partielle = sqlx::query_scalar!(
        "select acces.ouvrir_session($1, $2, $3, $4, $5, $6)",
        cookie_.as_slice(),
        identifiant,
        deux,
        arrivee.navigateur,
        connue.as_slice(),
        app.clock.now()
    )
    .fetch_one(&app.db)
    .await?;
    let ouverte = |partielle: bool| {
        let mut rendus = vec![cookie(app, valeur)];
        if !partielle {
            rendus.push(arrivee::cookie(app, machine));
        }
        Ouverte { cookies: Cookies(rendus), partielle }
    };
    Ok(partielle.map(ouverte))
}

/// The same where there is no browser: the value of the session's cookie.
pub async fn ouvrir_session(app: &App, identifiant: &str) -> Result<Option<String>> {
    let valeur = hex::encode(app.random.bytes::<32>());
    let cookie = empreinte(&valeur);
    let partielle = sqlx::query_scalar!(
        "select acces.ouvrir_session($1, $2, false, '', null, $3)",
        cookie.as_slice(),
        identifiant,
        app.clock.now()
    )
    .fetch_one(&app.db)
    .await?;
    Ok(partielle.map(|_| valeur))
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
        if let Some(valeur) = jar.get(nom(&app)) {
            let de_soi_meme = de_soi_meme(&request);
            if let Some(compte) = Compte::seen(&app, valeur.value(), de_soi_meme).await? {
                error::de_la_part_de(compte.cadre(request.uri().path()));
                request.extensions_mut().insert(Arc::new(compte));
            } else if let Some(entrant) = Entrant::seen(&app, valeur.value()).await? {
                request.extensions_mut().insert(Arc::new(entrant));
            }
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
            r#"select compte_id as "compte_id!", session_id as "session_id!", confirmee_le as "confirmee_le!",
                      inconnues as "inconnues!", etablissement_id as "etablissement_id!", personne_id as "personne_id!", civilite,
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
            compte_id: l.compte_id,
            session_id: l.session_id,
            recente: now - l.confirmee_le < CONFIRMATION,
            inconnues: l.inconnues,
            decalage: l.ici_le.assume_utc() - now,
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
