//! The access table: every route and method of the house, and who may take it.
use crate::compte;

/// Who may take a route. What she finds behind it is another question, asked by the act itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Qui {
    Tous,
    /// Those who are that, today.
    Fonction(&'static str),
    /// Those who are one of these, today.
    UneDe(&'static [&'static str]),
    /// Who opened a tutor's link, and nobody else.
    Tuteur,
}

impl Qui {
    /// She may take it.
    pub fn permet(self, compte: &compte::Compte) -> bool {
        match self {
            Self::Fonction(f) => compte.est(f),
            Self::UneDe(f) => f.iter().any(|f| compte.est(f)),
            Self::Tous => true,
            Self::Tuteur => false,
        }
    }

    /// Those who are that are named by the rule.
    pub fn nomme(self, genre: &str) -> bool {
        match self {
            Self::Fonction(f) => f == genre,
            Self::UneDe(f) => f.contains(&genre),
            Self::Tous | Self::Tuteur => false,
        }
    }
}

pub(super) const ENSEIGNANT: Qui = Qui::Fonction("enseignant");
pub(super) const ETUDIANT: Qui = Qui::Fonction("etudiant");
/// The jury, and the teachers of the promotion.
pub(super) const JURY: Qui = Qui::UneDe(compte::Examinateur::FONCTIONS);
pub(super) const DEPOSANT: Qui = Qui::UneDe(compte::Deposant::FONCTIONS);
pub(super) const EXAMINATEUR: Qui = Qui::UneDe(compte::Examinateur::FONCTIONS);
/// An administrator, or a teacher: which promotions are hers, the act asks.
pub(super) const GESTIONNAIRE: Qui = Qui::UneDe(compte::Gestionnaire::FONCTIONS);
pub(super) const DIRECTION: Qui = Qui::UneDe(compte::Direction::FONCTIONS);
pub(super) const ADMINISTRATEUR: Qui = Qui::Fonction("administrateur");
/// Anybody who is in.
pub(super) const COMPTE: Qui = Qui::UneDe(compte::Compte::FONCTIONS);

/// What is done only by who proved herself less than ten minutes ago.
pub const RECENTES: &[(&str, &str)] = &[
    ("GET", "/connexion/enrolement"),
    ("POST", "/connexion/enrolement"),
    ("POST", "/mon-compte/facteurs/retrait"),
    ("POST", "/mon-compte/secours"),
    ("POST", "/promotions/{id}/acces"),
    ("POST", "/administration/acces/exigences"),
    ("POST", "/administration/acces/reinitialisation"),
    ("POST", "/administration/personnes/{id}/fonctions"),
    ("POST", "/administration/personnes/{id}/fonctions/fin"),
    ("POST", "/administration/personnes/{id}/donnees/export"),
    ("POST", "/administration/personnes/{id}/donnees/anonymisation"),
    ("POST", "/administration/promotions/{id}/conservation/anonymisation"),
    ("POST", "/administration/connexion"),
];
