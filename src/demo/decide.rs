//! What the team of the demonstration decided: levels settled in the second year, one otherwise than proposed; a livret
//! that is stopped, and asked to be opened again.
use anyhow::{Context, Result, bail};
use time::{Duration, OffsetDateTime};

use super::{entrer, gens::Groupe};
use crate::{
    app::App,
    compte::Enseignant,
    referentiel::Edition,
    regle,
    validation::{Issue, Voulue},
};

/// How many students have their first bloc settled.
const DECIDES: usize = 8;

async fn enseignant(app: &App, identifiant: &str) -> Result<Enseignant> {
    Enseignant::of(entrer(app, identifiant).await?).context("not a teacher")
}

/// The first bloc of the first students, as proposed; one level is raised, with its reason. What is judged afterwards may
/// contradict it.
pub(super) async fn decider(
    app: &App,
    edition: &Edition,
    groupe: &Groupe,
    le: OffsetDateTime,
) -> Result<()> {
    let qui = enseignant(app, groupe.enseignants.first().context("nobody teaches")?).await?;
    let mut db = app.begin_at(&qui, le).await?;
    let promotion = qui.promotion(&mut db, groupe.promotion_id).await?;
    let etudiants = promotion.etudiants(&mut db, qui.aujourd_hui()).await?;
    let ids: Vec<i64> = etudiants.iter().take(DECIDES).map(crate::etudiant::Etudiant::id).collect();
    let reglage = promotion.reglage(&mut db).await?;
    let faits = regle::faits(&mut db, edition.edition_id, &ids).await?;
    let proposees = regle::propositions(&reglage, &edition.niveaux, &faits);
    let bloc = edition.blocs.first().context("no bloc")?;
    let du_bloc = |code: &str| bloc.sous_competences().any(|s| s.code == code);
    let mut voulues: Vec<Voulue> = proposees
        .iter()
        .filter(|((_, code), _)| du_bloc(code))
        .map(|((etudiant, code), p)| Voulue {
            etudiant_id: *etudiant,
            code: code.clone(),
            niveau: Some(p.niveau.clone()),
            ..Voulue::default()
        })
        .collect();
    if let Some(premiere) = voulues.first_mut() {
        premiere.niveau = plus_haut(edition).map(str::to_owned);
        "Réussi deux fois devant l’équipe, à l’oral blanc.".clone_into(&mut premiere.motif);
    }
    match qui.decider(&mut db, (&promotion, edition), &voulues, app.random.uuid()).await? {
        Issue::Ecrites(_) => Ok(db.commit().await?),
        Issue::Refusees(refus) => bail!("{refus:?}"),
    }
}

fn plus_haut(edition: &Edition) -> Option<&str> {
    edition.echelle().max_by_key(|n| n.rang).map(|n| n.code.as_str())
}

/// The last student's livret is stopped the day before yesterday; a colleague asks that it be opened again.
pub(super) async fn arreter(app: &App, groupe: &Groupe) -> Result<()> {
    let le = app.clock.now() - Duration::days(2);
    let qui = enseignant(app, groupe.enseignants.first().context("nobody teaches")?).await?;
    let mut db = app.begin_at(&qui, le).await?;
    let coordonnateur = qui.coordonnateur(&mut db, groupe.promotion_id).await?;
    let etudiants = coordonnateur.promotion.etudiants(&mut db, qui.aujourd_hui()).await?;
    let dernier = etudiants.last().context("no student")?.id();
    coordonnateur.arreter_livrets(&mut db, &[dernier], app.random.uuid()).await?;
    db.commit().await?;
    let collegue = enseignant(app, groupe.enseignants.last().context("nobody teaches")?).await?;
    let mut db = app.begin_at(&collegue, le + Duration::days(1)).await?;
    let etudiant = collegue.etudiant(&mut db, dernier).await?;
    let motif = "Le bilan du second stage est arrivé après l’arrêt.";
    collegue.demander_reouverture(&mut db, &etudiant, motif, app.random.uuid()).await?;
    Ok(db.commit().await?)
}
