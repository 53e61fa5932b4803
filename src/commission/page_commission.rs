//! Forming a commission: who sits, whom they examine.
use std::collections::BTreeSet;

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

use super::{Commission, Forme, Membre, Unite, Voulue, pages::examen_de};
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
    Router::new()
        .route("/promotions/{id}/commissions/nouvelle", get(new).post(create))
        .route("/promotions/{id}/commissions/{commission}", get(edit).post(update))
}

/// Members without an account that a form has room for.
const EXTERIEURS: usize = 3;

/// Somebody who may sit: a teacher of the promotion, a member of its jury.
#[derive(Debug, Clone)]
pub(super) struct Personne {
    pub id: i64,
    pub nom: String,
    pub qualite: String,
}

/// A commission as it was typed.
#[derive(Debug, Clone, Default)]
struct Saisie {
    epreuve: String,
    forme: String,
    numero: String,
    siegent: BTreeSet<i64>,
    examinent: BTreeSet<i64>,
    /// Name and quality.
    exterieurs: Vec<(String, String)>,
    candidats: BTreeSet<i64>,
    version: i64,
    cle: Uuid,
    reprise: bool,
}

impl Saisie {
    fn lire(champs: Vec<(String, String)>) -> Self {
        let mut lue = Self { exterieurs: vec![Default::default(); EXTERIEURS], ..Self::default() };
        for (nom, valeur) in champs {
            let valeur = valeur.replace('\0', "").split_whitespace().collect::<Vec<_>>().join(" ");
            let numero = valeur.parse::<i64>().ok();
            match (nom.as_str(), numero) {
                ("epreuve", _) => {
                    let (epreuve, forme) = valeur.split_once('/').unwrap_or((&valeur, ""));
                    (lue.epreuve, lue.forme) = (epreuve.to_owned(), forme.to_owned());
                }
                ("numero", _) => lue.numero = valeur,
                ("siege", Some(id)) => _ = lue.siegent.insert(id),
                ("examine", Some(id)) => _ = lue.examinent.insert(id),
                ("candidat", Some(id)) => _ = lue.candidats.insert(id),
                ("version", Some(n)) => lue.version = n,
                ("cle", _) => lue.cle = valeur.parse().unwrap_or_default(),
                ("reprise", _) => lue.reprise = true,
                (autre, _) => {
                    let rang = |p: &str| autre.strip_prefix(p)?.parse::<usize>().ok();
                    if let Some(e) = rang("nom-").and_then(|n| lue.exterieurs.get_mut(n)) {
                        e.0 = valeur;
                    } else if let Some(e) = rang("qualite-").and_then(|n| lue.exterieurs.get_mut(n))
                    {
                        e.1 = valeur;
                    }
                }
            }
        }
        lue
    }

    fn de(c: &Commission) -> Self {
        let de = |f: &dyn Fn(&Membre) -> bool| {
            c.membres.iter().filter(|m| f(m)).filter_map(|m| m.personne_id).collect()
        };
        let sans = c.membres.iter().filter(|m| m.personne_id.is_none());
        let mut exterieurs: Vec<_> = sans.map(|m| (m.nom.clone(), m.qualite.clone())).collect();
        exterieurs.resize(EXTERIEURS, Default::default());
        Self {
            epreuve: c.epreuve.clone(),
            forme: c.forme.code().to_owned(),
            numero: c.numero.clone(),
            siegent: de(&|_| true),
            examinent: de(&|m| m.examine),
            exterieurs,
            candidats: c.ids().into_iter().collect(),
            version: c.version,
            ..Self::default()
        }
    }

