//! The table of a rubrique: a row a student, filled by keyboard, by pasting a block, and sent at once.
use std::collections::{BTreeMap, BTreeSet, HashMap};

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
    Ecrit, Rubrique, Scolaire, Valeur, Voulue, collage,
    forme::{self, Cases, Colonne, Genre},
    lecture::dites,
    nombre,
    pages::{sans_modele, trouver},
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

type Champs = HashMap<String, String>;

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

fn champ(etudiant_id: i64, colonne: &Colonne) -> String {
    format!("c-{etudiant_id}-{}", colonne.code)
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
            par: ligne.map(super::Ligne::signature),
        }
    };
    scolaire.etudiants.iter().map(un).collect()
}

/// A choice that was pasted as its words.
fn choisi(colonne: &Colonne, dit: &str) -> String {
    let mots = nombre::plier(dit);
    let lui = colonne.choix.iter().find(|c| c.0 == dit || nombre::plier(&c.1) == mots);
    lui.map_or_else(|| dit.to_owned(), |c| c.0.clone())
}

/// The version of a row that was read.
fn lue(champs: &Champs, etudiant_id: i64) -> Option<i64> {
    champs.get(&format!("v-{etudiant_id}")).and_then(|v| v.parse().ok())
}

impl Lieu {
    fn table(&self) -> (&Scolaire, &Rubrique, &[Colonne]) {
        (&self.scolaire, &self.rubrique, &self.colonnes)
    }

    /// What the cells of a row say; nothing for who came since the page was shown.
    fn ligne(
        &self,
        champs: &Champs,
        etudiant_id: i64,
    ) -> Option<std::result::Result<Valeur, Vec<(String, String)>>> {
        let de = |c: &Colonne| Some((c.code.clone(), champs.get(&champ(etudiant_id, c))?.clone()));
        let cases: Cases = self.colonnes.iter().filter_map(de).collect();
        let base = self.scolaire.valeur(&self.rubrique, etudiant_id);
        (!cases.is_empty()).then(|| forme::lire(self.scolaire.modele, &base, &cases))
    }

    /// Those whose row a colleague wrote since it was read, and who sent it back as it was: theirs stays.
    async fn intactes(&self, db: &mut Db, champs: &Champs) -> Result<BTreeSet<i64>> {
        let stale = |e: &&Etudiant| {
            lue(champs, e.id()).is_some_and(|v| v != self.scolaire.lue(&self.rubrique, e.id()))
        };
        let stales: Vec<&Etudiant> = self.scolaire.etudiants.iter().filter(stale).collect();
        let versions: Vec<i64> = stales.iter().filter_map(|e| lue(champs, e.id())).collect();
        let dites = dites(db, &versions).await?;
        let vide = self.rubrique.vide().contenu();
        let intacte = |e: &&&Etudiant| {
            let avant = lue(champs, e.id()).map(|v| dites.get(&v).unwrap_or(&vide));
            let typee = self.ligne(champs, e.id()).and_then(std::result::Result::ok);
            typee.is_none_or(|t| Some(&t.contenu()) == avant)
        };
        Ok(stales.iter().filter(intacte).map(|e| e.id()).collect())
    }

    /// What was typed, of those who are in the promotion; what cannot be read is said.
    fn voulues(&self, champs: &Champs, envoye: &mut Envoye<'_>) -> Vec<Voulue> {
        let mut voulues = vec![];
        for e in self.scolaire.etudiants.iter().filter(|e| !envoye.intactes.contains(&e.id())) {
            match self.ligne(champs, e.id()) {
                None => {}
                Some(Ok(valeur)) => voulues.push(Voulue {
                    rubrique: self.rubrique.clone(),
                    etudiant_id: e.id(),
                    valeur,
                    version: lue(champs, e.id()).unwrap_or(-1),
                }),
                Some(Err(fautes)) => {
                    for (code, message) in fautes {
                        let message = format!("{}\u{a0}: {message}", e.liste());
                        envoye.erreurs.add(&format!("c-{}-{code}", e.id()), message);
                    }
                }
            }
        }
        voulues
    }
}

/// Where everything of the page is.
struct Lieu {
    promotion: Promotion,
    scolaire: Scolaire,
    rubrique: Rubrique,
    colonnes: Vec<Colonne>,
}

async fn lieu(
    app: &App,
    enseignant: &Enseignant,
    (id, rubrique): (i64, &str),
) -> Result<(Db, Lieu)> {
    let mut db = app.begin(enseignant).await?;
    let (promotion, scolaire) = trouver(&mut db, enseignant, id).await?;
    let scolaire = scolaire.ok_or_else(sans_modele)?;
    let rubrique = Rubrique::nommee(scolaire.modele, rubrique).ok_or(Error::NotFound)?;
    let colonnes = forme::colonnes(scolaire.modele, scolaire.decoupage, &rubrique);
    Ok((db, Lieu { promotion, scolaire, rubrique, colonnes }))
}

/// What was sent, when the page comes back with it.
#[derive(Default)]
struct Envoye<'a> {
    champs: Option<&'a Champs>,
    poses: BTreeMap<i64, Cases>,
    /// Rows that were sent back as they had been read, and changed meanwhile.
    intactes: BTreeSet<i64>,
    /// Rows that both changed: she is told.
    depassees: BTreeSet<i64>,
    erreurs: FormErrors,
    a_relire: Option<&'static str>,
    enregistre: bool,
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

/// Lays what was pasted without scripts; the table comes back, to be read again.
fn coller(lieu: &Lieu, champs: &Champs, envoye: &mut Envoye<'_>) {
    let texte = champs.get("colle").map_or("", String::as_str);
    let rang = |nom: &str| champs.get(nom).and_then(|r| r.parse().ok()).unwrap_or(0);
    let etudiants: Vec<i64> = lieu.scolaire.etudiants.iter().map(Etudiant::id).collect();
    let table = (&etudiants[..], &lieu.colonnes[..]);
    if nombre::nir(texte) {
        envoye.erreurs.add("colle", nombre::NIR);
        return;
    }
    match collage::poser(texte, table, (rang("ligne"), rang("colonne"))) {
        Ok(poses) => {
            envoye.poses = poses;
            envoye.a_relire = Some("Voici le bloc collé. Relisez-le, puis enregistrez.");
        }
        Err(message) => envoye.erreurs.add("colle", message),
    }
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
