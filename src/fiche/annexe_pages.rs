//! The paper that a sheet's model wants with it: joined by the student, read by who reads the sheet.
use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};

use super::{
    annexe,
    modele::{AnnexeJointe, Modele},
    page_ecriture::{Edit, Lieu},
};
use crate::{
    app::App,
    compte::{Deposant, Enseignant, Moi},
    consultation,
    error::{Error, Result},
    form::{FormErrors, Path},
    preuve::{depot::seul, fichier::Fichier},
    sas::genre::Genre,
};

pub fn routes() -> Router<App> {
    let sans_limite = DefaultBodyLimit::disable(); // counted while it is read, by what is set
    Router::new()
        .route("/fiches/{fiche}/annexe", get(file_mine).post(create).layer(sans_limite))
        .route("/etudiants/{id}/fiches/{fiche}/annexe", get(file))
}

/// Why this file cannot be what the model wants.
fn refus(fichier: &Fichier, voulue: &AnnexeJointe) -> Option<String> {
    let lisible = [Genre::Pdf, Genre::Jpg, Genre::Png, Genre::Webp, Genre::Heic];
    if !lisible.contains(&fichier.genre()) {
        return Some(format!(
            "«\u{a0}{}\u{a0}» n’est ni un PDF ni une photo. Enregistrez votre annexe en PDF, puis joignez-la.",
            fichier.nom
        ));
    }
    let pages = fichier.pages.and_then(|n| usize::try_from(n).ok()).unwrap_or_default();
    (pages > voulue.pages).then(|| {
        format!(
            "«\u{a0}{}\u{a0}» compte {pages} pages\u{a0}: {} au plus. Le modèle officiel demande\u{a0}: {}. Réduisez \
             votre annexe, puis joignez-la de nouveau.",
            fichier.nom,
            voulue.pages,
            voulue.note
        )
    })
}

/// What the model of a sheet wants with it.
fn voulue(modele: &'static Modele) -> Result<&'static AnnexeJointe> {
    modele.annexe_jointe.as_ref().ok_or_else(|| {
        Error::Refused(format!(
            "Le modèle officiel de la fiche {} ne demande pas d’annexe.",
            modele.epreuve
        ))
    })
}

async fn create(
    moi: Moi,
    State(app): State<App>,
    Path(id): Path<i64>,
    request: Request,
) -> Result<Response> {
    // Found first: nothing is received for a sheet that is not hers to write.
    let qui = Deposant::from(&moi);
    let mut db = app.begin(&moi).await?;
    let lieu = Lieu::trouver(&mut db, &qui, None, id).await?;
    let voulue = voulue(lieu.modele)?;
    if !lieu.fiche.ouverte() {
        return Err(super::copie::fermee(&lieu.fiche));
    }
    drop(db);
    let mut erreurs = FormErrors::default();
    let envoi = seul(&app, &qui, request, &mut erreurs).await?;
    match &envoi.fichier {
        None => erreurs.add("fichier", "Choisissez le fichier de l’annexe."),
        Some(fichier) => {
            if let Some(message) = refus(fichier, voulue) {
                erreurs.add("fichier", message);
            }
        }
    }
    let mut db = app.begin(&moi).await?;
    let (Some(fichier), true) = (&envoi.fichier, erreurs.is_empty()) else {
        let page = Edit::ouvrir(&app, &mut db, &moi, lieu, (None, erreurs)).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    let elle = (&lieu.etudiant, &lieu.fiche);
    moi.joindre_annexe(&mut db, elle, fichier.fichier_id, envoi.cle).await?;
    db.commit().await?;
    Ok(Redirect::to(&format!("/fiches/{id}#annexe")).into_response())
}

async fn file_mine(moi: Moi, State(app): State<App>, Path(id): Path<i64>) -> Result<Response> {
    let mut db = app.begin(&moi).await?;
    let fiche = moi.etudiant(&mut db).await?.fiche(&mut db, id).await?;
    let fichier = annexe::annexe(&mut db, &fiche).await?.ok_or(Error::NotFound)?;
    fichier.telecharger(&app).await
}

async fn file(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((etudiant, id)): Path<(i64, i64)>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let elle = enseignant.etudiant(&mut db, etudiant).await?;
    let fiche = elle.fiche(&mut db, id).await?;
    if fiche.rang.is_none() {
        return Err(Error::NotFound); // hers alone until she records a version
    }
    let fichier = annexe::annexe(&mut db, &fiche).await?.ok_or(Error::NotFound)?;
    consultation::noter(db, &enseignant, &[etudiant]);
    fichier.telecharger(&app).await
}
