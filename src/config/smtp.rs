//! How mail leaves: what was set, then the same once it is checked.
use std::{path::PathBuf, str::FromStr};

use anyhow::{Context, Result, bail};
use clap::Args;
use lettre::Address;

// A mail server; without it, no mail. (No `///`: the command line would show it as its own.)
#[derive(Debug, Clone, Default, Args)]
pub struct Smtp {
    /// Serveur d’envoi des courriels, HÔTE:PORT ; sans lui, aucun courriel ne part
    #[arg(id = "smtp_adresse", long = "smtp-adresse", env = "LIVRET_SMTP_ADRESSE")]
    pub adresse: Option<String>,
    /// Chiffrement : starttls (sans ce réglage), tls ou aucun
    #[arg(id = "smtp_tls", long = "smtp-tls", env = "LIVRET_SMTP_TLS")]
    pub tls: Option<String>,
    /// Autorité de certification du serveur, fichier PEM, si la machine ne la connaît pas
    #[arg(id = "smtp_autorite", long = "smtp-autorite", env = "LIVRET_SMTP_AUTORITE")]
    pub autorite: Option<PathBuf>,
    /// Identifiant, si le serveur en demande un
    #[arg(id = "smtp_identifiant", long = "smtp-identifiant", env = "LIVRET_SMTP_IDENTIFIANT")]
    pub identifiant: Option<String>,
    /// Secret de cet identifiant, de préférence par la variable d’environnement
    #[arg(
        id = "smtp_secret",
        long = "smtp-secret",
        env = "LIVRET_SMTP_SECRET",
        hide_env_values = true
    )]
    pub secret: Option<Secret>,
    /// Adresse de l’expéditeur
    #[arg(id = "smtp_expediteur", long = "smtp-expediteur", env = "LIVRET_SMTP_EXPEDITEUR")]
    pub expediteur: Option<String>,
    /// Nom de l’expéditeur : Livret, sans ce réglage
    #[arg(id = "smtp_nom", long = "smtp-nom", env = "LIVRET_SMTP_NOM")]
    pub nom: Option<String>,
    /// Nombre de jours après lequel un courriel terminé perd son texte et son adresse : 7, sans ce réglage
    #[arg(id = "smtp_oubli", long = "smtp-oubli", env = "LIVRET_SMTP_OUBLI")]
    pub oubli: Option<String>,
}

/// Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

