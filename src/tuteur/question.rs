//! What is on the page of a tutor: the questions, the missions to tick, and what was answered so far.
use std::collections::BTreeMap;

use uuid::Uuid;

use super::{Tuteur, enonce::Questionnaire};
use crate::{
    app::Db,
    error::{Error, Result},
};

/// A question with its answer, if there is one.
#[derive(Debug, Clone)]
pub struct Question {
    pub code: String,
    pub texte: String,
    pub codes: Vec<String>,
    /// Code of the answer, or nothing.
    pub reponse: String,
}

/// A mission of the period, ticked or not.
#[derive(Debug, Clone)]
pub struct Mission {
    pub mission_id: i64,
    pub intitule: String,
    pub visee: bool,
}

/// Everything that is asked and answered.
#[derive(Debug, Clone)]
pub struct Feuille {
    pub questionnaire: &'static Questionnaire,
    /// What the missions serve; the others.
    pub premieres: Vec<Question>,
    pub autres: Vec<Question>,
    pub missions: Vec<Mission>,
    pub remarque: String,
}

/// Longest remark.
pub const REMARQUE: usize = 2000;

impl Feuille {
    /// The blank sheet of a period.
    pub async fn vierge(db: &mut Db, edition: &str, periode_id: i64) -> Result<Self> {
        let questionnaire = Questionnaire::de(edition).ok_or_else(|| {
            Error::Refused(
                "Aucune question au tuteur n’est écrite pour ce référentiel. Demandez-lui son avis de vive voix."
                    .into(),
            )
        })?;
        let lignes = sqlx::query!(
            "select mission_id, intitule, codes from livret.mission
              where etablissement_id = livret.ici() and periode_id = $1 and not retiree order by mission_id",
            periode_id
        )
        .fetch_all(&mut **db)
        .await?;
        let codes: Vec<String> = lignes.iter().flat_map(|l| l.codes.clone()).collect();
        let (premieres, autres) = questionnaire.partage(&codes);
        let question = |e: &super::enonce::Enonce| Question {
            code: e.code.clone(),
            texte: e.texte.clone(),
            codes: e.codes.clone(),
            reponse: String::new(),
        };
        let missions = lignes
            .into_iter()
            .map(|l| Mission { mission_id: l.mission_id, intitule: l.intitule, visee: false })
            .collect();
        Ok(Self {
            questionnaire,
            premieres: premieres.into_iter().map(question).collect(),
            autres: autres.into_iter().map(question).collect(),
            missions,
            remarque: String::new(),
        })
    }

    pub fn questions(&self) -> impl Iterator<Item = &Question> {
        self.premieres.iter().chain(&self.autres)
    }

    /// How many were answered.
    pub fn repondues(&self) -> usize {
        self.questions().filter(|q| !q.reponse.is_empty()).count()
    }

    /// Says what a form says: `e-CODE`, `m-NUMBER`, `remarque`. What it does not name is as before, but for the boxes.
    ///
    /// # Errors
    /// An answer that is none, or a remark too long.
    pub fn remplir(&mut self, champs: &BTreeMap<String, String>) -> Result<()> {
        let questionnaire = self.questionnaire;
        for q in self.premieres.iter_mut().chain(&mut self.autres) {
            if let Some(dit) = champs.get(&format!("e-{}", q.code)) {
                if !dit.is_empty() && questionnaire.reponse(dit).is_none() {
                    return Err(Error::Unreadable);
                }
                q.reponse.clone_from(dit);
            }
        }
        for m in &mut self.missions {
            m.visee = champs.contains_key(&format!("m-{}", m.mission_id));
        }
        if let Some(dit) = champs.get("remarque") {
            self.remarque = remarque(dit)?;
        }
        Ok(())
    }

    /// Subject and words of everything that can be said, in order.
    fn dits(&self) -> Vec<(&'static str, String, String)> {
        let mut dits: Vec<_> =
            self.questions().map(|q| ("enonce", q.code.clone(), q.reponse.clone())).collect();
        for m in &self.missions {
            let vue = if m.visee { "vue" } else { "" };
            dits.push(("mission", m.mission_id.to_string(), vue.to_owned()));
        }
        dits.push(("remarque", String::new(), self.remarque.clone()));
        dits
    }

