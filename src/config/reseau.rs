//! A network, as an administrator writes it: an address, or an address and the length of its prefix.
use std::{net::IpAddr, str::FromStr};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reseau {
    adresse: IpAddr,
    prefixe: u8,
}

/// An address as 128 bits, and how many of them an IPv4 lacks.
fn bits(adresse: IpAddr) -> (u128, u8) {
    match adresse.to_canonical() {
        IpAddr::V4(a) => (u128::from(a.to_bits()) << 96, 32),
        IpAddr::V6(a) => (a.to_bits(), 128),
    }
}

impl Reseau {
    pub fn contient(&self, adresse: IpAddr) -> bool {
        let ((ici, large), (la, autre)) = (bits(self.adresse), bits(adresse));
        let garde = u128::MAX.checked_shl(u32::from(128 - self.prefixe)).unwrap_or(0);
        large == autre && ici & garde == la & garde
    }
}

impl FromStr for Reseau {
    type Err = String;

    fn from_str(texte: &str) -> Result<Self, String> {
        let faute = || {
            format!(
                "«\u{a0}{texte}\u{a0}» n’est pas une adresse ni un réseau, comme 127.0.0.1 ou 10.0.0.0/8"
            )
        };
        let (adresse, prefixe) =
            texte.trim().split_once('/').map_or((texte, None), |(a, p)| (a, Some(p)));
        let adresse: IpAddr = adresse.trim().parse().map_err(|_| faute())?;
        let large = bits(adresse).1;
        let prefixe = prefixe.map_or(Ok(large), str::parse).map_err(|_| faute())?;
        if prefixe > large {
            return Err(faute());
        }
        Ok(Self { adresse: adresse.to_canonical(), prefixe })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_holds_its_own_addresses_and_no_other() {
        for (reseau, dedans, dehors) in [
            ("127.0.0.1", "127.0.0.1", "127.0.0.2"),
            ("10.0.0.0/8", "10.200.3.4", "11.0.0.1"),
            ("10.0.0.0/8", "::ffff:10.1.2.3", "a00::1"),
            ("fd00::/8", "fd12::1", "fe80::1"),
            ("0.0.0.0/0", "8.8.8.8", "::1"),
        ] {
            let reseau: Reseau = reseau.parse().unwrap();
            assert!(reseau.contient(dedans.parse().unwrap()), "{reseau:?} {dedans}");
            assert!(!reseau.contient(dehors.parse().unwrap()), "{reseau:?} {dehors}");
        }
        for faux in ["", "proxy", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/x", "fd00::/129"] {
            assert!(faux.parse::<Reseau>().unwrap_err().contains("10.0.0.0/8"), "{faux}");
        }
    }
}
