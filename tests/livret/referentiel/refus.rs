//! A damaged file is refused whole, in French, with the line.
use livret::referentiel::{Edition, OFFICIEL};

use super::damaged;

/// The line of the `n`th occurrence.
fn line_of(texte: &str, what: &str, n: usize) -> usize {
    let (at, _) = texte.match_indices(what).nth(n).expect("an occurrence");
    texte[..at].matches('\n').count() + 1
}

#[track_caller]
fn refused(texte: &str, ligne: usize, why: &str) {
    let refus = Edition::lire(texte).expect_err("a refusal");
    let message = refus.to_string().replace('\u{a0}', " ");
    assert_eq!(refus.ligne(), Some(ligne), "{message}");
    assert!(message.contains(why), "{message}");
    assert!(message.starts_with(&format!("ligne {ligne} : ")), "{message}");
}

#[test]
fn a_badly_written_file_is_refused_with_the_line() {
    let texte = damaged("coef = 5", "coef = ");
    refused(&texte, line_of(&texte, "coef = \n", 0), "TOML");
    let texte = damaged("intitule = \"Développement de clientèle\"", "intitule = \"Développement");
    refused(&texte, line_of(&texte, "intitule = \"Développement\n", 0), "TOML");
    let texte = damaged("coef = 5", "coef = \"cinq\"");
    refused(&texte, line_of(&texte, "\"cinq\"", 0), "type");
    let texte = damaged("langue = \"fr-FR\"", "langue = \"fr-FR\"\nlangue = \"fr-FR\"");
    refused(&texte, line_of(&texte, "langue = ", 1), "deux fois");
    let cut = &OFFICIEL[..OFFICIEL.find("[compteurs]").unwrap()];
    assert!(Edition::lire(cut).unwrap_err().to_string().contains("compteurs"));
    assert!(Edition::lire("").is_err());
}

#[test]
fn a_missing_or_unknown_key_is_refused_with_the_line() {
    let label = "intitule = \"Identifier des cibles de clientèle\"\n";
    let header = "[[blocs.competences.sous_competences]]\ncode = \"1.1.2\"";
    let texte = damaged(label, "");
    refused(&texte, line_of(&texte, header, 0), "il manque « intitule »");
    let texte = damaged(label, "intitule = \"  \"\n");
    refused(&texte, line_of(&texte, header, 0), "« 1.1.2 » n’a pas d’intitulé");
    let criterion = "{ code = \"1.1.2.C1\", intitule = ";
    let texte = damaged(criterion, "{ code = \"1.1.2.C1\", libelle = ");
    refused(&texte, line_of(&texte, "libelle", 0), "clé inconnue : « libelle »");
    let texte = damaged("obligatoire = true", "obligatoire = true\ncouleur = \"bleu\"");
    refused(&texte, line_of(&texte, "couleur", 0), "clé inconnue : « couleur »");
}

#[test]
fn wrong_codes_and_references_are_refused_with_the_line() {
    let texte = damaged("code = \"1.1.2\"", "code = \"1.1.1\"");
    refused(&texte, line_of(&texte, "code = \"1.1.1\"", 1), "déjà pris");
    let texte = damaged("code = \"1.1.2.C1\"", "code = \"1.1.3.C9\"");
    refused(&texte, line_of(&texte, "1.1.3.C9", 0), "n’est pas de la suite de « 1.1.2 »");
    let texte = damaged("code = \"H3\"", "code = \"H/3\"");
    refused(&texte, line_of(&texte, "H/3", 0), "lettres, chiffres");
    let texte = damaged("competence_en_regard = \"2.3\"", "competence_en_regard = \"2.9\"");
    refused(&texte, line_of(&texte, "\"2.9\"", 0), "« 2.9 », qui n’existe pas");
    let texte = damaged("competence_en_regard = \"2.3\"", "competence_en_regard = \"2.3.1\"");
    refused(&texte, line_of(&texte, "= \"2.3.1\"", 0), "qui n’existe pas (compétence)");
    let texte = damaged("  \"A2024\",", "  \"A2042\",");
    refused(&texte, line_of(&texte, "A2042", 0), "modifie_par");
}

#[test]
fn what_does_not_add_up_is_refused_with_the_line() {
    let criterion =
        "  { code = \"1.1.1.C2\", intitule = \"Qualification pertinente des prospects\" },\n";
    let texte = damaged(criterion, "");
    refused(
        &texte,
        line_of(&texte, "\ncriteres = 48", 0) + 1,
        "annonce 48, le fichier contient 47",
    );
    let texte = damaged("rang = 3", "rang = 4");
    refused(&texte, line_of(&texte, "rang = 4", 0), "rang 3");
    let at = OFFICIEL.find("[[blocs]]").unwrap();
    let (before, after) = OFFICIEL.split_at(at);
    let texte = format!("{before}{}", after.replacen("coefficient = 5", "coefficient = 6", 1));
    refused(&texte, line_of(&texte, "coefficient = 6", 0), "coefficient 5, et non 6");
    let texte = format!("{before}{}", after.replacen("unite = \"U4\"", "unite = \"U9\"", 1));
    refused(&texte, line_of(&texte, "\"U9\"", 0), "l’unité U4");
}

#[test]
fn an_unknown_certainty_is_refused_with_the_line() {
    let texte = damaged("confiance = \"secondaire\"", "confiance = \"probable\"");
    refused(&texte, line_of(&texte, "\"probable\"", 0), "admis : officiel, secondaire, incertain");
    let wrong = "confiance_niveau_ects = \"secondaire (";
    let texte = damaged(wrong, "confiance_niveau_ects = \"peut-être (");
    refused(&texte, line_of(&texte, "peut-être (", 0), "« peut-être » n’est pas admis");
}

#[test]
fn a_wrong_encoding_is_refused_with_the_line() {
    for wrong in
        ["Identifier des cibles de client\u{fffd}le", "Identifier des cibles de clientÃ¨le"]
    {
        let texte = damaged("Identifier des cibles de clientèle", wrong);
        refused(&texte, line_of(&texte, wrong, 0), "UTF-8");
    }
    let texte = damaged("« Négociation", "Â« Négociation");
    refused(&texte, line_of(&texte, "Â«", 0), "UTF-8");
    let mut octets = OFFICIEL.as_bytes().to_vec();
    let at = OFFICIEL.find("clientèle").unwrap() + "client".len();
    octets[at] = 0xe8;
    let refus = Edition::lire_octets(&octets).unwrap_err();
    assert_eq!(refus.ligne(), Some(line_of(OFFICIEL, "clientèle", 0)));
    assert!(Edition::lire_octets(OFFICIEL.as_bytes()).is_ok());
    let nul = damaged("Identifier des cibles", "Identifier\u{0}des cibles");
    refused(&nul, line_of(&nul, "\u{0}", 0), "TOML");
}
