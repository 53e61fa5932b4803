//! A server's process: bound to ours, and stopped without losing anything.
use std::{
    path::Path,
    process::{Child, Command},
    sync::mpsc,
    thread::{self, sleep},
    time::{Duration, Instant},
};

use anyhow::{Result, anyhow, bail};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use super::postmaster::{Postmaster, serves};

/// Fast, immediate, and at last by force: the next start recovers.
const STOPS: [(Signal, u64); 3] =
    [(Signal::SIGINT, 30), (Signal::SIGQUIT, 5), (Signal::SIGKILL, 5)];

#[derive(Debug)]
pub struct Server {
    child: Child,
    /// Lets go of the thread that gave birth.
    _keeper: Option<mpsc::Sender<()>>,
}

impl Server {
    pub fn detached(mut command: Command) -> Result<Self> {
        Ok(Self { child: command.spawn()?, _keeper: None })
    }

    /// The kernel's promise to kill a child with its parent holds for the *thread* that forked:
    /// one thread stays for that, so that any other may call and go.
    pub fn bound(mut command: Command) -> Result<Self> {
        die_with_parent(&mut command);
        let (born, birth) = mpsc::channel();
        let (keeper, kept) = mpsc::channel::<()>();
        thread::Builder::new().name("postgres".into()).spawn(move || {
            let _ = born.send(command.spawn());
            let _ = kept.recv(); // until the sender goes
        })?;
        let child = birth.recv().map_err(|_| anyhow!("PostgreSQL n’a pas pu être lancé"))??;
        Ok(Self { child, _keeper: Some(keeper) })
    }

    pub fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().cast_signed())
    }

    /// How it ended, if it did.
    pub fn ended(&mut self) -> Result<Option<std::process::ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    pub fn stop(&mut self) -> Result<()> {
        let pid = self.pid();
        stop(pid, || Ok(self.child.try_wait()?.is_some()))
    }
}

/// Stops the server of a process that died before it.
pub fn stop_orphan(data: &Path) -> Result<()> {
    let Some(orphan) = Postmaster::running(data) else { return Ok(()) };
    stop(orphan.pid, || Ok(!serves(orphan.pid, data)))
}

fn stop(pid: Pid, mut gone: impl FnMut() -> Result<bool>) -> Result<()> {
    for (signal, seconds) in STOPS {
        if gone()? {
            return Ok(());
        }
        // It may end by itself just now: only `gone` decides.
        let sent = kill(pid, signal);
        let end = Instant::now() + Duration::from_secs(seconds);
        while Instant::now() < end {
            if gone()? {
                return Ok(());
            }
            sleep(Duration::from_millis(2));
        }
        tracing::warn!(%pid, %signal, ?sent, "postgres does not stop");
    }
    bail!("PostgreSQL (processus {pid}) ne s’arrête pas")
}

#[cfg(target_os = "linux")]
fn die_with_parent(command: &mut Command) {
    use std::{io, os::unix::process::CommandExt};

    let parent = Pid::this();
    let bind = move || {
        nix::sys::prctl::set_pdeathsig(Signal::SIGINT)?;
        if nix::unistd::getppid() == parent {
            Ok(())
        } else {
            Err(io::Error::from(io::ErrorKind::NotFound)) // it died just before
        }
    };
    #[expect(unsafe_code, reason = "prctl and getppid: both async-signal-safe")]
    // SAFETY: between fork and exec, `bind` calls only those and allocates nothing. It runs after
    // setuid, which would undo it.
    unsafe {
        command.pre_exec(bind);
    }
}

#[cfg(not(target_os = "linux"))]
fn die_with_parent(_command: &mut Command) {}
