//! Where a student stands: computed from rows, never stored, in counts, never an average.
mod a_faire;
mod dessin;
mod ecran;
pub mod pages;
mod piste;
mod vecu;

use std::{collections::HashMap, sync::Arc};

use time::Date;

use crate::{
    app::Db,
    date,
    error::Result,
    etudiant::Etudiant,
    referentiel::{Bloc, Edition, SousCompetence},
    regle::{self, Fait, Proposition, Reglage},
};

/// A judgement that counts: one sous-compétence, one situation.
#[derive(Debug, Clone)]
pub struct Positionne {
    pub etudiant_id: i64,
    pub code: String,
    pub situation_id: i64,
    pub niveau: String,
    pub par: String,
    pub vecu_le: Date,
    pub contexte: String,
    pub remarque: String,
    pub preuve_id: Option<i64>,
    pub preuve: Option<String>,
    pub version: i64,
}

impl Positionne {
    pub(crate) fn fait(&self) -> Fait {
        Fait {
            etudiant_id: self.etudiant_id,
            code: self.code.clone(),
            situation_id: self.situation_id,
            niveau: self.niveau.clone(),
            vecu_le: self.vecu_le,
            contexte: self.contexte.clone(),
            version: self.version,
        }
    }
}

/// One line of a livret: what the rule proposes, and all that was said.
#[derive(Debug, Clone)]
pub struct Ligne {
    pub sous_competence: SousCompetence,
    /// What the rule of the promotion proposes from the levels below.
    pub proposition: Option<Proposition>,
    /// Real levels, latest first: absent or dispensé counts in nothing and hides nothing.
    pub positionnes: Vec<Positionne>,
    /// What was said last, when it is no level.
    pub dit: Option<Positionne>,
}

impl Ligne {
    pub fn dernier(&self) -> Option<&Positionne> {
        self.positionnes.first()
    }

    /// Where the line stands: the level that is proposed.
    pub fn niveau(&self) -> Option<&str> {
        self.proposition.as_ref().map(|p| p.niveau.as_str())
    }
}

/// A bloc of a livret.
#[derive(Debug, Clone)]
pub struct Volet {
    pub bloc: Bloc,
    /// How its levels are proposed.
    pub reglage: Reglage,
    pub lignes: Vec<Ligne>,
    /// How many lines stand in the two upper levels of the scale.
    pub atteintes: usize,
    pub jamais: usize,
}

impl Volet {
    pub fn lignes_de<'a>(&'a self, competence: &str) -> Vec<&'a Ligne> {
        let prefixe = format!("{competence}.");
        self.lignes.iter().filter(|l| l.sous_competence.code.starts_with(&prefixe)).collect()
    }

    /// « 7 sur 11 en S ou TS ».
    pub fn resume(&self, edition: &Edition) -> String {
        resume(edition, self.atteintes, self.lignes.len())
    }
}

/// The lines of a bloc in counts: the level that the team decided where it did, else the one that is proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effectif {
    /// At each place of the scale, lowest first.
    pub niveaux: Vec<usize>,
    /// Neither judged nor decided.
    pub jamais: usize,
    pub atteintes: usize,
    /// How many of the levels are decided.
    pub arretes: usize,
    pub lignes: usize,
}

impl Effectif {
    /// `arrete`: the level that was decided of a code, if one was.
    pub fn de<'a>(
        volet: &'a Volet,
        edition: &Edition,
        arrete: impl Fn(&str) -> Option<&'a str>,
    ) -> Self {
        let hauts = atteintes(edition);
        let mut echelle: Vec<_> = edition.echelle().collect();
        echelle.sort_by_key(|n| n.rang);
        let code = |l: &'a Ligne| arrete(&l.sous_competence.code);
        let lignes: Vec<(Option<&str>, bool)> = volet
            .lignes
            .iter()
            .map(|l| (code(l).or_else(|| l.niveau()), code(l).is_some()))
            .collect();
        let nombre =
            |f: &dyn Fn(&str) -> bool| lignes.iter().filter(|l| l.0.is_some_and(f)).count();
        Self {
            niveaux: echelle.iter().map(|n| nombre(&|niveau| niveau == n.code)).collect(),
            jamais: lignes.iter().filter(|l| l.0.is_none()).count(),
            atteintes: nombre(&|niveau| hauts.contains(&niveau)),
            arretes: lignes.iter().filter(|l| l.1).count(),
            lignes: lignes.len(),
        }
    }

    /// « 7 sur 11 en S ou TS ».
    pub fn resume(&self, edition: &Edition) -> String {
        resume(edition, self.atteintes, self.lignes)
    }

    /// « 8 niveaux, dont 3 arrêtés »; nothing when the team decided nothing.
    pub fn dont(&self) -> Option<String> {
        let nombre = |n: usize, un, plusieurs| {
            date::nombre(i64::try_from(n).unwrap_or(i64::MAX), un, plusieurs)
        };
        let niveaux = nombre(self.lignes - self.jamais, "niveau", "niveaux");
        let arretes = nombre(self.arretes, "arrêté", "arrêtés");
        (self.arretes > 0).then(|| format!("{niveaux}, dont {arretes}"))
    }
}

