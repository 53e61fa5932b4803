//! Whether the file of a candidate would be received, and why not: pure arithmetic over what is known of it.
//!
//! Source of the five reasons: annexes V-8 and VII-6 of the national circular (session 2025). What is wrong with the
//! make-up of a file (a sheet missing, two of the same nature) is no reason to refuse it: it costs marks in the grid, and is
//! said apart.
use time::{Date, Duration, Weekday};

pub use super::verdict::{Motif, Verdict};
use crate::date;

/// A paper that proves an experience: one for each period, or one for the candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// « Boulangerie Petit, du 12 au 30 janvier 2027 ».
    pub quoi: String,
    /// Its period is over: the paper can be asked for.
    pub exigible: bool,
    pub etat: EtatPiece,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EtatPiece {
    Manquante,
    /// There, and nobody has looked at it yet.
    Deposee,
    /// A teacher looked: it is not signed.
    NonSignee,
    /// A teacher looked: something else is wrong with it.
    ARefaire,
    Controlee,
}

/// A sheet of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fiche {
    pub nature: String,
    /// The team keeps it for the file.
    pub retenue: bool,
    /// Lived, where the model asks for it.
    pub vecue: bool,
    pub signee: bool,
    pub deposee_le: Option<Date>,
}

/// What the model of an épreuve asks of its sheets.
#[derive(Debug, Clone, Copy)]
pub struct Attendu<'a> {
    pub natures: &'a [&'a str],
    pub nombre: usize,
    pub distinctes: bool,
    /// At least so many that were really lived.
    pub vecues: usize,
    /// Something else may be given in their stead, which nobody records here.
    pub remplacable: bool,
}

/// Everything that is known of the file of one épreuve of one candidate.
#[derive(Debug, Clone)]
pub struct Connu<'a> {
    pub jour: Date,
    /// Last day of deposit.
    pub echeance: Option<Date>,
    /// Days before it from which what is missing becomes a risk.
    pub alerte: i64,
    /// Days of presence that are required, done, and planned after today.
    pub requis: u32,
    pub faits: u32,
    pub prevus: u32,
    pub pieces: Vec<Piece>,
    pub attendu: Attendu<'a>,
    pub fiches: Vec<Fiche>,
}

/// What a constat is about: where it is set right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sujet {
    Depot,
    Duree,
    /// Which of the papers.
    Piece(usize),
    Fiches,
}

/// Something to do, or that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constat {
    pub verdict: Verdict,
    pub sujet: Sujet,
    /// One of the official five; nothing for what only costs marks.
    pub motif: Option<Motif>,
    /// In words, with what to do.
    pub texte: String,
}

/// All that is to say of a file, the worst first. Nothing: it would be received.
pub fn examiner(connu: &Connu) -> Vec<Constat> {
    let mut dits: Vec<Constat> = depot(connu).into_iter().collect();
    dits.extend(duree(connu));
    dits.extend(connu.pieces.iter().enumerate().filter_map(|(n, p)| piece(connu, (n, p))));
    dits.extend(signatures(connu));
    dits.extend(composition(connu));
    dits.sort_by_key(|c| (std::cmp::Reverse(c.verdict), c.motif.is_none(), c.motif));
    dits
}

pub fn verdict(constats: &[Constat]) -> Verdict {
    constats.iter().map(|c| c.verdict).max().unwrap_or(Verdict::Conforme)
}

impl Connu<'_> {
    /// What is missing is a risk once the last day is near, or over.
    fn presse(&self) -> Verdict {
        let reste = self.echeance.map(|le| (le - self.jour).whole_days());
        match reste {
            Some(n) if n <= self.alerte => Verdict::RisqueNv,
            _ => Verdict::ACompleter,
        }
    }

    /// The file is there from its first sheet on: what comes after is a supplement.
    fn depose_le(&self) -> Option<Date> {
        self.fiches.iter().filter_map(|f| f.deposee_le).min()
    }

    /// She writes no sheet, and may give something else.
    fn sans_fiche(&self) -> bool {
        self.attendu.remplacable && self.fiches.is_empty()
    }

    /// Working days from tomorrow to the last day, both counted.
    fn ouvres(&self) -> Option<i64> {
        let fin = self.echeance?;
        let mut ouvres = 0;
        let mut jour = self.jour;
        while jour < fin {
            jour += Duration::days(1);
            if !matches!(jour.weekday(), Weekday::Saturday | Weekday::Sunday) {
                ouvres += 1;
            }
        }
        Some(ouvres)
    }
}

fn constat(verdict: Verdict, (sujet, motif): (Sujet, Motif), texte: String) -> Constat {
    Constat { verdict, sujet, motif: Some(motif), texte }
}

