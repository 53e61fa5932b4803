//! The pages of evidence: a student's own, and those of a teacher for one of her students.
use std::sync::Arc;

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
use time::PrimitiveDateTime;
use uuid::Uuid;

use super::{
    Fichier, Preuve, depot,
    equipe::{Part, parts},
    fichier,
    recherche::{PAGE, Trouvee},
    version::Version,
};
use crate::{
    app::{App, Db, InTheNameOf},
    compte::{Enseignant, Moi},
    consultation,
    error::{Error, Result},
    etudiant::Etudiant,
    form::{Form, FormErrors, Path, Query},
    page::Cadre,
    promotion::Promotion,
    referentiel::{self, Edition},
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/preuves", get(mine))
        .route("/preuves/{id}", get(show_mine))
        .route("/preuves/{id}/part", post(part))
        .route("/preuves/{id}/versions/{version}", get(version_mine))
        .route("/promotions/{id}/preuves", get(search))
        .route("/etudiants/{id}/preuves", get(index))
        .route("/etudiants/{id}/preuves/{preuve}", get(show))
        .route("/etudiants/{id}/preuves/{preuve}/versions/{version}", get(version))
        .merge(fichier::routes())
        .merge(depot::routes())
}

/// The part of the address after `?`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Recherche {
    q: String,
}

impl Recherche {
    /// What is looked for: so much is enough.
    fn mots(self) -> String {
        self.q.trim().chars().take(200).collect()
    }
}

/// A draft, as the list shows it.
struct Ebauche {
    cle: Uuid,
    titre: String,
    repris_le: PrimitiveDateTime,
}

async fn ebauches(db: &mut Db, etudiant: &Etudiant) -> Result<Vec<Ebauche>> {
    Ok(sqlx::query_as!(
        Ebauche,
        r#"select cle, coalesce(nullif(trim(champs ->> 'titre'), ''), 'Sans titre') as "titre!",
                  repris_le at time zone e.fuseau as "repris_le!"
             from livret.brouillon join livret.etablissement e using (etablissement_id)
            where etablissement_id = livret.ici() and par = livret.moi() and etudiant_id = $1
            order by repris_le desc"#,
        etudiant.id()
    )
    .fetch_all(&mut **db)
    .await?)
}

#[derive(Template, WebTemplate)]
#[template(path = "preuve/index.html")]
struct Index {
    cadre: Cadre,
    base: String,
    etudiant: Etudiant,
    preuves: Vec<Preuve>,
    ebauches: Vec<Ebauche>,
    q: String,
    moi: bool,
}

impl Index {
    /// Those where a team mate named her and she has not answered.
    fn proposees(&self) -> impl Iterator<Item = &Preuve> {
        self.preuves.iter().filter(|p| !p.acceptee)
    }

    fn des_reponses(&self) -> bool {
        self.moi && self.preuves.iter().any(|p| !p.a_lire.is_empty())
    }

    fn siennes(&self) -> impl Iterator<Item = &Preuve> {
        self.preuves.iter().filter(|p| p.acceptee)
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "preuve/show.html")]
struct Show {
    cadre: Cadre,
    base: String,
    etudiant: Etudiant,
    edition: Arc<Edition>,
    preuve: Preuve,
    fichiers: Vec<Fichier>,
    parts: Vec<Part>,
    versions: Vec<Version>,
    /// She says her part here.
    saisie: String,
    erreurs: FormErrors,
    cle: Uuid,
    /// Whose page it is, when it is a student's own.
    moi: bool,
    /// Whoever looks recorded it, so may complete it.
    auteur: bool,
}

impl Show {
    fn adresse(&self) -> String {
        format!("{}/{}", self.base, self.preuve.preuve_id)
    }

    /// The others of the team, when there is one.
    fn equipe(&self) -> &[Part] {
        if self.parts.len() > 1 { &self.parts } else { &[] }
    }

