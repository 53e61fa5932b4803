//! A sous-compétence of a student as pages show it: what the rule proposes, what the team decided, what contradicts it.
use std::collections::BTreeMap;

use super::decidee::{self, Decidee};
use crate::{
    app::Db,
    error::Result,
    referentiel::Edition,
    regle::{self, Fait, Proposition, Reglage, Revision},
};

/// One of them.
#[derive(Debug, Clone, Default)]
pub struct Arretee {
    pub proposee: Option<Proposition>,
    /// The last decision, withdrawn or not.
    pub decidee: Option<Decidee>,
    /// Newer evidence contradicts it: « à revoir ».
    pub revision: Option<Revision>,
}

impl Arretee {
    /// The decision that stands.
    pub fn arretee(&self) -> Option<&Decidee> {
        self.decidee.as_ref().filter(|d| d.niveau.is_some())
    }

    pub fn version(&self) -> i64 {
        self.decidee.as_ref().map_or(0, |d| d.version)
    }
}

/// Those of these students, by student and code: what was neither judged nor decided is not there.
pub async fn vues(
    db: &mut Db,
    edition: &Edition,
    reglage: &Reglage,
    etudiants: &[i64],
) -> Result<BTreeMap<(i64, String), Arretee>> {
    let faits = regle::faits(db, edition.edition_id, etudiants).await?;
    let decisions = decidee::decisions(db, edition.edition_id, etudiants).await?;
    Ok(composer(edition, reglage, &faits, decisions))
}

fn composer(
    edition: &Edition,
    reglage: &Reglage,
    faits: &[Fait],
    decisions: Vec<Decidee>,
) -> BTreeMap<(i64, String), Arretee> {
    let mut vues: BTreeMap<(i64, String), Arretee> = BTreeMap::new();
    for (cle, proposee) in regle::propositions(reglage, &edition.niveaux, faits) {
        vues.entry(cle).or_default().proposee = Some(proposee);
    }
    let par_case = regle::par_case(faits);
    for (cle, decidee) in decidee::par_case(decisions) {
        let siens = par_case.get(&(cle.0, cle.1.as_str())).map_or(&[][..], Vec::as_slice);
        let revision = decidee.revision(&edition.niveaux, siens);
        let vue = vues.entry(cle).or_default();
        (vue.decidee, vue.revision) = (Some(decidee), revision);
    }
    vues
}
