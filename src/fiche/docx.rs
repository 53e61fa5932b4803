//! A sheet as a document to be gone on with in a word processor: the words and the order of the printed one.
use std::{collections::BTreeSet, io::Cursor};

use anyhow::Result;
use docx_rs::{
    AlignmentType, BreakType, Docx, Footer, HeightRule, LineSpacing, NumPages, PageMargin, PageNum,
    Paragraph, Run, RunFonts, RunProperty, Shading, Style, StyleType, Table, TableCell,
    TableCellMargins, TableLayoutType, TableRow, VertAlignType, WidthType,
};

use super::{
    modele::{Forme, Ligne, Partie, Rubrique},
    papier::Papier,
};

/// Between the margins of a sheet, in twentieths of a point: A4 less 1.5 cm at each side.
const LARGEUR: usize = 10205;
/// The column of the names: the same as on paper, in thousandths.
const NOMS: usize = 270;
/// Least height of what is empty, in twentieths of a point.
const VIDE: f32 = 720.0;
const BANDE: &str = "D8D8D8";

/// What a cell is, and where it ends in its row, in thousandths.
struct Case {
    quoi: TableCell,
    jusqu_a: usize,
}

/// A row of a table; `vide` when something of it is to be filled by hand.
struct Rang {
    cases: Vec<Case>,
    vide: bool,
}

impl Rang {
    fn egales(cases: Vec<TableCell>, vide: bool) -> Self {
        let combien = cases.len();
        let cases = cases.into_iter().zip(1..);
        let cases = cases.map(|(quoi, n)| Case { quoi, jusqu_a: 1000 * n / combien }).collect();
        Self { cases, vide }
    }
}

/// A table whose rows do not share their columns.
fn tableau(rangs: Vec<Rang>) -> Table {
    let fins = rangs.iter().flat_map(|r| &r.cases).map(|c| c.jusqu_a);
    let fins: Vec<usize> = fins.collect::<BTreeSet<_>>().into_iter().collect();
    let large = |depuis: usize, jusqu_a: usize| (jusqu_a - depuis) * LARGEUR / 1000;
    let mut depuis = 0;
    let grille = fins.iter().map(|f| large(std::mem::replace(&mut depuis, *f), *f)).collect();
    let rangs = rangs.into_iter().map(|rang| {
        let mut depuis = 0;
        let cases = rang.cases.into_iter().map(|case| {
            let de = std::mem::replace(&mut depuis, case.jusqu_a);
            let prises = fins.iter().filter(|f| **f > de && **f <= case.jusqu_a).count();
            case.quoi.grid_span(prises).width(large(de, case.jusqu_a), WidthType::Dxa)
        });
        let ligne = TableRow::new(cases.collect());
        if rang.vide { ligne.row_height(VIDE).height_rule(HeightRule::AtLeast) } else { ligne }
    });
    Table::new(rangs.collect())
        .set_grid(grille)
        .width(LARGEUR, WidthType::Dxa)
        .layout(TableLayoutType::Fixed)
        .margins(TableCellMargins::new().margin(40, 80, 40, 80))
}

