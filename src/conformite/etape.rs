//! The steps of a file, done or to be done, and what each constat asks of her, in words that are said to her.
use super::{
    calcul::{Constat, EtatPiece, Motif, Sujet},
    lecture::{Candidat, Dossier},
};

/// A step of a file.
pub struct Etape {
    pub intitule: &'static str,
    pub faite: bool,
    pub detail: String,
}

/// The steps of a file, first to last.
pub struct Etapes {
    pub toutes: Vec<Etape>,
}

impl Etapes {
    pub fn faites(&self) -> i64 {
        self.toutes.iter().filter(|e| e.faite).map(|_| 1).sum()
    }
}

impl Candidat {
    /// What makes one of her files; what is not asked of her is no step.
    pub fn etapes(&self, dossier: &Dossier) -> Etapes {
        let k = self.compte;
        let mut toutes = vec![];
        let mut dire = |intitule, faite, detail| toutes.push(Etape { intitule, faite, detail });
        if k.requis > 0 {
            let detail = format!("{} sur {}", k.faite(), k.requise());
            dire("Durée de stage", dossier.faits >= k.requis, detail);
        }
        let (bonnes, demandees) = (self.controles(), self.papiers.len());
        let detail = match demandees {
            0 => "aucune période enregistrée".to_owned(),
            n => format!("{bonnes} sur {n} contrôlées"),
        };
        dire("Pièces signées", bonnes == demandees && demandees > 0, detail);
        let retenues = dossier.retenues().count();
        if dossier.nombre > 0 && !dossier.remplace() {
            let de = |n| format!("{n} sur {}", dossier.nombre);
            dire("Fiches retenues", retenues >= dossier.nombre, de(retenues));
            dire("Fiches visées", dossier.visees() >= dossier.nombre, de(dossier.visees()));
        }
        let detail = match (dossier.depose_le(), dossier.echeance) {
            (None, Some(fin)) => dossier.reste(fin),
            _ => dossier.depot(),
        };
        dire("Dépôt", dossier.depose_le().is_some(), detail);
        Etapes { toutes }
    }

    /// Where she sets it right herself; nothing where it is not hers to do.
    pub fn vers(&self, constat: &Constat) -> Option<String> {
        match constat.sujet {
            Sujet::Duree => Some("/stages".to_owned()),
            Sujet::Piece(n) => Some(match self.papiers.get(n)?.periode_id {
                Some(periode) => format!("/stages/{periode}#attestation"),
                None => "/stages#piece".to_owned(),
            }),
            Sujet::Fiches => Some("/fiches".to_owned()),
            Sujet::Depot => None,
        }
    }

    /// What she does about it.
    pub fn conseil(&self, dossier: &Dossier, constat: &Constat) -> &'static str {
        match (constat.sujet, constat.motif) {
            (Sujet::Depot, Some(Motif::DepotTardif)) => "Parlez-en tout de suite à votre équipe.",
            (Sujet::Depot, _) => "Remettez le dossier à votre équipe, qui note son dépôt ici.",
            (Sujet::Duree, _) if dossier.faits + dossier.prevus >= self.compte.requis => {
                "Faites les périodes prévues, et faites signer une attestation à la fin de chacune."
            }
            (Sujet::Duree, _) => "Parlez-en à votre équipe, qui enregistre chaque période.",
            (Sujet::Piece(n), _) => self.a_faire_de(n),
            (Sujet::Fiches, Some(_)) => {
                "Imprimez-la, faites-la signer, montrez-la à un enseignant."
            }
            (Sujet::Fiches, None) => "Écrivez vos fiches et faites-les relire.",
        }
    }

    fn a_faire_de(&self, n: usize) -> &'static str {
        let papier = self.papiers.get(n);
        match papier.map(|p| p.piece.etat) {
            Some(EtatPiece::Deposee) => "Rien à faire pour vous.",
            Some(EtatPiece::Manquante) => "Faites-la signer, puis déposez-la.",
            _ => "Lisez la remarque de votre enseignant, puis déposez-la de nouveau.",
        }
    }
}
