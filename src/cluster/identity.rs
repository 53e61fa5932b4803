//! Postgres refuses to run as root: three ways to be somebody else.
use std::{
    os::unix::process::CommandExt,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Result, anyhow};
use nix::unistd::{Gid, Uid, User};

use super::Settings;

#[derive(Debug, Clone)]
pub enum Identity {
    /// Not root: nothing to do.
    Same,
    /// Linux: a user namespace where our own number bears that one. The files stay our own,
    /// wherever they are.
    Namespace(u32),
    /// Everywhere else (Docker forbids the namespace): an unprivileged account gets the folders.
    Account(User),
}

impl Identity {
    /// The first way that works here.
    pub fn choose(settings: &Settings) -> Result<Self> {
        // initdb also wants an account name: `docker run --user 1234` and OpenShift have none.
        let named = User::from_uid(Uid::effective())?.is_some();
        if !Uid::effective().is_root() && named {
            return Ok(Self::Same);
        }
        let accounts: Vec<User> = ["postgres", "nobody"]
            .into_iter()
            .filter_map(|name| User::from_name(name).ok().flatten())
            .collect();
        let namespace = accounts
            .first()
            .filter(|_| cfg!(target_os = "linux") && !settings.account)
            .map(|user| Self::Namespace(user.uid.as_raw()));
        namespace
            .into_iter()
            .chain(accounts.into_iter().map(Self::Account))
            .find(|identity| identity.manages("test \"$(id -u)\" != 0", Path::new("/")))
            .ok_or_else(|| {
                anyhow!(
                    "PostgreSQL refuse d’être lancé par root, et ni espace de noms ni compte \
                     «\u{a0}postgres\u{a0}» ou «\u{a0}nobody\u{a0}» n’est utilisable ici\u{a0}: \
                     lancez Livret sous un compte ordinaire, ou donnez un serveur existant avec \
                     DATABASE_URL et «\u{a0}livret servir\u{a0}»"
                )
            })
    }

    /// Whether this identity can go into a folder: asked by trying.
    pub fn reaches(&self, folder: &Path) -> bool {
        self.manages("cd -- \"$0\"", folder)
    }

    fn manages(&self, script: &str, argument: &Path) -> bool {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", script]).arg(argument).current_dir("/");
        shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.apply(&mut shell);
        shell.status().is_ok_and(|status| status.success())
    }

    pub fn apply(&self, command: &mut Command) {
        match self {
            Self::Same => {}
            Self::Account(user) => {
                // As root, the standard library also drops the other groups.
                command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
            }
            Self::Namespace(inner) => enter_namespace(command, *inner),
        }
    }

    /// Who must own the folders, when we are root and may give them.
    pub fn owner(&self) -> Option<(Uid, Gid)> {
        match self {
            _ if !Uid::effective().is_root() => None,
            Self::Account(user) => Some((user.uid, user.gid)),
            Self::Same | Self::Namespace(_) => Some((Uid::effective(), Gid::effective())),
        }
    }
}

#[cfg(target_os = "linux")]
fn enter_namespace(command: &mut Command, inner: u32) {
    use nix::{
        fcntl::{OFlag, open},
        sched::{CloneFlags, unshare},
        sys::stat::Mode,
        unistd::write,
    };
    let uids = format!("{inner} {} 1", Uid::effective());
    let gids = format!("{inner} {} 1", Gid::effective());
    let enter = move || {
        unshare(CloneFlags::CLONE_NEWUSER)?;
        for (file, text) in [
            (c"/proc/self/setgroups", "deny"),
            (c"/proc/self/gid_map", &gids),
            (c"/proc/self/uid_map", &uids),
        ] {
            write(&open(file, OFlag::O_WRONLY, Mode::empty())?, text.as_bytes())?;
        }
        Ok(())
    };
    #[expect(unsafe_code, reason = "unshare, open, write, close: all async-signal-safe")]
    // SAFETY: between fork and exec, `enter` calls only those and allocates nothing.
    unsafe {
        command.pre_exec(enter);
    }
}

#[cfg(not(target_os = "linux"))]
fn enter_namespace(_command: &mut Command, _inner: u32) {}
