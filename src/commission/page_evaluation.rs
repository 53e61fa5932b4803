//! The fiche d'évaluation of a candidate: appreciations, the mark typed by hand, the lock; and the papers to print.
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
    Candidat, Contenu, Ecrite, Evaluation, Moment, Note, Passage, impression,
    modele::{self, Champ},
    pages::Lieu,
    passages,
};
use crate::{
    app::{App, Db},
    compte::Examinateur,
    date,
    error::{Error, Result},
    fiche::{self, Fiche},
    form::{Form, FormErrors, Path},
    page::Cadre,
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/commissions/{id}/candidats/{etudiant}/evaluation", get(show).post(update))
        .route("/commissions/{id}/candidats/{etudiant}/reouverture", post(reopen))
        .merge(impression::routes())
}

/// Longest appreciation: a sheet has room for it.
const APPRECIATION_MAX: usize = 3000;
const CHAMP_MAX: usize = 300;

/// A fiche as it was typed.
#[derive(Debug, Clone, Default)]
struct Saisie {
    contenu: Contenu,
    note: String,
    version: i64,
    cle: Uuid,
    verrouiller: bool,
    reprise: bool,
}

impl Saisie {
    fn lire(champs: Vec<(String, String)>) -> Self {
        let mut lue = Self::default();
        for (nom, valeur) in champs {
            let valeur = valeur.replace('\0', "").replace("\r\n", "\n").trim().to_owned();
            let (quoi, ou) = nom.split_once('-').unwrap_or((&nom, ""));
            match quoi {
                "note" => lue.note = valeur,
                "version" => lue.version = valeur.parse().unwrap_or(-1),
                "cle" => lue.cle = valeur.parse().unwrap_or_default(),
                "aller" => lue.verrouiller = valeur == "verrouiller",
                "reprise" => lue.reprise = true,
                "champ" if !valeur.is_empty() => {
                    lue.contenu.champs.insert(ou.to_owned(), valeur);
                }
                "date" => lue.moment(ou).date = valeur,
                "appreciation" => lue.moment(ou).appreciation = valeur,
                "nature" if !valeur.is_empty() => lue.moment(ou).natures.push(valeur),
                "dit" => {
                    if let Some((temps, champ)) = ou.split_once('.')
                        && !valeur.is_empty()
                    {
                        lue.moment(temps).champs.insert(champ.to_owned(), valeur);
                    }
                }
                _ => {}
            }
        }
        lue
    }

    fn moment(&mut self, temps: &str) -> &mut Moment {
        self.contenu.temps.entry(temps.to_owned()).or_default()
    }

    /// Only what the official model has; days as the database has them.
    fn check(&self, lieu: &Lieu, erreurs: &mut FormErrors) -> Ecrite {
        erreurs.cle("evaluation", self.cle);
        let (modele, sur) = (lieu.evaluation, note_sur(lieu));
        let mut contenu = Contenu::default();
        for c in a_ecrire(lieu) {
            if let Some(dit) = self.contenu.champs.get(&c.code) {
                let max = if c.lignes > 1 { APPRECIATION_MAX } else { CHAMP_MAX };
                long(&format!("champ-{}", c.code), dit, max, erreurs);
                contenu.champs.insert(c.code, dit.clone());
            }
        }
        for t in modele.into_iter().flat_map(|m| &m.temps) {
            let Some(dit) = self.contenu.temps.get(&t.code) else { continue };
            let mut dit = dit.clone();
            if !dit.date.is_empty() {
                match date::lire(&dit.date) {
                    Some(le) => dit.date = date::iso(&le),
                    None => erreurs.add(
                        &format!("date-{}", t.code),
                        "Cette date n’existe pas. Écrivez-la jj/mm/aaaa.",
                    ),
                }
            }
            dit.natures.retain(|n| t.natures.iter().any(|m| m.code == *n));
            if dit.natures.len() > 1 && !t.plusieurs {
                erreurs.add(&format!("nature-{}", t.code), "Cochez une seule case.");
            }
            dit.champs.retain(|c, _| t.champs.iter().any(|m| m.code == *c));
            for (c, texte) in &dit.champs {
                long(&format!("dit-{}.{c}", t.code), texte, APPRECIATION_MAX, erreurs);
            }
            long(&format!("appreciation-{}", t.code), &dit.appreciation, APPRECIATION_MAX, erreurs);
            contenu.temps.insert(t.code.clone(), dit);
        }
        let note = match Note::lire(&self.note, sur) {
            Ok(note) => Some(note),
            Err(_) if self.note.is_empty() => None,
            Err(message) => {
                erreurs.add("note", message);
                None
            }
        };
        Ecrite { contenu, note, version: self.version }
    }
}

