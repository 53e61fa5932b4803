//! What a student has of her internships on one page: her days, her periods, and the paper that her voie wants of her.
use std::collections::BTreeMap;

use askama::Template;
use askama_web::WebTemplate;
use axum::{Router, extract::State, routing::get};
use time::Date;

use super::{
    Amenagement, Compte, Periode,
    candidat::{Candidat, veut},
    page_periode::examen_de,
    papier::Papier,
    piece::{self, Etat},
};
use crate::{
    app::{App, Db},
    compte::Moi,
    date,
    error::Result,
    examen::Voie,
    form::FormErrors,
    page::Cadre,
};

pub fn routes() -> Router<App> {
    Router::new().route("/stages", get(index))
}

#[derive(Template, WebTemplate)]
#[template(path = "stage/miens.html")]
pub(super) struct Index {
    cadre: Cadre,
    periodes: Vec<Periode>,
    compte: Option<Compte>,
    amenagement: Option<Amenagement>,
    /// Of the paper of each period, where there is one.
    papiers: BTreeMap<i64, Etat>,
    voie: Option<&'static Voie>,
    /// The candidate's own, where her voie wants it or it was deposited.
    papier: Option<Papier>,
    jour: Date,
    erreurs: FormErrors,
}

impl Index {
    fn etat(&self, periode: &Periode) -> &'static str {
        periode.etat(self.jour).intitule()
    }

    fn amenagee(&self) -> String {
        let semaines = self.amenagement.as_ref().map_or(0, |a| i64::from(a.semaines));
        date::nombre(semaines, "semaine", "semaines")
    }

    /// The name of the candidate's own paper, where her voie wants one.
    fn nom(&self) -> Option<&'static str> {
        self.voie.filter(|v| veut(v)).map(|v| v.piece.as_str())
    }

    /// It is still to be deposited, or again.
    fn piece_a_deposer(&self) -> bool {
        self.nom().is_some() && self.papier.as_ref().is_some_and(Papier::attendue)
    }

    /// Where the paper of a period stands, in words; nothing where none is wanted and none came.
    fn papier_de(&self, periode: &Periode) -> Option<&'static str> {
        let etat = self.papiers.get(&periode.periode_id).copied();
        let voulu = self.nom().is_none() || etat.is_some();
        voulu.then(|| piece::en_mots(etat, periode.finie(self.jour)))
    }

    /// The first period that is over and has no good paper yet.
    fn a_deposer(&self) -> Option<&Periode> {
        let bon = |p: &Periode| {
            matches!(self.papiers.get(&p.periode_id), Some(Etat::Deposee | Etat::Controlee))
        };
        let voulue = self.nom().is_none();
        self.periodes.iter().find(|p| {
            let refusee = self.papiers.contains_key(&p.periode_id);
            !bon(p) && (refusee || (voulue && p.finie(self.jour)))
        })
    }

    /// What she has still to find, in weeks and days; nothing when all is planned.
    fn manque(&self) -> Option<String> {
        let c = self.compte.as_ref()?;
        let manque = c.requis.saturating_sub(c.faits + c.prevus);
        (manque > 0).then(|| super::en_semaines(manque, c.par_semaine))
    }

    pub async fn ouvrir(app: &App, db: &mut Db, moi: &Moi, erreurs: FormErrors) -> Result<Self> {
        let candidat = Candidat::trouver(db, moi.into(), None).await?;
        let etudiant = &candidat.etudiant;
        let (_, examen) = examen_de(db, etudiant).await?;
        let mut stages = etudiant.stages(db).await?;
        let jour = moi.aujourd_hui();
        let compte = examen.map(|e| stages.compte(&e, etudiant.id(), jour));
        let amenagement = stages.amenagements.remove(&etudiant.id());
        let etats = piece::etats(db, etudiant.promotion_id(), &[etudiant.id()]).await?;
        let papiers = etats.into_iter().filter_map(|((_, p), etat)| Some((p?, etat))).collect();
        let papier = candidat.papier(app, db, None).await?;
        let voulu = candidat.voie.is_some_and(veut) || !papier.pieces.is_empty();
        Ok(Self {
            cadre: moi.cadre("/stages"),
            periodes: stages.periodes,
            compte,
            amenagement,
            papiers,
            voie: candidat.voie,
            papier: voulu.then_some(papier),
            jour,
            erreurs,
        })
    }
}

async fn index(moi: Moi, State(app): State<App>) -> Result<Index> {
    let mut db = app.begin(&moi).await?;
    Index::ouvrir(&app, &mut db, &moi, FormErrors::default()).await
}
