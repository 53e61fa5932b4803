//! The livret scolaire of a promotion: what is filled and by whom, how it is cut, when it is closed; what is taken away of it.
use std::collections::HashMap;

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use uuid::Uuid;

use super::{
    Decoupage, Reglages, Rubrique, Scolaire, Session, Valeur,
    calcul::{Classe, Repartition},
    import_pages, lire, nombre, page_copie, page_saisie,
};
use crate::{
    app::{App, Db},
    compte::Enseignant,
    error::{Error, Result},
    form::{Form, FormErrors, Path},
    page::Cadre,
    promotion::Promotion,
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/promotions/{id}/scolaire", get(index))
        .route("/promotions/{id}/scolaire/reglages", post(regler))
        .route("/promotions/{id}/scolaire/arret", post(arreter))
        .merge(page_saisie::routes())
        .merge(page_copie::routes())
        .merge(import_pages::routes())
}

type Champs = HashMap<String, String>;

/// One of my promotions, and its livret scolaire; nothing where no official model is known for its session.
pub(super) async fn trouver(
    db: &mut Db,
    enseignant: &Enseignant,
    id: i64,
) -> Result<(Promotion, Option<Scolaire>)> {
    let promotion = enseignant.promotion(db, id).await?;
    let scolaire = lire(db, &promotion, enseignant.aujourd_hui()).await?;
    Ok((promotion, scolaire))
}

pub(super) fn sans_modele() -> Error {
    Error::Refused(
        "Aucun modèle officiel de livret scolaire n’est connu pour la session de cette promotion. Demandez à \
         l’administration de vérifier l’année d’examen."
            .into(),
    )
}

/// A part of the livret scolaire, as the overview shows it.
struct Partie {
    code: String,
    intitule: String,
    /// « 30 sur 32 », for each thing that it says.
    remplis: Vec<(String, usize)>,
    /// Who wrote last, and when.
    derniere: Option<String>,
    /// The averages of the class, of an enseignement.
    classe: Option<Classe>,
}

#[derive(Template, WebTemplate)]
#[template(path = "scolaire/index.html")]
struct Index {
    cadre: Cadre,
    promotion: Promotion,
    scolaire: Option<Scolaire>,
    parties: Vec<Partie>,
    repartition: Option<Repartition>,
    /// The settings, as they stand or as they were typed: cut, then year, sat and passed of each past session.
    decoupage: String,
    sessions: Vec<[String; 3]>,
    erreurs: FormErrors,
    cle: Uuid,
    reprise: bool,
}

impl Partie {
    /// The average of the class for a year, from 0.
    fn annee(&self, an: usize) -> String {
        nombre::dire_si(self.classe.as_ref().and_then(|c| c.annees[an]))
    }
}

/// What is filled of a rubrique, each thing in words with how many students have it.
fn remplis(scolaire: &Scolaire, rubrique: &Rubrique) -> Vec<(String, usize)> {
    let compter = |quoi: &dyn Fn(&Valeur) -> bool| {
        let siens = scolaire.etudiants.iter();
        siens.filter(|e| quoi(&scolaire.valeur(rubrique, e.id()))).count()
    };
    match rubrique {
        Rubrique::Enseignement(_) => {
            let an = |an: usize| {
                compter(&|v: &Valeur| matches!(v, Valeur::Bulletin(b) if b.annee(an).is_some()))
            };
            let dite = |v: &Valeur| matches!(v, Valeur::Bulletin(b) if !b.appreciation.is_empty());
            vec![
                ("1re année".into(), an(0)),
                ("2e année".into(), an(1)),
                ("appréciations".into(), compter(&dite)),
            ]
        }
        Rubrique::Conseil => vec![
            ("avis".into(), compter(&|v| matches!(v, Valeur::Conseil(c) if c.avis.is_some()))),
            ("PIX".into(), compter(&|v| matches!(v, Valeur::Conseil(c) if c.pix.is_some()))),
        ],
        Rubrique::Candidat => vec![
            (
                "naissance".into(),
                compter(&|v| matches!(v, Valeur::Candidat(c) if c.naissance.is_some())),
            ),
            ("INE".into(), compter(&|v| matches!(v, Valeur::Candidat(c) if c.ine.is_some()))),
        ],
    }
}

