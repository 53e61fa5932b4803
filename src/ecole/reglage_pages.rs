//! The settings of the school, and its images.
use std::sync::Arc;

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRequest, Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    image::{self, GENRES, Image, TAILLE_MAX},
    reglage::{Etablissement, etablissement, fuseau_connu},
};
use crate::{
    app::{App, Db},
    compte::{Administrateur, Compte, Direction, Enseignant, Jury, Moi, Visiteur},
    error::{Error, Result},
    etablissement::FUSEAUX,
    form::{Form, FormErrors},
    page::Cadre,
    preuve::depot::{Parties, Reste, illisible},
};

pub fn routes() -> Router<App> {
    let sans_limite = DefaultBodyLimit::disable(); // counted while it is read
    Router::new()
        .route("/administration/etablissement", get(show).post(update))
        .route("/administration/etablissement/images", post(deposit).layer(sans_limite))
        .route("/administration/etablissement/images/retrait", post(withdraw))
        .route("/etablissement/logo", get(logo))
        .route("/etablissement/cachet", get(stamp))
}

/// The form, as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Saisie {
    nom: String,
    adresse: String,
    code_postal: String,
    ville: String,
    academie: String,
    site: String,
    /// Empty: another one, typed.
    fuseau: String,
    fuseau_autre: String,
    version: i64,
    cle: Uuid,
    reprise: Option<String>,
}

#[derive(Template, WebTemplate)]
#[template(path = "ecole/etablissement.html")]
struct Show {
    cadre: Cadre,
    uai: String,
    /// The time that it is there.
    heure: String,
    /// What is there of each image.
    images: Vec<(&'static str, &'static str, bool)>,
    saisie: Saisie,
    erreurs: FormErrors,
    cle: Uuid,
}

impl Show {
    fn autre(&self) -> bool {
        !FUSEAUX.iter().any(|f| f.0 == self.saisie.fuseau)
    }

    fn cle_de(&self, quoi: &str) -> Uuid {
        Uuid::new_v5(&self.cle, quoi.as_bytes())
    }
}

impl Saisie {
    fn de(e: &Etablissement) -> Self {
        let connu = FUSEAUX.iter().any(|f| f.0 == e.fuseau);
        Self {
            nom: e.nom.clone(),
            adresse: e.adresse.clone(),
            code_postal: e.code_postal.clone(),
            ville: e.ville.clone(),
            academie: e.academie.clone(),
            site: e.site.clone(),
            fuseau: if connu { e.fuseau.clone() } else { String::new() },
            fuseau_autre: if connu { String::new() } else { e.fuseau.clone() },
            version: e.version,
            ..Self::default()
        }
    }

    fn check(&self, erreurs: &mut FormErrors) -> Etablissement {
        erreurs.cle("nom", self.cle);
        let site = facultatif("site", &self.site, 200, erreurs);
        if !site.is_empty() && !["http://", "https://"].iter().any(|s| site.starts_with(s)) {
            erreurs.add("site", "L’adresse d’un site commence par https://. Complétez-la.");
        }
        let typee = self.fuseau.trim().is_empty();
        let fuseau = if typee { &self.fuseau_autre } else { &self.fuseau };
        Etablissement {
            uai: String::new(),
            nom: erreurs.ligne("nom", &self.nom, 120),
            adresse: facultatif("adresse", &self.adresse, 200, erreurs),
            code_postal: facultatif("code_postal", &self.code_postal, 10, erreurs),
            ville: facultatif("ville", &self.ville, 80, erreurs),
            academie: facultatif("academie", &self.academie, 80, erreurs),
            site,
            fuseau: fuseau.trim().to_owned(),
            version: self.version,
        }
    }
}

/// A text of one line that may be empty.
fn facultatif(champ: &str, texte: &str, max: usize, erreurs: &mut FormErrors) -> String {
    if texte.trim().is_empty() { String::new() } else { erreurs.ligne(champ, texte, max) }
}

async fn page(
    app: &App,
    qui: &Administrateur,
    db: &mut Db,
    (dite, erreurs): (Option<Saisie>, FormErrors),
) -> Result<Show> {
    let ici = etablissement(db).await?;
    let mut images = vec![];
    for (genre, mots) in GENRES {
        images.push((genre, mots, image::derniere(db, genre).await?.is_some()));
    }
    let mut saisie = dite.unwrap_or_else(|| Saisie::de(&ici));
    saisie.cle = app.random.uuid();
    let (h, m, _) = qui.ici_le().as_hms();
    Ok(Show {
        cadre: qui.cadre("/administration"),
        uai: ici.uai,
        heure: format!("{h:02}:{m:02}"),
        images,
        saisie,
        erreurs,
        cle: app.random.uuid(),
    })
}

async fn show(qui: Administrateur, State(app): State<App>) -> Result<Show> {
    let mut db = app.begin(&qui).await?;
    page(&app, &qui, &mut db, (None, FormErrors::default())).await
}

