//! The page of a period, for her team and for her.
use std::{borrow::Borrow, sync::Arc};

use askama::Template;
use askama_web::WebTemplate;
use axum::{Router, extract::State, routing::get};
use time::Date;

use super::{
    Periode, attestation,
    carnet::{self, Organisation, Tuteur},
    mission::{Mission, missions},
    mission_pages::Saisie,
    papier::Papier,
    piece_pages::Controle,
    semaine::{Semaine, semaines},
    semaine_pages,
    visite::{Mode, Visite, visites},
    visite_pages,
};
use crate::{
    app::{App, Db, InTheNameOf},
    compte::{Deposant, Enseignant, Moi},
    consultation, date,
    error::Result,
    etudiant::Etudiant,
    examen::{self, Examen},
    form::{FormErrors, Path},
    page::Cadre,
    referentiel::{self, Edition},
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/stages/{periode}", get(show_mine))
        .route("/etudiants/{id}/stages/{periode}", get(show))
}

/// « 17 jours faits sur 20 jours comptés ».
fn presence(periode: &Periode, examen: &Examen, jour: Date) -> String {
    let (faits, tous) = periode.jours_au(examen.reglement, jour);
    let faits = date::nombre(i64::from(faits), "jour fait", "jours faits");
    format!("{faits} sur {}", date::nombre(i64::from(tous), "jour compté", "jours comptés"))
}

/// The exam that a student prepares.
pub(super) async fn examen_de(
    db: &mut Db,
    etudiant: &Etudiant,
) -> Result<(Arc<Edition>, Option<Examen>)> {
    let edition = referentiel::find(&mut **db, etudiant.edition_id).await?;
    let examen = examen::lire(db, etudiant.promotion_id(), &edition).await?;
    Ok((edition, examen))
}

/// A period, and who reads it.
pub(super) struct Lieu {
    pub qui: Deposant,
    pub etudiant: Etudiant,
    pub periode: Periode,
    /// Where its pages are.
    pub base: String,
}

impl Lieu {
    pub async fn trouver(
        db: &mut Db,
        qui: Deposant,
        id: Option<i64>,
        periode: i64,
    ) -> Result<Self> {
        let etudiant = qui.de(db, id).await?;
        let periode = etudiant.periode(db, periode).await?;
        let base = match id {
            Some(id) => format!("/etudiants/{id}/stages/{}", periode.periode_id),
            None => format!("/stages/{}", periode.periode_id),
        };
        Ok(Self { qui, etudiant, periode, base })
    }
}

/// What was typed in one of the forms of the page, and what is wrong with it.
#[derive(Debug, Default)]
pub(super) struct Dit {
    pub saisie: Saisie,
    pub controle: Option<Controle>,
    pub visite: Option<visite_pages::Saisie>,
    pub semaine: Option<semaine_pages::Saisie>,
    pub erreurs: FormErrors,
}

#[derive(Template, WebTemplate)]
#[template(path = "stage/show.html")]
pub(super) struct Show {
    cadre: Cadre,
    base: String,
    /// Her own page.
    moi: bool,
    lecteur: i64,
    etudiant: Etudiant,
    edition: Arc<Edition>,
    periode: Periode,
    /// Whole days of this period, by today and in all, where the rules say what a day is.
    presence: Option<String>,
    organisation: Organisation,
    tuteur: Option<Tuteur>,
    missions: Vec<Mission>,
    /// The last first.
    semaines: Vec<Semaine>,
    /// One of them, as it was typed.
    ecrite: Option<semaine_pages::Saisie>,
    /// The last first.
    visites: Vec<Visite>,
    /// One of them, or another, as it was typed.
    dite: Option<visite_pages::Saisie>,
    papier: Papier,
    jour: Date,
    saisie: Saisie,
    /// A form of the page comes back from a sign-in on the way.
    reprise: bool,
    erreurs: FormErrors,
}

