//! Who teaches a promotion and who examines it, in which span of time: read.
use std::sync::Arc;

use sqlx::PgConnection;
use time::Date;

use crate::{
    app::Db,
    date,
    error::Result,
    referentiel::{self, Edition},
};

/// A teacher of a promotion, in one span of time.
#[derive(Debug, Clone)]
pub struct Membre {
    pub enseignant_id: i64,
    pub nom: String,
    pub du: Date,
    pub au: Option<Date>,
    /// All of them when none is named.
    pub blocs: Option<Vec<String>>,
    pub coordonne: bool,
    /// In whose stead.
    pub remplace: Option<String>,
    pub version: i64,
}

impl Membre {
    /// « depuis le 01/09/2026 », « du 01/10/2026 au 31/10/2026 ».
    pub fn temps(&self) -> String {
        temps(Some(self.du), self.au)
    }

    pub fn juge(&self, bloc: &str) -> bool {
        self.blocs.as_ref().is_none_or(|b| b.iter().any(|b| b == bloc))
    }

    /// Taken back the day it was given: it was never hers.
    pub fn vide(&self) -> bool {
        self.au.is_some_and(|au| au < self.du)
    }

    pub fn tenu(&self, jour: &Date) -> bool {
        self.du <= *jour && self.au.is_none_or(|au| *jour <= au)
    }

    /// « tous les blocs », « bloc 1 », « blocs 1, 3 ».
    pub fn blocs_en_mots(&self) -> String {
        match self.blocs.as_deref() {
            None => "tous les blocs".into(),
            Some([seul]) => format!("bloc\u{a0}{seul}"),
            Some(plusieurs) => format!("blocs\u{a0}{}", plusieurs.join(", ")),
        }
    }
}

fn temps(du: Option<Date>, au: Option<Date>) -> String {
    let du = du.as_ref().map(date::courte);
    match (du, au.as_ref().map(date::courte)) {
        (Some(du), Some(au)) => format!("du {du} au {au}"),
        (Some(du), None) => format!("depuis le {du}"),
        (None, Some(au)) => format!("jusqu’au {au}"),
        (None, None) => "tant que dure sa fonction".into(),
    }
}

/// A member of the jury of a promotion, and its window.
#[derive(Debug, Clone)]
pub struct Jure {
    pub jury_id: i64,
    pub nom: String,
    pub du: Option<Date>,
    pub au: Option<Date>,
    pub version: i64,
}

impl Jure {
    pub fn temps(&self) -> String {
        temps(self.du, self.au)
    }
}

/// Every span of everybody in a promotion, today's first.
pub async fn membres(db: &mut PgConnection, promotion: i64, jour: Date) -> Result<Vec<Membre>> {
    Ok(sqlx::query_as!(
        Membre,
        r#"select s.enseignant_id, concat_ws(' ', q.civilite, q.nom, q.prenom) as "nom!", s.du, s.au, s.blocs, s.coordonne,
                  nullif(concat_ws(' ', r.civilite, r.nom), '') as remplace, s.version
             from livret.suivi s
             join livret.personne q on (q.etablissement_id, q.personne_id) = (s.etablissement_id, s.enseignant_id)
             left join livret.personne r on (r.etablissement_id, r.personne_id) = (s.etablissement_id, s.remplace)
            where s.etablissement_id = livret.ici() and s.promotion_id = $1
            order by (s.au is not null and s.au < $2), q.nom collate "fr-x-icu", q.prenom collate "fr-x-icu",
                     s.enseignant_id, s.du desc"#,
        promotion,
        jour
    )
    .fetch_all(db)
    .await?)
}

/// The jury of a promotion.
pub async fn jures(db: &mut PgConnection, promotion: i64) -> Result<Vec<Jure>> {
    Ok(sqlx::query_as!(
        Jure,
        r#"select m.jury_id, concat_ws(' ', q.civilite, q.nom, q.prenom) as "nom!", m.du, m.au, m.version
             from livret.mandat m
             join livret.personne q on (q.etablissement_id, q.personne_id) = (m.etablissement_id, m.jury_id)
            where m.etablissement_id = livret.ici() and m.promotion_id = $1
            order by q.nom collate "fr-x-icu", q.prenom collate "fr-x-icu", m.jury_id"#,
        promotion
    )
    .fetch_all(db)
    .await?)
}

/// Teachers of the school, today or soon: whom one may choose.
pub async fn enseignants(db: &mut Db) -> Result<Vec<(i64, String)>> {
    let le = db.le;
    Ok(sqlx::query!(
        r#"select p.personne_id, concat_ws(' ', p.civilite, p.nom, p.prenom) as "nom!"
             from livret.personne p join acces.qui_sont('enseignant', $1) e (personne_id) using (personne_id)
            where p.etablissement_id = livret.ici()
            order by p.nom collate "fr-x-icu", p.prenom collate "fr-x-icu", p.personne_id"#,
        le
    )
    .fetch_all(&mut **db)
    .await?
    .into_iter()
    .map(|l| (l.personne_id, l.nom))
    .collect())
}

/// The text that a promotion follows: whose blocs are given.
pub async fn edition_de(db: &mut Db, promotion: i64) -> Result<Arc<Edition>> {
    let edition = sqlx::query_scalar!(
        "select edition_id from livret.promotion where etablissement_id = livret.ici() and promotion_id = $1",
        promotion
    )
    .fetch_one(&mut **db)
    .await?;
    referentiel::find(&mut **db, edition).await
}
