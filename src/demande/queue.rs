//! The queue of a promotion: what waits on the left, the preuve in the middle, the answer on the right.
use std::{collections::HashMap, sync::Arc};

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use time::PrimitiveDateTime;
use uuid::Uuid;

use super::{Demande, Reponse, Verdict, acte::repondue, phrase::Phrase};
use crate::{
    app::{App, Db},
    compte::Enseignant,
    consultation,
    error::{Error, Result},
    form::{Form, FormErrors, Path, Query},
    page::{Cadre, filters},
    preuve::{self, Fichier, Preuve},
    promotion::Promotion,
    referentiel::{self, Edition},
};

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Choix {
    bloc: String,
    demande: Option<i64>,
}

#[derive(Template, WebTemplate)]
#[template(path = "demande/index.html")]
pub struct Index {
    cadre: Cadre,
    promotion: Promotion,
    edition: Arc<Edition>,
    demandes: Vec<Demande>,
    choix: Choix,
    /// The one that is open, with its preuve and what is attached.
    ouverte: Option<(Demande, Preuve, Vec<Fichier>)>,
    suivante: Option<i64>,
    precedente: Option<i64>,
    phrases: Vec<Phrase>,
    /// What was typed, when it comes back.
    saisie: Champs,
    erreurs: FormErrors,
    cle: Uuid,
    ici_le: PrimitiveDateTime,
}

type Champs = HashMap<String, String>;

impl Index {
    fn vers(&self, id: impl std::borrow::Borrow<i64>) -> String {
        let (promotion, bloc) = (self.promotion.promotion_id, &self.choix.bloc);
        format!("/promotions/{promotion}/demandes?bloc={bloc}&demande={}", id.borrow())
    }

    fn age(&self, demande: &Demande) -> String {
        super::age(&demande.demandee_le, &self.ici_le)
    }

    fn dit(&self, champ: &str) -> &str {
        self.saisie.get(champ).map_or("", String::as_str)
    }

    /// What is ticked: what was typed, else nothing: a level is a decision.
    fn choisi(&self, code: &str) -> &str {
        self.dit(&format!("niveau-{code}"))
    }
}

async fn page(
    app: &App,
    qui: &Enseignant,
    db: &mut Db,
    (id, choix): (i64, Choix),
    (saisie, erreurs): (Champs, FormErrors),
) -> Result<Index> {
    let promotion = qui.promotion(db, id).await?;
    let edition = referentiel::find(&mut **db, promotion.edition_id).await?;
    let mut demandes = promotion.demandes(db).await?;
    demandes.retain(|d| d.touche(&choix.bloc));
    let ouverte = match choix.demande {
        Some(voulue) => match demandes.iter().find(|d| d.demande_id == voulue) {
            Some(lue) => Some(lue.clone()),
            None => Some(promotion.demande(db, voulue).await?), // answered, or of another bloc
        },
        None => demandes.first().cloned(),
    };
    let rang = |d: &Demande| demandes.iter().position(|e| e.demande_id == d.demande_id);
    let rang = ouverte.as_ref().and_then(rang);
    let a = |r: Option<usize>| r.and_then(|r| demandes.get(r)).map(|d| d.demande_id);
    let (precedente, suivante) = match rang {
        Some(r) => (a(r.checked_sub(1)), a(Some(r + 1))),
        None => (None, demandes.first().map(|d| d.demande_id)),
    };
    let ouverte = match ouverte {
        Some(d) => {
            let etudiant = qui.etudiant(db, d.etudiant_id).await?;
            let preuve = etudiant.preuve(db, d.preuve_id).await?;
            let fichiers = preuve::fichiers_de(db, &preuve).await?;
            Some((d, preuve, fichiers))
        }
        None => None,
    };
    Ok(Index {
        cadre: qui.cadre("/promotions"),
        promotion,
        edition,
        demandes,
        choix,
        ouverte,
        suivante,
        precedente,
        phrases: qui.phrases(db).await?,
        saisie,
        erreurs,
        cle: app.random.uuid(),
        ici_le: qui.ici_le(),
    })
}

pub async fn index(
    qui: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Query(choix): Query<Choix>,
) -> Result<Index> {
    let mut db = app.begin(&qui).await?;
    let vierge = (Champs::new(), FormErrors::default());
    let page = page(&app, &qui, &mut db, (id, choix), vierge).await?;
    if let Some((ouverte, ..)) = &page.ouverte {
        consultation::noter(db, &qui, &[ouverte.etudiant_id]);
    }
    Ok(page)
}

