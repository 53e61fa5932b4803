//! The cells of a workbook that somebody sends (XLSX or ODS), read in memory and bounded: it may hold INSEE numbers, so it is
//! kept nowhere, and it may be hostile, so nothing of it is inflated or repeated beyond what a class needs.
use std::{
    collections::BTreeMap,
    io::{Cursor, Read, Write},
};

use calamine::{Data, DataRef, Ods, Reader, Xlsx, open_workbook_from_rs};
use time::{Date, Duration, macros::date};
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

use crate::date;

const ENTREES_MAX: usize = 1_000;
/// Inflated, all entries together.
const TOTAL_MAX: u64 = 60 << 20;
const FEUILLES_MAX: usize = 80;
const COLONNES_MAX: u32 = 300;
/// A text longer than any cell of ours is cut: it will be refused as too long, and said.
const TEXTE_MAX: usize = 2_000;

pub const AUTRE: &str = "Ce fichier n’est pas un classeur lisible ici. Enregistrez-le au format XLSX (Excel) ou ODS (LibreOffice), \
    sans mot de passe, puis choisissez-le de nouveau.";
const DEMESURE: &str = "Ce classeur est démesuré\u{a0}: il a plus de pages ou de cases que celui d’une classe. \
    Copiez ses deux onglets de saisie dans un classeur neuf, puis choisissez-le.";

/// How much of a workbook is read: what a class needs, or a school.
#[derive(Debug, Clone, Copy)]
pub struct Bornes {
    pub lignes: u32,
    pub cases: usize,
}

impl Bornes {
    pub const CLASSE: Self = Self { lignes: 400, cases: 200_000 };
}

/// A sheet, by row and column from 0: only the cells that say something.
#[derive(Debug, Default)]
pub struct Feuille {
    cases: BTreeMap<(u32, u32), String>,
}

impl Feuille {
    pub fn texte(&self, rang: u32, colonne: u32) -> &str {
        self.cases.get(&(rang, colonne)).map_or("", String::as_str)
    }

    /// What a row says at a column or before it: how a heading of several columns is kept.
    pub fn a_gauche(&self, rang: u32, colonne: u32) -> &str {
        let avant = self.cases.range((rang, 0)..=(rang, colonne)).next_back();
        avant.map_or("", |(_, t)| t.as_str())
    }

    /// The first thing that a column says.
    pub fn texte_du_titre(&self, colonne: u32) -> &str {
        let sienne = self.cases.iter().find(|((_, c), _)| *c == colonne);
        sienne.map_or("", |(_, t)| t.as_str())
    }

    /// The columns of a row that say something.
    pub fn colonnes(&self, rang: u32) -> impl Iterator<Item = u32> {
        self.cases.range((rang, 0)..=(rang, u32::MAX)).map(|((_, c), _)| *c)
    }

    /// The rows that say something, each with its cells.
    pub fn lignes(&self) -> impl Iterator<Item = (u32, Vec<(u32, &str)>)> {
        let mut lignes: BTreeMap<u32, Vec<(u32, &str)>> = BTreeMap::new();
        for ((rang, colonne), texte) in &self.cases {
            lignes.entry(*rang).or_default().push((*colonne, texte));
        }
        lignes.into_iter()
    }

    fn poser(&mut self, (rang, colonne): (u32, u32), dit: &str, bornes: &Bornes) {
        let dit: String = dit.trim().chars().take(TEXTE_MAX).collect();
        if !dit.is_empty() && rang < bornes.lignes && colonne < COLONNES_MAX {
            self.cases.insert((rang, colonne), dit);
        }
    }
}

/// A number as French writes it: whole, else to the hundredth, which is what an average has.
fn nombre(x: f64) -> String {
    let centiemes = (x * 100.0).round();
    if !centiemes.is_finite() || centiemes.abs() > 1e15 {
        return x.to_string();
    }
    let entier = centiemes / 100.0;
    if entier.fract() == 0.0 {
        format!("{entier:.0}")
    } else {
        format!("{entier:.2}").replace('.', ",")
    }
}

