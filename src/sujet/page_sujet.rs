//! The subject of one candidate: both papers on one page, with the bank beside what is varied.
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

use super::{
    Contenu, Modele, Sujet, Variante, Voulu, composer,
    modele::{Papier, Rubrique},
    pages::Lieu,
    variantes,
};
use crate::{
    app::{App, Db},
    compte::Enseignant,
    consultation, date,
    error::{Error, Result},
    etudiant::Etudiant,
    fiche::{self, Fiche},
    form::{Form, FormErrors, Path},
    page::Cadre,
};

pub fn routes() -> Router<App> {
    Router::new().route("/etudiants/{id}/sujets/{epreuve}", get(edit).post(update))
}

/// Longest text of a rubric: what a sheet may say, which fills it.
const RUBRIQUE_MAX: usize = 6000;

/// A subject as it was typed.
#[derive(Debug, Clone, Default)]
struct Saisie {
    fiche: i64,
    commission: String,
    le: String,
    contenu: Contenu,
    version: i64,
    cle: Uuid,
    aller: String,
    reprise: bool,
}

impl Saisie {
    fn lire(modele: &Modele, champs: Vec<(String, String)>) -> Self {
        let mut lue = Self::default();
        for (nom, valeur) in champs {
            let valeur = valeur.replace('\0', "").replace("\r\n", "\n");
            match nom.as_str() {
                "fiche" => lue.fiche = valeur.parse().unwrap_or_default(),
                "commission" => lue.commission = valeur.trim().to_owned(),
                "le" => lue.le = valeur.trim().to_owned(),
                "version" => lue.version = valeur.parse().unwrap_or_default(),
                "cle" => lue.cle = valeur.parse().unwrap_or_default(),
                "aller" => lue.aller = valeur,
                "reprise" => lue.reprise = true,
                _ => {
                    let Some((papier, rubrique)) = nom.split_once('.') else { continue };
                    let connue = modele
                        .papier(papier)
                        .is_some_and(|p| p.rubriques.iter().any(|r| r.code == rubrique));
                    if connue && !valeur.trim().is_empty() {
                        let dits = lue.contenu.entry(papier.to_owned()).or_default();
                        dits.insert(rubrique.to_owned(), valeur.trim().to_owned());
                    }
                }
            }
        }
        lue
    }

    fn check(&self, fiches: &[&Fiche], erreurs: &mut FormErrors) -> Option<Voulu> {
        erreurs.cle("fiche", self.cle);
        if fiches.iter().all(|f| f.fiche_id != self.fiche) {
            erreurs.add("fiche", "Choisissez la fiche que ce sujet fait varier.");
        }
        if self.commission.chars().count() > 40 {
            erreurs.add("commission", "Le numéro de commission compte 40 caractères au plus.");
        }
        let le = date::lire(&self.le);
        if le.is_none() && !self.le.is_empty() {
            erreurs.add("le", "Cette date n’existe pas. Écrivez-la jj/mm/aaaa.");
        }
        for (papier, dits) in &self.contenu {
            for (rubrique, texte) in dits {
                let longueur = texte.chars().count();
                if longueur > RUBRIQUE_MAX {
                    erreurs.add(
                        &format!("{papier}.{rubrique}"),
                        format!(
                            "Ce texte compte {longueur} caractères\u{a0}: {RUBRIQUE_MAX} au plus."
                        ),
                    );
                }
            }
        }
        let (fiche_id, commission) = (self.fiche, self.commission.clone());
        let contenu = self.contenu.clone();
        erreurs.is_empty().then_some(Voulu { fiche_id, commission, le, contenu })
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "sujet/edit.html")]
struct Edit {
    cadre: Cadre,
    etudiant: Etudiant,
    modele: &'static Modele,
    fiches: Vec<Fiche>,
    banque: Vec<Variante>,
    saisie: Saisie,
    /// It is prepared already.
    pret: bool,
    erreurs: FormErrors,
}

impl Edit {
    fn dit(&self, papier: &Papier, rubrique: &Rubrique) -> &str {
        let dits = self.saisie.contenu.get(&papier.code);
        dits.and_then(|d| d.get(&rubrique.code)).map_or("", String::as_str)
    }

    /// What the bank has for a rubric, for the nature of the sheet, each under its number among those of the rubric.
    fn variantes(&self, rubrique: &Rubrique) -> Vec<(usize, &Variante)> {
        if !rubrique.banque {
            return vec![];
        }
        let choisie = self.fiches.iter().find(|f| f.fiche_id == self.saisie.fiche);
        let nature = choisie.and_then(|f| f.nature.as_deref());
        let siennes = self.banque.iter().filter(|v| v.rubrique == rubrique.code);
        siennes.enumerate().filter(|(_, v)| v.convient(nature)).collect()
    }
}

