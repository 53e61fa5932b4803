//! Where `initdb` and `postgres` are on this machine, and which version they are.
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Result, bail};

use super::{Settings, hint};

/// The first version whose databases sort with ICU by default.
pub const OLDEST: u32 = 15;

/// Folders that hold one folder per version.
const ROOTS: [&str; 6] = [
    "/usr/lib/postgresql",
    "/usr/libexec/postgresql",
    "/usr", // pgsql-17
    "/opt/homebrew/opt",
    "/usr/local/opt",
    "/Library/PostgreSQL",
];

struct Binaries {
    version: u32,
    folder: PathBuf,
}

/// The programs that made the data folder, or else the newest ones.
pub fn find(settings: &Settings, data: &Path) -> Result<PathBuf> {
    let mut found = match &settings.binaries {
        Some(folder) => match look(folder) {
            Some(binaries) => vec![binaries],
            None => bail!(
                "{} ne contient pas les programmes de PostgreSQL (initdb, postgres).\n{}",
                folder.display(),
                hint::missing(&[])
            ),
        },
        None => candidates().iter().filter_map(|folder| look(folder)).collect(),
    };
    found.sort_by_key(|binaries| std::cmp::Reverse(binaries.version));
    let mut versions: Vec<u32> = found.iter().map(|binaries| binaries.version).collect();
    versions.dedup();
    let made_by = fs::read_to_string(data.join("PG_VERSION"));
    if let Some(made_by) = made_by.ok().and_then(|text| text.trim().parse::<u32>().ok()) {
        return match found.into_iter().find(|binaries| binaries.version == made_by) {
            Some(binaries) => Ok(binaries.folder),
            None if versions.is_empty() => bail!(hint::missing(&[])),
            None => bail!(
                "{} vient de PostgreSQL {made_by}, mais seule est présente la version {}. \
                 Installez PostgreSQL {made_by} à côté, ou restaurez une sauvegarde.",
                data.display(),
                hint::list(&versions)
            ),
        };
    }
    match found.into_iter().find(|binaries| binaries.version >= OLDEST) {
        Some(binaries) => Ok(binaries.folder),
        None => bail!(hint::missing(&versions)),
    }
}

fn candidates() -> Vec<PathBuf> {
    let versions = ROOTS.iter().filter_map(|root| fs::read_dir(root).ok()).flatten().flatten();
    versions.map(|version| version.path().join("bin")).chain(on_the_path()).collect()
}

/// Asked of the shell, which knows the PATH.
fn on_the_path() -> Option<PathBuf> {
    let output = Command::new("/bin/sh").args(["-c", "command -v initdb"]).output().ok()?;
    let initdb = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    initdb.parent().map(Path::to_path_buf)
}

/// Follows links: `postgres` wants its libraries beside its real self.
fn look(folder: &Path) -> Option<Binaries> {
    let folder = folder.join("initdb").canonicalize().ok()?.parent()?.to_path_buf();
    let asked = Command::new(folder.join("postgres"))
        .arg("--version")
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let version = version(&String::from_utf8(asked.stdout).ok()?)?;
    Some(Binaries { version, folder })
}

/// `postgres (PostgreSQL) 17.2 (Debian 17.2-1)`, `postgres (PostgreSQL) 18beta1`: 17, 18.
fn version(text: &str) -> Option<u32> {
    let number =
        text.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn a_version_is_its_first_number() {
        assert_eq!(version("postgres (PostgreSQL) 17.2 (Debian 17.2-1.pgdg120+1)"), Some(17));
        assert_eq!(version("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(version("postgres"), None);
    }
}
