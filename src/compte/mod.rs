//! Accounts, and the proofs that a signed-in person holds.
mod arrivee;
mod au_choix;
pub mod cle;
mod deviner;
mod entrant;
mod entree;
mod essai;
pub mod facteur;
pub mod secours;
mod secret;
pub mod session;

use std::sync::Arc;

use axum::{extract::FromRequestParts, http::request::Parts};
use time::{Date, Duration, OffsetDateTime, PrimitiveDateTime};

use crate::{
    app::{App, InTheNameOf},
    error::Error,
    page::{Cadre, Lien},
};

pub use arrivee::Arrivee;
pub use au_choix::{Deposant, Examinateur, Gestionnaire};
pub use entrant::{Entrant, Titulaire};
pub use entree::{
    COOKIE_DUREE, Cookies, Entree, Ouverte, cookie, fermer_session, identify, ouvrir,
    ouvrir_session, sign_in,
};
pub use secret::{
    Premiere, code_neuf, empreinte_du_code, hacher, premiere_connexion, refus_du_secret,
};

/// Somebody who is signed in: who, in which school, and what she is today.
#[derive(Debug, Clone)]
pub struct Compte {
    compte_id: i64,
    session_id: i64,
    /// Password or factor given a short while ago.
    recente: bool,
    /// Sessions opened elsewhere since, from an appareil that was not known.
    inconnues: i64,
    /// Of the school's clock, from UTC.
    decalage: Duration,
    etablissement_id: i64,
    personne_id: i64,
    civilite: Option<String>,
    nom: String,
    prenom: String,
    fonctions: Vec<String>,
    etablissement: String,
    fictif: bool,
    ici_le: PrimitiveDateTime,
    /// This installation sends mail.
    courriel: bool,
}

impl Compte {
    /// Every function that opens an account.
    pub const FONCTIONS: &'static [&'static str] =
        &["administrateur", "ddfpt", "direction", "enseignant", "etudiant", "jury"];

    pub fn compte_id(&self) -> i64 {
        self.compte_id
    }

    /// This very session.
    pub fn session_id(&self) -> i64 {
        self.session_id
    }

    /// She proved who she is a short while ago: what weighs most may be done.
    pub fn recente(&self) -> bool {
        self.recente
    }

    /// Sessions opened from an appareil that this one does not know of.
    pub fn inconnues(&self) -> i64 {
        self.inconnues
    }

    /// An instant, where the school is.
    pub fn heure(&self, le: OffsetDateTime) -> PrimitiveDateTime {
        let la = le + self.decalage;
        PrimitiveDateTime::new(la.date(), la.time())
    }

    /// She judges, exports or administers: a second factor is worth its trouble.
    pub fn agit(&self) -> bool {
        self.fonctions.iter().any(|f| f != "etudiant")
    }

    /// « Mme Martin », « Amina Diallo ».
    pub fn appellation(&self) -> String {
        match &self.civilite {
            Some(civilite) => format!("{civilite}\u{a0}{}", self.nom),
            None => format!("{} {}", self.prenom, self.nom),
        }
    }

    /// Today, where the school is.
    pub fn aujourd_hui(&self) -> Date {
        self.ici_le.date()
    }

    /// Now, where the school is.
    pub fn ici_le(&self) -> PrimitiveDateTime {
        self.ici_le
    }

    /// Who it is, for a device that keeps something of hers: no name.
    pub fn numero(&self) -> String {
        format!("{}-{}", self.etablissement_id, self.personne_id)
    }

    pub fn etablissement(&self) -> &str {
        &self.etablissement
    }

    pub fn est(&self, genre: &str) -> bool {
        self.fonctions.iter().any(|f| f == genre)
    }

    pub fn cadre(&self, chemin: &str) -> Cadre {
        let mut menu = vec![("/", "Accueil", "maison")];
        if self.est("etudiant") {
            menu.extend([
                ("/livret", "Mon livret", "livret"),
                ("/preuves", "Preuves", "preuve"),
                ("/fiches", "Fiches", "fichier"),
                ("/stages", "Stages", "calendrier"),
                ("/conformite", "Mon dossier", "fichier"),
            ]);
        }
        if self.est("administrateur") {
            menu.push(("/administration", "Administration", "administration"));
        }
        menu.push(("/referentiel", "Référentiel", "referentiel"));
        let actif = |href: &str| if href == "/" { chemin == "/" } else { chemin.starts_with(href) };
        let lien = |(href, intitule, icone): (&str, _, _)| Lien {
            href: href.to_owned(),
            intitule,
            icone,
            actif: actif(href),
        };
        Cadre {
            etablissement: Some(self.etablissement.clone()),
            personne: Some(self.appellation()),
            fonction: self.fonctions.first().map(|f| fonction(f).to_owned()),
            menu: menu.into_iter().map(lien).collect(),
            courriel: self.courriel && self.est("etudiant"),
            inconnues: self.inconnues,
            fictif: self.fictif,
            annonce: None,
        }
    }
}

