//! The pages of evidence: a student's own, and those of a teacher for one of her students.
use std::sync::Arc;

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Router,
    extract::{DefaultBodyLimit, Multipart, State, multipart::MultipartError},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use time::Date;
use uuid::Uuid;

use super::{Depot, Fichier, Preuve};
use crate::{
    app::App,
    compte::{Enseignant, Moi},
    date,
    error::{Error, Result},
    etudiant::Etudiant,
    form::{FormErrors, Path},
    page::Cadre,
    referentiel::{self, Edition},
    situation::CONTEXTES,
};

pub fn routes() -> Router<App> {
    let envoi = DefaultBodyLimit::max(21 << 20); // the largest file, and the text around it
    Router::new()
        .route("/preuves", get(mine))
        .route("/preuves/nouvelle", get(new_mine).post(create_mine).layer(envoi))
        .route("/preuves/{id}", get(show_mine))
        .route("/preuves/{id}/fichier", get(file_mine))
        .route("/etudiants/{id}/preuves", get(index))
        .route("/etudiants/{id}/preuves/nouvelle", get(new).post(create).layer(envoi))
        .route("/etudiants/{id}/preuves/{preuve}", get(show))
        .route("/etudiants/{id}/preuves/{preuve}/fichier", get(file))
}

/// The form, as it was typed. A file is not kept when something is wrong: it says so.
#[derive(Debug, Clone, Default)]
pub struct Saisie {
    pub titre: String,
    pub texte: String,
    pub contexte: String,
    pub organisation: String,
    pub vecue_le: String,
    pub jusqu_au: String,
    pub liens: String,
    pub codes: Vec<String>,
    pub cle: Uuid,
    pub reprise: bool,
}

#[derive(Template, WebTemplate)]
#[template(path = "preuve/index.html")]
struct Index {
    cadre: Cadre,
    base: String,
    etudiant: Etudiant,
    preuves: Vec<Preuve>,
    moi: bool,
}

#[derive(Template, WebTemplate)]
#[template(path = "preuve/show.html")]
struct Show {
    cadre: Cadre,
    base: String,
    etudiant: Etudiant,
    edition: Arc<Edition>,
    preuve: Preuve,
    moi: bool,
}

#[derive(Template, WebTemplate)]
#[template(path = "preuve/new.html")]
struct New {
    cadre: Cadre,
    base: String,
    etudiant: Etudiant,
    edition: Arc<Edition>,
    saisie: Saisie,
    erreurs: FormErrors,
    contextes: &'static [(&'static str, &'static str)],
}

impl Saisie {
    /// Reads the parts; the text is kept whatever becomes of the file.
    async fn lire(
        mut parties: Multipart,
        fichier_max: usize,
        erreurs: &mut FormErrors,
    ) -> Result<(Self, Option<Fichier>)> {
        let (mut saisie, mut fichier) = (Self::default(), None);
        let illisible = |e: MultipartError| {
            if e.status() == StatusCode::PAYLOAD_TOO_LARGE {
                Error::TooLarge
            } else {
                Error::Unreadable
            }
        };
        while let Some(partie) = parties.next_field().await.map_err(illisible)? {
            let champ = partie.name().unwrap_or_default().to_owned();
            if champ == "fichier" {
                let nom = partie.file_name().unwrap_or_default().to_owned();
                let octets = partie.bytes().await.map_err(illisible)?;
                if octets.len() > fichier_max {
                    erreurs.add(
                        "fichier",
                        "Ce fichier dépasse 20\u{a0}Mo. Réduisez-le ou donnez un lien.",
                    );
                } else if !nom.is_empty() {
                    fichier =
                        Fichier::recevoir(&nom, octets).map_err(|m| erreurs.add("fichier", m)).ok();
                }
                continue;
            }
            let texte = partie.text().await.map_err(illisible)?;
            saisie.poser(&champ, texte);
        }
        Ok((saisie, fichier))
    }

    fn poser(&mut self, champ: &str, texte: String) {
        match champ {
            "titre" => self.titre = texte,
            "texte" => self.texte = texte,
            "contexte" => self.contexte = texte,
            "organisation" => self.organisation = texte,
            "vecue_le" => self.vecue_le = texte,
            "jusqu_au" => self.jusqu_au = texte,
            "liens" => self.liens = texte,
            "codes" => self.codes.push(texte),
            "cle" => self.cle = texte.parse().unwrap_or_default(),
            "reprise" => self.reprise = true,
            _ => {} // allow-list: nothing else is read
        }
    }

