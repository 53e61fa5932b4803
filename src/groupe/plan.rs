//! The seating plan of a teacher: in which row, at which place. A convenience of hers, so no act of the journal.
use std::collections::HashMap;

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};

use crate::{
    app::{App, InTheNameOf},
    compte::Enseignant,
    error::Result,
    form::{Form, FormErrors, Path},
    page::Cadre,
    promotion::Promotion,
};

/// A student and where she sits, as it was typed.
pub struct Place {
    etudiant_id: i64,
    nom: String,
    prenom: String,
    rangee: String,
    colonne: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "groupe/plan.html")]
pub struct Edit {
    cadre: Cadre,
    promotion: Promotion,
    places: Vec<Place>,
    erreurs: FormErrors,
}

type Champs = HashMap<String, String>;

/// A number of a row or of a place; `None` when nothing was typed.
fn numero(texte: &str) -> Result<Option<i32>, ()> {
    match texte.trim() {
        "" => Ok(None),
        n => n.parse().ok().filter(|n| (1..=99).contains(n)).map(Some).ok_or(()),
    }
}

pub async fn edit(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
) -> Result<Edit> {
    let mut db = app.begin(&enseignant).await?;
    let promotion = enseignant.promotion(&mut db, id).await?;
    let lignes = sqlx::query!(
        r#"select i.etudiant_id, p.nom, p.prenom, l.rangee as "rangee?", l.colonne as "colonne?"
             from livret.inscription i
             join livret.personne p on p.etablissement_id = i.etablissement_id and p.personne_id = i.etudiant_id
             left join livret.place l on l.etablissement_id = i.etablissement_id and l.promotion_id = i.promotion_id
                                     and l.enseignant_id = $3 and l.etudiant_id = i.etudiant_id
            where i.etablissement_id = livret.ici() and i.promotion_id = $1
              and i.du <= $2 and (i.au is null or $2 <= i.au)
            order by p.nom collate "fr-x-icu", p.prenom collate "fr-x-icu", i.etudiant_id"#,
        promotion.promotion_id, enseignant.aujourd_hui(), enseignant.personne_id()
    )
    .fetch_all(&mut *db)
    .await?;
    let ecrit = |n: Option<i32>| n.map_or_else(String::new, |n| n.to_string());
    let places = lignes.into_iter().map(|l| Place {
        etudiant_id: l.etudiant_id,
        nom: l.nom,
        prenom: l.prenom,
        rangee: ecrit(l.rangee),
        colonne: ecrit(l.colonne),
    });
    let (cadre, places) = (enseignant.cadre("/promotions"), places.collect());
    Ok(Edit { cadre, promotion, places, erreurs: FormErrors::default() })
}

pub async fn update(
    enseignant: Enseignant,
    State(app): State<App>,
    Path(id): Path<i64>,
    Form(champs): Form<Champs>,
) -> Result<Response> {
    let mut page = edit(enseignant.clone(), State(app.clone()), Path(id)).await?;
    let (mut ids, mut rangees, mut colonnes) = (vec![], vec![], vec![]);
    for place in &mut page.places {
        let dit = |quoi: &str| champs.get(&format!("{quoi}-{}", place.etudiant_id)).cloned();
        (place.rangee, place.colonne) =
            (dit("rangee").unwrap_or_default(), dit("colonne").unwrap_or_default());
        match (numero(&place.rangee), numero(&place.colonne)) {
            (Ok(Some(rangee)), Ok(Some(colonne))) => {
                ids.push(place.etudiant_id);
                rangees.push(rangee);
                colonnes.push(colonne);
            }
            (Ok(None), Ok(None)) => {}
            _ => page.erreurs.add(
                &format!("rangee-{}", place.etudiant_id),
                format!(
                    "{} {}\u{a0}: la rangée et la place vont de 1 à 99, les deux ou aucune.",
                    place.nom, place.prenom
                ),
            ),
        }
    }
    if !page.erreurs.is_empty() || champs.contains_key("reprise") {
        let status =
            if page.erreurs.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        return Ok((status, page).into_response());
    }
    let mut db = app.begin(&enseignant).await?;
    sqlx::query!(
        "delete from livret.place where etablissement_id = livret.ici() and promotion_id = $1 and enseignant_id = $2
            and etudiant_id <> all ($3)",
        id, enseignant.personne_id(), &ids
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "insert into livret.place (etablissement_id, promotion_id, enseignant_id, etudiant_id, rangee, colonne)
         select livret.ici(), $1, $2, p.* from unnest($3::bigint[], $4::int[], $5::int[]) p
         on conflict (etablissement_id, promotion_id, enseignant_id, etudiant_id) do update
            set rangee = excluded.rangee, colonne = excluded.colonne",
        id,
        enseignant.personne_id(),
        &ids,
        &rangees,
        &colonnes
    )
    .execute(&mut *db)
    .await?;
    db.commit().await?;
    Ok(Redirect::to(&format!("/promotions/{id}/grille?ordre=plan")).into_response())
}
