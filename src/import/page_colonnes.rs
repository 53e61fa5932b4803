//! What each column is of, and where each class goes.
use std::collections::BTreeMap;

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    Etat, Import, Lu,
    champ::Champ,
    choix::Choix,
    classe::{self, Classe},
    lecture,
    pages::{administre, cadre, entrer},
};
use crate::{
    administration::Ouverture,
    app::{App, Db, InTheNameOf},
    compte::Gestionnaire,
    date,
    error::{Error, Result},
    form::{Form, FormErrors, Path},
    page::{Cadre, filters},
    promotion::Geree,
    referentiel::{self, Publication},
};

/// The rows that are shown of a list.
const MONTREES: usize = 3;
/// A whole lycée has some eighty classes.
const CLASSES_MAX: usize = 200;

/// A promotion that an administrator opens on the way.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Nouvelle {
    nom: String,
    annee_examen: String,
    debut: String,
    edition: Uuid,
    cle: Uuid,
    reprise: Option<String>,
}

#[derive(Template, WebTemplate)]
#[template(path = "import/colonnes.html")]
struct Edit {
    cadre: Cadre,
    admin: bool,
    import: Import,
    lu: Lu,
    classes: Vec<Classe>,
    annee: i32,
    gerees: Vec<Geree>,
    editions: Vec<Publication>,
    nouvelle: Nouvelle,
    erreurs: FormErrors,
}

impl Edit {
    fn champs(&self) -> Vec<(&'static str, &'static str)> {
        Champ::possibles(self.import.quoi).collect()
    }

    fn montrees(&self) -> impl Iterator<Item = &super::Ligne> {
        self.lu.lignes.iter().take(MONTREES)
    }

    /// The names of some, to see whether their accents are right.
    fn noms(&self) -> String {
        let nom = |l| {
            lecture::lire(&self.lu, l, &self.import.choix.colonnes, self.annee)
                .ok()
                .map(|e| e.liste())
        };
        let accentues = |n: &String| !n.is_ascii();
        let tous: Vec<String> = self.lu.lignes.iter().take(400).filter_map(nom).collect();
        let mut vus: Vec<&String> = tous.iter().filter(|n| accentues(n)).take(MONTREES).collect();
        vus.extend(tous.iter().filter(|n| !accentues(n)).take(MONTREES - vus.len()));
        vus.into_iter().cloned().collect::<Vec<_>>().join(" · ")
    }

    fn a_une_classe(&self) -> bool {
        self.import.choix.a(Champ::Classe)
    }

    /// Each column: its heading, and what it is of.
    fn tetes(&self) -> Vec<(String, &'static str)> {
        let titre = |n: usize| {
            self.lu.entetes.get(n).cloned().unwrap_or_else(|| format!("Colonne {}", n + 1))
        };
        let colonnes = self.import.choix.colonnes.iter().enumerate();
        colonnes.map(|(n, c)| (titre(n), c.map_or("", Champ::code))).collect()
    }

    /// Everybody goes there.
    fn vont(&self, promotion: &Geree) -> bool {
        self.import.choix.promotion == Some(promotion.promotion_id)
    }

    /// Where a class goes: what she said, else what it seems to be.
    fn va(&self, classe: &Classe, promotion: &Geree) -> bool {
        let choix = &self.import.choix;
        let dite = choix.classes.get(&classe.code).copied();
        let ou = if choix.pret { dite } else { dite.or(classe.proposee) };
        ou == Some(promotion.promotion_id)
    }
}

