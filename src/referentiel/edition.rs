//! One immutable edition of the text, in memory, with everything that is looked up in it.
use std::collections::HashMap;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    arbre, controle,
    element::Element,
    genre::Genre,
    recherche::Repli,
    refus::RefusEdition,
    texte::{Bloc, SousCompetence, Texte},
};

/// What may be entered for a sous-compétence. Without a rank, it counts in nothing.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Niveau {
    pub code: String,
    pub intitule: String,
    pub rang: Option<i32>,
}

#[derive(Debug)]
pub struct Edition {
    pub edition_id: Uuid,
    pub empreinte: Vec<u8>,
    pub code: String,
    pub intitule: String,
    pub intitule_court: String,
    pub blocs: Vec<Bloc>,
    pub niveaux: Vec<Niveau>,
    pub elements: Vec<Element>,
    pub(super) replis: Vec<Repli>,
    par_code: HashMap<String, usize>,
}

/// What is said where no level can be.
const SANS_NIVEAU: [(&str, &str); 4] = [
    ("absent", "Absent"),
    ("dispense", "Dispensé"),
    ("non_evalue", "Non évalué"),
    ("non_rendu", "Non rendu"),
];

impl Edition {
    /// Reads a whole text, or refuses the whole of it.
    pub fn lire(texte: &str) -> Result<Self, RefusEdition> {
        caracteres(texte)?;
        let lu: Texte = toml::from_str(texte).map_err(|e| RefusEdition::forme(texte, &e))?;
        let elements = arbre::elements(&lu).map_err(|e| {
            RefusEdition::a_l_octet(texte, 0, format!("texte illisible\u{a0}: {e}"))
        })?;
        controle::controler(&lu, &elements)
            .map_err(|f| RefusEdition::fond(texte, &f.lieu, f.motif))?;
        Ok(Self::new(texte, lu, elements))
    }

    /// Reads a file that somebody sends: French written in another encoding is refused too.
    pub fn lire_octets(octets: &[u8]) -> Result<Self, RefusEdition> {
        match std::str::from_utf8(octets) {
            Ok(texte) => Self::lire(texte),
            Err(e) => {
                let avant = String::from_utf8_lossy(&octets[..e.valid_up_to()]);
                let motif = "caractère mal encodé\u{a0}: le fichier doit être en UTF-8".to_owned();
                Err(RefusEdition::a_l_octet(&avant, avant.len(), motif))
            }
        }
    }

    fn new(texte: &str, lu: Texte, elements: Vec<Element>) -> Self {
        let empreinte = Sha256::digest(texte).to_vec();
        let derniere = lu.versions_referentiel.last();
        Self {
            edition_id: Uuid::new_v5(&Uuid::NAMESPACE_OID, &empreinte),
            empreinte,
            code: derniere.map_or(&lu.diplome.code, |v| &v.code).clone(),
            intitule: lu.diplome.intitule.clone(),
            intitule_court: lu.diplome.intitule_court.clone(),
            niveaux: niveaux(&lu),
            blocs: lu.blocs,
            replis: elements.iter().map(Repli::new).collect(),
            par_code: elements.iter().enumerate().map(|(i, e)| (e.code.clone(), i)).collect(),
            elements,
        }
    }

    pub fn element(&self, code: &str) -> Option<&Element> {
        self.par_code.get(code).map(|&i| &self.elements[i])
    }

    pub fn bloc(&self, code: &str) -> Option<&Bloc> {
        self.blocs.iter().find(|b| b.code == code)
    }

    /// The professional bloc that holds this element, at any depth.
    pub fn bloc_de(&self, code: &str) -> Option<&Bloc> {
        self.parents(code).first().and_then(|e| self.bloc(&e.code)).or_else(|| self.bloc(code))
    }

    pub fn sous_competence(&self, code: &str) -> Option<&SousCompetence> {
        self.sous_competences().find(|s| s.code == code)
    }

    /// What is judged, in the order of the text.
    pub fn sous_competences(&self) -> impl Iterator<Item = &SousCompetence> {
        self.blocs.iter().flat_map(Bloc::sous_competences)
    }

    pub fn niveau(&self, code: &str) -> Option<&Niveau> {
        self.niveaux.iter().find(|n| n.code == code)
    }

    /// The levels that count, as the text orders them.
    pub fn echelle(&self) -> impl Iterator<Item = &Niveau> {
        self.niveaux.iter().filter(|n| n.rang.is_some())
    }

    /// A level that counts: absent or dispensé is none.
    pub fn niveau_reel(&self, code: &str) -> Option<&Niveau> {
        self.echelle().find(|n| n.code == code)
    }

    /// From the outermost to the nearest, without the element itself.
    pub fn parents(&self, code: &str) -> Vec<&Element> {
        let parent = |e: &&Element| e.parent.as_deref().and_then(|p| self.element(p));
        let premier = self.element(code).as_ref().and_then(parent);
        let mut parents: Vec<_> = std::iter::successors(premier, parent).collect();
        parents.reverse();
        parents
    }

    /// Without a parent: what stands at the top of the text.
    pub fn enfants<'a>(&'a self, parent: Option<&'a str>) -> impl Iterator<Item = &'a Element> {
        self.elements.iter().filter(move |e| e.parent.as_deref() == parent)
    }

    /// Those that name this one.
    pub fn citations<'a>(&'a self, code: &'a str) -> impl Iterator<Item = &'a Element> {
        self.elements.iter().filter(move |e| e.renvois().iter().any(|r| r.code == code))
    }

    pub fn compte(&self, genre: Genre) -> usize {
        self.elements.iter().filter(|e| e.genre == genre).count()
    }
}

fn niveaux(texte: &Texte) -> Vec<Niveau> {
    let officiels = texte.echelle_officielle.niveaux.iter().map(|n| Niveau {
        code: n.code.clone(),
        intitule: n.intitule.clone(),
        rang: Some(n.rang),
    });
    let autres = SANS_NIVEAU.iter().map(|&(code, intitule)| Niveau {
        code: code.to_owned(),
        intitule: intitule.to_owned(),
        rang: None,
    });
    officiels.chain(autres).collect()
}

/// What a wrong encoding leaves behind: the mark of a lost character, or « Ã© » for « é ».
fn caracteres(texte: &str) -> Result<(), RefusEdition> {
    let perdu = texte.find('\u{fffd}');
    let double = texte.char_indices().zip(texte.chars().skip(1)).find_map(|((i, c), suivant)| {
        let suite = ('\u{80}'..='\u{bf}').contains(&suivant);
        ((matches!(c, 'Ã' | 'Â') && suite) || (c == 'â' && suivant == '€')).then_some(i)
    });
    let Some(octet) = perdu.into_iter().chain(double).min() else { return Ok(()) };
    let motif = "caractère mal encodé\u{a0}: le fichier doit être en UTF-8".to_owned();
    Err(RefusEdition::a_l_octet(texte, octet, motif))
}