impl FromStr for Secret {
    type Err = std::convert::Infallible;
    fn from_str(texte: &str) -> Result<Self, Self::Err> {
        Ok(Self(texte.to_owned()))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    Aucun,
    Starttls,
    Tls,
}

/// A mail server that can be written to.
#[derive(Debug, Clone)]
pub struct Poste {
    pub hote: String,
    pub port: u16,
    pub tls: Tls,
    /// Certificates, in PEM.
    pub autorite: Option<Vec<u8>>,
    pub identite: Option<(String, Secret)>,
    pub expediteur: Address,
    pub nom: String,
    /// Longest time that one sending may take.
    pub delai: std::time::Duration,
    /// How long the words of a mail are kept once it is gone, or given up.
    pub oubli: time::Duration,
}

impl Poste {
    /// This server, spoken to in clear: the rest as it is without a setting.
    pub fn en_clair(hote: &str, port: u16, expediteur: Address) -> Self {
        Self {
            hote: hote.to_owned(),
            port,
            tls: Tls::Aucun,
            autorite: None,
            identite: None,
            expediteur,
            nom: "Livret".to_owned(),
            delai: std::time::Duration::from_secs(30),
            oubli: time::Duration::days(7),
        }
    }
}

/// What was set, an empty variable being none.
fn mis(reglage: Option<&String>) -> Option<&str> {
    reglage.map(|r| r.trim()).filter(|r| !r.is_empty())
}

impl Smtp {
    /// `None` when no server is set.
    ///
    /// # Errors
    /// In French: what is missing, contradicts something else or cannot be read.
    pub fn poste(&self, url: Option<&str>) -> Result<Option<Poste>> {
        let Some(adresse) = mis(self.adresse.as_ref()) else {
            let autres = [&self.tls, &self.identifiant, &self.expediteur, &self.nom, &self.oubli];
            let secret = self.secret.as_ref().is_some_and(|s| !s.0.is_empty());
            if secret || self.autorite.is_some() || autres.iter().any(|r| mis(r.as_ref()).is_some())
            {
                bail!(
                    "des réglages LIVRET_SMTP_… sont donnés sans LIVRET_SMTP_ADRESSE\u{a0}: donnez l’adresse du serveur, ou retirez-les"
                );
            }
            return Ok(None);
        };
        let (hote, port) = serveur(adresse)?;
        let tls = chiffrement(mis(self.tls.as_ref()))?;
        if url.is_none() {
            bail!("LIVRET_URL manque\u{a0}: un courriel dit à quelle adresse se connecter");
        }
        let expediteur = mis(self.expediteur.as_ref()).context(
            "LIVRET_SMTP_EXPEDITEUR manque\u{a0}: donnez l’adresse qui écrit, par exemple livret@lycee.example.org",
        )?;
        let expediteur = expediteur.parse().map_err(|_| {
            anyhow::anyhow!(
                "LIVRET_SMTP_EXPEDITEUR n’est pas une adresse de courriel\u{a0}: {expediteur}"
            )
        })?;
        let autorite = match &self.autorite {
            Some(fichier) => Some(std::fs::read(fichier).with_context(|| {
                format!("LIVRET_SMTP_AUTORITE\u{a0}: fichier {} illisible", fichier.display())
            })?),
            None => None,
        };
        let identite = self.identite(hote, tls)?;
        let nom = mis(self.nom.as_ref()).unwrap_or("Livret").to_owned();
        if nom.chars().any(char::is_control) || nom.chars().count() > 100 {
            bail!("LIVRET_SMTP_NOM doit tenir sur une ligne de 100 caractères au plus");
        }
        let oubli = jours(mis(self.oubli.as_ref()))?;
        let clair = Poste::en_clair(hote, port, expediteur);
        Ok(Some(Poste { tls, autorite, identite, nom, oubli, ..clair }))
    }

