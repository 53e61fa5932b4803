//! Proofs that are one of two: a student or a teacher, a teacher or a member of the jury, an administrator or a teacher.
use axum::{extract::FromRequestParts, http::request::Parts};
use time::Date;

use super::{Administrateur, Compte, Enseignant, Jury, Moi};
use crate::{
    app::{App, InTheNameOf},
    error::Error,
};

macro_rules! l_une_ou_l_autre {
    ($(#[$doc:meta])* $nom:ident, $un:ident($de_un:ident), $autre:ident($de_autre:ident), $fonctions:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub enum $nom {
            $un($de_un),
            $autre($de_autre),
        }

        impl From<&$de_un> for $nom {
            fn from(qui: &$de_un) -> Self {
                Self::$un(qui.clone())
            }
        }

        impl From<&$de_autre> for $nom {
            fn from(qui: &$de_autre) -> Self {
                Self::$autre(qui.clone())
            }
        }

        impl $nom {
            /// The functions, as the access table has them.
            pub const FONCTIONS: &'static [&'static str] = $fonctions;

            /// Who it is.
            pub fn compte(&self) -> &Compte {
                match self {
                    Self::$un(qui) => qui,
                    Self::$autre(qui) => qui,
                }
            }

            fn qui(&self) -> &dyn InTheNameOf {
                match self {
                    Self::$un(qui) => qui,
                    Self::$autre(qui) => qui,
                }
            }
        }

        impl InTheNameOf for $nom {
            fn etablissement_id(&self) -> i64 {
                self.qui().etablissement_id()
            }
            fn personne_id(&self) -> i64 {
                self.qui().personne_id()
            }
            fn jour(&self) -> Date {
                self.qui().jour()
            }
            fn role(&self) -> &'static str {
                self.qui().role()
            }
        }

        impl FromRequestParts<App> for $nom {
            type Rejection = Error;
            async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
                match $de_un::from_request_parts(parts, app).await {
                    Ok(qui) => Ok(Self::$un(qui)),
                    Err(_) => $de_autre::from_request_parts(parts, app).await.map(Self::$autre),
                }
            }
        }
    };
}

l_une_ou_l_autre!(
    /// Whoever may deposit a file: a student, or a teacher.
    Deposant, Etudiant(Moi), Enseignant(Enseignant), &["etudiant", "enseignant"]
);
l_une_ou_l_autre!(
    /// Whoever may examine: a teacher, or a member of the jury. She reads what leaves for the jury, and seals what she prints.
    Examinateur, Enseignant(Enseignant), Jury(Jury), &["enseignant", "jury"]
);
l_une_ou_l_autre!(
    /// Whoever brings people in and gives them their access: an administrator for the whole school, a teacher for the
    /// promotions that she coordinates. The promotions themselves say which (`promotions_gerees`).
    Gestionnaire, Administrateur(Administrateur), Enseignant(Enseignant), &["administrateur", "enseignant"]
);

impl Examinateur {
    /// She teaches: the pages of the promotion are hers too.
    pub fn enseigne(&self) -> bool {
        matches!(self, Self::Enseignant(_))
    }
}
