//! The candidate's own paper, where her voie wants one for all that she did: a contract, a certificat de travail.
use askama::Template;
use askama_web::WebTemplate;
use axum::{Router, extract::State, routing::get};

use super::{papier::Papier, piece_pages::Controle};
use crate::{
    app::{App, Db},
    compte::{Deposant, Enseignant},
    consultation,
    error::{Error, Result},
    etudiant::Etudiant,
    examen::{Par, Voie},
    form::{FormErrors, Path},
    page::Cadre,
};

/// The page for her team; she has it among her stages.
pub fn routes() -> Router<App> {
    Router::new().route("/etudiants/{id}/piece", get(show))
}

/// This voie wants one paper for the candidate.
pub fn veut(voie: &Voie) -> bool {
    voie.par == Par::Candidat
}

/// A candidate, and who reads her paper.
pub(super) struct Candidat {
    pub qui: Deposant,
    pub etudiant: Etudiant,
    /// Nothing where no rules are known for her session.
    pub voie: Option<&'static Voie>,
    /// Where the paper is.
    pub base: String,
}

impl Candidat {
    pub async fn trouver(db: &mut Db, qui: Deposant, id: Option<i64>) -> Result<Self> {
        let etudiant = qui.de(db, id).await?;
        let (_, examen) = super::page_periode::examen_de(db, &etudiant).await?;
        let voie = examen.map(|e| e.candidature(etudiant.id()).voie);
        let base = id.map_or_else(|| "/piece".to_owned(), |id| format!("/etudiants/{id}/piece"));
        Ok(Self { qui, etudiant, voie, base })
    }

    /// Her voie wants it.
    ///
    /// # Errors
    /// It wants one for each period, or nobody knows what it wants.
    pub fn demandee(&self) -> Result<()> {
        match self.voie {
            Some(voie) if veut(voie) => Ok(()),
            Some(voie) => Err(Error::Refused(format!(
                "La voie «\u{a0}{}\u{a0}» demande une attestation par période\u{a0}: déposez-la sur la page de la période.",
                voie.intitule
            ))),
            None => Err(Error::Refused(
                "Aucune règle d’examen n’est connue pour cette session\u{a0}: aucune pièce n’est demandée au candidat."
                    .into(),
            )),
        }
    }

    /// Back where it is read.
    pub fn retour(&self) -> String {
        match self.qui {
            Deposant::Etudiant(_) => "/stages#piece".to_owned(),
            Deposant::Enseignant(_) => self.base.clone(),
        }
    }

    pub async fn papier(
        &self,
        app: &App,
        db: &mut Db,
        controle: Option<Controle>,
    ) -> Result<Papier> {
        let elle = (&self.etudiant, None);
        let dit = (controle, app.random.uuid());
        let papier = Papier::lire(db, &self.qui, elle, &self.base, dit).await?;
        Ok(Papier { voulu: self.demandee().is_ok(), ..papier })
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "stage/piece.html")]
pub(super) struct Show {
    cadre: Cadre,
    etudiant: Etudiant,
    voie: Option<&'static Voie>,
    papier: Papier,
    reprise: bool,
    erreurs: FormErrors,
}

impl Show {
    pub async fn ouvrir(
        app: &App,
        db: &mut Db,
        candidat: Candidat,
        (controle, erreurs): (Option<Controle>, FormErrors),
    ) -> Result<Self> {
        let reprise = controle.as_ref().is_some_and(|c| c.reprise.is_some());
        let papier = candidat.papier(app, db, controle).await?;
        let cadre = candidat.qui.compte().cadre("/promotions");
        let Candidat { etudiant, voie, .. } = candidat;
        Ok(Self { cadre, etudiant, voie, papier, reprise, erreurs })
    }

    /// The name of the paper, where her voie wants one.
    fn nom(&self) -> Option<&'static str> {
        self.voie.filter(|v| veut(v)).map(|v| v.piece.as_str())
    }
}

async fn show(enseignant: Enseignant, State(app): State<App>, Path(id): Path<i64>) -> Result<Show> {
    let mut db = app.begin(&enseignant).await?;
    let candidat = Candidat::trouver(&mut db, (&enseignant).into(), Some(id)).await?;
    let vierge = (None, FormErrors::default());
    let page = Show::ouvrir(&app, &mut db, candidat, vierge).await?;
    consultation::noter(db, &enseignant, &[id]);
    Ok(page)
}
