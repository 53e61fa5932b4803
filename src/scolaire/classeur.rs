//! The livret scolaire as a workbook: two tabs, as the official one has, with its columns in its order. What was typed is
//! written as text, never as a formula; an average is a number.
use anyhow::Result;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet};

use super::{
    Rubrique, Scolaire, Valeur,
    forme::{Colonne, Genre, colonnes, dire, montrer},
    nombre,
};
use crate::compte::Compte;

/// Where the file comes from.
pub struct Origine {
    etablissement: String,
    promotion: String,
    edite: String,
}

impl Origine {
    pub fn new(compte: &Compte, promotion: &str) -> Self {
        let le = crate::date::instant(&compte.ici_le());
        Self {
            etablissement: compte.etablissement().to_owned(),
            promotion: promotion.to_owned(),
            edite: format!("le {le} par {}", compte.appellation()),
        }
    }
}

/// Row of the headings of the second tab; the students come under it.
const TITRES: u32 = 1;

pub fn xlsx(scolaire: &Scolaire, origine: &Origine) -> Result<Vec<u8>> {
    let mut classeur = Workbook::new();
    administratif(classeur.add_worksheet(), scolaire, origine)?;
    notes(classeur.add_worksheet(), scolaire)?;
    Ok(classeur.save_to_buffer()?)
}

fn administratif(feuille: &mut Worksheet, s: &Scolaire, origine: &Origine) -> Result<()> {
    let titre = Format::new().set_bold().set_text_wrap();
    feuille.set_name("1-Informations")?;
    let tete = [
        ("Établissement", origine.etablissement.clone()),
        ("Promotion", origine.promotion.clone()),
        ("Examen", s.modele.examen.clone()),
        ("Spécialité", s.modele.specialite.clone()),
        ("Session", s.session.to_string()),
        ("Édité", origine.edite.clone()),
    ];
    let mut rang = 0;
    for (nom, dit) in tete {
        feuille.write_string_with_format(rang, 0, nom, &titre)?.write_string(rang, 1, dit)?;
        rang += 1;
    }
    rang += 1;
    for (n, nom) in (0..).zip(["Session", "Présentés", "Reçus", "%"]) {
        feuille.write_string_with_format(rang, n, nom, &titre)?;
    }
    for p in &s.sessions {
        rang += 1;
        feuille.write_number(rang, 0, f64::from(p.annee))?;
        feuille.write_number(rang, 1, f64::from(p.presentes))?;
        feuille.write_number(rang, 2, f64::from(p.recus))?;
        if let Some(t) = p.taux() {
            feuille.write_number(rang, 3, f64::from(t))?;
        }
    }
    rang += 2;
    let siennes = colonnes(s.modele, s.decoupage, &Rubrique::Candidat);
    let noms = ["N°", "NOM", "Prénom"].into_iter().map(str::to_owned);
    for (n, nom) in (0..).zip(noms.chain(siennes.iter().map(|c| c.titre.clone()))) {
        feuille.write_string_with_format(rang, n, nom, &titre)?;
    }
    let jour = Format::new().set_num_format("dd/mm/yyyy");
    for (n, e) in (1..).zip(&s.etudiants) {
        rang += 1;
        feuille.write_string(rang, 0, format!("C{n:02}"))?;
        feuille.write_string(rang, 1, &e.nom)?.write_string(rang, 2, &e.prenom)?;
        let candidat = s.candidat(e.id());
        let dits = dire(&Valeur::Candidat(candidat.clone()));
        for (k, c) in (3..).zip(&siennes) {
            match (c.code.as_str(), candidat.naissance) {
                ("naissance", Some(le)) => {
                    let an = u16::try_from(le.year())?;
                    let date = ExcelDateTime::from_ymd(an, u8::from(le.month()), le.day())?;
                    feuille.write_datetime_with_format(rang, k, date, &jour)?;
                }
                (code, _) => ecrire(feuille, (rang, k), dits.get(code))?,
            }
        }
    }
    feuille.set_column_width(0, 14)?.set_column_width(1, 24)?.set_column_width(2, 18)?;
    feuille.set_column_width(3, 18)?.set_column_width(4, 22)?.set_column_width(5, 16)?;
    Ok(())
}

/// A text as text: a cell that begins with « = » is read, and never run.
fn ecrire(feuille: &mut Worksheet, (rang, n): (u32, u16), dit: Option<&String>) -> Result<()> {
    if let Some(dit) = dit.filter(|d| !d.is_empty()) {
        feuille.write_string(rang, n, dit)?;
    }
    Ok(())
}

fn notes(feuille: &mut Worksheet, s: &Scolaire) -> Result<()> {
    let titre = Format::new().set_bold().set_text_wrap();
    let deux = Format::new().set_num_format("0.00");
    feuille.set_name("2-Saisie des notes")?.set_freeze_panes(TITRES + 1, 3)?;
    for (n, nom) in (0..).zip(["N°", "NOM", "Prénom"]) {
        feuille.write_string_with_format(TITRES, n, nom, &titre)?;
    }
    for (n, e) in (1..).zip(&s.etudiants) {
        let rang = TITRES + n;
        feuille.write_string(rang, 0, format!("C{n:02}"))?;
        feuille.write_string(rang, 1, &e.nom)?.write_string(rang, 2, &e.prenom)?;
    }
    let mut n = 3;
    let mut rubriques = s.rubriques();
    rubriques.retain(|r| *r != Rubrique::Candidat);
    rubriques.rotate_right(1); // the council first, as the official workbook has it
    for rubrique in rubriques {
        feuille.write_string_with_format(0, n, rubrique.intitule(s.modele), &titre)?;
        let siennes = colonnes(s.modele, s.decoupage, &rubrique);
        for c in &siennes {
            feuille.write_string_with_format(TITRES, n, &c.titre, &titre)?;
            let large = if c.genre == Genre::Long { 50 } else { 13 };
            feuille.set_column_width(n, large)?;
            for (i, e) in (1..).zip(&s.etudiants) {
                case(feuille, (TITRES + i, n), (c, &s.valeur(&rubrique, e.id())), &deux)?;
            }
            n += 1;
        }
    }
    feuille.set_column_width(0, 6)?.set_column_width(1, 24)?.set_column_width(2, 18)?;
    Ok(())
}

fn case(
    feuille: &mut Worksheet,
    (rang, n): (u32, u16),
    (c, valeur): (&Colonne, &Valeur),
    deux: &Format,
) -> Result<()> {
    let dits = dire(valeur);
    let dit = dits.get(&c.code).map_or("", String::as_str);
    match nombre::lire(dit) {
        Ok(Some(m)) if c.genre == Genre::Nombre => {
            feuille.write_number_with_format(rang, n, f64::from(m) / 100.0, deux)?;
        }
        _ => ecrire(feuille, (rang, n), Some(&montrer(c, dit)))?,
    }
    Ok(())
}
