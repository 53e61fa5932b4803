//! Blocks to be copied into the official workbook, column for column; and all of it in a workbook of our own.
use askama::Template;
use askama_web::WebTemplate;
use axum::{Router, extract::State, http::HeaderMap, response::Response, routing::get};

use super::{
    Rubrique, Scolaire, classeur,
    forme::{Colonne, colonnes, dire, montrer},
    pages::{sans_modele, trouver},
    recueil,
};
use crate::{
    app::{App, Db},
    compte::{Enseignant, Examinateur, Jury},
    consultation,
    error::{Error, Result},
    etudiant::Etudiant,
    form::Path,
    impression::{download, make},
    journal::Plume,
    page::Cadre,
    promotion::Promotion,
    scelle::{Genre, Voulu},
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/promotions/{id}/scolaire/a-recopier", get(copy))
        .route("/promotions/{id}/scolaire/livrets.xlsx", get(workbook))
        .route("/promotions/{id}/scolaire/livrets.pdf", get(all))
        .route("/etudiants/{id}/scolaire.pdf", get(one))
        .route("/jury/promotions/{id}/scolaire.pdf", get(for_jury))
}

/// A block: a row a student, tabs between its columns.
struct Bloc {
    code: String,
    intitule: String,
    colonnes: String,
    texte: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "scolaire/copie.html")]
struct Copie {
    cadre: Cadre,
    promotion: Promotion,
    scolaire: Scolaire,
    blocs: Vec<Bloc>,
}

/// What a spreadsheet takes for one cell, and never for a formula of its own.
fn case(dit: &str) -> String {
    let dit = dit.split_whitespace().collect::<Vec<_>>().join(" ");
    let formule = dit.starts_with(|c| "=+-@＝＋－＠".contains(c));
    if formule { format!("'{dit}") } else { dit }
}

fn blocs(s: &Scolaire) -> Vec<Bloc> {
    let ligne = |e: &Etudiant, r: &Rubrique, siennes: &[Colonne]| -> String {
        let dits = dire(&s.valeur(r, e.id()));
        let une = |c: &Colonne| case(&montrer(c, dits.get(&c.code).map_or("", String::as_str)));
        siennes.iter().map(une).collect::<Vec<_>>().join("\t")
    };
    let un = |r: Rubrique| {
        let siennes = colonnes(s.modele, s.decoupage, &r);
        let lignes: Vec<String> = s.etudiants.iter().map(|e| ligne(e, &r, &siennes)).collect();
        let titres: Vec<&str> = siennes.iter().map(|c| c.titre.as_str()).collect();
        Bloc {
            code: r.code().to_owned(),
            intitule: r.intitule(s.modele),
            colonnes: titres.join("\u{202f}; "),
            texte: lignes.join("\n"),
        }
    };
    let mut rubriques = s.rubriques();
    rubriques.retain(|r| *r != Rubrique::Candidat);
    rubriques.rotate_right(1); // the council first, as the official workbook has it
    let noms: Vec<String> =
        s.etudiants.iter().map(|e| format!("{}\t{}", case(&e.nom), case(&e.prenom))).collect();
    let noms = Bloc {
        code: "noms".into(),
        intitule: "Liste des candidats".into(),
        colonnes: "NOM\u{202f}; Prénom".into(),
        texte: noms.join("\n"),
    };
    std::iter::once(noms)
        .chain(std::iter::once(un(Rubrique::Candidat)))
        .chain(rubriques.into_iter().map(un))
        .collect()
}

async fn copy(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
) -> Result<Copie> {
    let mut db = app.begin(&enseignant).await?;
    let (promotion, scolaire) = trouver(&mut db, &enseignant, id).await?;
    let scolaire = scolaire.ok_or_else(sans_modele)?;
    let blocs = blocs(&scolaire);
    Ok(Copie { cadre: enseignant.cadre("/promotions"), promotion, scolaire, blocs })
}

async fn workbook(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let (promotion, scolaire) = trouver(&mut db, &enseignant, id).await?;
    let scolaire = scolaire.ok_or_else(sans_modele)?;
    let origine = classeur::Origine::new(&enseignant, &promotion.nom);
    let octets = make(&app, (scolaire, origine), |(s, o)| classeur::xlsx(s, o)).await?;
    let nom = format!("Livrets scolaires {}.xlsx", promotion.nom);
    download(octets, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", &nom)
}

async fn all(
    enseignant: Enseignant,
    State(app): State<App>,
    headers: HeaderMap,
    Path(id): Path<i64>,
) -> Result<Response> {
    promotion_entiere(&app, &Examinateur::from(&enseignant), id, &headers).await
}

async fn for_jury(
    jury: Jury,
    State(app): State<App>,
    headers: HeaderMap,
    Path(id): Path<i64>,
) -> Result<Response> {
    promotion_entiere(&app, &Examinateur::from(&jury), id, &headers).await
}

async fn one(
    enseignant: Enseignant,
    State(app): State<App>,
    headers: HeaderMap,
    Path(id): Path<i64>,
) -> Result<Response> {
    let qui = Examinateur::from(&enseignant);
    let mut db = app.begin(&qui).await?;
    let etudiant = qui.etudiant(&mut db, id).await?;
    let promotion = qui.promotion(&mut db, etudiant.promotion_id()).await?;
    Plume::prendre(&mut db, &qui).await?; // nobody writes between what is read and what is sealed
    let recueil = recueil(&mut db, qui.compte(), &promotion).await?.ok_or_else(sans_modele)?;
    let sien = recueil.seul(id).ok_or(Error::NotFound)?;
    imprimer(&app, (&qui, db), (&promotion, Some(&etudiant), sien), &headers).await
}

async fn promotion_entiere(
    app: &App,
    qui: &Examinateur,
    id: i64,
    headers: &HeaderMap,
) -> Result<Response> {
    let mut db = app.begin(qui).await?;
    let promotion = qui.promotion(&mut db, id).await?;
    Plume::prendre(&mut db, qui).await?;
    let recueil = recueil(&mut db, qui.compte(), &promotion).await?.ok_or_else(sans_modele)?;
    imprimer(app, (qui, db), (&promotion, None, recueil), headers).await
}

/// Sealed, then printed. A document needs at least a candidate.
async fn imprimer(
    app: &App,
    (qui, mut db): (&Examinateur, Db),
    (promotion, etudiant, recueil): (&Promotion, Option<&Etudiant>, super::Recueil),
    headers: &HeaderMap,
) -> Result<Response> {
    if recueil.livrets.is_empty() {
        return Err(Error::Refused(
            "Cette promotion n’a pas encore d’étudiant\u{a0}: il n’y a aucun livret à imprimer. L’administration peut \
             coller une liste."
                .into(),
        ));
    }
    let genre = (Genre::LivretScolaire, "Livret scolaire");
    let dit = recueil.contenu()?;
    let voulu = Voulu::de(&mut db, genre, (promotion, etudiant), dit).await?;
    let scelle = qui.sceller(&mut db, voulu).await?;
    db.commit().await?; // before it is given: no document leaves that the register does not know
    let leurs: Vec<i64> = recueil.livrets.iter().map(|l| l.etudiant_id).collect();
    consultation::noter(app.begin(qui).await?, qui, &leurs);
    let joint = scelle.joint(&app.sceau, &app.origine(headers))?;
    let nom = format!("{}.pdf", recueil.titre);
    let octets = make(app, recueil, move |r| r.imprimer(Some(&joint))).await?;
    download(octets, "application/pdf", &nom)
}
