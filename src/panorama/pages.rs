//! The views of a promotion, for its teachers. Each reads the rule, then the whole promotion: two queries.
use std::sync::Arc;

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;

use super::{
    attention::{self, Attention, Raison},
    besoin::{self, Besoin},
    couverture::{self, Couverte},
    harmonisation::{ANONYMAT, Harmonisation, Repartition},
    lignes, reels,
};
use crate::{
    app::{App, Db},
    compte::Enseignant,
    date,
    error::Result,
    etudiant::Etudiant,
    form::{FormErrors, Path, Query},
    page::Cadre,
    promotion::Promotion,
    referentiel::{self, Edition, Niveau},
    regle::{Reglage, Releve},
    situation::{CONTEXTES, contexte},
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/promotions/{id}/vue", get(overview))
        .route("/promotions/{id}/couverture", get(coverage))
        .route("/promotions/{id}/besoin", get(needs))
        .route("/promotions/{id}/harmonisation", get(harmony))
}

/// What every view starts from.
struct Lu {
    cadre: Cadre,
    promotion: Promotion,
    edition: Arc<Edition>,
    reglage: Reglage,
    releve: Releve,
}

async fn lire(enseignant: &Enseignant, db: &mut Db, id: i64) -> Result<Lu> {
    let promotion = enseignant.promotion(db, id).await?;
    let edition = referentiel::find(&mut **db, promotion.edition_id).await?;
    let reglage = promotion.reglage(db).await?;
    let releve = promotion.releve(db, enseignant.aujourd_hui()).await?;
    Ok(Lu { cadre: enseignant.cadre("/promotions"), promotion, edition, reglage, releve })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Choix {
    raison: String,
    code: String,
    contexte: String,
    seuil: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "panorama/vue.html")]
struct Vue {
    cadre: Cadre,
    promotion: Promotion,
    edition: Arc<Edition>,
    reglage: Reglage,
    attentions: Vec<Attention>,
    effectif: usize,
    raison: Option<Raison>,
    inconnue: bool,
    nom: String,
}

async fn overview(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Query(choix): Query<Choix>,
) -> Result<Vue> {
    let mut db = app.begin(&enseignant).await?;
    let Lu { cadre, promotion, edition, reglage, releve } = lire(&enseignant, &mut db, id).await?;
    let raison = Raison::nommee(&choix.raison);
    let lignes = lignes(&releve, &reglage, &edition);
    let attentions = attention::trier(&releve, &lignes, &edition, raison);
    let inconnue = raison.is_none() && !choix.raison.is_empty();
    let quoi = raison.map_or("À suivre", Raison::intitule);
    let nom = format!("{quoi}, {}", date::courte(&enseignant.aujourd_hui()));
    let effectif = releve.etudiants.len();
    Ok(Vue { cadre, promotion, edition, reglage, attentions, effectif, raison, inconnue, nom })
}

#[derive(Template, WebTemplate)]
#[template(path = "panorama/couverture.html")]
struct Couverture {
    cadre: Cadre,
    promotion: Promotion,
    couvertes: Vec<Couverte>,
    /// What presses most: code, title, why.
    d_abord: Vec<(String, String, String)>,
    pressent: usize,
    effectif: usize,
    /// A cell that was opened: its line, its context, who was never judged there.
    ouverte: Option<(String, String, Vec<Etudiant>)>,
    nom: String,
}

/// How many lines « d’abord » names.
const D_ABORD: usize = 5;

