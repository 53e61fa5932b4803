//! What was pasted or sent, recognised by what it is, never by its name: a text, a workbook, an export, or one of these zipped.
use std::{
    borrow::Cow,
    io::{Cursor, Read},
};

use zip::ZipArchive;

use super::{
    Lu, Quoi, Source, colonne, octets, refus,
    siecle::{self, Entete},
    tableau,
};
use crate::scolaire::cellules::{self, Bornes};

const ENTREES_MAX: usize = 1_000;
/// An export of a whole lycée is some 20 MB.
const XML_MAX: u64 = 60 << 20;
const BORNES: Bornes = Bornes { lignes: 20_050, cases: 1_000_000 };

/// Reads what came. Blocks: call it off the async threads.
///
/// # Errors
/// In French, what it is and what to do.
pub fn lire(recu: Vec<u8>, colle: bool, quoi: Quoi) -> Result<(Lu, Entete), String> {
    if recu.iter().all(u8::is_ascii_whitespace) {
        return Err(refus::RIEN.into());
    }
    if recu.starts_with(b"PK\x03\x04") {
        return zippe(recu, quoi);
    }
    if recu.starts_with(b"\xd0\xcf\x11\xe0") {
        return Err(refus::ANCIEN_CLASSEUR.into());
    }
    if recu.starts_with(b"%PDF") {
        return Err(refus::PDF.into());
    }
    let texte = octets::texte(&recu);
    if texte.trim_start().starts_with('<') {
        return siecle::lire(&octets::texte_xml(&recu), quoi);
    }
    let source = if colle { Source::Collage } else { Source::Csv };
    Ok((colonne::nommer(tableau::lire(&texte)?, source, quoi)?, Entete::default()))
}

fn zippe(recu: Vec<u8>, quoi: Quoi) -> Result<(Lu, Entete), String> {
    let abime = |_| refus::ARCHIVE.to_owned();
    let mut archive = ZipArchive::new(Cursor::new(recu.as_slice())).map_err(abime)?;
    if archive.len() > ENTREES_MAX {
        return Err(refus::DEMESURE.into());
    }
    let noms: Vec<String> =
        archive.file_names().map(|n| n.map(Cow::into_owned).unwrap_or_default()).collect();
    if noms.iter().any(|n| n == "xl/workbook.xml" || n == "content.xml") {
        return classeur(recu, quoi);
    }
    let a_lire: Vec<usize> =
        (0..noms.len()).filter(|n| noms[*n].to_lowercase().ends_with(".xml")).collect();
    let [seul] = a_lire.as_slice() else { return Err(refus::ARCHIVE.into()) };
    let entree = archive.by_index(*seul).map_err(abime)?;
    let mut dedans = vec![];
    let lus =
        entree.take(XML_MAX + 1).read_to_end(&mut dedans).map_err(|_| refus::ARCHIVE.to_owned())?;
    if lus as u64 > XML_MAX {
        return Err(refus::DEMESURE.into());
    }
    siecle::lire(&octets::texte_xml(&dedans), quoi)
}

/// The sheet that has the most rows: the list is there.
fn classeur(recu: Vec<u8>, quoi: Quoi) -> Result<(Lu, Entete), String> {
    let feuilles = cellules::lire(recu, &BORNES).map_err(|m| {
        if m == cellules::AUTRE { refus::CLASSEUR.to_owned() } else { refus::DEMESURE.to_owned() }
    })?;
    let mut tables: Vec<Vec<super::Ligne>> = vec![];
    for feuille in feuilles {
        let mut lignes = vec![];
        for (rang, cases) in feuille.lignes() {
            let large = cases.last().map_or(0, |c| c.0 as usize + 1);
            let mut toutes = vec![""; large.min(60)];
            for (n, dit) in cases {
                if let Some(case) = toutes.get_mut(n as usize) {
                    *case = dit;
                }
            }
            tableau::garder(&mut lignes, rang + 1, toutes.into_iter())?;
        }
        tables.push(lignes);
    }
    let liste = tables.into_iter().max_by_key(Vec::len).unwrap_or_default();
    Ok((colonne::nommer(liste, Source::Classeur, quoi)?, Entete::default()))
}
