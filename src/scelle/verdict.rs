//! What is said of a document to whoever presents it: one word, why, and what the document itself states.
use super::{
    declaration::{Declaration, Faute, Genre},
    registre::{Etat, Situation},
};
use crate::date;

/// A document that was presented.
pub struct Vu {
    /// « authentique », « remplace », « revoque », « faux »: for the look of the answer.
    pub genre: &'static str,
    /// The word.
    pub mot: String,
    pub phrase: String,
    /// What it states, when it is authentic.
    pub dit: Option<Dit>,
}

pub struct Dit {
    pub faits: Vec<(&'static str, String)>,
    pub niveaux: Vec<(String, String)>,
    /// All of it, as it was signed.
    pub tout: String,
}

impl Vu {
    pub fn faux(phrase: String) -> Self {
        Self { genre: "faux", mot: "Non authentique".to_owned(), phrase, dit: None }
    }

    /// A file that is not authentic.
    pub fn fautif(faute: Faute) -> Self {
        Self::faux(format!(
            "Ne vous y fiez pas\u{a0}: {}. Demandez un nouvel exemplaire à l’établissement.",
            faute.en_mots()
        ))
    }

    /// An authentic one, and what became of it.
    pub fn de(declaration: &Declaration, empreinte: &str, situation: &Situation) -> Self {
        let jour = situation.jour.as_ref().map(date::longue).unwrap_or_default();
        let (genre, mot, phrase) = match situation.etat {
            Etat::EnVigueur => (
                "authentique",
                "Authentique".to_owned(),
                "Ces données ont été émises par l’établissement et n’ont pas changé depuis. Aucun document plus récent ne les remplace.",
            ),
            Etat::Inconnu => (
                "authentique",
                "Authentique".to_owned(),
                "Ces données portent bien le sceau de l’établissement, mais son registre ne connaît pas ce document\u{a0}: demandez-lui s’il est toujours valable.",
            ),
            Etat::Remplace => (
                "remplace",
                format!("Authentique, mais remplacé le {jour}"),
                "Ces données ont bien été émises par l’établissement. Un document plus récent dit autre chose\u{a0}: demandez-le.",
            ),
            Etat::Revoque => (
                "revoque",
                "Révoqué".to_owned(),
                "L’établissement a émis ce document puis l’a retiré\u{a0}: il ne vaut plus rien. Demandez-lui un nouvel exemplaire.",
            ),
        };
        let retire = situation.etat == Etat::Revoque;
        let phrase = if retire { format!("Le {jour}. {phrase}") } else { phrase.to_owned() };
        let dit = Some(dit(declaration, empreinte));
        Self { genre, mot, phrase, dit }
    }
}

/// Its title, and its kind where the title does not say it.
fn document(d: &Declaration) -> String {
    let genre = Genre::intitule(d.genre);
    if d.titre == genre { genre.to_owned() } else { format!("{} ({genre})", d.titre) }
}

fn dit(d: &Declaration, empreinte: &str) -> Dit {
    let candidat = d.candidat.as_ref().map(|c| format!("{} {}", c.nom, c.prenom));
    let numero = d.candidat.as_ref().and_then(|c| c.numero.clone());
    let faits = [
        ("Document", Some(document(d))),
        ("Candidat", Some(candidat.unwrap_or_else(|| "toute la promotion".to_owned()))),
        ("N° de candidat", numero),
        ("Établissement", Some(format!("{} ({})", d.etablissement.nom, d.etablissement.uai))),
        ("Session", Some(d.session.to_string())),
        ("Référentiel", Some(d.edition.code.clone())),
        ("Émis le", Some(en_mots(&d.emise_le))),
        ("N° du document", Some(d.id.clone())),
        ("SHA-256 des données", Some(empreinte.to_owned())),
        ("Journal", Some(format!("ligne {}", d.journal.seq))),
    ];
    let niveaux = d.niveaux().into_iter().map(|(c, n)| (c.to_owned(), n.to_owned())).collect();
    Dit {
        faits: faits.into_iter().filter_map(|(nom, dit)| Some((nom, dit?))).collect(),
        niveaux,
        tout: serde_json::to_string_pretty(&d.contenu).unwrap_or_default(),
    }
}

/// « 12/05/2027 à 15:40 (temps universel) ».
pub fn en_mots(instant: &str) -> String {
    let jour = instant.get(..10).and_then(date::lire);
    let heure = instant.get(11..16).unwrap_or_default();
    jour.map_or_else(
        || instant.to_owned(),
        |j| format!("{} à {heure} (temps universel)", date::courte(&j)),
    )
}
