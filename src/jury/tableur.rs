//! The dossier for spreadsheets: a CSV that French Excel opens as it is, and an XLSX.
use anyhow::Result;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet};
use time::Date;

use super::dossier::{Bloc, Candidat, Dossier, Ligne};

const COLONNES: [&str; 15] = [
    "Nom",
    "Prénom",
    "Bloc",
    "Code",
    "Sous-compétence",
    "Niveau arrêté ou proposé",
    "Situations",
    "Contextes",
    "Dernière situation",
    "Évaluateurs",
    "Remarque",
    "Promotion",
    "Règle",
    "Explication",
    "À rafraîchir",
];

/// A cell that a spreadsheet would run as a formula is made a text (OWASP, CSV injection).
fn neutre(texte: &str) -> String {
    const FORMULES: &str = "=+-@\t\r\0＝＋－＠";
    if texte.starts_with(|c| FORMULES.contains(c)) { format!("'{texte}") } else { texte.to_owned() }
}

fn oui(vrai: bool) -> &'static str {
    if vrai { "oui" } else { "" }
}

fn lignes(dossier: &Dossier) -> impl Iterator<Item = (&Candidat, &Bloc, &Ligne)> {
    dossier.candidats.iter().flat_map(|candidat| {
        candidat.blocs.iter().flat_map(move |bloc| {
            bloc.competences
                .iter()
                .flat_map(|c| &c.sous_competences)
                .map(move |l| (candidat, bloc, l))
        })
    })
}

/// One row per candidate and sous-compétence. UTF-8 with a BOM, `;`, CRLF, dates JJ/MM/AAAA.
pub fn csv(dossier: &Dossier) -> Result<Vec<u8>> {
    let mut csv = csv::WriterBuilder::new()
        .delimiter(b';')
        .terminator(csv::Terminator::CRLF)
        .from_writer(vec![0xef, 0xbb, 0xbf]);
    csv.write_record(COLONNES)?;
    for (candidat, bloc, l) in lignes(dossier) {
        csv.write_record([
            neutre(&candidat.nom),
            neutre(&candidat.prenom),
            bloc.code.clone(),
            l.code.clone(),
            neutre(&l.intitule),
            l.niveau.clone().unwrap_or_default(),
            l.situations.to_string(),
            l.contextes.join(", "),
            l.derniere.as_ref().map_or_else(String::new, crate::date::courte),
            neutre(&l.evaluateurs.join(", ")),
            neutre(l.remarque.as_deref().unwrap_or_default()),
            neutre(&dossier.promotion),
            dossier.regle.clone(),
            neutre(l.explication.as_deref().unwrap_or_default()),
            oui(l.ancienne).to_owned(),
        ])?;
    }
    Ok(csv.into_inner()?)
}

/// « Synthèse »: a row a candidate; « Détail »: a row a candidate and sous-compétence; « Légende ».
pub fn xlsx(dossier: &Dossier) -> Result<Vec<u8>> {
    let mut classeur = Workbook::new();
    let titre = Format::new().set_bold().set_text_wrap();
    synthese(classeur.add_worksheet(), dossier, &titre)?;
    detail(classeur.add_worksheet(), dossier, &titre)?;
    legende(classeur.add_worksheet(), dossier, &titre)?;
    Ok(classeur.save_to_buffer()?)
}

fn colonne(n: usize) -> Result<u16> {
    Ok(u16::try_from(n)?)
}

fn synthese(feuille: &mut Worksheet, dossier: &Dossier, titre: &Format) -> Result<()> {
    feuille.set_name("Synthèse")?.set_freeze_panes(1, 2)?;
    feuille.write_with_format(0, 0, "Nom", titre)?.write_with_format(0, 1, "Prénom", titre)?;
    for (rang, candidat) in (1..).zip(&dossier.candidats) {
        feuille.write(rang, 0, &candidat.nom)?.write(rang, 1, &candidat.prenom)?;
        let toutes =
            candidat.blocs.iter().flat_map(|b| &b.competences).flat_map(|c| &c.sous_competences);
        for (n, ligne) in toutes.enumerate() {
            let c = colonne(n + 2)?;
            if rang == 1 {
                feuille.write_with_format(0, c, &ligne.code, titre)?;
            }
            feuille.write(rang, c, ligne.niveau.as_deref().unwrap_or_default())?;
        }
    }
    feuille.set_column_width(0, 22)?.set_column_width(1, 16)?;
    Ok(())
}

fn detail(feuille: &mut Worksheet, dossier: &Dossier, titre: &Format) -> Result<()> {
    let date = Format::new().set_num_format("dd/mm/yyyy");
    feuille.set_name("Détail")?.set_freeze_panes(1, 0)?;
    for (n, nom) in COLONNES.iter().enumerate() {
        feuille.write_with_format(0, colonne(n)?, *nom, titre)?;
    }
    let mut fin = 0;
    for (rang, (candidat, bloc, l)) in (1..).zip(lignes(dossier)) {
        fin = rang;
        let textes = [&candidat.nom, &candidat.prenom, &bloc.code, &l.code, &l.intitule];
        for (n, texte) in textes.into_iter().enumerate() {
            feuille.write_string(rang, colonne(n)?, texte)?;
        }
        feuille.write_string(rang, 5, l.niveau.as_deref().unwrap_or_default())?;
        feuille.write_number(rang, 6, f64::from(u32::try_from(l.situations)?))?;
        feuille.write_string(rang, 7, l.contextes.join(", "))?;
        if let Some(le) = l.derniere {
            feuille.write_datetime_with_format(rang, 8, jour(le)?, &date)?;
        }
        feuille.write_string(rang, 9, l.evaluateurs.join(", "))?;
        feuille.write_string(rang, 10, l.remarque.as_deref().unwrap_or_default())?;
        feuille.write_string(rang, 11, &dossier.promotion)?.write_string(
            rang,
            12,
            &dossier.regle,
        )?;
        feuille.write_string(rang, 13, l.explication.as_deref().unwrap_or_default())?;
        feuille.write_string(rang, 14, oui(l.ancienne))?;
    }
    for (n, largeur) in
        [(0, 22), (1, 16), (4, 60), (7, 24), (8, 18), (9, 28), (10, 40), (12, 24), (13, 60)]
    {
        feuille.set_column_width(n, largeur)?;
    }
    feuille.autofilter(0, 0, fin, 14)?;
    Ok(())
}

fn jour(date: Date) -> Result<ExcelDateTime> {
    Ok(ExcelDateTime::from_ymd(u16::try_from(date.year())?, u8::from(date.month()), date.day())?)
}

fn legende(feuille: &mut Worksheet, dossier: &Dossier, titre: &Format) -> Result<()> {
    feuille.set_name("Légende")?.set_column_width(0, 24)?.set_column_width(1, 90)?;
    feuille.write_with_format(0, 0, "Niveau", titre)?.write_with_format(
        0,
        1,
        "Signification",
        titre,
    )?;
    let mut rang = 1;
    for niveau in &dossier.legende {
        feuille.write(rang, 0, &niveau.code)?.write(rang, 1, &niveau.intitule)?;
        rang += 1;
    }
    for (nom, texte) in [
        ("Établissement", &dossier.etablissement),
        ("Édité le", &dossier.edite_le),
        ("Édité par", &dossier.edite_par),
        ("Règle du niveau proposé", &dossier.regle_en_mots),
        ("Empreinte du journal", &dossier.temoin.empreinte),
    ] {
        rang += 1;
        feuille.write(rang, 0, nom)?.write_string(rang, 1, texte)?;
    }
    feuille.write(rang + 2, 1, super::MENTION)?;
    Ok(())
}
