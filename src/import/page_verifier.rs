//! What would be written, row by row where it matters; her answers; and the word that writes it.
use std::borrow::Borrow;

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    Etat, Import, Lu, Quoi,
    acte::Confirmation,
    choix::{Choix, Reponse},
    page_colonnes::en_cours,
    pages::{administre, cadre, entrer},
    rapprochement::Plan,
};
use crate::{
    app::{App, Db},
    compte::Gestionnaire,
    date,
    error::{Error, Result},
    form::{Form, FormErrors, Path},
    page::Cadre,
};

/// Rows shown of each kind that asks for nothing.
const MONTRES: usize = 300;

#[derive(Template, WebTemplate)]
#[template(path = "import/verifier.html")]
struct Verifier {
    cadre: Cadre,
    admin: bool,
    import: Import,
    plan: Plan,
    /// What a row is called, and what is to be known of the list.
    lu: Lu,
    /// What she has answered, or was answering when her session ended.
    dit: Choix,
    erreurs: FormErrors,
}

impl Verifier {
    /// The kinds, with whether there are some and how many: what the links of the page say.
    fn comptes(&self) -> [(&'static str, bool, String); 5] {
        let une = |ancre, n: usize, un, plusieurs| {
            (ancre, n > 0, date::nombre(i64::try_from(n).unwrap_or(i64::MAX), un, plusieurs))
        };
        let plan = &self.plan;
        [
            une("nouveaux", plan.nouveaux.len(), "nouveau", "nouveaux"),
            une("modifies", plan.modifies.len(), "modifié", "modifiés"),
            une("doutes", plan.doutes.len(), "doute", "doutes"),
            une("erreurs", plan.erreurs.len(), "erreur", "erreurs"),
            une("absents", plan.absents.len(), "absent du fichier", "absents du fichier"),
        ]
    }

    /// The title of one of them.
    fn compte(&self, ancre: &str) -> String {
        self.comptes().into_iter().find(|c| c.0 == ancre).map(|c| c.2).unwrap_or_default()
    }

    fn etudiants(&self) -> bool {
        self.import.quoi == Quoi::Etudiant
    }

    fn repond(&self, rang: impl Borrow<u32>, code: &str) -> bool {
        self.dit.reponses.get(rang.borrow()).is_some_and(|r| r.code() == code)
    }

    fn desactive(&self, id: impl Borrow<i64>) -> bool {
        self.dit.desactives.contains(id.borrow())
    }
}

/// How many are not shown.
fn reste(n: usize) -> Option<usize> {
    n.checked_sub(MONTRES).filter(|r| *r > 0)
}

async fn lire(db: &mut Db, qui: &Gestionnaire, id: i64) -> Result<(Import, Lu, Plan)> {
    let import = en_cours(qui, db, id).await?;
    let lu = qui.lu(&mut *db, id).await?;
    let plan = qui.comparer(db, &import, &lu).await?;
    Ok((import, lu, plan))
}

/// Where an import that is over, or whose columns are not said yet, sends one.
async fn ailleurs(db: &mut Db, qui: &Gestionnaire, id: i64) -> Result<Option<Redirect>> {
    let import = qui.import(&mut *db, id).await?;
    Ok(match import.etat {
        Etat::EnCours if import.choix.pret => None,
        Etat::EnCours => Some(Redirect::to(&format!("/import/{id}/colonnes"))),
        _ => Some(Redirect::to(&format!("/import/{id}"))),
    })
}

async fn page(
    app: &App,
    qui: &Gestionnaire,
    id: i64,
    dit: Option<Choix>,
    erreurs: FormErrors,
) -> Result<Verifier> {
    let (mut db, _) = entrer(app, qui).await?;
    let (import, lu, plan) = lire(&mut db, qui, id).await?;
    let lu = Lu { lignes: vec![], ..lu };
    let dit = dit.unwrap_or_else(|| import.choix.clone());
    Ok(Verifier { cadre: cadre(qui), admin: administre(qui), import, plan, lu, dit, erreurs })
}

pub async fn edit(
    qui: Gestionnaire,
    State(app): State<App>,
    Path(id): Path<i64>,
) -> Result<Response> {
    let (mut db, _) = entrer(&app, &qui).await?;
    if let Some(vers) = ailleurs(&mut db, &qui, id).await? {
        return Ok(vers.into_response());
    }
    drop(db);
    Ok(page(&app, &qui, id, None, FormErrors::default()).await?.into_response())
}

/// Her answers: a field a doubt, whose name holds the row.
fn repondre(champs: &[(String, String)], avant: &Choix) -> Choix {
    let mut choix = avant.clone();
    let dit = |nom: &str| champs.iter().any(|c| c.0 == nom);
    for (nom, valeur) in champs {
        let rang = nom.strip_prefix("reponse-").and_then(|r| r.parse().ok());
        if let (Some(rang), Some(reponse)) = (rang, Reponse::lire(valeur)) {
            choix.reponses.insert(rang, reponse);
        }
    }
    if dit("effacer") {
        choix.reponses.clear();
    }
    choix.desactives =
        champs.iter().filter(|c| c.0 == "desactiver").filter_map(|c| c.1.parse().ok()).collect();
    choix.sans_les_fautes = dit("sans_les_fautes");
    choix
}

fn restent(plan: &Plan, choix: &Choix) -> FormErrors {
    let mut erreurs = FormErrors::default();
    if !plan.doutes.is_empty() {
        let n = date::nombre(
            i64::try_from(plan.doutes.len()).unwrap_or(i64::MAX),
            "doute reste",
            "doutes restent",
        );
        erreurs.add(
            "doutes",
            format!("{n} sans réponse. Répondez à chacun, ou laissez la ligne de côté."),
        );
    }
    if !plan.erreurs.is_empty() && !choix.sans_les_fautes {
        erreurs.add(
            "erreurs",
            "Corrigez ces lignes dans votre liste et recommencez, ou cochez «\u{a0}Importer sans ces lignes\u{a0}».",
        );
    }
    erreurs
}

pub async fn update(
    qui: Gestionnaire,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(champs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let (mut db, _) = entrer(&app, &qui).await?;
    if let Some(vers) = ailleurs(&mut db, &qui, id).await? {
        return Ok(vers.into_response());
    }
    let import = en_cours(&qui, &mut db, id).await?;
    let dit = |nom: &str| champs.iter().find(|c| c.0 == nom).map(|c| c.1.as_str());
    if dit("reprise").is_some() {
        drop(db);
        let dites = repondre(&champs, &import.choix);
        return Ok(page(&app, &qui, id, Some(dites), FormErrors::default()).await?.into_response());
    }
    let version = dit("version").and_then(|v| v.parse().ok()).unwrap_or_default();
    let choix = repondre(&champs, &import.choix);
    if let Err(refus) = qui.choisir(&mut db, &Import { version, ..import }, &choix).await {
        let Error::Conflict(message) = refus else { return Err(refus) };
        drop(db);
        let mut erreurs = FormErrors::default();
        erreurs.add("differences", message);
        return Ok(
            (StatusCode::CONFLICT, page(&app, &qui, id, None, erreurs).await?).into_response()
        );
    }
    let (_, _, plan) = lire(&mut db, &qui, id).await?;
    db.commit().await?;
    let erreurs = restent(&plan, &choix);
    if dit("effacer").is_some() {
        return Ok(Redirect::to(&format!("/import/{id}/verifier")).into_response());
    }
    if erreurs.is_empty() {
        return Ok(Redirect::to(&format!("/import/{id}/confirmer")).into_response());
    }
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&app, &qui, id, None, erreurs).await?)
        .into_response())
}