fn long(champ: &str, texte: &str, max: usize, erreurs: &mut FormErrors) {
    let longueur = texte.chars().count();
    if longueur > max {
        erreurs.add(champ, format!("Ce texte compte {longueur} caractères\u{a0}: {max} au plus."));
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "commission/evaluation.html")]
struct Show {
    cadre: Cadre,
    lieu: Lieu,
    candidat: Candidat,
    evaluation: Evaluation,
    fiches: Vec<Fiche>,
    note: String,
    contenu: Contenu,
    version: i64,
    motif: String,
    erreurs: FormErrors,
    cle: Uuid,
}

impl Show {
    fn chemin(&self) -> String {
        let c = &self.lieu.siege.commission;
        format!("/commissions/{}/candidats/{}", c.commission_id, self.candidat.etudiant_id)
    }

    fn champ(&self, code: &str) -> &str {
        self.contenu.champs.get(code).map_or("", String::as_str)
    }

    fn moment(&self, temps: &str) -> Moment {
        self.contenu.temps.get(temps).cloned().unwrap_or_default()
    }

    fn a_ecrire(&self) -> Vec<Champ> {
        a_ecrire(&self.lieu)
    }

    fn sur(&self) -> u8 {
        note_sur(&self.lieu)
    }

    fn indicative(&self) -> Option<Note> {
        let (grille, coches) = (self.lieu.grille?, self.evaluation.coches.as_ref()?);
        self.lieu.deliberation.indicative(grille, self.evaluation.choix.as_deref(), coches)
    }

    fn officielle(&self) -> Option<u8> {
        self.lieu.grille?.points(self.evaluation.coches.as_ref()?, self.evaluation.bonus)
    }
}

/// What is written at the head of the fiche; of the grid, where it is the only paper and has an appréciation of its own.
fn a_ecrire(lieu: &Lieu) -> Vec<Champ> {
    if let Some(evaluation) = lieu.evaluation {
        return evaluation.champs.clone();
    }
    let Some(grille) = lieu.grille else { return vec![] };
    let champ = |code: &str, intitule: &str, lignes| Champ {
        code: code.to_owned(),
        intitule: intitule.to_owned(),
        lignes,
    };
    let dits =
        grille.tete.iter().flatten().filter(|m| ["langue", "document"].contains(&m.de.as_str()));
    let mut champs: Vec<Champ> = dits.map(|m| champ(&m.de, &m.intitule, 1)).collect();
    champs.extend(grille.appreciation.as_ref().map(|a| champ("appreciation", a, 6)));
    champs
}

/// « 14 avril 2027 ».
fn jour(dite: &str) -> String {
    date::lire(dite).as_ref().map(date::longue).unwrap_or_default()
}

fn note_sur(lieu: &Lieu) -> u8 {
    let dite = lieu.evaluation.map(|e| e.note_sur).or(lieu.grille.map(|g| g.note_sur));
    dite.unwrap_or(u8::MAX)
}

/// What was typed, to be shown again: the fiche, or why it is opened again.
#[derive(Default)]
struct Dite {
    saisie: Option<Saisie>,
    motif: String,
    erreurs: FormErrors,
}

async fn page(
    app: &App,
    (db, lieu): (&mut Db, Lieu),
    etudiant_id: i64,
    dite: Dite,
) -> Result<Show> {
    let c = &lieu.siege.commission;
    let candidat = lieu.siege.candidat(etudiant_id)?.clone();
    let evaluation = lieu.siege.evaluation(db, etudiant_id).await?;
    let mut fiches = fiche::fiches(db, c.promotion_id, &[etudiant_id]).await?;
    fiches.retain(|f| f.epreuve == c.epreuve && f.rang.is_some());
    let (note, contenu) = if let Some(s) = dite.saisie {
        (s.note, s.contenu)
    } else {
        let mut contenu = evaluation.contenu.clone();
        if evaluation.verrou.is_none() {
            let passages = passages(db, (c.promotion_id, &c.epreuve)).await?;
            let passage = |t: &str| passages.get(&(etudiant_id, t.to_owned()));
            amorcer(&mut contenu, lieu.evaluation, passage);
        }
        (evaluation.note_en_mots().unwrap_or_default(), contenu)
    };
    let cadre = lieu.siege.qui().compte().cadre("/commissions");
    let (version, cle) = (evaluation.version, app.random.uuid());
    let (motif, erreurs) = (dite.motif, dite.erreurs);
    Ok(Show {
        cadre,
        lieu,
        candidat,
        evaluation,
        fiches,
        note,
        contenu,
        version,
        motif,
        erreurs,
        cle,
    })
}

