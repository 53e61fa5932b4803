//! `livret verifier`: the whole journal read again, and the projection rebuilt from it and compared.
use std::collections::BTreeMap;

use sqlx::{Connection, PgConnection};
use time::Date;
use uuid::Uuid;

use super::{Ligne, VIDE};
use crate::{error::Result, sceau::Sceau};

/// What was read, and everything that does not hold, in French, with its place.
#[derive(Debug, Default)]
pub struct Constat {
    pub etablissements: usize,
    pub evenements: usize,
    pub positionnements: usize,
    pub fautes: Vec<String>,
}

/// What a cell holds at the end of the journal.
#[derive(Debug, PartialEq, Eq, sqlx::FromRow)]
struct Case {
    niveau: Option<String>,
    par: i64,
    version: i64,
    vecu_le: Option<Date>,
    preuve_id: Option<i64>,
    remarque: String,
}

/// Student, edition, code, situation.
type Cle = (i64, Uuid, String, i64);
/// A school and the head of its chain.
type Ecole = (i64, String, Option<i64>, Option<Vec<u8>>);
/// A row of the projection: its cell, and what it holds.
#[derive(sqlx::FromRow)]
struct Projetee {
    etudiant_id: i64,
    edition_id: Uuid,
    code: String,
    situation_id: i64,
    #[sqlx(flatten)]
    case: Case,
}

/// Reads as the owner of the database, at one instant: the house may go on writing meanwhile. (Inside a transaction of
/// the caller, what that one sees.) `temoins`: « UAI:RANG:EMPREINTE » copied from printed papers.
pub async fn verifier(db: &mut PgConnection, sceau: &Sceau, temoins: &[String]) -> Result<Constat> {
    if db.is_in_transaction() {
        return relire(db, sceau, temoins).await;
    }
    let mut instant = db.begin_with("begin isolation level repeatable read read only").await?;
    let constat = relire(&mut instant, sceau, temoins).await?;
    instant.commit().await?;
    Ok(constat)
}

async fn relire(db: &mut PgConnection, sceau: &Sceau, temoins: &[String]) -> Result<Constat> {
    let mut constat = Constat::default();
    let ecoles: Vec<Ecole> = sqlx::query_as(
        "select etablissement_id, uai, seq, empreinte
           from livret.etablissement left join livret.tete using (etablissement_id) order by etablissement_id",
    )
    .fetch_all(&mut *db)
    .await?;
    for (ecole, uai, seq, empreinte) in ecoles {
        constat.etablissements += 1;
        sqlx::query("select set_config('livret.etablissement', $1, false)")
            .bind(ecole.to_string())
            .execute(&mut *db)
            .await?;
        let lignes: Vec<Ligne> = sqlx::query_as(
            "select * from livret.evenement where etablissement_id = $1 order by seq",
        )
        .bind(ecole)
        .fetch_all(&mut *db)
        .await?;
        constat.evenements += lignes.len();
        chaine(&mut constat, &uai, &lignes, sceau)?;
        let fin = lignes.last().map_or((0, VIDE.to_vec()), |l| (l.seq, l.empreinte.clone()));
        if (seq, empreinte) != (Some(fin.0), Some(fin.1)) {
            constat.fautes.push(format!(
                "{uai}\u{a0}: la tête du journal ne désigne pas sa dernière ligne ({})",
                fin.0
            ));
        }
        papiers(&mut constat, &uai, &lignes, temoins);
        projection(&mut constat, db, ecole, &uai, &lignes).await?;
    }
    if constat.etablissements == 0 {
        constat
            .fautes
            .push("aucun établissement dans cette base\u{a0}: est-ce la bonne\u{a0}?".to_owned());
    }
    for temoin in temoins {
        let connu = temoin.split(':').next().unwrap_or_default();
        let ecole: Option<i64> =
            sqlx::query_scalar("select etablissement_id from livret.etablissement where uai = $1")
                .bind(connu)
                .fetch_optional(&mut *db)
                .await?;
        if ecole.is_none() {
            constat
                .fautes
                .push(format!("témoin «\u{a0}{temoin}\u{a0}»\u{a0}: établissement inconnu ici"));
        }
    }
    Ok(constat)
}