/// A day, from the count of days of spreadsheets.
fn jour(x: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "days, within bounds")]
    let jours = if (1.0..100_000.0).contains(&x) { x.trunc() as i64 } else { return nombre(x) };
    let le: Date = date!(1899 - 12 - 30) + Duration::days(jours);
    date::courte(&le)
}

/// « 2006-10-03 », with or without an hour.
fn jour_iso(dit: &str) -> String {
    let le = dit.get(..10).and_then(date::lire);
    le.as_ref().map_or_else(|| dit.to_owned(), date::courte)
}

fn vrai(oui: bool) -> String {
    (if oui { "VRAI" } else { "FAUX" }).to_owned()
}

fn dite(data: &DataRef<'_>) -> String {
    match data {
        DataRef::Int(n) => n.to_string(),
        DataRef::Float(x) => nombre(*x),
        DataRef::String(t) | DataRef::DurationIso(t) => t.clone(),
        DataRef::SharedString(t) => (*t).to_owned(),
        DataRef::Bool(b) => vrai(*b),
        DataRef::DateTime(t) => jour(t.as_f64()),
        DataRef::DateTimeIso(t) => jour_iso(t),
        DataRef::Error(e) => e.to_string(),
        DataRef::Empty => String::new(),
    }
}

fn dite_ods(data: &Data) -> String {
    match data {
        Data::Int(n) => n.to_string(),
        Data::Float(x) => nombre(*x),
        Data::String(t) | Data::DurationIso(t) => t.clone(),
        Data::Bool(b) => vrai(*b),
        Data::DateTime(t) => jour(t.as_f64()),
        Data::DateTimeIso(t) => jour_iso(t),
        Data::Error(e) => e.to_string(),
        Data::Empty => String::new(),
    }
}

/// What is in the archive, once it is known to be of a reasonable size.
struct Vue {
    noms: Vec<String>,
    /// Of an ODS.
    contenu: Option<String>,
    manifeste: Vec<u8>,
}

fn peser(octets: &[u8]) -> Result<Vue, &'static str> {
    let mut archive = ZipArchive::new(Cursor::new(octets)).map_err(|_| AUTRE)?;
    if archive.len() > ENTREES_MAX {
        return Err(DEMESURE);
    }
    let mut vue = Vue { noms: vec![], contenu: None, manifeste: vec![] };
    let mut reste = TOTAL_MAX;
    for i in 0..archive.len() {
        let entree = archive.by_index(i).map_err(|_| AUTRE)?;
        let nom = entree.name().map_err(|_| AUTRE)?.into_owned();
        let mut lus = vec![];
        let garder = matches!(nom.as_str(), "content.xml" | "META-INF/manifest.xml");
        let mut borne = entree.take(reste + 1);
        let combien = if garder {
            borne.read_to_end(&mut lus).map(|n| n as u64)
        } else {
            std::io::copy(&mut borne, &mut std::io::sink())
        };
        reste = reste.checked_sub(combien.map_err(|_| AUTRE)?).ok_or(DEMESURE)?;
        match nom.as_str() {
            "content.xml" => vue.contenu = Some(String::from_utf8(lus).map_err(|_| AUTRE)?),
            "META-INF/manifest.xml" => vue.manifeste = lus,
            _ => {}
        }
        vue.noms.push(nom);
    }
    Ok(vue)
}

/// The sheets of a workbook. Blocks: call it off the async threads.
///
/// # Errors
/// In French, what to do.
pub fn lire(octets: Vec<u8>, bornes: &Bornes) -> Result<Vec<Feuille>, &'static str> {
    let vue = peser(&octets)?;
    if vue.noms.iter().any(|n| n == "xl/workbook.xml") {
        xlsx(octets, bornes)
    } else if let Some(contenu) = vue.contenu {
        ods(&contenu, &vue.manifeste, bornes)
    } else {
        Err(AUTRE)
    }
}

