//! The commissions of the demonstration: formed for the épreuves that the school judges itself, some candidates examined.
use std::{collections::BTreeMap, sync::Arc};

use anyhow::{Context, Result};
use time::{Date, Duration, Month};

use super::{Groupe, entrer};
use crate::{
    app::{App, Db, InTheNameOf},
    commission::{
        self, Cochee, Contenu, Ecrite, Etat, Forme, Membre, Moment, Note, Passage, Voulue,
        modele::Grille,
    },
    compte::{Compte, Enseignant, Examinateur, Jury},
    examen::{self, Examen},
    referentiel,
};

/// How many candidates each commission has examined already.
const EXAMINES: usize = 3;
/// Of these, how many are locked.
const VERROUILLES: usize = 2;

/// What the commissions wrote, in turn.
const APPRECIATIONS: [&str; 3] = [
    "Démarche structurée, cibles bien choisies ; les résultats sont mesurés et commentés.",
    "Écoute active et questionnement pertinent ; la conclusion gagnerait en assurance.",
    "Informations utiles à l’entreprise, bien triées ; le partage avec l’équipe reste à organiser.",
];

struct Ecole {
    examen: Examen,
    /// Who may sit, by identifiant.
    gens: BTreeMap<&'static str, Arc<Compte>>,
}

/// Two commissions for each épreuve in CCF: E4 has begun, E6 is planned.
pub(super) async fn raconter(app: &App, groupe: &Groupe) -> Result<()> {
    let mut gens = BTreeMap::new();
    for qui in ["martin", "okafor", "petitjean", "rossi", "jury"] {
        gens.insert(qui, entrer(app, qui).await?);
    }
    let martin = Enseignant::of(gens["martin"].clone()).context("she teaches")?;
    let mut db = app.begin(&martin).await?;
    let elle = martin.coordonnateur(&mut db, groupe.promotion_id).await?;
    let edition = referentiel::find(&mut *db, elle.promotion.edition_id).await?;
    let Some(examen) = examen::lire(&mut db, groupe.promotion_id, &edition).await? else {
        return Ok(());
    };
    let etudiants = elle.promotion.etudiants(&mut db, martin.jour()).await?;
    let ids: Vec<i64> = etudiants.iter().map(crate::etudiant::Etudiant::id).collect();
    let (debut, suite) = ids.split_at(ids.len() / 2);
    let ecole = Ecole { examen, gens };
    let mut formees = vec![];
    for (epreuve, numero, examinent, candidats) in [
        ("E4", "1", ["martin", "okafor"], debut),
        ("E4", "2", ["petitjean", "jury"], suite),
        ("E6", "1", ["rossi", "martin"], debut),
        ("E6", "2", ["okafor", "petitjean"], suite),
    ] {
        let voulue = ecole.voulue((epreuve, numero), examinent, candidats);
        let fait = elle.former(&mut db, &voulue, app.random.uuid()).await?;
        let id = fait.map_err(|r| anyhow::anyhow!("refused: {r:?}"))?;
        formees.push((id, epreuve, examinent));
    }
    let printemps = Date::from_calendar_date(elle.promotion.annee_examen, Month::April, 5)?;
    for (n, epreuve) in ["E4", "E6"].into_iter().enumerate() {
        let jour = printemps + Duration::weeks(2 * i64::try_from(n)?);
        let passages = prevus(&ids, jour);
        elle.fixer_passages(&mut db, (&elle.promotion, epreuve), &passages, app.random.uuid())
            .await?;
    }
    db.commit().await?;
    for (id, epreuve, examinent) in formees {
        if epreuve == "E4" {
            ecole.examiner(app, id, examinent).await?;
        }
    }
    Ok(())
}

/// Everybody's two situations, six a day from this day on.
fn prevus(ids: &[i64], jour: Date) -> Vec<Passage> {
    const PAR_JOUR: usize = 6;
    const JOURS_OUVRES: usize = 5;
    let mut prevus = vec![];
    for (n, id) in ids.iter().enumerate() {
        for (rang, temps) in ["A", "B"].into_iter().enumerate() {
            let jours = n / PAR_JOUR;
            let ouvres = jours + 2 * (jours / JOURS_OUVRES); // weekends are no days of exam
            let decale = i64::try_from(ouvres + 14 * rang).unwrap_or_default();
            let heure = 9 + n % PAR_JOUR;
            prevus.push(Passage {
                etudiant_id: *id,
                temps: temps.to_owned(),
                le: Some(jour + Duration::days(decale)),
                heure: format!("{heure:02}:00"),
                salle: format!("B{}", 10 + n % 3),
                etat: Etat::Du,
                version: 0,
            });
        }
    }
    prevus
}

