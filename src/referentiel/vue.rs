//! Elements as a page shows them: links, groups, tables.
use super::{
    contenu::{Passage, passages, titre, titre_du_renvoi},
    edition::Edition,
    element::Element,
    genre::Genre,
};

#[derive(Debug, Clone)]
pub struct Lien {
    pub href: String,
    pub code: String,
    pub intitule: String,
    pub sous: Vec<Lien>,
}

impl Lien {
    /// `suite` keeps the reader in the edition that she chose.
    pub fn new(element: &Element, suite: &str) -> Self {
        Self {
            href: format!("/referentiel/{}{suite}", element.code),
            code: element.code.clone(),
            intitule: element.intitule.clone(),
            sous: Vec::new(),
        }
    }
}

/// Elements of one genre, in a list or side by side.
#[derive(Debug)]
pub struct Groupe {
    pub titre: String,
    pub liens: Vec<Lien>,
    pub tableau: Option<Tableau>,
}

#[derive(Debug)]
pub struct Tableau {
    pub colonnes: Vec<&'static str>,
    pub lignes: Vec<(Lien, Vec<Vec<Passage>>)>,
}

/// A shelf of the index.
#[derive(Debug)]
pub struct Rayon {
    pub titre: &'static str,
    pub ancre: &'static str,
    pub groupes: Vec<Groupe>,
}

const RAYONS: [(&str, &str, &[Genre]); 5] = [
    ("Les blocs généraux et facultatifs", "generaux", &[Genre::BlocGeneral, Genre::BlocFacultatif]),
    (
        "Le métier et son contexte",
        "contexte",
        &[Genre::Pole, Genre::Contexte, Genre::Section, Genre::Emplois, Genre::Champ],
    ),
    (
        "L’examen",
        "examen",
        &[
            Genre::Unite,
            Genre::Voies,
            Genre::Echelle,
            Genre::Niveau,
            Genre::Grille,
            Genre::Fiche,
            Genre::Cms,
        ],
    ),
    ("La formation", "formation", &[Genre::Stage, Genre::Horaire, Genre::SavoirTransversal]),
    (
        "Les textes",
        "textes",
        &[
            Genre::Diplome,
            Genre::Enregistrement,
            Genre::TexteReglementaire,
            Genre::Version,
            Genre::Ecart,
            Genre::Convention,
        ],
    ),
];

pub fn rayons(edition: &Edition, suite: &str) -> Vec<Rayon> {
    RAYONS
        .iter()
        .map(|&(titre, ancre, genres)| {
            let groupes = genres.iter().filter_map(|&genre| {
                let ceux: Vec<_> = edition.elements.iter().filter(|e| e.genre == genre).collect();
                groupe(genre, &ceux, suite)
            });
            Rayon { titre, ancre, groupes: groupes.collect() }
        })
        .collect()
}

/// What stands under an element, by genre, with what stands under each when it is of one genre.
pub fn enfants(edition: &Edition, element: &Element, suite: &str) -> Vec<Groupe> {
    let mut groupes = par_genre(&edition.enfants(Some(&element.code)).collect::<Vec<_>>(), suite);
    for lien in groupes.iter_mut().flat_map(|g| &mut g.liens) {
        let mut sous = par_genre(&edition.enfants(Some(&lien.code)).collect::<Vec<_>>(), suite);
        if let (1, Some(groupe)) = (sous.len(), sous.pop()) {
            lien.sous = groupe.liens;
        }
    }
    groupes
}

/// Those of the same family, for an element that only makes sense among them.
pub fn voisins(edition: &Edition, element: &Element, suite: &str) -> Option<Groupe> {
    let ceux: Vec<_> =
        edition.enfants(element.parent.as_deref()).filter(|e| e.genre == element.genre).collect();
    element.genre.en_tableau().then(|| groupe(element.genre, &ceux, suite)).flatten()
}

/// The savoirs that the text gives to the bloc of this element.
pub fn savoirs(edition: &Edition, element: &Element, suite: &str) -> Vec<Groupe> {
    let arbre = [Genre::Bloc, Genre::Competence, Genre::SousCompetence, Genre::Critere];
    let Some(bloc) = edition.bloc_de(&element.code).filter(|_| arbre.contains(&element.genre))
    else {
        return Vec::new();
    };
    let categories = edition.enfants(Some(&bloc.code)).filter(|e| e.genre == Genre::Categorie);
    categories
        .map(|categorie| Groupe {
            titre: categorie.intitule.clone(),
            liens: edition.enfants(Some(&categorie.code)).map(|e| Lien::new(e, suite)).collect(),
            tableau: None,
        })
        .collect()
}

/// The elements that this one names, by the key that names them.
pub fn renvois(
    edition: &Edition,
    element: &Element,
    suite: &str,
) -> Vec<(&'static str, Vec<Lien>)> {
    let mut renvois: Vec<(&str, Vec<Lien>)> = Vec::new();
    for renvoi in element.renvois() {
        let Some(but) = edition.element(renvoi.code) else { continue };
        let titre = titre_du_renvoi(renvoi.cle);
        match renvois.last_mut() {
            Some((t, liens)) if *t == titre => liens.push(Lien::new(but, suite)),
            _ => renvois.push((titre, vec![Lien::new(but, suite)])),
        }
    }
    renvois
}

pub fn citations(edition: &Edition, element: &Element, suite: &str) -> Vec<Groupe> {
    par_genre(&edition.citations(&element.code).collect::<Vec<_>>(), suite)
}

fn par_genre(elements: &[&Element], suite: &str) -> Vec<Groupe> {
    let mut genres: Vec<Genre> = elements.iter().map(|e| e.genre).collect();
    genres.dedup();
    let ceux =
        |genre| -> Vec<_> { elements.iter().copied().filter(|e| e.genre == genre).collect() };
    genres.into_iter().filter_map(|genre| groupe(genre, &ceux(genre), suite)).collect()
}

fn groupe(genre: Genre, elements: &[&Element], suite: &str) -> Option<Groupe> {
    (!elements.is_empty()).then(|| Groupe {
        titre: genre.titre(elements.len()),
        liens: elements.iter().map(|e| Lien::new(e, suite)).collect(),
        tableau: genre.en_tableau().then(|| tableau(elements, suite)),
    })
}

/// One column for each key that at least one of them has.
fn tableau(elements: &[&Element], suite: &str) -> Tableau {
    let mut cles: Vec<&str> = Vec::new();
    for cle in elements.iter().flat_map(|e| e.contenu.keys()) {
        if !cles.contains(&cle.as_str()) {
            cles.push(cle);
        }
    }
    let cases = |e: &Element| -> Vec<_> {
        cles.iter().map(|cle| e.contenu.get(*cle).map(passages).unwrap_or_default()).collect()
    };
    Tableau {
        colonnes: cles.iter().filter_map(|cle| titre(cle)).collect(),
        lignes: elements.iter().map(|e| (Lien::new(e, suite), cases(e))).collect(),
    }
}