fn xlsx(octets: Vec<u8>, bornes: &Bornes) -> Result<Vec<Feuille>, &'static str> {
    let mut classeur: Xlsx<_> = open_workbook_from_rs(Cursor::new(octets)).map_err(|_| AUTRE)?;
    let noms: Vec<String> = classeur.sheet_names().into_iter().take(FEUILLES_MAX).collect();
    let (mut feuilles, mut vues) = (vec![], 0);
    for nom in noms {
        // A sheet that is a chart has no cells.
        let Ok(mut lecteur) = classeur.worksheet_cells_reader(&nom) else { continue };
        let mut feuille = Feuille::default();
        while let Some(case) = lecteur.next_cell().map_err(|_| AUTRE)? {
            vues += 1;
            if vues > bornes.cases {
                return Err(DEMESURE);
            }
            feuille.poser(case.get_position(), &dite(case.get_value()), bornes);
        }
        feuilles.push(feuille);
    }
    Ok(feuilles)
}

/// An ODS says « a million empty rows » in a few letters, and its reader would make them: what is repeated too often is said
/// once, then all of it must be small.
fn ods(contenu: &str, manifeste: &[u8], bornes: &Bornes) -> Result<Vec<Feuille>, &'static str> {
    let borne = super::repetition::borner(contenu, bornes.cases).ok_or(DEMESURE)?;
    let refait = || -> zip::result::ZipResult<Vec<u8>> {
        let mut zip = ZipWriter::new(Cursor::new(vec![]));
        let seul = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        zip.start_file("mimetype", seul)?;
        zip.write_all(b"application/vnd.oasis.opendocument.spreadsheet")?;
        zip.start_file("META-INF/manifest.xml", seul)?;
        zip.write_all(manifeste)?;
        zip.start_file("content.xml", seul)?;
        zip.write_all(borne.as_bytes())?;
        Ok(zip.finish()?.into_inner())
    };
    let octets = refait().map_err(|_| AUTRE)?;
    let mut classeur: Ods<_> = open_workbook_from_rs(Cursor::new(octets)).map_err(|_| AUTRE)?;
    let mut feuilles = vec![];
    for nom in classeur.sheet_names().into_iter().take(FEUILLES_MAX) {
        let plage = classeur.worksheet_range(&nom).map_err(|_| AUTRE)?;
        let (haut, gauche) = plage.start().unwrap_or_default();
        let mut feuille = Feuille::default();
        for (r, c, data) in plage.used_cells() {
            let ou =
                |base: u32, n: usize| base.saturating_add(u32::try_from(n).unwrap_or(u32::MAX));
            feuille.poser((ou(haut, r), ou(gauche, c)), &dite_ods(data), bornes);
        }
        feuilles.push(feuille);
    }
    Ok(feuilles)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_said_as_french_writes_them() {
        for (x, dit) in
            [(12.0, "12"), (12.5, "12,50"), (12.333_333, "12,33"), (0.0, "0"), (-1.25, "-1,25")]
        {
            assert_eq!(nombre(x), dit);
        }
        assert_eq!(
            (jour(38993.0), jour_iso("2006-10-03T00:00:00")),
            ("03/10/2006".into(), "03/10/2006".into())
        );
        assert_eq!(nombre(f64::NAN), "NaN");
    }

    #[test]
    fn what_is_no_workbook_is_refused_in_words() {
        for octets in
            [&b""[..], b"PK", b"%PDF-1.7", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"NOM;Pr\xe9nom"]
        {
            assert_eq!(lire(octets.to_vec(), &Bornes::CLASSE).unwrap_err(), AUTRE);
        }
    }

    #[test]
    fn a_workbook_that_swells_is_refused_before_it_is_read() {
        let mut zip = ZipWriter::new(Cursor::new(vec![]));
        zip.start_file("xl/workbook.xml", SimpleFileOptions::default()).unwrap();
        for _ in 0..70 {
            zip.write_all(&vec![b' '; 1 << 20]).unwrap();
        }
        let octets = zip.finish().unwrap().into_inner();
        assert!(octets.len() < 1 << 20, "it is small");
        assert_eq!(lire(octets, &Bornes::CLASSE).unwrap_err(), DEMESURE);
    }
}
