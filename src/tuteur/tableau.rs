//! The tutors of a promotion: asked, opened, signed, silent.
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use uuid::Uuid;

use super::{
    avis::{self, Avis},
    equipe::Acte,
    feuille,
    lien::{self, Lien},
};
use crate::{
    app::{App, Db},
    compte::Enseignant,
    courriel, date,
    error::{Error, Result},
    etudiant::Etudiant,
    form::{Form, FormErrors, Path},
    impression,
    page::{Cadre, filters},
    promotion::Promotion,
    referentiel,
    stage::{Periode, stages},
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/promotions/{id}/tuteurs", get(index))
        .route("/promotions/{id}/tuteurs/demande", post(demand))
        .route("/promotions/{id}/tuteurs/feuilles.pdf", post(print))
}

/// A period of the board.
struct Rang {
    etudiant: Etudiant,
    periode: Periode,
    liens: Vec<Lien>,
    avis: Option<Avis>,
}

impl Rang {
    /// In words, and how much there is to worry.
    fn etat(&self) -> (&'static str, String) {
        let dernier = self.liens.iter().find(|l| l.bon);
        let le = |i: &time::PrimitiveDateTime| date::courte(&i.date());
        if let Some(avis) = &self.avis {
            return ("Signé", le(&avis.signe_le));
        }
        if self.periode.tuteur_id.is_none() {
            return ("Sans tuteur", String::new());
        }
        if let Some(l) = self.liens.iter().find(|l| l.bon && l.pas_moi_le.is_some()) {
            return ("« Ce n’est pas moi »", l.pas_moi_le.as_ref().map(le).unwrap_or_default());
        }
        if let Some(ouvert) = self.liens.iter().find_map(|l| l.ouvert_le) {
            return ("Ouvert, pas signé", le(&ouvert));
        }
        dernier
            .map_or(("Pas demandé", String::new()), |l| ("Demandé, sans réponse", le(&l.cree_le)))
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "tuteur/tableau.html")]
struct Index {
    cadre: Cadre,
    promotion: Promotion,
    rangs: Vec<Rang>,
    signes: usize,
    erreurs: FormErrors,
    envoie: bool,
    cle: Uuid,
}

async fn rangs(db: &mut Db, promotion: &Promotion, jour: time::Date) -> Result<Vec<Rang>> {
    let etudiants = promotion.etudiants(db, jour).await?;
    let ids: Vec<i64> = etudiants.iter().map(Etudiant::id).collect();
    let mut periodes = stages(db, promotion.promotion_id, &ids).await?.periodes;
    let numeros: Vec<i64> = periodes.iter().map(|p| p.periode_id).collect();
    let mut liens = lien::liens(db, &numeros).await?;
    let mut avis = avis::avis(db, &numeros).await?;
    let mut rangs = vec![];
    for etudiant in etudiants {
        for periode in periodes.extract_if(.., |p| p.etudiant_id == etudiant.id()) {
            let la = periode.periode_id;
            let liens = liens.extract_if(.., |l| l.periode_id == la).collect();
            let avis = avis.extract_if(.., |a| a.periode_id == la).next();
            rangs.push(Rang { etudiant: etudiant.clone(), periode, liens, avis });
        }
    }
    Ok(rangs)
}

async fn page(app: &App, enseignant: &Enseignant, id: i64, erreurs: FormErrors) -> Result<Index> {
    let mut db = app.begin(enseignant).await?;
    let promotion = enseignant.promotion(&mut db, id).await?;
    let rangs = rangs(&mut db, &promotion, enseignant.aujourd_hui()).await?;
    let signes = rangs.iter().filter(|r| r.avis.is_some()).count();
    let (envoie, cle) = (courriel::envoie(&db), app.random.uuid());
    let cadre = enseignant.cadre("/promotions");
    Ok(Index { cadre, promotion, rangs, signes, erreurs, envoie, cle })
}

async fn index(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
) -> Result<Index> {
    page(&app, &enseignant, id, FormErrors::default()).await
}

/// Who did not sign, has a tutor, and may still answer; nobody before the stage begins.
async fn silencieux(
    enseignant: &Enseignant,
    db: &mut Db,
    id: i64,
) -> Result<(Promotion, Vec<Rang>)> {
    let promotion = enseignant.promotion(db, id).await?;
    let jour = enseignant.aujourd_hui();
    let mut restent = vec![];
    for rang in rangs(db, &promotion, jour).await? {
        if rang.avis.is_none()
            && rang.periode.du <= jour
            && lien::destinataire(db, &rang.periode).await?.is_some_and(|v| v.bon)
        {
            restent.push(rang);
        }
    }
    Ok((promotion, restent))
}

async fn refuse(app: &App, enseignant: &Enseignant, id: i64, message: String) -> Result<Response> {
    let mut erreurs = FormErrors::default();
    erreurs.add("demander", message);
    let page = page(app, enseignant, id, erreurs).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

const PERSONNE: &str = "Aucun tuteur n’attend d’être interrogé\u{a0}: tous ont signé, ou aucun stage commencé n’a de tuteur et de délai ouvert.";

async fn demand(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(acte): Form<Acte>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let (_, restent) = silencieux(&enseignant, &mut db, id).await?;
    let mut ecrits = 0;
    for r in &restent {
        let sans = lien::destinataire(&mut db, &r.periode).await?.is_none_or(|v| v.mel.is_empty());
        if sans && courriel::envoie(&db) {
            continue;
        }
        let cle = Uuid::new_v5(&acte.cle, &r.periode.periode_id.to_be_bytes());
        match enseignant.demander_avis(&mut db, (&r.etudiant, &r.periode), cle).await {
            Ok(()) => ecrits += 1,
            Err(Error::Refused(message)) => {
                drop(db);
                return refuse(&app, &enseignant, id, message).await;
            }
            Err(autre) => return Err(autre),
        }
    }
    if ecrits == 0 {
        drop(db);
        let adresse = "Aucune adresse de tuteur n’est connue. Ajoutez-les au carnet d’adresses, ou imprimez les feuilles.";
        let message = if restent.is_empty() { PERSONNE } else { adresse };
        return refuse(&app, &enseignant, id, message.into()).await;
    }
    db.commit().await?;
    Ok(Redirect::to(&format!("/promotions/{id}/tuteurs")).into_response())
}

async fn print(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    headers: HeaderMap,
    Form(acte): Form<Acte>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let (promotion, restent) = silencieux(&enseignant, &mut db, id).await?;
    if restent.is_empty() {
        drop(db);
        return refuse(&app, &enseignant, id, PERSONNE.into()).await;
    }
    let edition = referentiel::find(&mut *db, promotion.edition_id).await?;
    let origine = app.origine(&headers);
    let mut feuilles = vec![];
    for r in &restent {
        let cle = Uuid::new_v5(&acte.cle, &r.periode.periode_id.to_be_bytes());
        let quoi = (&r.etudiant, &r.periode, edition.code.as_str());
        feuilles.push(enseignant.feuille_tuteur(&mut db, quoi, &origine, cle).await?);
    }
    let document = enseignant.document_tuteur(enseignant.cadre("/").fictif, &feuilles);
    db.commit().await?;
    let octets = impression::make(&app, document, feuille::pdf).await?;
    impression::download(
        octets,
        "application/pdf",
        &format!("Avis des tuteurs - {}.pdf", promotion.nom),
    )
}
