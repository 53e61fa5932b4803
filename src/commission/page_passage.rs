//! The planning of an épreuve: a row for each candidate, a column for each situation.
use std::collections::BTreeMap;

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use uuid::Uuid;

use super::{Commission, Etat, Passage, Unite, modele::Forme, pages::examen_de, passages};
use crate::{
    app::{App, Db},
    compte::Enseignant,
    date,
    error::{Error, Result},
    etudiant::Etudiant,
    form::{Form, FormErrors, Path},
    page::Cadre,
    promotion::Promotion,
};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/promotions/{id}/passages", get(first))
        .route("/promotions/{id}/passages/{epreuve}", get(show).post(update))
}

/// A situation to plan: its code and what it is called.
pub fn situations(epreuve: &Unite) -> Vec<(String, String)> {
    let datees = epreuve.evaluation.into_iter().flat_map(|e| &e.temps).filter(|t| t.date);
    let datees: Vec<_> =
        datees.map(|t| (t.code.clone(), format!("Situation {}", t.code))).collect();
    if datees.is_empty() { vec![("P".into(), "Passage".into())] } else { datees }
}

/// A cell of the table, as it stands or as it was typed.
#[derive(Debug, Clone, Default)]
struct Case {
    temps: String,
    intitule: String,
    le: String,
    heure: String,
    salle: String,
    etat: String,
    version: i64,
}

impl Case {
    fn de(p: &Passage) -> Self {
        Self {
            temps: p.temps.clone(),
            intitule: String::new(),
            le: p.le.as_ref().map(date::iso).unwrap_or_default(),
            heure: p.heure.clone(),
            salle: p.salle.clone(),
            etat: p.etat.code().to_owned(),
            version: p.version,
        }
    }

    fn passage(&self, etudiant_id: i64, (champ, erreurs): (&str, &mut FormErrors)) -> Passage {
        let le = date::lire(&self.le);
        if le.is_none() && !self.le.is_empty() {
            erreurs.add(&format!("le-{champ}"), "Cette date n’existe pas. Écrivez-la jj/mm/aaaa.");
        }
        let etat = Etat::de(&self.etat).unwrap_or_default();
        if etat == Etat::Fait && self.le.is_empty() {
            erreurs.add(&format!("le-{champ}"), "Dites quel jour la situation a été passée.");
        }
        let heure = heure(&self.heure);
        if heure.is_none() {
            erreurs.add(
                &format!("heure-{champ}"),
                "Écrivez l’heure sous la forme 14:30, ou laissez vide.",
            );
        }
        if self.salle.chars().count() > 40 {
            erreurs
                .add(&format!("salle-{champ}"), "Le nom de la salle compte 40 caractères au plus.");
        }
        let temps = self.temps.clone();
        let (heure, salle, version) = (heure.unwrap_or_default(), self.salle.clone(), self.version);
        Passage { etudiant_id, temps, le, heure, salle, etat, version }
    }
}

/// « 14:30 », « 14h30 », « 8 h » as « 14:30 », « 08:00 »; empty when it is.
fn heure(dite: &str) -> Option<String> {
    let dite: String = dite.to_lowercase().split_whitespace().collect();
    if dite.is_empty() {
        return Some(String::new());
    }
    let (h, m) = dite.split_once([':', 'h'])?;
    let m = if m.is_empty() { "0" } else { m };
    let chiffres = |t: &str| t.len() <= 2 && t.bytes().all(|b| b.is_ascii_digit());
    if !chiffres(h) || !chiffres(m) {
        return None;
    }
    let (h, m): (u8, u8) = (h.parse().ok()?, m.parse().ok()?);
    (h < 24 && m < 60).then(|| format!("{h:02}:{m:02}"))
}

struct Rang {
    etudiant: Etudiant,
    /// Number of her commission.
    commission: Option<String>,
    cases: Vec<Case>,
}

