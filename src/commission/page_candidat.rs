//! The official grid of a candidate: ticked alone, handed in, then compared and settled; with the livret beside it.
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
    Candidat, Evaluation, Grille, Note,
    accord::{self, Ecart},
    appui::Appui,
    coche::Cochee,
    modele,
    pages::Lieu,
};
use crate::{
    app::{App, Db},
    compte::Examinateur,
    date,
    error::{Error, Result},
    form::{Form, FormErrors, Path},
    page::{Cadre, filters},
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/commissions/{id}/candidats/{etudiant}", get(show))
        .route("/commissions/{id}/candidats/{etudiant}/grille", post(tick))
        .route("/commissions/{id}/candidats/{etudiant}/accord", post(settle))
}

/// A grid as it was typed.
#[derive(Debug, Clone, Default)]
struct Saisie {
    cochee: Cochee,
    bonus: String,
    cle: Uuid,
    rendre: bool,
    reprise: bool,
}

impl Saisie {
    fn lire(champs: Vec<(String, String)>) -> Self {
        let mut lue = Self::default();
        for (nom, valeur) in champs {
            match nom.as_str() {
                "choix" => lue.cochee.choix = Some(valeur).filter(|v| !v.is_empty()),
                "bonus" => valeur.trim().clone_into(&mut lue.bonus),
                "version" => lue.cochee.version = valeur.parse().unwrap_or(-1),
                "cle" => lue.cle = valeur.parse().unwrap_or_default(),
                "aller" => lue.rendre = valeur == "rendre",
                "reprise" => lue.reprise = true,
                autre => {
                    if let Some(ligne) = autre.strip_prefix("ligne-")
                        && !valeur.is_empty()
                    {
                        lue.cochee.coches.insert(ligne.to_owned(), valeur);
                    }
                }
            }
        }
        lue
    }

    fn check(&mut self, grille: &modele::Grille, complete: bool, erreurs: &mut FormErrors) {
        erreurs.cle("grille", self.cle);
        match self.bonus.parse() {
            Ok(bonus) => self.cochee.bonus = bonus,
            Err(_) if self.bonus.is_empty() => self.cochee.bonus = 0,
            Err(_) => erreurs.add("bonus", "Écrivez le bonus en points entiers."),
        }
        for (champ, message) in self.cochee.refus(grille, complete) {
            let champ =
                if grille.ligne(&champ).is_some() { format!("ligne-{champ}") } else { champ };
            erreurs.add(&champ, message);
        }
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "commission/candidat.html")]
struct Show {
    cadre: Cadre,
    lieu: Lieu,
    candidat: Candidat,
    grille: &'static modele::Grille,
    /// Hers is handed in, or she ticks none: the others' are shown when all are.
    mienne: Option<Grille>,
    rendues: Vec<Grille>,
    evaluation: Evaluation,
    appui: Appui,
    /// What the form shows.
    saisie: Cochee,
    bonus: String,
    erreurs: FormErrors,
    cle: Uuid,
}

impl Show {
    fn a_rendre(&self) -> bool {
        self.lieu.siege.examine() && self.mienne.as_ref().is_none_or(|g| g.rendue_le.is_none())
    }

    fn ecarts(&self) -> Vec<Ecart<'_>> {
        accord::ecarts(self.grille, &self.rendues)
    }

    fn coche(&self, ligne: &str, degre: &str) -> bool {
        self.saisie.coches.get(ligne).is_some_and(|d| d == degre)
    }

    fn rang(&self, degre: &str) -> Option<usize> {
        self.grille.degres.iter().position(|d| d.code == degre)
    }

    /// « 3 points »: what the text gives to this degree of the line.
    fn points(&self, ligne: &modele::Ligne, degre: &str) -> Option<String> {
        let points = ligne.points.get(self.rang(degre)?)?;
        Some(date::nombre(i64::from(*points), "point", "points"))
    }

    fn descripteur<'a>(&self, ligne: &'a modele::Ligne, degre: &str) -> Option<&'a str> {
        ligne.descripteurs.get(self.rang(degre)?).map(String::as_str)
    }

    /// Who ticked what on a line, when the grids are compared: « Mme MARTIN : S ».
    fn dits(&self, ligne: &str) -> Vec<String> {
        let dit = |g: &Grille| {
            let degre = g.coches.get(ligne).map_or("rien", String::as_str);
            format!("{}\u{a0}: {degre}", g.nom)
        };
        self.rendues.iter().map(dit).collect()
    }

    /// What is shown of the grid that they agreed on.
    fn officielle(&self) -> Option<Note> {
        let points = self.grille.points(&self.saisie.coches, self.saisie.bonus)?;
        Some(Note(i32::from(points) * 100))
    }

    fn indicative(&self) -> Option<Note> {
        self.lieu.deliberation.indicative(
            self.grille,
            self.saisie.choix.as_deref(),
            &self.saisie.coches,
        )
    }

    fn chemin(&self) -> String {
        let c = &self.lieu.siege.commission;
        format!("/commissions/{}/candidats/{}", c.commission_id, self.candidat.etudiant_id)
    }
}

