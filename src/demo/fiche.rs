//! The sheets of the demonstration: some kept and signed, some read, some waiting to be read, some only begun.
use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::{Groupe, entrer};
use crate::{
    app::{App, Db},
    compte::{Enseignant, Moi},
    etudiant::Etudiant,
    examen,
    fiche::{Modele, Texte, relecture::Suite},
    referentiel,
};

/// What is written in the sheets of the demonstration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ecrite {
    epreuve: String,
    nature: String,
    vecue: Option<bool>,
    titre: String,
    rubriques: BTreeMap<String, Vec<String>>,
}

impl Ecrite {
    fn texte(&self) -> Texte {
        Texte {
            titre: self.titre.clone(),
            nature: Some(self.nature.clone()),
            vecue: self.vecue,
            rubriques: self.rubriques.clone(),
        }
    }
}

/// Where a student of the demonstration stands: how many of the sheets she began, and how far the team went with them.
struct Avance {
    combien: usize,
    suites: &'static [Suite],
    remarque: bool,
}

/// One after the other, in the order of the list.
const AVANCES: [Avance; 6] = [
    Avance { combien: 4, suites: &[Suite::Retenir, Suite::Viser], remarque: false },
    Avance { combien: 2, suites: &[], remarque: true },
    Avance { combien: 2, suites: &[Suite::Relire], remarque: false },
    Avance { combien: 1, suites: &[], remarque: false },
    Avance { combien: 3, suites: &[Suite::Retenir], remarque: false },
    Avance { combien: 0, suites: &[], remarque: false },
];

pub(super) async fn raconter(app: &App, groupe: &Groupe) -> Result<()> {
    #[derive(Deserialize)]
    struct Fichier {
        fiches: Vec<Ecrite>,
    }
    let ecrites = toml::from_str::<Fichier>(include_str!("fiches.toml"))?.fiches;
    let martin = Enseignant::of(entrer(app, "martin").await?).context("she teaches")?;
    let mut db = app.begin(&martin).await?;
    let promotion = martin.promotion(&mut db, groupe.promotion_id).await?;
    let edition = referentiel::find(&mut *db, promotion.edition_id).await?;
    let Some(examen) = examen::lire(&mut db, groupe.promotion_id, &edition).await? else {
        return Ok(());
    };
    drop(db);
    for (identifiant, avance) in groupe.etudiants.iter().zip(AVANCES.iter().cycle()) {
        let elle = Moi::of(entrer(app, identifiant).await?).context("she studies")?;
        let etudiant = elle.etudiant(&mut *app.begin(&elle).await?).await?;
        for ecrite in &ecrites[..avance.combien] {
            let modele = Modele::de(&examen, &ecrite.epreuve).context("its model is known")?;
            let id = ecrire(app, &elle, (&etudiant, modele), ecrite).await?;
            relire(app, &martin, (&etudiant, modele, id), avance).await?;
        }
    }
    Ok(())
}

async fn ecrire(
    app: &App,
    elle: &Moi,
    (etudiant, modele): (&Etudiant, &Modele),
    ecrite: &Ecrite,
) -> Result<i64> {
    let mut db = app.begin(elle).await?;
    let texte = ecrite.texte();
    let quoi = (etudiant, modele);
    let id = elle.commencer_fiche(&mut db, quoi, (&texte, &[]), app.random.uuid()).await?;
    let fiche = etudiant.fiche(&mut db, id).await?;
    let lue = (fiche.version, app.random.uuid());
    elle.ecrire_fiche(&mut db, (etudiant, &fiche), &texte, lue).await?;
    db.commit().await?;
    Ok(id)
}

async fn relire(
    app: &App,
    martin: &Enseignant,
    (etudiant, modele, id): (&Etudiant, &Modele, i64),
    avance: &Avance,
) -> Result<()> {
    let mut db: Db = app.begin(martin).await?;
    for suite in avance.suites {
        let fiche = etudiant.fiche(&mut db, id).await?;
        let lue = (fiche.version, app.random.uuid());
        martin.suivre_fiche(&mut db, (etudiant, &fiche, modele), suite, lue).await?;
    }
    if avance.remarque {
        let fiche = etudiant.fiche(&mut db, id).await?;
        let dite = ("resultats", "Donnez le résultat avant et après votre action.", 1);
        martin.remarquer_fiche(&mut db, (etudiant, &fiche), dite, app.random.uuid()).await?;
    }
    Ok(db.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_of_the_models() {
        #[derive(Deserialize)]
        struct Fichier {
            fiches: Vec<Ecrite>,
        }
        let lues = toml::from_str::<Fichier>(include_str!("fiches.toml")).unwrap().fiches;
        assert!(AVANCES.iter().all(|a| a.combien <= lues.len()));
        for ecrite in lues {
            let modele = Modele::par_code("NDRC-2018", &ecrite.epreuve).unwrap();
            assert!(modele.nature(&ecrite.nature).is_some(), "{}", ecrite.titre);
            assert!(
                ecrite.rubriques.keys().all(|c| modele.rubrique(c).is_some()),
                "{}",
                ecrite.titre
            );
            assert_eq!(ecrite.texte().manques(modele), Vec::<&str>::new(), "{}", ecrite.titre);
        }
    }
}