#[derive(Template, WebTemplate)]
#[template(path = "commission/passages.html")]
struct Show {
    cadre: Cadre,
    promotion: Promotion,
    epreuve: Unite,
    /// Codes of those that have a planning.
    epreuves: Vec<&'static str>,
    rangs: Vec<Rang>,
    /// How many of each state, over all.
    bilan: Vec<(Etat, usize)>,
    erreurs: FormErrors,
    cle: Uuid,
}

async fn first(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
) -> Result<Redirect> {
    let mut db = app.begin(&enseignant).await?;
    let promotion = enseignant.promotion(&mut db, id).await?;
    let examen = examen_de(&mut db, id, promotion.edition_id).await?;
    let epreuves = Unite::toutes(&examen);
    let ccf = epreuves.iter().find(|e| e.forme == Forme::Ccf).or(epreuves.first());
    let code = ccf.map(|e| e.code).ok_or(Error::NotFound)?;
    Ok(Redirect::to(&format!("/promotions/{id}/passages/{code}")))
}

/// A promotion of mine, an épreuve of its exam in each of its forms, and its commissions.
struct Lieu {
    promotion: Promotion,
    formes: Vec<Unite>,
    epreuves: Vec<&'static str>,
    commissions: Vec<Commission>,
    etudiants: Vec<Etudiant>,
}

impl Lieu {
    async fn trouver(db: &mut Db, qui: &Enseignant, (id, code): (i64, &str)) -> Result<Self> {
        let promotion = qui.promotion(db, id).await?;
        let examen = examen_de(db, id, promotion.edition_id).await?;
        let toutes = Unite::toutes(&examen);
        let mut epreuves: Vec<&'static str> = toutes.iter().map(|e| e.code).collect();
        epreuves.dedup();
        let formes: Vec<Unite> = toutes.into_iter().filter(|e| e.code == code).collect();
        if formes.is_empty() {
            return Err(Error::NotFound);
        }
        let mut commissions = promotion.commissions(db).await?;
        commissions.retain(|c| c.epreuve == code);
        let etudiants = promotion.etudiants(db, qui.aujourd_hui()).await?;
        Ok(Self { promotion, formes, epreuves, commissions, etudiants })
    }

    fn commission(&self, etudiant_id: i64) -> Option<&Commission> {
        self.commissions.iter().find(|c| c.ids().contains(&etudiant_id))
    }

    /// The situations of a candidate follow the form of her commission; the first form while she has none.
    fn situations(&self, etudiant_id: i64) -> Vec<(String, String)> {
        let forme = self.commission(etudiant_id).map(|c| c.forme);
        let sienne = self.formes.iter().find(|e| Some(e.forme) == forme);
        sienne.or(self.formes.first()).map(situations).unwrap_or_default()
    }
}

type Champs = BTreeMap<String, String>;

async fn page(
    app: &App,
    enseignant: &Enseignant,
    (db, lieu): (&mut Db, Lieu),
    (dits, erreurs): (Option<&Champs>, FormErrors),
) -> Result<Show> {
    let code = lieu.formes[0].code;
    let actuels = passages(db, (lieu.promotion.promotion_id, code)).await?;
    let mut rangs = vec![];
    let mut combien: BTreeMap<&'static str, usize> = BTreeMap::new();
    for etudiant in lieu.etudiants.clone() {
        let id = etudiant.id();
        let mut cases = vec![];
        for (temps, intitule) in lieu.situations(id) {
            let neuf = Passage { temps: temps.clone(), ..Passage::default() };
            let actuel = actuels.get(&(id, temps.clone())).unwrap_or(&neuf);
            *combien.entry(actuel.etat.code()).or_default() += 1;
            let case = dits.map_or_else(|| Case::de(actuel), |d| typee(d, id, &temps));
            let version = actuel.version;
            cases.push(Case { temps, intitule, version, ..case });
        }
        rangs.push(Rang {
            commission: lieu.commission(id).map(|c| c.numero.clone()),
            cases,
            etudiant,
        });
    }
    let bilan = Etat::TOUS.into_iter().map(|e| (e, combien.get(e.code()).copied().unwrap_or(0)));
    Ok(Show {
        cadre: enseignant.cadre("/promotions"),
        bilan: bilan.collect(),
        epreuve: lieu.formes.into_iter().next().ok_or(Error::NotFound)?,
        epreuves: lieu.epreuves,
        promotion: lieu.promotion,
        rangs,
        erreurs,
        cle: app.random.uuid(),
    })
}

