//! A sheet as it is read: by a teacher, who says what is to be taken up again and where it stands; by its author, once the
//! team keeps it.
use std::borrow::Borrow;

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
use time::{Date, PrimitiveDateTime};
use uuid::Uuid;

use super::{
    Fiche, Modele, Remarque, Texte, page_ecriture::Lieu, relecture::Suite, remarques, versions,
};
use crate::{
    app::{App, Db},
    compte::{Deposant, Enseignant},
    consultation, date,
    error::{Error, Result},
    etudiant::Etudiant,
    form::{Form, FormErrors, Path},
    page::Cadre,
    preuve::Fichier,
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/etudiants/{id}/fiches/{fiche}", get(show))
        .route("/etudiants/{id}/fiches/{fiche}/remarques", post(remark))
        .route("/etudiants/{id}/fiches/{fiche}/levee", post(lift))
        .route("/etudiants/{id}/fiches/{fiche}/suite", post(follow))
}

/// What was typed in one of the forms of the page, and what is wrong with it.
#[derive(Debug, Default)]
pub(super) struct Dit {
    remarque: Remarquee,
    suite: Suivie,
    reprise: bool,
    erreurs: FormErrors,
}

#[derive(Template, WebTemplate)]
#[template(path = "fiche/show.html")]
pub(super) struct Show {
    cadre: Cadre,
    /// Her own page.
    moi: bool,
    base: String,
    etudiant: Etudiant,
    fiche: Fiche,
    modele: &'static Modele,
    texte: Texte,
    ecrite_le: Option<PrimitiveDateTime>,
    /// What each version said, to tell what a remark was about.
    toutes: Vec<super::Version>,
    remarques: Vec<Remarque>,
    annexe: Option<Fichier>,
    /// What it was made from: number and title.
    preuves: Vec<(i64, String)>,
    jour: String,
    cle: Uuid,
    dit: Dit,
}

impl Show {
    fn nature(&self) -> &str {
        let dite = self.texte.nature.as_deref().and_then(|n| self.modele.nature(n));
        dite.map_or("pas encore choisie", |n| &n.intitule)
    }

    fn dites(&self, code: &str) -> Vec<&Remarque> {
        self.remarques.iter().filter(|r| r.rubrique == code).collect()
    }

    /// The rubric is no more what it was when this was said of it.
    fn reprise(&self, r: &Remarque) -> bool {
        let alors = self.toutes.iter().find(|v| v.rang == r.rang);
        match alors {
            Some(v) if r.rubrique.is_empty() => v.texte != self.texte,
            Some(v) => v.texte.de(&r.rubrique) != self.texte.de(&r.rubrique),
            None => false,
        }
    }

    fn remplies(&self) -> String {
        let (oui, toutes) = self.texte.remplies(self.modele);
        format!("{oui} sur {toutes}")
    }

    fn manques(&self) -> Vec<&str> {
        let mut dits = self.texte.manques(self.modele);
        if self.modele.annexe_jointe.is_some() && !self.fiche.annexe {
            dits.push("l’annexe à joindre");
        }
        dits
    }

    /// Where the remark that was refused is on the page.
    fn ou(&self) -> Option<String> {
        let ou = ancre(&self.dit.remarque.rubrique);
        self.dit.erreurs.get(&ou).map(|_| ou.clone())
    }

    /// How many rows a line has.
    fn rangees(&self, ligne: &super::modele::Ligne) -> usize {
        let de = |r: &super::modele::Rubrique| self.texte.de(&r.code).len();
        ligne.rubriques.iter().map(de).max().unwrap_or_default()
    }

    fn case(&self, code: &str, rang: impl Borrow<usize>) -> &str {
        self.texte.de(code).get(*rang.borrow()).map_or("", String::as_str)
    }