fn parties(scolaire: &Scolaire) -> Vec<Partie> {
    let une = |r: Rubrique| Partie {
        code: r.code().to_owned(),
        intitule: r.intitule(scolaire.modele),
        remplis: remplis(scolaire, &r),
        derniere: scolaire.derniere(&r).map(super::Ligne::signature),
        classe: match &r {
            Rubrique::Enseignement(code) => Some(scolaire.classe(code)),
            _ => None,
        },
    };
    scolaire.rubriques().into_iter().map(une).collect()
}

/// Past sessions that are kept: a choice of the official workbook, whose first tab has as many rows.
const SESSIONS: usize = 5;

/// The rows of the past sessions: what is said, then the years before the exam that nobody said.
fn sessions(scolaire: &Scolaire, dits: Option<&Champs>) -> Vec<[String; 3]> {
    let dit = |n: usize, quoi: &str| {
        dits.map(|d| d.get(&format!("{quoi}-{n}")).cloned().unwrap_or_default())
    };
    let une = |n: usize| {
        let sue = scolaire.sessions.get(n);
        let plus_tot = scolaire.sessions.last().map_or(scolaire.session, |s| s.annee);
        let avant = i32::try_from(n + 1 - scolaire.sessions.len().min(n)).unwrap_or(1);
        let annee = sue.map_or(plus_tot - avant, |s| s.annee);
        let lus = [
            annee.to_string(),
            sue.map(|s| s.presentes.to_string()).unwrap_or_default(),
            sue.map(|s| s.recus.to_string()).unwrap_or_default(),
        ];
        let mut typees = ["annee", "presentes", "recus"].map(|quoi| dit(n, quoi));
        std::array::from_fn(|i| typees[i].take().unwrap_or_else(|| lus[i].clone()))
    };
    (0..SESSIONS).map(une).collect()
}

fn page(
    app: &App,
    enseignant: &Enseignant,
    (promotion, scolaire): (Promotion, Option<Scolaire>),
    (dits, erreurs): (Option<&Champs>, FormErrors),
) -> Index {
    let decoupage = dits.and_then(|d| d.get("decoupage")).cloned();
    let actuel = scolaire.as_ref().map_or("", |s| s.decoupage.code());
    Index {
        cadre: enseignant.cadre("/promotions"),
        parties: scolaire.as_ref().map(parties).unwrap_or_default(),
        repartition: scolaire.as_ref().map(Scolaire::repartition),
        decoupage: decoupage.unwrap_or_else(|| actuel.to_owned()),
        sessions: scolaire.as_ref().map(|s| sessions(s, dits)).unwrap_or_default(),
        promotion,
        scolaire,
        erreurs,
        cle: app.random.uuid(),
        reprise: dits.is_some_and(|d| d.contains_key("reprise")),
    }
}

async fn index(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
) -> Result<Index> {
    let mut db = app.begin(&enseignant).await?;
    let tout = trouver(&mut db, &enseignant, id).await?;
    Ok(page(&app, &enseignant, tout, (None, FormErrors::default())))
}

