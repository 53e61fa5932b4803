//! What a few students asked of their teachers, where they said they stood, and what they were answered.
use anyhow::{Context, Result};
use time::Duration;

use super::{entrer, gens::Groupe};
use crate::{
    app::App,
    compte::{Enseignant, Moi},
    demande::{Reponse, Verdict, Voeu},
    referentiel::Edition,
};

/// The first ones of the list, with all that they recorded and nobody was asked to judge: the oldest is answered by a
/// request for more, the next with levels, and the others still wait for her to ask.
pub(super) async fn raconter(app: &App, edition: &Edition, groupe: &Groupe) -> Result<()> {
    let enseignant = groupe.enseignants.first().context("a promotion without a teacher")?;
    let enseignant = Enseignant::of(entrer(app, enseignant).await?).context("not a teacher")?;
    for identifiant in groupe.etudiants.iter().take(6) {
        let moi = Moi::of(entrer(app, identifiant).await?).context("not a student")?;
        for (rang, preuve_id) in a_demander(app, &moi).await?.into_iter().take(2).enumerate() {
            let demande = demander(app, &moi, edition, preuve_id).await?;
            repondre(app, &enseignant, (edition, groupe), demande, rang == 0).await?;
        }
    }
    Ok(())
}

/// Her preuves without a demande, oldest first.
async fn a_demander(app: &App, moi: &Moi) -> Result<Vec<i64>> {
    let mut db = app.begin(moi).await?;
    let etudiant = moi.etudiant(&mut db).await?;
    let demandes = etudiant.demandes(&mut db, None).await?;
    let mut preuves = etudiant.preuves(&mut db, None).await?;
    preuves.retain(|p| !demandes.iter().any(|d| d.preuve_id == p.preuve_id));
    Ok(preuves.iter().rev().map(|p| p.preuve_id).collect())
}

async fn demander(app: &App, moi: &Moi, edition: &Edition, preuve_id: i64) -> Result<i64> {
    let echelle: Vec<&str> = edition.echelle().map(|n| n.code.as_str()).collect();
    let mut db = app.begin_at(moi, app.clock.now() - Duration::days(12)).await?;
    let etudiant = moi.etudiant(&mut db).await?;
    let preuve = etudiant.preuve(&mut db, preuve_id).await?;
    // Nobody thinks that she stands at the bottom: the levels go round above it.
    let niveau = |k: usize| echelle[1 + k % (echelle.len() - 1)].to_owned();
    let voeux: Vec<Voeu> = (preuve.codes.iter().enumerate())
        .map(|(k, code)| Voeu {
            code: code.clone(),
            niveau: Some(niveau(k + usize::try_from(preuve_id).unwrap_or(0))),
            pourquoi: String::new(),
        })
        .collect();
    let id = moi.demander(&mut db, &etudiant, &preuve, &voeux, app.random.uuid()).await?;
    db.commit().await?;
    Ok(id)
}

async fn repondre(
    app: &App,
    enseignant: &Enseignant,
    (edition, groupe): (&Edition, &Groupe),
    demande: i64,
    completer: bool,
) -> Result<()> {
    let mut db = app.begin_at(enseignant, app.clock.now() - Duration::days(9)).await?;
    let promotion = enseignant.promotion(&mut db, groupe.promotion_id).await?;
    let lue = promotion.demande(&mut db, demande).await?;
    let (acte, motif) = if completer {
        (Verdict::Completer, "Quel résultat avez-vous obtenu\u{a0}? Ajoutez le bilan chiffré.")
    } else {
        let dit = |l: &crate::demande::Ligne| Some((l.code.clone(), l.niveau.clone()?));
        (Verdict::Valider(lue.lignes.iter().filter_map(dit).take(1).collect()), "Bien mené.")
    };
    let (motif, cle) = (motif.to_owned(), app.random.uuid());
    let reponse = Reponse { acte, motif, version: lue.version, cle };
    enseignant.repondre(&mut db, (&promotion, edition), &lue, &reponse).await?;
    Ok(db.commit().await?)
}
