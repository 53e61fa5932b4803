//! The form of a preuve: what is typed, the files that came with it, what is wrong.
use std::sync::Arc;

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Router,
    extract::{DefaultBodyLimit, Multipart, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use time::Date;
use uuid::Uuid;

use super::{
    Depot, Fichier,
    depot::{Parties, Reste, du_formulaire, illisible},
    fichier,
    pages::chez,
};
use crate::{
    app::{App, Db},
    compte::{Deposant, Enseignant, Moi},
    date,
    error::Result,
    etudiant::Etudiant,
    form::{FormErrors, Path},
    page::Cadre,
    referentiel::{self, Edition},
    situation::CONTEXTES,
};

pub fn routes() -> Router<App> {
    let sans_limite = DefaultBodyLimit::disable(); // counted while it is read, by what is set
    Router::new()
        .route("/preuves/nouvelle", get(new_mine).post(create_mine).layer(sans_limite))
        .route("/etudiants/{id}/preuves/nouvelle", get(new).post(create).layer(sans_limite))
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
    /// Received already, by their numbers.
    pub fichiers: Vec<i64>,
    pub cle: Uuid,
    pub reprise: bool,
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

impl Saisie {
    /// Reads the parts; the text and the files that are good are kept whatever becomes of the others.
    async fn lire(
        mut parties: Multipart,
        app: &App,
        qui: &Deposant,
        erreurs: &mut FormErrors,
    ) -> Result<Self> {
        let (mut saisie, mut reste) = (Self::default(), Reste(app.config.formulaire_max));
        while let Some(mut partie) = parties.next_field().await.map_err(|e| illisible(&e))? {
            let champ = partie.name().unwrap_or_default().to_owned();
            if champ != "fichier" {
                saisie.poser(&champ, reste.texte(&mut partie).await?);
            } else if saisie.fichiers.len() < app.config.fichiers_max {
                match du_formulaire(app, qui, &mut partie, &mut reste).await? {
                    Some(Ok(fichier)) => saisie.fichiers.push(fichier.fichier_id),
                    Some(Err(message)) => erreurs.add("fichier", message),
                    None => {}
                }
            }
        }
        if saisie.fichiers.len() > app.config.fichiers_max {
            erreurs.add(
                "fichier",
                format!("Une preuve a {} fichiers au plus.", app.config.fichiers_max),
            );
        }
        Ok(saisie)
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
            "fichiers" => self.fichiers.extend(texte.parse::<i64>()),
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
            fichiers: self.fichiers.clone(),
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
