//! The pages of imports: those of mine, the start of one, its end.
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRequest, Request, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    Etat, Import, Lu, Quoi, choix::Choix, classe, garde::Commence, page_colonnes, page_modele,
    page_verifier, reception, refus, siecle::Entete,
};
use crate::{
    app::{App, Db, InTheNameOf},
    compte::Gestionnaire,
    error::{Error, Result},
    form::{Form, FormErrors, Path},
    page::Cadre,
    preuve::depot::{Parties, Reste, illisible},
    promotion::Geree,
};

const COLLAGE_MAX: usize = 2 << 20;
const FICHIER_MAX: usize = 20 << 20;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/import", get(index).post(create).layer(DefaultBodyLimit::disable())) // counted while it is read
        .route("/import/modele.csv", get(page_modele::modele))
        .route("/import/demande", get(page_modele::demande))
        .route("/import/{id}", get(show))
        .route("/import/{id}/colonnes", get(page_colonnes::edit).post(page_colonnes::update))
        .route("/import/{id}/promotions", post(page_colonnes::ouvrir))
        .route("/import/{id}/verifier", get(page_verifier::edit).post(page_verifier::update))
        .route("/import/{id}/confirmer", get(page_verifier::confirm).post(page_verifier::write))
        .route("/import/{id}/annulation", post(cancel))
        .route("/import/{id}/abandon", post(abandon))
}

/// The promotions that are hers; who manages nothing finds nothing.
pub(super) async fn entrer(app: &App, qui: &Gestionnaire) -> Result<(Db, Vec<Geree>)> {
    let mut db = app.begin(qui).await?;
    let gerees = qui.promotions_gerees(&mut db).await?;
    if gerees.is_empty() && matches!(qui, Gestionnaire::Enseignant(_)) {
        return Err(Error::NotFound);
    }
    Ok((db, gerees))
}

/// Her frame: an administrator is in her own part of the house.
pub(super) fn cadre(qui: &Gestionnaire) -> Cadre {
    qui.compte().cadre(match qui {
        Gestionnaire::Administrateur(_) => "/administration",
        Gestionnaire::Enseignant(_) => "/import",
    })
}

pub(super) fn administre(qui: &Gestionnaire) -> bool {
    matches!(qui, Gestionnaire::Administrateur(_))
}

/// The form, as it was filled.
#[derive(Debug, Clone, Default)]
struct Saisie {
    quoi: String,
    texte: String,
    cle: Uuid,
    reprise: bool,
}

#[derive(Template, WebTemplate)]
#[template(path = "import/index.html")]
struct Index {
    cadre: Cadre,
    admin: bool,
    imports: Vec<Import>,
    saisie: Saisie,
    erreurs: FormErrors,
}

async fn page(app: &App, qui: &Gestionnaire, saisie: Saisie, erreurs: FormErrors) -> Result<Index> {
    let (mut db, _) = entrer(app, qui).await?;
    let imports = qui.imports(&mut db, None).await?;
    let saisie = Saisie { cle: app.random.uuid(), ..saisie };
    Ok(Index { cadre: cadre(qui), admin: administre(qui), imports, saisie, erreurs })
}

async fn index(qui: Gestionnaire, State(app): State<App>) -> Result<Index> {
    page(&app, &qui, Saisie::default(), FormErrors::default()).await
}

