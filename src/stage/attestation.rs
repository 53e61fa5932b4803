//! The attestation of a period, printed to be signed: the official model of the session, filled with what is known.
use std::{collections::BTreeMap, sync::LazyLock};

use axum::{Router, extract::State, response::Response, routing::get};
use serde::{Deserialize, Serialize};

use super::{
    Periode,
    carnet::{self, Organisation},
    mission::{self, Mission},
};
use crate::{
    app::{App, Db},
    compte::{Compte, Deposant, Enseignant, Moi},
    consultation, date,
    error::{Error, Result},
    etudiant::Etudiant,
    examen::Examen,
    form::Path,
    impression::{Modele, download, imprimer, make},
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/stages/{periode}/attestation.pdf", get(one_mine))
        .route("/etudiants/{id}/stages/{periode}/attestation.pdf", get(one))
        .route("/promotions/{id}/stages/attestations.pdf", get(whole))
}

/// An official model, from a session on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Officiel {
    edition: String,
    depuis: i32,
    /// Every word that it prints.
    libelles: BTreeMap<String, String>,
}

static TOUS: LazyLock<Vec<Officiel>> = LazyLock::new(|| {
    #[derive(Deserialize)]
    struct Fichier {
        modeles: Vec<Officiel>,
    }
    let mut lus = toml::from_str::<Fichier>(include_str!("attestation.toml"))
        .expect("the models that came with the program can be read: a test says so")
        .modeles;
    lus.sort_by_key(|m| m.depuis);
    lus
});

/// The words of the model that this exam asks for; nothing where none is known.
pub fn libelles(examen: &Examen) -> Option<&'static BTreeMap<String, String>> {
    let de = |m: &&Officiel| m.edition == examen.reglement.edition && m.depuis <= examen.session;
    TOUS.iter().rev().find(de).map(|m| &m.libelles)
}

/// What is printed: pages that share their words.
#[derive(Serialize)]
struct Document {
    titre: String,
    etablissement: String,
    /// Year, month, day.
    jour: (i32, u8, u8),
    fictif: bool,
    libelles: &'static BTreeMap<String, String>,
    pages: Vec<Page>,
}

#[derive(Serialize)]
struct Page {
    organisme: Organisme,
    nom: String,
    prenom: String,
    activites: Vec<String>,
    du: String,
    au: String,
    /// In weeks, to a tenth: « 4,2 ».
    semaines: String,
    /// « 21 jours de présence ».
    jours: String,
}

#[derive(Serialize)]
struct Organisme {
    nom: String,
    secteur: String,
    adresse: String,
    code_postal: String,
    ville: String,
    telephone: String,
    mel: String,
}

impl From<&Organisation> for Organisme {
    fn from(o: &Organisation) -> Self {
        let f = o.fiche.clone();
        Self {
            nom: f.nom,
            secteur: f.secteur,
            adresse: f.adresse,
            code_postal: f.code_postal,
            ville: f.ville,
            telephone: f.telephone,
            mel: f.mel,
        }
    }
}

/// « 4 », « 4,2 »: what is less than a tenth does not count.
fn semaines(jours: u32, par_semaine: u32) -> String {
    let dixiemes = jours * 10 / par_semaine;
    match dixiemes % 10 {
        0 => (dixiemes / 10).to_string(),
        d => format!("{},{d}", dixiemes / 10),
    }
}

fn page(
    examen: &Examen,
    (organisations, missions): (&[Organisation], &[Mission]),
    (etudiant, periode): (&Etudiant, &Periode),
) -> Result<Page> {
    let chez = organisations.iter().find(|o| o.organisation_id == periode.organisation_id);
    let siennes = missions.iter().filter(|m| m.periode_id == periode.periode_id && !m.retiree);
    let regle = examen.reglement;
    let jours = periode.jours(regle);
    Ok(Page {
        organisme: chez.ok_or(Error::NotFound)?.into(),
        nom: etudiant.nom.clone(),
        prenom: etudiant.prenom.clone(),
        activites: siennes.map(|m| m.intitule.clone()).collect(),
        du: date::longue(&periode.du),
        au: date::longue(&periode.fin()),
        semaines: semaines(jours, regle.jours_par_semaine.max(1)),
        jours: format!("{} de présence", date::nombre(i64::from(jours), "jour", "jours")),
    })
}

/// Prints the attestations of these periods.
async fn document(
    app: &App,
    mut db: Db,
    compte: &Compte,
    (examen, periodes): (Option<Examen>, &[(&Etudiant, &Periode)]),
) -> Result<(Db, Vec<u8>)> {
    let inconnu = || {
        Error::Refused(
            "Aucun modèle officiel d’attestation n’est connu pour la session de cette promotion. \
             Utilisez celui que l’académie vous donne."
                .into(),
        )
    };
    let examen = examen.ok_or_else(inconnu)?;
    let libelles = libelles(&examen).ok_or_else(inconnu)?;
    let organisations = carnet::organisations(&mut db).await?;
    let ids: Vec<i64> = periodes.iter().map(|(_, p)| p.periode_id).collect();
    let missions = mission::missions(&mut db, &ids).await?;
    let pages = periodes.iter().map(|la| page(&examen, (&organisations, &missions), *la));
    let pages = pages.collect::<Result<_>>()?;
    let jour = compte.aujourd_hui();
    let dossier = Document {
        titre: titre(periodes),
        etablissement: compte.etablissement().to_owned(),
        jour: (jour.year(), jour.month().into(), jour.day()),
        fictif: compte.cadre("").fictif,
        libelles,
        pages,
    };
    let octets = make(app, dossier, |d| imprimer(Modele::Attestation, &serde_json::to_value(d)?));
    Ok((db, octets.await?))
}

