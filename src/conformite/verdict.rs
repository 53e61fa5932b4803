//! Where a file stands, and the five official reasons why one is refused.
use crate::date;

/// Where the file of an épreuve stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    Conforme,
    ACompleter,
    /// As things are going, it would be refused for an official reason.
    RisqueNv,
}

impl Verdict {
    pub fn intitule(self) -> &'static str {
        match self {
            Self::Conforme => "conforme",
            Self::ACompleter => "à compléter",
            Self::RisqueNv => "risque NV",
        }
    }

    /// All who are so, as a link that chooses them says it.
    pub fn pluriel(self) -> &'static str {
        match self {
            Self::Conforme => "Conformes",
            Self::ACompleter => "À compléter",
            Self::RisqueNv => "Risques NV",
        }
    }

    pub fn code(self) -> &'static str {
        match self {
            Self::Conforme => "conforme",
            Self::ACompleter => "a_completer",
            Self::RisqueNv => "risque_nv",
        }
    }

    /// The worst first, as boards sort and count them.
    pub const TOUS: [Self; 3] = [Self::RisqueNv, Self::ACompleter, Self::Conforme];

    pub fn nomme(code: &str) -> Option<Self> {
        Self::TOUS.into_iter().find(|v| v.code() == code)
    }

    /// A shape of its own for each: colour says nothing here.
    pub fn icone(self) -> &'static str {
        match self {
            Self::Conforme => "succes",
            Self::ACompleter => "attente",
            Self::RisqueNv => "erreur",
        }
    }

    /// « 3 risques NV », « 20 à compléter », « 9 conformes ».
    pub fn compte(self, n: usize) -> String {
        let n = i64::try_from(n).unwrap_or(i64::MAX);
        match self {
            Self::Conforme => date::nombre(n, "conforme", "conformes"),
            Self::ACompleter => date::nombre(n, "à compléter", "à compléter"),
            Self::RisqueNv => date::nombre(n, "risque NV", "risques NV"),
        }
    }
}

/// The five official reasons, under the codes of the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Motif {
    AbsenceDepot,
    DepotTardif,
    Duree,
    Attestation,
    Signature,
}

impl Motif {
    pub const TOUS: [Self; 5] =
        [Self::AbsenceDepot, Self::DepotTardif, Self::Duree, Self::Attestation, Self::Signature];

    /// Its code in the rules of a session.
    pub fn code(self) -> &'static str {
        match self {
            Self::AbsenceDepot => "absence_depot",
            Self::DepotTardif => "depot_tardif",
            Self::Duree => "duree",
            Self::Attestation => "attestation",
            Self::Signature => "signature",
        }
    }
}
