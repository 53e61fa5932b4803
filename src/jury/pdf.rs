//! Printed documents: the only file that knows Typst. Data travel as a file, never as Typst source.
use std::{collections::HashMap, sync::LazyLock};

use anyhow::{Result, anyhow};
use typst::{
    Library, LibraryExt, World,
    diag::{FileError, FileResult, SourceDiagnostic},
    foundations::{Bytes, Datetime, Duration},
    syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot},
    text::{Font, FontBook},
    utils::LazyHash,
};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

use super::dossier::Dossier;

/// Read once per process.
struct Engine {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    synthese: Source,
    bilan: Source,
    /// What both import.
    commun: Source,
    data: FileId,
}

/// Which document.
#[derive(Debug, Clone, Copy)]
pub enum Modele {
    Synthese,
    Bilan,
}

static ENGINE: LazyLock<Option<Engine>> = LazyLock::new(Engine::new);

const FONTS: [&[u8]; 4] = [
    include_bytes!("../../static/fonts/pdf/Regular.ttf"),
    include_bytes!("../../static/fonts/pdf/Bold.ttf"),
    include_bytes!("../../static/fonts/pdf/SemiBold.ttf"),
    include_bytes!("../../static/fonts/pdf/Italic.ttf"),
];

impl Engine {
    fn new() -> Option<Self> {
        let id = |path: &str| {
            Some(RootedPath::new(VirtualRoot::Project, VirtualPath::new(path).ok()?).intern())
        };
        let fonts: Vec<Font> = FONTS.into_iter().flat_map(|f| Font::iter(Bytes::new(f))).collect();
        let synthese = include_str!("../../templates/typst/synthese.typ");
        let bilan = include_str!("../../templates/typst/bilan.typ");
        let commun = include_str!("../../templates/typst/commun.typ");
        Some(Self {
            library: LazyHash::new(Library::default()),
            book: LazyHash::new(FontBook::from_fonts(&fonts)),
            fonts,
            synthese: Source::new(id("/synthese.typ")?, synthese.into()),
            bilan: Source::new(id("/bilan.typ")?, bilan.into()),
            commun: Source::new(id("/commun.typ")?, commun.into()),
            data: id("/data.json")?,
        })
    }
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
        let source = [self.main, &self.engine.commun].into_iter().find(|s| s.id() == id);
        source.cloned().ok_or_else(|| absent(id))
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

/// One candidate, 1 or 2 pages. PDF/A-2a and PDF/UA-1: the library refuses to write what does not conform.
pub fn candidat(dossier: &Dossier, rang: usize) -> Result<Vec<u8>> {
    let candidat = dossier.candidats.get(rang).ok_or_else(|| anyhow!("no such candidate"))?;
    let seul = Dossier { candidats: vec![candidat.clone()], ..dossier.clone() };
    render(&seul, false)
}

/// The whole promotion: a cover with its list, then each candidate, bookmarked.
pub fn promotion(dossier: &Dossier) -> Result<Vec<u8>> {
    render(dossier, true)
}

fn render(dossier: &Dossier, recueil: bool) -> Result<Vec<u8>> {
    let data = serde_json::json!({ "recueil": recueil, "dossier": dossier });
    imprimer(Modele::Synthese, &data)
}

/// A document, from its data.
pub fn imprimer(modele: Modele, data: &serde_json::Value) -> Result<Vec<u8>> {
    let engine = ENGINE.as_ref().ok_or_else(|| anyhow!("the engine has no paths"))?;
    let main = match modele {
        Modele::Synthese => &engine.synthese,
        Modele::Bilan => &engine.bilan,
    };
    let data = serde_json::to_vec(data)?;
    let job = Job { engine, main, files: HashMap::from([(engine.data, Bytes::new(data))]) };
    let done = compile(&job);
    typst::comemo::evict(0); // also after a failure, or memory grows for ever
    done
}

fn compile(job: &Job) -> Result<Vec<u8>> {
    let document = typst::compile::<PagedDocument>(job).output.map_err(|e| texts(&e))?;
    let standards =
        PdfStandards::new(&[PdfStandard::A_2a, PdfStandard::Ua_1]).map_err(|e| anyhow!("{e:?}"))?;
    let options = PdfOptions { standards, ..PdfOptions::default() };
    typst_pdf::pdf(&document, &options).map_err(|e| texts(&e))
}

fn texts(errors: &[SourceDiagnostic]) -> anyhow::Error {
    anyhow!("typst: {}", errors.iter().map(|e| e.message.as_str()).collect::<Vec<_>>().join(" · "))
}
