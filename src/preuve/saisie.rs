//! What is typed in the form of a preuve, and the files that came with it.
use axum::extract::Multipart;
use time::Date;
use uuid::Uuid;

use super::{
    Depot,
    depot::{Reste, du_formulaire, illisible},
};
use crate::{
    app::App, compte::Deposant, date, error::Result, form::FormErrors, referentiel::Edition,
    situation::CONTEXTES,
};

/// The form, as it was typed. A file that is good is kept when something else is wrong.
#[derive(Debug, Clone, Default)]
pub struct Saisie {
    pub titre: String,
    pub texte: String,
    pub contexte: String,
    pub organisation: String,
    pub vecue_le: String,
    pub jusqu_au: String,
    pub liens: String,
    pub codes: Vec<String>,
    /// Received already, by their numbers.
    pub fichiers: Vec<i64>,
    pub cle: Uuid,
    pub reprise: bool,
}

impl Saisie {
    /// Nothing typed yet.
    pub fn vide(app: &App, aujourd_hui: Date) -> Self {
        Self { cle: app.random.uuid(), vecue_le: date::iso(&aujourd_hui), ..Self::default() }
    }

    /// Reads the parts; the text and the files that are good are kept whatever becomes of the others.
    pub async fn lire(
        mut parties: Multipart,
        app: &App,
        qui: &Deposant,
        erreurs: &mut FormErrors,
    ) -> Result<Self> {
        let (mut saisie, mut reste) = (Self::default(), Reste(app.config.formulaire_max));
        while let Some(mut partie) = parties.next_field().await.map_err(|e| illisible(&e))? {
            let champ = partie.name().unwrap_or_default().to_owned();
            if champ != "fichier" {
                saisie.poser(&champ, reste.texte(&mut partie).await?);
            } else if saisie.fichiers.len() < app.config.fichiers_max {
                match du_formulaire(app, qui, &mut partie, &mut reste).await? {
                    Some(Ok(fichier)) => saisie.fichiers.push(fichier.fichier_id),
                    Some(Err(message)) => erreurs.add("fichier", message),
                    None => {}
                }
            }
        }
        if saisie.fichiers.len() > app.config.fichiers_max {
            erreurs.add(
                "fichier",
                format!("Une preuve a {} fichiers au plus.", app.config.fichiers_max),
            );
        }
        Ok(saisie)
    }

    fn poser(&mut self, champ: &str, texte: String) {
        match champ {
            "titre" => self.titre = texte,
            "texte" => self.texte = texte,
            "contexte" => self.contexte = texte,
            "organisation" => self.organisation = texte,
            "vecue_le" => self.vecue_le = texte,
            "jusqu_au" => self.jusqu_au = texte,
            "liens" => self.liens = texte,
            "codes" => self.codes.push(texte),
            "cle" => self.cle = texte.parse().unwrap_or_default(),
            "fichiers" => self.fichiers.extend(texte.parse::<i64>()),
            "reprise" => self.reprise = true,
            _ => {} // allow-list: nothing else is read
        }
    }

    pub fn depot(
        &self,
        edition: &Edition,
        aujourd_hui: Date,
        erreurs: &mut FormErrors,
    ) -> Option<Depot> {
        let titre = erreurs.ligne("titre", &self.titre, 200);
        if self.texte.chars().count() > 20_000 {
            erreurs.add("texte", "Ce récit compte 20\u{202f}000 caractères au plus.");
        }
        if !CONTEXTES.iter().any(|c| c.0 == self.contexte) {
            erreurs.add("contexte", "Dites où cela s’est passé.");
        }
        let vecue_le = date::lire(&self.vecue_le);
        match vecue_le {
            None => erreurs.add("vecue_le", "Cette date n’existe pas. Écrivez-la jj/mm/aaaa."),
            Some(le) if le > aujourd_hui => erreurs.add(
                "vecue_le",
                "Cette date est à venir\u{a0}: une preuve raconte ce qui a été vécu.",
            ),
            Some(_) => {}
        }
        let jusqu_au = (!self.jusqu_au.trim().is_empty()).then(|| date::lire(&self.jusqu_au));
        if jusqu_au.is_some_and(|fin| fin.is_none() || fin < vecue_le) {
            erreurs.add("jusqu_au", "Cette date de fin n’existe pas, ou précède le début.");
        }
        let liens: Vec<String> = self.liens.split_whitespace().map(str::to_owned).collect();
        if liens
            .iter()
            .any(|l| !(l.starts_with("https://") || l.starts_with("http://")) || l.len() > 2000)
        {
            erreurs
                .add("liens", "Un lien commence par https:// ou http://. Écrivez-en un par ligne.");
        }
        if self.codes.is_empty() {
            erreurs.add("codes", "Cochez au moins une sous-compétence que cette preuve montre.");
        } else if self.codes.iter().any(|c| edition.sous_competence(c).is_none()) {
            erreurs.add("codes", "Une sous-compétence cochée n’est pas de ce référentiel.");
        }
        erreurs.cle("titre", self.cle);
        let organisation = self.organisation.trim();
        Some(Depot {
            titre,
            texte: self.texte.trim().replace("\r\n", "\n"),
            contexte: self.contexte.clone(),
            organisation: (!organisation.is_empty())
                .then(|| organisation.chars().take(200).collect()),
            vecue_le: vecue_le?,
            jusqu_au: jusqu_au.flatten(),
            liens,
            codes: self.codes.clone(),
            fichiers: self.fichiers.clone(),
            cle: self.cle,
        })
    }
}