    fn depot(
        &self,
        edition: &Edition,
        aujourd_hui: Date,
        erreurs: &mut FormErrors,
    ) -> Option<Depot> {
        let titre = erreurs.ligne("titre", &self.titre, 200);
        if self.texte.chars().count() > 20_000 {
            erreurs.add("texte", "Ce récit compte 20\u{202f}000 caractères au plus.");
        }
        if !CONTEXTES.iter().any(|c| c.0 == self.contexte) {
            erreurs.add("contexte", "Dites où cela s’est passé.");
        }
        let vecue_le = date::lire(&self.vecue_le);
        match vecue_le {
            None => erreurs.add("vecue_le", "Cette date n’existe pas. Écrivez-la jj/mm/aaaa."),
            Some(le) if le > aujourd_hui => erreurs.add(
                "vecue_le",
                "Cette date est à venir\u{a0}: une preuve raconte ce qui a été vécu.",
            ),
            Some(_) => {}
        }
        let jusqu_au = (!self.jusqu_au.trim().is_empty()).then(|| date::lire(&self.jusqu_au));
        if jusqu_au.is_some_and(|fin| fin.is_none() || fin < vecue_le) {
            erreurs.add("jusqu_au", "Cette date de fin n’existe pas, ou précède le début.");
        }
        let liens: Vec<String> = self.liens.split_whitespace().map(str::to_owned).collect();
        if liens
            .iter()
            .any(|l| !(l.starts_with("https://") || l.starts_with("http://")) || l.len() > 2000)
        {
            erreurs
                .add("liens", "Un lien commence par https:// ou http://. Écrivez-en un par ligne.");
        }
        if self.codes.is_empty() {
            erreurs.add("codes", "Cochez au moins une sous-compétence que cette preuve montre.");
        } else if self.codes.iter().any(|c| edition.sous_competence(c).is_none()) {
            erreurs.add("codes", "Une sous-compétence cochée n’est pas de ce référentiel.");
        }
        if self.cle.is_nil() {
            erreurs.add("titre", "Ce formulaire est incomplet. Enregistrez de nouveau.");
        }
        let organisation = self.organisation.trim();
        Some(Depot {
            titre,
            texte: self.texte.trim().replace("\r\n", "\n"),
            contexte: self.contexte.clone(),
            organisation: (!organisation.is_empty())
                .then(|| organisation.chars().take(200).collect()),
            vecue_le: vecue_le?,
            jusqu_au: jusqu_au.flatten(),
            liens,
            codes: self.codes.clone(),
            fichier: None,
            cle: self.cle,
        })
    }
}

fn vide(app: &App, contexte: &str, aujourd_hui: Date) -> Saisie {
    Saisie {
        cle: app.random.uuid(),
        contexte: contexte.to_owned(),
        vecue_le: date::iso(&aujourd_hui),
        ..Saisie::default()
    }
}

