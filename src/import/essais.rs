//! The same people in every form that a list may have; and files that mean harm.
use std::io::{Cursor, Write};

use encoding_rs::{UTF_8, WINDOWS_1252};
use zip::{ZipWriter, write::SimpleFileOptions};

use super::{
    Lu, Quoi, Source,
    champ::Champ,
    lecture::{self, Entrant},
    reception, refus,
};

const GENS: [[&str; 5]; 4] = [
    ["ÉTIENNE", "Zoé", "03/10/2006", "0123456789A", "1NDRC"],
    ["N’GUESSAN", "Awa Marie", "29/05/2005", "0123456789B", "2NDRC"],
    ["DE LA FONTAINE", "Eva", "01/01/2006", "0123456789C", "1NDRC"],
    ["LŒUFFE-ÇELIK", "Gaëlle", "30/12/2006", "0123456789D", "1NDRC"],
];

fn zip(entrees: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(vec![]));
    for (nom, octets) in entrees {
        zip.start_file(*nom, SimpleFileOptions::default()).unwrap();
        zip.write_all(octets).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn lire(octets: Vec<u8>) -> Result<Lu, String> {
    reception::lire(octets, false, Quoi::Etudiant).map(|l| l.0)
}

fn gens(lu: &Lu) -> Vec<[String; 5]> {
    let un = |e: Entrant| {
        let naissance = e.naissance.as_ref().map(crate::date::courte).unwrap_or_default();
        [e.nom, e.prenom, naissance, e.ine.unwrap_or_default(), e.classes.join("|")]
    };
    lu.lignes.iter().map(|l| un(lecture::lire(lu, l, &lu.colonnes, 2027).unwrap())).collect()
}

fn attendus() -> Vec<[String; 5]> {
    GENS.iter().map(|g| g.map(str::to_owned)).collect()
}

/// Encodings × delimiters × ends of lines × headings × quotes: all say the same.
#[test]
fn the_same_list_in_every_form_is_the_same_list() {
    let titres: [Option<[&str; 5]>; 5] = [
        Some(["NOM", "Prénom", "Date de naissance", "INE", "Classe"]),
        Some([
            "Nom de famille*",
            "Premier prénom*",
            "Date de naissance (jj/mm/aaaa)*",
            "N° INE",
            "Division*",
        ]),
        Some(["nom_eleve", "prenom_eleve", "Né(e) le", "numero national", "Structure"]),
        Some(["lastName", "firstName", "birthDate", "INE", "class"]),
        None,
    ];
    let mut formes = 0;
    for titre in titres {
        for d in [";", "\t", ","] {
            for fin in ["\r\n", "\n", "\r"] {
                for guillemets in [false, true] {
                    let case = |c: &str| if guillemets { format!("\"{c}\"") } else { c.to_owned() };
                    let ligne = |l: &[&str; 5]| l.map(case).join(d);
                    let lignes: Vec<String> = titre.iter().chain(&GENS).map(ligne).collect();
                    let texte = lignes.join(fin) + fin;
                    let seize = |gros: bool| {
                        let mot = |u: u16| if gros { u.to_be_bytes() } else { u.to_le_bytes() };
                        format!("\u{feff}{texte}").encode_utf16().flat_map(mot).collect()
                    };
                    let encodages: [Vec<u8>; 6] = [
                        UTF_8.encode(&texte).0.into_owned(),
                        format!("\u{feff}{texte}").into_bytes(),
                        format!("\u{feff}\u{feff}{texte}").into_bytes(),
                        WINDOWS_1252.encode(&texte).0.into_owned(),
                        seize(false),
                        seize(true),
                    ];
                    for octets in encodages {
                        let lu = lire(octets).unwrap();
                        assert_eq!(gens(&lu), attendus(), "{titre:?} {d:?} {fin:?} {guillemets}");
                        formes += 1;
                    }
                }
            }
        }
    }
    assert_eq!(formes, 5 * 3 * 3 * 2 * 6);
}

#[test]
fn a_workbook_says_the_same_and_its_dates_are_days() {
    let mut classeur = rust_xlsxwriter::Workbook::new();
    classeur.add_worksheet().write_string(0, 0, "Notes").unwrap();
    let feuille = classeur.add_worksheet();
    let jours = rust_xlsxwriter::Format::new().set_num_format("dd/mm/yyyy");
    for (n, titre) in
        ["Nom", "Prénom", "Date de naissance", "INE", "Classe"].into_iter().enumerate()
    {
        feuille.write_string(2, u16::try_from(n).unwrap(), titre).unwrap();
    }
    for (rang, g) in (3..).zip(GENS) {
        for (n, dit) in g.into_iter().enumerate().filter(|c| c.0 != 2) {
            feuille.write_string(rang, u16::try_from(n).unwrap(), dit).unwrap();
        }
        let le = lecture::naissance(g[2], Source::Csv, 2027).unwrap();
        let jour = (le - time::macros::date!(1899 - 12 - 30)).whole_days();
        feuille
            .write_number_with_format(rang, 2, f64::from(i32::try_from(jour).unwrap()), &jours)
            .unwrap();
    }
    let lu = lire(classeur.save_to_buffer().unwrap()).unwrap();
    assert_eq!((gens(&lu), lu.source), (attendus(), Source::Classeur));
}

/// An export as SIECLE makes it, with what is not ours to read.
fn siecle(entete: &str, structures: bool) -> String {
    let eleve = |(n, g): (usize, &[&str; 5])| {
        format!(
            "<ELEVE ELEVE_ID=\"{n}\" ELENOET=\"9{n}\"><ID_NATIONAL>{}</ID_NATIONAL>{}<PRENOM>{}</PRENOM><PRENOM2/>\
             <DATE_NAISS>{}</DATE_NAISS><CODE_SEXE>2</CODE_SEXE><CODE_REGIME>2</CODE_REGIME><DATE_SORTIE/></ELEVE>",
            g[3],
            // Older exports have another name for it.
            if n == 1 {
                format!("<NOM>{}</NOM>", g[0])
            } else {
                format!("<NOM_DE_FAMILLE>{}</NOM_DE_FAMILLE><NOM_USAGE/>", g[0])
            },
            g[1],
            g[2]
        )
    };
    let structure = |(n, g): (usize, &[&str; 5])| {
        format!(
            "<STRUCTURES_ELEVE ELEVE_ID=\"{n}\"><STRUCTURE><CODE_STRUCTURE>{}</CODE_STRUCTURE><TYPE_STRUCTURE>D</TYPE_STRUCTURE></STRUCTURE>\
             <STRUCTURE><CODE_STRUCTURE>GR1</CODE_STRUCTURE><TYPE_STRUCTURE>G</TYPE_STRUCTURE></STRUCTURE>\
             <STRUCTURE><CODE_STRUCTURE>Inactifs</CODE_STRUCTURE><TYPE_STRUCTURE>D</TYPE_STRUCTURE></STRUCTURE></STRUCTURES_ELEVE>",
            g[4]
        )
    };
    let eleves: String = GENS.iter().enumerate().map(eleve).collect();
    let structures: String =
        if structures { GENS.iter().enumerate().map(structure).collect() } else { String::new() };
    let parti = "<ELEVE ELEVE_ID=\"99\"><NOM>PARTI</NOM><PRENOM>Paul</PRENOM><DATE_SORTIE>01/10/2026</DATE_SORTIE></ELEVE>";
    format!(
        "{entete}<BEE_ELEVES VERSION=\"2.1\"><PARAMETRES><UAJ>0750001A</UAJ><ANNEE_SCOLAIRE>2026</ANNEE_SCOLAIRE></PARAMETRES>\
         <DONNEES><ELEVES>{eleves}{parti}</ELEVES><STRUCTURES>{structures}</STRUCTURES><OPTIONS/></DONNEES></BEE_ELEVES>"
    )
}

#[test]
fn siecle_says_the_same_in_latin_9_zipped_or_not() {
    let texte = siecle("<?xml version=\"1.0\" encoding=\"ISO-8859-15\"?>", true).replace('’', "'");
    let latin = encoding_rs::ISO_8859_15.encode(&texte).0.into_owned();
    let utf = siecle("<?xml version=\"1.0\" encoding=\"UTF-8\"?>", true).into_bytes();
    let zippe = zip(&[("ElevesSansAdresses.xml", &utf)]);
    for octets in [latin, utf, zippe] {
        let (lu, entete) = reception::lire(octets, false, Quoi::Etudiant).unwrap();
        let lus: Vec<_> = gens(&lu).into_iter().map(|g| g.map(|c| c.replace('\'', "’"))).collect();
        assert_eq!(lus, attendus());
        assert_eq!((entete.uai.as_str(), entete.annee.as_str()), ("0750001A", "2026"));
        assert!(lu.avis[0].contains("quitté l’établissement"), "{:?}", lu.avis);
        let elle = lecture::lire(&lu, &lu.lignes[0], &lu.colonnes, 2027).unwrap();
        assert_eq!(
            (elle.groupes.join(","), elle.externes),
            ("GR1".into(), vec![("siecle".into(), "0".into())])
        );
    }
    assert_eq!(lire(siecle("", false).into_bytes()).unwrap_err(), refus::SANS_DIVISION);
}

#[test]
fn sts_web_gives_the_teachers_of_each_division() {
    let texte = "<STS_EDT><PARAMETRES><UAJ CODE=\"0750001A\"/><ANNEE_SCOLAIRE ANNEE=\"2026\"/></PARAMETRES><DONNEES><INDIVIDUS>\
        <INDIVIDU ID=\"1\" TYPE=\"epp\"><CIVILITE>2</CIVILITE><NOM_USAGE>DURAND</NOM_USAGE><NOM_PATRONYMIQUE>X</NOM_PATRONYMIQUE>\
        <PRENOM>Michèle</PRENOM><DATE_NAISSANCE>1975-03-12</DATE_NAISSANCE><FONCTION>ENS</FONCTION></INDIVIDU>\
        <INDIVIDU ID=\"1\" TYPE=\"local\"><CIVILITE>1</CIVILITE><NOM_USAGE/><NOM_PATRONYMIQUE>BO</NOM_PATRONYMIQUE><PRENOM>Li</PRENOM>\
        <PROFS_PRINC><PROF_PRINC><CODE_STRUCTURE>2NDRC</CODE_STRUCTURE></PROF_PRINC></PROFS_PRINC></INDIVIDU>\
        <INDIVIDU ID=\"3\" TYPE=\"epp\"><NOM_USAGE>CHEF</NOM_USAGE><PRENOM>Jo</PRENOM><FONCTION>DIR</FONCTION></INDIVIDU></INDIVIDUS>\
        <STRUCTURE><DIVISIONS><DIVISION CODE=\"1NDRC\"><SERVICES><SERVICE><ENSEIGNANTS><ENSEIGNANT ID=\"1\" TYPE=\"epp\"/></ENSEIGNANTS>\
        </SERVICE></SERVICES></DIVISION></DIVISIONS><GROUPES><GROUPE CODE=\"G\"><DIVISIONS_APPARTENANCE><DIVISION_APPARTENANCE CODE=\"2NDRC\"/>\
        </DIVISIONS_APPARTENANCE><SERVICES><SERVICE><ENSEIGNANTS><ENSEIGNANT ID=\"1\" TYPE=\"epp\"/></ENSEIGNANTS></SERVICE></SERVICES></GROUPE>\
        </GROUPES></STRUCTURE></DONNEES></STS_EDT>";
    let (lu, _) = reception::lire(texte.as_bytes().to_vec(), false, Quoi::Enseignant).unwrap();
    let lignes: Vec<String> = lu.lignes.iter().map(|l| l.cases.join(";")).collect();
    assert_eq!(lignes, ["epp:1;Mme;DURAND;Michèle;1NDRC|2NDRC", "local:1;M.;BO;Li;2NDRC"]);
    assert!(!lu.colonnes.contains(&Some(Champ::Naissance)), "no birthday of a teacher");
}

#[test]
fn a_file_that_is_not_the_one_wanted_is_named() {
    for (racine, dit) in [
        ("BEE_RESPONSABLES", "Responsables"),
        ("BEE_NOMENCLATURES", "Nomenclatures"),
        ("EDT_STS", "emp_sts"),
        ("html", "ni de SIECLE ni de STS-web"),
    ] {
        let message = lire(format!("<?xml version='1.0'?><{racine}><A/></{racine}>").into_bytes())
            .unwrap_err();
        assert!(message.contains(dit) && message.contains("ElevesSansAdresses.xml"), "{message}");
    }
    assert_eq!(lire(b"<STS_EDT/>".to_vec()).unwrap_err(), refus::STS_POUR_ETUDIANTS);
    let pour_profs = reception::lire(b"<BEE_ELEVES/>".to_vec(), false, Quoi::Enseignant);
    assert_eq!(pour_profs.unwrap_err(), refus::ELEVES_POUR_ENSEIGNANTS);
    for (octets, refus) in [
        (&b"  \r\n "[..], refus::RIEN),
        (b"%PDF-1.7", refus::PDF),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", refus::ANCIEN_CLASSEUR),
        (b"PK\x03\x04", refus::ARCHIVE),
        (b"NOM;Pr\xe9nom\r\n", refus::VIDE),
    ] {
        assert_eq!(lire(octets.to_vec()).unwrap_err(), refus, "{octets:?}");
    }
}

#[test]
fn archives_that_swell_or_hide_others_are_refused() {
    let gros = vec![b' '; 61 << 20];
    let bombe = zip(&[("ElevesSansAdresses.xml", &gros)]);
    assert!(bombe.len() < 1 << 20, "it is small");
    assert_eq!(lire(bombe).unwrap_err(), refus::DEMESURE);
    let classeur = zip(&[("xl/workbook.xml", &gros)]);
    assert_eq!(lire(classeur).unwrap_err(), refus::DEMESURE);
    for entrees in [&[("a.xml", &b"<A/>"[..]), ("b.xml", b"<B/>")][..], &[("photo.jpg", b"x")]] {
        assert_eq!(lire(zip(entrees)).unwrap_err(), refus::ARCHIVE);
    }
    let rires = b"<?xml version='1.0'?><!DOCTYPE BEE_ELEVES [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;'>]><BEE_ELEVES>&b;</BEE_ELEVES>";
    for octets in [rires.to_vec(), zip(&[("ElevesSansAdresses.xml", rires)])] {
        assert_eq!(lire(octets).unwrap_err(), refus::DOCTYPE);
    }
}
