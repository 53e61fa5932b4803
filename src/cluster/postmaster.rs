//! What a running server says of itself, in its `postmaster.pid`.
use std::{
    fs,
    path::{Path, PathBuf},
};

use nix::unistd::Pid;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Starting,
    Ready,
    Stopping,
}

#[derive(Debug)]
pub struct Postmaster {
    pub pid: Pid,
    pub port: u16,
    pub sockets: PathBuf,
    pub state: State,
}

impl Postmaster {
    /// The server of this data folder, provided its process lives.
    pub fn running(data: &Path) -> Option<Self> {
        Self::read(data).filter(|postmaster| serves(postmaster.pid, data))
    }

    /// The lines are, in order: pid, folder, start time, port, socket folder, address, shared
    /// memory, status. The first ones are written before the others.
    pub fn read(data: &Path) -> Option<Self> {
        let text = fs::read_to_string(data.join("postmaster.pid")).ok()?;
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        let state = match lines.get(7).copied() {
            Some("ready") => State::Ready,
            Some("stopping") => State::Stopping,
            _ => State::Starting,
        };
        Some(Self {
            pid: Pid::from_raw(lines.first()?.parse().ok().filter(|pid| *pid > 0)?),
            port: lines.get(3).and_then(|port| port.parse().ok()).unwrap_or(super::PORT),
            sockets: lines.get(4).map(PathBuf::from).unwrap_or_default(),
            state,
        })
    }
}

/// Whether that process is the server of this very folder. A zombie (no init reaps it in some
/// containers) has no command line left; a stranger who got the number has another one.
#[cfg(target_os = "linux")]
pub fn serves(pid: Pid, data: &Path) -> bool {
    use std::os::unix::ffi::OsStrExt;
    let wanted = data.as_os_str().as_bytes();
    fs::read(format!("/proc/{pid}/cmdline"))
        .is_ok_and(|line| line.split(|byte| *byte == 0).any(|argument| argument == wanted))
}

#[cfg(not(target_os = "linux"))]
pub fn serves(pid: Pid, _data: &Path) -> bool {
    nix::sys::signal::kill(pid, None).is_ok()
}
