//! The rule that a promotion chose: read where levels are proposed, changed by who coordinates it.
use time::{Date, PrimitiveDateTime};
use uuid::Uuid;

use super::Regle;
use crate::{
    app::{Db, InTheNameOf},
    date,
    error::{Error, Result},
    journal::{self, Acte, Plume},
    promotion::{Coordonnateur, Promotion},
};

/// What is in force in a promotion.
#[derive(Debug, Clone)]
pub struct Reglage {
    pub regle: Regle,
    /// Older than so many months, a last situation is « à rafraîchir ».
    pub fraicheur: i32,
    /// The same, counted from today: what was lived before that day is old.
    pub frais_depuis: Date,
    /// Who chose it; nobody yet, when it is the default.
    pub par: Option<String>,
    pub choisie_le: Option<PrimitiveDateTime>,
    /// Line of the journal that chose it: 0 when nobody did.
    pub version: i64,
}

/// What a coordonnateur chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choix {
    pub regle: Regle,
    pub fraicheur: i32,
}

#[cfg(test)]
impl Reglage {
    /// A rule alone, for what is tried without a database: nothing is ever old.
    pub(crate) fn seul(regle: Regle) -> Self {
        let frais_depuis = Date::MIN;
        Self { regle, fraicheur: 6, frais_depuis, par: None, choisie_le: None, version: 0 }
    }
}

impl Reglage {
    pub fn choix(&self) -> Choix {
        Choix { regle: self.regle, fraicheur: self.fraicheur }
    }

    /// « Dernière situation, choisie par Mme MARTIN le 3 novembre 2026 », « …, par défaut ».
    pub fn en_mots(&self) -> String {
        match (&self.par, &self.choisie_le) {
            (Some(par), Some(le)) => format!(
                "{}, choisie par {par} le {}",
                self.regle.intitule(),
                date::longue(&le.date())
            ),
            _ => format!("{}, par défaut", self.regle.intitule()),
        }
    }
}

/// The rule in force in a promotion, now or at the end of a minute of the past: the latest choice, or the default.
pub async fn reglage(
    db: &mut Db,
    promotion_id: i64,
    alors: Option<PrimitiveDateTime>,
) -> Result<Reglage> {
    let lu = sqlx::query!(
        r#"select r.regle as "regle!", r.n, r.fraicheur as "fraicheur!", r.version as "version!",
                  (coalesce($2::timestamp, livret.jour()) - make_interval(months => r.fraicheur))::date
                      as "frais_depuis!",
                  nullif(concat_ws(' ', p.civilite, p.nom), '') as par,
                  r.choisie_le at time zone e.fuseau as choisie_le
             from (select regle, n, fraicheur, par, choisie_le, version from livret.regle
                     join livret.etablissement e using (etablissement_id)
                    where etablissement_id = livret.ici() and promotion_id = $1
                      and ($2::timestamp is null
                           or choisie_le < ($2::timestamp + interval '1 minute') at time zone e.fuseau)
                    union all
                   select regle, n, fraicheur, null, null, 0 from livret.regle_defaut
                    order by version desc limit 1) r
             join livret.etablissement e on e.etablissement_id = livret.ici()
             left join livret.personne p on p.etablissement_id = livret.ici() and p.personne_id = r.par"#,
        promotion_id,
        alors
    )
    .fetch_one(&mut **db)
    .await?;
    let regle = Regle::nommee(&lu.regle, lu.n)
        .ok_or_else(|| anyhow::anyhow!("unknown rule {} {:?}", lu.regle, lu.n))?;
    Ok(Reglage {
        regle,
        fraicheur: lu.fraicheur,
        frais_depuis: lu.frais_depuis,
        par: lu.par,
        choisie_le: lu.choisie_le,
        version: lu.version,
    })
}

impl Promotion {
    pub async fn reglage(&self, db: &mut Db) -> Result<Reglage> {
        reglage(db, self.promotion_id, None).await
    }
}

impl Coordonnateur {
    /// Chooses the rule of my promotion. No judgement changes: only what is proposed from them.
    ///
    /// # Errors
    /// Another coordonnateur chose since `version` was read: the answer says what.
    pub async fn choisir_regle(
        &self,
        db: &mut Db,
        choix: Choix,
        version: i64,
        cle: Uuid,
    ) -> Result<i64> {
        let contenu = serde_json::json!({
            "promotion": self.promotion.promotion_id.to_string(), "regle": choix.regle.code(), "n": choix.regle.n(),
            "fraicheur": choix.fraicheur,
        });
        let mut plume = Plume::prendre(db, self).await?;
        if let Some(deja) = plume.deja(db, cle).await? {
            let meme = deja.est("choisir_regle", &contenu);
            return if meme { Ok(deja.seq) } else { Err(journal::cle_reprise()) };
        }
        let actuel = self.promotion.reglage(db).await?;
        if actuel.version != version {
            return Err(Error::Conflict(format!(
                "La règle vient de changer\u{a0}: {}. Vous vouliez\u{a0}: {}.",
                actuel.en_mots(),
                choix.regle.intitule()
            )));
        }
        let acte = Acte { genre: "choisir_regle", cle, contenu, ..Acte::default() };
        let version = plume.ecrire(db, acte).await?;
        let le = db.le;
        sqlx::query!(
            "insert into livret.regle (etablissement_id, promotion_id, regle, n, fraicheur, par, choisie_le, version)
             values (livret.ici(), $1, $2, $3, $4, $5, $6, $7)",
            self.promotion.promotion_id,
            choix.regle.code(),
            choix.regle.n(),
            choix.fraicheur,
            self.personne_id(),
            le,
            version
        )
        .execute(&mut **db)
        .await?;
        Ok(version)
    }
}
