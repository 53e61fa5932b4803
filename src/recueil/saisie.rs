//! What is typed in the three steps, and the files that came with it.
use std::collections::BTreeMap;

use axum::extract::Multipart;
use serde::{Deserialize, Serialize};
use time::Date;
use uuid::Uuid;

use crate::{
    app::App,
    compte::Deposant,
    date,
    error::Result,
    form::FormErrors,
    preuve::{
        IA, Preuve,
        depot::{Reste, du_formulaire, illisible},
    },
    situation,
};

/// The form, as it was typed: what a draft keeps. A file that is good is kept when something else is wrong.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Saisie {
    pub titre: String,
    pub texte: String,
    pub liens: String,
    pub personnes: bool,
    pub confidentiel: bool,
    pub vecue_le: String,
    pub jusqu_au: String,
    pub contexte: String,
    pub organisation: String,
    pub avec: String,
    /// `oui`, `non`, or empty: as the context has it.
    pub reelle: String,
    pub equipe: Vec<i64>,
    pub part: String,
    pub codes: Vec<String>,
    pub niveaux: BTreeMap<String, String>,
    pub pourquois: BTreeMap<String, String>,
    pub savoirs: Vec<String>,
    pub ia: String,
    pub ia_precision: String,
    /// Received already, by their numbers.
    pub fichiers: Vec<i64>,
    /// The preuve that it completes, and its version when it was read.
    pub preuve: Option<i64>,
    pub lue: i64,
    /// Whose page it is: another person may have signed in on the same computer since.
    #[serde(skip)]
    pub compte: String,
    #[serde(skip)]
    pub cle: Uuid,
    #[serde(skip)]
    pub version: i32,
    #[serde(skip)]
    pub etape: i32,
    #[serde(skip)]
    pub aller: String,
    #[serde(skip)]
    pub reprise: bool,
}

/// Which step a field is in: where its error is shown.
pub fn etape_de(champ: &str) -> i32 {
    match champ {
        "titre" | "texte" | "liens" | "fichier" | "personnes" | "confidentiel" => 1,
        "vecue_le" | "jusqu_au" | "contexte" | "organisation" | "avec" | "reelle" | "equipe"
        | "part" => 2,
        _ => 3,
    }
}

impl Saisie {
    /// Nothing typed yet.
    pub fn vide(app: &App, aujourd_hui: Date) -> Self {
        Self {
            cle: app.random.uuid(),
            vecue_le: date::iso(&aujourd_hui),
            etape: 1,
            ia: IA[0].0.to_owned(),
            ..Self::default()
        }
    }

    /// What a preuve says, to be completed.
    pub fn de(app: &App, preuve: &Preuve) -> Self {
        let oui = |b: bool| if b { "oui" } else { "non" }.to_owned();
        Self {
            titre: preuve.titre.clone(),
            texte: preuve.texte.clone(),
            liens: preuve.liens.join("\n"),
            personnes: preuve.personnes,
            confidentiel: preuve.confidentiel,
            vecue_le: date::iso(&preuve.vecue_le),
            jusqu_au: preuve.jusqu_au.as_ref().map(date::iso).unwrap_or_default(),
            contexte: preuve.contexte.clone(),
            organisation: preuve.organisation.clone().unwrap_or_default(),
            avec: preuve.avec.clone(),
            reelle: preuve.reelle.map(oui).unwrap_or_default(),
            codes: preuve.codes.clone(),
            savoirs: preuve.savoirs.clone(),
            ia: preuve.ia.clone().unwrap_or_else(|| IA[0].0.to_owned()),
            ia_precision: preuve.ia_precision.clone(),
            preuve: Some(preuve.preuve_id),
            lue: preuve.version,
            cle: app.random.uuid(),
            etape: 1,
            ..Self::default()
        }
    }

    /// Reads the parts; the text and the files that are good are kept whatever becomes of the others.
    pub async fn lire(
        mut parties: Multipart,
        app: &App,
        qui: &Deposant,
        erreurs: &mut FormErrors,
    ) -> Result<Self> {
        let (mut saisie, mut reste) = (Self::default(), Reste(app.config.formulaire_max));
        let mut de_trop = false;
        while let Some(mut partie) = parties.next_field().await.map_err(|e| illisible(&e))? {
            let champ = partie.name().unwrap_or_default().to_owned();
            if champ != "fichier" {
                saisie.poser(&champ, &reste.texte(&mut partie).await?);
            } else if saisie.fichiers.len() < app.config.fichiers_max {
                match du_formulaire(app, qui, &mut partie, &mut reste).await? {
                    Some(Ok(fichier)) => saisie.fichiers.push(fichier.fichier_id),
                    Some(Err(message)) => erreurs.add("fichier", message),
                    None => {}
                }
            } else if partie.file_name().is_some_and(|n| !n.is_empty()) {
                de_trop = true;
            }
        }
        if de_trop || saisie.fichiers.len() > app.config.fichiers_max {
            erreurs.add(
                "fichier",
                format!("Une preuve a {} fichiers au plus.", app.config.fichiers_max),
            );
        }
        saisie.suivre();
        Ok(saisie)
    }

    fn poser(&mut self, champ: &str, texte: &str) {
        let texte = texte.replace('\0', ""); // no database keeps it
        match champ {
            "titre" => self.titre = texte,
            "texte" => self.texte = texte,
            "liens" => self.liens = texte,
            "personnes" => self.personnes = true,
            "confidentiel" => self.confidentiel = true,
            "vecue_le" => self.vecue_le = texte,
            "jusqu_au" => self.jusqu_au = texte,
            "contexte" => self.contexte = texte,
            "organisation" => self.organisation = texte,
            "avec" => self.avec = texte,
            "reelle" => self.reelle = texte,
            "equipe" => self.equipe.extend(texte.parse::<i64>()),
            "part" => self.part = texte,
            "codes" => self.codes.push(texte),
            "savoirs" => self.savoirs.push(texte),
            "ia" => self.ia = texte,
            "ia_precision" => self.ia_precision = texte,
            "cle" => self.cle = texte.parse().unwrap_or_default(),
            "version" => self.version = texte.parse().unwrap_or_default(),
            "etape" => self.etape = texte.parse().unwrap_or_default(),
            "preuve" => self.preuve = texte.parse().ok(),
            "lue" => self.lue = texte.parse().unwrap_or_default(),
            "fichiers" => self.fichiers.extend(texte.parse::<i64>()),
            "aller" => self.aller = texte,
            "compte" => self.compte = texte,
            "reprise" => self.reprise = true,
            autre => match (autre.split_once('-'), texte.is_empty()) {
                (Some(("niveau", code)), false) => _ = self.niveaux.insert(code.to_owned(), texte),
                (Some(("pourquoi", code)), false) => {
                    self.pourquois.insert(code.to_owned(), texte);
                }
                _ => {} // allow-list: nothing else is read
            },
        }
    }

    /// Where the button leads: a context is chosen by the button that goes on. A level ticks its line.
    fn suivre(&mut self) {
        self.etape = self.etape.clamp(1, 3);
        if !situation::contexte(&self.aller).is_empty() {
            self.contexte = std::mem::replace(&mut self.aller, "3".to_owned());
        }
        for code in self.niveaux.keys() {
            if !self.codes.contains(code) {
                self.codes.push(code.clone());
            }
        }
    }

    /// The step that a button asks for; none when it sends.
    pub fn vers(&self) -> Option<i32> {
        self.aller.parse().ok().filter(|e| (1..=3).contains(e))
    }
}
