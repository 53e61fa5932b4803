//! `livret verifier`: the whole journal read again, and the projection rebuilt from it and compared.
use std::collections::BTreeMap;

use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use super::{
    Ligne, VIDE,
    chaine::CleDAilleurs,
    efface,
    rejeu::{Arret, Case, Choisie, Cle, CleDecision, Decision, Fait, Rejeu, Reouverture},
    releve::{self, Lieu},
};
use crate::{error::Result, sceau::Sceau};

/// What was read, and everything that does not hold, in French, with its place.
#[derive(Debug, Default)]
pub struct Constat {
    pub etablissements: usize,
    pub evenements: usize,
    /// Lines whose content was erased with a name: an act says which.
    pub effacees: usize,
    pub positionnements: usize,
    pub decisions: usize,
    pub arrets: usize,
    pub regles: usize,
    pub fautes: Vec<String>,
}

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

#[derive(sqlx::FromRow)]
struct Decidee {
    etudiant_id: i64,
    edition_id: Uuid,
    code: String,
    #[sqlx(flatten)]
    decision: Decision,
}

#[derive(sqlx::FromRow)]
struct Reglee {
    promotion_id: i64,
    version: i64,
    #[sqlx(flatten)]
    choisie: Choisie,
}

/// A row about a student.
#[derive(sqlx::FromRow)]
struct Du<T> {
    etudiant_id: i64,
    #[sqlx(flatten)]
    quoi: T,
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
        let ailleurs: Vec<CleDAilleurs> = sqlx::query_as(
            "select cle_id, cle, jusqu_a_seq from livret.cle_publique where etablissement_id = $1",
        )
        .bind(ecole)
        .fetch_all(&mut *db)
        .await?;
        chaine(&mut constat, &uai, &lignes, (sceau, &ailleurs))?;
        let fin = lignes.last().map_or((0, VIDE.to_vec()), |l| (l.seq, l.empreinte.clone()));
        if (seq, empreinte) != (Some(fin.0), Some(fin.1)) {
            constat.fautes.push(format!(
                "{uai}\u{a0}: la tête du journal ne désigne pas sa dernière ligne ({})",
                fin.0
            ));
        }
        papiers(&mut constat, &uai, &lignes, temoins);
        let rejeu = rejouer(&mut constat, (ecole, &uai), &lignes)?;
        projection(&mut constat, db, (ecole, &uai), rejeu).await?;
    }
    if constat.etablissements == 0 {
        let faute = "aucun établissement dans cette base\u{a0}: est-ce la bonne\u{a0}?";
        constat.fautes.push(faute.to_owned());
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

fn chaine(
    constat: &mut Constat,
    uai: &str,
    lignes: &[Ligne],
    (sceau, ailleurs): (&Sceau, &[CleDAilleurs]),
) -> Result<()> {
    let mut precedent = VIDE.to_vec();
    let annoncees = efface::annoncees(lignes)?;
    constat.effacees += lignes.iter().filter(|l| l.sel.is_none()).count();
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
        if ligne.sel.is_none() && !annoncees.contains(&ligne.seq) {
            faute("son contenu a été effacé sans qu’un acte le dise");
        }
        if ligne.precedent != precedent {
            faute("elle ne suit pas la précédente");
        }
        if ligne.empreinte != ligne.empreinte_attendue() {
            faute("son empreinte est fausse");
        }
        if !ligne.est_signee(sceau, ailleurs) {
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
        // A line, or what an arret froze, which its line holds.
        let porte = |l: &Ligne| {
            let gelee = l.contenu["empreinte"].as_str().filter(|_| l.genre == "arreter_livret");
            hex::encode(&l.empreinte).starts_with(&empreinte)
                || gelee.is_some_and(|g| g.starts_with(&empreinte))
        };
        let tient = empreinte.len() >= 16 && ligne.is_some_and(porte);
        if !tient {
            constat.fautes.push(format!(
                "{uai}\u{a0}: le papier «\u{a0}{temoin}\u{a0}» ne correspond pas au journal, qui a été coupé ou réécrit depuis"
            ));
        }
    }
}

/// Every line again, from the first to the last; what each arret says that it froze is what the lines before it say.
fn rejouer(constat: &mut Constat, (ecole, uai): (i64, &str), lignes: &[Ligne]) -> Result<Rejeu> {
    let mut rejeu = Rejeu::default();
    for l in lignes {
        if l.genre == "arreter_livret" && !gele(ecole, l, lignes, &rejeu)? {
            constat.fautes.push(format!(
                "{uai}, ligne {}\u{a0}: l’empreinte de ce livret arrêté n’est pas celle de ce qu’il contenait",
                l.seq
            ));
        }
        rejeu.suivre(&Fait::from(l));
    }
    Ok(rejeu)
}

/// The fingerprint of an arret is that of the livret at the line that it names. The first ones had none.
fn gele(ecole: i64, l: &Ligne, lignes: &[Ligne], rejeu: &Rejeu) -> Result<bool> {
    let dit = |champ: &str| l.contenu[champ].as_str();
    let (Some(etudiant_id), Some(attendue)) = (l.etudiant_id, dit("empreinte")) else {
        return Ok(true);
    };
    // What was said of her names somebody who is forgotten since: a name was replaced, and the fingerprint is of the former words.
    let avant = |m: &&Ligne| m.seq <= l.seq && m.etudiant_id == Some(etudiant_id);
    if lignes.iter().filter(avant).any(|m| m.sel.is_none()) {
        return Ok(true);
    }
    let seq: i64 = dit("rang").and_then(|r| r.parse().ok()).unwrap_or(-1);
    let empreinte = match usize::try_from(seq) {
        Ok(0) => VIDE.to_vec(),
        Ok(n) if seq < l.seq => lignes.get(n - 1).map(|l| l.empreinte.clone()).unwrap_or_default(),
        _ => return Ok(false),
    };
    let lieu = Lieu { etablissement_id: ecole, etudiant_id, seq, empreinte: &empreinte };
    let (cases, decisions) = (rejeu.cases_de(etudiant_id), rejeu.decisions_de(etudiant_id));
    Ok(hex::encode(releve::empreinte(&lieu, cases, decisions)?) == attendue)
}

/// What pages read, against what the lines add up to.
async fn projection(
    constat: &mut Constat,
    db: &mut PgConnection,
    (ecole, uai): (i64, &str),
    rejeu: Rejeu,
) -> Result<()> {
    let lues: Vec<Projetee> = sqlx::query_as(
        "select etudiant_id, edition_id, code, situation_id, niveau, par, version, vecu_le, preuve_id, remarque
           from livret.positionnement where etablissement_id = $1",
    )
    .bind(ecole)
    .fetch_all(&mut *db)
    .await?;
    constat.positionnements += lues.len();
    let lues =
        lues.into_iter().map(|p| ((p.etudiant_id, p.edition_id, p.code, p.situation_id), p.case));
    let lieu = |c: &Cle| format!("{uai}, étudiant {}, {}, situation {}", c.0, c.2, c.3);
    comparer(constat, lues, rejeu.cases, "positionnement", lieu);

    let lues: Vec<Decidee> = sqlx::query_as(
        "select etudiant_id, edition_id, code, niveau, propose, motif, par, version
           from livret.validation where etablissement_id = $1",
    )
    .bind(ecole)
    .fetch_all(&mut *db)
    .await?;
    constat.decisions += lues.len();
    let lues = lues.into_iter().map(|d| ((d.etudiant_id, d.edition_id, d.code), d.decision));
    let lieu = |c: &CleDecision| format!("{uai}, étudiant {}, {}", c.0, c.2);
    comparer(constat, lues, rejeu.decisions, "niveau arrêté", lieu);

    let lues: Vec<Du<Arret>> = sqlx::query_as(
        "select etudiant_id, version, arrete_le, par, empreinte, leve_version
           from livret.arret where etablissement_id = $1",
    )
    .bind(ecole)
    .fetch_all(&mut *db)
    .await?;
    constat.arrets += lues.len();
    let lues = lues.into_iter().map(|a| ((a.etudiant_id, a.quoi.version), a.quoi));
    let lieu = |c: &(i64, i64)| format!("{uai}, étudiant {}", c.0);
    comparer(constat, lues, par_version(rejeu.arrets, |a| a.version), "arrêt du livret", lieu);

    let lues: Vec<Du<Reouverture>> = sqlx::query_as(
        "select etudiant_id, version, arret, motif, par, etat, close_par, close_version
           from livret.reouverture where etablissement_id = $1",
    )
    .bind(ecole)
    .fetch_all(&mut *db)
    .await?;
    let lues = lues.into_iter().map(|r| ((r.etudiant_id, r.quoi.version), r.quoi));
    let attendues = par_version(rejeu.reouvertures, |r| r.version);
    comparer(constat, lues, attendues, "réouverture", lieu);
    regles(constat, db, (ecole, uai), rejeu.regles).await
}

/// The rules that promotions chose.
async fn regles(
    constat: &mut Constat,
    db: &mut PgConnection,
    (ecole, uai): (i64, &str),
    attendues: BTreeMap<(i64, i64), Choisie>,
) -> Result<()> {
    let lues: Vec<Reglee> = sqlx::query_as(
        "select promotion_id, version, regle, n, fraicheur, par, choisie_le
           from livret.regle where etablissement_id = $1",
    )
    .bind(ecole)
    .fetch_all(&mut *db)
    .await?;
    constat.regles += lues.len();
    let lues = lues.into_iter().map(|r| ((r.promotion_id, r.version), r.choisie));
    let lieu = |c: &(i64, i64)| format!("{uai}, promotion {}, ligne {}", c.0, c.1);
    comparer(constat, lues, attendues, "règle choisie", lieu);
    Ok(())
}

/// Those of every student, each under its own line.
fn par_version<T>(
    de: BTreeMap<i64, Vec<T>>,
    version: impl Fn(&T) -> i64,
) -> BTreeMap<(i64, i64), T> {
    let version = &version;
    de.into_iter()
        .flat_map(|(etudiant, tous)| tous.into_iter().map(move |t| ((etudiant, version(&t)), t)))
        .collect()
}

fn comparer<C: Ord, T: PartialEq>(
    constat: &mut Constat,
    lues: impl Iterator<Item = (C, T)>,
    mut attendues: BTreeMap<C, T>,
    quoi: &str,
    lieu: impl Fn(&C) -> String,
) {
    for (cle, lue) in lues {
        let lieu = lieu(&cle);
        match attendues.remove(&cle) {
            None => constat.fautes.push(format!("{lieu}, {quoi}\u{a0}: le journal n’en dit rien")),
            Some(attendue) if attendue != lue => {
                constat.fautes.push(format!("{lieu}, {quoi}\u{a0}: le journal dit autre chose"));
            }
            Some(_) => {}
        }
    }
    for cle in attendues.keys() {
        constat
            .fautes
            .push(format!("{}, {quoi}\u{a0}: le journal le dit, la base ne l’a plus", lieu(cle)));
    }
}