    pub async fn ouvrir(
        app: &App,
        db: &mut Db,
        (qui, lieu): (&Deposant, Lieu),
        dit: Option<Dit>,
    ) -> Result<Self> {
        let Lieu { etudiant, fiche, modele } = lieu;
        let moi = matches!(qui, Deposant::Etudiant(_));
        let toutes = versions(db, fiche.fiche_id).await?;
        let derniere = toutes.last();
        let jour = qui.compte().aujourd_hui();
        Ok(Self {
            cadre: qui.compte().cadre(if moi { "/fiches" } else { "/promotions" }),
            moi,
            base: if moi {
                format!("/fiches/{}", fiche.fiche_id)
            } else {
                format!("/etudiants/{}/fiches/{}", etudiant.id(), fiche.fiche_id)
            },
            texte: derniere.map(|v| v.texte.clone()).unwrap_or_default(),
            ecrite_le: derniere.map(|v| v.ecrite_le),
            remarques: remarques(db, fiche.fiche_id).await?,
            annexe: super::annexe::annexe(db, &fiche).await?,
            preuves: preuves(db, &fiche).await?,
            toutes,
            etudiant,
            fiche,
            modele,
            jour: date::iso(&jour),
            cle: app.random.uuid(),
            dit: dit.unwrap_or_default(),
        })
    }
}

/// What a sheet was made from.
async fn preuves(db: &mut Db, fiche: &Fiche) -> Result<Vec<(i64, String)>> {
    let lignes = sqlx::query!(
        "select p.preuve_id, p.titre from livret.fiche_preuve fp join livret.preuve p using (etablissement_id, preuve_id)
          where fp.etablissement_id = livret.ici() and fp.fiche_id = $1 order by p.preuve_id",
        fiche.fiche_id
    )
    .fetch_all(&mut **db)
    .await?;
    Ok(lignes.into_iter().map(|l| (l.preuve_id, l.titre)).collect())
}

/// A sheet of one of my students, once she has recorded something.
async fn lieu(
    enseignant: &Enseignant,
    db: &mut Db,
    (id, fiche): (i64, i64),
) -> Result<(Deposant, Lieu)> {
    let qui = Deposant::from(enseignant);
    let lieu = Lieu::trouver(db, &qui, Some(id), fiche).await?;
    Ok((qui, lieu))
}

async fn show(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(ou): Path<(i64, i64)>,
) -> Result<Show> {
    let mut db = app.begin(&enseignant).await?;
    let (qui, lieu) = lieu(&enseignant, &mut db, ou).await?;
    let page = Show::ouvrir(&app, &mut db, (&qui, lieu), None).await?;
    consultation::noter(db, &enseignant, &[ou.0]);
    Ok(page)
}

async fn refusee(
    app: &App,
    mut db: Db,
    (qui, lieu): (Deposant, Lieu),
    (status, dit): (StatusCode, Dit),
) -> Result<Response> {
    let page = Show::ouvrir(app, &mut db, (&qui, lieu), Some(dit)).await?;
    Ok((status, page).into_response())
}

/// What is said of a rubric.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Remarquee {
    rubrique: String,
    texte: String,
    rang: i32,
    cle: Uuid,
    reprise: Option<String>,
}

/// The longest remark.
const REMARQUE_MAX: usize = 2000;

async fn remark(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(ou): Path<(i64, i64)>,
    Form(saisie): Form<Remarquee>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let (qui, lieu) = lieu(&enseignant, &mut db, ou).await?;
    let mut erreurs = FormErrors::default();
    let ancre = ancre(&saisie.rubrique);
    erreurs.cle(&ancre, saisie.cle);
    let texte = saisie.texte.trim().replace('\0', "").replace("\r\n", "\n");
    let longueur = texte.chars().count();
    if texte.is_empty() {
        erreurs.add(&ancre, "Écrivez la remarque avant de l’enregistrer.");
    } else if longueur > REMARQUE_MAX {
        erreurs.add(
            &ancre,
            format!("Cette remarque compte {longueur} caractères\u{a0}: {REMARQUE_MAX} au plus."),
        );
    }
    if !saisie.rubrique.is_empty() && lieu.modele.rubrique(&saisie.rubrique).is_none() {
        erreurs.add(&ancre, "Cette rubrique n’existe pas dans ce modèle. Choisissez-en une autre.");
    }
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    let reprise = saisie.reprise.is_some();
    if reprise {
        (status, erreurs) = (StatusCode::OK, FormErrors::default());
    } else if erreurs.is_empty() {
        let la = (&lieu.etudiant, &lieu.fiche);
        let dite = (saisie.rubrique.as_str(), texte.as_str(), saisie.rang);
        match enseignant.remarquer_fiche(&mut db, la, dite, saisie.cle).await {
            Ok(()) => {
                db.commit().await?;
                let vers = format!("/etudiants/{}/fiches/{}#{ancre}", ou.0, ou.1);
                return Ok(Redirect::to(&vers).into_response());
            }
            Err(Error::Refused(message)) => erreurs.add(&ancre, message),
            Err(autre) => return Err(autre),
        }
    }
    let dit = Dit { remarque: saisie, reprise, erreurs, ..Dit::default() };
    refusee(&app, db, (qui, lieu), (status, dit)).await
}

