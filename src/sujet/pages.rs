//! The subjects of a promotion: who has one, prepared for all who do not, printed for all.
use std::collections::BTreeMap;

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Router,
    extract::State,
    response::{Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    Modele, Sujet, Voulu, composer,
    modele::Papier,
    page_banque, page_sujet,
    papier::{Document, Page},
    variantes,
};
use crate::{
    app::{App, Db},
    compte::Enseignant,
    consultation,
    error::{Error, Result},
    etudiant::Etudiant,
    examen::{self, Examen},
    fiche::{self, Fiche, Texte},
    form::{Form, Path, Query},
    impression::{self, download, imprimer, make},
    page::Cadre,
    promotion::Promotion,
    referentiel,
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/promotions/{id}/sujets", get(first))
        .route("/promotions/{id}/sujets/{epreuve}", get(index))
        .route("/promotions/{id}/sujets/{epreuve}/preparation", post(prepare))
        .route("/promotions/{id}/sujets/{epreuve}/sujets.pdf", get(print))
        .merge(page_sujet::routes())
        .merge(page_banque::routes())
}

/// A promotion of mine, its exam, and the simulation of an épreuve.
pub(super) struct Lieu {
    pub promotion: Promotion,
    pub examen: Examen,
    pub modele: &'static Modele,
    pub etudiants: Vec<Etudiant>,
    /// Their sheets of the épreuve that are recorded.
    pub fiches: Vec<Fiche>,
}

impl Lieu {
    pub async fn trouver(
        db: &mut Db,
        enseignant: &Enseignant,
        (id, epreuve): (i64, &str),
    ) -> Result<Self> {
        let promotion = enseignant.promotion(db, id).await?;
        let edition = referentiel::find(&mut **db, promotion.edition_id).await?;
        let examen = examen::lire(db, id, &edition).await?.ok_or(Error::NotFound)?;
        let modele = Modele::de(&examen, epreuve).ok_or(Error::NotFound)?;
        let etudiants = promotion.etudiants(db, enseignant.aujourd_hui()).await?;
        let ids: Vec<i64> = etudiants.iter().map(Etudiant::id).collect();
        let mut fiches = fiche::fiches(db, id, &ids).await?;
        fiches.retain(|f| f.epreuve == epreuve && f.rang.is_some());
        Ok(Self { promotion, examen, modele, etudiants, fiches })
    }

    /// The sheets of a candidate: those that the team keeps first.
    pub fn siennes(&self, etudiant_id: i64) -> Vec<&Fiche> {
        let mut les_siennes: Vec<&Fiche> =
            self.fiches.iter().filter(|f| f.etudiant_id == etudiant_id).collect();
        les_siennes.sort_by_key(|f| (!f.etat.gardee(), f.numero));
        les_siennes
    }
}

/// The first épreuve of the exam that has a simulation.
async fn first(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
) -> Result<Redirect> {
    let mut db = app.begin(&enseignant).await?;
    let promotion = enseignant.promotion(&mut db, id).await?;
    let edition = referentiel::find(&mut *db, promotion.edition_id).await?;
    let examen = examen::lire(&mut db, id, &edition).await?;
    let modele = examen.as_ref().and_then(|e| Modele::tous(e).into_iter().next());
    match modele {
        Some(m) => Ok(Redirect::to(&format!("/promotions/{id}/sujets/{}", m.epreuve))),
        None => Err(Error::Refused(
            "Aucun modèle officiel de fiche-sujet n’est connu pour la session de cette promotion. \
             Utilisez celui que l’académie vous donne."
                .into(),
        )),
    }
}

/// A candidate of the page.
struct Rang {
    etudiant: Etudiant,
    sujet: Option<Sujet>,
    /// The sheet that her subject varies, or would.
    fiche: Option<Fiche>,
}

#[derive(Template, WebTemplate)]
#[template(path = "sujet/index.html")]
struct Index {
    cadre: Cadre,
    promotion: Promotion,
    modele: &'static Modele,
    rangs: Vec<Rang>,
    a_preparer: usize,
    prets: usize,
    cle: Uuid,
}

async fn index(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, epreuve)): Path<(i64, String)>,
) -> Result<Index> {
    let mut db = app.begin(&enseignant).await?;
    let lieu = Lieu::trouver(&mut db, &enseignant, (id, &epreuve)).await?;
    let mut sujets: BTreeMap<i64, Sujet> = enseignant
        .sujets(&mut db, &lieu.promotion, &epreuve)
        .await?
        .into_iter()
        .map(|s| (s.etudiant_id, s))
        .collect();
    let mut rangs = vec![];
    for etudiant in lieu.etudiants.clone() {
        let sujet = sujets.remove(&etudiant.id());
        let siennes = lieu.siennes(etudiant.id());
        let fiche = match &sujet {
            Some(s) => siennes.iter().find(|f| f.fiche_id == s.fiche_id),
            None => siennes.first(),
        };
        let fiche = fiche.map(|f| (*f).clone());
        rangs.push(Rang { etudiant, sujet, fiche });
    }
    let a_preparer = rangs.iter().filter(|r| r.sujet.is_none() && r.fiche.is_some()).count();
    let prets = rangs.iter().filter(|r| r.sujet.is_some()).count();
    let cadre = enseignant.cadre("/promotions");
    let (promotion, modele) = (lieu.promotion, lieu.modele);
    Ok(Index { cadre, promotion, modele, rangs, a_preparer, prets, cle: app.random.uuid() })
}

