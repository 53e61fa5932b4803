//! The program itself, as an administrator starts it: an empty folder, a code on the console, a page that answers.
#![expect(clippy::unwrap_used, reason = "a test stops at its first surprise")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

struct Programme {
    enfant: Child,
    dit: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Programme {
    fn servir(donnees: &std::path::Path) -> Self {
        let mut enfant = Command::new(env!("CARGO_BIN_EXE_livret"))
            .args(["servir", "--adresse", "127.0.0.1:0", "--donnees"])
            .arg(donnees)
            .env_remove("DATABASE_URL")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let dit = BufReader::new(enfant.stdout.take().unwrap()).lines();
        Self { enfant, dit }
    }

    /// The next line that holds these words.
    fn attendre(&mut self, mots: &str) -> String {
        let trouvee = self.dit.by_ref().map_while(Result::ok).find(|l| l.contains(mots));
        trouvee.unwrap_or_else(|| panic!("it never said « {mots} »"))
    }

    fn arreter(mut self) {
        kill(Pid::from_raw(i32::try_from(self.enfant.id()).unwrap()), Signal::SIGTERM).unwrap();
        assert!(self.enfant.wait().unwrap().success());
    }
}

fn get(hote: &str, chemin: &str) -> String {
    let mut lien = TcpStream::connect(hote).unwrap();
    write!(lien, "GET {chemin} HTTP/1.1\r\nHost: {hote}\r\nConnection: close\r\n\r\n").unwrap();
    let mut reponse = String::new();
    lien.read_to_string(&mut reponse).unwrap();
    reponse
}

#[test]
fn an_empty_folder_is_served_and_the_console_says_how_to_open_the_school() {
    let dossier = tempfile::tempdir().unwrap();
    let donnees = dossier.path().join("donnees");
    let mut codes = vec![];
    for _ in 0..2 {
        let mut programme = Programme::servir(&donnees);
        let ecoute = programme.attendre("Livret écoute sur http://");
        let hote = ecoute.rsplit_once("http://").unwrap().1.to_owned();
        let annonce = programme.attendre("Aucun établissement");
        assert!(annonce.contains(&format!("http://{hote}/installation")), "{annonce}");
        codes.push(annonce.rsplit_once(' ').unwrap().1.to_owned());
        assert!(get(&hote, "/").contains("location: /installation"));
        assert!(get(&hote, "/readyz").starts_with("HTTP/1.1 200"));
        assert!(get(&hote, "/installation").contains("Ouvrir l’établissement"));
        programme.arreter();
    }
    assert_ne!(codes[0], codes[1], "each start has its own code");
}
