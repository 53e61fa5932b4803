//! From the typed text to its elements: each table of the file, with its address, its source, its certainty.
//!
//! A table without a code of its own receives an editorial one, given below and as stable as the others.
use serde_json::{Map, Value};

use super::{
    element::Element,
    genre::Genre,
    texte::{Certitude, Texte},
};

/// One kind of table: where it is in the file, what it is, its editorial code where the file gives none (after a dot:
/// added to the code of the parent), and the key that holds its title (with a capital: the title itself).
struct Branche(&'static str, Genre, &'static str, &'static str);

const BRANCHES: [Branche; 45] = [
    Branche("meta", Genre::Convention, "META", "Conventions de rédaction"),
    Branche("diplome", Genre::Diplome, "", "intitule"),
    Branche("diplome.rncp", Genre::Enregistrement, "", "Enregistrement au répertoire national"),
    Branche("textes_reglementaires", Genre::TexteReglementaire, "", "titre"),
    Branche("versions_referentiel", Genre::Version, "", "statut"),
    Branche("echelle_officielle", Genre::Echelle, "ECHELLE", "intitule"),
    Branche("echelle_officielle.niveaux", Genre::Niveau, "", "intitule"),
    Branche("epreuves", Genre::Unite, "", "intitule"),
    Branche("voies", Genre::Voies, "VOIES", "Voies de formation"),
    Branche("poles", Genre::Pole, "", "intitule"),
    Branche("poles.activites", Genre::Activite, "", "intitule"),
    Branche("poles.activites.taches", Genre::Tache, "", "intitule"),
    Branche("poles.activites.resultats_attendus", Genre::Resultat, "", "intitule"),
    Branche("blocs", Genre::Bloc, "", "intitule"),
    Branche("blocs.competences", Genre::Competence, "", "intitule"),
    Branche("blocs.competences.sous_competences", Genre::SousCompetence, "", "intitule"),
    Branche("blocs.competences.sous_competences.criteres", Genre::Critere, "", "intitule"),
    Branche("blocs.savoirs", Genre::Categorie, "", "categorie"),
    Branche("blocs.savoirs.items", Genre::Savoir, "", "intitule"),
    Branche("blocs_generaux", Genre::BlocGeneral, "", "intitule"),
    Branche("blocs_generaux.competences", Genre::CompetenceGenerale, "", "intitule"),
    Branche(
        "blocs_generaux.competences.sous_competences",
        Genre::SousCompetenceGenerale,
        "",
        "intitule",
    ),
    Branche("blocs_generaux.capacites_session_2025", Genre::Capacites, ".N", "Capacités évaluées"),
    Branche("blocs_generaux.capacites_session_2025.capacites", Genre::Capacite, "", "intitule"),
    Branche("blocs_generaux.themes", Genre::Theme, "", "intitule"),
    Branche("blocs_generaux.themes.questions", Genre::Question, "", "intitule"),
    Branche("blocs_generaux.themes.questions.competences", Genre::CompetenceTheme, "", "intitule"),
    Branche("blocs_generaux.themes.questions.savoirs", Genre::SavoirTheme, "", "intitule"),
    Branche("grilles_evaluation", Genre::Grille, "", "intitule"),
    Branche("grilles_evaluation.criteres", Genre::CritereGrille, "", "intitule"),
    Branche("modeles_fiches", Genre::Fiche, "", "intitule"),
    Branche("fonctionnalites_cms", Genre::Cms, "", "cms"),
    Branche("fonctionnalites_cms.categories", Genre::CategorieCms, "", "intitule"),
    Branche("fonctionnalites_cms.categories.items", Genre::Fonctionnalite, "", "intitule"),
    Branche("stage", Genre::Stage, "STAGE", "Stage en milieu professionnel"),
    Branche("grille_horaire", Genre::Horaire, "", "intitule"),
    Branche("savoirs_transversaux", Genre::SavoirTransversal, "", "intitule"),
    Branche("savoirs_transversaux.items", Genre::SavoirCadrage, "", "intitule"),
    Branche("contexte_professionnel", Genre::Contexte, "CP", "intitule"),
    Branche("contexte_professionnel.sections", Genre::Section, "", "intitule"),
    Branche("contexte_professionnel.sections.elements", Genre::Moyen, "", "intitule"),
    Branche("contexte_professionnel.emplois", Genre::Emplois, "CP-EMPLOIS", "Emplois visés"),
    Branche(
        "contexte_professionnel.champ_activite_officiel",
        Genre::Champ,
        "CP-CHAMP",
        "Définition et délimitation du champ d’activité",
    ),
    Branche("ecarts", Genre::Ecart, "", "entre"),
    Branche("compteurs", Genre::Convention, "COMPTEURS", "Compteurs de contrôle"),
];

/// Every element, in the order in which the tables are read.
pub fn elements(texte: &Texte) -> Result<Vec<Element>, serde_json::Error> {
    let mut arbre = Arbre::default();
    if let Value::Object(fichier) = serde_json::to_value(texte)? {
        arbre.enfants("", &fichier, None, "");
    }
    Ok(arbre.elements)
}

#[derive(Default)]
struct Arbre {
    elements: Vec<Element>,
}

impl Arbre {
    fn enfants(
        &mut self,
        chemin: &str,
        objet: &Map<String, Value>,
        parent: Option<usize>,
        lieu: &str,
    ) {
        for branche in &BRANCHES {
            let Some(cle) = sous(chemin, branche.0) else { continue };
            match objet.get(cle) {
                Some(Value::Object(enfant)) => {
                    self.pousser(branche, enfant, parent, &format!("{lieu}/{cle}"));
                }
                Some(Value::Array(enfants)) => {
                    for (i, enfant) in enfants.iter().enumerate() {
                        let Value::Object(enfant) = enfant else { continue };
                        self.pousser(branche, enfant, parent, &format!("{lieu}/{cle}/{i}"));
                    }
                }
                _ => {}
            }
        }
    }

    fn pousser(
        &mut self,
        branche: &Branche,
        objet: &Map<String, Value>,
        parent: Option<usize>,
        lieu: &str,
    ) {
        let rang = self.elements.len();
        let au_dessus = parent.map(|p| &self.elements[p]);
        let element = Element {
            code: code(branche, objet, au_dessus),
            genre: genre(branche.1, objet),
            parent: au_dessus.map(|p| p.code.clone()),
            rang: i32::try_from(rang).unwrap_or(i32::MAX),
            intitule: intitule(branche.3, objet),
            contenu: contenu(branche.3, objet),
            source: source(branche.1, objet, au_dessus),
            certitude: certitude(objet, au_dessus),
            lieu: lieu.to_owned(),
        };
        self.elements.push(element);
        self.enfants(branche.0, objet, Some(rang), lieu);
    }
}

/// The last key of `branche` when it hangs directly under `chemin`.
fn sous<'a>(chemin: &str, branche: &'a str) -> Option<&'a str> {
    let reste = branche.strip_prefix(chemin)?;
    let cle = if chemin.is_empty() { reste } else { reste.strip_prefix('.')? };
    (!cle.is_empty() && !cle.contains('.')).then_some(cle)
}