async fn page(
    app: &App,
    qui: &Gestionnaire,
    id: i64,
    choix: Option<Choix>,
    (nouvelle, erreurs): (Nouvelle, FormErrors),
) -> Result<Edit> {
    let (mut db, gerees) = entrer(app, qui).await?;
    let mut import = en_cours(qui, &mut db, id).await?;
    let lu = qui.lu(&mut db, id).await?;
    if let Some(choix) = choix {
        import.choix = choix;
    }
    let annee = classe::rentree(qui.jour()) + 1;
    let mut classes = classe::lister(&lu, &import.choix.colonnes, &gerees, annee - 1);
    classes.truncate(CLASSES_MAX);
    let admin = administre(qui);
    let editions = if admin { referentiel::list(&mut *db).await? } else { vec![] };
    let nouvelle = Nouvelle { cle: app.random.uuid(), ..nouvelle };
    Ok(Edit {
        cadre: cadre(qui),
        admin,
        import,
        lu,
        classes,
        annee,
        gerees,
        editions,
        nouvelle,
        erreurs,
    })
}

/// One of mine that goes on; one that is over has no such page.
pub(super) async fn en_cours(qui: &Gestionnaire, db: &mut Db, id: i64) -> Result<Import> {
    let import = qui.import(&mut *db, id).await?;
    if import.etat == Etat::EnCours { Ok(import) } else { Err(Error::NotFound) }
}

pub async fn edit(
    qui: Gestionnaire,
    State(app): State<App>,
    Path(id): Path<i64>,
) -> Result<Response> {
    page_ou_fin(&qui, &app, id).await
}

async fn page_ou_fin(qui: &Gestionnaire, app: &App, id: i64) -> Result<Response> {
    let (mut db, _) = entrer(app, qui).await?;
    if qui.import(&mut db, id).await?.etat != Etat::EnCours {
        return Ok(Redirect::to(&format!("/import/{id}")).into_response());
    }
    drop(db);
    Ok(page(app, qui, id, None, <_>::default()).await?.into_response())
}

/// The form: a field a column, then a field a class, in their order.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Saisie {
    colonne: Vec<String>,
    classe: Vec<String>,
    vers: Vec<String>,
    promotion: String,
    version: i64,
    reprise: Option<String>,
}

impl Saisie {
    fn lire(&self, avant: &Choix, officielle: bool, gerees: &[Geree]) -> Choix {
        let promotion =
            |p: &str| p.parse().ok().filter(|id| gerees.iter().any(|g| g.promotion_id == *id));
        let dites = self.colonne.iter().map(|c| Champ::lire(c));
        let colonnes = if officielle || self.colonne.len() != avant.colonnes.len() {
            avant.colonnes.clone()
        } else {
            dites.collect()
        };
        let paires = self.classe.iter().zip(&self.vers);
        let classes: BTreeMap<String, i64> =
            paires.filter_map(|(c, v)| promotion(v).map(|p| (c.clone(), p))).collect();
        Choix {
            colonnes,
            classes,
            promotion: promotion(&self.promotion),
            pret: true,
            ..avant.clone()
        }
    }
}

fn verifier(choix: &Choix, erreurs: &mut FormErrors) {
    let a = |c| choix.a(c);
    if !(a(Champ::NomComplet) || a(Champ::Nom) && a(Champ::Prenom)) {
        erreurs.add(
            "colonnes",
            "Dites quelle colonne est le nom et laquelle le prénom, ou laquelle contient les deux.",
        );
    }
    let dits: Vec<Champ> = choix.colonnes.iter().flatten().copied().collect();
    if let Some(double) = dits.iter().enumerate().find(|(n, c)| dits[..*n].contains(c)) {
        let quoi = double.1.intitule();
        erreurs.add("colonnes", format!("Deux colonnes sont «\u{a0}{quoi}\u{a0}». N’en gardez qu’une\u{a0}: choisissez «\u{a0}Champ ignoré\u{a0}» pour l’autre."));
    }
    if choix.toutes().is_empty() {
        let quoi = if choix.a(Champ::Classe) {
            "d’au moins une classe"
        } else {
            "où vont ces personnes"
        };
        erreurs.add("classes", format!("Choisissez la promotion {quoi}."));
    }
}

