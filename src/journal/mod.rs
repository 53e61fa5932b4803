//! The journal: one signed line per act, chained, never changed.
mod chaine;
pub mod efface;
pub mod niveaux;
pub mod rejeu;
pub mod releve;
mod verification;

use time::{Date, OffsetDateTime};
use uuid::Uuid;

use crate::{
    app::{Db, InTheNameOf},
    error::{Error, Result},
};

pub use chaine::{Ligne, VIDE};
pub use verification::{Constat, verifier};

/// What somebody does, before it is signed.
#[derive(Debug, Clone, Default)]
pub struct Acte {
    pub genre: &'static str,
    /// Idempotency key of the form: the same key twice is the same act.
    pub cle: Uuid,
    pub etudiant_id: Option<i64>,
    pub edition_id: Option<Uuid>,
    pub code: Option<String>,
    pub situation_id: Option<i64>,
    pub preuve_id: Option<i64>,
    pub de: Option<String>,
    pub vers: Option<String>,
    pub vecu_le: Option<Date>,
    pub contenu: serde_json::Value,
}

/// The pen: held by one transaction of a school at a time, it writes the next lines of the journal.
pub struct Plume {
    etablissement_id: i64,
    acteur_id: i64,
    seq: i64,
    empreinte: Vec<u8>,
}

/// A line that an earlier sending of the same form has already written.
pub struct Deja {
    pub seq: i64,
    pub genre: String,
    pub code: Option<String>,
    pub etudiant_id: Option<i64>,
    pub situation_id: Option<i64>,
    pub preuve_id: Option<i64>,
    pub vers: Option<String>,
    pub contenu: serde_json::Value,
}

impl Deja {
    /// The very act that is asked for again.
    pub fn est(&self, genre: &str, contenu: &serde_json::Value) -> bool {
        self.genre == genre && self.contenu == *contenu
    }
}

impl Plume {
    /// Takes the pen: acts of a school are ordered here. Read versions after, never before.
    pub async fn prendre(db: &mut Db, qui: &impl InTheNameOf) -> Result<Self> {
        let tete = sqlx::query!(
            "select seq, empreinte from livret.tete where etablissement_id = livret.ici() for update"
        )
        .fetch_one(&mut **db)
        .await?;
        Ok(Self {
            etablissement_id: qui.etablissement_id(),
            acteur_id: qui.personne_id(),
            seq: tete.seq,
            empreinte: tete.empreinte,
        })
    }

    /// Where the journal stands before the next line: its rank and its hash.
    pub fn tete(&self) -> (i64, &[u8]) {
        (self.seq, &self.empreinte)
    }

    /// What this person already wrote under this key.
    pub async fn deja(&self, db: &mut Db, cle: Uuid) -> Result<Option<Deja>> {
        Ok(sqlx::query_as!(
            Deja,
            "select seq, genre, code, etudiant_id, situation_id, preuve_id, vers, contenu from livret.evenement
              where etablissement_id = livret.ici() and acteur_id = $1 and cle = $2",
            self.acteur_id, cle
        )
        .fetch_optional(&mut **db)
        .await?)
    }

    /// Signs and appends; the answer is the line's number, which is the version of what it changes.
    pub async fn ecrire(&mut self, db: &mut Db, acte: Acte) -> Result<i64> {
        self.ecrire_lot(db, vec![acte]).await?;
        Ok(self.seq)
    }

    /// The same for many acts, in their order and in one statement; the answers are their numbers.
    pub async fn ecrire_lot(&mut self, db: &mut Db, actes: Vec<Acte>) -> Result<Vec<i64>> {
        let mut lignes = Vec::with_capacity(actes.len());
        for acte in actes {
            let ligne = Ligne::sign(
                self.etablissement_id,
                self.seq + 1,
                self.acteur_id,
                &self.empreinte,
                acte,
                db,
            )?;
            self.seq = ligne.seq;
            self.empreinte.clone_from(&ligne.empreinte);
            lignes.push(ligne);
        }
        ajouter(db, &lignes).await?;
        Ok(lignes.into_iter().map(|l| l.seq).collect())
    }
}

/// One column of many lines.
fn tous<T>(lignes: &[Ligne], de: impl Fn(&Ligne) -> T) -> Vec<T> {
    lignes.iter().map(de).collect()
}

/// Appends signed lines and moves the head of the chain, in one statement whatever their number.
async fn ajouter(db: &mut Db, lignes: &[Ligne]) -> Result<()> {
    let Some(fin) = lignes.last() else { return Ok(()) };
    sqlx::query!(
        "with ajout as (
            insert into livret.evenement (etablissement_id, seq, le, acteur_id, genre, cle, etudiant_id,
                   edition_id, code, situation_id, preuve_id, de, vers, vecu_le, contenu, sel, feuille,
                   precedent, empreinte, cle_id, signature)
            select $1, l.* from unnest($2::bigint[], $3::timestamptz[], $4::bigint[], $5::text[], $6::uuid[],
                   $7::bigint[], $8::uuid[], $9::text[], $10::bigint[], $11::bigint[], $12::text[], $13::text[],
                   $14::date[], $15::jsonb[], $16::bytea[], $17::bytea[], $18::bytea[], $19::bytea[], $20::text[],
                   $21::bytea[]) l)
         update livret.tete set seq = $22, empreinte = $23 where etablissement_id = $1",
        fin.etablissement_id,
        &tous(lignes, |l| l.seq),
        &tous(lignes, |l| l.le),
        &tous(lignes, |l| l.acteur_id),
        &tous(lignes, |l| l.genre.clone()),
        &tous(lignes, |l| l.cle),
        &tous(lignes, |l| l.etudiant_id) as _,
        &tous(lignes, |l| l.edition_id) as _,
        &tous(lignes, |l| l.code.clone()) as _,
        &tous(lignes, |l| l.situation_id) as _,
        &tous(lignes, |l| l.preuve_id) as _,
        &tous(lignes, |l| l.de.clone()) as _,
        &tous(lignes, |l| l.vers.clone()) as _,
        &tous(lignes, |l| l.vecu_le) as _,
        &tous(lignes, |l| l.contenu.clone()),
        &tous(lignes, |l| l.sel.clone()) as _,
        &tous(lignes, |l| l.feuille.clone()),
        &tous(lignes, |l| l.precedent.clone()),
        &tous(lignes, |l| l.empreinte.clone()),
        &tous(lignes, |l| l.cle_id.clone()),
        &tous(lignes, |l| l.signature.clone()),
        fin.seq,
        fin.empreinte
    )
    .execute(&mut **db)
    .await?;
    Ok(())
}

/// Where the journal of a school stands: what a printed paper retains of it.
pub struct Temoin {
    pub seq: i64,
    pub empreinte: Vec<u8>,
    pub cle_id: String,
}

/// The head of the journal, as everybody in the school may print it.
pub async fn temoin(db: &mut Db) -> Result<Temoin> {
    let tete = sqlx::query!(
        "select seq, empreinte from livret.tete where etablissement_id = livret.ici()"
    )
    .fetch_one(&mut **db)
    .await?;
    Ok(Temoin { seq: tete.seq, empreinte: tete.empreinte, cle_id: db.sceau.cle_id.clone() })
}

/// A key that was used for another act.
pub fn cle_reprise() -> Error {
    Error::Refused(
        "Ce formulaire a déjà servi à un autre envoi. Rouvrez la page et recommencez.".into(),
    )
}

/// Instants are signed as microseconds since 1970, UTC: no format to argue about.
fn microsecondes(le: OffsetDateTime) -> i64 {
    i64::try_from(le.unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX)
}
