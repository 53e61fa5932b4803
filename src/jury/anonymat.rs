//! A dossier by candidate numbers alone.
use super::dossier::{Candidat, Dossier};

/// Said wherever names are left out.
pub const MENTION: &str = "Sans noms\u{a0}: chaque candidat est désigné par son numéro. Les textes écrits par les personnes \
    (remarques, titres, organisations) sont donnés tels quels.";

impl Dossier {
    /// The same without names, by number: the order of a list of names would tell them.
    #[must_use]
    pub fn anonyme(mut self) -> Self {
        for candidat in &mut self.candidats {
            candidat.appel = appel(candidat);
            candidat.nom.clear();
            candidat.prenom.clear();
        }
        self.candidats.sort_by_key(|c| (c.numero.is_none(), rang(c.numero.as_deref()), c.place));
        self.anonyme = true;
        self
    }

    /// The same, by candidate number; those who have none come last, by name.
    #[must_use]
    pub fn par_numero(mut self) -> Self {
        self.candidats.sort_by_key(|c| (c.numero.is_none(), rang(c.numero.as_deref())));
        self
    }
}

/// « Candidat 02347 », « Candidat 07 (sans numéro) ».
fn appel(candidat: &Candidat) -> String {
    match &candidat.numero {
        Some(numero) => format!("Candidat {numero}"),
        None => format!("Candidat {:02} (sans numéro)", candidat.place),
    }
}

/// Numbers of unequal lengths are ordered as numbers.
fn rang(numero: Option<&str>) -> (usize, String) {
    let nu = numero.unwrap_or_default().trim_start_matches('0').to_owned();
    (nu.len(), nu)
}
