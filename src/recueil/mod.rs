//! Recording a preuve in three short steps: what, where and when, which sous-compétences. A draft is kept at each.
mod controle;
mod envoi;
pub mod pages;
mod saisie;
mod suggestion;
mod suite;

use sqlx::types::Json;
use uuid::Uuid;

use crate::{
    app::{Db, InTheNameOf},
    error::{Error, Result},
    etudiant::Etudiant,
    preuve,
};

pub use saisie::Saisie;

/// Drafts that one person may have under way.
const BROUILLONS_MAX: i64 = 30;

/// A preuve that is not sent: only its author sees it.
#[derive(Debug, Clone)]
pub struct Brouillon {
    pub cle: Uuid,
    pub champs: Json<Saisie>,
    pub etape: i32,
    pub version: i32,
}

impl Brouillon {
    /// What was typed, as the form shows it again.
    pub fn saisie(self) -> Saisie {
        let Json(saisie) = self.champs;
        Saisie { cle: self.cle, version: self.version, etape: self.etape, ..saisie }
    }
}

/// My drafts about this student, latest first; one of them when `cle` says which.
pub async fn brouillons(
    db: &mut Db,
    etudiant: &Etudiant,
    cle: Option<Uuid>,
) -> Result<Vec<Brouillon>> {
    Ok(sqlx::query_as!(
        Brouillon,
        r#"select cle, champs as "champs: Json<Saisie>", etape, version
             from livret.brouillon
            where etablissement_id = livret.ici() and par = livret.moi() and etudiant_id = $1
              and ($2::uuid is null or cle = $2)
            order by repris_le desc"#,
        etudiant.id(),
        cle
    )
    .fetch_all(&mut **db)
    .await?)
}

/// Keeps what was typed. The answer is the version to send back next.
///
/// # Errors
/// Another page of mine kept something else since; there are too many.
pub async fn garder(
    db: &mut Db,
    qui: &impl InTheNameOf,
    etudiant: &Etudiant,
    saisie: &Saisie,
) -> Result<i32> {
    let le = db.le;
    let gardee = sqlx::query_scalar!(
        "insert into livret.brouillon as b (etablissement_id, par, cle, etudiant_id, champs, etape, commence_le, repris_le)
         select livret.ici(), $1, $2, $3, $4, $5, $6, $6
          where (select count(*) from livret.brouillon
                  where etablissement_id = livret.ici() and par = $1 and cle <> $2) < $8
            and not exists (select from livret.evenement
                             where etablissement_id = livret.ici() and acteur_id = $1 and cle = $2)
         on conflict (etablissement_id, par, cle) do update
            set champs = excluded.champs, etape = excluded.etape, version = b.version + 1, repris_le = excluded.repris_le
          where b.etudiant_id = excluded.etudiant_id and (b.version = $7 or b.champs = excluded.champs)
         returning version",
        qui.personne_id(), saisie.cle, etudiant.id(), Json(saisie) as _, saisie.etape, le, saisie.version, BROUILLONS_MAX
    )
    .fetch_optional(&mut **db)
    .await?;
    match gardee {
        Some(version) => Ok(version),
        None if preuve::de_la_cle(db, saisie.cle).await?.is_some() => Err(Error::Conflict(
            "Ce brouillon est déjà envoyé. Votre saisie est ci-dessous\u{a0}: envoyez-la pour compléter la preuve.".into(),
        )),
        None if brouillons(db, etudiant, Some(saisie.cle)).await?.is_empty() => {
            Err(Error::Refused(format!(
                "Vous avez déjà {BROUILLONS_MAX} brouillons. Envoyez-en un, ou supprimez-en un dans vos preuves."
            )))
        }
        None => Err(Error::Conflict(
            "Ce brouillon a changé dans une autre page. Votre saisie est ci-dessous\u{a0}: enregistrez de nouveau pour la garder.".into(),
        )),
    }
}

/// Forgets a draft of mine, with the files that it alone held.
pub async fn oublier(db: &mut Db, cle: Uuid, avec_fichiers: bool) -> Result<()> {
    sqlx::query!(
        "with b as (
            delete from livret.brouillon
             where etablissement_id = livret.ici() and par = livret.moi() and cle = $1 returning champs)
         delete from livret.fichier f using b
          where $2 and f.etablissement_id = livret.ici() and f.par = livret.moi() and f.preuve_id is null
            and b.champs -> 'fichiers' @> to_jsonb(f.fichier_id)
            and not exists (select from livret.brouillon autre
                             where autre.etablissement_id = livret.ici() and autre.par = livret.moi()
                               and autre.cle <> $1 and autre.champs -> 'fichiers' @> to_jsonb(f.fichier_id))",
        cle,
        avec_fichiers
    )
    .execute(&mut **db)
    .await?;
    Ok(())
}

/// What she did last, and what nothing shows yet: where a new preuve may begin.
#[derive(Debug, Clone, Default)]
pub struct Memoire {
    /// First day of her training, in whatever promotion she began it.
    pub debut: Option<time::Date>,
    pub contexte: Option<String>,
    pub organisation: Option<String>,
    /// Sous-compétences of her latest preuves, the most recent first.
    pub recentes: Vec<String>,
    /// Those that some preuve of hers shows.
    pub montrees: Vec<String>,
}

impl Memoire {
    pub async fn de(db: &mut Db, etudiant: &Etudiant) -> Result<Self> {
        Ok(sqlx::query_as!(
            Self,
            r#"with sienne as (
                select p.preuve_id, s.contexte, s.organisation, row_number() over (order by p.preuve_id desc) as rang
                  from livret.preuve_etudiant pe
                  join livret.preuve p using (etablissement_id, preuve_id)
                  join livret.situation s using (etablissement_id, situation_id)
                 where pe.etablissement_id = livret.ici() and pe.etudiant_id = $1 and pe.acceptee_le is not null),
               code as (
                select c.code, min(rang) as rang from sienne
                  join livret.preuve_sous_competence c on c.etablissement_id = livret.ici()
                       and c.preuve_id = sienne.preuve_id and c.edition_id = $2
                 group by c.code)
               select (select min(p.debut) from livret.inscription i join livret.promotion p using (etablissement_id, promotion_id)
                        where i.etablissement_id = livret.ici() and i.etudiant_id = $1) as debut,
                      (select contexte from sienne where rang = 1) as contexte,
                      (select organisation from sienne where organisation is not null order by rang limit 1)
                          as organisation,
                      array(select code from code where rang <= 3 order by rang, code) as "recentes!",
                      array(select code from code order by code) as "montrees!""#,
            etudiant.id(),
            etudiant.edition_id
        )
        .fetch_one(&mut **db)
        .await?)
    }
}
