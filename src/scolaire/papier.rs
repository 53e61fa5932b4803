//! The sheets as they are printed: the official model, recto and verso, one candidate after the other.
use serde::Serialize;
use time::Date;

use super::{
    Decoupage, Rubrique, Scolaire,
    calcul::{Classe, ecart},
    lire,
    nombre::{dire, dire_si},
};
use crate::{
    app::Db,
    compte::Compte,
    date,
    error::Result,
    etudiant::Etudiant,
    impression::{Joint, Modele, imprimer, imprimer_scelle},
    promotion::Promotion,
};

/// An enseignement of a sheet, in words: what is not known is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LigneImprimee {
    pub code: String,
    pub intitule: String,
    /// The periods of each year.
    pub periodes: [[String; 3]; 2],
    pub moyennes: [String; 2],
    pub appreciation: String,
    /// From the average of her class, in hundredths; and in words.
    pub ecart: Option<i32>,
    pub ecart_dit: String,
}

/// The livret scolaire of a candidate, as it is printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LivretScolaire {
    pub etudiant_id: i64,
    pub nom: String,
    pub prenom: String,
    pub naissance: String,
    pub lieu: String,
    pub ine: String,
    pub langue: String,
    pub lignes: Vec<LigneImprimee>,
    /// As the official list has it.
    pub avis: String,
    pub observations: String,
    pub pix: Option<bool>,
}

/// A past session, in words.
#[derive(Debug, Clone, Serialize)]
struct SessionImprimee {
    annee: String,
    presentes: String,
    recus: String,
    taux: String,
}

/// Sheets to be printed together, with what they share.
#[derive(Debug, Clone, Serialize)]
pub struct Recueil {
    pub titre: String,
    etablissement: String,
    /// Year, month, day of the document.
    jour: (i32, u8, u8),
    fictif: bool,
    examen: &'static str,
    specialite: &'static str,
    session: i32,
    trimestres: bool,
    /// Rows of the official table.
    lignes: usize,
    /// Each avis: its name, its part and its number in words.
    repartition: Vec<(String, String, String)>,
    effectif: usize,
    sessions: Vec<SessionImprimee>,
    pub livrets: Vec<LivretScolaire>,
}

/// The sheets of a promotion that one may see, for those who are in it that day.
pub async fn livrets(
    db: &mut Db,
    promotion: &Promotion,
    jour: Date,
) -> Result<Vec<LivretScolaire>> {
    Ok(lire(db, promotion, jour).await?.map(|s| s.livrets()).unwrap_or_default())
}

/// The same, ready to be printed by whoever may see them; nothing where no official model is known.
pub async fn recueil(
    db: &mut Db,
    compte: &Compte,
    promotion: &Promotion,
) -> Result<Option<Recueil>> {
    let scolaire = lire(db, promotion, compte.aujourd_hui()).await?;
    Ok(scolaire.map(|s| Recueil::new(compte, &promotion.nom, &s)))
}

impl Recueil {
    pub fn new(compte: &Compte, promotion: &str, s: &Scolaire) -> Self {
        let jour = compte.aujourd_hui();
        let repartition = s.repartition();
        let part = |p: Option<u32>| p.map(|p| format!("{p}\u{a0}%")).unwrap_or_default();
        let avis = repartition.avis.into_iter();
        Self {
            titre: format!("Livrets scolaires {promotion}"),
            etablissement: compte.etablissement().to_owned(),
            jour: (jour.year(), jour.month().into(), jour.day()),
            fictif: compte.cadre("").fictif,
            examen: &s.modele.examen,
            specialite: &s.modele.specialite,
            session: s.session,
            trimestres: s.decoupage == Decoupage::Trimestre,
            lignes: s.modele.lignes,
            repartition: avis
                .map(|(nom, n, p)| {
                    let compte = if p.is_some() { format!("({n})") } else { String::new() };
                    (nom, part(p), compte)
                })
                .collect(),
            effectif: repartition.effectif,
            sessions: sessions(s),
            livrets: s.livrets(),
        }
    }

    /// Those of one candidate; nothing when she is not among them.
    pub fn seul(mut self, etudiant_id: i64) -> Option<Self> {
        self.livrets.retain(|l| l.etudiant_id == etudiant_id);
        let elle = self.livrets.first()?;
        self.titre = format!("Livret scolaire {} {}", elle.nom, elle.prenom);
        Some(self)
    }