/// What XML cannot carry goes.
fn permis(c: char) -> bool {
    matches!(c, '\t' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// What was typed, line after line.
fn dit(mut run: Run, texte: &str) -> Run {
    for (n, ligne) in texte.split('\n').enumerate() {
        if n > 0 {
            run = run.add_break(BreakType::TextWrapping);
        }
        run = run.add_text(ligne.chars().filter(|c| permis(*c)).collect::<String>());
    }
    run
}

fn gras(mots: &str) -> Run {
    Run::new().add_text(mots).bold()
}

fn cellule(paragraphe: Paragraph) -> TableCell {
    TableCell::new().add_paragraph(paragraphe)
}

/// What was typed, in a cell of its own.
fn reponse(texte: &str) -> TableCell {
    cellule(Paragraph::new().add_run(dit(Run::new(), texte)))
}

/// « TITRE : Vente flash ».
fn champ(intitule: &str, texte: &str) -> Paragraph {
    Paragraph::new().add_run(gras(intitule)).add_run(dit(Run::new().add_text(" "), texte))
}

fn milieu(paragraphe: Paragraph) -> Paragraph {
    paragraphe.align(AlignmentType::Center)
}

fn case(cochee: bool) -> &'static str {
    if cochee { "☒" } else { "☐" }
}

fn tete(p: &Papier) -> Table {
    let m = p.modele;
    let titre = cellule(milieu(Paragraph::new().add_run(gras(&m.diplome.to_uppercase()))))
        .add_paragraph(milieu(
            Paragraph::new().add_run(Run::new().add_text(format!("{} {}", m.session, p.session))),
        ))
        .add_paragraph(milieu(
            Paragraph::new().style("Heading1").add_run(gras(&m.titre.to_uppercase())),
        ));
    let epreuve = milieu(Paragraph::new().add_run(gras(&m.sous_titre.to_uppercase())));
    let mut premier =
        vec![Case { quoi: cellule(champ(&m.numero, &p.numero.to_string())), jusqu_a: 100 }];
    for (n, nature) in m.natures.iter().enumerate() {
        let cochee = p.nature.as_ref() == Some(&nature.code);
        let mots = format!("{} {}", case(cochee), nature.intitule);
        premier.push(Case {
            quoi: cellule(Paragraph::new().add_run(Run::new().add_text(mots))),
            jusqu_a: 100 + 900 * (n + 1) / m.natures.len(),
        });
    }
    let intitule = cellule(champ(&m.intitule, &p.titre));
    let nommee = match &m.vecue {
        None => vec![Case { quoi: intitule, jusqu_a: 1000 }],
        Some(v) => {
            let (oui, non) = (case(p.vecue == Some(true)), case(p.vecue == Some(false)));
            let mots = format!("{} {oui}    {} {non}", v.oui, v.non);
            vec![
                Case { quoi: intitule, jusqu_a: 500 },
                Case { quoi: cellule(champ(&v.intitule, &mots)), jusqu_a: 1000 },
            ]
        }
    };
    let candidate = [
        (&m.nom, p.nom.as_str()),
        (&m.prenom, &p.prenom),
        (&m.candidat, p.candidat.as_deref().unwrap_or_default()),
    ];
    let candidate = candidate.map(|(mots, texte)| cellule(champ(mots, texte)));
    tableau(vec![
        Rang::egales(vec![titre], false),
        Rang::egales(vec![cellule(epreuve)], false),
        Rang { cases: premier, vide: false },
        Rang { cases: nommee, vide: false },
        Rang::egales(candidate.into(), false),
    ])
}

/// The official name of a rubric, with the call of the note where the model has it.
fn nom(p: &Papier, rubrique: &Rubrique) -> Paragraph {
    let nom = Paragraph::new().add_run(gras(&rubrique.intitule));
    match &p.modele.annexe_jointe {
        Some(a) if a.rubrique == rubrique.code => nom.add_run(exposant()),
        _ => nom,
    }
}

fn exposant() -> Run {
    let mut run = gras("1");
    run.run_property = RunProperty::new().bold().vert_align(VertAlignType::SuperScript);
    run
}

fn de<'a>(p: &'a Papier, rubrique: &Rubrique, rang: usize) -> &'a str {
    let rangees = p.rubriques.get(&rubrique.code);
    rangees.and_then(|r| r.get(rang)).map_or("", String::as_str)
}

fn ligne(p: &Papier, ligne: &Ligne, rangs: &mut Vec<Rang>) {
    if let Some(titre) = &ligne.titre {
        let mots = milieu(Paragraph::new().style("Heading3").keep_next(true).add_run(gras(titre)));
        rangs.push(Rang::egales(vec![cellule(mots)], false));
    }
    let rubriques = &ligne.rubriques;
    match ligne.forme {
        Forme::Texte => {
            let texte = de(p, &rubriques[0], 0);
            let cases = vec![
                Case { quoi: cellule(nom(p, &rubriques[0])), jusqu_a: NOMS },
                Case { quoi: reponse(texte), jusqu_a: 1000 },
            ];
            rangs.push(Rang { cases, vide: texte.trim().is_empty() });
        }
        Forme::Cote => {
            let cote = |r| nom(p, r).add_run(dit(Run::new().add_text(" "), de(p, r, 0)));
            rangs.push(Rang::egales(rubriques.iter().map(|r| cellule(cote(r))).collect(), false));
        }
        Forme::Colonnes | Forme::Rangees => {
            let noms = rubriques.iter().map(|r| cellule(milieu(nom(p, r).keep_next(true))));
            rangs.push(Rang::egales(noms.collect(), false));
            let dites = rubriques.iter().map(|r| p.rubriques.get(&r.code).map_or(0, Vec::len));
            let combien = if ligne.forme.rangees() { dites.max().unwrap_or_default() } else { 1 };
            for n in 0..combien.max(1) {
                let vide = combien < 2 && rubriques.iter().all(|r| de(p, r, n).trim().is_empty());
                let cases = rubriques.iter().map(|r| reponse(de(p, r, n))).collect();
                rangs.push(Rang::egales(cases, vide));
            }
        }
    }
}

