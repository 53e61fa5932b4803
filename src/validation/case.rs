//! The page of one decision: what is proposed, what stands, its history; deciding, and taking back.
use std::sync::Arc;

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use uuid::Uuid;

use super::{
    Arret, Decidee, Issue, Refus, Voulue,
    lot::{Champs, Ligne, ligne, voulue},
    vues,
};
use crate::{
    app::{App, Db},
    compte::Enseignant,
    consultation,
    error::{Error, Result},
    etudiant::Etudiant,
    form::{Form, FormErrors, Path},
    page::{Cadre, filters},
    promotion::Promotion,
    referentiel::{self, Edition, SousCompetence},
    regle::Reglage,
};

#[derive(Template, WebTemplate)]
#[template(path = "validation/case.html")]
pub struct Show {
    cadre: Cadre,
    etudiant: Etudiant,
    edition: Arc<Edition>,
    reglage: Reglage,
    arret: Option<Arret>,
    ligne: Ligne,
    /// Latest first.
    histoire: Vec<Decidee>,
    erreurs: FormErrors,
    cle: Uuid,
    reprise: bool,
}

impl Show {
    fn champ(&self) -> String {
        format!("{}-{}", self.etudiant.id(), self.ligne.sous_competence.code)
    }
}

/// The cell, found through the eyes of its teacher.
struct Ici {
    etudiant: Etudiant,
    promotion: Promotion,
    edition: Arc<Edition>,
    sous_competence: SousCompetence,
}

async fn ici(enseignant: &Enseignant, db: &mut Db, id: i64, code: &str) -> Result<Ici> {
    let etudiant = enseignant.etudiant(db, id).await?;
    let promotion = enseignant.promotion(db, etudiant.promotion_id).await?;
    let edition = referentiel::find(&mut **db, etudiant.edition_id).await?;
    let sous_competence = edition.sous_competence(code).ok_or(Error::NotFound)?.clone();
    Ok(Ici { etudiant, promotion, edition, sous_competence })
}

async fn page(
    app: &App,
    enseignant: &Enseignant,
    db: &mut Db,
    ici: Ici,
    (champs, refus): (Option<&Champs>, &[Refus]),
) -> Result<Show> {
    let reglage = ici.promotion.reglage(db).await?;
    let cle = (ici.etudiant.id(), ici.sous_competence.code.clone());
    let vue = vues(db, &ici.edition, &reglage, &[cle.0]).await?.remove(&cle).unwrap_or_default();
    let histoire = ici.etudiant.decisions_sur(db, &cle.1).await?;
    let arret = ici.etudiant.arret(db).await?;
    Ok(Show {
        cadre: enseignant.cadre("/promotions"),
        ligne: ligne((cle.0, &ici.sous_competence), vue, champs, refus),
        etudiant: ici.etudiant,
        edition: ici.edition,
        reglage,
        arret,
        histoire,
        erreurs: FormErrors::default(),
        cle: app.random.uuid(),
        reprise: champs.is_some_and(|c| c.contains_key("reprise")),
    })
}

pub async fn show(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, code)): Path<(i64, String)>,
) -> Result<Show> {
    let mut db = app.begin(&enseignant).await?;
    let ici = ici(&enseignant, &mut db, id, &code).await?;
    let page = page(&app, &enseignant, &mut db, ici, (None, &[])).await?;
    consultation::noter(db, &enseignant, &[id]);
    Ok(page)
}

pub async fn create(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, code)): Path<(i64, String)>,
    Form(champs): Form<Champs>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let ici = ici(&enseignant, &mut db, id, &code).await?;
    let champ = format!("niveau-{id}-{code}");
    let mut erreurs = FormErrors::default();
    let cle: Uuid = champs.get("cle").and_then(|c| c.parse().ok()).unwrap_or_default();
    erreurs.cle(&champ, cle);
    let voulue = match champs.get(&champ).map(String::as_str) {
        Some("retirer") => voulue(id, &code, &champs).map(|v| Voulue { niveau: None, ..v }),
        _ => voulue(id, &code, &champs),
    };
    if voulue.is_none() {
        erreurs.add(&champ, "Choisissez un niveau.");
    }
    let mut refus = vec![];
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if champs.contains_key("reprise") {
        (status, erreurs) = (StatusCode::OK, FormErrors::default());
    } else if let Some(voulue) = voulue.filter(|_| erreurs.is_empty()) {
        let promotion = (&ici.promotion, &*ici.edition);
        match enseignant.decider(&mut db, promotion, &[voulue], cle).await? {
            Issue::Ecrites(_) => {
                db.commit().await?;
                let vers = format!("/etudiants/{id}/sous-competences/{code}/validation");
                return Ok(Redirect::to(&vers).into_response());
            }
            Issue::Refusees(r) => refus = r,
        }
        for r in &refus {
            erreurs.add(&champ, r.message.clone());
            if r.depasse {
                status = StatusCode::CONFLICT;
            }
        }
    }
    let mut page = page(&app, &enseignant, &mut db, ici, (Some(&champs), &refus[..])).await?;
    page.erreurs = erreurs;
    Ok((status, page).into_response())
}
