//! What stood at the end of a past day, on the clock of the school.
use std::collections::HashMap;

use sqlx::types::Json;
use time::Date;
use uuid::Uuid;

use super::Periode;
use crate::{app::Db, date, error::Result, journal::Temoin};

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

/// What goes with the levels of a period: one query reads it all.
pub(super) struct Autour {
    pub uai: String,
    pub fictif: bool,
    pub temoin: Temoin,
    /// Who came into the promotion or left it during the period, in words.
    pub mouvements: Vec<String>,
    /// Preuves deposited and demandes answered in the period, by student.
    pub comptes: HashMap<i64, (i64, i64)>,
}

pub(super) async fn autour(
    db: &mut Db,
    promotion_id: i64,
    etudiants: &[i64],
    periode: Periode,
) -> Result<Autour> {
    let lu = sqlx::query!(
        r#"select et.uai, et.fictif, t.seq, t.empreinte,
                  (select coalesce(jsonb_agg(jsonb_build_array(concat_ws(' ', p.nom, p.prenom), i.du, i.au)
                                             order by p.nom collate "fr-x-icu", p.prenom collate "fr-x-icu",
                                                      i.etudiant_id, i.du), '[]')
                     from livret.inscription i
                     join livret.personne p on p.etablissement_id = i.etablissement_id and p.personne_id = i.etudiant_id
                    where i.etablissement_id = livret.ici() and i.promotion_id = $1
                      and (i.du > $3 and i.du <= $4 or i.au >= $3 and i.au < $4))
                      as "mouvements!: Json<Vec<Mouvement>>",
                  (select coalesce(jsonb_agg(jsonb_build_array(e.id,
                            (select count(*) from livret.preuve_etudiant pe
                               join livret.preuve p using (etablissement_id, preuve_id)
                              where pe.etablissement_id = livret.ici() and pe.etudiant_id = e.id
                                and pe.acceptee_le is not null
                                and (p.deposee_le at time zone et.fuseau)::date between $3 and $4),
                            (select count(*) from livret.demande d
                              where d.etablissement_id = livret.ici() and d.etudiant_id = e.id and d.etat <> 'retiree'
                                and (d.repondue_le at time zone et.fuseau)::date between $3 and $4))), '[]')
                     from unnest($2::bigint[]) e (id)) as "comptes!: Json<Vec<(i64, i64, i64)>>"
             from livret.etablissement et
             join livret.tete t using (etablissement_id)
            where et.etablissement_id = livret.ici()"#,
        promotion_id,
        etudiants,
        periode.du,
        periode.au
    )
    .fetch_one(&mut **db)
    .await?;
    Ok(Autour {
        uai: lu.uai,
        fictif: lu.fictif,
        temoin: Temoin { seq: lu.seq, empreinte: lu.empreinte, cle_id: db.sceau.cle_id.clone() },
        mouvements: lu.mouvements.0.iter().flat_map(|m| en_mots(m, periode)).collect(),
        comptes: lu.comptes.0.into_iter().map(|(id, p, r)| (id, (p, r))).collect(),
    })
}

/// Who, from which day, until which.
type Mouvement = (String, String, Option<String>);

fn en_mots((nom, du, au): &Mouvement, periode: Periode) -> Vec<String> {
    let arrivee = date::lire(du).filter(|le| periode.du < *le && *le <= periode.au);
    let depart = au.as_deref().and_then(date::lire);
    let depart = depart.filter(|le| periode.du <= *le && *le < periode.au);
    let arrivee = arrivee.map(|le| format!("{nom}, depuis le {}", date::longue(&le)));
    let depart = depart.map(|le| format!("{nom}, jusqu’au {}", date::longue(&le)));
    arrivee.into_iter().chain(depart).collect()
}
