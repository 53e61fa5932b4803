//! An XLSX: every text is typed as one.
use anyhow::Result;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet};
use time::Date;

use super::{Case, Feuille};

pub fn ecrire(feuilles: &[Feuille]) -> Result<Vec<u8>> {
    let mut classeur = Workbook::new();
    let formats = [
        Format::new().set_bold().set_text_wrap(),
        Format::new().set_num_format("dd/mm/yyyy"),
        Format::new().set_text_wrap(),
    ];
    for feuille in feuilles {
        une(classeur.add_worksheet(), feuille, &formats)?;
    }
    Ok(classeur.save_to_buffer()?)
}

fn une(f: &mut Worksheet, feuille: &Feuille, [titre, jour, long]: &[Format; 3]) -> Result<()> {
    f.set_name(feuille.nom)?.set_freeze_panes(1, feuille.figees)?;
    for (n, colonne) in (0..).zip(&feuille.colonnes) {
        f.write_string_with_format(0, n, &colonne.nom, titre)?;
        f.set_column_width(n, f64::from(colonne.largeur))?;
    }
    for (rang, ligne) in (1..).zip(&feuille.lignes) {
        for (n, case) in (0..).zip(ligne) {
            match case {
                Case::Texte(dit) if dit.contains('\n') => {
                    f.write_string_with_format(rang, n, dit, long)?
                }
                Case::Texte(dit) => f.write_string(rang, n, dit)?,
                Case::Nombre(x) => f.write_number(rang, n, *x)?,
                Case::Jour(le) => f.write_datetime_with_format(rang, n, excel(*le)?, jour)?,
                Case::Vide => f,
            };
        }
    }
    let fin = u32::try_from(feuille.lignes.len())?;
    let derniere = u16::try_from(feuille.colonnes.len().saturating_sub(1))?;
    f.autofilter(0, 0, fin, derniere)?;
    Ok(())
}

fn excel(le: Date) -> Result<ExcelDateTime> {
    Ok(ExcelDateTime::from_ymd(u16::try_from(le.year())?, u8::from(le.month()), le.day())?)
}
