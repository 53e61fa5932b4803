//! The internships of the demonstration: a long one in the first year, one under way, one to come for most.
use anyhow::{Context, Result, bail};
use time::{Date, Duration};

use super::{Groupe, entrer};
use crate::{
    app::{App, InTheNameOf},
    compte::Enseignant,
    stage::{
        Absence,
        carnet::{Coordonnees, Personne},
        periode::{Choisi, Issue, Voulue},
        stages,
    },
};

/// Where they are, with whom: nom, secteur, adresse, ville, then the tutor.
const LIEUX: [([&str; 4], [&str; 3]); 4] = [
    (
        ["Boulangerie du Port (fictive)", "Commerce de détail", "12 rue des Fours", "Valmont"],
        ["M.", "Paul", "PETIT"],
    ),
    (
        [
            "Chauffage Lambert (fictif)",
            "Installation et entretien",
            "4 quai des Tanneurs",
            "Valmont",
        ],
        ["Mme", "Nadia", "ROCHE"],
    ),
    (
        ["Épicerie du Quai (fictive)", "Commerce de détail", "18 rue du Port", "Valmont"],
        ["M.", "Yves", "COMTE"],
    ),
    (
        ["Assurances du Fleuve (fictives)", "Assurance", "2 place du Marché", "Valmont"],
        ["Mme", "Irène", "VIDAL"],
    ),
];

/// Days from today to the first day, length in days, and who of every so many has it.
const PERIODES: [(i64, i64, usize); 3] = [(-190, 55, 1), (-25, 27, 1), (40, 27, 5)];

/// Plans everybody's periods; a few miss the last one, some were ill.
pub(super) async fn raconter(app: &App, groupe: &Groupe) -> Result<()> {
    let martin = Enseignant::of(entrer(app, "martin").await?).context("she teaches")?;
    let mut db = app.begin(&martin).await?;
    let promotion = martin.promotion(&mut db, groupe.promotion_id).await?;
    let etudiants = promotion.etudiants(&mut db, martin.jour()).await?;
    let mut connus: [Option<(i64, i64)>; LIEUX.len()] = [None; LIEUX.len()];
    for (n, etudiant) in etudiants.iter().enumerate() {
        for (rang, (debut, longueur, sauf)) in PERIODES.into_iter().enumerate() {
            if sauf > 1 && n % sauf == sauf - 1 {
                continue;
            }
            let du = lundi(martin.jour() + Duration::days(debut));
            let malade = (rang == 0 && n % 6 == 2).then(|| Absence {
                du: du + Duration::days(7),
                au: du + Duration::days(8),
                motif: "maladie".into(),
            });
            let ou = (n + rang) % LIEUX.len();
            let mut voulue = voulue(ou, connus[ou], (du, longueur));
            voulue.referent_id = Some(martin.personne_id());
            voulue.absences = malade.into_iter().collect();
            let quoi = (&promotion, etudiant);
            match martin.prevoir(&mut db, quoi, &voulue, app.random.uuid()).await? {
                Issue::Ecrite(_) => {}
                Issue::Refusee(pourquoi) => bail!("a period is refused: {pourquoi:?}"),
            }
            if connus[ou].is_none() {
                let siennes = stages(&mut db, promotion.promotion_id, &[etudiant.id()]).await?;
                let elle = siennes.periodes.iter().find(|p| p.du == du);
                connus[ou] = elle.and_then(|p| Some((p.organisation_id, p.tuteur_id?)));
            }
        }
    }
    Ok(db.commit().await?)
}

fn lundi(jour: Date) -> Date {
    jour - Duration::days(i64::from(jour.weekday().number_days_from_monday()))
}

fn voulue(ou: usize, connu: Option<(i64, i64)>, (du, longueur): (Date, i64)) -> Voulue {
    let ([nom, secteur, adresse, ville], [civilite, prenom, patronyme]) = LIEUX[ou];
    let (organisation, tuteur) = match connu {
        Some((organisation, tuteur)) => (Choisi::Connu(organisation), Choisi::Connu(tuteur)),
        None => (
            Choisi::Nouveau(Coordonnees {
                nom: nom.to_owned(),
                secteur: secteur.to_owned(),
                adresse: adresse.to_owned(),
                code_postal: "69000".to_owned(),
                ville: ville.to_owned(),
                ..Coordonnees::default()
            }),
            Choisi::Nouveau(Personne {
                civilite: Some(civilite.to_owned()),
                nom: patronyme.to_owned(),
                prenom: prenom.to_owned(),
                mel: "tuteur@example.org".to_owned(),
                ..Personne::default()
            }),
        ),
    };
    Voulue {
        organisation,
        tuteur: Some(tuteur),
        referent_id: None,
        du,
        au: du + Duration::days(longueur - 1),
        interrompue_le: None,
        rythme: [420, 420, 420, 420, 420, 0, 0],
        absences: vec![],
    }
}
