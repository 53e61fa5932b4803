//! The team of a promotion: for an administrator, and for who coordinates it.
use std::sync::Arc;

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;
use time::Date;
use uuid::Uuid;

use super::{
    equipe::{Confie, veille},
    membre::{Jure, Membre, edition_de, enseignants, jures, membres},
};
use crate::{
    app::{App, Db, InTheNameOf},
    compte::Gestionnaire,
    date,
    error::{Error, Result},
    form::{Form, FormErrors, Path},
    page::{Cadre, filters},
    promotion::Geree,
    referentiel::Edition,
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/administration/promotions/{id}/equipe", get(show).post(create))
        .route("/administration/promotions/{id}/equipe/changement", post(update))
        .route("/administration/promotions/{id}/equipe/mandat", post(mandate))
}

/// Whichever form of the page was sent.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Saisie {
    enseignant: String,
    du: String,
    au: String,
    blocs: Vec<String>,
    coordonne: Option<String>,
    /// Whom she replaces: nobody when empty.
    remplace: String,
    /// The span that changes, and « maintenant » when it is taken back at once.
    debut: String,
    quand: String,
    jury: i64,
    version: i64,
    cle: Uuid,
    reprise: Option<String>,
}

#[derive(Template, WebTemplate)]
#[template(path = "ecole/equipe.html")]
struct Show {
    cadre: Cadre,
    promotion: Geree,
    edition: Arc<Edition>,
    membres: Vec<Membre>,
    jures: Vec<Jure>,
    enseignants: Vec<(i64, String)>,
    jour: Date,
    moi: i64,
    /// She administers the school: its pages are hers too.
    administre: bool,
    saisie: Saisie,
    erreurs: FormErrors,
    cle: Uuid,
}

impl Show {
    fn cle_de(&self, quoi: &str) -> Uuid {
        Uuid::new_v5(&self.cle, quoi.as_bytes())
    }

    fn cle_du_mandat(&self, j: &Jure) -> Uuid {
        self.cle_de(&j.jury_id.to_string())
    }

    fn cle_du_membre(&self, m: &Membre) -> Uuid {
        self.cle_de(&format!("{}/{}", m.enseignant_id, date::iso(&m.du)))
    }

    /// This line was sent and comes back as it was typed.
    fn revient(&self, m: &Membre) -> bool {
        self.saisie.qui() == m.enseignant_id && self.saisie.debut == date::iso(&m.du)
    }

    fn coche(&self, m: &Membre, bloc: &str) -> bool {
        if self.revient(m) { self.saisie.blocs.iter().any(|b| b == bloc) } else { m.juge(bloc) }
    }

    fn coordonne(&self, m: &Membre) -> bool {
        if self.revient(m) { self.saisie.coordonne.is_some() } else { m.coordonne }
    }

    fn au(&self, m: &Membre) -> String {
        let lue = || m.au.as_ref().map(date::iso).unwrap_or_default();
        if self.revient(m) { self.saisie.au.clone() } else { lue() }
    }

    /// The blocs that are ticked for a new line: all, until one says otherwise.
    fn coche_neuf(&self, bloc: &str) -> bool {
        let neuve = self.saisie.enseignant.is_empty() || !self.saisie.debut.is_empty();
        neuve || self.saisie.blocs.iter().any(|b| b == bloc)
    }

    fn mandat(&self, j: &Jure) -> (String, String) {
        if self.saisie.jury == j.jury_id {
            return (self.saisie.du.clone(), self.saisie.au.clone());
        }
        let iso = |d: &Option<Date>| d.as_ref().map(date::iso).unwrap_or_default();
        (iso(&j.du), iso(&j.au))
    }
}