fn depot(connu: &Connu) -> Option<Constat> {
    let constat = |verdict, motif, texte| constat(verdict, (Sujet::Depot, motif), texte);
    match (connu.depose_le(), connu.echeance) {
        (Some(le), Some(fin)) if le > fin => Some(constat(
            Verdict::RisqueNv,
            Motif::DepotTardif,
            format!(
                "Dossier déposé le {}, après le dernier jour ({}).",
                date::longue(&le),
                date::longue(&fin)
            ),
        )),
        (Some(_), _) => None,
        // What stands for the sheets leaves no trace here: nothing says that the file was not handed in.
        (None, Some(fin)) if connu.jour > fin && connu.sans_fiche() => Some(constat(
            Verdict::ACompleter,
            Motif::AbsenceDepot,
            format!(
                "Dernier jour de dépôt passé (le {})\u{a0}: vérifiez que ce qui remplace les fiches a été déposé.",
                date::longue(&fin)
            ),
        )),
        (None, Some(fin)) if connu.jour > fin => Some(constat(
            Verdict::RisqueNv,
            Motif::AbsenceDepot,
            format!("Aucun dossier déposé\u{a0}: le dernier jour était le {}.", date::longue(&fin)),
        )),
        (None, Some(fin)) => Some(constat(
            Verdict::ACompleter,
            Motif::AbsenceDepot,
            format!("Dossier à déposer au plus tard le {}.", date::longue(&fin)),
        )),
        (None, None) => Some(constat(
            Verdict::ACompleter,
            Motif::AbsenceDepot,
            "Dossier à déposer\u{a0}; la date n’est pas encore fixée.".into(),
        )),
    }
}

/// Too few days: a risk once the days that remain before the last one can no longer make them.
fn duree(connu: &Connu) -> Option<Constat> {
    let total = connu.faits + connu.prevus;
    if connu.faits >= connu.requis {
        return None;
    }
    let constat = |verdict, texte| constat(verdict, (Sujet::Duree, Motif::Duree), texte);
    let jours = |n: u32| date::nombre(i64::from(n), "jour", "jours");
    if total >= connu.requis {
        let reste = connu.requis - connu.faits;
        let texte = format!("Stage en cours\u{a0}: encore {} à faire, prévus.", jours(reste));
        return Some(constat(Verdict::ACompleter, texte));
    }
    let manque = connu.requis - total;
    let impossible = connu.ouvres().is_some_and(|n| n < i64::from(manque + connu.prevus));
    let verdict = if impossible { Verdict::RisqueNv } else { Verdict::ACompleter };
    let suite = if impossible {
        "le temps qui reste avant le dépôt n’y suffit plus. Demandez un aménagement."
    } else {
        "prévoyez une autre période."
    };
    let texte = format!("Il manque {} de stage\u{a0}: {suite}", jours(manque));
    Some(constat(verdict, texte))
}

fn piece(connu: &Connu, (n, piece): (usize, &Piece)) -> Option<Constat> {
    if !piece.exigible && piece.etat == EtatPiece::Manquante {
        return None; // asked for at the end of its period
    }
    let quoi = &piece.quoi;
    let (verdict, motif, texte) = match piece.etat {
        EtatPiece::Controlee => return None,
        EtatPiece::Manquante => {
            (connu.presse(), Motif::Attestation, format!("{quoi}\u{a0}: pièce manquante."))
        }
        EtatPiece::ARefaire => {
            (connu.presse(), Motif::Attestation, format!("{quoi}\u{a0}: pièce à refaire."))
        }
        EtatPiece::NonSignee => {
            (connu.presse(), Motif::Signature, format!("{quoi}\u{a0}: pièce non signée."))
        }
        EtatPiece::Deposee => (
            Verdict::ACompleter,
            Motif::Attestation,
            format!("{quoi}\u{a0}: pièce à contrôler par un enseignant."),
        ),
    };
    Some(constat(verdict, (Sujet::Piece(n), motif), texte))
}

fn signatures(connu: &Connu) -> Option<Constat> {
    let sans = connu.fiches.iter().filter(|f| f.retenue && !f.signee).count();
    if sans == 0 {
        return None;
    }
    let texte = if sans == 1 {
        "Une fiche retenue n’est pas visée.".to_owned()
    } else {
        format!("{sans}\u{a0}fiches retenues ne sont pas visées.")
    };
    Some(constat(connu.presse(), (Sujet::Fiches, Motif::Signature), texte))
}

/// What costs marks in the grid, and refuses nothing.
fn composition(connu: &Connu) -> Vec<Constat> {
    let attendu = connu.attendu;
    let retenues: Vec<&Fiche> = connu.fiches.iter().filter(|f| f.retenue).collect();
    let mut dits = vec![];
    let mut dire = |texte: String| {
        dits.push(Constat {
            verdict: Verdict::ACompleter,
            sujet: Sujet::Fiches,
            motif: None,
            texte,
        });
    };
    if retenues.len() < attendu.nombre && !connu.sans_fiche() {
        let manque = i64::try_from(attendu.nombre - retenues.len()).unwrap_or(i64::MAX);
        dire(format!(
            "{} sur {} à faire retenir\u{a0}: une fiche manquante coûte des points.",
            date::nombre(manque, "fiche", "fiches"),
            attendu.nombre
        ));
    }
    if attendu.distinctes {
        for nature in attendu.natures {
            let de = retenues.iter().filter(|f| f.nature == *nature).count();
            if de > 1 {
                dire("Deux fiches retenues sont de même nature\u{a0}: remplacez-en une.".into());
            }
        }
    }
    if retenues.iter().any(|f| !attendu.natures.contains(&f.nature.as_str())) {
        dire("Une fiche retenue n’est d’aucune nature attendue\u{a0}: choisissez-en une.".into());
    }
    let vecues = retenues.iter().filter(|f| f.vecue).count();
    if vecues < attendu.vecues && !retenues.is_empty() {
        dire("Au moins une fiche doit rapporter une expérience réellement vécue.".into());
    }
    dits
}
