//! The table of a rubrique: a row a student, filled by keyboard, by pasting a block, and sent at once.
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
    Ecrit, Rubrique, Scolaire,
    forme::{self, Cases, Colonne, Genre},
    nombre,
    pages::sans_modele,
    saisie::{Champs, Envoye, Lieu, champ, choisi, coller, lieu, lue},
};
use crate::{
    app::{App, Db},
    compte::Enseignant,
    error::{Error, Result},
    etudiant::Etudiant,
    form::{Form, FormErrors, Path, Query},
    page::Cadre,
    promotion::Promotion,
};

pub fn routes() -> Router<App> {
    Router::new().route("/promotions/{id}/scolaire/{rubrique}", get(edit).post(update))
}

/// A cell of the table: the name of its field, what it says.
struct Case<'a> {
    champ: String,
    colonne: &'a Colonne,
    dit: String,
}

/// A student of the table, as she stands or as it was typed.
struct Rang {
    etudiant: Etudiant,
    cases: Cases,
    version: i64,
    /// Who wrote last, and when.
    par: Option<String>,
}

#[derive(Template, WebTemplate)]
#[template(path = "scolaire/edit.html")]
struct Edit {
    cadre: Cadre,
    promotion: Promotion,
    scolaire: Scolaire,
    rubrique: Rubrique,
    titre: String,
    colonnes: Vec<Colonne>,
    rangs: Vec<Rang>,
    erreurs: FormErrors,
    cle: Uuid,
    /// What was pasted without scripts, when it could not be laid.
    colle: String,
    /// What is shown is not kept yet, and why.
    a_relire: Option<&'static str>,
    /// It has just been kept.
    enregistre: bool,
}

impl Edit {
    fn cases(&self, rang: &Rang) -> Vec<Case<'_>> {
        let siennes = self.colonnes.iter().map(|colonne| Case {
            champ: champ(rang.etudiant.id(), colonne),
            dit: rang.cases.get(&colonne.code).cloned().unwrap_or_default(),
            colonne,
        });
        siennes.collect()
    }

    /// The averages of the class, under an enseignement's.
    fn classe(&self) -> Option<Vec<String>> {
        let Rubrique::Enseignement(code) = &self.rubrique else { return None };
        let classe = self.scolaire.classe(code);
        let une = |c: &Colonne| {
            let rang = forme::rang(&c.code);
            nombre::dire_si(rang.and_then(|(an, n)| classe.periodes[an * 3 + n]))
        };
        Some(self.colonnes.iter().map(une).collect())
    }

    /// What was pasted in a choice and is none of them: it stays to be seen.
    #[expect(clippy::unused_self, reason = "askama calls it so")]
    fn inconnu(&self, k: &Case<'_>) -> bool {
        !k.dit.is_empty() && k.colonne.choix.iter().all(|c| c.0 != k.dit)
    }

    /// All the parts, in the order of the sheet.
    fn voisins(&self) -> Vec<(String, String)> {
        let autres = self.scolaire.rubriques();
        let lien = |r: &Rubrique| (r.code().to_owned(), r.intitule(self.scolaire.modele));
        autres.iter().map(lien).collect()
    }
}

/// What the table has of each student: as typed where it was, else as it stands.
fn rangs(
    (scolaire, rubrique, colonnes): (&Scolaire, &Rubrique, &[Colonne]),
    envoye: &Envoye<'_>,
) -> Vec<Rang> {
    let un = |e: &Etudiant| {
        let mut cases = forme::dire(&scolaire.valeur(rubrique, e.id()));
        let dits = envoye.champs.filter(|_| !envoye.intactes.contains(&e.id()));
        for c in colonnes {
            if let Some(dit) = dits.and_then(|d| d.get(&champ(e.id(), c))) {
                cases.insert(c.code.clone(), dit.clone());
            }
        }
        if let Some(poses) = envoye.poses.get(&e.id()) {
            let lus = poses.iter().map(|(code, dit)| {
                let colonne = colonnes.iter().find(|c| c.code == *code);
                (code.clone(), colonne.map_or_else(|| dit.clone(), |c| choisi(c, dit)))
            });
            cases.extend(lus);
        }
        let ligne = scolaire.ligne(rubrique, e.id());
        // What she has not been told of stays unread: saved again, it is a conflict and not a loss.
        let lue = dits.filter(|_| !envoye.depassees.contains(&e.id())).and_then(|d| lue(d, e.id()));
        Rang {
            etudiant: e.clone(),
            cases,
            version: lue.unwrap_or_else(|| ligne.map_or(0, |l| l.version)),
            par: ligne.map(super::Ligne::signature_courte),
        }
    };
    scolaire.etudiants.iter().map(un).collect()
}

