//! A file that is attached to a PDF, taken out of it in a process of its own: whoever sent it may be anybody.
use std::{
    io::{Read, Write},
    path::Path,
    process::{Command, ExitCode, Stdio},
};

use flate2::read::ZlibDecoder;
use hayro::hayro_syntax::{
    Filter, Pdf,
    object::{Array, Dict, Object, Stream, String as Texte},
};

/// The largest attached file.
const OCTETS_MAX: u64 = 4 << 20;
/// How deep and how large the tree of names may be.
const PROFONDEUR_MAX: u8 = 8;
const NOMS_MAX: usize = 1_000;

/// The file of that name in a PDF, from the program's side; `None` when there is none, or more than one. Blocks.
///
/// # Errors
/// The process cannot be started.
pub fn joint(programme: &Path, pdf: &[u8], nom: &str) -> std::io::Result<Option<Vec<u8>>> {
    let mut processus = Command::new(programme)
        .arg("joint")
        .arg(nom)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    if let Some(mut entree) = processus.stdin.take() {
        let _ = entree.write_all(pdf); // it reads all before it says anything; one that died reads nothing
    }
    let sortie = processus.wait_with_output()?;
    Ok(sortie.status.success().then_some(sortie.stdout))
}

/// The process itself: `livret joint NOM`, the PDF on its input.
pub fn ouvrir_joint(nom: &str) -> ExitCode {
    let mut pdf = vec![];
    if super::limiter().is_err() || std::io::stdin().read_to_end(&mut pdf).is_err() {
        return ExitCode::FAILURE;
    }
    match lire(pdf, nom) {
        Some(octets) if std::io::stdout().write_all(&octets).is_ok() => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

/// The same, in this process: for a file of one's own.
pub fn lire(pdf: Vec<u8>, nom: &str) -> Option<Vec<u8>> {
    let pdf = Pdf::new(pdf).ok()?;
    let racine: Dict = pdf.xref().get(pdf.xref().root_id())?;
    let arbre = racine.get::<Dict>("Names")?.get::<Dict>("EmbeddedFiles")?;
    let mut fiches = vec![];
    parcourir(&arbre, PROFONDEUR_MAX, &mut fiches);
    let mut siennes = fiches.into_iter().filter(|f| nomme(f).as_deref() == Some(nom));
    let (fiche, autre) = (siennes.next()?, siennes.next());
    if autre.is_some() {
        return None; // two of one name: which would be the one?
    }
    let fichiers = fiche.get::<Dict>("EF")?;
    let flux = fichiers.get::<Stream>("UF").or_else(|| fichiers.get::<Stream>("F"))?;
    gonfler(&flux)
}

fn parcourir<'a>(noeud: &Dict<'a>, reste: u8, fiches: &mut Vec<Dict<'a>>) {
    if reste == 0 || fiches.len() > NOMS_MAX {
        return;
    }
    if let Some(noms) = noeud.get::<Array>("Names") {
        fiches.extend(noms.iter::<Object>().filter_map(Object::into_dict));
    }
    for enfant in noeud.get::<Array>("Kids").iter().flat_map(Array::iter::<Dict>).take(NOMS_MAX) {
        parcourir(&enfant, reste - 1, fiches);
    }
}

/// The name that a file specification gives: text in UTF-16 with its mark, or bytes.
fn nomme(fiche: &Dict) -> Option<String> {
    let texte = fiche.get::<Texte>("UF").or_else(|| fiche.get::<Texte>("F"))?;
    let octets = texte.as_bytes();
    let Some(utf16) = octets.strip_prefix(b"\xfe\xff") else {
        return Some(String::from_utf8_lossy(octets).into_owned());
    };
    let unites: Vec<u16> =
        utf16.chunks_exact(2).map(|p| u16::from_be_bytes([p[0], p[1]])).collect();
    String::from_utf16(&unites).ok()
}

/// Plain, or deflated once: nothing else is attached to a document of ours.
fn gonfler(flux: &Stream) -> Option<Vec<u8>> {
    let brut = flux.raw_data();
    let mut octets = vec![];
    match flux.filters().as_slice() {
        [] => octets.extend_from_slice(&brut),
        [Filter::FlateDecode] => {
            ZlibDecoder::new(&*brut).take(OCTETS_MAX + 1).read_to_end(&mut octets).ok()?;
        }
        _ => return None,
    }
    (octets.len() as u64 <= OCTETS_MAX).then_some(octets)
}
