//! The home of each function, and the page of a promotion as its teacher opens it.
use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};

use super::Promotion;
use crate::{
    app::App,
    compte::{Administrateur, Direction, Enseignant, Jury, Visiteur},
    error::Result,
    form::Path,
    page::Cadre,
};

pub fn routes() -> Router<App> {
    Router::new().route("/", get(home)).route("/promotions/{id}", get(show))
}

#[derive(Template, WebTemplate)]
#[template(path = "promotion/home.html")]
struct Home {
    cadre: Cadre,
    bonjour: String,
    suivies: Option<Vec<Promotion>>,
    examinees: Option<Vec<Promotion>>,
    planifiees: Option<Vec<Promotion>>,
    administre: bool,
}

impl Home {
    /// Some of hers are closed: shown apart.
    fn closes(&self) -> bool {
        self.suivies.iter().flatten().any(|p| p.close)
    }
}

/// What each function leads to; a student lands in her livret.
async fn home(visiteur: Visiteur, State(app): State<App>) -> Result<Response> {
    let Some(compte) = visiteur.0.clone() else {
        let ecole = sqlx::query_scalar!(r#"select not acces.sans_ecole() as "e!""#);
        let vers = if ecole.fetch_one(&app.db).await? { "/connexion" } else { "/installation" };
        return Ok(Redirect::to(vers).into_response());
    };
    if compte.est("etudiant") {
        return Ok(Redirect::to("/livret").into_response());
    }
    let suivies = match Enseignant::of(compte.clone()) {
        Some(enseignant) => Some(enseignant.promotions(&mut *app.begin(&enseignant).await?).await?),
        None => None,
    };
    let examinees = match Jury::of(compte.clone()) {
        Some(jury) => Some(jury.promotions(&mut *app.begin(&jury).await?).await?),
        None => None,
    };
    let planifiees = match Direction::of(compte.clone()) {
        Some(qui) => Some(qui.promotions(&mut *app.begin(&qui).await?).await?),
        None => None,
    };
    let administre = Administrateur::of(compte.clone()).is_some();
    let bonjour = compte.appellation();
    let cadre = compte.cadre("/");
    Ok(Home { cadre, bonjour, suivies, examinees, planifiees, administre }.into_response())
}

/// A student, with how much has been said of her.
pub struct Inscrit {
    pub etudiant_id: i64,
    pub nom: String,
    pub prenom: String,
    pub positionnees: i64,
    pub preuves: i64,
    pub derniere: Option<time::Date>,
    /// Levels of another edition that nobody gave anew in this one.
    pub a_revoir: i64,
}

#[derive(Template, WebTemplate)]
#[template(path = "promotion/show.html")]
struct Show {
    cadre: Cadre,
    promotion: Promotion,
    inscrits: Vec<Inscrit>,
}

async fn show(enseignant: Enseignant, State(app): State<App>, Path(id): Path<i64>) -> Result<Show> {
    let mut db = app.begin(&enseignant).await?;
    let promotion = enseignant.promotion(&mut db, id).await?;
    let inscrits = sqlx::query_as!(
        Inscrit,
        r#"select i.etudiant_id, p.nom, p.prenom,
                  (select count(distinct code) from livret.positionnement n
                    where n.etablissement_id = i.etablissement_id and n.etudiant_id = i.etudiant_id
                      and niveau is not null) as "positionnees!",
                  (select count(*) from livret.preuve_etudiant pe
                    where pe.etablissement_id = i.etablissement_id and pe.etudiant_id = i.etudiant_id
                      and pe.acceptee_le is not null) as "preuves!",
                  (select max(vecu_le) from livret.positionnement n
                    where n.etablissement_id = i.etablissement_id and n.etudiant_id = i.etudiant_id
                      and niveau is not null) as derniere,
                  (select count(distinct n.code) from livret.positionnement n
                     join livret.niveau x on x.edition_id = n.edition_id and x.code = n.niveau
                     join livret.sous_competence c on c.edition_id = $3 and c.code = n.code
                    where n.etablissement_id = i.etablissement_id and n.etudiant_id = i.etudiant_id
                      and n.edition_id <> $3 and x.rang is not null
                      and not exists (select from livret.positionnement m
                                       where m.etablissement_id = i.etablissement_id and m.etudiant_id = i.etudiant_id
                                         and m.edition_id = $3 and m.code = n.code and m.niveau is not null)) as "a_revoir!"
             from livret.inscription i
             join livret.personne p on p.etablissement_id = i.etablissement_id and p.personne_id = i.etudiant_id
            where i.etablissement_id = livret.ici() and i.promotion_id = $1
              and i.du <= $2 and (i.au is null or $2 <= i.au)
            order by p.nom collate "fr-x-icu", p.prenom collate "fr-x-icu", i.etudiant_id"#,
        promotion.promotion_id, enseignant.aujourd_hui(), promotion.edition_id
    )
    .fetch_all(&mut *db)
    .await?;
    Ok(Show { cadre: enseignant.cadre("/promotions"), promotion, inscrits })
}