async fn update(
    qui: Administrateur,
    State(app): State<App>,
    Form(mut saisie): Form<Saisie>,
) -> Result<Response> {
    let mut db = app.begin(&qui).await?;
    let mut erreurs = FormErrors::default();
    let voulu = saisie.check(&mut erreurs);
    if !fuseau_connu(&mut db, &voulu.fuseau).await? {
        let champ = if saisie.fuseau.trim().is_empty() { "fuseau_autre" } else { "fuseau" };
        erreurs.add(
            champ,
            "Ce fuseau horaire n’existe pas. Choisissez dans la liste, ou écrivez-le comme «\u{a0}Africa/Dakar\u{a0}».",
        );
    }
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if saisie.reprise.is_some() {
        (status, erreurs) = (StatusCode::OK, FormErrors::default());
    } else if erreurs.is_empty() {
        match qui.regler_etablissement(&mut db, &voulu, saisie.cle).await {
            Ok(()) => {
                db.commit().await?;
                return Ok(Redirect::to("/administration/etablissement").into_response());
            }
            Err(Error::Conflict(message)) => {
                status = StatusCode::CONFLICT;
                erreurs.add("nom", message);
                saisie.version = etablissement(&mut db).await?.version; // told: the next sending is a choice
            }
            Err(autre) => return Err(autre),
        }
    }
    let page = page(&app, &qui, &mut db, (Some(saisie), erreurs)).await?;
    Ok((status, page).into_response())
}

/// The parts of the form of an image.
#[derive(Default)]
struct Envoi {
    genre: String,
    cle: Uuid,
    octets: Vec<u8>,
    /// More came than is taken.
    deborde: bool,
}

async fn lire(app: &App, request: Request) -> Result<Envoi> {
    let Parties(mut parties) = Parties::from_request(request, app).await?;
    let (mut envoi, mut reste) = (Envoi::default(), Reste(app.config.formulaire_max));
    while let Some(mut partie) = parties.next_field().await.map_err(|e| illisible(&e))? {
        match partie.name().unwrap_or_default() {
            "genre" => reste.texte(&mut partie).await?.trim().clone_into(&mut envoi.genre),
            "cle" => {
                envoi.cle = reste.texte(&mut partie).await?.trim().parse().unwrap_or_default();
            }
            "fichier" => {
                while let Some(morceau) = reste.lire(&mut partie).await? {
                    envoi.deborde |= (envoi.octets.len() + morceau.len()) as u64 > TAILLE_MAX;
                    if !envoi.deborde {
                        envoi.octets.extend_from_slice(&morceau);
                    }
                }
            }
            _ => while reste.lire(&mut partie).await?.is_some() {},
        }
    }
    Ok(envoi)
}

async fn deposit(
    qui: Administrateur,
    State(app): State<App>,
    request: Request,
) -> Result<Response> {
    let envoi = lire(&app, request).await?;
    let mut erreurs = FormErrors::default();
    erreurs.cle("images", envoi.cle);
    if !GENRES.iter().any(|g| g.0 == envoi.genre) {
        erreurs.add("images", "Dites si c’est le logo ou le cachet.");
    } else if envoi.deborde {
        erreurs.add("images", "Cette image dépasse 1\u{a0}Mo. Réduisez-la, puis recommencez.");
    } else if envoi.octets.is_empty() {
        erreurs.add("images", "Choisissez une image, PNG ou JPEG.");
    }
    if erreurs.is_empty() {
        match image::recevoir(&app, envoi.octets).await? {
            Err(refus) => erreurs.add("images", refus),
            Ok(image) => {
                let mut db = app.begin(&qui).await?;
                qui.changer_image(&mut db, &envoi.genre, Some(&image), envoi.cle).await?;
                db.commit().await?;
                return Ok(Redirect::to("/administration/etablissement#images").into_response());
            }
        }
    }
    let mut db = app.begin(&qui).await?;
    let page = page(&app, &qui, &mut db, (None, erreurs)).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Retrait {
    genre: String,
    cle: Uuid,
    reprise: Option<String>,
}

async fn withdraw(
    qui: Administrateur,
    State(app): State<App>,
    Form(retrait): Form<Retrait>,
) -> Result<Response> {
    if retrait.cle.is_nil() || !GENRES.iter().any(|g| g.0 == retrait.genre) {
        return Err(Error::Unreadable);
    }
    // After a session that ended, the page shows the image again, with its button.
    if retrait.reprise.is_none() {
        let mut db = app.begin(&qui).await?;
        qui.changer_image(&mut db, &retrait.genre, None, retrait.cle).await?;
        db.commit().await?;
    }
    Ok(Redirect::to("/administration/etablissement#images").into_response())
}

/// A transaction in the name of whatever she is: the images are everybody's.
async fn begin(app: &App, compte: Arc<Compte>) -> Result<Db> {
    if let Some(qui) = Enseignant::of(compte.clone()) {
        app.begin(&qui).await
    } else if let Some(qui) = Moi::of(compte.clone()) {
        app.begin(&qui).await
    } else if let Some(qui) = Jury::of(compte.clone()) {
        app.begin(&qui).await
    } else if let Some(qui) = Direction::of(compte.clone()) {
        app.begin(&qui).await
    } else {
        app.begin(&Administrateur::of(compte).ok_or(Error::NotFound)?).await
    }
}

async fn servir(visiteur: Visiteur, app: &App, genre: &str) -> Result<Response> {
    let mut db = begin(app, visiteur.0.ok_or(Error::Anonymous)?).await?;
    let image: Image = image::derniere(&mut db, genre).await?.ok_or(Error::NotFound)?;
    drop(db);
    let mut response = image.octets(app).await?.into_response();
    let entetes = response.headers_mut();
    entetes.insert(header::CONTENT_TYPE, HeaderValue::from_static(image.type_mime()));
    entetes.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("inline"));
    Ok(response)
}

async fn logo(visiteur: Visiteur, State(app): State<App>) -> Result<Response> {
    servir(visiteur, &app, "logo").await
}

async fn stamp(visiteur: Visiteur, State(app): State<App>) -> Result<Response> {
    servir(visiteur, &app, "cachet").await
}