    fn ma_part(&self) -> Option<&Part> {
        self.equipe().iter().find(|p| self.moi && p.etudiant_id == self.etudiant.etudiant_id)
    }
}

async fn mine(moi: Moi, State(app): State<App>, Query(r): Query<Recherche>) -> Result<Index> {
    let mut db = app.begin(&moi).await?;
    let etudiant = moi.etudiant(&mut db).await?;
    let (cadre, q) = (moi.cadre("/preuves"), r.mots());
    let preuves = etudiant.chercher(&mut db, &q).await?;
    let ebauches = ebauches(&mut db, &etudiant).await?;
    Ok(Index { cadre, base: "/preuves".to_owned(), etudiant, preuves, ebauches, q, moi: true })
}

async fn index(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Query(r): Query<Recherche>,
) -> Result<Index> {
    let mut db = app.begin(&enseignant).await?;
    let etudiant = enseignant.etudiant(&mut db, id).await?;
    let (cadre, q) = (enseignant.cadre("/promotions"), r.mots());
    let preuves = etudiant.chercher(&mut db, &q).await?;
    let ebauches = ebauches(&mut db, &etudiant).await?;
    consultation::noter(db, &enseignant, &[id]);
    Ok(Index { cadre, base: chez(&etudiant), etudiant, preuves, ebauches, q, moi: false })
}

/// What the page of a preuve needs beside who looks.
async fn fiche(
    (app, db): (&App, &mut Db),
    (cadre, base, moi, lecteur): (Cadre, String, bool, i64),
    (etudiant, id): (Etudiant, i64),
) -> Result<Show> {
    let preuve = etudiant.preuve(db, id).await?;
    let fichiers = fichier::fichiers_de(db, &preuve).await?;
    let parts = parts(db, &preuve).await?;
    let versions = preuve.versions(db).await?;
    let edition = referentiel::find(&mut **db, etudiant.edition_id).await?;
    let auteur = preuve.par_id == lecteur;
    let (erreurs, cle, saisie) = (FormErrors::default(), app.random.uuid(), String::new());
    Ok(Show {
        cadre,
        base,
        etudiant,
        edition,
        preuve,
        fichiers,
        parts,
        versions,
        saisie,
        erreurs,
        cle,
        moi,
        auteur,
    })
}

async fn la_mienne(app: &App, db: &mut Db, moi: &Moi, id: i64) -> Result<Show> {
    let etudiant = moi.etudiant(db).await?;
    let qui = (moi.cadre("/preuves"), "/preuves".to_owned(), true, moi.personne_id());
    let mut page = fiche((app, db), qui, (etudiant, id)).await?;
    page.saisie = page.ma_part().map_or_else(String::new, |p| p.part.clone());
    Ok(page)
}

async fn show_mine(moi: Moi, State(app): State<App>, Path(id): Path<i64>) -> Result<Show> {
    let mut db = app.begin(&moi).await?;
    la_mienne(&app, &mut db, &moi, id).await
}

async fn show(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, preuve)): Path<(i64, i64)>,
) -> Result<Show> {
    let mut db = app.begin(&enseignant).await?;
    let etudiant = enseignant.etudiant(&mut db, id).await?;
    let base = chez(&etudiant);
    let qui = (enseignant.cadre("/promotions"), base, false, enseignant.personne_id());
    let page = fiche((&app, &mut db), qui, (etudiant, preuve)).await?;
    consultation::noter(db, &enseignant, &[id]);
    Ok(page)
}

/// What she says of her part in a preuve of her team.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct MaPart {
    part: String,
    acte: String,
    cle: Uuid,
    reprise: Option<String>,
}

