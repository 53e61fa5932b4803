//! The board of a class for spreadsheets: a row a candidate. What was typed is written as text, never as a formula.
use anyhow::Result;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet};
use time::Date;

use super::lecture::{Candidat, Classe, Dossier};
use crate::{compte::Enseignant, date, promotion::Promotion};

/// Where the file comes from.
pub struct Origine(Vec<(&'static str, String)>);

impl Origine {
    pub fn new(enseignant: &Enseignant, promotion: &Promotion, comptes: String) -> Self {
        Self(vec![
            ("Établissement", enseignant.etablissement().to_owned()),
            ("Promotion", promotion.nom.clone()),
            ("Session", promotion.annee_examen.to_string()),
            ("Édité le", date::instant(&enseignant.ici_le())),
            ("Édité par", enseignant.appellation()),
            ("Candidats", comptes),
            ("Risque NV", "Tel quel, le dossier serait refusé pour un motif officiel.".into()),
            ("À compléter", "Il reste quelque chose à faire\u{a0}; rien n’est perdu.".into()),
        ])
    }
}

enum Case {
    Texte(String),
    Nombre(f64),
    Jour(Option<Date>),
}

/// A column: its name, its width.
type Colonne = (String, f64);

/// « Conformité »: a row a candidate; « À propos ».
pub fn xlsx(classe: &Classe, origine: &Origine) -> Result<Vec<u8>> {
    let mut classeur = Workbook::new();
    let titre = Format::new().set_bold().set_text_wrap();
    tableau(classeur.add_worksheet(), classe, &titre)?;
    let feuille = classeur.add_worksheet();
    feuille.set_name("À propos")?.set_column_width(0, 18)?.set_column_width(1, 80)?;
    for (rang, (nom, dit)) in (0..).zip(&origine.0) {
        feuille.write_string_with_format(rang, 0, *nom, &titre)?.write_string(rang, 1, dit)?;
    }
    Ok(classeur.save_to_buffer()?)
}

fn tableau(feuille: &mut Worksheet, classe: &Classe, titre: &Format) -> Result<()> {
    let jour = Format::new().set_num_format("dd/mm/yyyy");
    let semaines = Format::new().set_num_format("0.0");
    feuille.set_name("Conformité")?.set_freeze_panes(1, 2)?;
    let colonnes = colonnes(classe);
    for (n, (nom, largeur)) in (0..).zip(&colonnes) {
        feuille.write_string_with_format(0, n, nom, titre)?.set_column_width(n, *largeur)?;
    }
    let mut fin = 0;
    for (rang, candidat) in (1..).zip(&classe.candidats) {
        fin = rang;
        for (n, case) in (0..).zip(ligne(candidat)) {
            match case {
                Case::Texte(dit) => feuille.write_string(rang, n, dit)?,
                Case::Nombre(x) => feuille.write_number_with_format(rang, n, x, &semaines)?,
                Case::Jour(Some(le)) => {
                    feuille.write_datetime_with_format(rang, n, excel(le)?, &jour)?
                }
                Case::Jour(None) => feuille,
            };
        }
    }
    let derniere = u16::try_from(colonnes.len().saturating_sub(1))?;
    feuille.autofilter(0, 0, fin, derniere)?;
    Ok(())
}

fn excel(le: Date) -> Result<ExcelDateTime> {
    Ok(ExcelDateTime::from_ymd(u16::try_from(le.year())?, u8::from(le.month()), le.day())?)
}

fn colonnes(classe: &Classe) -> Vec<Colonne> {
    let communes = [
        ("Nom", 22.0),
        ("Prénom", 16.0),
        ("N° de candidat", 16.0),
        ("Voie", 26.0),
        ("Pièces contrôlées", 16.0),
        ("Pièces, une à une", 60.0),
        ("Semaines faites", 11.0),
        ("Semaines prévues", 11.0),
        ("Semaines requises", 11.0),
    ];
    let mut toutes: Vec<Colonne> = communes.into_iter().map(|(n, l)| (n.to_owned(), l)).collect();
    for d in &classe.examen.reglement.dossiers {
        let siennes = [
            ("verdict", 14.0),
            ("motifs", 70.0),
            ("fiches retenues", 12.0),
            ("natures", 50.0),
            ("réellement vécues", 12.0),
            ("fiches visées", 12.0),
            ("dernier jour de dépôt", 14.0),
            ("déposé le", 14.0),
        ];
        toutes.extend(siennes.map(|(n, l)| (format!("{}\u{a0}: {n}", d.epreuve), l)));
    }
    toutes
}

fn ligne(k: &Candidat) -> Vec<Case> {
    let par_semaine = f64::from(k.compte.par_semaine.max(1));
    let semaines = |jours: u32| Case::Nombre(f64::from(jours) / par_semaine);
    let papiers: Vec<String> =
        k.papiers.iter().map(|p| format!("{}\u{a0}: {}", p.piece.quoi, p.mots)).collect();
    let mut cases = vec![
        Case::Texte(k.etudiant.nom.clone()),
        Case::Texte(k.etudiant.prenom.clone()),
        Case::Texte(k.numero.clone().unwrap_or_default()),
        Case::Texte(k.voie.intitule.clone()),
        Case::Texte(format!("{} sur {}", k.controles(), k.papiers.len())),
        Case::Texte(papiers.join("\u{a0}; ")),
        semaines(k.compte.faits),
        semaines(k.compte.prevus),
        semaines(k.compte.requis),
    ];
    cases.extend(k.dossiers.iter().flat_map(siennes));
    cases
}

/// The columns of a file.
fn siennes(d: &Dossier) -> [Case; 8] {
    let natures: Vec<&str> = d.retenues().map(|f| d.nature(f)).collect();
    let vecues = match d.modele.and_then(|m| m.vecue.as_ref()) {
        Some(_) => d.retenues().filter(|f| f.vecue == Some(true)).count().to_string(),
        None => String::new(), // the model does not ask
    };
    let motifs = d.constats.iter().map(|c| match d.motif(c) {
        Some(m) => format!("{m}\u{a0}: {}", c.texte),
        None => c.texte.clone(),
    });
    [
        Case::Texte(d.verdict.intitule().to_owned()),
        Case::Texte(motifs.collect::<Vec<_>>().join(" ")),
        Case::Texte(format!("{} sur {}", d.retenues().count(), d.nombre)),
        Case::Texte(natures.join("\u{a0}; ")),
        Case::Texte(vecues),
        Case::Texte(format!("{} sur {}", d.visees(), d.retenues().count())),
        Case::Jour(d.echeance),
        Case::Jour(d.depose_le()),
    ]
}
