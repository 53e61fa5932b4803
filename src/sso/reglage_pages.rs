//! The page of an administrator: the portals of the school, tried before anybody needs them.
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    Attributs, Genre, Portail, cas, client,
    modele::{self, Modele},
    reglage::Reglage,
};
use crate::{
    app::App,
    compte::Administrateur,
    error::{Error, Result},
    form::{Form, FormErrors, Query},
    page::{Cadre, filters},
};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(PAGE, get(index).post(set))
        .route("/administration/connexion/etat", post(switch))
        .route("/administration/connexion/essai", post(essay))
}

const PAGE: &str = "/administration/connexion";

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Saisie {
    /// Empty for a new one.
    portail: String,
    version: i64,
    modele: String,
    genre: String,
    nom: String,
    adresse: String,
    client: String,
    /// Never shown again.
    secret: String,
    portees: String,
    cle_lue: String,
    nom_lu: String,
    prenom_lu: String,
    naissance_lue: String,
    cle: Uuid,
    reprise: Option<String>,
}

impl From<&Modele> for Saisie {
    fn from(m: &Modele) -> Self {
        Self {
            modele: m.code.clone(),
            genre: m.genre.code().to_owned(),
            nom: m.bouton.clone(),
            adresse: m.adresse.clone(),
            portees: m.portees.clone(),
            cle_lue: m.cle.clone(),
            nom_lu: m.nom_lu.clone(),
            prenom_lu: m.prenom_lu.clone(),
            naissance_lue: m.naissance_lue.clone(),
            ..Self::default()
        }
    }
}

impl From<&Portail> for Saisie {
    fn from(f: &Portail) -> Self {
        let a = f.attributs.clone();
        Self {
            portail: f.portail_id.to_string(),
            version: f.version,
            genre: f.genre.code().to_owned(),
            nom: f.nom.clone(),
            adresse: f.adresse.clone(),
            client: f.client.clone(),
            portees: f.portees.clone(),
            cle_lue: a.cle,
            nom_lu: a.nom,
            prenom_lu: a.prenom,
            naissance_lue: a.naissance,
            ..Self::default()
        }
    }
}

impl Saisie {
    fn aide(&self) -> Option<&'static str> {
        modele::find(&self.modele).map(|m| m.aide.as_str())
    }

    fn neuf(&self) -> bool {
        self.portail.is_empty()
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Demande {
    modele: String,
    portail: String,
}

/// What a portal answered when it was tried.
struct Essai {
    portail: i64,
    bon: bool,
    mots: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "sso/portails.html")]
struct Index {
    cadre: Cadre,
    portails: Vec<Portail>,
    modeles: &'static [Modele],
    /// The one that is being written, if any.
    saisie: Option<Saisie>,
    erreurs: FormErrors,
    essai: Option<Essai>,
    origine: String,
    cles: Vec<Uuid>,
}

impl Index {
    fn essai_de(&self, f: &Portail) -> Option<&Essai> {
        self.essai.as_ref().filter(|e| e.portail == f.portail_id)
    }
}

async fn page(
    qui: &Administrateur,
    app: &App,
    origine: String,
    saisie: Option<Saisie>,
    erreurs: FormErrors,
) -> Result<Index> {
    let mut db = app.begin(qui).await?;
    let portails = qui.portails(&mut db).await?;
    let saisie = saisie.map(|s| Saisie { cle: app.random.uuid(), secret: String::new(), ..s });
    let cles = portails.iter().map(|_| app.random.uuid()).collect();
    let cadre = qui.cadre("/administration");
    let modeles = modele::tous();
    Ok(Index { cadre, portails, modeles, saisie, erreurs, essai: None, origine, cles })
}

async fn index(
    qui: Administrateur,
    State(app): State<App>,
    headers: HeaderMap,
    Query(demande): Query<Demande>,
) -> Result<Index> {
    let saisie = match (modele::find(&demande.modele), demande.portail.parse()) {
        (Some(modele), _) => Some(modele.into()),
        (None, Ok(id)) => Some((&qui.portail(&mut app.begin(&qui).await?, id).await?).into()),
        _ => None,
    };
    page(&qui, &app, app.origine(&headers), saisie, FormErrors::default()).await
}

/// A name of claims, or paths of elements.
fn chemins(erreurs: &mut FormErrors, champ: &str, texte: &str) -> String {
    let texte = texte.split_whitespace().collect::<Vec<_>>().join(" ");
    let permis = |c: char| c.is_alphanumeric() || " /_-.:".contains(c);
    if texte.len() > 200 || !texte.chars().all(permis) {
        erreurs.add(champ, "Écrivez des noms d’attributs, séparés par une espace, par exemple «\u{a0}attributes/uid user\u{a0}».");
    }
    texte
}