    fn check(
        &self,
        (commission_id, personnes): (Option<i64>, &[Personne]),
        erreurs: &mut FormErrors,
    ) -> Option<Voulue> {
        erreurs.cle("numero", self.cle);
        let forme = Forme::de(&self.forme);
        if forme.is_none() {
            erreurs.add("epreuve", "Choisissez l’épreuve et sa forme.");
        }
        let numero = erreurs.ligne("numero", &self.numero, 20);
        let mut membres = vec![];
        for p in personnes
            .iter()
            .filter(|p| self.siegent.contains(&p.id) || self.examinent.contains(&p.id))
        {
            membres.push(Membre {
                personne_id: Some(p.id),
                nom: p.nom.clone(),
                qualite: p.qualite.clone(),
                examine: self.examinent.contains(&p.id),
            });
        }
        for (n, (nom, qualite)) in self.exterieurs.iter().enumerate() {
            if nom.is_empty() && qualite.is_empty() {
                continue;
            }
            let nom = erreurs.ligne(&format!("nom-{n}"), nom, 120);
            let trop = qualite.chars().count() > 120;
            if trop {
                erreurs.add(&format!("qualite-{n}"), "La qualité compte 120 caractères au plus.");
            }
            membres.push(Membre {
                personne_id: None,
                nom,
                qualite: qualite.clone(),
                examine: false,
            });
        }
        let voulue = Voulue {
            commission_id,
            epreuve: self.epreuve.clone(),
            forme: forme?,
            numero,
            membres,
            candidats: self.candidats.iter().copied().collect(),
            version: self.version,
        };
        erreurs.is_empty().then_some(voulue)
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "commission/edit.html")]
struct Edit {
    cadre: Cadre,
    promotion: Promotion,
    commission_id: Option<i64>,
    epreuves: Vec<Unite>,
    personnes: Vec<Personne>,
    /// Each with the commission of the épreuve where she is already.
    etudiants: Vec<(Etudiant, Option<String>)>,
    saisie: Saisie,
    erreurs: FormErrors,
}

impl Edit {
    fn choisie(&self, e: &Unite) -> bool {
        e.code == self.saisie.epreuve && e.forme.code() == self.saisie.forme
    }

    fn candidat(&self, id: i64) -> bool {
        self.saisie.candidats.contains(&id)
    }

    fn chemin(&self) -> String {
        let base = format!("/promotions/{}/commissions", self.promotion.promotion_id);
        self.commission_id.map_or_else(|| format!("{base}/nouvelle"), |id| format!("{base}/{id}"))
    }
}

/// Who may sit in a commission of this promotion.
async fn personnes(db: &mut Db, promotion: &Promotion, jour: time::Date) -> Result<Vec<Personne>> {
    Ok(sqlx::query_as!(
        Personne,
        r#"select q.personne_id as "id!", concat_ws(' ', q.civilite, q.nom, q.prenom) as "nom!",
                  case when s.qualite = 'enseignant' and q.civilite = 'Mme' then 'enseignante' else s.qualite end as "qualite!"
             from (select enseignant_id as personne_id, 'enseignant' as qualite from livret.suivi
                    where etablissement_id = livret.ici() and promotion_id = $1 and du <= $2 and (au is null or $2 <= au)
                   union
                   select jury_id, 'membre du jury' from livret.mandat
                    where etablissement_id = livret.ici() and promotion_id = $1) s
             join livret.personne q on q.etablissement_id = livret.ici() and q.personne_id = s.personne_id
            order by s.qualite, q.nom collate "fr-x-icu", q.personne_id"#,
        promotion.promotion_id,
        jour
    )
    .fetch_all(&mut **db)
    .await?)
}

async fn page(
    app: &App,
    enseignant: &Enseignant,
    db: &mut Db,
    (promotion, commission_id): (Promotion, Option<i64>),
    (saisie, erreurs): (Saisie, FormErrors),
) -> Result<Edit> {
    let examen = examen_de(db, promotion.promotion_id, promotion.edition_id).await?;
    let commissions = promotion.commissions(db).await?;
    let ailleurs = |id: i64| {
        let autre = commissions.iter().find(|c| {
            c.epreuve == saisie.epreuve
                && Some(c.commission_id) != commission_id
                && c.ids().contains(&id)
        });
        autre.map(|c| c.numero.clone())
    };
    let etudiants = promotion.etudiants(db, enseignant.aujourd_hui()).await?;
    let etudiants = etudiants.into_iter().map(|e| (e.clone(), ailleurs(e.id()))).collect();
    let personnes = personnes(db, &promotion, enseignant.aujourd_hui()).await?;
    let saisie = Saisie { cle: app.random.uuid(), ..saisie };
    let (cadre, epreuves) = (enseignant.cadre("/promotions"), Unite::toutes(&examen));
    Ok(Edit { cadre, promotion, commission_id, epreuves, personnes, etudiants, saisie, erreurs })
}

