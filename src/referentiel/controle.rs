//! What the shape of a file cannot say: codes, references, counts. The first fault refuses the whole.
use std::collections::HashMap;

use super::{
    element::Element,
    genre::Genre,
    texte::{Certitude, Compteurs, Texte},
};

/// A fault, and where: a JSON pointer into the file.
#[derive(Debug)]
pub struct Faute {
    pub lieu: String,
    pub motif: String,
}

type Controle = Result<(), Faute>;

pub fn controler(texte: &Texte, elements: &[Element]) -> Controle {
    let par_code = codes(elements)?;
    for element in elements {
        intitule(element)?;
        place(element)?;
        renvois(element, &par_code)?;
    }
    certitude(texte)?;
    unites(texte)?;
    echelle(texte)?;
    compteurs(&texte.compteurs, elements)
}

fn faute(lieu: String, motif: String) -> Controle {
    Err(Faute { lieu, motif })
}

/// Each code is an address: once, and writable in one.
fn codes(elements: &[Element]) -> Result<HashMap<&str, &Element>, Faute> {
    let mut par_code = HashMap::new();
    for element in elements {
        let code = element.code.as_str();
        let lieu = || format!("{}/code", element.lieu);
        let permis = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
        if code.is_empty() || !code.chars().all(permis) {
            let motif = format!(
                "le code «\u{a0}{code}\u{a0}» n’est pas fait de lettres, chiffres, points et tirets"
            );
            return Err(Faute { lieu: lieu(), motif });
        }
        if par_code.insert(code, element).is_some() {
            let motif = format!("le code «\u{a0}{code}\u{a0}» est déjà pris plus haut");
            return Err(Faute { lieu: lieu(), motif });
        }
    }
    Ok(par_code)
}

fn intitule(element: &Element) -> Controle {
    if element.intitule.trim().is_empty() {
        return faute(
            element.lieu.clone(),
            format!("«\u{a0}{}\u{a0}» n’a pas d’intitulé", element.code),
        );
    }
    if element.source.trim().is_empty() {
        return faute(
            element.lieu.clone(),
            format!("«\u{a0}{}\u{a0}» n’a pas de source", element.code),
        );
    }
    Ok(())
}

/// 1.1.2 stands under 1.1.
fn place(element: &Element) -> Controle {
    let Some(parent) = element.parent.as_deref().filter(|_| element.genre.suit_son_parent()) else {
        return Ok(());
    };
    let suite = element.code.strip_prefix(parent).and_then(|reste| reste.strip_prefix('.'));
    if suite.is_some_and(|s| !s.is_empty()) {
        return Ok(());
    }
    let motif = format!(
        "le code «\u{a0}{}\u{a0}» n’est pas de la suite de «\u{a0}{parent}\u{a0}»",
        element.code
    );
    faute(format!("{}/code", element.lieu), motif)
}

fn renvois(element: &Element, par_code: &HashMap<&str, &Element>) -> Controle {
    for renvoi in element.renvois() {
        let but = par_code.get(renvoi.code);
        if but.is_some_and(|e| renvoi.genres.contains(&e.genre)) {
            continue;
        }
        let mut lieu = format!("{}/{}", element.lieu, renvoi.cle);
        if let Some(rang) = renvoi.rang {
            lieu = format!("{lieu}/{rang}");
        }
        let attendu = renvoi.genres.first().map_or("élément", |g| g.mot());
        let (code, cle) = (renvoi.code, renvoi.cle);
        return faute(
            lieu,
            format!(
                "«\u{a0}{cle}\u{a0}» renvoie à «\u{a0}{code}\u{a0}», qui n’existe pas ({attendu})"
            ),
        );
    }
    Ok(())
}

