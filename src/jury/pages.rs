//! What a jury, or a teacher, reads and takes away of a promotion: with names, or by candidate numbers alone.
use askama::Template;
use askama_web::WebTemplate;
use axum::{Router, extract::State, http::HeaderMap, response::Response, routing::get};
use serde::Deserialize;

use super::{
    anonymat, archive,
    dossier::Dossier,
    lecteur::{Lecteurs, Ouverte},
    pdf, projection, recopie, sceau, tableur, tirage,
};
use crate::{
    app::App,
    compte::Examinateur,
    consultation,
    error::Result,
    etudiant::Etudiant,
    form::{Path, Query},
    impression::{Joint, download, make},
    page::Cadre,
    promotion::Promotion,
    scelle::Genre,
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/jury/promotions/{id}", get(show))
        .route("/jury/promotions/{id}/synthese.pdf", get(whole_pdf))
        .route("/jury/promotions/{id}/synthese.xlsx", get(whole_xlsx))
        .route("/jury/promotions/{id}/synthese.ods", get(whole_ods))
        .route("/jury/promotions/{id}/synthese.csv", get(whole_csv))
        .route("/jury/promotions/{id}/detail.csv", get(detail_csv))
        .route("/jury/etudiants/{id}/synthese.pdf", get(one_pdf))
        .merge(recopie::routes())
        .merge(projection::routes())
        .merge(tirage::pages::routes())
        .merge(archive::pages::routes())
}

/// How candidates are called, and in which order.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Question {
    pub anonyme: String,
    pub ordre: String,
}

impl Question {
    pub fn anonyme(&self) -> bool {
        self.anonyme == "1"
    }

    /// What a link carries on.
    pub fn suffixe(&self) -> &'static str {
        if self.anonyme() { "?anonyme=1" } else { "" }
    }

    pub fn applique(&self, dossier: Dossier) -> Dossier {
        if self.anonyme() {
            dossier.anonyme()
        } else if self.ordre == "numero" {
            dossier.par_numero()
        } else {
            dossier
        }
    }

    /// « Synthèse 2025-2027 », « Synthèse sans noms 2025-2027 ».
    fn nom(&self, quoi: &str, promotion: &Promotion) -> String {
        let sans = if self.anonyme() { " sans noms" } else { "" };
        format!("{quoi}{sans} {}", promotion.nom)
    }
}

/// The whole promotion as it is asked for; who looked is noted.
pub(super) async fn whole(
    lecteurs: &Lecteurs,
    app: &App,
    id: i64,
    question: &Question,
) -> Result<(Examinateur, Promotion, Dossier)> {
    let mut ouverte = lecteurs.promotion(app, id).await?;
    let etudiants = ouverte.candidats().await?;
    let dossier = ouverte.dossier(&etudiants).await?;
    let ids: Vec<i64> = etudiants.iter().map(Etudiant::id).collect();
    let Ouverte { lecteur, db, promotion } = ouverte;
    consultation::noter(db, &lecteur, &ids);
    Ok((lecteur, promotion, question.applique(dossier)))
}

#[derive(Template, WebTemplate)]
#[template(path = "jury/show.html")]
struct Show {
    cadre: Cadre,
    lecteur: Examinateur,
    promotion: Promotion,
    dossier: Dossier,
    /// What its links carry on.
    suite: &'static str,
}

async fn show(
    lecteurs: Lecteurs,
    State(app): State<App>,
    Path(id): Path<i64>,
    Query(question): Query<Question>,
) -> Result<Show> {
    let (lecteur, promotion, dossier) = whole(&lecteurs, &app, id, &question).await?;
    let suite = question.suffixe();
    Ok(Show { cadre: lecteurs.cadre(), lecteur, promotion, dossier, suite })
}

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const ODS: &str = "application/vnd.oasis.opendocument.spreadsheet";
const CSV: &str = "text/csv; charset=utf-8";