async fn set(
    qui: Administrateur,
    State(app): State<App>,
    headers: HeaderMap,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    let mut erreurs = FormErrors::default();
    erreurs.cle("nom", saisie.cle);
    let nom = erreurs.ligne("nom", &saisie.nom, 60);
    let adresse = erreurs.ligne("adresse", &saisie.adresse, 300);
    if !adresse.is_empty() && client::sur(&adresse).is_none() {
        erreurs
            .add("adresse", "L’adresse commence par https:// et ne contient pas de mot de passe.");
    }
    let genre = Genre::lire(&saisie.genre);
    if genre.is_none() {
        erreurs.add("genre", "Choisissez comment ce portail se connecte.");
    }
    let client = saisie.client.trim();
    if genre == Some(Genre::Oidc) && client.is_empty() {
        erreurs.add("client", "Écrivez l’identifiant que le portail a donné à cette application.");
    }
    if client.chars().count() > 200 || saisie.secret.chars().count() > 500 || client.contains('\0')
    {
        erreurs.add("client", "L’identifiant ou le secret est trop long.");
    }
    let portees = chemins(&mut erreurs, "portees", &saisie.portees);
    let cle = erreurs.ligne("cle_lue", &saisie.cle_lue, 200);
    let attributs = Attributs {
        cle: chemins(&mut erreurs, "cle_lue", &cle),
        nom: chemins(&mut erreurs, "nom_lu", &saisie.nom_lu),
        prenom: chemins(&mut erreurs, "prenom_lu", &saisie.prenom_lu),
        naissance: chemins(&mut erreurs, "naissance_lue", &saisie.naissance_lue),
    };
    if let (Some(genre), true, None) = (genre, erreurs.is_empty(), &saisie.reprise) {
        let (secret, portees) = (saisie.secret.trim(), portees.as_str());
        let r = Reglage { genre, nom: &nom, adresse: &adresse, client, secret, portees, attributs };
        let mut db = app.begin(&qui).await?;
        let lu = saisie.portail.parse().ok().map(|id| (id, saisie.version));
        match qui.regler_portail(&mut db, lu, &r, saisie.cle).await {
            Ok(()) => {
                db.commit().await?;
                return Ok(Redirect::to(PAGE).into_response());
            }
            Err(Error::Conflict(message)) if lu.is_none() => erreurs.add("nom", message),
            Err(autre) => return Err(autre),
        }
    }
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if saisie.reprise.is_some() {
        (status, erreurs) = (StatusCode::OK, FormErrors::default());
    }
    let page = page(&qui, &app, app.origine(&headers), Some(saisie), erreurs).await?;
    Ok((status, page).into_response())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Etat {
    portail: i64,
    version: i64,
    actif: String,
    cle: Uuid,
    reprise: Option<String>,
}

async fn switch(
    qui: Administrateur,
    State(app): State<App>,
    Form(etat): Form<Etat>,
) -> Result<Redirect> {
    // After a sign-in on the way: the page is shown again, the button is there.
    if etat.reprise.is_none() {
        if etat.cle.is_nil() {
            return Err(Error::Unreadable);
        }
        let mut db = app.begin(&qui).await?;
        let lu = (etat.portail, etat.version);
        qui.ouvrir_portail(&mut db, lu, etat.actif == "oui", etat.cle).await?;
        db.commit().await?;
    }
    Ok(Redirect::to(PAGE))
}

/// Asks the portal what can be asked without anybody: that it is there, that it speaks as it should, that it knows us.
async fn essay(
    qui: Administrateur,
    State(app): State<App>,
    headers: HeaderMap,
    Form(etat): Form<Etat>,
) -> Result<Response> {
    let origine = app.origine(&headers);
    if etat.reprise.is_some() {
        return Ok(Redirect::to(PAGE).into_response());
    }
    let f = qui.portail(&mut app.begin(&qui).await?, etat.portail).await?;
    let retour = f.retour(&origine);
    let issue = match f.genre {
        Genre::Oidc => f.emetteur(&app, &retour).await.map(|p| {
            let cles = crate::date::nombre(i64::try_from(p.cles()).unwrap_or(0), "clé", "clés");
            format!(
                "Le portail répond et publie {cles} de signature. Il ne vérifie l’identifiant et le secret de \
                 l’application qu’à une vraie connexion\u{a0}: essayez la vôtre."
            )
        }),
        genre => cas::essayer((&f.adresse, genre), &retour).await.map(|()| {
            "Le portail répond, et refuse un passage inventé\u{a0}: c’est ce qu’il doit faire. Essayez maintenant une vraie \
             connexion."
                .to_owned()
        }),
    };
    let essai = match issue {
        Ok(mots) => Essai { portail: f.portail_id, bon: true, mots },
        Err(panne) => {
            let mots = format!("Ce portail ne convient pas encore\u{a0}: {panne}.");
            Essai { portail: f.portail_id, bon: false, mots }
        }
    };
    let page = page(&qui, &app, origine, None, FormErrors::default()).await?;
    Ok(Index { essai: Some(essai), ..page }.into_response())
}