/// The one certainty that is followed by its reason.
fn certitude(texte: &Texte) -> Controle {
    let dite = texte.diplome.confiance_niveau_ects.split(' ').next().unwrap_or_default();
    if Certitude::TOUTES.iter().any(|c| c.mot() == dite) {
        return Ok(());
    }
    let admis = Certitude::TOUTES.map(Certitude::mot).join(", ");
    let motif = format!("«\u{a0}{dite}\u{a0}» n’est pas admis ici (admis\u{a0}: {admis})");
    faute("/diplome/confiance_niveau_ects".to_owned(), motif)
}

/// A bloc and its exam name the same unité and the same coefficient.
fn unites(texte: &Texte) -> Controle {
    let professionnels = texte.blocs.iter().map(|b| (&b.epreuve, &b.unite, b.coefficient));
    let generaux = texte.blocs_generaux.iter().map(|b| (&b.epreuve, &b.unite, b.coefficient));
    let lieux = (0..texte.blocs.len())
        .map(|i| format!("/blocs/{i}"))
        .chain((0..texte.blocs_generaux.len()).map(|i| format!("/blocs_generaux/{i}")));
    for ((epreuve, unite, coefficient), lieu) in professionnels.chain(generaux).zip(lieux) {
        let Some(examen) = texte.epreuves.iter().find(|e| e.code == *epreuve) else { continue };
        if examen.unite != *unite {
            let motif =
                format!("«\u{a0}{epreuve}\u{a0}» valide l’unité {}, et non {unite}", examen.unite);
            return faute(format!("{lieu}/unite"), motif);
        }
        if examen.coef != coefficient {
            let motif = format!(
                "«\u{a0}{epreuve}\u{a0}» a le coefficient {}, et non {coefficient}",
                examen.coef
            );
            return faute(format!("{lieu}/coefficient"), motif);
        }
    }
    Ok(())
}

fn echelle(texte: &Texte) -> Controle {
    for (i, (niveau, rang)) in texte.echelle_officielle.niveaux.iter().zip(1..).enumerate() {
        if niveau.rang != rang {
            let motif =
                format!("le niveau «\u{a0}{}\u{a0}» devrait être au rang {rang}", niveau.code);
            return faute(format!("/echelle_officielle/niveaux/{i}/rang"), motif);
        }
    }
    Ok(())
}

fn compteurs(c: &Compteurs, elements: &[Element]) -> Controle {
    let annonces = [
        ("blocs_professionnels", c.blocs_professionnels, Genre::Bloc),
        ("blocs_generaux_obligatoires", c.blocs_generaux_obligatoires, Genre::BlocGeneral),
        ("blocs_facultatifs", c.blocs_facultatifs, Genre::BlocFacultatif),
        ("poles", c.poles, Genre::Pole),
        ("activites", c.activites, Genre::Activite),
        ("competences", c.competences, Genre::Competence),
        ("sous_competences", c.sous_competences, Genre::SousCompetence),
        ("criteres", c.criteres, Genre::Critere),
        ("categories_savoirs", c.categories_savoirs, Genre::Categorie),
        ("savoirs_blocs", c.savoirs_blocs, Genre::Savoir),
        ("savoirs_cadrage", c.savoirs_cadrage, Genre::SavoirCadrage),
        ("cejm_themes", c.cejm_themes, Genre::Theme),
        ("cejm_questions", c.cejm_questions, Genre::Question),
        ("cejm_competences", c.cejm_competences, Genre::CompetenceTheme),
        ("cejm_savoirs", c.cejm_savoirs, Genre::SavoirTheme),
        ("fonctionnalites_cms", c.fonctionnalites_cms, Genre::Fonctionnalite),
    ];
    for (cle, annonce, genre) in annonces {
        let compte = elements.iter().filter(|e| e.genre == genre).count();
        if compte != annonce {
            let motif = format!(
                "«\u{a0}{cle}\u{a0}» annonce {annonce}, le fichier contient {compte} {}",
                genre.accord(compte)
            );
            return faute(format!("/compteurs/{cle}"), motif);
        }
    }
    Ok(())
}