/// What the form says.
fn reponse(demande: &Demande, champs: &Champs) -> Result<Reponse> {
    let dit = |champ: &str| champs.get(champ).map_or("", |v| v.trim());
    let niveau = |code: &String| {
        let n = dit(&format!("niveau-{code}"));
        (!n.is_empty()).then(|| (code.clone(), n.to_owned()))
    };
    let acte = match dit("acte") {
        "valider" => {
            Verdict::Valider(demande.lignes.iter().filter_map(|l| niveau(&l.code)).collect())
        }
        "completer" => Verdict::Completer,
        "refuser" => Verdict::Refuser,
        _ => return Err(Error::Unreadable),
    };
    let cle: Uuid = dit("cle").parse().map_err(|_| Error::Unreadable)?;
    let version = dit("version").parse().map_err(|_| Error::Unreadable)?;
    Ok(Reponse { acte, motif: dit("motif").to_owned(), version, cle })
}

pub async fn update(
    qui: Enseignant,
    State(app): State<App>,
    Path((id, demande)): Path<(i64, i64)>,
    Form(champs): Form<Champs>,
) -> Result<Response> {
    let mut db = app.begin(&qui).await?;
    let promotion = qui.promotion(&mut db, id).await?;
    let lue = promotion.demande(&mut db, demande).await?;
    let bloc = champs.get("bloc").cloned().unwrap_or_default();
    let mut erreurs = FormErrors::default();
    let mut status = StatusCode::OK;
    if !champs.contains_key("reprise") {
        let edition = referentiel::find(&mut *db, promotion.edition_id).await?;
        let reponse = reponse(&lue, &champs)?;
        let suite = champs.get("suivante").filter(|s| !s.is_empty());
        match qui.repondre(&mut db, (&promotion, &edition), &lue, &reponse).await {
            Ok(()) => {
                db.commit().await?;
                let suite = suite.map_or(String::new(), |s| format!("&demande={s}"));
                let vers = format!("/promotions/{id}/demandes?bloc={bloc}{suite}");
                return Ok(Redirect::to(&vers).into_response());
            }
            Err(Error::Refused(message)) => {
                erreurs.add("motif", message);
                status = StatusCode::UNPROCESSABLE_ENTITY;
            }
            Err(Error::Conflict(message)) => {
                erreurs.add("motif", message);
                status = StatusCode::CONFLICT;
            }
            Err(autre) => return Err(autre),
        }
    }
    drop(db); // what was tried is undone
    let mut db = app.begin(&qui).await?;
    let choix = Choix { bloc, demande: Some(demande) };
    let page = page(&app, &qui, &mut db, (id, choix), (champs, erreurs)).await?;
    Ok((status, page).into_response())
}

/// Several at once, all on one level.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Lot {
    bloc: String,
    demande: Vec<i64>,
    niveau: String,
    cle: Uuid,
    reprise: Option<String>,
}

/// Each demande is answered or not on its own: what could not be is told, and stays in the queue.
pub async fn batch(
    qui: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(lot): Form<Lot>,
) -> Result<Response> {
    let mut db = app.begin(&qui).await?;
    let promotion = qui.promotion(&mut db, id).await?;
    let edition = referentiel::find(&mut *db, promotion.edition_id).await?;
    drop(db);
    let mut erreurs = FormErrors::default();
    if edition.niveau_reel(&lot.niveau).is_none() {
        erreurs.add("niveau", "Choisissez le niveau à donner.");
    }
    if lot.demande.is_empty() {
        erreurs.add("demande", "Cochez au moins une preuve.");
    }
    if erreurs.is_empty() && lot.reprise.is_none() && !lot.cle.is_nil() {
        for demande in &lot.demande {
            let mut db = app.begin(&qui).await?;
            let lue = promotion.demande(&mut db, *demande).await?;
            let niveaux = lue.lignes.iter().map(|l| (l.code.clone(), lot.niveau.clone()));
            let reponse = Reponse {
                acte: Verdict::Valider(niveaux.collect()),
                motif: String::new(),
                version: lue.version,
                cle: Uuid::new_v5(&lot.cle, demande.to_string().as_bytes()),
            };
            match qui.repondre(&mut db, (&promotion, &edition), &lue, &reponse).await {
                Ok(()) => db.commit().await?,
                Err(Error::Refused(m)) => erreurs.add(&format!("demande-{demande}"), m),
                Err(Error::Conflict(_)) => {
                    erreurs.add(&format!("demande-{demande}"), repondue(&lue));
                }
                Err(autre) => return Err(autre),
            }
        }
        if erreurs.is_empty() {
            let vers = format!("/promotions/{id}/demandes?bloc={}", lot.bloc);
            return Ok(Redirect::to(&vers).into_response());
        }
    }
    let status = if erreurs.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let mut db = app.begin(&qui).await?;
    let choix = Choix { bloc: lot.bloc, demande: None };
    let page = page(&app, &qui, &mut db, (id, choix), (Champs::new(), erreurs)).await?;
    Ok((status, page).into_response())
}