/// The form and its sending are the same for a student and for her teacher: only the proof differs.
macro_rules! pages_de_depot {
    ($new:ident, $create:ident, $preuve:ty, $path:ty, $trouver:expr, $base:expr) => {
        async fn $new(qui: $preuve, State(app): State<App>, path: $path) -> Result<New> {
            let mut db = app.begin(&qui).await?;
            let etudiant: Etudiant = $trouver(&qui, &mut db, &path).await?;
            let edition = referentiel::find(&mut *db, etudiant.edition_id).await?;
            let base: String = $base(&etudiant);
            let saisie = vide(&app, "", qui.aujourd_hui());
            let cadre = qui.cadre(&base);
            Ok(New {
                cadre,
                base,
                etudiant,
                edition,
                saisie,
                erreurs: FormErrors::default(),
                contextes: &CONTEXTES,
            })
        }

        async fn $create(
            qui: $preuve,
            State(app): State<App>,
            path: $path,
            parties: Multipart,
        ) -> Result<Response> {
            let mut erreurs = FormErrors::default();
            // The body is read before a connection is taken: a slow upload must not keep one.
            let (mut saisie, fichier) =
                Saisie::lire(parties, app.config.fichier_max, &mut erreurs).await?;
            let mut db = app.begin(&qui).await?;
            let etudiant: Etudiant = $trouver(&qui, &mut db, &path).await?;
            let edition = referentiel::find(&mut *db, etudiant.edition_id).await?;
            let base: String = $base(&etudiant);
            let depot = saisie.depot(&edition, qui.aujourd_hui(), &mut erreurs);
            if erreurs.is_empty()
                && !saisie.reprise
                && let Some(mut depot) = depot
            {
                if let Some(fichier) = &fichier {
                    fichier.garder(&app).await?;
                }
                depot.fichier = fichier;
                let id = qui.deposer(&mut db, &etudiant, &depot).await?;
                db.commit().await?;
                return Ok(Redirect::to(&format!("{base}/{id}")).into_response());
            }
            if fichier.is_some() || saisie.reprise {
                erreurs.add(
                    "fichier",
                    "Le fichier n’a pas pu être gardé\u{a0}: choisissez-le de nouveau.",
                );
            }
            saisie.cle = app.random.uuid();
            let status =
                if saisie.reprise { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
            let cadre = qui.cadre(&base);
            let page =
                New { cadre, base, etudiant, edition, saisie, erreurs, contextes: &CONTEXTES };
            Ok((status, page).into_response())
        }
    };
}

async fn par_moi(moi: &Moi, db: &mut crate::app::Db, (): &()) -> Result<Etudiant> {
    moi.etudiant(db).await
}

async fn par_enseignant(
    qui: &Enseignant,
    db: &mut crate::app::Db,
    Path(id): &Path<i64>,
) -> Result<Etudiant> {
    qui.etudiant(db, *id).await
}

fn chez(etudiant: &Etudiant) -> String {
    format!("/etudiants/{}/preuves", etudiant.id())
}

pages_de_depot!(new_mine, create_mine, Moi, (), par_moi, |_: &Etudiant| "/preuves".to_owned());
pages_de_depot!(new, create, Enseignant, Path<i64>, par_enseignant, chez);

async fn mine(moi: Moi, State(app): State<App>) -> Result<Index> {
    let mut db = app.begin(&moi).await?;
    let etudiant = moi.etudiant(&mut db).await?;
    let preuves = etudiant.preuves(&mut db, None).await?;
    Ok(Index {
        cadre: moi.cadre("/preuves"),
        base: "/preuves".to_owned(),
        etudiant,
        preuves,
        moi: true,
    })
}

async fn show_mine(moi: Moi, State(app): State<App>, Path(id): Path<i64>) -> Result<Show> {
    let mut db = app.begin(&moi).await?;
    let etudiant = moi.etudiant(&mut db).await?;
    let preuve = etudiant.preuve(&mut db, id).await?;
    let edition = referentiel::find(&mut *db, etudiant.edition_id).await?;
    Ok(Show {
        cadre: moi.cadre("/preuves"),
        base: "/preuves".to_owned(),
        etudiant,
        edition,
        preuve,
        moi: true,
    })
}

async fn file_mine(moi: Moi, State(app): State<App>, Path(id): Path<i64>) -> Result<Response> {
    let mut db = app.begin(&moi).await?;
    moi.etudiant(&mut db).await?.fichier(&app, &mut db, id).await
}

async fn index(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
) -> Result<Index> {
    let mut db = app.begin(&enseignant).await?;
    let etudiant = enseignant.etudiant(&mut db, id).await?;
    let preuves = etudiant.preuves(&mut db, None).await?;
    Ok(Index {
        cadre: enseignant.cadre("/promotions"),
        base: chez(&etudiant),
        etudiant,
        preuves,
        moi: false,
    })
}

async fn show(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, preuve)): Path<(i64, i64)>,
) -> Result<Show> {
    let mut db = app.begin(&enseignant).await?;
    let etudiant = enseignant.etudiant(&mut db, id).await?;
    let preuve = etudiant.preuve(&mut db, preuve).await?;
    let edition = referentiel::find(&mut *db, etudiant.edition_id).await?;
    Ok(Show {
        cadre: enseignant.cadre("/promotions"),
        base: chez(&etudiant),
        etudiant,
        edition,
        preuve,
        moi: false,
    })
}

async fn file(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, preuve)): Path<(i64, i64)>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    enseignant.etudiant(&mut db, id).await?.fichier(&app, &mut db, preuve).await
}
