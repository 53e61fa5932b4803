//! What a student who repeats was judged on in another edition of the référentiel: to be seen again in hers, line by line,
//! and never carried over in silence. The code says which line is which; what its text became is said.
use askama::Template;
use askama_web::WebTemplate;
use axum::{Router, extract::State, routing::get};
use time::Date;

use crate::{
    app::{App, Db},
    compte::Enseignant,
    consultation,
    error::Result,
    etudiant::Etudiant,
    form::Path,
    page::{Cadre, filters},
};

pub fn routes() -> Router<App> {
    Router::new().route("/etudiants/{id}/acquis", get(show))
}

/// A level of another edition, beside the line that it would be here.
pub struct Acquis {
    pub code: String,
    pub intitule: String,
    pub niveau: String,
    pub mots: String,
    pub le: Date,
    /// The level that the team had settled on.
    pub arrete: Option<String>,
    /// The text of the line of the same code here; none when there is no such line.
    pub ici: Option<String>,
    /// She was judged on it here since.
    pub revu: bool,
}

impl Acquis {
    pub fn correspondance(&self) -> &'static str {
        match &self.ici {
            None => "sans correspondance",
            Some(texte) if *texte == self.intitule => "même texte",
            Some(_) => "texte changé",
        }
    }

    /// There is a line to judge, and nobody did.
    pub fn a_revoir(&self) -> bool {
        self.ici.is_some() && !self.revu
    }
}

impl Etudiant {
    /// The last real level of each line of every other edition, in the order of the text.
    pub async fn acquis(&self, db: &mut Db) -> Result<Vec<Acquis>> {
        Ok(sqlx::query_as!(
            Acquis,
            r#"with ailleurs as (
                select distinct on (n.edition_id, n.code) n.edition_id, n.code, n.niveau, x.intitule as mots, n.vecu_le
                  from livret.positionnement n
                  join livret.niveau x on x.edition_id = n.edition_id and x.code = n.niveau
                 where n.etablissement_id = livret.ici() and n.etudiant_id = $1 and n.edition_id <> $2
                   and x.rang is not null
                 order by n.edition_id, n.code, n.vecu_le desc, n.version desc)
               select a.code as "code!", s.intitule as "intitule!", a.niveau as "niveau!", a.mots as "mots!",
                      a.vecu_le as "le!", v.niveau as "arrete?", ici.intitule as "ici?",
                      exists (select from livret.positionnement m
                               where m.etablissement_id = livret.ici() and m.etudiant_id = $1 and m.edition_id = $2
                                 and m.code = a.code and m.niveau is not null) as "revu!"
                 from ailleurs a
                 join livret.sous_competence s on s.edition_id = a.edition_id and s.code = a.code
                 left join livret.sous_competence ici on ici.edition_id = $2 and ici.code = a.code
                 left join livret.validation v on v.etablissement_id = livret.ici() and v.etudiant_id = $1
                                              and v.edition_id = a.edition_id and v.code = a.code
                order by s.rang, a.vecu_le desc"#,
            self.id(),
            self.edition_id
        )
        .fetch_all(&mut **db)
        .await?)
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "annee/acquis.html")]
struct Show {
    cadre: Cadre,
    etudiant: Etudiant,
    acquis: Vec<Acquis>,
    a_revoir: i64,
}

async fn show(enseignant: Enseignant, State(app): State<App>, Path(id): Path<i64>) -> Result<Show> {
    let mut db = app.begin(&enseignant).await?;
    let etudiant = enseignant.etudiant(&mut db, id).await?;
    let acquis = etudiant.acquis(&mut db).await?;
    let a_revoir = acquis.iter().filter(|a| a.a_revoir()).count();
    consultation::noter(db, &enseignant, &[id]);
    let cadre = enseignant.cadre("/promotions");
    Ok(Show { cadre, etudiant, acquis, a_revoir: i64::try_from(a_revoir).unwrap_or(i64::MAX) })
}
