//! Office documents: a zip looked into entry by entry, inflated in a small buffer that counts.
use std::io::{Cursor, Read, Seek, SeekFrom};

use zip::{ZipArchive, read::ZipFile};

use super::genre::Genre;

const ENTREES_MAX: u16 = 4_000;
const SOMMAIRE_MAX: u32 = 4 << 20;
const TOTAL_MAX: u64 = 200 << 20;
const RAPPORT_MAX: u64 = 100;
/// Below this, a ratio means nothing: a hundred equal lines shrink a lot.
const RAPPORT_DES: u64 = 1 << 20;
/// A document inside a document (the table behind a chart).
const DEDANS_MAX: u64 = 20 << 20;

const AUTRE: &str = "Ce fichier est une archive, ou un document d’un genre qui n’est pas accepté. Déposez les fichiers \
    qu’elle contient un par un, ou exportez le document en PDF.";
const ABIME: &str = "Ce document est abîmé ou protégé par un mot de passe. Ouvrez-le, enregistrez-le de nouveau, ou exportez-le en PDF.";
const SUSPECT: &str = "Ce document contient des éléments qu’un document n’a pas (liens, chemins, archives cachées). \
    Ouvrez-le, exportez-le en PDF, puis déposez le PDF.";
const GONFLE: &str =
    "Ce document devient démesuré une fois décompressé. Exportez-le en PDF, puis déposez le PDF.";
const MACROS: &str = "Ce document contient des macros (un programme). Enregistrez-le sans macros (.docx, .xlsx ou .pptx) \
    ou exportez-le en PDF.";

/// Beginnings of what has no place in a document: programs, and archives that nobody looks into.
const INTRUS: [&[u8]; 8] =
    [b"MZ", b"\x7fELF", b"#!", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ"];

/// The end of a zip that ends exactly there: how many entries, and the size of its table.
pub fn fin_de_zip(f: &mut (impl Read + Seek)) -> std::io::Result<Option<(u16, u32)>> {
    let taille = f.seek(SeekFrom::End(0))?;
    let queue = taille.min(22 + 65_535);
    f.seek(SeekFrom::Start(taille - queue))?;
    let mut octets = vec![];
    f.take(queue).read_to_end(&mut octets)?;
    let court = |i: usize| u16::from_le_bytes([octets[i], octets[i + 1]]);
    for i in (0..=octets.len().saturating_sub(22)).rev() {
        let ici = &octets[i..];
        if ici.starts_with(b"PK\x05\x06")
            && ici.len() >= 22
            && ici.len() == 22 + usize::from(court(i + 20))
        {
            let grand = i >= 20 && octets[i - 20..].starts_with(b"PK\x06\x07");
            let nombre = if grand { u16::MAX } else { court(i + 10) };
            let table = u32::from(court(i + 12)) | u32::from(court(i + 14)) << 16;
            return Ok(Some((nombre, table)));
        }
    }
    Ok(None)
}

/// What is left to inflate.
struct Budget(u64);

/// What an archive says of itself.
#[derive(Default)]
struct Vu {
    mimetype: Vec<u8>,
    types: Vec<u8>,
    noms: Vec<String>,
}

/// # Errors
/// In French: no document, or one that is dangerous to open.
pub fn examiner(f: &mut (impl Read + Seek)) -> Result<Genre, &'static str> {
    let vu = parcourir(f, &mut Budget(TOTAL_MAX), 0)?;
    let types = String::from_utf8_lossy(&vu.types);
    if types.to_lowercase().contains("macroenabled") {
        return Err(MACROS);
    }
    let a = |nom: &str| vu.noms.iter().any(|n| n == nom);
    let bureau = |partie: &str, declare: &str| {
        a(partie)
            && types.contains(&format!("application/vnd.openxmlformats-officedocument.{declare}"))
    };
    if vu.mimetype == Genre::Odt.type_mime().as_bytes() && a("content.xml") {
        return Ok(Genre::Odt);
    }
    if bureau("word/document.xml", "wordprocessingml.document.main+xml") {
        return Ok(Genre::Docx);
    }
    if bureau("xl/workbook.xml", "spreadsheetml.sheet.main+xml") {
        return Ok(Genre::Xlsx);
    }
    if bureau("ppt/presentation.xml", "presentationml.presentation.main+xml") {
        return Ok(Genre::Pptx);
    }
    Err(AUTRE)
}

