//! The people of the school: the list with its search, and one person's page with what may be done for her.
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
use uuid::Uuid;

use super::fonction::{Donnee, Fin, Fonction, GENRES, Personne};
use crate::{
    app::{App, Db, InTheNameOf},
    compte::Administrateur,
    date,
    error::{Error, Result},
    form::{Form, FormErrors, Path, Query},
    page::Cadre,
    referentiel::replier,
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/administration/personnes", get(index))
        .route("/administration/personnes/{id}", get(show))
        .route("/administration/personnes/{id}/fonctions", post(give))
        .route("/administration/personnes/{id}/fonctions/fin", post(end))
        .route("/administration/personnes/{id}/nom", post(rename))
        .route("/administration/personnes/{id}/compte", post(account))
}

/// Most people that one page shows: beyond, one searches.
const MONTREES: usize = 100;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Choix {
    q: String,
    fonction: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "ecole/personnes.html")]
struct Index {
    cadre: Cadre,
    choix: Choix,
    personnes: Vec<Personne>,
    /// How many answer, shown or not.
    trouvees: i64,
}

async fn index(
    qui: Administrateur,
    State(app): State<App>,
    Query(choix): Query<Choix>,
) -> Result<Index> {
    let mut db = app.begin(&qui).await?;
    let mut personnes = qui.personnes(&mut db).await?;
    let mots = replier(&choix.q);
    personnes.retain(|p| {
        let texte =
            format!("{} {} {}", p.nom, p.prenom, p.identifiant.as_deref().unwrap_or_default());
        let texte = replier(&texte);
        let elle_l_est = |f: &Fonction| f.tenue && f.genre == choix.fonction;
        mots.split_whitespace().all(|m| texte.contains(m))
            && (choix.fonction.is_empty() || p.fonctions.iter().any(elle_l_est))
    });
    let trouvees = i64::try_from(personnes.len()).unwrap_or(i64::MAX);
    personnes.truncate(MONTREES);
    Ok(Index { cadre: qui.cadre("/administration"), choix, personnes, trouvees })
}

/// Whichever form of the page was sent.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Saisie {
    genre: String,
    du: String,
    au: String,
    /// Of the function that ends: its line, its new end, the end that was read, « maintenant » when it is now.
    debut: i64,
    fin: String,
    lue: String,
    quand: String,
    civilite: String,
    nom: String,
    prenom: String,
    lu: String,
    /// `ouvrir` or `fermer`.
    compte: String,
    cle: Uuid,
    reprise: Option<String>,
}

#[derive(Template, WebTemplate)]
#[template(path = "ecole/personne.html")]
struct Show {
    cadre: Cadre,
    personne: Personne,
    saisie: Saisie,
    erreurs: FormErrors,
    /// Nobody dates her own functions.
    soi: bool,
    cle: Uuid,
}

impl Show {
    /// Each form of the page has its own key.
    fn cle_de(&self, quoi: &str) -> Uuid {
        Uuid::new_v5(&self.cle, quoi.as_bytes())
    }

    fn fin(&self, f: &Fonction) -> String {
        let typee = self.saisie.debut == f.debut && self.saisie.genre == f.genre;
        if typee && !self.saisie.lue.is_empty() {
            return self.saisie.fin.clone();
        }
        f.dernier_jour().as_ref().map(date::iso).unwrap_or_default()
    }

    fn cle_de_fin(&self, f: &Fonction) -> Uuid {
        self.cle_de(&format!("{}/{}", f.genre, f.debut))
    }
}

async fn page(
    app: &App,
    qui: &Administrateur,
    (db, id): (&mut Db, i64),
    (mut saisie, erreurs): (Saisie, FormErrors),
) -> Result<Show> {
    let personne = qui.personne(db, id).await?;
    let vierge = saisie.nom.is_empty() && saisie.prenom.is_empty() && saisie.lu.is_empty();
    if vierge {
        saisie.nom.clone_from(&personne.nom);
        saisie.prenom.clone_from(&personne.prenom);
        saisie.civilite = personne.civilite.clone().unwrap_or_default();
    }
    if saisie.du.is_empty() {
        saisie.du = date::iso(&qui.aujourd_hui());
    }
    let (cle, soi) = (app.random.uuid(), id == qui.personne_id());
    Ok(Show { cadre: qui.cadre("/administration"), personne, saisie, erreurs, soi, cle })
}

async fn show(qui: Administrateur, State(app): State<App>, Path(id): Path<i64>) -> Result<Show> {
    let mut db = app.begin(&qui).await?;
    page(&app, &qui, (&mut db, id), (Saisie::default(), FormErrors::default())).await
}