    /// What is signed: every answer with the words that were read, the missions ticked, the remark.
    pub fn contenu(&self) -> serde_json::Value {
        let dite = |q: &Question| {
            let reponse = self.questionnaire.reponse(&q.reponse)?;
            Some(serde_json::json!({
                "enonce": q.code, "texte": q.texte, "codes": q.codes, "reponse": reponse.code, "intitule": reponse.intitule,
            }))
        };
        let visees = self.missions.iter().filter(|m| m.visee);
        let visees: Vec<_> = visees
            .map(|m| serde_json::json!({ "mission": m.mission_id.to_string(), "intitule": m.intitule }))
            .collect();
        serde_json::json!({
            "reponses": self.questions().filter_map(dite).collect::<Vec<_>>(), "missions": visees, "remarque": self.remarque,
        })
    }
}

fn remarque(dit: &str) -> Result<String> {
    let dit = dit.replace("\r\n", "\n").trim().to_owned();
    let longueur = dit.chars().count();
    if longueur > REMARQUE {
        return Err(Error::Refused(format!(
            "Votre remarque compte {longueur} caractères\u{a0}: {REMARQUE} au plus. Revenez en arrière pour la raccourcir, rien n’est perdu."
        )));
    }
    Ok(dit)
}

impl Tuteur {
    /// My sheet, with what I answered so far.
    pub async fn feuille(&self, db: &mut Db) -> Result<Feuille> {
        let mut feuille = Feuille::vierge(db, &self.edition, self.periode_id).await?;
        let dites = sqlx::query!(
            "select distinct on (genre, sujet) genre, sujet, dit from livret.reponse
              where etablissement_id = livret.ici() and periode_id = $1 and tuteur_id = $2
              order by genre, sujet, reponse_id desc",
            self.periode_id,
            self.tuteur_id
        )
        .fetch_all(&mut **db)
        .await?;
        for d in dites {
            let question = feuille.premieres.iter_mut().chain(&mut feuille.autres);
            match d.genre.as_str() {
                "enonce" => {
                    question
                        .filter(|q| q.code == d.sujet)
                        .for_each(|q| q.reponse.clone_from(&d.dit));
                }
                "mission" => feuille
                    .missions
                    .iter_mut()
                    .filter(|m| m.mission_id.to_string() == d.sujet)
                    .for_each(|m| m.visee = !d.dit.is_empty()),
                _ => feuille.remarque = d.dit,
            }
        }
        Ok(feuille)
    }

    /// Keeps one tap. The same sending twice is one.
    ///
    /// # Errors
    /// A subject or an answer that is not on the page, a remark too long.
    pub async fn repondre(
        &self,
        db: &mut Db,
        (genre, sujet, dit): (&str, &str, &str),
        cle: Uuid,
    ) -> Result<()> {
        let feuille = self.feuille(db).await?;
        let dit = match genre {
            "enonce" if feuille.questions().any(|q| q.code == sujet) => {
                feuille.questionnaire.reponse(dit).map(|r| r.code.clone())
            }
            "mission" if feuille.missions.iter().any(|m| m.mission_id.to_string() == sujet) => {
                Some(if dit.is_empty() { String::new() } else { "vue".to_owned() })
            }
            "remarque" if sujet.is_empty() => Some(remarque(dit)?),
            _ => None,
        };
        let dit = dit.filter(|_| !cle.is_nil()).ok_or(Error::Unreadable)?;
        self.garder(db, &[(genre, sujet.to_owned(), dit)], cle).await
    }

    /// Keeps what a whole form says, where it says something new.
    pub async fn tout_repondre(
        &self,
        db: &mut Db,
        champs: &BTreeMap<String, String>,
        cle: Uuid,
    ) -> Result<Feuille> {
        let avant = self.feuille(db).await?;
        let mut apres = avant.clone();
        apres.remplir(champs)?;
        let connu = avant.dits();
        let neufs: Vec<_> = apres.dits().into_iter().filter(|d| !connu.contains(d)).collect();
        self.garder(db, &neufs, cle).await?;
        Ok(apres)
    }

    async fn garder(&self, db: &mut Db, dits: &[(&str, String, String)], cle: Uuid) -> Result<()> {
        let le = db.le;
        for (genre, sujet, dit) in dits {
            let cle = Uuid::new_v5(&cle, format!("{genre}/{sujet}").as_bytes());
            sqlx::query!(
                "insert into livret.reponse (etablissement_id, periode_id, etudiant_id, tuteur_id, genre, sujet, dit, le, cle)
                 values (livret.ici(), $1, $2, $3, $4, $5, $6, $7, $8)
                 on conflict on constraint une_reponse_par_cle do nothing",
                self.periode_id, self.etudiant_id, self.tuteur_id, *genre, sujet, dit, le, cle
            )
            .execute(&mut **db)
            .await?;
        }
        Ok(())
    }
}