/// What is asked for all.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Preparation {
    cle: Uuid,
    reprise: Option<String>,
}

async fn prepare(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, epreuve)): Path<(i64, String)>,
    Form(demande): Form<Preparation>,
) -> Result<Redirect> {
    let mut db = app.begin(&enseignant).await?;
    let lieu = Lieu::trouver(&mut db, &enseignant, (id, &epreuve)).await?;
    let vers = format!("/promotions/{id}/sujets/{epreuve}");
    // After a sign-in on the way: the page is shown again, the button is there.
    if demande.reprise.is_some() {
        return Ok(Redirect::to(&vers));
    }
    if demande.cle.is_nil() {
        return Err(Error::Unreadable);
    }
    let banque = variantes(&mut db, &epreuve).await?;
    let choisies: Vec<(i64, &Fiche)> = lieu
        .etudiants
        .iter()
        .filter_map(|e| Some((e.id(), *lieu.siennes(e.id()).first()?)))
        .collect();
    let fiches: Vec<&Fiche> = choisies.iter().map(|(_, f)| *f).collect();
    let textes = fiche::dernieres(&mut db, &fiches).await?;
    let vide = Texte::default();
    let voulu = |(rang, (id, f)): (usize, &(i64, &Fiche))| {
        let texte = textes.get(&f.fiche_id).unwrap_or(&vide);
        let contenu = composer(lieu.modele, texte, &banque, rang);
        (*id, Voulu { fiche_id: f.fiche_id, commission: String::new(), le: None, contenu })
    };
    let voulus: Vec<(i64, Voulu)> = choisies.iter().enumerate().map(voulu).collect();
    let quoi = (&lieu.promotion, epreuve.as_str());
    enseignant.preparer_sujets(&mut db, quoi, &voulus, demande.cle).await?;
    db.commit().await?;
    Ok(Redirect::to(&vers))
}

/// Which papers, and whose: all of them when it is not said.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Lesquels {
    papier: String,
    etudiant: Option<i64>,
}

async fn print(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, epreuve)): Path<(i64, String)>,
    Query(lesquels): Query<Lesquels>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let lieu = Lieu::trouver(&mut db, &enseignant, (id, &epreuve)).await?;
    let sujets = enseignant.sujets(&mut db, &lieu.promotion, &epreuve).await?;
    let voulus: Vec<&'static Papier> = lieu
        .modele
        .papiers
        .iter()
        .filter(|p| lesquels.papier.is_empty() || p.code == lesquels.papier)
        .collect();
    let voulu = |e: &&Etudiant| lesquels.etudiant.is_none_or(|id| id == e.id());
    let (mut siens, mut perdus) = (vec![], vec![]);
    for e in lieu.etudiants.iter().filter(voulu) {
        let Some(sujet) = sujets.iter().find(|s| s.etudiant_id == e.id()) else { continue };
        match lieu.fiches.iter().find(|f| f.fiche_id == sujet.fiche_id) {
            Some(fiche) => siens.push((e, fiche, sujet)),
            None => perdus.push(e.liste()),
        }
    }
    if !perdus.is_empty() {
        return Err(Error::Refused(format!(
            "La fiche que ce sujet fait varier a été retirée\u{a0}: {}. Ouvrez le sujet et choisissez une autre fiche.",
            perdus.join(", ")
        )));
    }
    let mut pages = vec![];
    for papier in &voulus {
        for (e, fiche, sujet) in &siens {
            pages.push(Page::new((&lieu.examen, lieu.modele, papier), (e, fiche), sujet));
        }
    }
    if pages.is_empty() {
        return Err(Error::Refused(
            "Aucun sujet n’est préparé\u{a0}: il n’y a rien à imprimer. Préparez-les d’abord."
                .into(),
        ));
    }
    let nom = match pages.as_slice() {
        [seule] => format!("{} {} {}", seule.papier.intitule, seule.nom, seule.prenom),
        _ => format!("Fiches sujets {epreuve} {}", lieu.promotion.nom),
    };
    let leurs: Vec<i64> = siens.iter().map(|(e, ..)| e.id()).collect();
    consultation::noter(db, &enseignant, &leurs);
    let document = Document::new(&enseignant, nom.clone(), pages);
    let octets =
        make(&app, document, |d| imprimer(impression::Modele::Sujet, &serde_json::to_value(d)?));
    download(octets.await?, "application/pdf", &format!("{nom}.pdf"))
}