/// The fields of the form, and the bytes and the name of the file when there is one.
async fn recevoir(app: &App, request: Request) -> Result<(Saisie, Vec<u8>, String)> {
    let Parties(mut parties) = Parties::from_request(request, app).await?;
    let (mut saisie, mut octets, mut nom) = (Saisie::default(), vec![], String::new());
    let mut reste = Reste((FICHIER_MAX + COLLAGE_MAX + (1 << 16)) as u64);
    while let Some(mut partie) = parties.next_field().await.map_err(|e| illisible(&e))? {
        let champ = partie.name().unwrap_or_default().to_owned();
        if champ == "fichier" {
            nom = super::tableau::case(partie.file_name().unwrap_or_default());
        }
        let max = match champ.as_str() {
            "fichier" => FICHIER_MAX,
            "texte" => COLLAGE_MAX,
            _ => 1 << 10,
        };
        let mut dits = vec![];
        while let Some(morceau) = reste.lire(&mut partie).await? {
            if dits.len() + morceau.len() > max {
                return Err(Error::TooLarge);
            }
            dits.extend_from_slice(&morceau);
        }
        let texte = || String::from_utf8(dits.clone()).map_err(|_| Error::Unreadable);
        match champ.as_str() {
            "fichier" => octets = dits,
            "texte" => saisie.texte = texte()?,
            "quoi" => saisie.quoi = texte()?,
            "cle" => saisie.cle = texte()?.parse().unwrap_or_default(),
            "reprise" => saisie.reprise = true,
            _ => {}
        }
    }
    Ok((saisie, octets, nom))
}

/// Read apart from the requests, a few at a time; a file that makes its reader fall is one that cannot be read.
async fn lire(
    app: &App,
    octets: Vec<u8>,
    colle: bool,
    quoi: Quoi,
) -> Result<Result<(Lu, Entete), String>> {
    let place = app.editions.clone().acquire_owned().await.map_err(anyhow::Error::from)?;
    let lecture = tokio::task::spawn_blocking(move || {
        let _place = place;
        reception::lire(octets, colle, quoi)
    });
    Ok(lecture.await.unwrap_or_else(|_| Err(refus::TABLEAU.to_owned())))
}

