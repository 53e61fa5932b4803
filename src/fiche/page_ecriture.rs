//! The page where a student writes a sheet: kept while she types, recorded when she says so.
use std::borrow::Borrow;

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::json;
use uuid::Uuid;

use super::{
    Fiche, Modele, Remarque, Texte, copie, page_lecture,
    pages::examen_de,
    remarques,
    saisie::{RANGEES_MAX, Saisie},
};
use crate::{
    app::{App, Db},
    compte::{Deposant, Moi},
    date,
    error::{Error, Result},
    etudiant::Etudiant,
    form::{Form, FormErrors, Path, Query},
    page::Cadre,
    preuve::Fichier,
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/fiches/{fiche}", get(edit).post(update))
        .route("/fiches/{fiche}/retrait", post(delete))
}

/// A sheet of hers, and its model.
pub(super) struct Lieu {
    pub etudiant: Etudiant,
    pub fiche: Fiche,
    pub modele: &'static Modele,
}

impl Lieu {
    pub async fn trouver(db: &mut Db, qui: &Deposant, id: Option<i64>, fiche: i64) -> Result<Self> {
        let etudiant = qui.de(db, id).await?;
        let fiche = etudiant.fiche(db, fiche).await?;
        let examen = examen_de(db, &etudiant).await?;
        let modele = Modele::de(&examen, &fiche.epreuve).ok_or(Error::NotFound)?;
        Ok(Self { etudiant, fiche, modele })
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "fiche/edit.html")]
pub(super) struct Edit {
    cadre: Cadre,
    fiche: Fiche,
    modele: &'static Modele,
    saisie: Saisie,
    /// What the team reads now.
    lue: Texte,
    remarques: Vec<Remarque>,
    annexe: Option<Fichier>,
    erreurs: FormErrors,
    /// Key of what waits on the device, and whose it is.
    coffre: String,
    compte: String,
    cle: Uuid,
}

impl Edit {
    /// Remarks on a rubric that are still to be answered; on the whole sheet when the code is empty.
    fn a_traiter(&self, code: &str) -> Vec<&Remarque> {
        self.remarques.iter().filter(|r| r.rubrique == code && !r.levee).collect()
    }

    /// She changed this rubric after the team read it.
    fn reprise(&self, code: &str) -> bool {
        self.lue.de(code) != self.saisie.texte.de(code)
    }

    /// Where a cell is on the page.
    fn lieu(champ: &str, rang: impl Borrow<usize>) -> String {
        match *rang.borrow() {
            0 => champ.to_owned(),
            n => format!("{champ}.{n}"),
        }
    }

    fn remplies(&self) -> String {
        let (oui, toutes) = self.saisie.texte.remplies(self.modele);
        format!("{oui} sur {toutes}")
    }

    fn non_enregistre(&self) -> bool {
        self.fiche.rang.is_none() || self.saisie.texte != self.lue
    }

    pub async fn ouvrir(
        app: &App,
        db: &mut Db,
        moi: &Moi,
        lieu: Lieu,
        (saisie, erreurs): (Option<Saisie>, FormErrors),
    ) -> Result<Self> {
        let Lieu { fiche, modele, .. } = lieu;
        let saisie = match saisie {
            Some(saisie) => saisie,
            None => Saisie::of(&fiche, copie::lire(db, &fiche).await?, app.random.uuid()),
        };
        let lue = super::dernieres(db, &[&fiche]).await?.remove(&fiche.fiche_id);
        let remarques = remarques(db, fiche.fiche_id).await?;
        let annexe = super::annexe::annexe(db, &fiche).await?;
        let numero = moi.numero();
        Ok(Self {
            cadre: moi.cadre("/fiches"),
            fiche,
            modele,
            saisie,
            lue: lue.unwrap_or_default(),
            remarques,
            annexe,
            erreurs,
            coffre: BASE64_STANDARD.encode(app.sceau.derive(&format!("brouillon/{numero}"))),
            compte: numero,
            cle: app.random.uuid(),
        })
    }
}

async fn edit(
    moi: Moi,
    State(app): State<App>,
    Path(fiche): Path<i64>,
    Query(fait): Query<Fait>,
) -> Result<Response> {
    let mut db = app.begin(&moi).await?;
    let qui = Deposant::from(&moi);
    let lieu = Lieu::trouver(&mut db, &qui, None, fiche).await?;
    if !lieu.fiche.ouverte() {
        let page = page_lecture::Show::ouvrir(&app, &mut db, (&qui, lieu), None).await?;
        return Ok(page.into_response());
    }
    let rien = (None, FormErrors::default());
    let mut page = Edit::ouvrir(&app, &mut db, &moi, lieu, rien).await?;
    page.cadre.annonce = fait.annonce().map(str::to_owned);
    if let Some((code, n)) = fait.rangees.split_once('.') {
        let n = n.parse().unwrap_or(0).min(RANGEES_MAX);
        page.saisie.rangees.insert(code.to_owned(), n);
    }
    Ok(page.into_response())
}

