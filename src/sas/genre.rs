//! What a file is, told by its first bytes: its name and what the sender declares prove nothing.
use serde::{Deserialize, Serialize};

/// The kinds that are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Genre {
    Pdf,
    Jpg,
    Png,
    Webp,
    Heic,
    Mp4,
    M4a,
    Mp3,
    Odt,
    Docx,
    Xlsx,
    Pptx,
    Csv,
    Txt,
}

/// The kind, its code (also its extension), its type, and what people call it.
const TOUS: [(Genre, &str, &str, &str); 14] = [
    (Genre::Pdf, "pdf", "application/pdf", "PDF"),
    (Genre::Jpg, "jpg", "image/jpeg", "image"),
    (Genre::Png, "png", "image/png", "image"),
    (Genre::Webp, "webp", "image/webp", "image"),
    (Genre::Heic, "heic", "image/heic", "photo HEIC"),
    (Genre::Mp4, "mp4", "video/mp4", "vidéo"),
    (Genre::M4a, "m4a", "audio/mp4", "enregistrement"),
    (Genre::Mp3, "mp3", "audio/mpeg", "enregistrement"),
    (Genre::Odt, "odt", "application/vnd.oasis.opendocument.text", "document"),
    (
        Genre::Docx,
        "docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "document",
    ),
    (
        Genre::Xlsx,
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "tableur",
    ),
    (
        Genre::Pptx,
        "pptx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "diaporama",
    ),
    (Genre::Csv, "csv", "text/csv", "tableau CSV"),
    (Genre::Txt, "txt", "text/plain", "texte"),
];

impl Genre {
    fn ligne(self) -> &'static (Self, &'static str, &'static str, &'static str) {
        TOUS.iter().find(|t| t.0 == self).unwrap_or(&TOUS[13])
    }

    /// The kind of a code.
    pub fn lire(code: &str) -> Option<Self> {
        TOUS.iter().find(|t| t.1 == code).map(|t| t.0)
    }

    pub fn code(self) -> &'static str {
        self.ligne().1
    }

    pub fn type_mime(self) -> &'static str {
        self.ligne().2
    }

    pub fn mots(self) -> &'static str {
        self.ligne().3
    }

    /// Sound or moving pictures: longer than the rest.
    pub fn enregistrement(self) -> bool {
        matches!(self, Self::Mp4 | Self::M4a | Self::Mp3)
    }
}

/// What the first bytes announce; the rest of the file has to keep the promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Annonce {
    Pdf,
    Image(Genre),
    /// ISO base media: video, sound or HEIC, by what is inside.
    Boites,
    Son,
    Archive,
    Texte,
}

pub const ACCEPTES: &str = "Ce fichier n’est pas d’un genre accepté. Choisissez un PDF, une photo (JPEG, PNG, WebP, \
    HEIC), une vidéo MP4, un son (MP3, M4A), un document (ODT, DOCX, XLSX, PPTX) ou un texte (TXT, CSV).";
const PAGE: &str = "Ce fichier contient une page web ou un dessin SVG, qui peut cacher un programme. \
    Exportez-le en PDF ou faites-en une capture d’écran.";
const PROGRAMME: &str =
    "Ce fichier est un programme. Déposez plutôt un document, une image ou une vidéo.";
const COMPRESSE: &str =
    "Ce fichier est une archive. Déposez les fichiers qu’elle contient, un par un.";
const ANCIEN: &str = "Ce document est dans un ancien format (.doc, .xls, .ppt). \
    Enregistrez-le en .docx, .xlsx ou .pptx, ou exportez-le en PDF.";
const GIF: &str = "Les images GIF ne sont pas acceptées. Enregistrez celle-ci en PNG ou en JPEG.";

/// Beginnings that are refused, each with what to do.
const REFUSES: [(&[u8], &str); 14] = [
    (b"GIF8", GIF),
    (b"MZ", PROGRAMME),
    (b"\x7fELF", PROGRAMME),
    (b"#!", PROGRAMME),
    (b"\xca\xfe\xba\xbe", PROGRAMME),
    (b"\xcf\xfa\xed\xfe", PROGRAMME),
    (b"\xd0\xcf\x11\xe0", ANCIEN),
    (b"{\\rtf", ANCIEN),
    (b"Rar!", COMPRESSE),
    (b"7z\xbc\xaf", COMPRESSE),
    (b"\x1f\x8b", COMPRESSE),
    (b"BZh", COMPRESSE),
    (b"\xfd7zXZ", COMPRESSE),
    (b"%!PS", "Ce fichier est du PostScript. Exportez-le en PDF."),
];

/// What only a page for a browser has near its beginning.
const BALISES: [&str; 9] =
    ["<html", "<script", "<svg", "<!doctype", "<body", "<iframe", "<head", "<?php", "<object"];

/// Something that a browser, guessing, could run as a page.
pub fn page_web(tete: &[u8]) -> bool {
    let debut = String::from_utf8_lossy(&tete[..tete.len().min(1024)]).to_lowercase();
    BALISES.iter().any(|b| debut.contains(b))
}

/// # Errors
/// In French, what it is and what to do instead.
pub fn annonce(tete: &[u8]) -> Result<Annonce, &'static str> {
    if tete.is_empty() {
        return Err("Ce fichier est vide. Choisissez-en un autre.");
    }
    let sans_marque = tete.strip_prefix(b"\xef\xbb\xbf").unwrap_or(tete).trim_ascii_start();
    let debute = |signe: &[u8]| sans_marque.starts_with(signe);
    if debute(b"%PDF-") {
        return if page_web(tete) { Err(PAGE) } else { Ok(Annonce::Pdf) };
    }
    if let Some(refus) = REFUSES.iter().find(|r| debute(r.0)) {
        return Err(refus.1);
    }
    if tete.starts_with(b"\xff\xd8\xff") {
        return Ok(Annonce::Image(Genre::Jpg));
    }
    if tete.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Ok(Annonce::Image(Genre::Png));
    }
    if tete.starts_with(b"RIFF") && tete.get(8..12) == Some(b"WEBP") {
        return Ok(Annonce::Image(Genre::Webp));
    }
    if tete.get(4..8) == Some(b"ftyp") {
        return Ok(Annonce::Boites);
    }
    if tete.starts_with(b"PK\x03\x04") {
        return Ok(Annonce::Archive);
    }
    if tete.starts_with(b"ID3") || super::son::trame(tete).is_some() {
        return Ok(Annonce::Son);
    }
    if debute(b"<") || page_web(tete) {
        return Err(PAGE);
    }
    if tete.contains(&0) { Err(ACCEPTES) } else { Ok(Annonce::Texte) }
}
