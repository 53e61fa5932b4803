//! The one command that brings Postgres here, for who has not got it.
use std::fs;

use nix::unistd::Uid;

/// What to tell somebody whose machine lacks Postgres.
pub fn missing(found: &[u32]) -> String {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let sudo = if Uid::effective().is_root() { "" } else { "sudo " };
    let reason = match found {
        [] => "ses programmes (initdb, postgres) sont introuvables ici".to_owned(),
        _ => format!("seule est présente la version {}", list(found)),
    };
    let install = command(&release, sudo).map_or_else(
        || "Installez-le avec les outils de votre système.".to_owned(),
        |command| format!("Pour l’installer\u{a0}:\n    {command}"),
    );
    format!(
        "Livret a besoin de PostgreSQL {} ou d’une version plus récente\u{a0}; {reason}.\n\
         {install}\n\
         S’il est installé ailleurs, LIVRET_PG_BIN donne le dossier de ses programmes.\n\
         Pour employer un serveur existant\u{a0}:\n    \
         DATABASE_URL=postgres://compte@serveur/base livret servir",
        super::binaries::OLDEST
    )
}

pub fn list(versions: &[u32]) -> String {
    versions.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")
}

/// The family of the system is `ID`, else the first known word of `ID_LIKE`.
fn command(release: &str, sudo: &str) -> Option<String> {
    if cfg!(target_os = "macos") {
        return Some("brew install postgresql@17".to_owned()); // Homebrew refuses root
    }
    let field = |name: &str| {
        release
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
            .map_or("", |value| value.trim_matches(['"', '\'']))
    };
    let families = format!("{} {}", field("ID"), field("ID_LIKE"));
    families.split_whitespace().find_map(package).map(|install| format!("{sudo}{install}"))
}

fn package(family: &str) -> Option<&'static str> {
    Some(match family {
        "debian" | "ubuntu" => "apt-get install -y postgresql",
        "fedora" | "rhel" | "centos" => "dnf install postgresql-server",
        "alpine" => "apk add postgresql",
        "arch" => "pacman -S postgresql",
        "suse" | "opensuse" | "opensuse-leap" | "opensuse-tumbleweed" => {
            "zypper install postgresql-server"
        }
        _ => return None,
    })
}

#[cfg(all(test, not(target_os = "macos")))]
mod tests {
    use super::command;

    #[test]
    fn every_known_family_has_its_command() {
        for (release, expected) in [
            ("NAME=x\nID=debian\n", "apt-get install -y postgresql"),
            ("ID=linuxmint\nID_LIKE=\"ubuntu debian\"", "apt-get install -y postgresql"),
            ("ID=fedora", "dnf install postgresql-server"),
            ("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"", "dnf install postgresql-server"),
            ("ID=alpine", "apk add postgresql"),
            ("ID=arch", "pacman -S postgresql"),
            ("ID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"", "zypper install postgresql-server"),
        ] {
            assert_eq!(command(release, "").as_deref(), Some(expected), "{release}");
        }
        let user = command("ID=debian", "sudo ");
        assert_eq!(user.as_deref(), Some("sudo apt-get install -y postgresql"));
        assert_eq!(command("ID=plan9", ""), None);
    }
}
