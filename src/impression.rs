//! Printed documents: the only file that knows Typst. Data travel as a file, never as Typst source.
//!
//! A room hands over the name of its template and its data; it gets PDF/A-2a and PDF/UA-1 (PDF/A-3a when a file goes with
//! it), or an error: what does not conform is not written.
mod code;

use std::{collections::HashMap, sync::LazyLock};

use anyhow::{Result, anyhow};
use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use typst::{
    Feature, Library, LibraryExt, World,
    diag::{FileError, FileResult, SourceDiagnostic},
    foundations::{Bytes, Datetime, Duration},
    syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot},
    text::{Font, FontBook},
    utils::LazyHash,
};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};
use unicode_normalization::UnicodeNormalization;

use crate::{app::App, error};

pub use code::{Code, code};

/// Read once per process.
struct Engine {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    /// One for each [`Modele`], in its order.
    modeles: Vec<Source>,
    communs: Vec<Source>,
    data: FileId,
}

/// Which document.
#[derive(Debug, Clone, Copy)]
pub enum Modele {
    Synthese,
    Bilan,
    Tuteur,
    Attestation,
    Fiche,
    Sujet,
    Notification,
    Commission,
    Scolaire,
    Liasse,
    Papillon,
}

/// Their paths and texts, in the order of [`Modele`].
const MODELES: [(&str, &str); 11] = [
    ("/synthese.typ", include_str!("../templates/typst/synthese.typ")),
    ("/bilan.typ", include_str!("../templates/typst/bilan.typ")),
    ("/tuteur.typ", include_str!("../templates/typst/tuteur.typ")),
    ("/attestation.typ", include_str!("../templates/typst/attestation.typ")),
    ("/fiche.typ", include_str!("../templates/typst/fiche.typ")),
    ("/sujet.typ", include_str!("../templates/typst/sujet.typ")),
    ("/notification.typ", include_str!("../templates/typst/notification.typ")),
    ("/commission.typ", include_str!("../templates/typst/commission.typ")),
    ("/scolaire.typ", include_str!("../templates/typst/scolaire.typ")),
    ("/liasse.typ", include_str!("../templates/typst/liasse.typ")),
    ("/papillon.typ", include_str!("../templates/typst/papillon.typ")),
];

/// What several import, or one for its parts.
const COMMUNS: [(&str, &str); 4] = [
    ("/commun.typ", include_str!("../templates/typst/commun.typ")),
    ("/formulaire.typ", include_str!("../templates/typst/formulaire.typ")),
    ("/grille.typ", include_str!("../templates/typst/grille.typ")),
    ("/evaluation.typ", include_str!("../templates/typst/evaluation.typ")),
];

static ENGINE: LazyLock<Option<Engine>> = LazyLock::new(Engine::new);

const FONTS: [&[u8]; 4] = [
    include_bytes!("../static/fonts/pdf/Regular.ttf"),
    include_bytes!("../static/fonts/pdf/Bold.ttf"),
    include_bytes!("../static/fonts/pdf/SemiBold.ttf"),
    include_bytes!("../static/fonts/pdf/Italic.ttf"),
];

fn id(path: &str) -> Option<FileId> {
    Some(RootedPath::new(VirtualRoot::Project, VirtualPath::new(path).ok()?).intern())
}

impl Engine {
    fn new() -> Option<Self> {
        let fonts: Vec<Font> = FONTS.into_iter().flat_map(|f| Font::iter(Bytes::new(f))).collect();
        let source =
            |(chemin, texte): (&str, &str)| Some(Source::new(id(chemin)?, texte.to_owned()));
        // A cell at the left of a row can be said to name it.
        let library = Library::builder().with_features([Feature::A11yExtras].into_iter().collect());
        Some(Self {
            library: LazyHash::new(library.build()),
            book: LazyHash::new(FontBook::from_fonts(&fonts)),
            fonts,
            modeles: MODELES.into_iter().map(source).collect::<Option<_>>()?,
            communs: COMMUNS.into_iter().map(source).collect::<Option<_>>()?,
            data: id("/data.json")?,
        })
    }

    fn dessine(&self, c: char) -> bool {
        self.fonts.iter().all(|f| f.info().coverage.contains(u32::from(c)))
    }

