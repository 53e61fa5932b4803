//! The journal replayed: what each livret held after any of its lines. `livret verifier` and the pages of the past share it.
use std::collections::BTreeMap;

use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::Ligne;
use crate::date;

/// What a line says, without its seals.
#[derive(Debug, Clone)]
pub struct Fait {
    pub seq: i64,
    pub le: OffsetDateTime,
    pub acteur_id: i64,
    pub genre: String,
    pub etudiant_id: Option<i64>,
    pub edition_id: Option<Uuid>,
    pub code: Option<String>,
    pub situation_id: Option<i64>,
    pub preuve_id: Option<i64>,
    pub vers: Option<String>,
    pub vecu_le: Option<Date>,
    pub contenu: serde_json::Value,
}

impl From<&Ligne> for Fait {
    fn from(l: &Ligne) -> Self {
        Self {
            seq: l.seq,
            le: l.le,
            acteur_id: l.acteur_id,
            genre: l.genre.clone(),
            etudiant_id: l.etudiant_id,
            edition_id: l.edition_id,
            code: l.code.clone(),
            situation_id: l.situation_id,
            preuve_id: l.preuve_id,
            vers: l.vers.clone(),
            vecu_le: l.vecu_le,
            contenu: l.contenu.clone(),
        }
    }
}

impl Fait {
    fn dit(&self, champ: &str) -> Option<&str> {
        self.contenu[champ].as_str()
    }

    /// A number that this line names: another line, a promotion.
    fn ligne(&self, champ: &str) -> Option<i64> {
        self.dit(champ)?.parse().ok()
    }
}

/// Student, edition, code, situation.
pub type Cle = (i64, Uuid, String, i64);
/// Student, edition, code.
pub type CleDecision = (i64, Uuid, String);

/// What a cell holds in one situation.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Case {
    pub niveau: Option<String>,
    pub par: i64,
    pub version: i64,
    pub vecu_le: Option<Date>,
    pub preuve_id: Option<i64>,
    pub remarque: String,
}

/// The level that the team settled on; `None` once it is withdrawn.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Decision {
    pub niveau: Option<String>,
    pub propose: Option<String>,
    pub motif: String,
    pub par: i64,
    pub version: i64,
}

/// An occasion as it was said to be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Occasion {
    pub titre: String,
    pub contexte: String,
    pub visible_le: Option<Date>,
}

/// A livret that was stopped.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Arret {
    pub version: i64,
    pub arrete_le: OffsetDateTime,
    pub par: i64,
    pub empreinte: Option<Vec<u8>>,
    pub leve_version: Option<i64>,
}

/// A reopening that somebody asked for, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Reouverture {
    pub version: i64,
    pub arret: i64,
    pub motif: String,
    pub par: i64,
    pub etat: String,
    pub close_par: Option<i64>,
    pub close_version: Option<i64>,
}

/// How a promotion chose that levels are proposed.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Choisie {
    pub regle: String,
    pub n: Option<i32>,
    pub fraicheur: i32,
    pub par: i64,
    pub choisie_le: OffsetDateTime,
}

/// Everything that the lines read so far add up to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rejeu {
    pub cases: BTreeMap<Cle, Case>,
    pub decisions: BTreeMap<CleDecision, Decision>,
    /// Of each student, oldest first.
    pub arrets: BTreeMap<i64, Vec<Arret>>,
    pub reouvertures: BTreeMap<i64, Vec<Reouverture>>,
    pub situations: BTreeMap<i64, Occasion>,
    /// By promotion and line of the journal.
    pub regles: BTreeMap<(i64, i64), Choisie>,
}

impl Rejeu {
    /// One line more.
    pub fn suivre(&mut self, f: &Fait) {
        match f.genre.as_str() {
            "ouvrir_situation" => self.situer(f),
            "corriger_situation" => {
                self.situer(f);
                let siennes =
                    self.cases.iter_mut().filter(|(cle, _)| Some(cle.3) == f.situation_id);
                siennes.for_each(|(_, case)| case.vecu_le = f.vecu_le);
            }
            "positionner" | "annuler" => self.positionner(f),
            "valider" | "retirer_validation" => self.decider(f),
            "arreter_livret" => self.arreter(f),
            "demander_reouverture" => self.demander(f),
            "confirmer_reouverture" => self.clore(f, "confirmee"),
            "ecarter_reouverture" => self.clore(f, "ecartee"),
            "choisir_regle" => self.choisir(f),
            _ => {}
        }
    }