/// Where a rubric is on the page.
fn ancre(rubrique: &str) -> String {
    let connue = rubrique.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    if rubrique.is_empty() || !connue { "ensemble".into() } else { format!("r-{rubrique}") }
}

/// A remark that is answered.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Levee {
    remarque: i64,
    cle: Uuid,
    reprise: Option<String>,
}

async fn lift(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(ou): Path<(i64, i64)>,
    Form(levee): Form<Levee>,
) -> Result<Redirect> {
    let mut db = app.begin(&enseignant).await?;
    let (_, lieu) = lieu(&enseignant, &mut db, ou).await?;
    // After a sign-in on the way: the page is shown again, the button is there.
    if levee.reprise.is_none() {
        if levee.cle.is_nil() {
            return Err(Error::Unreadable);
        }
        let quoi = (&lieu.etudiant, &lieu.fiche);
        enseignant.lever_remarque(&mut db, quoi, levee.remarque, levee.cle).await?;
        db.commit().await?;
    }
    Ok(Redirect::to(&format!("/etudiants/{}/fiches/{}#remarques", ou.0, ou.1)))
}

/// Where it is to stand.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Suivie {
    suite: String,
    motif: String,
    le: String,
    version: i64,
    cle: Uuid,
    reprise: Option<String>,
}

impl Suivie {
    fn check(&self, debut: Date, erreurs: &mut FormErrors) -> Option<Suite> {
        erreurs.cle("suite", self.cle);
        let suite = match self.suite.as_str() {
            "relire" => Suite::Relire,
            "retenir" => Suite::Retenir,
            "viser" => Suite::Viser,
            "rendre" => Suite::Rendre(erreurs.ligne("motif", &self.motif, 1000)),
            "deposer" => {
                let le = date::lire(&self.le);
                if le.is_none() {
                    erreurs.add("le", "Cette date n’existe pas. Écrivez-la jj/mm/aaaa.");
                } else if le < Some(debut) {
                    let debut = date::longue(&debut);
                    erreurs.add(
                        "le",
                        format!("La formation a commencé le {debut}. Donnez une date à partir de ce jour."),
                    );
                }
                Suite::Deposer(le?)
            }
            _ => {
                erreurs.add("suite", "Choisissez la suite à donner à cette fiche.");
                return None;
            }
        };
        erreurs.is_empty().then_some(suite)
    }
}

async fn follow(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(ou): Path<(i64, i64)>,
    Form(suivie): Form<Suivie>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let (qui, lieu) = lieu(&enseignant, &mut db, ou).await?;
    let mut erreurs = FormErrors::default();
    let debut = enseignant.promotion(&mut db, lieu.fiche.promotion_id).await?.debut;
    let suite = suivie.check(debut, &mut erreurs);
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    let reprise = suivie.reprise.is_some();
    if reprise {
        (status, erreurs) = (StatusCode::OK, FormErrors::default());
    } else if let Some(suite) = suite {
        let la = (&lieu.etudiant, &lieu.fiche, lieu.modele);
        let lue = (suivie.version, suivie.cle);
        match enseignant.suivre_fiche(&mut db, la, &suite, lue).await {
            Ok(()) => {
                db.commit().await?;
                let vers = format!("/etudiants/{}/fiches/{}#suite", ou.0, ou.1);
                return Ok(Redirect::to(&vers).into_response());
            }
            Err(Error::Refused(message)) => erreurs.add("suite", message),
            Err(Error::Conflict(message)) => {
                status = StatusCode::CONFLICT;
                erreurs.add("suite", message);
            }
            Err(autre) => return Err(autre),
        }
    }
    let dit = Dit { suite: suivie, reprise, erreurs, ..Dit::default() };
    refusee(&app, db, (qui, lieu), (status, dit)).await
}
