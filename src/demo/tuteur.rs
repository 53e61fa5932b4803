//! The tutors of the demonstration: some signed, one on paper, some opened their page, some are silent.
use std::collections::BTreeMap;

use anyhow::{Context, Result};
use time::Duration;

use super::{Groupe, entrer};
use crate::{
    app::{App, Db, InTheNameOf},
    compte::Enseignant,
    date,
    etudiant::Etudiant,
    form::FormErrors,
    promotion::Promotion,
    referentiel,
    stage::{Periode, stages},
    tuteur::{lien::Voie, question::Feuille, visite},
};

/// How many periods a tutor is asked about.
const DEMANDES: usize = 9;

/// Asks for the avis of the stages under way or just over, and answers for some of them.
pub(super) async fn raconter(app: &App, groupe: &Groupe) -> Result<()> {
    let martin = Enseignant::of(entrer(app, "martin").await?).context("she teaches")?;
    let mut db = app.begin(&martin).await?;
    let promotion = martin.promotion(&mut db, groupe.promotion_id).await?;
    let etudiants = promotion.etudiants(&mut db, martin.jour()).await?;
    let periodes = recentes(&martin, &mut db, &promotion, &etudiants).await?;
    let edition = referentiel::find(&mut *db, promotion.edition_id).await?.code.clone();
    let mut jetons = vec![];
    for (n, (etudiant, periode)) in periodes.iter().enumerate() {
        if n % 5 == 4 {
            sur_papier(app, &martin, &mut db, (etudiant, periode, &edition)).await?;
            continue;
        }
        let cle = app.random.uuid();
        let lien = martin.lier_tuteur(&mut db, (etudiant, periode), Voie::Papier, cle).await?;
        jetons.push((n, lien.1));
    }
    db.commit().await?;
    for (n, jeton) in jetons {
        repondre(app, n, &jeton).await?;
    }
    Ok(())
}

/// Those whose tutor may answer today, a student each.
async fn recentes(
    martin: &Enseignant,
    db: &mut Db,
    promotion: &Promotion,
    etudiants: &[Etudiant],
) -> Result<Vec<(Etudiant, Periode)>> {
    let ids: Vec<i64> = etudiants.iter().map(Etudiant::id).collect();
    let jour = martin.jour();
    let mut la = vec![];
    for p in stages(db, promotion.promotion_id, &ids).await?.periodes {
        let ouverte = p.tuteur_id.is_some() && p.du <= jour && jour <= p.fin() + Duration::days(10);
        if let Some(e) = etudiants.iter().find(|e| e.id() == p.etudiant_id).filter(|_| ouverte) {
            la.push((e.clone(), p));
        }
    }
    la.truncate(DEMANDES);
    Ok(la)
}

async fn sur_papier(
    app: &App,
    martin: &Enseignant,
    db: &mut Db,
    (etudiant, periode, edition): (&Etudiant, &Periode, &str),
) -> Result<()> {
    let mut feuille = Feuille::vierge(db, edition, periode.periode_id).await?;
    let mut champs = reponses(&feuille, 2);
    let signe = periode.tuteur.clone().unwrap_or_default();
    champs.extend([
        ("nom".to_owned(), signe),
        ("papier_du".to_owned(), date::iso(&martin.jour())),
        ("remarque".to_owned(), "Feuille remise pendant la visite.".to_owned()),
    ]);
    feuille.remplir(&champs)?;
    let mut erreurs = FormErrors::default();
    let cle = app.random.uuid();
    martin.saisir_avis(db, (etudiant, periode), (&feuille, &champs), cle, &mut erreurs).await?;
    erreurs.is_empty().then_some(()).context("the paper is good")
}

/// Two thirds sign, one opens and stops there, the others say nothing.
async fn repondre(app: &App, n: usize, jeton: &str) -> Result<()> {
    if n % 4 == 3 {
        return Ok(());
    }
    let invite = visite::invite(app, jeton).await?.context("a link just made")?;
    visite::ouvrir(app, &invite).await?;
    if n % 4 == 2 {
        return Ok(());
    }
    let nom = invite.tuteur.clone();
    let tuteur = visite::tuteur(invite);
    let mut db = tuteur.begin(app).await?;
    let champs = reponses(&tuteur.feuille(&mut db).await?, n);
    let cle = app.random.uuid();
    let feuille = tuteur.tout_repondre(&mut db, &champs, cle).await?;
    tuteur.signer(&mut db, &feuille, &nom, cle).await?;
    Ok(db.commit().await?)
}

fn reponses(feuille: &Feuille, n: usize) -> BTreeMap<String, String> {
    let dites = &feuille.questionnaire.reponses;
    let une = |(k, q): (usize, &crate::tuteur::question::Question)| {
        (format!("e-{}", q.code), dites[(k * 2 + n) % dites.len()].code.clone())
    };
    feuille.questions().enumerate().map(une).collect()
}
