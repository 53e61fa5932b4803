//! Finding somebody: by INE, by the number of another program, by name and birthday; by name alone it is only a question.
use std::collections::{BTreeSet, HashMap};

use time::Date;

use super::super::{gens::Personne, lecture::Entrant};

/// What a search gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouve {
    Elle(i64),
    /// Perhaps one of these: she is asked.
    Peut(Vec<i64>),
    /// Perhaps who is on another row of the list.
    Double(u32),
    Personne,
    Faute(String),
}

/// The people of the school, by what one looks for.
pub(super) struct Annuaire<'a> {
    ine: HashMap<&'a str, &'a Personne>,
    externe: HashMap<(&'a str, &'a str), &'a Personne>,
    nom: HashMap<String, Vec<&'a Personne>>,
}

/// Surely two people: two INE, or two birthdays.
pub(super) fn distincts(un: &Entrant, autre: &Entrant) -> bool {
    let deux_dates =
        un.naissance.is_some() && autre.naissance.is_some() && un.naissance != autre.naissance;
    let deux_ine = un.ine.is_some() && autre.ine.is_some() && un.ine != autre.ine;
    // The same day: twins of name are asked about, even with two INE.
    let meme_jour = un.naissance.is_some() && un.naissance == autre.naissance;
    deux_dates || (deux_ine && !meme_jour)
}

impl<'a> Annuaire<'a> {
    pub(super) fn new(gens: &'a [Personne]) -> Self {
        let mut annuaire =
            Self { ine: HashMap::new(), externe: HashMap::new(), nom: HashMap::new() };
        for p in gens {
            if let Some(ine) = &p.etat.ine {
                annuaire.ine.insert(ine, p);
            }
            for (source, valeur) in &p.externes {
                annuaire.externe.insert((source, valeur), p);
            }
            annuaire.nom.entry(p.cle()).or_default().push(p);
        }
        annuaire
    }

    pub(super) fn chercher(&self, elle: &Entrant, ou: &BTreeSet<i64>, jour: Date) -> Trouve {
        let homonymes = self.nom.get(&elle.cle()).map_or(&[][..], Vec::as_slice);
        let par_ine = elle.ine.as_deref().and_then(|i| self.ine.get(i).copied());
        let meme_nom = |p: &Personne| p.cle() == elle.cle();
        let meme_jour =
            |p: &Personne| elle.naissance.is_some() && p.etat.naissance == elle.naissance;
        if let Some(p) = par_ine {
            return if meme_nom(p) || meme_jour(p) {
                Trouve::Elle(p.personne_id)
            } else {
                Trouve::Faute(format!(
                    "l’INE {} est déjà celui de {}. Vérifiez l’INE de {} auprès du secrétariat.",
                    elle.ine.as_deref().unwrap_or_default(),
                    p.liste(),
                    elle.liste()
                ))
            };
        }
        // Another INE is another person, unless all the rest is the same: then it is asked.
        let autre_ine =
            |p: &Personne| elle.ine.is_some() && p.etat.ine.is_some() && p.etat.ine != elle.ine;
        for (source, valeur) in &elle.externes {
            if let Some(p) = self.externe.get(&(source.as_str(), valeur.as_str()))
                && !autre_ine(p)
            {
                if meme_nom(p) || meme_jour(p) {
                    return Trouve::Elle(p.personne_id);
                }
                if source != "tableau" {
                    return Trouve::Peut(vec![p.personne_id]); // a number of the house, another name
                }
            }
        }
        let memes: Vec<&Personne> = homonymes.iter().copied().filter(|p| meme_jour(p)).collect();
        match memes.as_slice() {
            [seule] if !autre_ine(seule) => return Trouve::Elle(seule.personne_id),
            [] => {}
            plusieurs => return Trouve::Peut(plusieurs.iter().map(|p| p.personne_id).collect()),
        }
        let autre_jour = |p: &Personne| {
            elle.naissance.is_some() && p.etat.naissance.is_some_and(|n| Some(n) != elle.naissance)
        };
        let ici = |p: &Personne| p.ouvertes(jour).any(|o| ou.contains(&o));
        // In the same class a wrong birthday is likelier than a namesake; elsewhere two birthdays are two people.
        let peut: Vec<i64> = homonymes
            .iter()
            .filter(|p| !autre_ine(p) && (ici(p) || !autre_jour(p)))
            .map(|p| p.personne_id)
            .collect();
        if peut.is_empty() { Trouve::Personne } else { Trouve::Peut(peut) }
    }
}
