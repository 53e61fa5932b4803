//! One person's data, for an administrator: given on paper, kept for a dispute, forgotten.
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
use time::Date;
use uuid::Uuid;

use super::{
    effacement::{self, Apercu, Certificat, RAISONS, Voulu},
    emballage,
    export::nom_de,
    nettoyage,
    recours::Recours,
};
use crate::{
    app::{App, Db, InTheNameOf},
    compte::Administrateur,
    consultation, date,
    error::{Error, Result},
    form::{Form, FormErrors, Path, Query},
    page::Cadre,
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/administration/donnees", get(index))
        .route("/administration/personnes/{id}/donnees", get(show))
        .route("/administration/personnes/{id}/donnees/export", post(export))
        .route("/administration/personnes/{id}/donnees/recours", post(hold))
        .route("/administration/personnes/{id}/donnees/recours/levee", post(release))
        .route("/administration/personnes/{id}/donnees/anonymisation", get(preview).post(anonymise))
}

/// What is to be typed so that nobody is forgotten by a slip.
pub(super) const MOT: &str = "ANONYMISER";
/// People of a school who are shown at once.
const GENS_MAX: i64 = 50;
const MOTIF_MAX: usize = 1000;

/// Somebody of the school.
struct Gens {
    personne_id: i64,
    nom: String,
    anonymisee: bool,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Question {
    nom: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "donnees/personnes.html")]
struct Index {
    cadre: Cadre,
    gens: Vec<Gens>,
    nom: String,
    /// There are more.
    trop: bool,
    en_retard: bool,
}

