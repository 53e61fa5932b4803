//! After the jury: the day of its deliberation and the school's settings, the marks to copy, what is communicated.
use std::collections::BTreeMap;

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use time::Date;
use uuid::Uuid;

use super::{
    Commission, Deliberation, Evaluation, Note,
    communication::{self, Communication},
    evaluations, modele,
    pages::examen_de,
    papier::{self, Document, Page},
};
use crate::{
    app::{App, Db},
    compte::{Enseignant, Examinateur},
    date,
    error::{Error, Result},
    examen::Examen,
    form::{Form, FormErrors, Path},
    impression::{download, make},
    page::Cadre,
    promotion::{Coordonnateur, Promotion},
    scelle::{Genre, Voulu},
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/promotions/{id}/deliberation", get(show).post(update))
        .route("/promotions/{id}/communications", post(create))
        .route("/promotions/{id}/communications/{epreuve}/{etudiant}/evaluation.pdf", get(print))
}

type Champs = BTreeMap<String, String>;

/// A locked fiche of the promotion.
struct Fiche {
    etudiant_id: i64,
    nom: String,
    numero: Option<String>,
    epreuve: String,
    note: String,
    verrou: String,
    /// It has an official fiche, that may be communicated.
    communicable: bool,
}

#[derive(Template, WebTemplate)]
#[template(path = "commission/deliberation.html")]
struct Show {
    cadre: Cadre,
    promotion: Promotion,
    deliberation: Deliberation,
    passee: bool,
    le: String,
    /// Degree, its name, the mark as typed.
    bareme: Vec<(String, String, String)>,
    indicatif: bool,
    /// Épreuve -> its locked fiches, by candidate number.
    fiches: BTreeMap<String, Vec<Fiche>>,
    communications: Vec<(String, Communication)>,
    dits: Champs,
    erreurs: FormErrors,
    cle: Uuid,
}

impl Show {
    fn dit(&self, champ: &str) -> &str {
        self.dits.get(champ).map_or("", String::as_str)
    }
}

/// One mark a line, in the order of the table: what is copied at once.
fn colonne(fiches: &[Fiche]) -> String {
    fiches.iter().map(|f| f.note.as_str()).collect::<Vec<_>>().join("\n")
}

/// The degrees of the grids that no text gives points to: those of the first such grid.
fn degres(examen: &Examen) -> &'static [modele::Degre] {
    let mut grilles = super::Unite::toutes(examen).into_iter().filter_map(|e| e.grille);
    let sans = grilles.find(|g| g.lignes().all(|l| l.points.is_empty()));
    sans.map_or(&[], |g| &g.degres)
}

async fn fiches(
    db: &mut Db,
    (promotion, examen): (&Promotion, &Examen),
) -> Result<(BTreeMap<String, Vec<Fiche>>, Vec<Commission>)> {
    let commissions = promotion.commissions(db).await?;
    let mut toutes: BTreeMap<String, Vec<Fiche>> = BTreeMap::new();
    for c in &commissions {
        let dites = evaluations(db, (c.promotion_id, &c.epreuve), &c.ids()).await?;
        let evaluation = modele::Evaluation::de(examen, &c.epreuve, c.forme);
        for k in &c.candidats {
            let Some(e) = dites.get(&k.etudiant_id) else { continue };
            let (Some(verrou), Some(note)) = (e.verrou_en_mots(), e.note_en_mots()) else {
                continue;
            };
            toutes.entry(c.epreuve.clone()).or_default().push(Fiche {
                etudiant_id: k.etudiant_id,
                nom: k.liste(),
                numero: examen.candidature(k.etudiant_id).numero,
                epreuve: c.epreuve.clone(),
                note,
                verrou,
                communicable: evaluation.is_some(),
            });
        }
    }
    for fiches in toutes.values_mut() {
        fiches.sort_by(|a, b| {
            (a.numero.is_none(), &a.numero, &a.nom).cmp(&(b.numero.is_none(), &b.numero, &b.nom))
        });
    }
    Ok((toutes, commissions))
}