/// A document of the whole promotion: what it is called, what it is, and how it is made.
async fn document(
    (lecteurs, app): (&Lecteurs, &App),
    id: i64,
    question: &Question,
    (quoi, extension, genre): (&str, &str, &'static str),
    faire: fn(&Dossier) -> anyhow::Result<Vec<u8>>,
) -> Result<Response> {
    let (_, promotion, dossier) = whole(lecteurs, app, id, question).await?;
    let octets = make(app, dossier, faire).await?;
    download(octets, genre, &format!("{}.{extension}", question.nom(quoi, &promotion)))
}

async fn whole_pdf(
    lecteurs: Lecteurs,
    State(app): State<App>,
    headers: HeaderMap,
    Path(id): Path<i64>,
    Query(question): Query<Question>,
) -> Result<Response> {
    if question.anonyme() {
        let quoi = ("Synthèse", "pdf", "application/pdf");
        return document((&lecteurs, &app), id, &question, quoi, |d| pdf::promotion(d, None)).await;
    }
    let mut ouverte = lecteurs.promotion_sous_plume(&app, id).await?;
    let etudiants = ouverte.candidats().await?;
    let dossier = question.applique(ouverte.dossier(&etudiants).await?);
    let nom = format!("{}.pdf", question.nom("Synthèse", &ouverte.promotion));
    let quoi = (Genre::Synthese, "Synthèse de la promotion");
    let joint = ouverte.sceller(&app, quoi, (None, sceau::tous(&dossier)), &headers).await?;
    let octets = make(&app, dossier, move |d| pdf::promotion(d, Some(&joint))).await?;
    download(octets, "application/pdf", &nom)
}

async fn whole_xlsx(
    lecteurs: Lecteurs,
    State(app): State<App>,
    Path(id): Path<i64>,
    Query(question): Query<Question>,
) -> Result<Response> {
    let faire: fn(&Dossier) -> _ = |d| tableur::xlsx::ecrire(&tableur::classeur(d));
    document((&lecteurs, &app), id, &question, ("Synthèse", "xlsx", XLSX), faire).await
}

async fn whole_ods(
    lecteurs: Lecteurs,
    State(app): State<App>,
    Path(id): Path<i64>,
    Query(question): Query<Question>,
) -> Result<Response> {
    let faire: fn(&Dossier) -> _ = |d| tableur::ods::ecrire(&tableur::classeur(d));
    document((&lecteurs, &app), id, &question, ("Synthèse", "ods", ODS), faire).await
}

async fn whole_csv(
    lecteurs: Lecteurs,
    State(app): State<App>,
    Path(id): Path<i64>,
    Query(question): Query<Question>,
) -> Result<Response> {
    let faire: fn(&Dossier) -> _ = |d| tableur::csv::ecrire(&tableur::synthese(d));
    document((&lecteurs, &app), id, &question, ("Synthèse", "csv", CSV), faire).await
}

async fn detail_csv(
    lecteurs: Lecteurs,
    State(app): State<App>,
    Path(id): Path<i64>,
    Query(question): Query<Question>,
) -> Result<Response> {
    let faire: fn(&Dossier) -> _ = |d| tableur::csv::ecrire(&tableur::detail(d));
    document((&lecteurs, &app), id, &question, ("Détail", "csv", CSV), faire).await
}

async fn one_pdf(
    lecteurs: Lecteurs,
    State(app): State<App>,
    headers: HeaderMap,
    Path(id): Path<i64>,
    Query(question): Query<Question>,
) -> Result<Response> {
    let (dossier, joint) = scelle(&lecteurs, &app, (id, &question), &headers).await?;
    let appel = dossier.candidats.first().map_or(String::new(), |c| c.appel.clone());
    let octets = make(&app, dossier, move |d| pdf::candidat(d, 0, joint.as_ref())).await?;
    download(octets, "application/pdf", &format!("Synthèse {appel}.pdf"))
}

/// The dossier of one candidate, and what seals it; without names it says nobody's, and is not sealed.
async fn scelle(
    lecteurs: &Lecteurs,
    app: &App,
    (id, question): (i64, &Question),
    headers: &HeaderMap,
) -> Result<(Dossier, Option<Joint>)> {
    if question.anonyme() {
        let (mut ouverte, etudiant) = lecteurs.etudiant(app, id).await?;
        let dossier = ouverte.dossier(std::slice::from_ref(&etudiant)).await?;
        consultation::noter(ouverte.db, &ouverte.lecteur, &[id]);
        return Ok((question.applique(dossier), None));
    }
    let (mut ouverte, etudiant) = lecteurs.etudiant_sous_plume(app, id).await?;
    let dossier = ouverte.dossier(std::slice::from_ref(&etudiant)).await?;
    let quoi = (Genre::Synthese, "Synthèse de compétences");
    let joint =
        ouverte.sceller(app, quoi, (Some(&etudiant), sceau::seul(&dossier)), headers).await?;
    Ok((dossier, Some(joint)))
}
