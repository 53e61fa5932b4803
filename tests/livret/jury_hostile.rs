//! Spreadsheets of names that no spreadsheet would like: written, read back, equal, and nothing run.
use std::process::{Command, Stdio};

use calamine::{Data, Ods, Reader, Xlsx};
use livret::jury::tableur::{Case, Colonne, Feuille, csv, ods, xlsx};

const MORCEAUX: [&str; 40] = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+33 6",
    "-2",
    "@SUM(A1)",
    "\ttab",
    "  deux  espaces ",
    "a\nb",
    "\n=1",
    "'",
    "'=1",
    "''=x",
    "\"guillemets\"",
    "l’Œuvre",
    "ﬁﬂﬀ",
    "O’Neill",
    ";point;virgule",
    "1,5",
    "12.5",
    "0012",
    "TRUE",
    "VRAI",
    "01/02/2026",
    "😀👩‍👩‍👧",
    "\u{202e}rtl",
    "שלום",
    "العربية",
    "e\u{301}",
    "<b>&amp;</b>",
    "]]>",
    "_x0041_",
    "#REF!",
    "%s%n",
    "${1+1}",
    "＝1",
    "\u{feff}bom",
    "…",
    "\u{a0}",
    "É",
    "x\r\ny",
];

/// Ten thousand names made of these, from one letter to 120, always the same.
fn noms() -> Vec<String> {
    let mut graine: u64 = 20_261_128;
    let mut hasard = |n: usize| {
        graine =
            graine.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(graine >> 33).unwrap() % n
    };
    let mut un = || {
        let mots: String = (0..=hasard(4)).map(|_| MORCEAUX[hasard(MORCEAUX.len())]).collect();
        mots.chars().chain("é".repeat(hasard(120)).chars()).take(120).collect()
    };
    let mut tous: Vec<String> = MORCEAUX.iter().map(|m| (*m).to_owned()).collect();
    tous.extend((tous.len()..10_000).map(|_| un()));
    tous
}

/// The table, and what each of its rows has to say.
fn feuille() -> (Feuille, Vec<String>) {
    let cases: Vec<Case> = noms().iter().map(Case::texte).collect();
    let dits = cases
        .iter()
        .map(|c| if let Case::Texte(dit) = c { dit.clone() } else { String::new() })
        .collect();
    let colonne = |nom: &str| Colonne { nom: nom.to_owned(), largeur: 20 };
    let rang = |(n, case): (usize, Case)| vec![case, Case::nombre(n)];
    let lignes = cases.into_iter().enumerate().map(rang).collect();
    (
        Feuille { nom: "Noms", colonnes: vec![colonne("Nom"), colonne("Rang")], lignes, figees: 1 },
        dits,
    )
}

/// The first column, without its head.
fn lus(lignes: impl Iterator<Item = Vec<String>>) -> Vec<String> {
    lignes.skip(1).map(|l| l[0].clone()).collect()
}

fn compare(quoi: &str, lus: &[String], dits: &[String]) {
    assert_eq!(lus.len(), dits.len(), "{quoi}");
    for (n, (lu, dit)) in lus.iter().zip(dits).enumerate() {
        assert_eq!(lu, dit, "{quoi}, row {n}");
    }
}

#[test]
fn ten_thousand_hostile_names_come_back_from_a_csv_as_they_were() {
    let (feuille, dits) = feuille();
    let octets = csv::ecrire(&feuille).unwrap();
    let lecteur = ::csv::ReaderBuilder::new()
        .delimiter(b';')
        .has_headers(false)
        .from_reader(&octets[3..])
        .into_records()
        .map(|r| r.unwrap().iter().map(|c| csv::originale(c).to_owned()).collect::<Vec<_>>());
    compare("csv", &lus(lecteur), &dits);
    // What a spreadsheet would be handed runs nothing.
    let bruts = ::csv::ReaderBuilder::new().delimiter(b';').from_reader(&octets[3..]);
    for record in bruts.into_records() {
        let case = record.unwrap()[0].to_owned();
        assert!(!case.starts_with(['=', '+', '-', '@', '\t', '\n', '＝']), "{case:?}");
    }
}

fn lignes(range: &calamine::Range<Data>) -> impl Iterator<Item = Vec<String>> {
    range.rows().map(|r| r.iter().map(ToString::to_string).collect())
}

#[test]
fn ten_thousand_hostile_names_come_back_from_workbooks_as_they_were() {
    let (feuille, dits) = feuille();
    let feuilles = std::slice::from_ref(&feuille);
    let octets = xlsx::ecrire(feuilles).unwrap();
    let mut classeur: Xlsx<_> = Xlsx::new(std::io::Cursor::new(&octets)).unwrap();
    compare("xlsx", &lus(lignes(&classeur.worksheet_range("Noms").unwrap())), &dits);
    assert_eq!(classeur.worksheet_formula("Noms").unwrap().used_cells().count(), 0);
    tableur("xlsx", &octets, &dits);
    let octets = ods::ecrire(feuilles).unwrap();
    let mut classeur: Ods<_> = Ods::new(std::io::Cursor::new(&octets)).unwrap();
    compare("ods", &lus(lignes(&classeur.worksheet_range("Noms").unwrap())), &dits);
    assert_eq!(classeur.worksheet_formula("Noms").unwrap().used_cells().count(), 0);
    tableur("ods", &octets, &dits);
}

/// `LibreOffice` opens the file and says the same; where it is not installed, that is said.
fn tableur(extension: &str, octets: &[u8], dits: &[String]) {
    let dossier = tempfile::tempdir().unwrap();
    let fichier = dossier.path().join(format!("noms.{extension}"));
    std::fs::write(&fichier, octets).unwrap();
    let profil = format!("-env:UserInstallation=file://{}/profil", dossier.path().display());
    let lance = Command::new("soffice")
        // 59: `;`; 34: quotes; 76: UTF-8; each text quoted, as it is shown or not.
        .args([
            &profil,
            "--headless",
            "--convert-to",
            "csv:Text - txt - csv (StarCalc):59,34,76,1,,0,true,false",
        ])
        .arg("--outdir")
        .arg(dossier.path())
        .arg(&fichier)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let csv = dossier.path().join("noms.csv");
    if lance.is_err() || !csv.exists() {
        assert!(std::env::var("CI").is_err(), "LibreOffice Calc is missing");
        eprintln!("PASSÉ : LibreOffice Calc n’est pas sur cette machine ({extension})");
        return;
    }
    let octets = std::fs::read(csv).unwrap();
    let octets = octets.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&octets);
    let lecteur = ::csv::ReaderBuilder::new()
        .delimiter(b';')
        .has_headers(false)
        .flexible(true)
        .from_reader(octets)
        .into_records()
        .map(|r| r.unwrap().iter().map(str::to_owned).collect::<Vec<_>>());
    compare(&format!("LibreOffice, {extension}"), &lus(lecteur), dits);
}
