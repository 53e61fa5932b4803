//! The sheets on paper: one, printed or as a document to be gone on with; those of a promotion and an épreuve, printed.
use axum::{Router, extract::State, response::Response, routing::get};
use serde::Deserialize;

use super::{
    Fiche, Modele, copie, dernieres, docx, fiches,
    papier::{Document, Papier},
};
use crate::{
    app::{App, Db},
    compte::{Compte, Deposant, Enseignant, Moi},
    consultation,
    error::{Error, Result},
    etudiant::Etudiant,
    examen::{self, Examen},
    form::{Path, Query},
    impression::{self, download, imprimer, make},
    referentiel,
};

const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

pub fn routes() -> Router<App> {
    Router::new()
        .route("/fiches/{fiche}/fiche.pdf", get(pdf_mine))
        .route("/fiches/{fiche}/fiche.docx", get(docx_mine))
        .route("/etudiants/{id}/fiches/{fiche}/fiche.pdf", get(pdf))
        .route("/etudiants/{id}/fiches/{fiche}/fiche.docx", get(docx))
        .route("/promotions/{id}/fiches/{epreuve}/fiches.pdf", get(whole))
}

fn inconnu(epreuve: &str) -> Error {
    Error::Refused(format!(
        "Aucun modèle officiel de fiche {epreuve} n’est connu pour la session de cette promotion. \
         Utilisez celui que l’académie vous donne."
    ))
}

/// The exam of a sheet, and its official model.
pub(super) async fn modele_de(
    db: &mut Db,
    etudiant: &Etudiant,
    fiche: &Fiche,
) -> Result<(Examen, &'static Modele)> {
    let edition = referentiel::find(&mut **db, etudiant.edition_id).await?;
    let examen = examen::lire(db, fiche.promotion_id, &edition).await?;
    let examen = examen.ok_or_else(|| inconnu(&fiche.epreuve))?;
    let modele = Modele::de(&examen, &fiche.epreuve).ok_or_else(|| inconnu(&fiche.epreuve))?;
    Ok((examen, modele))
}

/// A sheet as whoever asks reads it: her working copy to its author while she may write it, the last recorded version to her
/// teachers, and to her once they keep it.
async fn papier(
    app: &App,
    qui: &Deposant,
    (id, fiche): (Option<i64>, i64),
) -> Result<(Db, Etudiant, Papier)> {
    let mut db = app.begin(qui).await?;
    let etudiant = qui.de(&mut db, id).await?;
    let fiche = etudiant.fiche(&mut db, fiche).await?;
    let (examen, modele) = modele_de(&mut db, &etudiant, &fiche).await?;
    let texte = match qui {
        Deposant::Etudiant(_) if fiche.ouverte() => copie::lire(&mut db, &fiche).await?.texte,
        _ => {
            let derniere = dernieres(&mut db, &[&fiche]).await?.remove(&fiche.fiche_id);
            derniere.ok_or_else(|| {
                Error::Refused(format!(
                    "{} n’est pas encore enregistrée\u{a0}: il n’y a rien à imprimer. Demandez à l’étudiant de l’enregistrer.",
                    fiche.nom()
                ))
            })?
        }
    };
    let papier = Papier::new((&examen, modele), &etudiant, (&fiche, texte));
    Ok((db, etudiant, papier))
}

async fn imprimee(app: &App, compte: &Compte, papier: Papier) -> Result<Response> {
    let nom = papier.nom_de_fichier();
    let document = Document::new(compte, nom.clone(), vec![papier]);
    download(octets(app, document).await?, "application/pdf", &format!("{nom}.pdf"))
}

async fn octets(app: &App, document: Document) -> Result<Vec<u8>> {
    make(app, document, |d| imprimer(impression::Modele::Fiche, &serde_json::to_value(d)?)).await
}

async fn ecrite(app: &App, papier: Papier) -> Result<Response> {
    let nom = papier.nom_de_fichier();
    download(make(app, papier, docx::ecrire).await?, DOCX, &format!("{nom}.docx"))
}