pub async fn update(
    qui: Gestionnaire,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(saisie): Form<Saisie>,
) -> Result<Response> {
    let (mut db, gerees) = entrer(&app, &qui).await?;
    let import = en_cours(&qui, &mut db, id).await?;
    let lu = qui.lu(&mut db, id).await?;
    let mut choix = saisie.lire(&import.choix, lu.source.officielle(), &gerees);
    if saisie.reprise.is_some() {
        drop(db);
        return Ok(page(&app, &qui, id, Some(choix), <_>::default()).await?.into_response());
    }
    let mut erreurs = FormErrors::default();
    // Another column of classes: they are shown before one goes on.
    let ou = |c: &Choix| c.colonnes.iter().position(|x| *x == Some(Champ::Classe));
    let autres = ou(&choix) != ou(&import.choix);
    if autres {
        choix = Choix { pret: false, classes: BTreeMap::new(), reponses: BTreeMap::new(), ..choix };
    } else {
        verifier(&choix, &mut erreurs);
    }
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if erreurs.is_empty() {
        match qui.choisir(&mut db, &Import { version: saisie.version, ..import }, &choix).await {
            Ok(()) => {
                db.commit().await?;
                let etape = if autres { "colonnes#classes" } else { "verifier" };
                return Ok(Redirect::to(&format!("/import/{id}/{etape}")).into_response());
            }
            Err(Error::Conflict(message)) => {
                status = StatusCode::CONFLICT;
                erreurs.add("colonnes", message);
            }
            Err(autre) => return Err(autre),
        }
    }
    drop(db);
    let choix = Some(choix).filter(|_| status == StatusCode::UNPROCESSABLE_ENTITY);
    Ok((status, page(&app, &qui, id, choix, (Nouvelle::default(), erreurs)).await?).into_response())
}

/// An administrator opens a promotion without leaving the list that needs it.
pub async fn ouvrir(
    qui: Gestionnaire,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(saisie): Form<Nouvelle>,
) -> Result<Response> {
    let Gestionnaire::Administrateur(admin) = &qui else { return Err(Error::NotFound) };
    let (mut db, _) = entrer(&app, &qui).await?;
    en_cours(&qui, &mut db, id).await?;
    let mut erreurs = FormErrors::default();
    let nom = erreurs.ligne("nom", &saisie.nom, 80);
    let annee = saisie.annee_examen.trim().parse().ok().filter(|a| (2018..=2100).contains(a));
    if annee.is_none() {
        erreurs
            .add("annee_examen", "L’année d’examen s’écrit en quatre chiffres, par exemple 2028.");
    }
    let debut = date::lire(&saisie.debut).filter(|d| annee.is_none_or(|a| d.year() <= a));
    if debut.is_none() {
        erreurs.add(
            "debut",
            "Cette date n’existe pas, ou vient après l’examen. Écrivez-la jj/mm/aaaa.",
        );
    }
    erreurs.cle("nom", saisie.cle);
    if !referentiel::list(&mut *db).await?.iter().any(|e| e.edition_id == saisie.edition) {
        erreurs.add("edition", "Choisissez une édition du référentiel.");
    }
    if let (Some(annee), Some(debut), true, None) =
        (annee, debut, erreurs.is_empty(), &saisie.reprise)
    {
        let ouverture = Ouverture { nom: &nom, annee, debut, edition: saisie.edition };
        match admin.ouvrir_promotion(&mut db, &ouverture, saisie.cle).await {
            Ok(_) => {
                db.commit().await?;
                return Ok(Redirect::to(&format!("/import/{id}/colonnes#classes")).into_response());
            }
            Err(Error::Conflict(message)) => erreurs.add("nom", message),
            Err(autre) => return Err(autre),
        }
    }
    drop(db);
    let status =
        if saisie.reprise.is_some() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok((status, page(&app, &qui, id, None, (saisie, erreurs)).await?).into_response())
}
