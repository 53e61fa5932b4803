//! Occasions to judge: a date, a context, a title.
use time::Date;
use uuid::Uuid;

use crate::{
    app::{Db, InTheNameOf},
    compte::Enseignant,
    date,
    error::Result,
    journal::{Acte, Plume},
};

/// Where a judgement or a preuve was lived, in the words of training.
pub const CONTEXTES: [(&str, &str); 5] = [
    ("cours", "En cours"),
    ("atelier", "En atelier de professionnalisation"),
    ("stage", "En stage"),
    ("alternance", "En alternance"),
    ("simulation", "En simulation"),
];

/// The words of a context; empty for one that does not exist.
pub fn contexte(code: &str) -> &'static str {
    CONTEXTES.iter().find(|c| c.0 == code).map_or("", |c| c.1)
}

/// An occasion, before it is opened.
pub struct Occasion<'a> {
    pub promotion_id: i64,
    pub titre: &'a str,
    pub contexte: &'a str,
    pub organisation: Option<&'a str>,
    pub vecue_le: Date,
    pub jusqu_au: Option<Date>,
    /// Hers alone, when it comes with a preuve.
    pub etudiant_id: Option<i64>,
    pub cle: Uuid,
}

/// Opens a situation: a line of the journal and its row.
pub async fn ouvrir(
    db: &mut Db,
    plume: &mut Plume,
    qui: &impl InTheNameOf,
    o: &Occasion<'_>,
) -> Result<i64> {
    let id = sqlx::query_scalar!(
        r#"select nextval(pg_get_serial_sequence('livret.situation', 'situation_id')) as "id!""#
    )
    .fetch_one(&mut **db)
    .await?;
    let acte = Acte {
        genre: "ouvrir_situation",
        cle: o.cle,
        etudiant_id: o.etudiant_id,
        situation_id: Some(id),
        vecu_le: Some(o.vecue_le),
        contenu: serde_json::json!({
            "promotion": o.promotion_id.to_string(), "titre": o.titre, "contexte": o.contexte,
            "organisation": o.organisation, "jusqu_au": o.jusqu_au.as_ref().map(date::iso),
        }),
        ..Acte::default()
    };
    let version = plume.ecrire(db, acte).await?;
    sqlx::query!(
        "insert into livret.situation (etablissement_id, situation_id, promotion_id, titre, contexte, organisation,
                                       vecue_le, jusqu_au, par, etudiant_id, version)
         overriding system value
         values (livret.ici(), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        id, o.promotion_id, o.titre, o.contexte, o.organisation, o.vecue_le, o.jusqu_au, qui.personne_id(),
        o.etudiant_id, version
    )
    .execute(&mut **db)
    .await?;
    Ok(id)
}

impl Enseignant {
    /// My observation of today in this promotion: opened by the first level that I give in the grid.
    pub async fn observation_du_jour(
        &self,
        db: &mut Db,
        plume: &mut Plume,
        promotion_id: i64,
    ) -> Result<(i64, Date)> {
        let jour = self.aujourd_hui();
        // The same promotion and day give the same key: two first levels at once open one situation.
        let cle = Uuid::new_v5(
            &Uuid::NAMESPACE_OID,
            format!("observation/{promotion_id}/{jour}").as_bytes(),
        );
        if let Some(deja) = plume.deja(db, cle).await? {
            return Ok((deja.situation_id.unwrap_or_default(), jour));
        }
        let titre = format!("Observation du {}", date::longue(&jour));
        let occasion = Occasion {
            promotion_id,
            titre: &titre,
            contexte: "cours",
            organisation: None,
            vecue_le: jour,
            jusqu_au: None,
            etudiant_id: None,
            cle,
        };
        Ok((ouvrir(db, plume, self, &occasion).await?, jour))
    }
}