fn fonction(genre: &str) -> &'static str {
    match genre {
        "enseignant" => "équipe pédagogique",
        "etudiant" => "formation suivie",
        "administrateur" => "administration",
        "jury" => "jury",
        "direction" => "direction",
        "ddfpt" => "direction déléguée aux formations",
        _ => "",
    }
}

/// Declares a proof: a signed-in person who is that, today.
macro_rules! preuve_de_fonction {
    ($(#[$doc:meta])* $nom:ident, $genre:literal $(| $autre:literal)*, $role:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $nom(Arc<Compte>);

        impl $nom {
            /// What this account proves; `None` when she is not that today.
            pub fn of(compte: Arc<Compte>) -> Option<Self> {
                Self::FONCTIONS.iter().any(|f| compte.est(f)).then_some(Self(compte))
            }

            /// The functions that prove it.
            pub const FONCTIONS: &'static [&'static str] = &[$genre $(, $autre)*];
        }

        impl std::ops::Deref for $nom {
            type Target = Compte;
            fn deref(&self) -> &Compte {
                &self.0
            }
        }

        impl InTheNameOf for $nom {
            fn etablissement_id(&self) -> i64 {
                self.0.etablissement_id
            }
            fn personne_id(&self) -> i64 {
                self.0.personne_id
            }
            fn jour(&self) -> Date {
                self.0.aujourd_hui()
            }
            fn role(&self) -> &'static str {
                $role
            }
        }

        impl FromRequestParts<App> for $nom {
            type Rejection = Error;
            async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Error> {
                let compte = parts.extensions.get::<Arc<Compte>>().ok_or(Error::Anonymous)?;
                Self::of(compte.clone()).ok_or(Error::NotFound)
            }
        }
    };
}

preuve_de_fonction!(
    /// A teacher. What a teacher may do is written in each room as `impl Enseignant`, so nobody else can call it.
    Enseignant, "enseignant", "livret_enseignant"
);
preuve_de_fonction!(
    /// A student in front of her own screen.
    Moi, "etudiant", "livret_etudiant"
);
preuve_de_fonction!(
    /// A member of a jury, inside the dates of the function.
    Jury, "jury", "livret_jury"
);
preuve_de_fonction!(
    /// Who brings a school's people in.
    Administrateur, "administrateur", "livret_administrateur"
);
preuve_de_fonction!(
    /// The head of the school, or its DDFPT: she plans, and reads no judgement.
    Direction, "direction" | "ddfpt", "livret_direction"
);

/// Anybody, known or not: for pages that are everybody's.
#[derive(Debug, Clone)]
pub struct Visiteur(pub Option<Arc<Compte>>);

impl Visiteur {
    pub fn cadre(&self, chemin: &str) -> Cadre {
        self.0.as_ref().map_or_else(Cadre::default, |c| c.cadre(chemin))
    }
}

impl FromRequestParts<App> for Visiteur {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Self::Rejection> {
        Ok(Self(parts.extensions.get::<Arc<Compte>>().cloned()))
    }
}

/// Anybody who is in, whatever she is: for her own account.
#[derive(Debug, Clone)]
pub struct Connecte(Arc<Compte>);

impl std::ops::Deref for Connecte {
    type Target = Compte;
    fn deref(&self) -> &Compte {
        &self.0
    }
}

impl FromRequestParts<App> for Connecte {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Error> {
        let compte = parts.extensions.get::<Arc<Compte>>().ok_or(Error::Anonymous)?;
        Ok(Self(compte.clone()))
    }
}
