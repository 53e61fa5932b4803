//! Evidence: what was done, where, when, and the sous-compétences that it shows.
mod acte;
pub mod depot;
pub mod equipe;
pub mod fichier;
pub mod pages;
mod recherche;
pub mod version;

use time::{Date, PrimitiveDateTime};
use uuid::Uuid;

use crate::{
    app::Db,
    error::{Error, Result},
    etudiant::Etudiant,
};

pub use acte::de_la_cle;
pub use fichier::{Fichier, attacher, fichiers_de};

/// What is recorded, checked.
#[derive(Debug, Clone)]
pub struct Depot {
    pub titre: String,
    pub texte: String,
    pub contexte: String,
    pub organisation: Option<String>,
    /// With whom, in her words.
    pub avec: String,
    pub vecue_le: Date,
    pub jusqu_au: Option<Date>,
    pub declaration: Declaration,
    pub liens: Vec<String>,
    pub codes: Vec<String>,
    pub savoirs: Vec<String>,
    /// Files that were received before, by their numbers.
    pub fichiers: Vec<i64>,
    /// Team mates, who say their own part.
    pub equipe: Vec<i64>,
    /// The author's own part, when there is a team.
    pub part: String,
    pub cle: Uuid,
}

/// What its author declares of a preuve.
#[derive(Debug, Clone, Default)]
pub struct Declaration {
    /// Really lived (true) or simulated. Annexe VII-1 asks it of the sheets that come out of it.
    pub reelle: Option<bool>,
    /// One of `IA`.
    pub ia: Option<String>,
    pub ia_precision: String,
    /// Somebody can be recognised, and agreed in writing.
    pub personnes: bool,
    /// The company's own: not to be spread.
    pub confidentiel: bool,
}

/// What was asked of a machine that writes.
pub const IA: [(&str, &str); 3] = [
    ("aucun", "Sans IA"),
    ("aide", "Aide d’une IA à la rédaction"),
    ("repris", "Produit par une IA, puis retravaillé"),
];

/// A preuve as it is read.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "a row: each is a fact of its own")]
pub struct Preuve {
    pub etudiant_id: i64,
    pub preuve_id: i64,
    pub situation_id: i64,
    pub titre: String,
    pub texte: String,
    pub contexte: String,
    pub organisation: Option<String>,
    pub avec: String,
    pub vecue_le: Date,
    pub jusqu_au: Option<Date>,
    pub reelle: Option<bool>,
    pub ia: Option<String>,
    pub ia_precision: String,
    pub personnes: bool,
    pub confidentiel: bool,
    pub par: String,
    pub par_id: i64,
    pub deposee_le: PrimitiveDateTime,
    pub version: i64,
    /// This student said that she was in it; else a team mate named her and she has not answered.
    pub acceptee: bool,
    /// A level cites it.
    pub jugee: bool,
    /// Where her latest demande stands.
    pub demande: Option<String>,
    /// Her demandes whose answer she has not read.
    pub a_lire: Vec<i64>,
    pub codes: Vec<String>,
    pub savoirs: Vec<String>,
    pub liens: Vec<String>,
    pub fichiers: Vec<String>,
}

impl Preuve {
    /// What is declared of it, in words; what was not asked is not said.
    pub fn declarations(&self) -> Vec<String> {
        let reelle =
            self.reelle.map(|r| if r { "Activité réellement vécue" } else { "Activité simulée" });
        let ia = self.ia.as_ref().and_then(|ia| IA.iter().find(|i| i.0 == ia)).map(|i| {
            if self.ia_precision.is_empty() {
                i.1.to_owned()
            } else {
                format!("{}\u{a0}: {}", i.1, self.ia_precision)
            }
        });
        let personnes =
            self.personnes.then_some("Personnes reconnaissables, avec leur accord écrit");
        let confidentiel =
            self.confidentiel.then_some("Document d’entreprise\u{a0}: ne pas diffuser");
        let dites = [reelle.map(str::to_owned), ia, personnes.map(str::to_owned)];
        dites.into_iter().chain([confidentiel.map(str::to_owned)]).flatten().collect()
    }
}

/// The words of the state of a demande, as people read them.
pub fn etat(code: &str) -> &'static str {
    match code {
        "attente" => "Envoyée, en attente de réponse",
        "validee" => "Positionnée",
        "complement" => "Complément demandé",
        "refusee" => "Non validée",
        "retiree" => "Retirée",
        _ => "",
    }
}

/// The preuves of these students, latest first; only that one when it is named. A team's is that of each who said so,
/// and waits for an answer in the pages of who did not.
pub async fn preuves_de(
    db: &mut Db,
    etudiants: &[Etudiant],
    seule: Option<i64>,
) -> Result<Vec<Preuve>> {
    let etudiants: Vec<i64> = etudiants.iter().map(Etudiant::id).collect();
    lire(db, &etudiants, seule, "", i64::MAX).await
}

/// The same, by what their text says when words are given: without accents nor endings.
async fn lire(
    db: &mut Db,
    etudiants: &[i64],
    seule: Option<i64>,
    mots: &str,
    combien: i64,
) -> Result<Vec<Preuve>> {
    Ok(sqlx::query_file_as!(Preuve, "src/preuve/lecture.sql", etudiants, seule, mots, combien)
        .fetch_all(&mut **db)
        .await?)
}

impl Etudiant {
    /// Her preuves, latest first; only that one when it is named. What is not hers does not exist.
    pub async fn preuves(&self, db: &mut Db, seule: Option<i64>) -> Result<Vec<Preuve>> {
        lire(db, &[self.etudiant_id], seule, "", i64::MAX).await
    }

    pub async fn preuve(&self, db: &mut Db, id: i64) -> Result<Preuve> {
        self.preuves(db, Some(id)).await?.pop().ok_or(Error::NotFound)
    }
}
