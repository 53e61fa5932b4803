//! The pages of an administrator: promotions, people by pasted lists, first-use codes shown once.
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
use uuid::Uuid;

use super::{
    Ouvert, Ouverture, Promotion,
    coordination::{self, Equipier},
    courriel::{self, Courriels},
    liste::{self, Liste},
};
use crate::{
    app::App,
    compte::Administrateur,
    date,
    error::{Error, Result},
    form::{Form, FormErrors, Path},
    page::{Cadre, filters},
    referentiel::{self, Publication},
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/administration", get(index))
        .route("/administration/courriel/reprise", post(courriel::retry))
        .route("/administration/promotions", post(create))
        .route("/administration/promotions/{id}", get(show))
        .route("/administration/promotions/{id}/personnes", post(add))
        .route("/administration/promotions/{id}/coordination", post(coordination::create))
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Saisie {
    nom: String,
    annee_examen: String,
    debut: String,
    edition: Uuid,
    cle: Uuid,
    reprise: Option<String>,
}

#[derive(Template, WebTemplate)]
#[template(path = "administration/index.html")]
struct Index {
    cadre: Cadre,
    promotions: Vec<Promotion>,
    editions: Vec<Publication>,
    saisie: Saisie,
    erreurs: FormErrors,
    courriels: Courriels,
}

impl Index {
    /// Some are closed: shown apart.
    fn closes(&self) -> bool {
        self.promotions.iter().any(|p| p.close)
    }
}

async fn page(
    qui: &Administrateur,
    app: &App,
    mut saisie: Saisie,
    erreurs: FormErrors,
) -> Result<Index> {
    let mut db = app.begin(qui).await?;
    let promotions = qui.promotions(&mut db, None).await?;
    let editions = referentiel::list(&mut *db).await?;
    let courriels = qui.courriels(&mut db).await?;
    saisie.cle = app.random.uuid();
    let cadre = qui.cadre("/administration");
    Ok(Index { cadre, promotions, editions, saisie, erreurs, courriels })
}

async fn index(qui: Administrateur, State(app): State<App>) -> Result<Index> {
    page(&qui, &app, Saisie::default(), FormErrors::default()).await
}

async fn create(
    qui: Administrateur,
    State(app): State<App>,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    let mut erreurs = FormErrors::default();
    let nom = erreurs.ligne("nom", &saisie.nom, 80);
    let annee = saisie.annee_examen.trim().parse().ok().filter(|a| (2018..=2100).contains(a));
    if annee.is_none() {
        erreurs
            .add("annee_examen", "L’année d’examen s’écrit en quatre chiffres, par exemple 2028.");
    }
    let debut = date::lire(&saisie.debut);
    match (debut, annee) {
        (None, _) => erreurs.add("debut", "Cette date n’existe pas. Écrivez-la jj/mm/aaaa."),
        (Some(d), Some(annee)) if d.year() > annee => {
            erreurs.add(
                "debut",
                "La formation commence avant son examen. Corrigez l’une des deux dates.",
            );
        }
        _ => {}
    }
    if let (Some(annee), Some(debut), true, None) =
        (annee, debut, erreurs.is_empty(), &saisie.reprise)
    {
        let mut db = app.begin(&qui).await?;
        if !referentiel::list(&mut *db).await?.iter().any(|e| e.edition_id == saisie.edition) {
            return Err(Error::Refused("Cette édition du référentiel n’existe pas.".into()));
        }
        let ouverture = Ouverture { nom: &nom, annee, debut, edition: saisie.edition };
        match qui.ouvrir_promotion(&mut db, &ouverture, saisie.cle).await {
            Ok(id) => {
                db.commit().await?;
                return Ok(
                    Redirect::to(&format!("/administration/promotions/{id}")).into_response()
                );
            }
            Err(Error::Conflict(message)) => erreurs.add("nom", message),
            Err(autre) => return Err(autre),
        }
    }
    let status =
        if saisie.reprise.is_some() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok((status, page(&qui, &app, saisie, erreurs).await?).into_response())
}

/// A pasted list, as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Collage {
    /// `etudiant`, `enseignant` or `jury`.
    quoi: String,
    liste: String,
    fin: String,
    cle: Uuid,
    reprise: Option<String>,
}

