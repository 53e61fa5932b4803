//! Three verifiers of sealed documents, written apart, say the same of everything: ours, Python's, the browser's.
use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use livret::scelle::{Cles, code, declaration};
use serde_json::json;

use crate::{
    pilote::{manque, navigateur},
    scelle_corpus::{Trousseau, corpus},
};

/// What a verifier says: the empreinte, or nothing.
type Dit = Option<String>;

fn nous(genre: &str, octets: &[u8], cles: &Cles) -> Dit {
    if genre == "fichier" {
        return declaration::verifier(octets, cles).ok().map(|d| d.1);
    }
    let valeurs = code::verifier(std::str::from_utf8(octets).ok()?, cles).ok()?;
    let empreinte = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(valeurs[10].as_str()?);
    Some(hex::encode(empreinte.ok()?))
}

/// What a line for the others says of it.
fn ligne(genre: &str, octets: &[u8]) -> String {
    match genre {
        "code" => format!("code {}", std::str::from_utf8(octets).unwrap()),
        _ => format!("fichier {}", STANDARD.encode(octets)),
    }
}

/// The Python of the tests; made on the first use, brought by `.ci/run`.
pub(crate) fn python() -> Option<std::path::PathBuf> {
    let racine = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/verif");
    let python = racine.join("bin/python");
    let pret = || {
        Command::new(&python)
            .args(["-c", "import cryptography"])
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|s| s.success())
    };
    if !pret() {
        let _ = Command::new("python3").args(["-m", "venv"]).arg(&racine).status();
        let _ = Command::new(racine.join("bin/pip"))
            .args(["install", "--quiet", "--disable-pip-version-check", "cryptography==48.0.0"])
            .status();
    }
    if !pret() {
        assert!(std::env::var("CI").is_err(), "{} is missing", python.display());
        eprintln!("PASSÉ : {} n’est pas sur cette machine", python.display());
        return None;
    }
    Some(python)
}

fn en_python(tous: &[(&str, Vec<u8>)], cles: &Cles) -> Option<Vec<Dit>> {
    let python = python()?;
    let dossier = tempfile::tempdir().unwrap();
    let liste = dossier.path().join("cles.json");
    std::fs::write(&liste, serde_json::to_vec(cles).unwrap()).unwrap();
    let mut programme = Command::new(python)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verifier.py"))
        .arg("--cles")
        .arg(&liste)
        .arg("--lignes")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut entree = programme.stdin.take().unwrap();
    let lignes: Vec<String> = tous.iter().map(|(g, o)| ligne(g, o)).collect();
    let ecrire = std::thread::spawn(move || {
        entree.write_all(format!("{}\n", lignes.join("\n")).as_bytes()).unwrap();
    });
    let sortie = programme.wait_with_output().unwrap();
    ecrire.join().unwrap();
    assert!(sortie.status.success());
    let dits = String::from_utf8(sortie.stdout).unwrap();
    Some(dits.lines().map(|l| l.strip_prefix("authentique ").map(str::to_owned)).collect())
}

/// The module that the page itself runs, in a page of the house.
async fn au_navigateur(tous: &[(&str, Vec<u8>)], cles: &Cles) -> Option<Vec<Dit>> {
    if let Some(absent) = manque() {
        eprintln!("PASSÉ : {absent} n’est pas sur cette machine");
        return None;
    }
    let ecoute = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", ecoute.local_addr().unwrap());
    let router = livret::assets::routes::<()>();
    tokio::spawn(livret::security::serve(ecoute, router, std::future::pending()));
    let (_pilote, c) = navigateur().await;
    c.goto(&format!("{base}/robots.txt")).await.unwrap();
    let js = "const [module, cles, lignes, fin] = arguments; (async () => { \
        const m = await import(module); const liste = await m.lireCles(new TextEncoder().encode(cles)); \
        const dits = []; \
        for (const l of lignes) { const [genre, dit] = [l.slice(0, l.indexOf(' ')), l.slice(l.indexOf(' ') + 1)]; \
          try { dits.push((genre === 'code' ? await m.verifierCode(dit, liste) \
            : await m.verifierFichier(Uint8Array.from(atob(dit), c => c.charCodeAt(0)), liste)).empreinte); } \
          catch { dits.push(null); } } \
        fin(dits); })().catch(e => fin(String(e)))";
    let mut dits = vec![];
    for lot in tous.chunks(250) {
        let lignes: Vec<String> = lot.iter().map(|(g, o)| ligne(g, o)).collect();
        let arguments = vec![
            json!(livret::assets::url("sceau.js")),
            json!(serde_json::to_string(cles).unwrap()),
            json!(lignes),
        ];
        let dit = c.execute_async(js, arguments).await.unwrap();
        let lot: Vec<Dit> = serde_json::from_value(dit.clone()).unwrap_or_else(|_| panic!("{dit}"));
        dits.extend(lot);
    }
    c.close().await.unwrap();
    Some(dits)
}

#[tokio::test]
async fn three_verifiers_agree_on_a_thousand_valid_and_a_thousand_mutated() {
    let trousseau = Trousseau::new();
    let (cles, tous) = (&trousseau.cles, corpus(1000, &trousseau));
    let nus: Vec<(&str, Vec<u8>)> = tous.iter().map(|(g, _, o)| (*g, o.clone())).collect();
    let dits: Vec<Dit> = nus.iter().map(|(g, o)| nous(g, o, cles)).collect();
    for ((genre, quoi, octets), dit) in tous.iter().zip(&dits) {
        assert_eq!(
            dit.is_some(),
            *quoi == "valid",
            "{genre}, {quoi}: {}",
            String::from_utf8_lossy(octets)
        );
    }
    for (nom, autres) in
        [("Python", en_python(&nus, cles)), ("browser", au_navigateur(&nus, cles).await)]
    {
        let Some(autres) = autres else { continue };
        assert_eq!(autres.len(), dits.len(), "{nom} answered all");
        let desaccords: Vec<String> = dits
            .iter()
            .zip(&autres)
            .zip(&tous)
            .filter(|((d, a), _)| d != a)
            .map(|((d, a), (g, q, o))| {
                format!("{g}, {q}: {d:?} {a:?} {}", String::from_utf8_lossy(o))
            })
            .collect();
        println!("{nom}: {} files and codes, {} disagreements", dits.len(), desaccords.len());
        assert!(
            desaccords.is_empty(),
            "{nom}: {} disagreements\n{}",
            desaccords.len(),
            desaccords.join("\n")
        );
    }
}
