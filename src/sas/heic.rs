//! HEIC: every item that is not a picture (Exif, XMP, anything unknown) is written over with zeros.
use std::fs::File;

use super::boite::{Boite, lire, lister, zeros};

pub const REFUS: &str = "Cette photo HEIC n’a pas pu être débarrassée de ce qu’elle dit du lieu. Choisissez «\u{a0}Le plus \
    compatible\u{a0}» dans les réglages de l’appareil photo, ou envoyez une capture d’écran.";

/// Items that are pictures, or tell how pictures are put together.
const DESSINS: [&[u8; 4]; 7] = [b"hvc1", b"hev1", b"lhv1", b"grid", b"iden", b"iovl", b"tmap"];
const META_MAX: u64 = 4 << 20;

/// Reads numbers of a given width, big end first.
struct Curseur<'a>(&'a [u8]);

impl Curseur<'_> {
    fn nombre(&mut self, largeur: u8) -> Result<u64, ()> {
        let (lu, reste) = self.0.split_at_checked(usize::from(largeur)).ok_or(())?;
        self.0 = reste;
        if largeur > 8 {
            return Err(());
        }
        Ok(lu.iter().fold(0, |n, o| n << 8 | u64::from(*o)))
    }
}

/// `Err` when anything is not understood: then nothing proves that the place is gone.
pub fn taire(f: &mut File, meta: &Boite, boites: &[Boite]) -> Result<(), ()> {
    if meta.fin - meta.contenu > META_MAX {
        return Err(());
    }
    let dedans = lister(f, meta.contenu + 4, meta.fin).map_err(|_| ())?;
    let une = |g: &[u8; 4]| dedans.iter().find(|b| b.genre == *g);
    let iinf = une(b"iinf").ok_or(())?;
    let bavards = bavards(f, iinf)?;
    let iloc = une(b"iloc").ok_or(())?;
    let table = lire(f, iloc.contenu, iloc.fin).map_err(|_| ())?;
    for (methode, debut, longueur) in etendues(&table, &bavards)? {
        let tiroirs: Vec<&Boite> = match methode {
            0 => boites.iter().filter(|b| b.genre == *b"mdat").collect(),
            1 => une(b"idat").into_iter().collect(),
            _ => return Err(()),
        };
        let depart = if methode == 1 { tiroirs.first().ok_or(())?.contenu } else { 0 };
        let debut = depart.checked_add(debut).ok_or(())?;
        let fin = debut.checked_add(longueur).ok_or(())?;
        if longueur == 0 || !tiroirs.iter().any(|t| t.contenu <= debut && fin <= t.fin) {
            return Err(());
        }
        zeros(f, debut, fin).map_err(|_| ())?;
    }
    for b in dedans.iter().filter(|b| [b"uuid", b"free", b"skip", b"udta"].contains(&&b.genre)) {
        zeros(f, b.contenu, b.fin).map_err(|_| ())?;
    }
    Ok(())
}

/// Numbers of the items that are no pictures.
fn bavards(f: &mut File, iinf: &Boite) -> Result<Vec<u64>, ()> {
    let tete = lire(f, iinf.contenu, iinf.fin.min(iinf.contenu + 8)).map_err(|_| ())?;
    let debut = if *tete.first().ok_or(())? == 0 { 6 } else { 8 };
    let mut bavards = vec![];
    for infe in lister(f, iinf.contenu + debut, iinf.fin).map_err(|_| ())? {
        let octets = lire(f, infe.contenu, infe.fin).map_err(|_| ())?;
        let mut c = Curseur(&octets);
        let version = c.nombre(1)?;
        c.nombre(3)?;
        let item = c.nombre(match version {
            2 => 2,
            3 => 4,
            _ => return Err(()),
        })?;
        c.nombre(2)?;
        let genre = c.0.get(..4).ok_or(())?;
        if infe.genre != *b"infe" {
            return Err(());
        }
        if !DESSINS.iter().any(|d| *d == genre) {
            bavards.push(item);
        }
    }
    Ok(bavards)
}

/// Where these items are: method, offset, length.
fn etendues(iloc: &[u8], items: &[u64]) -> Result<Vec<(u64, u64, u64)>, ()> {
    let mut c = Curseur(iloc);
    let version = c.nombre(1)?;
    c.nombre(3)?;
    let largeurs = c.nombre(2)?;
    let largeur = |rang: u8| u8::try_from(largeurs >> (4 * rang) & 15).map_err(|_| ());
    let (decalage, longueur, base, index) = (largeur(3)?, largeur(2)?, largeur(1)?, largeur(0)?);
    let grand = match version {
        0 | 1 => 2,
        2 => 4,
        _ => return Err(()),
    };
    let mut trouvees = vec![];
    let nombre = c.nombre(grand)?;
    for _ in 0..nombre {
        let item = c.nombre(grand)?;
        let methode = if version > 0 { c.nombre(2)? & 15 } else { 0 };
        let ailleurs = c.nombre(2)?;
        let depart = c.nombre(base)?;
        for _ in 0..c.nombre(2)? {
            if version > 0 {
                c.nombre(index)?;
            }
            let debut = depart.checked_add(c.nombre(decalage)?).ok_or(())?;
            let longueur = c.nombre(longueur)?;
            if items.contains(&item) {
                if ailleurs != 0 {
                    return Err(());
                }
                trouvees.push((methode, debut, longueur));
            }
        }
    }
    Ok(trouvees)
}