    fn identite(&self, hote: &str, tls: Tls) -> Result<Option<(String, Secret)>> {
        let secret = self.secret.clone().filter(|s| !s.0.is_empty());
        match (mis(self.identifiant.as_ref()), secret) {
            (None, None) => Ok(None),
            (Some(_), Some(_)) if tls == Tls::Aucun && !ici(hote) => bail!(
                "LIVRET_SMTP_SECRET voyagerait en clair\u{a0}: réglez LIVRET_SMTP_TLS sur starttls ou tls, ou retirez l’identifiant"
            ),
            (Some(identifiant), Some(secret)) => Ok(Some((identifiant.to_owned(), secret))),
            _ => bail!(
                "LIVRET_SMTP_IDENTIFIANT et LIVRET_SMTP_SECRET vont ensemble\u{a0}: l’un des deux manque"
            ),
        }
    }
}

/// This very machine.
fn ici(hote: &str) -> bool {
    hote == "localhost" || hote.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn serveur(adresse: &str) -> Result<(&str, u16)> {
    let lu = adresse.rsplit_once(':').and_then(|(hote, port)| {
        let hote = hote.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(hote);
        let port = port.parse().ok().filter(|p| *p > 0)?;
        let bon = !hote.is_empty() && !hote.contains(|c: char| c.is_whitespace() || c == '/');
        bon.then_some((hote, port))
    });
    lu.with_context(|| {
        format!("LIVRET_SMTP_ADRESSE s’écrit HÔTE:PORT, par exemple smtp.example.org:587\u{a0}: «\u{a0}{adresse}\u{a0}» ne convient pas")
    })
}

fn chiffrement(mot: Option<&str>) -> Result<Tls> {
    match mot.map(str::to_lowercase).as_deref() {
        None | Some("starttls") => Ok(Tls::Starttls),
        Some("tls") => Ok(Tls::Tls),
        Some("aucun") => Ok(Tls::Aucun),
        Some(autre) => bail!(
            "LIVRET_SMTP_TLS vaut starttls, tls ou aucun\u{a0}: «\u{a0}{autre}\u{a0}» n’existe pas"
        ),
    }
}

fn jours(mot: Option<&str>) -> Result<time::Duration> {
    let Some(mot) = mot else { return Ok(time::Duration::days(7)) };
    match mot.parse::<u16>() {
        Ok(jours) if jours <= 365 => Ok(time::Duration::days(jours.into())),
        _ => bail!(
            "LIVRET_SMTP_OUBLI est un nombre de jours, de 0 à 365\u{a0}: «\u{a0}{mot}\u{a0}» ne convient pas"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bon() -> Smtp {
        let texte = |t: &str| Some(t.to_owned());
        Smtp {
            adresse: texte("smtp.example.org:587"),
            expediteur: texte("livret@example.org"),
            ..Smtp::default()
        }
    }

    #[test]
    fn what_is_set_is_read_and_nothing_set_is_no_mail() {
        let url = Some("https://livret.example.org");
        assert!(Smtp::default().poste(None).unwrap().is_none());
        let vide = Smtp { adresse: Some(" ".into()), tls: Some(String::new()), ..Smtp::default() };
        assert!(vide.poste(None).unwrap().is_none(), "an empty variable is none");
        let poste = bon().poste(url).unwrap().unwrap();
        assert_eq!(
            (poste.hote.as_str(), poste.port, poste.tls),
            ("smtp.example.org", 587, Tls::Starttls)
        );
        assert!(poste.identite.is_none());
        let local = Smtp { adresse: Some("[::1]:2525".into()), ..bon() };
        assert_eq!(local.poste(url).unwrap().unwrap().hote, "::1");
    }

    #[test]
    fn a_wrong_setting_says_which_and_shows_no_secret() {
        let url = Some("https://livret.example.org");
        let texte = |t: &str| Some(t.to_owned());
        let secret = || Some(Secret("tres-secret".into()));
        let faux: [(&str, Smtp); 11] = [
            ("LIVRET_SMTP_ADRESSE", Smtp { adresse: texte("smtp.example.org"), ..bon() }),
            ("LIVRET_SMTP_ADRESSE", Smtp { adresse: texte("smtp://example.org:25"), ..bon() }),
            ("LIVRET_SMTP_ADRESSE", Smtp { adresse: texte("smtp.example.org:99999"), ..bon() }),
            ("LIVRET_SMTP_TLS", Smtp { tls: texte("ssl"), ..bon() }),
            ("LIVRET_SMTP_EXPEDITEUR manque", Smtp { expediteur: None, ..bon() }),
            ("LIVRET_SMTP_EXPEDITEUR", Smtp { expediteur: texte("le lycée"), ..bon() }),
            ("vont ensemble", Smtp { identifiant: texte("x"), ..bon() }),
            ("vont ensemble", Smtp { secret: secret(), ..bon() }),
            (
                "en clair",
                Smtp { identifiant: texte("x"), secret: secret(), tls: texte("aucun"), ..bon() },
            ),
            ("LIVRET_SMTP_OUBLI", Smtp { oubli: texte("-1"), ..bon() }),
            ("LIVRET_SMTP_AUTORITE", Smtp { autorite: Some("/nulle-part.pem".into()), ..bon() }),
        ];
        for (mot, smtp) in faux {
            let dit = format!("{:#} {smtp:?}", smtp.poste(url).unwrap_err());
            assert!(dit.contains(mot) && !dit.contains("tres-secret"), "{dit}");
        }
        let sans = Smtp { adresse: None, ..bon() }.poste(url).unwrap_err().to_string();
        assert!(sans.contains("sans LIVRET_SMTP_ADRESSE"), "{sans}");
        assert!(bon().poste(None).unwrap_err().to_string().contains("LIVRET_URL manque"));
    }
}
