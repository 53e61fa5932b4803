//! The pages of the past, read only: a livret, a class, two moments of a class.
use std::{collections::HashMap, sync::Arc};

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
use time::Date;

use super::{
    Moment, Passe,
    comparaison::{self, Ecart},
};
use crate::{
    app::{App, Db},
    compte::{Compte, Enseignant, Moi},
    consultation,
    error::{Error, Result},
    etudiant::Etudiant,
    form::{Path, Query},
    journal::{
        niveaux::{self, Niveau},
        rejeu::Decision,
    },
    page::{Cadre, filters},
    progression::{self, Effectif, Volet},
    promotion::Promotion,
    referentiel::{self, Bloc, Edition, SousCompetence},
    regle::Reglage,
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/livret/passe", get(mine))
        .route("/etudiants/{id}/passe", get(show))
        .route("/promotions/{id}/passe", get(index))
        .route("/promotions/{id}/comparaison", get(compare))
}

/// A moment as it was asked for, and what it is.
#[derive(Debug, Clone, Default)]
pub struct Choix {
    pub jour: String,
    pub heure: String,
    pub moment: Option<Moment>,
    pub erreur: Option<&'static str>,
}

impl Choix {
    fn lire(qui: &Compte, jour: &str, heure: &str) -> Self {
        let (moment, erreur) = match Moment::lire(jour, heure, qui.ici_le()) {
            Ok(moment) => (moment, None),
            Err(erreur) => (None, Some(erreur)),
        };
        // A browser's field only takes its own form of a date; what cannot be read is given back as it was typed.
        let (jour, heure) = match moment {
            Some(m) => (crate::date::iso(&m.jour()), m.heure()),
            None => (jour.to_owned(), heure.to_owned()),
        };
        Self { jour, heure, moment, erreur }
    }

    fn status(&self) -> StatusCode {
        if self.erreur.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Demande {
    le: String,
    heure: String,
    bloc: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "passe/show.html")]
struct Show {
    cadre: Cadre,
    etudiant: Etudiant,
    edition: Arc<Edition>,
    enseignant: bool,
    choix: Choix,
    passe: Passe,
    volets: Vec<Volet>,
}

impl Show {
    fn chez(&self) -> String {
        if self.enseignant {
            format!("/etudiants/{}", self.etudiant.id())
        } else {
            "/livret".to_owned()
        }
    }

    fn decision(&self, code: &str) -> Option<&Decision> {
        let cle = (self.etudiant.id(), self.edition.edition_id, code.to_owned());
        self.passe.rejeu.decisions.get(&cle).filter(|d| d.niveau.is_some())
    }

    /// A bloc in counts: what was decided then, else what was proposed.
    fn effectif(&self, volet: &Volet) -> Effectif {
        Effectif::de(volet, &self.edition, |code| self.decision(code)?.niveau.as_deref())
    }

    fn nom(&self, personne: impl std::borrow::Borrow<i64>) -> String {
        self.passe.nom(*personne.borrow())
    }
}

/// `jour`: whether what she could not see yet is left out.
async fn livret(
    db: &mut Db,
    etudiant: Etudiant,
    cadre: Cadre,
    choix: Choix,
    enseignant: bool,
) -> Result<Response> {
    let mut edition = referentiel::find(&mut **db, etudiant.edition_id).await?;
    let mut passe = Passe::default();
    let mut volets = vec![];
    if let Some(moment) = choix.moment {
        passe = Passe::lire(db, &[etudiant.id()], moment).await?;
        let (promotion, alors) = moment.promotion(db, &etudiant).await?;
        edition = referentiel::find(&mut **db, alors).await?;
        let jour: Option<Date> = (!enseignant).then(|| moment.jour());
        let dits = passe.positionnes(etudiant.id(), edition.edition_id, jour);
        let reglage = moment.reglage(db, promotion).await?;
        volets = progression::volets(&edition, &reglage, dits);
    }
    let status = choix.status();
    let page = Show { cadre, etudiant, edition, enseignant, choix, passe, volets };
    Ok((status, page).into_response())
}

async fn mine(
    moi: Moi,
    State(app): State<App>,
    Query(demande): Query<Demande>,
) -> Result<Response> {
    let mut db = app.begin(&moi).await?;
    let etudiant = moi.etudiant(&mut db).await?;
    let choix = Choix::lire(&moi, &demande.le, &demande.heure);
    livret(&mut db, etudiant, moi.cadre("/livret"), choix, false).await
}

async fn show(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Query(demande): Query<Demande>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let etudiant = enseignant.etudiant(&mut db, id).await?;
    let choix = Choix::lire(&enseignant, &demande.le, &demande.heure);
    let page = livret(&mut db, etudiant, enseignant.cadre("/promotions"), choix, true).await?;
    consultation::noter(db, &enseignant, &[id]);
    Ok(page)
}

/// A student's line of the grid of that moment.
struct Rang {
    etudiant_id: i64,
    nom: String,
    arrete: bool,
    cases: HashMap<String, (String, usize)>,
}

#[derive(Template, WebTemplate)]
#[template(path = "passe/index.html")]
struct Index {
    cadre: Cadre,
    promotion: Promotion,
    edition: Arc<Edition>,
    /// The one that is shown.
    bloc: Bloc,
    choix: Choix,
    rangs: Vec<Rang>,
}

impl Index {
    fn colonnes(&self) -> Vec<&SousCompetence> {
        self.bloc.sous_competences().collect()
    }