/// The days that the planning knows, where the fiche says none yet.
fn amorcer<'a>(
    contenu: &mut Contenu,
    modele: Option<&modele::Evaluation>,
    passage: impl Fn(&str) -> Option<&'a Passage>,
) {
    for t in modele.into_iter().flat_map(|m| &m.temps).filter(|t| t.date) {
        let dit = contenu.temps.entry(t.code.clone()).or_default();
        if dit.date.is_empty()
            && let Some(le) = passage(&t.code).and_then(|p| p.le)
        {
            dit.date = date::iso(&le);
        }
    }
}

async fn show(
    examinateur: Examinateur,
    State(app): State<App>,
    Path((id, etudiant)): Path<(i64, i64)>,
) -> Result<Show> {
    let mut db = app.begin(&examinateur).await?;
    let lieu = Lieu::trouver(&mut db, &examinateur, id).await?;
    page(&app, (&mut db, lieu), etudiant, Dite::default()).await
}

async fn update(
    examinateur: Examinateur,
    State(app): State<App>,
    Path((id, etudiant)): Path<(i64, i64)>,
    Form(champs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let mut db = app.begin(&examinateur).await?;
    let lieu = Lieu::trouver(&mut db, &examinateur, id).await?;
    lieu.siege.candidat(etudiant)?;
    let saisie = Saisie::lire(champs);
    let mut erreurs = FormErrors::default();
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    let voulue = saisie.check(&lieu, &mut erreurs);
    if saisie.verrouiller && erreurs.is_empty() {
        let actuelle = lieu.siege.evaluation(&mut db, etudiant).await?;
        for (champ, message) in voulue.manques(lieu.evaluation, (lieu.grille, &actuelle)) {
            erreurs.add(&champ, message);
        }
    }
    if saisie.reprise {
        (status, erreurs) = (StatusCode::OK, FormErrors::default());
    } else if erreurs.is_empty() {
        let comment = (saisie.verrouiller, saisie.cle);
        match lieu.siege.ecrire_evaluation(&mut db, etudiant, &voulue, comment).await {
            Ok(()) => {
                db.commit().await?;
                let vers = format!("/commissions/{id}/candidats/{etudiant}/evaluation");
                return Ok(Redirect::to(&vers).into_response());
            }
            Err(Error::Conflict(message)) => {
                status = StatusCode::CONFLICT;
                erreurs.add("evaluation", message);
            }
            Err(Error::Refused(message)) => erreurs.add("evaluation", message),
            Err(autre) => return Err(autre),
        }
    }
    let dite = Dite { saisie: Some(saisie), erreurs, ..Dite::default() };
    let page = page(&app, (&mut db, lieu), etudiant, dite).await?;
    Ok((status, page).into_response())
}

/// Why a locked fiche is opened again.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Reouverture {
    motif: String,
    version: i64,
    cle: Uuid,
    reprise: Option<String>,
}

async fn reopen(
    examinateur: Examinateur,
    State(app): State<App>,
    Path((id, etudiant)): Path<(i64, i64)>,
    Form(demande): Form<Reouverture>,
) -> Result<Response> {
    let mut db = app.begin(&examinateur).await?;
    let lieu = Lieu::trouver(&mut db, &examinateur, id).await?;
    lieu.siege.candidat(etudiant)?;
    let mut erreurs = FormErrors::default();
    let motif = erreurs.texte("motif", &demande.motif, 1000);
    erreurs.cle("motif", demande.cle);
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if demande.reprise.is_some() {
        (status, erreurs) = (StatusCode::OK, FormErrors::default());
    } else if erreurs.is_empty() {
        let quoi = (motif.as_str(), demande.version, demande.cle);
        match lieu.siege.rouvrir_evaluation(&mut db, etudiant, quoi).await {
            Ok(()) => {
                db.commit().await?;
                let vers = format!("/commissions/{id}/candidats/{etudiant}/evaluation");
                return Ok(Redirect::to(&vers).into_response());
            }
            Err(Error::Conflict(message) | Error::Refused(message)) => {
                erreurs.add("motif", message);
            }
            Err(autre) => return Err(autre),
        }
    }
    let dite = Dite { motif: demande.motif, erreurs, ..Dite::default() };
    let page = page(&app, (&mut db, lieu), etudiant, dite).await?;
    Ok((status, page).into_response())
}
