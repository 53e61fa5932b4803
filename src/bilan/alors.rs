//! What stood at the end of a past day, on the clock of the school.
use std::collections::{BTreeMap, HashMap};

use time::Date;
use uuid::Uuid;

use super::Periode;
use crate::{app::Db, date, error::Result};

/// The levels decided at the end of a day, by student and code: from the journal, since a decision may have changed.
pub(super) async fn decisions(
    db: &mut Db,
    edition: Uuid,
    etudiants: &[i64],
    fin: Date,
) -> Result<HashMap<(i64, String), String>> {
    let lignes = sqlx::query!(
        r#"select distinct on (e.etudiant_id, e.code) e.etudiant_id as "etudiant_id!", e.code as "code!", e.vers
             from livret.evenement e
             join livret.etablissement et using (etablissement_id)
            where e.etablissement_id = livret.ici() and e.edition_id = $1 and e.etudiant_id = any ($2)
              and e.genre in ('valider', 'retirer_validation')
              and (e.le at time zone et.fuseau)::date <= $3
            order by e.etudiant_id, e.code, e.seq desc"#,
        edition,
        etudiants,
        fin
    )
    .fetch_all(&mut **db)
    .await?;
    Ok(lignes.into_iter().filter_map(|l| Some(((l.etudiant_id, l.code), l.vers?))).collect())
}

/// Who came into the promotion or left it during the period, in words.
pub(super) async fn mouvements(
    db: &mut Db,
    promotion_id: i64,
    periode: Periode,
) -> Result<Vec<String>> {
    let lignes = sqlx::query!(
        r#"select concat_ws(' ', p.nom, p.prenom) as "nom!", i.du, i.au
             from livret.inscription i
             join livret.personne p on p.etablissement_id = i.etablissement_id and p.personne_id = i.etudiant_id
            where i.etablissement_id = livret.ici() and i.promotion_id = $1
              and (i.du > $2 and i.du <= $3 or i.au >= $2 and i.au < $3)
            order by p.nom collate "fr-x-icu", p.prenom collate "fr-x-icu", i.etudiant_id, i.du"#,
        promotion_id,
        periode.du,
        periode.au
    )
    .fetch_all(&mut **db)
    .await?;
    let mut dits = Vec::new();
    for l in lignes {
        if periode.du < l.du && l.du <= periode.au {
            dits.push(format!("{}, depuis le {}", l.nom, date::longue(&l.du)));
        }
        if let Some(au) = l.au.filter(|au| periode.du <= *au && *au < periode.au) {
            dits.push(format!("{}, jusqu’au {}", l.nom, date::longue(&au)));
        }
    }
    Ok(dits)
}

/// What was deposited and answered in the period, by student.
pub(super) async fn preuves(
    db: &mut Db,
    etudiants: &[i64],
    periode: Periode,
) -> Result<BTreeMap<i64, (i64, i64)>> {
    let lignes = sqlx::query!(
        r#"select e.id as "etudiant_id!",
                  (select count(*) from livret.preuve_etudiant pe
                     join livret.preuve p using (etablissement_id, preuve_id)
                     join livret.etablissement et using (etablissement_id)
                    where pe.etablissement_id = livret.ici() and pe.etudiant_id = e.id
                      and pe.acceptee_le is not null
                      and (p.deposee_le at time zone et.fuseau)::date between $2 and $3) as "preuves!",
                  (select count(*) from livret.demande d join livret.etablissement et using (etablissement_id)
                    where d.etablissement_id = livret.ici() and d.etudiant_id = e.id and d.etat <> 'retiree'
                      and (d.repondue_le at time zone et.fuseau)::date between $2 and $3) as "reponses!"
             from unnest($1::bigint[]) e (id)"#,
        etudiants,
        periode.du,
        periode.au
    )
    .fetch_all(&mut **db)
    .await?;
    Ok(lignes.into_iter().map(|l| (l.etudiant_id, (l.preuves, l.reponses))).collect())
}