impl Show {
    fn etat(&self) -> &'static str {
        self.periode.etat(self.jour).intitule()
    }

    /// A form of missions is what is to be corrected.
    fn aux_missions(&self) -> bool {
        ["intitule", "codes"].iter().any(|c| self.erreurs.get(c).is_some())
            || self.saisie.reprise.is_some()
    }

    fn intitule<'a>(&'a self, code: &str) -> &'a str {
        self.edition.sous_competence(code).map_or("", |s| &s.intitule)
    }

    /// The form of a visit, or of another (0), as it was typed last.
    fn visite(&self, visite: impl Borrow<i64>) -> visite_pages::Saisie {
        let visite = *visite.borrow();
        let dite = self.dite.as_ref().filter(|d| d.visite == visite).cloned();
        let connue = || self.visites.iter().find(|v| v.visite_id == visite);
        dite.or_else(|| connue().map(visite_pages::Saisie::of)).unwrap_or_default()
    }

    /// This form is what is to be corrected, or read again.
    fn a_la_visite(&self, visite: impl Borrow<i64>) -> bool {
        let visite = *visite.borrow();
        self.dite.as_ref().is_some_and(|d| d.visite == visite)
    }

    /// The form of a week, as it was typed last.
    fn semaine(&self, semaine: &Semaine) -> semaine_pages::Saisie {
        let ecrite = self.ecrite.as_ref().filter(|e| e.lundi == Some(semaine.lundi));
        ecrite.cloned().unwrap_or_else(|| semaine_pages::Saisie::of(semaine))
    }

    fn a_la_semaine(&self, semaine: &Semaine) -> bool {
        self.ecrite.as_ref().is_some_and(|e| e.lundi == Some(semaine.lundi))
    }

    pub async fn ouvrir(
        app: &App,
        db: &mut Db,
        lieu: Lieu,
        Dit { saisie, controle, visite, semaine, erreurs }: Dit,
    ) -> Result<Self> {
        let Lieu { qui, etudiant, periode, base } = lieu;
        let (edition, examen) = examen_de(db, &etudiant).await?;
        let jour = qui.compte().aujourd_hui();
        let presence = examen.as_ref().map(|e| presence(&periode, e, jour));
        let attestable = examen.as_ref().is_some_and(|e| attestation::libelles(e).is_some());
        let organisation = carnet::organisation(db, periode.organisation_id).await?;
        let tuteurs = carnet::tuteurs(db).await?;
        let tuteur = tuteurs.into_iter().find(|t| Some(t.tuteur_id) == periode.tuteur_id);
        let moi = matches!(qui, Deposant::Etudiant(_));
        let reprise = saisie.reprise.is_some()
            || controle.as_ref().is_some_and(|c| c.reprise.is_some())
            || visite.as_ref().is_some_and(|v| v.reprise.is_some())
            || semaine.as_ref().is_some_and(|s| s.reprise.is_some());
        let cle = app.random.uuid();
        let elle = (&etudiant, Some(&periode));
        let mut papier = Papier::lire(db, &qui, elle, &base, (controle, cle)).await?;
        papier.modele = attestable.then(|| format!("{base}/attestation.pdf"));
        Ok(Self {
            cadre: qui.compte().cadre(if moi { "/stages" } else { "/promotions" }),
            base,
            moi,
            lecteur: qui.personne_id(),
            missions: missions(db, &[periode.periode_id]).await?,
            semaines: semaines(db, &periode, jour).await?,
            ecrite: semaine,
            visites: visites(db, &periode).await?,
            dite: visite,
            etudiant,
            edition,
            periode,
            presence,
            organisation,
            tuteur,
            jour,
            papier,
            reprise,
            saisie: Saisie { cle, ..saisie },
            erreurs,
        })
    }
}

async fn show_mine(moi: Moi, State(app): State<App>, Path(periode): Path<i64>) -> Result<Show> {
    let mut db = app.begin(&moi).await?;
    let lieu = Lieu::trouver(&mut db, Deposant::Etudiant(moi), None, periode).await?;
    Show::ouvrir(&app, &mut db, lieu, Dit::default()).await
}

async fn show(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, periode)): Path<(i64, i64)>,
) -> Result<Show> {
    let mut db = app.begin(&enseignant).await?;
    let lieu = Lieu::trouver(&mut db, (&enseignant).into(), Some(id), periode).await?;
    let page = Show::ouvrir(&app, &mut db, lieu, Dit::default()).await?;
    consultation::noter(db, &enseignant, &[id]);
    Ok(page)
}
