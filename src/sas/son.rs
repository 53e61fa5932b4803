//! MP3: the frames of sound are kept, what surrounds them (titles, pictures, anything) is not.
const ABIME: &str = "Cet enregistrement MP3 est abîmé ou incomplet. Écoutez-le, exportez-le de nouveau, puis recommencez.";

/// Kilobits a second by index, for layer III of MPEG 1, then of MPEG 2 and 2.5.
const DEBITS: [[usize; 15]; 2] = [
    [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];

/// The length of the frame that begins here, if one does.
pub fn trame(octets: &[u8]) -> Option<usize> {
    let entete = octets.first_chunk::<4>()?;
    if entete[0] != 0xff || entete[1] & 0xe6 != 0xe2 {
        return None; // no mark, or not layer III
    }
    let (version, pas) = ((entete[1] >> 3) & 3, usize::from((entete[2] >> 2) & 3));
    let (moitie, diviseur) = match version {
        3 => (0, 1),
        2 => (1, 2),
        0 => (1, 4),
        _ => return None,
    };
    let debit = *DEBITS[moitie].get(usize::from(entete[2] >> 4)).filter(|d| **d > 0)?;
    let frequence = [44_100, 48_000, 32_000].get(pas)? / diviseur;
    let bourre = usize::from((entete[2] >> 1) & 1);
    Some(if moitie == 0 { 144_000 } else { 72_000 } * debit / frequence + bourre)
}

/// Where the sound begins and ends.
///
/// # Errors
/// In French: no sound, or too little for what the file weighs.
pub fn etendue(octets: &[u8]) -> Result<std::ops::Range<usize>, &'static str> {
    let mut debut = 0;
    while octets.get(debut..).is_some_and(|o| o.starts_with(b"ID3")) {
        let tete = octets.get(debut..debut + 10).ok_or(ABIME)?;
        let taille = tete[6..].iter().fold(0, |t, o| t << 7 | usize::from(o & 0x7f));
        debut += 10 + taille + if tete[5] & 0x10 == 0 { 0 } else { 10 };
    }
    let reste = octets.get(debut..).ok_or(ABIME)?;
    debut += reste.iter().take(64 << 10).take_while(|o| **o == 0).count();
    let (mut fin, mut trames) = (debut, 0);
    while let Some(longueur) = trame(&octets[fin..]) {
        if fin + longueur > octets.len() {
            break;
        }
        fin += longueur;
        trames += 1;
    }
    let assez = (fin - debut) * 2 >= octets.len() - debut;
    if trames >= 3 && assez { Ok(debut..fin) } else { Err(ABIME) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_sound_is_kept() {
        let mut trame = vec![0xff, 0xfb, 0x90, 0x00]; // MPEG 1, layer III, 128 kb/s, 44.1 kHz
        trame.resize(417, 0x55);
        let son = trame.repeat(5);
        let entoure = [&b"ID3\x04\0\0\0\0\0\x05titre"[..], &son, b"TAGun titre"].concat();
        let ou = etendue(&entoure).unwrap();
        assert_eq!(&entoure[ou], &son[..]);
        assert!(etendue(b"ID3\x04\0\0\0\0\0\x05titre").is_err());
        assert!(etendue(&[&son[..], &[7; 9000]].concat()).is_err());
    }
}
