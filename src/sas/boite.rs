//! Files made of boxes (ISO base media: MP4, M4A, HEIC): what is not picture or sound is written over with zeros, in
//! place, so that no offset moves. A telephone puts the place where one stands in there.
use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
};

use super::genre::{ACCEPTES, Genre};

const ABIME: &str = "Cette vidéo, ce son ou cette photo HEIC est abîmé ou incomplet. \
    Ouvrez-le, enregistrez-le de nouveau, puis recommencez.";

/// A box: its kind, where it begins, where its content does, where it ends.
#[derive(Debug, Clone, Copy)]
pub struct Boite {
    pub genre: [u8; 4],
    debut: u64,
    pub contenu: u64,
    pub fin: u64,
}

/// What holds pictures, sound, and the tables that say where they are.
const GARDEES: [&[u8; 4]; 9] =
    [b"ftyp", b"moov", b"mdat", b"moof", b"mfra", b"sidx", b"ssix", b"styp", b"pdin"];
/// What speaks of the recording, wherever it is.
const BAVARDES: [&[u8; 4]; 6] = [b"udta", b"meta", b"uuid", b"free", b"skip", b"wide"];

/// # Errors
/// In French: a kind that is not accepted, or a file whose boxes do not hold together.
pub fn nettoyer(f: &mut File) -> Result<Genre, &'static str> {
    let fin = f.metadata().map_err(|_| ABIME)?.len();
    let boites = lister(f, 0, fin)?;
    let genre = genre(f, boites.first().ok_or(ABIME)?)?;
    let une = |g: &[u8; 4]| boites.iter().find(|b| b.genre == *g);
    if let Some(moov) = une(b"moov") {
        taire(f, moov)?;
    }
    if genre == Genre::Heic {
        super::heic::taire(f, une(b"meta").ok_or(ABIME)?, &boites)
            .map_err(|()| super::heic::REFUS)?;
    } else if une(b"moov").is_none() || une(b"mdat").is_none() {
        return Err(ABIME);
    }
    for b in &boites {
        let gardee = GARDEES.contains(&&b.genre) || genre == Genre::Heic && b.genre == *b"meta";
        if !gardee {
            effacer(f, b).map_err(|_| ABIME)?;
        }
    }
    f.sync_all().map_err(|_| ABIME)?;
    Ok(genre)
}

/// By the brands that the first box claims; the boxes present must agree.
fn genre(f: &mut File, ftyp: &Boite) -> Result<Genre, &'static str> {
    if ftyp.genre != *b"ftyp" || ftyp.fin - ftyp.contenu > 1024 {
        return Err(ABIME);
    }
    let marques = lire(f, ftyp.contenu, ftyp.fin).map_err(|_| ABIME)?;
    let premiere = marques.get(..4).ok_or(ABIME)?;
    let heic =
        |m: &[u8]| [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"].iter().any(|h| *h == m);
    match premiere {
        m if heic(m) => Ok(Genre::Heic),
        b"mif1" | b"msf1" if marques.chunks(4).any(heic) => Ok(Genre::Heic),
        b"M4A " | b"M4B " => Ok(Genre::M4a),
        b"isom" | b"iso2" | b"iso3" | b"iso4" | b"iso5" | b"iso6" | b"iso8" | b"iso9" | b"mp41"
        | b"mp42" | b"avc1" | b"M4V " | b"MSNV" | b"dash" | b"3gp4" | b"3gp5" => Ok(Genre::Mp4),
        b"qt  " => Err("Cette vidéo est au format MOV. Exportez-la en MP4, puis recommencez."),
        _ => Err(ACCEPTES),
    }
}

/// The boxes between two places, which they fill exactly.
pub fn lister(f: &mut File, debut: u64, fin: u64) -> Result<Vec<Boite>, &'static str> {
    let (mut boites, mut ici) = (vec![], debut);
    while ici < fin {
        let tete = lire(f, ici, fin.min(ici + 16)).map_err(|_| ABIME)?;
        let mot = |i: usize| tete.get(i..i + 4).and_then(|m| <[u8; 4]>::try_from(m).ok());
        let (court, genre) = (mot(0).ok_or(ABIME)?, mot(4).ok_or(ABIME)?);
        let (entete, taille) = match u32::from_be_bytes(court) {
            0 => (8, fin - ici),
            1 => {
                let long =
                    tete.get(8..16).and_then(|m| <[u8; 8]>::try_from(m).ok()).ok_or(ABIME)?;
                (16, u64::from_be_bytes(long))
            }
            n => (8, u64::from(n)),
        };
        let lisible = genre.iter().all(|o| o.is_ascii_graphic() || *o == b' ' || *o == 0xa9);
        let apres = ici.checked_add(taille).filter(|a| *a <= fin).ok_or(ABIME)?;
        if taille < entete || !lisible || boites.len() >= 4096 {
            return Err(ABIME);
        }
        boites.push(Boite { genre, debut: ici, contenu: ici + entete, fin: apres });
        ici = apres;
    }
    Ok(boites)
}

/// In the description of the film and of each of its tracks.
fn taire(f: &mut File, moov: &Boite) -> Result<(), &'static str> {
    for b in lister(f, moov.contenu, moov.fin)? {
        if b.genre == *b"trak" {
            taire(f, &b)?;
        } else if BAVARDES.contains(&&b.genre) {
            effacer(f, &b).map_err(|_| ABIME)?;
        }
    }
    Ok(())
}

pub fn lire(f: &mut File, debut: u64, fin: u64) -> io::Result<Vec<u8>> {
    f.seek(SeekFrom::Start(debut))?;
    let mut octets = vec![];
    f.take(fin.saturating_sub(debut)).read_to_end(&mut octets)?;
    Ok(octets)
}

/// The box stays, as free room full of zeros.
fn effacer(f: &mut File, b: &Boite) -> io::Result<()> {
    f.seek(SeekFrom::Start(b.debut + 4))?;
    f.write_all(b"free")?;
    zeros(f, b.contenu, b.fin)
}

pub fn zeros(f: &mut File, debut: u64, fin: u64) -> io::Result<()> {
    f.seek(SeekFrom::Start(debut))?;
    io::copy(&mut io::repeat(0).take(fin.saturating_sub(debut)), f)?;
    Ok(())
}