async fn index(
    qui: Administrateur,
    State(app): State<App>,
    Query(question): Query<Question>,
) -> Result<Index> {
    let mut db = app.begin(&qui).await?;
    let nom = question.nom.replace('\0', "");
    let mut gens = sqlx::query_as!(
        Gens,
        r#"select p.personne_id, concat_ws(' ', p.nom, p.prenom) as "nom!", a.personne_id is not null as "anonymisee!"
             from livret.personne p left join livret.anonymisation a using (etablissement_id, personne_id)
            where p.etablissement_id = livret.ici() and strpos(lower(concat_ws(' ', p.nom, p.prenom, p.nom)), lower($1)) > 0
            order by p.nom collate "fr-x-icu", p.prenom collate "fr-x-icu", p.personne_id limit $2"#,
        nom.trim(),
        GENS_MAX + 1
    )
    .fetch_all(&mut *db)
    .await?;
    let trop = i64::try_from(gens.len()).unwrap_or_default() > GENS_MAX;
    gens.truncate(usize::try_from(GENS_MAX).unwrap_or_default());
    let jour = qui.aujourd_hui();
    let en_retard = qui.echeancier(&mut db).await?.iter().any(|e| e.en_retard(jour));
    Ok(Index { cadre: qui.cadre("/administration"), gens, nom, trop, en_retard })
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Saisie {
    motif: String,
    jusqu_au: String,
    numero: i64,
    cle: Uuid,
    reprise: Option<String>,
}

#[derive(Template, WebTemplate)]
#[template(path = "donnees/personne.html")]
struct Show {
    cadre: Cadre,
    id: i64,
    nom: String,
    certificat: Option<Certificat>,
    recours: Vec<Recours>,
    jour: Date,
    saisie: Saisie,
    erreurs: FormErrors,
    cle: Uuid,
}

impl Show {
    async fn ouvrir(
        qui: &Administrateur,
        db: &mut Db,
        id: i64,
        (saisie, erreurs): (Saisie, FormErrors),
    ) -> Result<Self> {
        let nom = nom_de(db, id).await?;
        let certificat = effacement::certificat(db, id).await?;
        let recours = qui.recours(db, id).await?;
        let (cadre, jour, cle) = (qui.cadre("/administration"), qui.jour(), db.random.uuid());
        Ok(Self { cadre, id, nom, certificat, recours, jour, saisie, erreurs, cle })
    }

    fn retenue(&self) -> Option<&Recours> {
        self.recours.iter().find(|r| !r.levee)
    }
}

fn vers(id: i64) -> Response {
    Redirect::to(&format!("/administration/personnes/{id}/donnees")).into_response()
}

async fn show(qui: Administrateur, State(app): State<App>, Path(id): Path<i64>) -> Result<Show> {
    let mut db = app.begin(&qui).await?;
    Show::ouvrir(&qui, &mut db, id, (Saisie::default(), FormErrors::default())).await
}

async fn export(
    qui: Administrateur,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    let mut db = app.begin(&qui).await?;
    nom_de(&mut db, id).await?;
    // After a sign-in on the way: the page is shown again, the button is there.
    if saisie.reprise.is_some() {
        return Ok(vers(id));
    }
    if saisie.cle.is_nil() {
        return Err(Error::Unreadable);
    }
    let export = qui.donnees_de(&mut db, id, saisie.cle).await?;
    consultation::noter(db, &qui, &[id]);
    emballage::envoyer(&app, &export).await
}

async fn hold(
    qui: Administrateur,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    let mut db = app.begin(&qui).await?;
    nom_de(&mut db, id).await?;
    let mut erreurs = FormErrors::default();
    erreurs.cle("motif", saisie.cle);
    let motif = erreurs.texte("motif", &saisie.motif, MOTIF_MAX);
    let jusqu_au = date::lire(&saisie.jusqu_au).filter(|j| *j >= qui.jour());
    if jusqu_au.is_none() {
        erreurs
            .add("jusqu_au", "Dites jusqu’à quel jour garder ces données\u{a0}: une date à venir.");
    }
    match jusqu_au {
        Some(jour) if erreurs.is_empty() && saisie.reprise.is_none() => {
            qui.retenir(&mut db, id, (&motif, jour), saisie.cle).await?;
            db.commit().await?;
            Ok(vers(id))
        }
        _ => {
            let reprise = saisie.reprise.is_some();
            let status = if reprise { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
            let erreurs = if reprise { FormErrors::default() } else { erreurs };
            let page = Show::ouvrir(&qui, &mut db, id, (saisie, erreurs)).await?;
            Ok((status, page).into_response())
        }
    }
}

async fn release(
    qui: Administrateur,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    let mut db = app.begin(&qui).await?;
    nom_de(&mut db, id).await?;
    if saisie.reprise.is_some() {
        return Ok(vers(id));
    }
    if !qui.recours(&mut db, id).await?.iter().any(|r| r.numero == saisie.numero) {
        return Err(Error::Refused(
            "Ce recours n’est pas dans la liste. Rouvrez la page de la personne, puis recommencez."
                .into(),
        ));
    }
    qui.lever(&mut db, id, saisie.numero, saisie.cle).await?;
    db.commit().await?;
    Ok(vers(id))
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Demande {
    raison: String,
    /// « oui »: her nom and her prénom alone are looked for too.
    seuls: String,
    mot: String,
    cle: Uuid,
    reprise: Option<String>,
}

#[derive(Template, WebTemplate)]
#[template(path = "donnees/anonymisation.html")]
struct Preview {
    cadre: Cadre,
    id: i64,
    nom: String,
    apercu: Apercu,
    demande: Demande,
    erreurs: FormErrors,
}

impl Preview {
    async fn ouvrir(
        qui: &Administrateur,
        db: &mut Db,
        id: i64,
        (mut demande, erreurs): (Demande, FormErrors),
    ) -> Result<Self> {
        let nom = nom_de(db, id).await?;
        let apercu = qui.apercu(db, id, demande.seuls != "non").await?;
        demande.cle = db.random.uuid();
        Ok(Self { cadre: qui.cadre("/administration"), id, nom, apercu, demande, erreurs })
    }
}

async fn preview(
    qui: Administrateur,
    State(app): State<App>,
    Path(id): Path<i64>,
    Query(demande): Query<Demande>,
) -> Result<Response> {
    let mut db = app.begin(&qui).await?;
    nom_de(&mut db, id).await?;
    if effacement::certificat(&mut db, id).await?.is_some() {
        return Ok(vers(id));
    }
    Ok(Preview::ouvrir(&qui, &mut db, id, (demande, FormErrors::default())).await?.into_response())
}

async fn anonymise(
    qui: Administrateur,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(demande): Form<Demande>,
) -> Result<Response> {
    let mut db = app.begin(&qui).await?;
    nom_de(&mut db, id).await?;
    let mut erreurs = FormErrors::default();
    erreurs.cle("mot", demande.cle);
    if !RAISONS.iter().any(|(r, _)| *r == demande.raison) {
        erreurs.add("raison", "Dites pourquoi cette personne est anonymisée.");
    }
    if demande.mot.trim() != MOT {
        erreurs.add("mot", format!("Écrivez {MOT} en capitales pour confirmer."));
    }
    if demande.reprise.is_some() || !erreurs.is_empty() {
        let reprise = demande.reprise.is_some();
        let status = if reprise { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        let erreurs = if reprise { FormErrors::default() } else { erreurs };
        let page = Preview::ouvrir(&qui, &mut db, id, (demande, erreurs)).await?;
        return Ok((status, page).into_response());
    }
    let voulu = Voulu { raison: demande.raison, seuls: demande.seuls == "oui" };
    let bilan = qui.anonymiser(&mut db, id, &voulu, demande.cle).await?;
    db.commit().await?;
    nettoyage::apres(&app, &bilan.octets).await;
    Ok(vers(id))
}