async fn page(
    app: &App,
    (db, lieu): (&mut Db, Lieu),
    etudiant_id: i64,
    (saisie, erreurs): (Option<Saisie>, FormErrors),
) -> Result<Show> {
    let siege = &lieu.siege;
    let candidat = siege.candidat(etudiant_id)?.clone();
    let grille = lieu.grille.ok_or(Error::NotFound)?;
    let mienne = siege.ma_grille(db, etudiant_id).await?;
    let rendues = siege.rendues(db, etudiant_id).await?;
    let evaluation = siege.evaluation(db, etudiant_id).await?;
    let appui = siege.appui(db, (etudiant_id, Some(grille))).await?;
    let actuelle = actuelle(mienne.as_ref(), &rendues, &evaluation);
    let (saisie, bonus) = if let Some(s) = saisie {
        (Cochee { version: actuelle.version, ..s.cochee }, s.bonus)
    } else {
        let bonus = actuelle.bonus.to_string();
        (actuelle, bonus)
    };
    let (cadre, cle) = (siege.qui().compte().cadre("/commissions"), app.random.uuid());
    Ok(Show {
        cadre,
        lieu,
        candidat,
        grille,
        mienne,
        rendues,
        evaluation,
        appui,
        saisie,
        bonus,
        erreurs,
        cle,
    })
}

/// What a form begins with: what was agreed, what all say, or my own.
fn actuelle(mienne: Option<&Grille>, rendues: &[Grille], evaluation: &Evaluation) -> Cochee {
    if rendues.is_empty() {
        return mienne.map_or_else(Cochee::default, |g| Cochee {
            coches: g.coches.clone(),
            choix: g.choix.clone(),
            bonus: g.bonus,
            version: g.version,
        });
    }
    let (coches, choix, bonus) = match &evaluation.coches {
        Some(c) => (c.clone(), evaluation.choix.clone(), evaluation.bonus),
        None => accord::communes(rendues),
    };
    Cochee { coches, choix, bonus, version: evaluation.version }
}

async fn show(
    examinateur: Examinateur,
    State(app): State<App>,
    Path((id, etudiant)): Path<(i64, i64)>,
) -> Result<Response> {
    let mut db = app.begin(&examinateur).await?;
    let lieu = Lieu::trouver(&mut db, &examinateur, id).await?;
    lieu.siege.candidat(etudiant)?;
    if lieu.grille.is_none() {
        let vers = format!("/commissions/{id}/candidats/{etudiant}/evaluation");
        return Ok(Redirect::to(&vers).into_response());
    }
    let page = page(&app, (&mut db, lieu), etudiant, (None, FormErrors::default())).await?;
    Ok(page.into_response())
}

async fn tick(
    examinateur: Examinateur,
    State(app): State<App>,
    Path((id, etudiant)): Path<(i64, i64)>,
    Form(champs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    enregistrer(&examinateur, &app, (id, etudiant), (champs, false)).await
}

async fn settle(
    examinateur: Examinateur,
    State(app): State<App>,
    Path((id, etudiant)): Path<(i64, i64)>,
    Form(champs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    enregistrer(&examinateur, &app, (id, etudiant), (champs, true)).await
}

async fn enregistrer(
    examinateur: &Examinateur,
    app: &App,
    (id, etudiant): (i64, i64),
    (champs, accord): (Vec<(String, String)>, bool),
) -> Result<Response> {
    let mut db = app.begin(examinateur).await?;
    let lieu = Lieu::trouver(&mut db, examinateur, id).await?;
    lieu.siege.candidat(etudiant)?;
    let grille = lieu.grille.ok_or(Error::NotFound)?;
    let mut saisie = Saisie::lire(champs);
    let mut erreurs = FormErrors::default();
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    saisie.check(grille, accord || saisie.rendre, &mut erreurs);
    if saisie.reprise {
        (status, erreurs) = (StatusCode::OK, FormErrors::default());
    } else if erreurs.is_empty() {
        let quoi = (etudiant, grille);
        let fait = if accord {
            lieu.siege.accorder(&mut db, quoi, &saisie.cochee, saisie.cle).await
        } else {
            lieu.siege.cocher(&mut db, quoi, &saisie.cochee, (saisie.rendre, saisie.cle)).await
        };
        match fait {
            Ok(()) => {
                db.commit().await?;
                let suite = if accord { "/evaluation" } else { "" };
                let vers = format!("/commissions/{id}/candidats/{etudiant}{suite}");
                return Ok(Redirect::to(&vers).into_response());
            }
            Err(Error::Conflict(message)) => {
                status = StatusCode::CONFLICT;
                erreurs.add("grille", message);
            }
            Err(Error::Refused(message)) => erreurs.add("grille", message),
            Err(autre) => return Err(autre),
        }
    }
    let page = page(app, (&mut db, lieu), etudiant, (Some(saisie), erreurs)).await?;
    Ok((status, page).into_response())
}
