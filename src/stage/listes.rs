//! What the form of a period offers: the book, and the teachers who may be référents, with how many trainees each has.
use std::collections::BTreeMap;

use time::Date;

use super::carnet::{self, Organisation, Tuteur};
use crate::{app::Db, error::Result, promotion::Promotion};

/// A référent, with the most trainees that she has at once.
pub struct Charge {
    pub nom: String,
    pub plus: usize,
}

/// Whose periods, from, to.
type Siens = Vec<(i64, Date, Date)>;

/// The most trainees that each référent of these periods has on one day, all promotions together.
pub async fn charges(db: &mut Db) -> Result<Vec<(i64, Charge)>> {
    let lignes = sqlx::query!(
        r#"select p.referent_id as "referent_id!", concat_ws(' ', r.civilite, r.nom) as "nom!", p.etudiant_id, p.du,
                  least(p.au, coalesce(p.interrompue_le, p.au)) as "au!"
             from livret.periode p
             join livret.personne r on r.etablissement_id = p.etablissement_id and r.personne_id = p.referent_id
            where p.etablissement_id = livret.ici() and not p.annulee and p.au >= livret.jour()
            order by r.nom collate "fr-x-icu", r.personne_id"#
    )
    .fetch_all(&mut **db)
    .await?;
    let mut par: BTreeMap<i64, (String, Siens)> = BTreeMap::new();
    for l in lignes {
        let le_sien = par.entry(l.referent_id).or_insert_with(|| (l.nom, vec![]));
        le_sien.1.push((l.etudiant_id, l.du, l.au));
    }
    // Most at once on the first day of one of them.
    let plus = |periodes: &[(i64, Date, Date)]| {
        let le = |jour: Date| periodes.iter().filter(|p| p.1 <= jour && jour <= p.2).count();
        periodes.iter().map(|p| le(p.1)).max().unwrap_or(0)
    };
    Ok(par
        .into_iter()
        .map(|(id, (nom, periodes))| (id, Charge { plus: plus(&periodes), nom }))
        .collect())
}

/// What the form is made of besides what is typed.
pub struct Listes {
    pub organisations: Vec<Organisation>,
    pub tuteurs: Vec<Tuteur>,
    pub referents: Vec<(i64, String)>,
}

pub async fn listes(db: &mut Db, promotion: &Promotion, jour: Date) -> Result<Listes> {
    let charges: BTreeMap<i64, usize> =
        charges(db).await?.into_iter().map(|(id, c)| (id, c.plus)).collect();
    let referents = sqlx::query!(
        r#"select q.personne_id, concat_ws(' ', q.civilite, q.nom, q.prenom) as "nom!"
             from livret.suivi s
             join livret.personne q on (q.etablissement_id, q.personne_id) = (s.etablissement_id, s.enseignant_id)
            where s.etablissement_id = livret.ici() and s.promotion_id = $1 and s.du <= $2 and (s.au is null or $2 <= s.au)
            group by q.personne_id, q.civilite, q.nom, q.prenom
            order by q.nom collate "fr-x-icu", q.personne_id"#,
        promotion.promotion_id,
        jour
    )
    .fetch_all(&mut **db)
    .await?;
    let charge = |id: i64| match charges.get(&id).copied().unwrap_or(0) {
        0 => String::new(),
        n => {
            let n = i64::try_from(n).unwrap_or(i64::MAX);
            format!(" ({} à la fois)", crate::date::nombre(n, "stagiaire", "stagiaires"))
        }
    };
    Ok(Listes {
        organisations: carnet::organisations(db).await?,
        tuteurs: carnet::tuteurs(db).await?,
        referents: referents
            .into_iter()
            .map(|r| (r.personne_id, format!("{}{}", r.nom, charge(r.personne_id))))
            .collect(),
    })
}
