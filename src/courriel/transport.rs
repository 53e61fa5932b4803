//! The way to the mail server, and what its answers mean.
use anyhow::{Context, Result};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox,
        header::{ContentType, HeaderName, HeaderValue},
    },
    transport::smtp::{
        Error,
        authentication::{Credentials, DEFAULT_MECHANISMS},
        client::{AsyncSmtpConnection, Certificate, Tls as Chiffre, TlsParameters},
        commands::Mail,
        extension::ClientId,
    },
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::config::{Poste, Tls};

/// A mail that is about to leave.
pub(super) struct Depart {
    pub cle: Uuid,
    pub adresse: String,
    pub sujet: String,
    pub texte: String,
    pub ecrit_le: OffsetDateTime,
}

/// What came of one try. The reasons are ours: a server's own words name people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Issue {
    Parti,
    /// Never for this mail.
    Refuse(String),
    /// Not now, for this mail.
    Reporte(String),
    /// Not now, for any: the server, or what we say to it, is at fault.
    Injoignable(String),
}

pub struct Transport {
    smtp: AsyncSmtpTransport<Tokio1Executor>,
    poste: Poste,
}

impl Transport {
    /// # Errors
    /// Certificates that are none.
    pub fn new(poste: &Poste) -> Result<Self> {
        let mut smtp = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&poste.hote)
            .port(poste.port)
            .timeout(Some(poste.delai))
            .tls(chiffre(poste)?);
        if let Some((identifiant, secret)) = &poste.identite {
            smtp = smtp.credentials(Credentials::new(identifiant.clone(), secret.0.clone()));
        }
        Ok(Self { smtp: smtp.build(), poste: poste.clone() })
    }

    /// Never longer than the delay of the server's settings, however slowly it answers.
    pub(super) async fn envoyer(&self, depart: &Depart) -> Issue {
        let Ok(message) = self.message(depart) else {
            return Issue::Refuse("adresse impossible à écrire".to_owned());
        };
        match tokio::time::timeout(self.poste.delai, self.smtp.send(message)).await {
            Ok(Ok(_)) => Issue::Parti,
            Ok(Err(e)) => match issue(&e) {
                Issue::Refuse(_) if !self.accueille().await => {
                    Issue::Injoignable(MAL_REGLE.to_owned())
                }
                autre => autre,
            },
            Err(_) => Issue::Injoignable(TROP_LONG.to_owned()),
        }
    }

    /// Whether the server lets us in and takes our own address: a refusal is then of this mail. Asked after one only.
    async fn accueille(&self) -> bool {
        let essai = tokio::time::timeout(self.poste.delai, self.saluer());
        matches!(essai.await, Ok(Ok(true)))
    }

    async fn saluer(&self) -> Result<bool> {
        let (poste, nous) = (&self.poste, ClientId::default());
        let parametres = match chiffre(poste)? {
            Chiffre::Wrapper(p) => (Some(p), None),
            Chiffre::Required(p) | Chiffre::Opportunistic(p) => (None, Some(p)),
            Chiffre::None => (None, None),
        };
        let ou = (poste.hote.as_str(), poste.port);
        let delai = Some(poste.delai);
        let mut la =
            AsyncSmtpConnection::connect_tokio1(ou, delai, &nous, parametres.0, None).await?;
        if let Some(p) = parametres.1 {
            la.starttls(p, &nous).await?;
        }
        if let Some((identifiant, secret)) = &poste.identite {
            let qui = Credentials::new(identifiant.clone(), secret.0.clone());
            la.auth(DEFAULT_MECHANISMS, &qui).await?;
        }
        let pris = la.command(Mail::new(Some(poste.expediteur.clone()), vec![])).await.is_ok();
        la.quit().await?;
        Ok(pris)
    }

    fn message(&self, depart: &Depart) -> Result<Message> {
        let auto = HeaderName::new_from_ascii_str("Auto-Submitted");
        let poste = &self.poste;
        // The same try after try: whoever receives it twice sees one.
        let numero = format!("<{}@{}>", depart.cle, poste.expediteur.domain());
        Ok(Message::builder()
            .from(Mailbox::new(Some(poste.nom.clone()), poste.expediteur.clone()))
            .to(Mailbox::new(None, depart.adresse.parse()?))
            .subject(&depart.sujet)
            .date(depart.ecrit_le.into())
            .message_id(Some(numero))
            .raw_header(HeaderValue::new(auto, "auto-generated".to_owned()))
            .header(ContentType::TEXT_PLAIN)
            .body(depart.texte.clone())?)
    }
}

fn chiffre(poste: &Poste) -> Result<Chiffre> {
    if poste.tls == Tls::Aucun {
        return Ok(Chiffre::None);
    }
    let mut reglages = TlsParameters::builder(poste.hote.clone());
    if let Some(pem) = &poste.autorite {
        let certificat = Certificate::from_pem(pem)
            .context("LIVRET_SMTP_AUTORITE n’est pas un certificat au format PEM")?;
        reglages = reglages.add_root_certificate(certificat);
    }
    let reglages = reglages.build().context("LIVRET_SMTP_TLS\u{a0}: chiffrement impossible")?;
    Ok(if poste.tls == Tls::Tls { Chiffre::Wrapper(reglages) } else { Chiffre::Required(reglages) })
}

const MAL_REGLE: &str =
    "le serveur de courriel refuse notre connexion ou notre adresse d’expéditeur";
const TROP_LONG: &str = "le serveur de courriel met trop de temps à répondre";

fn issue(e: &Error) -> Issue {
    let Some(code) = e.status().map(u16::from) else {
        return Issue::Injoignable(
            match e {
                e if e.is_timeout() => TROP_LONG,
                e if e.is_tls() => "la connexion chiffrée au serveur de courriel échoue",
                e if e.is_client() => {
                    "le serveur de courriel n’offre pas ce que les réglages demandent"
                }
                e if e.is_response() => "le serveur de courriel répond de façon incompréhensible",
                _ => "le serveur de courriel est injoignable",
            }
            .to_owned(),
        );
    };
    match code {
        // Who we are is not accepted: no mail is at fault.
        421 | 530 | 534 | 535 | 538 | 454 => {
            Issue::Injoignable(format!("le serveur de courriel ne nous accepte pas (code {code})"))
        }
        500.. => Issue::Refuse(format!("le serveur de courriel refuse ce message (code {code})")),
        _ => Issue::Reporte(format!("le serveur de courriel remet à plus tard (code {code})")),
    }
}
