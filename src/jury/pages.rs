//! The pages of a jury: its promotions, their candidates, the documents.
use askama::Template;
use askama_web::WebTemplate;
use axum::{Router, extract::State, http::HeaderMap, response::Response, routing::get};

use super::{dossier::Dossier, pdf, sceau, tableur};
use crate::{
    app::App,
    compte::Jury,
    consultation,
    error::Result,
    form::Path,
    impression::{download, make},
    journal::Plume,
    page::Cadre,
    promotion::Promotion,
    scelle::Emetteur,
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/jury/promotions/{id}", get(show))
        .route("/jury/promotions/{id}/synthese.pdf", get(whole_pdf))
        .route("/jury/promotions/{id}/synthese.csv", get(whole_csv))
        .route("/jury/promotions/{id}/synthese.xlsx", get(whole_xlsx))
        .route("/jury/etudiants/{id}/synthese.pdf", get(one_pdf))
}

#[derive(Template, WebTemplate)]
#[template(path = "jury/show.html")]
struct Show {
    cadre: Cadre,
    promotion: Promotion,
    dossier: Dossier,
    etudiants: Vec<i64>,
}

async fn show(jury: Jury, State(app): State<App>, Path(id): Path<i64>) -> Result<Show> {
    let (promotion, dossier, etudiants) = whole(&jury, &app, id).await?;
    Ok(Show { cadre: jury.cadre("/jury"), promotion, dossier, etudiants })
}

async fn whole(jury: &Jury, app: &App, id: i64) -> Result<(Promotion, Dossier, Vec<i64>)> {
    let mut db = app.begin(jury).await?;
    let promotion = jury.promotion(&mut db, id).await?;
    let etudiants = promotion.etudiants(&mut db, jury.aujourd_hui()).await?;
    let dossier = jury.dossier(&mut db, &promotion, &etudiants).await?;
    let ids: Vec<i64> = etudiants.iter().map(crate::etudiant::Etudiant::id).collect();
    consultation::noter(db, jury, &ids);
    Ok((promotion, dossier, ids))
}

async fn whole_pdf(jury: Jury, State(app): State<App>, Path(id): Path<i64>) -> Result<Response> {
    let (promotion, dossier, _) = whole(&jury, &app, id).await?;
    let octets = make(&app, dossier, pdf::promotion).await?;
    download(octets, "application/pdf", &format!("Synthèse {}.pdf", promotion.nom))
}

async fn whole_csv(jury: Jury, State(app): State<App>, Path(id): Path<i64>) -> Result<Response> {
    let (promotion, dossier, _) = whole(&jury, &app, id).await?;
    let octets = make(&app, dossier, tableur::csv).await?;
    download(octets, "text/csv; charset=utf-8", &format!("Synthèse {}.csv", promotion.nom))
}

async fn whole_xlsx(jury: Jury, State(app): State<App>, Path(id): Path<i64>) -> Result<Response> {
    let (promotion, dossier, _) = whole(&jury, &app, id).await?;
    let octets = make(&app, dossier, tableur::xlsx).await?;
    let type_mime = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    download(octets, type_mime, &format!("Synthèse {}.xlsx", promotion.nom))
}

async fn one_pdf(
    jury: Jury,
    State(app): State<App>,
    headers: HeaderMap,
    Path(id): Path<i64>,
) -> Result<Response> {
    let mut db = app.begin(&jury).await?;
    let etudiant = jury.etudiant(&mut db, id).await?;
    let promotion = jury.promotion(&mut db, etudiant.promotion_id).await?;
    Plume::prendre(&mut db, &jury).await?; // nobody writes between what is read and what is sealed
    let dossier = jury.dossier(&mut db, &promotion, std::slice::from_ref(&etudiant)).await?;
    let voulu = sceau::synthese(&mut db, &etudiant, &dossier).await?;
    let scelle = Emetteur::from(&jury).sceller(&mut db, voulu).await?;
    db.commit().await?; // before it is given: no document leaves that the register does not know
    consultation::noter(app.begin(&jury).await?, &jury, &[id]);
    let joint = scelle.joint(&app.sceau, &app.origine(&headers))?;
    let octets = make(&app, dossier, move |d| pdf::candidat(d, 0, &joint)).await?;
    download(octets, "application/pdf", &format!("Synthèse {}.pdf", etudiant.liste()))
}
