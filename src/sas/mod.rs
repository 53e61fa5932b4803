//! The airlock: a received file is recognised, checked and cleaned in a process of its own, whose memory and time are
//! bounded and which knows no secret. What goes wrong in there ends in there.
mod archive;
mod boite;
pub mod genre;
mod heic;
mod image;
mod joint;
mod pdf;
mod son;
mod texte;

use std::{
    fs::File,
    io::{BufReader, Read, Write},
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    time::Duration,
};

use nix::sys::resource::{Resource, setrlimit};
use serde::{Deserialize, Serialize};

use self::genre::{Annonce, Genre};

pub use joint::{joint, lire as lire_joint, ouvrir_joint};

/// What the process may take at most.
const MEMOIRE: u64 = 1 << 30;
const SECONDES: u64 = 30;
const SORTIE: u64 = 64 << 20;

const ILLISIBLE: &str = "Ce fichier n’a pas pu être lu jusqu’au bout\u{a0}: il est abîmé ou trop complexe. \
    Ouvrez-le, enregistrez-le de nouveau ou exportez-le en PDF, puis recommencez.";

/// Not the file's fault: it may be looked at again later.
pub const PLACE: &str = "La place manque pour travailler sur ce fichier.";

/// What was found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Constat {
    pub genre: Genre,
    /// The clean bytes are in a file of their own, beside; else the file itself is clean.
    pub refait: bool,
    pub vignette: bool,
    pub pages: Option<u32>,
}

impl Constat {
    fn tel_quel(genre: Genre) -> Self {
        Self { genre, refait: false, vignette: false, pages: None }
    }
}

#[derive(Serialize, Deserialize)]
enum Dit {
    Constat(Constat),
    Refus(String),
}

/// Where the clean bytes and the thumbnail of a received file are written.
pub fn propre(fichier: &Path) -> PathBuf {
    fichier.with_extension("propre")
}

pub fn vignette(fichier: &Path) -> PathBuf {
    fichier.with_extension("vignette")
}

/// Has a file looked at, from the program's side. Blocks: call it off the async threads.
///
/// # Errors
/// The process cannot be started. A file that is refused is the inner error, in French.
pub fn passer(programme: &Path, fichier: &Path) -> std::io::Result<Result<Constat, String>> {
    let sortie = Command::new(programme)
        .arg("sas")
        .arg(fichier)
        .env_clear()
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()?;
    // The last whole line: a process that dies on the first page of a PDF had already said that it is one.
    let texte = String::from_utf8_lossy(&sortie.stdout);
    let dit = texte.split_inclusive('\n').rfind(|l| l.ends_with('\n'));
    Ok(match dit.and_then(|l| serde_json::from_str(l).ok()) {
        Some(Dit::Constat(constat)) => Ok(constat),
        Some(Dit::Refus(message)) => Err(message),
        None => Err(ILLISIBLE.to_owned()),
    })
}

/// The process itself: `livret sas FICHIER`.
pub fn ouvrir(fichier: &Path) -> ExitCode {
    if limiter().is_err() {
        return ExitCode::FAILURE; // unbounded, it would be no airlock
    }
    let dit = match examiner(fichier) {
        Ok(constat) => Dit::Constat(constat),
        Err(message) => Dit::Refus(message.to_owned()),
    };
    dire(&dit);
    ExitCode::SUCCESS
}

fn dire(dit: &Dit) {
    let ligne = serde_json::to_string(dit).unwrap_or_default();
    let mut sortie = std::io::stdout().lock();
    let _ = writeln!(sortie, "{ligne}").and_then(|()| sortie.flush());
}

fn limiter() -> nix::Result<()> {
    for (quoi, combien) in [
        (Resource::RLIMIT_AS, MEMOIRE),
        (Resource::RLIMIT_CPU, SECONDES),
        (Resource::RLIMIT_FSIZE, SORTIE),
        (Resource::RLIMIT_CORE, 0),
    ] {
        setrlimit(quoi, combien, combien)?;
    }
    std::thread::spawn(|| {
        std::thread::sleep(Duration::from_secs(SECONDES));
        std::process::exit(3);
    });
    Ok(())
}

fn examiner(chemin: &Path) -> Result<Constat, &'static str> {
    let mut f = File::options().read(true).write(true).open(chemin).map_err(|_| ILLISIBLE)?;
    let mut tete = vec![];
    (&mut f).take(4096).read_to_end(&mut tete).map_err(|_| ILLISIBLE)?;
    let annonce = genre::annonce(&tete)?;
    if annonce != Annonce::Archive && archive::fin_de_zip(&mut f).map_err(|_| ILLISIBLE)?.is_some()
    {
        return Err(
            "Ce fichier en cache un autre (une archive). Ouvrez-le, enregistrez-le de nouveau, puis recommencez.",
        );
    }
    match annonce {
        Annonce::Image(genre) => {
            let genre = image::refaire(chemin, genre, &propre(chemin), &vignette(chemin))?;
            Ok(Constat { genre, refait: true, vignette: true, pages: None })
        }
        Annonce::Pdf => Ok(pdf(chemin)?),
        Annonce::Boites => Ok(Constat::tel_quel(boite::nettoyer(&mut f)?)),
        Annonce::Archive => Ok(Constat::tel_quel(archive::examiner(&mut BufReader::new(&mut f))?)),
        Annonce::Son => {
            let octets = std::fs::read(chemin).map_err(|_| ILLISIBLE)?;
            let ou = son::etendue(&octets)?;
            std::fs::write(propre(chemin), &octets[ou]).map_err(|_| PLACE)?;
            Ok(Constat { refait: true, ..Constat::tel_quel(Genre::Mp3) })
        }
        Annonce::Texte => {
            let octets = std::fs::read(chemin).map_err(|_| ILLISIBLE)?;
            Ok(Constat::tel_quel(texte::lire(&octets)?))
        }
    }
}

/// Said before it is drawn: a page that cannot be drawn is no reason to refuse.
fn pdf(chemin: &Path) -> Result<Constat, &'static str> {
    let mut constat = Constat::tel_quel(Genre::Pdf);
    dire(&Dit::Constat(constat.clone()));
    let octets = std::fs::read(chemin).map_err(|_| ILLISIBLE)?;
    if let Some((lu, pages)) = pdf::lire(octets) {
        constat.pages = Some(pages);
        dire(&Dit::Constat(constat.clone()));
        constat.vignette = pdf::dessiner(&lu, &vignette(chemin)).is_some();
    }
    Ok(constat)
}
