//! What the text says of an element beside its label, laid out to be read.
use serde_json::Value;

use super::element::{Element, RENVOIS};

/// A piece of a text: the file writes its lists with dashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Passage {
    Paragraphe(String),
    Liste(Vec<String>),
    Adresse(String),
}

#[derive(Debug, Clone)]
pub struct Rubrique {
    pub titre: &'static str,
    pub passages: Vec<Passage>,
    /// Folded at first: it would push the rest off the page.
    pub longue: bool,
}

/// The keys of the file in French, in the order in which they are read.
const LIBELLES: [(&str, &str); 82] = [
    ("texte", "Texte"),
    ("description", "Description"),
    ("objectif", "Objectif"),
    ("objet", "Objet"),
    ("effet", "Prise d’effet"),
    ("usage", "Usage"),
    ("rang", "Rang dans l’échelle"),
    ("degre_maitrise_ef2", "Degré de maîtrise (engagement étudiant)"),
    ("le_titulaire", "Le titulaire"),
    ("liaisons_fonctionnelles", "Liaisons fonctionnelles"),
    ("variante_officielle", "Autre libellé officiel"),
    ("evaluee_en_pratique_e5b", "Évaluée dans la partie pratique"),
    ("unite", "Unité"),
    ("coef", "Coefficient"),
    ("coefficient", "Coefficient"),
    ("facultative", "Facultative"),
    ("obligatoire", "Obligatoire"),
    ("professionnel", "Professionnel"),
    ("niveau_cecrl", "Niveau du CECRL"),
    ("libelle_niveau", "Activités langagières"),
    ("objectifs", "Objectifs"),
    ("criteres_epreuve", "Critères de l’épreuve"),
    ("voie_a", "Voie A"),
    ("voie_b", "Voie B"),
    ("voie_c", "Voie C"),
    ("modalites_2025", "Modalités en 2025"),
    ("dossier", "Dossier"),
    ("forme", "Forme de l’épreuve"),
    ("conditions_intitule", "Conditions"),
    ("contextes", "Contextes"),
    ("ressources_informationnelles", "Ressources informationnelles"),
    ("environnement_technologique", "Environnement technologique"),
    ("ressources", "Ressources"),
    ("champ", "Champ (répartition de source secondaire)"),
    ("partie", "Partie de l’épreuve"),
    ("session", "Session"),
    ("total", "Total des points"),
    ("bonus", "Points de bonus"),
    ("duree_minutes", "Durée en minutes"),
    ("descripteurs", "Descripteurs, par degré croissant"),
    ("points", "Points, par degré croissant"),
    ("types", "Types de fiche"),
    ("rubriques", "Rubriques"),
    ("annee_1_heures", "Heures en 1re année"),
    ("annee_2_heures", "Heures en 2e année"),
    ("voie_scolaire_semaines", "Semaines, voie scolaire"),
    ("formation_continue_semaines", "Semaines, formation continue"),
    ("duree_minimale_amenagee_semaines", "Semaines au moins, durée aménagée"),
    ("apprentissage", "Apprentissage"),
    ("partenaires", "Partenaires"),
    ("attestation", "Attestation"),
    ("dossier_ccf", "Dossier d’évaluation"),
    ("categorie_officielle", "Catégorie officielle"),
    ("intitule_officiel", "Libellé officiel"),
    ("texte_cadrage", "Texte du document de cadrage"),
    ("section_officielle", "Section du texte officiel"),
    ("primo_insertion", "En primo-insertion"),
    ("evolution", "En évolution professionnelle"),
    ("i_1_definition", "Définition"),
    ("i_3_delimitation", "Délimitation et pondération des activités"),
    ("intitule_court", "Intitulé court"),
    ("sigle", "Sigle"),
    ("arrete_intitule", "Arrêté"),
    ("arrete_date", "Date de l’arrêté"),
    ("arrete_nor", "Numéro NOR de l’arrêté"),
    ("nor", "Numéro NOR"),
    ("publication", "Publication"),
    ("ministere", "Ministère"),
    ("premiere_session", "Première session"),
    ("session_debut", "Première session"),
    ("remplace", "Remplace"),
    ("niveau_cec", "Niveau du cadre européen"),
    ("ects", "Crédits ECTS"),
    ("confiance_niveau_ects", "Certitude du niveau et des crédits"),
    ("duree_stage_semaines", "Semaines de stage"),
    ("code_diplome", "Code du diplôme"),
    ("code_anterieur", "Code antérieur"),
    ("confiance_code_anterieur", "Certitude du code antérieur"),
    ("statut", "Statut"),
    ("blocs_inchanges", "Ce qui n’a pas changé"),
    ("renovation", "Rénovation"),
    ("confidentialite", "Confidentialité"),
];

