//! Coming in through the school's own portal. It says who it knows somebody as; a teacher says, once, who that is here.
mod aller;
mod cas;
mod client;
mod coffre;
mod modele;
mod oidc;
pub mod pages;
mod rattachement;
mod rattachement_pages;
mod reglage;
mod reglage_pages;

use serde::{Deserialize, Serialize};
use time::Date;

use crate::{
    app::App,
    date,
    error::{Error, Result},
};

pub use aller::{oublier, oublier_chaque_jour};
use client::Panne;

/// How a portal speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Genre {
    #[default]
    Oidc,
    Cas2,
    Cas3,
}

impl Genre {
    const TOUS: [Self; 3] = [Self::Oidc, Self::Cas2, Self::Cas3];

    fn code(self) -> &'static str {
        match self {
            Self::Oidc => "oidc",
            Self::Cas2 => "cas2",
            Self::Cas3 => "cas3",
        }
    }

    fn mots(self) -> &'static str {
        match self {
            Self::Oidc => "OpenID Connect",
            Self::Cas2 => "CAS 2",
            Self::Cas3 => "CAS 3",
        }
    }

    fn lire(code: &str) -> Option<Self> {
        Self::TOUS.into_iter().find(|g| g.code() == code)
    }
}

/// What is read where, in what a portal says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Attributs {
    cle: String,
    nom: String,
    prenom: String,
    naissance: String,
}

/// A portal of a school.
#[derive(Debug, Clone, Default)]
struct Portail {
    portail_id: i64,
    genre: Genre,
    nom: String,
    adresse: String,
    client: String,
    secret: Option<Vec<u8>>,
    portees: String,
    attributs: Attributs,
    actif: bool,
    version: i64,
}

/// What a portal says of somebody beside her identity: shown to who confirms, never believed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Dit {
    nom: String,
    prenom: String,
    naissance: String,
}

impl Dit {
    /// « ÉTIENNE Zoé, 03/10/2006 »; nothing when it said nothing.
    fn phrase(&self) -> Option<String> {
        let jour = self.jour().map_or(self.naissance.clone(), |j| date::courte(&j));
        let noms = [self.nom.as_str(), self.prenom.as_str()];
        let noms = noms.into_iter().filter(|n| !n.is_empty()).collect::<Vec<_>>().join(" ");
        let mots: Vec<_> = [noms, jour].into_iter().filter(|m| !m.is_empty()).collect();
        Some(mots.join(", ")).filter(|p| !p.is_empty()).map(|p| p.chars().take(300).collect())
    }

    fn jour(&self) -> Option<Date> {
        date::lire(self.naissance.get(..10).unwrap_or(&self.naissance))
    }
}

/// Whom a portal proved.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Identite {
    valeur: String,
    dit: Dit,
}

impl Identite {
    /// A key of identity is short and holds no control character; what else is said is cut.
    fn new(valeur: String, dit: &Dit) -> Result<Self, Panne> {
        if valeur.is_empty() || valeur.chars().count() > 255 || valeur.contains(char::is_control) {
            return Err(Panne::SansIdentite);
        }
        let court = |texte: &str| -> String {
            texte
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
                .replace('\0', "")
                .chars()
                .take(100)
                .collect()
        };
        let (nom, prenom) = (court(&dit.nom), court(&dit.prenom));
        Ok(Self { valeur, dit: Dit { nom, prenom, naissance: court(&dit.naissance) } })
    }
}

macro_rules! de_ligne {
    ($l:expr) => {
        Portail {
            portail_id: $l.portail_id,
            genre: Genre::lire(&$l.genre).unwrap_or_default(),
            nom: $l.nom,
            adresse: $l.adresse,
            client: $l.client,
            secret: $l.secret,
            portees: $l.portees,
            attributs: serde_json::from_value($l.attributs).unwrap_or_default(),
            actif: $l.actif,
            version: $l.version,
        }
    };
}
use de_ligne;

impl Portail {
    /// Before anybody is known: one that is open.
    async fn ouvert(app: &App, id: i64) -> Result<Self> {
        let l = sqlx::query!(
            "select portail_id, genre, nom, adresse, client, secret, portees, attributs, actif, version
               from acces.portail where portail_id = $1 and actif",
            id
        )
        .fetch_optional(&app.db)
        .await?;
        l.map(|l| de_ligne!(l)).ok_or_else(|| {
            Error::Refused(
                "Cette façon de se connecter n’existe plus. Revenez à la page de connexion.".into(),
            )
        })
    }

    /// Where the portal sends people back: said to who administers it.
    fn retour(&self, origine: &str) -> String {
        format!("{origine}/connexion/retour/{}", self.portail_id)
    }

    fn secret(&self, app: &App) -> Result<Option<String>, Panne> {
        let Some(scelle) = &self.secret else { return Ok(None) };
        coffre::ouvrir(&app.sceau, &self.adresse, scelle)
            .and_then(|s| String::from_utf8(s).ok())
            .map(Some)
            .ok_or(Panne::SecretPerdu)
    }

    async fn emetteur(&self, app: &App, retour: &str) -> Result<oidc::Emetteur, Panne> {
        oidc::Emetteur::decouvrir(&self.adresse, (&self.client, self.secret(app)?), retour).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_portal_says_is_cut_and_a_key_that_is_none_is_refused() {
        let dit = |nom: &str, naissance: &str| Dit {
            nom: nom.to_owned(),
            prenom: "Zoé".to_owned(),
            naissance: naissance.to_owned(),
        };
        let elle =
            Identite::new("k".into(), &dit("  Le \n Goff ", "2006-10-03T00:00:00Z")).unwrap();
        assert_eq!(elle.dit.phrase().unwrap(), "Le Goff Zoé, 03/10/2006");
        assert_eq!(Dit::default().phrase(), None);
        assert_eq!(dit("X", "été 2006").phrase().unwrap(), "X Zoé, été 2006");
        let longue = Identite::new("k".into(), &dit(&"é".repeat(5000), "")).unwrap();
        assert_eq!(longue.dit.nom.chars().count(), 100);
        for fausse in [String::new(), "a\nb".into(), "a\0b".into(), "x".repeat(256)] {
            assert_eq!(Identite::new(fausse, &Dit::default()), Err(Panne::SansIdentite));
        }
    }
}
