//! Somebody on her way to a portal and back: what must come back together, once and soon; whom it proved, meanwhile.
use axum_extra::extract::{
    CookieJar,
    cookie::{Cookie, SameSite},
};
use sha2::{Digest, Sha256};
use time::{Date, Duration, OffsetDateTime};

use super::{Dit, Identite, Portail, coffre};
use crate::{
    app::App,
    compte::{self, Arrivee, Ouverte},
    connexion::Reprise,
    error::{Error, Result},
};

/// To come back.
const RETOUR: Duration = Duration::minutes(10);
/// To say who one is.
const DIRE: Duration = Duration::minutes(30);
/// How long a demand waits.
pub(super) const ATTENTE: Duration = Duration::days(30);
/// Demands that wait in one school: more is no school.
const DEMANDES_MAX: i64 = 2000;

fn empreinte(texte: &str) -> Vec<u8> {
    Sha256::digest(texte.as_bytes()).to_vec()
}

fn nom(app: &App) -> &'static str {
    if app.config.https { "__Host-portail" } else { "portail" }
}

/// The cookie of the way; an empty value takes it away.
pub(super) fn cookie(app: &App, valeur: String) -> Cookie<'static> {
    let duree = if valeur.is_empty() { Duration::ZERO } else { DIRE };
    Cookie::build((nom(app), valeur))
        .path("/")
        .http_only(true)
        .secure(app.config.https)
        .same_site(SameSite::Lax) // she comes back from another site
        .max_age(duree)
        .build()
}

/// What is kept of who leaves.
pub(super) struct Aller<'a> {
    pub(super) etat: &'a str,
    pub(super) nonce: &'a str,
    pub(super) verificateur: &'a str,
    /// The page of ours where she was going.
    pub(super) vers: &'a str,
    pub(super) reprise: Option<&'a Reprise>,
}

/// The same, when she comes back.
pub(super) struct Venue {
    pub(super) nonce: String,
    pub(super) verificateur: String,
    pub(super) vers: String,
    pub(super) reprise: Option<Reprise>,
}

/// Somebody whom a portal proved, and whom nobody here knows yet.
pub(super) struct Prouvee {
    pub(super) portail_id: i64,
    pub(super) portail: String,
    etablissement_id: i64,
    valeur: String,
    pub(super) dit: Dit,
    /// What became of what she said already.
    pub(super) etat: Option<String>,
    pub(super) dite_le: Option<Date>,
}

/// Leaves; the answer is the value of the cookie. What is too old is forgotten on the way.
pub(super) async fn partir(app: &App, f: &Portail, aller: &Aller<'_>) -> Result<String> {
    let (navigateur, le) = (hex::encode(app.random.bytes::<32>()), app.clock.now());
    let reprise = match aller.reprise {
        Some(reprise) => {
            let clair = serde_json::to_vec(reprise).map_err(|e| Error::Internal(e.into()))?;
            Some(coffre::fermer(&app.sceau, &app.random, aller.etat, &clair)?)
        }
        None => None,
    };
    sqlx::query!(
        "with vieux as (delete from acces.aller where commence_le < $8)
         insert into acces.aller (navigateur, etat, portail_id, nonce, verificateur, vers, reprise, commence_le)
         values ($1, $2, $3, $4, $5, $6, $7, $9)",
        empreinte(&navigateur),
        empreinte(aller.etat),
        f.portail_id,
        aller.nonce,
        aller.verificateur,
        aller.vers,
        reprise,
        le - DIRE,
        le
    )
    .execute(&app.db)
    .await?;
    Ok(navigateur)
}

/// Comes back: the browser that left, with the state that it was given, from the portal it went to, once, in time.
pub(super) async fn revenir(
    app: &App,
    jar: &CookieJar,
    etat: &str,
    f: i64,
) -> Result<Option<Venue>> {
    let Some(navigateur) = jar.get(nom(app)) else { return Ok(None) };
    let le = app.clock.now();
    let venue = sqlx::query!(
        "update acces.aller set etat = null
          where navigateur = $1 and etat = $2 and portail_id = $3 and commence_le > $4
         returning nonce, verificateur, vers, reprise",
        empreinte(navigateur.value()),
        empreinte(etat),
        f,
        le - RETOUR
    )
    .fetch_optional(&app.db)
    .await?;
    Ok(venue.map(|v| Venue {
        nonce: v.nonce,
        verificateur: v.verificateur,
        vers: v.vers,
        reprise: v
            .reprise
            .and_then(|r| coffre::ouvrir(&app.sceau, etat, &r))
            .and_then(|r| serde_json::from_slice(&r).ok()),
    }))
}

/// The identifiant of whom this portal knows as that.
pub(super) async fn compte(app: &App, f: i64, valeur: &str) -> Result<Option<String>> {
    Ok(sqlx::query_scalar!(
        "select c.identifiant from acces.rattachement r join acces.compte c using (compte_id)
          where r.portail_id = $1 and r.valeur = $2 and r.etat = 'confirme' and c.ferme_le is null",
        f,
        valeur
    )
    .fetch_optional(&app.db)
    .await?)
}