async fn page(
    app: &App,
    qui: &Gestionnaire,
    (db, promotion): (&mut Db, Geree),
    (mut saisie, erreurs): (Saisie, FormErrors),
) -> Result<Show> {
    let (id, jour) = (promotion.promotion_id, qui.jour());
    if saisie.du.is_empty() {
        saisie.du = date::iso(&jour);
    }
    Ok(Show {
        cadre: qui.compte().cadre("/administration"),
        edition: edition_de(db, id).await?,
        membres: membres(db, id, jour).await?,
        jures: jures(db, id).await?,
        enseignants: enseignants(db).await?,
        promotion,
        jour,
        moi: qui.personne_id(),
        administre: qui.compte().est("administrateur"),
        saisie,
        erreurs,
        cle: app.random.uuid(),
    })
}

async fn show(qui: Gestionnaire, State(app): State<App>, Path(id): Path<i64>) -> Result<Show> {
    let mut db = app.begin(&qui).await?;
    let promotion = qui.promotion_geree(&mut db, id).await?;
    page(&app, &qui, (&mut db, promotion), (Saisie::default(), FormErrors::default())).await
}

/// Back to the page when it is done; else the page with what was typed, and why.
async fn finir(
    app: &App,
    qui: &Gestionnaire,
    (db, id): (Db, i64),
    (saisie, mut erreurs): (Saisie, FormErrors),
    (champ, issue): (&str, Result<()>),
) -> Result<Response> {
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    match issue {
        Ok(()) if saisie.reprise.is_some() => {
            (status, erreurs) = (StatusCode::OK, FormErrors::default());
        }
        Ok(()) if erreurs.is_empty() => {
            db.commit().await?;
            let vers = format!("/administration/promotions/{id}/equipe");
            return Ok(Redirect::to(&vers).into_response());
        }
        Ok(()) => {}
        Err(Error::Refused(message)) => erreurs.add(champ, message),
        Err(Error::Conflict(message)) => {
            status = StatusCode::CONFLICT;
            erreurs.add(champ, message);
        }
        Err(autre) => return Err(autre),
    }
    drop(db);
    let mut db = app.begin(qui).await?;
    let promotion = qui.promotion_geree(&mut db, id).await?;
    Ok((status, page(app, qui, (&mut db, promotion), (saisie, erreurs)).await?).into_response())
}

/// A date that may be absent.
fn jour(champ: &str, dit: &str, erreurs: &mut FormErrors) -> Option<Date> {
    let lue = date::lire(dit);
    if lue.is_none() && !dit.trim().is_empty() {
        erreurs.add(champ, "Cette date n’existe pas. Écrivez-la jj/mm/aaaa.");
    }
    lue
}

impl Saisie {
    /// Nobody is 0.
    fn qui(&self) -> i64 {
        self.enseignant.parse().unwrap_or_default()
    }

    /// Who was chosen for a new line; zero for nobody.
    fn choisie(&self) -> i64 {
        if self.debut.is_empty() { self.qui() } else { 0 }
    }

    /// The blocs that were ticked; nothing when they are all of them.
    fn blocs(
        &self,
        edition: &Edition,
        champ: &str,
        erreurs: &mut FormErrors,
    ) -> Option<Vec<String>> {
        let tous: Vec<String> = edition.blocs.iter().map(|b| b.code.clone()).collect();
        let dits: Vec<String> = tous.iter().filter(|b| self.blocs.contains(b)).cloned().collect();
        if dits.is_empty() {
            erreurs.add(champ, "Cochez au moins un bloc.");
        }
        (dits.len() < tous.len()).then_some(dits)
    }
}