fn partie(p: &Papier, partie: &Partie) -> Table {
    let mots = gras(&partie.titre.to_uppercase());
    let mots = milieu(Paragraph::new().style("Heading2").keep_next(true).add_run(mots));
    let bande = cellule(mots).shading(Shading::new().fill(BANDE));
    let mut rangs = vec![Rang::egales(vec![bande], false)];
    for l in &partie.lignes {
        ligne(p, l, &mut rangs);
    }
    tableau(rangs)
}

/// The note of the model, at the end of the side of its paper that calls it.
fn note(p: &Papier) -> Option<Paragraph> {
    let note = &p.modele.annexe_jointe.as_ref()?.note;
    let mots = Paragraph::new().add_run(exposant().size(16));
    Some(mots.add_run(Run::new().add_text(format!(" {note}")).size(16)))
}

fn corps(p: &Papier) -> Docx {
    let titre = |nom: &str, mots: &str, niveau: usize, taille: usize| {
        let style = Style::new(nom, StyleType::Paragraph).name(mots).bold().size(taille);
        style.outline_lvl(niveau)
    };
    let annexe = format!("Annexe {}", p.modele.annexe.replace('-', "–")).to_uppercase();
    let pied = format!("{} {} · {} – page ", p.nom, p.prenom, p.appel());
    let pied = Paragraph::new()
        .add_run(dit(Run::new(), &pied))
        .add_page_num(PageNum::new())
        .add_run(Run::new().add_text("/"))
        .add_num_pages(NumPages::new());
    let police = RunFonts::new().ascii("Arial").hi_ansi("Arial").cs("Arial").east_asia("Arial");
    let mut docx = Docx::new()
        .page_size(11906, 16838)
        .page_margin(PageMargin::new().top(737).bottom(850).left(850).right(850).footer(400))
        .default_fonts(police)
        .default_size(19)
        .default_line_spacing(LineSpacing::new().before(0).after(0))
        .add_style(titre("Heading1", "heading 1", 0, 24))
        .add_style(titre("Heading2", "heading 2", 1, 19))
        .add_style(titre("Heading3", "heading 3", 2, 19))
        .footer(Footer::new().add_paragraph(pied))
        .add_paragraph(milieu(Paragraph::new().add_run(gras(&annexe))))
        .add_table(tete(p));
    let mut due = note(p);
    for morceau in &p.modele.parties {
        if morceau.page {
            docx = due.take().into_iter().fold(docx, Docx::add_paragraph);
        }
        let entre = Paragraph::new().page_break_before(morceau.page).add_run(Run::new().size(8));
        docx = docx.add_paragraph(entre).add_table(partie(p, morceau));
    }
    due.into_iter().fold(docx, Docx::add_paragraph)
}

fn echappe(mots: &str) -> String {
    let mots: String = mots.chars().filter(|c| permis(*c)).collect();
    mots.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Writes a sheet as DOCX.
pub fn ecrire(papier: &Papier) -> Result<Vec<u8>> {
    let mut parties = corps(papier).build();
    // The crate writes neither the language nor who wrote it.
    let styles = String::from_utf8(parties.styles)?;
    let fin = "</w:rPr></w:rPrDefault>";
    parties.styles =
        styles.replacen(fin, &format!("<w:lang w:val=\"fr-FR\"/>{fin}"), 1).into_bytes();
    parties.doc_props.core = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\
         <cp:coreProperties xmlns:cp=\"http://schemas.openxmlformats.org/package/2006/metadata/core-properties\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:creator>{}</dc:creator><dc:language>fr-FR</dc:language>\
         <dc:title>{}</dc:title></cp:coreProperties>",
        echappe(&format!("{} {}", papier.prenom, papier.nom)),
        echappe(&papier.nom_de_fichier()),
    )
    .into_bytes();
    let mut octets = Cursor::new(vec![]);
    parties.pack(&mut octets)?;
    Ok(octets.into_inner())
}