fn titre(periodes: &[(&Etudiant, &Periode)]) -> String {
    match periodes {
        [(etudiant, periode)] => {
            format!("Attestation de stage {} {}", etudiant.liste(), periode.organisation)
        }
        _ => "Attestations de stage".into(),
    }
}

async fn une(
    app: &App,
    qui: &Deposant,
    (id, periode): (Option<i64>, i64),
) -> Result<(Db, Response)> {
    let mut db = app.begin(qui).await?;
    let etudiant = qui.de(&mut db, id).await?;
    let periode = etudiant.periode(&mut db, periode).await?;
    let (_, examen) = super::page_periode::examen_de(&mut db, &etudiant).await?;
    let la = [(&etudiant, &periode)];
    let (db, octets) = document(app, db, qui.compte(), (examen, &la)).await?;
    Ok((db, download(octets, "application/pdf", &format!("{}.pdf", titre(&la)))?))
}

async fn one_mine(moi: Moi, State(app): State<App>, Path(periode): Path<i64>) -> Result<Response> {
    Ok(une(&app, &Deposant::Etudiant(moi), (None, periode)).await?.1)
}

async fn one(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, periode)): Path<(i64, i64)>,
) -> Result<Response> {
    let (db, response) = une(&app, &(&enseignant).into(), (Some(id), periode)).await?;
    consultation::noter(db, &enseignant, &[id]);
    Ok(response)
}

async fn whole(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let promotion = enseignant.promotion(&mut db, id).await?;
    let examen = super::pages::examen(&mut db, &promotion).await?;
    let etudiants = promotion.etudiants(&mut db, enseignant.aujourd_hui()).await?;
    let ids: Vec<i64> = etudiants.iter().map(Etudiant::id).collect();
    let stages = super::stages(&mut db, id, &ids).await?;
    let periodes: Vec<(&Etudiant, &Periode)> =
        etudiants.iter().flat_map(|e| stages.de(e.id()).map(move |p| (e, p))).collect();
    if periodes.is_empty() {
        return Err(Error::Refused(
            "Aucune période n’est prévue dans cette promotion\u{a0}: il n’y a rien à imprimer."
                .into(),
        ));
    }
    let (db, octets) = document(&app, db, &enseignant, (examen, &periodes)).await?;
    let leurs: Vec<i64> = periodes.iter().map(|(e, _)| e.id()).collect();
    consultation::noter(db, &enseignant, &leurs);
    download(octets, "application/pdf", &format!("Attestations de stage {}.pdf", promotion.nom))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examen::Reglement;

    #[test]
    fn weeks_are_said_to_a_tenth() {
        for (jours, dites) in [(0, "0"), (4, "0,8"), (20, "4"), (21, "4,2")] {
            assert_eq!(semaines(jours, 5), dites);
        }
    }

    /// A page that was printed, from as many missions of so many letters.
    fn pages(missions: usize, lettres: usize) -> usize {
        let modele = TOUS.last().unwrap();
        let organisme = Organisme {
            nom: "Boulangerie Martinet".into(),
            secteur: String::new(),
            adresse: "12 rue des Fours ".repeat(11),
            code_postal: String::new(),
            ville: String::new(),
            telephone: String::new(),
            mel: String::new(),
        };
        let document = Document {
            titre: "Attestation".into(),
            etablissement: "Lycée".into(),
            jour: (2026, 11, 24),
            fictif: false,
            libelles: &modele.libelles,
            pages: vec![Page {
                organisme,
                nom: "ÉTIENNE".into(),
                prenom: "Zoé".into(),
                activites: vec!["ventes ".repeat(lettres / 7); missions],
                du: "2 novembre 2026".into(),
                au: "27 novembre 2026".into(),
                semaines: "4".into(),
                jours: "20 jours".into(),
            }],
        };
        let data = serde_json::to_value(document).unwrap();
        let octets = imprimer(Modele::Attestation, &data).unwrap();
        String::from_utf8_lossy(&octets).matches("/Type/Page/").count()
    }

    #[test]
    fn a_period_is_one_page_whatever_its_missions() {
        for (missions, lettres) in [(0, 0), (8, 40), (8, 300), (12, 300)] {
            assert_eq!(pages(missions, lettres), 1, "{missions} missions of {lettres} letters");
        }
        assert!(pages(60, 300) > 1, "what cannot be on one page is not cut");
    }

    #[test]
    fn the_models_that_came_with_the_program_say_what_the_rules_count() {
        assert!(!TOUS.is_empty());
        for modele in TOUS.iter() {
            let regle = Reglement::de(&modele.edition, modele.depuis).expect("its rules are known");
            let presence = &modele.libelles["presence"];
            for dit in [
                format!("{} heures de présence", regle.heures_par_jour),
                format!("{} jours de présence", regle.jours_par_mois),
            ] {
                assert!(presence.contains(&dit), "{dit}: {presence}");
            }
            assert!(modele.libelles.values().all(|mots| !mots.trim().is_empty()));
        }
    }
}
