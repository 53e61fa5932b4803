//! The house keeps its shape.
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

fn racine() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn fichiers(dossier: &Path, extension: &str) -> Vec<PathBuf> {
    let mut trouves = vec![];
    for entree in fs::read_dir(dossier).unwrap() {
        let chemin = entree.unwrap().path();
        if chemin.is_dir() {
            trouves.extend(fichiers(&chemin, extension));
        } else if chemin.extension().is_some_and(|e| e == extension) {
            trouves.push(chemin);
        }
    }
    trouves
}

fn rust_files(dossier: &Path) -> Vec<PathBuf> {
    fichiers(dossier, "rs")
}

#[test]
fn a_module_uses_only_those_declared_above_it() {
    let src = racine().join("src");
    let lib = fs::read_to_string(src.join("lib.rs")).unwrap();
    let etages: Vec<&str> =
        lib.lines().filter_map(|l| l.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert!(etages.len() > 15, "lib.rs lists the rooms");
    for fichier in rust_files(&src) {
        let relatif = fichier.strip_prefix(&src).unwrap();
        let module = relatif
            .components()
            .next()
            .unwrap()
            .as_os_str()
            .to_str()
            .unwrap()
            .trim_end_matches(".rs");
        let Some(etage) = etages.iter().position(|e| *e == module) else { continue };
        let code = fs::read_to_string(&fichier).unwrap();
        let code: String = code.split_whitespace().collect::<Vec<_>>().join(" ");
        for dessus in &etages[etage + 1..] {
            let dans_un_groupe = code.split("use crate::{").skip(1).any(|g| {
                let groupe = g.split(';').next().unwrap_or_default();
                groupe.split([',', '{', '}']).any(|p| p.trim().split("::").next() == Some(dessus))
            });
            let seul = code.contains(&format!("crate::{dessus}::"));
            assert!(!(dans_un_groupe || seul), "{} may not use `{dessus}`", relatif.display());
        }
    }
}

#[test]
fn files_stay_small() {
    for fichier in rust_files(&racine().join("src")) {
        let lignes = fs::read_to_string(&fichier).unwrap().lines().count();
        assert!(lignes <= 400, "{} has {lignes} lines", fichier.display());
    }
}

#[test]
fn chapters_of_the_migrations_are_unique_and_gapless() {
    let mut numeros: Vec<u32> = fs::read_dir(racine().join("migrations"))
        .unwrap()
        .map(|e| e.unwrap().file_name().to_str().unwrap()[..4].parse().unwrap())
        .collect();
    numeros.sort_unstable();
    let attendus: Vec<u32> = (1..).take(numeros.len()).collect();
    assert_eq!(numeros, attendus);
}

/// Templates of pages: where each is, and what it says.
fn gabarits() -> Vec<(String, String)> {
    let racine = racine().join("templates");
    let gabarits: Vec<_> = fichiers(&racine, "html")
        .into_iter()
        .map(|f| {
            let texte = fs::read_to_string(&f).unwrap();
            (f.strip_prefix(&racine).unwrap().display().to_string(), texte)
        })
        .collect();
    assert!(gabarits.len() > 20);
    gabarits
}

#[test]
fn no_template_trusts_what_was_typed() {
    for (gabarit, texte) in gabarits() {
        for interdit in ["|safe", "| safe", " style=\"", "<script>", " onclick"] {
            assert!(!texte.contains(interdit), "{gabarit} has {interdit}");
        }
    }
}

#[test]
fn every_icon_exists_is_shown_in_the_style_page_and_stands_beside_a_word() {
    let dessins = fs::read_to_string(racine().join("static/icons.svg")).unwrap();
    let dessins: BTreeSet<&str> =
        dessins.split("<symbol id=\"").skip(1).map(|s| s.split('"').next().unwrap()).collect();
    let montres: BTreeSet<&str> = livret::style::ICONES.iter().map(|i| i.0).collect();
    assert_eq!(dessins, montres, "the sprite, and what /style shows");
    let mut appels = 0;
    for (gabarit, texte) in gabarits() {
        for appel in texte.split("icone(\"").skip(1) {
            let nom = appel.split('"').next().unwrap();
            assert!(dessins.contains(nom), "{gabarit}: no icon {nom}");
            // What the same element says after it: a word of ours, or a value.
            let (_, suite) = appel.split_once("{% endcall %}").unwrap();
            let suite = suite.split("</button>").next().unwrap().split("</a>").next().unwrap();
            assert!(visible(suite).chars().any(char::is_alphabetic), "{gabarit}: {nom} is alone");
            appels += 1;
        }
    }
    assert!(appels > 20, "templates were read");
    let compte = fs::read_to_string(racine().join("src/compte/mod.rs")).unwrap();
    for ligne in compte.lines().filter(|l| l.contains("(\"/")) {
        let nom = ligne.split('"').nth(5).unwrap_or_default();
        assert!(dessins.contains(nom), "the menu has no icon {nom}: {ligne}");
    }
}

/// What a template lets one read: text, and the attributes that are read out. A value becomes « x ».
fn visible(gabarit: &str) -> String {
    let mut texte = String::new();
    let mut reste = gabarit;
    while let Some(debut) = reste.find(['{', '<']) {
        let (avant, suite) = reste.split_at(debut);
        texte.push_str(avant);
        let fin = match &suite[..suite.len().min(2)] {
            "{{" => "}}",
            "{%" => "%}",
            "{#" => "#}",
            _ if suite.starts_with('<') => ">",
            _ => "{",
        };
        // A tag may hold expressions, with signs of their own.
        let mut longueur = suite.find(fin).map_or(suite.len(), |f| f + fin.len());
        while fin == ">"
            && suite[..longueur].matches("{%").count() > suite[..longueur].matches("%}").count()
        {
            longueur += suite[longueur..].find('>').map_or(suite.len() - longueur, |f| f + 1);
        }
        let (morceau, apres) = suite.split_at(longueur);
        match fin {
            "}}" => texte.push('x'),
            ">" => {
                for attribut in ["aria-label=\"", "title=\"", "placeholder=\"", "alt=\""] {
                    for valeur in morceau.split(attribut).skip(1) {
                        let valeur = valeur.split('"').next().unwrap();
                        texte = format!("{texte}\n{}\n", visible(valeur));
                    }
                }
            }
            _ => {}
        }
        reste = apres;
    }
    texte.push_str(reste);
    texte.replace("&nbsp;", "\u{a0}").replace("&amp;", "&")
}

/// What French typography forbids in a text, with a few words around.
fn fautes(texte: &str) -> Vec<String> {
    let lettres: Vec<char> = texte.chars().collect();
    let faute = |i: usize| {
        let (avant, ici, apres) = (lettres[i - 1], lettres[i], lettres[i + 1]);
        let insecable = ['\u{a0}', '\u{202f}'].contains(&avant);
        let haute = [':', ';', '!', '?'].contains(&ici) && !apres.is_alphanumeric() && apres != '/';
        (haute || ici == '»') && !insecable && (avant.is_alphanumeric() || avant.is_whitespace())
            || ici == '«' && !['\u{a0}', '\u{202f}'].contains(&apres)
            || ici == '\'' && avant.is_alphabetic() && apres.is_alphabetic()
    };
    let autour =
        |i: usize| lettres[i.saturating_sub(15)..(i + 10).min(lettres.len())].iter().collect();
    (1..lettres.len().saturating_sub(1)).filter(|&i| faute(i)).map(autour).collect()
}

#[test]
fn french_typography_in_every_template() {
    for faux in ["Un mot : deux", "Fini !", "Qui ?\n", "« mot »", "l'eau", "Quoi? ", "Suite: "] {
        assert!(!fautes(&format!(" {faux} ")).is_empty(), "{faux} is a fault");
    }
    for juste in [
        "Un mot&nbsp;: deux",
        "Fini\u{202f}!",
        "«&nbsp;mot&nbsp;»",
        "l’eau",
        "à 14:05",
        "https://exemple.fr",
        "<a href=\"?q={{ x }}\" aria-label=\"Un : deux\">",
    ] {
        let attendu = usize::from(juste.contains("Un : deux"));
        assert_eq!(fautes(&format!(" {} ", visible(juste))).len(), attendu, "{juste}");
    }
    let trouvees: Vec<String> = gabarits()
        .into_iter()
        .flat_map(|(gabarit, texte)| {
            fautes(&visible(&texte)).into_iter().map(move |f| format!("{gabarit}: {f:?}"))
        })
        .collect();
    assert!(trouvees.is_empty(), "{}", trouvees.join("\n"));
}
