//! Reading the commissions: those of a promotion, those where one sits, and what one holds of a candidate.
use std::collections::BTreeMap;

use sqlx::types::Json;
use time::PrimitiveDateTime;

use super::{Candidat, Coches, Commission, Contenu, Evaluation, Forme, Grille, Membre, Siege};
use crate::{
    app::{Db, InTheNameOf},
    compte::Examinateur,
    error::{Error, Result},
    promotion::Promotion,
};

/// Which ones: all that one may see, narrowed.
#[derive(Debug, Clone, Copy, Default)]
struct Lesquelles {
    promotion: Option<i64>,
    commission: Option<i64>,
    membre: Option<i64>,
}

impl Promotion {
    /// Its commissions, in the order of the épreuves.
    pub async fn commissions(&self, db: &mut Db) -> Result<Vec<Commission>> {
        lire(db, Lesquelles { promotion: Some(self.promotion_id), ..Lesquelles::default() }).await
    }
}

impl Examinateur {
    /// The commissions where I sit, in the promotions that are mine today.
    pub async fn commissions(&self, db: &mut Db) -> Result<Vec<Commission>> {
        let lesquelles = Lesquelles { membre: Some(self.personne_id()), ..Lesquelles::default() };
        let miennes = self.promotions(db).await?;
        let mut toutes = lire(db, lesquelles).await?;
        toutes.retain(|c| miennes.iter().any(|p| p.promotion_id == c.promotion_id));
        Ok(toutes)
    }

    /// A commission where I sit; any other does not exist.
    pub async fn siege(&self, db: &mut Db, id: i64) -> Result<Siege> {
        let miennes = self.commissions(db).await?;
        let commission =
            miennes.into_iter().find(|c| c.commission_id == id).ok_or(Error::NotFound)?;
        Ok(Siege { qui: self.clone(), commission })
    }
}

async fn lire(db: &mut Db, lesquelles: Lesquelles) -> Result<Vec<Commission>> {
    let lignes = sqlx::query!(
        r#"select c.commission_id, c.promotion_id, c.epreuve, c.forme, c.numero, c.version, p.nom as promotion,
                  p.edition_id, p.annee_examen
             from certification.commission c join livret.promotion p using (etablissement_id, promotion_id)
            where c.etablissement_id = livret.ici()
              and ($1::bigint is null or c.promotion_id = $1)
              and ($2::bigint is null or c.commission_id = $2)
              and ($3::bigint is null or exists (select from certification.membre m
                                                  where m.etablissement_id = c.etablissement_id
                                                    and m.commission_id = c.commission_id and m.personne_id = $3))
            order by p.annee_examen, p.nom, c.epreuve, c.numero, c.commission_id"#,
        lesquelles.promotion,
        lesquelles.commission,
        lesquelles.membre
    )
    .fetch_all(&mut **db)
    .await?;
    let mut commissions = vec![];
    for l in lignes {
        let Some(forme) = Forme::de(&l.forme) else { continue };
        commissions.push(Commission {
            commission_id: l.commission_id,
            promotion_id: l.promotion_id,
            promotion: l.promotion,
            edition_id: l.edition_id,
            annee_examen: l.annee_examen,
            epreuve: l.epreuve,
            forme,
            numero: l.numero,
            version: l.version,
            membres: vec![],
            candidats: vec![],
        });
    }
    peupler(db, &mut commissions).await?;
    Ok(commissions)
}