/// A script asks, and reads JSON.
fn script(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).is_some_and(|a| a.as_bytes().starts_with(b"application/json"))
}

async fn update(
    moi: Moi,
    State(app): State<App>,
    Path(fiche): Path<i64>,
    headers: HeaderMap,
    Form(champs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let mut db = app.begin(&moi).await?;
    let lieu = Lieu::trouver(&mut db, &Deposant::from(&moi), None, fiche).await?;
    let mut saisie = Saisie::lire(lieu.modele, champs);
    let mut erreurs = FormErrors::default();
    if saisie.aller == "enregistrer" {
        saisie.check(lieu.modele, &mut erreurs);
    } else {
        erreurs.cle("titre", saisie.cle); // a draft may say too much: it is not lost for that
    }
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if saisie.reprise {
        // After a sign-in on the way: shown again, with the version that is there now.
        saisie.copie = copie::lire(&mut db, &lieu.fiche).await?.version;
        (status, erreurs) = (StatusCode::OK, FormErrors::default());
    } else if erreurs.is_empty() {
        match ecrire(&mut db, &moi, &lieu, &mut saisie).await {
            Ok(()) => {
                db.commit().await?;
                let en_script = script(&headers) && saisie.aller != "enregistrer";
                return Ok(repondre(&moi, (fiche, saisie), en_script));
            }
            Err(Error::Conflict(message)) => {
                status = StatusCode::CONFLICT;
                erreurs.add("titre", message);
                // What it stands at is read after what was refused is undone.
                drop(db);
                db = app.begin(&moi).await?;
                let la = lieu.etudiant.fiche(&mut db, fiche).await?;
                (saisie.copie, saisie.version) =
                    (copie::lire(&mut db, &la).await?.version, la.version);
            }
            Err(Error::Refused(message)) => {
                drop(db);
                db = app.begin(&moi).await?;
                erreurs.add("titre", message);
            }
            Err(autre) => return Err(autre),
        }
    }
    if script(&headers) {
        let dits: Vec<_> =
            erreurs.iter().map(|(c, m)| json!({ "champ": c, "message": m })).collect();
        let corps = json!({ "erreurs": dits, "copie": saisie.copie, "version": saisie.version });
        return Ok((status, Json(corps)).into_response());
    }
    saisie.cle = app.random.uuid();
    let page = Edit::ouvrir(&app, &mut db, &moi, lieu, (Some(saisie), erreurs)).await?;
    Ok((status, page).into_response())
}

/// Keeps what was typed; records it when that is asked for.
async fn ecrire(db: &mut Db, moi: &Moi, lieu: &Lieu, saisie: &mut Saisie) -> Result<()> {
    let lue = (&saisie.texte, saisie.copie);
    saisie.copie = moi.garder_copie(db, &lieu.fiche, lue).await?;
    if saisie.aller == "enregistrer" {
        let quoi = (&lieu.etudiant, &lieu.fiche);
        let lue = (saisie.version, saisie.cle);
        moi.ecrire_fiche(db, quoi, &saisie.texte, lue).await?;
    }
    Ok(())
}

fn repondre(moi: &Moi, (fiche, saisie): (i64, Saisie), script: bool) -> Response {
    if script {
        let heure = date::instant_court(&moi.ici_le());
        let dit = json!({ "copie": saisie.copie, "heure": heure });
        return Json(dit).into_response();
    }
    let suite = match saisie.rangees.iter().next() {
        Some((code, n)) => format!("rangees={code}.{n}#r.{code}.{}", n - 1),
        None => format!("fait={}", if saisie.aller == "enregistrer" { "version" } else { "garde" }),
    };
    Redirect::to(&format!("/fiches/{fiche}?{suite}")).into_response()
}

/// What was just done, and a table that is to have so many rows: « phases.4 ».
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
struct Fait {
    fait: String,
    rangees: String,
}

impl Fait {
    fn annonce(&self) -> Option<&'static str> {
        match self.fait.as_str() {
            "version" => Some("Version enregistrée\u{a0}: votre équipe peut la lire."),
            "garde" => Some(
                "Brouillon gardé. Vous seul le lisez tant que vous n’enregistrez pas de version.",
            ),
            _ => None,
        }
    }
}

/// What she takes away.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
struct Retrait {
    version: i64,
    cle: Uuid,
    reprise: Option<String>,
}

async fn delete(
    moi: Moi,
    State(app): State<App>,
    Path(fiche): Path<i64>,
    Form(retrait): Form<Retrait>,
) -> Result<Redirect> {
    let mut db = app.begin(&moi).await?;
    let lieu = Lieu::trouver(&mut db, &Deposant::from(&moi), None, fiche).await?;
    if retrait.reprise.is_some() {
        return Ok(Redirect::to(&format!("/fiches/{fiche}")));
    }
    if retrait.cle.is_nil() {
        return Err(Error::Unreadable);
    }
    let quoi = (&lieu.etudiant, &lieu.fiche);
    moi.retirer_fiche(&mut db, quoi, (retrait.version, retrait.cle)).await?;
    db.commit().await?;
    Ok(Redirect::to("/fiches"))
}