/// For which épreuve a new one is, when a link says it.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
struct Pour {
    epreuve: String,
    forme: String,
}

async fn new(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Query(pour): Query<Pour>,
) -> Result<Edit> {
    let mut db = app.begin(&enseignant).await?;
    let promotion = enseignant.coordonnateur(&mut db, id).await?.promotion;
    let deja = promotion.commissions(&mut db).await?;
    let numero = deja.iter().filter(|c| c.epreuve == pour.epreuve).count() + 1;
    let saisie = Saisie {
        epreuve: pour.epreuve,
        forme: pour.forme,
        numero: numero.to_string(),
        exterieurs: vec![Default::default(); EXTERIEURS],
        ..Saisie::default()
    };
    page(&app, &enseignant, &mut db, (promotion, None), (saisie, FormErrors::default())).await
}

async fn edit(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, commission)): Path<(i64, i64)>,
) -> Result<Edit> {
    let mut db = app.begin(&enseignant).await?;
    let promotion = enseignant.coordonnateur(&mut db, id).await?.promotion;
    let toutes = promotion.commissions(&mut db).await?;
    let c = toutes.iter().find(|c| c.commission_id == commission).ok_or(Error::NotFound)?;
    let saisie = Saisie::de(c);
    page(&app, &enseignant, &mut db, (promotion, Some(commission)), (saisie, FormErrors::default()))
        .await
}

async fn create(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(champs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    enregistrer(&enseignant, &app, (id, None), champs).await
}

async fn update(
    enseignant: Enseignant,
    State(app): State<App>,
    Path((id, commission)): Path<(i64, i64)>,
    Form(champs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    enregistrer(&enseignant, &app, (id, Some(commission)), champs).await
}

async fn enregistrer(
    enseignant: &Enseignant,
    app: &App,
    (id, commission): (i64, Option<i64>),
    champs: Vec<(String, String)>,
) -> Result<Response> {
    let mut db = app.begin(enseignant).await?;
    let coordonnateur = enseignant.coordonnateur(&mut db, id).await?;
    let promotion = coordonnateur.promotion.clone();
    let personnes = personnes(&mut db, &promotion, enseignant.aujourd_hui()).await?;
    let mut saisie = Saisie::lire(champs);
    let mut erreurs = FormErrors::default();
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    let voulue = saisie.check((commission, &personnes), &mut erreurs);
    if saisie.reprise {
        (status, erreurs) = (StatusCode::OK, FormErrors::default());
    } else if let Some(voulue) = voulue {
        match coordonnateur.former(&mut db, &voulue, saisie.cle).await {
            Ok(Ok(_)) => {
                db.commit().await?;
                return Ok(Redirect::to(&format!("/promotions/{id}/commissions")).into_response());
            }
            Ok(Err(refus)) => refus.into_iter().for_each(|r| erreurs.add(r.champ, r.message)),
            Err(Error::Conflict(message)) => {
                status = StatusCode::CONFLICT;
                erreurs.add("numero", message);
                let toutes = promotion.commissions(&mut db).await?;
                let actuelle = toutes.iter().find(|c| Some(c.commission_id) == commission);
                saisie.version = actuelle.map_or(0, |c| c.version);
            }
            Err(autre) => return Err(autre),
        }
    }
    let page = page(app, enseignant, &mut db, (promotion, commission), (saisie, erreurs)).await?;
    Ok((status, page).into_response())
}
