//! The exam of the demonstration: days of deposit that are known, and candidates who are registered.
use anyhow::{Context, Result};
use time::{Date, Duration, Month};

use super::{Groupe, entrer};
use crate::{
    app::{App, InTheNameOf},
    compte::Enseignant,
    examen::{self, Depot, Voulue},
    referentiel,
};

/// One in so many came by apprenticeship.
const APPRENTIS: usize = 11;

/// Says when each file is due in the spring of the exam, and registers everybody but the last, who has no number yet.
pub(super) async fn preparer(app: &App, groupe: &Groupe) -> Result<()> {
    let martin = Enseignant::of(entrer(app, "martin").await?).context("she teaches")?;
    let mut db = app.begin(&martin).await?;
    let elle = martin.coordonnateur(&mut db, groupe.promotion_id).await?;
    let edition = referentiel::find(&mut *db, elle.promotion.edition_id).await?;
    let Some(regle) = examen::lire(&mut db, groupe.promotion_id, &edition).await? else {
        return Ok(());
    };
    let depot = Date::from_calendar_date(elle.promotion.annee_examen, Month::March, 26)?;
    let dates: Vec<Depot> = regle
        .echeances
        .iter()
        .zip(0..)
        .map(|(e, n)| Depot {
            epreuve: e.dossier.epreuve.clone(),
            le: Some(depot + Duration::weeks(n)),
            version: e.version,
        })
        .collect();
    elle.fixer_echeances(&mut db, &edition, &dates, app.random.uuid()).await?;
    let etudiants = elle.promotion.etudiants(&mut db, martin.jour()).await?;
    let dernier = etudiants.len().saturating_sub(1);
    let autre = regle.reglement.voie("apprentissage").unwrap_or(regle.reglement.voie_usuelle());
    let candidats: Vec<Voulue> = etudiants
        .iter()
        .enumerate()
        .map(|(n, e)| Voulue {
            etudiant_id: e.id(),
            voie: if n % APPRENTIS == APPRENTIS - 1 {
                autre
            } else {
                regle.reglement.voie_usuelle()
            }
            .code
            .clone(),
            numero: (n < dernier).then(|| format!("00{:06}", 271_000 + 37 * n)),
            version: 0,
        })
        .collect();
    elle.inscrire_a_l_examen(&mut db, &edition, &candidats, app.random.uuid()).await?;
    Ok(db.commit().await?)
}
