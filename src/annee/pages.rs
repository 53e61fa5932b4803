//! The year change as one page: the form, then what it would do, then what it did until it is confirmed.
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
use uuid::Uuid;

use super::{
    acquis,
    acte::{Bascule, Etat, derniere},
    lecture::{Eleve, Noms, Ouverte, noms_clos},
    saisie::{self, Champs},
};
use crate::{
    app::{App, Db},
    compte::Administrateur,
    error::{Error, Result},
    form::{Form, FormErrors},
    page::Cadre,
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/administration/annee", get(show).post(create))
        .route("/administration/annee/suite", post(go_on))
        .merge(acquis::routes())
}

#[derive(Template, WebTemplate)]
#[template(path = "annee/index.html")]
struct Index {
    cadre: Cadre,
    /// The last one, when it is over.
    derniere: Option<Bascule>,
    ouvertes: Vec<Ouverte>,
    champs: Champs,
    erreurs: FormErrors,
    /// Sent again after an expired session.
    revenue: bool,
    cle: Uuid,
}

/// The fields of the form: one a promotion, one a student.
impl Ouverte {
    fn champ_du_nom(&self) -> String {
        format!("nom-{}", self.promotion_id)
    }

    fn champ(&self, e: &Eleve) -> String {
        format!("e-{}-{}", self.promotion_id, e.etudiant_id)
    }
}

impl Index {
    fn dit(&self, champ: &str) -> &str {
        self.champs.get(champ).map_or("", String::as_str)
    }

    fn nom(&self, o: &Ouverte) -> &str {
        self.dit(&format!("nom-{}", o.promotion_id))
    }

    fn close(&self, o: &Ouverte) -> bool {
        self.dit(&format!("sort-{}", o.promotion_id)) == "close"
    }

    fn part(&self, o: &Ouverte, e: &Eleve) -> bool {
        self.dit(&o.champ(e)) == "part"
    }

    fn va(&self, o: &Ouverte, e: &Eleve, vers: &Ouverte) -> bool {
        self.dit(&o.champ(e)) == format!("v{}", vers.promotion_id)
    }

    /// Somebody of it does not follow it: her line is shown open.
    fn ouvrir(&self, o: &Ouverte) -> bool {
        o.eleves.iter().any(|e| {
            let champ = o.champ(e);
            !self.dit(&champ).is_empty() || self.erreurs.get(&champ).is_some()
        })
    }
}

/// What a year change does to a promotion.
struct Ligne {
    nom: String,
    /// Its name before, when it changes.
    avant: Option<String>,
    close: bool,
    restent: i64,
    /// Who, where, and whether that promotion follows another edition.
    redoublent: Vec<(String, String, bool)>,
    partent: Vec<String>,
}

#[derive(Template, WebTemplate)]
#[template(path = "annee/bascule.html")]
struct Show {
    cadre: Cadre,
    bascule: Bascule,
    appliquee: bool,
    lignes: Vec<Ligne>,
    /// Who stays, who repeats, who leaves, how many promotions close.
    totaux: (i64, i64, i64, i64),
    erreurs: FormErrors,
    cle: Uuid,
}

/// How many of a promotion, in it the day before, follow it.
async fn restent(db: &mut Db, promotion: i64, bascule: &Bascule) -> Result<i64> {
    let partis: Vec<i64> =
        bascule.plan.etudiants.iter().filter(|m| m.promotion == promotion).map(|m| m.id).collect();
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "n!" from livret.inscription
            where etablissement_id = livret.ici() and promotion_id = $1 and du < $2 and (au is null or $2 <= au)
              and etudiant_id <> all ($3)"#,
        promotion,
        bascule.jour,
        &partis
    )
    .fetch_one(&mut **db)
    .await?)
}

async fn resumer(db: &mut Db, bascule: &Bascule) -> Result<Vec<Ligne>> {
    let ids: Vec<i64> = bascule.plan.etudiants.iter().map(|m| m.id).collect();
    let noms = Noms::lire(db, &ids).await?;
    let mut lignes = vec![];
    for s in &bascule.plan.promotions {
        let siens = || bascule.plan.etudiants.iter().filter(|m| m.promotion == s.id);
        let redouble = |m: &super::Mouvement| {
            let vers = m.vers?;
            let la = bascule.plan.sort(vers).map_or_else(|| noms.promotion(vers), |s| &s.nom);
            let differe = noms.edition_differe(s.id, vers);
            Some((noms.personne(m.id).to_owned(), la.to_owned(), differe))
        };
        let avant = noms.promotion(s.id);
        lignes.push(Ligne {
            avant: (avant != s.nom).then(|| avant.to_owned()),
            nom: s.nom.clone(),
            close: s.close,
            restent: if s.close { 0 } else { restent(db, s.id, bascule).await? },
            redoublent: siens().filter_map(redouble).collect(),
            partent: siens()
                .filter(|m| m.vers.is_none())
                .map(|m| noms.personne(m.id).to_owned())
                .collect(),
        });
    }
    Ok(lignes)
}