fn mot(objet: &Map<String, Value>, cle: &str) -> Option<String> {
    objet.get(cle).and_then(Value::as_str).map(str::to_owned)
}

fn code(branche: &Branche, objet: &Map<String, Value>, parent: Option<&Element>) -> String {
    mot(objet, "code").unwrap_or_else(|| match parent {
        Some(p) if branche.2.starts_with('.') => format!("{}{}", p.code, branche.2),
        _ => branche.2.to_owned(),
    })
}

fn genre(genre: Genre, objet: &Map<String, Value>) -> Genre {
    let facultatif = objet.get("obligatoire") == Some(&Value::Bool(false));
    if genre == Genre::BlocGeneral && facultatif { Genre::BlocFacultatif } else { genre }
}

fn intitule(titre: &str, objet: &Map<String, Value>) -> String {
    if titre.starts_with(char::is_uppercase) {
        return titre.to_owned();
    }
    mot(objet, titre).unwrap_or_default()
}

/// What else the table says, without the tables that it holds: those are elements too.
fn contenu(titre: &str, objet: &Map<String, Value>) -> Map<String, Value> {
    let dit_ailleurs = |cle: &str| ["code", titre, "source", "confiance"].contains(&cle);
    let contient = |v: &Value| match v {
        Value::Object(_) | Value::Null => true,
        Value::Array(a) => a.iter().any(Value::is_object),
        _ => false,
    };
    let garder = |(cle, v): &(&String, &Value)| !dit_ailleurs(cle) && !contient(v);
    objet.iter().filter(garder).map(|(cle, v)| (cle.clone(), v.clone())).collect()
}

/// Its own, or that of the table that holds it. A legal text is its own source, and so is a difference between two.
fn source(genre: Genre, objet: &Map<String, Value>, parent: Option<&Element>) -> String {
    let de_soi = match genre {
        Genre::TexteReglementaire => mot(objet, "publication"),
        Genre::Ecart => mot(objet, "entre").map(|e| format!("Comparaison\u{a0}: {e}")),
        _ => None,
    };
    mot(objet, "source")
        .or(de_soi)
        .or_else(|| parent.map(|p| p.source.clone()))
        .unwrap_or_else(|| "Conventions éditoriales de ce fichier".to_owned())
}

/// Its own, or that of the table that holds it. What claims nothing is not official.
fn certitude(objet: &Map<String, Value>, parent: Option<&Element>) -> Certitude {
    objet
        .get("confiance")
        .and_then(|c| serde_json::from_value(c.clone()).ok())
        .or_else(|| parent.map(|p| p.certitude))
        .unwrap_or(Certitude::Secondaire)
}
