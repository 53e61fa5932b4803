//! Passkeys: a key of the computer, of a telephone or of a USB stick signs what we ask. What was asked waits in the
//! database, once, for five minutes. Only where this installation has a name: no browser gives a key to a bare number.
use axum::http::{HeaderMap, header};
use serde::Serialize;
use time::Duration;
use uuid::Uuid;
use webauthn_rs::prelude::{
    CredentialID, Passkey, PasskeyAuthentication, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Url, Webauthn, WebauthnBuilder,
};

use super::{Arrivee, essai::Essai, facteur::Lu};
use crate::{
    app::App,
    error::{Error, Result},
};

const DEFI_DUREE: Duration = Duration::minutes(5);

/// What a browser is asked: the number of the question, and the question in its own terms.
#[derive(Debug, Serialize)]
pub struct Defi<Q> {
    pub defi: Uuid,
    #[serde(flatten)]
    pub question: Q,
}

/// Who asks for keys here. `None` where none can be used: an address in numbers.
pub fn relais(app: &App, headers: &HeaderMap) -> Option<Webauthn> {
    let origine = if let Some(origine) = &app.config.origine {
        Url::parse(origine).ok()?
    } else {
        // Nobody said what our address is: what a browser says of it is believed on this machine only.
        let hote = headers.get(header::HOST)?.to_str().ok()?;
        Url::parse(&format!("http://{hote}")).ok().filter(|u| u.domain() == Some("localhost"))?
    };
    let domaine = origine.domain()?.to_owned();
    WebauthnBuilder::new(&domaine, &origine).ok()?.rp_name("Livret").build().ok()
}

fn faute(e: impl std::fmt::Debug) -> Error {
    Error::Internal(anyhow::anyhow!("passkey: {e:?}"))
}

async fn siennes(app: &App, compte: i64) -> Result<Vec<(i64, Passkey)>> {
    let lues = sqlx::query!(
        r#"select facteur_id, cle as "cle!" from acces.facteur
            where compte_id = $1 and genre = 'cle' and retire_le is null"#,
        compte
    )
    .fetch_all(&app.db)
    .await?;
    lues.into_iter()
        .map(|l| Ok((l.facteur_id, serde_json::from_value(l.cle).map_err(faute)?)))
        .collect()
}

async fn garder(app: &App, compte: i64, genre: &str, etat: impl Serialize) -> Result<Uuid> {
    let (defi, le) = (app.random.uuid(), app.clock.now());
    sqlx::query!(
        "with vieux as (delete from acces.defi where jusqu_au < $5)
         insert into acces.defi (defi_id, compte_id, genre, etat, jusqu_au) values ($1, $2, $3, $4, $6)",
        defi,
        compte,
        genre,
        serde_json::to_value(etat).map_err(faute)?,
        le,
        le + DEFI_DUREE
    )
    .execute(&app.db)
    .await?;
    Ok(defi)
}

/// Takes what was asked away: it is answered once.
async fn prendre<T: serde::de::DeserializeOwned>(
    app: &App,
    compte: i64,
    (genre, defi): (&str, Uuid),
) -> Result<Option<T>> {
    let etat = sqlx::query_scalar!(
        "delete from acces.defi where defi_id = $1 and compte_id = $2 and genre = $3 and $4 < jusqu_au
         returning etat",
        defi,
        compte,
        genre,
        app.clock.now()
    )
    .fetch_optional(&app.db)
    .await?;
    Ok(etat.and_then(|e| serde_json::from_value(e).ok()))
}

/// What a browser is asked so that it makes a key.
pub async fn proposer(
    app: &App,
    relais: &Webauthn,
    (compte, identifiant): (i64, &str),
) -> Result<Defi<impl Serialize + use<>>> {
    let poignee =
        sqlx::query_scalar!("select poignee from acces.compte where compte_id = $1", compte)
            .fetch_one(&app.db)
            .await?;
    let deja: Vec<CredentialID> =
        siennes(app, compte).await?.iter().map(|(_, c)| c.cred_id().clone()).collect();
    let (question, etat) = relais
        .start_passkey_registration(poignee, identifiant, identifiant, Some(deja))
        .map_err(faute)?;
    Ok(Defi { defi: garder(app, compte, "ajout", etat).await?, question })
}

/// The key that a browser made. `false` when it answers nothing that was asked.
pub async fn ajouter(
    app: &App,
    relais: &Webauthn,
    compte: i64,
    (defi, reponse, nom): (Uuid, &str, &str),
) -> Result<bool> {
    let Some(etat) = prendre::<PasskeyRegistration>(app, compte, ("ajout", defi)).await? else {
        return Ok(false);
    };
    let Ok(reponse) = serde_json::from_str::<RegisterPublicKeyCredential>(reponse) else {
        return Ok(false);
    };
    let Ok(cle) = relais.finish_passkey_registration(&reponse, &etat) else { return Ok(false) };
    sqlx::query!(
        "insert into acces.facteur (compte_id, genre, nom, cle, ajoute_le) values ($1, 'cle', $2, $3, $4)",
        compte,
        nom,
        serde_json::to_value(&cle).map_err(faute)?,
        app.clock.now()
    )
    .execute(&app.db)
    .await?;
    Ok(true)
}

/// What a browser is asked so that one of her keys signs it. `None` when she has none.
pub async fn defier(
    app: &App,
    relais: &Webauthn,
    compte: i64,
) -> Result<Option<Defi<impl Serialize + use<>>>> {
    let cles: Vec<Passkey> = siennes(app, compte).await?.into_iter().map(|c| c.1).collect();
    if cles.is_empty() {
        return Ok(None);
    }
    let (question, etat) = relais.start_passkey_authentication(&cles).map_err(faute)?;
    Ok(Some(Defi { defi: garder(app, compte, "preuve", etat).await?, question }))
}

/// What her key signed.
pub async fn prouver(
    app: &App,
    relais: &Webauthn,
    (arrivee, compte): (&Arrivee, i64),
    (defi, reponse): (Uuid, &str),
) -> Result<Lu> {
    let essai = Essai::new("cle", &compte.to_string(), arrivee);
    if let Some(secondes) = essai.prendre(app).await? {
        return Ok(Lu::Attendre(secondes));
    }
    let Some(etat) = prendre::<PasskeyAuthentication>(app, compte, ("preuve", defi)).await? else {
        return Ok(Lu::Faux);
    };
    let Ok(reponse) = serde_json::from_str::<PublicKeyCredential>(reponse) else {
        return Ok(Lu::Faux);
    };
    let Ok(issue) = relais.finish_passkey_authentication(&reponse, &etat) else {
        return Ok(Lu::Faux);
    };
    for (facteur, mut cle) in siennes(app, compte).await? {
        if cle.update_credential(&issue).is_some() {
            sqlx::query!(
                "update acces.facteur set cle = $2, servi_le = $3 where facteur_id = $1",
                facteur,
                serde_json::to_value(&cle).map_err(faute)?,
                app.clock.now()
            )
            .execute(&app.db)
            .await?;
            essai.reussi(app).await?;
            return Ok(Lu::Bon);
        }
    }
    Ok(Lu::Faux) // taken away meanwhile
}
