//! The form of a preuve: what is typed, the files that came with it, what is wrong.
use std::sync::Arc;

use super::{Fichier, depot::Parties, fichier, pages::chez, saisie::Saisie};
use crate::{
    app::{App, Db},
    compte::{Deposant, Enseignant, Moi},
    error::Result,
    etudiant::Etudiant,
    form::{FormErrors, Path},
    page::Cadre,
    referentiel::{self, Edition},
    situation::CONTEXTES,
};
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Router,
    extract::{DefaultBodyLimit, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};

pub fn routes() -> Router<App> {
    let sans_limite = DefaultBodyLimit::disable(); // counted while it is read, by what is set
    Router::new()
        .route("/preuves/nouvelle", get(new_mine).post(create_mine).layer(sans_limite))
        .route("/etudiants/{id}/preuves/nouvelle", get(new).post(create).layer(sans_limite))
}

#[derive(Template, WebTemplate)]
#[template(path = "preuve/new.html")]
struct New {
    cadre: Cadre,
    base: String,
    etudiant: Etudiant,
    edition: Arc<Edition>,
    saisie: Saisie,
    recus: Vec<Fichier>,
    erreurs: FormErrors,
    contextes: &'static [(&'static str, &'static str)],
}

/// The form and its sending are the same for a student and for her teacher: only the proof differs.
macro_rules! pages_de_depot {
    ($new:ident, $create:ident, $preuve:ty, $path:ty, $trouver:expr, $base:expr) => {
        async fn $new(qui: $preuve, State(app): State<App>, path: $path) -> Result<New> {
            let mut db = app.begin(&qui).await?;
            let etudiant: Etudiant = $trouver(&qui, &mut db, &path).await?;
            let edition = referentiel::find(&mut *db, etudiant.edition_id).await?;
            let base: String = $base(&etudiant);
            let saisie = Saisie::vide(&app, qui.aujourd_hui());
            let cadre = qui.cadre(&base);
            Ok(New {
                cadre,
                base,
                etudiant,
                edition,
                saisie,
                recus: vec![],
                erreurs: FormErrors::default(),
                contextes: &CONTEXTES,
            })
        }

        async fn $create(
            qui: $preuve,
            State(app): State<App>,
            path: $path,
            Parties(parties): Parties,
        ) -> Result<Response> {
            let mut erreurs = FormErrors::default();
            let deposant = Deposant::from(&qui);
            // The body is read before a connection is kept: a slow upload must not hold one.
            let mut saisie = Saisie::lire(parties, &app, &deposant, &mut erreurs).await?;
            let mut db = app.begin(&qui).await?;
            let etudiant: Etudiant = $trouver(&qui, &mut db, &path).await?;
            let edition = referentiel::find(&mut *db, etudiant.edition_id).await?;
            let base: String = $base(&etudiant);
            let depot = saisie.depot(&edition, qui.aujourd_hui(), &mut erreurs);
            if erreurs.is_empty()
                && !saisie.reprise
                && let Some(depot) = depot
            {
                let id = qui.deposer(&mut db, &etudiant, &depot).await?;
                db.commit().await?;
                return Ok(Redirect::to(&format!("{base}/{id}")).into_response());
            }
            // Those that are still there: a number that was made up brings nothing.
            let recus = fichier::parmi_les_siens(&mut db, &saisie.fichiers).await?;
            if saisie.reprise && recus.is_empty() {
                erreurs.add(
                    "fichier",
                    "Le fichier n’a pas pu être gardé\u{a0}: choisissez-le de nouveau.",
                );
            }
            saisie.cle = app.random.uuid();
            let status =
                if saisie.reprise { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
            let cadre = qui.cadre(&base);
            let page = New {
                cadre,
                base,
                etudiant,
                edition,
                saisie,
                recus,
                erreurs,
                contextes: &CONTEXTES,
            };
            Ok((status, page).into_response())
        }
    };
}

async fn par_moi(moi: &Moi, db: &mut Db, (): &()) -> Result<Etudiant> {
    moi.etudiant(db).await
}

async fn par_enseignant(qui: &Enseignant, db: &mut Db, Path(id): &Path<i64>) -> Result<Etudiant> {
    qui.etudiant(db, *id).await
}

pages_de_depot!(new_mine, create_mine, Moi, (), par_moi, |_: &Etudiant| "/preuves".to_owned());
pages_de_depot!(new, create, Enseignant, Path<i64>, par_enseignant, chez);
