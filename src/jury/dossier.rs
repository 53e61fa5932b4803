//! Everything that leaves for the jury, as one plain value: documents are made of it and ask nothing more.
use serde::{Serialize, Serializer};
use time::Date;

use crate::{
    app::Db,
    error::Result,
    journal,
    referentiel::{self, Edition},
};

/// A promotion, or one candidate of it, at one moment of the journal.
#[derive(Debug, Clone, Serialize)]
pub struct Dossier {
    pub etablissement: String,
    pub uai: String,
    pub promotion: String,
    pub annee_examen: i32,
    pub diplome: String,
    pub edition: String,
    /// « 24 novembre 2026 à 14:05 », in the school's own time.
    pub edite_le: String,
    /// The same day, for the document's own date: year, month, day.
    pub jour: (i32, u8, u8),
    pub edite_par: String,
    /// A demonstration: printed on every page.
    pub fictif: bool,
    /// Candidates are called by their numbers alone.
    pub anonyme: bool,
    pub temoin: Temoin,
    /// The rule that proposes the levels: its name, then who chose it and what it does.
    pub regle: String,
    pub regle_en_mots: String,
    /// Months after which a level is « à rafraîchir ».
    pub fraicheur: i32,
    /// The official scale, lowest first.
    pub legende: Vec<Niveau>,
    pub candidats: Vec<Candidat>,
}

/// Where the journal stood: the printed paper is its witness.
#[derive(Debug, Clone, Serialize)]
pub struct Temoin {
    pub seq: i64,
    /// 64 hexadecimal digits.
    pub empreinte: String,
    pub cle_id: String,
}

impl From<journal::Temoin> for Temoin {
    fn from(t: journal::Temoin) -> Self {
        Self { seq: t.seq, empreinte: hex::encode(t.empreinte), cle_id: t.cle_id }
    }
}

/// The levels that count, as a document explains them.
pub fn legende(edition: &Edition) -> Vec<Niveau> {
    let niveau =
        |n: &referentiel::Niveau| Niveau { code: n.code.clone(), intitule: n.intitule.clone() };
    edition.echelle().map(niveau).collect()
}

/// A day, as a document has it for its own date: year, month, day.
pub fn jour_du_document(le: Date) -> (i32, u8, u8) {
    (le.year(), u8::from(le.month()), le.day())
}

/// The school, as a document names it.
pub struct Ecole {
    pub uai: String,
    pub fictif: bool,
}

pub async fn ecole(db: &mut Db) -> Result<Ecole> {
    Ok(sqlx::query_as!(
        Ecole,
        "select uai, fictif from livret.etablissement where etablissement_id = livret.ici()"
    )
    .fetch_one(&mut **db)
    .await?)
}

#[derive(Debug, Clone, Serialize)]
pub struct Niveau {
    pub code: String,
    pub intitule: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct Candidat {
    #[serde(skip)]
    pub id: i64,
    /// As every document calls her: « ÉTIENNE Zoé », or her number alone.
    pub appel: String,
    /// Empty where names are left out.
    pub nom: String,
    pub prenom: String,
    pub numero: Option<String>,
    /// Her place among all who were ever of the promotion, by the order in which they came: it never changes.
    pub place: i64,
    /// How she comes to the exam; nothing where no rules are known.
    pub voie: Option<String>,
    pub stages: Vec<Stage>,
    /// « 12 semaines sur 16 ».
    pub duree: Option<String>,
    /// The sheets that the team keeps.
    pub fiches: Vec<Fiche>,
    /// « arrêté le 12 mai 2027 à 17:40 · empreinte 7F3A 91C0 55E2 08AB (ligne 812 du journal) », once it is.
    pub arret: Option<String>,
    pub blocs: Vec<Bloc>,
    pub preuves: Vec<Preuve>,
    /// Sous-compétences without any level.
    pub jamais: usize,
}

impl Candidat {
    /// Every line of hers, in the official order, with its bloc and its compétence.
    pub fn lignes(&self) -> impl Iterator<Item = (&Bloc, &Competence, &Ligne)> {
        self.blocs.iter().flat_map(|b| {
            b.competences
                .iter()
                .flat_map(move |c| c.sous_competences.iter().map(move |l| (b, c, l)))
        })
    }
}

/// A period in an organisation.
#[derive(Debug, Clone, Serialize)]
pub struct Stage {
    pub organisation: String,
    pub ville: String,
    /// « du 4 janvier 2027 au 29 janvier 2027 ».
    pub dates: String,
    /// « 20 jours »; nothing where no rules say what a day is.
    pub jours: Option<String>,
    pub etat: &'static str,
}

/// A sheet that the team keeps.
#[derive(Debug, Clone, Serialize)]
pub struct Fiche {
    /// « Fiche E4 n° 1 ».
    pub appel: String,
    pub titre: String,
    /// « retenue, visée ».
    pub etat: String,
}

#[derive(Debug, Clone, Serialize)]
pub struct Bloc {
    pub code: String,
    pub intitule: String,
    /// « 7 sur 11 en S ou TS »: counts, never an average.
    pub resume: String,
    pub competences: Vec<Competence>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Competence {
    pub code: String,
    pub intitule: String,
    pub sous_competences: Vec<Ligne>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Ligne {
    pub code: String,
    pub intitule: String,
    pub criteres: Vec<String>,
    /// What the team settled on, else what the rule proposes.
    pub niveau: Option<String>,
    /// What the rule proposes, and why.
    pub propose: Option<String>,
    pub explication: Option<String>,
    /// What the team settled on: « arrêté par Mme MARTIN le 12 mai 2027, proposé : S ».
    pub arrete: Option<String>,
    pub decision: Option<String>,
    /// What she last said of herself.
    pub soi: Option<String>,
    /// Nothing was lived for long.
    pub ancienne: bool,
    /// Situations that have a level.
    pub situations: usize,
    pub contextes: Vec<String>,
    /// Date of the latest situation, not of its entry.
    #[serde(serialize_with = "jour")]
    pub derniere: Option<Date>,
    pub evaluateurs: Vec<String>,
    pub remarque: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Preuve {
    pub titre: String,
    pub date: String,
    pub contexte: String,
    /// Lived at a company.
    pub entreprise: bool,
    pub organisation: Option<String>,
    pub codes: Vec<String>,
    pub fichiers: usize,
}

#[expect(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "serde gives it so")]
fn jour<S: Serializer>(date: &Option<Date>, s: S) -> std::result::Result<S::Ok, S::Error> {
    match date {
        Some(date) => s.serialize_some(&crate::date::courte(date)),
        None => s.serialize_none(),
    }
}
