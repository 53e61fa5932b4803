//! The calendar of what is due, the durations, and what is done when a day has come.
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
    conservation::{self, Conservation, Duree, Echeance},
    effacement::Voulu,
    effacement_pages::MOT,
    nettoyage,
    statistique::Reste,
};
use crate::{
    app::{App, Db, InTheNameOf},
    compte::Administrateur,
    error::{Error, Result},
    form::{Form, FormErrors, Path},
    page::{Cadre, filters},
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/administration/conservation", get(index).post(choose))
        .route("/administration/promotions/{id}/conservation", get(show))
        .route("/administration/promotions/{id}/conservation/comptes", post(close))
        .route("/administration/promotions/{id}/conservation/anonymisation", post(anonymise))
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Saisie {
    duree: Vec<String>,
    valeur: Vec<String>,
    version: Vec<i64>,
    cle: Uuid,
    reprise: Option<String>,
}

#[derive(Template, WebTemplate)]
#[template(path = "donnees/conservation.html")]
struct Index {
    cadre: Cadre,
    jour: Date,
    conservation: Conservation,
    echeancier: Vec<Echeance>,
    saisie: Saisie,
    erreurs: FormErrors,
}

impl Index {
    async fn ouvrir(
        qui: &Administrateur,
        db: &mut Db,
        (mut saisie, erreurs): (Saisie, FormErrors),
    ) -> Result<Self> {
        let conservation = conservation::lire(db).await?;
        let echeancier = qui.echeancier(db).await?;
        saisie.cle = db.random.uuid();
        let (cadre, jour) = (qui.cadre("/administration"), qui.jour());
        Ok(Self { cadre, jour, conservation, echeancier, saisie, erreurs })
    }

    fn en_retard(&self) -> Vec<&Echeance> {
        self.echeancier.iter().filter(|e| e.en_retard(self.jour)).collect()
    }

    fn annoncees(&self) -> Vec<&Echeance> {
        self.echeancier.iter().filter(|e| e.annoncee(self.jour)).collect()
    }

    /// What is in the field: what was typed, else what is so.
    fn valeur(&self, c: &conservation::Choisie) -> String {
        let rang = self.saisie.duree.iter().position(|d| *d == c.duree.code);
        let tapee = rang.and_then(|n| self.saisie.valeur.get(n)).cloned();
        tapee.unwrap_or_else(|| c.valeur.to_string())
    }
}

async fn index(qui: Administrateur, State(app): State<App>) -> Result<Index> {
    let mut db = app.begin(&qui).await?;
    Index::ouvrir(&qui, &mut db, (Saisie::default(), FormErrors::default())).await
}

/// What was typed for each duration, within its bounds.
fn lues(saisie: &Saisie, erreurs: &mut FormErrors) -> Vec<(&'static Duree, i32, i64)> {
    let mut lues = vec![];
    for (n, code) in saisie.duree.iter().enumerate() {
        let Some(duree) = conservation::durees().iter().find(|d| d.code == *code) else { continue };
        let valeur = saisie.valeur.get(n).and_then(|v| v.trim().parse().ok());
        let version = saisie.version.get(n).copied().unwrap_or_default();
        match valeur.filter(|v| (duree.min..=duree.max).contains(v)) {
            Some(v) => lues.push((duree, v, version)),
            None => erreurs.add(
                &duree.code,
                format!(
                    "«\u{a0}{}\u{a0}»\u{a0}: un nombre de {} entre {} et {}.",
                    duree.intitule, duree.unite, duree.min, duree.max
                ),
            ),
        }
    }
    lues
}

async fn choose(
    qui: Administrateur,
    State(app): State<App>,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    let mut db = app.begin(&qui).await?;
    let mut erreurs = FormErrors::default();
    let voulues = lues(&saisie, &mut erreurs);
    if voulues.is_empty() && erreurs.is_empty() {
        erreurs.add("livret", "Aucune durée n’est arrivée. Enregistrez de nouveau.");
    }
    if saisie.reprise.is_some() || !erreurs.is_empty() {
        let reprise = saisie.reprise.is_some();
        let status = if reprise { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        let erreurs = if reprise { FormErrors::default() } else { erreurs };
        let page = Index::ouvrir(&qui, &mut db, (saisie, erreurs)).await?;
        return Ok((status, page).into_response());
    }
    if saisie.cle.is_nil() {
        return Err(Error::Unreadable);
    }
    qui.choisir_durees(&mut db, &voulues, saisie.cle).await?;
    db.commit().await?;
    Ok(Redirect::to("/administration/conservation").into_response())
}

/// A student of a promotion that is due.
struct Due {
    personne_id: i64,
    nom: String,
    /// Held back by a dispute.
    retenue: bool,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Decision {
    /// Exactly those who were read.
    personne: Vec<i64>,
    mot: String,
    cle: Uuid,
    reprise: Option<String>,
}

#[derive(Template, WebTemplate)]
#[template(path = "donnees/echeance.html")]
struct Show {
    cadre: Cadre,
    jour: Date,
    echeance: Echeance,
    gens: Vec<Due>,
    restes: Vec<Reste>,
    erreurs: FormErrors,
    cle: Uuid,
}

impl Show {
    async fn ouvrir(
        qui: &Administrateur,
        db: &mut Db,
        id: i64,
        erreurs: FormErrors,
    ) -> Result<Self> {
        let toutes = qui.echeancier(db).await?;
        let echeance = toutes.into_iter().find(|e| e.promotion_id == id).ok_or(Error::NotFound)?;
        let gens = sqlx::query_as!(
            Due,
            r#"select p.personne_id, concat_ws(' ', p.nom, p.prenom) as "nom!",
                      exists (select from livret.conservation_judiciaire k
                               where k.etablissement_id = p.etablissement_id and k.personne_id = p.personne_id
                                 and k.levee_le is null and livret.jour() <= k.jusqu_au) as "retenue!"
                 from livret.inscription i
                 join livret.personne p on p.etablissement_id = i.etablissement_id and p.personne_id = i.etudiant_id
                where i.etablissement_id = livret.ici() and i.promotion_id = $1
                  and livret.derniere_promotion(i.etudiant_id) = i.promotion_id
                  and not exists (select from livret.anonymisation a
                                   where a.etablissement_id = i.etablissement_id and a.personne_id = i.etudiant_id)
                order by p.nom collate "fr-x-icu", p.prenom collate "fr-x-icu", p.personne_id"#,
            id
        )
        .fetch_all(&mut **db)
        .await?;
        let restes = qui.restes(db, id).await?;
        let (cadre, jour, cle) = (qui.cadre("/administration"), qui.jour(), db.random.uuid());
        Ok(Self { cadre, jour, echeance, gens, restes, erreurs, cle })
    }

    fn dues(&self) -> Vec<&Due> {
        let venue = self.echeance.livrets_le <= self.jour;
        self.gens.iter().filter(|g| venue && !g.retenue).collect()
    }
}

async fn show(qui: Administrateur, State(app): State<App>, Path(id): Path<i64>) -> Result<Show> {
    let mut db = app.begin(&qui).await?;
    Show::ouvrir(&qui, &mut db, id, FormErrors::default()).await
}

fn vers(id: i64) -> Response {
    Redirect::to(&format!("/administration/promotions/{id}/conservation")).into_response()
}

async fn close(
    qui: Administrateur,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(decision): Form<Decision>,
) -> Result<Response> {
    let mut db = app.begin(&qui).await?;
    Show::ouvrir(&qui, &mut db, id, FormErrors::default()).await?;
    if decision.reprise.is_some() {
        return Ok(vers(id));
    }
    if decision.cle.is_nil() {
        return Err(Error::Unreadable);
    }
    qui.fermer_comptes(&mut db, id, decision.cle).await?;
    db.commit().await?;
    Ok(vers(id))
}

/// Each in a transaction of her own: one who cannot be forgotten keeps no other.
async fn anonymise(
    qui: Administrateur,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(decision): Form<Decision>,
) -> Result<Response> {
    let mut db = app.begin(&qui).await?;
    let page = Show::ouvrir(&qui, &mut db, id, FormErrors::default()).await?;
    let mut erreurs = FormErrors::default();
    erreurs.cle("mot", decision.cle);
    if decision.mot.trim() != MOT {
        erreurs.add("mot", format!("Écrivez {MOT} en capitales pour confirmer."));
    }
    let dues: Vec<i64> = page.dues().iter().map(|d| d.personne_id).collect();
    if decision.personne.is_empty() || decision.personne.iter().any(|p| !dues.contains(p)) {
        erreurs.add(
            "mot",
            "La liste a changé depuis sa lecture. Relisez-la, puis confirmez de nouveau.",
        );
    }
    drop(db);
    if decision.reprise.is_some() || !erreurs.is_empty() {
        let reprise = decision.reprise.is_some();
        let status = if reprise { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        let erreurs = if reprise { FormErrors::default() } else { erreurs };
        return Ok((status, Show { erreurs, ..page }).into_response());
    }
    let voulu = Voulu { raison: "echeance".to_owned(), seuls: true };
    let mut octets = vec![];
    for personne in decision.personne {
        let cle = Uuid::new_v5(&decision.cle, personne.to_string().as_bytes());
        let mut db = app.begin(&qui).await?;
        match qui.anonymiser(&mut db, personne, &voulu, cle).await {
            Ok(bilan) => {
                db.commit().await?;
                octets.extend(bilan.octets);
            }
            Err(Error::Refused(message)) => {
                erreurs.add("mot", format!("Personne n° {personne}\u{a0}: {message}"));
            }
            Err(Error::Conflict(_)) => {} // a colleague did it meanwhile
            Err(autre) => return Err(autre),
        }
    }
    nettoyage::apres(&app, &octets).await;
    if erreurs.is_empty() {
        return Ok(vers(id));
    }
    let mut db = app.begin(&qui).await?;
    let page = Show::ouvrir(&qui, &mut db, id, erreurs).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}