#[derive(Template, WebTemplate)]
#[template(path = "administration/show.html")]
struct Show {
    cadre: Cadre,
    promotion: Promotion,
    equipe: Vec<Equipier>,
    collage: Collage,
    lue: Liste,
    erreurs: FormErrors,
    /// Codes, shown this once.
    ouverts: Vec<Ouvert>,
}

impl Show {
    fn groupes(&self) -> [(&'static str, &[String]); 3] {
        let p = &self.promotion;
        [("Enseignants", &p.enseignants), ("Jury", &p.jurys), ("Étudiants", &p.etudiants)]
    }

    fn sans_coordination(&self) -> bool {
        !self.equipe.is_empty() && !self.equipe.iter().any(|e| e.coordonne)
    }

    /// Each form of the page has its own key, or two of them would be one act.
    fn cle_de(&self, equipier: &Equipier) -> Uuid {
        Uuid::new_v5(&self.collage.cle, equipier.enseignant_id.to_string().as_bytes())
    }
}

/// Who a pasted list may be.
const QUOI: [(&str, &str); 3] = [
    ("etudiant", "des étudiants"),
    ("enseignant", "des enseignants"),
    ("jury", "des membres du jury"),
];

async fn fiche(
    qui: &Administrateur,
    app: &App,
    id: i64,
    collage: Collage,
    lue: Liste,
) -> Result<Show> {
    let mut db = app.begin(qui).await?;
    let promotion = qui.promotions(&mut db, Some(id)).await?.pop().ok_or(Error::NotFound)?;
    let equipe = qui.equipe(&mut db, id).await?;
    let collage = Collage { cle: app.random.uuid(), ..collage };
    let (cadre, erreurs) = (qui.cadre("/administration"), FormErrors::default());
    Ok(Show { cadre, promotion, equipe, collage, lue, erreurs, ouverts: vec![] })
}

async fn show(qui: Administrateur, State(app): State<App>, Path(id): Path<i64>) -> Result<Show> {
    fiche(&qui, &app, id, Collage::default(), Liste::default()).await
}

/// All the lines, or none: a faulty one is told and nothing is written.
async fn add(
    qui: Administrateur,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(collage): Form<Collage>,
) -> Result<Response> {
    let mut db = app.begin(&qui).await?;
    let promotion = qui.promotions(&mut db, Some(id)).await?.pop().ok_or(Error::NotFound)?;
    let deja = if collage.quoi == "etudiant" { promotion.etudiants.as_slice() } else { &[] };
    let lue = liste::lire(&collage.liste, deja);
    let mut erreurs = FormErrors::default();
    if lue.noms.is_empty() && lue.fautes.is_empty() {
        erreurs.add("liste", "Collez au moins une ligne, par exemple «\u{a0}ÉTIENNE Zoé\u{a0}».");
    }
    let fin = date::lire(&collage.fin);
    if collage.quoi == "jury" && fin.is_none_or(|f| f < qui.aujourd_hui()) {
        erreurs.add("fin", "Dites jusqu’à quel jour le jury a accès\u{a0}: une date à venir.");
    }
    if !erreurs.is_empty() || !lue.fautes.is_empty() || collage.reprise.is_some() {
        drop(db);
        let status = if collage.reprise.is_some() {
            StatusCode::OK
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        };
        let page = Show { erreurs, ..fiche(&qui, &app, id, collage, lue).await? };
        return Ok((status, page).into_response());
    }
    let (noms, cle) = (&lue.noms, collage.cle);
    let ouverts = match (collage.quoi.as_str(), fin) {
        ("etudiant", _) => qui.inscrire(&app, &mut db, id, noms, cle).await?,
        ("enseignant", _) => qui.confier(&app, &mut db, id, noms, cle).await?,
        ("jury", Some(fin)) => qui.mandater(&app, &mut db, id, noms, fin, cle).await?,
        _ => return Err(Error::Unreadable),
    };
    db.commit().await?;
    let page = fiche(&qui, &app, id, Collage::default(), Liste::default()).await?;
    Ok(Show { ouverts, ..page }.into_response())
}