async fn create(qui: Gestionnaire, State(app): State<App>, request: Request) -> Result<Response> {
    drop(entrer(&app, &qui).await?); // found first: nothing is received for what is not hers
    let (saisie, octets, nom) = recevoir(&app, request).await?;
    if saisie.reprise {
        return Ok(page(&app, &qui, saisie, FormErrors::default()).await?.into_response());
    }
    let mut erreurs = FormErrors::default();
    let genre = Quoi::lire(&saisie.quoi);
    if genre.is_none() {
        erreurs.add("quoi", "Dites qui est dans cette liste.");
    }
    erreurs.cle("quoi", saisie.cle);
    let colle = octets.is_empty();
    let champ = if colle { "texte" } else { "fichier" };
    let octets = if colle { saisie.texte.clone().into_bytes() } else { octets };
    let empreinte: [u8; 32] = Sha256::digest(&octets).into();
    if let (Some(genre), true) = (genre, erreurs.is_empty()) {
        match lire(&app, octets, colle, genre).await? {
            Err(message) => erreurs.add(champ, message),
            Ok((lu, entete)) => {
                let nom = if nom.is_empty() {
                    "Liste collée".to_owned()
                } else {
                    nom.chars().take(120).collect()
                };
                let id =
                    commencer(&app, &qui, (lu, &entete), (genre, &nom, &empreinte, saisie.cle))
                        .await?;
                return Ok(Redirect::to(&format!("/import/{id}/colonnes")).into_response());
            }
        }
    }
    let page = page(&app, &qui, saisie, erreurs).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn commencer(
    app: &App,
    qui: &Gestionnaire,
    (mut lu, entete): (Lu, &Entete),
    (genre, nom, empreinte, cle): (Quoi, &str, &[u8], Uuid),
) -> Result<i64> {
    let (mut db, gerees) = entrer(app, qui).await?;
    let uai = qui.uai(&mut db).await?;
    if !entete.uai.is_empty() && entete.uai != uai {
        let autre = &entete.uai;
        lu.avis.push(format!("Ce fichier vient de l’établissement {autre}\u{a0}; celui-ci est {uai}. Vérifiez que c’est le bon."));
    }
    let rentree = classe::rentree(qui.jour());
    if !entete.annee.is_empty() && entete.annee != rentree.to_string() {
        let annee = &entete.annee;
        lu.avis.push(format!(
            "Ce fichier est celui de la rentrée {annee}\u{a0}; la rentrée en cours est {rentree}."
        ));
    }
    let promotion = match gerees.as_slice() {
        [seule] => Some(seule.promotion_id),
        _ => None,
    };
    let choix = Choix { colonnes: lu.colonnes.clone(), promotion, ..Choix::default() };
    let le = db.le;
    let commence = Commence { quoi: genre, nom, empreinte, lu: &lu, choix: &choix, cle };
    let id = qui.commencer_import(&mut db, le, &commence).await?;
    db.commit().await?;
    Ok(id)
}

#[derive(Template, WebTemplate)]
#[template(path = "import/show.html")]
struct Show {
    cadre: Cadre,
    admin: bool,
    import: Import,
    annulable: bool,
    gerees: Vec<Geree>,
    erreurs: FormErrors,
    cle: Uuid,
}

impl Show {
    /// Where people came in, among those that are still hers.
    fn promotions(&self) -> impl Iterator<Item = &Geree> {
        self.gerees.iter().filter(|p| self.import.bilan.promotions.contains(&p.promotion_id))
    }
}

async fn fin(app: &App, qui: &Gestionnaire, id: i64, erreurs: FormErrors) -> Result<Show> {
    let (mut db, gerees) = entrer(app, qui).await?;
    let import = qui.import(&mut db, id).await?;
    let annulable = import.annulable(db.le);
    Ok(Show {
        cadre: cadre(qui),
        admin: administre(qui),
        import,
        annulable,
        gerees,
        erreurs,
        cle: app.random.uuid(),
    })
}

/// Where one left it.
async fn show(qui: Gestionnaire, State(app): State<App>, Path(id): Path<i64>) -> Result<Response> {
    let page = fin(&app, &qui, id, FormErrors::default()).await?;
    Ok(match page.import.etat {
        Etat::EnCours => {
            let etape = if page.import.choix.pret { "verifier" } else { "colonnes" };
            Redirect::to(&format!("/import/{id}/{etape}")).into_response()
        }
        _ => page.into_response(),
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Annulation {
    version: i64,
    cle: Uuid,
    reprise: Option<String>,
}

async fn cancel(
    qui: Gestionnaire,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(dite): Form<Annulation>,
) -> Result<Response> {
    let (mut db, _) = entrer(&app, &qui).await?;
    let import = qui.import(&mut db, id).await?;
    if dite.reprise.is_some() {
        drop(db);
        return Ok(fin(&app, &qui, id, FormErrors::default()).await?.into_response());
    }
    let mut erreurs = FormErrors::default();
    erreurs.cle("annulation", dite.cle);
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if erreurs.is_empty() {
        match qui
            .annuler_import(&mut db, &Import { version: dite.version, ..import }, dite.cle)
            .await
        {
            Ok(()) => {
                db.commit().await?;
                return Ok(Redirect::to(&format!("/import/{id}")).into_response());
            }
            Err(Error::Conflict(message)) => {
                status = StatusCode::CONFLICT;
                erreurs.add("annulation", message);
            }
            Err(Error::Refused(message)) => erreurs.add("annulation", message),
            Err(autre) => return Err(autre),
        }
    }
    drop(db);
    Ok((status, fin(&app, &qui, id, erreurs).await?).into_response())
}

async fn abandon(
    qui: Gestionnaire,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(dite): Form<Annulation>,
) -> Result<Redirect> {
    let (mut db, _) = entrer(&app, &qui).await?;
    let import = qui.import(&mut db, id).await?;
    if dite.reprise.is_some() {
        return Ok(Redirect::to(&format!("/import/{id}")));
    }
    qui.abandonner_import(&mut db, &import).await?;
    db.commit().await?;
    Ok(Redirect::to("/import"))
}
