//! The exam that a promotion prepares: its rules, how each student sits it, and until when each file is handed in.
mod acte;
pub mod pages;
mod reglement;

use std::collections::BTreeMap;

use time::Date;

use crate::{app::Db, date, error::Result, referentiel::Edition};

pub use acte::{Depot, Refus, Voulue};
pub use reglement::{Dossier, Motif, Par, Reglement, Voie};

/// How a student sits the exam.
#[derive(Debug, Clone)]
pub struct Candidature {
    pub voie: &'static Voie,
    pub numero: Option<String>,
    /// Line of the journal that said it last: 0 when nobody did.
    pub version: i64,
}

/// The last day to hand in the file of an épreuve.
#[derive(Debug, Clone)]
pub struct Echeance {
    pub dossier: &'static Dossier,
    /// Nothing while the académie has not said it.
    pub le: Option<Date>,
    pub version: i64,
}

impl Echeance {
    /// Days from `jour` to the last one: 0 on that day, negative when it is over.
    pub fn reste(&self, jour: Date) -> Option<i64> {
        self.le.map(|le| (le - jour).whole_days())
    }
}

/// A last day of deposit, in words.
#[derive(Debug, Clone)]
pub struct Limite {
    pub epreuve: &'static str,
    pub intitule: &'static str,
    /// « 31 mars 2027 ».
    pub le: String,
    /// « dans 12 jours », « aujourd’hui », « passée ».
    pub reste: String,
    /// Over a week away: said, not pressing.
    pub proche: bool,
}

/// Days before a last day from which it presses.
const PROCHE: i64 = 7;

/// The exam of a promotion, as its session's rules have it.
#[derive(Debug)]
pub struct Examen {
    pub promotion_id: i64,
    /// Year of the exam.
    pub session: i32,
    pub reglement: &'static Reglement,
    pub echeances: Vec<Echeance>,
    candidatures: BTreeMap<i64, Candidature>,
}

impl Examen {
    /// How this student sits it; the usual way when nobody said.
    pub fn candidature(&self, etudiant_id: i64) -> Candidature {
        let usuelle =
            || Candidature { voie: self.reglement.voie_usuelle(), numero: None, version: 0 };
        self.candidatures.get(&etudiant_id).cloned().unwrap_or_else(usuelle)
    }

    /// The last days that are known, the nearest first.
    pub fn limites(&self, jour: Date) -> Vec<Limite> {
        let mut dites: Vec<&Echeance> = self.echeances.iter().filter(|e| e.le.is_some()).collect();
        dites.sort_by_key(|e| e.le);
        let limite = |e: &Echeance| {
            Some(Limite {
                epreuve: &e.dossier.epreuve,
                intitule: &e.dossier.intitule,
                le: date::longue(e.le.as_ref()?),
                reste: compte_a_rebours(e.reste(jour)),
                proche: e.reste(jour).is_some_and(|n| (0..=PROCHE).contains(&n)),
            })
        };
        dites.into_iter().filter_map(limite).collect()
    }

    pub fn echeance(&self, epreuve: &str) -> Option<&Echeance> {
        self.echeances.iter().find(|e| e.dossier.epreuve == epreuve)
    }
}

/// « dans 12 jours », « aujourd’hui », « passée ».
pub(crate) fn compte_a_rebours(reste: Option<i64>) -> String {
    match reste {
        None => "date à fixer".into(),
        Some(0) => "aujourd’hui".into(),
        Some(n) if n < 0 => "passée".into(),
        Some(n) => format!("dans {}", date::nombre(n, "jour", "jours")),
    }
}

/// The exam of a promotion that one may see: nothing where no rules are known for its session. A student's transaction
/// finds her own candidature only.
pub async fn lire(db: &mut Db, promotion_id: i64, edition: &Edition) -> Result<Option<Examen>> {
    let lignes = sqlx::query!(
        r#"select p.annee_examen, e.epreuve as "epreuve?", e.le, e.version as "version?"
             from livret.promotion p left join livret.echeance e using (etablissement_id, promotion_id)
            where p.etablissement_id = livret.ici() and p.promotion_id = $1"#,
        promotion_id
    )
    .fetch_all(&mut **db)
    .await?;
    let Some(session) = lignes.first().map(|l| l.annee_examen) else { return Ok(None) };
    let Some(reglement) = Reglement::de(&edition.code, session) else { return Ok(None) };
    let echeance = |dossier: &'static Dossier| {
        let dite = lignes.iter().find(|l| l.epreuve.as_deref() == Some(&dossier.epreuve));
        let version = dite.and_then(|l| l.version).unwrap_or(0);
        Echeance { dossier, le: dite.and_then(|l| l.le), version }
    };
    let echeances = reglement.dossiers.iter().map(echeance).collect();
    let dites = sqlx::query!(
        "select etudiant_id, voie, numero, version from livret.candidature
          where etablissement_id = livret.ici() and promotion_id = $1",
        promotion_id
    )
    .fetch_all(&mut **db)
    .await?;
    let candidature = |voie: &str, numero, version| {
        Some(Candidature { voie: reglement.voie(voie)?, numero, version })
    };
    let candidatures = dites
        .into_iter()
        .filter_map(|l| Some((l.etudiant_id, candidature(&l.voie, l.numero, l.version)?)))
        .collect();
    Ok(Some(Examen { promotion_id, session, reglement, echeances, candidatures }))
}
