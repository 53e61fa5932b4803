//! The register, for the school; what it means, for everybody.
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    annotation::TABLES,
    conservation::{self, Conservation},
    registre::{self, CHAMPS, Registre, TEXTE_MAX},
};
use crate::{
    app::{App, Db},
    compte::{Administrateur, Visiteur},
    error::{Error, Result},
    form::{Form, FormErrors},
    page::{Cadre, filters},
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/administration/registre", get(show).post(write))
        .route("/vos-donnees", get(information))
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Saisie {
    champ: Vec<String>,
    texte: Vec<String>,
    version: Vec<i64>,
    cle: Uuid,
    reprise: Option<String>,
}

/// A school, as its register names it.
struct Ecole {
    uai: String,
    nom: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "donnees/registre.html")]
struct Show {
    cadre: Cadre,
    ecole: Ecole,
    registre: Registre,
    conservation: Conservation,
    /// How many months who looked at a livret is kept.
    consultations: i32,
    courriel: bool,
    fichiers_ailleurs: bool,
    sessions: Vec<(String, i64, i64)>,
    tables: Vec<&'static str>,
    saisie: Saisie,
    erreurs: FormErrors,
}

impl Show {
    async fn ouvrir(
        qui: &Administrateur,
        app: &App,
        db: &mut Db,
        (mut saisie, erreurs): (Saisie, FormErrors),
    ) -> Result<Self> {
        let ecole = sqlx::query_as!(
            Ecole,
            "select uai, nom from livret.etablissement where etablissement_id = livret.ici()"
        )
        .fetch_one(&mut **db)
        .await?;
        let registre = registre::lire(db).await?;
        let conservation = conservation::lire(db).await?;
        let sessions = sqlx::query!(
            r#"select genre, (extract(epoch from repos) / 60)::bigint as "repos!",
                      (extract(epoch from duree) / 3600)::bigint as "duree!" from acces.genre order by genre"#
        )
        .fetch_all(&app.db)
        .await?;
        saisie.cle = db.random.uuid();
        Ok(Self {
            cadre: qui.cadre("/administration"),
            ecole,
            registre,
            conservation,
            consultations: app.config.consultations_mois.into(),
            courriel: app.config.courriel.is_some(),
            fichiers_ailleurs: app.fichiers.to_string().contains("S3"),
            sessions: sessions.into_iter().map(|s| (s.genre, s.repos, s.duree)).collect(),
            tables: tables(),
            saisie,
            erreurs,
        })
    }

    fn texte(&self, champ: &str) -> &str {
        let rang = self.saisie.champ.iter().position(|c| c == champ);
        let tape = rang.and_then(|n| self.saisie.texte.get(n)).map(String::as_str);
        tape.unwrap_or_else(|| self.registre.ecrit(champ))
    }
}

/// What is kept of people, as the annotation of the tables has it.
fn tables() -> Vec<&'static str> {
    let dites = TABLES.iter().filter(|t| t.aucune.is_none());
    let mut titres: Vec<&str> = dites.map(|t| t.titre.as_str()).collect();
    titres.sort_unstable();
    titres
}

async fn show(qui: Administrateur, State(app): State<App>) -> Result<Show> {
    let mut db = app.begin(&qui).await?;
    Show::ouvrir(&qui, &app, &mut db, (Saisie::default(), FormErrors::default())).await
}

async fn write(
    qui: Administrateur,
    State(app): State<App>,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    let mut db = app.begin(&qui).await?;
    let (mut erreurs, mut voulus) = (FormErrors::default(), vec![]);
    for (champ, intitule, _) in CHAMPS {
        let Some(n) = saisie.champ.iter().position(|c| c == champ) else { continue };
        let texte = saisie.texte.get(n).map_or("", String::as_str).replace('\0', "");
        let texte = texte.split_whitespace().collect::<Vec<_>>().join(" ");
        let longueur = texte.chars().count();
        if longueur > TEXTE_MAX {
            erreurs.add(champ, format!("«\u{a0}{intitule}\u{a0}» compte {longueur} caractères\u{a0}: {TEXTE_MAX} au plus."));
        }
        voulus.push((champ, texte, saisie.version.get(n).copied().unwrap_or_default()));
    }
    if voulus.is_empty() {
        erreurs.add("responsable", "Rien n’est arrivé. Enregistrez de nouveau.");
    }
    if saisie.reprise.is_some() || !erreurs.is_empty() {
        let reprise = saisie.reprise.is_some();
        let status = if reprise { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        let erreurs = if reprise { FormErrors::default() } else { erreurs };
        let page = Show::ouvrir(&qui, &app, &mut db, (saisie, erreurs)).await?;
        return Ok((status, page).into_response());
    }
    if saisie.cle.is_nil() {
        return Err(Error::Unreadable);
    }
    qui.ecrire_registre(&mut db, &voulus, saisie.cle).await?;
    db.commit().await?;
    Ok(Redirect::to("/administration/registre").into_response())
}

#[derive(Template, WebTemplate)]
#[template(path = "donnees/information.html")]
struct Information {
    cadre: Cadre,
    connue: bool,
    consultations: i32,
    durees: &'static [conservation::Duree],
}

async fn information(qui: Visiteur, State(app): State<App>) -> Information {
    Information {
        cadre: qui.cadre("/vos-donnees"),
        connue: qui.0.is_some(),
        consultations: app.config.consultations_mois.into(),
        durees: conservation::durees(),
    }
}