    fn est_vide(&self) -> bool {
        self.rangs.iter().all(|r| r.cases.is_empty())
    }
}

/// What a cell shows, as today's grid does: the level of the latest situation that has a real one, and how many have.
fn montre(edition: &Edition, niveaux: &[Niveau]) -> Option<(String, usize)> {
    let reels = || niveaux.iter().filter(|n| edition.niveau_reel(&n.niveau).is_some());
    let dernier = reels().max_by_key(|n| (n.vecu_le, n.version))?;
    Some((dernier.niveau.clone(), reels().count()))
}

/// The students who were there, one query for their levels, one for what was decided of them.
async fn rangs(
    db: &mut Db,
    promotion: &Promotion,
    edition: &Edition,
    moment: Moment,
) -> Result<Vec<Rang>> {
    let etudiants = promotion.etudiants(db, moment.jour()).await?;
    let ids: Vec<i64> = etudiants.iter().map(Etudiant::id).collect();
    let quand = (moment.le, moment.le);
    let (_, niveaux) = niveaux::niveaux(db, edition.edition_id, &ids, quand).await?;
    let (_, decisions) = Passe::decisions(db, &ids, (moment, moment)).await?;
    let mut cases: HashMap<i64, HashMap<String, (String, usize)>> = HashMap::new();
    for ((etudiant, code), niveaux) in niveaux {
        if let Some(montre) = montre(edition, &niveaux) {
            cases.entry(etudiant).or_default().insert(code, montre);
        }
    }
    let rang = |e: &Etudiant| Rang {
        etudiant_id: e.id(),
        nom: e.liste(),
        arrete: decisions.arret_de(e.id()).is_some(),
        cases: cases.remove(&e.id()).unwrap_or_default(),
    };
    Ok(etudiants.iter().map(rang).collect())
}

async fn index(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Query(demande): Query<Demande>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let promotion = enseignant.promotion(&mut db, id).await?;
    let edition = referentiel::find(&mut *db, promotion.edition_id).await?;
    let bloc = match demande.bloc.as_str() {
        "" => edition.blocs.first(),
        code => edition.bloc(code),
    };
    let bloc = bloc.ok_or(Error::NotFound)?.clone();
    let choix = Choix::lire(&enseignant, &demande.le, &demande.heure);
    let rangs = match choix.moment {
        Some(moment) => rangs(&mut db, &promotion, &edition, moment).await?,
        None => vec![],
    };
    let status = choix.status();
    let cadre = enseignant.cadre("/promotions");
    Ok((status, Index { cadre, promotion, edition, bloc, choix, rangs }).into_response())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Bornes {
    de: String,
    heure_de: String,
    a: String,
    heure_a: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "passe/comparaison.html")]
struct Compare {
    cadre: Cadre,
    promotion: Promotion,
    edition: Arc<Edition>,
    de: Choix,
    a: Choix,
    /// Under which rules, and what changed.
    ecarts: Option<((Reglage, Reglage), Vec<Ecart>)>,
}

impl Compare {
    /// « règle « Dernière situation » », « règle « … », puis « … » ».
    fn regles(&self) -> String {
        let Some(((de, a), _)) = &self.ecarts else { return String::new() };
        let (de, a) = (de.regle.intitule(), a.regle.intitule());
        if de == a {
            format!("«\u{a0}{de}\u{a0}»")
        } else {
            format!("«\u{a0}{de}\u{a0}» au premier moment, «\u{a0}{a}\u{a0}» au second")
        }
    }

    fn changes(&self) -> Vec<&Ecart> {
        let tous = self.ecarts.iter().flat_map(|e| &e.1);
        tous.filter(|e| !e.changements.is_empty()).collect()
    }
}

async fn compare(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Query(bornes): Query<Bornes>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let promotion = enseignant.promotion(&mut db, id).await?;
    let edition = referentiel::find(&mut *db, promotion.edition_id).await?;
    let de = Choix::lire(&enseignant, &bornes.de, &bornes.heure_de);
    let mut a = Choix::lire(&enseignant, &bornes.a, &bornes.heure_a);
    if de.moment.is_some() && a.moment.is_none() && a.erreur.is_none() {
        a = Choix::lire(&enseignant, &crate::date::iso(&enseignant.aujourd_hui()), ""); // until now
    }
    let mut ecarts = None;
    if let (Some(premier), Some(second)) = (de.moment, a.moment) {
        if premier.le >= second.le {
            a.erreur = Some("Le second moment vient après le premier. Choisissez-en un plus tard.");
        } else {
            let etudiants = promotion.etudiants(&mut db, second.jour()).await?;
            let moments = (premier, second);
            let regles = (premier.reglage(&mut db, id).await?, second.reglage(&mut db, id).await?);
            let sous = (&regles.0, &regles.1);
            let faits = comparaison::comparer(&mut db, &edition, &etudiants, moments, sous).await?;
            ecarts = Some((regles, faits));
        }
    }
    let status = if de.erreur.is_some() { de.status() } else { a.status() };
    let cadre = enseignant.cadre("/promotions");
    Ok((status, Compare { cadre, promotion, edition, de, a, ecarts }).into_response())
}