/// A cell as it was typed.
fn typee(dits: &Champs, id: i64, temps: &str) -> Case {
    let dit = |quoi: &str| {
        let dit = dits.get(&format!("{quoi}-{id}-{temps}")).map_or("", String::as_str);
        dit.replace('\0', "").split_whitespace().collect::<Vec<_>>().join(" ")
    };
    Case {
        temps: temps.to_owned(),
        intitule: String::new(),
        le: dit("le"),
        heure: dit("heure"),
        salle: dit("salle"),
        etat: dit("etat"),
        version: dit("version").parse().unwrap_or(-1),
    }
}

async fn show(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, epreuve)): Path<(i64, String)>,
) -> Result<Show> {
    let mut db = app.begin(&enseignant).await?;
    let lieu = Lieu::trouver(&mut db, &enseignant, (id, &epreuve)).await?;
    page(&app, &enseignant, (&mut db, lieu), (None, FormErrors::default())).await
}

async fn update(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, epreuve)): Path<(i64, String)>,
    Form(champs): Form<Champs>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let lieu = Lieu::trouver(&mut db, &enseignant, (id, &epreuve)).await?;
    let cle: Uuid = champs.get("cle").and_then(|c| c.parse().ok()).ok_or(Error::Unreadable)?;
    let mut erreurs = FormErrors::default();
    erreurs.cle("planning", cle);
    let mut voulus = vec![];
    for e in &lieu.etudiants {
        for (temps, _) in lieu.situations(e.id()) {
            // A cell that the form does not have is left as it is.
            if champs.contains_key(&format!("etat-{}-{temps}", e.id())) {
                let champ = format!("{}-{temps}", e.id());
                voulus.push(typee(&champs, e.id(), &temps).passage(e.id(), (&champ, &mut erreurs)));
            }
        }
    }
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if champs.contains_key("reprise") {
        (status, erreurs) = (StatusCode::OK, FormErrors::default());
    } else if erreurs.is_empty() {
        let quoi = (&lieu.promotion, epreuve.as_str());
        let depasses = enseignant.fixer_passages(&mut db, quoi, &voulus, cle).await?;
        if depasses.is_empty() {
            db.commit().await?;
            return Ok(
                Redirect::to(&format!("/promotions/{id}/passages/{epreuve}")).into_response()
            );
        }
        status = StatusCode::CONFLICT;
        for p in depasses {
            let champ = format!("le-{}-{}", p.etudiant_id, p.temps);
            erreurs.add(
                &champ,
                format!(
                    "Un collègue vient d’écrire\u{a0}: {}. Relisez, puis enregistrez de nouveau.",
                    p.en_mots()
                ),
            );
        }
    }
    let page = page(&app, &enseignant, (&mut db, lieu), (Some(&champs), erreurs)).await?;
    Ok((status, page).into_response())
}

#[cfg(test)]
mod tests {
    use super::heure;

    #[test]
    fn an_hour_is_read_as_people_write_it() {
        for (dite, lue) in [
            ("14:30", "14:30"),
            ("8 h", "08:00"),
            ("14h05", "14:05"),
            ("14 H 5", "14:05"),
            ("", ""),
        ] {
            assert_eq!(heure(dite).as_deref(), Some(lue), "{dite}");
        }
        for fausse in ["24:00", "12:60", "midi", "14", "1:2:3", "+1:00"] {
            assert_eq!(heure(fausse), None, "{fausse}");
        }
    }
}
