//! What is known of the files of a class, read at once: as many queries for one candidate as for all.
use std::collections::BTreeMap;

use time::Date;

use super::calcul::{
    self, Attendu, Connu, Constat, EtatPiece, Motif, Sujet, Verdict, examiner, verdict,
};
use crate::{
    app::Db,
    date,
    error::Result,
    etudiant::Etudiant,
    examen::{self, Examen, Par, Voie, compte_a_rebours},
    fiche::{self, Fiche, Modele},
    stage::{self, Compte, Periode, Stages, piece},
};

/// The candidates of an exam, each with her files.
pub struct Classe {
    pub examen: Examen,
    pub candidats: Vec<Candidat>,
}

/// A student, with what proves her experience and what is said of each of her files.
pub struct Candidat {
    pub etudiant: Etudiant,
    pub voie: &'static Voie,
    pub numero: Option<String>,
    pub compte: Compte,
    /// Fewer weeks are asked of her, by decision.
    pub amenage: bool,
    pub papiers: Vec<Papier>,
    pub dossiers: Vec<Dossier>,
}

/// A paper that is asked for.
pub struct Papier {
    /// Nothing: it is the candidate's, not a period's.
    pub periode_id: Option<i64>,
    pub mots: &'static str,
    pub piece: calcul::Piece,
}

/// The file of an épreuve.
pub struct Dossier {
    pub regle: &'static examen::Dossier,
    pub modele: Option<&'static Modele>,
    /// How many sheets are asked of who comes this way.
    pub nombre: usize,
    /// What may be given in their stead.
    pub autrement: Option<&'static str>,
    pub fiches: Vec<Fiche>,
    pub echeance: Option<Date>,
    pub jour: Date,
    /// Days done by the last day of deposit, and still to come by then.
    pub faits: u32,
    pub prevus: u32,
    pub constats: Vec<Constat>,
    pub verdict: Verdict,
}

impl Candidat {
    /// The worst of her files.
    pub fn verdict(&self) -> Verdict {
        self.dossiers.iter().map(|d| d.verdict).max().unwrap_or(Verdict::Conforme)
    }

    /// Papers that were seen to be good.
    pub fn controles(&self) -> usize {
        self.papiers.iter().filter(|p| p.piece.etat == EtatPiece::Controlee).count()
    }
}

impl Dossier {
    pub fn retenues(&self) -> impl Iterator<Item = &Fiche> {
        self.fiches.iter().filter(|f| f.etat.gardee())
    }

    pub fn visees(&self) -> usize {
        self.retenues().filter(|f| f.visee_le.is_some()).count()
    }

    /// She writes no sheet, and may give something else.
    pub fn remplace(&self) -> bool {
        self.autrement.is_some() && self.fiches.is_empty()
    }

    /// The day of its first sheet.
    pub fn depose_le(&self) -> Option<Date> {
        self.fiches.iter().filter_map(|f| f.deposee_le).min()
    }

    /// « déposé le 12 mars 2027 », « à déposer le 26 mars 2027 au plus tard (dans 12 jours) », « date à fixer ».
    pub fn depot(&self) -> String {
        match (self.depose_le(), self.echeance) {
            (Some(le), _) => format!("déposé le {}", date::longue(&le)),
            (None, Some(fin)) if self.jour > fin => {
                format!("dernier jour de dépôt passé, le {}", date::longue(&fin))
            }
            (None, Some(fin)) => {
                format!("à déposer le {} au plus tard ({})", date::longue(&fin), self.reste(fin))
            }
            (None, None) => "à déposer, date à fixer".into(),
        }
    }

    /// « dans 12 jours », « aujourd’hui », « passée ».
    pub(super) fn reste(&self, fin: Date) -> String {
        compte_a_rebours(Some((fin - self.jour).whole_days()))
    }

    /// What is to say besides where its deposit stands: time left is told with it already.
    pub fn a_dire(&self) -> impl Iterator<Item = &Constat> {
        let a_temps = self.echeance.is_none_or(|fin| self.jour <= fin);
        self.constats.iter().filter(move |c| {
            !(a_temps && c.sujet == Sujet::Depot && c.motif == Some(Motif::AbsenceDepot))
        })
    }

    /// How much there is to do that is no risk.
    pub fn reste_a_faire(&self) -> i64 {
        self.a_dire().filter(|c| c.verdict != Verdict::RisqueNv).map(|_| 1).sum()
    }

    /// The nature of one of its sheets, in the model's words.
    pub fn nature(&self, fiche: &Fiche) -> &str {
        let dite = self.modele.zip(fiche.nature.as_deref());
        dite.and_then(|(m, code)| m.nature(code)).map_or("nature à choisir", |n| &n.intitule)
    }

    /// The official words of the box that a risk would tick; nothing for what is only to be done.
    pub fn motif(&self, constat: &Constat) -> Option<&str> {
        let risque = (constat.verdict == Verdict::RisqueNv).then_some(constat.motif?)?;
        let case = self.regle.motifs.iter().find(|m| m.code == risque.code());
        case.map(|m| m.intitule.as_str())
    }

    /// The official boxes, ticked where a risk was found.
    pub fn cases(&self) -> Vec<(bool, &str)> {
        let vu = |intitule: &str| self.constats.iter().any(|c| self.motif(c) == Some(intitule));
        self.regle.motifs.iter().map(|m| (vu(&m.intitule), m.intitule.as_str())).collect()
    }
}