async fn page(
    app: &App,
    coordonnateur: &Coordonnateur,
    db: &mut Db,
    (dits, erreurs): (Champs, FormErrors),
) -> Result<Show> {
    let promotion = coordonnateur.promotion.clone();
    let examen = examen_de(db, promotion.promotion_id, promotion.edition_id).await?;
    let deliberation = communication::deliberation(db, promotion.promotion_id).await?;
    let (fiches, commissions) = fiches(db, (&promotion, &examen)).await?;
    let nom = |id: i64| {
        let mut candidats = commissions.iter().flat_map(|c| &c.candidats);
        candidats.find(|k| k.etudiant_id == id).map(super::Candidat::liste).unwrap_or_default()
    };
    let communications = coordonnateur.communications(db).await?;
    let communications = communications.into_iter().map(|c| (nom(c.etudiant_id), c)).collect();
    let note = |code: &str| {
        let typee = dits.get(&format!("note-{code}")).cloned();
        let actuelle =
            deliberation.indicatif.as_ref().and_then(|b| b.get(code)).map(|n| Note(*n).to_string());
        typee.or(actuelle).unwrap_or_default()
    };
    let bareme =
        degres(&examen).iter().map(|d| (d.code.clone(), d.intitule.clone(), note(&d.code)));
    let bareme = bareme.collect();
    let le = dits.get("le").cloned();
    let le = le.unwrap_or_else(|| deliberation.le.as_ref().map(date::iso).unwrap_or_default());
    let saisie = dits.contains_key("cle") && !dits.contains_key("fiche");
    let indicatif =
        if saisie { dits.contains_key("indicatif") } else { deliberation.indicatif.is_some() };
    let passee = deliberation.passee(&**coordonnateur);
    let (cadre, cle) = (coordonnateur.cadre("/promotions"), app.random.uuid());
    Ok(Show {
        cadre,
        promotion,
        deliberation,
        passee,
        le,
        bareme,
        indicatif,
        fiches,
        communications,
        dits,
        erreurs,
        cle,
    })
}

async fn show(enseignant: Enseignant, State(app): State<App>, Path(id): Path<i64>) -> Result<Show> {
    let mut db = app.begin(&enseignant).await?;
    let coordonnateur = enseignant.coordonnateur(&mut db, id).await?;
    let page = page(&app, &coordonnateur, &mut db, (Champs::new(), FormErrors::default())).await?;
    Ok(page)
}

/// The settings as typed.
fn lire(champs: &Champs, degres: &[modele::Degre], erreurs: &mut FormErrors) -> Deliberation {
    let dit = champs.get("le").map_or("", |d| d.trim());
    let le = date::lire(dit);
    if le.is_none() && !dit.is_empty() {
        erreurs.add("le", "Cette date n’existe pas. Écrivez-la jj/mm/aaaa, ou laissez vide.");
    }
    let mut bareme = BTreeMap::new();
    if champs.contains_key("indicatif") {
        for d in degres {
            let champ = format!("note-{}", d.code);
            match Note::lire(champs.get(&champ).map_or("", String::as_str), SUR) {
                Ok(note) => _ = bareme.insert(d.code.clone(), note.0),
                Err(message) => erreurs.add(&champ, message),
            }
        }
    }
    let version = champs.get("version").and_then(|v| v.parse().ok()).unwrap_or(-1);
    Deliberation { le, indicatif: Some(bareme).filter(|b| !b.is_empty()), version }
}

/// The school's own conversion is on the scale of the official boxes.
const SUR: u8 = 20;

async fn update(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(champs): Form<Champs>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let coordonnateur = enseignant.coordonnateur(&mut db, id).await?;
    let examen = examen_de(&mut db, id, coordonnateur.promotion.edition_id).await?;
    let cle: Uuid = champs.get("cle").and_then(|c| c.parse().ok()).ok_or(Error::Unreadable)?;
    let mut erreurs = FormErrors::default();
    erreurs.cle("le", cle);
    let voulue = lire(&champs, degres(&examen), &mut erreurs);
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if champs.contains_key("reprise") {
        (status, erreurs) = (StatusCode::OK, FormErrors::default());
    } else if erreurs.is_empty() {
        match coordonnateur.fixer_deliberation(&mut db, &voulue, cle).await {
            Ok(()) => {
                db.commit().await?;
                return Ok(Redirect::to(&format!("/promotions/{id}/deliberation")).into_response());
            }
            Err(Error::Conflict(message)) => {
                status = StatusCode::CONFLICT;
                erreurs.add("le", message);
            }
            Err(autre) => return Err(autre),
        }
    }
    let page = page(&app, &coordonnateur, &mut db, (champs, erreurs)).await?;
    Ok((status, page).into_response())
}