    fn situer(&mut self, f: &Fait) {
        let Some(id) = f.situation_id else { return };
        let dit = |champ| f.dit(champ).unwrap_or_default().to_owned();
        let visible_le = f.dit("visible_le").and_then(date::lire);
        let occasion = Occasion { titre: dit("titre"), contexte: dit("contexte"), visible_le };
        self.situations.insert(id, occasion);
    }

    fn positionner(&mut self, f: &Fait) {
        let (Some(etudiant), Some(edition), Some(code), Some(situation)) =
            (f.etudiant_id, f.edition_id, &f.code, f.situation_id)
        else {
            return;
        };
        let cle = (etudiant, edition, code.clone(), situation);
        // An empty cell keeps the remark, unseen; « garde » says that the level keeps it too.
        let garde = f.vers.is_none() || f.contenu["garde"] == true;
        let avant = self.cases.get(&cle).map(|c| c.remarque.clone()).unwrap_or_default();
        let dite = f.dit("remarque").unwrap_or_default().to_owned();
        let case = Case {
            niveau: f.vers.clone(),
            par: f.acteur_id,
            version: f.seq,
            vecu_le: f.vecu_le,
            preuve_id: f.preuve_id,
            remarque: if garde { avant } else { dite },
        };
        self.cases.insert(cle, case);
    }

    fn decider(&mut self, f: &Fait) {
        if let (Some(etudiant), Some(edition), Some(code)) = (f.etudiant_id, f.edition_id, &f.code)
        {
            let decision = Decision {
                niveau: f.vers.clone(),
                propose: f.dit("propose").map(str::to_owned),
                motif: f.dit("motif").unwrap_or_default().to_owned(),
                par: f.acteur_id,
                version: f.seq,
            };
            self.decisions.insert((etudiant, edition, code.clone()), decision);
        }
    }

    fn arreter(&mut self, f: &Fait) {
        let Some(etudiant) = f.etudiant_id else { return };
        self.arrets.entry(etudiant).or_default().push(Arret {
            version: f.seq,
            arrete_le: f.le,
            par: f.acteur_id,
            empreinte: f.dit("empreinte").and_then(|e| hex::decode(e).ok()),
            leve_version: None,
        });
    }

    fn demander(&mut self, f: &Fait) {
        if let (Some(etudiant), Some(arret)) = (f.etudiant_id, f.ligne("arret")) {
            self.reouvertures.entry(etudiant).or_default().push(Reouverture {
                version: f.seq,
                arret,
                motif: f.dit("motif").unwrap_or_default().to_owned(),
                par: f.acteur_id,
                etat: "attente".to_owned(),
                close_par: None,
                close_version: None,
            });
        }
    }

    fn clore(&mut self, f: &Fait, etat: &str) {
        let (Some(etudiant), Some(demande)) = (f.etudiant_id, f.ligne("demande")) else { return };
        let siennes = self.reouvertures.entry(etudiant).or_default();
        let Some(r) = siennes.iter_mut().find(|r| r.version == demande) else { return };
        etat.clone_into(&mut r.etat);
        (r.close_par, r.close_version) = (Some(f.acteur_id), Some(f.seq));
        if etat == "confirmee" {
            let arret = r.arret;
            let arrets = self.arrets.entry(etudiant).or_default();
            let leves = arrets.iter_mut().filter(|a| a.version == arret);
            leves.for_each(|a| a.leve_version = Some(f.seq));
        }
    }

    fn choisir(&mut self, f: &Fait) {
        let entier = |champ: &str| f.contenu[champ].as_i64().and_then(|n| i32::try_from(n).ok());
        let Some(promotion) = f.ligne("promotion") else { return };
        let choisie = Choisie {
            regle: f.dit("regle").unwrap_or_default().to_owned(),
            n: entier("n"),
            fraicheur: entier("fraicheur").unwrap_or_default(),
            par: f.acteur_id,
            choisie_le: f.le,
        };
        self.regles.insert((promotion, f.seq), choisie);
    }

    /// The cells of one student, in the order of the statements.
    pub fn cases_de(&self, etudiant: i64) -> impl Iterator<Item = (&Cle, &Case)> {
        let debut = (etudiant, Uuid::nil(), String::new(), i64::MIN);
        self.cases.range(debut..).take_while(move |(cle, _)| cle.0 == etudiant)
    }

    pub fn decisions_de(&self, etudiant: i64) -> impl Iterator<Item = (&CleDecision, &Decision)> {
        let debut = (etudiant, Uuid::nil(), String::new());
        self.decisions.range(debut..).take_while(move |(cle, _)| cle.0 == etudiant)
    }

    /// What stops this livret, if anything does.
    pub fn arret_de(&self, etudiant: i64) -> Option<&Arret> {
        self.arrets.get(&etudiant)?.iter().rfind(|a| a.leve_version.is_none())
    }
}