/// Whichever page the year change is at.
async fn page(
    app: &App,
    qui: &Administrateur,
    db: &mut Db,
    (dits, erreurs): (Option<Champs>, FormErrors),
) -> Result<Response> {
    let (cadre, cle) = (qui.cadre("/administration"), app.random.uuid());
    let derniere = derniere(db).await?;
    if let Some(bascule) = derniere.clone().filter(Bascule::en_cours) {
        let lignes = resumer(db, &bascule).await?;
        let n = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let totaux = (
            lignes.iter().map(|l| l.restent).sum(),
            n(lignes.iter().map(|l| l.redoublent.len()).sum()),
            n(lignes.iter().map(|l| l.partent.len()).sum()),
            n(lignes.iter().filter(|l| l.close).count()),
        );
        let appliquee = bascule.etat == Etat::Appliquee;
        let show = Show { cadre, bascule, appliquee, lignes, totaux, erreurs, cle };
        return Ok(show.into_response());
    }
    let ouvertes = qui.promotions_ouvertes(db).await?;
    let revenue = dits.as_ref().is_some_and(|d| d.contains_key("reprise"));
    let champs = dits.unwrap_or_else(|| match &derniere {
        Some(b) if b.etat != Etat::Confirmee => {
            saisie::reprise(&ouvertes, (&b.jour, &b.fermeture), &b.plan)
        }
        _ => saisie::vierge(&ouvertes, qui.aujourd_hui()),
    });
    Ok(Index { cadre, derniere, ouvertes, champs, erreurs, revenue, cle }.into_response())
}

async fn show(qui: Administrateur, State(app): State<App>) -> Result<Response> {
    let mut db = app.begin(&qui).await?;
    page(&app, &qui, &mut db, (None, FormErrors::default())).await
}

async fn create(
    qui: Administrateur,
    State(app): State<App>,
    Form(champs): Form<Champs>,
) -> Result<Response> {
    let mut db = app.begin(&qui).await?;
    let mut erreurs = FormErrors::default();
    let cle: Uuid = champs.get("cle").and_then(|c| c.parse().ok()).unwrap_or_default();
    erreurs.cle("jour", cle);
    let ouvertes = qui.promotions_ouvertes(&mut db).await?;
    let clos = noms_clos(&mut db, qui.aujourd_hui()).await?;
    let dite = saisie::lire(&champs, (&ouvertes, &clos), qui.aujourd_hui(), &mut erreurs);
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if champs.contains_key("reprise") {
        (status, erreurs) = (StatusCode::OK, FormErrors::default());
    } else if let Some(dite) = dite {
        let dates = (dite.jour, dite.fermeture);
        match qui.preparer_annee(&mut db, dates, &dite.plan, cle).await {
            Ok(()) => {
                db.commit().await?;
                return Ok(Redirect::to("/administration/annee").into_response());
            }
            Err(Error::Conflict(message)) => {
                status = StatusCode::CONFLICT;
                erreurs.add("jour", message);
            }
            Err(autre) => return Err(autre),
        }
    }
    let page = page(&app, &qui, &mut db, (Some(champs), erreurs)).await?;
    Ok((status, page).into_response())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Suite {
    /// `appliquer`, `modifier`, `confirmer` or `revenir`.
    suite: String,
    bascule: i64,
    version: i64,
    cle: Uuid,
    reprise: Option<String>,
}

async fn go_on(
    qui: Administrateur,
    State(app): State<App>,
    Form(suite): Form<Suite>,
) -> Result<Response> {
    let vers = match suite.suite.as_str() {
        "appliquer" => Etat::Appliquee,
        "modifier" => Etat::Abandonnee,
        "confirmer" => Etat::Confirmee,
        "revenir" => Etat::Revenue,
        _ => return Err(Error::Unreadable),
    };
    if suite.cle.is_nil() {
        return Err(Error::Unreadable);
    }
    let mut db = app.begin(&qui).await?;
    // After a session that ended, the page shows where it stands, with its buttons.
    if suite.reprise.is_none() {
        let lue = (suite.bascule, suite.version);
        match qui.mener_annee(&mut db, lue, vers, suite.cle).await {
            Ok(()) => db.commit().await?,
            Err(Error::Conflict(message)) => {
                drop(db);
                let mut db = app.begin(&qui).await?;
                let mut erreurs = FormErrors::default();
                erreurs.add("suite", message);
                let page = page(&app, &qui, &mut db, (None, erreurs)).await?;
                return Ok((StatusCode::CONFLICT, page).into_response());
            }
            Err(autre) => return Err(autre),
        }
    }
    Ok(Redirect::to("/administration/annee").into_response())
}