/// « 7 sur 11 en S ou TS ».
pub fn resume(edition: &Edition, combien: usize, sur: usize) -> String {
    format!("{combien} sur {sur} en {}", atteintes(edition).join(" ou "))
}

/// The upper half of the scale, as the edition has it.
pub fn atteintes(edition: &Edition) -> Vec<&str> {
    let echelle: Vec<_> = edition.echelle().collect();
    echelle[echelle.len() / 2..].iter().map(|n| n.code.as_str()).collect()
}

/// The judgements of these students, latest situation first.
pub async fn positionnes(
    db: &mut Db,
    edition: &Edition,
    etudiants: &[i64],
) -> Result<Vec<Positionne>> {
    Ok(sqlx::query_as!(
        Positionne,
        r#"select n.etudiant_id, n.code, n.situation_id, n.niveau as "niveau!",
                  concat_ws(' ', p.civilite, p.nom) as "par!", n.vecu_le, s.contexte, n.remarque, n.preuve_id,
                  pr.titre as "preuve?", n.version
             from livret.positionnement n
             join livret.situation s using (etablissement_id, situation_id)
             join livret.personne p on p.etablissement_id = n.etablissement_id and p.personne_id = n.par
             left join livret.preuve pr on pr.etablissement_id = n.etablissement_id and pr.preuve_id = n.preuve_id
            where n.etablissement_id = livret.ici() and n.edition_id = $1 and n.etudiant_id = any ($2)
              and n.niveau is not null
            order by n.vecu_le desc, n.version desc"#,
        edition.edition_id, etudiants
    )
    .fetch_all(&mut **db)
    .await?)
}

/// The rows of one student, laid out as her edition is, with what the rule proposes of each line.
pub fn volets(edition: &Edition, reglage: &Reglage, positionnes: Vec<Positionne>) -> Vec<Volet> {
    let hauts = atteintes(edition);
    let mut par_code: HashMap<String, Vec<Positionne>> = HashMap::new();
    for p in positionnes {
        par_code.entry(p.code.clone()).or_default().push(p);
    }
    let volet = |bloc: &Bloc| {
        let lignes: Vec<Ligne> = bloc
            .competences
            .iter()
            .flat_map(|c| &c.sous_competences)
            .map(|sc| ligne((edition, reglage), sc, par_code.remove(&sc.code).unwrap_or_default()))
            .collect();
        let atteintes = lignes
            .iter()
            .filter(|l| l.niveau().is_some_and(|niveau| hauts.contains(&niveau)))
            .count();
        let jamais = lignes.iter().filter(|l| l.positionnes.is_empty()).count();
        Volet { bloc: bloc.clone(), reglage: reglage.clone(), lignes, atteintes, jamais }
    };
    edition.blocs.iter().map(volet).collect()
}

/// `tous`: what was said of it, latest first.
fn ligne(
    (edition, reglage): (&Edition, &Reglage),
    sc: &SousCompetence,
    tous: Vec<Positionne>,
) -> Ligne {
    let reel = |p: &Positionne| edition.niveau_reel(&p.niveau).is_some();
    let dit = tous.first().filter(|p| !reel(p)).cloned();
    let positionnes: Vec<_> = tous.into_iter().filter(reel).collect();
    let faits: Vec<Fait> = positionnes.iter().map(Positionne::fait).collect();
    let proposition = reglage.proposer(&edition.niveaux, &faits.iter().collect::<Vec<_>>());
    Ligne { sous_competence: sc.clone(), proposition, positionnes, dit }
}

impl Etudiant {
    /// The whole livret: one query for the rule of her promotion, one for what was judged, wherever she was then.
    pub async fn livret(&self, db: &mut Db, edition: &Arc<Edition>) -> Result<Vec<Volet>> {
        let reglage = regle::reglage(db, self.promotion_id, None).await?;
        Ok(volets(edition, &reglage, positionnes(db, edition, &[self.etudiant_id]).await?))
    }
}