    /// Two pages a candidate, bookmarked.
    pub fn imprimer(&self, joint: Option<&Joint>) -> anyhow::Result<Vec<u8>> {
        let data = serde_json::to_value(self)?;
        match joint {
            Some(joint) => imprimer_scelle(Modele::Scolaire, &data, joint),
            None => imprimer(Modele::Scolaire, &data),
        }
    }

    /// What it states, signed with it: not when it was printed.
    pub fn contenu(&self) -> anyhow::Result<serde_json::Value> {
        let mut dit = serde_json::to_value(self)?;
        if let Some(champs) = dit.as_object_mut() {
            champs.retain(|nom, _| nom != "jour" && nom != "fictif");
        }
        Ok(dit)
    }
}

/// As many rows as the sheet has: past sessions that are known, then blank years.
fn sessions(s: &Scolaire) -> Vec<SessionImprimee> {
    let mut dites: Vec<SessionImprimee> = s
        .sessions
        .iter()
        .take(s.modele.sessions_imprimees)
        .map(|p| SessionImprimee {
            annee: p.annee.to_string(),
            presentes: p.presentes.to_string(),
            recus: p.recus.to_string(),
            taux: p.taux().map(|t| t.to_string()).unwrap_or_default(),
        })
        .collect();
    let vide = || String::new();
    while dites.len() < s.modele.sessions_imprimees {
        let avant = dites.last().and_then(|d| d.annee.parse().ok()).unwrap_or(s.session);
        let annee = (avant - 1).to_string();
        dites.push(SessionImprimee { annee, presentes: vide(), recus: vide(), taux: vide() });
    }
    dites
}

impl Scolaire {
    /// Every sheet, in the order of French lists.
    pub fn livrets(&self) -> Vec<LivretScolaire> {
        let classes: Vec<Classe> =
            self.modele.enseignements.iter().map(|e| self.classe(&e.code)).collect();
        self.etudiants.iter().map(|e| self.livret(e, &classes)).collect()
    }

    fn livret(&self, e: &Etudiant, classes: &[Classe]) -> LivretScolaire {
        let (conseil, candidat) = (self.conseil(e.id()), self.candidat(e.id()));
        let avis = conseil.avis.as_deref().and_then(|a| self.modele.avis(a));
        let enseignements = self.modele.enseignements.iter().zip(classes);
        LivretScolaire {
            etudiant_id: e.id(),
            nom: e.nom.clone(),
            prenom: e.prenom.clone(),
            naissance: candidat.naissance.as_ref().map(date::courte).unwrap_or_default(),
            lieu: candidat.lieu,
            ine: candidat.ine.unwrap_or_default(),
            langue: candidat.langue,
            lignes: enseignements.map(|(n, c)| self.imprimee(e, n, c)).collect(),
            avis: avis.map(|a| a.intitule.clone()).unwrap_or_default(),
            observations: insecables(&conseil.observations),
            pix: conseil.pix,
        }
    }

    fn imprimee(&self, e: &Etudiant, n: &super::modele::Nomme, classe: &Classe) -> LigneImprimee {
        let b = self.bulletin(&n.code, e.id());
        let ecart = ecart(&b, classe);
        let dit = |an: usize| std::array::from_fn(|p| dire_si(b.periodes(an)[p]));
        LigneImprimee {
            code: n.code.clone(),
            intitule: Rubrique::Enseignement(n.code.clone()).intitule(self.modele),
            periodes: [dit(0), dit(1)],
            moyennes: [dire_si(b.annee(0)), dire_si(b.annee(1))],
            appreciation: insecables(&b.appreciation),
            ecart,
            ecart_dit: ecart.map(signe).unwrap_or_default(),
        }
    }
}

/// « +1,25 », « −0,17 », « 0,00 ».
fn signe(centiemes: i32) -> String {
    if centiemes > 0 { format!("+{}", dire(centiemes)) } else { dire(centiemes) }
}

/// The spaces that French typography keeps with its signs: what is typed has plain ones.
fn insecables(texte: &str) -> String {
    [
        (" ;", "\u{202f};"),
        (" !", "\u{202f}!"),
        (" ?", "\u{202f}?"),
        (" :", "\u{a0}:"),
        (" »", "\u{a0}»"),
        ("« ", "«\u{a0}"),
    ]
    .iter()
    .fold(texte.to_owned(), |t, (tape, juste)| t.replace(tape, juste))
}