async fn coverage(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Query(choix): Query<Choix>,
) -> Result<Couverture> {
    let mut db = app.begin(&enseignant).await?;
    let Lu { cadre, promotion, edition, reglage, releve } = lire(&enseignant, &mut db, id).await?;
    let lignes = lignes(&releve, &reglage, &edition);
    let mut couvertes = couverture::couverture(&releve, &lignes, &edition);
    couverture::tuteurs(&mut db, &promotion, &mut couvertes).await?;
    let effectif = releve.etudiants.len();
    let pressent = couverture::d_abord(&couvertes, &reglage, effectif);
    let d_abord = pressent
        .iter()
        .take(D_ABORD)
        .map(|(c, pourquoi)| {
            let sc = &c.sous_competence;
            (sc.code.clone(), sc.intitule.clone(), pourquoi.clone())
        })
        .collect();
    let pressent = pressent.len();
    let ou = Some(choix.contexte.as_str()).filter(|c| !contexte(c).is_empty());
    let ouverte = edition.sous_competence(&choix.code).map(|sc| {
        let qui = couverture::jamais(&releve, &lignes, &sc.code, ou);
        (sc.code.clone(), ou.map_or(String::new(), |c| contexte(c).to_lowercase()), qui)
    });
    let nom = format!("À juger sur {}", choix.code);
    Ok(Couverture { cadre, promotion, couvertes, d_abord, pressent, effectif, ouverte, nom })
}

#[derive(Template, WebTemplate)]
#[template(path = "panorama/besoin.html")]
struct PageBesoin {
    cadre: Cadre,
    promotion: Promotion,
    edition: Arc<Edition>,
    reglage: Reglage,
    niveaux: Vec<Niveau>,
    choix: Choix,
    erreurs: FormErrors,
    /// The line, the threshold, and who is below.
    trouves: Option<(String, String, Vec<Besoin>)>,
    effectif: usize,
    nom: String,
    le: String,
}

async fn needs(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Query(choix): Query<Choix>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let Lu { cadre, promotion, edition, reglage, releve } = lire(&enseignant, &mut db, id).await?;
    let niveaux: Vec<Niveau> = reels(&edition).into_iter().cloned().collect();
    let mut erreurs = FormErrors::default();
    let ligne = edition.sous_competence(&choix.code);
    let seuil = niveaux.iter().find(|n| n.code == choix.seuil);
    if !choix.code.is_empty() && ligne.is_none() {
        erreurs.add(
            "code",
            "Cette sous-compétence n’est pas de ce référentiel. Choisissez-en une dans la liste.",
        );
    }
    if !choix.seuil.is_empty() && seuil.is_none() {
        erreurs.add("seuil", "Ce niveau n’est pas de l’échelle. Choisissez-en un dans la liste.");
    }
    let trouves = ligne.zip(seuil).map(|(sc, seuil)| {
        let lignes = lignes(&releve, &reglage, &edition);
        let qui = besoin::sous_le_seuil(&releve, &lignes, &sc.code, seuil);
        (sc.intitule.clone(), seuil.intitule.clone(), qui)
    });
    let status = if erreurs.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let nom = format!("{} pas encore {}", choix.code, choix.seuil);
    let (effectif, le) = (releve.etudiants.len(), date::longue(&enseignant.aujourd_hui()));
    let page = PageBesoin {
        cadre,
        promotion,
        edition,
        reglage,
        niveaux,
        choix,
        erreurs,
        trouves,
        effectif,
        nom,
        le,
    };
    Ok((status, page).into_response())
}

#[derive(Template, WebTemplate)]
#[template(path = "panorama/harmonisation.html")]
struct PageHarmonisation {
    cadre: Cadre,
    promotion: Promotion,
    niveaux: Vec<Niveau>,
    vue: Harmonisation,
}

impl PageHarmonisation {
    /// The lines of the table, the whole last.
    fn lignes(&self) -> Vec<&Repartition> {
        self.vue.lignes.iter().chain(&self.vue.ensemble).collect()
    }
}

async fn harmony(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
) -> Result<PageHarmonisation> {
    let mut db = app.begin(&enseignant).await?;
    let promotion = enseignant.promotion(&mut db, id).await?;
    let edition = referentiel::find(&mut *db, promotion.edition_id).await?;
    let vue = enseignant.harmonisation(&mut db, &promotion, &edition).await?;
    let niveaux = reels(&edition).into_iter().cloned().collect();
    Ok(PageHarmonisation { cadre: enseignant.cadre("/promotions"), promotion, niveaux, vue })
}