/// « E4/12 »: an épreuve and a candidate.
fn quelle(dite: &str) -> Option<(i64, &str)> {
    let (epreuve, etudiant) = dite.split_once('/')?;
    Some((etudiant.parse().ok()?, epreuve))
}

async fn create(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(champs): Form<Champs>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let coordonnateur = enseignant.coordonnateur(&mut db, id).await?;
    let cle: Uuid = champs.get("cle").and_then(|c| c.parse().ok()).ok_or(Error::Unreadable)?;
    let mut erreurs = FormErrors::default();
    erreurs.cle("fiche", cle);
    let quoi = champs.get("fiche").and_then(|f| quelle(f));
    if quoi.is_none() {
        erreurs.add("fiche", "Choisissez la fiche que le candidat a demandée.");
    }
    let demandee_le: Option<Date> = champs.get("demandee_le").and_then(|d| date::lire(d));
    if demandee_le.is_none_or(|le| le > enseignant.aujourd_hui()) {
        erreurs.add(
            "demandee_le",
            "Donnez le jour de la demande, aujourd’hui ou avant, sous la forme 05/07/2027.",
        );
    }
    let moyen = erreurs.ligne("moyen", champs.get("moyen").map_or("", String::as_str), 200);
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if champs.contains_key("reprise") {
        (status, erreurs) = (StatusCode::OK, FormErrors::default());
    } else if let (Some((etudiant, epreuve)), Some(le), true) =
        (quoi, demandee_le, erreurs.is_empty())
    {
        match coordonnateur.communiquer(&mut db, (etudiant, epreuve), (le, &moyen), cle).await {
            Ok(()) => {
                db.commit().await?;
                return Ok(Redirect::to(&format!("/promotions/{id}/deliberation#communications"))
                    .into_response());
            }
            Err(Error::Refused(message)) => erreurs.add("fiche", message),
            Err(autre) => return Err(autre),
        }
    }
    let page = page(&app, &coordonnateur, &mut db, (champs, erreurs)).await?;
    Ok((status, page).into_response())
}

/// The fiche of a candidate, to be given to her: once recorded as communicated, and never the grid.
async fn print(
    enseignant: Enseignant,
    State(app): State<App>,
    headers: HeaderMap,
    Path((id, epreuve, etudiant)): Path<(i64, String, i64)>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let coordonnateur = enseignant.coordonnateur(&mut db, id).await?;
    let faites = coordonnateur.communications(&mut db).await?;
    faites
        .iter()
        .find(|c| c.etudiant_id == etudiant && c.epreuve == epreuve)
        .ok_or(Error::NotFound)?;
    let promotion = &coordonnateur.promotion;
    let examen = examen_de(&mut db, id, promotion.edition_id).await?;
    let papiers =
        promotion.papiers_verrouilles(&mut db, &examen, &[etudiant]).await?.remove(&etudiant);
    let elle = |p: &Page| matches!(p, Page::Evaluation(e) if e.modele.epreuve == epreuve);
    let pages: Vec<Page> = papiers.into_iter().flatten().filter(elle).collect();
    if pages.is_empty() {
        return Err(Error::NotFound);
    }
    let titre = format!("Fiche d’évaluation {epreuve}");
    let elle = coordonnateur.etudiant(&mut db, etudiant).await?;
    let dites = evaluations(&mut db, (id, &epreuve), &[etudiant]).await?;
    let contenu = serde_json::json!({ "epreuve": epreuve, "fiche": dites.get(&etudiant).map(Evaluation::dite) });
    let quoi = (Genre::FicheEvaluation, titre.as_str());
    let voulu = Voulu::de(&mut db, quoi, (promotion, Some(&elle)), contenu).await?;
    let scelle = Examinateur::from(&enseignant).sceller(&mut db, voulu).await?;
    db.commit().await?;
    let joint = scelle.joint(&app.sceau, &app.origine(&headers))?;
    let document = Document::new(&enseignant, titre.clone(), pages);
    let octets = make(&app, document, move |d| papier::imprimer_scelle(d, &joint)).await?;
    download(octets, "application/pdf", &format!("{titre}.pdf"))
}