fn parcourir(
    f: &mut (impl Read + Seek),
    budget: &mut Budget,
    profondeur: u8,
) -> Result<Vu, &'static str> {
    let (nombre, table) = fin_de_zip(f).map_err(|_| ABIME)?.ok_or(ABIME)?;
    if nombre > ENTREES_MAX || table > SOMMAIRE_MAX {
        return Err(SUSPECT); // before anything is read of them
    }
    let mut archive = ZipArchive::new(f).map_err(|_| ABIME)?;
    if archive.len() != usize::from(nombre)
        || archive.offset() != 0
        || archive.has_duplicate_names()
        || archive.has_overlapping_entries().map_err(|_| ABIME)?
    {
        return Err(SUSPECT);
    }
    let mut vu = Vu::default();
    for i in 0..archive.len() {
        let mut entree = archive.by_index(i).map_err(|_| ABIME)?;
        let nom = nom_sain(&entree)?;
        let dedans = gonfler(&mut entree, &nom, budget)?;
        drop(entree);
        match dedans {
            Dedans::Archive(_) if profondeur > 0 => return Err(SUSPECT),
            Dedans::Archive(octets) => {
                parcourir(&mut Cursor::new(octets), budget, profondeur + 1)?;
            }
            Dedans::Texte(octets) if nom == "mimetype" => vu.mimetype = octets,
            Dedans::Texte(octets) if nom == "[Content_Types].xml" => vu.types = octets,
            _ => {}
        }
        vu.noms.push(nom);
    }
    Ok(vu)
}

/// A name that stays in its folder, of a plain file, that holds no program.
fn nom_sain<R: Read>(entree: &ZipFile<'_, R>) -> Result<String, &'static str> {
    let nom = std::str::from_utf8(entree.name_raw()).map_err(|_| SUSPECT)?.to_owned();
    let sorti = nom.starts_with('/')
        || nom.contains(['\\', ':', '\0'])
        || nom.split('/').any(|p| p == "..");
    if sorti || entree.is_symlink() || entree.encrypted() {
        return Err(if entree.encrypted() { ABIME } else { SUSPECT });
    }
    let bas = nom.to_lowercase();
    let dossier = ["basic/", "scripts/"].iter().any(|d| bas.starts_with(d));
    if dossier || bas.ends_with("vbaproject.bin") {
        return Err(MACROS);
    }
    Ok(nom)
}

enum Dedans {
    /// The two entries that say what the document is.
    Texte(Vec<u8>),
    Archive(Vec<u8>),
    Autre,
}

/// Inflates an entry, counting; keeps it only when it has to be looked at.
fn gonfler<R: Read>(
    entree: &mut ZipFile<'_, R>,
    nom: &str,
    budget: &mut Budget,
) -> Result<Dedans, &'static str> {
    let annonce = matches!(nom, "mimetype" | "[Content_Types].xml");
    let compresse = entree.compressed_size().max(1);
    let (mut total, mut garde, mut garder, mut zip) = (0_u64, vec![], annonce, false);
    let mut tampon = [0; 16 << 10];
    loop {
        let n = entree.read(&mut tampon).map_err(|_| ABIME)?;
        if n == 0 {
            break;
        }
        let lu = &tampon[..n];
        if total == 0 {
            if INTRUS.iter().any(|i| lu.starts_with(i)) {
                return Err(SUSPECT);
            }
            zip = lu.starts_with(b"PK\x03\x04");
            garder |= zip;
        }
        total += n as u64;
        budget.0 = budget.0.checked_sub(n as u64).ok_or(GONFLE)?;
        if total > RAPPORT_DES && total / compresse > RAPPORT_MAX {
            return Err(GONFLE);
        }
        if garder {
            if total > if annonce { RAPPORT_DES } else { DEDANS_MAX } {
                return Err(GONFLE);
            }
            garde.extend_from_slice(lu);
        }
    }
    Ok(match (zip, annonce) {
        (true, _) => Dedans::Archive(garde),
        (_, true) => Dedans::Texte(garde),
        _ => Dedans::Autre,
    })
}