fn chaine(constat: &mut Constat, uai: &str, lignes: &[Ligne], sceau: &Sceau) -> Result<()> {
    let mut precedent = VIDE.to_vec();
    for (rang, ligne) in (1..).zip(lignes) {
        let mut faute =
            |quoi: &str| constat.fautes.push(format!("{uai}, ligne {}\u{a0}: {quoi}", ligne.seq));
        if ligne.seq != rang {
            faute(&format!(
                "une ligne manque ou se répète avant elle (rang attendu\u{a0}: {rang})"
            ));
            return Ok(()); // what follows cannot be placed
        }
        if ligne.feuille_attendue()?.is_some_and(|f| f != ligne.feuille) {
            faute("son contenu a été modifié");
        }
        if ligne.precedent != precedent {
            faute("elle ne suit pas la précédente");
        }
        if ligne.empreinte != ligne.empreinte_attendue() {
            faute("son empreinte est fausse");
        }
        if !ligne.est_signee(sceau) {
            faute("sa signature est fausse");
        }
        precedent.clone_from(&ligne.empreinte);
    }
    Ok(())
}

/// A paper printed long ago still knows a line: a journal cut or rewritten since does not match it.
fn papiers(constat: &mut Constat, uai: &str, lignes: &[Ligne], temoins: &[String]) {
    for temoin in temoins {
        let mut parts = temoin.split(':');
        if parts.next() != Some(uai) {
            continue;
        }
        let seq: Option<i64> = parts.next().and_then(|s| s.parse().ok());
        let empreinte: String = parts
            .next()
            .unwrap_or_default()
            .chars()
            .filter(char::is_ascii_hexdigit)
            .collect::<String>()
            .to_lowercase();
        let ligne = seq.and_then(|s| lignes.iter().find(|l| l.seq == s));
        let tient = empreinte.len() >= 16
            && ligne.is_some_and(|l| hex::encode(&l.empreinte).starts_with(&empreinte));
        if !tient {
            constat.fautes.push(format!(
                "{uai}\u{a0}: le papier «\u{a0}{temoin}\u{a0}» ne correspond pas au journal, qui a été coupé ou réécrit depuis"
            ));
        }
    }
}

/// The judgements again, from the first line to the last; a corrected situation takes its levels along.
fn rejouer(lignes: &[Ligne]) -> BTreeMap<Cle, Case> {
    let mut cases: BTreeMap<Cle, Case> = BTreeMap::new();
    for l in lignes {
        if l.genre == "corriger_situation" {
            let siennes = cases.iter_mut().filter(|(cle, _)| Some(cle.3) == l.situation_id);
            siennes.for_each(|(_, case)| case.vecu_le = l.vecu_le);
        }
        if l.genre != "positionner" && l.genre != "annuler" {
            continue;
        }
        if let (Some(etudiant), Some(edition), Some(code), Some(situation)) =
            (l.etudiant_id, l.edition_id, &l.code, l.situation_id)
        {
            let cle = (etudiant, edition, code.clone(), situation);
            let dite = l.contenu["remarque"].as_str().unwrap_or_default().to_owned();
            // An empty cell keeps the remark, unseen; « garde » says that the level keeps it too.
            let garde = l.vers.is_none() || l.contenu["garde"] == true;
            let avant = cases.get(&cle).map(|c| c.remarque.clone()).unwrap_or_default();
            let case = Case {
                niveau: l.vers.clone(),
                par: l.acteur_id,
                version: l.seq,
                vecu_le: l.vecu_le,
                preuve_id: l.preuve_id,
                remarque: if garde { avant } else { dite },
            };
            cases.insert(cle, case);
        }
    }
    cases
}

async fn projection(
    constat: &mut Constat,
    db: &mut PgConnection,
    ecole: i64,
    uai: &str,
    lignes: &[Ligne],
) -> Result<()> {
    let mut attendues = rejouer(lignes);
    let lues: Vec<Projetee> = sqlx::query_as(
        "select etudiant_id, edition_id, code, situation_id, niveau, par, version, vecu_le, preuve_id, remarque
           from livret.positionnement where etablissement_id = $1",
    )
    .bind(ecole)
    .fetch_all(db)
    .await?;
    constat.positionnements += lues.len();
    for p in lues {
        let (etudiant, situation) = (p.etudiant_id, p.situation_id);
        let lieu = format!("{uai}, étudiant {etudiant}, {}, situation {situation}", p.code);
        match attendues.remove(&(etudiant, p.edition_id, p.code, situation)) {
            None => constat
                .fautes
                .push(format!("{lieu}\u{a0}: ce positionnement n’est pas dans le journal")),
            Some(case) if case != p.case => {
                constat
                    .fautes
                    .push(format!("{lieu}\u{a0}: ce positionnement n’est pas celui du journal"));
            }
            Some(_) => {}
        }
    }
    for (etudiant, _, code, situation) in attendues.into_keys() {
        constat.fautes.push(format!("{uai}, étudiant {etudiant}, {code}, situation {situation}\u{a0}: le journal a un positionnement que la base n’a plus"));
    }
    Ok(())
}
