//! The pages where levels are settled: a bloc or one sous-compétence for many students, one cell with its history.
use std::{collections::HashMap, sync::Arc};

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use uuid::Uuid;

use super::{Arretee, Issue, LOT_MAX, Refus, Voulue, arrets, vues};
use crate::{
    app::{App, Db, InTheNameOf},
    compte::Enseignant,
    date,
    error::{Error, Result},
    etudiant::Etudiant,
    form::{Form, FormErrors, Path, Query},
    page::{Cadre, filters},
    promotion::Promotion,
    referentiel::{self, Bloc, Edition, SousCompetence},
    regle::Reglage,
};

pub(super) type Champs = HashMap<String, String>;

/// One level to settle, as the form shows it.
pub struct Ligne {
    pub sous_competence: SousCompetence,
    pub vue: Arretee,
    /// What is chosen in the form; empty to decide nothing.
    pub choisi: String,
    pub motif: String,
    pub version: i64,
    /// Why it was not written.
    pub message: Option<String>,
}

/// A student, and the levels to settle for her.
pub struct Rang {
    pub etudiant_id: i64,
    pub nom: String,
    pub coche: bool,
    pub arrete: bool,
    /// Each line can be decided otherwise here; else only as proposed, and a link leads to the rest.
    pub entier: bool,
    pub lignes: Vec<Ligne>,
}

impl Rang {
    pub fn champ(&self, ligne: &Ligne) -> String {
        format!("{}-{}", self.etudiant_id, ligne.sous_competence.code)
    }

    /// « 3 S, 1 TS proposés, 2 sans situation, 1 arrêté ».
    pub fn resume(&self, edition: &Edition) -> String {
        let compte = |n: usize, mot: &str| (n > 0).then(|| format!("{n}\u{a0}{mot}"));
        let proposes = edition.niveaux.iter().filter_map(|niveau| {
            let ici = |l: &&Ligne| l.vue.proposee.as_ref().is_some_and(|p| p.niveau == niveau.code);
            compte(self.lignes.iter().filter(ici).count(), &niveau.code)
        });
        let proposes: Vec<String> = proposes.collect();
        let nombre = |f: fn(&Ligne) -> bool| self.lignes.iter().filter(|l| f(l)).count();
        let arretes = nombre(|l| l.vue.arretee().is_some());
        let mots = [
            (!proposes.is_empty()).then(|| format!("proposé\u{a0}: {}", proposes.join(", "))),
            compte(nombre(|l| l.vue.proposee.is_none()), "sans situation"),
            compte(arretes, if arretes > 1 { "déjà arrêtés" } else { "déjà arrêté" }),
            compte(nombre(|l| l.vue.revision.is_some()), "à revoir"),
        ];
        mots.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }

    pub fn refusee(&self) -> bool {
        self.lignes.iter().any(|l| l.message.is_some())
    }