    /// What no font draws is said with what they draw: a document that lacks a single glyph conforms to nothing, and is not
    /// written. What cannot be said is seen to lack.
    fn lisible(&self, texte: &str) -> String {
        let mut dit = String::with_capacity(texte.len());
        for c in texte.nfc() {
            match c {
                '\n' | '\t' | '\u{ad}' | '\u{200b}' => dit.push(c),
                '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => dit.push('\n'),
                _ if self.dessine(c) || (c.is_whitespace() && c != '\u{1680}') => dit.push(c),
                _ if c.is_control() || invisible(c) => {}
                '\u{2010}'..='\u{2012}' => dit.push('-'),
                '\u{2015}' => dit.push('—'),
                '\u{2032}' => dit.push('’'),
                '\u{2033}' => dit.push('"'),
                '→' | '➔' | '➜' | '➡' | '\u{f0e0}' => dit.push_str("->"),
                '⇒' => dit.push_str("=>"),
                '◦' | '●' | '▪' | '■' | '►' | '▶' | '➢' | '\u{f0a7}' | '\u{f0b7}' | '\u{f0d8}' =>
                {
                    dit.push('•');
                }
                _ => {
                    let simple: String = std::iter::once(c).nfkc().collect();
                    let dite = simple.chars().all(|s| self.dessine(s));
                    dit.push_str(if dite { &simple } else { "◊" });
                }
            }
        }
        dit
    }

    /// The data of a document, as a file.
    fn donnees(&self, data: &serde_json::Value) -> Result<Bytes> {
        fn dites(engine: &Engine, data: &mut serde_json::Value) {
            match data {
                serde_json::Value::String(texte) => *texte = engine.lisible(texte),
                serde_json::Value::Array(plusieurs) => {
                    for v in plusieurs {
                        dites(engine, v);
                    }
                }
                serde_json::Value::Object(champs) => {
                    for v in champs.values_mut() {
                        dites(engine, v);
                    }
                }
                _ => {}
            }
        }
        let mut data = data.clone();
        dites(self, &mut data);
        Ok(Bytes::new(serde_json::to_vec(&data)?))
    }
}

/// It says how its neighbours are drawn, and draws nothing.
fn invisible(c: char) -> bool {
    matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0000}'..='\u{e0fff}')
}

/// One document: the template, and its data as a virtual file.
struct Job<'a> {
    engine: &'a Engine,
    main: &'a Source,
    files: HashMap<FileId, Bytes>,
}

impl World for Job<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &self.engine.library
    }
    fn book(&self) -> &LazyHash<FontBook> {
        &self.engine.book
    }
    fn main(&self) -> FileId {
        self.main.id()
    }
    fn source(&self, id: FileId) -> FileResult<Source> {
        let mut sources = self.engine.modeles.iter().chain(&self.engine.communs);
        sources.find(|s| s.id() == id).cloned().ok_or_else(|| absent(id))
    }
    fn file(&self, id: FileId) -> FileResult<Bytes> {
        self.files.get(&id).cloned().ok_or_else(|| absent(id))
    }
    fn font(&self, index: usize) -> Option<Font> {
        self.engine.fonts.get(index).cloned()
    }
    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None // every date of the document is in its data
    }
}

fn absent(id: FileId) -> FileError {
    FileError::NotFound(id.vpath().get_without_slash().into())
}

/// A file that goes with a document, and what templates find under « scelle » to say so on the paper.
#[derive(Debug, Clone)]
pub struct Joint {
    pub nom: &'static str,
    pub octets: Vec<u8>,
    pub dit: serde_json::Value,
}

impl Joint {
    /// What templates find of it.
    pub fn dire(&self, data: &mut serde_json::Value) {
        data["scelle"] = self.dit.clone();
        data["scelle"]["nom"] = self.nom.into();
    }
}

/// A document, from its data.
pub fn imprimer(modele: Modele, data: &serde_json::Value) -> Result<Vec<u8>> {
    ecrire(modele, data, None)
}

/// The same, with a file inside, which the template attaches.
pub fn imprimer_scelle(modele: Modele, data: &serde_json::Value, joint: &Joint) -> Result<Vec<u8>> {
    let mut data = data.clone();
    joint.dire(&mut data);
    ecrire(modele, &data, Some(joint))
}

fn ecrire(modele: Modele, data: &serde_json::Value, joint: Option<&Joint>) -> Result<Vec<u8>> {
    let engine = ENGINE.as_ref().ok_or_else(|| anyhow!("the engine has no paths"))?;
    let main = &engine.modeles[modele as usize];
    let mut files = HashMap::from([(engine.data, engine.donnees(data)?)]);
    if let Some(j) = joint {
        let nom = id(&format!("/{}", j.nom)).ok_or_else(|| anyhow!("no name for a file"))?;
        files.insert(nom, Bytes::new(j.octets.clone()));
    }
    let norme = if joint.is_some() { PdfStandard::A_3a } else { PdfStandard::A_2a };
    let done = compile(&Job { engine, main, files }, norme);
    typst::comemo::evict(0); // also after a failure, or memory grows for ever
    done
}