#[derive(Template, WebTemplate)]
#[template(path = "import/confirmer.html")]
struct Confirmer {
    cadre: Cadre,
    admin: bool,
    import: Import,
    plan: Plan,
    empreinte: String,
    cle: Uuid,
    erreurs: FormErrors,
}

async fn resume(app: &App, qui: &Gestionnaire, id: i64, erreurs: FormErrors) -> Result<Response> {
    let (mut db, _) = entrer(app, qui).await?;
    if let Some(vers) = ailleurs(&mut db, qui, id).await? {
        return Ok(vers.into_response());
    }
    let (import, _, plan) = lire(&mut db, qui, id).await?;
    if !restent(&plan, &import.choix).is_empty() {
        return Ok(Redirect::to(&format!("/import/{id}/verifier")).into_response());
    }
    let empreinte = plan.empreinte();
    let page = Confirmer {
        cadre: cadre(qui),
        admin: administre(qui),
        import,
        plan,
        empreinte,
        cle: app.random.uuid(),
        erreurs,
    };
    Ok(page.into_response())
}

pub async fn confirm(
    qui: Gestionnaire,
    State(app): State<App>,
    Path(id): Path<i64>,
) -> Result<Response> {
    resume(&app, &qui, id, FormErrors::default()).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Dite {
    version: i64,
    empreinte: String,
    cle: Uuid,
    reprise: Option<String>,
}

pub async fn write(
    qui: Gestionnaire,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(dite): Form<Dite>,
) -> Result<Response> {
    let (mut db, _) = entrer(&app, &qui).await?;
    let import = qui.import(&mut db, id).await?;
    if dite.cle.is_nil() {
        return Err(Error::Unreadable);
    }
    let mut erreurs = FormErrors::default();
    if dite.reprise.is_none() {
        let confirmation = Confirmation { empreinte: &dite.empreinte, cle: dite.cle };
        match qui.importer(&mut db, &Import { version: dite.version, ..import }, confirmation).await
        {
            Ok(()) => {
                db.commit().await?;
                return Ok(Redirect::to(&format!("/import/{id}")).into_response());
            }
            Err(Error::Conflict(message)) => erreurs.add("confirmer", message),
            Err(autre) => return Err(autre),
        }
    }
    drop(db);
    let status = if erreurs.is_empty() { StatusCode::OK } else { StatusCode::CONFLICT };
    let mut response = resume(&app, &qui, id, erreurs).await?;
    if response.status() == StatusCode::OK {
        *response.status_mut() = status;
    }
    Ok(response)
}