/// Who sits in them, and whom they examine.
async fn peupler(db: &mut Db, commissions: &mut [Commission]) -> Result<()> {
    let ids: Vec<i64> = commissions.iter().map(|c| c.commission_id).collect();
    let membres = sqlx::query!(
        "select commission_id, personne_id, nom, qualite, examine from certification.membre
          where etablissement_id = livret.ici() and commission_id = any($1) order by commission_id, rang",
        &ids
    )
    .fetch_all(&mut **db)
    .await?;
    let candidats = sqlx::query!(
        r#"select c.commission_id, c.etudiant_id, p.nom, p.prenom
             from certification.candidat c
             join livret.personne p on (p.etablissement_id, p.personne_id) = (c.etablissement_id, c.etudiant_id)
            where c.etablissement_id = livret.ici() and c.commission_id = any($1)
            order by p.nom collate "fr-x-icu", p.prenom collate "fr-x-icu", c.etudiant_id"#,
        &ids
    )
    .fetch_all(&mut **db)
    .await?;
    for c in commissions {
        let siens = membres.iter().filter(|m| m.commission_id == c.commission_id);
        c.membres.extend(siens.map(|m| Membre {
            personne_id: m.personne_id,
            nom: m.nom.clone(),
            qualite: m.qualite.clone(),
            examine: m.examine,
        }));
        let siens = candidats.iter().filter(|k| k.commission_id == c.commission_id);
        c.candidats.extend(siens.map(|k| Candidat {
            etudiant_id: k.etudiant_id,
            nom: k.nom.clone(),
            prenom: k.prenom.clone(),
        }));
    }
    Ok(())
}

/// The grids of an épreuve that one may see, candidate by candidate: hers while she ticks, all once handed in.
pub async fn grilles(
    db: &mut Db,
    (promotion_id, epreuve): (i64, &str),
    etudiants: &[i64],
) -> Result<BTreeMap<i64, Vec<Grille>>> {
    let lignes = sqlx::query!(
        r#"select g.etudiant_id, g.par, concat_ws(' ', q.civilite, q.nom) as "nom!", g.coches as "coches: Json<Coches>",
                  g.choix, g.bonus, g.rendue_le at time zone e.fuseau as "rendue_le", g.version
             from certification.grille g
             join livret.personne q on (q.etablissement_id, q.personne_id) = (g.etablissement_id, g.par)
             join livret.etablissement e on e.etablissement_id = g.etablissement_id
            where g.etablissement_id = livret.ici() and g.promotion_id = $1 and g.epreuve = $2
              and g.etudiant_id = any($3)
            order by q.nom collate "fr-x-icu", g.par"#,
        promotion_id,
        epreuve,
        etudiants
    )
    .fetch_all(&mut **db)
    .await?;
    let mut grilles: BTreeMap<i64, Vec<Grille>> = BTreeMap::new();
    for l in lignes {
        grilles.entry(l.etudiant_id).or_default().push(Grille {
            par: l.par,
            nom: l.nom,
            coches: l.coches.0,
            choix: l.choix,
            bonus: bonus(l.bonus),
            rendue_le: l.rendue_le,
            version: l.version,
        });
    }
    Ok(grilles)
}

/// What the commissions hold of these candidates that one may see.
pub async fn evaluations(
    db: &mut Db,
    (promotion_id, epreuve): (i64, &str),
    etudiants: &[i64],
) -> Result<BTreeMap<i64, Evaluation>> {
    let lignes = sqlx::query!(
        r#"select v.etudiant_id, v.coches as "coches: Json<Coches>", v.choix, v.bonus, v.contenu as "contenu: Json<Contenu>",
                  v.note, v.verrouillee_le at time zone e.fuseau as verrouillee_le,
                  concat_ws(' ', q.civilite, q.nom) as "par!", v.noms, v.version
             from certification.evaluation v
             join livret.etablissement e on e.etablissement_id = v.etablissement_id
             left join livret.personne q on (q.etablissement_id, q.personne_id) = (v.etablissement_id, v.verrouillee_par)
            where v.etablissement_id = livret.ici() and v.promotion_id = $1 and v.epreuve = $2
              and v.etudiant_id = any($3)"#,
        promotion_id,
        epreuve,
        etudiants
    )
    .fetch_all(&mut **db)
    .await?;
    let evaluation = |l: &Option<PrimitiveDateTime>, par: String| l.map(|le| (le, par));
    Ok(lignes
        .into_iter()
        .map(|l| {
            (
                l.etudiant_id,
                Evaluation {
                    coches: l.coches.map(|c| c.0),
                    choix: l.choix,
                    bonus: bonus(l.bonus),
                    contenu: l.contenu.0,
                    note: l.note,
                    verrou: evaluation(&l.verrouillee_le, l.par),
                    noms: l.noms,
                    version: l.version,
                },
            )
        })
        .collect())
}

fn bonus(n: i32) -> u8 {
    u8::try_from(n).unwrap_or_default()
}
