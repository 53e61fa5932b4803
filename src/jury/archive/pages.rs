//! What is kept and until when; sealing; destroying, and the paper that says so.
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;
use time::Date;
use uuid::Uuid;

use super::{Archive, archives};
use crate::{
    app::App,
    compte::{Enseignant, Examinateur},
    consultation,
    error::{Error, Result},
    form::{Form, FormErrors, Path},
    jury::{
        Lecteurs,
        paquet::nom,
        tirage::{self, Demande, pages::servir},
    },
    page::Cadre,
    promotion::Promotion,
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/jury/promotions/{id}/archives", get(index).post(seal))
        .route("/jury/promotions/{id}/archives/destruction", post(destroy))
        .route("/jury/promotions/{id}/archives/{archive}/dossier.zip", get(fetch))
        .route("/jury/promotions/{id}/archives/actes/{version}", get(act))
}

#[derive(Template, WebTemplate)]
#[template(path = "jury/archives.html")]
struct Index {
    cadre: Cadre,
    promotion: Promotion,
    archives: Vec<Archive>,
    jour: Date,
    cle: Uuid,
    coordonnee: bool,
    erreurs: FormErrors,
}

impl Index {
    fn echues(&self) -> Vec<&Archive> {
        self.archives.iter().filter(|a| a.echue(self.jour)).collect()
    }

    /// Acts of destruction, the last first.
    fn actes(&self) -> Vec<(i64, String)> {
        let mut actes: Vec<(i64, String)> = vec![];
        for a in &self.archives {
            if let (Some(version), Some(le)) = (a.destruction, &a.detruite_le)
                && actes.iter().all(|x| x.0 != version)
            {
                actes.push((version, crate::date::instant(le)));
            }
        }
        actes.sort_by_key(|a| std::cmp::Reverse(a.0));
        actes
    }
}

async fn read(
    lecteurs: &Lecteurs,
    app: &App,
    id: i64,
) -> Result<(Examinateur, Promotion, Vec<Archive>)> {
    let mut ouverte = lecteurs.promotion(app, id).await?;
    let archives = archives(&mut ouverte.db, id).await?;
    Ok((ouverte.lecteur, ouverte.promotion, archives))
}

async fn page(lecteurs: &Lecteurs, app: &App, id: i64, erreurs: FormErrors) -> Result<Index> {
    let (lecteur, promotion, archives) = read(lecteurs, app, id).await?;
    let coordonnee = lecteur.enseigne() && promotion.coordonnee;
    let (jour, cle) = (lecteur.compte().aujourd_hui(), app.random.uuid());
    Ok(Index { cadre: lecteurs.cadre(), promotion, archives, jour, cle, coordonnee, erreurs })
}

async fn index(lecteurs: Lecteurs, State(app): State<App>, Path(id): Path<i64>) -> Result<Index> {
    page(&lecteurs, &app, id, FormErrors::default()).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Saisie {
    cle: Uuid,
    sceller: Option<String>,
    /// Said before what cannot be undone.
    certain: Option<String>,
    archive: Vec<i64>,
    reprise: Option<String>,
}

/// Sealing takes as long as making: it is done behind the page.
async fn seal(
    enseignant: Enseignant,
    lecteurs: Lecteurs,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let coordonnateur = enseignant.coordonnateur(&mut db, id).await?;
    let vers = |ou: &str| Redirect::to(&format!("/jury/promotions/{id}/{ou}")).into_response();
    // After a sign-in on the way: the page is shown again, the button is there.
    if saisie.reprise.is_some() {
        return Ok(vers("archives"));
    }
    if saisie.cle.is_nil() || saisie.sceller.is_none() {
        return Err(Error::Unreadable);
    }
    coordonnateur.purge_le(&mut db).await?; // known, or refused before any work
    drop(db);
    let demande = Demande { promotion_id: id, etudiant_id: None, scelle: true, cle: saisie.cle };
    let lecteur = Examinateur::Enseignant(enseignant);
    tirage::pages::demander(&app, lecteurs, &lecteur, demande).await?;
    Ok(vers("dossiers"))
}

async fn destroy(
    enseignant: Enseignant,
    lecteurs: Lecteurs,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let coordonnateur = enseignant.coordonnateur(&mut db, id).await?;
    let mut erreurs = FormErrors::default();
    erreurs.cle("certain", saisie.cle);
    if saisie.certain.is_none() {
        erreurs.add("certain", "Cochez la case\u{a0}: ce qui est détruit ne revient pas.");
    }
    if saisie.reprise.is_some() || !erreurs.is_empty() {
        drop(db);
        let status = if saisie.reprise.is_some() {
            StatusCode::OK
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        };
        let erreurs = if saisie.reprise.is_some() { FormErrors::default() } else { erreurs };
        return Ok((status, page(&lecteurs, &app, id, erreurs).await?).into_response());
    }
    let version = coordonnateur.detruire_archives(&mut db, &saisie.archive, saisie.cle).await?;
    db.commit().await?;
    // The bytes go now where they can; the hourly sweep takes what stays.
    if let Err(e) = tirage::balayage::balayer(&app).await {
        tracing::warn!(error = %e, "destroyed archives not swept yet");
    }
    Ok(Redirect::to(&format!("/jury/promotions/{id}/archives/actes/{version}")).into_response())
}

async fn fetch(
    lecteurs: Lecteurs,
    State(app): State<App>,
    Path((id, archive)): Path<(i64, i64)>,
) -> Result<Response> {
    let (lecteur, _, archives) = read(&lecteurs, &app, id).await?;
    let a = archives.into_iter().find(|a| a.archive_id == archive && a.gardee());
    let a = a.ok_or(Error::NotFound)?;
    consultation::noter(app.begin(&lecteur).await?, &lecteur, &[a.etudiant_id]);
    servir(&app, &a.lieu, &format!("Archive {}.zip", nom::sur(&a.appel, 60))).await
}

#[derive(Template, WebTemplate)]
#[template(path = "jury/acte.html")]
struct Act {
    cadre: Cadre,
    promotion: Promotion,
    etablissement: String,
    version: i64,
    detruites: Vec<Archive>,
}

impl Act {
    /// Who, and when.
    fn par(&self) -> (&str, String) {
        let a = &self.detruites[0];
        let le = a.detruite_le.as_ref().map_or(String::new(), crate::date::instant);
        (a.detruite_par.as_deref().unwrap_or_default(), le)
    }
}

async fn act(
    lecteurs: Lecteurs,
    State(app): State<App>,
    Path((id, version)): Path<(i64, i64)>,
) -> Result<Act> {
    let (lecteur, promotion, archives) = read(&lecteurs, &app, id).await?;
    let detruites: Vec<Archive> =
        archives.into_iter().filter(|a| a.destruction == Some(version)).collect();
    if detruites.is_empty() {
        return Err(Error::NotFound);
    }
    let etablissement = lecteur.compte().etablissement().to_owned();
    Ok(Act { cadre: lecteurs.cadre(), promotion, etablissement, version, detruites })
}