impl Ecole {
    fn voulue(
        &self,
        (epreuve, numero): (&str, &str),
        examinent: [&str; 2],
        candidats: &[i64],
    ) -> Voulue {
        let membre = |qui: &str| {
            let compte = &self.gens[qui];
            let nom = compte.appellation();
            let qualite = match compte.est("jury") {
                true => "membre du jury",
                false if nom.starts_with("Mme") => "enseignante",
                false => "enseignant",
            };
            Membre {
                personne_id: Enseignant::of(compte.clone())
                    .map(|e| e.personne_id())
                    .or_else(|| Jury::of(compte.clone()).map(|j| j.personne_id())),
                nom,
                qualite: qualite.to_owned(),
                examine: true,
            }
        };
        Voulue {
            commission_id: None,
            epreuve: epreuve.to_owned(),
            forme: Forme::Ccf,
            numero: numero.to_owned(),
            membres: examinent.into_iter().map(membre).collect(),
            candidats: candidats.to_vec(),
            version: 0,
        }
    }

    fn examinateur(&self, qui: &str) -> Result<Examinateur> {
        let compte = &self.gens[qui];
        let enseignant = Enseignant::of(compte.clone()).map(Examinateur::Enseignant);
        enseignant.or_else(|| Jury::of(compte.clone()).map(Examinateur::Jury)).context("nobody")
    }

    /// The first candidates of a commission: both grids, then what was agreed, then the lock.
    async fn examiner(&self, app: &App, id: i64, examinent: [&str; 2]) -> Result<()> {
        for (place, qui) in examinent.into_iter().enumerate() {
            let elle = self.examinateur(qui)?;
            let mut db = app.begin(&elle).await?;
            let siege = elle.siege(&mut db, id).await?;
            let c = &siege.commission;
            let grille = Grille::de(&self.examen, &c.epreuve, c.forme).context("a grid")?;
            for (n, k) in c.candidats.iter().take(EXAMINES).enumerate() {
                let cochee = cochee(grille, n, place);
                let comment = (true, app.random.uuid());
                siege.cocher(&mut db, (k.etudiant_id, grille), &cochee, comment).await?;
            }
            db.commit().await?;
        }
        let elle = self.examinateur(examinent[0])?;
        let mut db = app.begin(&elle).await?;
        let siege = elle.siege(&mut db, id).await?;
        let c = siege.commission.clone();
        let grille = Grille::de(&self.examen, &c.epreuve, c.forme).context("a grid")?;
        for (n, k) in c.candidats.iter().take(VERROUILLES).enumerate() {
            let quoi = (k.etudiant_id, grille);
            siege.accorder(&mut db, quoi, &cochee(grille, n, 0), app.random.uuid()).await?;
            self.verrouiller(app, &mut db, (&siege, k.etudiant_id), n).await?;
        }
        Ok(db.commit().await?)
    }

    async fn verrouiller(
        &self,
        app: &App,
        db: &mut Db,
        (siege, etudiant_id): (&commission::Siege, i64),
        n: usize,
    ) -> Result<()> {
        let c = &siege.commission;
        let evaluation = commission::modele::Evaluation::de(&self.examen, &c.epreuve, c.forme)
            .context("a fiche")?;
        let mut contenu = Contenu::default();
        for (rang, t) in evaluation.temps.iter().enumerate() {
            let moment = Moment {
                natures: t.natures.iter().take(1).map(|n| n.code.clone()).collect(),
                appreciation: APPRECIATIONS[(n + rang) % APPRECIATIONS.len()].to_owned(),
                ..Moment::default()
            };
            contenu.temps.insert(t.code.clone(), moment);
        }
        let version = siege.evaluation(db, etudiant_id).await?.version;
        let demi_points = 21 + 5 * i32::try_from(n)?;
        let ecrite = Ecrite { contenu, note: Some(Note(demi_points * 50)), version };
        let comment = (true, app.random.uuid());
        Ok(siege.ecrire_evaluation(db, etudiant_id, &ecrite, comment).await?)
    }
}

/// A plausible grid: the second examiner is a little more severe on one line.
fn cochee(grille: &Grille, n: usize, place: usize) -> Cochee {
    let choix = grille.parties.iter().filter(|p| p.au_choix).nth(n % 2).map(|p| p.code.clone());
    let hauts = grille.degres.len();
    let lignes = grille.lignes_jugees(choix.as_deref());
    let coches = lignes.iter().enumerate().map(|(rang, l)| {
        let severe = usize::from(place == 1 && rang == n + 1);
        let degre = (hauts - 1 - (rang + n) % 3).saturating_sub(severe);
        (l.code.clone(), grille.degres[degre].code.clone())
    });
    Cochee { coches: coches.collect(), choix, bonus: 0, version: 0 }
}