async fn pdf_mine(moi: Moi, State(app): State<App>, Path(fiche): Path<i64>) -> Result<Response> {
    let qui = Deposant::Etudiant(moi);
    let (db, _, papier) = papier(&app, &qui, (None, fiche)).await?;
    drop(db);
    imprimee(&app, qui.compte(), papier).await
}

async fn docx_mine(moi: Moi, State(app): State<App>, Path(fiche): Path<i64>) -> Result<Response> {
    let (db, _, papier) = papier(&app, &Deposant::Etudiant(moi), (None, fiche)).await?;
    drop(db);
    ecrite(&app, papier).await
}

async fn pdf(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, fiche)): Path<(i64, i64)>,
) -> Result<Response> {
    let (db, etudiant, papier) = papier(&app, &(&enseignant).into(), (Some(id), fiche)).await?;
    consultation::noter(db, &enseignant, &[etudiant.id()]);
    imprimee(&app, &enseignant, papier).await
}

async fn docx(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, fiche)): Path<(i64, i64)>,
) -> Result<Response> {
    let (db, etudiant, papier) = papier(&app, &(&enseignant).into(), (Some(id), fiche)).await?;
    consultation::noter(db, &enseignant, &[etudiant.id()]);
    ecrite(&app, papier).await
}

/// Which sheets of a promotion: those that the team keeps, unless all are asked for.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Choix {
    toutes: String,
}

impl Choix {
    fn toutes(&self) -> bool {
        self.toutes == "oui"
    }

    fn rien(&self, epreuve: &str) -> Error {
        Error::Refused(if self.toutes() {
            format!(
                "Aucune fiche {epreuve} n’est enregistrée dans cette promotion\u{a0}: il n’y a rien à imprimer."
            )
        } else {
            format!(
                "Aucune fiche {epreuve} n’est retenue dans cette promotion\u{a0}: il n’y a rien à imprimer. Retenez-en, ou \
                 imprimez toutes celles qui sont enregistrées."
            )
        })
    }
}

async fn whole(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, epreuve)): Path<(i64, String)>,
    Query(choix): Query<Choix>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let promotion = enseignant.promotion(&mut db, id).await?;
    let edition = referentiel::find(&mut *db, promotion.edition_id).await?;
    let examen = examen::lire(&mut db, id, &edition).await?;
    let examen = examen.filter(|e| e.reglement.dossier(&epreuve).is_some());
    let examen = examen.ok_or(Error::NotFound)?;
    let modele = Modele::de(&examen, &epreuve).ok_or_else(|| inconnu(&epreuve))?;
    let etudiants = promotion.etudiants(&mut db, enseignant.aujourd_hui()).await?;
    let ids: Vec<i64> = etudiants.iter().map(Etudiant::id).collect();
    let voulue =
        |f: &Fiche| f.epreuve == epreuve && f.rang.is_some() && (choix.toutes() || f.etat.gardee());
    let fiches: Vec<Fiche> = fiches(&mut db, id, &ids).await?.into_iter().filter(voulue).collect();
    let mut textes = dernieres(&mut db, &fiches.iter().collect::<Vec<_>>()).await?;
    let mut papiers = vec![];
    for etudiant in &etudiants {
        for fiche in fiches.iter().filter(|f| f.etudiant_id == etudiant.id()) {
            let texte = textes.remove(&fiche.fiche_id).unwrap_or_default();
            papiers.push((etudiant.id(), Papier::new((&examen, modele), etudiant, (fiche, texte))));
        }
    }
    if papiers.is_empty() {
        return Err(choix.rien(&epreuve));
    }
    let (leurs, papiers): (Vec<i64>, Vec<Papier>) = papiers.into_iter().unzip();
    consultation::noter(db, &enseignant, &leurs);
    let nom = format!("Fiches {epreuve} {}", promotion.nom);
    let document = Document::new(&enseignant, nom.clone(), papiers);
    download(octets(&app, document).await?, "application/pdf", &format!("{nom}.pdf"))
}
