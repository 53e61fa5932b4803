//! The public keys that an installation answers for, as it publishes them and as anybody may keep them.
use serde::{Deserialize, Serialize};

use super::json;
use crate::sceau::{self, Sceau};

/// A key, and the instants between which it was used: from the first, before the second.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cle {
    pub cle_id: String,
    /// 64 hexadecimal digits.
    pub cle: String,
    pub depuis: Option<String>,
    pub jusqu_a: Option<String>,
}

impl Cle {
    fn est_juste(&self) -> bool {
        let instants = [&self.depuis, &self.jusqu_a];
        self.octets().is_some_and(|o| sceau::cle_id_de(&o) == self.cle_id)
            && instants.into_iter().flatten().all(|i| est_un_instant(i))
    }

    fn octets(&self) -> Option<[u8; 32]> {
        hex_exact(&self.cle)
    }

    /// In use at that instant. Instants of one form are in the order of their letters.
    pub fn sert_a(&self, instant: &str) -> bool {
        self.depuis.as_deref().is_none_or(|d| d <= instant)
            && self.jusqu_a.as_deref().is_none_or(|j| instant < j)
    }
}

/// The list: `/.well-known/livret-cles.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cles {
    pub v: u8,
    pub cles: Vec<Cle>,
}

impl Cles {
    /// Those of this installation: one, as long as it has had no other.
    pub fn de(sceau: &Sceau) -> Self {
        let cle = Cle {
            cle_id: sceau.cle_id.clone(),
            cle: hex::encode(sceau.publique()),
            depuis: None,
            jusqu_a: None,
        };
        Self { v: 1, cles: vec![cle] }
    }

    /// A list that was kept; `None` when it is none, or when a name is not that of its key.
    pub fn lire(octets: &[u8]) -> Option<Self> {
        let cles: Self = serde_json::from_value(json::lire(octets)?).ok()?;
        (cles.v == 1 && cles.cles.iter().all(Cle::est_juste)).then_some(cles)
    }

    pub fn find(&self, cle_id: &str) -> Option<(&Cle, [u8; 32])> {
        let cle = self.cles.iter().find(|c| c.cle_id == cle_id)?;
        Some((cle, cle.octets()?))
    }
}

/// So many bytes, in small hexadecimal digits.
pub fn hex_exact<const N: usize>(texte: &str) -> Option<[u8; N]> {
    let mut octets = [0; N];
    let petits = texte.bytes().all(|c| c.is_ascii_digit() || (b'a'..=b'f').contains(&c));
    (petits && hex::decode_to_slice(texte, &mut octets).is_ok()).then_some(octets)
}

/// « 2027-05-12T15:40:00Z »: twenty characters, nothing else.
pub fn est_un_instant(texte: &str) -> bool {
    const FORME: &[u8; 20] = b"0000-00-00T00:00:00Z";
    texte.len() == FORME.len()
        && texte.bytes().zip(FORME).all(|(c, f)| match f {
            b'0' => c.is_ascii_digit(),
            _ => c == *f,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_answers_for_its_own_time_only_and_a_list_that_lies_is_refused() {
        let mut cles = Cles::de(&Sceau::new(&[7; 32]));
        cles.cles[0].depuis = Some("2026-09-01T00:00:00Z".to_owned());
        cles.cles[0].jusqu_a = Some("2027-09-01T00:00:00Z".to_owned());
        for (instant, sert) in [
            ("2026-08-31T23:59:59Z", false),
            ("2026-09-01T00:00:00Z", true),
            ("2027-08-31T23:59:59Z", true),
            ("2027-09-01T00:00:00Z", false),
        ] {
            assert_eq!(cles.cles[0].sert_a(instant), sert, "{instant}");
        }
        let ecrite = |cles: &Cles| serde_json::to_vec(cles).unwrap();
        assert_eq!(Cles::lire(&ecrite(&cles)), Some(cles.clone()));
        let mut autre = cles.clone();
        autre.cles[0].cle = hex::encode(Sceau::new(&[8; 32]).publique());
        assert_eq!(Cles::lire(&ecrite(&autre)), None, "the name of another key");
        cles.cles[0].depuis = Some("hier".to_owned());
        assert_eq!(Cles::lire(&ecrite(&cles)), None);
    }
}