    /// What a class that is settled as proposed sends back for this line.
    pub fn envoyee<'a>(&self, ligne: &'a Ligne) -> Option<&'a str> {
        (!self.arrete && !ligne.choisi.is_empty()).then_some(ligne.choisi.as_str())
    }

    /// What a tick settles: « les niveaux choisis ci-dessous », « 3 niveaux proposés »; nothing when all stands already.
    pub fn a_arreter(&self) -> Option<String> {
        if self.entier {
            return Some("les niveaux choisis ci-dessous".to_owned());
        }
        let n = self.lignes.iter().filter(|l| self.envoyee(l).is_some()).count();
        let n = i64::try_from(n).unwrap_or(i64::MAX);
        (n > 0).then(|| date::nombre(n, "niveau proposé", "niveaux proposés"))
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Choix {
    bloc: String,
    code: String,
    etudiant: String,
    /// What the sending that led here wrote.
    faits: Option<usize>,
}

#[derive(Template, WebTemplate)]
#[template(path = "validation/lot.html")]
pub struct Index {
    cadre: Cadre,
    promotion: Promotion,
    edition: Arc<Edition>,
    reglage: Reglage,
    bloc: Bloc,
    choix: Choix,
    inscrits: Vec<Etudiant>,
    rangs: Vec<Rang>,
    erreurs: FormErrors,
    cle: Uuid,
    reprise: bool,
}

impl Index {
    /// Somebody here can only be settled as proposed.
    fn court(&self) -> bool {
        self.rangs.iter().any(|r| !r.entier)
    }
}

/// What is shown: a promotion, a part of its référentiel, some of its students.
struct Lieu {
    promotion: Promotion,
    edition: Arc<Edition>,
    bloc: Bloc,
    /// Those of the bloc, or the one that was chosen.
    colonnes: Vec<SousCompetence>,
    inscrits: Vec<Etudiant>,
    /// The one that was chosen, or all.
    etudiants: Vec<Etudiant>,
}

async fn lieu(enseignant: &Enseignant, db: &mut Db, id: i64, choix: &Choix) -> Result<Lieu> {
    let promotion = enseignant.promotion(db, id).await?;
    let edition = referentiel::find(&mut **db, promotion.edition_id).await?;
    let bloc = match choix.bloc.as_str() {
        "" => edition.blocs.first(),
        code => edition.bloc(code),
    };
    let bloc = bloc.ok_or(Error::NotFound)?.clone();
    let voulue = |s: &&SousCompetence| choix.code.is_empty() || s.code == choix.code;
    let mut colonnes: Vec<_> = bloc.sous_competences().filter(voulue).cloned().collect();
    if colonnes.is_empty() {
        colonnes = bloc.sous_competences().cloned().collect(); // the one that was chosen is of another bloc
    }
    let inscrits = promotion.etudiants(db, enseignant.jour()).await?;
    let seul: Option<i64> = choix.etudiant.parse().ok();
    let etudiants: Vec<_> =
        inscrits.iter().filter(|e| seul.is_none_or(|s| s == e.id())).cloned().collect();
    Ok(Lieu { promotion, edition, bloc, colonnes, inscrits, etudiants })
}

/// `champs`: the form as it was sent, when it comes back with what is wrong in it.
async fn page(
    app: &App,
    enseignant: &Enseignant,
    db: &mut Db,
    (lieu, choix): (Lieu, Choix),
    (champs, refus): (Option<&Champs>, &[Refus]),
) -> Result<Index> {
    let ids: Vec<i64> = lieu.etudiants.iter().map(Etudiant::id).collect();
    let reglage = lieu.promotion.reglage(db).await?;
    let mut vues = vues(db, &lieu.edition, &reglage, &ids).await?;
    let arretes = arrets(db, &ids).await?;
    // A whole bloc of a whole class is settled as proposed; where something else was typed or refused, it is shown.
    let court = lieu.etudiants.len() > 1 && lieu.colonnes.len() > 1;
    let mut rangs = vec![];
    for e in &lieu.etudiants {
        let ligne = |s: &SousCompetence| {
            let vue = vues.remove(&(e.id(), s.code.clone())).unwrap_or_default();
            ligne((e.id(), s), vue, champs, refus)
        };
        let tape = champs.is_some_and(|c| {
            lieu.colonnes.iter().any(|s| c.contains_key(&format!("motif-{}-{}", e.id(), s.code)))
        });
        rangs.push(Rang {
            etudiant_id: e.id(),
            nom: e.liste(),
            entier: !court || tape || refus.iter().any(|r| r.etudiant_id == e.id()),
            coche: champs.is_some_and(|c| c.contains_key(&format!("coche-{}", e.id()))),
            arrete: arretes.contains_key(&e.id()),
            lignes: lieu.colonnes.iter().map(ligne).collect(),
        });
    }
    Ok(Index {
        cadre: enseignant.cadre("/promotions"),
        promotion: lieu.promotion,
        edition: lieu.edition,
        reglage,
        bloc: lieu.bloc,
        choix,
        inscrits: lieu.inscrits,
        rangs,
        erreurs: FormErrors::default(),
        cle: app.random.uuid(),
        reprise: champs.is_some_and(|c| c.contains_key("reprise")),
    })
}

pub(super) fn ligne(
    (etudiant, s): (i64, &SousCompetence),
    vue: Arretee,
    champs: Option<&Champs>,
    refus: &[Refus],
) -> Ligne {
    let dit = |quoi: &str| champs?.get(&format!("{quoi}-{etudiant}-{}", s.code)).cloned();
    let propose = vue.proposee.as_ref().map(|p| p.niveau.clone());
    // What stands is not decided again unless something contradicts it.
    let prefait = propose.filter(|_| vue.arretee().is_none() || vue.revision.is_some());
    let message = refus.iter().find(|r| r.etudiant_id == etudiant && r.code == s.code);
    let sue = message.is_some_and(|r| r.depasse);
    // Once she was told, the next sending is a choice; else what was read is what she saw.
    let lue = dit("version").and_then(|v| v.parse().ok()).filter(|_| !sue);
    Ligne {
        sous_competence: s.clone(),
        choisi: dit("niveau").unwrap_or_else(|| prefait.unwrap_or_default()),
        motif: dit("motif").unwrap_or_default(),
        version: lue.unwrap_or_else(|| vue.version()),
        message: message.map(|r| r.message.clone()),
        vue,
    }
}

pub async fn index(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Query(choix): Query<Choix>,
) -> Result<Index> {
    let mut db = app.begin(&enseignant).await?;
    let lieu = lieu(&enseignant, &mut db, id, &choix).await?;
    let faits = choix.faits.and_then(|n| i64::try_from(n).ok());
    let mut page = page(&app, &enseignant, &mut db, (lieu, choix), (None, &[])).await?;
    page.cadre.annonce =
        faits.map(|n| format!("{}.", date::nombre(n, "niveau arrêté", "niveaux arrêtés")));
    Ok(page)
}

/// The levels of those who are ticked; what is left empty is not decided.
fn voulues(lieu: &Lieu, champs: &Champs) -> Vec<Voulue> {
    let mut voulues = vec![];
    for e in &lieu.etudiants {
        if !champs.contains_key(&format!("coche-{}", e.id())) {
            continue;
        }
        for s in &lieu.colonnes {
            voulues.extend(voulue(e.id(), &s.code, champs));
        }
    }
    voulues
}

pub(super) fn voulue(etudiant_id: i64, code: &str, champs: &Champs) -> Option<Voulue> {
    let dit = |quoi: &str| champs.get(&format!("{quoi}-{etudiant_id}-{code}"));
    Some(Voulue {
        etudiant_id,
        code: code.to_owned(),
        niveau: Some(dit("niveau").filter(|n| !n.is_empty())?.clone()),
        motif: dit("motif").cloned().unwrap_or_default(),
        version: dit("version").and_then(|v| v.parse().ok()).unwrap_or_default(),
    })
}

pub async fn create(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(champs): Form<Champs>,
) -> Result<Response> {
    let dit = |quoi: &str| champs.get(quoi).cloned().unwrap_or_default();
    let choix =
        Choix { bloc: dit("bloc"), code: dit("code"), etudiant: dit("etudiant"), faits: None };
    let mut db = app.begin(&enseignant).await?;
    let ici = lieu(&enseignant, &mut db, id, &choix).await?;
    let cle: Uuid = dit("cle").parse().unwrap_or_default();
    let voulues = voulues(&ici, &champs);
    let mut erreurs = FormErrors::default();
    erreurs.cle("decisions", cle);
    if voulues.is_empty() {
        erreurs
            .add("decisions", "Cochez au moins une personne, avec au moins un niveau à arrêter.");
    } else if voulues.len() > LOT_MAX {
        erreurs.add("decisions", "Cet envoi est trop grand. Choisissez moins de personnes.");
    }
    let mut refus = vec![];
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if champs.contains_key("reprise") {
        (status, erreurs) = (StatusCode::OK, FormErrors::default());
    } else if erreurs.is_empty() {
        let promotion = (&ici.promotion, &*ici.edition);
        match enseignant.decider(&mut db, promotion, &voulues, cle).await? {
            Issue::Ecrites(n) => {
                db.commit().await?;
                let Choix { bloc, code, etudiant, .. } = choix;
                let question = [
                    ("bloc", bloc),
                    ("code", code),
                    ("etudiant", etudiant),
                    ("faits", n.to_string()),
                ];
                let question = serde_html_form::to_string(question).map_err(anyhow::Error::from)?;
                let vers = format!("/promotions/{id}/validations?{question}");
                return Ok(Redirect::to(&vers).into_response());
            }
            Issue::Refusees(r) => refus = r,
        }
        if refus.iter().any(|r| r.depasse) {
            status = StatusCode::CONFLICT;
        }
        for r in &refus {
            erreurs.add(&format!("niveau-{}-{}", r.etudiant_id, r.code), r.message.clone());
        }
    }
    let lu = (Some(&champs), &refus[..]);
    let mut page = page(&app, &enseignant, &mut db, (ici, choix), lu).await?;
    page.erreurs = erreurs;
    Ok((status, page).into_response())
}