/// The settings as typed; what cannot be read is said.
fn reglages(scolaire: &Scolaire, dits: &Champs, erreurs: &mut FormErrors) -> Option<Reglages> {
    let decoupage = Decoupage::nomme(dits.get("decoupage").map_or("", String::as_str));
    if decoupage.is_none() {
        erreurs.add("decoupage", "Choisissez deux semestres ou trois trimestres.");
    }
    let mut sessions: Vec<Session> = vec![];
    for n in 0..SESSIONS {
        let dit = |quoi: &str| dits.get(&format!("{quoi}-{n}")).map_or("", |d| d.trim());
        let (presentes, recus) = (dit("presentes"), dit("recus"));
        if presentes.is_empty() && recus.is_empty() {
            continue;
        }
        let annee = dit("annee").parse::<i32>().ok();
        let annee = annee.filter(|a| (scolaire.session - 20..scolaire.session).contains(a));
        let compte = |t: &str| t.parse::<u32>().ok().filter(|n| *n <= 9999);
        match (annee, compte(presentes), compte(recus)) {
            (None, ..) => erreurs.add(
                &format!("annee-{n}"),
                format!("Écrivez l’année d’une session passée, avant {}.", scolaire.session),
            ),
            (_, None, _) => erreurs.add(
                &format!("presentes-{n}"),
                "Écrivez le nombre de candidats présentés, en chiffres.",
            ),
            (_, _, None) => {
                erreurs.add(&format!("recus-{n}"), "Écrivez le nombre de reçus, en chiffres.");
            }
            (_, Some(p), Some(r)) if r > p => erreurs.add(
                &format!("recus-{n}"),
                format!("{r} reçus pour {p} présentés\u{a0}: corrigez l’un des deux."),
            ),
            (Some(a), ..) if sessions.iter().any(|s| s.annee == a) => erreurs
                .add(&format!("annee-{n}"), format!("La session {a} est déjà dans le tableau.")),
            (Some(annee), Some(presentes), Some(recus)) => {
                sessions.push(Session { annee, presentes, recus });
            }
        }
    }
    sessions.sort_by_key(|s| -s.annee);
    decoupage.filter(|_| erreurs.is_empty()).map(|decoupage| Reglages { decoupage, sessions })
}

fn lue(dits: &Champs) -> (i64, Uuid) {
    let lire = |quoi: &str| dits.get(quoi).map_or("", String::as_str);
    (lire("version").parse().unwrap_or(-1), lire("cle").parse().unwrap_or_default())
}

async fn regler(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(dits): Form<Champs>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let elle = enseignant.coordonnateur(&mut db, id).await?;
    let (promotion, scolaire) = trouver(&mut db, &enseignant, id).await?;
    let scolaire = scolaire.ok_or_else(sans_modele)?;
    let mut erreurs = FormErrors::default();
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if dits.contains_key("reprise") {
        status = StatusCode::OK;
    } else {
        erreurs.cle("decoupage", lue(&dits).1);
        if let Some(voulu) = reglages(&scolaire, &dits, &mut erreurs) {
            match elle.regler_scolaire(&mut db, &voulu, lue(&dits)).await {
                Ok(()) => {
                    db.commit().await?;
                    let vers = format!("/promotions/{id}/scolaire#reglages");
                    return Ok(Redirect::to(&vers).into_response());
                }
                Err(Error::Conflict(message)) => {
                    status = StatusCode::CONFLICT;
                    erreurs.add("decoupage", message);
                }
                Err(Error::Refused(message)) => erreurs.add("decoupage", message),
                Err(autre) => return Err(autre),
            }
        }
    }
    let tout = (promotion, Some(scolaire));
    Ok((status, page(&app, &enseignant, tout, (Some(&dits), erreurs))).into_response())
}

async fn arreter(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(dits): Form<Champs>,
) -> Result<Redirect> {
    let mut db = app.begin(&enseignant).await?;
    let elle = enseignant.coordonnateur(&mut db, id).await?;
    // After a sign-in on the way: the page is shown again, the button is there.
    if !dits.contains_key("reprise") {
        let arrete = match dits.get("geste").map(String::as_str) {
            Some("arreter") => true,
            Some("rouvrir") => false,
            _ => return Err(Error::Unreadable),
        };
        if lue(&dits).1.is_nil() {
            return Err(Error::Unreadable);
        }
        elle.arreter_scolaire(&mut db, arrete, lue(&dits)).await?;
        db.commit().await?;
    }
    Ok(Redirect::to(&format!("/promotions/{id}/scolaire#arret")))
}
