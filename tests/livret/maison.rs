//! The house keeps its shape.
use std::{
    fs,
    path::{Path, PathBuf},
};

fn racine() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(dossier: &Path) -> Vec<PathBuf> {
    let mut fichiers = vec![];
    for entree in fs::read_dir(dossier).unwrap() {
        let chemin = entree.unwrap().path();
        if chemin.is_dir() {
            fichiers.extend(rust_files(&chemin));
        } else if chemin.extension().is_some_and(|e| e == "rs") {
            fichiers.push(chemin);
        }
    }
    fichiers
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

#[test]
fn no_template_trusts_what_was_typed() {
    fn gabarits(dossier: &Path, vus: &mut usize) {
        for entree in fs::read_dir(dossier).unwrap() {
            let chemin = entree.unwrap().path();
            if chemin.is_dir() {
                gabarits(&chemin, vus);
            } else {
                *vus += 1;
                let texte = fs::read_to_string(&chemin).unwrap();
                for interdit in ["|safe", "| safe", " style=\"", "<script>", " onclick"] {
                    assert!(!texte.contains(interdit), "{} has {interdit}", chemin.display());
                }
            }
        }
    }
    let mut vus = 0;
    gabarits(&racine().join("templates"), &mut vus);
    assert!(vus > 20);
}
