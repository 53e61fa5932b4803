//! The views of a livret, each as one value: the same for her and for her teacher.
use time::Date;

use super::{
    Effectif, Volet,
    dessin::{Axe, Barre, Courbe, Echelle, Mois, Radar, axes, frise, jour_court},
    piste::{Piste, pistes},
    vecu::{Avec, Vecu},
};
use crate::referentiel::Edition;

/// What the page shows under the blocs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vue {
    Liste,
    Profil,
    Radar,
    Frise,
}

/// Their names in an address, and as they are read.
pub const VUES: [(Vue, &str, &str); 4] = [
    (Vue::Liste, "liste", "Liste"),
    (Vue::Profil, "profil", "Profil"),
    (Vue::Radar, "radar", "Radar"),
    (Vue::Frise, "frise", "Frise"),
];

impl Vue {
    /// The one that an address names; nothing for a name that does not exist.
    pub fn nommee(nom: &str) -> Option<Self> {
        if nom.is_empty() {
            return Some(Self::Liste);
        }
        VUES.iter().find(|v| v.1 == nom).map(|v| v.0)
    }

    pub fn avec(self) -> Avec {
        match self {
            Self::Liste => Avec::Mots,
            Self::Profil | Self::Radar => Avec::Rien,
            Self::Frise => Avec::Situations,
        }
    }
}

/// A bloc, in counts.
pub struct Carte {
    pub code: String,
    pub intitule: String,
    /// « 7 sur 11 en S ou TS ».
    pub resume: String,
    pub barre: Barre,
    /// How many lines stand at each place of the scale, and how many were never judged.
    pub comptes: Vec<usize>,
    pub jamais: usize,
    /// « 8 niveaux, dont 3 arrêtés », and how many.
    pub dont: Option<String>,
    pub arretes: usize,
    /// « 12 nov. 2026 ».
    pub derniere: Option<String>,
}

/// What happened month by month.
pub struct Temps {
    pub rangs: Vec<frise::Rang>,
    plus_grand: usize,
    /// Where each row of the drawing begins, and how high it is.
    pub hauteurs: (Vec<String>, String),
    pub mois: Vec<Mois>,
    pub courbes: Vec<Courbe>,
}

impl Temps {
    pub fn rayon(&self, nombre: impl std::borrow::Borrow<usize>) -> String {
        frise::rayon(*nombre.borrow(), self.plus_grand)
    }
}

pub struct Ecran {
    pub vue: Vue,
    pub echelle: Echelle,
    pub cartes: Vec<Carte>,
    pub pistes: Vec<Piste>,
    pub axes: Vec<Axe>,
    pub radar: Option<Radar>,
    pub temps: Option<Temps>,
}

impl Ecran {
    /// `volets`: each with its counts.
    pub fn de(
        vue: Vue,
        edition: &Edition,
        (volets, effectifs): (&[Volet], Vec<Effectif>),
        vecu: &Vecu,
        jour: Date,
    ) -> Self {
        let echelle = Echelle::de(edition);
        let cartes =
            volets.iter().zip(effectifs).map(|(v, n)| carte(v, n, edition, &echelle)).collect();
        let pistes = if vue == Vue::Liste { pistes(edition, vecu) } else { vec![] };
        let axes = match vue {
            Vue::Profil | Vue::Radar => axes(edition, &echelle, volets, &vecu.soi),
            Vue::Liste | Vue::Frise => vec![],
        };
        let radar = (vue == Vue::Radar).then(|| Radar::de(&axes, &echelle));
        let temps = (vue == Vue::Frise).then(|| temps(volets, (edition, &echelle), vecu, jour));
        Self { vue, echelle, cartes, pistes, axes, radar, temps }
    }
}

fn carte(volet: &Volet, effectif: Effectif, edition: &Edition, echelle: &Echelle) -> Carte {
    let derniere = volet.lignes.iter().filter_map(|l| l.dernier()).map(|p| p.vecu_le).max();
    Carte {
        code: volet.bloc.code.clone(),
        intitule: volet.bloc.intitule.clone(),
        resume: effectif.resume(edition),
        barre: Barre::de(&effectif, echelle),
        dont: effectif.dont(),
        arretes: effectif.arretes,
        jamais: effectif.jamais,
        comptes: effectif.niveaux,
        derniere: derniere.map(jour_court),
    }
}

/// The curves go from the first level to today, so that a long silence is seen, and no further back than three years: a
/// date that was badly typed must not draw centuries.
const MOIS_AU_PLUS: usize = 36;

fn temps(
    volets: &[Volet],
    (edition, echelle): (&Edition, &Echelle),
    vecu: &Vecu,
    jour: Date,
) -> Temps {
    let rangs = frise::rangs(vecu.passages.0.clone(), echelle);
    let lignes = || volets.iter().flat_map(|v| &v.lignes).flat_map(|l| &l.positionnes);
    let bornes = (lignes().map(|p| p.vecu_le).min(), lignes().map(|p| p.vecu_le).max());
    let mois = match bornes {
        (Some(debut), Some(fin)) => Mois::suite(debut, fin.max(jour), MOIS_AU_PLUS),
        _ => vec![],
    };
    let courbe = |v: &Volet| Courbe::de(v, &edition.niveaux, echelle, &mois);
    let courbes = if mois.is_empty() { vec![] } else { volets.iter().map(courbe).collect() };
    let (plus_grand, hauteurs) = (frise::plus_grand(&rangs), frise::hauteurs(&rangs));
    Temps { rangs, plus_grand, hauteurs, mois, courbes }
}