/// A document with other files in it, pictures or pages of PDF, each under the name by which its data call it. Pages of
/// somebody else's conform to nothing that we could vouch for: it is tagged, and claims no more.
pub fn composer(
    modele: Modele,
    data: &serde_json::Value,
    fichiers: Vec<(String, Vec<u8>)>,
) -> Result<Vec<u8>> {
    let engine = ENGINE.as_ref().ok_or_else(|| anyhow!("the engine has no paths"))?;
    let main = &engine.modeles[modele as usize];
    let mut files = HashMap::from([(engine.data, engine.donnees(data)?)]);
    for (nom, octets) in fichiers {
        let chemin = VirtualPath::new(&nom).map_err(|e| anyhow!("{nom}: {e:?}"))?;
        files.insert(RootedPath::new(VirtualRoot::Project, chemin).intern(), Bytes::new(octets));
    }
    let job = Job { engine, main, files };
    let done = typst::compile::<PagedDocument>(&job)
        .output
        .map_err(|e| texts(&e))
        .and_then(|d| typst_pdf::pdf(&d, &PdfOptions::default()).map_err(|e| texts(&e)));
    typst::comemo::evict(0);
    done
}

/// How many sheets a document takes.
#[cfg(test)]
pub fn pages(modele: Modele, data: &serde_json::Value) -> Result<usize> {
    let engine = ENGINE.as_ref().ok_or_else(|| anyhow!("the engine has no paths"))?;
    let main = &engine.modeles[modele as usize];
    let job = Job { engine, main, files: HashMap::from([(engine.data, engine.donnees(data)?)]) };
    let document = typst::compile::<PagedDocument>(&job).output.map_err(|e| texts(&e))?;
    Ok(document.pages().len())
}

fn compile(job: &Job, norme: PdfStandard) -> Result<Vec<u8>> {
    let document = typst::compile::<PagedDocument>(job).output.map_err(|e| texts(&e))?;
    let standards = PdfStandards::new(&[norme, PdfStandard::Ua_1]).map_err(|e| anyhow!("{e:?}"))?;
    let options = PdfOptions { standards, ..PdfOptions::default() };
    typst_pdf::pdf(&document, &options).map_err(|e| texts(&e))
}

fn texts(errors: &[SourceDiagnostic]) -> anyhow::Error {
    anyhow!("typst: {}", errors.iter().map(|e| e.message.as_str()).collect::<Vec<_>>().join(" · "))
}

/// Off the async threads, a few at a time: a heavy document must not make the grid wait.
pub async fn make<D, F>(app: &App, dossier: D, make: F) -> error::Result<Vec<u8>>
where
    D: Send + 'static,
    F: FnOnce(&D) -> anyhow::Result<Vec<u8>> + Send + 'static,
{
    let place = app.editions.clone().acquire_owned().await.map_err(anyhow::Error::from)?;
    let done = tokio::task::spawn_blocking(move || {
        let _place = place;
        make(&dossier)
    });
    Ok(done.await.map_err(anyhow::Error::from)??)
}

/// To be kept under this name.
pub fn download(octets: Vec<u8>, type_mime: &'static str, nom: &str) -> error::Result<Response> {
    let nom = percent_encoding::utf8_percent_encode(nom, percent_encoding::NON_ALPHANUMERIC);
    let disposition = HeaderValue::from_str(&format!("attachment; filename*=UTF-8''{nom}"))
        .map_err(anyhow::Error::from)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(type_mime)),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'")),
    ];
    Ok((headers, octets).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_font_draws_is_said_otherwise() {
        let engine = ENGINE.as_ref().unwrap();
        for (ecrit, lu) in [
            ("Été d’œuvre – « oui » 12\u{202f}€", "Été d’œuvre – « oui » 12\u{202f}€"),
            ("e\u{301}te\u{301}", "été"),
            ("ﬁn → porte‑à‑porte", "fin -> porte-à-porte"),
            ("\u{f0b7} un\u{2028}deux\u{7}", "• un\ndeux"),
            ("bravo 👍\u{1f3fd}\u{fe0f} 中", "bravo ◊ ◊"),
        ] {
            assert_eq!(engine.lisible(ecrit), lu);
        }
    }
}
