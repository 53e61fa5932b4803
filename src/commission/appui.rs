//! Beside the grid, what the livret says of the candidate: levels, evidence, periods of stage, sheets.
use std::collections::BTreeMap;

use super::{Siege, modele};
use crate::{
    app::Db,
    error::Result,
    fiche::{self, Fiche},
    preuve::{self, Preuve},
    progression, referentiel,
    regle::Proposition,
    stage::{self, Periode},
    validation::{self, Decidee},
};

/// What the livret says of a line of the grid.
#[derive(Debug, Clone)]
pub(super) struct Repere {
    pub niveau: Option<String>,
    /// The team settled on it.
    pub arrete: bool,
    pub situations: usize,
    /// Why that level.
    pub phrase: String,
}

/// Everything that the commission reads beside its grid.
pub(super) struct Appui {
    pub reperes: BTreeMap<String, Repere>,
    /// Those that show a line of the grid first.
    pub preuves: Vec<Preuve>,
    pub periodes: Vec<Periode>,
    /// Her recorded sheets of the épreuve.
    pub fiches: Vec<Fiche>,
    /// Whoever reads may open them: a teacher.
    pub ouvrable: bool,
}

impl Appui {
    pub fn repere(&self, code: &str) -> Option<&Repere> {
        self.reperes.get(code)
    }
}

impl Siege {
    /// What the livret of a candidate says, for this épreuve.
    pub(super) async fn appui(
        &self,
        db: &mut Db,
        (etudiant_id, grille): (i64, Option<&modele::Grille>),
    ) -> Result<Appui> {
        let promotion = self.qui().promotion(db, self.commission.promotion_id).await?;
        let etudiant = self.qui().etudiant(db, etudiant_id).await?;
        let edition = referentiel::find(&mut **db, promotion.edition_id).await?;
        let reglage = promotion.reglage(db).await?;
        let ids = [etudiant_id];
        let positionnes = progression::positionnes(db, &edition, &ids).await?;
        let volets = progression::volets(&edition, &reglage, positionnes);
        let decisions =
            validation::par_case(validation::decisions(db, edition.edition_id, &ids).await?);
        let mut reperes = BTreeMap::new();
        for l in volets.iter().flat_map(|v| &v.lignes) {
            let code = l.sous_competence.code.clone();
            let decidee =
                decisions.get(&(etudiant_id, code.clone())).filter(|d| d.niveau.is_some());
            let proposee = l.proposition.as_ref().map(Proposition::phrase).unwrap_or_default();
            let repere = Repere {
                niveau: decidee
                    .and_then(|d| d.niveau.clone())
                    .or_else(|| l.niveau().map(str::to_owned)),
                arrete: decidee.is_some(),
                situations: l.positionnes.len(),
                phrase: decidee.map_or(proposee, Decidee::en_mots),
            };
            reperes.insert(code, repere);
        }
        let mut preuves = preuve::preuves_de(db, std::slice::from_ref(&etudiant), None).await?;
        let de_l_epreuve =
            |p: &Preuve| p.codes.iter().any(|c| grille.is_some_and(|g| g.ligne(c).is_some()));
        preuves.sort_by_key(|p| (!de_l_epreuve(p), std::cmp::Reverse(p.vecue_le)));
        let stages = stage::stages(db, promotion.promotion_id, &ids).await?;
        let periodes = stages.de(etudiant_id).cloned().collect();
        let mut fiches = fiche::fiches(db, promotion.promotion_id, &ids).await?;
        fiches.retain(|f| f.epreuve == self.commission.epreuve && f.rang.is_some());
        let ouvrable = self.qui().enseigne();
        Ok(Appui { reperes, preuves, periodes, fiches, ouvrable })
    }
}
