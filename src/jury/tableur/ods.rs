//! An ODS, which `LibreOffice` keeps by itself: every text is typed as one, and its spaces are said, or they would be folded.
use anyhow::Result;
use icu_locale_core::locale;
use spreadsheet_ods::{
    CellStyle, CellStyleRef, Length, Sheet, Value, WorkBook,
    format::{FormatNumberStyle, ValueFormatDateTime},
    text::TextTag,
    write_ods_buf,
};
use time::{Date, macros::date};

use super::{Case, Feuille};

/// The day 0 of spreadsheets.
const ORIGINE: Date = date!(1899 - 12 - 30);

pub fn ecrire(feuilles: &[Feuille]) -> Result<Vec<u8>> {
    let mut classeur = WorkBook::new(locale!("fr-FR"));
    let mut titre = CellStyle::new_empty();
    titre.set_name("titre");
    titre.set_font_bold();
    let titre = classeur.add_cellstyle(titre);
    let mut format = ValueFormatDateTime::new_named("jour");
    format.part_day().style(FormatNumberStyle::Long).build();
    format.part_text("/").build();
    format.part_month().style(FormatNumberStyle::Long).build();
    format.part_text("/").build();
    format.part_year().style(FormatNumberStyle::Long).build();
    let format = classeur.add_datetime_format(format);
    let jour = classeur.add_cellstyle(CellStyle::new("style_de_jour", &format));
    for feuille in feuilles {
        classeur.push_sheet(une(feuille, &titre, &jour));
    }
    Ok(write_ods_buf(&mut classeur, vec![])?)
}

fn une(feuille: &Feuille, titre: &CellStyleRef, jour: &CellStyleRef) -> Sheet {
    let mut f = Sheet::new(feuille.nom);
    for (n, colonne) in (0..).zip(&feuille.colonnes) {
        f.set_styled_value(0, n, texte(&colonne.nom), titre);
        f.set_col_width(n, Length::Mm(f64::from(colonne.largeur) * 2.2));
    }
    for (rang, ligne) in (1..).zip(&feuille.lignes) {
        for (n, case) in (0..).zip(ligne) {
            match case {
                Case::Texte(dit) => f.set_value(rang, n, texte(dit)),
                Case::Nombre(x) => f.set_value(rang, n, *x),
                Case::Jour(le) => {
                    let jours = i32::try_from((*le - ORIGINE).whole_days()).unwrap_or_default();
                    f.set_styled_value(rang, n, f64::from(jours), jour);
                }
                Case::Vide => {}
            }
        }
    }
    f.split_row_header(0);
    f
}

/// A paragraph a line; a space that would be folded is a tag of its own.
fn texte(dit: &str) -> Value {
    let ligne = |ligne: &str| {
        let mut p = TextTag::new("text:p");
        let (mut suite, mut blanc) = (String::new(), true);
        for c in ligne.chars() {
            if c == ' ' && blanc {
                if !suite.is_empty() {
                    p.add_text(std::mem::take(&mut suite));
                }
                p.add_tag(TextTag::new("text:s"));
            } else {
                suite.push(c);
                blanc = c == ' ';
            }
        }
        // The last one of a line is lost as well.
        if let Some(debut) = suite.strip_suffix(' ') {
            p.add_text(debut);
            p.add_tag(TextTag::new("text:s"));
        } else if !suite.is_empty() {
            p.add_text(suite);
        }
        p
    };
    Value::TextXml(dit.split('\n').map(ligne).collect())
}