/// Opens her session by the same door as a password does; it remembers where she came from.
pub(super) async fn entrer(
    app: &App,
    arrivee: &Arrivee,
    f: i64,
    identifiant: &str,
) -> Result<Option<Ouverte>> {
    let Some(ouverte) = compte::ouvrir(app, arrivee, identifiant, false).await? else {
        return Ok(None);
    };
    sqlx::query!(
        "update acces.session set portail_id = $2 where empreinte = $1",
        empreinte(ouverte.session()),
        f
    )
    .execute(&app.db)
    .await?;
    Ok(Some(ouverte))
}

/// Nobody here knows her: what was proved waits for what she says.
pub(super) async fn garder(app: &App, jar: &CookieJar, qui: &Identite) -> Result<()> {
    let Some(navigateur) = jar.get(nom(app)) else { return Ok(()) };
    let dit = serde_json::to_value(&qui.dit).map_err(|e| Error::Internal(e.into()))?;
    sqlx::query!(
        "update acces.aller set valeur = $2, dit = $3 where navigateur = $1 and etat is null",
        empreinte(navigateur.value()),
        qui.valeur,
        dit
    )
    .execute(&app.db)
    .await?;
    Ok(())
}

/// The way is over.
pub(super) async fn finir(app: &App, jar: &CookieJar) -> Result<()> {
    if let Some(navigateur) = jar.get(nom(app)) {
        sqlx::query!(
            "delete from acces.aller where navigateur = $1",
            empreinte(navigateur.value())
        )
        .execute(&app.db)
        .await?;
    }
    Ok(())
}

/// Whom a portal proved in front of this browser, a moment ago.
pub(super) async fn prouvee(app: &App, jar: &CookieJar) -> Result<Option<Prouvee>> {
    let Some(navigateur) = jar.get(nom(app)) else { return Ok(None) };
    let le = app.clock.now();
    let l = sqlx::query!(
        r#"select f.portail_id, f.nom, f.etablissement_id, a.valeur as "valeur!", a.dit as "dit!",
                  r.etat as "etat?", r.dite_le as "dite_le?"
             from acces.aller a join acces.portail f using (portail_id)
             left join acces.rattachement r on r.portail_id = a.portail_id and r.valeur = a.valeur
                                           and not (r.etat = 'attente' and r.dite_le <= $3)
            where a.navigateur = $1 and a.valeur is not null and a.commence_le > $2 and f.actif"#,
        empreinte(navigateur.value()),
        le - DIRE,
        le - ATTENTE
    )
    .fetch_optional(&app.db)
    .await?;
    Ok(l.map(|l| Prouvee {
        portail_id: l.portail_id,
        portail: l.nom,
        etablissement_id: l.etablissement_id,
        valeur: l.valeur,
        dit: serde_json::from_value(l.dit).unwrap_or_default(),
        etat: l.etat,
        dite_le: l.dite_le.map(OffsetDateTime::date),
    }))
}

impl Prouvee {
    pub(super) fn en_attente(&self) -> bool {
        self.etat.as_deref() == Some("attente")
    }

    /// What she says of herself. Said again in other words, it is another demand; once confirmed it changes nothing.
    pub(super) async fn dire(
        &self,
        app: &App,
        (nom, prenom, naissance): (&str, &str, Date),
    ) -> Result<()> {
        let le = app.clock.now();
        oublier(app).await?;
        let fait = sqlx::query!(
            "insert into acces.rattachement as r (etablissement_id, portail_id, valeur, nom, prenom, naissance, dit, dite_le)
             select $1, $2, $3, $4, $5, $6, $7, $8
              where (select count(*) from acces.rattachement where etablissement_id = $1 and etat = 'attente') < $9
             on conflict (portail_id, valeur) do update
                set etat = 'attente', nom = $4, prenom = $5, naissance = $6, dit = $7, dite_le = $8, fois = r.fois + 1,
                    repondu_le = null
              where r.etat <> 'confirme' and (r.nom, r.prenom, r.naissance) is distinct from ($4, $5, $6)",
            self.etablissement_id,
            self.portail_id,
            self.valeur,
            nom,
            prenom,
            naissance,
            self.dit.phrase(),
            le,
            DEMANDES_MAX
        )
        .execute(&app.db)
        .await?;
        if fait.rows_affected() == 0 && self.etat.is_none() {
            return Err(Error::Refused(
                "Trop de demandes attendent déjà dans cet établissement. Adressez-vous à votre enseignant.".into(),
            ));
        }
        Ok(())
    }
}

/// What nobody answered in thirty days is forgotten; and refusals as old.
pub async fn oublier(app: &App) -> Result<u64> {
    let avant = app.clock.now() - ATTENTE;
    let oublies = sqlx::query!(
        "delete from acces.rattachement
          where etat = 'attente' and dite_le <= $1 or etat = 'refuse' and repondu_le <= $1",
        avant
    )
    .execute(&app.db)
    .await?;
    Ok(oublies.rows_affected())
}

/// At the start, then every day.
pub async fn oublier_chaque_jour(app: App) {
    let mut jour = tokio::time::interval(std::time::Duration::from_hours(24));
    loop {
        jour.tick().await;
        match oublier(&app).await {
            Ok(oublies) => tracing::info!(oublies, "demands of portals forgotten"),
            Err(e) => tracing::warn!(error = %e, "demands of portals not forgotten"),
        }
    }
}
