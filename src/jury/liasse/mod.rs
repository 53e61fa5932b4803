//! All that a jury reads of one candidate: parts, each a paper or files, in the order in which they are read.
mod emballage;
mod fichiers;
mod parties;
mod papier;

use std::collections::BTreeMap;

pub use fichiers::Piece;
pub use papier::{Tenus, imprimer};

use super::{
    dossier::{Candidat, Dossier},
    lecteur::Ouverte,
};
use crate::{
    commission::papier::Page,
    conformite::lecture::{self, classe},
    error::Result,
    etudiant::Etudiant,
    examen::{self, Examen},
    fiche::{self, Fiche, papier::Papier},
    referentiel, stage,
    tuteur::avis::{Avis, avis},
};

/// A part of a liasse.
#[derive(Debug, Clone)]
pub struct Section {
    pub titre: &'static str,
    pub corps: Corps,
}

/// What a part is made of.
#[derive(Debug, Clone)]
pub enum Corps {
    Synthese,
    Fiches(Vec<Papier>),
    /// Grids and fiches d'évaluation that are locked, for who may read them.
    Commission(Vec<Page>),
    /// A title, and what is said under it.
    Faits(Vec<(String, String)>),
    /// Files, and what is said when there is none.
    Pieces(Vec<Piece>, &'static str),
}

/// One candidate's.
#[derive(Debug, Clone)]
pub struct Liasse {
    /// The dossier of this candidate alone.
    pub dossier: Dossier,
    pub sections: Vec<Section>,
}

impl Liasse {
    pub fn candidat(&self) -> &Candidat {
        &self.dossier.candidats[0]
    }

    pub fn fiches(&self) -> impl Iterator<Item = &Papier> {
        self.sections
            .iter()
            .flat_map(|s| if let Corps::Fiches(f) = &s.corps { f.as_slice() } else { &[] })
    }

    pub fn papiers(&self) -> impl Iterator<Item = &Page> {
        self.sections
            .iter()
            .flat_map(|s| if let Corps::Commission(p) = &s.corps { p.as_slice() } else { &[] })
    }

    pub fn pieces(&self) -> impl Iterator<Item = &Piece> {
        self.sections
            .iter()
            .flat_map(|s| if let Corps::Pieces(p, _) = &s.corps { p.as_slice() } else { &[] })
    }
}

/// What was read of all, to make the parts of each.
pub(super) struct Lu {
    pub examen: Option<Examen>,
    pub conformite: BTreeMap<i64, lecture::Candidat>,
    pub fiches: Vec<Fiche>,
    pub textes: BTreeMap<i64, fiche::Texte>,
    pub periodes: Vec<stage::Periode>,
    pub avis: Vec<Avis>,
    pub pieces: Vec<Piece>,
    pub papiers: BTreeMap<i64, Vec<Page>>,
}

impl Ouverte {
    /// The liasses of these candidates, read at the moment of the transaction: as many queries for one as for all.
    pub async fn liasses(&mut self, etudiants: &[Etudiant]) -> Result<(Dossier, Vec<Liasse>)> {
        let mut dossier = self.dossier(etudiants).await?;
        let jour = self.lecteur.compte().aujourd_hui();
        let (db, id) = (&mut self.db, self.promotion.promotion_id);
        let ids: Vec<i64> = etudiants.iter().map(Etudiant::id).collect();
        let edition = referentiel::find(&mut **db, self.promotion.edition_id).await?;
        let fiches: Vec<Fiche> = fiche::fiches(db, id, &ids)
            .await?
            .into_iter()
            .filter(|f| f.etat.gardee() && f.rang.is_some())
            .collect();
        let textes = fiche::dernieres(db, &fiches.iter().collect::<Vec<_>>()).await?;
        let periodes = stage::stages(db, id, &ids).await?.periodes;
        let numeros: Vec<i64> = periodes.iter().map(|p| p.periode_id).collect();
        let avis = avis(db, &numeros).await?;
        let pieces = fichiers::pieces(db, id, &ids).await?;
        let mut conformite = BTreeMap::new();
        if let Some(examen) = examen::lire(db, id, &edition).await? {
            let classe = classe(db, examen, etudiants.to_vec(), jour).await?;
            conformite = classe.candidats.into_iter().map(|c| (c.etudiant.id(), c)).collect();
        }
        let examen = examen::lire(db, id, &edition).await?;
        let papiers = match &examen {
            Some(examen) => self.promotion.papiers_verrouilles(db, examen, &ids).await?,
            None => BTreeMap::new(),
        };
        let lu = Lu { examen, conformite, fiches, textes, periodes, avis, pieces, papiers };
        let tous = std::mem::take(&mut dossier.candidats);
        let une = |(etudiant, candidat): (&Etudiant, &Candidat)| Liasse {
            dossier: Dossier { candidats: vec![candidat.clone()], ..dossier.clone() },
            sections: parties::sections((etudiant, candidat), &lu),
        };
        let liasses = etudiants.iter().zip(&tous).map(une).collect();
        dossier.candidats = tous;
        Ok((dossier, liasses))
    }
}
