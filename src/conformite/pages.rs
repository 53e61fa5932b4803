//! The board of a class's files, what a student reads of hers, and what is taken away of both.
use std::cmp::Reverse;

use askama::Template;
use askama_web::WebTemplate;
use axum::{Router, extract::State, response::Response, routing::get};
use serde::Deserialize;

use super::{
    calcul::{Constat, Sujet, Verdict},
    lecture::{Candidat, Classe, classe},
    notification, tableur,
};
use crate::{
    app::{App, Db},
    compte::{Enseignant, Moi},
    consultation,
    error::{Error, Result},
    etudiant::Etudiant,
    examen::{self, Examen},
    form::{Path, Query},
    impression::{download, make},
    page::Cadre,
    promotion::Promotion,
    referentiel,
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/promotions/{id}/conformite", get(index))
        .route("/promotions/{id}/conformite.xlsx", get(export))
        .route("/conformite", get(mine))
        .route("/etudiants/{id}/conformite/{epreuve}/notification.pdf", get(notify))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Choix {
    verdict: String,
    epreuve: String,
}

/// The board, with that choice.
fn adresse(promotion: i64, verdict: &str, epreuve: &str) -> String {
    let base = format!("/promotions/{promotion}/conformite");
    match (verdict, epreuve) {
        ("", "") => base,
        ("", e) => format!("{base}?epreuve={e}"),
        (v, "") => format!("{base}?verdict={v}"),
        (v, e) => format!("{base}?verdict={v}&epreuve={e}"),
    }
}

/// A link that shows a part of the board.
struct Filtre {
    href: String,
    intitule: String,
    actif: bool,
}

#[derive(Template, WebTemplate)]
#[template(path = "conformite/index.html")]
struct Index {
    cadre: Cadre,
    promotion: Promotion,
    /// « 3 risques NV, 20 à compléter, 9 conformes ».
    comptes: String,
    /// Everybody's, before a verdict is chosen.
    effectif: usize,
    candidats: Vec<Candidat>,
    /// What is shown of each: code of the épreuve, its title.
    epreuves: Vec<(&'static str, &'static str)>,
    verdicts: Vec<Filtre>,
    dossiers: Vec<Filtre>,
    connue: bool,
    /// The address asked for what does not exist.
    inconnue: bool,
}

impl Index {
    /// Where a teacher sets it right.
    fn vers(&self, k: &Candidat, c: &Constat) -> String {
        let (promotion, elle) = (self.promotion.promotion_id, k.etudiant.id());
        match c.sujet {
            Sujet::Duree => format!("/promotions/{promotion}/stages"),
            Sujet::Piece(n) => match k.papiers.get(n).and_then(|p| p.periode_id) {
                Some(periode) => format!("/etudiants/{elle}/stages/{periode}#attestation"),
                None => format!("/etudiants/{}/piece", k.etudiant.id()),
            },
            Sujet::Depot | Sujet::Fiches => format!("/promotions/{promotion}/fiches"),
        }
    }
}

/// One of my promotions, and what is known of its files; nothing where no rules are known for its session.
async fn lire(
    enseignant: &Enseignant,
    db: &mut Db,
    id: i64,
) -> Result<(Promotion, Option<Classe>)> {
    let promotion = enseignant.promotion(db, id).await?;
    let edition = referentiel::find(&mut **db, promotion.edition_id).await?;
    let Some(examen) = examen::lire(db, id, &edition).await? else { return Ok((promotion, None)) };
    let jour = enseignant.aujourd_hui();
    let etudiants = promotion.etudiants(db, jour).await?;
    let classe = classe(db, examen, etudiants, jour).await?;
    Ok((promotion, Some(classe)))
}

/// The worst first, then in the order of French lists.
fn trier(candidats: &mut [Candidat]) {
    candidats.sort_by_key(|k| Reverse(k.verdict()));
}

/// « 3 risques NV, 20 à compléter, 9 conformes ».
fn compter(candidats: &[Candidat]) -> String {
    let combien = |v: Verdict| candidats.iter().filter(|k| k.verdict() == v).count();
    Verdict::TOUS.map(|v| v.compte(combien(v))).join(", ")
}

/// The links that choose, for these épreuves.
fn filtres(
    choix: &Choix,
    promotion: i64,
    toutes: &[(&'static str, &'static str)],
) -> (Vec<Filtre>, Vec<Filtre>) {
    let un = |(verdict, epreuve): (&str, &str), intitule: &str, actif| Filtre {
        href: adresse(promotion, verdict, epreuve),
        intitule: intitule.to_owned(),
        actif,
    };
    let par_verdict =
        |v: &Verdict| un((v.code(), &choix.epreuve), v.pluriel(), v.code() == choix.verdict);
    let par_epreuve = |(code, _): &(&str, &str)| {
        un((&choix.verdict, code), &format!("Dossier {code}"), *code == choix.epreuve)
    };
    let mut verdicts = vec![un(("", &choix.epreuve), "Tous", choix.verdict.is_empty())];
    verdicts.extend(Verdict::TOUS.iter().map(par_verdict));
    let tous = un((&choix.verdict, ""), "Tous les dossiers", choix.epreuve.is_empty());
    let mut dossiers = vec![tous];
    dossiers.extend(toutes.iter().map(par_epreuve));
    (verdicts, dossiers)
}

async fn index(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Query(dit): Query<Choix>,
) -> Result<Index> {
    let mut db = app.begin(&enseignant).await?;
    let (promotion, classe) = lire(&enseignant, &mut db, id).await?;
    let connue = classe.is_some();
    let (mut toutes, mut candidats) = (vec![], vec![]);
    if let Some(Classe { examen, candidats: tous }) = classe {
        let regles = examen.reglement.dossiers.iter();
        toutes = regles.map(|d| (d.epreuve.as_str(), d.intitule.as_str())).collect();
        candidats = tous;
    }
    let epreuve = toutes.iter().find(|e| e.0 == dit.epreuve).map_or("", |e| e.0);
    let verdict = Verdict::nomme(&dit.verdict);
    let choix =
        Choix { verdict: verdict.map_or("", Verdict::code).into(), epreuve: epreuve.into() };
    let inconnue = choix.verdict != dit.verdict || choix.epreuve != dit.epreuve;
    let (verdicts, dossiers) = filtres(&choix, id, &toutes);
    let montree = |e: &str| epreuve.is_empty() || e == epreuve;
    for k in &mut candidats {
        k.dossiers.retain(|d| montree(&d.regle.epreuve));
    }
    toutes.retain(|e| montree(e.0));
    let (comptes, effectif) = (compter(&candidats), candidats.len());
    candidats.retain(|k| verdict.is_none_or(|v| k.verdict() == v));
    trier(&mut candidats);
    Ok(Index {
        cadre: enseignant.cadre("/promotions"),
        promotion,
        comptes,
        effectif,
        candidats,
        epreuves: toutes,
        verdicts,
        dossiers,
        connue,
        inconnue,
    })
}

/// No rules are known for the session: nothing can be said of a file.
fn sans_regle() -> Error {
    Error::Refused(
        "Aucune règle d’examen n’est connue pour la session de cette promotion\u{a0}: la conformité \
         des dossiers ne peut pas y être vérifiée. Suivez la circulaire de votre académie."
            .into(),
    )
}

async fn export(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let (promotion, classe) = lire(&enseignant, &mut db, id).await?;
    let mut classe = classe.ok_or_else(sans_regle)?;
    trier(&mut classe.candidats);
    let leurs: Vec<i64> = classe.candidats.iter().map(|k| k.etudiant.id()).collect();
    let nom = format!("Conformité {}.xlsx", promotion.nom);
    let origine = tableur::Origine::new(&enseignant, &promotion, compter(&classe.candidats));
    let octets = make(&app, (classe, origine), |(c, o)| tableur::xlsx(c, o)).await?;
    consultation::noter(db, &enseignant, &leurs);
    download(octets, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", &nom)
}

#[derive(Template, WebTemplate)]
#[template(path = "conformite/mien.html")]
struct Mine {
    cadre: Cadre,
    candidat: Option<Candidat>,
}

/// The exam that a student prepares.
async fn examen_de(db: &mut Db, etudiant: &Etudiant) -> Result<Option<Examen>> {
    let edition = referentiel::find(&mut **db, etudiant.edition_id).await?;
    examen::lire(db, etudiant.promotion_id(), &edition).await
}

async fn mine(moi: Moi, State(app): State<App>) -> Result<Mine> {
    let mut db = app.begin(&moi).await?;
    let etudiant = moi.etudiant(&mut db).await?;
    let candidat = match examen_de(&mut db, &etudiant).await? {
        Some(examen) => {
            classe(&mut db, examen, vec![etudiant], moi.aujourd_hui()).await?.candidats.pop()
        }
        None => None,
    };
    Ok(Mine { cadre: moi.cadre("/conformite"), candidat })
}

async fn notify(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, epreuve)): Path<(i64, String)>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let etudiant = enseignant.etudiant(&mut db, id).await?;
    let examen = examen_de(&mut db, &etudiant).await?.ok_or_else(sans_regle)?;
    let jour = enseignant.aujourd_hui();
    let mut classe = classe(&mut db, examen, vec![etudiant], jour).await?;
    let elle = classe.candidats.pop().ok_or(Error::NotFound)?;
    let dossier = elle.dossiers.iter().find(|d| d.regle.epreuve == epreuve);
    let dossier = dossier.ok_or(Error::NotFound)?;
    let document = notification::Document::new(&enseignant, &elle, dossier)?;
    let nom = format!("{}.pdf", document.titre);
    let octets = make(&app, document, notification::Document::imprimer).await?;
    consultation::noter(db, &enseignant, &[id]);
    download(octets, "application/pdf", &nom)
}