/// What is known of these students, as far as one may see them: their internships, papers and sheets, whoever they are.
pub async fn classe(
    db: &mut Db,
    examen: Examen,
    etudiants: Vec<Etudiant>,
    jour: Date,
) -> Result<Classe> {
    let ids: Vec<i64> = etudiants.iter().map(Etudiant::id).collect();
    let promotion = examen.promotion_id;
    let stages = stage::stages(db, promotion, &ids).await?;
    let etats = piece::etats(db, promotion, &ids).await?;
    let mut siennes: BTreeMap<i64, Vec<Fiche>> = BTreeMap::new();
    for f in fiche::fiches(db, promotion, &ids).await? {
        siennes.entry(f.etudiant_id).or_default().push(f);
    }
    let candidat = |etudiant: Etudiant| {
        let fiches = siennes.remove(&etudiant.id()).unwrap_or_default();
        candidat(&examen, (&stages, &etats), (etudiant, fiches), jour)
    };
    let candidats = etudiants.into_iter().map(candidat).collect();
    Ok(Classe { examen, candidats })
}

/// Days done, and days still to come, by a last day.
type ATemps<'a> = &'a dyn Fn(Date) -> (u32, u32);

type Etats = BTreeMap<(i64, Option<i64>), piece::Etat>;

fn candidat(
    examen: &Examen,
    (stages, etats): (&Stages, &Etats),
    (etudiant, fiches): (Etudiant, Vec<Fiche>),
    jour: Date,
) -> Candidat {
    let id = etudiant.id();
    let candidature = examen.candidature(id);
    let voie = candidature.voie;
    let etat = |periode: Option<i64>| etats.get(&(id, periode)).copied();
    let papiers = match voie.par {
        Par::Candidat => vec![papier(None, voie.piece.clone(), (etat(None), true))],
        // A period cut short before it made a day has nothing to prove.
        Par::Periode => stages
            .de(id)
            .filter(|p| p.jours(examen.reglement) > 0)
            .map(|p: &Periode| {
                let numero = Some(p.periode_id);
                papier(numero, p.en_mots(), (etat(numero), p.finie(jour)))
            })
            .collect(),
    };
    let compte = stages.compte(examen, id, jour);
    let mut elle = Candidat {
        voie,
        numero: candidature.numero,
        compte,
        amenage: stages.amenagements.contains_key(&id),
        papiers,
        dossiers: vec![],
        etudiant,
    };
    let regles = examen.reglement.dossiers.iter();
    // What comes after the last day is too late for the file: done by then, and still to come by then.
    let a_temps = |fin: Date| {
        let faits = stages.compte(examen, id, fin.min(jour)).faits;
        (faits, stages.compte(examen, id, fin).faits.saturating_sub(faits))
    };
    elle.dossiers = regles.map(|d| dossier(examen, (&elle, &fiches, &a_temps), d, jour)).collect();
    elle
}

fn papier(
    periode_id: Option<i64>,
    quoi: String,
    (dit, exigible): (Option<piece::Etat>, bool),
) -> Papier {
    let etat = match dit {
        None => EtatPiece::Manquante,
        Some(piece::Etat::Deposee) => EtatPiece::Deposee,
        Some(piece::Etat::NonSignee) => EtatPiece::NonSignee,
        Some(piece::Etat::ARefaire) => EtatPiece::ARefaire,
        Some(piece::Etat::Controlee) => EtatPiece::Controlee,
    };
    let mots = piece::en_mots(dit, exigible);
    Papier { periode_id, mots, piece: calcul::Piece { quoi, exigible, etat } }
}

fn lue(f: &Fiche) -> calcul::Fiche {
    calcul::Fiche {
        nature: f.nature.clone().unwrap_or_default(),
        retenue: f.etat.gardee(),
        vecue: f.vecue == Some(true),
        signee: f.visee_le.is_some(),
        deposee_le: f.deposee_le,
    }
}

fn dossier(
    examen: &Examen,
    (elle, fiches, a_temps): (&Candidat, &[Fiche], ATemps),
    regle: &'static examen::Dossier,
    jour: Date,
) -> Dossier {
    let fiches: Vec<Fiche> =
        fiches.iter().filter(|f| f.epreuve == regle.epreuve).cloned().collect();
    let modele = Modele::de(examen, &regle.epreuve);
    let attendu = modele.map(|m| m.attendu(&elle.voie.code));
    let autrement = attendu.and_then(|a| a.autrement.as_deref());
    let natures: Vec<&str> =
        modele.iter().flat_map(|m| &m.natures).map(|n| n.code.as_str()).collect();
    let echeance = examen.echeance(&regle.epreuve).and_then(|e| e.le);
    let (faits, prevus) = echeance.map_or((elle.compte.faits, elle.compte.prevus), a_temps);
    let connu = Connu {
        jour,
        echeance,
        alerte: examen.reglement.jours_d_alerte,
        requis: elle.compte.requis,
        faits,
        prevus,
        pieces: elle.papiers.iter().map(|p| p.piece.clone()).collect(),
        attendu: Attendu {
            natures: &natures,
            nombre: attendu.map_or(0, |a| a.nombre),
            distinctes: attendu.is_some_and(|a| a.distinctes),
            vecues: attendu.map_or(0, |a| a.vecues),
            remplacable: autrement.is_some(),
        },
        fiches: fiches.iter().map(lue).collect(),
    };
    let constats = examiner(&connu);
    Dossier {
        regle,
        modele,
        nombre: connu.attendu.nombre,
        autrement,
        fiches,
        echeance,
        jour,
        faits,
        prevus,
        verdict: verdict(&constats),
        constats,
    }
}
