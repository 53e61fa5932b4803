//! The making of a server: its data the first time, its settings, its start.
use std::{
    fs::{self, File, OpenOptions},
    os::unix::{fs::OpenOptionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use super::{
    Life, PORT, Settings, USER, binaries, folder,
    identity::Identity,
    postmaster::{Postmaster, State},
    process::Server,
};

/// macOS has no C.UTF-8. Sorting is ICU's; this one only decides what a letter is.
const LOCALE: &str = if cfg!(target_os = "macos") { "en_US.UTF-8" } else { "C.UTF-8" };
const COMMON: [&str; 4] =
    ["listen_addresses=", "unix_socket_permissions=0700", "shared_buffers=128MB", "timezone=UTC"];
/// Said outright, whatever postgresql.conf says.
const SAFE: [&str; 4] =
    ["fsync=on", "full_page_writes=on", "synchronous_commit=on", "max_connections=100"];
const FAST: [&str; 4] =
    ["fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_connections=300"];

/// Everything needed to start a server: its folders, its programs, who it runs as.
pub struct Site {
    pub sockets: PathBuf,
    base: PathBuf,
    data: PathBuf,
    binaries: PathBuf,
    identity: Identity,
    life: Life,
}

impl Site {
    /// Finds the programs, then makes the folders and, the first time, the data.
    pub fn prepare(base: &Path, life: Life, settings: &Settings) -> Result<Self> {
        let data = base.join("pgdata");
        let binaries = binaries::find(settings, &data)?;
        let identity = Identity::choose(settings)?;
        let sockets = folder::sockets(base);
        let site = Self { sockets, base: base.to_path_buf(), data, binaries, identity, life };
        site.check_access()?;
        folder::take(&site.sockets, &site.identity)?;
        if !site.data.is_dir() {
            site.create()?;
        }
        folder::take(&site.data, &site.identity)?;
        Ok(site)
    }

    fn check_access(&self) -> Result<()> {
        if self.identity.owner().is_none() {
            return Ok(());
        }
        for folder in [&self.base, &self.binaries] {
            if !self.identity.reaches(folder) {
                let who = match &self.identity {
                    Identity::Account(user) => format!("le compte {}", user.name),
                    _ => "PostgreSQL, privé des droits de root,".to_owned(),
                };
                bail!("{who} ne peut pas entrer dans {}", folder.display());
            }
        }
        Ok(())
    }

    /// Beside, then renamed: a start cut short leaves no half-made database.
    fn create(&self) -> Result<()> {
        let fresh = self.base.join("pgdata.new");
        if fresh.exists() {
            fs::remove_dir_all(&fresh)?;
        }
        folder::take(&fresh, &self.identity)?;
        let output = self
            .command("initdb")
            .arg("-D")
            .arg(&fresh)
            .args(["-U", USER, "-A", "trust", "-E", "UTF8", "--no-instructions"])
            .args([&format!("--locale={LOCALE}"), "--locale-provider=icu", "--icu-locale=fr"])
            .args((self.life == Life::Detached).then_some("--no-sync"))
            .output()
            .context("lancement d’initdb")?;
        if !output.status.success() {
            bail!("initdb a échoué\u{a0}: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        fs::rename(&fresh, &self.data)?;
        Ok(File::open(&self.base)?.sync_all()?)
    }

    /// Our environment stays ours; the working folder is one that the server's account can read.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.binaries.join(program));
        command.current_dir(&self.sockets).stdin(Stdio::null()).env_clear();
        command.env("PATH", "/usr/bin:/bin").env("TZ", "UTC").env("LC_ALL", LOCALE);
        self.identity.apply(&mut command);
        command
    }

    /// The processes of a server killed by -9 keep its memory for a moment: try again meanwhile.
    pub fn launch(&self) -> Result<Server> {
        self.remove_leftovers();
        let end = Instant::now() + Duration::from_secs(5);
        loop {
            match self.launch_once() {
                Err(error) if Instant::now() < end && self.memory_is_busy() => {
                    tracing::debug!("{error:#}");
                    sleep(Duration::from_millis(100));
                }
                done => return done,
            }
        }
    }

    /// Nobody serves this folder (we hold the lock, and looked): lock files left by a crash would
    /// stop the start when their number now belongs to a stranger, or to a zombie.
    fn remove_leftovers(&self) {
        let socket = self.sockets.join(format!(".s.PGSQL.{PORT}"));
        let lock = self.sockets.join(format!(".s.PGSQL.{PORT}.lock"));
        for left in [self.data.join("postmaster.pid"), lock, socket] {
            let _ = fs::remove_file(left); // most often absent; postgres says what is wrong
        }
    }

    fn launch_once(&self) -> Result<Server> {
        let _ = fs::remove_file(self.log()); // so that its mode is ours
        let log = OpenOptions::new().create(true).append(true).mode(0o600).open(self.log())?;
        let mut command = self.command("postgres");
        command.arg("-D").arg(&self.data).arg("-k").arg(&self.sockets);
        command.args(["-p", &PORT.to_string()]);
        let durability = if self.life == Life::WithProcess { SAFE } else { FAST };
        for setting in COMMON.iter().chain(&durability) {
            command.args(["-c", setting]);
        }
        command.stdout(log.try_clone()?).stderr(log);
        command.process_group(0); // Ctrl-C in the terminal reaches the application alone
        let mut server = match self.life {
            Life::WithProcess => Server::bound(command)?,
            Life::Detached => Server::detached(command)?,
        };
        self.wait_until_ready(&mut server)?;
        Ok(server)
    }

    /// As long as recovery takes: after a crash on a slow disk, that can be minutes.
    fn wait_until_ready(&self, server: &mut Server) -> Result<()> {
        let end = Instant::now() + Duration::from_mins(5);
        loop {
            if let Some(status) = server.ended()? {
                bail!("PostgreSQL s’est arrêté ({status})\u{a0}:\n{}", self.last_words());
            }
            let ready = |p: &Postmaster| p.state == State::Ready && p.pid == server.pid();
            if Postmaster::read(&self.data).is_some_and(|postmaster| ready(&postmaster)) {
                return Ok(());
            }
            if Instant::now() > end {
                server.stop()?;
                bail!("PostgreSQL ne répond pas\u{a0}:\n{}", self.last_words());
            }
            sleep(Duration::from_millis(5));
        }
    }

    fn log(&self) -> PathBuf {
        self.base.join("postgres.log")
    }

    fn memory_is_busy(&self) -> bool {
        self.last_words().contains("shared memory block")
    }

    fn last_words(&self) -> String {
        let text = fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }
}