/// Back to the page when it is done; else the page with what was typed, and why.
async fn finir(
    app: &App,
    qui: &Administrateur,
    (db, id): (Db, i64),
    (saisie, mut erreurs): (Saisie, FormErrors),
    (champ, issue): (&str, Result<()>),
) -> Result<Response> {
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    match issue {
        Ok(()) if erreurs.is_empty() && saisie.reprise.is_none() => {
            db.commit().await?;
            return Ok(Redirect::to(&format!("/administration/personnes/{id}")).into_response());
        }
        Ok(()) if saisie.reprise.is_some() => {
            (status, erreurs) = (StatusCode::OK, FormErrors::default());
        }
        Ok(()) => {}
        Err(Error::Refused(message)) => erreurs.add(champ, message),
        Err(Error::Conflict(message)) => {
            status = StatusCode::CONFLICT;
            erreurs.add(champ, message);
        }
        Err(autre) => return Err(autre),
    }
    drop(db);
    let mut db = app.begin(qui).await?;
    Ok((status, page(app, qui, (&mut db, id), (saisie, erreurs)).await?).into_response())
}

async fn give(
    qui: Administrateur,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    let mut db = app.begin(&qui).await?;
    qui.personne(&mut db, id).await?;
    let mut erreurs = FormErrors::default();
    erreurs.cle("genre", saisie.cle);
    let genre = GENRES.iter().find(|g| g.0 == saisie.genre).map(|g| g.0);
    if genre.is_none() {
        erreurs.add("genre", "Choisissez une fonction dans la liste.");
    }
    let du = date::lire(&saisie.du);
    if du.is_none() {
        erreurs.add("du", "Cette date n’existe pas. Écrivez-la jj/mm/aaaa.");
    }
    let au = date::lire(&saisie.au);
    if au.is_none() && !saisie.au.trim().is_empty() {
        erreurs.add("au", "Cette date n’existe pas. Écrivez-la jj/mm/aaaa.");
    }
    if let (Some(du), Some(au)) = (du, au)
        && au < du
    {
        erreurs.add("au", "La fonction finit avant de commencer. Corrigez l’une des deux dates.");
    }
    if saisie.genre == "jury" && saisie.au.trim().is_empty() {
        erreurs.add("au", "Un jury a toujours un dernier jour\u{a0}: dites lequel.");
    }
    let issue = match (genre, du, erreurs.is_empty() && saisie.reprise.is_none()) {
        (Some(genre), Some(du), true) => {
            qui.donner_fonction(&mut db, id, Donnee { genre, du, au }, saisie.cle).await
        }
        _ => Ok(()),
    };
    finir(&app, &qui, (db, id), (saisie, erreurs), ("genre", issue)).await
}

async fn end(
    qui: Administrateur,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    let mut db = app.begin(&qui).await?;
    qui.personne(&mut db, id).await?;
    let mut erreurs = FormErrors::default();
    erreurs.cle("fonctions", saisie.cle);
    let fin = match (saisie.quand.as_str(), saisie.fin.trim(), date::lire(&saisie.fin)) {
        ("maintenant", ..) => Some(Fin::Maintenant),
        (_, "", _) => Some(Fin::Jamais),
        (_, _, Some(jour)) => Some(Fin::Le(jour)),
        (_, _, None) => None,
    };
    if fin.is_none() {
        erreurs.add("fonctions", "Cette date de fin n’existe pas. Écrivez-la jj/mm/aaaa.");
    }
    let issue = match (fin, erreurs.is_empty() && saisie.reprise.is_none()) {
        (Some(fin), true) => {
            let laquelle = (id, saisie.genre.as_str(), saisie.debut);
            qui.finir_fonction(&mut db, laquelle, (fin, &saisie.lue), saisie.cle).await
        }
        _ => Ok(()),
    };
    finir(&app, &qui, (db, id), (saisie, erreurs), ("fonctions", issue)).await
}

async fn rename(
    qui: Administrateur,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    let mut db = app.begin(&qui).await?;
    qui.personne(&mut db, id).await?;
    let mut erreurs = FormErrors::default();
    erreurs.cle("nom", saisie.cle);
    let nom = erreurs.ligne("nom", &saisie.nom, 100);
    let prenom = erreurs.ligne("prenom", &saisie.prenom, 100);
    let civilite = ["Mme", "M."].into_iter().find(|c| *c == saisie.civilite);
    let issue = if erreurs.is_empty() && saisie.reprise.is_none() {
        let voulu = (civilite, nom.as_str(), prenom.as_str());
        qui.renommer(&mut db, id, (&saisie.lu, voulu), saisie.cle).await
    } else {
        Ok(())
    };
    finir(&app, &qui, (db, id), (saisie, erreurs), ("nom", issue)).await
}

async fn account(
    qui: Administrateur,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    let mut db = app.begin(&qui).await?;
    qui.personne(&mut db, id).await?;
    let mut erreurs = FormErrors::default();
    erreurs.cle("compte", saisie.cle);
    if !["ouvrir", "fermer"].contains(&saisie.compte.as_str()) {
        erreurs.add("compte", "Dites si le compte s’ouvre ou se ferme.");
    }
    let issue = if erreurs.is_empty() && saisie.reprise.is_none() {
        qui.dater_compte(&mut db, id, saisie.compte == "ouvrir", saisie.cle).await
    } else {
        Ok(())
    };
    finir(&app, &qui, (db, id), (saisie, erreurs), ("compte", issue)).await
}
