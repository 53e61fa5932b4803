//! What was covered: sous-compétence × context, and which lines the next situation should cover first.
use std::collections::{BTreeMap, BTreeSet};

use time::Date;

use super::{Ligne, nombre};
use crate::{
    app::Db,
    date,
    error::Result,
    etudiant::Etudiant,
    promotion::Promotion,
    referentiel::{Edition, SousCompetence},
    regle::{Reglage, Releve},
    situation::CONTEXTES,
};

/// A line in one context, or in all.
#[derive(Debug, Clone, Default)]
pub struct Case {
    /// How many situations gave a real level to somebody who is there today.
    pub situations: usize,
    pub derniere: Option<Date>,
    /// Students without any level there.
    pub jamais: usize,
}

pub struct Couverte {
    pub sous_competence: SousCompetence,
    pub bloc: String,
    /// In the order of the contexts.
    pub cases: Vec<Case>,
    pub toutes: Case,
    /// Students of whom a tutor said something on it.
    pub tuteurs: i64,
}

impl Couverte {
    pub fn contextes(&self) -> usize {
        self.cases.iter().filter(|c| c.situations > 0).count()
    }

    /// Why the next situation should cover it; `None` when nothing presses.
    pub fn pourquoi(&self, reglage: &Reglage, effectif: usize) -> Option<String> {
        let mut raisons = vec![];
        if self.toutes.jamais > 0 {
            raisons.push(format!(
                "{} sur {effectif} sans aucun niveau",
                nombre(self.toutes.jamais, "étudiant", "étudiants")
            ));
        }
        if self.contextes() == 1 {
            let vu = self.cases.iter().position(|c| c.situations > 0).unwrap_or_default();
            raisons.push(format!("vue seulement {}", CONTEXTES[vu].1.to_lowercase()));
        }
        if let Some(le) = self.toutes.derniere.filter(|le| *le < reglage.frais_depuis) {
            raisons.push(format!("rien depuis le {}", date::longue(&le)));
        }
        (!raisons.is_empty()).then(|| raisons.join(", "))
    }
}

/// Every line of the edition, in its order.
pub fn couverture(
    releve: &Releve,
    lignes: &BTreeMap<(i64, &str), Ligne>,
    edition: &Edition,
) -> Vec<Couverte> {
    let mut lues: BTreeMap<&str, [Vue; CONTEXTES.len()]> = BTreeMap::new();
    for ((etudiant, code), ligne) in lignes {
        let vues = lues.entry(code).or_default();
        for fait in &ligne.faits {
            if let Some(c) = CONTEXTES.iter().position(|c| c.0 == fait.contexte) {
                vues[c].situations.insert(fait.situation_id);
                vues[c].etudiants.insert(*etudiant);
                vues[c].derniere = vues[c].derniere.max(Some(fait.vecu_le));
            }
        }
    }
    let effectif = releve.etudiants.len();
    let mut couvertes = vec![];
    for bloc in &edition.blocs {
        for sc in bloc.sous_competences() {
            let vues = lues.remove(sc.code.as_str()).unwrap_or_default();
            let toutes = vues.iter().fold(Vue::default(), |mut t, v| {
                t.situations.extend(&v.situations);
                t.etudiants.extend(&v.etudiants);
                t.derniere = t.derniere.max(v.derniere);
                t
            });
            couvertes.push(Couverte {
                sous_competence: sc.clone(),
                bloc: bloc.code.clone(),
                cases: vues.iter().map(|v| v.case(effectif)).collect(),
                toutes: toutes.case(effectif),
                tuteurs: 0,
            });
        }
    }
    couvertes
}

/// Counts the students of this promotion of whom a tutor said something, line by line.
pub async fn tuteurs(db: &mut Db, promotion: &Promotion, couvertes: &mut [Couverte]) -> Result<()> {
    let vus = sqlx::query!(
        r#"select l.code, count(distinct l.etudiant_id) as "vus!"
             from livret.avis_ligne l
             join livret.avis a using (etablissement_id, avis_id)
             join livret.periode p using (etablissement_id, periode_id)
            where l.etablissement_id = livret.ici() and p.promotion_id = $1 and not p.annulee
              and not exists (select from livret.avis b where b.etablissement_id = a.etablissement_id
                                 and b.periode_id = a.periode_id and b.avis_id > a.avis_id)
            group by l.code"#,
        promotion.promotion_id
    )
    .fetch_all(&mut **db)
    .await?;
    for vu in vus {
        for c in couvertes.iter_mut().filter(|c| c.sous_competence.code == vu.code) {
            c.tuteurs = vu.vus;
        }
    }
    Ok(())
}

/// What one context saw of a line.
#[derive(Default)]
struct Vue {
    situations: BTreeSet<i64>,
    etudiants: BTreeSet<i64>,
    derniere: Option<Date>,
}

impl Vue {
    fn case(&self, effectif: usize) -> Case {
        Case {
            situations: self.situations.len(),
            derniere: self.derniere,
            jamais: effectif.saturating_sub(self.etudiants.len()),
        }
    }
}

/// The lines that press, most students without a level first, then fewest contexts, then oldest.
pub fn d_abord<'a>(
    couvertes: &'a [Couverte],
    reglage: &Reglage,
    effectif: usize,
) -> Vec<(&'a Couverte, String)> {
    let mut pressent: Vec<_> =
        couvertes.iter().filter_map(|c| Some((c, c.pourquoi(reglage, effectif)?))).collect();
    pressent.sort_by_key(|(c, _)| {
        (std::cmp::Reverse(c.toutes.jamais), c.contextes(), c.toutes.derniere)
    });
    pressent
}

/// Who was never judged on this line, in this context or in any.
pub fn jamais(
    releve: &Releve,
    lignes: &BTreeMap<(i64, &str), Ligne>,
    code: &str,
    contexte: Option<&str>,
) -> Vec<Etudiant> {
    let juge = |e: &&Etudiant| {
        lignes.get(&(e.id(), code)).is_some_and(|ligne| {
            contexte.is_none_or(|c| ligne.faits.iter().any(|f| f.contexte == c))
        })
    };
    releve.etudiants.iter().filter(|e| !juge(e)).cloned().collect()
}