/// The last of them: what the file says of itself.
const LIBELLES_DU_FICHIER: [(&str, &str); 26] = [
    ("communicable", "Communication au candidat"),
    ("entre", "Entre"),
    ("schema", "Schéma"),
    ("langue", "Langue"),
    ("codes", "Codes"),
    ("regle_codes", "Règle des codes"),
    ("savoirs_rattachement", "Rattachement des savoirs"),
    ("cle", "Clé"),
    ("url", "Adresse"),
    ("blocs_professionnels", "Blocs professionnels"),
    ("blocs_generaux_obligatoires", "Blocs généraux obligatoires"),
    ("blocs_facultatifs", "Blocs facultatifs"),
    ("poles", "Pôles"),
    ("activites", "Activités"),
    ("competences", "Compétences"),
    ("sous_competences", "Sous-compétences"),
    ("criteres", "Critères"),
    ("categories_savoirs", "Catégories de savoirs"),
    ("savoirs_blocs", "Savoirs des blocs"),
    ("savoirs_cadrage", "Savoirs du cadrage"),
    ("cejm_themes", "Thèmes de culture économique, juridique et managériale"),
    ("cejm_questions", "Questions de ces thèmes"),
    ("cejm_competences", "Compétences de ces thèmes"),
    ("cejm_savoirs", "Savoirs de ces thèmes"),
    ("fonctionnalites_cms", "Fonctionnalités des outils de gestion de contenu"),
    ("note", "Note"),
];

/// The keys that name another element, when they are shown as links.
pub fn titre_du_renvoi(cle: &str) -> &'static str {
    match cle {
        "competence_en_regard" => "Compétence en regard (déduite de l’ordre du tableau officiel)",
        "bloc" => "Bloc",
        "bloc_officiel" => "Bloc officiel",
        "epreuve" => "Épreuve",
        "pole" => "Pôle d’activités",
        "base" => "Texte de base",
        "modifie_par" => "Modifié par",
        _ => "Correspond à",
    }
}

const LONG: usize = 700;
const BREF: usize = 60;

impl Rubrique {
    /// Short enough to stand on the line of its name.
    pub fn is_breve(&self) -> bool {
        matches!(self.passages.as_slice(), [Passage::Paragraphe(_)])
            && taille(&self.passages) <= BREF
    }
}

/// Everything but the references to other elements and what is empty.
pub fn rubriques(element: &Element) -> Vec<Rubrique> {
    let renvoi = |cle: &str| RENVOIS.iter().any(|(r, _)| *r == cle);
    LIBELLES
        .iter()
        .chain(&LIBELLES_DU_FICHIER)
        .filter(|(cle, _)| !renvoi(cle))
        .filter_map(|&(cle, titre)| {
            let passages = passages(element.contenu.get(cle)?);
            let longue = !["texte", "texte_cadrage", "description"].contains(&cle)
                && taille(&passages) > LONG;
            (!passages.is_empty()).then_some(Rubrique { titre, passages, longue })
        })
        .collect()
}

pub fn titre(cle: &str) -> Option<&'static str> {
    LIBELLES.iter().chain(&LIBELLES_DU_FICHIER).find(|(c, _)| *c == cle).map(|(_, t)| *t)
}

pub fn passages(valeur: &Value) -> Vec<Passage> {
    match valeur {
        Value::String(s) if s.starts_with("https://") => vec![Passage::Adresse(s.clone())],
        Value::String(s) => lignes(s),
        Value::Bool(b) => vec![Passage::Paragraphe(if *b { "oui" } else { "non" }.to_owned())],
        Value::Array(a) if !a.is_empty() => vec![Passage::Liste(a.iter().map(simple).collect())],
        Value::Number(n) => vec![Passage::Paragraphe(n.to_string())],
        _ => Vec::new(),
    }
}

fn simple(valeur: &Value) -> String {
    valeur.as_str().map_or_else(|| valeur.to_string(), str::to_owned)
}

/// A line is a paragraph; consecutive lines that begin with a dash are a list.
fn lignes(texte: &str) -> Vec<Passage> {
    let mut passages = Vec::new();
    for ligne in texte.lines().map(str::trim).filter(|l| !l.is_empty()) {
        let Some(point) = ligne.strip_prefix("- ") else {
            passages.push(Passage::Paragraphe(ligne.to_owned()));
            continue;
        };
        match passages.last_mut() {
            Some(Passage::Liste(points)) => points.push(point.to_owned()),
            _ => passages.push(Passage::Liste(vec![point.to_owned()])),
        }
    }
    passages
}

fn taille(passages: &[Passage]) -> usize {
    let compte = |p: &Passage| match p {
        Passage::Paragraphe(t) | Passage::Adresse(t) => t.chars().count(),
        Passage::Liste(points) => points.iter().map(|t| t.chars().count()).sum(),
    };
    passages.iter().map(compte).sum()
}
