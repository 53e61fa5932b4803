//! The accesses of a whole school: of whom a second factor is wanted, and everything taken back at once.
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use uuid::Uuid;

use super::{Acces, cle_bonne, lire, pages::en_mots};
use crate::{
    app::{App, Db},
    compte::{Administrateur, Gestionnaire},
    error::Result,
    form::{Form, FormErrors},
    journal::{self, Acte, Plume},
    page::Cadre,
    promotion::Geree,
};

/// A function, and whether a second factor is wanted of it.
#[derive(Debug, Clone)]
pub struct Exigence {
    pub fonction: String,
    pub exige: bool,
}

impl Exigence {
    pub fn mots(&self) -> &str {
        match self.fonction.as_str() {
            "administrateur" => "Administrateurs",
            "enseignant" => "Enseignants",
            "etudiant" => "Étudiants",
            "jury" => "Membres d’un jury",
            "direction" => "Direction",
            "ddfpt" => "DDFPT",
            autre => autre,
        }
    }
}

impl Administrateur {
    /// Every function, and what the school wants of it.
    pub async fn exigences(&self, db: &mut Db) -> Result<Vec<Exigence>> {
        Ok(sqlx::query_as!(
            Exigence,
            r#"select fonction as "fonction!", exige as "exige!" from acces.exigences()"#
        )
        .fetch_all(&mut **db)
        .await?)
    }

    /// From now on, a second factor of these and of no other. Asked at the next sign-in.
    pub async fn exiger_facteur(&self, db: &mut Db, voulues: &[String], cle: Uuid) -> Result<()> {
        let contenu = serde_json::json!({ "fonctions": voulues });
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est("exiger_facteur", &contenu);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let acte = Acte { genre: "exiger_facteur", cle, contenu, ..Acte::default() };
        plume.ecrire(db, acte).await?;
        sqlx::query!("select acces.exiger($1)", voulues).execute(&mut **db).await?;
        Ok(())
    }

    /// Everybody's access is taken back but mine: every session ends, every password and every code is void.
    pub async fn tout_reprendre(&self, db: &mut Db, motif: &str, cle: Uuid) -> Result<()> {
        let contenu = serde_json::json!({ "motif": motif });
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est("reprendre_acces", &contenu);
            return if meme { Ok(()) } else { Err(journal::cle_reprise()) };
        }
        let acte = Acte { genre: "reprendre_acces", cle, contenu, ..Acte::default() };
        plume.ecrire(db, acte).await?;
        let le = db.le;
        sqlx::query_scalar!("select acces.tout_reprendre($1)", le).fetch_one(&mut **db).await?;
        Ok(())
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Saisie {
    genre: Vec<String>,
    motif: String,
    compris: Option<String>,
    cle: Uuid,
    reprise: Option<String>,
}

#[derive(Template, WebTemplate)]
#[template(path = "papillon/ecole.html")]
struct Page {
    cadre: Cadre,
    exigences: Vec<Exigence>,
    promotions: Vec<Geree>,
    /// Those who are in no promotion today.
    autres: Vec<(Acces, String)>,
    saisie: Saisie,
    cles: [Uuid; 2],
    erreurs: FormErrors,
}

async fn page(
    app: &App,
    qui: &Administrateur,
    saisie: Saisie,
    erreurs: FormErrors,
) -> Result<Response> {
    let mut db = app.begin(qui).await?;
    let gere = Gestionnaire::from(qui);
    let le = db.le;
    let autres = lire(&mut db, le, None, None).await?;
    let page = Page {
        cadre: qui.cadre("/administration"),
        exigences: qui.exigences(&mut db).await?,
        promotions: gere.promotions_gerees(&mut db).await?,
        autres: autres
            .into_iter()
            .map(|a| (en_mots(&gere, &a, le), a))
            .map(|(m, a)| (a, m))
            .collect(),
        saisie,
        cles: [app.random.uuid(), app.random.uuid()],
        erreurs,
    };
    let statut =
        if page.erreurs.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok((statut, page).into_response())
}

pub(super) async fn show(qui: Administrateur, State(app): State<App>) -> Result<Response> {
    page(&app, &qui, Saisie::default(), FormErrors::default()).await
}

pub(super) async fn exiger(
    qui: Administrateur,
    State(app): State<App>,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    if saisie.reprise.is_none() {
        cle_bonne(saisie.cle)?;
        let mut db = app.begin(&qui).await?;
        let connues = qui.exigences(&mut db).await?;
        let voulues: Vec<String> =
            connues.into_iter().map(|e| e.fonction).filter(|f| saisie.genre.contains(f)).collect();
        qui.exiger_facteur(&mut db, &voulues, saisie.cle).await?;
        db.commit().await?;
    }
    Ok(Redirect::to("/administration/acces").into_response())
}

pub(super) async fn reinitialiser(
    qui: Administrateur,
    State(app): State<App>,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    let mut erreurs = FormErrors::default();
    if saisie.reprise.is_some() {
        return page(&app, &qui, saisie, erreurs).await;
    }
    let motif = erreurs.texte("motif", &saisie.motif, 500);
    if saisie.compris.is_none() {
        erreurs.add("compris", "Cochez la case\u{a0}: cette action ne s’annule pas.");
    }
    erreurs.cle("motif", saisie.cle);
    if !erreurs.is_empty() {
        return page(&app, &qui, saisie, erreurs).await;
    }
    let mut db = app.begin(&qui).await?;
    qui.tout_reprendre(&mut db, &motif, saisie.cle).await?;
    db.commit().await?;
    Ok(Redirect::to("/administration/acces#papillons").into_response())
}
