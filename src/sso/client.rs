//! Asking a portal: https, five seconds, a bounded answer, no redirection followed. And what may be wrong, in words.
use std::{net::IpAddr, sync::LazyLock, time::Duration};

use openidconnect::http::{Request, Response};
use url::{Host, Url};

/// The longest that somebody waits for a portal.
const ATTENTE: Duration = Duration::from_secs(5);
/// The longest answer that is read.
const REPONSE_MAX: usize = 1 << 20;

/// What is wrong on the side of a portal. No word of what it answered: that may hold a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Panne {
    #[error("son adresse n’est pas en https")]
    PasHttps,
    #[error("il ne répond pas")]
    Injoignable,
    #[error("il met plus de cinq secondes à répondre")]
    TropLong,
    #[error("sa réponse est trop grande pour en être une")]
    TropGros,
    #[error("il renvoie vers une autre adresse\u{a0}: c’est celle-là qu’il faut donner")]
    Ailleurs,
    #[error("il répond par une erreur ({0})")]
    Statut(u16),
    #[error(
        "il répond par une page, pas comme un serveur de connexion\u{a0}: vérifiez la fin de l’adresse"
    )]
    UnePage,
    #[error("sa réponse ne peut pas être lue")]
    Illisible,
    #[error("sa réponse dit deux choses à la fois")]
    Double,
    #[error("sa réponse ne contient pas l’identité attendue\u{a0}: vérifiez le nom de l’attribut")]
    SansIdentite,
    #[error("il ne reconnaît pas ce passage\u{a0}: il a expiré ou a déjà servi")]
    TicketRefuse,
    #[error(
        "il ne connaît pas l’adresse de retour de cette application\u{a0}: donnez-la à qui l’administre"
    )]
    ServiceInconnu,
    #[error("il refuse l’identifiant ou le secret de cette application")]
    ClientRefuse,
    #[error("sa signature n’est pas la bonne")]
    Signature,
    #[error("l’heure de son serveur et celle du nôtre sont trop éloignées")]
    Horloge,
    #[error("il se présente sous une autre adresse que celle qui est réglée ici")]
    AutreEmetteur,
    #[error("le secret enregistré ici ne s’ouvre plus\u{a0}: saisissez-le de nouveau")]
    SecretPerdu,
}

impl Panne {
    /// One word for the log.
    pub(super) fn code(self) -> String {
        format!("{self:?}")
    }
}

/// Could one go there? In https, or on this machine (the tests).
pub(super) fn sur(adresse: &str) -> Option<Url> {
    let url = Url::parse(adresse).ok()?;
    let sans_nom = url.username().is_empty() && url.password().is_none();
    let ici = match url.host()? {
        Host::Ipv4(ip) => IpAddr::V4(ip).is_loopback(),
        Host::Ipv6(ip) => IpAddr::V6(ip).is_loopback(),
        Host::Domain(nom) => nom == "localhost",
    };
    (sans_nom && (url.scheme() == "https" || url.scheme() == "http" && ici)).then_some(url)
}

/// The client of the world, and that of this machine, which no proxy stands before.
static CLIENTS: LazyLock<Option<(reqwest::Client, reqwest::Client)>> = LazyLock::new(|| {
    // reqwest is built without a cryptographic library of its own; a second installation is the same one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let neuf = || {
        reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(ATTENTE)
            .user_agent(concat!("Livret/", env!("CARGO_PKG_VERSION")))
    };
    Some((neuf().build().ok()?, neuf().no_proxy().build().ok()?))
});

/// One request, one answer.
pub(super) async fn envoyer(demande: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Panne> {
    let url = sur(&demande.uri().to_string()).ok_or(Panne::PasHttps)?;
    let (dehors, ici) = CLIENTS.as_ref().ok_or(Panne::Injoignable)?;
    let client = if url.scheme() == "http" { ici } else { dehors };
    let demande = reqwest::Request::try_from(demande).map_err(|_| Panne::Illisible)?;
    let lente =
        |e: &reqwest::Error| if e.is_timeout() { Panne::TropLong } else { Panne::Injoignable };
    let mut recue = client.execute(demande).await.map_err(|e| lente(&e))?;
    let mut reponse = Response::builder().status(recue.status());
    for (nom, valeur) in recue.headers() {
        reponse = reponse.header(nom, valeur);
    }
    let mut corps = vec![];
    while let Some(morceau) = recue.chunk().await.map_err(|e| lente(&e))? {
        if corps.len() + morceau.len() > REPONSE_MAX {
            return Err(Panne::TropGros);
        }
        corps.extend_from_slice(&morceau);
    }
    reponse.body(corps).map_err(|_| Panne::Illisible)
}

/// What it answers at this address, when that is an answer.
pub(super) async fn lire(adresse: &Url, jeton: Option<&str>) -> Result<Vec<u8>, Panne> {
    let mut demande = Request::get(adresse.as_str());
    if let Some(jeton) = jeton {
        demande = demande.header("authorization", format!("Bearer {jeton}"));
    }
    let reponse = envoyer(demande.body(vec![]).map_err(|_| Panne::Illisible)?).await?;
    match reponse.status().as_u16() {
        200 => Ok(reponse.into_body()),
        300..400 => Err(Panne::Ailleurs),
        statut => Err(Panne::Statut(statut)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_goes_in_https_or_on_this_machine_and_nowhere_else() {
        for bonne in [
            "https://ent.example.org/cas",
            "http://127.0.0.1:8000/cas",
            "http://localhost/x",
            "http://[::1]:9/",
        ] {
            assert!(sur(bonne).is_some(), "{bonne}");
        }
        for fausse in [
            "http://ent.example.org",
            "http://127.0.0.1.example.org/",
            "http://localhost.example.org/",
            "https://ent.example.org@ailleurs.example.org/",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "ent.example.org",
            "",
        ] {
            assert!(sur(fausse).is_none(), "{fausse}");
        }
    }
}
