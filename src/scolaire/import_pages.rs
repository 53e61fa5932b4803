//! Taking back a filled workbook: sent, compared with what is there, then written when somebody says so. The file itself is
//! kept nowhere: it may hold INSEE numbers.
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
use uuid::Uuid;

use super::{
    Ecrit, Scolaire, Voulue, cellules, forme,
    import::{self, Lu, Trouvee},
    pages::{sans_modele, trouver},
};
use crate::{
    app::App,
    compte::Enseignant,
    error::{Error, Result},
    form::{Form, FormErrors, Path},
    page::Cadre,
    preuve::depot::{Parties, Reste, illisible},
    promotion::Promotion,
};

/// The largest workbook: the official one, filled, is ten times smaller.
const FICHIER_MAX: u64 = 8 << 20;
/// What was found of it, sent back to be written: a class whose every cell is full.
const GARDE_MAX: usize = 2 << 20;

pub fn routes() -> Router<App> {
    Router::new()
        .route(
            "/promotions/{id}/scolaire/import",
            get(new).post(read).layer(DefaultBodyLimit::disable()), // counted while it is read
        )
        .route(
            "/promotions/{id}/scolaire/import/confirmation",
            post(confirm).layer(DefaultBodyLimit::max(GARDE_MAX)),
        )
}

#[derive(Template, WebTemplate)]
#[template(path = "scolaire/import.html")]
struct Import {
    cadre: Cadre,
    promotion: Promotion,
    scolaire: Scolaire,
    /// What was found in the file that was sent.
    lu: Option<Lu>,
    /// The same, to be sent back.
    garde: String,
    erreurs: FormErrors,
    cle: Uuid,
    reprise: bool,
}

fn page(
    app: &App,
    enseignant: &Enseignant,
    (promotion, scolaire): (Promotion, Scolaire),
    (lu, erreurs): (Option<Lu>, FormErrors),
) -> Result<Import> {
    let garde = lu.as_ref().map(|l| serde_json::to_string(&l.trouvees)).transpose();
    Ok(Import {
        cadre: enseignant.cadre("/promotions"),
        promotion,
        scolaire,
        lu,
        garde: garde.map_err(anyhow::Error::from)?.unwrap_or_default(),
        erreurs,
        cle: app.random.uuid(),
        reprise: false,
    })
}

async fn ou(app: &App, enseignant: &Enseignant, id: i64) -> Result<(Promotion, Scolaire)> {
    let mut db = app.begin(enseignant).await?;
    let (promotion, scolaire) = trouver(&mut db, enseignant, id).await?;
    Ok((promotion, scolaire.ok_or_else(sans_modele)?))
}

async fn new(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
) -> Result<Import> {
    let la = ou(&app, &enseignant, id).await?;
    page(&app, &enseignant, la, (None, FormErrors::default()))
}

/// The bytes of the file, in memory.
async fn recevoir(app: &App, request: Request) -> Result<Vec<u8>> {
    let Parties(mut parties) = Parties::from_request(request, app).await?;
    let (mut octets, mut reste) = (vec![], Reste(FICHIER_MAX));
    while let Some(mut partie) = parties.next_field().await.map_err(|e| illisible(&e))? {
        let fichier = partie.name() == Some("fichier") && octets.is_empty();
        while let Some(morceau) = reste.lire(&mut partie).await? {
            if fichier {
                octets.extend_from_slice(&morceau);
            }
        }
    }
    Ok(octets)
}

const RIEN: &str = "Choisissez un classeur rempli, au format XLSX ou ODS.";
const SANS_COLONNE: &str = "Aucune colonne n’est reconnue dans ce classeur. Il faut, sur une même ligne, les titres NOM et \
    Prénom et ceux des colonnes\u{a0}; au-dessus, le nom de chaque enseignement. Partez du tableur de cette page si besoin.";
const PLUS_RIEN: &str = "Le livret scolaire a changé depuis que ce classeur a été lu. Choisissez-le de nouveau\u{a0}: les \
    différences seront recalculées.";

async fn read(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    request: Request,
) -> Result<Response> {
    ou(&app, &enseignant, id).await?; // found first: nothing is received for what is not hers
    let octets = recevoir(&app, request).await?;
    let mut erreurs = FormErrors::default();
    let mut lu = None;
    let la = ou(&app, &enseignant, id).await?;
    if octets.is_empty() {
        erreurs.add("fichier", RIEN);
    } else {
        let place = app.editions.clone().acquire_owned().await.map_err(anyhow::Error::from)?;
        let feuilles = tokio::task::spawn_blocking(move || {
            let _place = place;
            cellules::lire(octets, &cellules::Bornes::CLASSE)
        });
        // A file that makes its reader fall is a file that cannot be read.
        match feuilles.await.unwrap_or(Err(cellules::AUTRE)) {
            Ok(feuilles) => lu = Some(import::lire(&la.1, &feuilles)),
            Err(message) => erreurs.add("fichier", message),
        }
    }
    if lu.as_ref().is_some_and(|l| l.colonnes == 0) {
        lu = None;
        erreurs.add("fichier", SANS_COLONNE);
    }
    let status = if erreurs.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok((status, page(&app, &enseignant, la, (lu, erreurs))?).into_response())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Confirmation {
    lu: String,
    cle: Uuid,
    reprise: Option<String>,
}

async fn confirm(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(dite): Form<Confirmation>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let (promotion, scolaire) = trouver(&mut db, &enseignant, id).await?;
    let scolaire = scolaire.ok_or_else(sans_modele)?;
    let gardees: Vec<Trouvee> = serde_json::from_str(&dite.lu).map_err(|_| Error::Unreadable)?;
    if dite.cle.is_nil() {
        return Err(Error::Unreadable);
    }
    let lu = import::reprendre(&scolaire, gardees);
    let mut erreurs = FormErrors::default();
    let mut status = StatusCode::OK;
    if dite.reprise.is_none() {
        let voulue = |t: &Trouvee| {
            let base = scolaire.valeur(&t.rubrique, t.etudiant_id);
            let valeur = forme::lire(scolaire.modele, &base, &t.cases).ok()?;
            let (rubrique, etudiant_id, version) = (t.rubrique.clone(), t.etudiant_id, t.version);
            Some(Voulue { rubrique, etudiant_id, valeur, version })
        };
        let voulues: Vec<Voulue> = lu.trouvees.iter().filter_map(voulue).collect();
        match enseignant.remplir_scolaire(&mut db, &promotion, &voulues, dite.cle).await? {
            Ecrit::Fait(_) => {
                db.commit().await?;
                return Ok(Redirect::to(&format!("/promotions/{id}/scolaire")).into_response());
            }
            Ecrit::Ferme(message) => erreurs.add("fichier", message),
            Ecrit::Depasse(_) => erreurs.add("fichier", PLUS_RIEN),
        }
        status = StatusCode::CONFLICT;
    }
    let lu = Some(lu).filter(|_| erreurs.is_empty());
    let mut page = page(&app, &enseignant, (promotion, scolaire), (lu, erreurs))?;
    page.reprise = dite.reprise.is_some();
    Ok((status, page).into_response())
}
