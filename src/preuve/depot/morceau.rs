//! The pieces of a file on the disk: one after the other, by one sender at a time.
use std::{
    fs::{self, File},
    io::{self, Seek, SeekFrom, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use uuid::Uuid;

use crate::{
    app::{App, InTheNameOf},
    sas,
};

/// The received part of a file, held: nobody else writes to it meanwhile.
pub struct Morceaux {
    f: File,
    pub chemin: PathBuf,
    pub recu: u64,
}

/// Why a piece was not taken.
#[derive(Debug)]
pub enum Ecart {
    /// It does not follow what is there.
    Decale,
    /// It goes beyond what was announced.
    Deborde,
    /// No room left; what was there is still there.
    Plein,
    Panne(io::Error),
}

/// One file per person and key, in a folder that only the program opens.
pub fn chemin(app: &App, qui: &impl InTheNameOf, cle: Uuid) -> PathBuf {
    app.depots.join(nom(qui.etablissement_id(), qui.personne_id(), cle))
}

pub fn nom(etablissement_id: i64, par: i64, cle: Uuid) -> String {
    format!("{etablissement_id}-{par}-{cle}")
}

/// How much is there.
pub fn recu(chemin: &Path) -> u64 {
    fs::metadata(chemin).map_or(0, |m| m.len())
}

impl Morceaux {
    /// `None` while somebody else holds it.
    pub fn ouvrir(chemin: PathBuf) -> io::Result<Option<Self>> {
        if let Some(dossier) = chemin.parent() {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(dossier)?;
        }
        let f =
            File::options().create(true).truncate(false).write(true).mode(0o600).open(&chemin)?;
        match f.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Ok(None),
            Err(fs::TryLockError::Error(e)) => return Err(e),
        }
        let recu = f.metadata()?.len();
        Ok(Some(Self { f, chemin, recu }))
    }

    /// Adds the next piece of a file announced so long. All of it or nothing.
    pub fn ajouter(&mut self, debut: u64, octets: &[u8], taille: u64) -> Result<(), Ecart> {
        if debut != self.recu {
            return Err(Ecart::Decale);
        }
        if self.recu + octets.len() as u64 > taille {
            return Err(Ecart::Deborde);
        }
        let ecrit = self.f.seek(SeekFrom::Start(self.recu)).and_then(|_| self.f.write_all(octets));
        match ecrit {
            Ok(()) => {
                self.recu += octets.len() as u64;
                Ok(())
            }
            Err(e) => {
                let _ = self.f.set_len(self.recu);
                Err(if plein(&e) { Ecart::Plein } else { Ecart::Panne(e) })
            }
        }
    }

    /// Looked at in the airlock while it is held.
    pub fn passer(&self, programme: &Path) -> io::Result<Result<sas::Constat, String>> {
        self.f.sync_all()?;
        sas::passer(programme, &self.chemin)
    }

    /// Nothing of it is left.
    pub fn oublier(self) {
        oublier(&self.chemin);
    }
}

pub fn oublier(chemin: &Path) {
    for reste in [&sas::propre(chemin), &sas::vignette(chemin), chemin] {
        let _ = fs::remove_file(reste);
    }
}

fn plein(e: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(e.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}