fn page(app: &App, enseignant: &Enseignant, lieu: Lieu, envoye: Envoye<'_>) -> Edit {
    let Lieu { promotion, scolaire, rubrique, colonnes } = lieu;
    let rangs = rangs((&scolaire, &rubrique, &colonnes), &envoye);
    let colle = if envoye.poses.is_empty() {
        envoye.champs.and_then(|c| c.get("colle")).cloned().unwrap_or_default()
    } else {
        String::new()
    };
    Edit {
        cadre: enseignant.cadre("/promotions"),
        titre: rubrique.intitule(scolaire.modele),
        promotion,
        scolaire,
        rubrique,
        colonnes,
        rangs,
        erreurs: envoye.erreurs,
        cle: app.random.uuid(),
        colle,
        a_relire: envoye.a_relire,
        enregistre: envoye.enregistre,
    }
}

async fn edit(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, rubrique)): Path<(i64, String)>,
    Query(dit): Query<Champs>,
) -> Result<Edit> {
    let (_, lieu) = lieu(&app, &enseignant, (id, &rubrique)).await?;
    let enregistre = dit.contains_key("enregistre");
    Ok(page(&app, &enseignant, lieu, Envoye { enregistre, ..Envoye::default() }))
}

/// Writes what was typed; nothing when it could not be, and why is in what is sent back.
async fn enregistrer(
    enseignant: &Enseignant,
    db: &mut Db,
    (lieu, champs): (&Lieu, &Champs),
    envoye: &mut Envoye<'_>,
) -> Result<Option<StatusCode>> {
    let cle: Uuid = champs.get("cle").and_then(|c| c.parse().ok()).ok_or(Error::Unreadable)?;
    envoye.erreurs.cle("tableau", cle);
    let voulues = lieu.voulues(champs, envoye);
    if !envoye.erreurs.is_empty() {
        return Ok(Some(StatusCode::UNPROCESSABLE_ENTITY));
    }
    match enseignant.remplir_scolaire(db, &lieu.promotion, &voulues, cle).await? {
        Ecrit::Fait(_) => return Ok(None),
        Ecrit::Ferme(message) => envoye.erreurs.add("tableau", message),
        Ecrit::Depasse(depassees) => {
            for (_, elle, message) in depassees {
                envoye.depassees.insert(elle);
                envoye.erreurs.add(&format!("qui-{elle}"), message);
            }
        }
    }
    Ok(Some(StatusCode::CONFLICT))
}

async fn update(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, rubrique)): Path<(i64, String)>,
    Form(champs): Form<Champs>,
) -> Result<Response> {
    let (mut db, mut lieu) = lieu(&app, &enseignant, (id, &rubrique)).await?;
    let mut status = StatusCode::OK;
    let intactes = lieu.intactes(&mut db, &champs).await?;
    let mut envoye = Envoye { champs: Some(&champs), intactes, ..Envoye::default() };
    if champs.contains_key("reprise") {
        envoye.a_relire = Some("Voici votre saisie. Relisez-la, puis enregistrez.");
    } else if champs.get("aller").is_some_and(|a| a == "coller") {
        coller(&lieu, &champs, &mut envoye);
        if !envoye.erreurs.is_empty() {
            status = StatusCode::UNPROCESSABLE_ENTITY;
        }
    } else {
        match enregistrer(&enseignant, &mut db, (&lieu, &champs), &mut envoye).await? {
            None => {
                db.commit().await?;
                let vers = format!("/promotions/{id}/scolaire/{rubrique}?enregistre=oui");
                return Ok(Redirect::to(&vers).into_response());
            }
            Some(refus) => status = refus,
        }
        if !envoye.depassees.is_empty() {
            // As the act saw it, under the pen.
            let jour = enseignant.aujourd_hui();
            let relu = super::lire(&mut db, &lieu.promotion, jour).await?;
            lieu.scolaire = relu.ok_or_else(sans_modele)?;
        }
    }
    Ok((status, page(&app, &enseignant, lieu, envoye)).into_response())
}
