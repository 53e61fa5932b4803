//! The page of the first start: four questions, and one is at work.
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use uuid::Uuid;

use super::{Installation, Issue};
use crate::{
    administration::liste,
    app::App,
    compte, date,
    error::{Error, Result},
    etablissement::{FUSEAUX, Refus},
    form::{Form, FormErrors},
    page::{Cadre, filters},
    referentiel::{self, Publication},
};

/// How students come in: what the next page is.
const ENTREES: &[(&str, &str)] = &[
    ("liste", "Par une liste\u{a0}: je la colle, ou je dépose le fichier de l’établissement"),
    ("ent", "Par l’ENT de l’établissement"),
    ("ensuite", "Je verrai ensuite"),
];

pub fn routes() -> Router<App> {
    Router::new().route("/installation", get(new).post(create))
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Saisie {
    code: String,
    nom: String,
    uai: String,
    fuseau: String,
    administrateur: String,
    identifiant: String,
    mot_de_passe: String,
    enseigne: String,
    section: String,
    annee_examen: String,
    debut: String,
    edition: Uuid,
    entree: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "installation/new.html")]
struct New {
    cadre: Cadre,
    saisie: Saisie,
    erreurs: FormErrors,
    editions: Vec<Publication>,
}

impl New {
    fn fuseaux(&self) -> impl Iterator<Item = (&str, &str, bool)> {
        FUSEAUX.iter().map(|(zone, nom)| (*zone, *nom, self.saisie.fuseau == *zone))
    }

    fn entrees(&self) -> impl Iterator<Item = (&str, &str, bool)> {
        let choisie = if self.saisie.entree.is_empty() { "liste" } else { &self.saisie.entree };
        ENTREES.iter().map(move |(code, mots)| (*code, *mots, choisie == *code))
    }
}

/// Exists only while there is no school.
async fn page(app: &App, saisie: Saisie, erreurs: FormErrors) -> Result<New> {
    let editions = referentiel::list(&app.db).await?;
    let saisie = Saisie { mot_de_passe: String::new(), ..saisie };
    Ok(New { cadre: Cadre::default(), saisie, erreurs, editions })
}

async fn new(State(app): State<App>) -> Result<New> {
    if !super::a_faire(&app).await? {
        return Err(Error::NotFound);
    }
    page(&app, Saisie::default(), FormErrors::default()).await
}

async fn create(
    State(app): State<App>,
    jar: CookieJar,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    if !super::a_faire(&app).await? {
        return Err(Error::NotFound);
    }
    let mut erreurs = FormErrors::default();
    let lue = lire(&saisie, &mut erreurs);
    let code = "Ce code n’est pas celui que le programme a affiché, ou il a expiré. Relisez la console\u{a0}; après dix essais, redémarrez le programme pour en avoir un autre.";
    if !super::connait_le_code(&app, &saisie.code).await? {
        erreurs.add("code", code);
    } else if let (Some(lue), true) = (lue, erreurs.is_empty()) {
        if !referentiel::list(&app.db).await?.iter().any(|e| e.edition_id == lue.edition) {
            return Err(Error::Unreadable);
        }
        match super::installer(&app, &saisie.code, saisie.mot_de_passe.clone(), &lue).await? {
            Issue::Ouverte(cookie, promotion) => {
                let jar = jar.add(compte::cookie(&app, cookie));
                return Ok((jar, Redirect::to(&suite(&saisie.entree, promotion))).into_response());
            }
            Issue::Code => erreurs.add("code", code),
            Issue::Refusee(refus) => erreurs.add(
                match refus {
                    Refus::Uai => "uai",
                    Refus::Fuseau => "fuseau",
                    Refus::Identifiant => "identifiant",
                },
                format!("{} Choisissez-en un autre.", refus.phrase()),
            ),
        }
    }
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&app, saisie, erreurs).await?).into_response())
}

/// Where the last question leads.
fn suite(entree: &str, promotion: i64) -> String {
    match entree {
        "liste" => "/import".to_owned(),
        "ent" => "/administration/connexion".to_owned(),
        _ => format!("/administration/promotions/{promotion}"),
    }
}

fn lire(s: &Saisie, erreurs: &mut FormErrors) -> Option<Installation> {
    let nom = erreurs.ligne("nom", &s.nom, 120);
    let uai = s.uai.trim().to_uppercase();
    if !est_un_uai(&uai) {
        erreurs.add("uai", "Un UAI compte sept chiffres et une lettre, par exemple 0000000A.");
    }
    if !FUSEAUX.iter().any(|(zone, _)| *zone == s.fuseau) {
        erreurs.add("fuseau", "Choisissez un fuseau horaire dans la liste.");
    }
    let mut personnes = liste::lire(&s.administrateur, &[]);
    if personnes.noms.len() != 1 {
        let message = personnes.fautes.first().map(|f| f.message.clone());
        erreurs.add(
            "administrateur",
            message.unwrap_or_else(|| {
                "Écrivez votre NOM en capitales, puis votre prénom, sur une seule ligne.".into()
            }),
        );
    }
    let identifiant = erreurs.ligne("identifiant", &s.identifiant, 60).to_lowercase();
    if identifiant.chars().any(char::is_whitespace) {
        erreurs.add("identifiant", "Un identifiant s’écrit sans espace, par exemple prenom.nom.");
    }
    if let Some(refus) = compte::refus_du_secret(&s.mot_de_passe, &identifiant) {
        erreurs.add("mot_de_passe", refus);
    }
    let section = erreurs.ligne("section", &s.section, 80);
    let annee_examen = s.annee_examen.trim().parse().ok().filter(|a| (2018..=2100).contains(a));
    if annee_examen.is_none() {
        erreurs
            .add("annee_examen", "L’année d’examen s’écrit en quatre chiffres, par exemple 2028.");
    }
    let debut = date::lire(&s.debut);
    if debut.is_none() {
        erreurs.add("debut", "Cette date n’existe pas. Écrivez-la jj/mm/aaaa.");
    } else if debut.zip(annee_examen).is_some_and(|(d, annee)| d.year() > annee) {
        erreurs
            .add("debut", "La formation commence avant son examen. Corrigez l’une des deux dates.");
    }
    Some(Installation {
        uai,
        nom,
        fuseau: s.fuseau.clone(),
        administrateur: personnes.noms.pop()?,
        identifiant,
        enseigne: !s.enseigne.is_empty(),
        section,
        annee_examen: annee_examen?,
        debut: debut?,
        edition: s.edition,
    })
}

/// Seven digits and a letter. The letter is a checksum, but schools to come and those of a trial have any.
fn est_un_uai(uai: &str) -> bool {
    uai.len() == 8
        && uai[..7].chars().all(|c| c.is_ascii_digit())
        && uai.ends_with(|c: char| c.is_ascii_uppercase())
}
