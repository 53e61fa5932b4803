//! The page where a teacher judges a class: the grid.
use std::{collections::BTreeMap, sync::Arc};

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Router,
    extract::State,
    routing::{get, post},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Deserialize;

use super::{
    case,
    grille::{Rang, Vue},
    lot, saisie, signal,
};
use crate::{
    app::App,
    compte::Enseignant,
    error::{Error, Result},
    form::{Path, Query},
    groupe::Groupe,
    journal,
    page::{Cadre, filters},
    promotion::Promotion,
    referentiel::{self, Bloc, Edition, SousCompetence},
    situation::{self, Situation},
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/promotions/{id}/grille", get(index))
        .route("/promotions/{id}/positionnements", get(lot::index).post(lot::create))
        .route("/promotions/{id}/positionnements/source", get(lot::source))
        .route("/promotions/{id}/signal", get(signal::show))
        .route(
            "/promotions/{id}/sous-competences/{code}/saisie",
            get(saisie::edit_classe).post(saisie::update_classe),
        )
        .route("/etudiants/{id}/saisie", get(saisie::edit_etudiant).post(saisie::update_etudiant))
        .route("/etudiants/{id}/sous-competences/{code}", get(case::show))
        .route("/etudiants/{id}/sous-competences/{code}/volet", get(case::panel))
        .route("/etudiants/{id}/sous-competences/{code}/positionnements", post(case::create))
}

/// What a page that saves behind itself must know: where to send, in whose name it may keep what is not sent yet.
#[derive(Debug, Clone)]
pub struct Liaison {
    pub promotion_id: i64,
    pub situation_id: Option<i64>,
    /// Whose changes wait on the device.
    pub compte: String,
    /// Opens what this person left waiting there, and nobody else.
    pub cle: String,
    /// The words of each code of the scale, for names read aloud.
    pub mots: String,
    /// The official scale, lowest first.
    pub echelle: String,
}

impl Liaison {
    pub fn of(
        app: &App,
        enseignant: &Enseignant,
        edition: &Edition,
        promotion_id: i64,
        situation_id: Option<i64>,
    ) -> Self {
        let compte = enseignant.numero();
        let cle = BASE64_STANDARD.encode(app.sceau.derive(&format!("attente/{compte}")));
        let mots: BTreeMap<_, _> =
            edition.niveaux.iter().map(|n| (n.code.as_str(), n.intitule.as_str())).collect();
        let echelle: Vec<_> = edition.echelle().map(|n| n.code.as_str()).collect();
        Self {
            promotion_id,
            situation_id,
            compte,
            cle,
            mots: serde_json::json!(mots).to_string(),
            echelle: echelle.join(" "),
        }
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "positionnement/index.html")]
struct Index {
    cadre: Cadre,
    promotion: Promotion,
    edition: Arc<Edition>,
    /// Those that are shown.
    blocs: Vec<Bloc>,
    colonnes: Vec<SousCompetence>,
    codes: Vec<String>,
    rangs: Vec<Rang>,
    situations: Vec<Situation>,
    situation: Option<Situation>,
    groupes: Vec<Groupe>,
    choix: Choix,
    liaison: Liaison,
    /// Line of the journal up to which the grid is true.
    seq: i64,
}

impl Index {
    /// Who reads this column without judging it.
    fn lecture(&self, code: &str) -> bool {
        !self.edition.bloc_de(code).is_some_and(|b| self.promotion.juge(&b.code))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Choix {
    bloc: String,
    situation: String,
    groupe: String,
    nom: String,
    jamais: Option<String>,
    preuve: Option<String>,
    /// `plan`, `groupe`, or by name.
    ordre: String,
}

impl Choix {
    /// Which students are shown, and in which order.
    fn trier(&self, rangs: &mut Vec<Rang>, codes: &[String]) {
        let groupe: Option<i64> = self.groupe.parse().ok();
        let nom = referentiel::replier(&self.nom);
        rangs.retain(|r| {
            groupe.is_none_or(|g| r.groupes.contains(&g))
                && referentiel::replier(&format!("{} {}", r.nom, r.prenom)).contains(nom.trim())
                && (self.jamais.is_none() || r.positionnees(codes) == 0)
                && (self.preuve.is_none() || codes.iter().any(|c| r.montre(c)))
        });
        match self.ordre.as_str() {
            "plan" => rangs.sort_by_key(|r| r.place.unwrap_or((100, 100))),
            "groupe" => {
                rangs.sort_by_key(|r| r.groupes.iter().min().copied().unwrap_or(i64::MAX));
            }
            _ => {}
        }
    }
}

async fn index(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Query(choix): Query<Choix>,
) -> Result<Index> {
    let mut db = app.begin(&enseignant).await?;
    let promotion = enseignant.promotion(&mut db, id).await?;
    let edition = referentiel::find(&mut *db, promotion.edition_id).await?;
    let blocs = match choix.bloc.as_str() {
        "" => edition.blocs.clone(),
        code => vec![edition.bloc(code).ok_or(Error::NotFound)?.clone()],
    };
    let colonnes: Vec<_> = blocs.iter().flat_map(Bloc::sous_competences).cloned().collect();
    let codes: Vec<String> = colonnes.iter().map(|c| c.code.clone()).collect();
    let situations = promotion.situations(&mut db, None).await?;
    let situation = situation::choisie(&situations, &choix.situation)?;
    let groupes = promotion.groupes(&mut db).await?;
    let seq = journal::temoin(&mut db).await?.seq;
    let situation_id = situation.as_ref().map(|s| s.situation_id);
    let vue = Vue { situation_id, ..Vue::default() };
    let mut rangs = enseignant.grille(&mut db, &promotion, &vue).await?;
    choix.trier(&mut rangs, &codes);
    let liaison = Liaison::of(&app, &enseignant, &edition, id, situation_id);
    let cadre = enseignant.cadre("/promotions");
    Ok(Index {
        cadre,
        promotion,
        edition,
        blocs,
        colonnes,
        codes,
        rangs,
        situations,
        situation,
        groupes,
        choix,
        liaison,
        seq,
    })
}