async fn create(
    qui: Gestionnaire,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    let mut db = app.begin(&qui).await?;
    qui.promotion_geree(&mut db, id).await?;
    let edition = edition_de(&mut db, id).await?;
    let mut erreurs = FormErrors::default();
    erreurs.cle("enseignant", saisie.cle);
    let au = jour("au", &saisie.au, &mut erreurs);
    let du = date::lire(&saisie.du);
    if du.is_none() {
        erreurs.add("du", "Cette date n’existe pas. Écrivez-la jj/mm/aaaa.");
    }
    let remplace = saisie.remplace.parse().ok();
    if remplace.is_some() && au.is_none() {
        erreurs.add("au", "Un remplacement a un dernier jour\u{a0}: dites lequel, il se prolonge.");
    }
    let blocs = match remplace {
        Some(_) => None,
        None => saisie.blocs(&edition, "blocs", &mut erreurs),
    };
    if let (Some(du), Some(au)) = (du, au)
        && au < du
    {
        erreurs.add("au", "Le dernier jour vient avant le premier. Corrigez l’une des deux dates.");
    }
    let issue = match (du, erreurs.is_empty() && saisie.reprise.is_none()) {
        (Some(du), true) => {
            let (enseignant_id, coordonne) = (saisie.qui(), saisie.coordonne.is_some());
            let confie = Confie { enseignant_id, du, au, blocs, coordonne, remplace };
            qui.confier_suivi(&mut db, id, &confie, saisie.cle).await
        }
        _ => Ok(()),
    };
    finir(&app, &qui, (db, id), (saisie, erreurs), ("enseignant", issue)).await
}

async fn update(
    qui: Gestionnaire,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    let mut db = app.begin(&qui).await?;
    qui.promotion_geree(&mut db, id).await?;
    let edition = edition_de(&mut db, id).await?;
    let mut erreurs = FormErrors::default();
    erreurs.cle("membres", saisie.cle);
    let blocs = saisie.blocs(&edition, "membres", &mut erreurs);
    let du = date::lire(&saisie.debut);
    let mut au = jour("membres", &saisie.au, &mut erreurs);
    if let (Some(du), Some(au)) = (du, au)
        && au < du
    {
        erreurs.add("membres", "Le dernier jour vient avant le premier. Corrigez cette date.");
    }
    if let ("maintenant", Some(du)) = (saisie.quand.as_str(), du) {
        au = Some(veille(qui.jour()).max(veille(du)));
    }
    let issue = match (du, erreurs.is_empty() && saisie.reprise.is_none()) {
        (Some(du), true) => {
            let (enseignant_id, coordonne) = (saisie.qui(), saisie.coordonne.is_some());
            let confie = Confie { enseignant_id, du, au, blocs, coordonne, remplace: None };
            qui.changer_suivi(&mut db, id, &confie, (saisie.version, saisie.cle)).await
        }
        (None, _) => Err(Error::Refused("Cette ligne n’existe plus. Rouvrez la page.".into())),
        _ => Ok(()),
    };
    finir(&app, &qui, (db, id), (saisie, erreurs), ("membres", issue)).await
}

async fn mandate(
    qui: Gestionnaire,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    let mut db = app.begin(&qui).await?;
    qui.promotion_geree(&mut db, id).await?;
    let mut erreurs = FormErrors::default();
    erreurs.cle("jury", saisie.cle);
    let du = jour("jury", &saisie.du, &mut erreurs);
    let au = jour("jury", &saisie.au, &mut erreurs);
    if let (Some(du), Some(au)) = (du, au)
        && au < du
    {
        erreurs.add("jury", "Le mandat finit avant de commencer. Corrigez l’une des deux dates.");
    }
    if au.is_none() {
        erreurs.add("jury", "Un mandat a toujours un dernier jour\u{a0}: dites lequel.");
    }
    if !jures(&mut db, id).await?.iter().any(|j| j.jury_id == saisie.jury) {
        erreurs
            .add("jury", "Cette personne n’est pas du jury de cette promotion. Rouvrez la page.");
    }
    let issue = if erreurs.is_empty() && saisie.reprise.is_none() {
        let qui_examine = (id, saisie.jury);
        qui.dater_mandat(&mut db, qui_examine, (du, au), (saisie.version, saisie.cle)).await
    } else {
        Ok(())
    };
    finir(&app, &qui, (db, id), (saisie, erreurs), ("jury", issue)).await
}