async fn part(
    moi: Moi,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(saisie): Form<MaPart>,
) -> Result<Response> {
    let mut db = app.begin(&moi).await?;
    let etudiant = moi.etudiant(&mut db).await?;
    let preuve = etudiant.preuve(&mut db, id).await?;
    let decline = saisie.acte == "decliner";
    let mut erreurs = FormErrors::default();
    if saisie.reprise.is_none() {
        let fait = if saisie.cle.is_nil() {
            Err(Error::Refused("Ce formulaire est incomplet. Enregistrez de nouveau.".into()))
        } else if decline {
            moi.decliner(&mut db, &etudiant, &preuve, saisie.cle).await
        } else {
            moi.prendre_part(&mut db, &etudiant, &preuve, &saisie.part, saisie.cle).await
        };
        match fait {
            Ok(()) => {
                db.commit().await?;
                let vers = if decline { "/preuves".to_owned() } else { format!("/preuves/{id}") };
                return Ok(Redirect::to(&vers).into_response());
            }
            Err(Error::Refused(m) | Error::Conflict(m)) => erreurs.add("part", m),
            Err(autre) => return Err(autre),
        }
    }
    drop(db); // what was tried is undone
    let mut db = app.begin(&moi).await?;
    let status = if erreurs.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = Show { saisie: saisie.part, erreurs, ..la_mienne(&app, &mut db, &moi, id).await? };
    Ok((status, page).into_response())
}

#[derive(Template, WebTemplate)]
#[template(path = "preuve/version.html")]
struct UneVersion {
    cadre: Cadre,
    base: String,
    edition: Arc<Edition>,
    preuve: Preuve,
    version: Version,
    /// Its files are those of the preuve whose bytes it named.
    fichiers: Vec<Fichier>,
}

async fn une_version(
    db: &mut Db,
    (cadre, base): (Cadre, String),
    etudiant: &Etudiant,
    (id, seq): (i64, i64),
) -> Result<UneVersion> {
    let preuve = etudiant.preuve(db, id).await?;
    let version = preuve.a_la_version(db, seq).await?;
    let mut fichiers = fichier::fichiers_de(db, &preuve).await?;
    fichiers.retain(|f| version.contenu.fichiers.contains(&f.empreinte()));
    let edition = referentiel::find(&mut **db, etudiant.edition_id).await?;
    Ok(UneVersion { cadre, base, edition, preuve, version, fichiers })
}

async fn version_mine(
    moi: Moi,
    State(app): State<App>,
    Path((id, seq)): Path<(i64, i64)>,
) -> Result<UneVersion> {
    let mut db = app.begin(&moi).await?;
    let etudiant = moi.etudiant(&mut db).await?;
    let ou = (moi.cadre("/preuves"), "/preuves".to_owned());
    une_version(&mut db, ou, &etudiant, (id, seq)).await
}

async fn version(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, preuve, seq)): Path<(i64, i64, i64)>,
) -> Result<UneVersion> {
    let mut db = app.begin(&enseignant).await?;
    let etudiant = enseignant.etudiant(&mut db, id).await?;
    let ou = (enseignant.cadre("/promotions"), chez(&etudiant));
    let page = une_version(&mut db, ou, &etudiant, (preuve, seq)).await?;
    consultation::noter(db, &enseignant, &[id]);
    Ok(page)
}

#[derive(Template, WebTemplate)]
#[template(path = "preuve/search.html")]
struct Search {
    cadre: Cadre,
    promotion: Promotion,
    trouvees: Vec<Trouvee>,
    q: String,
}

impl Search {
    /// There may be more.
    fn pleine(&self) -> bool {
        i64::try_from(self.trouvees.len()).is_ok_and(|n| n == PAGE)
    }
}

/// The preuves of a class, by what they say.
async fn search(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Query(r): Query<Recherche>,
) -> Result<Search> {
    let mut db = app.begin(&enseignant).await?;
    let promotion = enseignant.promotion(&mut db, id).await?;
    let q = r.mots();
    let trouvees = promotion.chercher(&mut db, enseignant.aujourd_hui(), &q).await?;
    Ok(Search { cadre: enseignant.cadre("/promotions"), promotion, trouvees, q })
}

pub(super) fn chez(etudiant: &Etudiant) -> String {
    format!("/etudiants/{}/preuves", etudiant.id())
}
