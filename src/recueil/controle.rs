//! What is wrong in the form of a preuve, and what is recorded when nothing is.
use time::Date;

use super::Saisie;
use crate::{
    date,
    demande::Voeu,
    form::FormErrors,
    preuve::{Declaration, Depot, IA},
    referentiel::{Edition, Genre},
    situation::{self, CONTEXTES},
};

impl Saisie {
    /// What is asked of her teachers: the lines on which she situates herself.
    pub fn voeux(&self, edition: &Edition, erreurs: &mut FormErrors) -> Vec<Voeu> {
        let mut voeux = vec![];
        for (code, niveau) in &self.niveaux {
            let pourquoi = self.pourquois.get(code).map(|p| p.trim()).unwrap_or_default();
            if edition.niveau_reel(niveau).is_none() {
                erreurs.add(&format!("niveau-{code}"), "Ce niveau n’existe pas dans l’échelle.");
            }
            if pourquoi.chars().count() > 500 {
                erreurs.add(
                    &format!("pourquoi-{code}"),
                    "Cette raison compte 500 caractères au plus.",
                );
            }
            voeux.push(Voeu {
                code: code.clone(),
                niveau: Some(niveau.clone()),
                pourquoi: pourquoi.to_owned(),
            });
        }
        voeux
    }

    /// What is recorded, when nothing is wrong. `debut`: first day of training.
    pub fn depot(
        &self,
        edition: &Edition,
        (debut, aujourd_hui): (Date, Date),
        erreurs: &mut FormErrors,
    ) -> Option<Depot> {
        let titre = erreurs.ligne("titre", &self.titre, 200);
        if self.texte.chars().count() > 20_000 {
            erreurs.add("texte", "Ce récit compte 20\u{202f}000 caractères au plus.");
        }
        let dates = self.dates(debut, aujourd_hui, erreurs);
        let liens = self.liens(erreurs);
        self.rattachements(edition, erreurs);
        let declaration = self.declaration(erreurs);
        for (champ, texte, max) in [
            ("avec", &self.avec, 300),
            ("organisation", &self.organisation, 200),
            ("part", &self.part, 5000),
        ] {
            if texte.chars().count() > max {
                erreurs.add(champ, format!("Ce texte compte {max} caractères au plus."));
            }
        }
        erreurs.cle("titre", self.cle);
        let (vecue_le, jusqu_au) = dates?;
        let organisation = self.organisation.trim();
        Some(Depot {
            titre,
            texte: propre(&self.texte),
            contexte: self.contexte.clone(),
            organisation: (!organisation.is_empty()).then(|| organisation.to_owned()),
            avec: self.avec.trim().to_owned(),
            vecue_le,
            jusqu_au,
            declaration,
            liens,
            codes: self.codes.clone(),
            savoirs: self.savoirs.clone(),
            fichiers: self.fichiers.clone(),
            equipe: self.equipe.clone(),
            part: propre(&self.part),
            cle: self.cle,
        })
    }

    fn dates(
        &self,
        debut: Date,
        aujourd_hui: Date,
        erreurs: &mut FormErrors,
    ) -> Option<(Date, Option<Date>)> {
        if situation::contexte(&self.contexte).is_empty() {
            erreurs.add("contexte", "Dites où cela s’est passé.");
        }
        let vecue_le = date::lire(&self.vecue_le);
        match vecue_le {
            None => erreurs.add("vecue_le", "Cette date n’existe pas. Écrivez-la jj/mm/aaaa."),
            Some(le) if le > aujourd_hui => erreurs.add(
                "vecue_le",
                "Cette date est à venir\u{a0}: une preuve raconte ce qui a été vécu.",
            ),
            Some(le) if le < debut => erreurs.add(
                "vecue_le",
                format!(
                    "Votre promotion a commencé le {}\u{a0}: cette date est d’avant. Corrigez-la.",
                    date::longue(&debut)
                ),
            ),
            Some(_) => {}
        }
        let jusqu_au = (!self.jusqu_au.trim().is_empty()).then(|| date::lire(&self.jusqu_au));
        match jusqu_au {
            Some(fin) if fin.is_none() || fin < vecue_le => {
                erreurs.add("jusqu_au", "Cette date de fin n’existe pas, ou précède le début.");
            }
            Some(Some(fin)) if fin > aujourd_hui => erreurs.add(
                "jusqu_au",
                "Cette date de fin est à venir\u{a0}: une preuve raconte ce qui a été vécu.",
            ),
            _ => {}
        }
        Some((vecue_le?, jusqu_au.flatten()))
    }

    fn liens(&self, erreurs: &mut FormErrors) -> Vec<String> {
        let liens: Vec<String> = self.liens.split_whitespace().map(str::to_owned).collect();
        let web = |l: &String| l.starts_with("https://") || l.starts_with("http://");
        if liens.iter().any(|l| !web(l) || l.len() > 2000) {
            erreurs
                .add("liens", "Un lien commence par https:// ou http://. Écrivez-en un par ligne.");
        } else if liens.len() > 20 {
            erreurs.add("liens", "Une preuve a 20 liens au plus.");
        }
        liens
    }

    fn rattachements(&self, edition: &Edition, erreurs: &mut FormErrors) {
        if self.codes.is_empty() {
            erreurs.add("codes", "Cochez au moins une sous-compétence que cette preuve montre.");
        } else if self.codes.iter().any(|c| edition.sous_competence(c).is_none()) {
            erreurs.add("codes", "Une sous-compétence cochée n’est pas de ce référentiel.");
        }
        let savoir = |c: &String| edition.element(c).is_some_and(|e| e.genre == Genre::Savoir);
        if !self.savoirs.iter().all(savoir) {
            erreurs.add("savoirs", "Un savoir coché n’est pas de ce référentiel.");
        }
    }

    fn declaration(&self, erreurs: &mut FormErrors) -> Declaration {
        let ia = IA.iter().find(|i| i.0 == self.ia || self.ia.is_empty());
        let precision = self.ia_precision.split_whitespace().collect::<Vec<_>>().join(" ");
        match ia {
            None => erreurs.add("ia", "Dites si une IA vous a aidé."),
            Some(i) if i.0 != IA[0].0 && precision.is_empty() => {
                erreurs.add("ia_precision", "Dites en une phrase ce que l’IA a fait.");
            }
            Some(_) if precision.chars().count() > 500 => {
                erreurs.add("ia_precision", "Cette précision compte 500 caractères au plus.");
            }
            Some(_) => {}
        }
        Declaration {
            reelle: match self.reelle.as_str() {
                "oui" => Some(true),
                "non" => Some(false),
                _ => CONTEXTES
                    .iter()
                    .any(|c| c.0 == self.contexte)
                    .then(|| situation::en_entreprise(&self.contexte)),
            },
            ia: ia.map(|i| i.0.to_owned()),
            ia_precision: if ia.is_some_and(|i| i.0 == IA[0].0) {
                String::new()
            } else {
                precision
            },
            personnes: self.personnes,
            confidentiel: self.confidentiel,
        }
    }
}

fn propre(texte: &str) -> String {
    texte.trim().replace("\r\n", "\n")
}