/// A candidate of mine, where she is.
async fn trouver(
    db: &mut Db,
    enseignant: &Enseignant,
    (id, epreuve): (i64, &str),
) -> Result<(Lieu, Etudiant, Option<Sujet>)> {
    let etudiant = enseignant.etudiant(db, id).await?;
    let lieu = Lieu::trouver(db, enseignant, (etudiant.promotion_id(), epreuve)).await?;
    let sujets = enseignant.sujets(db, &lieu.promotion, epreuve).await?;
    let sujet = sujets.into_iter().find(|s| s.etudiant_id == id);
    Ok((lieu, etudiant, sujet))
}

fn page(
    app: &App,
    enseignant: &Enseignant,
    (lieu, etudiant, banque): (&Lieu, Etudiant, Vec<Variante>),
    (saisie, pret, erreurs): (Saisie, bool, FormErrors),
) -> Edit {
    let fiches = lieu.siennes(etudiant.id()).into_iter().cloned().collect();
    let saisie = Saisie { cle: app.random.uuid(), ..saisie };
    let (cadre, modele) = (enseignant.cadre("/promotions"), lieu.modele);
    Edit { cadre, etudiant, modele, fiches, banque, saisie, pret, erreurs }
}

async fn edit(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, epreuve)): Path<(i64, String)>,
) -> Result<Edit> {
    let mut db = app.begin(&enseignant).await?;
    let (lieu, etudiant, sujet) = trouver(&mut db, &enseignant, (id, &epreuve)).await?;
    let banque = variantes(&mut db, &epreuve).await?;
    let pret = sujet.is_some();
    let saisie = match sujet {
        Some(s) => Saisie {
            fiche: s.fiche_id,
            commission: s.commission,
            le: s.le.as_ref().map(date::iso).unwrap_or_default(),
            contenu: s.contenu,
            version: s.version,
            ..Saisie::default()
        },
        None => match lieu.siennes(id).first() {
            Some(f) => {
                let texte = fiche::dernieres(&mut db, &[f]).await?.remove(&f.fiche_id);
                let rang = lieu.etudiants.iter().position(|e| e.id() == id).unwrap_or_default();
                let contenu = composer(lieu.modele, &texte.unwrap_or_default(), &banque, rang);
                Saisie { fiche: f.fiche_id, contenu, ..Saisie::default() }
            }
            None => Saisie::default(),
        },
    };
    let page =
        page(&app, &enseignant, (&lieu, etudiant, banque), (saisie, pret, FormErrors::default()));
    consultation::noter(db, &enseignant, &[id]);
    Ok(page)
}

/// What a button of the bank adds: « banque:candidat.contraintes:3 ».
fn ajouter(saisie: &mut Saisie, modele: &Modele, banque: &[Variante]) -> Option<String> {
    let aller = saisie.aller.strip_prefix("banque:")?.to_owned();
    let (ou, n) = aller.rsplit_once(':')?;
    let (papier, rubrique) = ou.split_once('.')?;
    modele.papier(papier)?.rubriques.iter().find(|r| r.code == rubrique && r.banque)?;
    let texte = &banque.iter().filter(|v| v.rubrique == rubrique).nth(n.parse().ok()?)?.texte;
    let dits = saisie.contenu.entry(papier.to_owned()).or_default();
    let dit = dits.entry(rubrique.to_owned()).or_default();
    if !dit.is_empty() {
        dit.push('\n');
    }
    dit.push_str(texte);
    Some(ou.to_owned())
}

async fn update(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, epreuve)): Path<(i64, String)>,
    Form(champs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let (lieu, etudiant, sujet) = trouver(&mut db, &enseignant, (id, &epreuve)).await?;
    let banque = variantes(&mut db, &epreuve).await?;
    let mut saisie = Saisie::lire(lieu.modele, champs);
    let mut erreurs = FormErrors::default();
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    let ajoute = ajouter(&mut saisie, lieu.modele, &banque);
    let voulu = saisie.check(&lieu.siennes(id), &mut erreurs);
    if saisie.reprise {
        (status, erreurs) = (StatusCode::OK, FormErrors::default());
    } else if let Some(voulu) = voulu {
        let quoi = (&lieu.promotion, &etudiant, epreuve.as_str());
        let lue = (saisie.version, saisie.cle);
        match enseignant.ecrire_sujet(&mut db, quoi, &voulu, lue).await {
            Ok(()) => {
                db.commit().await?;
                let ancre = ajoute.map(|a| format!("#{a}")).unwrap_or_default();
                let vers = format!("/etudiants/{id}/sujets/{epreuve}{ancre}");
                return Ok(Redirect::to(&vers).into_response());
            }
            Err(Error::Conflict(message)) => {
                status = StatusCode::CONFLICT;
                erreurs.add("fiche", message);
                saisie.version = sujet.as_ref().map_or(0, |s| s.version);
            }
            Err(autre) => return Err(autre),
        }
    }
    let pret = sujet.is_some();
    let page = page(&app, &enseignant, (&lieu, etudiant, banque), (saisie, pret, erreurs));
    Ok((status, page).into_response())
}
