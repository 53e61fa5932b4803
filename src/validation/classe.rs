//! The page where a coordonnateur stops the livrets of a class, and where its teachers see the state of each.
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use time::PrimitiveDateTime;
use uuid::Uuid;

use super::arret::Geste;
use crate::{
    app::{App, Db, InTheNameOf},
    compte::Enseignant,
    error::{Error, Result},
    form::{Form, FormErrors, Path, Query},
    page::Cadre,
    promotion::{Coordonnateur, Promotion},
};

/// The coordonnateur of a promotion of mine; who teaches it without coordinating it is told so.
pub(super) async fn coordonnateur(
    enseignant: &Enseignant,
    db: &mut Db,
    promotion_id: i64,
) -> Result<Coordonnateur> {
    enseignant.coordonnateur(db, promotion_id).await.map_err(|e| match e {
        Error::NotFound => Error::Refused(
            "Un livret est arrêté par qui coordonne la promotion. Demandez-le à la coordination."
                .into(),
        ),
        autre => autre,
    })
}

/// The box that says that this is wanted.
pub(super) fn confirme(coche: Option<&String>) -> Result<()> {
    let refus = "Cochez la case\u{a0}: rouvrir un livret demandera deux personnes.";
    coche.map(|_| ()).ok_or_else(|| Error::Refused(refus.into()))
}

/// A student of the class, and where her livret stands.
struct Rang {
    etudiant_id: i64,
    nom: String,
    prenom: String,
    arrete_le: Option<PrimitiveDateTime>,
    par: Option<String>,
    empreinte: Option<Vec<u8>>,
    /// Who asked that it be opened again.
    demandee_par: Option<String>,
}

impl Rang {
    fn court(&self) -> Option<String> {
        let entiere = hex::encode_upper(self.empreinte.as_ref()?);
        Some(entiere.chars().take(8).collect())
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "validation/classe.html")]
pub struct Index {
    cadre: Cadre,
    promotion: Promotion,
    rangs: Vec<Rang>,
    saisie: Saisie,
    erreurs: FormErrors,
}

impl Index {
    fn ouverts(&self) -> usize {
        self.rangs.iter().filter(|r| r.arrete_le.is_none()).count()
    }

    fn coche(&self, etudiant: impl std::borrow::Borrow<i64>) -> bool {
        self.saisie.etudiant.contains(etudiant.borrow())
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Saisie {
    etudiant: Vec<i64>,
    /// All those that are open, ticked or not.
    tous: Option<String>,
    confirme: Option<String>,
    cle: Uuid,
    /// Sent again after an expired session: shown, not written.
    reprise: Option<String>,
}

/// What the gesture that led here did.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Fait {
    arretes: Option<usize>,
    deja: usize,
}

async fn page(
    app: &App,
    enseignant: &Enseignant,
    db: &mut Db,
    promotion: Promotion,
    (saisie, erreurs): (Saisie, FormErrors),
) -> Result<Index> {
    let rangs = sqlx::query_as!(
        Rang,
        r#"select i.etudiant_id, p.nom, p.prenom, a.arrete_le at time zone e.fuseau as arrete_le,
                  case when q.personne_id is not null then concat_ws(' ', q.civilite, q.nom) end as par,
                  a.empreinte as "empreinte?",
                  case when d.personne_id is not null then concat_ws(' ', d.civilite, d.nom) end as demandee_par
             from livret.inscription i
             join livret.etablissement e using (etablissement_id)
             join livret.personne p on p.etablissement_id = i.etablissement_id and p.personne_id = i.etudiant_id
             left join livret.arret a on a.etablissement_id = i.etablissement_id and a.etudiant_id = i.etudiant_id
                                     and a.leve_le is null
             left join livret.personne q on q.etablissement_id = a.etablissement_id and q.personne_id = a.par
             left join livret.reouverture r on r.etablissement_id = i.etablissement_id
                                           and r.etudiant_id = i.etudiant_id and r.etat = 'attente'
             left join livret.personne d on d.etablissement_id = r.etablissement_id and d.personne_id = r.par
            where i.etablissement_id = livret.ici() and i.promotion_id = $1
              and i.du <= $2 and (i.au is null or $2 <= i.au)
            order by p.nom collate "fr-x-icu", p.prenom collate "fr-x-icu", i.etudiant_id"#,
        promotion.promotion_id, enseignant.jour()
    )
    .fetch_all(&mut **db)
    .await?;
    let saisie = Saisie { cle: app.random.uuid(), ..saisie };
    Ok(Index { cadre: enseignant.cadre("/promotions"), promotion, rangs, saisie, erreurs })
}

pub async fn index(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Query(fait): Query<Fait>,
) -> Result<Index> {
    let mut db = app.begin(&enseignant).await?;
    let promotion = enseignant.promotion(&mut db, id).await?;
    let vierge = (Saisie::default(), FormErrors::default());
    let mut page = page(&app, &enseignant, &mut db, promotion, vierge).await?;
    page.cadre.annonce = fait.arretes.map(|arretes| Geste::annonce(arretes, fait.deja));
    Ok(page)
}

pub async fn create(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(mut saisie): Form<Saisie>,
) -> Result<Response> {
    let mut db = app.begin(&enseignant).await?;
    let promotion = enseignant.promotion(&mut db, id).await?;
    let mut erreurs = FormErrors::default();
    erreurs.cle("confirme", saisie.cle);
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if saisie.reprise.is_some() {
        status = StatusCode::OK;
    } else if erreurs.is_empty() {
        match arreter(&enseignant, &mut db, &promotion, &saisie).await {
            Ok(geste) => {
                db.commit().await?;
                let (faits, deja) = (geste.arretes.len(), geste.deja.len());
                let vers = format!("/promotions/{id}/arret?arretes={faits}&deja={deja}");
                return Ok(Redirect::to(&vers).into_response());
            }
            Err(Error::Refused(message)) => erreurs.add("confirme", message),
            Err(autre) => return Err(autre),
        }
        drop(db); // what was tried is undone
        db = app.begin(&enseignant).await?;
    }
    saisie.tous = None;
    let page = page(&app, &enseignant, &mut db, promotion, (saisie, erreurs)).await?;
    Ok((status, page).into_response())
}

async fn arreter(
    enseignant: &Enseignant,
    db: &mut Db,
    promotion: &Promotion,
    saisie: &Saisie,
) -> Result<Geste> {
    let coordonnateur = coordonnateur(enseignant, db, promotion.promotion_id).await?;
    let etudiants = if saisie.tous.is_some() {
        let tous = promotion.etudiants(db, enseignant.jour()).await?;
        tous.iter().map(crate::etudiant::Etudiant::id).collect()
    } else {
        let mut coches = saisie.etudiant.clone();
        coches.sort_unstable();
        coches.dedup();
        coches
    };
    if etudiants.is_empty() {
        return Err(Error::Refused("Cochez au moins un livret à arrêter.".into()));
    }
    confirme(saisie.confirme.as_ref())?;
    coordonnateur.arreter_livrets(db, &etudiants, saisie.cle).await
}
