//! The folders of the cluster: where, whose, and closed to everybody else.
use std::{
    fs::{self, DirBuilder, Permissions},
    hash::{DefaultHasher, Hash, Hasher},
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use nix::{
    fcntl::{AT_FDCWD, AtFlags},
    unistd::{Gid, Uid, fchownat},
};

use super::{PORT, Settings, identity::Identity};

/// A socket's name holds 103 bytes at most (macOS; Linux takes four more).
const LONGEST_SOCKET: usize = 103;

/// The folder to use: the project's own, or a system one when root works in a closed home such as
/// /root and only another account can run Postgres.
pub fn default_base(local: &Path, system: &Path, settings: &Settings) -> Result<PathBuf> {
    if !Uid::effective().is_root() {
        return Ok(local.to_path_buf());
    }
    let local = std::path::absolute(local)?;
    let Some(existing) = local.ancestors().find(|folder| folder.is_dir()) else {
        return Ok(system.to_path_buf());
    };
    let reached = Identity::choose(settings)?.reaches(existing);
    Ok(if reached { local } else { system.to_path_buf() })
}

/// Creates `base` when absent and gives its one true path.
pub fn open_base(base: &Path) -> Result<PathBuf> {
    let open = || -> std::io::Result<PathBuf> {
        if !base.is_dir() {
            fs::create_dir_all(base)?;
            // Crossed by the server's account, whatever our umask; listed by nobody else.
            fs::set_permissions(base, Permissions::from_mode(0o711))?;
        }
        base.canonicalize()
    };
    open().with_context(|| format!("ouverture du dossier {}", base.display()))
}

/// Beside the data, or in /tmp when the path is too long for a socket.
pub fn sockets(base: &Path) -> PathBuf {
    let near = base.join("run");
    if near.as_os_str().len() + format!("/.s.PGSQL.{PORT}").len() <= LONGEST_SOCKET {
        return near;
    }
    let mut hasher = DefaultHasher::new();
    base.hash(&mut hasher);
    let name = format!("livret-pg-{}-{:016x}", Uid::effective(), hasher.finish());
    Path::new("/tmp").join(name)
}

/// Makes `folder` exist, closed to others, and owned by who runs the server — also when an
/// earlier start used another identity.
pub fn take(folder: &Path, identity: &Identity) -> Result<()> {
    make_private(folder, identity).with_context(|| format!("préparation de {}", folder.display()))
}

fn make_private(folder: &Path, identity: &Identity) -> Result<()> {
    if folder.symlink_metadata().is_err() {
        DirBuilder::new().mode(0o700).create(folder)?;
    }
    // In /tmp somebody may have been there first: never follow his link, nor use his folder.
    let found = folder.symlink_metadata()?;
    if !found.is_dir() {
        bail!("ce n’est pas un dossier");
    }
    if folder.starts_with("/tmp") && !may_own(found.uid(), identity) {
        bail!("ce dossier appartient à un autre compte (numéro {})", found.uid());
    }
    fs::set_permissions(folder, Permissions::from_mode(0o700))?;
    match identity.owner() {
        Some((uid, gid)) if found.uid() != uid.as_raw() => chown_all(folder, uid, gid),
        _ => Ok(()),
    }
}

/// Ourselves, or an account that an earlier start of ours may have chosen.
fn may_own(uid: u32, identity: &Identity) -> bool {
    let server = identity.owner().map(|(uid, _)| uid.as_raw());
    uid == Uid::effective().as_raw() || Some(uid) == server || {
        let known = |name| nix::unistd::User::from_name(name).ok().flatten();
        Uid::effective().is_root()
            && ["postgres", "nobody"].into_iter().filter_map(known).any(|u| u.uid.as_raw() == uid)
    }
}

fn chown_all(path: &Path, uid: Uid, gid: Gid) -> Result<()> {
    fchownat(AT_FDCWD, path, Some(uid), Some(gid), AtFlags::AT_SYMLINK_NOFOLLOW)?;
    if path.symlink_metadata()?.is_dir() {
        for entry in fs::read_dir(path)? {
            chown_all(&entry?.path(), uid, gid)?;
        }
    }
    Ok(())
}
